"""The dated table of days off. Dates are worked out from it alone; nothing is fetched or computed meanwhile."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import event, or_, select, text
from sqlalchemy.orm import Session, SessionTransaction

from ifr import clock
from ifr.db import db, may_write, on_postgresql
from ifr.deadlines import counting
from ifr.deadlines.models import BANK_HOLIDAY, DayOff
from ifr.profiles import Length

SHIPPED = Path(__file__).with_name("england-and-wales.csv")
# England and Wales have eight bank holidays in every year, in lieu where one is at a weekend; now and then one more.
USUAL_IN_A_YEAR = 8
_ALWAYS = datetime.min.replace(tzinfo=UTC)


class _Row(NamedTuple):
    """One day of the table, since when it has been in it, and when it was taken out."""

    on: date
    name: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class _Table:
    """The days off of one organisation as they are now, and every row that there ever was."""

    days: counting.DaysOff
    rows: list[_Row]


def days_off(organisation_id: int | None, *, known_at: datetime | None = None) -> counting.DaysOff:
    """The days on which an organisation's office does not work, weekends apart, each with its name.

    With `known_at` those that the table held at that moment: what had ended by then is not counted anew.
    """
    table = _table(organisation_id)
    if known_at is None:
        return table.days
    return {
        row.on: row.name for row in table.rows if row.since <= known_at and (row.until is None or row.until > known_at)
    }


def _table(organisation_id: int | None) -> _Table:
    # Asked for many times in a transaction: whatever changes the table forgets what was read (`forget`).
    held: dict[int | None, _Table] = db.session.info.setdefault("days_off", {})
    if not held:
        _beside_others()
    if organisation_id not in held:
        theirs = or_(DayOff.organisation_id.is_(None), DayOff.organisation_id == organisation_id)
        # Where a closure falls on a bank holiday, the day is the bank holiday.
        query = select(DayOff.off_on, DayOff.name, DayOff.added_at, DayOff.added_by_id, DayOff.taken_out_at).where(theirs)
        found = db.session.execute(query.order_by(DayOff.kind.desc(), DayOff.id))
        # What came with the service has always been known.
        rows = [
            _Row(one.off_on, one.name, one.added_at if one.added_by_id is not None else _ALWAYS, one.taken_out_at)
            for one in found
        ]
        held[organisation_id] = _Table({row.on: row.name for row in rows if row.until is None}, rows)
    return held[organisation_id]


@event.listens_for(db.session, "after_transaction_end")
def _another_transaction(session: Session, ended: SessionTransaction) -> None:
    """What one transaction read is not what the next one finds: another process may have changed the table meanwhile. What
    was read within a savepoint may be undone with it. A flush ends one of its own, which changes nothing."""
    if ended.parent is None or ended.nested:
        session.info.pop("days_off", None)


# The number by which PostgreSQL knows who counts by the table, and who is about to change it.
_TABLE_LOCK = 4_177_032


def _beside_others() -> None:
    """Count by the table until this transaction ends: a change of it waits for every date that is being worked out, so that
    none is worked out by the table of before and written after. A page that is only read writes none; SQLite lets one
    write at a time in any case."""
    if may_write() and on_postgresql():
        db.session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _TABLE_LOCK})


def hold_alone() -> None:
    """Wait until nobody else works out a date, and let nobody begin before this transaction ends; then read anew."""
    if on_postgresql():
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TABLE_LOCK})
    forget()


def forget() -> None:
    """Read the table anew when it is next asked for."""
    db.session.info.pop("days_off", None)


def covered_until() -> date | None:
    """The last day of the last year for which the table holds the usual bank holidays; None where it holds those of no
    year. A single day that was announced for a later year does not cover that year."""
    query = select(DayOff.off_on).where(DayOff.kind == BANK_HOLIDAY, DayOff.taken_out_at.is_(None))
    held = Counter(on.year for on in db.session.scalars(query))
    covered = [year for year, number in held.items() if number >= USUAL_IN_A_YEAR]
    return date(max(covered), 12, 31) if covered else None


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
