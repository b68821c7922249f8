"""Where a version stands on a day: not yet in force, in force, static, superseded, ended or withdrawn.

It is worked out from dates and successors for the day, and the area, that is asked about; nothing of it is stored. A
review that is late ends nothing. A version counts from its effective date, else from publication, else from
ratification.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import bindparam, select

from ifr.db import plain_rows
from ifr.policies.models import PUBLIC_STATES, PolicyArea, PolicyVersion, Succession

_DAY = timedelta(days=1)


class Status(StrEnum):
    """Where a version stands, the one that matters most first: a version may stand differently in two areas."""

    IN_FORCE = "in_force"
    STATIC = "static"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    SUPERSEDED = "superseded"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    PROPOSED = "proposed"
    DRAFT = "draft"
    DISCARDED = "discarded"
    ELSEWHERE = "elsewhere"

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def binds(self) -> bool:
        return self in (Status.IN_FORCE, Status.STATIC)


_WORDS = {
    Status.IN_FORCE: "In force",
    Status.STATIC: "In force, static",
    Status.NOT_YET_IN_FORCE: "Not yet in force",
    Status.SUPERSEDED: "Superseded",
    Status.ENDED: "Ended",
    Status.WITHDRAWN: "Withdrawn",
    Status.PROPOSED: "Proposed for publication",
    Status.DRAFT: "Draft",
    Status.DISCARDED: "Discarded",
    Status.ELSEWHERE: "Does not apply in this area",
}


@dataclass(frozen=True)
class Area:
    """An area to which a version applies, with its own dates and mechanism where it prints any."""

    name: str
    begins: date | None
    ends: date | None
    mechanism: str | None


@dataclass(frozen=True)
class Standing:
    """Where a version stands on the day and in the area asked about, and what holds there."""

    status: Status
    begins_on: date | None = None
    ends_on: date | None = None
    mechanism: str | None = None
    # The version that has taken its place, where it is superseded.
    replaced_by: int | None = None
    # Every area that the version names, by its plain name.
    areas: Mapping[str, Area] = field(default_factory=dict)

    @property
    def binds(self) -> bool:
        return self.status.binds


class Versioned(Protocol):
    """A version as a row or as a model: whatever has these three."""

    @property
    def id(self) -> int: ...
    @property
    def policy_id(self) -> int: ...
    @property
    def state(self) -> str: ...


def plain_area(name: str) -> str:
    """The name of an area as it is compared."""
    return " ".join(name.casefold().replace("&", " and ").replace(",", " ").split())


def standings(versions: Sequence[Versioned], on: date, area: str | None = None) -> dict[int, Standing]:
    """Where each of these versions stands, by id, in as many queries for many as for one. Without an area a version is
    in force when it is so in any area to which it applies."""
    if not versions:
        return {}
    known = _facts({one.policy_id for one in versions})
    place = plain_area(area) if area else None
    found = {}
    for one in versions:
        facts = known.get(one.id)
        found[one.id] = _standing(facts, known, on, place) if facts else Standing(Status(one.state))
    return found


def by_place(versions: Sequence[Versioned], on: date) -> dict[int, dict[str | None, Standing]]:
    """Where each of these versions stands in every area that it, or a version beside it, names; None stands for wherever
    no version names an area."""
    if not versions:
        return {}
    known = _facts({one.policy_id for one in versions})
    found: dict[int, dict[str | None, Standing]] = {}
    for one in versions:
        facts = known.get(one.id)
        if facts is None:
            continue
        family = [other for other in known.values() if other.policy_id == facts.policy_id or other.id in dict(facts.successors)]
        places: list[str | None] = [*dict.fromkeys(place for other in family for place in other.areas)]
        if not facts.areas:
            places.append(None)
        gone = Standing(Status.WITHDRAWN) if facts.gone(on) else None
        found[one.id] = {place: gone or _in_place(facts, known, on, place) for place in places if facts.applies_in(place)}
    return found


def periods(versions: Sequence[Versioned]) -> dict[int, list[tuple[date | None, date | None]]]:
    """From when until when each of these versions binds, in any area; None where there is no first or no last day. A
    version binds again when the one that took its place is withdrawn."""
    known = _facts({one.policy_id for one in versions}) if versions else {}
    days = [date.min, *sorted(_days_of_change(known.values()))]
    found: dict[int, list[tuple[date | None, date | None]]] = {}
    for one in versions:
        facts, spans = known.get(one.id), found.setdefault(one.id, [])
        since: date | None = None
        for day in (*days, None):
            binds = day is not None and facts is not None and _standing(facts, known, day, None).binds
            if binds and since is None:
                since = day
            elif not binds and since is not None:
                spans.append((None if since == date.min else since, day - _DAY if day else None))
                since = None
    return found


def _days_of_change(known: Iterable["_Facts"]) -> set[date]:
    found: set[date | None] = set()
    for one in known:
        found |= {one.counts_from, one.withdrawn_on if one.is_withdrawn else None, _after(one.ends)}
        for area in one.areas.values():
            found |= {area.begins, _after(area.ends)}
        found |= {_after(last_on) for _, last_on in one.successors}
    return {day for day in found if day is not None}


def _after(day: date | None) -> date | None:
    return day + _DAY if day is not None and day < date.max else None


# --- what the dates say; read as plain rows, so that it is right whatever else the session holds ---------------------------


@dataclass(frozen=True)
class _Facts:
    id: int
    policy_id: int
    counts_from: date | None
    ends: date | None
    withdrawn_on: date | None
    is_withdrawn: bool
    is_static: bool
    mechanism: str | None
    areas: dict[str, Area]
    successors: list[tuple[int, date | None]]

    def gone(self, on: date) -> bool:
        return self.is_withdrawn and (self.withdrawn_on is None or self.withdrawn_on <= on)

    def applies_in(self, place: str | None) -> bool:
        """Without areas it applies everywhere; with areas nowhere else."""
        return not self.areas or place in self.areas

    def begins_in(self, place: str | None) -> date | None:
        """A version that prints no date at all is taken to apply, since somebody has put it on record as published."""
        row = self.areas.get(place or "")
        return (row.begins if row else None) or self.counts_from

    def ends_in(self, place: str | None) -> date | None:
        row = self.areas.get(place or "")
        return (row.ends if row else None) or self.ends

    def mechanism_in(self, place: str | None) -> str | None:
        row = self.areas.get(place or "")
        return (row.mechanism if row else None) or self.mechanism


_version, _succession, _area = PolicyVersion.__table__.c, Succession.__table__.c, PolicyArea.__table__.c
_DATES = select(
    _version.id,
    _version.policy_id,
    _version.effective_from,
    _version.published_on,
    _version.ratified_on,
    _version.effective_to,
    _version.withdrawn_on,
    _version.state,
    _version.is_static,
    _version.mechanism,
).where(_version.state.in_(PUBLIC_STATES))
_OF_POLICIES = _DATES.where(_version.policy_id.in_(bindparam("policies", expanding=True)))
_OF_SUCCESSORS = _DATES.where(_version.id.in_(bindparam("ids", expanding=True)))
_SUCCESSIONS = (
    select(_succession.predecessor_id, _succession.version_id, _succession.last_on)
    .join(PolicyVersion.__table__, _version.id == _succession.version_id)
    .where(_succession.predecessor_id.in_(bindparam("ids", expanding=True)), _version.state.in_(PUBLIC_STATES))
    .order_by(_succession.version_id)
)
_AREAS = (
    select(_area.version_id, _area.plain_name, _area.name, _area.effective_from, _area.effective_to, _area.mechanism)
    .where(_area.version_id.in_(bindparam("ids", expanding=True)))
    .order_by(_area.id)
)


def _facts(policies: Iterable[int]) -> dict[int, _Facts]:
    """The public versions of these policies, and those that took the place of one of them."""
    rows = [*plain_rows(_OF_POLICIES, policies=[*policies])]
    own = {row.id for row in rows}
    successors: dict[int, list[tuple[int, date | None]]] = {}
    for predecessor, successor, last_on in plain_rows(_SUCCESSIONS, ids=[*own]):
        successors.setdefault(predecessor, []).append((successor, last_on))
    further = {version for listed in successors.values() for version, _ in listed} - own
    if further:
        rows += plain_rows(_OF_SUCCESSORS, ids=[*further])
    areas = _areas([row.id for row in rows])
    return {
        row.id: _Facts(
            id=row.id,
            policy_id=row.policy_id,
            counts_from=row.effective_from or row.published_on or row.ratified_on,
            ends=row.effective_to,
            withdrawn_on=row.withdrawn_on,
            is_withdrawn=row.state == "withdrawn",
            is_static=row.is_static,
            mechanism=row.mechanism,
            areas=areas.get(row.id, {}),
            successors=successors.get(row.id, []),
        )
        for row in rows
    }


def _areas(versions: Iterable[int]) -> dict[int, dict[str, Area]]:
    found: dict[int, dict[str, Area]] = {}
    for version, plain, *area in plain_rows(_AREAS, ids=[*versions]):
        found.setdefault(version, {})[plain] = Area(*area)
    return found


# --- working it out -----------------------------------------------------------------------------------------------------


def _standing(facts: _Facts, known: dict[int, _Facts], on: date, place: str | None) -> Standing:
    if facts.gone(on):
        return Standing(Status.WITHDRAWN)
    places: list[str | None] = [place] if place else [*facts.areas] or [None]
    found = [_in_place(facts, known, on, one) for one in places]
    order = list(Status)
    return min(found, key=lambda one: order.index(one.status))


def _in_place(facts: _Facts, known: dict[int, _Facts], on: date, place: str | None) -> Standing:
    if not facts.applies_in(place):
        return Standing(Status.ELSEWHERE)
    begins, ends = facts.begins_in(place), facts.ends_in(place)
    after = _replaced_by(facts, known, on, place)
    if begins is not None and begins > on:
        status = Status.NOT_YET_IN_FORCE
    elif after is not None:
        status = Status.SUPERSEDED
    elif ends is not None and ends < on:
        status = Status.ENDED
    else:
        status = Status.STATIC if facts.is_static else Status.IN_FORCE
    return Standing(status, begins, ends, facts.mechanism_in(place), after, facts.areas)


def _replaced_by(facts: _Facts, known: dict[int, _Facts], on: date, place: str | None) -> int | None:
    named = dict(facts.successors)
    for version_id, last_on in named.items():
        if version_id in known and _has_taken_over(known[version_id], on, place, last_on):
            return version_id
    ours = (facts.begins_in(place) or date.min, facts.id)
    later = sorted(
        (one.begins_in(place) or date.min, one.id)
        for one in known.values()
        if one.policy_id == facts.policy_id and one.id not in named and one.id != facts.id
    )
    return next((id for begins, id in later if (begins, id) > ours and _has_taken_over(known[id], on, place)), None)


def _has_taken_over(later: _Facts, on: date, place: str | None, last_on: date | None = None) -> bool:
    """Whether a later version applies in the place of an earlier one. One that was withdrawn takes no place."""
    if later.gone(on) or not later.applies_in(place):
        return False
    begins = last_on + _DAY if last_on else later.begins_in(place)
    return begins is None or begins <= on
