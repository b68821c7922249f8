"""A patient dies while the request is listed or decided: nothing goes out to the patient, and somebody is written to by name."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from ifr import clock, documents, jobs, letters, pdf, workflow
from ifr.cases import posting
from ifr.cases.models import Case
from ifr.cases.parties import services
from ifr.cases.patients import contact
from ifr.cases.patients.contact import PartySaid
from ifr.db import db, transaction
from ifr.demo import accounts, afterwards, stories, walk
from ifr.letters import AWAITING, HELD, ISSUED
from ifr.workflow import Refused

CAROL, MAYA = "carol_office", "maya_manages"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def died(case: Case, once: str = "a") -> None:
    with transaction():
        services.record_death(
            case, source="His wife telephoned", died_on=date(2026, 11, 20), once=once, seen=None, by=accounts.user(CAROL)
        )


def patient_rows(case: Case) -> list[letters.Letter]:
    db.session.expire_all()
    return [row for row in letters.of_case(case) if row.to == "patient"]


def test_letters_that_were_released_are_held_back_at_once_and_wait_again_when_it_was_a_mistake() -> None:
    with transaction():
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        afterwards.released(case.stream)
    died(case)
    died(case)
    (row,) = patient_rows(case)
    assert (row.state, row.released_at, row.held_up_because) == (HELD, None, services.HELD_BACK)
    with clock.at(clock.now() + timedelta(days=5)):
        jobs.issue_letters()
    assert patient_rows(case)[0].state == HELD
    assert {r.state for r in letters.of(case.stream) if r.to == "clinician"} == {ISSUED}, "the clinician is told"
    with transaction(), pytest.raises(Refused, match="on record already"):
        workflow.move(case, "record_death", by=accounts.user(CAROL), seen=None)
    with transaction():
        workflow.move(case, "reverse_death", by=accounts.user(MAYA), seen=None, reason="Another patient of the same name.")
    assert patient_rows(case)[0].state == AWAITING
    assert services.death_of(case) is None


def test_no_letter_to_a_patient_who_has_died_is_written_to_leave_by_itself_and_the_manager_withdraws() -> None:
    with transaction():
        case = walk.ready_for_panel(walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY))))
        with pytest.raises(Refused, match="only after a recorded death"):
            workflow.move(case, "withdraw", by=accounts.user(MAYA), seen=None, reason="The patient died.")
    died(case)
    with transaction():
        queued = letters.queue(case, ["closure_warning_patient"], workflow.definition_of(case).letters, batch=900_002)
        assert [row.state for row in queued] == [HELD]
        walk.step(case, "withdraw", MAYA, "The patient has died.")
        posting.stop(case, 900_002, because="Not needed", by=accounts.user(CAROL), seen=None)
        posting.put_back(case, 900_002, by=accounts.user(CAROL), seen=None)
        assert [row.state for row in queued] == [HELD], "putting it back does not let it go"
    assert case.state == "withdrawn"


def test_a_letter_to_the_family_is_released_by_name() -> None:
    with transaction():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        said = PartySaid("other", "Ewa Dolan", "11 Fen Lane\nEly", authority_seen="not_needed", may_be_written_to=True)
        wife = contact.add_party(case, said, once="wife", by=accounts.user(CAROL))
        with pytest.raises(Refused, match="No death"):
            services.write_to_family(case, wife.id, seen=None, by=accounts.user(CAROL))
    died(case)
    with transaction():
        services.write_to_family(case, wife.id, seen=None, by=accounts.user(CAROL))
        afterwards.released(case.stream)
    with clock.at(clock.now() + timedelta(minutes=11)):
        jobs.issue_letters()
    db.session.expire_all()
    (row,) = [one for one in letters.of(case.stream) if one.to == "next_of_kin"]
    said_in_it = " ".join(pdf.text_of(documents.read(documents.get(row.document_id, row.stream))).split())
    assert row.state == ISSUED
    assert "Dear Ewa Dolan" in said_in_it and "About Marek Dolan" in said_in_it
    assert stories.HYPERHIDROSIS.answers["treatment"] not in said_in_it
