"""What is done with policies: put on record, found, read; and which of them a request meets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ifr import clock
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes
from ifr.policies.loading import Loaded, load_examples, load_record
from ifr.policies.matching import Answer, Warn
from ifr.policies.models import (
    PUBLIC_STATES,
    CommissionerArea,
    CommissionerClause,
    Guidance,
    Policy,
    PolicyArea,
    PolicyCode,
    PolicyVersion,
    Position,
    Statement,
    TreatmentPhrase,
)
from ifr.policies.records import RecordError
from ifr.policies.resolving import QuestionError, Resolution, resolve
from ifr.policies.standing import standings
from ifr.workflow import MoveRecord, NotVisible, Reason, guard, upon

__all__ = [
    "Answer",
    "Loaded",
    "QuestionError",
    "RecordError",
    "Resolution",
    "Warn",
    "load_examples",
    "load_record",
    "resolve",
]

# More than anybody reads; who finds so many adds a word.
MOST_SHOWN = 200


# --- what the moves of a version ask and write --------------------------------------------------------------


@guard("published_by_second_person")
def published_by_second_person(version: PolicyVersion, by: Any) -> Reason | None:
    """A policy binds thousands of patients, so two people have read it before it does."""
    if version.proposed_by is None:
        return Reason("Nobody is on record as having proposed this version.")
    if version.proposed_by == by.actor:
        return Reason("You proposed this version, so somebody else publishes it.")
    return None


@guard("says_what_it_decides")
def says_what_it_decides(version: PolicyVersion, by: Any) -> Reason | None:
    """A clinical policy says something about a treatment before anybody is held to it."""
    kind = db.session.scalar(select(Policy.kind).where(Policy.id == version.policy_id))
    said = db.session.scalar(select(Statement.id).where(Statement.version_id == version.id).limit(1))
    if kind == "clinical" and said is None:
        return Reason("It says nothing yet about any treatment. Add the treatment and the position.")
    return None


@upon("policy", "propose")
def note_who_proposed(version: PolicyVersion, by: Any, made: MoveRecord) -> None:
    version.proposed_by = by.actor


@upon("policy", "publish")
def date_the_publication(version: PolicyVersion, by: Any, made: MoveRecord) -> None:
    """A version that prints no day at all counts from the day on which it is published here."""
    if version.counts_from is None:
        version.published_on = clock.day_of(made.at)


@upon("policy", "publish", "record_published", "record_withdrawn")
def name_the_areas(version: PolicyVersion, by: Any, made: MoveRecord) -> None:
    """What a published version names as its areas belongs to its commissioner from now on."""
    known = set(db.session.scalars(select(CommissionerArea.plain_name).where(CommissionerArea.owner_id == version.owner_id)))
    for one in db.session.scalars(select(PolicyArea).where(PolicyArea.version_id == version.id)):
        if one.plain_name not in known:
            db.session.add(CommissionerArea(owner_id=version.owner_id, name=one.name, plain_name=one.plain_name))


@upon("policy", "withdraw_version")
def date_the_withdrawal(version: PolicyVersion, by: Any, made: MoveRecord) -> None:
    version.withdrawn_on = clock.day_of(made.at)


# --- finding ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PolicyRow:
    """One version in a list of policies."""

    version_id: int
    commissioner: str
    reference: str | None
    title: str
    version: str
    position: str
    status: str
    binds: bool
    review_overdue: bool
    is_demonstration: bool


def search(
    commissioner: str | None = None, words: str | None = None, code: str | None = None, on: date | None = None
) -> list[PolicyRow]:
    """The published versions that hold all of these words, and a code that takes in this one or is part of it.

    Raises CodeError when the code has the shape of neither system.
    """
    query = _published(commissioner).limit(MOST_SHOWN)
    for word in (words or "").split():
        query = query.where(_holds_word(word))
    if code and code.strip():
        query = query.where(_holds_code(code))
    return _rows(db.session.scalars(query).all(), on or clock.today())


def policies_of(commissioner: str, on: date | None = None) -> list[PolicyRow]:
    """Every published version of one commissioner's policies."""
    return _rows(db.session.scalars(_published(commissioner)).all(), on or clock.today())


def in_force(on: date, commissioner: str | None = None) -> list[PolicyRow]:
    """The versions that bind on a day."""
    rows = _rows(db.session.scalars(_published(commissioner)).all(), on)
    return [row for row in rows if row.binds]


def _published(commissioner: str | None) -> Select[PolicyVersion]:
    query = (
        select(PolicyVersion)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .join(Organisation, Organisation.id == PolicyVersion.owner_id)
        .where(PolicyVersion._state.in_(PUBLIC_STATES))
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
        .order_by(Organisation.name, Policy.title, PolicyVersion.id)
    )
    return query.where(Organisation.slug == commissioner) if commissioner else query


def _holds_word(word: str) -> ColumnElement[bool]:
    by_phrase = (
        select(Statement.version_id)
        .join(TreatmentPhrase, TreatmentPhrase.statement_id == Statement.id)
        .where(TreatmentPhrase.phrase.icontains(word, autoescape=True))
    )
    return or_(
        Policy.title.icontains(word, autoescape=True),
        Policy.reference.icontains(word, autoescape=True),
        PolicyVersion.id.in_(by_phrase),
    )


def _holds_code(code: str) -> ColumnElement[bool]:
    found = []
    for system, asked in readings(code).items():
        listed = or_(PolicyCode.normalised.in_(codes.within(asked)), PolicyCode.normalised.startswith(asked))
        found.append(and_(PolicyCode.system == system, listed))
    by_code = select(Statement.version_id).join(PolicyCode, PolicyCode.statement_id == Statement.id)
    return PolicyVersion.id.in_(by_code.where(or_(*found)))


def readings(code: str) -> dict[str, str]:
    """What a code may be in either system. Raises CodeError when it is none in both."""
    found, fault = {}, None
    for system in codes.SYSTEMS:
        try:
            found[system] = codes.normalise(system, code)
        except codes.CodeError as said:
            fault = fault or said
    if not found and fault:
        raise fault
    return found


def _rows(versions: Sequence[PolicyVersion], on: date) -> list[PolicyRow]:
    status = standings(versions, on)
    return [
        PolicyRow(
            version_id=one.id,
            commissioner=one.policy.owner.name,
            reference=one.policy.reference,
            title=one.policy.title,
            version=one.label,
            position=Position(one.position).words,
            status=status[one.id].status.words,
            binds=status[one.id].binds,
            review_overdue=one.review_overdue(on),
            is_demonstration=one.policy.is_demonstration,
        )
        for one in versions
    ]


# --- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VersionPage:
    """Everything that the page of a version shows."""

    version: PolicyVersion
    status: str
    review_overdue: bool
    siblings: list[PolicyRow]
    clauses: list[CommissionerClause]


def version(version_id: int) -> PolicyVersion:
    """A version with its policy and owner. Raises LookupError when there is none."""
    found = db.session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.id == version_id)
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
    )
    if found is None:
        raise LookupError(f"no policy version {version_id}")
    return found


def read_version(version_id: int, *, user: Any, on: date | None = None) -> VersionPage:
    """A version with all that it says. Raises NotVisible when there is none that this person may see."""
    on = on or clock.today()
    found = db.session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.id == version_id)
        .options(
            joinedload(PolicyVersion.policy).joinedload(Policy.owner),
            selectinload(PolicyVersion.areas),
            selectinload(PolicyVersion.guidance),
            selectinload(PolicyVersion.statements).options(
                selectinload(Statement.codes),
                selectinload(Statement.phrases),
                selectinload(Statement.criteria),
            ),
        )
    )
    if found is None or not found.visible_to(user):
        raise NotVisible(f"policy version {version_id}")
    others = db.session.scalars(
        select(PolicyVersion)
        .where(
            PolicyVersion.policy_id == found.policy_id,
            PolicyVersion.id != found.id,
            PolicyVersion._state.in_(PUBLIC_STATES),
        )
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
        .order_by(PolicyVersion.id.desc())
    ).all()
    clauses = db.session.scalars(
        select(CommissionerClause).where(CommissionerClause.owner_id == found.owner_id).order_by(CommissionerClause.number)
    ).all()
    return VersionPage(
        version=found,
        status=standings([found], on)[found.id].status.words,
        review_overdue=found.review_overdue(on),
        siblings=_rows(others, on),
        clauses=list(clauses),
    )


def commissioners() -> list[tuple[str, str]]:
    """The commissioners whose policies are on record, as (slug, name)."""
    rows = db.session.execute(
        select(Organisation.slug, Organisation.name)
        .where(Organisation.id.in_(select(Policy.owner_id)))
        .order_by(Organisation.name)
    )
    return [(slug, name) for slug, name in rows]


def all_guidance(*, whole: bool = False) -> list[Guidance]:
    """The guidance on record, newest first; `whole` with its codes and the words by which it is known."""
    query = select(Guidance).order_by(Guidance.published_on.desc(), Guidance.id)
    if whole:
        query = query.options(selectinload(Guidance.codes), selectinload(Guidance.phrases))
    return list(db.session.scalars(query.execution_options(populate_existing=whole)))
