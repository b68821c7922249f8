"""Reports on treatments: asked for once each, some days before they are due, and settled when they come or are let go."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask

from ifr import audit, clock, deadlines
from ifr.cases.drafts import standing
from ifr.cases.models import Case
from ifr.db import transaction
from ifr.decisions.services import ConditionTyped
from ifr.demo import accounts, afterwards, walk
from ifr.outcomes import services as outcomes
from ifr.outcomes.models import ReportDue
from ifr.pages import day
from tests.outcomes.walking import CLINICIAN, MANAGER, considered
from tests.timetable.clockwork import run, told

DAYS = (date(2027, 2, 22), date(2027, 5, 24))


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case() -> Case:
    """A treatment that was begun, with two reports due."""
    conditions = tuple(ConditionTyped(f"Report {n}.", f"Result {n}", day) for n, day in enumerate(DAYS, start=1))
    case = considered("funded", conditions=conditions)
    with transaction():
        return afterwards.treated(case, CLINICIAN)


def dues(case: Case) -> list[ReportDue]:
    return outcomes.dues_of(outcomes.follow_up_of(case))


def open_results(case: Case) -> list[date | None]:
    return [one.due_on for one in deadlines.open_deadlines(case.stream) if one.name == "result"]


def facts(case: Case) -> list[str]:
    return [one.action for one in audit.events(case.stream) if one.action.startswith("result_")]


def ask(year: int, month: int, day: int) -> int:
    with clock.at(datetime(year, month, day, 9, tzinfo=UTC)):
        return run("results")[0]


def test_each_report_is_asked_for_once_some_days_before_it_is_due_and_its_date_is_met_when_it_comes(case: Case) -> None:
    assert [due.ask_on for due in dues(case)] == [date(2027, 1, 25), date(2027, 4, 23)]
    assert [ask(2027, 1, 22), ask(2027, 1, 25), ask(2027, 1, 25), ask(2027, 1, 26)] == [0, 1, 0, 0]
    assert open_results(case) == [DAYS[0]]
    assert "A report on the treatment that was funded is due on 22 February 2027." in told(case, CLINICIAN)
    with clock.at(datetime(2027, 2, 10, 9, tzinfo=UTC)), transaction():
        afterwards.reported(case, CLINICIAN)
    assert (open_results(case), facts(case)) == ([], ["result_asked", "result_settled"])
    assert [ask(2027, 2, 11), ask(2027, 4, 23), ask(2027, 4, 24)] == [0, 1, 0]
    assert open_results(case) == [DAYS[1]]
    with clock.at(datetime(2027, 4, 27, 9, tzinfo=UTC)), transaction():
        outcomes.waive_report(case, dues(case)[1].id, reason="Treatment is over.", seen=None, by=accounts.user(MANAGER))
    assert (open_results(case), facts(case)) == ([], ["result_asked", "result_settled"] * 2)


def test_a_report_that_is_asked_for_late_names_the_day_of_its_date_and_stands_in_the_list(case: Case) -> None:
    assert ask(2027, 6, 1) == 2
    [by] = open_results(case)
    assert by is not None and by > date(2027, 6, 1)
    words = f"A report on the treatment that was funded is due on {day(by)}."
    assert [one for one in told(case, CLINICIAN) if "report" in one] == [words]
    with clock.at(datetime.combine(by, time(12), UTC) + timedelta(days=3)):
        [waits] = next(one for one in standing.mine(accounts.user(CLINICIAN)) if one.case.id == case.id).waiting
    assert (waits.what, waits.by) == ("Report on the treatment", by)


def test_the_next_report_is_asked_for_when_the_one_before_it_came_and_one_that_came_early_is_not(case: Case) -> None:
    assert [ask(2027, 4, 23), ask(2027, 4, 24)] == [2, 0]
    assert len(open_results(case)) == 1 and [due.asked_at is not None for due in dues(case)] == [True, False]
    with clock.at(datetime(2027, 4, 26, 9, tzinfo=UTC)), transaction():
        # A report that answers none of those that are owed leaves the date where it is.
        values = {"period": "So far", "measure_value": "2", "against_baseline": "better", "adverse_events": "None",
                  "stopping_rule_met": "no", "recommendation": "continue", "due_id": None}  # fmt: skip
        outcomes.save_report(case, values, once=walk.once(), seen=None, by=accounts.user(CLINICIAN))
        walk.step(case, "report_result", CLINICIAN)
        assert len(open_results(case)) == 1
        afterwards.reported(case, CLINICIAN)
        assert open_results(case) == []
        afterwards.reported(case, CLINICIAN)
    assert ask(2027, 4, 27) == 0
    assert facts(case) == ["result_asked", "result_settled"]
