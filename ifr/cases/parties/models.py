"""What is kept of a death."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ifr.cases.identity import Sealed
from ifr.db import Model


class Death(Model):
    """Somebody has told the office that the patient has died: from whom it is known, and whether it was a mistake."""

    __tablename__ = "deaths"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    died_on: Mapped[date | None]
    # From whom it is known: it may name somebody of the family.
    source: Mapped[str] = mapped_column(Sealed)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # Somebody beside the patient to whom the office writes, chosen by name.
    next_of_kin_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reversed_because: Mapped[str] = mapped_column(default="")


class TelephoneOutcome(Model):
    """Somebody was told of a decision on the telephone: who, when, by whom, and what was said."""

    __tablename__ = "telephone_outcomes"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    told: Mapped[str]
    name: Mapped[str] = mapped_column(Sealed)
    said: Mapped[str]
    called_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    # The step that the call became; none before it is made.
    move_id: Mapped[int | None] = mapped_column(ForeignKey("moves.id"))


class ClinicianChange(Model):
    """Another clinician has taken a request on, of the same provider or of another."""

    __tablename__ = "clinician_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    before_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    after_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    provider_before_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    provider_after_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    # The step that the change became; none before it is made.
    move_id: Mapped[int | None] = mapped_column(ForeignKey("moves.id"))
