"""Each point of a patient was answered by itself, and nobody said what they came to together. Here somebody has to."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr import clock, letters
from ifr.demo import stories
from tests.journeys import hearings


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_decision_says_what_the_points_come_to_together_and_the_letter_carries_it() -> None:
    # given a panel that has answered every point and every question one by one
    case = hearings.drafted(hearings.at_panel(hearings.ready(stories.FORAMINOPLASTY)), "not_funded", in_the_round="")

    # when the chair wants to confirm, then the answer to all of them together is missing, and it alone
    assert hearings.missing(case, "confirm_not_funded") == "Answer all points and questions taken together."

    # when the panel has said what they come to together
    together = "The scar and the failed injections together still describe most patients who come back after a discectomy."
    hearings.changed(case, in_the_round=together)

    # then the decision can be confirmed, and both letters say it
    assert hearings.missing(case, "confirm_not_funded") == ""
    hearings.hearing.confirmed(case, "not_funded")
    row = next(row for row in letters.of(case.stream) if row.name == "decision_not_funded")
    said = str(letters.body_as_html(row, profile=case.profile, issued_on=clock.today())[1])
    assert together in said
