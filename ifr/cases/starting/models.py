"""What was ticked before a request was begun, and how often somebody went elsewhere instead."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class StartAnswer(Model):
    """The ticks with which one request was begun, and why it is sent all the same where a tick advised something else."""

    __tablename__ = "start_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    ticks: Mapped[list[str]] = mapped_column(JSON)
    because: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class StartEnded(Model):
    """Somebody ended on that page without sending anything. Neither the person nor the patient stands here, nor the hour."""

    __tablename__ = "starts_ended"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    ended_on: Mapped[date]
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    ticks: Mapped[list[str]] = mapped_column(JSON)
