"""worklists"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE cases SET is_open = (1 = 1) WHERE state IN ('received', 'in_check', 'returned', 'handover_offered', "
        "'in_screening', 'to_countersign', 'evidence_review', 'accuracy_check', 'ready_for_panel', 'listed', 'at_panel', "
        "'deferred', 'decision_drafted', 'decision_confirmed')"
    )
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("is_open", server_default=None)
        cases.drop_index("ix_cases_worklist")
        cases.create_index("ix_cases_worklist", ["commissioner_id", "is_open", "urgent", "due_on", "id"])
    with op.batch_alter_table("patients") as patients:
        patients.add_column(sa.Column("name_hash", sa.String(), nullable=True))
        patients.create_index("ix_patients_name_hash", ["name_hash"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_views_user_id_name")),
    )
    op.create_table(
        "case_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_words_case_id_cases")),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_case_words_commissioner_id_organisations")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_case_words_document_id_documents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_words")),
    )
    op.create_index("ix_case_words_case_id", "case_words", ["case_id"])
    op.create_index("ix_case_words_document_id", "case_words", ["document_id"])
    op.create_index("ix_case_words_word", "case_words", ["commissioner_id", "word", "case_id"])
