"""What happened, in rows that nobody can change: append-only, numbered within a stream, chained by hash.

A row holds keys, codes, counts and digests. It holds no identity and no free text, so that it can be kept for ever and
shown to anyone who audits; text lives in the rows of the rooms, where it can be sealed.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model, db, on_postgresql

NOBODY = "0" * 64
# A key or a code: short, without spaces, so that a sentence or a name cannot slip in.
_CODE = re.compile(r"[A-Za-z0-9_.:/@+-]{0,80}\Z")


class AnonymousActError(Exception):
    """Somebody tried to put an act on record without saying who did it."""


class NotACodeError(Exception):
    """Somebody tried to put free text into the audit."""


class AuditEvent(Model):
    """One act. `actor` is `user:<id>`, `job:<name>` or `command:<name>`."""

    __tablename__ = "audit_events"
    __table_args__ = (UniqueConstraint("stream", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str]
    digest: Mapped[str]


def record(stream: str, action: str, *, by: str, **facts: Any) -> AuditEvent:
    """Append one act to a stream, in the transaction that is open.

    Raises AnonymousActError without an actor and NotACodeError for a fact that is not a key, code, number or day.
    """
    if not by or ":" not in by:
        raise AnonymousActError(f"{action} on {stream} names nobody; `by` is user:<id>, job:<name> or command:<name>.")
    if on_postgresql():
        # Two transactions that write to one stream would otherwise take the same number.
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:s, 0))"), {"s": stream})
    last = db.session.execute(
        select(AuditEvent.number, AuditEvent.digest)
        .where(AuditEvent.stream == stream)
        .order_by(AuditEvent.number.desc())
        .limit(1)
    ).first()
    event = AuditEvent(
        stream=stream,
        number=last.number + 1 if last else 1,
        at=clock.now(),
        actor=by,
        action=action,
        facts={key: _as_code(key, value) for key, value in facts.items()},
        previous=last.digest if last else NOBODY,
    )
    event.digest = digest_of(event)
    db.session.add(event)
    db.session.flush()
    return event


def _as_code(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_code(key, one) for one in value]
    if isinstance(value, str) and _CODE.match(value):
        return value
    raise NotACodeError(f"{key} is not a key or a code; text belongs in the room's own rows.")


def digest_of(event: AuditEvent) -> str:
    """The SHA-256 of everything the row says, and of the row before it."""
    said = [event.stream, event.number, event.at.isoformat(), event.actor, event.action, event.facts, event.previous]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Break:
    """A place at which a stream no longer tells the truth."""

    stream: str
    number: int
    what: str


def verify(stream: str | None = None) -> Iterator[Break]:
    """Walk the chain, of one stream or of all, and yield every row that was changed, removed or put in between."""
    query = select(AuditEvent).order_by(AuditEvent.stream, AuditEvent.number).execution_options(yield_per=1000)
    if stream:
        query = query.where(AuditEvent.stream == stream)
    here, expected, previous = None, 1, NOBODY
    for event in db.session.scalars(query):
        if event.stream != here:
            here, expected, previous = event.stream, 1, NOBODY
        if event.number != expected:
            yield Break(event.stream, event.number, f"expected number {expected}")
        if event.previous != previous:
            yield Break(event.stream, event.number, "does not follow the row before it")
        if event.digest != digest_of(event):
            yield Break(event.stream, event.number, "was changed after it was written")
        expected, previous = event.number + 1, event.digest


def events(stream: str) -> list[AuditEvent]:
    """The acts of one stream, oldest first."""
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.stream == stream).order_by(AuditEvent.number)))


def append_only(dialect: str) -> list[str]:
    """The statements that make the table refuse change. A migration that touches the table runs them again: SQLite's
    batch mode makes the table anew and drops its triggers without a word."""
    refuse = "audit rows are never changed"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS audit_events_no_{verb.lower()} BEFORE {verb} ON audit_events "
            f"BEGIN SELECT RAISE(ABORT, '{refuse}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE OR REPLACE FUNCTION audit_events_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refuse}'; END $$",
        "DROP TRIGGER IF EXISTS audit_events_no_change ON audit_events",
        "CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION audit_events_refuse()",
        "DROP TRIGGER IF EXISTS audit_events_no_truncate ON audit_events",
        "CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse()",
    ]
