"""A deadline explained: the rule, every day of its count, what stopped and extended it, and where it stands now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ifr import clock
from ifr.deadlines import counting, following
from ifr.deadlines.models import Deadline, Extension, Pause


@dataclass(frozen=True)
class Explained:
    """One deadline and how it comes to its day. While its clock stands still `due_on` is none, and `earliest_on` is the
    day to which it would come if the clock ran again now. One that was met or cancelled stands as it stood then."""

    deadline: Deadline
    days: list[counting.Day]
    due_on: date | None
    earliest_on: date | None
    pauses: list[Pause]
    extensions: list[Extension]

    @property
    def is_paused(self) -> bool:
        return self.deadline.is_open and self.due_on is None


def explain(one: Deadline) -> Explained:
    """Explain one deadline of any stream."""
    return explain_all([one])[0]


def explain_all(found: Sequence[Deadline]) -> list[Explained]:
    """Explain deadlines, with as many queries for many of one stream as for one."""
    more = following.extensions([one.id for one in found])
    stopped = {stream: following.pauses(stream) for stream in {one.stream for one in found}}
    return [_explained(one, stopped[one.stream], more.get(one.id, [])) for one in found]


def _explained(one: Deadline, stopped: Sequence[Pause], more: list[Extension]) -> Explained:
    until = one.ended_at or clock.now()
    held = [pause for pause in following.stops_of(one, stopped) if pause.since_at < until or one.is_open]
    stops = [_Held(pause, _until(pause, one)) for pause in held]
    found = following.counted(one, stops, more, as_of=until)
    if not following.stands_still(found, stops):
        due_on = one.due_on if one.ended_at else found.due_on
        return Explained(one, found.days, due_on, due_on, held, more)
    # The day that passes now is shown as what it is so far: one that ends in a pause.
    last = clock.day_of(until)
    so_far = following.counted(one, stops, more, as_of=max(clock.end_of(last), until))
    return Explained(one, [day for day in so_far.days if day.on <= last], None, found.due_on, held, more)


def _until(pause: Pause, one: Deadline) -> datetime | None:
    """When a pause ended, as it stood when the deadline was met or cancelled: what ended later was open then, and so was
    what ended with the same step, where the deadline had no day."""
    if pause.until_at is None or one.ended_at is None:
        return pause.until_at
    goes_on = pause.until_at > one.ended_at or (pause.until_at == one.ended_at and one.due_on is None)
    return None if goes_on else pause.until_at


@dataclass(frozen=True)
class _Held:
    """A pause as it stood at the end of a deadline."""

    pause: Pause
    until_at: datetime | None

    @property
    def since_at(self) -> datetime:
        return self.pause.since_at

    @property
    def by_id(self) -> int | None:
        return self.pause.by_id

    @property
    def because(self) -> str:
        return self.pause.because


def figures(stream: str, received_on: date, until: datetime | None) -> counting.Figures:
    """The three figures of a case until a moment (now, where none is given): ours, with others, since receipt."""
    return counting.figures(received_on, until or clock.now(), following.pauses(stream))
