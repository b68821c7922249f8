"""The same dates worked out in another way, slowly: by sets of days and by single minutes, without the count of the service.

A day is written down on a wall calendar in London; what is held or not worked is struck out; the n-th day that is left is
the last. Minutes are struck out likewise.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ifr.deadlines import Pause
from ifr.profiles import Length, Unit

LONDON = ZoneInfo("Europe/London")
A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)


def wall(moment: datetime) -> datetime:
    """What the clock on a wall in London says."""
    return moment.astimezone(LONDON).replace(tzinfo=None)


def days_held(pauses: Sequence[Pause], as_of: datetime) -> set[date]:
    """Every day at whose midnight a pause was in force."""
    held = set()
    for pause in pauses:
        begin, end = wall(pause.since_at), wall(pause.until_at or as_of)
        midnight = datetime(begin.year, begin.month, begin.day) + A_DAY
        while midnight <= end:
            if begin < midnight:
                held.add((midnight - A_DAY).date())
            midnight += A_DAY
    return held


def month_later(on: date, months: int) -> date:
    """Month by month on the calendar; a day that the month does not have is its last."""
    year, month = on.year, on.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = on.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def last_moment(on: date) -> datetime:
    """The first moment after a day, in London."""
    after = on + A_DAY
    return datetime(after.year, after.month, after.day, tzinfo=LONDON).astimezone(UTC)


def due(
    started_at: datetime, started_on: date, stretches: Sequence[Length], *, off: set[date], pauses: Sequence[Pause],
    as_of: datetime,
) -> tuple[date, datetime]:  # fmt: skip
    """The last day, and the moment at which it is late."""
    at, on = started_at, started_on
    for length in stretches:
        if length.unit is Unit.HOURS:
            at = _after_hours(at, length.length, pauses, as_of)
            on = wall(at - timedelta(microseconds=1)).date()
        else:
            on = _after_days(on, length, off, days_held(pauses, as_of))
            at = last_moment(on)
    return on, at


def _after_days(on: date, length: Length, off: set[date], held: set[date]) -> date:
    number = length.length
    if length.unit is Unit.MONTHS:
        number = (month_later(on, length.length) - on).days
    struck = held | off if length.unit is Unit.WORKING_DAYS else held
    calendar = [on + A_DAY * step for step in range(1, 3 * number + len(struck) + 10)]
    workdays = [day for day in calendar if length.unit is not Unit.WORKING_DAYS or day.isoweekday() not in (6, 7)]
    return [day for day in workdays if day not in struck][number - 1]


def _after_hours(at: datetime, hours: int, pauses: Sequence[Pause], as_of: datetime) -> datetime:
    left, here = hours * 60, at
    while left:
        held = any(pause.since_at <= here < (pause.until_at or as_of) for pause in pauses)
        here += A_MINUTE
        left -= not held
    return here


def with_others(received_on: date, until: datetime, pauses: Sequence[Pause]) -> int:
    """The days since receipt at whose end, or at this moment on the last of them, somebody else had to act."""
    last = wall(until).date()
    held = days_held(pauses, until) - {last}
    if any(pause.since_at < until and (pause.until_at is None or pause.until_at > until) for pause in pauses):
        held.add(last)
    return sum(received_on < day <= last for day in held)
