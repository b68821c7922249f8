"""What the page of a case shows: the request as it was written, what is raised, what is on file, and what can be done now.

Identity is no part of it; the patient's section of the form is left out.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from ifr import access, deadlines, documents, letters, workflow
from ifr.access import Permission, Role
from ifr.cases import identity, information, services
from ifr.cases.beside import Note, case_notes, section_rows
from ifr.cases.distinct.group import Group, group_of
from ifr.cases.distinct.result import how_we_will_know
from ifr.cases.drafts import policy, reading
from ifr.cases.drafts.points import FACTOR_KINDS
from ifr.cases.models import Case, EarlierTreatment, Factor, InformationQuestion, InformationRequest
from ifr.cases.policy_notes import PolicyNotes, policy_notes
from ifr.cases.timing.ledger import considered_at, figures_of
from ifr.db import db
from ifr.deadlines import Deadline
from ifr.documents import Document
from ifr.letters import Letter
from ifr.pages import money
from ifr.people import services as people
from ifr.people.models import User
from ifr.policies import services as policies
from ifr.profiles import Question, Workflow
from ifr.workflow import Offer


@dataclass(frozen=True)
class Section:
    """One section of the request: a heading, the words under it, and pairs of question and answer."""

    key: str
    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Point:
    """One point raised, with the document that is to show it and the question of the test that it serves."""

    factor: Factor
    kind: str
    serves: str
    evidence: Document | None


@dataclass(frozen=True)
class Asked:
    """One request for information with its questions."""

    request: InformationRequest
    rows: list[InformationQuestion]

    @property
    def unanswered(self) -> int:
        return sum(not row.is_answered for row in self.rows)

    @property
    def to_consider(self) -> int:
        return sum(row.answered_at is not None and not row.considered for row in self.rows)


@dataclass(frozen=True)
class Steps:
    """What somebody can do now: the steps ahead that are open, those that lack something, and the rest."""

    ahead: list[Offer]
    lacking: list[Offer]
    beside: list[Offer]
    not_now: list[Offer]


@dataclass(frozen=True)
class Overview:
    """Everything that the page of a case shows to the office."""

    case: Case
    strip: services.Strip
    stages: list[dict[str, str]]
    steps: Steps
    sections: list[Section]
    test: Any
    points: list[Point]
    earlier: list[EarlierTreatment]
    policy: str
    policy_id: int | None
    notes: PolicyNotes
    beside: list[Note]
    group: Group | None
    will_know: list[tuple[str, str]]
    asked: list[Asked]
    documents: list[Document]
    letters: list[Letter]
    running: list[tuple[Deadline, services.Due]]
    figures: deadlines.Figures | None
    timeline: list[dict[str, Any]]
    colleagues: list[User]
    may_know_identity: bool
    may_allocate: bool
    may_release: bool

    @property
    def letters_awaiting(self) -> int:
        return sum(row.state == letters.AWAITING for row in self.letters)

    @property
    def earlier_rows(self) -> list[list[str]]:
        return [[one.what, one.dates, one.response, one.stopped_because] for one in self.earlier]

    @property
    def colleague_choices(self) -> list[tuple[int, str]]:
        return [(one.id, one.name) for one in self.colleagues]

    @property
    def letter_titles(self) -> list[tuple[Letter, str]]:
        return [(row, services.letter_title(row)) for row in self.letters]


def overview(case: Case, user: User) -> Overview:
    version_id, named = linked_policy(case)
    capacities = services.capacities(user, case)
    return Overview(
        case=case,
        strip=services.strip(case, user),
        stages=services.stages(case, user),
        steps=steps(case, user),
        sections=sections(case),
        test=policy.test_for(case),
        points=points(case),
        earlier=_earlier(case),
        policy=named,
        policy_id=version_id,
        notes=policy_notes(case, user),
        beside=case_notes(case, user),
        group=group_of(case),
        will_know=how_we_will_know(case),
        asked=asked(case),
        documents=documents_shown(case, user),
        letters=letters.of_case(case),
        running=running(case),
        figures=figures_of(case, office=True),
        timeline=services.timeline(case, user),
        colleagues=colleagues(case),
        may_know_identity=identity.may_know(case, user),
        may_allocate=bool(capacities & {Role.COORDINATOR, Role.IFR_MANAGER}),
        may_release=access.has(capacities, Permission.LETTER_RELEASE),
    )


# --- what can be done now -----------------------------------------------------------------------------------------------


def steps(case: Case, user: User) -> Steps:
    """The moves that this person's roles allow from here, in the order in which somebody at work looks for them.

    A step that takes the case on and lacks only what can be put right on a page is shown with what it lacks; one that does
    not fit this case now is folded away. What the worker does when a letter leaves is no button.
    """
    machine = workflow.definition_of(case)
    by_worker = {spec.then for spec in machine.letters.values()}
    onward = {one.trigger for one in machine.moves_from(case.state) if not one.reason and one.dest != "="}
    found = Steps([], [], [], [])
    for offer in workflow.moves_open_to(case, user):
        if offer.trigger in by_worker or offer.trigger.startswith(_PREPARED_ELSEWHERE):
            continue
        if offer.open:
            (found.ahead if offer.trigger in onward else found.beside).append(offer)
        elif offer.trigger in onward and all(reason.to for reason in offer.reasons):
            found.lacking.append(offer)
        else:
            found.not_now.append(offer)
    return found


def colleagues(case: Case) -> list[User]:
    """To whom a case can be given."""
    found = {one.id: one for role in services.ALLOCATED_TO for one in people.users_with(role, case.commissioner_id)}
    return list(found.values())


# --- what was asked for -------------------------------------------------------------------------------------------------


def sections(case: Case) -> list[Section]:
    """The request as it was written, section by section, in the words that were typed.

    What was left empty is left out, save the questions of the test: that one of them has no answer is what a reader looks
    for.
    """
    answers = services.answers_of(case)
    test, named = policy.test_for(case), policy.is_named(case)
    found = []
    for section in case.questions.sections:
        asked_here = reading.fields_of(section, test=test, policy_named=named)
        rows = [
            (one.label, _in_words(one, answers.get(one.key, "")))
            for one in asked_here
            if not one.identity and reading.applies(one, answers)
            and (answers.get(one.key, "").strip() or one.key.startswith("test_"))
        ]
        rows += section_rows(case, section.key)
        if rows:
            found.append(Section(section.key, section.title, rows))
    return found


def _in_words(question: Question, typed: str) -> str:
    if not typed.strip():
        return "Not answered"
    if question.kind == "yes_no":
        return reading.YES_NO.get(typed, typed)
    if question.kind == "money":
        amount: Decimal | None = reading.amount_in(typed)
        return money(amount) if amount is not None else typed
    return question.options.get(typed, typed)


def points(case: Case) -> list[Point]:
    filed = {one.id: one for one in documents.of(case.stream)}
    named = {
        f"test_{one.key}": f"Question {number}" for number, one in enumerate(policy.test_for(case).questions, start=1)
    }
    return [
        Point(
            factor=one,
            kind=FACTOR_KINDS.get(one.kind, one.kind),
            serves=named.get(f"test_{(one.question_key or '').removeprefix('test_')}", ""),
            evidence=filed.get(one.evidence_id or 0),
        )
        for one in services.factors_of(case)
    ]


def _earlier(case: Case) -> list[EarlierTreatment]:
    query = select(EarlierTreatment).where(EarlierTreatment.case_id == case.id).order_by(EarlierTreatment.id)
    return list(db.session.scalars(query))


def linked_policy(case: Case) -> tuple[int | None, str]:
    """The policy that a person linked, or what was found and waits for a person, or that there is none; in words."""
    if case.policy_version_id is not None:
        version = policies.version(case.policy_version_id)
        return version.id, ", ".join(filter(None, [version.policy.reference, version.title, version.label]))
    found = policy.in_words(case.resolution)
    if case.test_id is not None:
        return None, "No policy applies: signed by the office."
    if found is None:
        return None, "Not looked for yet."
    return None, f"Found, not confirmed yet: {found.named or found.heading}"


def asked(case: Case) -> list[Asked]:
    """The requests for information, newest first."""
    found = [Asked(one, information.questions_of(one)) for one in information.requests_of(case)]
    return found[::-1]


# --- documents ----------------------------------------------------------------------------------------------------------

# What was made or kept in the office for its own work is not shown to those who asked.
_TO_PROVIDER = frozenset({"clinician", "patient", "appellant"})
_FOR_PROVIDER = frozenset({"evidence", "information", "original", "letter"})


def documents_shown(case: Case, user: User, *, with_earlier: bool = False) -> list[Document]:
    """The documents that this person may open, oldest first; the versions that newer ones replaced only where asked for."""
    filed = documents.of(case.stream, with_earlier=with_earlier)
    issued = _letters_by_document(case)
    held, knows = services.capacities(user, case), identity.may_know(case, user)
    return [one for one in filed if _may_open(one, issued.get(one.id), held, knows)]


def _may_open(document: Document, letter: Letter | None, held: set[Role], knows: bool) -> bool:
    """Whoever sits on a request reads its papers as they were issued, which have been checked, and no file beside them."""
    if _names_the_patient(document, letter) and not knows:
        return False
    if held & services.OFFICE:
        return True
    if not held & services.PROVIDER_SIDE:
        return False
    return document.kind in _FOR_PROVIDER and (letter is None or letter.to in _TO_PROVIDER)


def _names_the_patient(document: Document, letter: Letter | None) -> bool:
    """The request as it came, a file that was redacted, a letter to the patient: to open one is to read who the patient is."""
    if document.shown_as_id is not None:
        return True
    return document.kind in ("original", "letter_copy") or letter is not None and letter.to in letters.NAMES_THE_PATIENT


def _letters_by_document(case: Case) -> dict[int, Letter]:
    return {row.document_id: row for row in letters.of_case(case) if row.document_id is not None}


def document(case: Case, document_id: int, user: User) -> tuple[Document, bytes]:
    """A document of this case that this person may open, and its bytes. Raises NotVisible for any other, and
    documents.HeldBackError for one that is not scanned yet or infected."""
    found = openable(case, document_id, user)
    if _names_the_patient(found, _letters_by_document(case).get(found.id)):
        identity.patient_of(case, by=user, why="document")
    return found, documents.read(found)


def openable(case: Case, document_id: int, user: User) -> Document:
    """A document of this case that this person may open, in any version; the redacted copy of one that names the patient to
    whoever may not know it. Raises NotVisible for any other."""
    shown = {one.id: one for one in documents_shown(case, user, with_earlier=True)}
    asked = documents.get(document_id, case.stream)
    found = shown.get(document_id) or (shown.get(asked.shown_as_id or 0) if asked is not None else None)
    found = found or _letter_beside(case, document_id, user)
    if found is None:
        raise workflow.NotVisible(str(document_id))
    return found


def _letter_beside(case: Case, document_id: int, user: User) -> Document | None:
    """A letter of an appeal or a reconsideration, which is filed under a stream of its own."""
    letter = _letters_by_document(case).get(document_id)
    if letter is None or letter.stream == case.stream:
        return None
    found = documents.get(document_id, letter.stream)
    held, knows = services.capacities(user, case), identity.may_know(case, user)
    return found if found is not None and _may_open(found, letter, held, knows) else None


_ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/plain": "txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def download_name(case: Case, found: Document) -> str:
    """A name that says nothing about the patient, whatever the file was called when it came."""
    return f"{case.reference or 'draft'}-document-{found.id}.{_ENDINGS.get(found.media_type, 'bin')}"


# --- the pages beside it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Room:
    """A page of a case, and how much waits on it."""

    text: str
    endpoint: str
    count: int | None = None


# What is prepared and done on a page of its own, which only few requests ever need.
_PREPARED_ELSEWHERE = ("correct_slip", "set_aside", "apply_order_to_")

# Text, endpoint, who may open it, and the stage from which there is something on it.
_ROOMS = (
    ("Contacts", "intake.contact_log", Permission.CASE_CHECK, "sent"),
    ("Check", "screening.check", Permission.CASE_CHECK, "check"),
    ("Screening", "screening.record", Permission.CASE_SCREEN, "screening"),
    ("Evidence", "screening.evidence", Permission.CASE_WORKLIST, "screening"),
    ("Meeting", "panels.of_case", Permission.PANEL_MANAGE, "panel"),
    ("Papers", "checking.check_papers", Permission.PANEL_MANAGE, "panel"),
    ("Decision", "decisions.record", Permission.DECISION_DRAFT, "panel"),
    ("Appeals", "appeals.page", Permission.APPEAL_MANAGE, "decision"),
    ("Corrections", "undoing.changes", Permission.CASE_CHECK, "decision"),
    ("Follow-up", "outcomes.page", Permission.OUTCOME_REPORT, "follow_up"),
)


def rooms(case: Case, user: User) -> list[Room]:
    """The pages of a case that somebody of the office may open, as far as the case has come."""
    held = services.capacities(user, case)
    if not held & services.OFFICE:
        return []
    machine = workflow.definition_of(case)
    order = [stage.key for stage in machine.stages]
    reached = max(order.index(machine.states[state].stage) for state in _states_been(case, machine))
    found = [Room("Overview", "cases.page")]
    for text, endpoint, permission, stage in _ROOMS:
        if access.has(held, permission) and order.index(stage) <= reached:
            found.append(Room(text, endpoint))
    if case.urgent and access.has(held, Permission.CASE_CHECK) and machine.find("decide_urgently", case.state):
        found.append(Room("Urgent decision", "decisions.ask_chair"))
    waiting = len(information.not_considered(case)) or None
    awaiting = len([row for row in letters.of_case(case) if row.state == letters.AWAITING]) or None
    found += [
        Room("Information", "cases.information", waiting),
        Room("Letters", "cases.letters", awaiting),
        Room("Dates", "timing.ledger"),
    ]
    if access.has(held, Permission.CASE_WORKLIST):
        found.append(Room("What if", "times.what_if_page"))
    return found


def _states_been(case: Case, machine: Workflow) -> set[str]:
    been = {case.state, *(move.dest for move in workflow.history(case.stream))}
    # Funding opens the follow-up, before the first thing has happened in it.
    if been & {"approved", "approved_in_part"}:
        been.add("in_treatment")
    return been & set(machine.states)


def identity_rows(case: Case, patient: identity.Patient) -> list[tuple[str, str]]:
    """Who the patient is, in the words of the form."""
    asked_for = [one for one in case.questions.all() if one.identity]
    return [(one.label, getattr(patient, one.key, None) or "") for one in asked_for]


def running(case: Case) -> list[tuple[Deadline, services.Due]]:
    """The dates that run for a case and for what stands beside it, with how each stands."""
    found = [one for stream in letters.streams_of(case) for one in deadlines.open_deadlines(stream)]
    return [(one, services.due_in_words(one.due_on, paused=one.due_on is None)) for one in found]


@dataclass(frozen=True)
class InformationView:
    """The page of questions and answers, as somebody of the office or of the provider sees it."""

    case: Case
    office: bool
    may_ask: bool
    may_answer: bool
    draft: Asked | None
    sending: list[Offer]
    open: Asked | None
    # What is open is what the form was sent without, so the office may still ask questions of its own.
    left_open: bool
    marks: dict[int, str]
    closed: list[Asked]
    files: dict[int, Document]
    about: dict[str, str]
    by: dict[int, str]


def _answered_before_the_end(case: Case) -> list[Asked]:
    """What became of open questions says something of the ending, so it is shown when the ending has been told."""
    end = considered_at(case)
    return [one for one in asked(case) if end and one.request.closed_at is not None and one.request.closed_at < end]


_ASKING = ("return_incomplete", "ask_information")
_WAITING = ("propose_closure", "confirm_closure", "proceed_without")


def information_view(case: Case, user: User) -> InformationView:
    capacities = services.capacities(user, case)
    office = services.in_office(user, case)
    found = asked(case) if office or not services.is_undisclosed(case) else _answered_before_the_end(case)
    now = information.waiting(case)
    waiting = next((one for one in found if now is not None and one.request.id == now.id), None)
    left_open = now is not None and now.kind == information.TO_SCREEN
    wanted = _ASKING if waiting is None or left_open else _WAITING
    return InformationView(
        case=case,
        office=office,
        may_ask=bool(capacities & information.ASKERS),
        may_answer=bool(capacities & information.ANSWERERS),
        draft=next((one for one in found if one.request.asked_at is None), None) if office else None,
        sending=[offer for offer in workflow.moves_open_to(case, user) if offer.trigger in wanted],
        open=waiting,
        left_open=left_open,
        marks={row.id: information.mark_of(row) for row in waiting.rows} if waiting else {},
        closed=[one for one in found if one.request.closed_at is not None],
        files={one.id: one for one in documents.of(case.stream, "information")},
        about=dict(information.form_questions(case)),
        by=people.people_named(row.considered_by_id for one in found for row in one.rows),
    )
