"""The migrations make what the models say, on both databases."""

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from ifr.commands.database import migrate
from ifr.config import HOUSE
from ifr.db import db, metadata, new_engine
from tests.databases import KINDS

MakeApp = Callable[[str], Flask]


@pytest.mark.parametrize("kind", KINDS)
def test_models_and_migrations_agree(fresh_app: MakeApp, kind: str) -> None:
    app = fresh_app(kind)
    with app.app_context(), db.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    assert not found, f"Write a migration for what the models have and the database has not: {found}"


def test_there_is_one_head() -> None:
    heads = ScriptDirectory(str(HOUSE / "migrations")).get_heads()
    assert len(heads) == 1, f"Two migrations follow the same one; let one of {heads} follow the other"


@pytest.mark.parametrize("kind", KINDS)
def test_upgrading_again_changes_nothing_and_keeps_the_audit_closed(fresh_app: MakeApp, kind: str) -> None:
    url = fresh_app(kind).config["IFR"].database_url
    migrate(url)
    engine = new_engine(url)
    with engine.connect() as connection:
        names = (
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_events'"
            if kind == "sqlite"
            else "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit_events'::regclass AND NOT tgisinternal"
        )
        assert connection.execute(text(names)).scalar() == 2
    engine.dispose()


def test_no_relationship_is_loaded_by_a_template() -> None:
    from ifr.db import Model

    lazy = [
        f"{mapper.class_.__name__}.{name}"
        for mapper in Model.registry.mappers
        for name, relation in mapper.relationships.items()
        if relation.lazy != "raise"
    ]
    assert not lazy, f"Say lazy='raise' and load what a page needs in its service: {lazy}"
