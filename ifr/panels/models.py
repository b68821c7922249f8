"""Meetings, who sits at them, what stands on their agenda and what was before the panel."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr.access import Role
from ifr.db import Model

CHAIR, MEMBER, GUEST, ADVISER = "chair", "member", "guest", "adviser"

CAPACITIES = {
    CHAIR: "Chair",
    MEMBER: "Member",
    GUEST: "Guest member (of another commissioner)",
    ADVISER: "Adviser (does not vote)",
}
# An adviser reads the papers like a member, so he or she declares interests and has taken part.
ROLE_OF_SEAT = {
    CHAIR: Role.PANEL_CHAIR,
    MEMBER: Role.PANEL_MEMBER,
    GUEST: Role.GUEST_MEMBER,
    ADVISER: Role.PANEL_MEMBER,
}

DECIDE, RECEIVE = "decide", "receive"

LEANINGS = {
    "fund": "To fund",
    "fund_in_part": "To fund in part",
    "not_fund": "Not to fund",
    "undecided": "Not settled yet",
}


class Meeting(Model):
    """One meeting of a commissioner's panel. It is planned, then open, then closed, and says so by when."""

    __tablename__ = "meetings"
    __table_args__ = (Index("ix_meetings_day", "commissioner_id", "held_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    held_on: Mapped[date]
    place: Mapped[str]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def stream(self) -> str:
        return f"meeting:{self.id}"

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    @property
    def is_ahead(self) -> bool:
        return self.opened_at is None and self.closed_at is None

    @property
    def words(self) -> str:
        if self.closed_at is not None:
            return "Closed"
        return "Open now" if self.is_open else "Planned"


class Seat(Model):
    """Somebody's place at one meeting, with the profession that he or she had then."""

    __tablename__ = "seats"
    __table_args__ = (UniqueConstraint("meeting_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    capacity: Mapped[str]
    profession: Mapped[str | None]
    voting: Mapped[bool] = mapped_column(default=True)
    apologies: Mapped[bool] = mapped_column(default=False)
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    @property
    def is_present(self) -> bool:
        return self.arrived_at is not None and self.left_at is None

    @property
    def is_expected(self) -> bool:
        return not self.apologies and self.left_at is None


class AgendaItem(Model):
    """One case on one agenda: to be decided, or an urgent decision to be received.

    An item to receive may wait without a meeting until the next one is made. What was before the panel is frozen when the
    case is listed, who could decide when the item is opened.
    """

    __tablename__ = "agenda_items"
    __table_args__ = (
        # A case stands to be decided on one agenda at a time.
        Index(
            "ix_agenda_items_once", "case_id", unique=True,
            sqlite_where=text("kind = 'decide' AND ended_at IS NULL"),
            postgresql_where=text("kind = 'decide' AND ended_at IS NULL"),
        ),
        Index("ix_agenda_items_meeting", "meeting_id", "position"),
        Index("ix_agenda_items_case", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(default=DECIDE)
    position: Mapped[int]
    added_at: Mapped[datetime]
    carried_from_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"))
    # Who chairs this item where the chair of the meeting leaves for it.
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    listed_at: Mapped[datetime | None]
    papers: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    manifest: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)

    taken_at: Mapped[datetime | None]
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    # How the item came to its end: decided, deferred, unlisted, removed, withdrawn, carried_forward or received.
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")


class View(Model):
    """What a member without a conflict wrote about an item, before the meeting or at it."""

    __tablename__ = "panel_views"
    __table_args__ = (UniqueConstraint("item_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    leaning: Mapped[str]
    at: Mapped[datetime]


class PapersCheck(Model):
    """Somebody read the papers of a case for what could identify the patient. It holds for those very papers."""

    __tablename__ = "papers_checks"
    __table_args__ = (UniqueConstraint("case_id", "papers_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    papers_sha256: Mapped[str]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    read_at: Mapped[datetime | None]


class HitAnswer(Model):
    """What somebody made of one place in the papers that agrees with the patient's identity.

    The place is named by a digest, so that this row says nothing about who the patient is. Words that must stay take a
    second person.
    """

    __tablename__ = "papers_hits"
    __table_args__ = (UniqueConstraint("check_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("papers_checks.id"))
    place: Mapped[str]
    answer: Mapped[str]
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class Barred(Model):
    """Somebody who may not sit on a case again: a review panel asked for a differently constituted panel."""

    __tablename__ = "barred_members"
    __table_args__ = (UniqueConstraint("case_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    barred_at: Mapped[datetime]
