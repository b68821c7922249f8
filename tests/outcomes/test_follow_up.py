"""What becomes of a treatment that was funded."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from ifr import clock, letters, workflow
from ifr.cases.models import Case
from ifr.decisions.services import ConditionTyped
from ifr.demo import accounts, walk
from ifr.outcomes import services
from ifr.workflow import Invalid
from tests.appeals import walking
from tests.outcomes.walking import CHAIR, CLINICIAN, MANAGER, OFFICE, considered, decided

REPORT = {
    "period": "First 3 months", "measure_value": "Scale at 2 of 10, 14 February 2027", "against_baseline": "better",
    "adverse_events": "None", "stopping_rule_met": "no", "recommendation": "continue",
}


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    return considered("funded")


def step(case: Case, trigger: str, who: str, reason: str | None = None) -> None:
    walk.step(case, trigger, who, reason)


def why_not(case: Case, trigger: str, who: str) -> list[str]:
    return [reason.text for reason in workflow.why_not(case, trigger, accounts.user(who))]


def started(case: Case) -> Case:
    services.record_start(
        case, started_on=clock.today(), baseline="Scale at 8 of 10.", measure="Sweating scale", seen=case.version,
        by=accounts.user(CLINICIAN),
    )
    step(case, "start_treatment", CLINICIAN)
    return case


def reported(case: Case, **changes: object) -> None:
    row = services.follow_up_of(case)
    assert row is not None
    owed = services.outstanding(row)
    values = {"due_id": owed[0].id if owed else None, **REPORT, **changes}
    services.save_report(case, values, once=walk.once(), seen=case.version, by=accounts.user(CLINICIAN))
    step(case, "report_result", CLINICIAN)


# --- the start ----------------------------------------------------------------------------------------------------------------


def test_treatment_starts_when_its_day_and_its_baseline_are_on_record(case: Case) -> None:
    assert case.state == "approved"
    assert why_not(case, "start_treatment", CLINICIAN) == ["The day on which treatment started is not recorded."]
    with pytest.raises(Invalid, match="in the future"):
        services.record_start(
            case, started_on=date(2026, 12, 24), baseline="8", measure="", seen=case.version, by=accounts.user(CLINICIAN)
        )
    started(case)
    row = services.follow_up_of(case)
    assert case.state == "in_treatment" and row is not None and row.began_at is not None
    assert [(d.label, d.due_on) for d in services.dues_of(row)] == [("Result at three months", date(2027, 2, 21))]


def test_a_decision_without_dates_still_asks_for_one_report(context: None) -> None:
    case = started(considered("funded", conditions=(ConditionTyped("Done at a specialised unit."),)))
    row = services.follow_up_of(case)
    assert row is not None
    assert [(d.label, d.due_on) for d in services.dues_of(row)] == [("Result of the treatment", None)]


def test_nothing_starts_where_nothing_was_funded(context: None) -> None:
    case = considered("not_funded")
    assert services.funding_of(case) is None
    with pytest.raises(Invalid, match="No decision funds"):
        services.record_start(
            case, started_on=clock.today(), baseline="", measure="", seen=case.version, by=accounts.user(CLINICIAN)
        )


def test_a_start_is_recorded_by_those_who_know_it(case: Case) -> None:
    with pytest.raises(PermissionError):
        services.record_start(
            case, started_on=clock.today(), baseline="8", measure="", seen=case.version, by=accounts.user("sam_screens")
        )


# --- reports ------------------------------------------------------------------------------------------------------------------


def test_a_report_is_a_draft_until_it_is_sent_and_there_is_one_at_a_time(case: Case) -> None:
    started(case)
    assert why_not(case, "report_result", CLINICIAN) == ["There is no report to send: write it first."]
    first, by = walk.once(), accounts.user(CLINICIAN)
    report = services.save_report(case, dict(REPORT), once=first, seen=case.version, by=by)
    again = services.save_report(case, {**REPORT, "measure_value": "3 of 10"}, once=walk.once(), seen=case.version, by=by)
    assert again.id == report.id and report.measure_value == "3 of 10" and report.sent_at is None
    step(case, "report_result", CLINICIAN)
    assert report.sent_at is not None and case.state == "in_treatment"
    # The form of a report that was sent changes nothing any more.
    assert services.save_report(case, dict(REPORT), once=first, seen=case.version, by=by).measure_value == "3 of 10"


def test_a_report_is_late_when_its_day_is_over_in_london(case: Case) -> None:
    started(case)
    row = services.follow_up_of(case)
    assert row is not None
    with clock.at(clock.end_of(date(2027, 2, 20))):
        assert [line.overdue for line in services.due_lines(row)] == [False]
    with clock.at(clock.end_of(date(2027, 2, 21))):
        assert [line.overdue for line in services.due_lines(row)] == [True]
    reported(case)
    with clock.at(clock.end_of(date(2027, 2, 21))):
        assert [(line.overdue, line.open) for line in services.due_lines(row)] == [(False, False)]


def test_a_stopping_rule_that_is_met_is_shown_and_stops_nothing_by_itself(case: Case) -> None:
    started(case)
    assert not services.stopping_rule_is_met(case)
    reported(case, stopping_rule_met="yes", recommendation="stop")
    assert services.stopping_rule_is_met(case)
    assert case.state == "in_treatment"


def test_follow_up_is_complete_when_each_report_is_in_or_waived_with_a_reason(case: Case) -> None:
    started(case)
    services.plan_report(
        case, label="Result at 12 months", due_on=date(2027, 11, 21), once=walk.once(), seen=case.version,
        by=accounts.user(OFFICE),
    )
    reported(case)
    assert why_not(case, "complete_follow_up", OFFICE) == ["Report 2 (Result at 12 months) is neither in nor waived."]
    row = services.follow_up_of(case)
    assert row is not None
    second = services.dues_of(row)[1]
    with pytest.raises(PermissionError):
        services.waive_report(case, second.id, reason="Moved away.", seen=case.version, by=accounts.user(OFFICE))
    services.waive_report(case, second.id, reason="Moved away.", seen=case.version, by=accounts.user(MANAGER))
    step(case, "complete_follow_up", OFFICE)
    assert case.state == "follow_up_complete"
    assert why_not(case, "close", OFFICE) == []


# --- endings ------------------------------------------------------------------------------------------------------------------


def test_a_funded_request_is_not_closed_before_the_treatment_is_followed_up(case: Case) -> None:
    assert why_not(case, "close", OFFICE) == [
        "The decision funds a treatment: record that it has started, or confirm that the funding has expired."
    ]
    started(case)
    step(case, "stop_treatment", CLINICIAN, "No effect.")
    assert why_not(case, "close", OFFICE) == ["Report 1 (Result at three months) is neither in nor waived."]


def test_funding_expires_by_a_person_when_its_last_day_is_over(context: None) -> None:
    case = considered("funded", validity_answer="until", valid_until_on=date(2026, 12, 31))
    assert why_not(case, "confirm_expiry", OFFICE) == ["The funding can be taken up until 31 December 2026."]
    with clock.at(clock.end_of(date(2026, 12, 31))):
        step(case, "confirm_expiry", OFFICE, "Not started, said the clinician.")
        assert case.state == "funding_expired" and services.has_expired(case)
        assert why_not(case, "close", OFFICE) == []
        step(case, "extend_validity", CHAIR, "The theatre was closed.")
        assert case.state == "approved"
        assert services.valid_until(case) == date(2028, 1, 1)
        assert not services.has_expired(case)


def test_funding_is_ended_with_the_clinicians_view_reasons_an_authority_and_time_to_wind_down(case: Case) -> None:
    started(case)
    assert "not recorded" in why_not(case, "end_funding", CHAIR)[0]
    ending = {
        "heard_on": clock.today(), "clinician_view": "It has begun to help.", "wind_down_on": date(2026, 12, 31),
        "reasons": "The rule for stopping was met twice.", "plain_reasons": "It has not helped you.",
        "would_change": "", "authority": "panel",
    }
    chair = accounts.user(CHAIR)
    with pytest.raises(Invalid, match="wound down"):
        services.record_ending(
            case, {**ending, "wind_down_on": clock.today() - timedelta(days=1)}, seen=case.version, by=chair
        )
    services.record_ending(case, {**ending, "authority": "nobody"}, seen=case.version, by=chair)
    assert why_not(case, "end_funding", CHAIR) == ["No authority in force today lets a panel end this funding."]
    services.record_ending(case, ending, seen=case.version, by=chair)
    step(case, "end_funding", CHAIR, "Rule met.")
    assert case.state == "funding_ended"
    facts = next(row.facts for row in letters.of(case.stream) if row.name == "funding_ended")
    assert facts["wind_down_on"] == "2026-12-31" and facts["clinician_view"] == "It has begun to help."
    assert "appeal" in facts["challenge"] and facts["window"] == {"length": 30, "unit": "working_days"}
    # The clinician learns the reasons from the letter, not from the page.
    assert services.page_of(case, accounts.user(CLINICIAN)).ending is None
    walking.issued(case)
    assert services.page_of(case, accounts.user(CLINICIAN)).ending is not None


def test_a_clinician_does_not_read_a_decision_here_before_its_letter() -> None:
    case = decided("funded")
    assert services.page_of(case, accounts.user(CLINICIAN)).decision is None
    assert services.page_of(case, accounts.user(OFFICE)).decision is not None
