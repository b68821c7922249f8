"""How long requests took, worked out once more by looking at every single day and every single move."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ifr import deadlines, workflow
from ifr.cases.models import Case
from ifr.deadlines import Pause

LONDON = ZoneInfo("Europe/London")
A_DAY = timedelta(days=1)
# The deadline of each state, as somebody reads it off the picture of the machine.
STEP_OF = {
    "received": "Acknowledge the request", "in_check": "Finish the check", "returned": "Finish the check",
    "handover_offered": "Answer of the other body", "in_screening": "Finish screening",
    "to_countersign": "Second signature of the screening", "evidence_review": "Complete the evidence review",
    "accuracy_check": "Comment on the summary", "ready_for_panel": "Bring it before the panel",
    "listed": "Bring it before the panel", "at_panel": "Bring it before the panel", "deferred": "Bring it before the panel",
    "decision_drafted": "Decision: draft record", "decision_confirmed": "Send the decision letter",
}  # fmt: skip
TARGETS = {
    "Acknowledge the request": "acknowledge", "Finish the check": "check", "Answer of the other body": "handover",
    "Finish screening": "screening", "Second signature of the screening": "countersignature",
    "Complete the evidence review": "evidence", "Comment on the summary": "accuracy", "Bring it before the panel": "panel",
    "Send the decision letter": "letter", "From receipt to decision": "decision",
}  # fmt: skip
NOT_PAUSED = {"Acknowledge the request", "Answer of the other body", "Comment on the summary", "Send the decision letter"}
WHOLE = "From receipt to decision"


@dataclass
class Took:
    """What every request took in one step: its key, its days with and without pauses, whether the target was kept."""

    gross: list[int] = field(default_factory=list)
    net: list[tuple[int, str]] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)

    def centile(self, percent: int) -> int:
        """The smallest of them that at least so many per cent do not exceed."""
        days = [number for number, _ in self.net]
        return next(one for one in sorted(days) if sum(other <= one for other in days) * 100 >= percent * len(days))


def took(cases: Iterable[Case]) -> dict[tuple[str, bool], Took]:
    """By step and urgency, for every move that these requests have made."""
    found: dict[tuple[str, bool], Took] = {}
    for case in cases:
        moves = [one for one in workflow.history(case.stream) if one.source != one.dest]
        pauses = deadlines.pauses(case.stream)
        for step, zero, ended in _stays(case, moves):
            held = [] if step in NOT_PAUSED else pauses
            _add(found.setdefault((step, case.urgent), Took()), case, step, zero, ended, held)
    return found


def _stays(case: Case, moves: list[workflow.MoveRecord]) -> list[tuple[str, date, datetime]]:
    stays, here, since, answered = [], None, None, False
    for one in moves:
        step = STEP_OF.get(one.dest)
        if step != here:
            if here is not None and since is not None:
                zero = _receipt(case) if here == "Acknowledge the request" else since.astimezone(LONDON).date()
                stays.append((here, zero, one.at))
            here, since = step, one.at
        if not answered and (one.dest == "decision_confirmed" or step is None and one.dest not in ("draft", "withdrawn")):
            answered = True
            stays.append((WHOLE, _receipt(case), one.at))
    return stays


def _receipt(case: Case) -> date:
    """Central East counts what comes at five or later as of the next working day."""
    local = case.received_at.astimezone(LONDON)
    on = local.date()
    if case.profile.receipt.cut_off and local.hour >= 17:
        on += A_DAY
        while not _works(case, on):
            on += A_DAY
    return on


def _works(case: Case, on: date) -> bool:
    return on.weekday() < 5 and on not in deadlines.days_off(case.commissioner_id)


def _add(row: Took, case: Case, step: str, zero: date, ended: datetime, pauses: list[Pause]) -> None:
    on, gross, net = zero, 0, 0
    while on < ended.astimezone(LONDON).date():
        on += A_DAY
        midnight = datetime(on.year, on.month, on.day, tzinfo=LONDON) + A_DAY
        until = min(midnight, ended)
        held = any(one.since_at < until and (one.until_at is None or one.until_at >= until) for one in pauses)
        gross += _works(case, on)
        net += _works(case, on) and not held
    row.gross.append(gross)
    row.net.append((net, case.key))
    if step in TARGETS:
        row.kept.append(net <= case.profile.length(TARGETS[step], urgent=case.urgent).length)
