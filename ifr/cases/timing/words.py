"""A deadline in sentences: whose it is, why its day 0 is that day, what began and ended it, and each day of its way.

Nothing here asks the database.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from ifr import clock, deadlines
from ifr.cases.models import Case
from ifr.deadlines import Day, Deadline
from ifr.pages import day, moment
from ifr.profiles import Unit, Workflow

WHOSE = {
    "office": "The funding office",
    "clinician": "The clinician",
    "appellant": "Whoever challenges the decision",
    "other_body": "The other body",
}
# What a date is called for the clinician. What is not named here is a step inside the office, or somebody else's matter.
FOR_CLINICIAN = {
    "acknowledge": "We confirm that we have your request",
    "check": "We check that we have everything",
    "handover": "The other body answers us",
    "screening": "A clinician in our office reviews it",
    "evidence": "We review the evidence",
    "accuracy": "You comment on our summary",
    "panel": "It comes before the panel",
    "decision": "We decide",
    "letter": "We send you the decision",
    "information": "You answer our questions",
    "closure_warning": "You reply to our warning of closure",
    "appeal_window": "Last day on which the decision can be challenged",
    "validity": "The funded treatment begins",
    "result": "You report on the treatment",
    "continuation": "We answer the request for continued funding",
}
_UNITS = {
    Unit.WORKING_DAYS: "Weekends, bank holidays and days on which the office is closed are left out.",
    Unit.CALENDAR_DAYS: "Every day counts, weekends and holidays too.",
    Unit.MONTHS: "It ends on the day of the month that has the same number, else on the last day of that month.",
    Unit.HOURS: "Hours are counted as they pass, by day and night.",
}


def long_day(on: date) -> str:
    """A day with its weekday: Friday 3 April 2026."""
    return f"{on:%A} {day(on)}"


def how_counted(one: Deadline) -> str:
    return _UNITS[Unit(one.unit)]


def happened(machine: Workflow, trigger: str) -> str:
    """What a step or a fact is called once it has happened; nothing for one that the machine no longer names."""
    entry = machine.find(trigger)
    return entry.done if entry else machine.facts.get(trigger, "")


def day_zero(one: Deadline, subject: Any, machine: Workflow, *, office: bool) -> str:
    """Which day is day 0, and why: the day of receipt, or that of the step or fact with which the date began."""
    spec = next((spec for spec in machine.deadlines if spec.name == one.name), None)
    zero = long_day(one.started_on)
    if spec is not None and spec.counts_from == "receipt" and one.started_at == subject.received_at:
        return _from_receipt(one, subject.case, zero)
    if one.unit == Unit.HOURS:
        return f"The hours run from {moment(one.started_at)}."
    said = happened(machine, one.opened_by) if office else ""
    return f"Day 0 is {zero}: {_inside(said) if said else 'this began'} on that day."


def _inside(sentence: str) -> str:
    """A sentence as a part of another."""
    return sentence[:1].lower() + sentence[1:]


def _from_receipt(one: Deadline, case: Case, zero: str) -> str:
    arrived_on = clock.day_of(one.started_at)
    if one.started_on == arrived_on:
        return f"Day 0 is {zero}: it was received on that day."
    receipt = case.profile.receipt
    hour = _hour(receipt.cut_off) if receipt.cut_off else "the hour at which a day of receipt ends"
    source = f" (source: {receipt.source})" if receipt.source else ""
    arrived = moment(one.started_at).replace(day(arrived_on), long_day(arrived_on))
    return (
        f"Day 0 is {zero}: it was received on {arrived}, and what arrives at {hour} or later counts as received on the "
        f"next working day{source}."
    )


def _hour(written: str) -> str:
    at = datetime.combine(clock.today(), time.fromisoformat(written), clock.LONDON)
    return moment(at).rpartition(" at ")[2]


def of_day(one: Day, *, holidays: Mapping[date, str], by: str, last: bool) -> str:
    """Why a day counts, or does not. `holidays` are the bank holidays by their days, `by` who asked for a pause."""
    if one.kind == deadlines.PAUSED:
        because = getattr(one.stop, "because", "")
        return f"Paused: {_inside(because)}{f' by {by}' if by else ''}" if because else "Paused"
    if one.kind == deadlines.WEEKEND:
        return "Weekend"
    if one.kind == deadlines.DAY_OFF:
        return f"{'Bank holiday' if holidays.get(one.on) == one.name else 'The office is closed'}: {one.name}"
    said = "Counts" if one.hours is None else f"{one.hours:g} {'hour' if one.hours == 1 else 'hours'} counted"
    if one.stretch:
        said += f", extension {one.stretch}"
    return f"{said}: the last day" if last else said
