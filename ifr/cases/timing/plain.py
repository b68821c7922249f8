"""A date of the ledger as plain data and as plain text, without names and without anything that a person wrote."""

from typing import Any

from ifr.cases.models import Case
from ifr.cases.timing.ledger import Entry, figures_of
from ifr.pages import day, moment


def as_data(case: Case, entry: Entry) -> dict[str, Any]:
    """Everything that makes a date what it is; days as 2026-11-21, moments in UTC."""
    one, figures = entry.deadline, figures_of(case, office=True)
    return {
        "reference": case.reference,
        "stream": one.stream,
        "name": one.name,
        "label": one.label,
        "whose": one.whose,
        "state": entry.state,
        "late": entry.is_late,
        "urgent": one.urgent,
        "rule": {"length": one.length, "unit": one.unit, "for_urgent": entry.for_urgent, "source": one.source},
        "day_zero": {"on": one.started_on.isoformat(), "at": one.started_at.isoformat(), "because": entry.day_zero},
        "opened_by": one.opened_by,
        "met_by": one.met_by,
        "met_at": one.met_at.isoformat() if one.met_at else None,
        "cancelled_at": one.cancelled_at.isoformat() if one.cancelled_at else None,
        "due_on": entry.due_on.isoformat() if entry.due_on else None,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "earliest_on": entry.earliest_on.isoformat() if entry.earliest_on else None,
        "pauses": [
            {
                "since_at": stop.since_at.isoformat(),
                "until_at": stop.until_at.isoformat() if stop.until_at else None,
                "because": stop.because,
                "questions": len(stop.questions),
            }
            for stop in entry.stops
        ],
        "extensions": [{"length": more.length, "given_at": more.at.isoformat(), "source": more.source} for more in entry.more],
        "figures": {"ours": figures.ours, "others": figures.others, "since_receipt": figures.since_receipt}
        if figures
        else None,
        "days": [
            {
                "on": line.on.isoformat(),
                "kind": line.kind,
                "number": line.number,
                "words": line.words,
                "extension": line.extension,
                **({"hours": line.hours} if line.hours is not None else {}),
            }
            for line in entry.lines
        ],
    }


def as_text(case: Case, entry: Entry) -> list[str]:
    """The same as lines for somebody who reads them."""
    one, figures = entry.deadline, figures_of(case, office=True)
    said = [f"{case.reference}: {one.label} ({one.name}, {entry.state})"]
    said.append(f"  Rule    {entry.rule}{', the length for an urgent request' if entry.for_urgent else ''}")
    said.append(f"  Source  {one.source}")
    said.append(f"  {entry.day_zero}")
    if entry.paused_since:
        said.append(f"  Due     paused since {moment(entry.paused_since)}; at the earliest {day(entry.earliest_on)}")
    else:
        said.append(f"  Due     {moment(entry.last_moment) if entry.last_moment else f'at the end of {day(entry.due_on)}'}")
    said += [f"  Ended   {entry.ended}"] if entry.ended else []
    for stop in entry.stops:
        said.append(f"  Paused  {moment(stop.since_at)} to {moment(stop.until_at) or 'now'}: {stop.because}")
    said += [f"  More    {more.length}, given on {day(more.at)} ({more.source})" for more in entry.more]
    if figures:
        said.append(f"  Days    {figures.ours} ours, {figures.others} with others, {figures.since_receipt} since receipt")
    for line in entry.lines:
        said.append(f"    {line.on:%a} {line.on.isoformat()}  {line.number if line.number else '-':>3}  {line.words}")
    return said
