"""What the procedure promises a patient before a panel: nothing is listed before it was kept, or the chair said why not."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import clock, letters
from ifr.cases import overview
from ifr.cases.models import Case
from ifr.db import db
from ifr.demo import accounts, hearing, stories, walk
from ifr.letters import LETTERS
from ifr.panels import promises
from ifr.panels.models import Meeting
from ifr.panels.promises import AnswerTyped, InvitationTyped
from ifr.workflow import Invalid, NotYours, Refused
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY, why_not

SignIn = Callable[[FlaskClient, str], None]
NONE_YET = (
    "Our procedure promises the patient an invitation to send a statement and to attend. None is on record for this meeting."
)


def before_panel(held_on: date) -> tuple[Case, Meeting]:
    """A request of Central East on an agenda, its papers checked, and nobody invited."""
    case = walk.in_screening(walk.in_check(walk.received(stories.BLUSHING)), no_policy=True)
    walk.step(walk.screened(case, "refer"), "refer_to_evidence_review", "petra_screens")
    hearing.accuracy_checked(hearing.evidence_reviewed(case), stories.BLUSHING.clinician)
    meeting = walking.planned(case, held_on=held_on)
    walking.on_agenda(case, meeting)
    walking.checked(case)
    return case, meeting


def send(case: Case, meeting: Meeting, **typed: object) -> promises.Invitation:
    given = {"how": "post", "sent_on": clock.today(), "statement_by_on": meeting.held_on, **typed}
    typed_in = InvitationTyped(meeting_id=meeting.id, **given)  # type: ignore[arg-type]
    return promises.invite(case, typed_in, once=walk.once(), seen=case.version, by=accounts.user("carol_office"))


def missing(case: Case) -> list[str]:
    return [reason.text for reason in promises.what_is_missing(case)]


def test_a_request_is_listed_only_when_the_promised_invitation_was_sent(app: Flask) -> None:
    with app.app_context():
        case, meeting = before_panel(clock.today() + timedelta(days=30))
        assert why_not(case, "list", SECRETARY) == [NONE_YET]
        assert promises.fact_for_panel(case) == "The patient has not been invited as our procedure promises."
        near = walking.planned(case, held_on=clock.today() + timedelta(days=5))
        for faults, typed in (
            ({"short_because"}, {"meeting": near}),
            ({"statement_by_on"}, {"statement_by_on": None}),
            ({"statement_by_on"}, {"statement_by_on": meeting.held_on + timedelta(days=1)}),
            ({"sent_on"}, {"sent_on": clock.today() + timedelta(days=1)}),
            ({"sent_on"}, {"sent_on": None}),
            ({"how"}, {"how": "pigeon"}),
        ):
            with pytest.raises(Invalid) as refused:
                send(case, **{"meeting": meeting, **typed})  # type: ignore[arg-type]
            assert set(refused.value.faults) == faults, typed
        with pytest.raises(NotYours):
            promises.invite(
                case, InvitationTyped(meeting.id, "post"), once="x", seen=case.version, by=accounts.user("sam_screens")
            )
        send(case, near, short_because="The next meeting is too late for the patient.")
        assert missing(case) == [NONE_YET], "the patient was invited to another meeting"

        row = send(case, meeting, how=promises.LETTER, sent_on=None)
        waits = "The letter that invites the patient has not been issued: read it and let it go."
        assert missing(case) == [waits]
        (letter,) = letters.of_batch(row.batch or 0)
        assert (letter.name, letter.to, letter.state) == ("panel_invitation_patient", "patient", letters.AWAITING)
        assert letter.facts == LETTERS[letter.name](case)
        assert (letter.facts["meeting_on"], letter.facts["attendance"]) == (meeting.held_on.isoformat(), True)
        with pytest.raises(Invalid):
            promises.record_answer(
                case, row.id, AnswerTyped("received", answered_on=clock.today()), once="x", seen=case.version,
                by=accounts.user("carol_office"),
            )
        letter.state, letter.issued_on = letters.ISSUED, clock.today()
        db.session.flush()
        assert missing(case) == []
        walking.checked(case)
        walk.step(case, "list", SECRETARY)

        promises.record_answer(
            case, row.id, AnswerTyped("received", "attends", "advocate", clock.today()), once="y", seen=case.version,
            by=accounts.user("carol_office"),
        )
        said = promises.fact_for_panel(case)
        assert said == (
            "The patient was invited on 21 November 2026 to send a statement and to attend. "
            "The patient sent a statement and will come with an advocate."
        )
        page = overview.overview(case, accounts.user("carol_office"))
        assert said in [words for note in page.beside for words in note.says]


def test_the_chair_says_why_it_could_not_be_kept_and_the_patient_is_told(app: Flask) -> None:
    with app.app_context():
        case, _ = before_panel(clock.today())
        words = {"reason": "No address is on record.", "instead": "The clinician was asked to tell the patient.",
                 "plain_reasons": "We had no address for you."}
        with pytest.raises(NotYours):
            promises.go_without(case, **words, once="a", seen=case.version, by=accounts.user(SECRETARY))
        walking.declared(case, CHAIR)
        with pytest.raises(Invalid) as refused:
            promises.go_without(case, **{**words, "instead": " "}, once="a", seen=case.version, by=accounts.user(CHAIR))
        assert set(refused.value.faults) == {"instead"}
        row = promises.go_without(case, **words, once="b", seen=case.version, by=accounts.user(CHAIR))
        assert promises.go_without(case, **words, once="b", seen=case.version, by=accounts.user(CHAIR)) is row
        (letter,) = letters.of_batch(row.batch or 0)
        assert (letter.name, letter.state) == ("panel_exception_patient", letters.AWAITING)
        assert letter.facts["instead"] == words["instead"] and "reason" not in letter.facts
        assert missing(case) == []

        elsewhere = walking.ready()
        walking.on_agenda(elsewhere, walking.planned(elsewhere))
        assert missing(elsewhere) == [], "this procedure promises nothing"
        assert promises.fact_for_panel(elsewhere) == ""
        with pytest.raises(Refused):
            promises.invite(
                elsewhere, InvitationTyped(1, "post"), once="c", seen=elsewhere.version, by=accounts.user(SECRETARY)
            )


def test_the_page_keeps_what_was_typed_and_opens_to_nobody_at_the_provider(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context():
        case, meeting = before_panel(clock.today() + timedelta(days=30))
        walking.declared(case, CHAIR)
        db.session.commit()
        key, seen, number = case.key, case.version, meeting.id
    address = f"/cases/{key}/invitation"
    sign_in(client, "helen_chairs")
    assert f'href="{address}"' in client.get("/my-meetings").text
    half = client.post(f"{address}/exception", data={"reason": "No address is on record", "seen": seen, "once": "a"})
    assert half.status_code == 422 and "No address is on record" in half.text and "Say what was done instead" in half.text
    assert client.post(address, data={"seen": seen}).status_code == 403
    sign_in(client, "carol_office")
    assert "None is on record for this meeting." in client.get(address).text
    typed = {"meeting_id": number, "how": "post", "how_words": "Second class post", "seen": seen, "once": "a",
             "sent_on-day": "21", "sent_on-month": "11", "sent_on-year": "2026"}
    refused = client.post(address, data=typed)
    assert refused.status_code == 422 and "Second class post" in refused.text
    assert "Enter the last day for the statement." in refused.text
    for nonsense in ({"meeting_id": "9" * 30}, {"how_words": "x" * 400}, {"sent_on-year": "0001"}, {"how": "x\x00"}):
        assert client.post(address, data={**typed, **nonsense}).status_code == 422, nonsense
    whole = {**typed, "statement_by_on-day": "10", "statement_by_on-month": "12", "statement_by_on-year": "2026"}
    assert client.post(address, data=whole).status_code == 302
    assert client.post(address, data=whole).status_code == 302, "the same form again"
    assert client.post(address, data={**whole, "once": "b"}).status_code == 409, "the page has grown old"
    page = client.get(address).text
    assert page.count("Invited to the meeting of") == 1 and "Record the answer" in page
    with app.app_context():
        row = promises.invitations_of(case)[0].id
    empty = client.post(f"{address}/{row}/answer", data={"seen": seen + 1, "once": "c"})
    assert empty.status_code == 422 and "Choose what the patient answered" in empty.text
    early = client.post(f"{address}/{row}/answer", data={"seen": seen + 1, "once": "c", "no_answer": "y"})
    assert early.status_code == 422 and "can answer until 10 December 2026" in early.text
    assert client.post(f"{address}/{row + 99}/answer", data={"seen": seen + 1}).status_code in (404, 422)
    sign_in(client, "dev_skin")
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/exception", data={"seen": seen}).status_code == 404
