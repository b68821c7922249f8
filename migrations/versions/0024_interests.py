"""interests"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(name: str, target: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(target), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "paper_openings",
        sa.Column("id", sa.Integer(), primary_key=True),
        _key("case_id", "cases.id"),
        _key("item_id", "agenda_items.id", nullable=True),
        _key("user_id", "users.id"),
        sa.Column("what", sa.String(), nullable=False),
        _moment("at", nullable=False),
    )
    op.create_index("ix_paper_openings_case", "paper_openings", ["case_id", "user_id"])
    op.create_table(
        "interest_stops",
        sa.Column("id", sa.Integer(), primary_key=True),
        _key("case_id", "cases.id"),
        _key("item_id", "agenda_items.id", nullable=True),
        _key("user_id", "users.id"),
        _moment("at", nullable=False),
        sa.Column("during", sa.Boolean(), nullable=False),
        sa.Column("open_then", sa.JSON(), nullable=False),
    )
    op.create_index("ix_interest_stops_case", "interest_stops", ["case_id", "user_id"])
    op.create_table(
        "identity_questions",
        sa.Column("id", sa.Integer(), primary_key=True),
        _key("case_id", "cases.id"),
        _key("user_id", "users.id"),
        sa.Column("words", sa.String(), nullable=False),
        _moment("asked_at", nullable=False),
        sa.Column("is_that_person", sa.Boolean(), nullable=True),
        _moment("answered_at", nullable=True),
        _key("answered_by_id", "users.id", nullable=True),
        sa.Column("why_not", sa.String(), nullable=True),
    )
    op.create_index("ix_identity_questions_case", "identity_questions", ["case_id", "user_id"])
    op.create_table(
        "interest_clearings",
        sa.Column("id", sa.Integer(), primary_key=True),
        _key("case_id", "cases.id"),
        _key("user_id", "users.id"),
        _key("meeting_id", "meetings.id", nullable=True),
        _key("by_id", "users.id"),
        sa.Column("because", sa.String(), nullable=False),
        _moment("at", nullable=False),
        _moment("lifted_at", nullable=True),
    )
    op.create_index("ix_interest_clearings_case", "interest_clearings", ["case_id", "user_id"])
