"""Putting policies and guidance on record from a written record, once each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import clock, profiles, workflow
from ifr.db import db
from ifr.people.models import COMMISSIONER, Organisation
from ifr.people.services import Actor, ensure_organisation
from ifr.policies import codes, records, wording
from ifr.policies.models import (
    CommissionerClause,
    Criterion,
    Guidance,
    GuidanceCode,
    Policy,
    PolicyArea,
    PolicyCode,
    PolicyVersion,
    Statement,
    TreatmentPhrase,
    cited_guidance,
)
from ifr.policies.resolving import plain_area


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
    policy = _policy(owner, record)
    there = db.session.scalar(
        select(PolicyVersion.id).where(
            PolicyVersion.policy_id == policy.id, PolicyVersion.label == record.version
        )
    )
    if there is not None:
        return Loaded(name, False, version_id=there)
    version = _version(owner, policy, record)
    for number, said in enumerate(record.statements, start=1):
        _statement(version, number, said)
    _clauses(owner, version, record)
    _cite(version, record.cites)
    db.session.flush()
    workflow.move(version, "record_published", by=by, seen=0)
    return Loaded(name, True, version_id=version.id)


def _policy(owner: Organisation, record: records.PolicyRecord) -> Policy:
    known_as = record.reference or record.title
    policy = db.session.scalar(select(Policy).where(Policy.owner_id == owner.id, Policy.known_as == known_as))
    if policy is None:
        policy = Policy(
            owner_id=owner.id,
            known_as=known_as,
            reference=record.reference,
            title=record.title,
            kind=record.kind,
            is_demonstration=record.demonstration,
        )
        db.session.add(policy)
        db.session.flush()
    return policy


_AS_RECORDED = (
    "ratified_on",
    "effective_from",
    "published_on",
    "effective_to",
    "position_as_printed",
    "category",
    "mechanism",
    "scope",
    "out_of_scope",
    "cohort",
    "funded",
    "not_funded",
    "rationale",
    "force",
    "monitoring",
    "change_record",
    "predecessors",
    "remarks",
)


def _version(owner: Organisation, policy: Policy, record: records.PolicyRecord) -> PolicyVersion:
    clause, source = record.exceptionality, record.source
    version = PolicyVersion(
        policy_id=policy.id,
        owner_id=owner.id,
        workflow_id=profiles.latest("workflow", "policy").id,
        label=record.version,
        position=record.position.value,
        review_due_on=record.review.day,
        review_words=record.review.words,
        is_static=record.review.static,
        exceptionality=clause.words if clause else None,
        exceptionality_route_named=bool(clause and clause.route_named),
        further=[[heading, said] for heading, said in record.further.items()],
        source_file=source.file if source else None,
        source_sha256=source.sha256 if source else None,
        recorded_at=clock.now(),
        **{key: getattr(record, key) for key in _AS_RECORDED},
    )
    db.session.add(version)
    db.session.flush()
    db.session.add_all(
        PolicyArea(version_id=version.id, name=one, plain_name=plain_area(one)) for one in record.areas
    )
    return version


def _statement(version: PolicyVersion, number: int, said: records.StatementRecord) -> None:
    statement = Statement(
        version_id=version.id,
        number=number,
        treatment=said.treatment,
        indication=said.indication,
        position=said.position.value,
    )
    db.session.add(statement)
    db.session.flush()
    db.session.add_all(
        PolicyCode(statement_id=statement.id, role=one.role, flag=one.flag, **facts)
        for one, facts in _listed(said.codes)
    )
    labels = [one.label for one in said.codes.opcs4 if one.label and one.role == "include"]
    db.session.add_all(_phrases(said.known_by, labels, statement_id=statement.id))
    db.session.add_all(
        Criterion(statement_id=statement.id, number=n, label=one.label, words=one.words)
        for n, one in enumerate(said.criteria, start=1)
    )


def _listed(said: records.Codes) -> Iterator[tuple[records.Code, dict[str, Any]]]:
    for system, listed in ((codes.OPCS4, said.opcs4), (codes.ICD10, said.icd10)):
        for one in listed:
            first, last = codes.listed(system, one.code)
            yield (
                one,
                {
                    "system": system,
                    "verbatim": one.code,
                    "normalised": first,
                    "through": last,
                    "label": one.label,
                    "is_ours": one.ours,
                },
            )


def _phrases(known_by: Sequence[records.Phrase], labels: Sequence[str], **of: int) -> list[TreatmentPhrase]:
    told = [(one.words, one.ours, False) for one in known_by] + [
        (one, False, True) for one in dict.fromkeys(labels)
    ]
    return [
        TreatmentPhrase(
            phrase=words,
            plain=" ".join(form),
            main_word=wording.main_word(form),
            is_ours=ours,
            is_label=label,
            **of,
        )
        for words, ours, label in told
        for form in wording.forms(words)
    ]


def _clauses(owner: Organisation, version: PolicyVersion, record: records.PolicyRecord) -> None:
    """A commissioner's clauses are held once, with the version from which they were first read."""
    held = db.session.scalar(
        select(CommissionerClause.id).where(CommissionerClause.owner_id == owner.id).limit(1)
    )
    if held is not None:
        return
    db.session.add_all(
        CommissionerClause(
            owner_id=owner.id,
            version_id=version.id,
            kind=one.kind,
            number=number,
            words=one.words,
            may_be_out_of_date=one.may_be_out_of_date,
            why_out_of_date=one.why,
        )
        for number, one in enumerate(record.clauses, start=1)
    )


def _cite(version: PolicyVersion, cites: Iterable[str]) -> None:
    known = {one.reference: one.id for one in db.session.scalars(select(Guidance))} if cites else {}
    for reference in cites:
        if reference not in known:
            raise records.RecordError(f"cites > {reference}: is not on record; load the guidance first")
        db.session.execute(
            cited_guidance.insert().values(version_id=version.id, guidance_id=known[reference])
        )


def _load_guidance(record: records.GuidanceRecord) -> Loaded:
    name = f"{record.kind}{record.number}"
    there = db.session.scalar(
        select(Guidance.id).where(Guidance.kind == record.kind, Guidance.number == record.number)
    )
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
        says=record.says,
        recommendations=[[number, said] for number, said in record.recommendations.items()],
        further=[[heading, said] for heading, said in record.further.items()],
        source_file=source.file if source else None,
        source_sha256=source.sha256 if source else None,
    )
    db.session.add(guidance)
    db.session.flush()
    db.session.add_all(GuidanceCode(guidance_id=guidance.id, **facts) for _, facts in _listed(record.codes))
    db.session.add_all(_phrases(record.known_by, [], guidance_id=guidance.id))
    db.session.flush()
    return Loaded(name, True, guidance_id=guidance.id)
