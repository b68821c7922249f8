"""An office with requests at several places of the way, walked by real moves at their own hours."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from ifr import clock
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import stories, walk
from ifr.demo.stories import Story, another


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    with app.app_context(), transaction():
        yield


def on(day: int, hour: int = 10, month: int = 10):
    """The clock at an hour of the autumn of 2026, in London's summer time until 25 October."""
    return clock.at(datetime(2026, month, day, hour, tzinfo=UTC))


def like(number: int, story: Story = stories.HYPERHIDROSIS, **answers: str) -> Story:
    return another(story, name=f"Patient {number}", born_on=f"{number} 3 1970", **answers)


def declined(number: int, begin: int, answer_after: int) -> Case:
    """Asked about during the check, answered some days later, and not funded at screening."""
    with on(begin, 9):
        case = walk.received(like(number))
    with on(begin + 1):
        walk.asked(walk.in_check(case), "When was the scan made?")
    with on(begin + 1 + answer_after):
        walk.answered(case, "dev_skin", "In March.")
        walk.in_screening(case)
    with on(begin + 8 + answer_after):
        walk.screened(case, "not_fund")
    with on(begin + 9 + answer_after):
        return walk.step(case, "decline_at_screening", "petra_screens")


@pytest.fixture
def walked(session: None) -> dict[str, Case]:
    """Requests in Central East by what became of them."""
    cases = {"declined": declined(1, 5, 3), "slow": declined(2, 2, 13)}
    with on(6, 18):
        late = cases["after_hours"] = walk.received(like(3))
    with on(9):
        walk.in_check(late)
    with on(14, 23):
        walk.in_screening(late)
    with on(20):
        walk.screened(late, "not_fund")
    with on(21):
        walk.step(late, "send_back_to_screening", "sam_screens", "A point was missed.")
    with on(12):
        urgent = cases["urgent"] = walk.received(
            like(4, urgent="yes", needed_by="30 11 2026", harm_of_waiting="The disease would go on.")
        )
    with on(13):
        walk.in_check(urgent)
    with on(7):
        under_policy = cases["prior_approval"] = walk.received(stories.BARIATRIC)
        walk.in_check(under_policy)
    with on(16):
        walk.in_screening(under_policy)
        walk.screened(under_policy, "prior_approval")
        walk.step(under_policy, "give_prior_approval", "petra_screens")
    with on(3, month=11):
        cases["waiting"] = walk.asked(walk.in_check(walk.received(like(5))), "Which treatments were tried?")
    db.session.flush()
    return cases
