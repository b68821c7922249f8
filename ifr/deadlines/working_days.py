"""The dated table of days off. Dates are worked out from it alone; nothing is fetched or computed meanwhile."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import func, or_, select

from ifr import clock
from ifr.db import db
from ifr.deadlines import counting
from ifr.deadlines.models import BANK_HOLIDAY, DayOff
from ifr.profiles import Length

SHIPPED = Path(__file__).with_name("england-and-wales.csv")


def days_off(organisation_id: int | None) -> counting.DaysOff:
    """The days on which an organisation's office does not work, weekends apart, each with its name."""
    # Asked for many times in a request: whatever changes the table forgets what was read (`forget`).
    held: dict[int | None, counting.DaysOff] = db.session.info.setdefault("days_off", {})
    if organisation_id not in held:
        theirs = or_(DayOff.organisation_id.is_(None), DayOff.organisation_id == organisation_id)
        rows = db.session.execute(select(DayOff.off_on, DayOff.name).where(theirs).order_by(DayOff.organisation_id.desc()))
        held[organisation_id] = {row.off_on: row.name for row in rows}
    return held[organisation_id]


def forget() -> None:
    """Read the table anew when it is next asked for."""
    db.session.info.pop("days_off", None)


def covered_until() -> date | None:
    """The last day of the last year for which the table holds bank holidays; None where it holds none."""
    last = db.session.scalar(select(func.max(DayOff.off_on)).where(DayOff.kind == BANK_HOLIDAY))
    return date(last.year, 12, 31) if last else None


def last_day(started_on: date, length: Length, organisation_id: int | None) -> date:
    """The last day of a stretch that begins on a day, on the calendar of an organisation; nothing stops it."""
    begin = clock.end_of(started_on)
    return counting.reckon(begin, started_on, [length], days_off=days_off(organisation_id)).due_on


def in_file(path: Path) -> dict[date, str]:
    """The days of a CSV file with the columns `date` (2026-12-25) and `name`. Raises ValueError naming the line."""
    return dict(_read(path))


def _read(path: Path) -> Iterator[tuple[date, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                yield date.fromisoformat((row.get("date") or "").strip()), (row.get("name") or "").strip()
            except ValueError:
                raise ValueError(f"{path.name}, line {number}: {row.get('date')!r} is no day; write 2026-12-25.") from None


def fill() -> int:
    """Put the shipped bank holidays into a table that has none, and say how many. Later days come by a change that is
    previewed and approved."""
    if db.session.scalar(select(DayOff.id).where(DayOff.kind == BANK_HOLIDAY).limit(1)):
        return 0
    rows = [
        DayOff(off_on=on, kind=BANK_HOLIDAY, name=name, source="Shipped with the service", added_at=clock.now())
        for on, name in in_file(SHIPPED).items()
    ]
    db.session.add_all(rows)
    db.session.flush()
    forget()
    return len(rows)
