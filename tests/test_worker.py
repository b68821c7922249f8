"""The worker as a process: one of several leads, and one that is killed leaves nothing half done."""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from ifr import clock, documents, jobs, letters
from ifr.db import db, transaction
from ifr.demo import stories, walk
from ifr.jobs import running
from ifr.letters import ISSUED, RELEASED


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_of_two_workers_leads_and_the_other_follows_when_it_ends(fresh_app, kind: str) -> None:
    url = fresh_app(kind).config["IFR"].database_url
    first, second = jobs.Leadership(url), jobs.Leadership(url)
    assert [first.is_mine(), second.is_mine(), first.is_mine()] == [True, False, True]
    first.give_up()
    assert second.is_mine()
    second.give_up()


def test_a_worker_issues_what_is_due_and_ends_when_it_is_told(fresh_app, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "EVERY_SECONDS", 0.1)
    app = fresh_app("sqlite")
    # The worker's threads go by the true clock, which is later than this day.
    with app.app_context(), clock.at(datetime(2025, 6, 2, 10, tzinfo=UTC)), transaction():
        stream = walk.received(replace(stories.HYPERHIDROSIS, group=())).stream
    stop = threading.Event()
    worker = threading.Thread(target=jobs.run, args=(app, stop))
    worker.start()
    _wait_until(app, stream, ISSUED)
    stop.set()
    worker.join(30)
    assert not worker.is_alive()


def _state(app: Flask, stream: str) -> str:
    with app.app_context(), transaction(writes=False):
        return letters.of(stream)[0].state


def _wait_until(app: Flask, stream: str, state: str) -> None:
    for _ in range(600):
        if _state(app, stream) == state:
            return
        time.sleep(0.1)
    raise AssertionError(f"the letter never became {state}")


def _be_killed_while_making(app: Flask, stored: str) -> None:
    """A worker that dies after the PDF is written and before anything is committed."""
    put = documents.put

    def put_and_die(*args, **kwargs):
        put(*args, **kwargs)
        Path(stored).touch()
        os.kill(os.getpid(), signal.SIGKILL)

    documents.put = put_and_die
    with app.app_context():
        jobs.issue_letters()


def test_a_worker_that_is_killed_leaves_nothing_half_done(fresh_app, tmp_path: Path) -> None:
    app = fresh_app("sqlite")
    with app.app_context():
        with transaction():
            stream = walk.received(replace(stories.HYPERHIDROSIS, group=())).stream
        db.session.remove()
        db.engine.dispose()
    stored = tmp_path / "stored"
    process = multiprocessing.get_context("fork").Process(target=_be_killed_while_making, args=(app, str(stored)))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert stored.exists()
    with app.app_context():
        with transaction(writes=False):
            [row] = letters.of(stream)
            assert (row.state, row.document_id) == (RELEASED, None)
            assert documents.of(stream, "letter") == []
        assert jobs.issue_letters() >= 1
        with transaction(writes=False):
            assert letters.of(stream)[0].state == ISSUED
            assert len(documents.of(stream, "letter")) == 1
