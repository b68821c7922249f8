"""The record of a version as it stands in the register: what is exported, checked, compared and edited."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes, records
from ifr.policies.models import (
    PUBLIC_STATES,
    Guidance,
    Policy,
    PolicyArea,
    PolicyCode,
    PolicyVersion,
    Statement,
    Succession,
)

AnyRecord = TypeVar("AnyRecord", bound=BaseModel)

_PARTS = (
    joinedload(PolicyVersion.policy).joinedload(Policy.owner),
    selectinload(PolicyVersion.areas),
    selectinload(PolicyVersion.guidance),
    selectinload(PolicyVersion.clauses),
    selectinload(PolicyVersion.successions),
    selectinload(PolicyVersion.statements).options(
        selectinload(Statement.codes), selectinload(Statement.phrases), selectinload(Statement.criteria)
    ),
)
_PREDECESSOR = joinedload(Succession.predecessor).joinedload(PolicyVersion.policy).joinedload(Policy.owner)
# What a record needs of a version, in as many queries for many as for one.
WHOLE = (*_PARTS, selectinload(PolicyVersion.successions).options(_PREDECESSOR))
_SAME = (
    "issued_by",
    "position",
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
    "transition",
    "remarks",
    "withdrawn_on",
)
_DAYS = ("ratified_on", "effective_from", "published_on", "effective_to")


def versions_whole(ids: Sequence[int]) -> list[PolicyVersion]:
    """These versions with everything that a record holds, by id."""
    query = select(PolicyVersion).where(PolicyVersion.id.in_(ids)).options(*_PARTS).order_by(PolicyVersion.id)
    found = list(db.session.scalars(query.execution_options(populate_existing=True)))
    # Apart from the rest, which is read anew: an earlier version that is among these would lose its parts again.
    db.session.scalars(select(Succession).where(Succession.version_id.in_(ids)).options(_PREDECESSOR)).all()
    return found


def record_of(version: PolicyVersion) -> records.PolicyRecord:
    """The record of a version that was loaded whole."""
    policy, owner = version.policy, version.policy.owner
    facts: dict[str, Any] = {name: getattr(version, name) for name in _SAME}
    facts |= {name: version.printed(name) for name in _DAYS}
    return _made(
        records.PolicyRecord,
        record="policy",
        address=policy.slug,
        version_address=version.slug,
        commissioner=records.Body(
            slug=owner.slug,
            name=owner.name,
            ods_code=owner.ods_code or "",
            ods_is_demonstration=owner.ods_is_demonstration,
        ),
        reference=policy.reference,
        title=version.title,
        version=version.label,
        kind=policy.kind,
        demonstration=policy.is_demonstration,
        source=_source(version),
        areas=[_area(one) for one in version.areas],
        review=records.Review(day=version.printed("review_due_on"), words=version.review_words, static=version.is_static),
        exceptionality=(
            records.Exceptionality(words=version.exceptionality, route_named=version.exceptionality_route_named)
            if version.exceptionality
            else None
        ),
        replaces=[
            records.PredecessorRecord(policy=one.predecessor.policy.known_as, version=one.predecessor.label, last_on=one.last_on)
            for one in version.successions
        ],
        impacts=dict(version.impacts),
        further=dict(version.further),
        cites=[one.reference for one in version.guidance],
        statements=[_statement(one) for one in version.statements],
        clauses=[
            _made(
                records.ClauseRecord,
                kind=one.kind,
                words=one.words,
                may_be_out_of_date=one.may_be_out_of_date,
                why=one.why_out_of_date,
            )
            for one in version.clauses
        ],
        **facts,
    )


def _made(model: type[AnyRecord], **facts: Any) -> AnyRecord:
    """Rows hold plain texts where a record knows the few words that may stand there."""
    return model.model_validate(facts)


def _source(of: PolicyVersion | Guidance) -> records.SourceFile | None:
    return records.SourceFile(file=of.source_file, sha256=of.source_sha256 or "") if of.source_file else None


def _area(area: PolicyArea) -> str | records.AreaRecord:
    differs = {name: getattr(area, name) for name in ("ratified_on", "effective_from", "effective_to", "mechanism")}
    return records.AreaRecord(name=area.name, **differs) if any(differs.values()) else area.name


def _statement(said: Statement) -> records.StatementRecord:
    return _made(
        records.StatementRecord,
        treatment=said.treatment,
        indication=said.indication,
        position=said.position,
        mechanism=said.mechanism,
        ages=records.Ages(youngest=said.youngest, oldest=said.oldest, words=said.age_words),
        known_by=_phrases(said.phrases),
        codes=_codes(said.codes),
        criteria=[records.CriterionRecord(label=one.label, words=one.words) for one in said.criteria],
    )


def _phrases(phrases: Sequence[Any]) -> list[records.Phrase]:
    """A phrase is held once for each way of reading its hyphens; a record names it once."""
    told = {one.phrase: records.Phrase(words=one.phrase, ours=one.is_ours) for one in phrases if not one.is_label}
    return list(told.values())


def _codes(listed: Sequence[Any]) -> records.Codes:
    def of(system: str) -> list[records.Code]:
        return [
            _made(
                records.Code,
                code=one.verbatim,
                label=one.label,
                release=one.release,
                role=one.role if isinstance(one, PolicyCode) else "include",
                flag=one.flag if isinstance(one, PolicyCode) else None,
                ours=one.is_ours,
            )
            for one in listed
            if one.system == system
        ]

    return records.Codes(opcs4=of(codes.OPCS4), icd10=of(codes.ICD10))


def guidance_record_of(guidance: Guidance) -> records.GuidanceRecord:
    """The record of a piece of guidance whose codes and phrases were loaded."""
    same = (
        "kind", "number", "title", "publisher", "url", "published_on", "withdrawn_on", "funding_from", "funding_varied", "says",
    )  # fmt: skip
    return records.GuidanceRecord(
        record="guidance",
        formerly=[records.FormerNumber(**one) for one in guidance.former_numbers],
        source=records.SourceFile(file=guidance.source_file, sha256=guidance.source_sha256 or "")
        if guidance.source_file
        else None,
        recommendations=dict(guidance.recommendations),
        further=dict(guidance.further),
        known_by=_phrases(guidance.phrases),
        codes=_codes(guidance.codes),
        **{name: getattr(guidance, name) for name in same},
    )


# --- the whole register, to be kept elsewhere and restored ------------------------------------------------------------------

_AT_A_TIME = 200


def register_as_yaml(commissioner: str | None = None) -> Iterator[str]:
    """The register as YAML documents, one record each: all guidance, then every version that is or was published, body by
    body and policy by policy. A register that is restored from it gives the same text again."""
    guidance = select(Guidance).options(selectinload(Guidance.codes), selectinload(Guidance.phrases))
    for one in db.session.scalars(guidance.order_by(Guidance.kind, Guidance.number)).all():
        yield as_yaml(guidance_record_of(one))
    ids = _in_order(commissioner)
    for start in range(0, len(ids), _AT_A_TIME):
        some = ids[start : start + _AT_A_TIME]
        whole = {one.id: one for one in versions_whole(some)}
        yield from (as_yaml(_as_exported(whole[id])) for id in some)
        db.session.expunge_all()


def as_yaml(record: records.PolicyRecord | records.GuidanceRecord) -> str:
    """One document: what the record says and no more, each text such that it is read again as a text."""
    said = record.model_dump(mode="python", exclude_defaults=True)
    if "position" in said:
        said["position"] = str(said["position"])
    for one in said.get("statements", ()):
        one["position"] = str(one["position"])
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=120, explicit_start=True)


def _in_order(commissioner: str | None) -> list[int]:
    """The public versions by what they are called, so that the order does not hang on when each was recorded."""
    query = (
        select(PolicyVersion.id, Organisation.slug, Policy.slug, _COUNTS_FROM, PolicyVersion.slug)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .join(Organisation, Organisation.id == PolicyVersion.owner_id)
        .where(PolicyVersion._state.in_(PUBLIC_STATES))
    )
    if commissioner:
        query = query.where(Organisation.slug == commissioner)
    # Two databases sort texts by different rules, so they are put in order here.
    rows = sorted(db.session.execute(query), key=lambda row: (row[1], row[2], row[3] or date.min, row[4]))
    return [row[0] for row in rows]


_COUNTS_FROM = func.coalesce(PolicyVersion.effective_from, PolicyVersion.published_on, PolicyVersion.ratified_on)


def _as_exported(version: PolicyVersion) -> records.PolicyRecord:
    """A record that stands by itself: a version that is no longer, or not yet, public takes part in no succession."""
    record = record_of(version)
    public = {
        (one.predecessor.policy.known_as, one.predecessor.label)
        for one in version.successions
        if one.predecessor.is_public
    }
    replaces = [one for one in record.replaces if (one.policy, one.version) in public]
    return record.model_copy(
        update={"replaces": sorted(replaces, key=lambda one: (one.policy, one.version)), "cites": sorted(record.cites)}
    )
