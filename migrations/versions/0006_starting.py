"""starting"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("ticks", sa.JSON(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_start_answers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_answers")),
        sa.UniqueConstraint("case_id", name=op.f("uq_start_answers_case_id")),
    )
    op.create_table(
        "starts_ended",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("ticks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_starts_ended_commissioner_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fk_starts_ended_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_starts_ended")),
        sa.UniqueConstraint("once", name=op.f("uq_starts_ended_once")),
    )
    with op.batch_alter_table("starts_ended", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_starts_ended_commissioner_id"), ["commissioner_id"], unique=False)
