"""What was done to a decision after its confirmation. The decision itself is never deleted: these rows stand beside it."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

SLIP, SET_ASIDE, ORDER = "slip", "set_aside", "order"
KINDS = {SLIP: "A slip corrected", SET_ASIDE: "The decision set aside", ORDER: "An order carried out"}

# What may be corrected as a slip: the words of the record. Who decided, what, for how much and until when is not among it.
SLIP_FIELDS = {
    "reasons": "Reasons for the decision",
    "plain_reasons": "Reasons for the patient, in plain words",
    "would_change": "What would change the answer",
    "what_is_not_funded": "What is not funded",
    "in_the_round": "All points and questions taken together",
    "comparator": "The comparison group that the panel used",
    "equality": "Equality, human rights and health inequality",
}

CHECK, SCREENING, PANEL, FUND = "check", "screening", "panel", "fund"
ORDERED = {
    CHECK: "Look at the request again from the check",
    SCREENING: "Screen the request again",
    PANEL: "Let a panel decide again",
    FUND: "Fund the treatment",
}
BODIES = {
    "court": "A court",
    "ombudsman": "The Ombudsman",
    "complaint": "The commissioner, after a complaint",
    "settlement": "A settlement of a claim",
}


class DecisionChange(Model):
    """One change, prepared by one person; made by the step that names it, where a second person is asked for by that person."""

    __tablename__ = "decision_changes"
    __table_args__ = (Index("ix_decision_changes_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision_records.id"))
    because: Mapped[str]
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    # A slip: which words, as they stood and as they should stand.
    field: Mapped[str | None]
    before: Mapped[str] = mapped_column(default="")
    after: Mapped[str] = mapped_column(default="")
    # A decision set aside: whether those who sat on it may not sit again.
    other_people: Mapped[bool] = mapped_column(default=False)
    # An order: whose it is, of which day, to which step it leads, and the paper itself.
    body: Mapped[str | None]
    ordered_on: Mapped[date | None]
    leads_to: Mapped[str | None]
    amount_words: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))

    @property
    def is_open(self) -> bool:
        return self.made_at is None and self.left_at is None
