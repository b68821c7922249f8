"""What the page of one change shows: every date that moves, by what is due, for the requests that the reader may see."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import select

from ifr.appeals.models import Appeal, Reconsideration
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.people import services as people
from ifr.people.models import Organisation, User
from ifr.timetable.holidays import previewing, services
from ifr.timetable.holidays.models import ChangedDay, DateMove, DaysOffChange
from ifr.timetable.holidays.previewing import Moving

A_PAGE = 200
A_PORTION = 500


@dataclass(frozen=True)
class Line:
    """One deadline of the change: what moves, and what came of it where the change has been approved."""

    moving: Moving
    done: bool = False
    came_to_on: date | None = None
    letter: bool = False

    @property
    def went_elsewhere(self) -> bool:
        """Whether something happened to the request between the approval and its turn."""
        return self.done and not self.moving.is_paused and self.came_to_on != self.moving.new_on


@dataclass(frozen=True)
class Shown:
    """A request on the page."""

    key: str
    # The appeal or reconsideration that the date belongs to, as IFR-2026-0001/A1; the request itself otherwise.
    reference: str
    line: Line


@dataclass(frozen=True)
class Together:
    """The requests whose date moves from one day to the same other."""

    old_on: date | None
    new_on: date | None
    earlier: bool
    requests: list[Shown]


@dataclass(frozen=True)
class Due:
    """What is due, and every way in which its dates move."""

    label: str
    together: list[Together]


@dataclass(frozen=True)
class Counts:
    """How many requests and dates a change touches, over all pages."""

    requests: int
    dates: int
    paused: int
    told: int
    earlier: int
    hidden: int
    elsewhere: list[tuple[str, int]]
    done: int


@dataclass(frozen=True)
class ChangePage:
    """Everything that the page of a change shows."""

    change: DaysOffChange
    days: list[ChangedDay]
    organisation: str
    proposed_by: str
    approved_by: str
    withdrawn_by: str
    may_approve: bool
    counts: Counts
    due: list[Due]
    seen: str
    page: int
    pages: int
    another_is_applied: bool

    @property
    def is_applied(self) -> bool:
        return self.change.approved_at is not None and self.counts.done == self.counts.requests


def page_of(change_id: int, user: User, page: int = 1) -> ChangePage:
    """The page of one change: its preview as of now, or, once approved, what it did. Raises NotVisible."""
    change = services.change_numbered(change_id, user)
    lines, seen = _lines(change)
    cases = _cases_of({line.moving.stream for line in lines})
    visible = _visible({one.case_id for one in cases.values()}, user)
    shown = [line for line in lines if cases[line.moving.stream].case_id in visible]
    pages = max(1, -(-len(shown) // A_PAGE))
    page = min(max(page, 1), pages)
    requests = [_shown(line, cases, visible) for line in shown[(page - 1) * A_PAGE : page * A_PAGE]]
    named = people.people_named([change.proposed_by_id, change.approved_by_id, change.withdrawn_by_id])
    return ChangePage(
        change=change,
        days=services.days_of([change.id]).get(change.id, []),
        organisation=_named(change.organisation_id),
        proposed_by=named.get(change.proposed_by_id, ""),
        approved_by=named.get(change.approved_by_id or 0, ""),
        withdrawn_by=named.get(change.withdrawn_by_id or 0, ""),
        may_approve=change.is_open and services.may_change(change.organisation_id, user),
        counts=_counts(lines, cases, visible, user),
        due=_by_due(requests),
        seen=seen,
        page=page,
        pages=pages,
        another_is_applied=change.is_open and services.is_waiting(),
    )


def _lines(change: DaysOffChange) -> tuple[list[Line], str]:
    if change.withdrawn_at is not None:
        return [], ""
    if change.approved_at is None:
        found = previewing.preview(services.proposed_by(change))
        return [Line(one) for one in found], previewing.digest(found)
    query = select(DateMove).where(DateMove.change_id == change.id).execution_options(yield_per=1000)
    lines = [
        Line(
            Moving(one.deadline_id, one.stream, one.organisation_id, one.label, one.told, one.old_on, one.new_on),
            done=one.done_at is not None, came_to_on=one.came_to_on, letter=one.move_id is not None,
        )  # fmt: skip
        for one in db.session.scalars(query)
    ]
    return sorted(lines, key=lambda line: previewing.place(line.moving)), ""


@dataclass(frozen=True)
class _Belongs:
    case_id: int
    # What stands behind the reference of the request, as "/A1".
    part: str = ""


def _cases_of(streams: Iterable[str]) -> dict[str, _Belongs]:
    """To which request each stream belongs."""
    found: dict[str, _Belongs] = {}
    beside: dict[str, list[int]] = {"appeal": [], "reconsideration": []}
    for stream in streams:
        prefix, _, number = stream.partition(":")
        if prefix in beside:
            beside[prefix].append(int(number))
        else:
            found[stream] = _Belongs(int(number))
    for portion in _portions(beside["appeal"]):
        for row in db.session.execute(select(Appeal.id, Appeal.case_id, Appeal.number).where(Appeal.id.in_(portion))):
            found[f"appeal:{row.id}"] = _Belongs(row.case_id, f"/A{row.number}")
    for portion in _portions(beside["reconsideration"]):
        query = select(Reconsideration.id, Reconsideration.case_id, Reconsideration.number)
        for row in db.session.execute(query.where(Reconsideration.id.in_(portion))):
            found[f"reconsideration:{row.id}"] = _Belongs(row.case_id, f"/R{row.number}")
    return found


def _visible(case_ids: Iterable[int], user: User) -> dict[int, str]:
    """The references of those requests that this person may see."""
    found: dict[int, str] = {}
    for portion in _portions(sorted(case_ids)):
        query = cases_visible_to(user).where(Case.id.in_(portion)).with_only_columns(Case.id, Case.reference)
        found |= {row.id: row.reference for row in db.session.execute(query) if row.reference}
    return found


def _portions(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), A_PORTION):
        yield numbers[start : start + A_PORTION]


def _shown(line: Line, cases: dict[str, _Belongs], visible: dict[int, str]) -> Shown:
    belongs = cases[line.moving.stream]
    key = visible[belongs.case_id]
    return Shown(key, key + belongs.part, line)


def _by_due(requests: list[Shown]) -> list[Due]:
    found = []
    for label, of_label in groupby(requests, key=lambda one: one.line.moving.label):
        ways = groupby(of_label, key=lambda one: (one.line.moving.old_on, one.line.moving.new_on))
        together = [Together(old, new, bool(old and new and new < old), list(some)) for (old, new), some in ways]
        found.append(Due(label, together))
    return found


def _counts(lines: list[Line], cases: dict[str, _Belongs], visible: dict[int, str], user: User) -> Counts:
    own = {one.id for one in services.own(user)}
    moved = [line for line in lines if not line.moving.is_paused]
    requests = {cases[line.moving.stream].case_id for line in lines}
    waiting = {cases[line.moving.stream].case_id for line in lines if not line.done}
    hidden, elsewhere = set[int](), dict[int | None, set[int]]()
    for line in lines:
        case_id, of = cases[line.moving.stream].case_id, line.moving.organisation_id
        if case_id in visible:
            continue
        if of in own:
            hidden.add(case_id)
        else:
            elsewhere.setdefault(of, set()).add(case_id)
    return Counts(
        requests=len(requests),
        dates=len(moved),
        paused=len(lines) - len(moved),
        told=len({line.moving.stream for line in moved if line.moving.told}),
        earlier=sum(line.moving.comes_earlier for line in moved),
        hidden=len(hidden),
        elsewhere=sorted((_named(one), len(ids)) for one, ids in elsewhere.items()),
        done=len(requests - waiting),
    )


def _named(organisation_id: int | None) -> str:
    found = db.session.get(Organisation, organisation_id) if organisation_id is not None else None
    return found.name if found else ""
