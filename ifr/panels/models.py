"""Meetings, who sits at them, what stands on their agenda and what was before the panel."""

from datetime import date, datetime, time
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


IN_THE_ROOM, BY_VIDEO = "in_the_room", "by_video"
HOW_SOMEBODY_IS_THERE = {IN_THE_ROOM: "in the room", BY_VIDEO: "by video"}

LEFT, LOST, CONFLICT, ITEM_ENDED = "left", "lost_connection", "conflict", "item_ended"
WHY_SOMEBODY_LEFT = {
    LEFT: "left",
    LOST: "lost the connection",
    CONFLICT: "left because of a conflict of interest",
    ITEM_ENDED: "stayed to the end",
}


class Meeting(Model):
    """One meeting of a commissioner's panel. It is planned, then open, then closed or cancelled, and says so by when.

    One meeting may serve several commissioners: the one that holds it, and those of its rows in `meeting_commissioners`.
    """

    __tablename__ = "meetings"
    __table_args__ = (Index("ix_meetings_day", "commissioner_id", "held_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    held_on: Mapped[date]
    place: Mapped[str]
    # The number or the name that the commissioner gives the meeting.
    number: Mapped[str] = mapped_column(default="")
    # The hours, by the clock in London; none where only the day is known.
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    # Shown to those who sit, and to nobody else.
    link: Mapped[str] = mapped_column(default="")
    # How often the day, an hour or the place has changed: a calendar tells the later invitation from the earlier by it.
    sequence: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    # A meeting that is cancelled is closed by that, and says why.
    closed_at: Mapped[datetime | None]
    cancelled_because: Mapped[str | None]

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
    def is_cancelled(self) -> bool:
        return self.cancelled_because is not None

    @property
    def hours(self) -> str:
        """From when to when, in words; empty where only the day is known."""
        if self.starts is None:
            return ""
        return f"{self.starts:%H:%M}" + (f" to {self.ends:%H:%M}" if self.ends else "")

    @property
    def words(self) -> str:
        if self.is_cancelled:
            return "Cancelled"
        if self.closed_at is not None:
            return "Closed"
        return "Open now" if self.is_open else "Planned"


class MeetingCommissioner(Model):
    """Another commissioner whose requests a meeting in common decides beside those of the one that holds it."""

    __tablename__ = "meeting_commissioners"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)


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
    # The commissioners for which somebody votes at a meeting in common; none is every commissioner of the meeting.
    votes_for: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    # A guest who sits for one request only is nobody at the other items.
    only_case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    apologies: Mapped[bool] = mapped_column(default=False)
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    how: Mapped[str] = mapped_column(default=IN_THE_ROOM)
    left_because: Mapped[str | None]
    invited_at: Mapped[datetime | None]

    @property
    def is_present(self) -> bool:
        return self.arrived_at is not None and self.left_at is None

    @property
    def is_expected(self) -> bool:
        return not self.apologies and self.left_at is None

    def sits_on(self, case_id: int) -> bool:
        return self.only_case_id in (None, case_id)

    def votes_on(self, commissioner_id: int) -> bool:
        return self.votes_for is None or commissioner_id in self.votes_for


class Attendance(Model):
    """From when until when somebody was there for one item, how, and why it ended.

    Who joins once the discussion has begun counts only with the chair's minute.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        # Somebody is there once at a time.
        Index(
            "ix_attendances_once", "item_id", "user_id", unique=True,
            sqlite_where=text("until_at IS NULL"), postgresql_where=text("until_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    how: Mapped[str]
    ended_because: Mapped[str | None]
    late: Mapped[bool] = mapped_column(default=False)
    minute: Mapped[str] = mapped_column(default="")
    minuted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    minuted_at: Mapped[datetime | None]

    @property
    def counts(self) -> bool:
        return not self.late or bool(self.minute)


class AgendaItem(Model):
    """One case on one agenda: to be decided, or an urgent decision to be received.

    An item to receive may wait without a meeting until the next one is made. What was before the panel is frozen when the
    case is listed, who could decide when the item is opened and again when it is closed: the vote is what counts.
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
    # A keyed hash of what is known of the patient: papers are checked anew where a name or a number was put right.
    looked_for: Mapped[str] = mapped_column(default="")
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
