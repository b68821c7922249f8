"""Putting a request off: what is missing, from whom and by when, and how often it happened."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import letters, workflow
from ifr.cases import deferring
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.telling.models import Notice
from ifr.timetable import put_off
from tests.panels import walking
from tests.panels.walking import SECRETARY, why_not

SignIn = Callable[[FlaskClient, str], None]


def test_a_request_is_put_off_for_something_and_the_manager_is_told_when_it_is_too_often(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walking.ready()
        walking.at_panel(case)
        assert why_not(case, "defer", SECRETARY) == ["Say what is missing, from whom and by when."]
        deferring.save_gaps(case, [deferring.GapTyped("MRI", "", None)], seen=case.version, by=accounts.user(SECRETARY))
        assert why_not(case, "defer", SECRETARY) == ["Say from whom number 1 of what is missing comes, and by when."]
        most = deferring.most_of(case)
        assert most == 2
        for number in range(1, most + 2):
            walking.deferred(case, "The scar cannot be seen without it.", what=f"The MRI report of scan {number}.")
            assert [one.number for one in deferring.deferrals_of(case)] == list(range(1, number + 1))
            assert bool(put_off.due(9)) == (number > most)
            said = [one.facts["missing"] for one in letters.of(case.stream) if one.name == "progress" and one.facts["missing"]]
            missing = f"The MRI report of scan {number}, from the hospital, by 12 December 2026."
            assert f"{missing} The scar cannot be seen without it." in said
            if number <= most:
                walking.at_panel(case)
        [waiting] = put_off.due(9)
        put_off.act(waiting)
        put_off.act(waiting)
        told = list(db.session.scalars(select(Notice).where(Notice.key == f"deferral:{waiting}")))
        assert accounts.user("maya_manages").id in {one.user_id for one in told}
        assert {one.words for one in told} == {"The panel put this request off for the third time."}
        assert put_off.due(9) == []


def test_on_the_page_everything_typed_stays_until_it_is_complete(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        case = walking.ready()
        walking.at_panel(case)
        case_id, key = case.id, case.key
    page = f"/cases/{key}/deferral"

    def seen() -> int:
        with app.app_context():
            return db.session.get_one(Case, case_id).version

    sign_in(client, "nina_member")
    assert client.get(page).status_code == 404
    sign_in(client, SECRETARY)
    typed = {"gap_1_what": "The operation note", "gap_1_from_whom": "", "reason": "", "defer": "y"}
    answer = client.post(page, data={**typed, "seen": seen()})
    text = answer.get_data(as_text=True)
    assert (answer.status_code, "Say from whom number 1 comes" in text, "The operation note" in text) == (422, True, True)
    due = {"gap_1_by_on-day": "31", "gap_1_by_on-month": "2", "gap_1_by_on-year": "2027"}
    assert client.post(page, data={**typed, **due, "seen": seen()}).status_code == 422
    due["gap_1_by_on-day"] = "28"
    full = {**typed, **due, "gap_1_from_whom": "The surgeon", "reason": "It says what was done."}
    assert client.post(page, data={**full, "seen": 1}).status_code == 409
    assert client.post(page, data={**full, "seen": seen()}).status_code == 302
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        last = workflow.last_move(case.stream)
        assert last is not None
        assert (case.state, last.reason) == ("deferred", "It says what was done.")
        assert deferring.missing_in_words(case) == ["The operation note, from The surgeon, by 28 February 2027."]
    sign_in(client, "rosa_spine")
    told = client.get(f"/requests/{key}").get_data(as_text=True)
    assert "The operation note, from The surgeon, by 28 February 2027" in told
    assert "Nothing from you or anybody else" not in told
