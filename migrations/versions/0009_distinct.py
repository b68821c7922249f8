"""The comparison group step by step, answers to remarks, and how common a point is in the group."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("size_kind", sa.String(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=True),
        sa.Column("high", sa.Integer(), nullable=True),
        sa.Column("per", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("policy_version_id", sa.Integer(), nullable=True),
        sa.Column("policy_words", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_group_steps_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_group_steps_case_id")),
        sa.ForeignKeyConstraint(["policy_version_id"], ["policy_versions.id"], name=op.f("fk_group_steps_policy_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_steps")),
        sa.UniqueConstraint("once", name=op.f("uq_group_steps_once")),
    )
    with op.batch_alter_table("group_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_steps_case_id"), ["case_id"], unique=False)

    op.create_table(
        "remark_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_remark_answers_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_remark_answers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark_answers")),
        sa.UniqueConstraint("case_id", "key", name=op.f("uq_remark_answers_case_id_key")),
    )

    with op.batch_alter_table("factors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("common_kind", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("common_from", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("common_to", sa.Double(), nullable=True))

    # The latest returns of an office are counted for whoever writes the next request.
    with op.batch_alter_table("information_requests", schema=None) as batch_op:
        batch_op.create_index("ix_information_requests_kind_asked_at", ["kind", "asked_at"], unique=False)
