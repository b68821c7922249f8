"""Days off read from a file, or computed by the package `holidays`, and how the table differs from them. Nothing is fetched."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

LONGEST_NAME = 100
MOST_DAYS = 500
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
Days = Mapping[date, str]


class UnreadableError(ValueError):
    """A file from which no days can be read. The message is a sentence for whoever chose it."""


@dataclass(frozen=True)
class Difference:
    """How the table differs from other days, within the years of which those speak."""

    missing: dict[date, str] = field(default_factory=dict)
    extra: dict[date, str] = field(default_factory=dict)
    # The day, its name in the table, and its other name.
    named_otherwise: list[tuple[date, str, str]] = field(default_factory=list)

    @property
    def is_none(self) -> bool:
        return not (self.missing or self.extra or self.named_otherwise)


def days_in(name: str, content: bytes) -> dict[date, str]:
    """The days of a file: CSV with the columns date (2027-12-25) and name, or a calendar (.ics) with an event for each day.

    Raises UnreadableError, naming the line or event.
    """
    read = _of_calendar if name.lower().endswith(".ics") else _of_csv
    found: dict[date, str] = {}
    for place, on, named in read(content):
        if on in found:
            raise UnreadableError(f"{place}: {on:%d.%m.%Y} stands twice. Keep one.")
        if not EARLIEST <= on <= LATEST:
            raise UnreadableError(f"{place}: the year {on.year} is out of reach.")
        if not named or len(named) > LONGEST_NAME:
            raise UnreadableError(f"{place}: give the day a name of 1 to {LONGEST_NAME} characters.")
        found[on] = named
        if len(found) > MOST_DAYS:
            raise UnreadableError(f"The file has more than {MOST_DAYS} days. Divide it.")
    if not found:
        raise UnreadableError("The file holds no day.")
    return found


def _of_csv(content: bytes) -> Iterator[tuple[str, date, str]]:
    try:
        text = content.decode("utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""))
        if not {"date", "name"} <= set(rows.fieldnames or ()):
            raise UnreadableError("The first line of the file must name the columns date and name.")
        for number, row in enumerate(rows, start=2):
            yield f"Line {number}", _day(row.get("date"), number), plain(row.get("name") or "")
    except (UnicodeDecodeError, csv.Error):
        raise UnreadableError("This is no CSV file in UTF-8, and no calendar file that ends in .ics.") from None


def _day(typed: str | None, number: int) -> date:
    try:
        return date.fromisoformat((typed or "").strip())
    except ValueError:
        raise UnreadableError(f"Line {number}: this is no day. Write it as 2027-12-25.") from None


def _of_calendar(content: bytes) -> Iterator[tuple[str, date, str]]:
    from icalendar import Calendar

    try:
        events = Calendar.from_ical(content).walk("VEVENT")
    except (ValueError, LookupError, TypeError):
        raise UnreadableError("This is no calendar file.") from None
    for number, event in enumerate(events, start=1):
        on = _day_of(event)
        if on is None:
            raise UnreadableError(f"Event {number} has no day.")
        yield f"Event {number}", on, plain(str(event.get("SUMMARY", "")))


def _day_of(event: Any) -> date | None:
    """The day on which an event begins; None where what stands there is no day."""
    try:
        starts = event.get("DTSTART").dt
    except (AttributeError, ValueError):
        return None
    if isinstance(starts, datetime):
        return starts.date()
    return starts if isinstance(starts, date) else None


def plain(typed: str) -> str:
    """A name on one line, without characters that cannot be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in typed).split())


def computed(years: Iterable[int]) -> dict[date, str]:
    """The bank holidays of England and Wales in some years, as the installed version of the package `holidays` has them."""
    # Imported where it is used, as everything that is slow to import and seldom wanted.
    import holidays

    found = holidays.country_holidays("GB", subdiv="ENG", years=list(years))
    # On a page a day in lieu is called what the government's list calls it.
    named = ((on, name.replace("(observed)", "(substitute day)")) for on, name in sorted(found.items()))
    return {on: name for on, name in named if on.weekday() < 5}


def computed_by() -> str:
    """The package and its version, as the source of what it computes."""
    return f"Computed by the package holidays {version('holidays')}"


def compare(table: Days, other: Days) -> Difference:
    """How the table differs from other days, in the years of which those speak. Weekends lose nobody a working day, so that
    they count as no difference."""
    years = {on.year for on in other}
    ours = {on: name for on, name in table.items() if on.year in years and on.weekday() < 5}
    theirs = {on: name for on, name in other.items() if on.weekday() < 5}
    return Difference(
        missing={on: theirs[on] for on in sorted(theirs.keys() - ours.keys())},
        extra={on: ours[on] for on in sorted(ours.keys() - theirs.keys())},
        named_otherwise=[
            (on, ours[on], theirs[on]) for on in sorted(ours.keys() & theirs.keys()) if not _same(ours[on], theirs[on])
        ],
    )


def _same(one: str, other: str) -> bool:
    """Apostrophes are typed in two ways."""
    return one.replace("’", "'").casefold() == other.replace("’", "'").casefold()
