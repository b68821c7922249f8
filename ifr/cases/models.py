"""What a case is made of, identity apart (`identity.py`)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from ifr import clock, profiles
from ifr.access import Role
from ifr.db import Model

if TYPE_CHECKING:
    from ifr.people.models import User

UNDECLARED, CLEAR, CONFLICTED = "undeclared", "clear", "conflicted"
# Of a chair whose conflict was lifted: he or she may sit again, and chairs this case no more at this meeting.
HANDED_OVER = "handed_over"


class Case(Model):
    """One request for one patient, from its draft to its last letter. Its state is set by `workflow.move` alone."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_worklist", "commissioner_id", "is_open", "urgent", "due_on", "id"),
        Index("ix_cases_state", "commissioner_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True)
    reference: Mapped[str | None] = mapped_column(unique=True)
    _state: Mapped[str] = mapped_column("state", default=profiles.NEW)
    # Whether the office has something to do before the clinician knows; kept here so that lists find it by an index.
    is_open: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    due_on: Mapped[date | None]

    commissioner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    allocated_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)

    # What the case works under, pinned by id: a later version of a file never reaches it.
    workflow_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))
    questions_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))
    test_id: Mapped[int | None] = mapped_column(ForeignKey("definitions.id"))

    # What lists show, kept here so that a list reads one table.
    treatment: Mapped[str] = mapped_column(default="")
    condition: Mapped[str] = mapped_column(default="")
    specialty: Mapped[str] = mapped_column(default="")

    urgent: Mapped[bool] = mapped_column(default=False)
    needed_by_on: Mapped[date | None]
    basis: Mapped[str | None]
    declared_at: Mapped[datetime | None]
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    # The policy it falls outside: what was proposed is frozen; a person says whether it is the same treatment.
    route: Mapped[str | None]
    policy_version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_versions.id"), index=True)
    resolution: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    # The ending shows to the clinician only when its letter is issued or a call is recorded.
    told_at: Mapped[datetime | None]
    demonstration: Mapped[bool] = mapped_column(default=False)

    @validates("_state")
    def _keep_open_or_not(self, _: str, name: str) -> str:
        self.is_open = name != profiles.NEW and profiles.by_id(self.workflow_id).states[name].is_open
        return name

    @property
    def state(self) -> str:
        return self._state

    @property
    def stream(self) -> str:
        return f"case:{self.id}"

    @property
    def case(self) -> "Case":
        return self

    @property
    def key(self) -> str:
        """What stands in addresses: the reference, before receipt the draft's UUID. Neither says who the patient is."""
        return self.reference or self.uuid

    @property
    def received_on(self) -> date | None:
        return clock.day_of(self.received_at) if self.received_at else None

    @property
    def profile(self) -> profiles.Profile:
        found: profiles.Profile = profiles.by_id(self.profile_id)
        return found

    @property
    def questions(self) -> profiles.Questions:
        found: profiles.Questions = profiles.by_id(self.questions_id)
        return found

    @property
    def test(self) -> profiles.ExceptionalityTest | None:
        """The exceptionality test that the case is held to, once it is pinned."""
        return profiles.by_id(self.test_id) if self.test_id else None

    def capacities(self, user: Any) -> set[Role]:
        from ifr.cases import services

        return services.capacities(user, self)

    def visible_to(self, user: Any) -> bool:
        from ifr.cases import services

        return services.is_visible(self, user)


class Answer(Model):
    """What somebody typed under one question, as it was typed.

    Where somebody said that it is not known, or why it cannot be supplied, the text says so in words for whoever reads it.
    """

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("case_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    section: Mapped[str]
    key: Mapped[str]
    text: Mapped[str]
    unknown: Mapped[bool] = mapped_column(default=False)
    cannot_because: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class SectionVersion(Model):
    """How often a section of a request was saved: two colleagues on two sections do not stand in each other's way."""

    __tablename__ = "section_versions"
    __table_args__ = (UniqueConstraint("case_id", "section"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    section: Mapped[str]
    version: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # The earlier request from which its answers were taken, until somebody has read and saved them here.
    taken_from: Mapped[str | None]


class Factor(Model):
    """One point raised: what is said to set this patient apart from the comparison group."""

    __tablename__ = "factors"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    what: Mapped[str]
    kind: Mapped[str]
    # How common it is in the comparison group: known, an estimate or not known; per cent, `common_to` for a range alone.
    common_kind: Mapped[str | None]
    common_from: Mapped[float | None]
    common_to: Mapped[float | None]
    # The same in the clinician's own words: how it is known, or how it was estimated.
    how_common: Mapped[str] = mapped_column(default="")
    why_benefit: Mapped[str] = mapped_column(default="")
    question_key: Mapped[str | None]
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    raised_at: Mapped[datetime]

    @property
    def common_in_words(self) -> str:
        """How common it is in the group as people read it: the figure or that it is not known, then the words."""
        figure = {"known": "Known", "estimate": "Estimate", "unknown": "Not known"}.get(self.common_kind or "", "")
        if figure and self.common_from is not None:
            figure += f": {self.common_from:g}%" if self.common_to is None else f": {self.common_from:g}% to {self.common_to:g}%"
        return ". ".join(part for part in (figure, self.how_common) if part)


class EarlierTreatment(Model):
    """One treatment that the patient has had for this condition, and what came of it."""

    __tablename__ = "earlier_treatments"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    what: Mapped[str]
    dates: Mapped[str] = mapped_column(default="")
    response: Mapped[str] = mapped_column(default="")
    stopped_because: Mapped[str] = mapped_column(default="")


class InformationRequest(Model):
    """Numbered questions to the clinician: gaps in what was sent (`kind` gaps), or information asked for (`information`)."""

    __tablename__ = "information_requests"
    __table_args__ = (Index("ix_information_requests_kind_asked_at", "kind", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    needed_for: Mapped[str] = mapped_column(default="")
    # Whether the next step cannot be taken without the answers: only then does the clock stand still.
    stops_clock: Mapped[bool] = mapped_column(default=True)
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime | None]
    reply_by_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.asked_at is not None and self.closed_at is None


class InformationQuestion(Model):
    """One numbered question, its answer (or why it cannot be answered), and what the office made of the answer."""

    __tablename__ = "information_questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str | None] = mapped_column(unique=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("information_requests.id"), index=True)
    number: Mapped[int]
    question_key: Mapped[str | None]
    # What kind of gap it is to close; None for a question that closes none.
    gap: Mapped[str | None]
    text: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")
    cannot_because: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    answered_at: Mapped[datetime | None]
    considered: Mapped[str] = mapped_column(default="")
    considered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def is_answered(self) -> bool:
        return bool(self.answer.strip() or self.cannot_because.strip() or self.document_id)


class Involvement(Model):
    """Who has had which part in a case. Answers who took part before, whom to tell, and who may not see it."""

    __tablename__ = "involvements"
    __table_args__ = (
        Index(
            "ix_involvements_once", "case_id", "user_id", "capacity", unique=True,
            sqlite_where=text("until_at IS NULL"), postgresql_where=text("until_at IS NULL"),
        ),
        Index("ix_involvements_user", "user_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    capacity: Mapped[str]
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    # Only for those who sit on a case: nothing opens before they have said whether they have an interest in it.
    interest: Mapped[str | None]
    interest_note: Mapped[str] = mapped_column(default="")
    declared_at: Mapped[datetime | None]


class Finding(Model):
    """What screening or a panel made of one point raised, one question of the test or one other criterion."""

    __tablename__ = "findings"
    __table_args__ = (UniqueConstraint("case_id", "stage", "round", "about", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    stage: Mapped[str]
    round: Mapped[int] = mapped_column(default=1)
    about: Mapped[str]
    key: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")
    reasons: Mapped[str] = mapped_column(default="")
    clause: Mapped[str] = mapped_column(default="")
    # Another answer that this one refers to ("question:distinct"): its reasons serve here too, or it decides the request.
    refers_to: Mapped[str] = mapped_column(default="")
    # For a criterion that is bound to the aim of the request: which result was weighed, and that it is the result aimed at.
    weighed: Mapped[str] = mapped_column(default="")
    about_the_aim: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]

    @property
    def is_complete(self) -> bool:
        """An answer with its reasons; "not reached" has a reason too: the answer that decides the request."""
        return bool(self.answer and self.reasons.strip())


class ReferenceCounter(Model):
    """The last number given in a year, taken in the transaction of the receipt: no gap and no double."""

    __tablename__ = "reference_counters"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


def name_of(user: "User | None") -> str:
    return user.name if user else "The service"
