"""The tables of changes to the days off: what is to be added or taken out, who approved it, and each date that it moves."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

_WAITING = text("done_at IS NULL")


class DaysOffChange(Model):
    """Days proposed for the table, or proposed to be taken out of it. Nothing moves before somebody has approved it."""

    __tablename__ = "days_off_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    # Whose closure it is; none for a bank holiday, which is everybody's.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    source: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def is_open(self) -> bool:
        return self.approved_at is None and self.withdrawn_at is None


class ChangedDay(Model):
    """One day of a change."""

    __tablename__ = "changed_days"
    __table_args__ = (UniqueConstraint("change_id", "off_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("days_off_changes.id"))
    off_on: Mapped[date]
    name: Mapped[str]
    taken_out: Mapped[bool] = mapped_column(default=False)


class DateMove(Model):
    """One deadline whose date an approved change moves: as the preview showed it, and what came of it.

    A deadline whose clock stands still has no old and no new day, and nothing is left to do for it.
    """

    __tablename__ = "date_moves"
    __table_args__ = (
        UniqueConstraint("change_id", "deadline_id"),
        # What the worker still has to do, however many are done.
        Index("ix_date_moves_waiting", "stream", "change_id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("days_off_changes.id"))
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"))
    stream: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    label: Mapped[str]
    # Whether somebody outside the office was told the day, and is told the new one.
    told: Mapped[bool]
    old_on: Mapped[date | None]
    new_on: Mapped[date | None]
    # The day to which it came; another than the preview's where something happened to the request in between.
    came_to_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    # The step that told it; none where nobody outside the office had been told a day.
    move_id: Mapped[int | None] = mapped_column(ForeignKey("moves.id"))
