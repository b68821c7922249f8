"""Putting policies and guidance on record from a written record, once each."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import workflow
from ifr.db import db
from ifr.people.models import COMMISSIONER
from ifr.people.services import Actor, ensure_organisation
from ifr.policies import records
from ifr.policies.models import Guidance, GuidanceCode, PolicyVersion
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
