"""What the letters of this room state."""

from ifr import clock
from ifr.cases.letters import about
from ifr.cases.models import Case
from ifr.letters import Facts, letter
from ifr.outcomes import services


@letter("funding_ended")
def funding_ended(case: Case) -> Facts:
    return _facts_of_ending(case)


@letter("funding_ended_gp")
@letter("funding_ended_patient")
def funding_ended_patient(case: Case) -> Facts:
    return _facts_of_ending(case)


@letter("end_of_funding")
@letter("end_of_funding_finance")
def end_of_funding(case: Case) -> Facts:
    """For those who pay and are paid: until when, and no reasons."""
    told = _facts_of_ending(case)
    return {name: told[name] for name in ("reference", "treatment", "commissioner", "decision", "wind_down_on")}


@letter("expiry_warning")
def expiry_warning(case: Case) -> Facts:
    until = services.valid_until(case)
    assert until is not None  # the guard has seen it
    return {**about(case), "valid_until_on": until.isoformat()}


def _facts_of_ending(case: Case) -> Facts:
    """The funding ends on a day that the chair chose, whenever the letter leaves."""
    ending = services.ending_of(case)
    assert ending is not None  # the guard has seen it
    until = ending.wind_down_on
    window = case.profile.appeals.window
    return {
        **about(case),
        "decision": f"Funding of this treatment ends on {until.day} {until:%B %Y}.",
        "wind_down_on": until.isoformat(),
        "clinician_view": ending.clinician_view,
        "reasons": ending.reasons,
        "plain_reasons": ending.plain_reasons,
        "would_change": ending.would_change,
        "challenge": list(case.profile.challenge.get("funding_ended", [])),
        "window": {"length": window.length, "unit": window.unit.value},
        "panel": case.profile.panel.name,
        "decided_on": clock.today().isoformat(),
    }
