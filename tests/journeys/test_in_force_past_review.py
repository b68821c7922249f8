"""A policy whose review is late is in force all the same, and everybody who meets it is told that it is late."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.journeys.registering import asked, in_force_already, published

SignIn = Callable[[FlaskClient, str], None]


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_late_review_ends_nothing(client: FlaskClient, sign_in: SignIn) -> None:
    # given a policy whose review was due in April, and today is in November
    version_id = in_force_already(effective_from="2023-04-01", review={"day": "2026-04-01"})

    # when somebody asks which policy applies today
    answer = asked("2026-11-21")

    # then it is this one, with a warning and the day on which its review was due
    assert (answer["reference"], answer["answer"]) == ("DEMO-TATTOO", "outside_by_position")
    assert answer["warnings"] == ["review_overdue"]
    assert any("1 April 2026" in step and "in force" in step for step in answer["steps"])

    # and the page of the policy says the same
    sign_in(client, "carol_office")
    page = client.get(f"/policies/{version_id}").text
    assert "Review overdue" in page and "stays in force" in page


def test_a_static_policy_is_never_late() -> None:
    in_force_already(effective_from="2015-01-01", review={"day": "2018-01-01", "static": True})
    answer = asked("2026-11-21")
    assert answer["answer"] == "outside_by_position"
    assert answer["warnings"] == []


def test_only_a_successor_ends_it() -> None:
    # given a policy that is late for review
    in_force_already(effective_from="2023-04-01", review={"day": "2026-04-01"})

    # when its next version applies from the first of December
    published(version="2", effective_from="2026-12-01", replaces=[{"policy": "DEMO-TATTOO", "version": "1"}])

    # then the old one holds until the last of November, and no longer
    assert asked("2026-11-30")["version"] == "1"
    assert asked("2026-12-01")["version"] == "2"
    assert asked(date(2026, 12, 1).isoformat())["warnings"] == []
