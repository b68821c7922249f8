"""groups"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_watches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("treatment", sa.String(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("usual_a_year", sa.Double(), nullable=True),
        sa.Column("by_chance", sa.Double(), nullable=True),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("expected", sa.String(), nullable=False),
        sa.Column("meanwhile", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_group_watches_answered_by_id_users")),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_group_watches_commissioner_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_watches")),
    )
    op.create_index("ix_group_watches_commissioner_id", "group_watches", ["commissioner_id", "answered_at"])
    op.create_table(
        "group_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("alike", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_group_requests_case_id_cases")),
        sa.ForeignKeyConstraint(["watch_id"], ["group_watches.id"], name=op.f("fk_group_requests_watch_id_group_watches")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_requests")),
        sa.UniqueConstraint("watch_id", "case_id", name=op.f("uq_group_requests_watch_id_case_id")),
    )
    op.create_index("ix_group_requests_case_id", "group_requests", ["case_id"])
