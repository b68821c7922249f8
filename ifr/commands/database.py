"""`ifr upgrade` and `ifr check`."""

import json
import sys
from typing import Any

import click
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ifr import db, deadlines, profiles
from ifr.config import HOUSE, ConfigurationError, from_environment, make_keys
from ifr.profiles import DefinitionError

IN_ORDER = "in order"


def migrate(url: str) -> None:
    """Run every migration that a database lacks, in one transaction; publish nothing yet."""
    with db.migrating(url) as connection:
        _run(connection)


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HOUSE / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def bring_up_to_date(app: Any) -> list[str]:
    """Migrate, then publish the definitions that are not kept yet. Returns what was published, and what is no longer taken
    from its file."""
    from ifr.timetable import taking_up
    from ifr.timetable.commissioners.services import kept_from_pages

    settings = app.config["IFR"]
    migrate(settings.database_url)
    with app.app_context(), db.transaction():
        new = profiles.publish(profiles.read_folder(settings.workflows))
        deadlines.fill()
        taking_up.take_up()
        return [f"published {one.kind} {one.name} version {one.version}" for one in new] + kept_from_pages()


@click.command()
def upgrade() -> None:
    """Bring the database and the definitions up to date. Safe to run again."""
    from ifr import create_app

    settings = from_environment()
    if settings.database_url.startswith("sqlite:///"):
        from pathlib import Path

        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    try:
        lines = bring_up_to_date(create_app(settings))
    except DefinitionError as fault:
        raise click.ClickException(str(fault)) from None
    for line in lines:
        click.echo(line)
    click.echo("up to date")


@click.command()
@click.option("--make-keys", "fresh_keys", is_flag=True, help="Print a fresh set of keys and do nothing else.")
@click.option("--json", "as_json", is_flag=True)
def check(fresh_keys: bool, as_json: bool) -> None:
    """Say whether settings, definitions, database and packages are in order; exit 1 where something is not."""
    if fresh_keys:
        for name, value in make_keys().items():
            click.echo(f"{name}={value}")
        return
    found = _look()
    if as_json:
        click.echo(json.dumps(found))
    else:
        for name, said in found.items():
            click.echo(f"{name}: {said}")
    if any(said != IN_ORDER for said in found.values()):
        sys.exit(1)


def _look() -> dict[str, str]:
    from ifr import create_app

    try:
        app = create_app()
    except (ConfigurationError, DefinitionError) as fault:
        return {"settings and definitions": str(fault)}
    with app.app_context():
        try:
            return {"settings and definitions": IN_ORDER, **_pieces(), "printing": _printing()}
        finally:
            db.db.session.remove()
            db.db.engine.dispose()


def _pieces() -> dict[str, str]:
    """What the service says of itself; nothing of it can be asked of a database that cannot be read."""
    from ifr.reports.operations import soundness

    try:
        with db.transaction(writes=False):
            return {"database": IN_ORDER, **{one.label.lower(): one.said for one in soundness.look()}}
    except DBAPIError:
        return {"database": "cannot be read; run `ifr upgrade`"}


def _printing() -> str:
    from ifr import pdf

    try:
        pdf.render("<html lang='en'><title>Check</title><p>Check</p></html>", title="Check", identifier="check")
    except pdf.PdfUnavailable as missing:
        return str(missing)
    return IN_ORDER
