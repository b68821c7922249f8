"""Records that have been kept for as long as their commissioner says: a list for a person. Nothing is disposed of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import String, cast, literal, select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to, received_cases
from ifr.db import db, lock
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.people.services import users_with
from ifr.telling import services as telling
from ifr.timetable.models import RetentionReview
from ifr.timetable.reviews import profile_of
from ifr.workflow import CLOCK, MoveRecord

PAGE = 25


def due(limit: int) -> list[int]:
    """The requests that are not open, whose last step is older than their commissioner keeps records, and that no list has."""
    found: list[int] = []
    for one in db.session.scalars(select(Organisation).where(Organisation.kind == COMMISSIONER).order_by(Organisation.id)):
        profile = profile_of(one)
        if profile is not None and profile.retention is not None and len(found) < limit:
            found += _kept_beyond(one.id, _years_ago(profile.retention.years), limit - len(found))
    return found


def _years_ago(years: int) -> datetime:
    """The end of the same day so many years ago; a day that only a leap year has is the last of its February."""
    today = clock.today()
    last = 28 if (today.month, today.day) == (2, 29) else today.day
    return clock.end_of(date(today.year - years, today.month, last))


def _kept_beyond(commissioner_id: int, moment: datetime, limit: int) -> list[int]:
    later = select(MoveRecord.id).where(
        MoveRecord.stream == literal("case:").concat(cast(Case.id, String)), MoveRecord.at >= moment
    )
    listed = select(RetentionReview.id).where(RetentionReview.case_id == Case.id)
    query = received_cases(commissioner_id, date.min).where(
        Case.is_open.is_(False), Case.received_at < moment, ~later.exists(), ~listed.exists()
    )
    return list(db.session.scalars(query.with_only_columns(Case.id).order_by(Case.id).limit(limit)))


def stream_of(case_id: int) -> str:
    return f"case:{case_id}"


def act(case_id: int) -> None:
    """Put one request on the list, and tell the managers once a month that there is something on it."""
    case = lock(Case, case_id)
    commissioner = db.session.get_one(Organisation, case.commissioner_id)
    profile = profile_of(commissioner)
    listed = db.session.scalar(select(RetentionReview.id).where(RetentionReview.case_id == case.id))
    last = workflow.last_move(case.stream)
    if listed is not None or case.is_open or profile is None or profile.retention is None or last is None:
        return
    rule = profile.retention
    if last.at >= _years_ago(rule.years):
        return
    row = RetentionReview(
        case_id=case.id, last_step_on=clock.day_of(last.at), years=rule.years, source=rule.source, opened_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "list_for_retention_review", by=CLOCK.actor, years=rule.years, last_step_on=row.last_step_on)
    words = "Records have been kept for as long as your organisation says. Look at each and decide what becomes of it."
    for user in users_with(Role.IFR_MANAGER, case.commissioner_id):
        key = f"retention:{case.commissioner_id}:{clock.today():%Y-%m}"
        telling.tell(user.id, key=key, words=words, to="timetable.retention")


# --- the list -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One record that waits for a person to look at it."""

    key: str
    treatment: str
    status: str
    last_step_on: date
    years: int
    opened_at: datetime


@dataclass(frozen=True)
class Records:
    """A page of the list, and the mark from which the next one begins."""

    rows: list[Row]
    after: int | None


def waiting(user: User, after: int = 0) -> Records:
    """The records that this person may see and manages, in the order in which they came on the list."""
    managed = [held.organisation_id for held in user.memberships_in_force if held.role is Role.IFR_MANAGER]
    visible = cases_visible_to(user).where(Case.commissioner_id.in_(managed))
    query = (
        visible.join(RetentionReview, RetentionReview.case_id == Case.id)
        .add_columns(RetentionReview)
        .where(RetentionReview.id > after)
        .order_by(RetentionReview.id)
        .limit(PAGE + 1)
    )
    found: Sequence[tuple[Case, RetentionReview]] = [(row[0], row[1]) for row in db.session.execute(query)]
    rows = [
        Row(
            case.key, case.treatment or "Treatment not named", workflow.label_of(case), one.last_step_on, one.years, one.opened_at
        )
        for case, one in found[:PAGE]
    ]
    return Records(rows, found[PAGE - 1][1].id if len(found) > PAGE else None)
