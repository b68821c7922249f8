"""What the worker is to do for a deadline, when, and that it does it once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from ifr import clock, profiles
from ifr.db import db
from ifr.deadlines import Deadline, due_for_a_look, reminding, take_steps
from ifr.demo import accounts
from ifr.profiles import Profile, Reminders
from tests.deadlines.counts import BANK_HOLIDAYS, H, W, count, london

MONDAY = london(2026, 11, 2, 10)


def plan(**given: Any) -> Reminders:
    return Reminders.model_validate({"to": ["coordinator"], "source": "a test", **given})


def deadline(number: int = 5, unit: Any = W, start: datetime = MONDAY, **given: Any) -> Deadline:
    found = count(start, (number, unit))
    return Deadline(
        stream="case:7", name="check", label="Finish the check", whose="office", opened_by="begin_check", started_at=start,
        started_on=clock.day_of(start), length=number, unit=unit.value, source="a test", stops_for=[], due_on=found.due_on,
        due_at=found.due_at, **given,
    )  # fmt: skip


def names(found: list[reminding.Step]) -> list[str]:
    return [step.name for step in found]


def test_a_plan_in_working_days_is_carried_out_in_the_morning_and_passes_over_days_off() -> None:
    # Ten working days from 14 December lead over Christmas and New Year to Thursday 31 December.
    row = deadline(11, start=london(2026, 12, 14))
    given = plan(before=[5, 1], after=[0, 3], escalate={"after": 1, "to": "ifr_manager"}, then={"after": 2, "move": "close"})
    found = reminding.steps(row, given, BANK_HOLIDAYS)
    assert str(row.due_on) == "2026-12-31"
    assert [(step.name, step.at.strftime("%d %b %H:%M")) for step in found] == [
        ("before:5", "22 Dec 07:30"), ("before:1", "30 Dec 07:30"), ("after:0", "04 Jan 07:30"), ("escalate:1", "04 Jan 07:30"),
        ("then:2", "05 Jan 07:30"), ("after:3", "06 Jan 07:30"),
    ]  # fmt: skip


def test_a_plan_for_hours_is_carried_out_by_the_hour() -> None:
    row = deadline(24, H, start=london(2026, 10, 24, 12))
    found = reminding.steps(row, plan(before=[4], after=[0], escalate={"after": 2, "to": "ifr_manager"}), BANK_HOLIDAYS)
    assert [(step.name, step.at) for step in found] == [
        ("before:4", london(2026, 10, 25, 7)), ("after:0", london(2026, 10, 25, 11)), ("escalate:2", london(2026, 10, 25, 13)),
    ]


def test_nobody_is_reminded_of_what_begins_now_and_a_number_given_twice_is_one_step() -> None:
    found = reminding.steps(deadline(3), plan(before=[10, 1, 1], after=[2, 2]), BANK_HOLIDAYS)
    assert names(found) == ["before:1", "after:2"]


def test_what_stands_still_has_no_steps() -> None:
    row = deadline()
    row.due_on = row.due_at = None
    assert reminding.steps(row, plan(before=[1], after=[0]), BANK_HOLIDAYS) == []


# --- on record ----------------------------------------------------------------------------------------------------------

PLAN = plan(before=[3, 1], after=[0], escalate={"after": 2, "to": "ifr_manager"}, then={"after": 4, "move": "propose_closure"})


@pytest.fixture
def profile(app: Flask) -> Iterator[Profile]:
    with app.app_context():
        found: Profile = profiles.by_id(profiles.latest("profile", accounts.CE).id)
        yield found.model_copy(update={"reminders": {"check": PLAN}})


def kept(profile: Profile, **given: Any) -> Deadline:
    row = deadline(organisation_id=accounts.organisation(accounts.CE).id, **given)
    db.session.add(row)
    db.session.flush()
    reminding.look_again([row], profile)
    db.session.flush()
    return row


def test_each_step_is_taken_once_and_the_next_look_is_at_the_next_step(profile: Profile) -> None:
    row = kept(profile)
    assert row.look_at == london(2026, 11, 4, 7, 30)
    with clock.at(london(2026, 11, 4, 7, 29)):
        assert due_for_a_look(10) == [] and take_steps(row, profile) == []
    with clock.at(london(2026, 11, 4, 7, 30)):
        assert due_for_a_look(10) == [row.id]
        assert names(take_steps(row, profile)) == ["before:3"]
        assert take_steps(row, profile) == [] and due_for_a_look(10) == []
    assert row.look_at == london(2026, 11, 6, 7, 30)
    row.met_at, row.met_by = london(2026, 11, 5), "pass_check"
    with clock.at(london(2026, 11, 6, 8)):
        assert take_steps(row, profile) == [] and row.look_at is None


def test_after_the_worker_was_away_one_reminder_is_given_and_every_escalation_and_proposal(profile: Profile) -> None:
    row = kept(profile)
    with clock.at(london(2026, 11, 30)):
        assert names(take_steps(row, profile)) == ["after:0", "escalate:2", "then:4"]
        assert row.look_at is None and take_steps(row, profile) == []


def test_a_due_day_that_moves_is_reminded_of_anew_and_never_twice_for_the_same_day(profile: Profile) -> None:
    row = kept(profile)
    first_on, first_at = row.due_on, row.due_at
    with clock.at(london(2026, 11, 6, 8)):
        assert names(take_steps(row, profile)) == ["before:1"]
        moved = count(MONDAY, (7, W))
        row.due_on, row.due_at = moved.due_on, moved.due_at
        reminding.look_again([row], profile)
        assert names(take_steps(row, profile)) == ["before:3"], "the new day is three working days away"
        row.due_on, row.due_at = first_on, first_at
        reminding.look_again([row], profile)
        assert take_steps(row, profile) == []
        assert row.look_at == london(2026, 11, 10, 7, 30), "what was left for the first day is still to come"


def test_those_longest_due_are_looked_at_first_and_at_most_so_many(profile: Profile) -> None:
    rows = [kept(profile, start=MONDAY + timedelta(days=one)) for one in (2, 0, 1)]
    with clock.at(london(2026, 11, 30)):
        assert due_for_a_look(10) == [rows[1].id, rows[2].id, rows[0].id]
        assert due_for_a_look(2) == [rows[1].id, rows[2].id]
