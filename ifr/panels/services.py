"""Meetings, seats and agendas, and what the moves of a case write into them. Order of locks: meeting, then case."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from ifr import audit, clock, profiles, workflow
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, Case
from ifr.cases.services import OFFICE, cases_visible_to, clinician_id_of, involve
from ifr.db import db, lock
from ifr.panels.interests import services as interests
from ifr.panels.models import (
    CAPACITIES,
    CHAIR,
    DECIDE,
    GUEST,
    LEANINGS,
    RECEIVE,
    ROLE_OF_SEAT,
    AgendaItem,
    Barred,
    Meeting,
    Seat,
    View,
)
from ifr.panels.papers import papers_of
from ifr.panels.sitting import interests_in, items_of, open_item_of, proof_of, seats_of, who_is_barred
from ifr.people.models import COMMISSIONER, Membership, Organisation, User
from ifr.people.services import person, users_with
from ifr.workflow import Invalid, MoveRecord, NotVisible, upon

# Whoever may sit here: those of the commissioner's own panel; a guest sits on another commissioner's.
_OWN = (Role.PANEL_CHAIR, Role.PANEL_MEMBER)
_SITS_SOMEWHERE = frozenset({Role.PANEL_CHAIR, Role.PANEL_MEMBER, Role.GUEST_MEMBER})


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


def who_may_sit(meeting: Meeting) -> list[User]:
    """Whom a meeting may seat: the commissioner's own panel, and members of others as guests."""
    own = {user.id: user for role in _OWN for user in users_with(role, meeting.commissioner_id)}
    elsewhere = select(Membership.user_id).where(Membership.role.in_(_SITS_SOMEWHERE))
    guests = [person(one) for one in db.session.scalars(elsewhere.distinct()) if one not in own]
    guests = [one for one in guests if one.is_active and one.roles & _SITS_SOMEWHERE]
    return sorted([*own.values(), *guests], key=lambda user: (user.name, user.id))


# --- meetings -------------------------------------------------------------------------------------------------------------


def plan_meeting(*, commissioner_id: int, held_on: date, place: str, once: str, by: User) -> Meeting:
    """Plan a meeting. Urgent decisions that wait to be received go on its agenda."""
    if Role.PANEL_SECRETARY not in by.roles_in(commissioner_id):
        raise NotVisible(str(commissioner_id))
    if made := db.session.scalars(select(Meeting).where(Meeting.once == once)).first():
        return made
    if held_on < clock.today():
        raise Invalid({"held_on": "The day of the meeting is in the past."})
    meeting = Meeting(once=once, commissioner_id=commissioner_id, held_on=held_on, place=place)
    db.session.add(meeting)
    db.session.flush()
    for item in _waiting_to_be_received(commissioner_id):
        item.meeting_id, item.position = meeting.id, _next_position(meeting.id)
        db.session.flush()
    audit.record(meeting.stream, "plan_meeting", by=by.actor, held_on=held_on, commissioner=commissioner_id)
    return meeting


def _waiting_to_be_received(commissioner_id: int) -> list[AgendaItem]:
    return list(
        db.session.scalars(
            select(AgendaItem)
            .join(Case, Case.id == AgendaItem.case_id)
            .where(AgendaItem.meeting_id.is_(None), AgendaItem.ended_at.is_(None), Case.commissioner_id == commissioner_id)
            .order_by(AgendaItem.id)
        )
    )


def open_meeting(meeting_id: int, *, by: User) -> Meeting:
    meeting = _locked(meeting_id, by)
    if meeting.opened_at is None:
        _hold_items(meeting)
        meeting.opened_at = clock.now()
        audit.record(meeting.stream, "open_meeting", by=by.actor)
    return meeting


def close_meeting(meeting_id: int, *, by: User) -> Meeting:
    """Close a meeting. What it did not receive goes to the next one.

    Raises Invalid while a request that is listed has been neither taken, deferred, carried forward nor taken off the list.
    """
    meeting = _locked(meeting_id, by)
    if meeting.closed_at is not None:
        return meeting
    if meeting.opened_at is None:
        raise Invalid({"meeting": "The meeting has not been opened."})
    waiting = [one for one in items_of(meeting.id) if one.ended_at is None]
    unfinished = [one for one in waiting if one.kind == DECIDE and one.listed_at is not None]
    if unfinished:
        numbers = ", ".join(str(one.position) for one in unfinished)
        raise Invalid({"meeting": f"Item {numbers} is not finished: decide, defer, take off the list or carry forward."})
    meeting.closed_at = clock.now()
    for item in waiting:
        _leave_over(item, meeting)
    audit.record(meeting.stream, "close_meeting", by=by.actor, left_over=len(waiting))
    return meeting


def _leave_over(item: AgendaItem, meeting: Meeting) -> None:
    """What a closed meeting did not reach: an urgent decision waits for the next meeting, a case is free to be listed."""
    item.ended_at, item.ended_as = clock.now(), "carried_forward" if item.kind == RECEIVE else "removed"
    if item.kind == RECEIVE:
        following = next_meeting(meeting.commissioner_id, besides=meeting.id)
        _put_on(following.id if following else None, item.case_id, kind=RECEIVE, carried_from_id=item.id)


def is_ahead() -> ColumnElement[bool]:
    """Narrows a query over meetings to those that can still receive something: open now, or planned for a day to come."""
    return and_(Meeting.closed_at.is_(None), or_(Meeting.opened_at.is_not(None), Meeting.held_on >= clock.today()))


def next_meeting(commissioner_id: int, *, besides: int | None = None) -> Meeting | None:
    """The next meeting that is not closed."""
    return db.session.scalars(
        select(Meeting)
        .where(Meeting.commissioner_id == commissioner_id, is_ahead(), Meeting.id != (besides or 0))
        .order_by(Meeting.held_on, Meeting.id)
    ).first()


def _locked(meeting_id: int, by: User) -> Meeting:
    visible_meeting(meeting_id, by)
    db.session.flush()
    return lock(Meeting, meeting_id)


def _hold_items(meeting: Meeting) -> None:
    """Who is there decides what may be taken, so the cases that wait to be taken are held while that changes."""
    for item in items_of(meeting.id):
        if item.kind == DECIDE and item.ended_at is None and item.taken_at is None:
            workflow.hold(db.session.get_one(Case, item.case_id))


# --- seats ----------------------------------------------------------------------------------------------------------------


def seat(meeting_id: int, user_id: int, capacity: str, *, by: User) -> Seat:
    """Give somebody a seat. He or she has a part in every case on the agenda from now on, not yet declared."""
    meeting = _locked(meeting_id, by)
    seats = seats_of(meeting.id)
    if held := next((s for s in seats if s.user_id == user_id), None):
        return held
    user = _may_sit(meeting, user_id, capacity, seats)
    given = Seat(
        meeting_id=meeting.id, user_id=user.id, capacity=capacity, profession=user.profession, voting=capacity != "adviser"
    )
    db.session.add(given)
    db.session.flush()
    for item in items_of(meeting.id):
        if item.kind == DECIDE and item.ended_at is None:
            case = db.session.get_one(Case, item.case_id)
            workflow.hold(case)
            _give_part(case, given)
    audit.record(meeting.stream, "seat", by=by.actor, user=user.id, capacity=capacity)
    return given


def _may_sit(meeting: Meeting, user_id: int, capacity: str, seats: list[Seat]) -> User:
    """Whether somebody can have this seat. Raises Invalid with the reason."""
    if meeting.closed_at is not None:
        raise Invalid({"user_id": "The meeting is closed."})
    user = next((one for one in who_may_sit(meeting) if one.id == user_id), None)
    if user is None or capacity not in CAPACITIES:
        raise Invalid({"user_id": "Choose somebody who sits on a panel."})
    own = user.roles_in(meeting.commissioner_id)
    if capacity == CHAIR and Role.PANEL_CHAIR not in own:
        raise Invalid({"capacity": f"{user.name} does not chair panels of this commissioner."})
    if capacity == CHAIR and any(s.capacity == CHAIR for s in seats):
        raise Invalid({"capacity": "This meeting has a chair. For a single item, choose who chairs it there."})
    if capacity != GUEST and not own & set(_OWN):
        raise Invalid({"capacity": f"{user.name} is of another commissioner, so sits as a guest member."})
    return user


def _give_part(case: Case, given: Seat) -> None:
    """Whoever asks for the funding cannot decide it; everybody else says so for himself or herself.

    Whoever may not sit on the case again gets no part in it: the item is private to him or her.
    """
    if given.user_id in who_is_barred(case.id):
        return
    part = involve(case, given.user_id, ROLE_OF_SEAT[given.capacity])
    if given.user_id == clinician_id_of(case) and part.interest != CONFLICTED:
        part.interest, part.interest_note, part.declared_at = CONFLICTED, "Requesting clinician", clock.now()


def attend(meeting_id: int, user_id: int, what: str, *, by: User) -> Seat:
    """Record that somebody came, left, sends apologies, or is expected after all."""
    meeting = _locked(meeting_id, by)
    held = seat_of(meeting.id, user_id)
    if held is None:
        raise NotVisible(str(user_id))
    if meeting.closed_at is not None:
        raise Invalid({"meeting": "The meeting is closed."})
    if what == "arrived" and not meeting.is_open:
        raise Invalid({"meeting": "Open the meeting first, then record who is there."})
    _hold_items(meeting)
    now = clock.now()
    if what == "arrived":
        held.arrived_at, held.left_at, held.apologies = held.arrived_at or now, None, False
    elif what == "left" and held.is_present:
        held.left_at = now
    elif what in ("apologies", "expected") and held.arrived_at is None:
        held.apologies = what == "apologies"
    db.session.flush()
    audit.record(meeting.stream, "attend", by=by.actor, user=user_id, what=what)
    return held


# --- the agenda -----------------------------------------------------------------------------------------------------------


def can_be_added(meeting: Meeting, by: User) -> list[Case]:
    """The cases that wait for a meeting of this commissioner and stand on no agenda."""
    on_one = select(AgendaItem.case_id).where(AgendaItem.kind == DECIDE, AgendaItem.ended_at.is_(None))
    found = db.session.scalars(
        cases_visible_to(by)
        .where(Case.commissioner_id == meeting.commissioner_id, Case._state.in_(_states_to_list()), Case.id.not_in(on_one))
        .order_by(Case.urgent.desc(), Case.due_on, Case.id)
    )
    return list(found)


def _states_to_list() -> list[str]:
    machine = profiles.by_id(profiles.latest("workflow", "ifr").id)
    return [state for state in machine.states if machine.find("list", state)]


def _may_be_listed(case: Case) -> bool:
    return workflow.definition_of(case).find("list", case.state) is not None


def add_item(meeting_id: int, case_id: int, *, by: User) -> AgendaItem:
    """Put a case on an agenda. Those who have a seat have a part in it from now on, not yet declared."""
    meeting = _locked(meeting_id, by)
    case = db.session.scalars(cases_visible_to(by).where(Case.id == case_id)).first()
    if case is None or case.commissioner_id != meeting.commissioner_id:
        raise Invalid({"case_id": "Choose a request that waits for a meeting of this commissioner."})
    workflow.hold(case)
    if there := open_item_of(case):
        if there.meeting_id == meeting.id:
            return there
        raise Invalid({"case_id": "This request stands on the agenda of another meeting."})
    if meeting.closed_at is not None or not _may_be_listed(case):
        raise Invalid({"case_id": "This request cannot be put on this agenda now."})
    item = _put_on(meeting.id, case.id)
    for given in seats_of(meeting.id):
        _give_part(case, given)
    audit.record(meeting.stream, "add_item", by=by.actor, case=case.id, item=item.id)
    return item


def _put_on(meeting_id: int | None, case_id: int, *, kind: str = DECIDE, carried_from_id: int | None = None) -> AgendaItem:
    item = AgendaItem(
        meeting_id=meeting_id, case_id=case_id, kind=kind, position=_next_position(meeting_id), added_at=clock.now(),
        carried_from_id=carried_from_id,
    )
    db.session.add(item)
    db.session.flush()
    return item


def _next_position(meeting_id: int | None) -> int:
    last = db.session.scalar(select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting_id))
    return (last or 0) + 1


def remove_item(meeting_id: int, item_id: int, *, by: User) -> None:
    """Take a case off an agenda before it is listed. A listed one is taken off by its move, with a reason."""
    meeting = _locked(meeting_id, by)
    item = item_at(meeting_id, item_id)
    case = case_of(item, by)
    workflow.hold(case)
    if item.kind != DECIDE or item.listed_at is not None:
        raise Invalid({"meeting": "This request is listed. Take it off the list with a reason."})
    if item.ended_at is None:
        _end(item, "removed")
        audit.record(meeting.stream, "remove_item", by=by.actor, item=item.id, case=case.id)


def carry_forward(meeting_id: int, item_id: int, to_meeting_id: int, *, by: User) -> AgendaItem:
    """Move a listed case that was not reached to a later meeting, with the papers as they were frozen."""
    for one in sorted({meeting_id, to_meeting_id}):
        _locked(one, by)
    item, target = item_at(meeting_id, item_id), db.session.get_one(Meeting, to_meeting_id)
    case = case_of(item, by)
    workflow.hold(case)
    if item.kind != DECIDE or item.ended_at or item.taken_at or target.id == meeting_id:
        raise Invalid({"meeting": "Only a request that is waiting can be carried forward, and to another meeting."})
    if target.closed_at is not None or target.commissioner_id != case.commissioner_id:
        raise Invalid({"meeting": "Choose a meeting of this commissioner that is not closed."})
    _end(item, "carried_forward")
    db.session.flush()
    carried = _put_on(target.id, case.id, carried_from_id=item.id)
    carried.listed_at, carried.papers, carried.manifest = item.listed_at, item.papers, item.manifest
    for given in seats_of(target.id):
        _give_part(case, given)
    audit.record(target.stream, "carry_forward", by=by.actor, case=case.id, item=carried.id, carried_from=item.id)
    return carried


def name_deputy(meeting_id: int, item_id: int, user_id: int, *, by: User) -> None:
    """Say who chairs one item, where the chair of the meeting leaves for it."""
    meeting = _locked(meeting_id, by)
    item = item_at(meeting_id, item_id)
    case = case_of(item, by)
    workflow.hold(case)
    given = seat_of(meeting.id, user_id)
    if given is None or not given.voting:
        raise Invalid({"user_id": "Choose somebody who has a voting seat at this meeting."})
    if item.taken_at is not None or item.ended_at is not None:
        raise Invalid({"user_id": "The item has been opened; who chairs it stands."})
    said = interests_in(case.id).get(user_id)
    if user_id in who_is_barred(case.id):
        raise Invalid({"user_id": "This person sat on the earlier decision, and a differently constituted panel was asked for."})
    if said == CONFLICTED:
        raise Invalid({"user_id": "This person has a conflict of interest in this request."})
    item.deputy_id = user_id
    involve(case, user_id, Role.PANEL_CHAIR, interest=said)
    audit.record(meeting.stream, "name_deputy", by=by.actor, item=item.id, user=user_id)


def to_receive(case: Case, *, by: Any) -> AgendaItem:
    """Put an urgent decision on the next agenda to be received; without a meeting ahead it waits for one."""
    waiting = db.session.scalars(
        select(AgendaItem).where(
            AgendaItem.case_id == case.id, AgendaItem.kind == RECEIVE, AgendaItem.ended_at.is_(None)
        )
    ).first()
    if waiting is not None:
        return waiting
    following = next_meeting(case.commissioner_id)
    item = _put_on(following.id if following else None, case.id, kind=RECEIVE)
    audit.record(case.stream, "report_to_meeting", by=by.actor, item=item.id, meeting=item.meeting_id)
    return item


def bring_to(meeting: Meeting, item: AgendaItem, *, by: Any) -> AgendaItem:
    """Put an urgent decision on the agenda of a meeting: one that waited for a meeting, or that one never received."""
    if item.meeting_id is None:
        item.meeting_id, item.position = meeting.id, _next_position(meeting.id)
        db.session.flush()
    else:
        _end(item, "carried_forward")
        item = _put_on(meeting.id, item.case_id, kind=RECEIVE, carried_from_id=item.id)
    audit.record(f"case:{item.case_id}", "report_to_meeting", by=by.actor, item=item.id, meeting=meeting.id)
    return item


def receive(meeting_id: int, item_id: int, *, note: str, by: User) -> None:
    """Record that a meeting received an urgent decision. It takes note; the decision stands as it was taken."""
    meeting = _locked(meeting_id, by)
    item = item_at(meeting_id, item_id)
    if item.kind != RECEIVE or not meeting.is_open:
        raise Invalid({"meeting": "An urgent decision is received at an open meeting."})
    if item.ended_at is None:
        item.note = note.strip()
        _end(item, "received")
        audit.record(meeting.stream, "receive", by=by.actor, item=item.id, case=item.case_id)


def _end(item: AgendaItem, how: str) -> None:
    item.ended_at, item.ended_as = clock.now(), how


def bar(case: Case, user_ids: set[int]) -> None:
    """Keep those who sat on a decision from sitting on the case again."""
    for user_id in sorted(user_ids - who_is_barred(case.id)):
        db.session.add(Barred(case_id=case.id, user_id=user_id, barred_at=clock.now()))
    db.session.flush()


# --- views of members -----------------------------------------------------------------------------------------------------


def write_view(item: AgendaItem, *, text: str, leaning: str, by: User) -> View:
    """Keep what a member thinks of an item, until the item is closed. Raises NotVisible for who does not sit or may not."""
    held = seat_of(item.meeting_id, by.id)
    if held is None or interests_in(item.case_id).get(by.id) != CLEAR:
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
    return seat_of(item.meeting_id, by.id) is not None and interests_in(case.id).get(by.id) == CLEAR


# --- what the moves write -------------------------------------------------------------------------------------------------


@upon("ifr", "list")
def freeze_papers(case: Case, by: Any, made: MoveRecord) -> None:
    """What the panel is shown is frozen here, with the checksum of every part."""
    item = open_item_of(case)
    assert item is not None  # the guard on_an_agenda has seen it
    papers = papers_of(case)
    item.listed_at, item.papers, item.manifest = made.at, papers.as_facts(), papers.manifest()
    audit.record(case.stream, "freeze_papers", by=by.actor, item=item.id, sha256=papers.sha256, parts=len(item.manifest))


@upon("ifr", "take_item")
def freeze_proof(case: Case, by: Any, made: MoveRecord) -> None:
    item = open_item_of(case)
    assert item is not None
    item.taken_at, item.proof = made.at, proof_of(item, case)
    item.deputy_id = item.proof["chair"]
    involve(case, item.proof["chair"], Role.PANEL_CHAIR, interest=CLEAR)


_ENDS = {
    "unlist": "unlisted",
    "defer": "deferred",
    "record_decision": "decided",
    "decide_urgently": "decided_urgently",
    "withdraw": "withdrawn",
    "confirm_closure": "removed",
    "send_back_to_screening": "removed",
}


@upon("ifr", *_ENDS)
def end_item(case: Case, by: Any, made: MoveRecord) -> None:
    item = open_item_of(case)
    if item is not None:
        item.note = made.reason or ""
        _end(item, _ENDS[made.trigger])


@upon("ifr", "reopen_for_check", "reopen_for_screening", "reopen_for_panel")
def begin_anew(case: Case, by: Any, made: MoveRecord) -> None:
    interests.end_sitting(case)


def last_item_taken(case: Case) -> AgendaItem | None:
    """The item under which a case was last before a panel."""
    return db.session.scalars(
        select(AgendaItem)
        .where(AgendaItem.case_id == case.id, AgendaItem.taken_at.is_not(None))
        .order_by(AgendaItem.taken_at.desc(), AgendaItem.id.desc())
    ).first()
