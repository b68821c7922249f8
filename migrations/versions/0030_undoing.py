"""What is done to a decision after its confirmation: slips, decisions set aside, orders."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "decision_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("prepared_by_id", sa.Integer(), nullable=False),
        sa.Column("prepared_at", MOMENT, nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("other_people", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("leads_to", sa.String(), nullable=True),
        sa.Column("amount_words", sa.String(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_decision_changes_case_id_cases")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision_records.id"], name=op.f("fk_decision_changes_decision_id_decision_records")),
        sa.ForeignKeyConstraint(["prepared_by_id"], ["users.id"], name=op.f("fk_decision_changes_prepared_by_id_users")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_decision_changes_made_by_id_users")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_decision_changes_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_changes")),
        sa.UniqueConstraint("once", name=op.f("uq_decision_changes_once")),
    )
    op.create_index("ix_decision_changes_case", "decision_changes", ["case_id", "id"])
