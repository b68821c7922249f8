"""What is asked once a request is sent: the questions left open, as one numbered list that is answered in place."""

from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines
from ifr.cases import information
from ifr.cases.drafts import reading
from ifr.cases.drafts.services import PATIENT, asked_in, write_answer
from ifr.cases.models import Answer, Case, InformationQuestion, InformationRequest
from ifr.cases.services import answers_of
from ifr.db import db
from ifr.profiles import Question
from ifr.workflow import MoveRecord, Reason, upon

# What has no box of its own to answer: the policy is found, and the office confirms it.
_FOUND = frozenset({"policy", "policy_note"})


def open_questions(case: Case, section: str, answers: dict[str, str]) -> list[Question]:
    """The questions of a section that the office asks afterwards, as long as they have no answer."""
    return [
        one for one in asked_in(case, section)
        if reading.asked_afterwards(case, one) and not answers.get(one.key, "").strip() and one.key not in _FOUND
    ]  # fmt: skip


def left_open(case: Case) -> list[Question]:
    """All of them, in the order of the form. The patient's own section is not among them: names belong nowhere else."""
    answers = answers_of(case)
    sections = [one.key for one in case.questions.sections if one.key != PATIENT]
    return [question for section in sections for question in open_questions(case, section, answers)]


@upon("ifr", "submit")
def ask_what_is_open(case: Case, by: Any, made: MoveRecord) -> None:
    """Everything that a request was sent without becomes one list of numbered questions. The clock goes on meanwhile."""
    rows = left_open(case)
    if not rows:
        return
    day = clock.day_of(made.at)
    request = InformationRequest(
        case_id=case.id, kind=information.TO_SCREEN, needed_for="a decision" if case.urgent else "screening",
        drafted_by_id=by.id, asked_at=made.at,
        reply_by_on=deadlines.last_day(day, case.profile.length("information", urgent=case.urgent), case.commissioner_id),
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    for number, question in enumerate(rows, start=1):
        text = "\n".join(part for part in (question.label, question.hint, _choices(question)) if part)
        row = InformationQuestion(request_id=request.id, number=number, question_key=question.key, text=text)
        db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "ask_what_is_open", by="job:form", questions=len(rows))


def _choices(question: Question) -> str:
    options = reading.YES_NO if question.kind == "yes_no" else question.options
    return f"One of: {'; '.join(options.values())}" if options else ""


@upon("ifr", "answer_information", "resubmit")
def answer_in_place(case: Case, by: Any, made: MoveRecord) -> None:
    """An answer to a question of the form that stood empty goes where the form has it, so that it is read there."""
    fields = {one.key: (section.key, one) for section in case.questions.sections if section.key != PATIENT
              for one in asked_in(case, section.key)}  # fmt: skip
    rows = {row.key: row for row in db.session.scalars(select(Answer).where(Answer.case_id == case.id))}
    for given in information.answered_in(case):
        section, question = fields.get(given.question_key or "", ("", None))
        row = rows.get(given.question_key or "")
        if question is None or (row is not None and row.text.strip()):
            continue
        row = row or Answer(case_id=case.id, section=section, key=question.key)
        write_answer(row, question, _as_typed(question, given), by=by)
        db.session.add(row)
    db.session.flush()


def _as_typed(question: Question, given: InformationQuestion) -> dict[str, str]:
    options = reading.YES_NO if question.kind == "yes_no" else question.options
    chosen = {words.casefold(): key for key, words in options.items()}
    answer = given.answer.strip() or ("" if given.cannot_because.strip() else "See the file that was sent as an answer.")
    return {
        question.key: chosen.get(answer.casefold(), answer),
        question.key + reading.CANNOT: "" if answer else given.cannot_because.strip(),
    }


def still_owed(case: Case) -> list[Reason]:
    """What an urgent request was sent without and nobody has answered since, with the page on which it is answered.

    A question that the office went on without, with its reason on record, is owed no longer.
    """
    if not case.urgent:
        return []
    settled = information.settled_questions(case)
    return [
        Reason(f"The request was sent in haste without an answer to “{one.label}”. It is answered first, or it is said why not.",
               to="cases.information")
        for one in left_open(case)
        if one.tier == "submit" and one.key not in settled
    ]  # fmt: skip
