"""How jobs run: what is due, an item at a time, each in a transaction of its own; and the worker that does it in turns."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from ifr import clock, runs
from ifr.db import transaction
from ifr.jobs.leading import Leadership

EVERY_SECONDS = 5
# How many items of one job are done in a turn, so that no job waits long for another.
A_TURN = 500
# How often the operations page hears of a job that found nothing to do.
NOTED_EVERY = timedelta(minutes=1)
# The item under which the failure of a whole job stands.
WHOLE = "all"

log = logging.getLogger("ifr.jobs")


@dataclass(frozen=True)
class Job:
    """Something that the clock does every so often.

    `due` finds at most so many items, and `act` does one of them within a transaction; `stream` says what an item
    concerns. A job with a `whole` divides its own work into transactions, and says how much it did.
    """

    name: str
    label: str
    every: timedelta
    due: Callable[[int], Sequence[Any]] | None = None
    act: Callable[[Any], object] | None = None
    stream: Callable[[Any], str | None] = lambda item: None
    whole: Callable[[], int] | None = None


def work(job: Job, limit: int = A_TURN) -> tuple[int, int]:
    """Do what is due of one job: how many items were done, and on how many it failed."""
    try:
        return _all_of(job, job.whole) if job.whole is not None else _each(job, limit)
    except Exception as fault:
        # One job that cannot even find what is due must not keep the others waiting.
        _failed(job, WHOLE, fault)
        return 0, 1


def _all_of(job: Job, whole: Callable[[], int]) -> tuple[int, int]:
    done = whole()
    with transaction(writes=False):
        earlier = runs.failed_items(job.name)
    _no_longer_due(job, earlier)
    return done, 0


def _each(job: Job, limit: int) -> tuple[int, int]:
    assert job.due is not None
    with transaction(writes=False):
        earlier = runs.failed_items(job.name)
        waiting = {item for item, retry_at in earlier.items() if retry_at > clock.now()}
        # What waits to be tried again must not stand in the way of what never failed.
        due = job.due(limit + len(waiting))
        items = [item for item in due if str(item) not in waiting][:limit]
    if len(due) < limit + len(waiting):
        # Somebody else has done these meanwhile, or they are wanted no longer: there is nothing left to try again.
        _no_longer_due(job, earlier.keys() - {str(item) for item in due})
    done = sum(_act(job, item, failed_before=str(item) in earlier) for item in items)
    return done, len(items) - done


def _no_longer_due(job: Job, items: Collection[str]) -> None:
    if items:
        with transaction():
            for item in items:
                runs.succeeded(job.name, item)


def _act(job: Job, item: Any, *, failed_before: bool) -> bool:
    assert job.act is not None
    try:
        with transaction():
            job.act(item)
            if failed_before:
                runs.succeeded(job.name, str(item))
        return True
    except Exception as fault:
        # One item that fails must not keep the others waiting. The log has the trace, which holds no identity.
        _failed(job, item, fault)
        return False


def _failed(job: Job, item: Any, fault: Exception) -> None:
    log.exception("job %s failed on %s", job.name, item)
    with transaction():
        stream = job.stream(item) if item != WHOLE else None
        runs.failed(job.name, str(item), kind=type(fault).__name__, stream=stream)


def run_all(app: Flask, jobs: Sequence[Job]) -> dict[str, int]:
    """Do what is due of every job, and say how much of each was done."""
    return {job.name: _run(app, job)[0] for job in jobs}


def _run(app: Flask, job: Job) -> tuple[int, int]:
    with app.app_context():
        done, failed = work(job)
        with transaction():
            runs.finished(job.name, job.label, done=done, failed=failed, next_at=clock.now() + job.every)
    return done, failed


class Worker:
    """One worker: at each turn it runs the jobs whose time has come, if it leads."""

    def __init__(self, app: Flask, jobs: Sequence[Job]) -> None:
        self.app, self.jobs = app, jobs
        self.leadership = Leadership(app.config["IFR"].database_url)
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        # By a clock that nobody puts right: a machine that began in the wrong year goes on working afterwards.
        self._next: dict[str, float] = {}
        self._noted: dict[str, float] = {}
        self._beaten = -inf

    def turn(self) -> None:
        try:
            if self.leadership.is_mine():
                for job in self.jobs:
                    self._beat()
                    if self._next.get(job.name, -inf) <= time.monotonic():
                        self._run(job)
        except Exception:
            log.exception("a turn of the worker failed")

    def _beat(self) -> None:
        """Say that it is alive: between jobs too, since one may print letters for minutes."""
        if time.monotonic() - self._beaten >= EVERY_SECONDS:
            self._beaten = time.monotonic()
            with self.app.app_context(), transaction():
                runs.tick(self.name)

    def _run(self, job: Job) -> None:
        began = time.monotonic()
        with self.app.app_context():
            done, failed = work(job)
            wait = timedelta() if done + failed >= A_TURN else job.every
            self._next[job.name] = began + wait.total_seconds()
            if done or failed or began - self._noted.get(job.name, -inf) > NOTED_EVERY.total_seconds():
                self._noted[job.name] = began
                with transaction():
                    runs.finished(job.name, job.label, done=done, failed=failed, next_at=clock.now() + wait)


def run(app: Flask, stop: threading.Event, jobs: Sequence[Job]) -> None:
    """Be a worker until `stop` is set. A turn that has begun is finished."""
    worker = Worker(app, jobs)
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(worker.turn, "interval", seconds=EVERY_SECONDS, max_instances=1, coalesce=True)
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=True)
    worker.leadership.give_up()
