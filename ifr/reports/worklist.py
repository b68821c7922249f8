"""The list that an office works from: urgent requests first, then by the day on which they are due.

A page costs the same however many cases there are: each of its parts is one stretch of an index, and no count runs on
beyond what a person would read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, literal, or_, select, tuple_, union_all

from ifr import clock, profiles
from ifr.cases import services as cases
from ifr.cases.models import Case, InformationRequest
from ifr.cases.services import OFFICE, SOON, Due, cases_visible_to, due_in_words
from ifr.db import db
from ifr.deadlines import Deadline, Pause
from ifr.pages import whole_number
from ifr.people import services as people
from ifr.people.models import User
from ifr.profiles import Profile, Workflow
from ifr.timetable import proposals
from ifr.workflow import Invalid

PAGE = 25
# A count says "more than" beyond this.
MOST_COUNTED = 1000
NEVER = date(9999, 12, 31)  # what has no day by which it is due stands after everything that has one

# What a list can be narrowed to.
OPEN, PROPOSED, ALL = "open", "proposed", "all"
SHOWS = {
    OPEN: "Everything that is open",
    "urgent": "Urgent",
    "overdue": "Overdue",
    "due_soon": f"Due within {SOON} days",
    "waiting": "Clock paused",
    "unallocated": "Allocated to nobody",
    PROPOSED: "Something is proposed",
    ALL: "Everything, closed too",
}
CLOCKS = {"": "Running or paused", "running": "Clock running", "paused": "Clock paused"}
NOBODY = "nobody"


@dataclass(frozen=True)
class Asked:
    """What somebody asked of the list: as it stands in its address."""

    show: str = OPEN
    stage: str = ""
    person: str = ""
    clock: str = ""
    due_by: str = ""
    words: str = ""
    after: str = ""
    before: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """What was asked, without the place in the list; what was not asked is left out."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("after", "before")}
        return {name: value for name, value in plain.items() if value and (name, value) != ("show", OPEN)}

    @property
    def due_by_on(self) -> date | None:
        try:
            return date.fromisoformat(self.due_by)
        except ValueError:
            return None


@dataclass(frozen=True)
class Row:
    """One case as the worklist shows it. `due_for` is what the office is to have done by the day on which it is due."""

    key: str
    seen: int
    treatment: str
    status: str
    urgent: bool
    due: Due
    due_on: date | None
    due_for: str
    commissioner: str
    allocated_to: str
    outstanding: list[str]


@dataclass(frozen=True)
class Count:
    """How many there are, counted no further than a person would read."""

    number: int

    def __str__(self) -> str:
        return f"more than {MOST_COUNTED:,}" if self.number > MOST_COUNTED else f"{self.number:,}"


@dataclass(frozen=True)
class Worklist:
    """One page of the list, and where the next and the last one begin."""

    rows: list[Row]
    total: Count
    after: str | None
    before: str | None
    several_offices: bool


def stages() -> list[tuple[str, str]]:
    """The stages of a request, for the filter."""
    return [(stage.key, stage.label) for stage in _machine(profiles.latest("workflow", "ifr").id).stages]


def colleagues(user: User) -> list[User]:
    """Who works in the offices of this person, and may have requests allocated."""
    offices = offices_of(user)
    found = {one.id: one for role in cases.ALLOCATED_TO for office in offices for one in people.users_with(role, office)}
    return sorted(found.values(), key=lambda one: one.name)


def offices_of(user: User) -> set[int]:
    """The commissioners in whose offices somebody works."""
    return {held.organisation_id for held in user.memberships_in_force if held.role in OFFICE}


def worklist(user: User, asked: Asked) -> Worklist:
    """A page of the office's cases, in as many queries for 25 rows as for one."""
    backwards = bool(asked.before)
    place = _place(asked.before or asked.after)
    ids = list(db.session.scalars(_page_of(user, asked, place, backwards)))
    more, ids = len(ids) > PAGE, ids[:PAGE]
    if backwards:
        ids.reverse()
    read = {one.id: one for one in db.session.scalars(cases_visible_to(user).where(Case.id.in_(ids)))}
    found = [read[one] for one in ids]
    return Worklist(
        rows=rows_of(found),
        total=_counted(_wanted(user, asked)),
        after=_mark(found[-1]) if found and (more or backwards) else None,
        before=_mark(found[0]) if found and (asked.after if not backwards else more) else None,
        several_offices=len(offices_of(user)) > 1,
    )


# --- what is wanted -----------------------------------------------------------------------------------------------------


def _wanted(user: User, asked: Asked, *, office: int | None = None) -> Select[Any]:
    machine = _machine(profiles.latest("workflow", "ifr").id)
    query = cases_visible_to(user).where(Case.commissioner_id.in_([office] if office else offices_of(user)))
    if asked.stage:
        query = query.where(Case._state.in_([name for name, one in machine.states.items() if one.stage == asked.stage]))
    if not _shows_closed(asked):
        query = query.where(Case.is_open)
    if asked.show in _CONDITIONS:
        query = query.where(_CONDITIONS[asked.show]())
    if asked.person:
        query = query.where(Case.allocated_to_id == (None if asked.person == NOBODY else whole_number(asked.person)))
    if asked.clock:
        query = query.where(_is_paused() if asked.clock == "paused" else ~_is_paused())
    if asked.due_by_on:
        query = query.where(Case.due_on <= asked.due_by_on)
    if asked.words:
        like = f"%{asked.words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
        query = query.where(or_(Case.reference.ilike(like, escape="!"), Case.treatment.ilike(like, escape="!")))
    return query


def _shows_closed(asked: Asked) -> bool:
    """A stage may be one that only closed requests have; and what is proposed may be of a request that was funded."""
    return asked.show in (ALL, PROPOSED) or bool(asked.stage and asked.show == OPEN)


def _is_paused() -> ColumnElement[bool]:
    stream = literal("case:").concat(cast(Case.id, String))
    return select(Pause.id).where(Pause.stream == stream, Pause.until_at.is_(None)).exists()


_CONDITIONS = {
    "urgent": lambda: Case.urgent.is_(True),
    "overdue": lambda: Case.due_on < clock.today(),
    "due_soon": lambda: Case.due_on.between(clock.today(), clock.today() + timedelta(days=SOON)),
    "waiting": _is_paused,
    "unallocated": lambda: Case.allocated_to_id.is_(None),
    PROPOSED: proposals.is_proposed,
}


def _counted(wanted: Select[Any]) -> Count:
    some = wanted.with_only_columns(Case.id).limit(MOST_COUNTED + 1).subquery()
    return Count(db.session.scalar(select(func.count()).select_from(some)) or 0)


# --- one page, from the stretches of an index -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a row stands in the list: open before closed, urgent before the rest, due before not due, then by its day."""

    closed: int
    calm: int
    due_on: date
    id: int


def _page_of(user: User, asked: Asked, place: Place | None, backwards: bool) -> Select[Any]:
    """The ids of one page and one row more. In a stretch only the day and the number vary, so an index holds its order."""
    arms = [
        select(arm.subquery())
        for office in sorted(offices_of(user))
        for arm in _stretches(_wanted(user, asked, office=office), _shows_closed(asked), place, backwards)
    ]
    if not arms:
        return cases_visible_to(user).with_only_columns(Case.id).where(false())
    found = union_all(*arms).subquery()
    order = (found.c.closed, found.c.calm, found.c.day, found.c.id)
    return select(found.c.id).order_by(*(one.desc() if backwards else one.asc() for one in order)).limit(PAGE + 1)


def _stretches(wanted: Select[Any], closed_too: bool, place: Place | None, backwards: bool) -> Iterator[Select[Any]]:
    for closed in (0, 1) if closed_too else (0,):
        for calm in (0, 1):
            for due in (True, False):
                beyond = _beyond(place, (closed, calm), due, backwards)
                if beyond is None:
                    continue
                has_day = Case.due_on.is_not(None) if due else Case.due_on.is_(None)
                # Compared by "=", since no index serves PostgreSQL for "IS false".
                here = and_(Case.is_open == (not closed), Case.urgent == (not calm), has_day, beyond)
                day = (Case.due_on if due else literal(NEVER)).label("day")
                columns: tuple[Any, ...] = (Case.id, literal(closed).label("closed"), literal(calm).label("calm"), day)
                order = (one.desc() if backwards else one.asc() for one in (Case.due_on, Case.id))
                yield wanted.with_only_columns(*columns).where(here).order_by(*order).limit(PAGE + 1)


def _beyond(place: Place | None, stretch: tuple[int, int], due: bool, backwards: bool) -> ColumnElement[bool] | None:
    """The part of a stretch that lies beyond the place; None where the whole stretch lies before it."""
    if place is None:
        return literal(True)
    here, there = (*stretch, not due), (place.closed, place.calm, place.due_on == NEVER)
    if here != there:
        return literal(True) if (here < there) == backwards else None
    if not due:
        return Case.id < place.id if backwards else Case.id > place.id
    row, mark = tuple_(Case.due_on, Case.id), tuple_(literal(place.due_on), literal(place.id))
    return row < mark if backwards else row > mark


def _mark(row: Case) -> str:
    return f"{int(not row.is_open)}.{int(not row.urgent)}.{(row.due_on or NEVER).isoformat()}.{row.id}"


def _place(mark: str) -> Place | None:
    """Where a mark stands; nowhere for one that somebody typed."""
    try:
        closed, calm, due_on, number = mark.split(".")
        return Place(whole_number(closed), whole_number(calm), date.fromisoformat(due_on), whole_number(number))
    except ValueError:
        return None


# --- rows -----------------------------------------------------------------------------------------------------------------


def rows_of(found: list[Case]) -> list[Row]:
    """Cases as a list shows them, in as many queries for many as for one."""
    streams = {one.stream for one in found}
    paused = set(db.session.scalars(select(Pause.stream).where(Pause.stream.in_(streams), Pause.until_at.is_(None))))
    asked = _waiting_for_answers([one.id for one in found])
    proposed = proposals.of(found)
    running = _running(streams)
    names = people.people_named(one.allocated_to_id for one in found)
    machines = {one: _machine(one) for one in {row.workflow_id for row in found}}
    held = {one: _profile(one) for one in {row.profile_id for row in found}}
    return [
        Row(
            key=one.key,
            seen=one.version,
            treatment=one.treatment or "Treatment not named yet",
            status=_label(one, machines[one.workflow_id], held[one.profile_id]),
            urgent=one.urgent,
            due=due_in_words(one.due_on, paused=one.stream in paused),
            due_on=one.due_on,
            due_for=next((row.label for row in running[one.stream] if row.whose == "office"), ""),
            commissioner=held[one.profile_id].commissioner.short_name,
            allocated_to=names.get(one.allocated_to_id or 0, ""),
            outstanding=[
                *(p.flag for p in proposed.get(one.id, [])),
                *_outstanding(one, asked.get(one.id)),
                *_late_elsewhere(running[one.stream]),
            ],
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


def _running(streams: set[str]) -> dict[str, list[Deadline]]:
    """The deadlines of each request that have a last day and are not over, the nearest first."""
    found: dict[str, list[Deadline]] = {stream: [] for stream in streams}
    query = select(Deadline).where(
        Deadline.stream.in_(streams), Deadline.met_at.is_(None), Deadline.cancelled_at.is_(None), Deadline.due_at.is_not(None)
    )
    for row in db.session.scalars(query.order_by(Deadline.due_on, Deadline.due_at, Deadline.id)):
        found[row.stream].append(row)
    return found


# Who else answers to the office. Whoever may challenge a decision owes it nothing, and its questions have words of their own.
_ELSEWHERE = {"clinician": " (clinician)", "other_body": ""}
_SAID_OF_QUESTIONS = "information"


def _late_elsewhere(running: list[Deadline]) -> list[str]:
    """What somebody outside the office has let pass."""
    return [
        f"{one.label}{_ELSEWHERE[one.whose]}: {due_in_words(one.due_on, paused=False).words}"
        for one in running
        if one.whose in _ELSEWHERE and one.name != _SAID_OF_QUESTIONS and one.due_on and one.due_on < clock.today()
    ]


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

    count: Count
    label: str
    show: str
    kind: str


def figures(user: User, asked: Asked) -> list[Figure]:
    """How much is open, urgent, overdue, due soon, paused and not allocated; for one person where the list is for one."""
    counted = {show: _counted(_wanted(user, Asked(show=show, person=asked.person))) for show in _FIGURES}
    return [_figure(count, show, *_FIGURES[show]) for show, count in counted.items()]


# What each count is called, and how its figure looks unless it is nought.
_FIGURES = {
    OPEN: ("open", ""),
    "urgent": ("urgent", "urgent"),
    "overdue": ("overdue", "overdue"),
    "due_soon": ("due soon", "due_soon"),
    "waiting": ("paused", "paused"),
    "unallocated": ("not allocated", ""),
}


def _figure(count: Count, show: str, label: str, kind: str) -> Figure:
    return Figure(count, label, show, kind if count.number else "")


# --- today ------------------------------------------------------------------------------------------------------------------

# So many stand in each part of the list that is printed.
MOST_PRINTED = 100


@dataclass(frozen=True)
class Part:
    """One part of today's list."""

    title: str
    rows: list[Row]
    total: Count


def today(user: User, *, mine: bool) -> list[Part]:
    """What the office, or one person of it, has before it today: urgent, overdue, due today and soon, and paused."""
    person = str(user.id) if mine else ""
    return [_part(user, title, Asked(show=show, person=person)) for show, title in _TODAY.items()]


_TODAY = {
    "urgent": "Urgent",
    "overdue": "Overdue",
    "due_soon": f"Due today or within {SOON} days",
    "unallocated": "Allocated to nobody",
    "waiting": "Clock paused: chase the answer",
    PROPOSED: "Proposed: somebody decides",
}


def _part(user: User, title: str, asked: Asked) -> Part:
    wanted = _wanted(user, asked)
    found = list(db.session.scalars(wanted.order_by(Case.due_on, Case.id).limit(MOST_PRINTED)))
    return Part(title, rows_of(found), _counted(wanted))


# --- giving requests to somebody --------------------------------------------------------------------------------------------


def allocate(user: User, chosen: list[tuple[str, int]], colleague: User) -> int:
    """Give each of these requests to a colleague, all or none; `chosen` are references with the version that was seen.

    Raises Invalid where none is chosen, and as `cases.services.allocate` does for each of them.
    """
    if not chosen:
        raise Invalid({"chosen": "Tick the requests that you want to give to somebody."})
    for key, seen in sorted(chosen):
        cases.allocate(cases.visible_case(key, user), colleague, by=user, seen=seen)
    return len(chosen)
