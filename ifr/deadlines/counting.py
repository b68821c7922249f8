"""The count: from the day or moment on which something starts to the day on which it is due, one row a day.

Nothing here asks a database or the time. The day on which a deadline starts is day 0. A day counts when no pause was in
force at its end. What is due on a day is late when that day is over in London. Hours are counted as they pass, less those
in which a pause was in force.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from ifr import clock
from ifr.profiles import Length, Unit

COUNTS, WEEKEND, DAY_OFF, PAUSED = "counts", "weekend", "day_off", "paused"


class Stop(Protocol):
    """A stretch in which a clock stands still; one without an end goes on."""

    @property
    def since_at(self) -> datetime: ...
    @property
    def until_at(self) -> datetime | None: ...


DaysOff = Mapping[date, str]


@dataclass(frozen=True)
class Day:
    """One day of the count. `number` is its number in its stretch where it counts; `name` is that of a day off.

    A stretch in hours has a row for each day that it touches, with the hours counted on it.
    """

    on: date
    number: int | None
    kind: str
    name: str = ""
    stop: Stop | None = None
    stretch: int = 0
    hours: float | None = None


@dataclass(frozen=True)
class Count:
    """How a deadline comes to its day: every day of the way, the last day, and the moment at which it is late."""

    days: list[Day]
    due_on: date
    due_at: datetime


def reckon(
    started_at: datetime,
    started_on: date,
    stretches: Sequence[Length],
    *,
    days_off: DaysOff,
    stops: Sequence[Stop] = (),
    as_of: datetime | None = None,
) -> Count:
    """Count one stretch after another: the rule first, then each extension from the day to which the former led.

    `started_on` is day 0; `started_at` matters for stretches in hours. A stop without an end is taken to end at `as_of`:
    the count is then the earliest that can still come about. Raises ValueError for an open stop where no `as_of` is given.
    """
    if as_of is None and any(stop.until_at is None for stop in stops):
        raise ValueError("a stop without an end can be counted only as of a moment")
    days: list[Day] = []
    at, on = started_at, started_on
    for place, length in enumerate(stretches):
        found = _stretch(at, on, length, days_off, stops, as_of, place)
        days += found.days
        at, on = found.due_at, found.due_on
    return Count(days, on, at)


def _stretch(
    at: datetime, on: date, length: Length, days_off: DaysOff, stops: Sequence[Stop], as_of: datetime | None, place: int
) -> Count:
    if length.unit is Unit.HOURS:
        return _hours(at, length.length, stops, as_of, place)
    number = length.length
    if length.unit is Unit.MONTHS:
        # As many days as lie between the two, so that a day in a pause puts the end off by a day.
        number = (later_month(on, length.length) - on).days
    working = days_off if length.unit is Unit.WORKING_DAYS else None
    days = _days(on, number, working, _days_held(stops, as_of), place)
    return Count(days, days[-1].on, clock.end_of(days[-1].on))


@dataclass(frozen=True)
class _Held:
    """The days at whose end one stop was in force, first and last."""

    first: date
    last: date
    stop: Stop


def _days_held(stops: Sequence[Stop], as_of: datetime | None) -> list[_Held]:
    """The days that each stop takes, that of the stop first which began first."""
    ordered = sorted(stops, key=lambda one: one.since_at)
    ended = [(one, one.until_at or as_of or one.since_at) for one in ordered]
    return [_Held(clock.day_of(one.since_at), clock.day_of(end) - timedelta(days=1), one) for one, end in ended]


def _days(on: date, length: int, days_off: DaysOff | None, held: Sequence[_Held], place: int) -> list[Day]:
    days: list[Day] = []
    number = 0
    while number < length:
        on += timedelta(days=1)
        one = _day(on, number + 1, days_off, held, place)
        number += one.number is not None
        days.append(one)
    return days


def _day(on: date, number: int, days_off: DaysOff | None, held: Sequence[_Held], place: int) -> Day:
    for one in held:
        if one.first <= on <= one.last:
            return Day(on, None, PAUSED, stop=one.stop, stretch=place)
    if days_off is not None and on.weekday() >= 5:
        return Day(on, None, WEEKEND, stretch=place)
    if days_off is not None and on in days_off:
        return Day(on, None, DAY_OFF, name=days_off[on], stretch=place)
    return Day(on, number, COUNTS, stretch=place)


def stop_at(moment: datetime, stops: Sequence[Stop], as_of: datetime | None = None) -> Stop | None:
    """The stop that was in force at a moment, the one that began first where there are several."""
    held = [one for one in stops if one.since_at < moment <= (one.until_at or as_of or moment)]
    return min(held, key=lambda one: one.since_at, default=None)


def later_month(on: date, months: int) -> date:
    """The same day so many months later, else that month's last."""
    month = on.month - 1 + months
    year, month = on.year + month // 12, month % 12 + 1
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def _hours(at: datetime, hours: int, stops: Sequence[Stop], as_of: datetime | None, place: int) -> Count:
    """Hours as they pass: a change of the clocks neither gives nor takes one."""
    # In UTC, where an hour is an hour on every day of the year.
    left, here = timedelta(hours=hours), at.astimezone(UTC)
    days: dict[date, timedelta] = {}
    held: dict[date, Stop] = {}
    while left:
        stop = stop_at(here + timedelta(microseconds=1), stops, as_of)
        over = clock.end_of(clock.day_of(here))
        on = clock.day_of(here)
        if stop is not None:
            held[on] = stop
            days.setdefault(on, timedelta())
            here = min(over, stop.until_at or as_of or over)
            continue
        begins = [one.since_at for one in stops if one.since_at > here]
        until = min([here + left, over, *begins])
        days[on] = days.get(on, timedelta()) + (until - here)
        left -= until - here
        here = until
    due_on = clock.day_of(here - timedelta(microseconds=1))
    rows = [
        Day(on, None, COUNTS if passed else PAUSED, stop=held.get(on), stretch=place, hours=passed / timedelta(hours=1))
        for on, passed in days.items()
    ]
    return Count(rows, due_on, here)


def day_zero(received_at: datetime, *, cut_off: str | None, days_off: DaysOff) -> date:
    """The day of receipt; where it arrived at or after the cut-off (an hour of London, as "17:00") the next working day.

    What is counted in hours counts from its moment, whatever the hour.
    """
    on = clock.day_of(received_at)
    if cut_off is None or received_at.astimezone(clock.LONDON).strftime("%H:%M") < cut_off:
        return on
    return next_working_day(on, 1, days_off)


def next_working_day(on: date, number: int, days_off: DaysOff) -> date:
    """The working day that lies so many after a day; before it where the number is negative."""
    step = timedelta(days=1 if number > 0 else -1)
    left = abs(number)
    while left:
        on += step
        left -= is_working(on, days_off)
    return on


def is_working(on: date, days_off: DaysOff) -> bool:
    return on.weekday() < 5 and on not in days_off


@dataclass(frozen=True)
class Figures:
    """The three figures of a case, in calendar days: on our clock, with others, and since receipt (the sum of the two)."""

    ours: int
    others: int

    @property
    def since_receipt(self) -> int:
        return self.ours + self.others


def figures(received_on: date, until: datetime, stops: Sequence[Stop]) -> Figures:
    """How the days since receipt divide: those that ended in a stop were spent with others. Day 0 is not counted.

    A day that is not over yet is with others where the clock stands still now.
    """
    last = clock.day_of(until)
    number = max((last - received_on).days, 0)
    others, seen = 0, received_on
    for stop in sorted(stops, key=lambda one: one.since_at):
        goes_on = stop.until_at is None or stop.until_at > until
        end = last if goes_on or stop.until_at is None else clock.day_of(stop.until_at) - timedelta(days=1)
        before = max(clock.day_of(stop.since_at) - timedelta(days=1), seen)
        if stop.since_at < until and end > before:
            others, seen = others + (end - before).days, end
    return Figures(ours=number - others, others=others)
