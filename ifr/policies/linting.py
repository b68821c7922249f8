"""The linter on the register: what is doubtful about a version on record, and what only other versions show about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import aliased, joinedload

from ifr import clock
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes, exporting
from ifr.policies.findings import Beside, Finding, RegisterFacts, lint, named, plain
from ifr.policies.models import (
    PUBLIC_STATES,
    Policy,
    PolicyArea,
    PolicyCode,
    PolicyVersion,
    Statement,
    Succession,
    TreatmentPhrase,
)
from ifr.policies.recording import in_a_circle
from ifr.policies.standing import Standing, Status, by_place, standings

__all__ = ["Beside", "Finding", "Linted", "RegisterFacts", "lint", "lint_register", "lint_version"]

# How many versions are read at once, so that a whole register does not stand in memory.
_AT_A_TIME = 200


def lint_version(version_id: int, on: date | None = None) -> list[Finding]:
    """Every doubt about a version that is on record, a draft among them. Raises LookupError when there is none."""
    found = exporting.versions_whole([version_id])
    if not found:
        raise LookupError(f"no policy version {version_id}")
    return _lint_all(found, on or clock.today())[version_id]


def lint_named(address: str, on: date | None = None) -> "Linted":
    """Every doubt about one version, a draft among them, by its number or by its address in the register: commissioner/policy,
    for the latest that is on record, or commissioner/policy/version. Raises LookupError when there is none."""
    body, _, rest = address.strip("/").removeprefix("register/").partition("/")
    policy, _, label = rest.replace("/versions/", "/").partition("/")
    query = select(PolicyVersion.id).where(PolicyVersion._state != "discarded").order_by(PolicyVersion.id.desc()).limit(1)
    if not rest:
        query = query.where(PolicyVersion.id == (int(body) if body.isdecimal() and len(body) <= 9 else 0))
    else:
        query = (
            query.join(Policy, Policy.id == PolicyVersion.policy_id)
            .join(Organisation, Organisation.id == PolicyVersion.owner_id)
            .where(Organisation.slug == body, Policy.slug == policy)
        )
        query = query.where(PolicyVersion.slug == label) if label else query
    found = db.session.scalar(query)
    if found is None:
        raise LookupError(address)
    return _linted([found], on or clock.today())[0]


@dataclass(frozen=True)
class Linted:
    """What was found about one version of the register."""

    version_id: int
    commissioner: str
    name: str
    findings: list[Finding]


def lint_register(commissioner: str | None = None, on: date | None = None) -> list[Linted]:
    """Every doubt about the published versions of one commissioner, by its short name, or of all of them; in as many
    queries for a few hundred versions as for one."""
    query = select(PolicyVersion.id).where(PolicyVersion._state.in_(PUBLIC_STATES)).order_by(PolicyVersion.id)
    if commissioner:
        query = query.join(Organisation, Organisation.id == PolicyVersion.owner_id).where(Organisation.slug == commissioner)
    on = on or clock.today()
    ids = db.session.scalars(query).all()
    return [one for start in range(0, len(ids), _AT_A_TIME) for one in _linted(ids[start : start + _AT_A_TIME], on)]


def _linted(ids: Sequence[int], on: date) -> list[Linted]:
    versions = exporting.versions_whole(ids)
    findings = _lint_all(versions, on)
    return [
        Linted(one.id, one.policy.owner.slug, named(one.title, one.label), findings[one.id]) for one in versions
    ]


def _lint_all(versions: Sequence[PolicyVersion], on: date) -> dict[int, list[Finding]]:
    """What is asked of each of these versions, which were loaded whole, by id."""
    standing = standings([one for one in versions if one.is_public], on)
    status = {one.id: standing[one.id].status if one.is_public else Status(one.state) for one in versions}
    beside = _in_force_beside([one for one in versions if status[one.id].binds], on)
    for one in versions:
        if not one.is_public:
            # What a draft would stand beside is what holds when it would begin to apply.
            beside |= _in_force_beside([one], max(on, one.counts_from or on))
    circles = in_a_circle([one.id for one in versions if one.successions])
    followers = _followers(versions)
    return {
        one.id: lint(
            exporting.record_of(one),
            register=RegisterFacts(
                beside=beside.get(one.id, ()),
                followed_by=tuple(followers.get(one.id, ())),
                ended=_ended(one),
                is_draft=not one.is_public,
                in_a_circle=one.id in circles,
                is_over=status[one.id] in (Status.SUPERSEDED, Status.ENDED, Status.WITHDRAWN, Status.DISCARDED),
            ),
            on=on,
        )
        for one in versions
    }


def _ended(version: PolicyVersion) -> frozenset[tuple[str, str]]:
    return frozenset(
        (one.predecessor.policy.known_as, one.predecessor.label)
        for one in version.successions
        if one.predecessor.effective_to is not None
    )


def _followers(versions: Sequence[PolicyVersion]) -> dict[int, list[tuple[str, date | None]]]:
    """The versions that follow each of these for which no last day is on record, by the id of the one that is followed."""
    without_end = [one.id for one in versions if one.effective_to is None and one.withdrawn_on is None]
    rows = db.session.execute(
        select(Succession.predecessor_id, PolicyVersion)
        .join(PolicyVersion, Succession.version_id == PolicyVersion.id)
        .where(
            Succession.predecessor_id.in_(without_end),
            Succession.last_on.is_(None),
            PolicyVersion._state.in_(PUBLIC_STATES),
        )
        .options(joinedload(PolicyVersion.policy))
        .order_by(PolicyVersion.id)
    )
    found: dict[int, list[tuple[str, date | None]]] = {}
    for predecessor, one in rows:
        found.setdefault(predecessor, []).append((named(one.title, one.label), one.counts_from))
    return found


# --- versions that stand beside one another -------------------------------------------------------------------------------


def _in_force_beside(versions: Sequence[PolicyVersion], on: date) -> dict[int, tuple[Beside, ...]]:
    """By id: the other versions of the commissioner that bind on the day in a place where this one does (or, for a draft,
    would) and are of the same policy or about the same treatment for the same condition."""
    alike = _alike(versions)
    there = {one.id: one for one in versions}
    others = _whole({other for found in alike.values() for other in found}, there)
    places = by_place([*there.values(), *(one for id, one in others.items() if id not in there)], on)
    return {
        one.id: _beside(one, [others[id] for id in sorted(alike[one.id])], places) for one in versions if one.id in alike
    }


def _whole(ids: set[int], there: Mapping[int, PolicyVersion]) -> dict[int, PolicyVersion]:
    """These versions with their statements; those that are there already are not asked for again."""
    found = {id: there[id] for id in ids & there.keys()}
    missing = sorted(ids - there.keys())
    for start in range(0, len(missing), _AT_A_TIME):
        query = select(PolicyVersion).where(PolicyVersion.id.in_(missing[start : start + _AT_A_TIME]))
        found |= {one.id: one for one in db.session.scalars(query.options(*exporting.WHOLE))}
    return found


def _beside(
    version: PolicyVersion, alike: Sequence[PolicyVersion], places: Mapping[int, Mapping[str | None, Standing]]
) -> tuple[Beside, ...]:
    others = [one for one in alike if one.policy_id == version.policy_id or _decide_on_the_same(one, version)]
    if not version.is_public:
        replaced = {one.predecessor_id for one in version.successions}
        others = [one for one in others if one.policy_id != version.policy_id and one.id not in replaced]
    found: dict[int, list[str]] = {}
    for area in _places([version, *others]):
        if not _applies(version, area) or version.is_public and not _binds(places, version, area):
            continue
        for one in others:
            if _applies(one, area) and _binds(places, one, area):
                found.setdefault(one.id, []).extend([area.name] if area else [])
    return tuple(Beside(named(one.title, one.label), tuple(found[one.id])) for one in others if one.id in found)


def _places(versions: Sequence[PolicyVersion]) -> list[PolicyArea | None]:
    """Every area that one of them names; none at all where none names any."""
    named = {area.plain_name: area for one in versions for area in one.areas}
    return [named[name] for name in sorted(named)] or [None]


def _applies(version: PolicyVersion, area: PolicyArea | None) -> bool:
    return area is None or not version.areas or area.plain_name in {one.plain_name for one in version.areas}


def _binds(
    places: Mapping[int, Mapping[str | None, Standing]], version: PolicyVersion, area: PolicyArea | None
) -> bool:
    """Where neither a version nor its family names the area, it stands there as it does wherever nothing is named."""
    known = places.get(version.id, {})
    standing = known.get(area.plain_name if area else None) or known.get(None)
    return standing is not None and standing.binds


def _alike(versions: Sequence[PolicyVersion]) -> dict[int, set[int]]:
    """By id: the published versions of the commissioner that are of the same policy, name the treatment in the same words
    or list one of the same procedures. Whether they decide on the same is looked at afterwards."""
    ids = [one.id for one in versions]
    found: dict[int, set[int]] = {}
    for query in (_OF_ONE_POLICY, _OF_ONE_NAME, _OF_ONE_CODE):
        for version, other in db.session.execute(query, {"ids": ids}) if ids else ():
            found.setdefault(version, set()).add(other)
    return found


_other = aliased(PolicyVersion)
_said, _said_there = aliased(Statement), aliased(Statement)
_phrase, _phrase_there = aliased(TreatmentPhrase), aliased(TreatmentPhrase)
_code, _code_there = aliased(PolicyCode), aliased(PolicyCode)
_OF_ONE_POLICY = (
    select(PolicyVersion.id, _other.id)
    .join(_other, and_(_other.policy_id == PolicyVersion.policy_id, _other.id != PolicyVersion.id))
    .where(PolicyVersion.id.in_(bindparam("ids", expanding=True)), _other._state.in_(PUBLIC_STATES))
)
_OF_ONE_STATEMENT = (
    select(_said.version_id, _other.id)
    .where(
        _said.version_id.in_(bindparam("ids", expanding=True)),
        _other.id != _said.version_id,
        _other._state.in_(PUBLIC_STATES),
    )
    .distinct()
)


def _sharing(here: Any, there: Any, *alike: ColumnElement[bool]) -> Select[int, int]:
    """The other versions that say something of their commissioner's alike, in rows that belong to statements."""
    return (
        _OF_ONE_STATEMENT.join_from(_said, here, here.statement_id == _said.id)
        .join(there, and_(there.owner_id == here.owner_id, *alike))
        .join(_said_there, _said_there.id == there.statement_id)
        .join(_other, _other.id == _said_there.version_id)
    )


_OF_ONE_NAME = _sharing(
    _phrase, _phrase_there, _phrase_there.main_word == _phrase.main_word, _phrase_there.plain == _phrase.plain
).where(_phrase.is_label.is_(False), _phrase_there.is_label.is_(False))
_OF_ONE_CODE = _sharing(
    _code, _code_there, _code_there.system == _code.system, _code_there.normalised == _code.normalised
).where(_code.system == codes.OPCS4, _code.role == "include")


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
