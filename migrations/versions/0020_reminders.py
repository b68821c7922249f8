"""reminders"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOT_ASKED = sa.text("asked_at IS NULL AND waived_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("reports_due") as table:
        table.add_column(sa.Column("ask_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("asked_at", MOMENT, nullable=True))
    op.create_index(
        "ix_reports_due_ask_on", "reports_due", ["ask_on", "id"], sqlite_where=NOT_ASKED, postgresql_where=NOT_ASKED
    )
    op.create_table(
        "upkeep_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("counted_from", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upkeep_steps")),
        sa.UniqueConstraint("about", "step", "counted_from", name=op.f("uq_upkeep_steps_about_step_counted_from")),
    )
    op.create_table(
        "retention_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("last_step_on", sa.Date(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_retention_reviews_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_reviews")),
        sa.UniqueConstraint("case_id", name=op.f("uq_retention_reviews_case_id")),
    )
