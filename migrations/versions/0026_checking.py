"""checking"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("documents") as table:
        table.add_column(sa.Column("shown_as_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_documents_shown_as_id_documents"), "documents", ["shown_as_id"], ["id"])
        table.create_index(op.f("ix_documents_shown_as_id"), ["shown_as_id"])
    with op.batch_alter_table("papers_checks") as table:
        table.add_column(sa.Column("looked_for", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "papers_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("band", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_papers_marks_document_id_documents")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_papers_marks_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers_marks")),
    )
    op.create_index(op.f("ix_papers_marks_document_id"), "papers_marks", ["document_id"])
    op.create_table(
        "papers_redactions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_papers_redactions_document_id_documents")),
        sa.ForeignKeyConstraint(["copy_id"], ["documents.id"], name=op.f("fk_papers_redactions_copy_id_documents")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_papers_redactions_by_id_users")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_papers_redactions_ended_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers_redactions")),
    )
    op.create_index(op.f("ix_papers_redactions_document_id"), "papers_redactions", ["document_id"])
    op.create_table(
        "papers_looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_papers_looks_case_id_cases")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_papers_looks_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers_looks")),
        sa.UniqueConstraint("case_id", "sha256", "part", name=op.f("uq_papers_looks_case_id_sha256_part")),
    )
