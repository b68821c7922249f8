"""How long something took, in days on a clock: a million stays are counted, so each costs no walk from day to day.

The rules are those of `deadlines.counting`: the day on which something begins is day 0, and a day is with others when a
pause was in force at its end.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from ifr import clock
from ifr.deadlines import DaysOff, is_working, later_month
from ifr.profiles import Length, Unit


@dataclass(frozen=True)
class Paused:
    """A stretch in which a clock stood still, and the move that began it; one without an end goes on."""

    since_at: datetime
    until_at: datetime | None
    opened_by: str


class Calendar:
    """The working days of one organisation, so added up that the number between two days is one subtraction."""

    def __init__(self, days_off: DaysOff, first: date, last: date) -> None:
        self._first = first
        self._sums = [0]
        on = first
        while on <= last:
            self._sums.append(self._sums[-1] + is_working(on, days_off))
            on += timedelta(days=1)

    def working(self, after: date, until: date) -> int:
        """The working days after one day up to and with another."""
        return max(self._sum(until) - self._sum(after), 0)

    def _sum(self, on: date) -> int:
        return self._sums[min(max((on - self._first).days + 1, 0), len(self._sums) - 1)]


@dataclass(frozen=True)
class Span:
    """One stretch of time: day 0, the moment of its end, and the days within it on which a pause held the clock."""

    began_at: datetime
    day_zero: date
    ended_at: datetime
    ended_on: date
    paused: list[tuple[date, date]]

    def gross(self, calendar: Calendar) -> int:
        """Working days from day 0 to the end."""
        return calendar.working(self.day_zero, self.ended_on)

    def net(self, calendar: Calendar) -> int:
        """Working days without those in pauses."""
        held = sum(calendar.working(first - timedelta(days=1), last) for first, last in self.paused)
        return self.gross(calendar) - held

    def is_within(self, target: Length, net: int) -> bool:
        """Whether it ended by the last day (or hour) of a target that counts from its beginning, extensions apart. `net`
        are its working days without those in pauses."""
        if target.unit is Unit.WORKING_DAYS:
            return net <= target.length
        if target.unit is Unit.HOURS:
            return self.ended_at - self.began_at - self._paused_days() <= timedelta(hours=target.length)
        days = (self.ended_on - self.day_zero).days - self._paused_days().days
        if target.unit is Unit.MONTHS:
            return days <= (later_month(self.day_zero, target.length) - self.day_zero).days
        return days <= target.length

    def _paused_days(self) -> timedelta:
        return sum(((last - first) + timedelta(days=1) for first, last in self.paused), timedelta())


def span(began_at: datetime, ended_at: datetime, pauses: Iterable[Paused], *, day_zero: date | None = None) -> Span:
    """A stretch of time with the pauses (in the order of their beginnings) that fell into it."""
    zero, last = day_zero or clock.day_of(began_at), clock.day_of(ended_at)
    held: list[tuple[date, date]] = []
    covered = zero
    for pause in pauses:
        if pause.since_at >= ended_at:
            continue
        # A day is with others when the pause was in force at its end; the last day ends with the stretch.
        goes_on = pause.until_at is None or pause.until_at >= ended_at
        until = last if goes_on or pause.until_at is None else clock.day_of(pause.until_at) - timedelta(days=1)
        since = max(clock.day_of(pause.since_at), covered + timedelta(days=1))
        if since <= until:
            held.append((since, until))
            covered = until
    return Span(began_at, zero, ended_at, last, held)


@dataclass(frozen=True)
class Spread:
    """Some numbers of days: half of them are no larger than the median, nine in ten no larger than the 90th centile."""

    number: int
    median: int
    ninetieth: int
    worst: int


def spread(days: Sequence[int]) -> Spread | None:
    """The spread of some numbers, each figure one that occurred (the nearest rank); None of none."""
    if not days:
        return None
    found = sorted(days)
    return Spread(len(found), _rank(found, 50), _rank(found, 90), found[-1])


def _rank(found: Sequence[int], percent: int) -> int:
    return found[ceil(len(found) * percent / 100) - 1]


def share_in_words(part: int, whole: int) -> str:
    """How many of how many, with the per cent where there are enough for it to mean something."""
    return f"{part} of {whole} ({part * 100 // whole}%)" if whole >= 20 else f"{part} of {whole}"


def band_of(days: int, ends: Sequence[int]) -> int:
    """In which of some bands (by their first days, after the first one) a number of days falls."""
    return bisect_right(ends, days)
