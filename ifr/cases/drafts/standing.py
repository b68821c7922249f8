"""What a clinician sees of a request: its task list while it is written, and where it stands once it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import deadlines, letters, workflow
from ifr.access import Role
from ifr.cases import identity, information
from ifr.cases import services as cases
from ifr.cases.drafts import points, reading
from ifr.cases.drafts.services import PATIENT, fields_of, is_being_written, missing_to_submit, my_cases
from ifr.cases.models import Case, InformationRequest
from ifr.db import db
from ifr.letters import Letter
from ifr.people.models import User
from ifr.profiles import Section
from ifr.workflow import Offer

NOT_STARTED, INCOMPLETE, COMPLETE = ("neutral", "Not started"), ("open", "Incomplete"), ("done", "Complete")
# Steps that have a page of their own; the other ones are a button with a reason.
PAGES = {
    "resubmit": ("Send it again with what was missing", "cases.information"),
    "answer_information": ("Answer our questions", "cases.information"),
    "comment_on_summary": ("Read our summary and say where it is wrong", "screening.summary"),
    "start_treatment": ("Record that treatment has started", "outcomes.page"),
    "report_result": ("Report the result", "outcomes.page"),
    "stop_treatment": ("Record that treatment has stopped", "outcomes.page"),
}
CHALLENGES = {
    "reconsideration": ("Ask us to look again with new information", "appeals.ask_reconsideration"),
    "appeal": ("Appeal against how the decision was made", "appeals.lodge"),
}


@dataclass(frozen=True)
class Task:
    """One section of a draft on the task list."""

    section: Section
    status: tuple[str, str]


def tasks(case: Case) -> list[Task]:
    """The sections of a request, and how far each has come."""
    missing = {reason.section for reason in missing_to_submit(case)}
    return [Task(section, _status(case, section, section.key in missing)) for section in case.questions.sections]


def _status(case: Case, section: Section, lacks_something: bool) -> tuple[str, str]:
    if not _has_begun(case, section):
        return NOT_STARTED
    return INCOMPLETE if lacks_something or _test_is_unanswered(case, section) else COMPLETE


def _has_begun(case: Case, section: Section) -> bool:
    if section.key == PATIENT:
        return not identity.is_empty(case)
    if any(q.kind == "policy" for q in section.questions) and case.resolution is not None:
        return True
    answers = cases.answers_of(case)
    return any(answers.get(q.key) for q in fields_of(case, section.key)) or any(
        rows_of(case, q.kind) for q in section.questions if q.kind in reading.LISTS
    )


def _test_is_unanswered(case: Case, section: Section) -> bool:
    """A request can be sent without them, but nobody can be referred to a panel while one is open."""
    answers = cases.answers_of(case)
    asked = [q.key for q in fields_of(case, section.key) if q.key.startswith("test_")]
    return any(not answers.get(key) for key in asked)


def rows_of(case: Case, kind: str) -> Sequence[Any]:
    """The rows that stand under a question that is a list."""
    if kind == "factors":
        return cases.factors_of(case)
    return points.evidence_of(case) if kind == "files" else points.earlier_treatments_of(case)


# --- once it is sent ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Something the clinician can do next, and the page for it."""

    text: str
    endpoint: str


@dataclass(frozen=True)
class Standing:
    """Where a request stands, in the clinician's words and without anything that has not been told."""

    words: str
    stages: list[dict[str, str]]
    paused: bool
    decide_by: date | None
    asked: InformationRequest | None
    steps: list[Step]
    offers: list[Offer]
    letters: list[Letter]
    timeline: list[dict[str, Any]]


def standing(case: Case, user: User) -> Standing:
    offers = workflow.moves_open_to(case, user)
    return Standing(
        words=cases.clinician_words(case),
        stages=cases.stages(case, user),
        paused=deadlines.is_paused(case.stream),
        decide_by=_decide_by(case),
        asked=information.open_request(case),
        steps=_steps(case, user, offers),
        offers=[one for one in offers if one.trigger not in PAGES],
        letters=letters_to(case, "clinician", "appellant"),
        timeline=cases.timeline(case, user),
    )


def _decide_by(case: Case) -> date | None:
    return next((one.due_on for one in deadlines.open_deadlines(case.stream) if one.name == "decision"), None)


def _steps(case: Case, user: User, offers: list[Offer]) -> list[Step]:
    steps = []
    if case.declared_at is None and Role.CLINICIAN in case.capacities(user):
        steps.append(Step("Read the request and make the declaration", "drafts.review"))
    waiting = information.open_request(case) is not None
    for offer in offers:
        if offer.trigger in PAGES and (waiting or offer.trigger != "answer_information"):
            steps.append(Step(*PAGES[offer.trigger]))
    if case.told_at is not None and Role.CLINICIAN in case.capacities(user):
        routes = case.profile.challenge.get(case.state, [])
        steps += [Step(*CHALLENGES[route]) for route in routes if route in CHALLENGES]
    return list(dict.fromkeys(steps))


def letters_to(case: Case, *recipients: str) -> list[Letter]:
    """The letters of a request that have been issued to some of its recipients, newest first."""
    return [row for row in letters.of_case(case) if row.to in recipients and row.document_id is not None]


# --- the list of requests -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mine:
    """One request in the clinician's list."""

    case: Case
    words: str
    waiting: list[str] = field(default_factory=list)


def mine(user: User) -> list[Mine]:
    """The requests of somebody on the provider's side: what waits for him or her first, then the latest."""
    rows = db.session.scalars(
        my_cases(user).where(Case._state != "discarded").order_by(Case.created_at.desc(), Case.id.desc())
    ).all()
    asked = select(InformationRequest.case_id).where(
        InformationRequest.case_id.in_([case.id for case in rows]),
        InformationRequest.asked_at.is_not(None),
        InformationRequest.closed_at.is_(None),
    )
    waits = set(db.session.scalars(asked))
    found = [Mine(case, cases.clinician_words(case), _waiting(case, case.id in waits)) for case in rows]
    return sorted(found, key=lambda one: not one.waiting)


def _waiting(case: Case, asked: bool) -> list[str]:
    """What a request waits for that only the provider's side can give."""
    machine = workflow.definition_of(case)
    possible = {move.trigger for move in machine.moves_from(case.state)}
    waiting = []
    if "submit" in possible:
        waiting.append("Finish it and send it")
    elif case.declared_at is None and is_being_written(case):
        waiting.append("Your declaration")
    if asked or "resubmit" in possible:
        waiting.append("Answer our questions")
    if "comment_on_summary" in possible:
        waiting.append("Check our summary")
    return waiting
