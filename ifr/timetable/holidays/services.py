"""The table of days off, and changes to it: proposed, previewed, and approved once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select

from ifr import audit, clock, deadlines
from ifr.access import GRANTS, Permission
from ifr.db import db, lock
from ifr.deadlines import BANK_HOLIDAY, CLOSURE, DayOff
from ifr.pages import day
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.timetable.holidays import comparing, previewing
from ifr.timetable.holidays.models import ChangedDay, DateMove, DaysOffChange
from ifr.timetable.holidays.previewing import Moving, Proposed
from ifr.workflow import Invalid, NotVisible

STREAM = "days_off"
A_YEAR = timedelta(days=365)
A_PORTION = 1000


class PreviewChangedError(Exception):
    """Between the preview and its approval something happened that makes it another one."""


class AnotherIsAppliedError(Exception):
    """The dates of another change are still being moved, so that no preview is certain."""


# --- who --------------------------------------------------------------------------------------------------------------------


def own(user: User) -> list[Organisation]:
    """The commissioners in which somebody holds a role today."""
    return user.organisations(COMMISSIONER)


def may_close(user: User) -> list[Organisation]:
    """The commissioners whose closures somebody may change: those in which the role is held that carries it."""
    carries = GRANTS[Permission.TIMETABLE_EDIT]
    return [one for one in own(user) if user.roles_in(one.id) & carries]


def may_change(organisation_id: int | None, user: User) -> bool:
    """Whether somebody may change these closures, or, for no organisation in particular, the bank holidays."""
    return bool(may_close(user)) if organisation_id is None else organisation_id in {one.id for one in may_close(user)}


# --- the table --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One day of the table."""

    row: DayOff
    whose: str
    may_take_out: bool


@dataclass(frozen=True)
class Reach:
    """Until when the table has bank holidays, and whether that is less than a year from now."""

    until: date | None
    ends_soon: bool

    @property
    def next_year(self) -> int:
        """The first year of which the table knows nothing yet."""
        return (self.until.year if self.until else clock.today().year - 1) + 1


def reach() -> Reach:
    until = deadlines.covered_until()
    return Reach(until, until is None or until < clock.today() + A_YEAR)


def years(user: User) -> list[int]:
    """The years for which the table has days that concern this person, and this year."""
    found = {on.year for on in db.session.scalars(select(DayOff.off_on).where(_concerns(user)))}
    return sorted(found | {clock.today().year})


def rows_of(year: int, user: User) -> list[Row]:
    """The days of one year: the bank holidays, and the closures of this person's own organisations."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    query = select(DayOff).where(_concerns(user), DayOff.taken_out_at.is_(None), DayOff.off_on.between(first, last))
    found = db.session.scalars(query.order_by(DayOff.off_on, DayOff.kind, DayOff.id)).all()
    names = {one.id: one.name for one in own(user)}
    today, changeable = clock.today(), {one.id for one in may_close(user)}
    may = {None: bool(changeable)} | {one: True for one in changeable}
    return [
        Row(one, names.get(one.organisation_id or 0, ""), one.off_on >= today and may.get(one.organisation_id, False))
        for one in found
    ]


def _concerns(user: User) -> ColumnElement[bool]:
    return or_(DayOff.organisation_id.is_(None), DayOff.organisation_id.in_([one.id for one in own(user)]))


def bank_holidays() -> dict[date, str]:
    """Every bank holiday of the table."""
    query = select(DayOff.off_on, DayOff.name).where(DayOff.kind == BANK_HOLIDAY, DayOff.taken_out_at.is_(None))
    query = query.order_by(DayOff.off_on)
    return {row.off_on: row.name for row in db.session.execute(query)}


def whole_table(year: int | None) -> list[dict[str, str | None]]:
    """Every row as data, of one year or of all: for whoever runs the machine."""
    query = select(DayOff, Organisation.slug).join(Organisation, DayOff.organisation_id == Organisation.id, isouter=True)
    query = query.where(DayOff.taken_out_at.is_(None))
    if year is not None:
        query = query.where(DayOff.off_on.between(date(year, 1, 1), date(year, 12, 31)))
    return [
        {"date": row.off_on.isoformat(), "name": row.name, "closure_of": slug, "source": row.source}
        for row, slug in db.session.execute(query.order_by(DayOff.off_on, DayOff.kind, DayOff.id))
    ]


# --- proposing --------------------------------------------------------------------------------------------------------------


def propose(
    days: Mapping[date, str], *, organisation_id: int | None, source: str, once: str, by: User
) -> DaysOffChange:
    """Propose days for the table: bank holidays (for no organisation in particular), or closures of one's own.

    Raises Invalid with a sentence for each day that cannot be entered, and PermissionError for the closures of others.
    """
    if again := _made_before(once, by):
        return again
    _ask(organisation_id, by)
    faults = [fault for on in sorted(days) if (fault := _fault(on, organisation_id))]
    if faults:
        raise Invalid({"days": " ".join(faults[:10])})
    return _keep({on: (name, False) for on, name in days.items()}, organisation_id, source, once, by)


def stretch(first: date, last: date, name: str, organisation_id: int | None) -> dict[date, str]:
    """The days from one to another on which work would be lost: no weekend, and none that is off already."""
    table = deadlines.days_off(organisation_id)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return {on: name for on in days if on.weekday() < 5 and on not in table}


def missing_from(days: Mapping[date, str], organisation_id: int | None) -> dict[date, str]:
    """Of the days of a file those that are still ahead, lose a working day and are not off yet."""
    table = deadlines.days_off(organisation_id)
    return {
        on: name for on, name in days.items() if on >= clock.today() and on.weekday() < 5 and on not in table
    }


def not_in_file(days: Mapping[date, str]) -> str:
    """The bank holidays still ahead that the table has and a file has not, in a sentence; empty where there are none."""
    extra = [on for on in comparing.compare(bank_holidays(), days).extra if on >= clock.today()]
    if not extra:
        return ""
    named = ", ".join(day(on) for on in extra[:5])
    return f"In the table and not in the file: {named}. If that is a mistake of the table, propose to take them out."


def propose_removal(day_id: int, *, once: str, by: User) -> DaysOffChange:
    """Propose to take a day out of the table. Raises NotVisible, PermissionError, and Invalid for one that has passed."""
    if again := _made_before(once, by):
        return again
    row = db.session.get(DayOff, day_id)
    if row is None or row.taken_out_at is not None or row.organisation_id not in {None, *(one.id for one in own(by))}:
        raise NotVisible("day off")
    _ask(row.organisation_id, by)
    if row.off_on < clock.today():
        raise Invalid({"days": f"{_named(row.off_on)} has passed. What has been counted is not counted again."})
    return _keep({row.off_on: (row.name, True)}, row.organisation_id, "Taken out on a page", once, by)


def _ask(organisation_id: int | None, by: User) -> None:
    if not may_change(organisation_id, by):
        raise PermissionError("somebody else's days off")


def _made_before(once: str, by: User) -> DaysOffChange | None:
    return db.session.scalars(select(DaysOffChange).where(DaysOffChange.once == _mark_of(once, by))).first()


def _mark_of(once: str, by: User) -> str:
    """The mark of a form is its sender's own: that another person sends the same one is no second sending of it."""
    return f"{by.id}:{once}"


def _fault(on: date, organisation_id: int | None) -> str | None:
    """Why a day cannot be entered, in a sentence."""
    if on < clock.today():
        return f"{_named(on)} is in the past. What has been counted is not counted again."
    if on > comparing.LATEST:
        return f"{_named(on)} is too far ahead."
    if on.weekday() >= 5:
        return f"{_named(on)} is at a weekend, so no working day is lost. Leave it out."
    name = _standing(organisation_id).get(on)
    return f"{_named(on)} is off already: {name}." if name else None


def _standing(organisation_id: int | None) -> Mapping[date, str]:
    """The days that need not be entered again. A closure does not stand in the way of a bank holiday."""
    return bank_holidays() if organisation_id is None else deadlines.days_off(organisation_id)


def _named(on: date) -> str:
    return f"{on:%A} {day(on)}"


def _keep(
    days: Mapping[date, tuple[str, bool]], organisation_id: int | None, source: str, once: str, by: User
) -> DaysOffChange:
    if not days:
        raise Invalid({"days": "There is no day to enter: each is in the past, at a weekend or off already."})
    change = DaysOffChange(
        once=_mark_of(once, by),
        kind=BANK_HOLIDAY if organisation_id is None else CLOSURE,
        organisation_id=organisation_id,
        source=source,
        proposed_at=clock.now(),
        proposed_by_id=by.id,
    )
    db.session.add(change)
    db.session.flush()
    for on, (name, taken_out) in sorted(days.items()):
        db.session.add(ChangedDay(change_id=change.id, off_on=on, name=name, taken_out=taken_out))
    db.session.flush()
    audit.record(STREAM, "propose_days_off", by=by.actor, change=change.id, days=sorted(days), organisation=organisation_id)
    return change


# --- looking at a change ----------------------------------------------------------------------------------------------------


def change_numbered(change_id: int, user: User) -> DaysOffChange:
    """One change that concerns this person. Raises NotVisible."""
    change = db.session.get(DaysOffChange, change_id)
    if change is None or change.organisation_id not in {None, *(one.id for one in own(user))}:
        raise NotVisible("change of the days off")
    return change


def changes(user: User, limit: int = 20) -> list[DaysOffChange]:
    """The changes that concern this person: those that wait for an approval, then the latest others."""
    theirs = or_(
        DaysOffChange.organisation_id.is_(None), DaysOffChange.organisation_id.in_([one.id for one in own(user)])
    )
    settled = func.coalesce(DaysOffChange.approved_at, DaysOffChange.withdrawn_at).is_not(None)
    query = select(DaysOffChange).where(theirs).order_by(settled, DaysOffChange.id.desc()).limit(limit)
    return list(db.session.scalars(query))


def days_of(change_ids: Iterable[int]) -> dict[int, list[ChangedDay]]:
    """The days of some changes, in their order."""
    found: dict[int, list[ChangedDay]] = {}
    query = select(ChangedDay).where(ChangedDay.change_id.in_(list(change_ids))).order_by(ChangedDay.off_on)
    for row in db.session.scalars(query):
        found.setdefault(row.change_id, []).append(row)
    return found


def proposed_by(change: DaysOffChange) -> Proposed:
    """What a change adds and takes out."""
    days = days_of([change.id]).get(change.id, [])
    return Proposed(
        kind=change.kind,
        organisation_id=change.organisation_id,
        added={one.off_on: one.name for one in days if not one.taken_out},
        taken_out=frozenset(one.off_on for one in days if one.taken_out),
    )


def is_waiting() -> bool:
    """Whether the dates of an approved change are still being moved."""
    return db.session.scalar(select(DateMove.id).where(DateMove.done_at.is_(None)).limit(1)) is not None


# --- approving --------------------------------------------------------------------------------------------------------------


def approve(change_id: int, *, seen: str, by: User) -> DaysOffChange:
    """Approve a change as its preview shows it: the days enter the table, and every date that moves is on record to be
    moved, request by request, by the worker (docs/decisions/0010).

    `seen` is the mark of the preview that was read. A change that is approved already is left as it is. Raises
    NotVisible, PermissionError, Invalid where the days cannot be entered any more, PreviewChangedError where the preview
    would be another one now, and AnotherIsAppliedError while the dates of another change are being moved.
    """
    change = _held(change_id, by)
    if not change.is_open:
        if change.withdrawn_at is not None:
            raise Invalid({"days": "This change was withdrawn."})
        return change
    if is_waiting():
        raise AnotherIsAppliedError
    proposed = proposed_by(change)
    _still_possible(proposed)
    found = previewing.preview(proposed)
    if previewing.digest(found) != seen:
        raise PreviewChangedError
    change.approved_at, change.approved_by_id = clock.now(), by.id
    _enter(change, proposed, by)
    _put_on_record(change, found)
    audit.record(
        STREAM, "approve_days_off", by=by.actor, change=change.id, days=proposed.days,
        moved=sum(not one.is_paused for one in found),
    )  # fmt: skip
    return change


def withdraw(change_id: int, *, by: User) -> DaysOffChange:
    """Take back a proposal that nobody has approved."""
    change = _held(change_id, by)
    if change.approved_at is not None:
        raise Invalid({"days": "This change has been approved. To undo it, propose the reverse."})
    if change.withdrawn_at is None:
        change.withdrawn_at, change.withdrawn_by_id = clock.now(), by.id
        audit.record(STREAM, "withdraw_days_off", by=by.actor, change=change.id)
    return change


def _held(change_id: int, by: User) -> DaysOffChange:
    """The change, with every open one locked: two that are approved in one moment are approved one after the other."""
    # First of all: who counts by the table already cannot ask to be alone with it while another asks the same.
    deadlines.hold_alone()
    _ask(change_numbered(change_id, by).organisation_id, by)
    undecided = select(DaysOffChange.id).where(DaysOffChange.approved_at.is_(None), DaysOffChange.withdrawn_at.is_(None))
    db.session.scalars(undecided.order_by(DaysOffChange.id).with_for_update()).all()
    return lock(DaysOffChange, change_id)


def _still_possible(proposed: Proposed) -> None:
    faults = [fault for on in sorted(proposed.added) if (fault := _fault(on, proposed.organisation_id))]
    standing = {row.off_on for row in _rows(proposed)}
    for on in sorted(proposed.taken_out):
        if on < clock.today():
            faults.append(f"{_named(on)} has passed. What has been counted is not counted again.")
        elif on not in standing:
            faults.append(f"{_named(on)} is not in the table any more.")
    if faults:
        raise Invalid({"days": " ".join(faults[:10])})


def _rows(proposed: Proposed) -> Sequence[DayOff]:
    """The rows of the table that the change takes out."""
    query = select(DayOff).where(
        DayOff.off_on.in_(proposed.taken_out),
        DayOff.kind == proposed.kind,
        DayOff.taken_out_at.is_(None),
        DayOff.organisation_id.is_not_distinct_from(proposed.organisation_id),
    )
    return db.session.scalars(query).all()


def _enter(change: DaysOffChange, proposed: Proposed, by: User) -> None:
    for row in _rows(proposed):
        row.taken_out_at = clock.now()
    for on, name in proposed.added.items():
        db.session.add(
            DayOff(
                off_on=on, kind=change.kind, name=name, organisation_id=change.organisation_id, source=change.source,
                added_at=clock.now(), added_by_id=by.id,
            )  # fmt: skip
        )
    db.session.flush()
    deadlines.forget()


def _put_on_record(change: DaysOffChange, found: Sequence[Moving]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "change_id": change.id,
            "deadline_id": one.deadline_id,
            "stream": one.stream,
            "organisation_id": one.organisation_id,
            "label": one.label,
            "told": one.told,
            "old_on": one.old_on,
            "new_on": one.new_on,
            # What stands still counts the change by itself when it runs again.
            "done_at": clock.now() if one.is_paused else None,
        }
        for one in found
    ]
    for start in range(0, len(rows), A_PORTION):
        db.session.execute(insert(DateMove), rows[start : start + A_PORTION])
