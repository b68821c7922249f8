"""Policies and their versions. Facts are in our own words; codes, titles and dates as printed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ifr.access import Permission, Role, has
from ifr.db import Model
from ifr.people.models import Organisation
from ifr.policies import codes

# What anybody may read: it is, or was, a policy that binds. A draft and a proposal are nobody's rule yet.
PUBLIC_STATES = ("published", "withdrawn")

cited_guidance = Table(
    "policy_versions_guidance",
    Model.metadata,
    Column("version_id", ForeignKey("policy_versions.id"), primary_key=True),
    Column("guidance_id", ForeignKey("guidance.id"), primary_key=True),
)
linked_clauses = Table(
    "policy_versions_clauses",
    Model.metadata,
    Column("version_id", ForeignKey("policy_versions.id"), primary_key=True),
    Column("clause_id", ForeignKey("commissioner_clauses.id"), primary_key=True),
)


class Policy(Model):
    """A policy of one commissioner, whatever its versions say. `known_as` is its reference, or its title
    where none is printed."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("owner_id", "known_as"), UniqueConstraint("owner_id", "slug"))

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    known_as: Mapped[str]
    # Its name in addresses. It is given once and never changes, so that what others link to stays.
    slug: Mapped[str]
    reference: Mapped[str | None] = mapped_column(index=True)
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(default="clinical")
    # Invented for the demonstration: no commissioner ever published it.
    is_demonstration: Mapped[bool] = mapped_column(default=False)

    owner: Mapped[Organisation] = relationship(lazy="raise")
    versions: Mapped[list["PolicyVersion"]] = relationship(back_populates="policy", lazy="raise")


class PolicyVersion(Model):
    """One version of a policy as it was issued: what it says, and from when until when it binds."""

    __tablename__ = "policy_versions"
    __table_args__ = (
        UniqueConstraint("policy_id", "label"),
        UniqueConstraint("policy_id", "slug"),
        Index("ix_policy_versions_owner_id_state", "owner_id", "state"),
        Index("ix_policy_versions_state", "state", "id"),
        Index("ix_policy_versions_position", "position", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    # The commissioner that answers for this version now.
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    # The body that issued it, where that was another: a merged commissioner keeps its predecessors' policies.
    issued_by: Mapped[str | None]
    workflow_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))
    _state: Mapped[str] = mapped_column("state", default="new")
    version: Mapped[int] = mapped_column(default=0)
    proposed_by: Mapped[str | None]

    # The title that this version prints; its policy bears that of the latest published one.
    title_as_printed: Mapped[str | None]
    label: Mapped[str]
    slug: Mapped[str]
    ratified_on: Mapped[date | None]
    effective_from: Mapped[date | None]
    published_on: Mapped[date | None]
    effective_to: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    review_due_on: Mapped[date | None]
    review_words: Mapped[str | None]
    is_static: Mapped[bool] = mapped_column(default=False)
    # Which of these days the document prints only as a month or a year: {"ratified_on": "2020-04"}.
    inexact: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    position: Mapped[str]
    position_as_printed: Mapped[str | None]
    category: Mapped[str | None]
    mechanism: Mapped[str | None]
    scope: Mapped[str | None]
    out_of_scope: Mapped[str | None]
    # The patients whom the policy is about.
    cohort: Mapped[str | None]
    funded: Mapped[str | None]
    not_funded: Mapped[str | None]
    rationale: Mapped[str | None]
    exceptionality: Mapped[str | None]
    exceptionality_route_named: Mapped[bool] = mapped_column(default=False)
    force: Mapped[str | None]
    monitoring: Mapped[str | None]
    change_record: Mapped[str | None]
    # What it replaces, in the document's words; `successions` names the versions that are on record.
    predecessors: Mapped[str | None]
    # What holds for patients who were offered the treatment before this version applied.
    transition: Mapped[str | None]
    # Impact statements, under their own headings: [heading, what it says].
    impacts: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    # What else the document prints, under its own headings: [heading, what it says].
    further: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    # Questions to the policy's owner about the document, none of them put right by us.
    remarks: Mapped[list[str]] = mapped_column(JSON, default=list)
    source_file: Mapped[str | None]
    source_sha256: Mapped[str | None]
    recorded_at: Mapped[datetime]

    policy: Mapped[Policy] = relationship(back_populates="versions", lazy="raise")
    statements: Mapped[list["Statement"]] = relationship(back_populates="version", order_by="Statement.number", lazy="raise")
    areas: Mapped[list["PolicyArea"]] = relationship(order_by="PolicyArea.id", lazy="raise")
    guidance: Mapped[list["Guidance"]] = relationship(secondary=cited_guidance, order_by="Guidance.id", lazy="raise")
    clauses: Mapped[list["CommissionerClause"]] = relationship(
        secondary=linked_clauses, order_by="CommissionerClause.number", lazy="raise"
    )
    successions: Mapped[list["Succession"]] = relationship(
        foreign_keys="Succession.version_id", order_by="Succession.predecessor_id", lazy="raise", viewonly=True
    )
    successors: Mapped[list["Succession"]] = relationship(
        foreign_keys="Succession.predecessor_id", order_by="Succession.version_id", lazy="raise", viewonly=True
    )

    # What the engine asks of everything that moves.
    case = None
    profile = None
    due_on = None
    received_at = None

    @property
    def title(self) -> str:
        """The title that this version prints; that of its policy where it was recorded without one."""
        return self.title_as_printed or self.policy.title

    @property
    def state(self) -> str:
        return self._state

    @property
    def stream(self) -> str:
        return f"policy:{self.id}"

    @property
    def key(self) -> str:
        return str(self.id)

    def capacities(self, user: Any) -> set[Role]:
        if user.id is None:
            return set(user.roles)
        return set(user.roles_in(self.owner_id))

    def visible_to(self, user: Any) -> bool:
        if self.is_public or user.id is None:
            return True
        return has(self.capacities(user), Permission.POLICY_EDIT)

    @property
    def is_public(self) -> bool:
        return self._state in PUBLIC_STATES

    @property
    def counts_from(self) -> date | None:
        """The day from which it binds: effective, else published, else ratified; None where none is
        printed."""
        return self.effective_from or self.published_on or self.ratified_on

    def printed(self, name: str) -> date | str | None:
        """A day of this version as exactly as the document prints it: a day, a month (2020-04) or a year."""
        exact: date | None = getattr(self, name)
        return self.inexact.get(name, exact)

    def is_withdrawn(self, on: date) -> bool:
        return self._state == "withdrawn" and (self.withdrawn_on is None or self.withdrawn_on <= on)

    def review_overdue(self, on: date) -> bool:
        """The day named for a review is over. The version binds on: a review that is late ends nothing."""
        return not self.is_static and self.review_due_on is not None and self.review_due_on < on


# The title of a version as a query gives it, beside its policy.
printed_title = func.coalesce(PolicyVersion.title_as_printed, Policy.title).label("title")


class PolicyArea(Model):
    """An area to which a version applies. A version without any applies wherever its commissioner is
    responsible. What differs in one area stands here: when it was approved there, from when until when it
    applies, and what is asked before treatment."""

    __tablename__ = "policy_areas"
    __table_args__ = (UniqueConstraint("version_id", "plain_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    name: Mapped[str]
    plain_name: Mapped[str] = mapped_column(index=True)
    ratified_on: Mapped[date | None]
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None]
    mechanism: Mapped[str | None]


class CommissionerArea(Model):
    """An area that the published policies of a commissioner name as theirs."""

    __tablename__ = "commissioner_areas"
    __table_args__ = (UniqueConstraint("owner_id", "plain_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    plain_name: Mapped[str] = mapped_column(index=True)


class Succession(Model):
    """One version takes the place of another, of the same policy or of another one. A version may have many
    predecessors, as when a merged commissioner harmonises what it inherited, and many successors."""

    __tablename__ = "policy_successions"

    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), primary_key=True, index=True)
    # The predecessor's last day; None: the day before the successor applies.
    last_on: Mapped[date | None]

    version: Mapped[PolicyVersion] = relationship(foreign_keys=[version_id], lazy="raise", overlaps="successions")
    predecessor: Mapped[PolicyVersion] = relationship(foreign_keys=[predecessor_id], lazy="raise", overlaps="successors")


class Statement(Model):
    """What a version says about one treatment for one indication; a document may hold many."""

    __tablename__ = "policy_statements"
    __table_args__ = (UniqueConstraint("version_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    number: Mapped[int]
    treatment: Mapped[str]
    indication: Mapped[str | None]
    position: Mapped[str]
    mechanism: Mapped[str | None]
    # Whom it is for, in whole years, both ends included; the document's own words beside them.
    youngest: Mapped[int | None]
    oldest: Mapped[int | None]
    age_words: Mapped[str | None]

    version: Mapped[PolicyVersion] = relationship(back_populates="statements", lazy="raise")
    codes: Mapped[list["PolicyCode"]] = relationship(order_by="PolicyCode.id", lazy="raise")
    phrases: Mapped[list["TreatmentPhrase"]] = relationship(order_by="TreatmentPhrase.id", lazy="raise")
    criteria: Mapped[list["Criterion"]] = relationship(order_by="Criterion.number", lazy="raise")


class _Code:
    """What every listed code has: the text as printed, and the form in which it is compared."""

    id: Mapped[int] = mapped_column(primary_key=True)
    system: Mapped[str]
    verbatim: Mapped[str]
    normalised: Mapped[str]
    # The last code of a range; None for a single code.
    through: Mapped[str | None]
    label: Mapped[str | None]
    # The release of the classification, where the document prints one: "4.9".
    release: Mapped[str | None]
    # Ours, where the document prints no code and we chose one.
    is_ours: Mapped[bool] = mapped_column(default=False)

    def covers(self, asked: str) -> bool:
        return codes.covers(self.normalised, asked, self.through)

    def is_narrower_than(self, asked: str) -> bool:
        return codes.broader(asked, self.normalised, self.through)


_RANGES: dict[str, Any] = {"sqlite_where": text("through IS NOT NULL"), "postgresql_where": text("through IS NOT NULL")}
# A range such as C00-D48, that goes on into another letter. In plain words of SQL, so that both databases know the index by it.
CROSSES_LETTERS = text("substr(through, 1, 1) > substr(normalised, 1, 1)")


class PolicyCode(_Code, Model):
    """A code that a statement lists: what it includes, excludes, or where on the body."""

    __tablename__ = "policy_codes"
    __table_args__ = (
        Index("ix_policy_codes_system_normalised", "system", "normalised"),
        Index("ix_policy_codes_owner_id_normalised", "owner_id", "system", "normalised"),
        # Ranges are few, and only they are looked through from the beginning.
        Index("ix_policy_codes_ranges", "system", "normalised", "through", **_RANGES),
        Index("ix_policy_codes_owner_id_ranges", "owner_id", "system", "normalised", "through", **_RANGES),
        Index(
            "ix_policy_codes_wide_ranges",
            "system",
            "normalised",
            sqlite_where=CROSSES_LETTERS,
            postgresql_where=CROSSES_LETTERS,
        ),
    )

    statement_id: Mapped[int] = mapped_column(ForeignKey("policy_statements.id"), index=True)
    # The commissioner of the version, kept here so that one index finds a commissioner's codes.
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    role: Mapped[str] = mapped_column(default="include")
    # Why the printed code is doubtful, for the policy's owner; it is matched as it stands.
    flag: Mapped[str | None]


class TreatmentPhrase(Model):
    """Words by which a treatment is known, in the plain form that is compared; looked up by the main word."""

    __tablename__ = "treatment_phrases"
    __table_args__ = (
        Index("ix_treatment_phrases_owner_id_main_word", "owner_id", "main_word"),
        Index("ix_treatment_phrases_plain", "plain"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # The commissioner whose statement it is; None for guidance.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("policy_statements.id"), index=True)
    guidance_id: Mapped[int | None] = mapped_column(ForeignKey("guidance.id"), index=True)
    phrase: Mapped[str]
    plain: Mapped[str]
    main_word: Mapped[str] = mapped_column(index=True)
    # A label of a code names the treatment only when all its words are there.
    is_label: Mapped[bool] = mapped_column(default=False)
    is_ours: Mapped[bool] = mapped_column(default=False)


class Criterion(Model):
    """One condition that a patient must meet for the treatment to be commissioned."""

    __tablename__ = "policy_criteria"
    __table_args__ = (UniqueConstraint("statement_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("policy_statements.id"))
    number: Mapped[int]
    label: Mapped[str]
    words: Mapped[str]


CLAUSE_KINDS = {
    "core_eligibility": "Who is eligible whatever a policy says",
    "cosmetic": "Cosmetic surgery",
    "diagnostics": "Tests",
    "trials": "Clinical trials",
}


class CommissionerClause(Model):
    """A clause that a commissioner prints in its policies alike, held once and linked from each: who is eligible
    whatever a policy says, and such. What looks out of date is marked so, and never sends a request anywhere."""

    __tablename__ = "commissioner_clauses"
    __table_args__ = (UniqueConstraint("owner_id", "kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"))
    kind: Mapped[str]
    number: Mapped[int]
    words: Mapped[str]
    may_be_out_of_date: Mapped[bool] = mapped_column(default=False)
    why_out_of_date: Mapped[str | None]


class Guidance(Model):
    """Guidance of a national body. It is evidence beside a policy and never gives a position."""

    __tablename__ = "guidance"
    __table_args__ = (UniqueConstraint("kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    number: Mapped[str]
    # [{"number": "IPG480", "until": "2026-01"}]: a number that it bore, and the month or day until when.
    former_numbers: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    title: Mapped[str]
    publisher: Mapped[str | None]
    url: Mapped[str | None]
    published_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    # A technology appraisal is paid for from this day; what NICE varied about it stands in words.
    funding_from: Mapped[date | None]
    funding_varied: Mapped[str | None]
    says: Mapped[str | None]
    recommendations: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    further: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    source_file: Mapped[str | None]
    source_sha256: Mapped[str | None]

    codes: Mapped[list["GuidanceCode"]] = relationship(order_by="GuidanceCode.id", lazy="raise")
    phrases: Mapped[list[TreatmentPhrase]] = relationship(order_by=TreatmentPhrase.id, lazy="raise")

    @property
    def reference(self) -> str:
        return f"{self.kind}{self.number}"

    @property
    def is_mandatory(self) -> bool:
        """Technology appraisals oblige a commissioner to pay, for a patient who meets the recommendation."""
        return self.kind in ("TA", "HST")


class GuidanceCode(_Code, Model):
    """A code of a treatment or an indication that a piece of guidance is about."""

    __tablename__ = "guidance_codes"
    __table_args__ = (Index("ix_guidance_codes_system_normalised", "system", "normalised"),)

    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), index=True)


class GuidanceChange(Model):
    """What happened to a piece of guidance: it is new, bears another number, was withdrawn, or its funding date
    was varied. Policies and open requests that it touches are looked up when it is read."""

    __tablename__ = "guidance_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), index=True)
    kind: Mapped[str]
    on: Mapped[date] = mapped_column("on_day")
    words: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class PolicyFlag(Model):
    """What somebody who works with a version asks its owner: above all that it offers no thinkable exception
    (*R (Rogers) v Swindon*, 2006). A flag holds no request back."""

    __tablename__ = "policy_flags"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), index=True)
    kind: Mapped[str]
    words: Mapped[str]
    once: Mapped[str] = mapped_column(unique=True)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    raised_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]


class PolicyWord(Model):
    """A word by which a version is found in the register: of its title, reference, treatments and conditions."""

    __tablename__ = "policy_words"
    __table_args__ = (
        Index("ix_policy_words_owner_id_word", "owner_id", "word"),
        Index("ix_policy_words_word", "word", "version_id"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("policy_versions.id"), primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
