"""What the pages of this room show: the list of meetings, one meeting, what a member has before him or her, the papers."""

from dataclasses import dataclass, field, replace

from sqlalchemy import select

from ifr import workflow
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, HANDED_OVER, UNDECLARED, Case, Involvement
from ifr.cases.policy_notes import PolicyNotes, policy_notes
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.panels import agenda, promises, services
from ifr.panels import seats as seats_services
from ifr.panels.checking import services as checking
from ifr.panels.forecast import Asked, asked_for, forecast, without_quorum
from ifr.panels.interests.services import AT_MEETINGS
from ifr.panels.interests.stopping import Call, calls_at
from ifr.panels.invitations import CANCEL, REQUEST, calendar_for
from ifr.panels.members.services import Standing, standing, who_may_chair
from ifr.panels.models import BY_VIDEO, CAPACITIES, CHAIR, DECIDE, LEANINGS, LOST, RECEIVE, AgendaItem, Meeting, Seat, View
from ifr.panels.pack import late
from ifr.panels.sitting import Panel, items_of, panel_for, seats_of
from ifr.people.models import PROFESSIONS, Organisation, User
from ifr.people.services import people_named
from ifr.workflow import NotVisible, Offer, label_of

# The moves of a case that are made from the page of its meeting.
MOVES_AT_MEETING = ("list", "take_item", "record_decision", "defer", "unlist")
# How an item ended that members need not see: it never came before them.
_NOT_BEFORE_MEMBERS = ("removed", "unlisted", "withdrawn", "carried_forward")
ENDED_WORDS = {
    "decided": "Considered",
    "deferred": "Deferred",
    "unlisted": "Taken off the list",
    "removed": "Taken off the agenda",
    "withdrawn": "Withdrawn",
    "carried_forward": "Carried forward",
    "received": "Received",
    "decided_urgently": "Decided by chair's action",
}


@dataclass(frozen=True)
class MeetingRow:
    meeting: Meeting
    commissioner: str
    seats: int
    items: int
    # Of how many items that wait to be decided there is no quorum, and of how many in all; of a meeting that is ahead.
    short: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class SeatRow:
    """Somebody at the meeting, in words."""

    user_id: int
    name: str
    capacity: str
    profession: str
    voting: bool
    status: str
    seat: Seat
    # For which commissioners, at a meeting in common; for which item alone a guest sits.
    votes_for: str = ""
    only_for: str = ""
    may_chair: bool = True


@dataclass(frozen=True)
class ItemRow:
    """One line of the agenda. A private item says nothing but that it is one."""

    item: AgendaItem
    private: bool
    case: Case | None = None
    state: str = ""
    ended: str = ""
    panel: Panel | None = None
    needs_deputy: bool = False
    forecast: Panel | None = None
    # Who could mend a quorum that is not reached: one person a line, or two together.
    mending: list[str] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    papers_changed: bool = False
    papers_checked: bool = False
    notes: PolicyNotes = field(default_factory=PolicyNotes)
    names: dict[int, str] = field(default_factory=dict)

    def named(self, ids: list[int]) -> str:
        return ", ".join(self.names.get(one, "Somebody") for one in ids)

    @property
    def not_declared(self) -> list[int]:
        """Those who are expected and have not said yet whether they have an interest."""
        assert self.panel is not None and self.forecast is not None
        expected = {s.user_id for s in self.forecast.present}
        return [s.user_id for s in self.panel.sitters if not s.declared and not s.barred and s.user_id in expected]

    @property
    def left_out(self) -> list[tuple[str, str]]:
        """Who does not count towards this item and why, apart from those who are simply not there."""
        assert self.forecast is not None
        out = self.forecast.quorate.left_out
        return [(self.names.get(u, "Somebody"), why) for u, why in out.items() if why != "not there"]


@dataclass(frozen=True)
class MeetingPage:
    meeting: Meeting
    commissioner: str
    seats: list[SeatRow]
    items: list[ItemRow]
    may_sit: list[tuple[str, str]]
    can_be_added: list[tuple[str, str]]
    later: list[Meeting]
    # The commissioners of a meeting in common; empty where there is one.
    served: list[tuple[str, str]]
    # How often somebody leaves because of a conflict, in this order and in the best one.
    leaving: tuple[int, int]
    # What those who sit have stopped over, or ask about the patient.
    calls: list[Call]

    @property
    def not_invited(self) -> int:
        return sum(one.seat.invited_at is None and not one.seat.apologies for one in self.seats)

    @property
    def waiting(self) -> list[ItemRow]:
        return [one for one in self.items if one.item.ended_at is None and one.item.taken_at is None]

    @property
    def for_one_guest(self) -> list[tuple[str, str]]:
        """The items for which alone a guest may sit."""
        return [
            (str(one.item.id), f"Item {one.item.position} only")
            for one in self.items
            if not one.private and one.item.kind == DECIDE and one.item.ended_at is None
        ]


@dataclass(frozen=True)
class MyItem:
    """One line of the agenda as a member sees it. Before the interest is declared it says nothing of the case."""

    item_id: int
    position: int
    interest: str
    part_id: int | None = None
    case: Case | None = None
    ended: str = ""
    has_view: bool = False
    chairs: bool = False
    taken: bool = False
    # Counts on the item, so may have a dissent recorded.
    counts: bool = False
    # The promised invitation of the patient is missing, and this person chairs the item.
    not_invited: bool = False
    to_receive: bool = False


@dataclass(frozen=True)
class MyMeeting:
    meeting: Meeting
    commissioner: str
    capacity: str
    items: list[MyItem]
    seat: Seat


@dataclass(frozen=True)
class MyPart:
    """A case in which somebody has a part outside any meeting: an urgent decision that the chair is asked for."""

    part_id: int
    declared: bool
    taken: bool
    case: Case | None


# --- for the secretary ----------------------------------------------------------------------------------------------------


def meetings_of(by: User) -> list[MeetingRow]:
    """The meetings that somebody keeps, the latest first."""
    keeps = {o.id: o.name for o in services.commissioners_of(by)}
    meetings = db.session.scalars(
        select(Meeting).where(Meeting.commissioner_id.in_(keeps)).order_by(Meeting.held_on.desc(), Meeting.id.desc())
    ).all()
    ids = [m.id for m in meetings]
    seats = _count(Seat, ids)
    items = _count(AgendaItem, ids)
    short = _without_quorum([m for m in meetings if m.closed_at is None], by)
    return [
        MeetingRow(m, keeps[m.commissioner_id], seats.get(m.id, 0), items.get(m.id, 0), *short.get(m.id, (0, 0)))
        for m in meetings
    ]


def _without_quorum(meetings: list[Meeting], by: User) -> dict[int, tuple[int, int]]:
    """What the list says of the meetings that are not over, in as many questions for many meetings as for one."""
    ids = [m.id for m in meetings]
    seats: dict[int, list[Seat]] = {}
    for seat in db.session.scalars(select(Seat).where(Seat.meeting_id.in_(ids)).order_by(Seat.id)):
        seats.setdefault(seat.meeting_id, []).append(seat)
    items: dict[int, list[AgendaItem]] = {}
    for item in db.session.scalars(select(AgendaItem).where(AgendaItem.meeting_id.in_(ids), AgendaItem.ended_at.is_(None))):
        items.setdefault(item.meeting_id or 0, []).append(item)
    cases = _visible_cases([item.case_id for found in items.values() for item in found], by)
    return without_quorum(meetings, seats, items, cases)


def _count(model: type[Seat] | type[AgendaItem], meetings: list[int]) -> dict[int, int]:
    query = select(model.meeting_id).where(model.meeting_id.in_(meetings))
    if model is AgendaItem:
        query = query.where(AgendaItem.ended_as.is_distinct_from("removed"))
    counts: dict[int, int] = {}
    for one in db.session.scalars(query):
        counts[one or 0] = counts.get(one or 0, 0) + 1
    return counts


def meeting_page(meeting_id: int, by: User) -> MeetingPage:
    """One meeting with its agenda. A case that this person may not see is a private item."""
    meeting = services.visible_meeting(meeting_id, by)
    seats = seats_of(meeting.id)
    names = people_named(s.user_id for s in seats)
    items = [one for one in items_of(meeting.id) if one.ended_as != "removed"]
    seen = _visible_cases([one.case_id for one in items], by)
    taken = {s.user_id for s in seats}
    served = _commissioner_names(services.served_by(meeting))
    asked = asked_for(seen.values())
    names |= people_named(row.user_id for rows in asked.registers.values() for row in rows)
    return MeetingPage(
        meeting=meeting,
        commissioner=next(o.name for o in services.commissioners_of(by) if o.id == meeting.commissioner_id),
        seats=_seat_rows(seats, names, served, items, who_may_chair(meeting.commissioner_id, meeting.held_on)),
        items=[_item_row(one, seen.get(one.case_id), meeting, seats, names, asked, by) for one in items],
        may_sit=_may_sit(meeting, list(served), taken, names),
        can_be_added=[(str(c.id), f"{c.key}: {c.treatment}") for c in agenda.can_be_added(meeting, by)],
        later=_other_meetings(meeting),
        served=[(str(one), name) for one, name in served.items()] if len(served) > 1 else [],
        leaving=agenda.how_often_somebody_leaves(meeting),
        calls=calls_at(meeting.id, by),
    )


def _may_sit(meeting: Meeting, served: list[int], taken: set[int], names: dict[int, str]) -> list[tuple[str, str]]:
    """Who has no seat yet: those of the standing register first, with whom they stand in for and why they do not vote."""
    register = {one.user_id: one for id in reversed(served) for one in standing(id, meeting.held_on)}
    people = [user for user in seats_services.who_may_sit(meeting) if user.id not in taken]
    people.sort(key=lambda user: user.id not in register)
    return [(str(user.id), _who(user) + _stands(register.get(user.id), names)) for user in people]


def _stands(one: Standing | None, names: dict[int, str]) -> str:
    if one is None:
        return ""
    deputy = f"deputy for {names[one.deputy_of_id]}" if one.deputy_of_id in names else ""
    return "".join(f", {words}" for words in (deputy, one.not_voting) if words)


def _visible_cases(ids: list[int], by: User) -> dict[int, Case]:
    return {case.id: case for case in db.session.scalars(cases_visible_to(by).where(Case.id.in_(ids)))}


def _who(user: User) -> str:
    profession = PROFESSIONS.get(user.profession or "", "")
    return f"{user.name} ({profession})" if profession else user.name


def _seat_rows(
    seats: list[Seat], names: dict[int, str], served: dict[int, str], items: list[AgendaItem], chairs: set[int] | None
) -> list[SeatRow]:
    rows = [_seat_row(one, names, served, items) for one in seats]
    return [replace(row, may_chair=chairs is None or row.user_id in chairs) for row in rows]


def _seat_row(seat: Seat, names: dict[int, str], served: dict[int, str], items: list[AgendaItem]) -> SeatRow:
    only = next((one for one in items if one.case_id == seat.only_case_id), None)
    return SeatRow(
        user_id=seat.user_id,
        name=names.get(seat.user_id, ""),
        capacity=CAPACITIES[seat.capacity],
        profession=PROFESSIONS.get(seat.profession or "", "Not recorded"),
        voting=seat.voting,
        status=_attendance(seat),
        seat=seat,
        votes_for=", ".join(served.get(one, "") for one in seat.votes_for or []),
        only_for=f"item {only.position} only" if only else "",
    )


def _attendance(seat: Seat) -> str:
    if seat.left_at is not None:
        return "Lost the connection" if seat.left_because == LOST else "Has left"
    if seat.arrived_at is not None:
        return "Here, by video" if seat.how == BY_VIDEO else "Here"
    return "Sends apologies" if seat.apologies else "Expected"


def _item_row(
    item: AgendaItem,
    case: Case | None,
    meeting: Meeting,
    seats: list[Seat],
    names: dict[int, str],
    asked: Asked,
    by: User,
) -> ItemRow:
    if case is None:
        return ItemRow(item=item, private=True)
    ended = ENDED_WORDS.get(item.ended_as or "", "")
    if item.kind == RECEIVE or item.ended_at is not None:
        return ItemRow(
            item=item, private=False, case=case, state=label_of(case), ended=ended, names=names,
            needs_deputy=agenda.chair_is_out(item, case),
        )
    offers = [o for o in workflow.moves_open_to(case, by) if o.trigger in MOVES_AT_MEETING]
    expected = forecast(item, case, meeting, seats, asked)
    names = names | people_named(one for some in expected.mending for one in some if one not in names)
    panel = panel_for(item, case, seats)
    return ItemRow(
        item=item,
        private=False,
        case=case,
        state=label_of(case),
        panel=panel,
        needs_deputy=(panel if item.taken_at else expected.panel).chair_id is None,
        forecast=panel if meeting.is_open else expected.panel,
        mending=[" and ".join(names.get(one, "Somebody") for one in some) for some in expected.mending],
        offers=sorted(offers, key=lambda o: MOVES_AT_MEETING.index(o.trigger)),
        papers_changed=_papers_changed(item, case),
        papers_checked=not checking.what_is_open(case),
        notes=policy_notes(case, by),
        names=names,
    )


def _papers_changed(item: AgendaItem, case: Case) -> bool:
    """Whether something came in since the papers were issued that nobody has let in or kept out."""
    return item.taken_at is None and bool(late.arrivals(item, case))


def _other_meetings(meeting: Meeting) -> list[Meeting]:
    return list(
        db.session.scalars(
            select(Meeting)
            .where(
                services.serves(meeting.commissioner_id), Meeting.closed_at.is_(None), Meeting.id != meeting.id
            )
            .order_by(Meeting.held_on)
        )
    )


# --- for a member ---------------------------------------------------------------------------------------------------------


def my_meetings(by: User) -> list[MyMeeting]:
    """The meetings at which somebody sits, the next first, with what may be shown of each item."""
    rows = db.session.execute(
        select(Seat, Meeting).join(Meeting, Meeting.id == Seat.meeting_id).where(Seat.user_id == by.id)
    ).all()
    rows = sorted(rows, key=lambda row: (row.Meeting.closed_at is not None, row.Meeting.held_on, row.Meeting.id))
    parts = _my_parts(by)
    names = _commissioner_names([row.Meeting.commissioner_id for row in rows])
    return [
        MyMeeting(
            row.Meeting, names[row.Meeting.commissioner_id], CAPACITIES[row.Seat.capacity],
            [
                _my_item(item, parts, row.Seat, by)
                for item in items_of(row.Meeting.id)
                if _is_before_members(item) and row.Seat.sits_on(item.case_id)
            ],
            row.Seat,
        )
        for row in rows
    ]


def my_invitation(meeting_id: int, by: User) -> bytes:
    """The entry of a meeting for somebody's calendar. Raises NotVisible for who has no seat there."""
    meeting = db.session.get(Meeting, meeting_id)
    if meeting is None or services.seat_of(meeting_id, by.id) is None:
        raise NotVisible(str(meeting_id))
    return calendar_for(meeting, by, CANCEL if meeting.is_cancelled else REQUEST)


def _commissioner_names(ids: list[int]) -> dict[int, str]:
    return {o.id: o.name for o in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}


def _is_before_members(item: AgendaItem) -> bool:
    return item.ended_as not in _NOT_BEFORE_MEMBERS


def _my_parts(by: User) -> dict[int, Involvement]:
    """The part in each case on which an interest is declared; one with a conflict stands for all."""
    rows = db.session.scalars(
        select(Involvement).where(
            Involvement.user_id == by.id,
            Involvement.until_at.is_(None),
            Involvement.capacity.in_(AT_MEETINGS),
            Involvement.interest.is_distinct_from(HANDED_OVER),
        )
    )
    rank = (UNDECLARED, CLEAR, CONFLICTED)
    parts: dict[int, Involvement] = {}
    for row in rows:
        held = parts.get(row.case_id)
        if held is None or rank.index(row.interest or UNDECLARED) > rank.index(held.interest or UNDECLARED):
            parts[row.case_id] = row
    return parts


def _my_item(item: AgendaItem, parts: dict[int, Involvement], seat: Seat, by: User) -> MyItem:
    if item.kind == RECEIVE:
        return MyItem(item.id, item.position, CLEAR, to_receive=True, ended=ENDED_WORDS.get(item.ended_as or "", ""))
    part = parts.get(item.case_id)
    interest = (part.interest if part else None) or UNDECLARED
    if part is None or interest == CONFLICTED:
        return MyItem(item.id, item.position, CONFLICTED)
    if interest == UNDECLARED:
        return MyItem(item.id, item.position, UNDECLARED, part_id=part.id)
    return MyItem(
        item_id=item.id,
        position=item.position,
        interest=CLEAR,
        part_id=part.id,
        case=db.session.get(Case, item.case_id),
        ended=ENDED_WORDS.get(item.ended_as or "", ""),
        has_view=services.view_of(item, by.id) is not None,
        chairs=bool(item.proof and item.proof.get("chair") == by.id),
        taken=item.taken_at is not None,
        counts=bool(item.proof and by.id in item.proof.get("counted", [])),
        not_invited=seat.capacity == CHAIR and promises.waits_for_the_chair(db.session.get_one(Case, item.case_id), by),
    )


def my_other_parts(by: User) -> list[MyPart]:
    """Cases in which somebody is asked to act and which stand on no agenda of his or hers."""
    seated = select(AgendaItem.case_id).join(Seat, Seat.meeting_id == AgendaItem.meeting_id).where(
        Seat.user_id == by.id, AgendaItem.kind == DECIDE
    )
    on_agenda = set(db.session.scalars(seated))
    found = []
    for case_id, part in _my_parts(by).items():
        if case_id in on_agenda or part.interest == CONFLICTED:
            continue
        case = db.session.get_one(Case, case_id)
        machine = workflow.definition_of(case)
        taken = machine.find("confirm_funded", case.state) is not None
        if not taken and machine.find("decide_urgently", case.state) is None:
            continue
        declared = part.interest == CLEAR
        found.append(MyPart(part.id, declared, taken, case if declared else None))
    return found


def views_in_words(item: AgendaItem, case: Case, by: User) -> list[tuple[str, str, View]]:
    """The members' views, for the secretary and for who chairs the item: name, leaning, view."""
    if not case.capacities(by) & {Role.PANEL_SECRETARY, Role.PANEL_CHAIR}:
        return []
    rows = services.views_of(item.id)
    names = people_named(row.user_id for row in rows)
    return [(names[row.user_id], LEANINGS[row.leaning], row) for row in rows]
