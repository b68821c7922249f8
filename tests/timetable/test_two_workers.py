"""Two workers at once, each in a process of its own: every row has its effect once."""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from ifr import clock, deadlines, jobs, runs
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.deadlines import DeadlineStep
from ifr.demo import stories, walk
from ifr.jobs.running import work
from ifr.telling.models import Notice
from ifr.timetable.models import RetentionReview
from ifr.workflow import MoveRecord

LATER = datetime(2027, 1, 18, 9, tzinfo=UTC)
REMIND, RETENTION = (next(job for job in jobs.JOBS if job.name == name) for name in ("remind", "retention"))


def _work(app: Flask, turn: "multiprocessing.Barrier") -> None:  # type: ignore[valid-type]
    with app.app_context():
        turn.wait()
        with clock.at(LATER):
            work(REMIND)
        with clock.at(LATER + timedelta(days=9 * 365)):
            work(RETENTION)
        db.session.remove()
        db.engine.dispose()


def test_two_workers_at_once_take_every_step_once(fresh_app: Callable[[str], Flask]) -> None:
    app = fresh_app("postgresql")
    with app.app_context():
        with transaction():
            for _ in range(2):
                walk.asked(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "Which scale was used?")
                walk.received(stories.HYPERHIDROSIS)
            walk.step(walk.received(stories.HYPERHIDROSIS), "withdraw", "dev_skin", "No longer wanted.")
        with clock.at(LATER):
            assert len(deadlines.due_for_a_look(100)) >= 4
        db.session.remove()
        db.engine.dispose()
    context = multiprocessing.get_context("fork")
    turn = context.Barrier(2)
    workers = [context.Process(target=_work, args=(app, turn)) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    assert [one.exitcode for one in workers] == [0, 0]
    with app.app_context(), transaction(writes=False):
        assert runs.failures() == []
        notices = Counter((row.user_id, row.key) for row in db.session.scalars(select(Notice)))
        steps = Counter((row.deadline_id, row.step) for row in db.session.scalars(select(DeadlineStep)))
        warned = Counter(db.session.scalars(select(MoveRecord.stream).where(MoveRecord.trigger == "propose_closure")))
        assert notices and steps and set(notices.values()) == set(steps.values()) == {1}
        assert len(warned) == 2 and set(warned.values()) == {1}
        assert len(db.session.scalars(select(RetentionReview)).all()) == 1
        with clock.at(LATER):
            assert deadlines.due_for_a_look(100) == []
        assert len(db.session.scalars(select(Case)).all()) == 5
