"""The register as anybody may read it: only what is or was published, found by words, by body and by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Select, Subquery, func, select, union_all
from sqlalchemy.orm import joinedload

from ifr import clock
from ifr.db import db
from ifr.people.models import COMMISSIONER, Organisation
from ifr.policies import wording
from ifr.policies.models import PUBLIC_STATES, Policy, PolicyVersion, PolicyWord
from ifr.policies.page import Compared, Timeline, VersionPage, area_names, compared, read_public_version, timeline_of, versions_of
from ifr.policies.positions import Position
from ifr.policies.standing import Standing, Status, by_place, standings
from ifr.workflow import MoveRecord, NotVisible

AT_A_TIME = 50
MOST_CHANGES = 100
FIRST_YEAR, LAST_YEAR = 1948, 2200

_PUBLISHED = ("publish", "record_published", "record_withdrawn")
_WITHDRAWN = ("withdraw_version", "record_withdrawn")


class NoSuchDayError(ValueError):
    """What stands in an address as a day is none."""


@dataclass(frozen=True)
class InForce:
    """A version that binds on the day asked about; `areas` where it does so in some areas only, else none."""

    version: PolicyVersion
    standing: Standing
    areas: tuple[str, ...]

    @property
    def position(self) -> str:
        return Position(self.version.position).words


@dataclass(frozen=True)
class PolicyRow:
    """A policy in a list, with what is in force of it; `otherwise` says where it stands when nothing is."""

    policy: Policy
    in_force: list[InForce]
    otherwise: str = ""


@dataclass(frozen=True)
class Listing:
    """A page of the list of policies."""

    rows: list[PolicyRow]
    total: int
    page: int

    @property
    def more(self) -> bool:
        return self.page * AT_A_TIME < self.total


@dataclass(frozen=True)
class PolicyPage:
    """A policy: its versions, and those in force on the day asked about."""

    policy: Policy
    on: date
    in_force: list[InForce]
    versions: list[PolicyVersion]
    timeline: Timeline


@dataclass(frozen=True)
class Change:
    """A version that was published or withdrawn, and when that went on record."""

    kind: Literal["published", "withdrawn"]
    version: PolicyVersion
    at: datetime


def day_named(text: str) -> date:
    """A day of an address: 2026-11-21. Raises NoSuchDayError for anything else."""
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None or found.isoformat() != text or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise NoSuchDayError("Give a day as year, month and day, such as 2026-04-01, between 1948 and 2200.")
    return found


def bodies() -> list[Organisation]:
    """The commissioners with a policy that is or was published."""
    owners = select(PolicyVersion.owner_id).where(PolicyVersion._state.in_(PUBLIC_STATES))
    return list(db.session.scalars(select(Organisation).where(Organisation.id.in_(owners)).order_by(Organisation.name)))


def body_named(slug: str) -> Organisation:
    """Raises NotVisible when no such body has a policy that anybody may read."""
    found = next((one for one in bodies() if one.slug == slug), None)
    if found is None:
        raise NotVisible(slug)
    return found


def policies_found(body: str | None = None, words: str = "", page: int = 1) -> Listing:
    """The policies of which a published version holds all these words, or their beginnings."""
    query = _policies(body)
    for word in sorted(wording.told_apart(words))[:10]:
        holds = select(PolicyVersion.policy_id).join(PolicyWord, PolicyWord.version_id == PolicyVersion.id)
        public = PolicyVersion._state.in_(PUBLIC_STATES)
        query = query.where(Policy.id.in_(holds.where(public, PolicyWord.word.startswith(word, autoescape=True))))
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = db.session.scalars(_with_owner(query).limit(AT_A_TIME).offset((page - 1) * AT_A_TIME)).all()
    return Listing(_rows(found, clock.today()), total, page)


def in_force_of(body: str, on: date) -> list[PolicyRow]:
    """The policies of a body of which something binds on a day, with what binds, in which areas. Raises NotVisible."""
    body_named(body)
    rows = _rows(db.session.scalars(_with_owner(_policies(body))).all(), on)
    return [row for row in rows if row.in_force]


def read_policy(body: str, policy: str, on: date | None = None) -> PolicyPage:
    """A policy by its address. Raises NotVisible unless a version of it is or was published."""
    on = on or clock.today()
    found = db.session.scalar(_with_owner(_policies(body).where(Policy.slug == policy)))
    if found is None:
        raise NotVisible(f"{body}/{policy}")
    versions = versions_of(found.id)
    return PolicyPage(found, on, _binding(versions, on).get(found.id, []), versions, timeline_of(versions, on))


def read_version(body: str, policy: str, version: str) -> VersionPage:
    """A version by its address. Raises NotVisible unless it is or was published."""
    return read_public_version(body, policy, version)


def difference(body: str, policy: str, older: str, newer: str) -> Compared:
    """What differs between two published versions of a policy. Raises NotVisible."""
    first, second = (read_public_version(body, policy, one).version.id for one in (older, newer))
    found = compared(first, second)
    if found is None:
        raise NotVisible("difference")
    return found


def changes() -> list[Change]:
    """What was published and withdrawn, latest first."""
    latest = union_all(*(select(_latest(one).c.id) for one in dict.fromkeys((*_PUBLISHED, *_WITHDRAWN))))
    moves = db.session.scalars(
        select(MoveRecord).where(MoveRecord.id.in_(latest)).order_by(MoveRecord.id.desc()).limit(MOST_CHANGES)
    ).all()
    ids = {int(one.stream.partition(":")[2]) for one in moves}
    found = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.id.in_(ids), PolicyVersion._state.in_(PUBLIC_STATES))
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
    )
    versions = {f"policy:{one.id}": one for one in found}
    return [
        Change("withdrawn" if one.trigger in _WITHDRAWN else "published", versions[one.stream], one.at)
        for one in moves
        if one.stream in versions
    ]


def _latest(trigger: str) -> Subquery:
    """The latest moves of one kind: an index leads to them, however many there are."""
    query = select(MoveRecord.id).where(MoveRecord.trigger == trigger, MoveRecord.stream.startswith("policy:"))
    return query.order_by(MoveRecord.id.desc()).limit(MOST_CHANGES).subquery()


# --- what is in force ---------------------------------------------------------------------------------------------------


def _policies(body: str | None) -> Select[Policy]:
    public = select(PolicyVersion.policy_id).where(PolicyVersion._state.in_(PUBLIC_STATES))
    query = (
        select(Policy)
        .join(Organisation, Organisation.id == Policy.owner_id)
        .where(Policy.id.in_(public), Organisation.kind == COMMISSIONER)
        .order_by(Organisation.name, Policy.title, Policy.slug)
    )
    return query.where(Organisation.slug == body) if body else query


def _with_owner(query: Select[Policy]) -> Select[Policy]:
    return query.options(joinedload(Policy.owner))


def _rows(policies: Sequence[Policy], on: date) -> list[PolicyRow]:
    versions = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.policy_id.in_([one.id for one in policies]), PolicyVersion._state.in_(PUBLIC_STATES))
        .order_by(PolicyVersion.policy_id, PolicyVersion.id)
    ).all()
    binding = _binding(versions, on)
    others = _otherwise([one for one in versions if one.policy_id not in binding], on)
    return [PolicyRow(one, binding.get(one.id, []), others.get(one.id, "")) for one in policies]


def _otherwise(versions: Sequence[PolicyVersion], on: date) -> dict[int, str]:
    """Where policies stand of which nothing is in force, such as not yet in force or withdrawn."""
    if not versions:
        return {}
    order, standing = list(Status), standings(versions, on)
    found: dict[int, Status] = {}
    for one in versions:
        status = standing[one.id].status
        found[one.policy_id] = min(status, found.get(one.policy_id, status), key=order.index)
    return {policy_id: status.words for policy_id, status in found.items()}


def _binding(versions: Sequence[PolicyVersion], on: date) -> dict[int, list[InForce]]:
    """What binds on a day, by policy. Areas are named where a version binds in some and not everywhere."""
    standing = standings(versions, on)
    binds = [one for one in versions if standing[one.id].binds]
    places = by_place(binds, on)
    names = area_names(sorted({place for known in places.values() for place in known if place}))
    found: dict[int, list[InForce]] = {}
    for one in binds:
        bound = {place: here for place, here in places[one.id].items() if here.binds}
        everywhere = None in bound and len(bound) == len(places[one.id])
        areas = () if everywhere else tuple(sorted(names.get(place, place) if place else "Everywhere else" for place in bound))
        found.setdefault(one.policy_id, []).append(InForce(one, next(iter(bound.values()), standing[one.id]), areas))
    return found
