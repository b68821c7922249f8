"""What the moves of a request ask about the request itself: that it is complete, declared, urgent; and about the questions
to its clinician: that they are written, sent, answered, and that a warning is over before anything is closed."""

from typing import Any

from ifr import clock, deadlines, documents, letters, workflow
from ifr.access import Role
from ifr.cases.drafts import services as drafts
from ifr.cases.information import (
    GAPS,
    INFORMATION,
    TO_SCREEN,
    draft_of,
    not_considered,
    open_request,
    questions_of,
    waiting,
)
from ifr.cases.models import Case, InformationQuestion
from ifr.pages import day
from ifr.workflow import Reason, guard

_HERE = "cases.information"
# Where somebody else agrees for the patient, closing for want of a reply is a matter for the manager.
_ANOTHER_AGREES = frozenset(
    {"parental_responsibility", "competent_young_person", "attorney_or_deputy", "best_interests", "court"}
)


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


# --- questions to the clinician, and their answers ----------------------------------------------------------------------


@guard("allocated")
def allocated(case: Case, by: Any) -> Reason | None:
    if case.allocated_to_id is None:
        return Reason("Nobody has this request yet: allocate it.", "cases.page", "allocated_to")
    return None


@guard("questions_drafted")
def questions_drafted(case: Case, by: Any) -> Reason | None:
    return None if _drafted(case) else Reason("No question has been written yet.", _HERE, "text")


@guard("gaps_named")
def gaps_named(case: Case, by: Any) -> Reason | None:
    rows = _drafted(case)
    if not rows:
        return Reason("Say what is missing, as numbered questions.", _HERE, "text")
    loose = [str(row.number) for row in rows if not row.question_key]
    if loose:
        return Reason(f"Say to which question of the form this belongs: {', '.join(loose)}.", _HERE, "questions")
    return None


def _drafted(case: Case) -> list[InformationQuestion]:
    request = draft_of(case)
    return questions_of(request) if request else []


@guard("no_information_open")
def no_information_open(case: Case, by: Any) -> Reason | None:
    if open_request(case) is None:
        return None
    return Reason("Questions to the clinician are still open.", _HERE)


@guard("information_open")
def information_open(case: Case, by: Any) -> Reason | None:
    request = waiting(case)
    if request is None or request.kind == GAPS:
        return Reason("No questions are open.", _HERE)
    return None


@guard("questions_answered")
def questions_answered(case: Case, by: Any) -> list[Reason]:
    return _unanswered(case, INFORMATION, TO_SCREEN)


@guard("gaps_answered")
def gaps_answered(case: Case, by: Any) -> list[Reason]:
    return _unanswered(case, GAPS)


def _unanswered(case: Case, *kinds: str) -> list[Reason]:
    request = waiting(case)
    if request is None or request.kind not in kinds:
        return []
    return [
        Reason(f"Answer question {row.number}, or say why it cannot be answered.", _HERE, f"answer-{row.id}")
        for row in questions_of(request)
        if not row.is_answered
    ]


@guard("new_items_considered")
def new_items_considered(case: Case, by: Any) -> list[Reason]:
    return [
        Reason(f"Say what you made of the answer to “{_short(row.text)}”.", _HERE, f"considered-{row.id}")
        for row in not_considered(case)
    ]


def _short(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 60 else f"{line[:59].rstrip()}…"


@guard("waiting_for_reply")
def waiting_for_reply(case: Case, by: Any) -> Reason | None:
    request = open_request(case)
    if request is None:
        return Reason("No questions are open, so no reply is awaited.", _HERE)
    assert request.reply_by_on is not None  # it was set when the questions were sent
    if clock.today() <= request.reply_by_on:
        return Reason(f"The clinician has until {day(request.reply_by_on)} to reply.", _HERE)
    if not request.stops_clock:
        return Reason("The next step can be taken without these answers, so nothing is closed for want of them.", _HERE)
    return None


@guard("closure_warning_passed")
def closure_warning_passed(case: Case, by: Any) -> list[Reason]:
    too_early = waiting_for_reply(case, by)
    if too_early is not None:
        return [too_early]
    return [*_warning_not_over(case), *_for_the_manager(case, by)]


def _warning_not_over(case: Case) -> list[Reason]:
    warning = workflow.last_move(case.stream, "propose_closure")
    request = open_request(case)
    if warning is None or request is None or request.asked_at is None or warning.at <= request.asked_at:
        return [Reason("The clinician and the patient have not been warned yet.", "cases.page", "moves")]
    issued_on = letters.last_issued_on(case.stream, ("closure_warning", "closure_warning_patient"))
    if issued_on is None:
        return [Reason("The letters of warning have not been issued yet.", "cases.letters")]
    last = deadlines.last_day(issued_on, case.profile.length("closure_warning", urgent=case.urgent), case.commissioner_id)
    if clock.today() <= last:
        return [Reason(f"The warning runs until {day(last)}.", "cases.letters")]
    return []


def _for_the_manager(case: Case, by: Any) -> list[Reason]:
    guarded = case.urgent or case.basis in _ANOTHER_AGREES
    if not guarded or Role.IFR_MANAGER in case.capacities(by):
        return []
    return [Reason("The request is urgent, or somebody else agrees for the patient: the IFR manager closes it.")]

