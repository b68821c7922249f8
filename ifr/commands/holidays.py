"""`ifr holidays`: the dated table of days off, listed and compared. It fetches nothing and changes nothing."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from ifr import clock
from ifr.commands.service import service
from ifr.db import transaction
from ifr.timetable.holidays import comparing, services
from ifr.timetable.holidays.comparing import Difference


@click.group()
def holidays() -> None:
    """The table of bank holidays and closures, from which dates are worked out."""


@holidays.command("check")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV or .ics")
@click.option("--json", "as_json", is_flag=True)
def check(path: Path | None, as_json: bool) -> None:
    """Say whether the table of bank holidays is in order; exit 1 where it ends within a year or has other days than a file.

    The file is CSV with the columns date and name, or a calendar (.ics). A day that only has another name is listed and is
    no alarm. Without a file the table is compared with what the package `holidays` computes, as a hint that is no alarm.
    """
    with service(), transaction(writes=False):
        reach, table = services.reach(), services.bank_holidays()
    found = _compared(path, table)
    differs = path is not None and bool(found.missing or found.extra)
    if as_json:
        click.echo(json.dumps(_as_data(path, reach, found, differs), indent=2))
    else:
        _say(path, reach, found)
    if reach.ends_soon or differs:
        sys.exit(1)


def _compared(path: Path | None, table: dict[date, str]) -> Difference:
    if path is None:
        years = sorted({on.year for on in table if on.year >= clock.today().year})
        return comparing.compare(table, comparing.computed(years)) if years else Difference()
    try:
        return comparing.compare(table, comparing.days_in(path.name, path.read_bytes()))
    except comparing.UnreadableError as fault:
        raise click.ClickException(f"{path.name}: {fault}") from None


def _as_data(path: Path | None, reach: services.Reach, found: Difference, differs: bool) -> dict[str, Any]:
    return {
        "until": reach.until.isoformat() if reach.until else None,
        "ends_within_a_year": reach.ends_soon,
        "compared_with": path.name if path else comparing.computed_by(),
        "differs": differs,
        "missing": [_day(on, name) for on, name in found.missing.items()],
        "extra": [_day(on, name) for on, name in found.extra.items()],
        "named_otherwise": [{**_day(on, ours), "other_name": other} for on, ours, other in found.named_otherwise],
        "in_order": not (reach.ends_soon or differs),
    }


def _day(on: date, name: str) -> dict[str, str]:
    return {"date": on.isoformat(), "name": name}


def _say(path: Path | None, reach: services.Reach, found: Difference) -> None:
    if reach.until is None:
        click.echo("ALARM: the table holds no bank holidays")
    else:
        click.echo(f"{'ALARM: the table ends within a year, ' if reach.ends_soon else 'bank holidays until '}{reach.until}")
    if path is None:
        click.echo(f"hint, no alarm: {comparing.computed_by().lower()}")
    else:
        click.echo(f"compared with {path.name}")
    for word, days in (("missing in the table", found.missing), ("only in the table", found.extra)):
        for on, name in days.items():
            click.echo(f"  {word}: {on} {name}")
    for on, ours, other in found.named_otherwise:
        click.echo(f"  other name: {on} {ours} / {other}")
    if found.is_none:
        click.echo("  no difference")


@holidays.command("list")
@click.option("--year", type=click.IntRange(1900, 2199), help="only of this year")
@click.option("--json", "as_json", is_flag=True)
def list_days(year: int | None, as_json: bool) -> None:
    """Print the table: bank holidays, and the closures of every organisation."""
    with service(), transaction(writes=False):
        found = services.whole_table(year)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        click.echo(f"{one['date']}  {one['name']}{', closure of ' + one['closure_of'] if one['closure_of'] else ''}")
