"""What is done with policies: put on record, found, read; and which of them a request meets."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ifr.access import Permission, has
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies.answering import QuestionError, Resolution, marked
from ifr.policies.linting import Finding, lint_version
from ifr.policies.loading import Loaded, load_examples, load_record
from ifr.policies.matching import Answer, Warn
from ifr.policies.models import CommissionerClause, Guidance, Policy, PolicyVersion
from ifr.policies.page import VersionPage, compare_versions, read_version, version
from ifr.policies.publishing import holds_together
from ifr.policies.records import RecordError
from ifr.policies.resolving import BINDING_CLAUSES, commissioner_named, resolve
from ifr.policies.searching import MOST_SHOWN, Page, PolicyRow, find, in_force, policies_of, readings

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
    "holds_together",
    "in_force",
    "commissioner_named",
    "load_examples",
    "load_record",
    "marked",
    "policies_of",
    "read_version",
    "readings",
    "resolve",
    "version",
]


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
    """The clauses of a commissioner that say who is eligible whatever a policy says, in a version that is published."""
    return list(
        db.session.scalars(
            select(CommissionerClause)
            .join(Organisation, Organisation.id == CommissionerClause.owner_id)
            .where(Organisation.slug == commissioner, CommissionerClause.kind == "core_eligibility", BINDING_CLAUSES)
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
