"""Short words for the tests of the count."""

from datetime import date, datetime

from ifr import clock
from ifr.deadlines import Count, Pause, reckon
from ifr.deadlines.working_days import SHIPPED, in_file
from ifr.profiles import Length, Unit

W, C, M, H = Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.MONTHS, Unit.HOURS
BANK_HOLIDAYS = in_file(SHIPPED)


def london(year: int, month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=clock.LONDON)


def length(number: int, unit: Unit) -> Length:
    return Length(length=number, unit=unit, source="a test")


def pause(since: datetime, until: datetime | None) -> Pause:
    return Pause(stream="case:1", opened_by="ask_information", because="A question", since_at=since, until_at=until)


def count(
    start: datetime, *stretches: tuple[int, Unit], pauses: tuple[Pause, ...] = (), closures: tuple[date, ...] = (),
    as_of: datetime | None = None,
) -> Count:  # fmt: skip
    """Count from a moment by England's bank holidays and the closures named."""
    off = BANK_HOLIDAYS | dict.fromkeys(closures, "Training day")
    given = [length(*one) for one in stretches]
    return reckon(start, clock.day_of(start), given, days_off=off, stops=pauses, as_of=as_of)
