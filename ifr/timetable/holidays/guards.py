"""What the step asks that moves dates after a change of the days off."""

from typing import Any

from ifr.timetable.holidays import applying
from ifr.workflow import Reason, guard


@guard("days_off_change_approved")
def days_off_change_approved(subject: Any, by: Any) -> Reason | None:
    """No date moves that no approved change moves."""
    if any(row.told for row in applying.rows_waiting(subject.stream)):
        return None
    return Reason("No approved change of the days off moves a date of this request.", to="holidays.table")
