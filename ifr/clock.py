"""The only place that asks what time it is.

Moments are aware and in UTC; days are days in London, where every deadline of the service ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_held: ContextVar[datetime | None] = ContextVar("held", default=None)
_production = False


def run_in_production() -> None:
    """From here on the clock cannot be held in this process: no case may be dated by anything but the hour."""
    global _production
    _production = True


def now() -> datetime:
    """This moment, in UTC."""
    return _held.get() or datetime.now(UTC)


def today() -> date:
    """The day in London."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The day in London on which a moment falls."""
    return moment.astimezone(LONDON).date()


def end_of(day: date) -> datetime:
    """The moment at which a day in London is over: what is due on that day is late from here on."""
    return datetime.combine(day + timedelta(days=1), time(), LONDON).astimezone(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at a moment, for tests and for walking the demonstration at its own dates.

    Raises RuntimeError in production, and ValueError for a moment without a time zone.
    """
    if _production:
        raise RuntimeError("The clock cannot be held in production.")
    if moment.tzinfo is None:
        raise ValueError("A moment carries its time zone.")
    token = _held.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _held.reset(token)
