"""What the steps of this room ask, and what they write: a date explained, and a request that becomes urgent or ceases to be."""

from typing import Any

from ifr import deadlines
from ifr.cases.models import Case
from ifr.cases.timing.services import chosen_to_explain
from ifr.db import db
from ifr.workflow import MoveRecord, Reason, guard, upon


@guard("date_chosen")
def date_chosen(case: Case, by: Any) -> Reason | None:
    chosen = chosen_to_explain(case)
    if chosen is not None and chosen.queued_at is None:
        return None
    return Reason("Choose the date that the letter is to explain.", "timing.ledger", "dates")


@upon("ifr", "explain_deadline")
def letter_queued(case: Case, by: Any, made: MoveRecord) -> None:
    chosen = chosen_to_explain(case)
    assert chosen is not None  # the guard has found it
    chosen.queued_at = made.at
    db.session.flush()


@guard("not_marked_urgent")
def not_marked_urgent(case: Case, by: Any) -> Reason | None:
    return Reason("The request is marked as urgent already.") if case.urgent else None


@guard("marked_urgent")
def marked_urgent(case: Case, by: Any) -> Reason | None:
    return None if case.urgent else Reason("The request is not marked as urgent.")


@upon("ifr", "mark_urgent", "unmark_urgent")
def urgency_marked(case: Case, by: Any, made: MoveRecord) -> None:
    """Every date that runs is held to the length for the urgency that the request has now."""
    case.urgent = made.trigger == "mark_urgent"
    deadlines.urgency_changed(case)
