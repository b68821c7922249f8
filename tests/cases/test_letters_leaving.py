"""What is asked before letters leave: who else is written to, the clinician first, a second person, agreement with the record."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ifr import clock, deadlines, documents, jobs, letters, pdf
from ifr.cases import posting, second_person
from ifr.cases.identity import Patient
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.letters import AWAITING, ISSUED, RELEASED, STOPPED, Letter
from ifr.workflow import Refused

CAROL, MAYA = "carol_office", "maya_manages"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def refused(practice: str = "Market Surgery, 1 High Street, Ely") -> Case:
    """A request that Central East did not fund at screening, with letters to clinician, patient and GP."""
    with transaction():
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        patient(case).practice = practice
    return case


def patient(case: Case) -> Patient:
    return db.session.scalars(select(Patient).where(Patient.case_id == case.id)).one()


def by_reader(case: Case) -> dict[str, Letter]:
    db.session.expire_all()
    return {row.to: row for row in letters.of(case.stream) if row.name.startswith("screening_refusal")}


def second(case: Case, who: str = MAYA) -> None:
    with transaction():
        for row in by_reader(case).values():
            for kind in (second_person.ADDRESS, second_person.READING):
                if second_person.needed(row, kind):
                    second_person.confirm(case, row.id, kind, by=accounts.user(who), seen=None)


def release(case: Case, who: str = CAROL, **more: object) -> None:
    with transaction():
        posting.release(case, by_reader(case)["clinician"].batch, by=accounts.user(who), seen=None, **more)  # type: ignore[arg-type]


def work(after: timedelta) -> None:
    with clock.at(clock.now() + after):
        jobs.issue_letters()


def text_of(row: Letter) -> str:
    return " ".join(pdf.text_of(documents.read(documents.get(row.document_id, row.stream))).split())


def states(case: Case) -> dict[str, str]:
    return {to: row.state for to, row in by_reader(case).items()}


def test_nothing_leaves_before_a_second_person_has_compared_and_read_and_the_patients_letter_follows_the_clinicians() -> None:
    case = refused()
    rows = by_reader(case)
    assert {to: (row.needs_address_check, row.needs_reader) for to, row in rows.items()} == {
        "clinician": (False, True), "patient": (True, True), "gp": (True, False),
    }
    release(case)
    work(timedelta(hours=1))
    assert set(states(case).values()) == {RELEASED}, "nobody has compared or read them"
    with pytest.raises(Refused, match="second person"), transaction():
        second_person.confirm(case, rows["patient"].id, second_person.ADDRESS, by=accounts.user(CAROL), seen=None)
    with transaction():
        shown = dict(second_person.compared(case, rows["patient"].id, accounts.user(MAYA)).patient)
    assert shown["Name of the patient"] == "Marek Dolan" and len(shown["Last digits of the NHS number"]) == 4
    with clock.at(clock.now() + timedelta(hours=1)):
        second(case)
    work(timedelta(hours=1, minutes=9))
    assert set(states(case).values()) == {RELEASED}, "the hold counts from the last of them"
    work(timedelta(hours=1, minutes=11))
    assert states(case) == {"clinician": ISSUED, "gp": ISSUED, "patient": RELEASED}
    # Saturday 21 November: two working days are over on the 24th.
    rows = by_reader(case)
    assert rows["patient"].counts_from_on == date(2026, 11, 24)
    assert "8 January 2027" in text_of(rows["clinician"]), "thirty working days from the patient's letter on"
    gp = text_of(rows["gp"])
    assert "Copy of our letter to Dr Dev Anand" in gp and "Patient: Marek Dolan" in gp and "1 High Street" in gp
    with clock.at(datetime(2026, 11, 24, 9, tzinfo=UTC)):
        jobs.issue_letters()
        assert states(case)["patient"] == ISSUED
    assert "8 January 2027" in text_of(by_reader(case)["patient"])
    (window,) = [one for one in deadlines.open_deadlines(case.stream) if one.name == "appeal_window"]
    assert window.due_on == date(2027, 1, 8), "the ledger counts as the letters do"


def test_a_clinician_who_has_told_the_patient_lets_the_patients_letter_go_at_once() -> None:
    case = refused()
    release(case)
    second(case)
    work(timedelta(minutes=11))
    assert states(case)["patient"] == RELEASED
    batch = by_reader(case)["patient"].batch
    with pytest.raises(PermissionError), transaction():
        posting.patient_told(case, batch, how="I told her", by=accounts.user("rosa_spine"), seen=None)
    with transaction():
        posting.patient_told(case, batch, how="I told him in clinic", by=accounts.user("dev_skin"), seen=None)
    work(timedelta(minutes=12))
    row = by_reader(case)["patient"]
    assert (row.state, row.patient_told_how, row.patient_told_by_id) == (
        ISSUED, "I told him in clinic", accounts.user("dev_skin").id,
    )
    assert "8 January 2027" in text_of(row), "both letters name the same last day"


def test_an_address_that_changes_after_it_was_compared_is_compared_again() -> None:
    case = refused()
    release(case)
    second(case)
    with transaction():
        patient(case).address = "9 Other Road\nEly"
    with transaction():
        posting.patient_told(case, by_reader(case)["patient"].batch, how="By telephone", by=accounts.user(CAROL), seen=None)
    work(timedelta(minutes=11))
    row = by_reader(case)["patient"]
    assert (row.state, row.address_checked_at) == (AWAITING, None)
    assert "has changed since" in (row.held_up_because or "")
    assert row.read_at is not None, "what was read need not be read again"


def test_a_letter_that_would_find_nobody_or_says_what_is_no_longer_so_is_refused_before_it_is_released() -> None:
    case = refused(practice="")
    with pytest.raises(Refused, match="no GP practice"), transaction():
        posting.release(case, by_reader(case)["gp"].batch, by=accounts.user(CAROL), seen=None)
    with transaction():
        second_person.confirm(case, by_reader(case)["clinician"].id, second_person.READING, by=accounts.user(CAROL), seen=None)
    with pytest.raises(Refused, match="You were the second person"), transaction():
        gp = by_reader(case)["gp"]
        posting.release(case, gp.batch, by=accounts.user(CAROL), seen=None, leave_out=[gp.id])
    release(case, MAYA, leave_out=[by_reader(case)["gp"].id])
    assert states(case) == {"clinician": RELEASED, "patient": RELEASED, "gp": STOPPED}
    again = refused()
    with transaction():
        walk.step(again, "reopen_for_check", MAYA, "New papers came by post.")
    with pytest.raises(Refused, match="moved on"), transaction():
        posting.release(again, by_reader(again)["gp"].batch, by=accounts.user(CAROL), seen=None)
