"""What a change of the days off would do: every open deadline whose date moves, old and new. Nothing is written here."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select

from ifr import clock, deadlines
from ifr.db import db
from ifr.deadlines import DayOff, DaysOff, Deadline, Extension, Pause
from ifr.deadlines.following import stands_still
from ifr.profiles import Unit

# How many deadlines are counted at a time, so that memory stays bounded however many are open.
A_PORTION = 500
# The days that the other side of the request acts by, or waits for: the letters and pages of a request name them. What the
# office sets itself for a step on the way is told to nobody.
TOLD_TO = frozenset({"clinician", "appellant"})
TOLD_OF_US = frozenset({"decision", "appeal", "continuation"})


@dataclass(frozen=True)
class Moving:
    """One deadline that a change touches. One whose clock stands still has no day yet: it will count the change."""

    deadline_id: int
    stream: str
    organisation_id: int | None
    label: str
    told: bool
    old_on: date | None
    new_on: date | None

    @property
    def is_paused(self) -> bool:
        return self.old_on is None

    @property
    def comes_earlier(self) -> bool:
        return self.old_on is not None and self.new_on is not None and self.new_on < self.old_on


@dataclass(frozen=True)
class Proposed:
    """The days that a change adds, each with its name, and those that it takes out of the table."""

    kind: str
    organisation_id: int | None
    added: Mapping[date, str]
    taken_out: frozenset[date]

    @property
    def days(self) -> list[date]:
        return sorted([*self.added, *self.taken_out])


def preview(proposed: Proposed) -> list[Moving]:
    """Every open deadline that the change touches, in the order in which a page shows them: by what is due and by its day."""
    found = [moving for portion in _portions(proposed) for moving in _of_portion(portion, proposed)]
    return sorted(found, key=place)


def place(one: Moving) -> tuple[str, date, date, int]:
    """Where a deadline stands in the list; those without a day come last."""
    return one.label, one.old_on or date.max, one.new_on or date.max, one.deadline_id


def digest(found: Sequence[Moving]) -> str:
    """A mark of what a preview says: another one where a request, its dates or the table changed since."""
    said = [f"{one.deadline_id}:{one.old_on}:{one.new_on}" for one in found]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _portions(proposed: Proposed) -> Iterator[list[Deadline]]:
    last = 0
    while True:
        query = select(Deadline).where(*_touched(proposed), Deadline.id > last).order_by(Deadline.id).limit(A_PORTION)
        portion = list(db.session.scalars(query))
        if not portion:
            return
        yield portion
        last = portion[-1].id


def _touched(proposed: Proposed) -> list[ColumnElement[bool]]:
    """The open deadlines in whose stretch one of the days lies; those counted in other days are left out at once."""
    counts_more = exists().where(Extension.deadline_id == Deadline.id, Extension.unit == Unit.WORKING_DAYS.value)
    asked = [
        Deadline.met_at.is_(None),
        Deadline.cancelled_at.is_(None),
        or_(Deadline.unit == Unit.WORKING_DAYS.value, counts_more),
        Deadline.started_on < proposed.days[-1],
        or_(Deadline.due_on.is_(None), Deadline.due_on >= proposed.days[0]),
    ]
    if proposed.organisation_id is not None:
        asked.append(Deadline.organisation_id == proposed.organisation_id)
    return asked


def _of_portion(portion: list[Deadline], proposed: Proposed) -> Iterator[Moving]:
    more = deadlines.extensions([one.id for one in portion])
    stopped: dict[str, list[Pause]] = {}
    query = select(Pause).where(Pause.stream.in_({one.stream for one in portion})).order_by(Pause.since_at, Pause.id)
    for pause in db.session.scalars(query):
        stopped.setdefault(pause.stream, []).append(pause)
    tables = {one: calendar(proposed, one) for one in {row.organisation_id for row in portion}}
    for one in portion:
        found = _moving(one, stopped.get(one.stream, []), more.get(one.id, []), tables[one.organisation_id])
        if found is not None:
            yield found


def _moving(one: Deadline, stopped: list[Pause], more: list[Extension], table: DaysOff) -> Moving | None:
    stops = deadlines.stops_of(one, stopped)
    now, stretches = clock.now(), [one.rule, *(extension.stretch for extension in more)]
    found = deadlines.reckon(one.started_at, one.started_on, stretches, days_off=table, stops=stops, as_of=now)
    held = stands_still(found, stops)
    old = deadlines.counted(one, stops, more, as_of=now).due_on if held else one.due_on
    if found.due_on == old:
        return None
    told = one.whose in TOLD_TO or one.name in TOLD_OF_US
    days = (None, None) if held else (old, found.due_on)
    return Moving(one.id, one.stream, one.organisation_id, one.label, told, *days)


def calendar(proposed: Proposed, organisation_id: int | None) -> DaysOff:
    """The days off of an organisation as they would be with the change."""
    table = dict(deadlines.days_off(organisation_id))
    if proposed.organisation_id not in (None, organisation_id):
        return table
    table.update(proposed.added)
    still = _off_all_the_same(proposed, organisation_id)
    for on in proposed.taken_out - still:
        table.pop(on, None)
    return table


def _off_all_the_same(proposed: Proposed, organisation_id: int | None) -> set[date]:
    """The days that are taken out and stay off for another reason: a closure on a bank holiday, or the reverse."""
    if not proposed.taken_out:
        return set()
    theirs = or_(DayOff.organisation_id.is_(None), DayOff.organisation_id == organisation_id)
    query = select(DayOff.off_on).where(DayOff.off_on.in_(proposed.taken_out), theirs, DayOff.kind != proposed.kind)
    return set(db.session.scalars(query.where(DayOff.taken_out_at.is_(None))))
