"""What the worker did and when: the last run of each job, what failed and waits to be tried again, and who leads."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model, db, on_postgresql

# The longest wait before something that failed is tried again.
LONGEST_WAIT = timedelta(hours=6)


class Run(Model):
    """One job as it last ran. `done` and `failed` are those of the last run that found something to do."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    ended_at: Mapped[datetime]
    next_at: Mapped[datetime]
    worked_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)


class Failure(Model):
    """An item on which a job failed. It names the item by number and the kind of fault, and nothing of what is in it."""

    __tablename__ = "job_failures"
    __table_args__ = (UniqueConstraint("job", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    item: Mapped[str]
    # The case or other thing that it concerns, where the item says which.
    stream: Mapped[str | None]
    kind: Mapped[str]
    times: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    retry_at: Mapped[datetime]


class Leader(Model):
    """The worker that acts: one row, written anew at each turn."""

    __tablename__ = "job_leader"

    id: Mapped[int] = mapped_column(primary_key=True)
    worker: Mapped[str]
    since_at: Mapped[datetime]
    tick_at: Mapped[datetime]


def tick(worker: str) -> None:
    """Note that this worker leads and is alive."""
    row = db.session.get(Leader, 1)
    now = clock.now()
    if row is None:
        db.session.add(Leader(id=1, worker=worker, since_at=now, tick_at=now))
    else:
        row.since_at = row.since_at if row.worker == worker else now
        row.worker, row.tick_at = worker, now
    db.session.flush()


def leader() -> Leader | None:
    return db.session.get(Leader, 1)


def finished(name: str, label: str, *, done: int, failed: int, next_at: datetime) -> None:
    """Note how a run of a job ended."""
    now = clock.now()
    first = {"name": name, "label": label, "ended_at": now, "next_at": next_at, "done": 0, "failed": 0}
    # Two workers may note the first run of a job in one moment.
    db.session.execute(_insert()(Run).values(first).on_conflict_do_nothing())
    row = db.session.get_one(Run, name)
    row.label, row.ended_at, row.next_at = label, clock.now(), next_at
    if done or failed:
        row.worked_at, row.done, row.failed = clock.now(), done, failed
    db.session.flush()


def _insert() -> Any:
    return postgresql.insert if on_postgresql() else sqlite.insert


def runs() -> list[Run]:
    return list(db.session.scalars(select(Run).order_by(Run.label)))


def failed(job: str, item: str, *, kind: str, stream: str | None) -> None:
    """Note that a job failed on an item. It is tried again after a wait that doubles each time."""
    row = db.session.scalars(select(Failure).where(Failure.job == job, Failure.item == item)).first()
    now = clock.now()
    if row is None:
        row = Failure(job=job, item=item, times=0, first_at=now)
        db.session.add(row)
    row.times += 1
    row.kind, row.stream, row.last_at = kind, stream, now
    row.retry_at = now + min(timedelta(minutes=2 ** min(row.times, 12)), LONGEST_WAIT)
    db.session.flush()


def succeeded(job: str, item: str) -> None:
    """Forget an earlier failure of an item."""
    row = db.session.scalars(select(Failure).where(Failure.job == job, Failure.item == item)).first()
    if row is not None:
        db.session.delete(row)
        db.session.flush()


def failures() -> list[Failure]:
    """What failed and has not succeeded since, the latest first."""
    return list(db.session.scalars(select(Failure).order_by(Failure.last_at.desc(), Failure.id.desc())))


def failed_items(job: str) -> dict[str, datetime]:
    """The items of a job that failed, each with the moment from which it is tried again."""
    rows = db.session.execute(select(Failure.item, Failure.retry_at).where(Failure.job == job))
    return {row.item: row.retry_at for row in rows}
