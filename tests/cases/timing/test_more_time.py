"""More time for a date: how much, how often, by whom, and what it moves."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import audit, clock, deadlines
from ifr.cases import information
from ifr.cases.models import Case
from ifr.cases.timing import ledger, services
from ifr.db import transaction
from ifr.deadlines import Deadline, Extension
from ifr.demo import accounts, stories, walk
from ifr.workflow import Invalid, NotYours, Refused, Stale

SignIn = Callable[[FlaskClient, str], None]
SOURCE = "Source: example, not any commissioner's policy."


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    with app.app_context(), transaction():
        yield walk.in_check(walk.received(stories.HYPERHIDROSIS))


def named(case: Case, name: str) -> Deadline:
    return next(one for one in ledger.dates_of(case, office=True) if one.name == name)


def extend(case: Case, name: str, length: int, who: str = "maya_manages", **said: str) -> Extension:
    words = {"reason": "A scan is awaited.", "agreed_with": "The clinician", "once": f"{name}{length}", **said}
    return services.extend(case, named(case, name), length=length, by=accounts.user(who), seen=case.version, **words)


def test_it_counts_from_the_day_that_the_date_has_and_is_shown_before_it_is_given(case: Case) -> None:
    one = named(case, "decision")
    before = one.due_on
    shown = services.preview(case, one, 10, accounts.user("maya_manages"))
    assert (shown.before, shown.paused, one.due_on) == (before, False, before)
    extend(case, "decision", 10)
    assert one.due_on == shown.after > before
    found = next(one for one in ledger.ledger(case, office=True) if one.deadline.name == "decision")
    assert [(more.length, more.by, more.agreed_with) for more in found.more] == [
        ("10 working days", "Maya Brandt", "The clinician")
    ]
    assert [line.number for line in found.lines if line.extension == 1 and line.number][-1] == 10
    assert found.lines[-1].words == "Counts, extension 1: the last day"
    row = audit.events(case.stream)[-1]
    assert row.action == "extend_deadline" and "scan" not in str(row.facts)
    theirs = next(one for one in ledger.ledger(case, office=False) if one.deadline.name == "decision")
    assert [(more.length, more.by, more.reason) for more in theirs.more] == [("10 working days", "", "")]


def test_the_same_form_sent_twice_gives_it_once_and_an_old_page_gives_nothing(case: Case) -> None:
    seen = case.version
    first = extend(case, "decision", 5)
    again = services.extend(
        case, named(case, "decision"), length=5, reason="x", agreed_with="y", once="decision5",
        by=accounts.user("maya_manages"), seen=seen,
    )  # fmt: skip
    assert again.id == first.id
    with pytest.raises(Stale):
        services.extend(
            case, named(case, "decision"), length=5, reason="x", agreed_with="y", once="z",
            by=accounts.user("maya_manages"), seen=seen,
        )  # fmt: skip


def test_no_more_than_the_timetable_gives_no_oftener_and_by_nobody_else(case: Case) -> None:
    for length in (0, -1, 21):
        with pytest.raises(Invalid) as fault:
            extend(case, "decision", length)
        assert fault.value.faults["length"] == f"Enter a number from 1 to 20. {SOURCE}"
    with pytest.raises(NotYours) as others:
        extend(case, "decision", 5, who="carol_office")
    assert others.value.reasons[0].text == f"More time for this date is given by: IFR manager. {SOURCE}"
    extend(case, "decision", 1)
    extend(case, "decision", 2)
    with pytest.raises(Refused) as often:
        extend(case, "decision", 3)
    assert often.value.reasons[0].text == f"More time may be given twice, and that has been done. {SOURCE}"
    with pytest.raises(Refused) as met:
        extend(case, "check", 1)
    assert met.value.reasons[0].text == "The timetable of this commissioner gives no more time for this date."
    walk.asked(case, "When was the scan made?")
    with pytest.raises(Invalid) as empty:
        extend(case, "information", 4, who="carol_office", reason=" ", agreed_with="x" * 999)
    assert set(empty.value.faults) == {"reason", "agreed_with"}


def test_a_date_that_is_met_gets_no_more_time(case: Case) -> None:
    walk.answered(walk.asked(case, "When was the scan made?"), "dev_skin", "In March.")
    with pytest.raises(Refused) as met:
        extend(case, "information", 5, who="carol_office")
    assert met.value.reasons[0].text == "It was done on 21 November 2026, so more time changes nothing."


def test_more_time_for_the_answers_moves_the_day_of_the_reply(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    request = information.open_request(case)
    assert request is not None and request.reply_by_on.isoformat() == "2026-12-18"
    extend(case, "information", 5, who="carol_office")
    assert request.reply_by_on == named(case, "information").due_on
    assert request.reply_by_on.isoformat() == "2026-12-29"


def test_while_the_clock_stands_still_the_earliest_day_moves(case: Case) -> None:
    walk.asked(case, "When was the scan made?")
    with clock.at(clock.now() + timedelta(days=4)):
        one = named(case, "decision")
        shown = services.preview(case, one, 10, accounts.user("maya_manages"))
        assert shown.paused and shown.after > shown.before
        extend(case, "decision", 10)
        assert one.due_on is None and deadlines.explain(one).earliest_on == shown.after


def test_the_form_shows_the_new_date_and_keeps_what_was_typed(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        key, number, seen = case.key, named(case, "decision").id, case.version
    address = f"/cases/{key}/deadlines/{number}/more-time"
    sign_in(client, "maya_manages")
    assert "At most 20 working days at a time, twice in all, by: IFR manager" in client.get(address).text
    typed = {"seen": seen, "once": "m1", "length": "10", "reason": "A scan is awaited.", "agreed_with": "The clinician"}
    preview = client.post(address, data={**typed, "then": "show"}).text
    assert "would move from <strong>20 January 2027</strong> to <strong>3 February 2027</strong>" in preview
    for wrong in ("999999999999999999999999", "ten", "0", "1.5", "\x00"):
        answer = client.post(address, data={**typed, "length": wrong, "then": "give"})
        assert answer.status_code == 422 and "A scan is awaited." in answer.text
    assert client.post(address, data={**typed, "agreed_with": "", "then": "give"}).status_code == 422
    assert client.post(address, data={**typed, "seen": "", "then": "give"}).status_code == 409
    given = client.post(address, data={**typed, "then": "give"}, follow_redirects=True).text
    assert "More time is given." in given and "3 February 2027" in given and "Extension 1: 10 working days more" in given
    assert client.post(f"/cases/{key}/deadlines/2147483647/more-time", data=typed).status_code == 404
    sign_in(client, "carol_office")
    assert "More time for this date is given by: IFR manager" in client.get(address).text
    assert client.post(address, data={**typed, "seen": seen + 1, "once": "m2", "then": "give"}).status_code == 403
    sign_in(client, "dev_skin")
    assert client.get(address).status_code == 403
