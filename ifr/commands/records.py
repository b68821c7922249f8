"""`ifr case` and `ifr audit`: what is on record, for whoever runs the machine. Names and free text are left out."""

import json
import sys
from typing import Any

import click
from flask import Flask

from ifr import audit as ledger
from ifr import create_app, deadlines, workflow
from ifr.cases.models import Case
from ifr.cases.timing import plain
from ifr.cases.timing.ledger import dates_of, entries
from ifr.cases.timing.services import case_referred_to, names_of
from ifr.db import transaction


def _app() -> Flask:
    return create_app()


@click.group()
def case() -> None:
    """What the service holds on a request."""


@case.command()
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True)
def show(reference: str, as_json: bool) -> None:
    """State, dates and moves of a request, without identity."""
    with _app().app_context(), transaction(writes=False):
        found = case_referred_to(reference)
        if found is None:
            raise click.ClickException(f"there is no request {reference}")
        said = _as_json(found)
    if as_json:
        click.echo(json.dumps(said, indent=2))
        return
    click.echo(f"{said['reference']}: {said['status']}, due {said['due_on'] or 'no date'}")
    for move in said["moves"]:
        click.echo(f"  {move['at'][:16]}  {move['move']}")


@case.command()
@click.argument("reference")
@click.argument("name")
@click.option("--all", "every", is_flag=True, help="Every date of this name, not only the latest.")
@click.option("--json", "as_json", is_flag=True)
def deadline(reference: str, name: str, every: bool, as_json: bool) -> None:
    """A date of a request explained: its rule and source, each day of its count, what stopped and extended it."""
    with _app().app_context(), transaction(writes=False):
        found = case_referred_to(reference)
        if found is None:
            raise click.ClickException(f"there is no request {reference}")
        wanted = [one for one in dates_of(found, office=True) if one.name == name]
        if not wanted:
            there = ", ".join(names_of(found)) or "none"
            raise click.ClickException(f"{reference} has no date named {name}; it has: {there}")
        chosen = sorted(wanted, key=lambda one: one.id) if every else [max(wanted, key=lambda one: one.id)]
        shown = [one for row in chosen for one in entries(found, [row], office=True, named=False)]
        data = [plain.as_data(found, one) for one in shown]
        lines = [line for one in shown for line in plain.as_text(found, one)]
    click.echo(json.dumps(data if every else data[0], indent=2) if as_json else "\n".join(lines))


def _as_json(found: Case) -> dict[str, Any]:
    return {
        "reference": found.reference,
        "state": found.state,
        "status": workflow.label_of(found),
        "due_on": found.due_on.isoformat() if found.due_on else None,
        "urgent": found.urgent,
        "deadlines": [
            {"name": d.name, "due_on": d.due_on.isoformat() if d.due_on else None, "met": d.met_at is not None}
            for d in deadlines.of(found.stream)
        ],
        "moves": [
            {"at": m.at.isoformat(), "move": m.trigger, "from": m.source, "to": m.dest, "by": m.by_id}
            for m in workflow.history(found.stream)
        ],
    }


@click.group()
def audit() -> None:
    """The record of who did what."""


@audit.command()
@click.option("--stream", help="Only this stream, for example case:12.")
@click.option("--json", "as_json", is_flag=True)
def verify(stream: str | None, as_json: bool) -> None:
    """Walk the chain and name every row that was changed, removed or put in between; exit 1 where there is one."""
    with _app().app_context(), transaction(writes=False):
        breaks = [{"stream": b.stream, "number": b.number, "what": b.what} for b in ledger.verify(stream)]
    if as_json:
        click.echo(json.dumps({"whole": not breaks, "breaks": breaks}))
    else:
        for one in breaks:
            click.echo(f"{one['stream']} {one['number']}: {one['what']}")
        click.echo("the record is whole" if not breaks else f"{len(breaks)} rows do not hold")
    if breaks:
        sys.exit(1)
