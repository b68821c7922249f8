"""Reports on treatments that were funded: their clinician is asked for each of them once, some days before it is due."""

from sqlalchemy import select

from ifr import clock, deadlines, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.outcomes import services as outcomes
from ifr.outcomes.models import FollowUp, ReportDue
from ifr.pages import day
from ifr.telling import services as telling
from ifr.timetable.whom import whom
from ifr.workflow import CLOCK


def due(limit: int) -> list[int]:
    """The reports for which somebody is to be asked now. Of one treatment a report is asked for when the one before it was
    sent or waived, so that what is open is always one date."""
    return outcomes.reports_to_ask_for(limit)


def _case_id(due_id: int) -> int | None:
    query = select(FollowUp.case_id).join(ReportDue, ReportDue.follow_up_id == FollowUp.id).where(ReportDue.id == due_id)
    return db.session.scalar(query)


def stream_of(due_id: int) -> str | None:
    case_id = _case_id(due_id)
    return f"case:{case_id}" if case_id is not None else None


def act(due_id: int) -> None:
    """Ask for one report: it is on record, its deadline opens, and the clinician is told."""
    case_id = _case_id(due_id)
    if case_id is None:
        return
    case = lock(Case, case_id)
    row = lock(ReportDue, due_id)
    following = outcomes.follow_up_of(case)
    if following is None or row not in outcomes.outstanding(following):
        # A later decision or a person has settled it, so nobody is asked.
        row.ask_on = None
        return
    if row.asked_at is not None or outcomes.asked_for(following):
        return
    row.asked_at = clock.now()
    workflow.occur(case, "result_asked", by=CLOCK)
    words = f"A report on the treatment that was funded {_by_when(case, row)}."
    for user in whom(case, [Role.CLINICIAN]):
        telling.tell(user.id, key=f"report:{row.id}", words=words, case=case, to="outcomes.page", urgent=case.urgent)


def _by_when(case: Case, row: ReportDue) -> str:
    """The day of the deadline that was opened, which is later than the report's own where it is asked for late."""
    opened = next((one.due_on for one in deadlines.open_deadlines(case.stream) if one.name == "result"), None)
    by = opened or row.due_on
    if by is None:
        return "is asked for"
    return f"{'was' if by < clock.today() else 'is'} due on {day(by)}"
