"""Writing a version of a policy from its record: the one way in, whether it was imported, typed or loaded.

A draft is written again from its record as often as it is saved; a version that was published is never rewritten.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from ifr import clock, profiles
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes, records, wording
from ifr.policies.models import (
    CommissionerClause,
    Criterion,
    Guidance,
    Policy,
    PolicyArea,
    PolicyCode,
    PolicyVersion,
    PolicyWord,
    Statement,
    Succession,
    TreatmentPhrase,
    cited_guidance,
    linked_clauses,
)
from ifr.policies.standing import plain_area

_AS_RECORDED = (
    "issued_by",
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
)
_STARTS, _ENDS = ("ratified_on", "effective_from", "published_on"), ("effective_to",)


def policy_for(owner: Organisation, record: records.PolicyRecord) -> Policy:
    """The policy that a record is a version of: by reference, or by title where none is printed; made when it is new."""
    known_as = record.reference or record.title
    policy = db.session.scalar(select(Policy).where(Policy.owner_id == owner.id, Policy.known_as == known_as))
    if policy is None:
        taken = set(db.session.scalars(select(Policy.slug).where(Policy.owner_id == owner.id)))
        policy = Policy(
            owner_id=owner.id,
            known_as=known_as,
            slug=address(record.address or known_as, taken),
            reference=record.reference,
            title=record.title,
            kind=record.kind,
            is_demonstration=record.demonstration,
        )
        db.session.add(policy)
        db.session.flush()
    return policy


def write_version(owner: Organisation, policy: Policy, record: records.PolicyRecord) -> PolicyVersion:
    """A new version, in no state yet. Raises RecordError for what is not on record, CodeError for a code without the
    shape of one."""
    taken = set(db.session.scalars(select(PolicyVersion.slug).where(PolicyVersion.policy_id == policy.id)))
    version = PolicyVersion(
        policy_id=policy.id,
        owner_id=owner.id,
        workflow_id=profiles.latest("workflow", "policy").id,
        slug=address(record.version_address or record.version, taken),
        recorded_at=clock.now(),
        withdrawn_on=record.withdrawn_on,
    )
    _set_facts(version, record)
    db.session.add(version)
    db.session.flush()
    _write_parts(version, policy, record)
    return version


def rewrite_version(version: PolicyVersion, policy: Policy, record: records.PolicyRecord) -> None:
    """Write a draft anew from its record. Raises as `write_version` does."""
    _set_facts(version, record)
    statements = select(Statement.id).where(Statement.version_id == version.id)
    for part in (PolicyCode, TreatmentPhrase, Criterion):
        db.session.execute(delete(part).where(part.statement_id.in_(statements)))
    for whole in (Statement, PolicyArea, PolicyWord, Succession):
        db.session.execute(delete(whole).where(whole.version_id == version.id))
    for link in (cited_guidance, linked_clauses):
        db.session.execute(link.delete().where(link.c.version_id == version.id))
    db.session.flush()
    _write_parts(version, policy, record)
    db.session.expire(version)


def _set_facts(version: PolicyVersion, record: records.PolicyRecord) -> None:
    clause, source = record.exceptionality, record.source
    for name in _AS_RECORDED:
        setattr(version, name, getattr(record, name))
    version.title_as_printed = record.title
    version.label, version.position = record.version, record.position.value
    version.inexact = {}
    for name in (*_STARTS, *_ENDS):
        _set_day(version, name, getattr(record, name), is_end=name in _ENDS)
    _set_day(version, "review_due_on", record.review.day, is_end=True)
    version.review_words, version.is_static = record.review.words, record.review.static
    version.exceptionality = clause.words if clause else None
    version.exceptionality_route_named = bool(clause and clause.route_named)
    version.impacts = [[heading, said] for heading, said in record.impacts.items()]
    version.further = [[heading, said] for heading, said in record.further.items()]
    if source is not None:
        version.source_file, version.source_sha256 = source.file, source.sha256


def _set_day(version: PolicyVersion, name: str, printed: Any, *, is_end: bool) -> None:
    """A month counts from its first day, and is over or due on its last; what is printed stays beside it."""
    setattr(version, name, records.last_day(printed) if is_end else records.first_day(printed))
    if isinstance(printed, str):
        version.inexact = {**version.inexact, name: printed}


def _write_parts(version: PolicyVersion, policy: Policy, record: records.PolicyRecord) -> None:
    db.session.add_all(_areas(version, record.areas))
    for number, said in enumerate(record.statements, start=1):
        _write_statement(version, number, said)
    _link_clauses(version, record.clauses)
    _cite(version, record.cites)
    _succeed(version, record.replaces)
    said_words = [text for one in record.statements for text in (one.treatment, one.indication)]
    known = [phrase.words for one in record.statements for phrase in one.known_by]
    found = wording.told_apart(record.title, record.reference, record.category, *said_words, *known)
    db.session.add_all(PolicyWord(version_id=version.id, owner_id=version.owner_id, word=word) for word in found)
    db.session.flush()


def _areas(version: PolicyVersion, listed: Iterable[str | records.AreaRecord]) -> Iterator[PolicyArea]:
    told: dict[str, records.AreaRecord] = {}
    for listing in listed:
        one = records.AreaRecord(name=listing) if isinstance(listing, str) else listing
        before = told.setdefault(plain_area(one.name), one)
        if one.model_copy(update={"name": before.name}) != before:
            raise records.RecordError(
                f"areas > {one.name}: is named twice (also as {before.name}), and not with the same days and mechanism; "
                "name each area once"
            )
    for plain, one in told.items():
        yield PolicyArea(version_id=version.id, plain_name=plain, **one.model_dump())


def _write_statement(version: PolicyVersion, number: int, said: records.StatementRecord) -> None:
    statement = Statement(
        version_id=version.id,
        number=number,
        treatment=said.treatment,
        indication=said.indication,
        position=said.position.value,
        mechanism=said.mechanism,
        youngest=said.ages.youngest,
        oldest=said.ages.oldest,
        age_words=said.ages.words,
    )
    db.session.add(statement)
    db.session.flush()
    of = {"statement_id": statement.id, "owner_id": version.owner_id}
    db.session.add_all(PolicyCode(role=one.role, flag=one.flag, **of, **facts) for one, facts in listed_codes(said.codes))
    labels = [one.label for one in said.codes.opcs4 if one.label and one.role == "include"]
    db.session.add_all(phrases(said.known_by, labels, **of))
    db.session.add_all(
        Criterion(statement_id=statement.id, number=n, label=one.label, words=one.words)
        for n, one in enumerate(said.criteria, start=1)
    )


def listed_codes(said: records.Codes) -> Iterator[tuple[records.Code, dict[str, Any]]]:
    """Each code with the facts of its row. Raises CodeError for one without the shape of a code."""
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
                    "release": one.release,
                    "is_ours": one.ours,
                },
            )


def phrases(known_by: Sequence[records.Phrase], labels: Sequence[str], **of: int) -> list[TreatmentPhrase]:
    """The words by which a treatment is known, in every plain form of theirs."""
    told = [(one.words, one.ours, False) for one in known_by] + [(one, False, True) for one in dict.fromkeys(labels)]
    return [
        TreatmentPhrase(
            phrase=words,
            # An index holds both, and none takes a garbled table that was read as one phrase.
            plain=" ".join(form)[:1000],
            main_word=wording.main_word(form)[:60],
            is_ours=ours,
            is_label=label,
            **of,
        )
        for words, ours, label in told
        for form in wording.forms(words)
    ]


def _link_clauses(version: PolicyVersion, said: Sequence[records.ClauseRecord]) -> None:
    """A commissioner's clause is held once, with the version from which it was first read, and linked from each."""
    if not said:
        return
    held = db.session.scalars(select(CommissionerClause).where(CommissionerClause.owner_id == version.owner_id)).all()
    known = {(one.kind, one.words): one for one in held}
    number = max((one.number for one in held), default=0)
    for one in {(one.kind, one.words): one for one in said}.values():
        clause = known.get((one.kind, one.words))
        if clause is None:
            number += 1
            clause = CommissionerClause(
                owner_id=version.owner_id,
                version_id=version.id,
                kind=one.kind,
                number=number,
                words=one.words,
                may_be_out_of_date=one.may_be_out_of_date,
                why_out_of_date=one.why,
            )
            db.session.add(clause)
            db.session.flush()
        db.session.execute(linked_clauses.insert().values(version_id=version.id, clause_id=clause.id))


def _cite(version: PolicyVersion, cites: Iterable[str]) -> None:
    known = {one.reference: one.id for one in db.session.scalars(select(Guidance))} if cites else {}
    for reference in cites:
        if reference not in known:
            raise records.RecordError(f"cites > {reference}: is not on record; load the guidance first")
        db.session.execute(cited_guidance.insert().values(version_id=version.id, guidance_id=known[reference]))


def _succeed(version: PolicyVersion, replaced: Iterable[records.PredecessorRecord]) -> None:
    for one in replaced:
        predecessor = db.session.scalar(
            select(PolicyVersion.id)
            .join(Policy, Policy.id == PolicyVersion.policy_id)
            .where(PolicyVersion.owner_id == version.owner_id, Policy.known_as == one.policy, PolicyVersion.label == one.version)
        )
        if predecessor is None or predecessor == version.id:
            raise records.RecordError(f"replaces > {one.policy}, version {one.version}: is not on record")
        if version.id in predecessors_of([predecessor]):
            raise records.RecordError(
                f"replaces > {one.policy}, version {one.version}: takes the place of this version itself, at once or after "
                "others. Two versions cannot take each other's place"
            )
        db.session.add(Succession(version_id=version.id, predecessor_id=predecessor, last_on=one.last_on))
        db.session.flush()


def predecessors_of(versions: Iterable[int]) -> set[int]:
    """Every version whose place one of these takes, at once or after others; a discarded draft takes none. A version that is
    among its own predecessors stands in a circle."""
    start = [*versions]
    return _reached(start, _lines_before(start))


def in_a_circle(versions: Iterable[int]) -> set[int]:
    """Which of these versions take, at once or after others, the place of themselves."""
    asked = [*versions]
    lines = _lines_before(asked)
    return {one for one in asked if one in _reached([one], lines)}


def _lines_before(versions: Sequence[int]) -> dict[int, list[int]]:
    """The predecessors of these versions and of every version that is met on the way, by id; in as many queries as the
    longest line has steps."""
    lines: dict[int, list[int]] = {}
    ahead = {*versions}
    while ahead:
        rows = db.session.execute(
            select(Succession.version_id, Succession.predecessor_id)
            .join(PolicyVersion, PolicyVersion.id == Succession.version_id)
            .where(Succession.version_id.in_(ahead), PolicyVersion._state != "discarded")
        ).all()
        lines |= {one: [] for one in ahead}
        for version, predecessor in rows:
            lines[version].append(predecessor)
        ahead = {predecessor for _, predecessor in rows} - lines.keys()
    return lines


def _reached(start: Iterable[int], lines: Mapping[int, Sequence[int]]) -> set[int]:
    found: set[int] = set()
    ahead = [*start]
    while ahead:
        before = [one for one in lines.get(ahead.pop(), ()) if one not in found]
        found.update(before)
        ahead += before
    return found


def address(text: str, taken: set[str]) -> str:
    """A name for addresses: small letters, digits and hyphens and no dot, since an address with .json at its end is that of
    the same as JSON; numbered when another has it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-") or "policy"
    numbered = (name if n == 1 else f"{name}-{n}" for n in range(1, len(taken) + 2))
    return next(one for one in numbered if one not in taken)
