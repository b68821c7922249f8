"""Invitations to a meeting, as entries for a calendar (RFC 5545, RFC 5546). They name no request and nobody's illness.

The name of an entry never changes; its number rises with each change of day, hour or place, so that a calendar knows the
later invitation from the earlier.
"""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from flask import current_app

from ifr import clock, mail
from ifr.config import Config
from ifr.db import db
from ifr.panels.models import Meeting, Seat
from ifr.panels.sitting import seats_of
from ifr.people.models import Organisation, User
from ifr.people.services import person

REQUEST, CANCEL = "REQUEST", "CANCEL"
MAIL = "meeting"


def invite(meeting: Meeting) -> int:
    """Let an invitation wait for everybody with a seat who has none yet; answers how many.

    The caller holds the meeting.
    """
    new = [one for one in seats_of(meeting.id) if one.invited_at is None and not one.apologies]
    for seat in new:
        _send(meeting, seat, REQUEST, "You are invited to a meeting of the panel")
        seat.invited_at = clock.now()
    db.session.flush()
    return len(new)


def tell_of_change(meeting: Meeting) -> None:
    for seat in _invited(meeting):
        _send(meeting, seat, REQUEST, "A meeting of the panel has changed")


def cancel(meeting: Meeting) -> None:
    for seat in _invited(meeting):
        _send(meeting, seat, CANCEL, "A meeting of the panel is cancelled")


def take_back(meeting: Meeting, seat: Seat) -> None:
    """Somebody who was invited sits there no longer."""
    if seat.invited_at is not None:
        _send(meeting, seat, CANCEL, "You are no longer asked to a meeting of the panel")


def _invited(meeting: Meeting) -> list[Seat]:
    return [one for one in seats_of(meeting.id) if one.invited_at is not None]


def _send(meeting: Meeting, seat: Seat, method: str, subject: str) -> None:
    user = person(seat.user_id)
    mail.queue(
        kind=MAIL, subject=subject, text=_text(meeting, method), user_id=user.id,
        calendar=calendar_for(meeting, user, method).decode(),
    )  # fmt: skip


def _text(meeting: Meeting, method: str) -> str:
    """What stands in the mail for whoever reads it without a calendar."""
    lines = [f"{_commissioner(meeting)}: meeting of the panel", when_in_words(meeting), meeting.place]
    if method == CANCEL:
        lines.append("The meeting stands no more in your calendar.")
    else:
        lines += [meeting.link] if meeting.link else []
        lines.append("The agenda and the papers are in the service: sign in and open My meetings.")
    return "\n".join(lines) + "\n"


def when_in_words(meeting: Meeting) -> str:
    """The day and the hours of a meeting."""
    day = f"{meeting.held_on.day} {meeting.held_on:%B %Y}"
    return f"{day}, {meeting.hours}" if meeting.hours else day


def calendar_for(meeting: Meeting, user: User, method: str = REQUEST) -> bytes:
    """The entry of a meeting for the calendar of somebody who sits there."""
    # Imported where an entry is made, since it is slow to import.
    from icalendar import Calendar, Event, vCalAddress, vText

    settings: Config = current_app.config["IFR"]
    event = Event()
    event.add("uid", f"panel-meeting-{meeting.id}@{urlsplit(settings.public_address).hostname or 'ifr'}")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", clock.now().replace(microsecond=0))
    starts, ends = _span(meeting)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", f"Panel meeting: {_commissioner(meeting)}")
    event.add("location", meeting.place)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    if meeting.link and method == REQUEST:
        event.add("url", meeting.link)
    event["organizer"] = vCalAddress(f"mailto:{settings.mail_from}")
    guest = vCalAddress(f"mailto:{user.email}")
    guest.params["cn"] = vText(user.name)
    guest.params["rsvp"] = vText("FALSE")
    event.add("attendee", guest, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Individual funding requests//ifr//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _span(meeting: Meeting) -> tuple[date, date]:
    """From when to when, in UTC; the whole day where no hour is known. A meeting without an end is given two hours."""
    if meeting.starts is None:
        return meeting.held_on, meeting.held_on + timedelta(days=1)
    starts = _moment(meeting, meeting.starts)
    return starts, _moment(meeting, meeting.ends) if meeting.ends else starts + timedelta(hours=2)


def _moment(meeting: Meeting, hour: time) -> datetime:
    return datetime.combine(meeting.held_on, hour, clock.LONDON).astimezone(UTC)


def _commissioner(meeting: Meeting) -> str:
    return db.session.get_one(Organisation, meeting.commissioner_id).name
