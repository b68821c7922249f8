"""The agenda of a meeting: what stands on it, in which order, and what the moves of a case write into its item.

Order of locks: meeting, then case.
"""

from typing import Any

from sqlalchemy import func, select

from ifr import audit, clock, profiles, workflow
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, Case
from ifr.cases.services import cases_visible_to, involve
from ifr.db import db
from ifr.panels import attendance
from ifr.panels.interests import services as interests
from ifr.panels.interests.walls import hand_back
from ifr.panels.members.services import who_may_chair
from ifr.panels.models import DECIDE, RECEIVE, AgendaItem, Barred, Meeting
from ifr.panels.ordering import least_leaving, times_somebody_leaves
from ifr.panels.papers import papers_of
from ifr.panels.seats import give_part
from ifr.panels.services import case_of, item_at, locked, next_meeting, seat_of, served_by
from ifr.panels.sitting import (
    Standing,
    items_of,
    open_item_of,
    panel_for,
    proof_at_the_end,
    proof_of,
    seats_of,
    standings,
    who_is_barred,
)
from ifr.people.models import User
from ifr.workflow import Invalid, MoveRecord, upon


def can_be_added(meeting: Meeting, by: User) -> list[Case]:
    """The cases that wait for a meeting of these commissioners and stand on no agenda."""
    on_one = select(AgendaItem.case_id).where(AgendaItem.kind == DECIDE, AgendaItem.ended_at.is_(None))
    found = db.session.scalars(
        cases_visible_to(by)
        .where(Case.commissioner_id.in_(served_by(meeting)), Case._state.in_(_states_to_list()), Case.id.not_in(on_one))
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
    meeting = locked(meeting_id, by)
    case = db.session.scalars(cases_visible_to(by).where(Case.id == case_id)).first()
    if case is None or case.commissioner_id not in served_by(meeting):
        raise Invalid({"case_id": "Choose a request that waits for a meeting of this commissioner."})
    workflow.hold(case)
    if there := open_item_of(case):
        if there.meeting_id == meeting.id:
            return there
        raise Invalid({"case_id": "This request stands on the agenda of another meeting."})
    if meeting.closed_at is not None or not _may_be_listed(case):
        raise Invalid({"case_id": "This request cannot be put on this agenda now."})
    item = put_on(meeting.id, case.id)
    hand_back(case, meeting.id)
    for given in seats_of(meeting.id):
        give_part(case, given)
    audit.record(meeting.stream, "add_item", by=by.actor, case=case.id, item=item.id)
    return item


def put_on(meeting_id: int | None, case_id: int, *, kind: str = DECIDE, carried_from_id: int | None = None) -> AgendaItem:
    """A new item at the end of an agenda, or one that waits for a meeting."""
    item = AgendaItem(
        meeting_id=meeting_id, case_id=case_id, kind=kind, position=next_position(meeting_id), added_at=clock.now(),
        carried_from_id=carried_from_id,
    )
    db.session.add(item)
    db.session.flush()
    return item


def next_position(meeting_id: int | None) -> int:
    last = db.session.scalar(select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting_id))
    return (last or 0) + 1


def remove_item(meeting_id: int, item_id: int, *, by: User) -> None:
    """Take a case off an agenda before it is listed. A listed one is taken off by its move, with a reason."""
    meeting = locked(meeting_id, by)
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
        locked(one, by)
    item, target = item_at(meeting_id, item_id), db.session.get_one(Meeting, to_meeting_id)
    case = case_of(item, by)
    workflow.hold(case)
    if item.kind != DECIDE or item.ended_at or item.taken_at or target.id == meeting_id:
        raise Invalid({"meeting": "Only a request that is waiting can be carried forward, and to another meeting."})
    if target.closed_at is not None or case.commissioner_id not in served_by(target):
        raise Invalid({"meeting": "Choose a meeting of this commissioner that is not closed."})
    _end(item, "carried_forward")
    db.session.flush()
    carried = put_on(target.id, case.id, carried_from_id=item.id)
    carried.listed_at, carried.papers, carried.manifest = item.listed_at, item.papers, item.manifest
    hand_back(case, target.id)
    for given in seats_of(target.id):
        give_part(case, given)
    audit.record(target.stream, "carry_forward", by=by.actor, case=case.id, item=carried.id, carried_from=item.id)
    return carried


def name_deputy(meeting_id: int, item_id: int, user_id: int, *, by: User) -> None:
    """Say who chairs one item, where the chair of the meeting leaves for it."""
    meeting = locked(meeting_id, by)
    item = item_at(meeting_id, item_id)
    case = case_of(item, by)
    workflow.hold(case)
    given = seat_of(meeting.id, user_id)
    if given is None or not given.voting or not given.sits_on(case.id) or not given.votes_on(case.commissioner_id):
        raise Invalid({"user_id": "Choose somebody who has a voting seat at this meeting."})
    may_chair = who_may_chair(case.commissioner_id, meeting.held_on)
    if may_chair is not None and user_id not in may_chair:
        raise Invalid({"user_id": "Choose the chair or a deputy chair of the standing panel."})
    standing = standings([case.id])[case.id]
    if _chair_stands(item, case, standing):
        raise Invalid({"user_id": "The item has been opened; who chairs it stands."})
    said = standing.interests.get(user_id)
    if user_id in standing.barred:
        raise Invalid({"user_id": "This person sat on the earlier decision, and a differently constituted panel was asked for."})
    if said == CONFLICTED:
        raise Invalid({"user_id": "This person has a conflict of interest in this request."})
    if user_id in standing.handed_over:
        raise Invalid({"user_id": "This person had a conflict of interest at this meeting and does not chair this request."})
    if item.ended_at is not None:
        if user_id not in (item.proof or {}).get("counted", []):
            raise Invalid({"user_id": "Choose somebody who decided this request."})
        item.proof = {**(item.proof or {}), "chair": user_id, "chair_before": item.deputy_id}
    item.deputy_id = user_id
    involve(case, user_id, Role.PANEL_CHAIR, interest=said)
    audit.record(meeting.stream, "name_deputy", by=by.actor, item=item.id, user=user_id)


def chair_is_out(item: AgendaItem, case: Case) -> bool:
    """Whether an item was decided and its chair has found a conflict of interest since, so that somebody else confirms."""
    return item.ended_as == "decided" and not _chair_stands(item, case, standings([case.id])[case.id])


def _chair_stands(item: AgendaItem, case: Case, standing: Standing) -> bool:
    """Whether who chairs an item can no longer be changed. A chair who finds a conflict of interest hands the item over at any
    time before the decision is confirmed."""
    if item.ended_at is None:
        return item.taken_at is not None and panel_for(item, case).chair_id is not None
    if item.ended_as != "decided" or workflow.definition_of(case).find("confirm_funded", case.state) is None:
        return True
    chair = item.deputy_id or 0
    return standing.interests.get(chair) != CONFLICTED and chair not in standing.handed_over


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
    item = put_on(following.id if following else None, case.id, kind=RECEIVE)
    audit.record(case.stream, "report_to_meeting", by=by.actor, item=item.id, meeting=item.meeting_id)
    return item


def bring_to(meeting: Meeting, item: AgendaItem, *, by: Any) -> AgendaItem:
    """Put an urgent decision on the agenda of a meeting: one that waited for a meeting, or that one never received."""
    if item.meeting_id is None:
        item.meeting_id, item.position = meeting.id, next_position(meeting.id)
        db.session.flush()
    else:
        _end(item, "carried_forward")
        item = put_on(meeting.id, item.case_id, kind=RECEIVE, carried_from_id=item.id)
    audit.record(f"case:{item.case_id}", "report_to_meeting", by=by.actor, item=item.id, meeting=meeting.id)
    return item


def receive(meeting_id: int, item_id: int, *, note: str, by: User) -> None:
    """Record that a meeting received an urgent decision. It takes note; the decision stands as it was taken."""
    meeting = locked(meeting_id, by)
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


# --- the order ----------------------------------------------------------------------------------------------------------

UP, DOWN = "up", "down"


def move_item(meeting_id: int, item_id: int, way: str, *, by: User) -> None:
    """Let an item change places with the one before or after it. Raises Invalid for one that has been opened or is over."""
    meeting = locked(meeting_id, by)
    item = item_at(meeting_id, item_id)
    waiting = _to_be_ordered(meeting)
    if item not in waiting:
        raise Invalid({"meeting": "Only an item that waits can be moved."})
    other = waiting.index(item) + (-1 if way == UP else 1)
    if 0 <= other < len(waiting):
        neighbour = waiting[other]
        item.position, neighbour.position = neighbour.position, item.position
        db.session.flush()
        audit.record(meeting.stream, "move_item", by=by.actor, item=item.id, position=item.position)


def order_so_that_few_leave(meeting_id: int, *, by: User) -> tuple[int, int]:
    """Order the items that wait so that members with a conflict leave least often.

    Answers how often somebody leaves before and after it.
    """
    meeting = locked(meeting_id, by)
    waiting = _to_be_ordered(meeting)
    out = _who_leaves(meeting, waiting)
    before = times_somebody_leaves([out[one.id] for one in waiting])
    order = least_leaving([(one.id, out[one.id]) for one in waiting])
    places, items = sorted(one.position for one in waiting), {one.id: one for one in waiting}
    for position, item_id in zip(places, order, strict=True):
        items[item_id].position = position
    db.session.flush()
    after = times_somebody_leaves([out[one] for one in order])
    audit.record(meeting.stream, "order_agenda", by=by.actor, items=order, before=before, after=after)
    return before, after


def how_often_somebody_leaves(meeting: Meeting) -> tuple[int, int]:
    """How often somebody leaves in the order as it stands, and in the best one."""
    waiting = _to_be_ordered(meeting)
    out = _who_leaves(meeting, waiting)
    best = least_leaving([(one.id, out[one.id]) for one in waiting])
    return times_somebody_leaves([out[one.id] for one in waiting]), times_somebody_leaves([out[one] for one in best])


def _to_be_ordered(meeting: Meeting) -> list[AgendaItem]:
    return [one for one in items_of(meeting.id) if one.ended_at is None and one.taken_at is None]


def _who_leaves(meeting: Meeting, items: list[AgendaItem]) -> dict[int, frozenset[int]]:
    """Who of those that are expected leaves for each item."""
    expected = {one.user_id for one in seats_of(meeting.id) if one.is_expected}
    known = standings({one.case_id for one in items})
    return {
        one.id: frozenset(
            user for user, said in known[one.case_id].interests.items() if said == CONFLICTED and user in expected
        )
        for one in items
    }


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
    proof = proof_of(item, case)
    attendance.begin(item, case)
    item.taken_at, item.proof = made.at, proof
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
    "apply_order_to_check": "withdrawn",
    "apply_order_to_screening": "withdrawn",
    "apply_order_to_panel": "withdrawn",
    "apply_order_to_fund": "withdrawn",
}


@upon("ifr", *_ENDS)
def end_item(case: Case, by: Any, made: MoveRecord) -> None:
    """The item has come to its end. Of one that is decided the proof is frozen again: who was there for the vote counts."""
    item = open_item_of(case)
    if item is not None:
        if made.trigger == "record_decision":
            item.proof = proof_at_the_end(item, case)
        attendance.end_all(item)
        item.note = made.reason or ""
        _end(item, _ENDS[made.trigger])


@upon("ifr", "reopen_for_check", "reopen_for_screening", "reopen_for_panel")
def begin_anew(case: Case, by: Any, made: MoveRecord) -> None:
    interests.end_sitting(case)
