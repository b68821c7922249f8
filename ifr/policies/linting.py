"""The linter on the register: what is doubtful about a version on record, and what only other versions show about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from ifr import clock
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes, exporting
from ifr.policies.findings import Beside, Finding, RegisterFacts, lint, named, plain
from ifr.policies.models import (
    PUBLIC_STATES,
    PolicyArea,
    PolicyCode,
    PolicyVersion,
    Statement,
    Succession,
    TreatmentPhrase,
)
from ifr.policies.standing import Status, standings

__all__ = ["Beside", "Finding", "Linted", "RegisterFacts", "lint", "lint_register", "lint_version"]


def lint_version(version_id: int, on: date | None = None) -> list[Finding]:
    """Every doubt about a version that is on record, a draft among them. Raises LookupError when there is none."""
    found = exporting.versions_whole([version_id])
    if not found:
        raise LookupError(f"no policy version {version_id}")
    return _lint_version(found[0], on or clock.today())


@dataclass(frozen=True)
class Linted:
    """What was found about one version of the register."""

    version_id: int
    commissioner: str
    name: str
    findings: list[Finding]


def lint_register(commissioner: str | None = None, on: date | None = None) -> list[Linted]:
    """Every doubt about the published versions of one commissioner, by its short name, or of all of them."""
    query = select(PolicyVersion.id).where(PolicyVersion._state.in_(PUBLIC_STATES)).order_by(PolicyVersion.id)
    if commissioner:
        query = query.join(Organisation, Organisation.id == PolicyVersion.owner_id).where(Organisation.slug == commissioner)
    found, on = [], on or clock.today()
    for version_id in db.session.scalars(query).all():
        version = exporting.versions_whole([version_id])[0]
        name = named(version.policy.title, version.label)
        found.append(Linted(version_id, version.policy.owner.slug, name, _lint_version(version, on)))
    return found


def _lint_version(version: PolicyVersion, on: date) -> list[Finding]:
    record = exporting.record_of(version)
    is_public = version.is_public
    status = standings([version], on)[version.id].status if is_public else Status(version.state)
    ended = {
        (one.predecessor.policy.known_as, one.predecessor.label)
        for one in version.successions
        if one.predecessor.effective_to is not None
    }
    facts = RegisterFacts(
        beside=_in_force_beside(version, on) if status.binds or not is_public else (),
        followed_by=_followed_by(version),
        ended=frozenset(ended),
        is_draft=not is_public,
        is_over=status in (Status.SUPERSEDED, Status.ENDED, Status.WITHDRAWN, Status.DISCARDED),
    )
    return lint(record, register=facts, on=on)


def _followed_by(version: PolicyVersion) -> tuple[tuple[str, date | None], ...]:
    if version.effective_to is not None or version.withdrawn_on is not None:
        return ()
    followers = db.session.scalars(
        select(PolicyVersion)
        .join(Succession, Succession.version_id == PolicyVersion.id)
        .where(Succession.predecessor_id == version.id, Succession.last_on.is_(None), PolicyVersion._state.in_(PUBLIC_STATES))
        .options(joinedload(PolicyVersion.policy))
        .order_by(PolicyVersion.id)
    )
    return tuple((named(one.policy.title, one.label), one.counts_from) for one in followers)


def _in_force_beside(version: PolicyVersion, on: date) -> tuple[Beside, ...]:
    """The other versions of the commissioner that bind on the day in a place where this one does (or, for a draft, would)
    and are of the same policy or about the same treatment for the same condition."""
    others = [one for one in _of_the_same_treatment(version) if one.is_public]
    replaced = {one.predecessor_id for one in version.successions}
    if not version.is_public:
        others = [one for one in others if one.policy_id != version.policy_id and one.id not in replaced]
    places: dict[int, list[str]] = {}
    for area in _places([version, *others]):
        here = standings([version, *others], on, area.name if area else None)
        if not _binds_or_would(version, here[version.id].binds, area):
            continue
        for one in others:
            if here[one.id].binds and _applies(one, area):
                places.setdefault(one.id, []).extend([area.name] if area else [])
    return tuple(Beside(named(one.policy.title, one.label), tuple(places[one.id])) for one in others if one.id in places)


def _places(versions: Sequence[PolicyVersion]) -> list[PolicyArea | None]:
    """Every area that one of them names; none at all where none names any."""
    named = {area.plain_name: area for one in versions for area in one.areas}
    return [named[name] for name in sorted(named)] or [None]


def _binds_or_would(version: PolicyVersion, binds: bool, area: PolicyArea | None) -> bool:
    return _applies(version, area) and (binds or not version.is_public)


def _applies(version: PolicyVersion, area: PolicyArea | None) -> bool:
    return area is None or not version.areas or area.plain_name in {one.plain_name for one in version.areas}


def _of_the_same_treatment(version: PolicyVersion) -> list[PolicyVersion]:
    phrases = {phrase.plain: phrase.main_word for said in version.statements for phrase in said.phrases if not phrase.is_label}
    listed = {
        code.normalised for said in version.statements for code in said.codes if code.system == codes.OPCS4 and _is_in(code)
    }
    by_phrase = select(TreatmentPhrase.statement_id).where(
        TreatmentPhrase.owner_id == version.owner_id,
        TreatmentPhrase.main_word.in_(set(phrases.values())),
        TreatmentPhrase.plain.in_(phrases),
        TreatmentPhrase.is_label.is_(False),
    )
    by_code = select(PolicyCode.statement_id).where(
        PolicyCode.owner_id == version.owner_id, PolicyCode.system == codes.OPCS4, PolicyCode.normalised.in_(listed)
    )
    alike = select(Statement.version_id).where(or_(Statement.id.in_(by_phrase), Statement.id.in_(by_code)))
    found = db.session.scalars(
        select(PolicyVersion)
        .where(
            PolicyVersion.owner_id == version.owner_id,
            PolicyVersion.id != version.id,
            PolicyVersion._state.in_(PUBLIC_STATES),
            or_(PolicyVersion.policy_id == version.policy_id, PolicyVersion.id.in_(alike)),
        )
        .options(*exporting.WHOLE)
        .order_by(PolicyVersion.id)
    ).all()
    return [one for one in found if one.policy_id == version.policy_id or _decide_on_the_same(one, version)]


def _decide_on_the_same(one: PolicyVersion, other: PolicyVersion) -> bool:
    return any(_is_same(a, b) for a in one.statements for b in other.statements)


def _is_same(a: Statement, b: Statement) -> bool:
    """The same treatment for the same condition: a word for it in common, or the same procedure codes; and the condition
    in the same words, or a diagnosis code in common."""
    known = [{plain(one.treatment), *(p.plain for p in one.phrases if not p.is_label)} for one in (a, b)]
    procedures, diagnoses = ([_included(one, system) for one in (a, b)] for system in codes.SYSTEMS)
    same_treatment = bool(known[0] & known[1]) or bool(procedures[0]) and procedures[0] == procedures[1]
    same_condition = plain(a.indication) == plain(b.indication) or bool(diagnoses[0] & diagnoses[1])
    ages_apart = _apart(a, b) or _apart(b, a)
    return same_treatment and same_condition and not ages_apart


def _apart(a: Statement, b: Statement) -> bool:
    return a.oldest is not None and b.youngest is not None and a.oldest < b.youngest


def _included(said: Statement, system: str) -> set[str]:
    return {one.normalised for one in said.codes if one.system == system and _is_in(one)}


def _is_in(code: PolicyCode) -> bool:
    return code.role == "include"
