"""The time for a challenge counts from the issue of the letters."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from ifr import clock, deadlines
from ifr.appeals import challenges, reconsiderations
from ifr.appeals.models import Reconsideration
from ifr.cases.models import Case
from ifr.demo import accounts, stories, walk
from tests.appeals import walking
from tests.deadlines.counts import london


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def window(case: Case | Reconsideration) -> deadlines.Deadline | None:
    return next((one for one in deadlines.of(case.stream) if one.name == "appeal_window"), None)


def decided_on_friday_and_told_on_wednesday() -> Case:
    with clock.at(london(2026, 11, 6)):
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        assert window(case) is None and challenges.decision_of(case).last_on is None
    with clock.at(london(2026, 11, 11)):
        walking.issued(case)
    return case


def test_late_appeal_counted_from_issue_of_the_letters_and_not_from_the_decision() -> None:
    case = decided_on_friday_and_told_on_wednesday()
    row, decision = window(case), challenges.decision_of(case)
    # Thirty working days from Wednesday 11 November; from the day of the decision it would have been the 18th.
    assert row.started_on == date(2026, 11, 11) and row.whose == "appellant"
    assert row.due_on == decision.last_on == date(2026, 12, 23)
    assert deadlines.last_day(date(2026, 11, 6), row.rule, case.commissioner_id) == date(2026, 12, 18)
    assert case.due_on is None, "it is not the office that has to act"
    with clock.at(london(2026, 12, 21)):
        assert not row.is_late and not decision.is_over
    with clock.at(london(2026, 12, 23, 23, 59, 59)):
        assert not row.is_late and not decision.is_over
    with clock.at(london(2026, 12, 24, 0)):
        assert row.is_late and decision.is_over
        appeal = walking.lodged(case, late_because="The letter was read late.")
        assert appeal.late and row.met_at == london(2026, 12, 24, 0) and row.is_late


def test_an_appeal_in_time_ends_the_window() -> None:
    case = decided_on_friday_and_told_on_wednesday()
    row = window(case)
    with clock.at(london(2026, 12, 23, 23, 59, 59)):
        appeal = walking.lodged(case)
        assert not appeal.late
        assert (row.met_by, row.is_late) == ("challenge_lodged", False)


def test_the_window_is_opened_once_however_many_letters_tell_of_the_decision() -> None:
    case = decided_on_friday_and_told_on_wednesday()
    assert len([one for one in deadlines.of(case.stream) if one.name == "appeal_window"]) == 1
    with clock.at(clock.now() + timedelta(days=1)):
        walk.step(case, "reopen_for_screening", "maya_manages", "Something new was found.")
    assert window(case).cancelled_at is not None


def test_a_request_to_look_again_that_is_refused_opens_the_window_anew_from_its_letters() -> None:
    case = decided_on_friday_and_told_on_wednesday()
    with clock.at(london(2026, 11, 18)):
        asked = walking.asked_again(case)
        walking.step(asked, "begin_assessment", walking.OFFICE)
        walking.answered(asked, "refuse")
        reconsiderations.sign(asked, seen=asked.version, by=accounts.user(walking.OFFICE))
        walking.step(asked, "refuse_reconsideration", "maya_manages", "It was all before screening.")
        assert window(asked) is None
        walking.issued(case)
        row, decision = window(asked), challenges.decision_of(case)
        assert row.due_on == decision.last_on == date(2027, 1, 4)
        walking.lodged(case)
        assert (row.met_by, window(case).met_by) == ("challenge_lodged", "challenge_lodged")


def test_a_refusal_at_screening_meets_the_date_of_the_decision_and_opens_that_of_its_letter() -> None:
    with clock.at(london(2026, 11, 6)):
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        rows = {one.name: one for one in deadlines.of(case.stream)}
        assert rows["decision"].met_by == "decline_at_screening" and rows["letter"].is_open
        assert case.due_on == rows["letter"].due_on == date(2026, 11, 13)
    with clock.at(london(2026, 11, 11)):
        walking.issued(case)
    assert (rows["letter"].met_by, case.due_on) == ("refusal_issued", None)
