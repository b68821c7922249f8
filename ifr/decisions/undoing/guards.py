"""What must be on record before a decision is corrected, set aside or changed by an order."""

from typing import Any

from ifr.access import Role
from ifr.cases.models import Case
from ifr.decisions.undoing import services
from ifr.decisions.undoing.models import ORDER, ORDERED, SET_ASIDE, SLIP
from ifr.workflow import Reason, guard

_HERE = "undoing.changes"


@guard("slip_prepared_by_another")
def slip_prepared_by_another(case: Case, by: Any) -> Reason | None:
    change = services.open_change(case, SLIP)
    if change is None:
        return Reason("Prepare the correction first: which words, and how they should stand.", _HERE)
    if change.prepared_by_id == by.id:
        return Reason("A second person reads the correction and makes it: you prepared it.", _HERE)
    if Role.IFR_MANAGER not in case.capacities(by) | services.held_by_preparer(case, change):
        return Reason("One of the two who correct a slip is the IFR manager.", _HERE)
    return None


@guard("set_aside_by_two")
def set_aside_by_two(case: Case, by: Any) -> Reason | None:
    change = services.open_change(case, SET_ASIDE)
    if change is None:
        return Reason("Prepare it first: what was wrong with the decision, and who is to decide again.", _HERE)
    if change.prepared_by_id == by.id:
        return Reason("The IFR manager and the accountable officer set a decision aside together: you prepared it.", _HERE)
    both = case.capacities(by) | services.held_by_preparer(case, change)
    if not {Role.IFR_MANAGER, Role.ACCOUNTABLE_OFFICER} <= both:
        return Reason("The IFR manager and the accountable officer set a decision aside together.", _HERE)
    return None


def _order_leads_to(step: str) -> Any:
    def check(case: Case, by: Any) -> Reason | None:
        change = services.open_change(case, ORDER)
        if change is None or change.document_id is None:
            return Reason("Put the order on record first, with the paper itself.", _HERE)
        if change.leads_to != step:
            return Reason(f"The order on record says otherwise: {ORDERED[change.leads_to or ''].lower()}.", _HERE)
        return None

    return check


for _step in ORDERED:
    guard(f"order_leads_to_{_step}")(_order_leads_to(_step))
