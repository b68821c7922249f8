"""Whoever keeps the policies is told of reviews and of questions, once for each step."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from ifr import clock
from ifr.db import db, transaction
from ifr.demo import accounts, walk
from ifr.policies.editing import upkeep
from ifr.policies.models import PolicyVersion
from ifr.policies.standing import standings
from tests.timetable.clockwork import run, told

PAUL = "paul_policy"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def version() -> PolicyVersion:
    """A version that binds; no other has a day for its review that any plan reaches."""
    with transaction():
        found = db.session.scalars(
            select(PolicyVersion).where(
                PolicyVersion._state == "published", PolicyVersion.owner_id == accounts.organisation("central-east").id
            )
        ).all()
        status = standings(found, clock.today())
        chosen = next(one for one in found if status[one.id].binds and not one.is_static)
        for one in db.session.scalars(select(PolicyVersion)):
            one.review_due_on = None
        chosen.review_due_on = date(2027, 3, 1)
        return chosen


def told_at(year: int, month: int, day: int) -> list[str]:
    """What Paul Ekström is told on a morning that he was not told before."""
    before = told(None, PAUL)
    with clock.at(datetime(year, month, day, 9, tzinfo=UTC)):
        run("upkeep")
        again = told(None, PAUL)
        assert run("upkeep") == (0, 0)
    assert told(None, PAUL) == again
    return again[len(before) :]


def test_who_keeps_a_policy_is_told_before_and_after_the_day_of_its_review(version: PolicyVersion) -> None:
    days = [(2026, 11, 21), (2027, 1, 29), (2027, 2, 1), (2027, 3, 1), (2027, 3, 2), (2027, 5, 1), (2027, 7, 1)]
    said = [told_at(*one) for one in days]
    assert [len(one) for one in said] == [1, 0, 1, 0, 1, 0, 1]
    [first], [last] = said[0], said[-1]
    assert first.startswith("The review of the policy “") and first.endswith("is due on 1 March 2027.")
    assert last.endswith("was due on 1 March 2027. The policy binds on.")
    assert told(None, "pia_policy") == told(None, PAUL) and told(None, "carol_office") == []


def test_a_review_that_was_missed_for_long_is_told_once_and_one_that_was_replaced_or_moved_is_counted_anew(
    version: PolicyVersion,
) -> None:
    assert len(told_at(2027, 9, 1)) == 1
    with transaction():
        version.review_due_on = date(2027, 9, 8)
    assert len(told_at(2027, 9, 2)) == 1
    with transaction():
        version.withdrawn_on = date(2027, 9, 3)
        version.review_due_on, version.effective_to = date(2027, 9, 2), date(2027, 9, 2)
    assert told_at(2027, 9, 20) == []


def test_a_question_about_a_policy_is_reminded_of_until_it_is_answered(version: PolicyVersion) -> None:
    with transaction():
        version.review_due_on = None
        flag = upkeep.raise_flag(
            version, "no_exception", "It refers to a patient of mine.", once=walk.once(), by=accounts.user("sam_screens")
        )
    assert told_at(2026, 11, 26) == []
    [first] = told_at(2026, 11, 27)
    assert first.startswith("A question about the policy “") and first.endswith("since 21 November 2026.")
    assert "patient of mine" not in first
    assert (len(told_at(2026, 12, 18)), told_at(2027, 1, 18)) == (1, [])
    with transaction():
        other = upkeep.raise_flag(version, "unclear", "What is meant?", once=walk.once(), by=accounts.user("sam_screens"))
        upkeep.answer_flag(other.id, "This.", by=accounts.user(PAUL))
        upkeep.answer_flag(flag.id, "We shall mend it.", by=accounts.user(PAUL))
    assert told_at(2027, 3, 1) == []
