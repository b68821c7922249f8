"""The database, and the only place that ends a transaction.

One request is one transaction: a response under 400 commits, anything else rolls back. What must be on record whatever
became of the request goes to `note()`, which writes in a second short transaction before the response leaves.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask, Response, g, has_request_context, request
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import UniqueViolation
from sqlalchemy import DateTime, Engine, Executable, MetaData, create_engine, event, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite forgets the zone, so it is put back; a moment without one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment carries its time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Constraint names are fixed, so that migrations can name them on both databases.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
db = SQLAlchemy(metadata=metadata)


class Model(DeclarativeBase):
    """The base of every table: plain SQLAlchemy, so that types are checked and nobody queries through a class."""

    metadata = metadata
    type_annotation_map = {datetime: Moment()}


_may_write: ContextVar[bool | None] = ContextVar("may_write", default=None)


def may_write() -> bool:
    """Whether the transaction that is open may write: that of a form or a job, not that of a page that is only read."""
    said = _may_write.get()
    if said is not None:
        return said
    return not has_request_context() or request.method not in SAFE_METHODS


# With its usual 2 MB of pages SQLite reads a large register from the disk again for every question.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=15000",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "cache_size=-65536",
    "mmap_size=268435456",
)


def prepare_engine(engine: Engine) -> None:
    """Give SQLite the settings under which no update is lost and no foreign key dangles.

    A transaction that may write takes the write lock at its start: with SQLite's default, two requests that read the same
    row and then write it lose one of the two.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if may_write() else "BEGIN")


def new_engine(url: str) -> Engine:
    """An engine beside the application's own, for migrations, leadership and measurements."""
    engine = create_engine(url, hide_parameters=True)
    prepare_engine(engine)
    return engine


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """A connection on which tables may be made anew, in one transaction.

    SQLite cannot do that to a table that others point to while it watches over foreign keys, so the watch is off meanwhile
    and everything is checked at the end. Raises RuntimeError where a row was left that points to nothing.
    """
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            yield connection
            if engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                raise RuntimeError("the migration left rows that point to nothing")
            connection.commit()
    finally:
        engine.dispose()


def init_app(app: Flask, url: str) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    # What failed is written to the log with its statement, and never with the values, which may be a patient's.
    options = app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True}
    if url.startswith("postgresql"):
        options["pool_pre_ping"] = True
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


class Application(Flask):
    """Flask, with the transaction closed inside `dispatch_request`, so that what a commit raises is handled as an error.

    A request whose row another request made in the same moment runs once more. Only PostgreSQL lets two get so far.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            return self._dispatch()
        except IntegrityError as fault:
            if getattr(fault.orig, "sqlstate", None) != UniqueViolation.sqlstate:
                raise
        # A form that was sent twice in one moment: its first sending has made the row by now, and the second one finds it.
        # Whoever is signed in was read in the transaction that is gone, so Flask-Login reads that person anew.
        for read in ("notes", "_login_user"):
            g.pop(read, None)
        for file in request.files.values():
            file.stream.seek(0)
        return self._dispatch()

    def _dispatch(self) -> Response:
        try:
            response = self.make_response(super().dispatch_request())
            if response.status_code < 400:
                db.session.commit()
            else:
                db.session.rollback()
        except BaseException:
            db.session.rollback()
            raise
        return response

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Response:
        try:
            _write_notes()
        except Exception:
            self.logger.exception("a note could not be written")
            db.session.rollback()
            rv = self.make_response(self.ensure_sync(self.config["UNAVAILABLE"])())
        return super().finalize_request(rv, from_error_handler)


@contextmanager
def transaction(*, writes: bool = True) -> Iterator[None]:
    """One unit of work outside a request: a job's item, a command, a step of the demonstration."""
    token = _may_write.set(writes)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _may_write.reset(token)


def note(write: Callable[[], object]) -> None:
    """Put something on record whatever becomes of this request: a refused move, a reading of identity.

    `write` runs after the request's own transaction is closed. When it fails the person sees a 503 and nothing else.
    Outside a request it runs at once, within the transaction that is open.
    """
    if has_request_context():
        g.setdefault("notes", []).append(write)
    else:
        write()


def _write_notes() -> None:
    notes = g.pop("notes", [])
    if not notes:
        return
    # A read transaction that is still open would see, and on SQLite hold, the past.
    db.session.rollback()
    with transaction():
        for write in notes:
            write()


def plain_rows(query: Executable, **values: Any) -> Sequence[Any]:
    """What a query over tables finds, without the cost of the ORM: for queries written once and run very often.

    A list of up to a thousand is filled up with its last member to the next power of two. So the same few statements are
    sent for lists of any length, and PostgreSQL keeps their plans instead of planning each anew.
    """
    db.session.flush()
    filled = {name: _filled(value) if isinstance(value, list) else value for name, value in values.items()}
    return db.session.connection().execute(query, filled).all()


def _filled(listed: list[Any]) -> list[Any]:
    if not 1 < len(listed) <= 1024:
        return listed
    return listed + listed[-1:] * ((1 << (len(listed) - 1).bit_length()) - len(listed))


T = TypeVar("T", bound=Model)


def lock(model: type[T], key: int) -> T:
    """Read a row afresh and hold it until the transaction ends (SQLite holds the whole database already).

    Raises LookupError when there is no such row.
    """
    row = db.session.execute(
        select(model).filter_by(id=key).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise LookupError(f"no {model.__name__} {key}")
    return row


def on_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"
