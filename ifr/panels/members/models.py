"""Who stands on the panel of a commissioner, and the register of what each has an interest in."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model
from ifr.panels.models import ADVISER, CHAIR, MEMBER

DEPUTY_CHAIR = "deputy_chair"

CAPACITIES = {
    CHAIR: "Chair",
    DEPUTY_CHAIR: "Deputy chair",
    MEMBER: "Member",
    ADVISER: "Adviser (does not vote)",
}

EMPLOYMENT, PRACTICE, ORGANISATION, SHARES, FAMILY, OTHER = (
    "employment", "practice", "organisation", "shares", "family", "other",
)
KINDS = {
    EMPLOYMENT: "Where I work, or worked in the last years",
    PRACTICE: "A GP practice: where I work, am a partner, or am registered",
    ORGANISATION: "Another organisation: a charity, a society, a company I advise",
    SHARES: "Shares, research money, gifts or a sponsor",
    FAMILY: "Somebody close to me who works in health care",
    OTHER: "Anything else",
}


class PanelMember(Model):
    """Somebody's place on the standing panel of one commissioner. Whoever votes for two commissioners has a row for each."""

    __tablename__ = "panel_members"
    __table_args__ = (Index("ix_panel_members_place", "commissioner_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=0)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    capacity: Mapped[str]
    # Whose place he or she takes when that person cannot sit.
    deputy_of_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    trained_on: Mapped[date | None]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def stream(self) -> str:
        return f"panel_member:{self.id}"

    @property
    def last_on(self) -> date | None:
        """The last day of the place: of the term, or the earlier one on which it was ended."""
        return min((one for one in (self.until_on, self.ended_on) if one is not None), default=None)

    def stands_on(self, on: date) -> bool:
        return self.from_on <= on and (self.last_on is None or on <= self.last_on)


class RegisteredInterest(Model):
    """One line of a member's register of interests. It is ended and never written anew."""

    __tablename__ = "registered_interests"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str]
    # Chosen from the registers where the organisation or practice is known there.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    practice_code: Mapped[str | None]
    department: Mapped[str] = mapped_column(default="")
    # Somebody who works in health care; never a patient.
    person: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]


class InterestsConfirmed(Model):
    """A member said that the register of his or her interests was complete, or that there is nothing to declare."""

    __tablename__ = "interests_confirmed"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    nothing: Mapped[bool] = mapped_column("nothing_declared")
    at: Mapped[datetime]
