"""What people are told, once each, and how they want to be told."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, update

from ifr import audit, clock
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.people import services as people
from ifr.people.models import User
from ifr.telling import mails
from ifr.telling.models import DAILY, NONE, USUAL_MINUTE, WEEKLY, Notice, Preference
from ifr.workflow import Invalid

# A count says "more than" beyond this.
MOST_COUNTED = 99
DIGESTS = {
    DAILY: "Every working day",
    WEEKLY: "Once a week, on its first working day",
    NONE: "No summary",
}
# Every half hour from six in the morning to eight in the evening, in minutes after midnight.
TIMES = {minute: f"{minute // 60:02}:{minute % 60:02}" for minute in range(6 * 60, 20 * 60 + 1, 30)}


def tell(
    user_id: int, *, key: str, words: str, case: Case | None = None, to: str = "cases.page", urgent: bool = False
) -> Notice:
    """Tell somebody that something waits. The same key is told once, so a job that runs again tells nobody twice.

    `words` are a sentence of ours: no free text of the request, no name and nothing of the patient. Whether the person may
    still see the case is asked when it is read, not here. What is urgent is also mailed at once, unless the person prefers
    otherwise.
    """
    held = db.session.scalars(select(Notice).where(Notice.user_id == user_id, Notice.key == key)).first()
    if held is not None:
        return held
    row = Notice(
        user_id=user_id, key=key, case_id=case.id if case else None, words=words, to=to, urgent=urgent, at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    if urgent:
        _mail_at_once(row, case)
    return row


def _mail_at_once(row: Notice, case: Case | None) -> None:
    user = people.person(row.user_id)
    if user.is_active and preference_of(user.id).urgent_at_once and (case is None or _may_see(user, case)):
        mails.about_notice(row, user, case)


def _may_see(user: User, case: Case) -> bool:
    return db.session.scalar(cases_visible_to(user).with_only_columns(Case.id).where(Case.id == case.id)) is not None


def may_be_read_by(user: User) -> ColumnElement[bool]:
    """The notices of somebody that he or she may read: about no request, or about one that is not behind a wall by now."""
    seen = cases_visible_to(user).with_only_columns(Case.id).where(Case.id == Notice.case_id).correlate(Notice)
    return or_(Notice.case_id.is_(None), seen.exists())


def how_many_wait(user: User) -> int:
    """How many notices somebody has not marked as read, counted to one more than MOST_COUNTED."""
    waiting = select(Notice.id).where(Notice.user_id == user.id, Notice.seen_at.is_(None), may_be_read_by(user))
    return db.session.scalar(select(func.count()).select_from(waiting.limit(MOST_COUNTED + 1).subquery())) or 0


def mark_all_read(user: User) -> None:
    """From now on what happened until now is no news."""
    now = clock.now()
    db.session.execute(update(Notice).where(Notice.user_id == user.id, Notice.seen_at.is_(None)).values(seen_at=now))
    _kept_preference(user.id).looked_at = now
    db.session.flush()


# --- preferences ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preferred:
    """How somebody wants to be told."""

    digest: str = DAILY
    at_minute: int = USUAL_MINUTE
    urgent_at_once: bool = True


def preference_of(user_id: int) -> Preferred:
    row = db.session.get(Preference, user_id)
    return Preferred(row.digest, row.at_minute, row.urgent_at_once) if row else Preferred()


def prefer(user: User, wanted: Preferred) -> None:
    """Keep how somebody wants to be told. Raises Invalid for what is no choice."""
    faults = {}
    if wanted.digest not in DIGESTS:
        faults["digest"] = "Choose how often the summary comes."
    if wanted.at_minute not in TIMES:
        faults["at_minute"] = "Choose a time from the list."
    if faults:
        raise Invalid(faults)
    row = _kept_preference(user.id)
    row.digest, row.at_minute, row.urgent_at_once = wanted.digest, wanted.at_minute, wanted.urgent_at_once
    db.session.flush()
    audit.record(
        "telling", "prefer", by=user.actor, digest=wanted.digest, minute=wanted.at_minute, urgent=wanted.urgent_at_once
    )


def _kept_preference(user_id: int) -> Preference:
    row = db.session.get(Preference, user_id)
    if row is None:
        row = Preference(user_id=user_id, digest=DAILY, at_minute=USUAL_MINUTE, urgent_at_once=True)
        db.session.add(row)
        db.session.flush()
    return row
