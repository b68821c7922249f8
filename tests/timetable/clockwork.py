"""The worker's jobs run at the hours of a held clock, and what people were told."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from ifr import clock, jobs
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.jobs.running import work
from ifr.people.models import User
from ifr.telling.models import Notice


def run(name: str) -> tuple[int, int]:
    """One run of one job: how many items were done, and on how many it failed."""
    found = work(next(job for job in jobs.JOBS if job.name == name))
    db.session.expire_all()
    return found


def daily(first: datetime, days: int, *names: str) -> None:
    """The jobs run at nine on each of some days."""
    for number in range(days):
        with clock.at(morning(first) + timedelta(days=number)):
            for name in names:
                run(name)


def morning(day: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def told(case: Case | None, who: str | None = None) -> list[str]:
    """What was told about a request, to one person or to anybody, in the order in which it was told."""
    with transaction(writes=False):
        query = select(Notice.words).where(Notice.case_id == (case.id if case else None)).order_by(Notice.id)
        if who is not None:
            query = query.where(Notice.user_id == accounts.user(who).id)
        return list(db.session.scalars(query))


def who_was_told(case: Case) -> set[str]:
    """The keys of everybody who was told something about a request."""
    with transaction(writes=False):
        emails = db.session.scalars(
            select(User.email).join(Notice, Notice.user_id == User.id).where(Notice.case_id == case.id)
        ).all()
        return {one.partition("@")[0].replace(".", "_") for one in emails}
