"""The pages of how a commissioner works: its versions in words, and what a change in hand would make different."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from ifr import clock, profiles
from ifr.access import Role
from ifr.cases.drafts.services import drafts_for
from ifr.cases.services import received_cases
from ifr.db import db
from ifr.deadlines import LENGTHS
from ifr.pages import day
from ifr.people import services as people
from ifr.people.models import Organisation, User
from ifr.profiles import DeadlineSpec, Definition, Profile
from ifr.screening.models import RECOMMENDATIONS
from ifr.timetable.commissioners import sound, words
from ifr.timetable.commissioners.models import ProfileChange
from ifr.timetable.commissioners.services import (
    PROFILE,
    against,
    change_in_hand,
    commissioner,
    commissioners,
    in_the_way,
    may_edit,
    next_version,
    profile_of,
)
from ifr.workflow import NotVisible


@dataclass(frozen=True)
class Version:
    """One version that is kept: from when it applies, who made it, and how many requests were received under it."""

    row: Definition
    stands: str
    change: ProfileChange | None
    requests: int


@dataclass(frozen=True)
class Said:
    """What a profile says, in words for its tables."""

    profile: Profile
    timetable: list[words.DeadlineRow]
    matrix: list[words.MatrixRow]
    cut_off: str
    quorum: str
    review_quorum: str


@dataclass(frozen=True)
class HowPage:
    """How a commissioner works: one version of its profile in words, beside the other versions."""

    body: Organisation
    others: list[Organisation]
    version: Version
    versions: list[Version]
    said: Said
    in_hand: ProfileChange | None
    may_edit: bool
    names: dict[int, str]
    differs: list[words.Difference]
    earlier: Definition | None


@dataclass(frozen=True)
class Touched:
    """Whom a change touches: open requests by the version that they keep, and drafts that would come under the new one."""

    kept: list[tuple[int, int]]
    drafts: int


@dataclass(frozen=True)
class PartPage:
    """One part of a draft, to be typed. `by_record` says of a deadline that its length stands elsewhere, `is_length` that
    it is only a length, of which nobody is reminded."""

    body: Organisation
    change: ProfileChange
    profile: Profile
    name: str
    heading: str
    by_record: bool
    is_length: bool
    faults: dict[str, str]
    may_conclude: list[Role]
    may_countersign: list[Role]


@dataclass(frozen=True)
class ChangePage:
    """A change in hand: what would differ, whom it touches, what stands in its way and who may take the next step."""

    body: Organisation
    change: ProfileChange
    base: Definition
    against: Definition
    said: Said
    differs: list[words.Difference]
    touched: Touched
    missing: list[tuple[str, tuple[str, str] | None]]
    next_version: Definition | None
    names: dict[int, str]
    may_edit: bool
    is_proposer: bool


def how_page(slug: str | None, user: User, number: int | None = None) -> HowPage:
    """How a commissioner works, in the version of this number or in the one in force. Raises NotVisible."""
    body = commissioner(slug, user)
    kept = _versions(body)
    shown = next((one for one in kept if one.row.version == number), None) if number else _standing(kept)
    if shown is None:
        raise NotVisible(str(number))
    profile: Profile = profiles.by_id(shown.row.id)
    known = words.specs(clock.today())
    earlier = next((one.row for one in kept if one.row.version < shown.row.version), None)
    in_hand = change_in_hand(body)
    changes = [one.change for one in kept] + [in_hand]
    return HowPage(
        body=body,
        others=[one for one in commissioners(user) if one.id != body.id],
        version=shown,
        versions=kept,
        said=_said(profile, known),
        in_hand=in_hand,
        may_edit=may_edit(user, body),
        names=_names(changes),
        differs=words.differences(profiles.by_id(earlier.id), profile, known) if earlier else [],
        earlier=earlier,
    )


def _said(profile: Profile, known: Sequence[DeadlineSpec]) -> Said:
    return Said(
        profile=profile,
        timetable=words.timetable(profile, known),
        matrix=words.matrix(profile),
        cut_off=words.cut_off_in_words(profile),
        quorum=words.quorum_in_words(profile.panel.quorum),
        review_quorum=words.quorum_in_words(profile.panel.review_quorum),
    )


def _standing(kept: list[Version]) -> Version:
    """The version in force; before the first day of the first one, that one."""
    return next((one for one in kept if one.stands == "In force"), kept[-1])


def _versions(body: Organisation) -> list[Version]:
    rows = profiles.versions(PROFILE, body.slug)
    made = {
        one.definition_id: one
        for one in db.session.scalars(select(ProfileChange).where(ProfileChange.definition_id.in_([row.id for row in rows])))
    }
    received = received_cases(body.id, date.min).subquery()
    counted = select(received.c.profile_id, func.count()).group_by(received.c.profile_id)
    under = {row[0]: row[1] for row in db.session.execute(counted)}
    return [Version(row, _stands(row, rows), made.get(row.id), under.get(row.id, 0)) for row in rows]


def _stands(row: Definition, rows: list[Definition]) -> str:
    """What a version is today: of two with the same first day the later number counts."""
    today = clock.today()
    hidden = any(one.applies_from == row.applies_from and one.version > row.version for one in rows)
    if hidden:
        return "Replaced from its first day"
    if row.applies_from > today:
        return f"Begins on {day(row.applies_from)}"
    begun = [one for one in rows if one.applies_from <= today]
    return "In force" if row is max(begun, key=lambda one: (one.applies_from, one.version)) else "Earlier"


def _names(changes: list[ProfileChange | None]) -> dict[int, str]:
    there = [one for one in changes if one is not None]
    return people.people_named({who for one in there for who in (one.started_by_id, one.proposed_by_id, one.ended_by_id)})


def change_page(slug: str, user: User) -> ChangePage:
    """The change in hand. Raises NotVisible where there is none."""
    body = commissioner(slug, user)
    change = change_in_hand(body)
    if change is None:
        raise NotVisible(slug)
    other, profile = against(body, change), profile_of(change)
    known = words.specs(change.first_on or clock.today())
    return ChangePage(
        body=body,
        change=change,
        base=db.session.get_one(Definition, change.base_id),
        against=other,
        said=_said(profile, known),
        differs=words.differences(profiles.by_id(other.id), profile, known),
        touched=_touched(body),
        missing=[(said, part_of(entry)) for entry, said in in_the_way(body, change)],
        next_version=next_version(body, change.first_on),
        names=_names([change]),
        may_edit=may_edit(user, body),
        is_proposer=change.proposed_by_id == user.id,
    )


def _touched(body: Organisation) -> Touched:
    waiting = received_cases(body.id, date.min).subquery()
    query = (
        select(Definition.version, func.count())
        .join(waiting, waiting.c.profile_id == Definition.id)
        .where(waiting.c.is_open)
        .group_by(Definition.version)
        .order_by(Definition.version)
    )
    drafts = drafts_for(body.id).subquery()
    return Touched(
        kept=[(row[0], row[1]) for row in db.session.execute(query)],
        drafts=db.session.scalar(select(func.count()).select_from(drafts)) or 0,
    )


# The parts of a profile that stand alone: kind, name -> heading.
ALONE = {
    ("receipt", "cut_off"): "Cut-off hour",
    ("quorum", "quorum"): "Quorum of the panel",
    ("quorum", "review_quorum"): "Quorum of a review",
    ("window", "appeal"): "How long a decision can be challenged",
}


def part_of(entry: str) -> tuple[str, str] | None:
    """The kind and name of the part in which an entry of a profile is typed; None for one that no part holds."""
    first, *more = entry.split(sound.STEP)
    if first in ("days", "extensions", "reminders") and more:
        return "deadline", more[0]
    if (first, more[:1]) == ("screening", ["matrix"]) and len(more) > 1:
        return "screening", more[1]
    return None


def part_page(slug: str, kind: str, name: str, user: User) -> PartPage:
    """One part of the change in hand. Raises NotVisible where there is no such part or no change, PermissionError."""
    body = commissioner(slug, user)
    if not may_edit(user, body):
        raise PermissionError("this is for another role")
    change = change_in_hand(body)
    if change is None:
        raise NotVisible(slug)
    on = change.first_on or clock.today()
    heading, profile = _heading(kind, name, on), profile_of(change)
    if heading is None:
        raise NotVisible(name)
    screens = kind == "screening"
    return PartPage(
        body=body,
        change=change,
        profile=profile,
        name=name,
        heading=heading,
        by_record=kind == "deadline" and name in LENGTHS and name not in profile.days,
        is_length=kind == "deadline" and name in words.NO_DEADLINE,
        faults={entry: said for entry, said in sound.faults(profile, on).items() if part_of(entry) == (kind, name)},
        may_conclude=sound.may_conclude(on) if screens else [],
        may_countersign=sound.may_countersign(name, on) if screens else [],
    )


def _heading(kind: str, name: str, on: date) -> str | None:
    if kind == "deadline":
        return next((one.label for one in words.specs(on) if one.name == name), words.NO_DEADLINE.get(name))
    if kind == "screening":
        return RECOMMENDATIONS.get(name)
    return ALONE.get((kind, name))
