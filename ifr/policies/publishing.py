"""What the moves of a version ask before they are made, and what they write."""

from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock
from ifr.db import db
from ifr.policies import findings
from ifr.policies.exporting import record_of, versions_whole
from ifr.policies.models import CommissionerArea, Policy, PolicyArea, PolicyVersion, Statement
from ifr.policies.recording import in_a_circle
from ifr.workflow import MoveRecord, Reason, guard, upon


@guard("published_by_second_person")
def published_by_second_person(version: PolicyVersion, by: Any) -> Reason | None:
    """A policy binds thousands of patients, so two people have read it before it does."""
    if version.proposed_by is None:
        return Reason("Nobody is on record as having proposed this version.")
    if version.proposed_by == by.actor:
        return Reason("You proposed this version, so somebody else publishes it.")
    if _last_writer(version) == by.actor:
        return Reason("You wrote this version as it now stands, so somebody else publishes it.")
    return None


def _last_writer(version: PolicyVersion) -> str | None:
    """Who put the text on record as it stands: by starting the draft, or by saving it last."""
    wrote = [one.actor for one in audit.events(version.stream) if one.action in ("start_version", "save_draft")]
    return wrote[-1] if wrote else None


@guard("says_what_it_decides")
def says_what_it_decides(version: PolicyVersion, by: Any) -> Reason | None:
    """A clinical policy says something about a treatment before anybody is held to it."""
    kind = db.session.scalar(select(Policy.kind).where(Policy.id == version.policy_id))
    said = db.session.scalar(select(Statement.id).where(Statement.version_id == version.id).limit(1))
    if kind == "clinical" and said is None:
        return Reason("It says nothing yet about any treatment. Add the treatment and the position.")
    return None


@guard("holds_together")
def holds_together(version: PolicyVersion, by: Any) -> list[Reason]:
    """What nobody could be held to: a position that is neither chosen nor printed, an end before its beginning, and versions
    that take each other's place.

    A document may state no position. Then somebody has written down what it says instead, and that is published; a position
    that was only left open is not.
    """
    record = record_of(versions_whole([version.id])[0])
    reasons = [Reason(one.words) for one in findings.turned_round(record)]
    if not (record.position_as_printed or "").strip():
        reasons += [Reason(f"{one.words} {_CHOOSE}") for one in findings.without_position(record)]
    if in_a_circle([version.id]):
        reasons.append(Reason(findings.CIRCLE))
    return reasons


_CHOOSE = "Choose it; or, where the document states none, write under “Position as printed” what it says instead."


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


@upon("policy", "publish", "record_published", "record_withdrawn")
def give_the_policy_its_title(version: PolicyVersion, by: Any, made: MoveRecord) -> None:
    """A policy bears the title of its latest published version; every other version keeps the title that it had."""
    policy = db.session.get_one(Policy, version.policy_id)
    versions = db.session.scalars(select(PolicyVersion).where(PolicyVersion.policy_id == policy.id)).all()
    title = max((one for one in versions if one.is_public), key=_order).title_as_printed
    if title in (None, policy.title):
        return
    for one in versions:
        one.title_as_printed = one.title_as_printed or policy.title
    policy.title = title


def _order(version: PolicyVersion) -> tuple[date, int]:
    return version.counts_from or date.min, version.id


@upon("policy", "withdraw_version")
def date_the_withdrawal(version: PolicyVersion, by: Any, made: MoveRecord) -> None:
    version.withdrawn_on = clock.day_of(made.at)
