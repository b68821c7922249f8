"""Who opened which papers, who stopped in the middle of them, what was asked about the patient, and how a conflict was lifted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ifr.cases.identity import Sealed
from ifr.db import Model


class Opening(Model):
    """Somebody opened a page, a file or a document of the papers of a case. `what` names it without its title."""

    __tablename__ = "paper_openings"
    __table_args__ = (Index("ix_paper_openings_case", "case_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    # None for papers that stood on no agenda: an urgent decision, a review.
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    what: Mapped[str]
    at: Mapped[datetime]


class Stop(Model):
    """Somebody found in the middle of the papers that he or she knows the person, with what had been opened until then."""

    __tablename__ = "interest_stops"
    __table_args__ = (Index("ix_interest_stops_case", "case_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    # Whether the panel was considering the item at that moment.
    during: Mapped[bool]
    # What had been opened: what it was, since when, and when last.
    open_then: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    @property
    def seen(self) -> list[tuple[str, datetime, datetime, int]]:
        """What had been opened, since when, when last, and how often."""
        at = datetime.fromisoformat
        return [(one["what"], at(one["since"]), at(one["last"]), one["times"]) for one in self.open_then]


class IdentityQuestion(Model):
    """A member asks the secretary whether the patient is somebody, in words that nobody else reads. Answered yes or no."""

    __tablename__ = "identity_questions"
    __table_args__ = (Index("ix_identity_questions_case", "case_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    words: Mapped[str] = mapped_column(Sealed)
    asked_at: Mapped[datetime]
    is_that_person: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Why it is no conflict of interest all the same: for whoever may clear it.
    why_not: Mapped[str | None] = mapped_column(Sealed)


class Clearing(Model):
    """One person's word that there is no conflict of interest after all. For a chair it takes two such rows.

    `lifted_at` stands once the conflict is lifted; `meeting_id` is the meeting at which the case stood then.
    """

    __tablename__ = "interest_clearings"
    __table_args__ = (Index("ix_interest_clearings_case", "case_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    because: Mapped[str]
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
