"""Records that were kept for long enough, and stored files that no row names."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import audit, clock, documents
from ifr.access import Role
from ifr.cases import services as cases
from ifr.cases.models import CONFLICTED, Case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.timetable.models import RetentionReview
from tests.timetable.clockwork import run, told

LONG_AGO = datetime(2026, 3, 2, 10, tzinfo=UTC)
# The policy from which its group is taken did not apply yet.
STORY = replace(stories.HYPERHIDROSIS, group=())


def withdrawn(on: datetime) -> Case:
    with clock.at(on), transaction():
        return walk.step(walk.received(STORY), "withdraw", "dev_skin", "No longer wanted.")


def test_a_request_is_listed_once_when_its_last_step_is_as_old_as_records_are_kept(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]
) -> None:
    with app.app_context():
        old, later = withdrawn(LONG_AGO), withdrawn(LONG_AGO + timedelta(days=200))
        with clock.at(LONG_AGO), transaction():
            still_open = walk.received(STORY)
        keys = old.key, later.key, still_open.key
    day = LONG_AGO.replace(year=2034)
    with app.app_context():
        with clock.at(day - timedelta(days=1)):
            assert run("retention") == (0, 0)
        with clock.at(day):
            assert [run("retention"), run("retention")] == [(1, 0), (0, 0)]
        [row] = db.session.scalars(select(RetentionReview))
        assert (row.case_id, row.years, row.last_step_on) == (old.id, 8, LONG_AGO.date())
        assert audit.events(old.stream)[-1].action == "list_for_retention_review"
        assert len(told(None, "maya_manages")) == 1
        assert db.session.get_one(Case, old.id).state == "withdrawn"
    sign_in(client, "maya_manages")
    page = client.get("/retention").get_data(as_text=True)
    assert keys[0] in page and keys[1] not in page and keys[2] not in page
    assert client.get("/retention?after=nonsense").status_code == client.get(f"/retention?after={'9' * 40}").status_code == 200
    with app.app_context(), transaction():
        case = cases.visible_case(keys[0], accounts.user("maya_manages"))
        cases.involve(case, accounts.user("maya_manages").id, Role.PANEL_MEMBER, interest=CONFLICTED)
    assert keys[0] not in client.get("/retention").get_data(as_text=True)
    sign_in(client, "carol_office")
    assert client.get("/retention").status_code == 403


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """A folder of stored files that no other test writes to."""
    before = app.config["IFR"]
    app.config["IFR"] = replace(before, files=tmp_path)
    with app.app_context():
        yield tmp_path
    app.config["IFR"] = before


def stored(content: bytes) -> Path:
    with transaction():
        row = documents.put(content, stream="case:1", kind="note", title="Note", by_id=None)
        return row.sha256


def aged(path: Path, hours: int) -> Path:
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC) - timedelta(hours=hours)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return path


def place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def test_stored_files_that_no_row_names_are_removed_when_they_are_a_day_old_and_no_others(folder: Path) -> None:
    named = aged(place(folder, stored(b"Named")), 100)
    orphan, young = place(folder, "ab" * 32), place(folder, "cd" * 32)
    apart, unfinished = folder / "infected" / ("ef" * 32), place(folder, f"{'01' * 32}.4711")
    not_ours = folder / "ab" / "notes.txt"
    for path in (orphan, young, apart, unfinished, not_ours):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"Something")
    for path in (orphan, apart, unfinished, not_ours):
        aged(path, 25)
    aged(young, 23)
    assert run("sweep") == (3, 0)
    assert {path for path in folder.rglob("*") if path.is_file()} - {folder / "swept"} == {named, young, not_ours}
    assert run("sweep") == (0, 0)


def test_what_is_stored_again_while_it_is_swept_is_kept(folder: Path) -> None:
    content = b"Sent once more"
    digest = stored(content)
    with transaction():
        for row in documents.of("case:1"):
            documents.take_out(row)
    path = aged(place(folder, digest), 30)
    assert documents.without_a_row(10) == [f"{digest[:2]}/{digest}"]
    stored(content)
    # The file is young again and has a row, whichever the sweep looks at first.
    with transaction():
        documents.remove_without_a_row(f"{digest[:2]}/{digest}")
    assert path.read_bytes() == content
    # A sweep that died between its two steps left it aside; the next one puts it back.
    aside = path.with_suffix(".leaving")
    shutil.move(path, aside)
    aged(aside, 30)
    assert run("sweep") == (1, 0)
    assert path.read_bytes() == content and not aside.exists()
