"""What is on record before a request reaches a panel: the check, an offer to another body, the screening record."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ifr.db import Model

# The two ways through the check: a policy excludes the patient, or none covers the treatment.
POLICY, NO_POLICY = "policy", "no_policy"
ROUTES = {POLICY: "policy_exception", NO_POLICY: "no_policy"}

REFER, NOT_FUND, GROUP_QUESTION = "refer", "not_fund", "group_question"
NOTHING_NEW, PRIOR_APPROVAL, NO_APPROVAL_NEEDED = "nothing_new", "prior_approval", "no_approval_needed"
APPROVE = "approve"

# What a screener may recommend, in the words of the page.
RECOMMENDATIONS = {
    REFER: "Refer to the panel",
    NOT_FUND: "Not to fund",
    GROUP_QUESTION: "Pass on as a group question",
    NOTHING_NEW: "Already decided, nothing new",
    PRIOR_APPROVAL: "Meets the policy: approve under it",
    NO_APPROVAL_NEEDED: "No approval needed: already commissioned",
    APPROVE: "Fund without a panel: a continuation, or a clear case",
}
# The ending that each recommendation leads to; a referral ends nothing.
ENDINGS = {
    NOT_FUND: "not_funded_at_screening",
    GROUP_QUESTION: "service_development",
    NOTHING_NEW: "not_accepted_repeat",
    PRIOR_APPROVAL: "prior_approval_given",
    NO_APPROVAL_NEEDED: "no_approval_needed",
    APPROVE: "funded",
}
# On what an approval without a panel rests.
APPROVAL_GROUNDS = {
    "continuation": "A continuation: the treatment was funded before and works",
    "clear_case": "A clear case: nobody could reasonably decide otherwise",
}
# Under these nothing is refused, so the test for patients whom a policy excludes is not reached.
WITHOUT_TEST = frozenset({PRIOR_APPROVAL, NO_APPROVAL_NEEDED})
REFUSALS = frozenset({NOT_FUND, GROUP_QUESTION, NOTHING_NEW})

QUESTION_ANSWERS = {"yes": "Yes", "no": "No", "unclear": "Unclear", "not_reached": "Not reached"}
POINT_ANSWERS = {
    "accepted": "Accepted",
    "partly": "Accepted in part",
    "not_accepted": "Not accepted",
    "not_taken_into_account": "Not taken into account",
    "not_reached": "Not reached",
}
CRITERION_ANSWERS = {"met": "Met", "not_met": "Not met", "unclear": "Unclear"}
YES_NO_UNCLEAR = {"yes": "Yes", "no": "No", "unclear": "Unclear"}


class Check(Model):
    """What the office found before screening: who is responsible, which policy applies, whether it was asked before."""

    __tablename__ = "checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)

    responsible: Mapped[str | None]
    responsible_because: Mapped[str] = mapped_column(default="")
    # Where responsibility is disputed somebody pays meanwhile: a patient must not wait for two bodies to agree.
    meanwhile: Mapped[str] = mapped_column(default="")

    conclusion: Mapped[str | None]
    proposed_answer: Mapped[str | None]
    proposed_version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_versions.id"))
    # Every other policy that was considered: the ids of its versions.
    also: Mapped[list[int]] = mapped_column(JSON, default=list)
    same_treatment: Mapped[str | None]
    same_because: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(default="")
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime | None]

    duplicates: Mapped[str | None]
    duplicates_because: Mapped[str] = mapped_column(default="")
    related_case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    # The other requests of this patient that were there when the question was answered.
    others_seen: Mapped[list[int]] = mapped_column(JSON, default=list)

    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime | None]


class VersionChoice(Model):
    """Under which version of a policy a request is decided, when a newer one came before the decision. The link
    never changes by itself."""

    __tablename__ = "version_choices"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    linked_version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    newer_version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    chosen_version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    because: Mapped[str]
    # When the clinician was told of the newer version; None: not told, and why stands in `told_words`.
    told_on: Mapped[date | None]
    told_words: Mapped[str]
    once: Mapped[str] = mapped_column(unique=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]


class Handover(Model):
    """One offer of a request to the body that is thought to be responsible, and its answer."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    body: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    contact_telephone: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    plain_reasons: Mapped[str] = mapped_column(default="")
    offered_on: Mapped[date | None]
    # The last day on which an answer is waited for; after it the request can be taken back.
    answer_by_on: Mapped[date | None]
    # The request as it went to the other body. Who the patient is stands apart and is added when somebody reads it.
    package: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    answer: Mapped[str | None]
    answered_by: Mapped[str] = mapped_column(default="")
    answered_on: Mapped[date | None]
    answer_words: Mapped[str] = mapped_column(default="")
    # Set when the request was taken back or decided here: the next offer is a row of its own.
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str] = mapped_column(default="")


class ScreeningRecord(Model):
    """What a screener made of a request, once for each round. What is said of single questions and points is a Finding."""

    __tablename__ = "screening_records"
    __table_args__ = (UniqueConstraint("case_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    round: Mapped[int] = mapped_column(default=1)
    recommendation: Mapped[str | None]

    comparator_answer: Mapped[str | None]
    comparator: Mapped[str] = mapped_column(default="")
    comparator_because: Mapped[str] = mapped_column(default="")

    # Whether there are similar patients is information: it raises a question for a person and refuses nobody.
    group_answer: Mapped[str | None]
    group_name: Mapped[str] = mapped_column(default="")
    group_numbers: Mapped[str] = mapped_column(default="")
    group_source: Mapped[str] = mapped_column(default="")
    interim: Mapped[str | None]
    interim_because: Mapped[str] = mapped_column(default="")

    not_reached_because: Mapped[str] = mapped_column(default="")
    in_the_round: Mapped[str] = mapped_column(default="")
    reasons: Mapped[str] = mapped_column(default="")
    plain_reasons: Mapped[str] = mapped_column(default="")
    would_change: Mapped[str] = mapped_column(default="")

    earlier_reference: Mapped[str] = mapped_column(default="")
    earlier_decision: Mapped[str] = mapped_column(default="")
    commissioned_reference: Mapped[str] = mapped_column(default="")
    commissioned_because: Mapped[str] = mapped_column(default="")

    # Only for an approval without a panel. "None" is an answer to conditions, amount and validity.
    approval_ground: Mapped[str | None]
    approval_because: Mapped[str] = mapped_column(default="")
    approval_conditions: Mapped[str] = mapped_column(default="")
    approval_amount: Mapped[str] = mapped_column(default="")
    approval_until_on: Mapped[date | None]

    authority_key: Mapped[str | None]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime | None]
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    concluded_at: Mapped[datetime | None]
    countersigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    countersigned_at: Mapped[datetime | None]

    @property
    def is_concluded(self) -> bool:
        return self.concluded_at is not None

    def words(self) -> dict[str, Any]:
        """What a screener wrote, without who signed it and when: what a next round starts from."""
        return {name: getattr(self, name) for name in WORDS}


WORDS = (
    "recommendation",
    "comparator_answer",
    "comparator",
    "comparator_because",
    "group_answer",
    "group_name",
    "group_numbers",
    "group_source",
    "interim",
    "interim_because",
    "not_reached_because",
    "in_the_round",
    "reasons",
    "plain_reasons",
    "would_change",
    "earlier_reference",
    "earlier_decision",
    "commissioned_reference",
    "commissioned_because",
    "approval_ground",
    "approval_because",
    "approval_conditions",
    "approval_amount",
    "approval_until_on",
)


class NewStatement(Model):
    """One thing that a repeated request says and the earlier one did not, and what the screener made of it."""

    __tablename__ = "new_statements"
    __table_args__ = (UniqueConstraint("record_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("screening_records.id"))
    number: Mapped[int]
    text: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")


class CoveredCriterion(Model):
    """One criterion of a technology appraisal or a contract under which the treatment is commissioned already."""

    __tablename__ = "covered_criteria"
    __table_args__ = (UniqueConstraint("record_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("screening_records.id"))
    number: Mapped[int]
    text: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")
    because: Mapped[str] = mapped_column(default="")

    @property
    def is_met(self) -> bool:
        return self.answer == "met" and bool(self.because.strip())


class Advice(Model):
    """A question to somebody outside the office, what was sent for it, and the answer. The person has no account here."""

    __tablename__ = "advice"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    round: Mapped[int]
    question: Mapped[str]
    adviser: Mapped[str]
    post: Mapped[str]
    # The parts of the request that were sent, by name and words, as they stood on that day: nothing else left the office.
    sent: Mapped[list[list[str]]] = mapped_column(JSON)
    asked_on: Mapped[date]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    # "none" or "has"; the adviser says so before the answer counts.
    interest: Mapped[str | None]
    interest_note: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    answered_on: Mapped[date | None]
    # Why no answer is waited for any more.
    ended_because: Mapped[str] = mapped_column(default="")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return not (self.ended_because or self.answered_on)


class SummaryComment(Model):
    """What the clinician said about one part of the summary, and what the office made of it."""

    __tablename__ = "summary_comments"
    __table_args__ = (UniqueConstraint("case_id", "round", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    round: Mapped[int]
    item: Mapped[str]
    # The name of that part as the clinician read it.
    about: Mapped[str]
    words: Mapped[str]
    said_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    said_at: Mapped[datetime]
    considered: Mapped[str] = mapped_column(default="")
    considered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    considered_at: Mapped[datetime | None]


class EvidenceReview(Model):
    """What a search of the evidence found, and what it did not find, for one round of screening."""

    __tablename__ = "evidence_reviews"
    __table_args__ = (UniqueConstraint("case_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    round: Mapped[int] = mapped_column(default=1)
    strategy: Mapped[str] = mapped_column(default="")
    searched_on: Mapped[date | None]
    found: Mapped[str] = mapped_column(default="")
    not_found: Mapped[str] = mapped_column(default="")
    cost: Mapped[str] = mapped_column(default="")
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    saved_at: Mapped[datetime | None]
