"""`ifr case` and `ifr audit`: what is on record, for whoever runs the machine. Names and free text are left out."""

import json
import sys
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from ifr import audit as ledger
from ifr import create_app, deadlines, workflow
from ifr.cases.models import Case
from ifr.db import db, transaction


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
        found = db.session.scalars(select(Case).where(Case.reference == reference)).first()
        if found is None:
            raise click.ClickException(f"there is no request {reference}")
        said = _as_json(found)
    if as_json:
        click.echo(json.dumps(said, indent=2))
        return
    click.echo(f"{said['reference']}: {said['status']}, due {said['due_on'] or 'no date'}")
    for move in said["moves"]:
        click.echo(f"  {move['at'][:16]}  {move['move']}")


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
