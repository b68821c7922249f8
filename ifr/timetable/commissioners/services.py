"""What a commissioner holds itself to, and how it is changed: a draft, a first day, a second person, a new version.

A version is never changed. Rolling back is a new version that says what an old one said.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import access, audit, clock, profiles
from ifr.access import GRANTS, Permission
from ifr.db import db, lock
from ifr.pages import day
from ifr.people import services as people
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.profiles import Definition, Profile, Source
from ifr.telling.services import tell
from ifr.timetable.commissioners import sound, words
from ifr.timetable.commissioners.models import ProfileChange
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, Refused, Stale

PROFILE = "profile"
# No calendar of working days reaches further, and a year of five digits is a slip of the hand.
LAST_YEAR = 2199


# --- who and what -----------------------------------------------------------------------------------------------------


def commissioners(user: User) -> list[Organisation]:
    """The commissioners whose way of working this person may read, by name."""
    return [one for one in user.organisations(COMMISSIONER) if access.has(user.roles_in(one.id), Permission.TIMETABLE_READ)]


def commissioner(slug: str | None, user: User) -> Organisation:
    """The commissioner of an address, or the first. Raises NotVisible where this person may read none of that name."""
    for one in commissioners(user):
        if slug in (None, one.slug) and profiles.versions(PROFILE, one.slug):
            return one
    raise NotVisible(slug or "")


def may_edit(user: User, body: Organisation) -> bool:
    return access.has(user.roles_in(body.id), Permission.TIMETABLE_EDIT)


def change_in_hand(body: Organisation) -> ProfileChange | None:
    query = select(ProfileChange).where(ProfileChange.organisation_id == body.id, ProfileChange.ended_at.is_(None))
    return db.session.scalars(query).first()


def profile_of(change: ProfileChange) -> Profile:
    found: Profile = profiles.parse(PROFILE, "this version", change.text)
    return found


def against(body: Organisation, change: ProfileChange) -> Definition:
    """The version that would apply on the first day if this change were not made; today's while no day is named."""
    return profiles.latest(PROFILE, body.slug, change.first_on)


def next_version(body: Organisation, first_on: date | None) -> Definition | None:
    """The version published already that would take the place of one with this first day, and soonest."""
    later = [one for one in profiles.versions(PROFILE, body.slug) if first_on and one.applies_from > first_on]
    return min(later, key=lambda one: (one.applies_from, -one.version)) if later else None


# --- changing ---------------------------------------------------------------------------------------------------------


def start(slug: str, number: int, *, by: User) -> ProfileChange:
    """Begin a change from a version that is kept; where one is in hand already, that one.

    Raises NotVisible, and PermissionError for somebody who may only read.
    """
    body = _editable(slug, by)
    base = next((one for one in profiles.versions(PROFILE, body.slug) if one.version == number), None)
    if base is None:
        raise NotVisible(str(number))
    there = change_in_hand(body)
    if there is not None:
        return there
    now = clock.now()
    change = ProfileChange(
        organisation_id=body.id, base_id=base.id, text=sound.as_text(profiles.by_id(base.id)),
        started_at=now, started_by_id=by.id, saved_at=now, saved_by_id=by.id,
    )  # fmt: skip
    db.session.add(change)
    db.session.flush()
    _record(body, change, "start_profile_change", by, base=base.version)
    return change


def save_part(slug: str, write: Callable[[dict[str, Any]], None], *, seen: int, by: User) -> None:
    """Write one part into the draft: `write` changes the values of the whole profile.

    Raises Invalid, entry -> sentence, where it cannot be used so; Stale, Refused for one that has been proposed.
    """
    body, change = _draft(slug, by)
    raw = profile_of(change).model_dump(mode="json", exclude_none=True)
    write(raw)
    profile = sound.read(raw)
    text = sound.as_text(profile)
    if _saved_before(change, seen, by) and change.text == text:
        return
    _must_be_fresh(change, seen)
    before = sound.faults(profile_of(change), change.first_on or clock.today())
    after = sound.faults(profile, change.first_on or clock.today())
    # What was wrong before this part was typed stands on the page of the change, and stops its publication.
    if after and after != before:
        raise Invalid(after)
    change.text = text
    _saved(body, change, by)


def save_day(slug: str, *, first_on: date, reason: str, until_next: bool, seen: int, by: User) -> None:
    """Name the first day and the reason. Raises Invalid for a day that cannot be one, Stale and Refused."""
    body, change = _draft(slug, by)
    said = (first_on, reason, until_next)
    if _saved_before(change, seen, by) and said == (change.first_on, change.reason, change.until_next):
        return
    _must_be_fresh(change, seen)
    wrong = _fault_of_day(body, first_on, until_next)
    if wrong:
        raise Invalid(wrong)
    change.first_on, change.reason, change.until_next = said
    _saved(body, change, by)


def propose(slug: str, *, seen: int, by: User) -> None:
    """Hand a draft to a second person. Raises Refused with everything that is in its way, Stale."""
    body, change = _held(slug, by)
    if change.is_proposed and change.proposed_by_id == by.id and change.version == seen + 1:
        return
    _must_be_fresh(change, seen)
    if change.is_proposed:
        raise Refused([Reason("This change has been proposed already.", to="commissioners.change")])
    missing = _reasons(body, change)
    if missing:
        raise Refused(missing)
    change.proposed_at, change.proposed_by_id = clock.now(), by.id
    change.against_id = against(body, change).id
    change.version += 1
    _record(body, change, "propose_profile", by, first_on=change.first_on)
    for user in _editors(body):
        if user.id != by.id:
            told = f"A change of how {body.name} works waits for a second person."
            tell(user.id, key=f"profile-change:{change.id}:{change.version}", words=told, to="commissioners.page")


def take_back(slug: str, *, seen: int, by: User) -> None:
    """Make a proposed change a draft again, so that it can be changed. Raises Stale."""
    body, change = _held(slug, by)
    if not change.is_proposed:
        return
    _must_be_fresh(change, seen)
    change.proposed_at = change.proposed_by_id = change.against_id = None
    change.version += 1
    _record(body, change, "take_back_profile", by)


def withdraw(slug: str, *, seen: int, by: User) -> None:
    """End a change without a new version. Raises Stale."""
    if change_in_hand(_editable(slug, by)) is None:
        return
    body, change = _held(slug, by)
    _must_be_fresh(change, seen)
    change.version += 1
    change.ended_at, change.ended_by_id = clock.now(), by.id
    _record(body, change, "withdraw_profile_change", by)


def publish(slug: str, *, seen: int, by: User) -> Definition:
    """Make the proposed change the next version. Whoever proposed it never does.

    Raises Refused with everything that is in its way, Stale. Where the profile cannot be used the office runs on with the
    versions that are published.
    """
    try:
        body, change = _held(slug, by)
    except NotVisible:
        again = _published_before(commissioner(slug, by), seen, by)
        if again is not None:
            return again
        raise
    _must_be_fresh(change, seen)
    missing = _before_publication(body, change, by)
    if missing:
        raise Refused(missing)
    assert change.first_on is not None  # without one it stands in its own way
    number = profiles.versions(PROFILE, body.slug)[0].version + 1
    raw = profile_of(change).model_dump(mode="json", exclude_none=True)
    raw |= {"name": body.slug, "version": number, "applies_from": change.first_on.isoformat()}
    text = sound.as_text(sound.read(raw))
    file = f"profile {body.slug}, version {number}"
    row = profiles.publish_from_page(Source(PROFILE, file, text, profiles.parse(PROFILE, file, text)))
    change.definition_id, change.version = row.id, change.version + 1
    change.ended_at, change.ended_by_id = clock.now(), by.id
    _record(body, change, "publish_profile", by, definition=row.id, number=number, first_on=row.applies_from, sha256=row.sha256)
    return row


# --- what holds a change back -----------------------------------------------------------------------------------------


def _before_publication(body: Organisation, change: ProfileChange, by: User) -> list[Reason]:
    if not change.is_proposed:
        return [Reason("This change has not been proposed yet.", to="commissioners.change")]
    missing = []
    if change.proposed_by_id == by.id:
        missing.append(Reason("You proposed this change. Somebody else publishes it."))
    if change.against_id != against(body, change).id:
        said = "Another version has been published since this change was proposed. Take it back and look at what differs now."
        missing.append(Reason(said, to="commissioners.change"))
    return missing + _reasons(body, change)


def _reasons(body: Organisation, change: ProfileChange) -> list[Reason]:
    return [Reason(said, to="commissioners.change") for _, said in in_the_way(body, change)]


def in_the_way(body: Organisation, change: ProfileChange) -> list[tuple[str, str]]:
    """Everything that stands between a change and its publication, a second person apart: entry of the profile (empty where
    it is about none) and sentence."""
    if change.first_on is None:
        missing = [("", "Say from which day it applies, and why it is made.")]
    else:
        missing = [("", said) for said in _fault_of_day(body, change.first_on, change.until_next).values()]
    profile, on = profile_of(change), change.first_on or clock.today()
    missing += sound.faults(profile, on).items()
    if not sound.leads_on(profile, on):
        said = "Nobody could refer a request that is received under this version, so that it could never be decided."
        missing.append(("screening > matrix", said))
    if not words.differences(profiles.by_id(against(body, change).id), profile, words.specs(on)):
        missing.append(("", "Nothing differs from the version that applies on that day."))
    return missing


def _fault_of_day(body: Organisation, first_on: date, until_next: bool) -> dict[str, str]:
    """A first day lies ahead, so that no request has been received on or after it; and no later version hides this one."""
    if first_on <= clock.today():
        return {"first_on": "The first day must be tomorrow or later: what has been received keeps the version of its day."}
    if first_on.year > LAST_YEAR:
        return {"first_on": f"The first day must be before {LAST_YEAR + 1}."}
    later = next_version(body, first_on)
    if later is not None and not until_next:
        said = f"Version {later.version} is published and takes the place of this one on {day(later.applies_from)}."
        return {"until_next": f"{said} Choose that day to replace it from its first day, or tick that this is meant."}
    return {}


# --- common to every step ---------------------------------------------------------------------------------------------


def _editable(slug: str, by: User) -> Organisation:
    body = commissioner(slug, by)
    if not may_edit(by, body):
        raise PermissionError("this is for another role")
    return body


def _held(slug: str, by: User) -> tuple[Organisation, ProfileChange]:
    """The change in hand, locked. Raises NotVisible where there is none (any more)."""
    body = _editable(slug, by)
    there = change_in_hand(body)
    change = lock(ProfileChange, there.id) if there else None
    if change is None or change.ended_at is not None:
        raise NotVisible(slug)
    return body, change


def _draft(slug: str, by: User) -> tuple[Organisation, ProfileChange]:
    body, change = _held(slug, by)
    if change.is_proposed:
        raise Refused([Reason("This change has been proposed. Take it back to change it.", to="commissioners.change")])
    return body, change


def _must_be_fresh(change: ProfileChange, seen: int) -> None:
    if change.version != seen:
        raise Stale(change, [MoveRecord(done="The change was saved or proposed", at=change.saved_at, by_id=change.saved_by_id)])


def _saved_before(change: ProfileChange, seen: int, by: User) -> bool:
    """Whether this is the page that the same person sent a moment ago."""
    return change.version == seen + 1 and change.saved_by_id == by.id


def _saved(body: Organisation, change: ProfileChange, by: User) -> None:
    change.version += 1
    change.saved_at, change.saved_by_id = clock.now(), by.id
    db.session.flush()
    _record(body, change, "save_profile_change", by)


def _published_before(body: Organisation, seen: int, by: User) -> Definition | None:
    """What the same person has made of the same page already."""
    ended = select(ProfileChange).where(ProfileChange.organisation_id == body.id, ProfileChange.ended_at.is_not(None))
    last = db.session.scalars(ended.order_by(ProfileChange.id.desc())).first()
    if last is None or change_in_hand(body) is not None or (last.version, last.ended_by_id) != (seen + 1, by.id):
        return None
    return db.session.get(Definition, last.definition_id) if last.definition_id else None


def _editors(body: Organisation) -> list[User]:
    found = {one.id: one for role in GRANTS[Permission.TIMETABLE_EDIT] for one in people.users_with(role, body.id)}
    return list(found.values())


def _record(body: Organisation, change: ProfileChange, action: str, by: User, **facts: Any) -> None:
    audit.record(f"profile:{body.slug}", action, by=by.actor, change=change.id, **facts)


# --- beside the files ------------------------------------------------------------------------------------------------


def kept_from_pages() -> list[str]:
    """What `ifr upgrade` says of the definitions that are changed on a page here, and so no longer taken from a file; with
    what would keep one from being used beside the other definitions of today."""
    lines = []
    for kind, name in profiles.changed_on_pages():
        row = profiles.latest(kind, name)
        lines.append(f"kept: {kind} {name} is edited on its page (version {row.version} in force)")
        lines += [f"change it on its page: {said}" for said in sound.faults(profiles.by_id(row.id), clock.today()).values()]
    return lines


