"""Groups of like requests that are watched, and what the policy lead made of each."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

# What a policy lead answers: it is taken up as a service development, or these patients are no group.
TAKEN_UP, NO_GROUP = "taken_up", "no_group"


class GroupWatch(Model):
    """Like requests of one commissioner that reached the number at which it looks whether others may need the same."""

    __tablename__ = "group_watches"
    __table_args__ = (Index("ix_group_watches_commissioner_id", "commissioner_id", "answered_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    treatment: Mapped[str]
    condition: Mapped[str]
    raised_at: Mapped[datetime]
    # What the profile asked for on that day; how many came a year before these, and how often chance alone would bring so
    # many. None where less than a year before them is on record.
    threshold: Mapped[int]
    months: Mapped[int]
    usual_a_year: Mapped[float | None]
    by_chance: Mapped[float | None]

    # The draft of a service development, which the policy lead writes and answers.
    group: Mapped[str] = mapped_column(default="")
    expected: Mapped[str] = mapped_column(default="")
    meanwhile: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None]
    because: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]


class GroupRequest(Model):
    """A request that is counted in a group. It goes its own way whatever becomes of the group."""

    __tablename__ = "group_requests"
    __table_args__ = (UniqueConstraint("watch_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("group_watches.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    # How alike it is in each of the three, in words for the policy lead.
    alike: Mapped[str]
