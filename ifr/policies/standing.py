"""Where a version stands on a day: not yet in force, in force, static, superseded, ended or withdrawn.

It is worked out from dates and successors for the day, and the area, that is asked about; nothing of it is stored. A
review that is late ends nothing. A version counts from its effective date, else from publication, else from
ratification.

Of the versions of one policy the latest that has begun holds. A version that names another as replaced stands later than
that one whatever their days are: the correction of a version may apply from an earlier day than what it corrects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import bindparam, select, union_all

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
        beside = (*facts.family, *(id for id, _ in facts.successors))
        family = [known[id] for id in beside if id in known]
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
        for place, area in one.areas.items():
            found |= {one.begins_in(place), _after(area.ends)}
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
    # Whether it counts from its ratification, since it prints no other day.
    is_dated_by_ratification: bool
    # When it was ratified in an area that names a day of its own.
    ratified_in: dict[str, date]
    successors: list[tuple[int, date | None]]
    predecessors: list[int]
    # The public versions of the same policy, this one among them.
    family: list[int]
    # Where it stands among others, by place, once that was asked.
    orders: dict[str | None, "_Order"] = field(default_factory=dict)

    def gone(self, on: date) -> bool:
        return self.is_withdrawn and (self.withdrawn_on is None or self.withdrawn_on <= on)

    def applies_in(self, place: str | None) -> bool:
        """Without areas it applies everywhere; with areas nowhere else."""
        return not self.areas or place in self.areas

    def begins_in(self, place: str | None) -> date | None:
        """A version that prints no date at all is taken to apply, since somebody has put it on record as published. Without
        a day on which it takes effect in an area it applies there once that area has ratified it."""
        row, ratified = self.areas.get(place or ""), self.ratified_in.get(place or "")
        if row and row.begins:
            return row.begins
        if ratified is None or self.is_dated_by_ratification:
            return ratified or self.counts_from
        return max(ratified, self.counts_from or ratified)

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
_OF_OTHERS = _DATES.where(_version.id.in_(bindparam("ids", expanding=True)))
# Which public version takes the place of which: those after some versions, and those before some.
_PUBLIC_SUCCESSIONS = (
    select(_succession.predecessor_id, _succession.version_id, _succession.last_on)
    .join(PolicyVersion.__table__, _version.id == _succession.version_id)
    .where(_version.state.in_(PUBLIC_STATES))
)
_SUCCESSIONS = union_all(
    _PUBLIC_SUCCESSIONS.where(_succession.predecessor_id.in_(bindparam("followed", expanding=True))),
    _PUBLIC_SUCCESSIONS.where(_succession.version_id.in_(bindparam("following", expanding=True))),
)
_AREAS = (
    select(
        _area.version_id,
        _area.plain_name,
        _area.ratified_on,
        _area.name,
        _area.effective_from,
        _area.effective_to,
        _area.mechanism,
    )
    .where(_area.version_id.in_(bindparam("ids", expanding=True)))
    .order_by(_area.id)
)


def _facts(policies: Iterable[int]) -> dict[int, _Facts]:
    """The public versions of these policies, those that took the place of one of them and those whose place one of them
    took, at once or after others."""
    rows = [*plain_rows(_OF_POLICIES, policies=[*policies])]
    own = {row.id for row in rows}
    successors: dict[int, list[tuple[int, date | None]]] = {}
    predecessors: dict[int, list[int]] = {}
    for (successor, predecessor), last_on in sorted(_successions(own).items(), key=lambda one: one[0]):
        successors.setdefault(predecessor, []).append((successor, last_on))
        predecessors.setdefault(successor, []).append(predecessor)
    further = {*successors, *predecessors} - own
    if further:
        rows += plain_rows(_OF_OTHERS, ids=[*further])
    areas, ratified = _areas([row.id for row in rows])
    families: dict[int, list[int]] = {}
    for row in rows:
        families.setdefault(row.policy_id, []).append(row.id)
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
            is_dated_by_ratification=row.effective_from is None and row.published_on is None,
            ratified_in=ratified.get(row.id, {}),
            successors=successors.get(row.id, []),
            predecessors=predecessors.get(row.id, []),
            family=families[row.policy_id],
        )
        for row in rows
    }


def _successions(own: set[int]) -> dict[tuple[int, int], date | None]:
    """The last day, where one is named, by successor and predecessor: everything after these versions and everything before
    them. Each step to further policies takes one query more; within the policies of these versions it is one in all."""
    found: dict[tuple[int, int], date | None] = {}
    after, before = {*own}, {*own}
    followed, following = after, before
    while followed or following:
        rows = plain_rows(_SUCCESSIONS, followed=[*followed], following=[*following])
        found |= {(successor, predecessor): last_on for predecessor, successor, last_on in rows}
        # What comes before a successor, or after a predecessor, says nothing about these versions.
        followed = {successor for predecessor, successor, _ in rows if predecessor in after} - after
        following = {predecessor for predecessor, successor, _ in rows if successor in before} - before
        after, before = after | followed, before | following
    return found


def _areas(versions: Iterable[int]) -> tuple[dict[int, dict[str, Area]], dict[int, dict[str, date]]]:
    """The areas of versions, and the days on which areas ratified them, each by version and plain name."""
    found: dict[int, dict[str, Area]] = {}
    ratified: dict[int, dict[str, date]] = {}
    for version, plain, ratified_on, *area in plain_rows(_AREAS, ids=[*versions]):
        found.setdefault(version, {})[plain] = Area(*area)
        if ratified_on is not None:
            ratified.setdefault(version, {})[plain] = ratified_on
    return found, ratified


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
    # A version that was replaced before it applied never will.
    if after is not None:
        status = Status.SUPERSEDED
    elif begins is not None and begins > on:
        status = Status.NOT_YET_IN_FORCE
    elif ends is not None and ends < on:
        status = Status.ENDED
    else:
        status = Status.STATIC if facts.is_static else Status.IN_FORCE
    return Standing(status, begins, ends, facts.mechanism_in(place), after, facts.areas)


def _replaced_by(facts: _Facts, known: dict[int, _Facts], on: date, place: str | None) -> int | None:
    named = [_holder(facts, one, known, on, place) for one in facts.successors]
    if taken := [one for one in named if one is not None]:
        return taken[0]
    names = {one for one, _ in facts.successors}
    ours = _order(facts, known, place)
    later = sorted((_order(known[id], known, place), id) for id in facts.family if id not in names and id != facts.id)
    return next((id for order, id in later if order > ours and _has_begun(known[id], on, place)), None)


def _holder(
    facts: _Facts, successor: tuple[int, date | None], known: dict[int, _Facts], on: date, place: str | None
) -> int | None:
    """The version that holds a place which was left to a successor. One that was withdrawn left it to its own successors, or,
    without any, back to whom it had it from."""
    ahead, met = [successor], {facts.id}
    while ahead:
        version_id, last_on = ahead.pop(0)
        one = known.get(version_id)
        if one is None or version_id in met:
            continue
        met.add(version_id)
        if one.gone(on):
            ahead = [*one.successors, *ahead]
        elif _has_begun(one, on, place, last_on):
            return version_id
    return None


def _has_begun(later: _Facts, on: date, place: str | None, last_on: date | None = None) -> bool:
    """Whether a version applies in the place of an earlier one, whose last day may be named."""
    if later.gone(on) or not later.applies_in(place):
        return False
    if last_on is not None:
        return last_on < on
    begins = later.begins_in(place)
    return begins is None or begins <= on


# The day from which a version counts among others, how many it follows by name from that day on, and its id.
_Order = tuple[date, int, int]


def _order(facts: _Facts, known: Mapping[int, _Facts], place: str | None) -> _Order:
    """What puts versions in order: the days from which they apply, and every one after those that it names as replaced, at
    once or after others. It grows along every succession, so that following what took a version's place comes to an end."""
    ahead, met = [facts], set()
    while place not in facts.orders:
        one = ahead[-1]
        before = [known[id] for id in one.predecessors if id in known]
        waiting = [other for other in before if place not in other.orders and other.id not in met]
        met.add(one.id)
        if waiting:
            ahead += waiting
            continue
        own = (one.begins_in(place) or date.min) if one.applies_in(place) else date.min
        after = [(day, depth + 1, one.id) for day, depth, _ in (other.orders[place] for other in before if place in other.orders)]
        one.orders[place] = max([(own, 0, one.id), *after])
        ahead.pop()
    return facts.orders[place]


# --- what a withdrawal would bring back -----------------------------------------------------------------------------------


def back_in_force(version: Versioned, replaced: Iterable[int], on: date) -> list[int]:
    """The versions that do not bind on a day in some place and would if this one were withdrawn on it, by id. `replaced` are
    the policies of the versions whose place it takes."""
    known = _facts({version.policy_id, *replaced})
    if version.id not in known:
        return []
    without = known | {version.id: replace(known[version.id], is_withdrawn=True, withdrawn_on=on)}
    return sorted(id for id in known if id != version.id and _bound(known, id, on) < _bound(without, id, on))


def _bound(known: dict[int, _Facts], version_id: int, on: date) -> set[str | None]:
    """Where a version binds: in which of the areas that any of these versions names, None being everywhere else."""
    facts = known[version_id]
    if facts.gone(on):
        return set()
    places: list[str | None] = [None, *dict.fromkeys(place for one in known.values() for place in one.areas)]
    return {place for place in places if facts.applies_in(place) and _in_place(facts, known, on, place).binds}
