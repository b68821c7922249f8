"""The tables of the clock: deadlines, what stopped and extended them, and the days on which no office works."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model
from ifr.profiles import Length, Unit

BANK_HOLIDAY, CLOSURE = "bank_holiday", "closure"
_OPEN = text("met_at IS NULL AND cancelled_at IS NULL")
_LOOKED_AT = text("look_at IS NOT NULL")
_IN_FORCE = text("taken_out_at IS NULL")


class Deadline(Model):
    """One date by which something is to happen in one stream, with the rule that was in force when it began."""

    __tablename__ = "deadlines"
    __table_args__ = (
        Index("ix_deadlines_open", "organisation_id", "due_on", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        # What the worker has to look at next, however many are open.
        Index("ix_deadlines_look_at", "look_at", "id", sqlite_where=_LOOKED_AT, postgresql_where=_LOOKED_AT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(index=True)
    # The commissioner, whose closures count.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    label: Mapped[str]
    # Who has to act: office, clinician, appellant, other_body.
    whose: Mapped[str] = mapped_column(default="office")
    urgent: Mapped[bool] = mapped_column(default=False)
    opened_by: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    started_on: Mapped[date]
    length: Mapped[int]
    unit: Mapped[str]
    source: Mapped[str]
    # The steps whose pause holds this deadline; those that hold another leave it running.
    stops_for: Mapped[list[str]] = mapped_column(JSON, default=list)
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    met_by: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.cancelled_at is None

    @property
    def ended_at(self) -> datetime | None:
        return self.met_at or self.cancelled_at

    @property
    def is_late(self) -> bool:
        """Whether it is, or was when it was met, past its end."""
        return self.due_at is not None and self.cancelled_at is None and (self.met_at or clock.now()) >= self.due_at

    @property
    def rule(self) -> Length:
        return Length(length=self.length, unit=Unit(self.unit), source=self.source)


class Extension(Model):
    """More time for one deadline: how much, why, who gave it and who agreed. It counts from the day the deadline had."""

    __tablename__ = "deadline_extensions"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str | None] = mapped_column(unique=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"), index=True)
    length: Mapped[int]
    unit: Mapped[str]
    source: Mapped[str]
    reason: Mapped[str]
    agreed_with: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    @property
    def stretch(self) -> Length:
        return Length(length=self.length, unit=Unit(self.unit), source=self.source)


class Pause(Model):
    """A stretch of time in which some deadlines of a stream stand still: since when, by which step and by whom."""

    __tablename__ = "pauses"

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(index=True)
    opened_by: Mapped[str]
    because: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class DeadlineStep(Model):
    """A step that the worker has taken for a deadline as it then stood: a reminder, an escalation, a proposal. Once each."""

    __tablename__ = "deadline_steps"
    __table_args__ = (UniqueConstraint("deadline_id", "step", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"))
    step: Mapped[str]
    due_on: Mapped[date]
    at: Mapped[datetime]


class DayOff(Model):
    """A day on which no office works: a bank holiday of England and Wales, or a closure of one organisation.

    One that is taken out of the table stays as a row, since what had ended by then was counted with it.
    """

    __tablename__ = "days_off"
    __table_args__ = (
        Index(
            "ix_days_off_in_force", "off_on", "kind", "organisation_id", unique=True,
            sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    off_on: Mapped[date]
    kind: Mapped[str]
    name: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    source: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_out_at: Mapped[datetime | None]
