"""What a step of the follow-up waits for."""

from typing import Any

from ifr import clock
from ifr.cases.models import Case
from ifr.outcomes import services
from ifr.outcomes.models import FollowUp
from ifr.workflow import Reason, guard

PAGE = "outcomes.page"


@guard("treatment_start_recorded")
def treatment_start_recorded(case: Case, by: Any) -> Reason | None:
    row = services.follow_up_of(case)
    if row is None:
        return Reason("The day on which treatment started is not recorded.", to="outcomes.start")
    if not row.baseline.strip():
        return Reason("The baseline, from which the result is measured, is not recorded.", to="outcomes.start")
    return None


@guard("validity_passed")
def validity_passed(case: Case, by: Any) -> list[Reason]:
    until = services.valid_until(case)
    if until is None:
        return [Reason("The decision sets no day on which the funding expires.", to=PAGE)]
    missing = []
    if clock.now() < clock.end_of(until):
        missing.append(Reason(f"The funding can be taken up until {until.day} {until:%B %Y}.", to=PAGE))
    if services.follow_up_of(case) is not None:
        missing.append(Reason("A start of the treatment is on record: ask the clinician whether it has started.", to=PAGE))
    return missing


@guard("validity_set")
def validity_set(case: Case, by: Any) -> list[Reason]:
    if services.valid_until(case) is None:
        return [Reason("The decision sets no day by which the treatment has to begin.", to=PAGE)]
    if services.follow_up_of(case) is not None:
        return [Reason("A start of the treatment is on record, so nothing runs out.", to=PAGE)]
    return []


@guard("report_written")
def report_written(case: Case, by: Any) -> Reason | None:
    if services.draft_of(case) is None:
        return Reason("There is no report to send: write it first.", to="outcomes.report")
    return None


@guard("ending_of_funding_recorded", gives_reasons=True)
def ending_of_funding_recorded(case: Case, by: Any) -> list[Reason]:
    here = "outcomes.ending"
    ending = services.ending_of(case)
    if ending is None:
        return [Reason("The clinician's view, the reasons and the day on which funding ends are not recorded.", to=here)]
    missing = []
    if ending.wind_down_on < clock.today():
        missing.append(Reason("The day on which funding ends has passed: choose a later one.", to=here))
    if ending.authority not in {a.key for a in services.authorities_to_end(case)}:
        missing.append(Reason("No authority in force today lets a panel end this funding.", to=here))
    return missing


@guard("reports_in_or_waived")
def reports_in_or_waived(case: Case, by: Any) -> list[Reason]:
    row = services.follow_up_of(case)
    return _not_in(row) if row else [Reason("No follow-up is on record.", to=PAGE)]


def _not_in(row: FollowUp) -> list[Reason]:
    return [
        Reason(f"Report {due.number} ({due.label}) is neither in nor waived.", to=PAGE, anchor="reports")
        for due in services.outstanding(row)
    ]


@guard("follow_up_settled")
def follow_up_settled(case: Case, by: Any) -> list[Reason]:
    """A request that funds nothing has nothing to follow up."""
    if services.funding_of(case) is None or services.has_expired(case):
        return []
    row = services.follow_up_of(case)
    if row is None or row.began_at is None:
        return [
            Reason(
                "The decision funds a treatment: record that it has started, or confirm that the funding has expired.",
                to=PAGE,
            )
        ]
    return _not_in(row)
