"""A deadline explained: the rule, every day of its count, what stopped and extended it, and where it stands now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ifr import clock
from ifr.deadlines import counting, following, working_days
from ifr.deadlines.models import Deadline, Extension, Pause
from ifr.profiles import Unit


@dataclass(frozen=True)
class Explained:
    """One deadline and how it comes to its day. While its clock stands still `due_on` is none, and `earliest_on` is the
    day to which it would come if the clock ran again now."""

    deadline: Deadline
    days: list[counting.Day]
    due_on: date | None
    earliest_on: date | None
    pauses: list[Pause]
    extensions: list[Extension]

    @property
    def is_paused(self) -> bool:
        return self.deadline.is_open and any(pause.until_at is None for pause in self.pauses)


def explain(one: Deadline) -> Explained:
    """Explain one deadline of any stream."""
    return explain_all([one])[0]


def explain_all(found: Sequence[Deadline]) -> list[Explained]:
    """Explain deadlines, with as many queries for many of one stream as for one."""
    more = following.extensions([one.id for one in found])
    stopped = {stream: following.pauses(stream) for stream in {one.stream for one in found}}
    return [_explained(one, stopped[one.stream], more.get(one.id, [])) for one in found]


def _explained(one: Deadline, stopped: Sequence[Pause], more: list[Extension]) -> Explained:
    stops = following.stops_of(one, stopped)
    until = one.met_at or one.cancelled_at or clock.now()
    is_open = any(stop.until_at is None for stop in stops)
    found = following.counted(one, stops, more, as_of=until if is_open else None)
    if not is_open:
        return Explained(one, found.days, found.due_on, found.due_on, stops, more)
    if one.unit == Unit.HOURS:
        days = [day for day in found.days if day.on <= clock.day_of(until)]
    else:
        held = [_Ended(stop, until) for stop in stops]
        off = working_days.days_off(one.organisation_id)
        days = counting.so_far(one.started_on, Unit(one.unit), days_off=off, stops=held, until=until)
    return Explained(one, days, None, found.due_on, stops, more)


@dataclass(frozen=True)
class _Ended:
    """A pause that goes on, for a count that goes only to a moment: it holds the day of that moment too."""

    pause: Pause
    until: datetime

    @property
    def since_at(self) -> datetime:
        return self.pause.since_at

    @property
    def until_at(self) -> datetime:
        return self.pause.until_at or clock.end_of(clock.day_of(self.until))

    @property
    def by_id(self) -> int | None:
        return self.pause.by_id

    @property
    def because(self) -> str:
        return self.pause.because


def figures(stream: str, received_on: date, until: datetime | None) -> counting.Figures:
    """The three figures of a case until a moment (now, where none is given): ours, with others, since receipt."""
    return counting.figures(received_on, until or clock.now(), following.pauses(stream))
