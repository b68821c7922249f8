"""Numbered questions to the clinician, the answers, and what the office made of each answer.

A request for information is drafted question by question, sent by a move (`return_incomplete`, `ask_information`) and
closed by another. What was typed is kept as it was typed; nothing is sent before somebody makes the move.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from ifr import audit, clock, deadlines, documents, workflow
from ifr.access import Role
from ifr.cases.drafts import policy, reading
from ifr.cases.models import Case, InformationQuestion, InformationRequest
from ifr.db import db
from ifr.workflow import Invalid, MoveRecord, upon

GAPS, INFORMATION = "gaps", "information"
# The questions of the form that a request was sent without. They stop no clock and stand in nobody's way.
TO_SCREEN = "to_screen"
# What the provider sent without having been asked. It is considered like an answer.
VOLUNTEERED = "volunteered"
LONGEST_QUESTION, LONGEST_ANSWER = 4_000, 50_000
# What is missing where a question closes a gap, so that an office can see why requests come back.
GAP_KINDS = {
    "not_answered": "Not answered",
    "unclear": "Answered, but not clear",
    "no_evidence": "No evidence for what is said",
    "cannot_be_read": "Cannot be read or opened",
    "contradicts": "Contradicts another answer",
    "out_of_date": "Out of date",
    "other": "Something else",
}

ASKERS = frozenset({Role.COORDINATOR, Role.SCREENER, Role.EVIDENCE_REVIEWER, Role.PANEL_SECRETARY, Role.IFR_MANAGER})
ANSWERERS = frozenset({Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.COORDINATOR})


# --- reading ------------------------------------------------------------------------------------------------------------


def requests_of(case: Case) -> list[InformationRequest]:
    """Every request for information of a case, oldest first, the draft last."""
    return list(db.session.scalars(_requests(case).order_by(InformationRequest.id)))


def draft_of(case: Case) -> InformationRequest | None:
    """The request for information that is being written and not yet sent."""
    return db.session.scalars(_requests(case).where(InformationRequest.asked_at.is_(None))).first()


def open_request(case: Case) -> InformationRequest | None:
    """The request for information that waits for its answers, as somebody of the office sent it."""
    return db.session.scalars(_open(case).where(InformationRequest.kind != TO_SCREEN)).first()


def waiting(case: Case) -> InformationRequest | None:
    """What waits for answers: what the office asked, else what the form left open while the request is being looked at."""
    asked = open_request(case)
    if asked is not None or workflow.definition_of(case).find("answer_information", case.state) is None:
        return asked
    return db.session.scalars(_open(case)).first()


def answered_in(case: Case) -> list[InformationQuestion]:
    """The answers that were sent, oldest first."""
    query = (
        select(InformationQuestion)
        .join(InformationRequest, InformationRequest.id == InformationQuestion.request_id)
        .where(
            InformationRequest.case_id == case.id,
            InformationRequest.closed_at.is_not(None),
            InformationQuestion.answered_at.is_not(None),
        )
    )
    return list(db.session.scalars(query.order_by(InformationQuestion.id)))


def settled_questions(case: Case) -> set[str]:
    """The questions of the form that were asked and are closed: answered, or gone on without."""
    query = (
        select(InformationQuestion.question_key)
        .join(InformationRequest, InformationRequest.id == InformationQuestion.request_id)
        .where(InformationRequest.case_id == case.id, InformationRequest.closed_at.is_not(None))
    )
    return {key for key in db.session.scalars(query) if key}


def _open(case: Case) -> Select[InformationRequest]:
    is_open = (InformationRequest.asked_at.is_not(None), InformationRequest.closed_at.is_(None))
    return _requests(case).where(*is_open).order_by(InformationRequest.id.desc())


def _requests(case: Case) -> Select[InformationRequest]:
    return select(InformationRequest).where(InformationRequest.case_id == case.id)


def questions_of(request: InformationRequest) -> list[InformationQuestion]:
    query = select(InformationQuestion).where(InformationQuestion.request_id == request.id)
    return list(db.session.scalars(query.order_by(InformationQuestion.number)))


def question(case: Case, question_id: int) -> InformationQuestion:
    """A question of this case. Raises NotVisible for one of another."""
    found = db.session.scalars(
        select(InformationQuestion)
        .join(InformationRequest, InformationRequest.id == InformationQuestion.request_id)
        .where(InformationQuestion.id == question_id, InformationRequest.case_id == case.id)
    ).first()
    if found is None:
        raise workflow.NotVisible(str(question_id))
    return found


def not_considered(case: Case) -> list[InformationQuestion]:
    """The answers that came back and of which the office has not yet said what it makes of them."""
    query = (
        select(InformationQuestion)
        .join(InformationRequest, InformationRequest.id == InformationQuestion.request_id)
        .where(
            InformationRequest.case_id == case.id,
            InformationRequest.closed_at.is_not(None),
            InformationQuestion.answered_at.is_not(None),
            InformationQuestion.considered == "",
        )
    )
    return list(db.session.scalars(query.order_by(InformationQuestion.id)))


def form_questions(case: Case) -> list[tuple[str, str]]:
    """The questions of the request form to which a question to the clinician can belong: key, and section with words."""
    test, named = policy.test_for(case), policy.is_named(case)
    found = []
    for section in case.questions.sections:
        asked = reading.fields_of(section, test=test, policy_named=named)
        asked += [one for one in section.questions if one.kind in reading.LISTS]
        found += [(one.key, reading.one_line(f"{section.title}: {one.label}", 110)) for one in asked]
    return found


# --- asking -------------------------------------------------------------------------------------------------------------


def draft_question(
    case: Case,
    *,
    text: str,
    question_key: str | None = None,
    kind: str = INFORMATION,
    needed_for: str = "",
    gap: str | None = None,
    stops_clock: bool | None = None,
    once: str | None = None,
    by: Any,
    seen: int | None,
) -> InformationQuestion:
    """Write one more question for the clinician. It is sent, with the others, by a move. `gap` is a key of GAP_KINDS.

    `stops_clock` says of all questions of the draft whether the next step cannot be taken without their answers; where it
    is not said, it stays as it is, and stops the clock at first.
    """
    made = _made_before(once)
    if made is not None:
        return made
    workflow.hold(case, seen)
    _only(case, by, ASKERS)
    _check_question(case, text, question_key, gap)
    request = draft_of(case)
    if request is None:
        request = InformationRequest(case_id=case.id, kind=kind, drafted_by_id=by.id)
        db.session.add(request)
        db.session.flush()
    request.needed_for = needed_for or request.needed_for
    if stops_clock is not None:
        request.stops_clock = stops_clock
    row = InformationQuestion(
        request_id=request.id,
        number=len(questions_of(request)) + 1,
        question_key=question_key or None,
        gap=gap or ("not_answered" if question_key else None),
        text=text.strip(),
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "draft_question", by=by.actor, question=row.id, number=row.number)
    return row


def _made_before(once: str | None) -> InformationQuestion | None:
    if once is None:
        return None
    return db.session.scalars(select(InformationQuestion).where(InformationQuestion.once == once)).first()


def _check_question(case: Case, text: str, question_key: str | None, gap: str | None) -> None:
    if workflow.definition_of(case).find("ask_information", case.state) is None:
        raise Invalid({"text": "This request is not open, so nothing can be asked about it."})
    if not text.strip():
        raise Invalid({"text": "Write the question."})
    if len(text) > LONGEST_QUESTION:
        raise Invalid({"text": f"The question must be {LONGEST_QUESTION:,} characters or fewer."})
    if question_key and question_key not in dict(form_questions(case)):
        raise Invalid({"question_key": "Choose a question of the form."})
    if gap and gap not in GAP_KINDS:
        raise Invalid({"gap": "Choose what is missing."})


def remove_question(row: InformationQuestion, *, by: Any, seen: int | None) -> None:
    """Take a question out of a draft; the later ones move up."""
    request, case = _request_and_case(row)
    workflow.hold(case, seen)
    _only(case, by, ASKERS)
    if request.asked_at is not None:
        raise Invalid({"question": "This question has been sent and cannot be taken out."})
    audit.record(case.stream, "remove_question", by=by.actor, question=row.id)
    db.session.delete(row)
    db.session.flush()
    for number, left in enumerate(questions_of(request), 1):
        left.number = number
    db.session.flush()


def _request_and_case(row: InformationQuestion) -> tuple[InformationRequest, Case]:
    request = db.session.get_one(InformationRequest, row.request_id)
    return request, db.session.get_one(Case, request.case_id)


def _only(case: Case, by: Any, roles: frozenset[Role]) -> None:
    if not case.capacities(by) & roles:
        raise PermissionError("this is for another role")


# --- answering ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Upload:
    """A file that somebody chose, under the name that it had there."""

    name: str
    content: bytes


def answer(
    row: InformationQuestion,
    *,
    answer: str = "",
    cannot_because: str = "",
    file: Upload | None = None,
    by: Any,
    since: str | None = None,
) -> None:
    """Keep an answer, or a part of one, as it was typed. The move sends it.

    `since` is what `mark_of` gave when the page was made: an answer that a colleague has changed meanwhile is not
    overwritten (Stale). Raises NotAcceptedError for a file that cannot be kept, Invalid for a text that is too long.
    """
    request, case = _request_and_case(row)
    workflow.hold(case)
    _only(case, by, ANSWERERS)
    _check_answer(request, row, answer, cannot_because)
    db.session.refresh(row)
    if (row.answer, row.cannot_because) == (answer.strip(), cannot_because.strip()) and file is None:
        return
    if since is not None and since != mark_of(row):
        raise workflow.Stale(case, [])
    row.answer, row.cannot_because = answer.strip(), cannot_because.strip()
    if file is not None:
        row.document_id = _keep(case, row, file, by).id
    row.answered_at = clock.now() if row.is_answered else None
    db.session.flush()
    audit.record(case.stream, "answer_question", by=by.actor, question=row.id, file=file is not None)


@dataclass(frozen=True)
class TypedAnswer:
    """What one form said about one question."""

    row: InformationQuestion
    answer: str
    cannot_because: str
    file: Upload | None
    since: str | None


def save_answers(typed: list[TypedAnswer], *, by: Any) -> None:
    """Keep the answers of one form together or not at all. Raises Invalid with a sentence for each that cannot be kept."""
    faults: dict[str, str] = {}
    for one in typed:
        try:
            answer(
                one.row, answer=one.answer, cannot_because=one.cannot_because, file=one.file, by=by, since=one.since
            )
        except Invalid as fault:
            faults |= fault.faults
        except documents.NotAcceptedError as fault:
            faults[f"file-{one.row.id}"] = f"Question {one.row.number}: {fault}"
    if faults:
        raise Invalid(faults)


def sending_of(case: Case) -> str:
    """The move by which the open questions are answered."""
    request = open_request(case)
    return "resubmit" if request is not None and request.kind == GAPS else "answer_information"


def mark_of(row: InformationQuestion) -> str:
    """What changes whenever an answer is saved."""
    return row.answered_at.isoformat() if row.answered_at else ""


def _check_answer(request: InformationRequest, row: InformationQuestion, *texts: str) -> None:
    if not request.is_open:
        raise Invalid({f"answer-{row.id}": "These questions are closed, so their answers cannot be changed."})
    if any(len(text) > LONGEST_ANSWER for text in texts):
        raise Invalid({f"answer-{row.id}": f"Answer {row.number} must be {LONGEST_ANSWER:,} characters or fewer."})


def _keep(case: Case, row: InformationQuestion, file: Upload, by: Any) -> documents.Document:
    if too_large := case.profile.files.too_large(len(file.content)):
        raise documents.NotAcceptedError(too_large)
    return documents.put(
        file.content,
        stream=case.stream,
        kind="information",
        title=f"Answer to question {row.number}",
        by_id=by.id,
        uploaded_name=file.name,
    )


def consider(row: InformationQuestion, *, words: str, by: Any, seen: int | None) -> None:
    """Record what the office made of an answer, before the request goes on."""
    _, case = _request_and_case(row)
    workflow.hold(case, seen)
    _only(case, by, ASKERS)
    if not words.strip():
        raise Invalid({f"considered-{row.id}": f"Say what you made of answer {row.number}."})
    if len(words) > LONGEST_QUESTION:
        raise Invalid({f"considered-{row.id}": f"This must be {LONGEST_QUESTION:,} characters or fewer."})
    row.considered, row.considered_by_id = words.strip(), by.id
    db.session.flush()
    audit.record(case.stream, "consider_answer", by=by.actor, question=row.id)


# --- what the moves write -----------------------------------------------------------------------------------------------


@deadlines.stops_the_clock("return_incomplete", "ask_information")
def next_step_waits(case: Case) -> bool:
    """Whether what the office asks now is needed before the next step."""
    asked = open_request(case)
    return asked is not None and asked.stops_clock


@upon("ifr", "return_incomplete")
def send_gaps(case: Case, by: Any, made: MoveRecord) -> None:
    _send(case, GAPS, made.at)


@upon("ifr", "ask_information")
def send_questions(case: Case, by: Any, made: MoveRecord) -> None:
    _send(case, INFORMATION, made.at)


def reply_moved(case: Case, to: date) -> None:
    """More time was given for the answers: the day of the reply is that of their deadline. The caller holds the case."""
    request = open_request(case)
    if request is not None:
        request.reply_by_on = to
        db.session.flush()


def _send(case: Case, kind: str, at: datetime) -> None:
    request = draft_of(case)
    assert request is not None  # the guards have found it
    request.kind, request.asked_at = kind, at
    if kind == GAPS:
        # A request is returned because it cannot be gone on with.
        request.stops_clock = True
    length = case.profile.length("information", urgent=case.urgent)
    request.reply_by_on = deadlines.last_day(clock.day_of(at), length, case.commissioner_id)
    db.session.flush()


@upon("ifr", "answer_information", "resubmit", "proceed_without", "confirm_closure", "withdraw")
def close_request(case: Case, by: Any, made: MoveRecord) -> None:
    request = open_request(case) or db.session.scalars(_open(case)).first()
    if request is not None:
        request.closed_at = made.at
        db.session.flush()
