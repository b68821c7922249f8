"""What the letters about a changed decision state. No identity, and no day that depends on the day of issue."""

from ifr import letters as outbox
from ifr.cases.letters import about
from ifr.cases.models import Case
from ifr.decisions import services as decisions
from ifr.decisions.letters import decision, decision_in_full
from ifr.decisions.undoing import services
from ifr.decisions.undoing.models import BODIES, ORDER, ORDERED, SET_ASIDE, SLIP, SLIP_FIELDS
from ifr.letters import Facts, letter

_DECISION_LETTERS = tuple(
    f"decision_{outcome}{whose}" for outcome in ("funded", "funded_in_part", "not_funded") for whose in ("", "_patient")
)


@letter("decision_corrected")
@letter("refusal_corrected")
def corrected(case: Case) -> Facts:
    """The whole decision letter again, marked with what was put right in it."""
    return {**decision_in_full(case), **_correction(case)}


@letter("decision_corrected_patient")
@letter("refusal_corrected_patient")
def corrected_for_patient(case: Case) -> Facts:
    return {**decision(case), **_correction(case)}


def _correction(case: Case) -> Facts:
    change, record = services.last_made(case, SLIP), decisions.present_record(case)
    assert change is not None and record is not None  # the step has just made it
    return {
        "outcome": record.outcome,
        "correction": {
            "where": SLIP_FIELDS[change.field or ""],
            "because": change.because,
            "letter_of": _issued_on(case),
        },
    }


@letter("decision_set_aside")
@letter("decision_set_aside_patient")
def set_aside(case: Case) -> Facts:
    change = services.last_made(case, SET_ASIDE)
    assert change is not None  # the step has just made it
    return {
        **about(case),
        "because": change.because,
        "other_people": change.other_people,
        "letter_of": _issued_on(case),
        "treatment_began": services.treatment_has_begun(case),
        "panel": case.profile.panel.name,
    }


@letter("order_carried_out")
@letter("order_carried_out_patient")
def order_carried_out(case: Case) -> Facts:
    change = services.last_made(case, ORDER)
    assert change is not None and change.ordered_on is not None  # the step has just made it
    return {
        **about(case),
        "body": BODIES[change.body or ""],
        "ordered_on": change.ordered_on.isoformat(),
        "ordered": ORDERED[change.leads_to or ""],
        "because": change.because,
    }


def _issued_on(case: Case) -> str | None:
    """The day of the decision letter that this one replaces or takes back; None where none has left."""
    days = [row.issued_on for row in outbox.of(case.stream) if row.name in _DECISION_LETTERS and row.issued_on]
    return max(days).isoformat() if days else None
