"""What the moves of a request ask about the request itself: that it is complete, declared, urgent."""

from typing import Any

from ifr import documents
from ifr.access import Role
from ifr.cases.drafts import services as drafts
from ifr.cases.models import Case
from ifr.workflow import Reason, guard


@guard("answers_to_submit_given")
def answers_to_submit_given(case: Case, by: Any) -> list[Reason]:
    return drafts.missing_answers(case)


@guard("patient_entered")
def patient_entered(case: Case, by: Any) -> list[Reason]:
    return drafts.missing_of_patient(case)


@guard("basis_recorded")
def basis_recorded(case: Case, by: Any) -> list[Reason]:
    """Nobody is asked to be treated for whom nobody may ask."""
    return drafts.missing_basis(case)


@guard("declaration_made")
def declaration_made(case: Case, by: Any) -> Reason | None:
    if case.declared_at is not None:
        return None
    return Reason("Make the declaration.", to="drafts.review", anchor="declaration")


@guard("declaration_on_record")
def declaration_on_record(case: Case, by: Any) -> Reason | None:
    """It may follow a request that the office logged, but no decision letter leaves without it."""
    if case.declared_at is not None:
        return None
    if Role.CLINICIAN in case.capacities(by):
        return Reason("Make the declaration.", to="drafts.review", anchor="declaration")
    return Reason("The clinician has not made the declaration yet. Ask the clinician to open the request and make it.")


@guard("original_is_kept")
def original_is_kept(case: Case, by: Any) -> Reason | None:
    if documents.of(case.stream, "original"):
        return None
    return Reason("Add the e-mail, the form or the note of the call as it came.", to="intake.log", anchor="file")


@guard("is_urgent")
def is_urgent(case: Case, by: Any) -> Reason | None:
    return None if case.urgent else Reason("This is only for a request that is marked as urgent.")


@guard("not_urgent")
def not_urgent(case: Case, by: Any) -> Reason | None:
    """Whoever waits for the post may come to harm."""
    if not case.urgent:
        return None
    return Reason("An urgent request is not returned: telephone the clinician and ask.", to="cases.information")


@guard("test_pinned")
def test_pinned(case: Case, by: Any) -> Reason | None:
    if case.test_id is not None:
        return None
    return Reason("Say first which exceptionality test the request is held to.", to="screening.check")
