"""Lists and counts across the rooms. Each starts from what the person who asks may see."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, or_, select, tuple_

from ifr import clock, letters, profiles
from ifr.cases.models import Case, InformationRequest
from ifr.cases.services import OFFICE, SOON, Due, cases_visible_to, due_in_words, letter_title
from ifr.db import db
from ifr.deadlines import Pause
from ifr.letters import AWAITING, Letter
from ifr.pages import whole_number
from ifr.people import services as people
from ifr.people.models import User
from ifr.profiles import Profile, Workflow

PAGE = 25
NEVER = date(9999, 12, 31)  # what has no day by which it is due stands after everything that has one

# What a list can be narrowed to, besides a stage.
OPEN, ALL = "open", "all"
SHOWS = {
    OPEN: "Everything that is open",
    "urgent": "Urgent",
    "overdue": "Overdue",
    "due_soon": f"Due within {SOON} days",
    "waiting": "Clock paused",
    "unallocated": "Allocated to nobody",
    ALL: "Everything, closed too",
}


@dataclass(frozen=True)
class Asked:
    """What somebody asked of the list: as it stands in its address."""

    show: str = OPEN
    stage: str = ""
    mine: bool = False
    words: str = ""
    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class Row:
    """One case as the worklist shows it."""

    key: str
    treatment: str
    status: str
    urgent: bool
    due: Due
    due_on: date | None
    commissioner: str
    allocated_to: str
    outstanding: list[str]


@dataclass(frozen=True)
class Worklist:
    """One page of the list, and where the next and the last one begin."""

    rows: list[Row]
    total: int
    after: str | None
    before: str | None
    several_offices: bool


# --- the worklist ---------------------------------------------------------------------------------------------------------


def stages() -> list[tuple[str, str]]:
    """The stages of a request, for the filter."""
    machine = _machine(profiles.latest("workflow", "ifr").id)
    return [(stage.key, stage.label) for stage in machine.stages]


def worklist(user: User, asked: Asked) -> Worklist:
    """A page of the office's cases: urgent ones first, then by the day on which they are due.

    As many queries for a page of 25 as for a page of one.
    """
    wanted = _wanted(user, asked)
    backwards = bool(asked.before)
    query = _from_the_mark(wanted, asked.before or asked.after, backwards)
    found = list(db.session.scalars(query.limit(PAGE + 1)))
    more, found = len(found) > PAGE, found[:PAGE]
    if backwards:
        found.reverse()
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    return Worklist(
        rows=_rows(found),
        total=total,
        after=_mark(found[-1]) if found and (more or backwards) else None,
        before=_mark(found[0]) if found and (asked.after if not backwards else more) else None,
        several_offices=len(_offices(user)) > 1,
    )


def _of_the_office(user: User) -> Select[Case]:
    return cases_visible_to(user).where(Case.commissioner_id.in_(_offices(user)))


def _offices(user: User) -> set[int]:
    """The commissioners in whose offices somebody works."""
    return {held.organisation_id for held in user.memberships_in_force if held.role in OFFICE}


def _wanted(user: User, asked: Asked) -> Select[Case]:
    machine = _machine(profiles.latest("workflow", "ifr").id)
    query = _of_the_office(user)
    if asked.stage:
        query = query.where(Case._state.in_([name for name, one in machine.states.items() if one.stage == asked.stage]))
    if asked.show != ALL and not (asked.stage and asked.show == OPEN):
        query = query.where(Case._state.in_(_still_open(machine)))
    if asked.show in _CONDITIONS:
        query = query.where(_CONDITIONS[asked.show]())
    if asked.mine:
        query = query.where(Case.allocated_to_id == user.id)
    if asked.words:
        like = f"%{asked.words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        query = query.where(or_(Case.reference.ilike(like, escape="!"), Case.treatment.ilike(like, escape="!")))
    return query


def _still_open(machine: Workflow) -> list[str]:
    """The states in which the office has something to do before the clinician knows: the clock runs or is paused."""
    return [name for name, one in machine.states.items() if one.clock in ("runs", "paused", "by_reason")]


def _is_paused() -> ColumnElement[bool]:
    stream = literal("case:").concat(cast(Case.id, String))
    return select(Pause.id).where(Pause.stream == stream, Pause.until_at.is_(None)).exists()


_CONDITIONS = {
    "urgent": lambda: Case.urgent.is_(True),
    "overdue": lambda: Case.due_on < clock.today(),
    "due_soon": lambda: Case.due_on.between(clock.today(), clock.today() + timedelta(days=SOON)),
    "waiting": _is_paused,
    "unallocated": lambda: Case.allocated_to_id.is_(None),
}


# The order of the list, as one comparable row: urgent first, then the due day, then the number of the case.
_ORDER = (case((Case.urgent.is_(True), 0), else_=1), func.coalesce(Case.due_on, NEVER), Case.id)


def _from_the_mark(query: Select[Case], mark: str, backwards: bool) -> Select[Case]:
    """The list from after a row of it (or, read backwards, from before it): no page is skipped while rows come and go."""
    place = _place(mark)
    if place is not None:
        here, there = tuple_(*_ORDER), tuple_(*(literal(one) for one in place))
        query = query.where(here < there if backwards else here > there)
    return query.order_by(*(one.desc() if backwards else one.asc() for one in _ORDER))


def _mark(row: Case) -> str:
    return f"{0 if row.urgent else 1}.{(row.due_on or NEVER).isoformat()}.{row.id}"


def _place(mark: str) -> tuple[int, date, int] | None:
    """Where a mark stands; nowhere for one that somebody typed."""
    try:
        urgent, due_on, number = mark.split(".")
        return whole_number(urgent), date.fromisoformat(due_on), whole_number(number)
    except ValueError:
        return None


def _rows(found: list[Case]) -> list[Row]:
    streams = {one.stream for one in found}
    paused = set(db.session.scalars(select(Pause.stream).where(Pause.stream.in_(streams), Pause.until_at.is_(None))))
    asked = _waiting_for_answers([one.id for one in found])
    names = people.people_named(one.allocated_to_id for one in found)
    machines = {one: _machine(one) for one in {row.workflow_id for row in found}}
    held = {one: _profile(one) for one in {row.profile_id for row in found}}
    return [
        Row(
            key=one.key,
            treatment=one.treatment or "Treatment not named yet",
            status=_label(one, machines[one.workflow_id], held[one.profile_id]),
            urgent=one.urgent,
            due=due_in_words(one.due_on, paused=one.stream in paused),
            due_on=one.due_on,
            commissioner=held[one.profile_id].commissioner.short_name,
            allocated_to=names.get(one.allocated_to_id or 0, ""),
            outstanding=_outstanding(one, asked.get(one.id)),
        )
        for one in found
    ]


def _waiting_for_answers(ids: list[int]) -> dict[int, date | None]:
    query = select(InformationRequest.case_id, InformationRequest.reply_by_on).where(
        InformationRequest.case_id.in_(ids),
        InformationRequest.asked_at.is_not(None),
        InformationRequest.closed_at.is_(None),
    )
    return {row.case_id: row.reply_by_on for row in db.session.execute(query)}


def _outstanding(one: Case, reply_by_on: date | None) -> list[str]:
    found = []
    if reply_by_on is not None:
        late = reply_by_on < clock.today()
        day = f"{reply_by_on.day} {reply_by_on:%B}"
        found.append(f"Reply was due {day}" if late else f"Reply due {day}")
    if one.declared_at is None:
        found.append("Declaration outstanding")
    return found


def _label(one: Case, machine: Workflow, profile: Profile) -> str:
    labels = profile.labels.get(one.state) or machine.states[one.state].label
    return labels.staff


def _machine(definition_id: int) -> Workflow:
    found: Workflow = profiles.by_id(definition_id)
    return found


def _profile(definition_id: int) -> Profile:
    found: Profile = profiles.by_id(definition_id)
    return found


# --- counts ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figure:
    """One count above the list, and what the list is narrowed to by following it."""

    number: int
    label: str
    show: str
    kind: str


def figures(user: User, *, mine: bool) -> list[Figure]:
    """How much is open, urgent, overdue, due soon and paused, in one query."""
    machine = _machine(profiles.latest("workflow", "ifr").id)
    base = _of_the_office(user).where(Case._state.in_(_still_open(machine)))
    if mine:
        base = base.where(Case.allocated_to_id == user.id)
    shown = ["urgent", "overdue", "due_soon", "waiting", "unallocated"]
    sums = [func.coalesce(func.sum(case((_CONDITIONS[show](), 1), else_=0)), 0) for show in shown]
    counted = db.session.execute(base.with_only_columns(func.count(), *sums)).one()
    names = {"due_soon": "due soon", "waiting": "paused", "unallocated": "not allocated"}
    kinds = {"waiting": "paused", "unallocated": ""}
    rest = [
        Figure(number, names.get(show, show), show, kinds.get(show, show) if number else "")
        for show, number in zip(shown, counted[1:], strict=True)
    ]
    return [Figure(counted[0], "open", OPEN, ""), *rest]


# --- letters --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LetterRow:
    """The letters of one step of one case that wait for somebody."""

    key: str
    treatment: str
    titles: list[str]
    queued_at: Any
    held_up_because: str | None
    urgent: bool
    batch: int


def letters_to_release(user: User) -> list[LetterRow]:
    """Every batch of this person's offices that waits for its release or was held up, the oldest first."""
    waiting: dict[int, list[Letter]] = {}
    for row in db.session.scalars(select(Letter).where(Letter.state == AWAITING).order_by(Letter.id)):
        waiting.setdefault(row.batch, []).append(row)
    owners = {batch: _case_id_of(rows[0].stream) for batch, rows in waiting.items()}
    visible = {
        one.id: one for one in db.session.scalars(_of_the_office(user).where(Case.id.in_(set(owners.values()))))
    }
    found = [_letter_row(visible[owners[batch]], rows) for batch, rows in waiting.items() if owners[batch] in visible]
    return sorted(found, key=lambda row: (not row.urgent, row.queued_at))


def _case_id_of(stream: str) -> int:
    """The case to which a letter belongs; one of an appeal stands in the appeal's own stream."""
    prefix, _, number = stream.partition(":")
    return int(number) if prefix == "case" else int(letters.subject_of_stream(stream).case.id)


def _letter_row(one: Case, rows: list[Letter]) -> LetterRow:
    return LetterRow(
        key=one.key,
        treatment=one.treatment,
        titles=[letter_title(row) for row in rows],
        queued_at=rows[0].queued_at,
        held_up_because=next((row.held_up_because for row in rows if row.held_up_because), None),
        urgent=one.urgent,
        batch=rows[0].batch,
    )
