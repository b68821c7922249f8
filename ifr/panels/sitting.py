"""Who sits on one item: interests, the quorum worked out for that item, who chairs it, and the proof that is frozen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select

from ifr import clock
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, UNDECLARED, Case, Involvement
from ifr.cases.services import SITTING
from ifr.db import db
from ifr.panels import quorum
from ifr.panels.models import CHAIR, DECIDE, AgendaItem, Barred, Meeting, Seat
from ifr.panels.quorum import Quorate, Sitter
from ifr.screening.models import ScreeningRecord


@dataclass(frozen=True)
class Panel:
    """The panel as it is for one item: who sits, what the quorum is, who chairs."""

    sitters: tuple[Sitter, ...]
    quorate: Quorate
    chair_id: int | None

    @property
    def present(self) -> list[Sitter]:
        return [s for s in self.sitters if s.present]

    @property
    def undeclared(self) -> list[int]:
        return [s.user_id for s in self.present if not s.declared and not s.barred]

    @property
    def barred(self) -> list[int]:
        return [s.user_id for s in self.sitters if s.barred]

    @property
    def conflicted(self) -> list[int]:
        return [s.user_id for s in self.sitters if s.conflicted]


def seats_of(meeting_id: int) -> list[Seat]:
    return list(db.session.scalars(select(Seat).where(Seat.meeting_id == meeting_id).order_by(Seat.id)))


def items_of(meeting_id: int) -> list[AgendaItem]:
    query = select(AgendaItem).where(AgendaItem.meeting_id == meeting_id).order_by(AgendaItem.position, AgendaItem.id)
    return list(db.session.scalars(query))


def open_item_of(case: Case) -> AgendaItem | None:
    """Where a case stands to be decided now."""
    return db.session.scalars(
        select(AgendaItem).where(
            AgendaItem.case_id == case.id, AgendaItem.kind == DECIDE, AgendaItem.ended_at.is_(None)
        )
    ).first()


def meeting_of(item: AgendaItem | None) -> Meeting | None:
    return db.session.get(Meeting, item.meeting_id) if item is not None and item.meeting_id else None


def interests_in(case_id: int) -> dict[int, str]:
    """What each person who sits on a case has said. A conflict in one part of the case holds in every other."""
    rows = db.session.execute(
        select(Involvement.user_id, Involvement.interest).where(
            Involvement.case_id == case_id,
            Involvement.until_at.is_(None),
            or_(Involvement.capacity.in_([r.value for r in SITTING]), Involvement.interest == CONFLICTED),
        )
    )
    said: dict[int, str] = {}
    rank = (UNDECLARED, CLEAR, CONFLICTED)
    for row in rows:
        interest = row.interest or UNDECLARED
        said[row.user_id] = max(interest, said.get(row.user_id, UNDECLARED), key=rank.index)
    return said


def who_screened(case_id: int) -> set[int]:
    """Everybody who screened a case or signed for its screening."""
    parts = db.session.scalars(
        select(Involvement.user_id).where(
            Involvement.case_id == case_id, Involvement.capacity == Role.SCREENER.value
        )
    )
    records = db.session.execute(
        select(ScreeningRecord.concluded_by_id, ScreeningRecord.countersigned_by_id).where(
            ScreeningRecord.case_id == case_id
        )
    )
    signed = {user for row in records for user in row if user is not None}
    return set(parts) | signed


def who_is_barred(case_id: int) -> set[int]:
    return set(db.session.scalars(select(Barred.user_id).where(Barred.case_id == case_id)))


def sitters_of(case_id: int, seats: Iterable[Seat]) -> tuple[Sitter, ...]:
    """Those who sit, as they stand to one case."""
    interests, screened, barred = interests_in(case_id), who_screened(case_id), who_is_barred(case_id)
    return tuple(
        Sitter(
            user_id=seat.user_id,
            capacity=seat.capacity,
            profession=seat.profession,
            voting=seat.voting,
            present=seat.is_present,
            conflicted=interests.get(seat.user_id) == CONFLICTED,
            declared=interests.get(seat.user_id) in (CLEAR, CONFLICTED),
            screened=seat.user_id in screened,
            barred=seat.user_id in barred,
        )
        for seat in seats
    )


def panel_for(item: AgendaItem, case: Case, seats: Iterable[Seat] | None = None) -> Panel:
    """The panel that is in the room for an item now."""
    seats = seats_of(item.meeting_id or 0) if seats is None else list(seats)
    return _panel(item, case, sitters_of(case.id, seats))


def forecast_for(item: AgendaItem, case: Case, seats: Iterable[Seat], *, meeting_open: bool = False) -> Panel:
    """The panel if those who have not said so have no interest: before the meeting everybody who has not sent apologies,
    at the meeting those who are there."""
    seats = list(seats)
    expected = {seat.user_id for seat in seats if (seat.is_present if meeting_open else seat.is_expected)}
    sitters = tuple(
        replace(s, present=s.user_id in expected, declared=True) for s in sitters_of(case.id, seats)
    )
    return _panel(item, case, sitters)


def _panel(item: AgendaItem, case: Case, sitters: tuple[Sitter, ...]) -> Panel:
    quorate = quorum.for_panel(sitters, case.profile.panel)
    return Panel(sitters, quorate, _chair(item, sitters, quorate))


def _chair(item: AgendaItem, sitters: tuple[Sitter, ...], quorate: Quorate) -> int | None:
    """Who chairs: whoever was named for this item, else the chair of the meeting; nobody who cannot vote on it."""
    named = [item.deputy_id] if item.deputy_id else [s.user_id for s in sitters if s.capacity == CHAIR]
    return next((user_id for user_id in named if user_id in quorate.counted), None)


def proof_of(item: AgendaItem, case: Case) -> dict[str, Any]:
    """What is frozen when an item is opened: who was there, who left for it and why, the quorum and its source."""
    panel = panel_for(item, case)
    return {
        **panel.quorate.as_facts(),
        "meeting": item.meeting_id,
        "at": clock.now().isoformat(),
        "chair": panel.chair_id,
        "present": [
            {"user": s.user_id, "capacity": s.capacity, "profession": s.profession, "voting": s.voting}
            for s in panel.present
            if not s.conflicted and not s.barred
        ],
        "conflicted": [s.user_id for s in panel.present if s.conflicted],
    }
