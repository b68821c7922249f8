"""`ifr practices`: the table of GP practices and of the bodies that are responsible for their patients."""

import json
from typing import Any

import click

from ifr.cases.patients.practices import PracticeTableError, find, load
from ifr.commands.service import service
from ifr.db import transaction
from ifr.people.services import command


@click.group()
def practices() -> None:
    """GP practices, and which body is responsible for their patients."""


@practices.command("load")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--demonstration", is_flag=True, help="mark each practice as invented")
def load_table(file: Any, demonstration: bool) -> None:
    """Put a CSV table of practices on record, with the columns ods_code, name, postcode_area, body (a commissioner's slug, or
    empty), body_name, area, from and until. A practice that is there from the same day is written anew."""
    try:
        with service(), transaction():
            number = load(file.read(), by=command("practices-load"), demonstration=demonstration)
    except (PracticeTableError, UnicodeDecodeError) as fault:
        raise click.ClickException(f"Nothing was put on record. {fault}") from None
    click.echo("1 practice on record" if number == 1 else f"{number} practices on record")


@practices.command("find")
@click.argument("typed")
@click.option("--json", "as_json", is_flag=True)
def find_practice(typed: str, as_json: bool) -> None:
    """Look a practice up by its code or by words of its name, as it is today."""
    with service(), transaction(writes=False):
        found = [
            {"code": one.ods_code, "name": one.name, "body": one.body_name, "area": one.area} for one in find(typed)
        ]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        click.echo(f"{one['code']}  {one['name']}: {one['body']}{', ' + one['area'] if one['area'] else ''}")
