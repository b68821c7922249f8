"""Who is there for one item: from when until when, how, and why it ended.

The rows begin when the item is opened and end with it. Whoever leaves in between, or loses the connection, is out of the
item until he or she is back; who joins once the discussion has begun counts only with the chair's minute.
"""

from typing import Any

from sqlalchemy import select

from ifr import audit, clock
from ifr.cases.models import CLEAR, Case
from ifr.db import db, lock
from ifr.panels.models import CONFLICT, ITEM_ENDED, LOST, AgendaItem, Attendance, Seat
from ifr.panels.sitting import interests_in, open_item_of, panel_for, seats_of, who_is_barred
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible


def begin(item: AgendaItem, case: Case) -> None:
    """The item is opened: a row for everybody who is there and stays for it."""
    ways = {seat.user_id: seat.how for seat in seats_of(item.meeting_id or 0)}
    for sitter in panel_for(item, case).present:
        if not sitter.conflicted and not sitter.barred:
            _begin(item, sitter.user_id, ways[sitter.user_id], late=False)
    db.session.flush()


def join(meeting_id: int, seat: Seat) -> None:
    """Somebody came, or is back, while items are under discussion.

    Who is back after a lost connection counts again; who was not there from the beginning, or had left, came late.
    """
    for item in under_discussion(meeting_id):
        case = lock(Case, item.case_id)
        rows = _rows(item, seat.user_id)
        stays = seat.sits_on(case.id) and interests_in(case.id).get(seat.user_id) == CLEAR
        if not stays or seat.user_id in who_is_barred(case.id) or any(row.until_at is None for row in rows):
            continue
        only_lost = bool(rows) and rows[-1].ended_because == LOST and not rows[-1].late
        _begin(item, seat.user_id, seat.how, late=not only_lost)
    db.session.flush()


def leave(meeting_id: int, user_id: int, because: str) -> None:
    """Somebody left, or lost the connection: the rows of the items under discussion end."""
    for item in under_discussion(meeting_id):
        lock(Case, item.case_id)
        _end(item, user_id, because)
    db.session.flush()


def leave_case(case: Case, user_id: int, *, because: str = CONFLICT, by: Any) -> bool:
    """End somebody's attendance at the item under which a case is before the panel now. The caller holds the case.

    Answers whether he or she was there for it.
    """
    item = open_item_of(case)
    if item is None or item.taken_at is None or not _end(item, user_id, because):
        return False
    db.session.flush()
    audit.record(case.stream, "leave_item", by=by.actor, item=item.id, user=user_id, because=because)
    return True


def end_all(item: AgendaItem) -> None:
    """The item has come to its end, and with it the attendance of all who stayed."""
    for row in db.session.scalars(select(Attendance).where(Attendance.item_id == item.id, Attendance.until_at.is_(None))):
        row.until_at, row.ended_because = clock.now(), ITEM_ENDED
    db.session.flush()


def minute_late_arrival(item: AgendaItem, case: Case, user_id: int, text: str, *, by: User) -> None:
    """The chair's minute by which somebody who joined late counts: why he or she can decide the item all the same.

    The caller has asked whether `by` chairs the item or keeps its minutes. Raises Invalid and NotVisible.
    """
    lock(Case, case.id)
    row = next((one for one in _rows(item, user_id) if one.until_at is None and one.late), None)
    if row is None:
        raise NotVisible(str(user_id))
    if not text.strip():
        raise Invalid({"minute": "Write the chair's minute: what the member heard or was told of the discussion."})
    row.minute, row.minuted_by_id, row.minuted_at = text.strip(), by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "minute_late_arrival", by=by.actor, item=item.id, user=user_id)


def under_discussion(meeting_id: int) -> list[AgendaItem]:
    """The items of a meeting that are opened and not closed."""
    query = select(AgendaItem).where(
        AgendaItem.meeting_id == meeting_id, AgendaItem.taken_at.is_not(None), AgendaItem.ended_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(AgendaItem.case_id)))


def _rows(item: AgendaItem, user_id: int) -> list[Attendance]:
    query = select(Attendance).where(Attendance.item_id == item.id, Attendance.user_id == user_id)
    return list(db.session.scalars(query.order_by(Attendance.from_at, Attendance.id)))


def _begin(item: AgendaItem, user_id: int, how: str, *, late: bool) -> None:
    db.session.add(Attendance(item_id=item.id, user_id=user_id, from_at=clock.now(), how=how, late=late))


def _end(item: AgendaItem, user_id: int, because: str) -> bool:
    row = next((one for one in _rows(item, user_id) if one.until_at is None), None)
    if row is not None:
        row.until_at, row.ended_because = clock.now(), because
    return row is not None
