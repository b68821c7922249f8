"""The decision record: what was decided, by whom, under which authority and why. One a round; none is ever deleted."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

PANEL, CHAIRS_ACTION, SCREENING = "panel", "chairs_action", "screening"
FUNDED, FUNDED_IN_PART, NOT_FUNDED = "funded", "funded_in_part", "not_funded"

OUTCOMES = {FUNDED: "To fund", FUNDED_IN_PART: "To fund in part", NOT_FUNDED: "Not to fund"}
DECIDED = {
    FUNDED: "The treatment is funded.",
    FUNDED_IN_PART: "The treatment is funded in part.",
    NOT_FUNDED: "The treatment is not funded.",
}
COMPARATOR_ANSWERS = {"confirmed": "Confirmed as it stands in the request", "replaced": "Replaced by another group"}

FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
VOTES = {FOR: "For", AGAINST: "Against", ABSTAIN: "Abstained"}

DOCUMENT, REFERENCE, STATEMENT = "document", "reference", "statement"
RELIED_ON, ADDS_NOTHING, NOT_READ = "relied_on", "adds_nothing", "not_read"
EXHIBIT_ANSWERS = {RELIED_ON: "Relied on", ADDS_NOTHING: "Read, adds nothing", NOT_READ: "Not read"}

FOLLOWED, DEPARTED, NOT_RELEVANT = "followed", "departed", "not_relevant"
GUIDANCE_ANSWERS = {
    FOLLOWED: "Followed",
    DEPARTED: "Departed from",
    NOT_RELEVANT: "Does not bear on this request",
}


class DecisionRecord(Model):
    """One decision on one case in one round: a draft until the chair confirms it.

    "None" is an answer to conditions, amount and validity, so that each says whether it was answered.
    """

    __tablename__ = "decision_records"
    __table_args__ = (
        UniqueConstraint("case_id", "round", "kind"),
        Index("ix_decision_records_case", "case_id", "confirmed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    round: Mapped[int]
    kind: Mapped[str]
    agenda_item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_items.id"))
    # When the decision was taken: the item was closed, or the chair acted.
    taken_at: Mapped[datetime | None]

    # The aim that the request states, as it stood when the record was begun: the criteria are answered against it.
    aim: Mapped[str] = mapped_column(default="")

    outcome: Mapped[str | None]
    comparator_answer: Mapped[str | None]
    comparator: Mapped[str] = mapped_column(default="")
    comparator_because: Mapped[str] = mapped_column(default="")
    # For everything that is not reached: the answer that decides the request ("question:distinct"), and more in words.
    not_reached_by: Mapped[str] = mapped_column(default="")
    not_reached_because: Mapped[str] = mapped_column(default="")
    in_the_round: Mapped[str] = mapped_column(default="")
    reasons: Mapped[str] = mapped_column(default="")
    plain_reasons: Mapped[str] = mapped_column(default="")
    would_change: Mapped[str] = mapped_column(default="")
    equality: Mapped[str] = mapped_column(default="")
    human_rights: Mapped[str] = mapped_column(default="")
    health_inequality: Mapped[str] = mapped_column(default="")
    # Asked only where the patient is a child.
    best_interests: Mapped[str] = mapped_column(default="")
    what_is_funded: Mapped[str] = mapped_column(default="")
    what_is_not_funded: Mapped[str] = mapped_column(default="")

    conditions_answer: Mapped[str | None]
    amount_answer: Mapped[str | None]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    amount_words: Mapped[str] = mapped_column(default="")
    validity_answer: Mapped[str | None]
    valid_until_on: Mapped[date | None]

    # Every document, reference and statement that has no answer of its own was read and adds nothing of its own.
    everything_else_read: Mapped[bool] = mapped_column(default=False)

    # Votes are rows of their own. Of records from before that only the numbers are known.
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    votes_abstained: Mapped[int | None]
    dissent: Mapped[str] = mapped_column(default="")
    # How the chair decided a tie, where the profile gives a casting vote.
    casting_vote: Mapped[str | None]

    # Only for a chair's action.
    harm_of_waiting: Mapped[str] = mapped_column(default="")
    # Within hours: fewer clinicians are heard, and by an hour that is kept here the action is reported to the office.
    life_or_limb: Mapped[bool] = mapped_column(default=False)
    report_by_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]

    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime | None]
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    authority_key: Mapped[str | None]
    # A draft that was left: the chair referred the request on, or it was decided by another route.
    left_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.left_at is None

    @property
    def is_chairs_action(self) -> bool:
        return self.kind == CHAIRS_ACTION


class Condition(Model):
    """One condition under which funding is given, and how it is measured."""

    __tablename__ = "conditions"
    __table_args__ = (UniqueConstraint("decision_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"))
    number: Mapped[int]
    text: Mapped[str]
    measure: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]


class ClinicianHeard(Model):
    """A clinician whom the chair heard before an urgent decision, and what he or she said."""

    __tablename__ = "clinicians_heard"
    __table_args__ = (UniqueConstraint("decision_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"))
    number: Mapped[int]
    name: Mapped[str]
    role: Mapped[str]
    heard_on: Mapped[date | None]
    said: Mapped[str]

    @property
    def is_complete(self) -> bool:
        return bool(self.name.strip() and self.role.strip() and self.heard_on and self.said.strip())


class Vote(Model):
    """How one member voted on one decision, for which commissioner, and a dissent in the member's own words."""

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("decision_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    # Empty for a member who has written a dissent while the vote is not recorded yet.
    vote: Mapped[str] = mapped_column(default="")
    dissent: Mapped[str] = mapped_column(default="")
    dissent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class ExhibitAnswer(Model):
    """What the panel made of one document, reference or statement that was before it."""

    __tablename__ = "exhibit_answers"
    __table_args__ = (UniqueConstraint("decision_id", "kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"))
    kind: Mapped[str]
    number: Mapped[int]
    answer: Mapped[str]
    # The point or question for which it was relied on, as in `not_reached_by`.
    about: Mapped[str] = mapped_column(default="")
    because: Mapped[str] = mapped_column(default="")


class GuidanceAnswer(Model):
    """Whether the panel followed one piece of national guidance that the papers name."""

    __tablename__ = "guidance_answers"
    __table_args__ = (UniqueConstraint("decision_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"))
    reference: Mapped[str]
    answer: Mapped[str]
    because: Mapped[str] = mapped_column(default="")
    # Asked where the reason is no more than disagreement with the guidance.
    different: Mapped[str] = mapped_column(default="")


class KeptReason(Model):
    """Somebody was asked whether these words are a reason, and said that they are."""

    __tablename__ = "kept_reasons"
    __table_args__ = (UniqueConstraint("decision_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision_records.id"))
    place: Mapped[str]
    text: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class Direction(Model):
    """What a review panel directed when it sent a decision back. The next decision answers each."""

    __tablename__ = "directions"
    __table_args__ = (UniqueConstraint("appeal_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    # The appeal stands in a later room, so it is named by its number alone.
    appeal_id: Mapped[int]
    number: Mapped[int]
    text: Mapped[str]
    differently_constituted: Mapped[bool] = mapped_column(default=False)
    given_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    # The decision that answered it, set when that decision is confirmed.
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision_records.id"))
