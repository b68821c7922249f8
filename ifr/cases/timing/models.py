"""Matters of a request that have a date of their own, and the dates that are explained in a letter."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class Matter(Model):
    """Something that came beside the request and has to be answered by a day of its own. It changes no decision."""

    __tablename__ = "matters"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    received_on: Mapped[date]
    answered_on: Mapped[date | None]
    # Its date; none where the request works under a machine or a profile that knows no such deadline.
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadlines.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DateToExplain(Model):
    """A deadline that somebody of the office chose to explain to the clinician in a letter."""

    __tablename__ = "dates_to_explain"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # When its letter was queued; none while it waits for that.
    queued_at: Mapped[datetime | None]
