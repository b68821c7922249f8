"""The letters that wait for somebody."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from ifr import clock, letters
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.reports import services


@pytest.fixture(autouse=True)
def session(app: Flask) -> Iterator[None]:
    with app.app_context(), transaction():
        yield


def test_letters_that_wait_are_listed_for_the_office_with_what_holds_them_up() -> None:
    case = _declined()
    mine = [row for row in services.letters_to_release(accounts.user("carol_office")) if row.key == case.key]
    assert [row.titles for row in mine] == [
        ["Screening refusal", "Screening refusal (patient letter)", "Screening refusal (copy to the GP)"]
    ]
    letters.of(case.stream)[0].held_up_because = "The declaration is outstanding."
    db.session.flush()
    again = [row for row in services.letters_to_release(accounts.user("carol_office")) if row.key == case.key]
    assert again[0].held_up_because == "The declaration is outstanding."
    assert [row for row in services.letters_to_release(accounts.user("dev_skin"))] == []
    letters.release(mine[0].batch, by_id=accounts.user("carol_office").id)
    assert case.key not in [row.key for row in services.letters_to_release(accounts.user("carol_office"))]


def _declined():
    with clock.at(datetime(2026, 11, 10, 10, tzinfo=UTC)):
        case = walk.received(stories.HYPERHIDROSIS)
    return walk.declined_at_screening(walk.in_screening(walk.in_check(case)))
