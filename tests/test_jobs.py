"""What the worker does: letters issued, held up and mailed, by one of several workers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ifr import audit, clock, documents, jobs, letters, mail, pdf
from ifr.cases import services
from ifr.cases.identity import Patient
from ifr.cases.models import Answer, Case
from ifr.db import db, transaction
from ifr.demo import accounts, afterwards, hearing, stories, walk
from ifr.letters import AWAITING, ISSUED, RELEASED, STOPPED, Letter
from ifr.mail import Mail
from ifr.telling import news

PATIENT = stories.HYPERHIDROSIS.patient
LATER = datetime(2026, 11, 21, 10, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def refused() -> Case:
    """A request that screening did not fund, with the two letters that say so."""
    with transaction():
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        db.session.scalars(select(Patient).where(Patient.case_id == case.id)).one().address = "1 Test Street\nCambridge"
    return case


def let_go(case: Case) -> None:
    with transaction():
        afterwards.released(case.stream)


def refusals(case: Case) -> list[Letter]:
    return [row for row in letters.of(case.stream) if row.name.startswith("screening_refusal")]


def text_of(row: Letter) -> str:
    return " ".join(pdf.text_of(documents.read(documents.get(row.document_id, row.stream))).split())


def test_what_is_sent_at_once_is_issued_without_anybody() -> None:
    with transaction():
        case = walk.received(stories.HYPERHIDROSIS)
    assert jobs.issue_letters() >= 1
    [row] = letters.of(case.stream)
    assert (row.name, row.state, row.issued_on) == ("acknowledgement", ISSUED, clock.today())
    assert case.reference in text_of(row)
    assert "Dr Dev Anand" in text_of(row)
    assert jobs.issue_letters() == 0
    with transaction(writes=False):
        ready = [one for one in news.news(accounts.user("dev_skin")).rows if one.words == "A letter to you is ready."]
        mails = list(db.session.scalars(select(Mail.kind)))
    assert [(one.reference, one.urgent, one.is_new) for one in ready] == [(case.reference, False, True)]
    assert mails == ["letter"]


def test_a_released_letter_waits_until_its_hold_is_over_and_can_be_stopped_until_then() -> None:
    case = refused()
    jobs.issue_letters()
    assert {row.state for row in refusals(case)} == {AWAITING}
    let_go(case)
    jobs.issue_letters()
    assert {row.state for row in refusals(case)} == {RELEASED}
    with transaction():
        letters.stop(refusals(case)[0].batch, by_id=accounts.user("carol_office").id, because="Wrong dose")
    with clock.at(LATER):
        jobs.issue_letters()
    assert {row.state for row in refusals(case)} == {STOPPED}


def test_a_refusal_goes_to_clinician_and_patient_and_the_clinicians_page_says_it_from_then_on() -> None:
    case = refused()
    let_go(case)
    assert case.told_at is None
    with clock.at(LATER):
        assert jobs.issue_letters() >= 2
    by_name = {row.to: row for row in refusals(case)}
    assert {row.state for row in by_name.values()} == {ISSUED}
    assert "Dr Dev Anand" in text_of(by_name["clinician"])
    assert PATIENT["name"] not in text_of(by_name["clinician"])
    assert f"{PATIENT['name']} 1 Test Street Cambridge" in text_of(by_name["patient"])
    assert case.told_at == LATER
    assert "Not funded" in services.clinician_words(case)
    assert [one.facts["why"] for one in audit.events(case.stream) if one.action == "read_identity"][-1] == "letter"


def test_the_last_day_for_a_challenge_counts_from_the_day_of_issue() -> None:
    case = refused()
    let_go(case)
    # Thirty working days from Monday 23 November, over Christmas and New Year.
    with clock.at(datetime(2026, 11, 23, 10, tzinfo=UTC)):
        jobs.issue_letters()
    row = next(row for row in refusals(case) if row.to == "clinician")
    assert letters.dates_from(row, row.issued_on)["window_ends_on"].isoformat() == "2027-01-07"
    assert "7 January 2027" in text_of(row)


def test_a_letter_is_issued_once() -> None:
    case = refused()
    let_go(case)
    with clock.at(LATER):
        jobs.issue_letters()
        first = [row.document_id for row in refusals(case)]
        assert jobs.issue_letters() == 0
    assert [row.document_id for row in refusals(case)] == first


def test_the_letter_of_a_decision_takes_the_case_to_its_ending_by_whoever_released_it() -> None:
    answers = {**stories.HYPERHIDROSIS.answers, "urgent": "yes", "needed_by": "30 11 2026", "harm_of_waiting": "Harm."}
    with transaction():
        case = walk.in_screening(walk.in_check(walk.received(replace(stories.HYPERHIDROSIS, answers=answers))))
        hearing.decided_urgently(hearing.asked_chair(case), "not_funded")
    assert case.state == "decision_confirmed"
    let_go(case)
    with clock.at(LATER):
        jobs.issue_letters()
    [issued] = [one for one in audit.events(case.stream) if one.action == "issue_not_funded"]
    assert issued.actor == accounts.user("carol_office").actor
    assert (case.state, case.told_at) == ("not_funded", LATER)
    assert "Not funded" in services.clinician_words(case)


def test_the_move_that_a_letter_names_is_made_once_it_is_issued() -> None:
    with transaction():
        case = walk.allocated(walk.received(stories.HYPERHIDROSIS))
        [row] = letters.of(case.stream)
        row.then, row.released_by_id = "begin_check", accounts.user("carol_office").id
    with clock.at(LATER):
        jobs.issue_letters()
    [begun] = [one for one in audit.events(case.stream) if one.action == "begin_check"]
    assert begun.actor == accounts.user("carol_office").actor
    assert case.state == "in_check"


def test_a_batch_whose_move_is_refused_stays_whole_and_says_why() -> None:
    case = refused()
    let_go(case)
    with transaction():
        next(row for row in refusals(case) if row.to == "clinician").then = "begin_check"
    with clock.at(LATER):
        jobs.issue_letters()
    db.session.expire_all()
    assert {row.state for row in refusals(case)} == {AWAITING}
    assert {row.document_id for row in refusals(case)} == {None}
    assert all("This cannot be done now" in row.held_up_because for row in refusals(case))
    assert case.told_at is None


def test_a_character_that_the_letter_cannot_show_holds_it_up_by_name() -> None:
    with transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        [row] = letters.of(case.stream)
        row.facts = {**row.facts, "treatment": "Sympathectomy \U0001f9e0"}
    jobs.issue_letters()
    db.session.expire_all()
    assert (row.state, row.document_id) == (AWAITING, None)
    assert "U+1F9E0" in row.held_up_because


def test_one_letter_that_fails_does_not_keep_the_others_from_leaving() -> None:
    with transaction():
        broken, fine = walk.received(stories.HYPERHIDROSIS), walk.received(stories.BLUSHING)
        letters.of(broken.stream)[0].name = "no_such_letter"
    jobs.issue_letters()
    db.session.expire_all()
    assert letters.of(fine.stream)[0].state == ISSUED
    assert letters.of(broken.stream)[0].held_up_because.startswith("The letter could not be made")


def test_a_letter_that_names_nobody_says_so() -> None:
    with transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        letters.of(case.stream)[0].to = "other_body_that_nobody_knows"
    jobs.issue_letters()
    db.session.expire_all()
    assert "Nobody is on record" in letters.of(case.stream)[0].held_up_because


# --- mail -----------------------------------------------------------------------------------------------------------------


def mail_of(row: Letter) -> Mail | None:
    return mail.of_letters([row.id]).get(row.id)


def test_a_mail_waits_with_each_letter_to_somebody_who_has_an_address_and_names_the_reference_and_nothing_else() -> None:
    case = refused()
    let_go(case)
    with clock.at(LATER):
        jobs.issue_letters()
    by_reader = {row.to: mail_of(row) for row in refusals(case)}
    said = by_reader["clinician"]
    assert by_reader["patient"] is None
    assert said is not None and (said.state, said.kind) == ("to_send", "letter")
    assert case.reference in said.subject and f"/cases/{case.reference}" in said.text
    with transaction(writes=False):
        typed = list(db.session.scalars(select(Answer.text).where(Answer.case_id == case.id)))
    assert [one for one in [*typed, *PATIENT.values()] if len(one) > 3 and one in said.subject + said.text] == []


def test_a_letter_that_is_held_up_leaves_no_mail() -> None:
    case = refused()
    let_go(case)
    with transaction():
        next(row for row in refusals(case) if row.to == "clinician").then = "begin_check"
    with clock.at(LATER):
        jobs.issue_letters()
    assert [mail_of(row) for row in refusals(case)] == [None, None, None]


def test_without_a_mail_server_the_letter_says_that_no_mail_was_sent() -> None:
    with transaction():
        case = walk.received(stories.HYPERHIDROSIS)
    jobs.issue_letters()
    assert jobs.send_mails() == 0
    db.session.expire_all()
    said = mail_of(letters.of(case.stream)[0])
    assert said is not None and (said.state, said.words) == ("not_configured", "email is not set up")


def test_the_hold_is_ten_minutes() -> None:
    case = refused()
    let_go(case)
    assert refusals(case)[0].leaves_at - clock.now() == timedelta(minutes=10)
