"""How a migration is run: on the connection that `ifr upgrade` hands over, on SQLite by making tables anew."""

from typing import Any

from alembic import context

from ifr.db import Moment, metadata


def plain_type(kind: str, item: Any, _: Any) -> str | bool:
    """A migration names the database's own types, so that it still stands when a class of ours has moved."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "Sealed":
        return "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
