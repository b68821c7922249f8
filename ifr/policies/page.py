"""What the page of a version shows: all that it says, where it applies, and its place among the versions of its policy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from ifr import clock
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes
from ifr.policies.comparing import Difference, Generosity, differences, generosity
from ifr.policies.exporting import WHOLE, record_of, versions_whole
from ifr.policies.models import (
    CLAUSE_KINDS,
    PUBLIC_STATES,
    Policy,
    PolicyArea,
    PolicyVersion,
    Succession,
)
from ifr.policies.positions import Mechanism, Position
from ifr.policies.standing import Standing, back_in_force, by_place, periods, standings
from ifr.workflow import NotVisible

Span = tuple[date | None, date | None]


@dataclass(frozen=True)
class Bar:
    """A stretch of the picture of a timeline, in hundredths of its width."""

    left: float
    width: float


@dataclass(frozen=True)
class Mark:
    """One version on the timeline of its policy."""

    version_id: int
    label: str
    slug: str
    status: str
    binds: bool
    is_public: bool
    spans: tuple[Span, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Timeline:
    """The versions of a policy, earliest first, between the first and the last day of the picture."""

    marks: list[Mark]
    first: date
    last: date
    today: float


@dataclass(frozen=True)
class AreaRow:
    """An area to which a version applies, and how it stands there."""

    name: str
    ratified_on: date | None
    standing: Standing
    mechanism: str | None


@dataclass(frozen=True)
class VersionPage:
    """Everything that the page of a version shows."""

    version: PolicyVersion
    standing: Standing
    review_overdue: bool
    timeline: Timeline
    areas: list[AreaRow]
    predecessors: list[Succession]
    successors: list[Succession]

    @property
    def status(self) -> str:
        return self.standing.status.words

    @property
    def words(self) -> dict[str, dict[str, str]]:
        """How the page names positions, mechanisms, kinds of clauses and systems of codes."""
        return {
            "positions": {one.value: one.words for one in Position},
            "mechanisms": {one.value: one.words for one in Mechanism},
            "clauses": CLAUSE_KINDS,
            "systems": codes.NAMES,
        }


@dataclass(frozen=True)
class Compared:
    """Two versions, and what differs between them."""

    older: PolicyVersion
    newer: PolicyVersion
    fields: list[Difference]
    generosity: Generosity


def read_version(version_id: int, *, user: Any, on: date | None = None) -> VersionPage:
    """A version with all that it says. Raises NotVisible when there is none that this person may see."""
    found = _whole(PolicyVersion.id == version_id)
    if found is None or not found.visible_to(user):
        raise NotVisible(f"policy version {version_id}")
    return page_of(found, on=on or clock.today())


def read_public_version(body: str, policy: str, version: str, *, on: date | None = None) -> VersionPage:
    """The same by its address, for anybody. Raises NotVisible unless it is or was published."""
    found = _whole(
        PolicyVersion.slug == version,
        PolicyVersion._state.in_(PUBLIC_STATES),
        PolicyVersion.policy_id.in_(
            select(Policy.id)
            .join(Organisation, Organisation.id == Policy.owner_id)
            .where(Policy.slug == policy, Organisation.slug == body)
        ),
    )
    if found is None:
        raise NotVisible(f"{body}/{policy}/{version}")
    return page_of(found, on=on or clock.today())


def page_of(version: PolicyVersion, *, on: date) -> VersionPage:
    """The page of a version that was loaded whole, as it stands on a day."""
    places = by_place([version], on).get(version.id, {})
    areas = [
        AreaRow(one.name, one.ratified_on or version.ratified_on, places[one.plain_name], places[one.plain_name].mechanism)
        for one in version.areas
        if one.plain_name in places
    ]
    return VersionPage(
        version=version,
        standing=standings([version], on)[version.id],
        review_overdue=version.review_overdue(on),
        timeline=timeline_of(versions_of(version.policy_id), on),
        areas=areas,
        predecessors=[one for one in version.successions if one.predecessor.is_public],
        successors=[one for one in version.successors if one.version.is_public],
    )


def compare_versions(older_id: int, newer_id: int, *, user: Any) -> Compared:
    """What differs between two versions that this person may see. Raises NotVisible."""
    found = compared(older_id, newer_id)
    if found is None or not (found.older.visible_to(user) and found.newer.visible_to(user)):
        raise NotVisible("difference")
    return found


def compared(older_id: int, newer_id: int) -> Compared | None:
    """What differs between two versions; None when there is no such version."""
    # Both at once: a version that is loaded as the predecessor of another one is not loaded whole.
    found = {one.id: one for one in versions_whole([older_id, newer_id])}
    older, newer = found.get(older_id), found.get(newer_id)
    if older is None or newer is None:
        return None
    before, after = record_of(older), record_of(newer)
    return Compared(older, newer, differences(before, after), generosity(before, after))


def back_after_withdrawal(version: PolicyVersion) -> list[PolicyVersion]:
    """The versions that would be in force again today, somewhere where they are not now, if this one, loaded whole, were
    withdrawn."""
    if not version.is_public:
        return []
    ids = back_in_force(version, {one.predecessor.policy_id for one in version.successions}, clock.today())
    return versions_whole(ids) if ids else []


def versions_of(policy_id: int) -> list[PolicyVersion]:
    """The versions of a policy that are or were published, earliest first."""
    found = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.policy_id == policy_id, PolicyVersion._state.in_(PUBLIC_STATES))
        .order_by(PolicyVersion.id)
    )
    return sorted(found, key=lambda one: (one.counts_from or date.min, one.id))


def _whole(*conditions: ColumnElement[bool]) -> PolicyVersion | None:
    successors = selectinload(PolicyVersion.successors).joinedload(Succession.version)
    query = (
        select(PolicyVersion)
        .where(*conditions)
        .options(
            *WHOLE,
            successors.joinedload(PolicyVersion.policy).joinedload(Policy.owner),
        )
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


# --- the timeline -------------------------------------------------------------------------------------------------------


def timeline_of(versions: Sequence[PolicyVersion], on: date) -> Timeline:
    """When each version binds, as days and as bars of a picture."""
    spans, standing = periods(versions), standings(versions, on)
    days = [day for one in versions for span in spans[one.id] for day in span if day is not None]
    first, last = min([*days, on]), max([*days, on])
    length = max((last - first).days, 1)
    return Timeline(
        marks=[
            Mark(
                version_id=one.id,
                label=one.label,
                slug=one.slug,
                status=standing[one.id].status.words,
                binds=standing[one.id].binds,
                is_public=one.is_public,
                spans=tuple(spans[one.id]),
                bars=tuple(_bars(spans[one.id], first, last, length)),
            )
            for one in versions
        ],
        first=first,
        last=last,
        today=round(100 * (on - first).days / length, 2),
    )


def _bars(spans: Sequence[Span], first: date, last: date, length: int) -> Iterator[Bar]:
    for since, until in spans:
        left = ((since or first) - first).days
        width = ((until or last) - (since or first)).days
        # What binds for a day is still to be seen.
        yield Bar(round(100 * left / length, 2), round(max(100 * width / length, 1), 2))


def area_names(plain: Sequence[str]) -> dict[str, str]:
    """How the areas of these plain names are written."""
    rows = db.session.execute(
        select(PolicyArea.plain_name, PolicyArea.name).where(PolicyArea.plain_name.in_(plain)).order_by(PolicyArea.id.desc())
    )
    return {name: written for name, written in rows}


def version(version_id: int) -> PolicyVersion:
    """A version with its policy and owner. Raises LookupError when there is none."""
    found = db.session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.id == version_id)
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
    )
    if found is None:
        raise LookupError(f"no policy version {version_id}")
    return found
