"""The tables of challenges: a reconsideration because there is something new, an appeal because of how it was decided."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock, profiles
from ifr.access import Role
from ifr.cases.identity import Sealed
from ifr.cases.models import Case
from ifr.cases.services import OFFICE, PROVIDER_SIDE
from ifr.db import Model, db

APPELLANTS = {
    "clinician": "The requesting clinician",
    "patient": "The patient",
    "representative": "Somebody on the patient’s behalf",
}
AUTHORITY = {"given": "Authority is on file", "to_follow": "Authority to follow"}
MADE_OUT, NOT_MADE_OUT = "made_out", "not_made_out"
FOUND = {MADE_OUT: "Made out", NOT_MADE_OUT: "Not made out"}
YES_NO = {"yes": "Yes", "no": "No"}
NO_GROUND, LATE = "no_ground", "late"
REFUSED_BECAUSE = {
    NO_GROUND: "Nothing in it, read with every ground in mind, supports a ground of appeal",
    LATE: "It came after the last day for appeals, and the reason for that is not accepted",
}
ACCEPT, REFUSE = "accept", "refuse"
REOPEN_FOR = {
    "check": "The check of what was sent",
    "screening": "Screening",
    "panel": "The panel",
}


def case_of(case_id: int) -> Case:
    """The case of a challenge, which is never deleted while a challenge stands on it."""
    found = db.session.get(Case, case_id)
    assert found is not None
    return found


class Appeal(Model):
    """One appeal against one decision of a case. Its state is set by `workflow.move` alone."""

    __tablename__ = "appeals"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    _state: Mapped[str] = mapped_column("state", default=profiles.NEW)
    version: Mapped[int] = mapped_column(default=0)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))
    due_on: Mapped[date | None]

    # The decision under appeal: the move that brought it, and its record where a panel made one.
    decision_move_id: Mapped[int] = mapped_column(ForeignKey("moves.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision_records.id"))

    appellant: Mapped[str]
    representative_name: Mapped[str | None] = mapped_column(Sealed)
    representative_address: Mapped[str | None] = mapped_column(Sealed)
    authority: Mapped[str | None]
    received_at: Mapped[datetime]
    lodged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # As it was written. Whoever sits in review reads the second text, from which identity has been taken.
    statement: Mapped[str]
    statement_for_review: Mapped[str] = mapped_column(default="")
    sorted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    late: Mapped[bool] = mapped_column(default=False)
    late_because: Mapped[str] = mapped_column(default="")
    late_accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    late_accepted_because: Mapped[str] = mapped_column(default="")

    refused_because: Mapped[str | None]
    refusal_reasons: Mapped[str] = mapped_column(default="")
    refusal_plain_reasons: Mapped[str] = mapped_column(default="")
    first_signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    first_signed_at: Mapped[datetime | None]

    review_on: Mapped[date | None]
    review_place: Mapped[str] = mapped_column(default="")
    decision_reasons: Mapped[str] = mapped_column(default="")
    plain_reasons: Mapped[str] = mapped_column(default="")

    @property
    def state(self) -> str:
        return self._state

    @property
    def stream(self) -> str:
        return f"appeal:{self.id}"

    @property
    def case(self) -> Case:
        return case_of(self.case_id)

    @property
    def profile(self) -> profiles.Profile:
        return self.case.profile

    @property
    def key(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.case.key}/A{self.number}"

    @property
    def received_on(self) -> date:
        return clock.day_of(self.received_at)

    def capacities(self, user: Any) -> set[Role]:
        """What somebody is in the case; a review member only of the appeal on which he or she sits."""
        held = self.case.capacities(user)
        if Role.REVIEW_PANEL_MEMBER in held and not sits_on(self.id, user):
            held = held - {Role.REVIEW_PANEL_MEMBER}
        return held

    def visible_to(self, user: Any) -> bool:
        """The office, the requesting clinician and those who sit in review; nobody of the panel that decided before."""
        if user.id is None:
            return True
        return bool(self.capacities(user) & (OFFICE | PROVIDER_SIDE | {Role.REVIEW_PANEL_MEMBER}))


class Ground(Model):
    """One ground of the profile, read against one appeal: whether the letter supports it, and what the review found."""

    __tablename__ = "appeal_grounds"
    __table_args__ = (UniqueConstraint("appeal_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    number: Mapped[int]
    key: Mapped[str]
    text: Mapped[str]
    # Whether the appellant named it; the officer reads the letter for every other ground too.
    claimed: Mapped[bool] = mapped_column(default=False)
    supported: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")
    found: Mapped[str] = mapped_column(default="")
    material: Mapped[str] = mapped_column(default="")
    reasons: Mapped[str] = mapped_column(default="")
    found_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def is_sorted(self) -> bool:
        return bool(self.supported and self.said.strip())

    @property
    def is_raised(self) -> bool:
        """Whether the review panel is to answer it."""
        return self.supported == "yes"

    @property
    def is_found(self) -> bool:
        material = self.found == NOT_MADE_OUT or bool(self.material)
        return bool(self.found and material and self.reasons.strip())

    @property
    def is_material(self) -> bool:
        return self.is_raised and self.found == MADE_OUT and self.material == "yes"


class ReviewSeat(Model):
    """Somebody's place on the review panel of one appeal. Interests are declared on the part in the case that goes with it."""

    __tablename__ = "review_seats"
    __table_args__ = (
        Index(
            "ix_review_seats_once", "appeal_id", "user_id", unique=True,
            sqlite_where=text("left_at IS NULL"), postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_review_seats_user", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    involvement_id: Mapped[int] = mapped_column(ForeignKey("involvements.id"))
    chairs: Mapped[bool] = mapped_column(default=False)
    profession: Mapped[str | None]
    invited_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class AppealDirection(Model):
    """What the review panel tells the next panel to do. It becomes a direction of the case when the outcome is issued."""

    __tablename__ = "appeal_directions"
    __table_args__ = (UniqueConstraint("appeal_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    number: Mapped[int]
    text: Mapped[str]
    differently_constituted: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Reconsideration(Model):
    """A request to look again because there is something new. The case keeps its state meanwhile."""

    __tablename__ = "reconsiderations"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    _state: Mapped[str] = mapped_column("state", default=profiles.NEW)
    version: Mapped[int] = mapped_column(default=0)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))
    due_on: Mapped[date | None]

    decision_move_id: Mapped[int] = mapped_column(ForeignKey("moves.id"), index=True)
    from_appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    what_is_new: Mapped[str]

    # What the first of the two proposes; the second makes the move. A change to the record takes the signature away.
    proposed: Mapped[str | None]
    reopen_for: Mapped[str | None]
    reasons: Mapped[str] = mapped_column(default="")
    plain_reasons: Mapped[str] = mapped_column(default="")
    first_signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    first_signed_at: Mapped[datetime | None]

    @property
    def state(self) -> str:
        return self._state

    @property
    def stream(self) -> str:
        return f"reconsideration:{self.id}"

    @property
    def case(self) -> Case:
        return case_of(self.case_id)

    @property
    def profile(self) -> profiles.Profile:
        return self.case.profile

    @property
    def key(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.case.key}/R{self.number}"

    @property
    def received_at(self) -> datetime:
        return self.asked_at

    @property
    def received_on(self) -> date:
        return clock.day_of(self.asked_at)

    def capacities(self, user: Any) -> set[Role]:
        return self.case.capacities(user)

    def visible_to(self, user: Any) -> bool:
        if user.id is None:
            return True
        return bool(self.capacities(user) & (OFFICE | PROVIDER_SIDE))


class NewItem(Model):
    """One thing that is said to be new: was it before the panel already, and could it change an answer?"""

    __tablename__ = "new_items"
    __table_args__ = (UniqueConstraint("reconsideration_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    reconsideration_id: Mapped[int] = mapped_column(ForeignKey("reconsiderations.id"))
    number: Mapped[int]
    text: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    was_before_panel: Mapped[str] = mapped_column(default="")
    could_change: Mapped[str] = mapped_column(default="")
    reasons: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def is_answered(self) -> bool:
        return bool(self.was_before_panel and self.could_change and self.reasons.strip())


def sits_on(appeal_id: int, user: Any) -> bool:
    """Whether somebody has a place on the review panel of this appeal now."""
    query = select(ReviewSeat.id).where(
        ReviewSeat.appeal_id == appeal_id, ReviewSeat.user_id == user.id, ReviewSeat.left_at.is_(None)
    )
    return db.session.scalar(query) is not None
