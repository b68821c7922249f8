"""Who sits at a meeting: seats and for whom they vote, apologies, who came and who left. Order of locks: meeting, then case."""

from collections.abc import Iterable

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.models import CONFLICTED, HANDED_OVER, Case, Involvement
from ifr.cases.services import cases_visible_to, involve
from ifr.db import db, lock
from ifr.panels import attendance, invitations
from ifr.panels.interests.services import NOTE_OF_CLINICIAN, asks_for_the_funding
from ifr.panels.models import (
    CAPACITIES,
    CHAIR,
    DECIDE,
    GUEST,
    HOW_SOMEBODY_IS_THERE,
    LEFT,
    LOST,
    ROLE_OF_SEAT,
    AgendaItem,
    Meeting,
    Seat,
)
from ifr.panels.services import hold_items, locked, seat_of, served_by
from ifr.panels.sitting import items_of, seats_of, who_is_barred
from ifr.people.models import Membership, User
from ifr.people.services import person, users_with
from ifr.workflow import Invalid, NotVisible

# Whoever may sit here: those of the commissioner's own panel; a guest sits on another commissioner's.
_OWN = (Role.PANEL_CHAIR, Role.PANEL_MEMBER)
_SITS_SOMEWHERE = frozenset({Role.PANEL_CHAIR, Role.PANEL_MEMBER, Role.GUEST_MEMBER})


def who_may_sit(meeting: Meeting) -> list[User]:
    """Whom a meeting may seat: the panels of its commissioners, and members of others as guests."""
    own = {user.id: user for role in _OWN for one in served_by(meeting) for user in users_with(role, one)}
    elsewhere = select(Membership.user_id).where(Membership.role.in_(_SITS_SOMEWHERE))
    guests = [person(one) for one in db.session.scalars(elsewhere.distinct()) if one not in own]
    guests = [one for one in guests if one.is_active and one.roles & _SITS_SOMEWHERE]
    return sorted([*own.values(), *guests], key=lambda user: (user.name, user.id))


def seat(
    meeting_id: int,
    user_id: int,
    capacity: str,
    *,
    only_item_id: int | None = None,
    votes_for: Iterable[int] | None = None,
    by: User,
) -> Seat:
    """Give somebody a seat. He or she has a part in every case on the agenda from now on, not yet declared.

    A guest may sit for one item only. At a meeting in common a seat votes for the commissioners that are named, or else for
    those on whose panels the member is. Raises Invalid.
    """
    meeting = locked(meeting_id, by)
    seats = seats_of(meeting.id)
    if held := next((s for s in seats if s.user_id == user_id), None):
        return held
    user = _may_sit(meeting, user_id, capacity, seats)
    only = _only_case(meeting, capacity, only_item_id, by)
    given = Seat(
        meeting_id=meeting.id,
        user_id=user.id,
        capacity=capacity,
        profession=user.profession,
        voting=capacity != "adviser",
        votes_for=_votes_for(meeting, user, capacity, votes_for),
        only_case_id=only.id if only else None,
    )
    db.session.add(given)
    db.session.flush()
    for case in _waiting_cases(meeting):
        workflow.hold(case)
        give_part(case, given)
    audit.record(
        meeting.stream, "seat", by=by.actor, user=user.id, capacity=capacity, votes_for=given.votes_for,
        case=given.only_case_id,
    )  # fmt: skip
    return given


def _waiting_cases(meeting: Meeting) -> list[Case]:
    items = [one for one in items_of(meeting.id) if one.kind == DECIDE and one.ended_at is None]
    return [db.session.get_one(Case, one.case_id) for one in items]


def _only_case(meeting: Meeting, capacity: str, item_id: int | None, by: User) -> Case | None:
    """The case for which alone a guest sits."""
    if item_id is None:
        return None
    item = db.session.get(AgendaItem, item_id)
    if capacity != GUEST:
        raise Invalid({"only_item_id": "Only a guest member sits for one item; everybody else sits for the meeting."})
    if item is None or item.meeting_id != meeting.id or item.kind != DECIDE or item.ended_at is not None:
        raise Invalid({"only_item_id": "Choose an item of this meeting that is still to be decided."})
    case = db.session.scalars(cases_visible_to(by).where(Case.id == item.case_id)).first()
    if case is None:
        raise Invalid({"only_item_id": "Choose an item of this meeting that is open to you."})
    return case


def _votes_for(meeting: Meeting, user: User, capacity: str, chosen: Iterable[int] | None) -> list[int] | None:
    """The commissioners for which a seat votes; None at a meeting of one commissioner, where there is nothing to choose."""
    served = served_by(meeting)
    if len(served) == 1:
        return None
    if chosen is not None and (named := sorted(set(chosen) & set(served))):
        return named
    if capacity == GUEST:
        return None
    return [one for one in served if user.roles_in(one) & set(_OWN)]


def _may_sit(meeting: Meeting, user_id: int, capacity: str, seats: list[Seat]) -> User:
    """Whether somebody can have this seat. Raises Invalid with the reason."""
    if meeting.closed_at is not None:
        raise Invalid({"user_id": "The meeting is closed."})
    user = next((one for one in who_may_sit(meeting) if one.id == user_id), None)
    if user is None or capacity not in CAPACITIES:
        raise Invalid({"user_id": "Choose somebody who sits on a panel."})
    own = {role for one in served_by(meeting) for role in user.roles_in(one)}
    if capacity == CHAIR and Role.PANEL_CHAIR not in own:
        raise Invalid({"capacity": f"{user.name} does not chair panels of this commissioner."})
    if capacity == CHAIR and any(s.capacity == CHAIR for s in seats):
        raise Invalid({"capacity": "This meeting has a chair. For a single item, choose who chairs it there."})
    if capacity != GUEST and not own & set(_OWN):
        raise Invalid({"capacity": f"{user.name} is of another commissioner, so sits as a guest member."})
    return user


def give_part(case: Case, given: Seat) -> None:
    """Whoever asks for the funding cannot decide it; everybody else says so for himself or herself.

    Whoever may not sit on the case again gets no part in it: the item is private to him or her. A guest who sits for another
    case has none either.
    """
    if given.user_id in who_is_barred(case.id) or not given.sits_on(case.id):
        return
    part = involve(case, given.user_id, ROLE_OF_SEAT[given.capacity])
    if part.interest != CONFLICTED and asks_for_the_funding(case, given.user_id):
        part.interest, part.interest_note, part.declared_at = CONFLICTED, NOTE_OF_CLINICIAN, clock.now()


def take_back(meeting_id: int, user_id: int, *, by: User) -> None:
    """Take a seat back from somebody who has not come. Whoever was invited is told so; a conflict stays on record.

    Raises Invalid for one who has been there, and NotVisible where there is no such seat.
    """
    meeting = locked(meeting_id, by)
    held = _held(meeting, user_id)
    if meeting.closed_at is not None or held.arrived_at is not None:
        raise Invalid({"meeting": "Only the seat of somebody who has not come can be taken back."})
    for case in _waiting_cases(meeting):
        workflow.hold(case)
        _end_part(case, held)
    for item in items_of(meeting.id):
        if item.deputy_id == user_id and item.taken_at is None:
            item.deputy_id = None
    invitations.take_back(meeting, held)
    db.session.delete(held)
    db.session.flush()
    audit.record(meeting.stream, "take_seat_back", by=by.actor, user=user_id)


def _end_part(case: Case, held: Seat) -> None:
    roles = {ROLE_OF_SEAT[held.capacity].value, Role.PANEL_CHAIR.value}
    for part in db.session.scalars(
        select(Involvement).where(
            Involvement.case_id == case.id, Involvement.user_id == held.user_id, Involvement.until_at.is_(None),
            Involvement.capacity.in_(roles),
        )
    ):  # fmt: skip
        if part.interest not in (CONFLICTED, HANDED_OVER):
            part.until_at = clock.now()


# --- who is there ---------------------------------------------------------------------------------------------------------

ARRIVED, BACK, LEAVES, LOSES, APOLOGIES, EXPECTED = "arrived", "back", "left", "lost", "apologies", "expected"


def attend(meeting_id: int, user_id: int, what: str, *, how: str | None = None, by: User) -> Seat:
    """Record that somebody came, left, lost the connection, is back, sends apologies, or is expected after all.

    Who leaves is out of the item under discussion too, and who comes joins it late.
    """
    meeting = locked(meeting_id, by)
    held = _held(meeting, user_id)
    if meeting.closed_at is not None:
        raise Invalid({"meeting": "The meeting is closed."})
    if what in (ARRIVED, BACK) and not meeting.is_open:
        raise Invalid({"meeting": "Open the meeting first, then record who is there."})
    _record(meeting, held, what, how)
    audit.record(meeting.stream, "attend", by=by.actor, user=user_id, what=what, how=held.how)
    return held


def everybody_is_here(meeting_id: int, *, by: User) -> int:
    """Record that everybody came, or is back, who sent no apologies and is not there; answers how many.

    Raises Invalid while an item is under discussion: who joins then is recorded one by one, since he or she joins late.
    """
    meeting = locked(meeting_id, by)
    if not meeting.is_open:
        raise Invalid({"meeting": "Open the meeting first, then record who is there."})
    if attendance.under_discussion(meeting.id):
        raise Invalid({"meeting": "An item is being discussed: record one by one who joins it."})
    came = [one for one in seats_of(meeting.id) if not one.apologies and not one.is_present]
    for held in came:
        _record(meeting, held, ARRIVED, None)
        audit.record(meeting.stream, "attend", by=by.actor, user=held.user_id, what=ARRIVED, how=held.how)
    return len(came)


def _record(meeting: Meeting, held: Seat, what: str, how: str | None) -> None:
    hold_items(meeting)
    if what in (ARRIVED, BACK):
        held.arrived_at, held.left_at, held.left_because, held.apologies = held.arrived_at or clock.now(), None, None, False
        held.how = how if how in HOW_SOMEBODY_IS_THERE else held.how
        db.session.flush()
        attendance.join(meeting.id, held)
    elif what in (LEAVES, LOSES) and held.is_present:
        held.left_at, held.left_because = clock.now(), LEFT if what == LEAVES else LOST
        db.session.flush()
        attendance.leave(meeting.id, held.user_id, held.left_because)
    elif what in (APOLOGIES, EXPECTED) and held.arrived_at is None:
        held.apologies = what == APOLOGIES
    db.session.flush()


def _held(meeting: Meeting, user_id: int) -> Seat:
    held = seat_of(meeting.id, user_id)
    if held is None:
        raise NotVisible(str(user_id))
    return held


def say_whether_i_come(meeting_id: int, *, comes: bool, by: User) -> Seat:
    """A member sends apologies for a meeting, or takes them back, on his or her own page. Raises NotVisible and Invalid."""
    if seat_of(meeting_id, by.id) is None:
        raise NotVisible(str(meeting_id))
    db.session.flush()
    meeting = lock(Meeting, meeting_id)
    held = _held(meeting, by.id)
    if meeting.closed_at is not None or held.arrived_at is not None:
        raise Invalid({"meeting": "The meeting is over, or you are recorded as there."})
    if held.apologies == comes:
        _record(meeting, held, EXPECTED if comes else APOLOGIES, None)
        audit.record(meeting.stream, "attend", by=by.actor, user=by.id, what=EXPECTED if comes else APOLOGIES, how=held.how)
    return held
