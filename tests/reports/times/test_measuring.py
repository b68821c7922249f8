"""How long requests took: against a slow calculation, without prior approvals, and for nobody who may not see a request."""

from datetime import date

from ifr import profiles
from ifr.access import Role
from ifr.cases.models import CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import db
from ifr.demo import accounts, bulk
from ifr.reports.times import measuring
from ifr.reports.times.measuring import Row, Times
from ifr.reports.times.periods import Period, period_of
from ifr.reports.times.steps import steps_of
from tests.databases import statements_sent
from tests.reports.times.slow import WHOLE, took

YEAR = period_of("12_months")


def measured(who: str = "maya_manages", period: Period = YEAR) -> Times:
    return measuring.times(accounts.user(who), accounts.organisation(accounts.CE).id, period)


def by_step(found: Times) -> dict[tuple[str, bool], Row]:
    return {(row.label, row.urgent): row for row in (*found.rows, *found.whole)}


def test_every_figure_is_that_of_a_calculation_day_by_day(walked: dict[str, Case]) -> None:
    slow = took(case for name, case in walked.items() if name != "prior_approval")
    fast = by_step(measured())
    assert set(fast) == set(slow) >= {("Finish the check", False), ("Acknowledge the request", True), (WHOLE, False)}
    for step, row in fast.items():
        wanted = slow[step]
        worst = max(days for days, _ in wanted.net)
        assert (row.net.number, row.net.median, row.net.ninetieth) == (
            len(wanted.net), wanted.centile(50), wanted.centile(90),
        ), step  # fmt: skip
        assert (row.net.worst, row.gross.worst) == (worst, max(wanted.gross)), step
        assert (worst, row.worst_key) in wanted.net
        assert row.within == (f"{sum(wanted.kept)} of {len(wanted.kept)}" if wanted.kept else ""), step
    _pauses_are_in_the_gross_figures_alone(fast)
    _urgent_requests_are_held_to_their_own_targets(fast, walked["urgent"].key)
    # What was sent back to screening left it twice.
    assert fast["Finish screening", False].net.number == fast["Second signature of the screening", False].net.number == 3
    _a_prior_approval_is_counted_apart(measured(), walked["prior_approval"].key)
    _only_what_ended_in_the_period_counts()


def _pauses_are_in_the_gross_figures_alone(fast: dict[tuple[str, bool], Row]) -> None:
    check, whole = fast["Finish the check", False], fast[WHOLE, False]
    assert check.gross.worst - check.net.worst >= 5
    assert whole.gross.worst > whole.net.worst
    assert (check.target, whole.net.number, whole.target_days) == ("5 working days", 2, 40)


def _urgent_requests_are_held_to_their_own_targets(fast: dict[tuple[str, bool], Row], key: str) -> None:
    row = fast["Acknowledge the request", True]
    assert (row.net.number, row.target, row.worst_key) == (1, "1 working day", key)


def _a_prior_approval_is_counted_apart(found: Times, key: str) -> None:
    assert found.prior_approvals == 1
    assert key not in repr(found)
    assert sum(month.net.number for month in found.months if month.net) == 2


def _only_what_ended_in_the_period_counts() -> None:
    labels = {row.label for row in measured(period=Period("12_months", date(2026, 10, 1), date(2026, 10, 13))).rows}
    assert "Finish the check" in labels
    assert "Second signature of the screening" not in labels
    before = measured(period=Period("12_months", date(2025, 1, 1), date(2025, 12, 31)))
    assert (before.rows, before.whole, before.prior_approvals) == ([], [], 0)


def test_for_whoever_has_a_conflict_of_interest_the_request_does_not_exist(walked: dict[str, Case]) -> None:
    before = by_step(measured("petra_screens"))
    slow = walked["declined"]
    assert slow.key in repr(before)
    involve(slow, accounts.user("petra_screens").id, Role.PANEL_MEMBER, interest=CONFLICTED)
    walled = measured("petra_screens")
    assert slow.key not in repr(walled)
    assert before[WHOLE, False].net.number - by_step(walled)[WHOLE, False].net.number == 1
    # What it holds changes nothing of what such a person reads; for the others it stands where it stood.
    slow.urgent = True
    db.session.flush()
    assert measured("petra_screens") == walled
    assert by_step(measured())[WHOLE, True].worst_key == slow.key
    _many_cost_as_many_queries_as_few()
    other = measuring.times(accounts.user("maya_manages"), accounts.organisation(accounts.CM).id, YEAR)
    assert not any(case.key in repr(other) for case in walked.values())
    # Rows that have no history, as those that are added in bulk, break nothing.
    as_it_was = measured()
    bulk.add(20)
    assert measured() == as_it_was


def _many_cost_as_many_queries_as_few() -> None:
    measured()
    with statements_sent() as few:
        assert len(measured(period=Period("12_months", date(2026, 10, 5), date(2026, 10, 5))).rows) <= 2
    with statements_sent() as many:
        assert len(measured().rows) > 4
    assert len(few) == len(many) > 0


def test_the_steps_of_the_machine_are_those_that_have_a_target(session: None) -> None:
    steps = steps_of(profiles.by_id(profiles.latest("workflow", "ifr").id))
    by_key = {one.key: one for one in steps.order}
    assert list(by_key) == [
        "acknowledge", "check", "handover", "screening", "countersignature", "evidence", "accuracy", "panel",
        "decision_drafted", "letter",
    ]  # fmt: skip
    assert {state for state, one in steps.by_state.items() if one.key == "panel"} == {
        "ready_for_panel", "listed", "at_panel", "deferred",
    }  # fmt: skip
    assert steps.by_state["returned"].key == "check"
    assert by_key["decision_drafted"].deadline is None
    assert by_key["acknowledge"].from_receipt and not by_key["check"].from_receipt
    assert {"decision_confirmed", "not_funded_at_screening"} <= steps.answers
    assert not {"withdrawn", "closed_no_reply", "decision_drafted"} & steps.answers
