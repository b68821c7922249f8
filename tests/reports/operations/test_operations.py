"""How the service says that it is well, and what it says when it is not."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, text, update

from ifr import clock, deadlines, jobs, letters, runs
from ifr.commands.database import check
from ifr.db import db, transaction
from ifr.deadlines import DayOff
from ifr.demo import stories, walk
from ifr.jobs import running
from ifr.letters import Letter
from ifr.reports.operations import soundness


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def said() -> dict[str, str]:
    with transaction(writes=False):
        return {one.name: one.said for one in soundness.look()}


def lead() -> None:
    with transaction():
        runs.tick("a worker")


def test_each_piece_says_when_it_is_not_in_order(app: Flask) -> None:
    assert "no worker has run yet" in said()["worker"]
    lead()
    assert {name for name, words in said().items() if words != soundness.IN_ORDER} == {"mail", "scanner"}
    with clock.at(clock.now() + timedelta(hours=3)):
        assert "silent for 3 hours" in said()["worker"]
    with transaction():
        walk.received(stories.HYPERHIDROSIS)
    assert said()["letters"] == soundness.IN_ORDER
    with clock.at(clock.now() + timedelta(minutes=40)):
        assert "has waited for 40 minutes" in said()["letters"]
    with transaction():
        db.session.execute(delete(DayOff).where(DayOff.off_on > clock.today() + timedelta(days=40)))
        deadlines.forget()
        runs.failed("remind", "7", kind="KeyError", stream="case:7")
        db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    found = said()
    assert found["holidays"] == "the table of bank holidays ends on 31 December 2026; add the next year"
    assert found["jobs"] == "1 item failed and will be tried again"
    assert "is at revision 0001" in found["revision"]


def test_a_monitor_hears_of_every_job_and_of_nothing_else(app: Flask, client) -> None:
    assert client.get("/health").status_code == 503
    lead()
    jobs.tick(app)
    answer = client.get("/health")
    assert answer.status_code == 200
    found = answer.json
    assert found["status"] == "needs attention"
    assert {one["name"] for one in found["jobs"]} == {job.name for job in jobs.JOBS}
    assert all(one["last_run_at"] and one["next_run_at"] for one in found["jobs"])


def test_a_job_that_fails_on_one_item_goes_on_with_the_others_and_tries_it_again_later(app: Flask) -> None:
    tried: list[int] = []

    def act(item: int) -> None:
        tried.append(item)
        if item == 2 and len(tried) < 5:
            raise ZeroDivisionError

    job = running.Job("count", "Count", timedelta(), due=lambda limit: [1, 2, 3][:limit], act=act, stream="case:{}".format)
    assert running.work(job) == (2, 1)
    [failure] = runs.failures()
    assert (failure.item, failure.stream, failure.kind, failure.times) == ("2", "case:2", "ZeroDivisionError", 1)
    assert running.work(job) == (2, 0), "what failed waits, and stands in nobody's way"
    with clock.at(failure.retry_at):
        assert running.work(job) == (3, 0)
    assert runs.failures() == []


def test_the_command_prints_the_same_and_fails_where_something_is_wrong(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.config["IFR"]
    monkeypatch.setenv("IFR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("IFR_INSTANCE", str(settings.files.parent))
    answer = CliRunner().invoke(check, ["--json"])
    found = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert found["database"] == found["settings and definitions"] == "in order"
    assert "worker" in found and "disk" in found and "printing" in found


def test_the_letter_that_waits_longest_is_the_one_that_is_named(app: Flask) -> None:
    with transaction():
        walk.received(stories.HYPERHIDROSIS)
        assert letters.longest_ready() == clock.now()
        db.session.execute(update(Letter).values(state=letters.ISSUED))
    assert letters.longest_ready() is None
