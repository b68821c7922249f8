"""Independent advice: a question to somebody outside the office, what was sent for it, and a dated answer.

What may be sent is a list that is written out here. Who the patient is cannot be among it.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.services import answers_of, factors_of
from ifr.db import db
from ifr.people.services import JOB
from ifr.screening.models import Advice
from ifr.screening.record import comparison_group, earlier_treatments_of, record_of
from ifr.workflow import Invalid, NotVisible, Reason, Refused, guard

ASKERS = frozenset({Role.SCREENER, Role.EVIDENCE_REVIEWER, Role.IFR_MANAGER})
INTERESTS = {"none": "No interest in this request", "has": "An interest, which is named"}
LONGEST_LINE, LONGEST_TEXT = 300, 20_000
_HERE = "screening.advice"

# What can be sent to an adviser, by key and title: parts of the request that say nothing of who the patient is.
SENDABLE = {
    "condition": "Condition",
    "course": "Course of the condition",
    "treatment": "Treatment",
    "timing": "Timing and number of treatments",
    "comparison_group": "Comparison group",
    "questions": "Answers to the questions of the test",
    "points": "Points raised",
    "earlier": "Treatments so far",
    "aim": "Aim of the treatment",
    "measure": "How the result is measured",
}


@dataclass(frozen=True)
class Asking:
    """A question to an adviser, as it was typed; `parts` are keys of what can be sent."""

    question: str = ""
    adviser: str = ""
    post: str = ""
    parts: tuple[str, ...] = ()
    asked_on: date | None = None
    # Somebody has read the places that agree with the patient's identity, and they are something else.
    is_not_patient: bool = False


@dataclass(frozen=True)
class Answering:
    """What came back: first the interest, then the answer and its day; or why none is waited for."""

    interest: str | None = None
    interest_note: str = ""
    answer: str = ""
    answered_on: date | None = None
    ended_because: str = ""


# --- reading ------------------------------------------------------------------------------------------------------------


def advice_of(case: Case) -> list[Advice]:
    """All advice that was asked on a case, oldest first."""
    return list(db.session.scalars(select(Advice).where(Advice.case_id == case.id).order_by(Advice.id)))


def one_advice(case: Case, advice_id: int) -> Advice:
    """A piece of advice of this very case. Raises NotVisible for any other."""
    found = db.session.scalars(select(Advice).where(Advice.id == advice_id, Advice.case_id == case.id)).first()
    if found is None:
        raise NotVisible(str(advice_id))
    return found


def sendable(case: Case) -> dict[str, str]:
    """What could be sent to an adviser today: key and words, of what the request has."""
    answers = answers_of(case)
    found = {key: answers.get(key, "").strip() for key in SENDABLE}
    found["comparison_group"] = comparison_group(case) or ""
    asked = [(one.text, answers.get(f"test_{one.key}", "").strip()) for one in case.test.questions] if case.test else []
    found["questions"] = "\n\n".join(f"{text}\n{said}" for text, said in asked if said)
    points = [f"{one.number}. {one.what}. {one.common_in_words}".strip(". ") for one in factors_of(case)]
    found["points"] = "\n".join(points)
    tried = [". ".join(filter(None, (one.what, one.dates, one.response))) for one in earlier_treatments_of(case)]
    found["earlier"] = "\n".join(tried)
    return {key: words for key, words in found.items() if words}


def may_ask(case: Case, by: Any) -> bool:
    """Those who review a request may ask, from its check until it is ready for the panel."""
    machine = workflow.definition_of(case)
    return bool(case.capacities(by) & ASKERS) and machine.find("ask_information", case.state) is not None


# --- writing ------------------------------------------------------------------------------------------------------------


def ask_advice(case: Case, said: Asking, *, once: str, seen: int | None, by: Any) -> Advice:
    """Keep a question that went to an adviser together with exactly what was sent. The same form twice asks once.

    Raises Invalid with a sentence for each fault, Refused for somebody else or a request that is not open.
    """
    there = db.session.scalars(select(Advice).where(Advice.once == f"{case.id}:{once}")).first()
    if there is not None:
        return there
    if not may_ask(case, by):
        raise Refused([Reason("Advice is asked by those who review an open request.", "cases.page")])
    could = sendable(case)
    faults = _faults_of_asking(said, could) or _identity_in(case, said, could)
    if faults:
        raise Invalid(faults)
    workflow.hold(case, seen)
    row = Advice(
        once=f"{case.id}:{once}", case_id=case.id, round=record_of(case).round, question=said.question,
        adviser=said.adviser, post=said.post, sent=[[SENDABLE[key], could[key]] for key in SENDABLE if key in said.parts],
        asked_on=said.asked_on or clock.today(), asked_by_id=by.id, interest_note="", answer="", ended_because="",
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "ask_advice", by=by.actor, advice=row.id, sent=sorted(said.parts))
    return row


def _faults_of_asking(said: Asking, could: dict[str, str]) -> dict[str, str]:
    faults = {
        name: sentence
        for name, sentence in (
            ("question", "Write the question to the adviser."),
            ("adviser", "Name the adviser: somebody outside this office."),
            ("post", "Say what the adviser is, and where."),
        )
        if not getattr(said, name).strip()
    }
    if not said.parts or not set(said.parts) <= set(could):
        faults["parts"] = "Tick what was sent. Only what is listed here may leave the office."
    if said.asked_on and said.asked_on > clock.today():
        faults["asked_on"] = "This day is in the future."
    return faults


def _identity_in(case: Case, said: Asking, could: dict[str, str]) -> dict[str, str]:
    """Where what goes out agrees with the patient's name, NHS number or day of birth; reading these goes on record.

    A word may be somebody else's name, so a person can say that it is not the patient. Nothing is left out by itself.
    """
    if said.is_not_patient:
        return {}
    texts = {"The question": said.question, **{SENDABLE[key]: could[key] for key in said.parts}}
    patient = identity.patient_of(case, by=JOB, why="identity_check")
    known = {*_words(patient.name or ""), *_words(patient.born_on or "")}
    number = "".join(c for c in patient.nhs_number or "" if c.isdigit())
    places = [
        title
        for title, text in texts.items()
        if known & set(_words(text)) or (number and number in "".join(c for c in text if c.isdigit()))
    ]
    if not places:
        return {}
    named = ", ".join(places)
    sentence = f"Words of the patient’s identity stand in: {named}. Leave that out, or say that it is somebody else."
    return {"is_not_patient": sentence}


def _words(text: str) -> list[str]:
    """Words of three letters and more; a day of birth is one word, since its parts alone mean nothing."""
    return re.findall(r"\d{1,4}[ /.-]\d{1,2}[ /.-]\d{1,4}|[^\W\d_]{3,}", text.casefold())


def answer_advice(case: Case, row: Advice, said: Answering, *, seen: int | None, by: Any) -> Advice:
    """Keep the adviser's interest and answer, or why none is waited for. An answer that is on record stays as it was given.

    Raises Invalid, and Refused where it was answered already.
    """
    if not may_ask(case, by) or not row.is_open:
        raise Refused([Reason("This advice is on record and stays as it was given. Ask again where more is needed.", _HERE)])
    faults = _faults_of_answer(row, said)
    if faults:
        raise Invalid(faults)
    workflow.hold(case, seen)
    for name in ("interest", "interest_note", "answer", "answered_on", "ended_because"):
        setattr(row, name, getattr(said, name))
    row.recorded_by_id, row.recorded_at = by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "answer_advice", by=by.actor, advice=row.id, interest=row.interest, ended=bool(row.ended_because))
    return row


def _faults_of_answer(row: Advice, said: Answering) -> dict[str, str]:
    if said.ended_because:
        return {"answer": "Either there is an answer, or say why none is waited for."} if said.answer else {}
    faults = {}
    if said.interest not in INTERESTS:
        faults["interest"] = "Say whether the adviser declared an interest in this request."
    if said.interest == "has" and not said.interest_note:
        faults["interest_note"] = "Say which interest, so that readers can weigh the advice."
    if not said.answer:
        faults["answer"] = "Write what the adviser answered."
    if said.answered_on is None:
        faults["answered_on"] = "Give the day of the answer."
    elif said.answered_on > clock.today():
        faults["answered_on"] = "The day of the answer is in the future."
    elif said.answered_on < row.asked_on:
        faults["answered_on"] = "The day of the answer lies before the day of the question."
    return faults


@guard("advice_answered")
def advice_answered(case: Case, by: Any) -> list[Reason]:
    return [
        Reason(f"The advice of {row.adviser} is not on record: write it down, or say why it is not waited for.", _HERE)
        for row in advice_of(case)
        if row.is_open
    ]
