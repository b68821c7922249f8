"""What the clock has done beside the deadlines of requests: steps of the upkeep of policies, and records to be reviewed."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model


class UpkeepStep(Model):
    """A reminder about a policy that was given: before or after its review, or after a question. Once each."""

    __tablename__ = "upkeep_steps"
    __table_args__ = (UniqueConstraint("about", "step", "counted_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # "review:12" of a version, "question:3" of what its owner was asked.
    about: Mapped[str]
    step: Mapped[str]
    counted_from: Mapped[date]
    at: Mapped[datetime]


class RetentionReview(Model):
    """A request whose record has been kept for as long as the commissioner says: somebody looks at it. Nothing is disposed
    of by this row."""

    __tablename__ = "retention_reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    last_step_on: Mapped[date]
    years: Mapped[int]
    source: Mapped[str]
    opened_at: Mapped[datetime]
