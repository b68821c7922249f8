"""The summary of what is new for somebody: at most one a day, and none where nothing is.

That it was somebody's turn on a day is written once, in the transaction of the mail. So a worker that is killed writes both
or neither, and one that looks again finds that the turn is over.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from ifr import clock, deadlines, mail
from ifr.cases.models import Case
from ifr.db import db
from ifr.pages import day
from ifr.people import services as people
from ifr.people.models import Membership, User
from ifr.telling import mails, news
from ifr.telling.models import DAILY, NONE, USUAL_MINUTE, WEEKLY, Digest, Notice, Preference
from ifr.telling.services import may_be_read_by, preference_of

# A summary looks back no further, whoever has had none before.
LOOKS_BACK = timedelta(days=14)
# Of more requests it says only how many.
MOST_LINES = 50


def due(limit: int) -> Sequence[int]:
    """Whose turn it is by now today and was not yet, by the number of the account."""
    today = clock.today()
    local = clock.now().astimezone(clock.LONDON)
    minute = local.hour * 60 + local.minute
    query = (
        select(User.id)
        .join(Preference, Preference.user_id == User.id, isouter=True)
        .join(Digest, (Digest.user_id == User.id) & (Digest.for_on == today), isouter=True)
        .where(
            Digest.id.is_(None),
            User.closed_at.is_(None),
            or_(User.active_until_on.is_(None), User.active_until_on >= today),
            func.coalesce(Preference.digest, DAILY) != NONE,
            func.coalesce(Preference.at_minute, USUAL_MINUTE) <= minute,
            select(Membership.id).where(Membership.user_id == User.id).exists(),
        )
        .order_by(User.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def take_turn(user_id: int) -> Digest:
    """Take somebody's turn of today: with a mail where this is a day for it and anything is new."""
    user = people.person(user_id)
    turn = Digest(user_id=user.id, for_on=clock.today(), at=clock.now())
    db.session.add(turn)
    db.session.flush()
    if not is_day_for(user, clock.today(), weekly=preference_of(user.id).digest == WEEKLY):
        return turn
    since, turn.until_at = _covered_until(user), news.settled_until()
    found = _counted(user, since, turn)
    if found:
        turn.mail_id = _mail(user, found).id
        db.session.flush()
    return turn


def is_day_for(user: User, on: date, *, weekly: bool) -> bool:
    """A working day of one of the organisations of this person; for a weekly summary the first of its week."""
    offices = {held.organisation_id for held in user.memberships_in_force}
    if not any(_is_working(on, office) for office in offices):
        return False
    earlier = [on - timedelta(days=back) for back in range(1, on.weekday() + 1)]
    return not (weekly and any(_is_working(one, office) for one in earlier for office in offices))


def _is_working(on: date, organisation_id: int) -> bool:
    return deadlines.is_working(on, deadlines.days_off(organisation_id))


def _covered_until(user: User) -> datetime:
    last = db.session.scalar(select(func.max(Digest.until_at)).where(Digest.user_id == user.id))
    earliest = clock.now() - LOOKS_BACK
    return max(last, earliest) if last else earliest


def _counted(user: User, since: datetime, turn: Digest) -> Counter[str]:
    """How much is new, by the key of the request; "" for what concerns none. What is counted here is counted once."""
    waiting = select(Notice.id, Case.reference, Case.uuid).join(Case, Case.id == Notice.case_id, isouter=True)
    new = (Notice.user_id == user.id, Notice.seen_at.is_(None), Notice.digest_id.is_(None), may_be_read_by(user))
    rows = db.session.execute(waiting.where(*new).order_by(Notice.id)).all()
    for first in range(0, len(rows), 500):
        ids = [row.id for row in rows[first : first + 500]]
        db.session.execute(update(Notice).where(Notice.id.in_(ids)).values(digest_id=turn.id))
    found = Counter(row.reference or row.uuid or "" for row in rows)
    assert turn.until_at is not None
    found.update(news.steps_between(user, _not_read(user, since), turn.until_at))
    return found


def _not_read(user: User, since: datetime) -> datetime:
    """What somebody has marked as read in the service is not new any more."""
    row = db.session.get(Preference, user.id)
    return max(since, row.looked_at) if row and row.looked_at else since


def _mail(user: User, found: Counter[str]) -> mail.Mail:
    commissioner_id, profile = mails.voice_of(user)
    if profile is None:
        commissioner_id, profile = _voice_of_requests(user, found)
    requests = sum(1 for key in found if key)
    total = _many(found.total(), "thing")
    say = mails.speaker(
        commissioner_id, profile, day=day(clock.today()), link=mails.address_of("telling.news"),
        count=f"{total} on {_many(requests, 'request')}" if requests else total,
    )
    lines = [
        say(
            "digest_line", reference=key or "Not about a single request", count=_many(number, "thing"),
            link=mails.link_to("cases.page", key) if key else mails.address_of("telling.news"),
        )
        for key, number in list(found.items())[:MOST_LINES]
    ]
    text = mails.joined(
        say("greeting"), say("digest_heading"), *lines, say("digest_ending", link=mails.address_of("telling.preferences")),
        say("closing"),
    )
    return mail.queue(kind=mail.DIGEST, subject=say("subject_digest"), text=text, user_id=user.id)


def _voice_of_requests(user: User, found: Counter[str]) -> tuple[int | None, Any]:
    """The commissioner of the first request that is named; nobody's where none is."""
    key = next((key for key in found if key), "")
    query = news.mine(user).where(or_(Case.reference == key, Case.uuid == key)).limit(1)
    case = db.session.scalars(query).first() if key else None
    return (case.commissioner_id, case.profile) if case else (None, None)


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
