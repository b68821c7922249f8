"""What the pages of this room show: the list of meetings, one meeting, what a member has before him or her, the papers."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ifr import workflow
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, UNDECLARED, Case, Involvement
from ifr.cases.policy_notes import PolicyNotes, policy_notes
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.panels import services
from ifr.panels.checking import services as checking
from ifr.panels.interests.services import AT_MEETINGS
from ifr.panels.models import CAPACITIES, DECIDE, LEANINGS, RECEIVE, AgendaItem, Meeting, Seat, View
from ifr.panels.papers import papers_of
from ifr.panels.sitting import Panel, forecast_for, items_of, panel_for, seats_of
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
    to_receive: bool = False


@dataclass(frozen=True)
class MyMeeting:
    meeting: Meeting
    commissioner: str
    capacity: str
    items: list[MyItem]


@dataclass(frozen=True)
class MyPart:
    """A case in which somebody has a part outside any meeting: an urgent decision that the chair is asked for."""

    part_id: int
    declared: bool
    taken: bool
    case: Case | None


@dataclass(frozen=True)
class PapersPage:
    item: AgendaItem
    case: Case
    papers: dict[str, Any]
    frozen: bool
    kept: list[str]
    view: View | None
    may_write_view: bool
    views: list[tuple[str, str, View]]
    notes: PolicyNotes


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
    return [MeetingRow(m, keeps[m.commissioner_id], seats.get(m.id, 0), items.get(m.id, 0)) for m in meetings]


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
    return MeetingPage(
        meeting=meeting,
        commissioner=next(o.name for o in services.commissioners_of(by) if o.id == meeting.commissioner_id),
        seats=[_seat_row(s, names) for s in seats],
        items=[_item_row(one, seen.get(one.case_id), meeting, seats, names, by) for one in items],
        may_sit=[(str(u.id), _who(u)) for u in services.who_may_sit(meeting) if u.id not in taken],
        can_be_added=[(str(c.id), f"{c.key}: {c.treatment}") for c in services.can_be_added(meeting, by)],
        later=_other_meetings(meeting),
    )


def _visible_cases(ids: list[int], by: User) -> dict[int, Case]:
    return {case.id: case for case in db.session.scalars(cases_visible_to(by).where(Case.id.in_(ids)))}


def _who(user: User) -> str:
    profession = PROFESSIONS.get(user.profession or "", "")
    return f"{user.name} ({profession})" if profession else user.name


def _seat_row(seat: Seat, names: dict[int, str]) -> SeatRow:
    return SeatRow(
        user_id=seat.user_id,
        name=names.get(seat.user_id, ""),
        capacity=CAPACITIES[seat.capacity],
        profession=PROFESSIONS.get(seat.profession or "", "Not recorded"),
        voting=seat.voting,
        status=_attendance(seat),
        seat=seat,
    )


def _attendance(seat: Seat) -> str:
    if seat.left_at is not None:
        return "Has left"
    if seat.arrived_at is not None:
        return "Here"
    return "Sends apologies" if seat.apologies else "Expected"


def _item_row(
    item: AgendaItem, case: Case | None, meeting: Meeting, seats: list[Seat], names: dict[int, str], by: User
) -> ItemRow:
    if case is None:
        return ItemRow(item=item, private=True)
    ended = ENDED_WORDS.get(item.ended_as or "", "")
    if item.kind == RECEIVE or item.ended_at is not None:
        return ItemRow(item=item, private=False, case=case, state=label_of(case), ended=ended, names=names)
    offers = [o for o in workflow.moves_open_to(case, by) if o.trigger in MOVES_AT_MEETING]
    forecast = forecast_for(item, case, seats, meeting_open=meeting.is_open)
    panel = panel_for(item, case, seats)
    return ItemRow(
        item=item,
        private=False,
        case=case,
        state=label_of(case),
        panel=panel,
        needs_deputy=forecast.chair_id is None,
        forecast=panel if meeting.is_open else forecast,
        offers=sorted(offers, key=lambda o: MOVES_AT_MEETING.index(o.trigger)),
        papers_changed=_papers_changed(item, case),
        papers_checked=not checking.what_is_open(case),
        notes=policy_notes(case, by),
        names=names,
    )


def _papers_changed(item: AgendaItem, case: Case) -> bool:
    """Whether something came in since the papers were frozen, so that the panel has not been shown it."""
    if item.manifest is None or item.taken_at is not None:
        return False
    return bool(item.manifest[0]["sha256"] != papers_of(case).sha256)


def _other_meetings(meeting: Meeting) -> list[Meeting]:
    return list(
        db.session.scalars(
            select(Meeting)
            .where(
                Meeting.commissioner_id == meeting.commissioner_id, Meeting.closed_at.is_(None), Meeting.id != meeting.id
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
            [_my_item(item, parts, row.Seat, by) for item in items_of(row.Meeting.id) if _is_before_members(item)],
        )
        for row in rows
    ]


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


def papers_page(meeting_id: int, item_id: int, by: User) -> PapersPage:
    """The papers of an item as they were frozen, before that as they stand. Raises NotVisible for who may not read them."""
    item = services.item_at(meeting_id, item_id)
    case = services.case_of(item, by)
    if not services.may_read_papers(case, item, by):
        raise NotVisible(str(item_id))
    papers = item.papers if item.papers is not None else papers_of(case).as_facts()
    sha256 = item.manifest[0]["sha256"] if item.manifest else papers_of(case).sha256
    sits = services.seat_of(meeting_id, by.id) is not None
    return PapersPage(
        item=item,
        case=case,
        papers=papers,
        frozen=item.papers is not None,
        kept=checking.kept_places(case, sha256),
        view=services.view_of(item, by.id) if sits else None,
        may_write_view=sits and item.kind == DECIDE and item.ended_at is None,
        views=views_in_words(item, case, by),
        notes=policy_notes(case, by),
    )


def views_in_words(item: AgendaItem, case: Case, by: User) -> list[tuple[str, str, View]]:
    """The members' views, for the secretary and for who chairs the item: name, leaning, view."""
    if not case.capacities(by) & {Role.PANEL_SECRETARY, Role.PANEL_CHAIR}:
        return []
    rows = services.views_of(item.id)
    names = people_named(row.user_id for row in rows)
    return [(names[row.user_id], LEANINGS[row.leaning], row) for row in rows]
