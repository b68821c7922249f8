"""The minutes of a meeting: what the secretary notes, who agreed them, and what was agreed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class Minutes(Model):
    """The minutes of one meeting: a draft of the secretary, then shown to whoever chaired, then agreed and frozen."""

    __tablename__ = "minutes"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), unique=True)
    # Raised with every change, so that nobody agrees to what he or she has not read.
    version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(default="")
    agreed_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    @property
    def is_draft(self) -> bool:
        return self.shown_at is None and self.agreed_at is None

    @property
    def words(self) -> str:
        if self.agreed_at is not None:
            return "Agreed"
        return "With the chair" if self.shown_at is not None else "Draft"


class MinuteNote(Model):
    """One version of what the secretary noted on a part of the minutes. No version is ever written over."""

    __tablename__ = "minute_notes"
    __table_args__ = (UniqueConstraint("minutes_id", "part", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(ForeignKey("minutes.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"))
    part: Mapped[str]
    number: Mapped[int]
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class MinuteAgreement(Model):
    """Somebody who chaired the meeting, or an item of it, agreed the minutes as far as they are open to him or her."""

    __tablename__ = "minute_agreements"
    __table_args__ = (UniqueConstraint("minutes_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(ForeignKey("minutes.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
