"""A change of what a commissioner holds itself to, from its draft to the version that it became."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

_IN_HAND = text("ended_at IS NULL")


class ProfileChange(Model):
    """One change of a commissioner's profile. Only one of a commissioner is in hand at a time, so that nobody publishes over
    what another has just published.

    `text` is the whole profile as it would be. `against_id` is the version with which it was compared when it was proposed,
    `definition_id` the one that it became; a change that ended without one was withdrawn.
    """

    __tablename__ = "profile_changes"
    __table_args__ = (
        Index("ix_profile_changes_in_hand", "organisation_id", unique=True, sqlite_where=_IN_HAND, postgresql_where=_IN_HAND),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    base_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))
    text: Mapped[str]
    first_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    # That a version which is published already begins later, and takes this one's place then, was seen and is meant so.
    until_next: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    against_id: Mapped[int | None] = mapped_column(ForeignKey("definitions.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    definition_id: Mapped[int | None] = mapped_column(ForeignKey("definitions.id"), unique=True)

    @property
    def is_proposed(self) -> bool:
        return self.proposed_at is not None
