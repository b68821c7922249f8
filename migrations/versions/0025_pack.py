"""pack"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_UNDONE = sa.text("state IN ('waiting', 'making')")


def _moment(name: str, *, nullable: bool) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(name: str, target: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(target), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "packs",
        sa.Column("id", sa.Integer(), primary_key=True),
        _key("meeting_id", "meetings.id"),
        _key("item_id", "agenda_items.id", nullable=True),
        _key("user_id", "users.id"),
        sa.Column("contents_sha256", sa.String(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        _moment("asked_at", nullable=False),
        _moment("begun_at", nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("ended_at", nullable=True),
        sa.Column("failed_because", sa.String(), nullable=False),
        _key("document_id", "documents.id", nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.UniqueConstraint("user_id", "contents_sha256"),
    )
    op.create_index("ix_packs_meeting", "packs", ["meeting_id", "user_id"])
    op.create_index("ix_packs_undone", "packs", ["id"], sqlite_where=_UNDONE, postgresql_where=_UNDONE)
    op.create_table(
        "late_papers",
        sa.Column("id", sa.Integer(), primary_key=True),
        _key("item_id", "agenda_items.id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("says", sa.JSON(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        _key("by_id", "users.id", nullable=True),
        _moment("at", nullable=False),
        sa.UniqueConstraint("item_id", "place", "sha256"),
    )
