"""The jobs of the worker as people who run the service read them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError

from ifr import runs
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.people.models import User
from ifr.reports.operations import soundness
from ifr.runs import Failure, Leader, Run

NOT_WORKING = "not working"


@dataclass(frozen=True)
class FailureRow:
    """One item on which a job failed, and the request that it concerns where the reader may see it."""

    failure: Failure
    job: str
    key: str | None


@dataclass(frozen=True)
class Operations:
    """How the service is doing."""

    answers: list[soundness.Answer]
    jobs: list[Run]
    failures: list[FailureRow]
    leader: Leader | None


def operations(user: User) -> Operations:
    """Everything on the page, for this reader: a request that somebody may not see is not named."""
    jobs = runs.runs()
    labels = {run.name: run.label for run in jobs}
    failed = runs.failures()
    keys = _keys(user, failed)
    rows = [FailureRow(one, labels.get(one.job, one.job), keys.get(one.stream or "")) for one in failed]
    return Operations(answers=soundness.look(), jobs=jobs, failures=rows, leader=runs.leader())


def _keys(user: User, failed: list[Failure]) -> dict[str, str]:
    numbers = {int(one.stream.partition(":")[2]) for one in failed if one.stream and one.stream.startswith("case:")}
    found = db.session.scalars(cases_visible_to(user).where(Case.id.in_(numbers)))
    return {str(one.stream): one.key for one in found}


def health() -> dict[str, Any]:
    """What monitors read: whether each piece is in order, and the jobs with their last and next run."""
    try:
        answers = soundness.look()
    except DBAPIError:
        return {"status": NOT_WORKING, "checks": {"database": "cannot be read"}, "last_tick_at": None, "jobs": []}
    if all(one.in_order for one in answers):
        status = "in order"
    else:
        status = NOT_WORKING if any(one.needed and not one.in_order for one in answers) else "needs attention"
    leads = runs.leader()
    return {
        "status": status,
        "checks": {one.name: one.said for one in answers},
        "last_tick_at": leads.tick_at.isoformat() if leads else None,
        "jobs": [
            {
                "name": run.name,
                "last_run_at": run.ended_at.isoformat(),
                "next_run_at": run.next_at.isoformat(),
                "last_worked_at": run.worked_at.isoformat() if run.worked_at else None,
                "done": run.done,
                "failed": run.failed,
            }
            for run in runs.runs()
        ],
    }
