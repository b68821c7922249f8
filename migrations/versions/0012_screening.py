"""screening"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _widen_what_there_is()
    op.create_table(
        "covered_criteria",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["screening_records.id"], name=op.f("fk_covered_criteria_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_covered_criteria")),
        sa.UniqueConstraint("record_id", "number", name=op.f("uq_covered_criteria_record_id_number")),
    )
    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("adviser", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("interest", sa.String(), nullable=True),
        sa.Column("interest_note", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_advice_asked_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_advice_case_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_advice_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice")),
        sa.UniqueConstraint("once", name=op.f("uq_advice_once")),
    )
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advice_case_id"), ["case_id"], unique=False)

    op.create_table(
        "summary_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("said_by_id", sa.Integer(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("considered", sa.String(), nullable=False),
        sa.Column("considered_by_id", sa.Integer(), nullable=True),
        sa.Column("considered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_summary_comments_case_id")),
        sa.ForeignKeyConstraint(["considered_by_id"], ["users.id"], name=op.f("fk_summary_comments_considered_by_id")),
        sa.ForeignKeyConstraint(["said_by_id"], ["users.id"], name=op.f("fk_summary_comments_said_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_comments")),
        sa.UniqueConstraint("case_id", "round", "item", name=op.f("uq_summary_comments_case_id_round_item")),
    )


def _widen_what_there_is() -> None:
    with op.batch_alter_table("screening_records", schema=None) as batch_op:
        batch_op.add_column(sa.Column("approval_ground", sa.String(), nullable=True))
        for name in ("approval_because", "approval_conditions", "approval_amount"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("approval_until_on", sa.Date(), nullable=True))
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answer_by_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("package", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("closed_because", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("information_questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gap", sa.String(), nullable=True))
    for table, names in (
        ("screening_records", ("approval_because", "approval_conditions", "approval_amount")),
        ("handovers", ("closed_because",)),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.alter_column(name, existing_type=sa.String(), existing_nullable=False, server_default=None)
