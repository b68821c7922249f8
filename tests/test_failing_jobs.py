"""A job that fails as a whole keeps no other one waiting, and a failure shows only as long as there is something to try."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from ifr import runs
from ifr.jobs import running
from ifr.jobs.running import WHOLE, Job

NOW = timedelta()


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def _fails(*_: object) -> list[int]:
    raise ZeroDivisionError


def failed() -> list[tuple[str, str]]:
    return sorted((one.job, one.item) for one in runs.failures())


def test_a_job_that_cannot_find_what_is_due_keeps_no_other_one_waiting(app: Flask) -> None:
    acted: list[int] = []
    blind = Job("blind", "Find nothing", NOW, due=_fails, act=acted.append, stream=_fails)
    following = Job("next", "The next one", NOW, due=lambda limit: [7], act=acted.append)
    assert running.run_all(app, [blind, following]) == {"blind": 0, "next": 1}
    assert acted == [7]
    assert failed() == [("blind", WHOLE)]
    assert running.work(Job("blind", "Find again", NOW, due=lambda limit: [8], act=acted.append)) == (1, 0)
    assert failed() == []


def test_what_is_due_no_longer_is_no_failure_any_more() -> None:
    waiting = [1, 2]
    job = Job("count", "Count", NOW, due=lambda limit: waiting[:limit], act=_fails)
    assert running.work(job) == (0, 2)
    waiting.remove(1)
    running.work(job)
    assert failed() == [("count", "2")]


def test_a_job_that_ran_as_a_whole_shows_no_earlier_failure() -> None:
    assert running.work(Job("all_at_once", "All at once", NOW, whole=_fails)) == (0, 1)  # type: ignore[arg-type]
    assert failed() == [("all_at_once", WHOLE)]
    assert running.work(Job("all_at_once", "All at once", NOW, whole=lambda: 3)) == (3, 0)
    assert failed() == []
