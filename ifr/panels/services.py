"""What every page and step of a meeting asks: which meeting and item, who has a seat, who may read papers, members' views.

Order of locks: meeting, then case.
"""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.models import CLEAR, Case
from ifr.cases.services import OFFICE, cases_visible_to
from ifr.db import db, lock
from ifr.panels.models import DECIDE, LEANINGS, AgendaItem, Meeting, MeetingCommissioner, Seat, View
from ifr.panels.sitting import interests_in, items_of
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.workflow import Invalid, NotVisible

# --- finding --------------------------------------------------------------------------------------------------------------


def visible_meeting(meeting_id: int, by: User) -> Meeting:
    """A meeting for its secretary. Raises NotVisible for everybody else."""
    meeting = db.session.get(Meeting, meeting_id)
    if meeting is None or Role.PANEL_SECRETARY not in by.roles_in(meeting.commissioner_id):
        raise NotVisible(str(meeting_id))
    return meeting


def item_at(meeting_id: int, item_id: int) -> AgendaItem:
    item = db.session.get(AgendaItem, item_id)
    if item is None or item.meeting_id != meeting_id:
        raise NotVisible(str(item_id))
    return item


def case_of(item: AgendaItem, by: User) -> Case:
    """The case of an item, for somebody who may see it."""
    found = db.session.scalars(cases_visible_to(by).where(Case.id == item.case_id)).first()
    if found is None:
        raise NotVisible(str(item.id))
    return found


def seat_of(meeting_id: int | None, user_id: int) -> Seat | None:
    return db.session.scalars(select(Seat).where(Seat.meeting_id == meeting_id, Seat.user_id == user_id)).first()


def commissioners_of(by: User) -> list[Organisation]:
    """The commissioners whose meetings somebody keeps."""
    return [o for o in by.organisations(COMMISSIONER) if Role.PANEL_SECRETARY in by.roles_in(o.id)]


def served_by(meeting: Meeting) -> list[int]:
    """The commissioners whose requests a meeting decides, the one that holds it first."""
    query = select(MeetingCommissioner.commissioner_id).where(MeetingCommissioner.meeting_id == meeting.id)
    return [meeting.commissioner_id, *db.session.scalars(query.order_by(MeetingCommissioner.commissioner_id))]


def serves(commissioner_id: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Narrows a query over meetings to those that decide requests of this commissioner."""
    in_common = select(MeetingCommissioner.meeting_id).where(MeetingCommissioner.commissioner_id == commissioner_id)
    return or_(Meeting.commissioner_id == commissioner_id, Meeting.id.in_(in_common))


def is_ahead() -> ColumnElement[bool]:
    """Narrows a query over meetings to those that can still receive something: open now, or planned for a day to come."""
    return and_(Meeting.closed_at.is_(None), or_(Meeting.opened_at.is_not(None), Meeting.held_on >= clock.today()))


def next_meeting(commissioner_id: int, *, besides: int | None = None) -> Meeting | None:
    """The next meeting that is not closed."""
    return db.session.scalars(
        select(Meeting)
        .where(serves(commissioner_id), is_ahead(), Meeting.id != (besides or 0))
        .order_by(Meeting.held_on, Meeting.id)
    ).first()


def locked(meeting_id: int, by: User) -> Meeting:
    """A meeting for its secretary, held until the transaction ends. Raises NotVisible."""
    visible_meeting(meeting_id, by)
    db.session.flush()
    return lock(Meeting, meeting_id)


def hold_items(meeting: Meeting) -> None:
    """Who is there decides what may be taken, so the cases that wait to be taken are held while that changes."""
    for item in items_of(meeting.id):
        if item.kind == DECIDE and item.ended_at is None and item.taken_at is None:
            workflow.hold(db.session.get_one(Case, item.case_id))


# --- views of members -----------------------------------------------------------------------------------------------------


def write_view(item: AgendaItem, *, text: str, leaning: str, by: User) -> View:
    """Keep what a member thinks of an item, until the item is closed. Raises NotVisible for who does not sit or may not."""
    held = seat_of(item.meeting_id, by.id)
    if held is None or not held.sits_on(item.case_id) or interests_in(item.case_id).get(by.id) != CLEAR:
        raise NotVisible(str(item.id))
    if item.kind != DECIDE or item.ended_at is not None or leaning not in LEANINGS:
        raise Invalid({"text": "The item is closed, so views can no longer be written."})
    row = view_of(item, by.id) or View(item_id=item.id, user_id=by.id)
    row.text, row.leaning, row.at = text, leaning, clock.now()
    db.session.add(row)
    db.session.flush()
    audit.record(f"case:{item.case_id}", "write_view", by=by.actor, item=item.id, view=row.id)
    return row


def view_of(item: AgendaItem, user_id: int) -> View | None:
    return db.session.scalars(select(View).where(View.item_id == item.id, View.user_id == user_id)).first()


def views_of(item_id: int) -> list[View]:
    return list(db.session.scalars(select(View).where(View.item_id == item_id).order_by(View.id)))


def may_read_papers(case: Case, item: AgendaItem, by: User) -> bool:
    """Members who are clear and have a seat, and the office; never the requesting clinician as such."""
    if case.capacities(by) & OFFICE:
        return True
    held = seat_of(item.meeting_id, by.id)
    return held is not None and held.sits_on(case.id) and interests_in(case.id).get(by.id) == CLEAR
