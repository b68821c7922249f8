"""Answers that are none, answers taken over, the provider's approval, and the specialty of whoever asks."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unknown", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("cannot_because", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("section_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_from", sa.String(), nullable=True))
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("specialty", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "provider_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_provider_approvals_case_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_provider_approvals_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_approvals")),
        sa.UniqueConstraint("case_id", name=op.f("uq_provider_approvals_case_id")),
    )
