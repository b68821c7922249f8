"""The stretches of time for which an office looks back."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ifr import clock

PERIODS = {
    "3_months": "The last 3 months",
    "12_months": "The last 12 months",
    "24_months": "The last 24 months",
    "this_year": "This financial year",
    "last_year": "The last financial year",
}
USUAL = "12_months"


@dataclass(frozen=True)
class Period:
    """Some whole days, the first and the last of them included."""

    key: str
    first: date
    last: date

    @property
    def label(self) -> str:
        return PERIODS[self.key]

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.first, time(), clock.LONDON).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        return clock.end_of(self.last)

    @property
    def months(self) -> list[tuple[int, int]]:
        """Its months, as year and month."""
        found, year, month = [], self.first.year, self.first.month
        while (year, month) <= (self.last.year, self.last.month):
            found.append((year, month))
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return found


def period_of(key: str) -> Period:
    """The period of this key as of today; the usual one for a key that is none of ours."""
    key = key if key in PERIODS else USUAL
    today = clock.today()
    if key.endswith("_months"):
        return Period(key, _months_before(today, int(key.partition("_")[0])), today)
    # A financial year begins on 1 April.
    begin = date(today.year if today.month >= 4 else today.year - 1, 4, 1)
    if key == "this_year":
        return Period(key, begin, today)
    return Period(key, begin.replace(year=begin.year - 1), begin - timedelta(days=1))


def _months_before(on: date, number: int) -> date:
    """The first day of the month that lies so many whole months before."""
    month = on.year * 12 + on.month - 1 - number
    return date(month // 12, month % 12 + 1, 1)
