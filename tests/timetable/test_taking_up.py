"""Requests that were under way before there were plans of reminders, and under definitions that did not know them."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import yaml
from flask import Flask
from sqlalchemy import func, select, update

from ifr import clock, deadlines, profiles
from ifr.cases.models import Case
from ifr.cases.timing import matters
from ifr.db import db
from ifr.deadlines import Deadline
from ifr.demo import accounts, stories, walk
from ifr.profiles import Definition
from ifr.telling.models import Notice
from ifr.timetable import reminders, taking_up


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def _as_it_was(definition_id: int, **without: object) -> int:
    """The same definition as a version of before, which lacked some of its parts."""
    row = db.session.get_one(Definition, definition_id)
    raw = yaml.safe_load(row.text) | without
    raw = {key: value for key, value in raw.items() if value is not None}
    text = yaml.safe_dump(raw, sort_keys=False)
    old = Definition(
        kind=row.kind, name=row.name, version=0, applies_from=date(2024, 1, 1), sha256=f"old {row.name}", text=text,
    )  # fmt: skip
    db.session.add(old)
    db.session.flush()
    return old.id


def from_before() -> Case:
    """Received in September, under a profile without plans and a machine without facts; its dates have no next look."""
    with clock.at(clock.now() - timedelta(days=70)):
        case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    profile = yaml.safe_load(db.session.get_one(Definition, case.profile_id).text)
    days = {name: one for name, one in profile["days"].items() if name not in ("pre_action_reply", "subject_access")}
    case.profile_id = _as_it_was(case.profile_id, reminders=None, follow_up=None, days=days)
    case.workflow_id = _as_it_was(case.workflow_id, facts=None, deadlines=[], letters={
        name: {key: value for key, value in one.items() if key != "fact"}
        for name, one in yaml.safe_load(db.session.get_one(Definition, case.workflow_id).text)["letters"].items()
    })
    db.session.execute(update(Deadline).where(Deadline.stream == case.stream).values(opened_by="", look_at=None))
    db.session.expire_all()
    return case


def test_the_worker_takes_up_what_was_under_way_by_the_plan_of_today() -> None:
    case = from_before()
    assert case.profile.reminders == {}
    before = {one.id: (one.due_on, one.length) for one in deadlines.of(case.stream)}
    assert taking_up.take_up() >= 1
    late = [one for one in deadlines.open_deadlines(case.stream) if one.look_at is not None and one.look_at <= clock.now()]
    assert {one.name for one in late} == {"screening", "decision"}
    for one in late:
        reminders.act(one.id)
    assert db.session.scalar(select(func.count()).where(Notice.case_id == case.id)), "somebody hears that it is late"
    assert {one.id: (one.due_on, one.length) for one in deadlines.of(case.stream)} == before, "and no date has moved"


def test_a_letter_before_legal_action_has_its_day_on_an_old_request_too() -> None:
    case, carol = from_before(), accounts.user("carol_office")
    assert profiles.by_id(case.workflow_id).facts == {}
    row = matters.arrived(case, "pre_action", on=clock.today(), once="1", by=carol, seen=case.version)
    [opened] = [one for one in deadlines.open_deadlines(case.stream) if one.name == "pre_action_reply"]
    assert (row.deadline_id, opened.due_on) == (opened.id, clock.today() + timedelta(days=14))
    assert opened.look_at is not None
    matters.answered(case, row, on=clock.today(), by=carol, seen=case.version)
    assert not opened.is_open
