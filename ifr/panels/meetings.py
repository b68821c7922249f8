"""Meetings: planned, changed, opened, closed, cancelled. Order of locks: meeting, then case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select

from ifr import audit, clock
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import db
from ifr.panels import invitations
from ifr.panels.agenda import next_position, put_on
from ifr.panels.models import DECIDE, RECEIVE, AgendaItem, Meeting, MeetingCommissioner
from ifr.panels.services import hold_items, locked, next_meeting
from ifr.panels.sitting import items_of
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible


@dataclass(frozen=True)
class When:
    """The day, the hours by the clock in London, and the place or link of a meeting."""

    held_on: date
    place: str
    starts: time | None = None
    ends: time | None = None
    link: str = ""
    number: str = ""

    def faults(self) -> dict[str, str]:
        found = {}
        if self.held_on < clock.today():
            found["held_on"] = "The day of the meeting is in the past."
        if self.ends is not None and (self.starts is None or self.ends <= self.starts):
            found["ends"] = "The meeting ends after it starts: enter both hours."
        return found


def plan_meeting(
    *,
    commissioner_id: int,
    held_on: date,
    place: str,
    once: str,
    starts: time | None = None,
    ends: time | None = None,
    link: str = "",
    number: str = "",
    in_common_with: Iterable[int] = (),
    by: User,
) -> Meeting:
    """Plan a meeting. Urgent decisions that wait to be received go on its agenda.

    A meeting in common decides requests of other commissioners too, whose secretary is the same person. Raises Invalid, and
    NotVisible for somebody who keeps the meetings of one of them not.
    """
    others = sorted(set(in_common_with) - {commissioner_id})
    for one in (commissioner_id, *others):
        if Role.PANEL_SECRETARY not in by.roles_in(one):
            raise NotVisible(str(one))
    if made := db.session.scalars(select(Meeting).where(Meeting.once == once)).first():
        return made
    if faults := When(held_on, place, starts, ends).faults():
        raise Invalid(faults)
    meeting = Meeting(
        once=once, commissioner_id=commissioner_id, held_on=held_on, place=place, starts=starts, ends=ends, link=link,
        number=number,
    )  # fmt: skip
    db.session.add(meeting)
    db.session.flush()
    db.session.add_all(MeetingCommissioner(meeting_id=meeting.id, commissioner_id=one) for one in others)
    db.session.flush()
    for item in _waiting_to_be_received([commissioner_id, *others]):
        item.meeting_id, item.position = meeting.id, next_position(meeting.id)
        db.session.flush()
    audit.record(meeting.stream, "plan_meeting", by=by.actor, held_on=held_on, commissioner=commissioner_id, others=others)
    return meeting


def _waiting_to_be_received(commissioner_ids: list[int]) -> list[AgendaItem]:
    return list(
        db.session.scalars(
            select(AgendaItem)
            .join(Case, Case.id == AgendaItem.case_id)
            .where(
                AgendaItem.meeting_id.is_(None), AgendaItem.ended_at.is_(None), Case.commissioner_id.in_(commissioner_ids)
            )
            .order_by(AgendaItem.id)
        )
    )


def change_meeting(meeting_id: int, to: When, *, by: User) -> Meeting:
    """Change the day, the hours or the place of a meeting. Whoever was invited gets the change for the calendar.

    Raises Invalid once the meeting has been opened or closed.
    """
    meeting = locked(meeting_id, by)
    if not meeting.is_ahead:
        raise Invalid({"held_on": "The meeting has begun or is over, so it can no longer be changed."})
    before = (meeting.held_on, meeting.starts, meeting.ends, meeting.place, meeting.link)
    after = (to.held_on, to.starts, to.ends, to.place, to.link)
    # A meeting whose day has gone by keeps that day while something else about it is mended.
    faults = to.faults()
    if to.held_on == meeting.held_on:
        faults.pop("held_on", None)
    if faults:
        raise Invalid(faults)
    meeting.held_on, meeting.starts, meeting.ends, meeting.place, meeting.link = after
    meeting.number = to.number
    if after != before:
        meeting.sequence += 1
        db.session.flush()
        invitations.tell_of_change(meeting)
        audit.record(meeting.stream, "change_meeting", by=by.actor, held_on=to.held_on, sequence=meeting.sequence)
    db.session.flush()
    return meeting


def invite(meeting_id: int, *, by: User) -> int:
    """Send an invitation to everybody with a seat who has none yet; answers how many."""
    meeting = locked(meeting_id, by)
    if not meeting.is_ahead:
        return 0
    number = invitations.invite(meeting)
    audit.record(meeting.stream, "invite", by=by.actor, number=number)
    return number


def open_meeting(meeting_id: int, *, by: User) -> Meeting:
    """Open a meeting. Raises Invalid for one that was cancelled."""
    meeting = locked(meeting_id, by)
    if meeting.is_cancelled:
        raise Invalid({"meeting": "The meeting was cancelled."})
    if meeting.opened_at is None:
        hold_items(meeting)
        meeting.opened_at = clock.now()
        audit.record(meeting.stream, "open_meeting", by=by.actor)
    return meeting


def close_meeting(meeting_id: int, *, by: User) -> Meeting:
    """Close a meeting. What it did not receive goes to the next one.

    Raises Invalid while a request that is listed has been neither taken, deferred, carried forward nor taken off the list.
    """
    meeting = locked(meeting_id, by)
    if meeting.closed_at is not None:
        return meeting
    if meeting.opened_at is None:
        raise Invalid({"meeting": "The meeting has not been opened."})
    left_over = _end(meeting, "decide, defer, take off the list or carry forward")
    audit.record(meeting.stream, "close_meeting", by=by.actor, left_over=left_over)
    return meeting


def cancel_meeting(meeting_id: int, *, because: str, by: User) -> Meeting:
    """Cancel a meeting that has not begun, with the reason. Whoever was invited is told, and what waited waits for another.

    Raises Invalid without a reason, while a request is listed for it, or once it has been opened.
    """
    meeting = locked(meeting_id, by)
    if meeting.is_cancelled:
        return meeting
    if not meeting.is_ahead:
        raise Invalid({"because": "The meeting has begun or is over, so it cannot be cancelled."})
    if not because.strip():
        raise Invalid({"because": "Say why the meeting is cancelled."})
    left_over = _end(meeting, "take it off the list or carry it forward")
    meeting.cancelled_because = because.strip()
    meeting.sequence += 1
    db.session.flush()
    invitations.cancel(meeting)
    audit.record(meeting.stream, "cancel_meeting", by=by.actor, left_over=left_over)
    return meeting


def _end(meeting: Meeting, what_to_do: str) -> int:
    """The meeting is over. Answers how many items it did not reach; raises Invalid while one of them is listed."""
    waiting = [one for one in items_of(meeting.id) if one.ended_at is None]
    unfinished = [one for one in waiting if one.kind == DECIDE and one.listed_at is not None]
    if unfinished:
        numbers = ", ".join(str(one.position) for one in unfinished)
        raise Invalid({"meeting": f"Item {numbers} is not finished: {what_to_do}."})
    meeting.closed_at = clock.now()
    for item in waiting:
        _leave_over(item, meeting)
    return len(waiting)


def _leave_over(item: AgendaItem, meeting: Meeting) -> None:
    """What a closed meeting did not reach: an urgent decision waits for the next meeting, a case is free to be listed."""
    item.ended_at, item.ended_as = clock.now(), "carried_forward" if item.kind == RECEIVE else "removed"
    if item.kind == RECEIVE:
        case = db.session.get_one(Case, item.case_id)
        following = next_meeting(case.commissioner_id, besides=meeting.id)
        put_on(following.id if following else None, item.case_id, kind=RECEIVE, carried_from_id=item.id)
