"""Packs that were asked for and made, and what came after the papers were issued."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

WAITING, MAKING, READY, FAILED = "waiting", "making", "ready", "failed"
STATES = {
    WAITING: "Waiting to be made",
    MAKING: "Being made",
    READY: "Ready",
    FAILED: "Could not be made",
}

LEAVE, REFUSED, UNANSWERED = "leave", "refused", "unanswered"
ANSWERS = {
    LEAVE: "Added with the chair’s leave",
    REFUSED: "The chair gave no leave",
    UNANSWERED: "Came too late: the item was opened without it",
}

_UNDONE = "state IN ('waiting', 'making')"


class Pack(Model):
    """One pack, made for one person: of a whole meeting, or of one item. It is asked for once for the same contents."""

    __tablename__ = "packs"
    __table_args__ = (
        UniqueConstraint("user_id", "contents_sha256"),
        Index("ix_packs_meeting", "meeting_id", "user_id"),
        # Few packs wait at any time.
        Index("ix_packs_undone", "id", sqlite_where=text(_UNDONE), postgresql_where=text(_UNDONE)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # Of what is in it and for whom: the same contents are not made twice.
    contents_sha256: Mapped[str]
    # The items of which it tells. Whoever may no longer read one of them may not open the pack.
    items: Mapped[list[int]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default=WAITING)
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    failed_because: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    pages: Mapped[int | None]

    @property
    def stream(self) -> str:
        return f"pack:{self.id}"

    @property
    def words(self) -> str:
        return STATES[self.state]


class LatePaper(Model):
    """Something that came after the papers of an item were issued, and what its chair said to it.

    What was added with leave is kept as the panel had it. `place` and `sha256` name what it is, so that the same thing is
    asked about once.
    """

    __tablename__ = "late_papers"
    __table_args__ = (UniqueConstraint("item_id", "place", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"))
    number: Mapped[int]
    place: Mapped[str]
    sha256: Mapped[str]
    title: Mapped[str]
    # [heading, text] of what was added; a document has its line of the manifest instead.
    says: Mapped[list[list[str]]] = mapped_column(JSON)
    entry: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    answer: Mapped[str]
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
