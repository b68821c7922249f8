"""A database that held requests before the timetable is brought up to date with what it holds."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, insert, text

from ifr import db
from ifr.config import HOUSE
from tests.databases import KINDS, Templates

OF_TYPE = {str: "x", int: 1, bool: False, datetime: datetime(2026, 11, 2, 10, tzinfo=UTC), date: date(2026, 11, 2)}
BEFORE = "0014"


def _migrate(url: str, until: str) -> None:
    with db.migrating(url) as connection:
        config = Config()
        config.set_main_option("script_location", str(HOUSE / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, until)


def _add(connection: Connection, tables: MetaData, table: str, **said: Any) -> None:
    """A row with the given values, and anything at all where the table asks for more."""
    asked = [one for one in tables.tables[table].columns if not one.nullable and one.name not in ("id", *said)]
    filled = {one.name: [] if str(one.type) == "JSON" else OF_TYPE[one.type.python_type] for one in asked}
    connection.execute(insert(tables.tables[table]).values(**filled, **said))


@pytest.fixture(params=KINDS)
def old_database(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> Any:
    """The address of a database as it was, with one deadline each of a request, an appeal and a reconsideration."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        templates.execute("CREATE DATABASE ifr_old")
        url = templates.on_server("ifr_old")
    _migrate(url, BEFORE)
    engine = db.new_engine(url)
    with engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        _add(connection, tables, "organisations", kind="commissioner")
        _add(connection, tables, "definitions")
        _add(connection, tables, "moves")
        for table in ("cases", "appeals", "reconsiderations"):
            _add(connection, tables, table)
        for stream in ("case:1", "appeal:1", "reconsideration:1"):
            _add(connection, tables, "deadlines", stream=stream, due_on=date(2026, 12, 1))
        for number, mail in enumerate(("none", "to_send", "sent", "failed"), start=1):
            _add(connection, tables, "letters", id=number, batch=number, mail=mail, issued_at=OF_TYPE[datetime])
    engine.dispose()
    yield url
    if request.param == "postgresql":
        templates.execute("DROP DATABASE ifr_old WITH (FORCE)")


def test_what_was_open_keeps_its_day_and_counts_the_closures_of_its_commissioner(old_database: str) -> None:
    _migrate(old_database, "head")
    engine = db.new_engine(old_database)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT stream, organisation_id, due_on, due_at FROM deadlines ORDER BY id")).all()
        mails = connection.execute(text("SELECT letter_id, state, attempts FROM mails ORDER BY letter_id")).all()
    engine.dispose()
    assert [(row.stream, row.organisation_id) for row in found] == [("case:1", 1), ("appeal:1", 1), ("reconsideration:1", 1)]
    assert {str(row.due_on) for row in found} == {"2026-12-01"}
    assert {str(row.due_at)[:10] for row in found} == {"2026-12-02"}
    assert [tuple(row) for row in mails] == [(2, "to_send", 0), (3, "sent", 1), (4, "failed", 1)]
