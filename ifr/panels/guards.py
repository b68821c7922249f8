"""What must be true before a case goes to a panel."""

from typing import Any

from ifr.cases.models import Case
from ifr.panels.checking import services as checking
from ifr.panels.models import CHAIR
from ifr.panels.sitting import meeting_of, open_item_of, panel_for
from ifr.people.services import people_named
from ifr.workflow import Reason, guard

_HERE = "panels.of_case"


@guard("on_an_agenda")
def on_an_agenda(case: Case, by: Any) -> Reason | None:
    meeting = meeting_of(open_item_of(case))
    if meeting is None or meeting.closed_at is not None:
        return Reason("The request stands on the agenda of no meeting.", _HERE)
    return None


@guard("papers_checked_for_identity")
def papers_checked_for_identity(case: Case, by: Any) -> list[Reason]:
    return checking.what_is_open(case)


@guard("meeting_open")
def meeting_open(case: Case, by: Any) -> Reason | None:
    meeting = meeting_of(open_item_of(case))
    if meeting is None or not meeting.is_open:
        return Reason("The meeting has not been opened.", _HERE)
    return None


@guard("interests_declared")
def interests_declared(case: Case, by: Any) -> list[Reason]:
    item = open_item_of(case)
    if item is None:
        return []
    undeclared = panel_for(item, case).undeclared
    names = people_named(undeclared)
    return [Reason(f"{names[one]} has not said whether there is an interest in this request.", _HERE) for one in undeclared]


@guard("item_quorate")
def item_quorate(case: Case, by: Any) -> list[Reason]:
    item = open_item_of(case)
    if item is None:
        return []
    panel = panel_for(item, case)
    reasons = []
    if not panel.quorate.reached:
        reasons.append(Reason(f"There is no quorum for this request. {panel.quorate.words}", _HERE))
    if panel.chair_id is None:
        reasons.append(Reason(_no_chair(has_chair=any(s.capacity == CHAIR for s in panel.sitters)), _HERE))
    return reasons


def _no_chair(*, has_chair: bool) -> str:
    if has_chair:
        return "The chair is not there or cannot decide this request. Choose who chairs it."
    return "The meeting has no chair. Give somebody the chair, or choose who chairs this request."
