"""What a clinician sees of a request: its task list while it is written, and where it stands once it is sent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from ifr import deadlines, letters, workflow
from ifr.access import Role
from ifr.cases import identity, information, volunteered
from ifr.cases import services as cases
from ifr.cases.drafts import approval, points, reading
from ifr.cases.drafts.afterwards import left_open, open_questions
from ifr.cases.drafts.models import ProviderApproval
from ifr.cases.drafts.progress import YOU, Progress, Wait, progress
from ifr.cases.drafts.services import PATIENT, fields_of, is_being_written, missing_to_submit, my_cases, versions_of
from ifr.cases.models import Case, InformationRequest, Involvement, SectionVersion
from ifr.cases.posting import waits_for_clinician
from ifr.db import db
from ifr.letters import Letter
from ifr.people.models import User
from ifr.profiles import Section
from ifr.workflow import Offer

NOT_STARTED, INCOMPLETE, COMPLETE = ("neutral", "Not started"), ("open", "Incomplete"), ("done", "Complete")
# Nothing in it is needed before sending, or what stands in it came from elsewhere: nobody has looked yet.
NOT_LOOKED_AT = ("draft", "Not looked at")
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
    hint: str


def tasks(case: Case) -> list[Task]:
    """The sections of a request, how far each has come, and what it still lacks."""
    missing = Counter(reason.section for reason in missing_to_submit(case))
    answers = cases.answers_of(case)
    versions = versions_of(case)
    return [_task(case, one, missing[one.key], answers, versions.get(one.key)) for one in case.questions.sections]


@dataclass(frozen=True)
class Counts:
    """How much of a draft is done, in numbers."""

    needed: int
    later: int


def counts(case: Case) -> Counts:
    return Counts(needed=len(missing_to_submit(case)), later=len(left_open(case)))


def _task(case: Case, section: Section, missing: int, answers: dict[str, str], version: SectionVersion | None) -> Task:
    taken_from = version.taken_from if version else None
    if taken_from:
        return Task(section, NOT_LOOKED_AT, f"Taken over from {taken_from}. Read it and save it.")
    later = 0 if section.key == PATIENT else len(open_questions(case, section.key, answers))
    return Task(section, _status(case, section, missing, later, version), _hint(missing, later))


def _status(case: Case, section: Section, missing: int, later: int, version: SectionVersion | None) -> tuple[str, str]:
    if not _has_begun(case, section):
        if version is None and not missing:
            return NOT_LOOKED_AT
        if version is None or missing or later:
            return NOT_STARTED
    return INCOMPLETE if missing or later else COMPLETE


def _hint(missing: int, later: int) -> str:
    """In numbers what somebody with ten minutes wants to know: what is needed now, and what can wait."""
    now = f"{missing} needed to send" if missing else ""
    after = f"{later} can follow" if later else ""
    return ", ".join(part for part in (now, after) if part)


def _has_begun(case: Case, section: Section) -> bool:
    if section.key == PATIENT:
        return not identity.is_empty(case)
    if any(q.kind == "policy" for q in section.questions) and case.resolution is not None:
        return True
    answers = cases.answers_of(case)
    return any(answers.get(q.key) for q in fields_of(case, section.key)) or any(
        rows_of(case, q.kind) for q in section.questions if q.kind in reading.LISTS
    )


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
    progress: Progress
    asked: InformationRequest | None
    may_send_more: bool
    steps: list[Step]
    offers: list[Offer]
    letters: list[Letter]
    patient_waits: Letter | None
    timeline: list[dict[str, Any]]

    @property
    def last(self) -> tuple[str, datetime] | None:
        """What happened last: a step that was told, or a letter that was issued."""
        found = [(entry["text"], entry["at"]) for entry in self.timeline[:1]]
        found += [(f"Letter: {cases.letter_title(row)}", row.issued_at) for row in self.letters[:1] if row.issued_at]
        return max(found, key=lambda pair: pair[1], default=None)


def standing(case: Case, user: User) -> Standing:
    offers = workflow.moves_open_to(case, user)
    return Standing(
        words=cases.clinician_words(case),
        stages=cases.stages(case, user),
        progress=progress(case),
        asked=None if cases.is_undisclosed(case) else information.waiting(case),
        may_send_more=volunteered.may_send(case, user),
        steps=_steps(case, user, offers),
        offers=[one for one in offers if one.trigger not in PAGES],
        letters=letters_to(case, "clinician", "appellant"),
        patient_waits=waits_for_clinician(case) if cases.clinician_id_of(case) == user.id else None,
        timeline=cases.timeline(case, user),
    )


def _steps(case: Case, user: User, offers: list[Offer]) -> list[Step]:
    steps = []
    if case.declared_at is None and Role.CLINICIAN in case.capacities(user):
        steps.append(Step("Read the request and make the declaration", "drafts.review"))
    waiting = information.waiting(case) is not None
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
    waiting: list[Wait] = field(default_factory=list)


def mine(user: User) -> list[Mine]:
    """The requests of somebody on the provider's side: what waits for him or her first, then the latest."""
    rows = db.session.scalars(
        my_cases(user).where(Case._state != "discarded").order_by(Case.created_at.desc(), Case.id.desc())
    ).all()
    ids = [case.id for case in rows]
    asked = select(InformationRequest.case_id, InformationRequest.reply_by_on).where(
        InformationRequest.case_id.in_(ids),
        InformationRequest.asked_at.is_not(None),
        InformationRequest.closed_at.is_(None),
    )
    asked_by = {row.case_id: row.reply_by_on for row in db.session.execute(asked)}
    dates = _dates(rows)
    writes = set(db.session.scalars(_writes_in(user)))
    approved = set(db.session.scalars(select(ProviderApproval.case_id).where(ProviderApproval.case_id.in_(ids))))
    found = [
        Mine(
            case,
            cases.clinician_words(case),
            _waiting(case, asked_by, dates) if case.id in writes else _to_approve(case, case.id in approved),
        )
        for case in rows
    ]
    return sorted(found, key=lambda one: not one.waiting)


def _writes_in(user: User) -> Any:
    """The requests that somebody writes in, and does not only approve."""
    return select(Involvement.case_id).where(
        Involvement.user_id == user.id,
        Involvement.until_at.is_(None),
        Involvement.capacity.in_([Role.CLINICIAN.value, Role.PROVIDER_DELEGATE.value]),
    )


def _dates(rows: Sequence[Case]) -> dict[tuple[str, str], date | None]:
    """The last days of what clinicians owe on some requests, by stream and name."""
    found = deadlines.open_deadlines(*(case.stream for case in rows))
    return {(one.stream, one.name): one.due_on for one in found if one.whose == "clinician"}


def _to_approve(case: Case, approved: bool) -> list[Wait]:
    """An approver neither writes nor sends: the request waits for the approval, where one is asked, and for nothing else."""
    waits = approval.is_asked(case) and not approved and not workflow.definition_of(case).states[case.state].final
    return [Wait("Record your approval", YOU)] if waits else []


def _waiting(
    case: Case, asked_by: Mapping[int, date | None], dates: Mapping[tuple[str, str], date | None]
) -> list[Wait]:
    """What a request waits for that only those who write in it can give, and by when."""
    machine = workflow.definition_of(case)
    possible = {move.trigger for move in machine.moves_from(case.state)}
    waiting = []
    if "submit" in possible:
        waiting.append(Wait("Finish it and send it", YOU))
    elif case.declared_at is None and is_being_written(case):
        waiting.append(Wait("Your declaration", YOU))
    # Nobody answers questions on a request that has ended, and an ending that was not told looks like every other.
    asked = case.id in asked_by and case.is_open and not cases.is_undisclosed(case)
    if asked or "resubmit" in possible:
        waiting.append(Wait("Answer our questions", YOU, asked_by.get(case.id)))
    if "comment_on_summary" in possible:
        waiting.append(Wait("Check our summary", YOU, dates.get((case.stream, "accuracy"))))
    if (case.stream, "result") in dates and not cases.is_undisclosed(case):
        waiting.append(Wait("Report on the treatment", YOU, dates[case.stream, "result"]))
    return waiting
