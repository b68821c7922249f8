"""Deadlines and pauses: when something is due, and why, day by day.

The day on which a deadline starts is day 0. A day counts when no pause was in force at its end. What is due on a day is
late when that day is over in London. Working days leave out weekends and the bank holidays of England and Wales.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

import holidays
from sqlalchemy import Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model, db
from ifr.profiles import DeadlineSpec, Length, Unit, Workflow

LONGEST = 3660  # days; a deadline that is paused for ten years is looked at by a person, not by a loop


class Deadline(Model):
    """One date by which something is to happen in one stream."""

    __tablename__ = "deadlines"
    __table_args__ = (
        Index("ix_deadlines_open", "due_on", sqlite_where=text("met_at IS NULL"), postgresql_where=text("met_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    label: Mapped[str]
    started_on: Mapped[date]
    length: Mapped[int]
    unit: Mapped[str]
    source: Mapped[str]
    due_on: Mapped[date | None]
    met_at: Mapped[datetime | None]
    met_by: Mapped[str | None]

    @property
    def is_open(self) -> bool:
        return self.met_at is None

    @property
    def is_late(self) -> bool:
        return self.is_open and self.due_on is not None and clock.now() >= clock.end_of(self.due_on)


class Pause(Model):
    """A stretch of time in which the clock of a stream stands still."""

    __tablename__ = "pauses"

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(index=True)
    opened_by: Mapped[str]
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]

    def in_force_at(self, moment: datetime) -> bool:
        return self.since_at < moment and (self.until_at is None or self.until_at >= moment)


class Timed(Protocol):
    """What the ledger needs to know of a subject: where its rows stand, when it was received, where to leave the next date."""

    stream: str
    due_on: Any

    @property
    def received_on(self) -> date | None: ...


@lru_cache(maxsize=1)
def _bank_holidays() -> Any:
    return holidays.country_holidays("GB", subdiv="ENG")


def bank_holiday(day: date) -> str | None:
    """The name of the bank holiday of England and Wales on a day, if it is one."""
    name = _bank_holidays().get(day)
    return str(name) if name else None


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and bank_holiday(day) is None


@dataclass(frozen=True)
class Day:
    """One day of the count: its number where it counts, else why it does not."""

    on: date
    number: int | None
    why: str


def count(started_on: date, length: int, unit: Unit, pauses: Sequence[Pause] = ()) -> list[Day]:
    """Count from the day after the start to the due day, a row a day.

    Raises OverflowError when the end is not reached within ten years, as it is while a pause has no end.
    """
    if unit is Unit.MONTHS:
        return _months(started_on, length, pauses)
    days: list[Day] = []
    number = 0
    day = started_on
    while number < length:
        day += timedelta(days=1)
        why = _why_not(day, unit, pauses)
        if not why:
            number += 1
        days.append(Day(day, None if why else number, why or "counts"))
        if len(days) > LONGEST:
            raise OverflowError("the deadline is not reached within ten years")
    return days


def _why_not(day: date, unit: Unit, pauses: Sequence[Pause]) -> str | None:
    if any(p.in_force_at(clock.end_of(day)) for p in pauses):
        return "the clock was paused at the end of the day"
    if unit is Unit.WORKING_DAYS:
        if day.weekday() >= 5:
            return "weekend"
        if name := bank_holiday(day):
            return f"bank holiday: {name}"
    return None


def _months(started_on: date, length: int, pauses: Sequence[Pause]) -> list[Day]:
    """The same day of a later month, else that month's last day, later by every day that ended in a pause."""
    month = started_on.month - 1 + length
    year, month = started_on.year + month // 12, month % 12 + 1
    target = date(year, month, min(started_on.day, monthrange(year, month)[1]))
    return count(started_on, (target - started_on).days, Unit.CALENDAR_DAYS, pauses)


def due_day(started_on: date, length: Length, pauses: Sequence[Pause] = ()) -> date:
    """The last day of a stretch of this length."""
    return count(started_on, length.length, length.unit, pauses)[-1].on


# --- what a move writes ---------------------------------------------------------------------------------------------


def follow(subject: Timed, workflow: Workflow, trigger: str, dest: str, days: dict[str, Length]) -> None:
    """Open, pause, resume and meet the deadlines of a subject, as its machine says of this move."""
    state = workflow.states.get(dest)
    ended = state is None or state.clock in ("stopped", "none")
    _pause_and_resume(subject, workflow.deadlines, trigger)
    for spec in workflow.deadlines:
        if trigger in spec.meets or ended:
            _meet(subject.stream, spec.name, trigger)
        if trigger in spec.opens and spec.name in days:
            _open(subject, spec, days[spec.name])
    work_out(subject)


def _open(subject: Timed, spec: DeadlineSpec, length: Length) -> None:
    start = clock.today()
    if spec.counts_from == "receipt" and subject.received_on:
        start = subject.received_on
    db.session.add(
        Deadline(
            stream=subject.stream,
            name=spec.name,
            label=spec.label,
            started_on=start,
            length=length.length,
            unit=length.unit.value,
            source=length.source,
        )
    )


def _meet(stream: str, name: str, trigger: str) -> None:
    for one in open_deadlines(stream):
        if one.name == name:
            one.met_at, one.met_by = clock.now(), trigger


def _pause_and_resume(subject: Timed, specs: Sequence[DeadlineSpec], trigger: str) -> None:
    """Open a pause for a move that pauses; close the oldest one that this move answers."""
    openers = {opener for spec in specs for opener in spec.pauses}
    if trigger in openers:
        db.session.add(Pause(stream=subject.stream, opened_by=trigger, since_at=clock.now()))
    for pause in pauses(subject.stream):
        closers = {c for spec in specs for c in spec.pauses.get(pause.opened_by, [])}
        if pause.until_at is None and trigger in closers:
            pause.until_at = clock.now()
            return


def work_out(subject: Timed) -> None:
    """Set the due day of every open deadline, and leave the nearest one on the subject for its lists."""
    db.session.flush()
    stopped = pauses(subject.stream)
    running = [p for p in stopped if p.until_at is None]
    nearest: date | None = None
    for one in open_deadlines(subject.stream):
        one.due_on = None if running else due_day(one.started_on, _length(one), stopped)
        if one.due_on and (nearest is None or one.due_on < nearest):
            nearest = one.due_on
    subject.due_on = nearest


def _length(one: Deadline) -> Length:
    return Length(length=one.length, unit=Unit(one.unit), source=one.source)


def explain(one: Deadline) -> list[Day]:
    """How a deadline comes to its day; while the clock is paused, the count so far."""
    stopped = pauses(one.stream)
    if one.due_on is not None:
        return count(one.started_on, one.length, Unit(one.unit), stopped)
    so_far: list[Day] = []
    day, number = one.started_on, 0
    while day < clock.today():
        day += timedelta(days=1)
        why = _why_not(day, Unit(one.unit), stopped)
        number += 0 if why else 1
        so_far.append(Day(day, None if why else number, why or "counts"))
    return so_far


def open_deadlines(stream: str) -> list[Deadline]:
    return list(
        db.session.scalars(
            select(Deadline).where(Deadline.stream == stream, Deadline.met_at.is_(None)).order_by(Deadline.id)
        )
    )


def of(stream: str) -> list[Deadline]:
    """Every deadline of a stream, open ones and met ones, in the order in which they were opened."""
    return list(db.session.scalars(select(Deadline).where(Deadline.stream == stream).order_by(Deadline.id)))


def pauses(stream: str) -> list[Pause]:
    return list(db.session.scalars(select(Pause).where(Pause.stream == stream).order_by(Pause.id)))


def is_paused(stream: str) -> bool:
    return any(p.until_at is None for p in pauses(stream))
