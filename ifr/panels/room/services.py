"""The room while a meeting is on: what is being discussed, who is in, and whether there is a quorum at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ifr import clock
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, Case
from ifr.cases.services import OFFICE, cases_visible_to
from ifr.db import db
from ifr.panels import attendance
from ifr.panels.models import (
    CAPACITIES,
    CHAIR,
    DECIDE,
    HOW_SOMEBODY_IS_THERE,
    LOST,
    WHY_SOMEBODY_LEFT,
    AgendaItem,
    Attendance,
    Meeting,
    Seat,
)
from ifr.panels.services import item_at
from ifr.panels.sitting import Panel, attendances_of, items_of, panel_for, seats_of, standings
from ifr.people.models import PROFESSIONS, User
from ifr.people.services import people_named
from ifr.workflow import NotVisible


@dataclass(frozen=True)
class There:
    """Somebody at the item under discussion."""

    user_id: int
    name: str
    since: datetime
    how: str
    late: bool
    minute: str


@dataclass(frozen=True)
class Away:
    """Somebody who was there for the item and is not now, or who does not count, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class ItemNow:
    """The item under discussion. A private one says nothing but that there is one."""

    item: AgendaItem
    private: bool
    case: Case | None = None
    panel: Panel | None = None
    chair: str = ""
    open_for: str = ""
    there: tuple[There, ...] = ()
    away: tuple[Away, ...] = ()
    may_minute: bool = False


@dataclass(frozen=True)
class Present:
    """Somebody with a seat, as he or she is recorded in the meeting."""

    user_id: int
    name: str
    sits_as: str
    status: str
    seat: Seat


@dataclass(frozen=True)
class NowPage:
    meeting: Meeting
    keeps: bool
    items: list[ItemNow]
    people: list[Present]
    done: int
    left: int

    @property
    def somebody_is_missing(self) -> bool:
        return not self.items and any(not one.seat.apologies and not one.seat.is_present for one in self.people)


def meeting_for(meeting_id: int, by: User) -> tuple[Meeting, bool, Seat | None]:
    """A meeting for its secretary and for those who sit; whether this person keeps it, and the seat. Raises NotVisible."""
    meeting = db.session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotVisible(str(meeting_id))
    keeps = Role.PANEL_SECRETARY in by.roles_in(meeting.commissioner_id)
    seat = db.session.scalars(select(Seat).where(Seat.meeting_id == meeting.id, Seat.user_id == by.id)).first()
    if not keeps and seat is None:
        raise NotVisible(str(meeting_id))
    return meeting, keeps, seat


def open_cases(items: Iterable[AgendaItem], seat: Seat | None, by: User) -> dict[int, Case]:
    """The cases of those items that are open to somebody: to the office and to who sits, and to nobody with a conflict.

    Whoever sat on an item goes on seeing what is minuted of it once the case has gone on and the part in it has ended.
    """
    found = list(items)
    query = cases_visible_to(by).where(Case.id.in_({one.case_id for one in found}))
    visible = {case.id: case for case in db.session.scalars(query)}
    known = standings({one.case_id for one in found})
    open_to_me: dict[int, Case] = {}
    for item in found:
        said = known[item.case_id].interests.get(by.id)
        case = visible.get(item.case_id)
        if said == CONFLICTED or by.id in (item.proof or {}).get("conflicted", []):
            continue
        if case is not None and (case.capacities(by) & OFFICE or (said == CLEAR and seat is not None and seat.sits_on(case.id))):
            open_to_me[item.id] = case
        elif seat is not None and by.id in _who_sat(item):
            open_to_me[item.id] = db.session.get_one(Case, item.case_id)
    return open_to_me


def _who_sat(item: AgendaItem) -> set[int]:
    return {one["user"] for one in (item.proof or {}).get("present", [])}


def now_page(meeting_id: int, by: User) -> NowPage:
    """What is being discussed now, as far as it is open to this person. Raises NotVisible for who has no place there."""
    meeting, keeps, mine = meeting_for(meeting_id, by)
    seats, items = seats_of(meeting.id), [one for one in items_of(meeting.id) if one.kind == DECIDE]
    names = people_named(one.user_id for one in seats)
    under = attendance.under_discussion(meeting.id)
    if mine is not None and not keeps:
        under = [one for one in under if mine.sits_on(one.case_id)]
    visible = open_cases(under, mine, by)
    rows = attendances_of(one.id for one in under)
    return NowPage(
        meeting=meeting,
        keeps=keeps,
        items=[_item_now(one, visible.get(one.id), seats, names, rows, keeps, by) for one in under],
        people=[Present(one.user_id, names.get(one.user_id, ""), CAPACITIES[one.capacity], _status(one), one) for one in seats],
        done=sum(one.ended_at is not None and one.ended_as != "removed" for one in items),
        left=sum(one.ended_at is None and one.taken_at is None for one in items),
    )


def _how_long(since: datetime) -> str:
    """How long ago a moment was, in hours and minutes."""
    hours, minutes = divmod(int((clock.now() - since).total_seconds() // 60), 60)
    parts = [(hours, "hour"), (minutes, "minute")] if hours else [(minutes, "minute")]
    return " ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts)


def _status(seat: Seat) -> str:
    if seat.is_present:
        return HOW_SOMEBODY_IS_THERE[seat.how].capitalize()
    if seat.left_at is not None:
        return "Lost the connection" if seat.left_because == LOST else "Has left"
    return "Sends apologies" if seat.apologies else "Not there yet"


def _item_now(
    item: AgendaItem,
    case: Case | None,
    seats: list[Seat],
    names: dict[int, str],
    rows: list[Attendance],
    keeps: bool,
    by: User,
) -> ItemNow:
    if case is None:
        return ItemNow(item, private=True)
    panel = panel_for(item, case, seats)
    here = [row for row in rows if row.item_id == item.id]
    there = tuple(
        There(row.user_id, names.get(row.user_id, ""), row.from_at, HOW_SOMEBODY_IS_THERE[row.how], row.late, row.minute)
        for row in here
        if row.until_at is None
    )
    return ItemNow(
        item=item,
        private=False,
        case=case,
        panel=panel,
        chair=names.get(panel.chair_id or 0, ""),
        open_for=_how_long(item.taken_at) if item.taken_at else "",
        there=there,
        away=_away(panel, here, {one.user_id for one in there}, names),
        may_minute=keeps or panel.chair_id == by.id,
    )


def _away(panel: Panel, rows: list[Attendance], there: set[int], names: dict[int, str]) -> tuple[Away, ...]:
    """Those who went during the item, those who have to be out of it, and those who are in and do not count."""
    last = {row.user_id: row for row in rows if row.user_id not in there}
    gone = [Away(names.get(user, ""), WHY_SOMEBODY_LEFT[row.ended_because or "left"]) for user, row in last.items()]
    out = {one.user_id for one in panel.present if one.conflicted}
    silent = [
        Away(names.get(user, ""), why)
        for user, why in panel.quorate.left_out.items()
        if user not in last and (user in there or user in out) and why != "not there"
    ]
    return tuple(gone + silent)


def minute_late_arrival(meeting_id: int, item_id: int, user_id: int, text: str, *, by: User) -> None:
    """The chair's minute by which somebody who joined late counts; by the chair of the item, or the secretary for the chair.

    Raises NotVisible for anybody else, and Invalid without a text.
    """
    meeting, keeps, seat = meeting_for(meeting_id, by)
    item = item_at(meeting.id, item_id)
    case = open_cases([item], seat, by).get(item.id)
    if case is None or item.taken_at is None or item.ended_at is not None:
        raise NotVisible(str(item_id))
    if not keeps and panel_for(item, case).chair_id != by.id:
        raise NotVisible(str(item_id))
    attendance.minute_late_arrival(item, case, user_id, text, by=by)


def chair_of(seats: Iterable[Seat]) -> int | None:
    return next((one.user_id for one in seats if one.capacity == CHAIR), None)


def profession_in_words(profession: str | None) -> str:
    return PROFESSIONS.get(profession or "", "")
