"""Calendars by subscription: the meetings and the dates of one person, read by whoever has the token of the feed.

An entry names a request by its reference and a date by what the process calls it, and nothing else of any request. Its name
never changes; once it says something else it carries a higher number, so that a calendar knows the later from the earlier.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import Select, or_, select

from ifr import audit, clock
from ifr.access import Role
from ifr.cases.models import Case, Involvement
from ifr.cases.services import cases_visible_to
from ifr.db import db, note
from ifr.deadlines import Deadline
from ifr.panels.models import AgendaItem, Meeting, Seat
from ifr.people import services as people
from ifr.people.models import Organisation, User
from ifr.telling import mails, news
from ifr.telling.models import CalendarEntry, CalendarFeed

if TYPE_CHECKING:
    from icalendar import Event
from ifr.workflow import NotVisible

# What is longer over stands no more in a calendar.
LOOKS_BACK = timedelta(days=90)
MOST_DATES = 1000


# --- the token ----------------------------------------------------------------------------------------------------------------


def make_token(user: User) -> str:
    """Give somebody a feed, or another token for it: the one before opens nothing from now on. It is kept nowhere."""
    token = secrets.token_urlsafe(32)
    row = db.session.get(CalendarFeed, user.id)
    if row is None:
        row = CalendarFeed(user_id=user.id)
        db.session.add(row)
    row.token_digest, row.made_at = _digest(token), clock.now()
    db.session.flush()
    audit.record("telling", "make_calendar", by=user.actor, user=user.id)
    return token


def revoke(user: User) -> None:
    """From now on nobody reads this calendar."""
    row = db.session.get(CalendarFeed, user.id)
    if row is not None:
        db.session.delete(row)
        db.session.flush()
        audit.record("telling", "revoke_calendar", by=user.actor, user=user.id)


def feed_of(user: User) -> CalendarFeed | None:
    return db.session.get(CalendarFeed, user.id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def owner_of(token: str) -> User:
    """Whose feed this token opens. Raises NotVisible; what is asked is the same whether there is such a token or not.

    A token is found by its digest, so the time that a look-up takes says nothing of one that is nearly right.
    """
    owner_id = db.session.scalar(select(CalendarFeed.user_id).where(CalendarFeed.token_digest == _digest(token)))
    # Nobody has the number 0: a wrong token costs the same second question.
    try:
        user = people.person(owner_id or 0)
    except LookupError:
        raise NotVisible("calendar") from None
    if not user.is_active:
        raise NotVisible("calendar")
    return user


# --- the entries --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One day in a calendar, and what is on."""

    uid: str
    on: date
    summary: str
    description: str
    place: str
    link: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(astuple(self), default=str).encode()).hexdigest()


def calendar_of(user: User) -> bytes:
    """The whole calendar of somebody, as RFC 5545 says."""
    # Imported where a calendar is made, since it is slow to import.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Individual funding requests//ifr//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Individual funding requests")
    # Most calendars ask when they like; those that listen ask every hour.
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry, version in _numbered(user, entries(user)):
        calendar.add_component(_event(entry, version))
    made: bytes = calendar.to_ical()
    return made


def _event(entry: Entry, version: CalendarEntry) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", version.sequence)
    event.add("dtstamp", version.changed_at)
    event.add("last-modified", version.changed_at)
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + timedelta(days=1))
    event.add("summary", entry.summary)
    # A date by which something is due, or a day of a meeting without an hour, keeps nobody busy.
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("url", entry.link)
    if entry.description:
        event.add("description", entry.description)
    if entry.place:
        event.add("location", entry.place)
    return event


def entries(user: User) -> list[Entry]:
    """The days of somebody's calendar: meetings, and dates by which he or she has to act."""
    return [*_meetings(user), *_dates(user)]


def _uid(kind: str, number: int) -> str:
    return f"{kind}-{number}@{urlsplit(current_app.config['IFR'].public_address).hostname or 'ifr'}"


# --- meetings -----------------------------------------------------------------------------------------------------------------


def _meetings(user: User) -> Iterator[Entry]:
    """Those at which somebody sits, and those that he or she keeps, with the items that are no secret to this person."""
    kept = [held.organisation_id for held in user.memberships_in_force if held.role == Role.PANEL_SECRETARY]
    sits = select(Seat.meeting_id).where(Seat.user_id == user.id, Seat.apologies.is_(False))
    query = (
        select(Meeting, Organisation.name)
        .join(Organisation, Organisation.id == Meeting.commissioner_id)
        .where(or_(Meeting.id.in_(sits), Meeting.commissioner_id.in_(kept)), Meeting.held_on >= clock.today() - LOOKS_BACK)
        .where(Meeting.cancelled_because.is_(None))
        .order_by(Meeting.held_on, Meeting.id)
    )
    rows = db.session.execute(query).all()
    items = _items(user, [row.Meeting.id for row in rows])
    for row in rows:
        meeting: Meeting = row.Meeting
        mine = meeting.commissioner_id in kept
        link = mails.address_of("panels.meeting", meeting_id=meeting.id) if mine else mails.address_of("panels.mine")
        listed = items.get(meeting.id, [])
        yield Entry(
            _uid("meeting", meeting.id), meeting.held_on, f"Panel meeting: {row.name}",
            f"Requests: {', '.join(listed)}" if listed else "",
            ", ".join(one for one in (meeting.hours, meeting.place) if one), link,
        )


def _items(user: User, meetings: list[int]) -> dict[int, list[str]]:
    """The references on the agenda of each meeting, as far as this person may see the request."""
    query = (
        select(AgendaItem.meeting_id, AgendaItem.position, Case.reference)
        .join(Case, Case.id == AgendaItem.case_id)
        .where(AgendaItem.meeting_id.in_(meetings), AgendaItem.listed_at.is_not(None))
        .where(or_(AgendaItem.ended_as.is_(None), AgendaItem.ended_as.not_in(("unlisted", "removed", "carried_forward"))))
        .where(Case.id.in_(cases_visible_to(user).with_only_columns(Case.id)))
        .order_by(AgendaItem.meeting_id, AgendaItem.position)
    )
    found: dict[int, list[str]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.meeting_id, []).append(row.reference)
    return found


# --- dates --------------------------------------------------------------------------------------------------------------------


def _dates(user: User) -> Iterator[Entry]:
    """What the office has to do on requests that are this person's, and what he or she has to answer as a clinician."""
    rows = [row for query in _open_dates(user) for row in db.session.execute(query.limit(MOST_DATES))]
    for row in sorted(rows, key=lambda row: (row.due_on, row.id)):
        key = row.reference or row.uuid
        said = f"{row.reference or 'Draft request'}: {row.label}"
        yield Entry(_uid("date", row.id), row.due_on, said, "", "", mails.link_to("cases.page", key))


def _open_dates(user: User) -> Iterator[Select[Any]]:
    """Of the request itself, and of the appeals and reconsiderations beside it."""
    asks = select(Involvement.id).where(
        Involvement.case_id == Case.id, Involvement.user_id == user.id, Involvement.until_at.is_(None),
        Involvement.capacity.in_([Role.CLINICIAN.value, Role.PROVIDER_DELEGATE.value]),
    )
    theirs = or_(
        (Case.allocated_to_id == user.id) & (Deadline.whose == "office"), asks.exists() & (Deadline.whose == "clinician")
    )
    columns: tuple[Any, ...] = (Deadline.id, Deadline.due_on, Deadline.label, Case.reference, Case.uuid)
    seen: Select[Any] = cases_visible_to(user).with_only_columns(*columns).select_from(Case)
    for prefix in (news.CASE, *news.BESIDE):
        requests, stream = news.with_streams(seen, prefix)
        query = requests.join(Deadline, Deadline.stream == stream).where(theirs, Deadline.due_on.is_not(None))
        yield query.where(Deadline.met_at.is_(None), Deadline.cancelled_at.is_(None)).order_by(Deadline.due_on, Deadline.id)


# --- which version of an entry it is --------------------------------------------------------------------------------------------


def _numbered(user: User, given: list[Entry]) -> list[tuple[Entry, CalendarEntry]]:
    """Each entry with its version. What is new or says something else is noted after the answer, since reading a calendar
    changes nothing else."""
    query = select(CalendarEntry).where(CalendarEntry.user_id == user.id)
    known = {row.uid: row for row in db.session.scalars(query)}
    found, changed = [], []
    for entry in given:
        row = known.get(entry.uid)
        if row is None or row.digest != entry.digest:
            row = CalendarEntry(
                user_id=user.id, uid=entry.uid, digest=entry.digest, sequence=row.sequence + 1 if row else 0,
                changed_at=clock.now().replace(microsecond=0),
            )
            changed.append((row.uid, row.digest, row.sequence, row.changed_at))
        found.append((entry, row))
    if changed:
        user_id = user.id
        note(lambda: _keep(user_id, changed))
    return found


def _keep(user_id: int, changed: list[tuple[str, str, int, datetime]]) -> None:
    """Two readings at once may note the same change; the second one writes what the first one wrote."""
    db.session.execute(select(CalendarFeed.user_id).where(CalendarFeed.user_id == user_id).with_for_update())
    query = select(CalendarEntry).where(CalendarEntry.user_id == user_id, CalendarEntry.uid.in_([one[0] for one in changed]))
    held = {row.uid: row for row in db.session.scalars(query)}
    for uid, digest, sequence, changed_at in changed:
        row = held.get(uid)
        if row is None:
            db.session.add(
                CalendarEntry(user_id=user_id, uid=uid, digest=digest, sequence=sequence, changed_at=changed_at)
            )
        elif row.sequence < sequence:
            row.digest, row.sequence, row.changed_at = digest, sequence, changed_at
    db.session.flush()
