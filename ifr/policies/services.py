"""What is done with policies: put on record, found, read; and which of them a request meets."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ifr import clock
from ifr.access import Permission, has
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies.answering import QuestionError, Resolution, marked
from ifr.policies.linting import Finding, lint_version
from ifr.policies.loading import Loaded, load_examples, load_record
from ifr.policies.matching import Answer, Warn
from ifr.policies.models import (
    CommissionerArea,
    CommissionerClause,
    Guidance,
    Policy,
    PolicyArea,
    PolicyVersion,
    Statement,
)
from ifr.policies.page import VersionPage, compare_versions, read_version, version
from ifr.policies.records import RecordError
from ifr.policies.resolving import commissioner_named, resolve
from ifr.policies.searching import MOST_SHOWN, Page, PolicyRow, find, in_force, policies_of, readings, search
from ifr.workflow import MoveRecord, Reason, guard, upon

__all__ = [
    "MOST_SHOWN",
    "Answer",
    "Loaded",
    "Page",
    "PolicyRow",
    "QuestionError",
    "RecordError",
    "Resolution",
    "VersionPage",
    "Warn",
    "compare_versions",
    "find",
    "in_force",
    "commissioner_named",
    "load_examples",
    "load_record",
    "marked",
    "policies_of",
    "read_version",
    "readings",
    "resolve",
    "search",
    "version",
]


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


# --- reading ------------------------------------------------------------------------------------------------


def commissioners() -> list[tuple[str, str]]:
    """The commissioners whose policies are on record, as (slug, name)."""
    rows = db.session.execute(
        select(Organisation.slug, Organisation.name)
        .where(Organisation.id.in_(select(Policy.owner_id)))
        .order_by(Organisation.name)
    )
    return [(slug, name) for slug, name in rows]


def eligibility_clauses(commissioner: str) -> list[CommissionerClause]:
    """The clauses of a commissioner that say who is eligible whatever a policy says."""
    return list(
        db.session.scalars(
            select(CommissionerClause)
            .join(Organisation, Organisation.id == CommissionerClause.owner_id)
            .where(Organisation.slug == commissioner, CommissionerClause.kind == "core_eligibility")
            .order_by(CommissionerClause.number)
        )
    )


def works_with(version: PolicyVersion, user: Any) -> bool:
    """Whether somebody works in the office of a version's commissioner or keeps its register."""
    roles = user.roles_in(version.owner_id)
    return has(roles, Permission.CASE_WORKLIST) or has(roles, Permission.POLICY_EDIT)


def doubts_about(version: PolicyVersion, user: Any) -> list[Finding]:
    """What its owner is asked about a version. It is between the commissioner and those who work for it."""
    return lint_version(version.id) if works_with(version, user) else []


def all_guidance(*, whole: bool = False) -> list[Guidance]:
    """The guidance on record, newest first; `whole` with its codes and the words by which it is known."""
    query = select(Guidance).order_by(Guidance.published_on.desc(), Guidance.id)
    if whole:
        query = query.options(selectinload(Guidance.codes), selectinload(Guidance.phrases))
    return list(db.session.scalars(query.execution_options(populate_existing=whole)))
