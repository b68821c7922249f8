"""Putting policies and guidance on record from a written record, once each."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import select, update

from ifr import workflow
from ifr.db import db
from ifr.people.models import COMMISSIONER, Organisation
from ifr.people.services import Actor, ensure_organisation
from ifr.policies import records
from ifr.policies.models import CommissionerClause, Guidance, GuidanceCode, Policy, PolicyVersion
from ifr.policies.recording import listed_codes, phrases, policy_for, write_version


@dataclass(frozen=True)
class Loaded:
    """What became of one record."""

    name: str
    is_new: bool
    version_id: int | None = None
    guidance_id: int | None = None

    @property
    def words(self) -> str:
        return f"{self.name}: {'recorded' if self.is_new else 'already here'}"


def load_record(record: dict[str, Any], *, by: Actor) -> Loaded:
    """Put a published policy version, or a piece of guidance, on record; what is there already stays as it
    is.

    Raises RecordError for a record that cannot be read, and CodeError for a code without the shape of one.
    """
    read = records.read(record)
    return _load_policy(read, by) if isinstance(read, records.PolicyRecord) else _load_guidance(read)


def load_examples(*, by: Actor) -> list[Loaded]:
    """Put the records that come with the service in the register."""
    return [load_record(one, by=by) for one in records.examples()]


def _load_policy(record: records.PolicyRecord, by: Actor) -> Loaded:
    name = f"{record.reference or record.title}, version {record.version}"
    owner = ensure_organisation(
        slug=record.commissioner.slug,
        kind=COMMISSIONER,
        name=record.commissioner.name,
        ods_code=record.commissioner.ods_code,
        ods_is_demonstration=record.commissioner.ods_is_demonstration,
        by=by,
    )
    policy = policy_for(owner, record)
    there = db.session.scalar(
        select(PolicyVersion.id).where(PolicyVersion.policy_id == policy.id, PolicyVersion.label == record.version)
    )
    if there is not None:
        return Loaded(name, False, version_id=there)
    version = write_version(owner, policy, record)
    workflow.move(version, "record_withdrawn" if record.withdrawn_on else "record_published", by=by, seen=0)
    return Loaded(name, True, version_id=version.id)


def _load_guidance(record: records.GuidanceRecord) -> Loaded:
    name = f"{record.kind}{record.number}"
    there = db.session.scalar(select(Guidance.id).where(Guidance.kind == record.kind, Guidance.number == record.number))
    if there is not None:
        return Loaded(name, False, guidance_id=there)
    source = record.source
    guidance = Guidance(
        kind=record.kind,
        number=record.number,
        former_numbers=[one.model_dump() for one in record.formerly],
        title=record.title,
        publisher=record.publisher,
        url=record.url,
        published_on=record.published_on,
        withdrawn_on=record.withdrawn_on,
        funding_from=record.funding_from,
        funding_varied=record.funding_varied,
        says=record.says,
        recommendations=[[number, said] for number, said in record.recommendations.items()],
        further=[[heading, said] for heading, said in record.further.items()],
        source_file=source.file if source else None,
        source_sha256=source.sha256 if source else None,
    )
    db.session.add(guidance)
    db.session.flush()
    db.session.add_all(GuidanceCode(guidance_id=guidance.id, **facts) for _, facts in listed_codes(record.codes))
    db.session.add_all(phrases(record.known_by, [], guidance_id=guidance.id))
    db.session.flush()
    return Loaded(name, True, guidance_id=guidance.id)


# --- putting an exported register back ------------------------------------------------------------------------------------


def restore(written: Iterable[dict[str, Any]], *, by: Actor) -> list[Loaded]:
    """Put every record of an export on record in the state that it names, published or withdrawn, at the addresses that it
    names. What is there already stays as it is. A new register that is restored so exports the same records again.

    Raises RecordError for a record that cannot be read, or versions that take each other's place in a circle; CodeError for
    a code without the shape of one.
    """
    read = [records.read(one) for one in written]
    guidance = [one for one in read if isinstance(one, records.GuidanceRecord)]
    policies = [one for one in read if isinstance(one, records.PolicyRecord)]
    before = db.session.scalars(select(CommissionerClause.id)).all()
    found = [_load_guidance(one) for one in guidance]
    for one in _predecessors_first(policies):
        loaded = _load_policy(one, by)
        found.append(loaded)
        if loaded.is_new:
            _give_addresses(loaded, one)
    _number_clauses(policies, before)
    db.session.flush()
    return found


Named = tuple[str, str, str]


def _name(record: records.PolicyRecord) -> Named:
    return record.commissioner.slug, record.reference or record.title, record.version


def _predecessors_first(policies: Sequence[records.PolicyRecord]) -> list[records.PolicyRecord]:
    known = {_name(one): one for one in policies}
    order: TopologicalSorter[Named] = TopologicalSorter()
    for name, one in known.items():
        order.add(name, *((name[0], before.policy, before.version) for before in one.replaces))
    try:
        return [known[name] for name in order.static_order() if name in known]
    except CycleError as fault:
        named = ", ".join(" ".join(one[1:]) for one in fault.args[1])
        raise records.RecordError(f"replaces: these versions take each other's place in a circle: {named}") from None


def _give_addresses(loaded: Loaded, record: records.PolicyRecord) -> None:
    """The addresses of an export stay, however they came about where it was made."""
    version = db.session.get_one(PolicyVersion, loaded.version_id)
    policy = db.session.get_one(Policy, version.policy_id)
    others = (
        (policy, record.address, select(Policy.slug).where(Policy.owner_id == policy.owner_id)),
        (version, record.version_address, select(PolicyVersion.slug).where(PolicyVersion.policy_id == policy.id)),
    )
    for one, address, taken in others:
        if address and re.fullmatch(r"[a-z0-9-]{1,90}", address) and address not in set(db.session.scalars(taken)):
            one.slug = address
    db.session.flush()


def _number_clauses(policies: Sequence[records.PolicyRecord], before: Sequence[int]) -> None:
    """The clauses of a body keep the order in which its policies print them, whichever policy is put back first."""
    for slug in dict.fromkeys(one.commissioner.slug for one in policies):
        made = {
            (one.kind, one.words): one
            for one in db.session.scalars(
                select(CommissionerClause)
                .join(Organisation, Organisation.id == CommissionerClause.owner_id)
                .where(Organisation.slug == slug, CommissionerClause.id.not_in(before))
            )
        }
        order = _order_of_clauses([one for one in policies if one.commissioner.slug == slug])
        numbers = sorted(one.number for one in made.values())
        new = dict(zip([made[key] for key in order if key in made], numbers, strict=True))
        ids = {clause.id: number for clause, number in new.items() if clause.number != number}
        # No two bear one number on the way.
        for sign in (-1, 1):
            for id, number in ids.items():
                change = update(CommissionerClause).where(CommissionerClause.id == id).values(number=sign * number)
                db.session.execute(change.execution_options(synchronize_session=False))
    db.session.expire_all()


def _order_of_clauses(policies: Sequence[records.PolicyRecord]) -> list[tuple[str, str]]:
    order: TopologicalSorter[tuple[str, str]] = TopologicalSorter()
    for record in policies:
        keys = list(dict.fromkeys((one.kind, one.words) for one in record.clauses))
        for key in keys:
            order.add(key)
        for earlier, later in zip(keys, keys[1:], strict=False):
            order.add(later, earlier)
    try:
        return list(order.static_order())
    except CycleError:
        # Written by hand, in two orders: the first that is met stands.
        return list(dict.fromkeys((one.kind, one.words) for record in policies for one in record.clauses))
