"""Who sits on one item: interests, the quorum worked out for that item, who chairs it, and the proof that is frozen."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, or_, select

from ifr import clock
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, HANDED_OVER, UNDECLARED, Case, Involvement
from ifr.cases.services import SITTING
from ifr.db import db
from ifr.panels import quorum
from ifr.panels.interests.walls import cleared_in
from ifr.panels.members.models import PanelMember
from ifr.panels.members.services import not_voting, rows_of
from ifr.panels.models import CHAIR, CONFLICT, DECIDE, AgendaItem, Attendance, Barred, Meeting, Seat
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


@dataclass(frozen=True)
class Standing:
    """How people stand to one case: what each has said, who screened it, who may not sit on it again."""

    interests: dict[int, str] = field(default_factory=dict)
    screened: set[int] = field(default_factory=set)
    barred: set[int] = field(default_factory=set)
    # Who had a conflict that was lifted, and chairs this case no more at this meeting.
    handed_over: set[int] = field(default_factory=set)


# The standing registers of some commissioners, by the commissioner.
Registers = dict[int, list[PanelMember]]


def standings(case_ids: Iterable[int]) -> dict[int, Standing]:
    """How people stand to some cases, in as many questions to the database for many as for one."""
    found = {one: Standing() for one in case_ids}
    for row in db.session.execute(
        select(Involvement.case_id, Involvement.user_id, Involvement.interest).where(
            Involvement.case_id.in_(found),
            or_(
                and_(Involvement.until_at.is_(None), Involvement.capacity.in_([r.value for r in SITTING])),
                Involvement.interest == CONFLICTED,
            ),
        )
    ):
        if row.interest == HANDED_OVER:
            found[row.case_id].handed_over.add(row.user_id)
            continue
        said = found[row.case_id].interests
        said[row.user_id] = max(row.interest or UNDECLARED, said.get(row.user_id, UNDECLARED), key=_RANK.index)
    _add_who_screened(found)
    for one in db.session.execute(select(Barred.case_id, Barred.user_id).where(Barred.case_id.in_(found))):
        found[one.case_id].barred.add(one.user_id)
    return found


_RANK = (UNDECLARED, CLEAR, CONFLICTED)


def _add_who_screened(found: dict[int, Standing]) -> None:
    """Everybody who screened a case or signed for its screening."""
    for row in db.session.execute(
        select(Involvement.case_id, Involvement.user_id).where(
            Involvement.case_id.in_(found), Involvement.capacity == Role.SCREENER.value
        )
    ):
        found[row.case_id].screened.add(row.user_id)
    for record in db.session.execute(
        select(ScreeningRecord.case_id, ScreeningRecord.concluded_by_id, ScreeningRecord.countersigned_by_id).where(
            ScreeningRecord.case_id.in_(found)
        )
    ):
        found[record.case_id].screened.update({record.concluded_by_id, record.countersigned_by_id} - {None})


def interests_in(case_id: int) -> dict[int, str]:
    """What each person who sits on a case has said. A conflict in one part of the case holds in every other."""
    return standings([case_id])[case_id].interests


def who_is_barred(case_id: int) -> set[int]:
    return set(db.session.scalars(select(Barred.user_id).where(Barred.case_id == case_id)))


def sitters_of(
    case: Case, seats: Iterable[Seat], standing: Standing | None = None, registers: Registers | None = None
) -> tuple[Sitter, ...]:
    """Those who sit on one case, as they stand to it. A guest who sits for another case only is nobody here.

    `standing` and `registers` are what a caller has read for many cases at once.
    """
    here = [seat for seat in seats if seat.sits_on(case.id)]
    if not here:
        return ()
    standing = standing or standings([case.id])[case.id]
    rows = (rows_of([case.commissioner_id]) if registers is None else registers).get(case.commissioner_id, [])
    on = db.session.get_one(Meeting, here[0].meeting_id).held_on
    no_vote = not_voting(rows, on, case.profile)
    return tuple(_sitter(case, seat, standing, no_vote) for seat in here)


def _sitter(case: Case, seat: Seat, standing: Standing, no_vote: dict[int, str]) -> Sitter:
    said = standing.interests.get(seat.user_id)
    return Sitter(
        user_id=seat.user_id,
        capacity=seat.capacity,
        profession=seat.profession,
        voting=seat.voting,
        present=seat.is_present,
        conflicted=said == CONFLICTED,
        declared=said in (CLEAR, CONFLICTED),
        screened=seat.user_id in standing.screened,
        barred=seat.user_id in standing.barred,
        handed_over=seat.user_id in standing.handed_over,
        no_vote=no_vote.get(seat.user_id) if seat.votes_on(case.commissioner_id) else "votes for another commissioner",
    )


def panel_for(item: AgendaItem, case: Case, seats: Iterable[Seat] | None = None) -> Panel:
    """The panel that is there for an item now: before it is opened those in the meeting, afterwards those at the item."""
    seats = seats_of(item.meeting_id or 0) if seats is None else list(seats)
    sitters = sitters_of(case, seats)
    rows = attendances_of([item.id]) if item.taken_at is not None else []
    if rows:
        there = {row.user_id: row for row in rows if row.until_at is None}
        sitters = tuple(
            replace(s, present=s.user_id in there, late=s.user_id in there and not there[s.user_id].counts) for s in sitters
        )
    return _panel(item, case, sitters)


def attendances_of(item_ids: Iterable[int]) -> list[Attendance]:
    """Who was there for some items from when until when, in the order in which they came."""
    query = select(Attendance).where(Attendance.item_id.in_(list(item_ids)))
    return list(db.session.scalars(query.order_by(Attendance.item_id, Attendance.from_at, Attendance.id)))


def forecast_for(
    item: AgendaItem,
    case: Case,
    seats: Iterable[Seat],
    *,
    meeting_open: bool = False,
    standing: Standing | None = None,
    registers: Registers | None = None,
) -> Panel:
    """The panel if those who have not said so have no interest: before the meeting everybody who has not sent apologies,
    at the meeting those who are there."""
    seats = list(seats)
    expected = {seat.user_id for seat in seats if (seat.is_present if meeting_open else seat.is_expected)}
    sitters = tuple(
        replace(s, present=s.user_id in expected, declared=True) for s in sitters_of(case, seats, standing, registers)
    )
    return _panel(item, case, sitters)


def _panel(item: AgendaItem, case: Case, sitters: tuple[Sitter, ...]) -> Panel:
    quorate = quorum.for_panel(sitters, case.profile.panel)
    return Panel(sitters, quorate, _chair(item, sitters, quorate))


def _chair(item: AgendaItem, sitters: tuple[Sitter, ...], quorate: Quorate) -> int | None:
    """Who chairs: whoever was named for this item, else the chair of the meeting; nobody who cannot vote on it."""
    named = [item.deputy_id] if item.deputy_id else [s.user_id for s in sitters if s.capacity == CHAIR]
    cannot = {s.user_id for s in sitters if s.handed_over}
    return next((user_id for user_id in named if user_id in quorate.counted and user_id not in cannot), None)


def proof_of(item: AgendaItem, case: Case) -> dict[str, Any]:
    """What is frozen when an item is opened, and again when it is closed: who was there, who left for it and why, the
    quorum and its source, and for which commissioner it was."""
    panel = panel_for(item, case)
    return {
        **panel.quorate.as_facts(),
        "meeting": item.meeting_id,
        "commissioner": case.commissioner_id,
        "at": clock.now().isoformat(),
        "chair": panel.chair_id,
        "present": [
            {"user": s.user_id, "capacity": s.capacity, "profession": s.profession, "voting": s.voting}
            for s in panel.present
            if not s.conflicted and not s.barred
        ],
        "conflicted": [s.user_id for s in panel.present if s.conflicted],
        "cleared": cleared_in(case.id),
    }


def proof_at_the_end(item: AgendaItem, case: Case) -> dict[str, Any]:
    """The proof at the vote, which is what counts, with who was there when the item was opened and all who came and went."""
    opened = dict(item.proof or {})
    proof, rows = proof_of(item, case), attendances_of([item.id])
    gone = {row.user_id for row in rows if row.ended_because == CONFLICT}
    still = {one["user"] for one in proof["present"]}
    return {
        **proof,
        "conflicted": sorted({*opened.get("conflicted", []), *proof["conflicted"], *gone}),
        "left_before_vote": sorted({row.user_id for row in rows} - still - gone),
        "attendance": [
            {
                "user": row.user_id, "from": row.from_at.isoformat(), "until": row.until_at and row.until_at.isoformat(),
                "how": row.how, "because": row.ended_because, "late": row.late, "minute": row.minute,
            }
            for row in rows
        ],
        "at_opening": opened.get("at_opening") or opened,
    }


def proof_without(proof: dict[str, Any], user_id: int) -> dict[str, Any]:
    """The proof at the vote where somebody who was there turns out to have a conflict of interest: as if he or she had left."""
    stay = [one for one in proof.get("counted", []) if one != user_id]
    present = [one for one in proof.get("present", []) if one["user"] != user_id]
    had = quorum.count(
        Sitter(one["user"], one["capacity"], one["profession"], one["voting"], present=True)
        for one in present
        if one["user"] in stay
    )
    needed = quorum.Count(**proof["needed"])
    return {
        **proof,
        **quorum.Quorate(needed, had, proof["source"], {}, tuple(stay)).as_facts(),
        "left_out": proof["left_out"],
        "present": present,
        "conflicted": sorted({*proof.get("conflicted", []), user_id}),
        "chair": None if proof.get("chair") == user_id else proof.get("chair"),
    }
