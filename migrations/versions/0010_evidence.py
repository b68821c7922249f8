"""evidence"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What people send in; the rest is made here and needs no scanner.
RECEIVED = "('evidence', 'information', 'original', 'attachment')"


def upgrade() -> None:
    with op.batch_alter_table("documents", schema=None) as documents:
        documents.add_column(sa.Column("state", sa.String(), nullable=True))
        documents.add_column(sa.Column("scan_said", sa.String(), nullable=False, server_default=""))
        documents.add_column(sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True))
        documents.add_column(sa.Column("unread", sa.Boolean(), nullable=False, server_default=sa.false()))
        documents.add_column(sa.Column("replaced_by_id", sa.Integer(), nullable=True))
        documents.create_foreign_key(op.f("fk_documents_replaced_by_id"), "documents", ["replaced_by_id"], ["id"])
    op.execute(f"UPDATE documents SET state = 'not_scanned', unread = true WHERE kind IN {RECEIVED}")
    with op.batch_alter_table("documents", schema=None) as documents:
        documents.alter_column("scan_said", existing_type=sa.String(), existing_nullable=False, server_default=None)
        documents.alter_column("unread", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
        documents.create_index(documents.f("ix_documents_replaced_by_id"), ["replaced_by_id"], unique=False)
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_documents_waiting", "documents", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_documents_unread", "documents", ["id"], sqlite_where=sa.text("unread = 1"), postgresql_where=sa.text("unread"))

    op.create_table(
        "literature_references",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("doi", sa.String(), nullable=True),
        sa.Column("pmid", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("authors", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("study_type", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("scale", sa.String(), nullable=True),
        sa.Column("population", sa.String(), nullable=False),
        sa.Column("how_near", sa.String(), nullable=False),
        sa.Column("relevant", sa.String(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_literature_references_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_literature_references_case_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_literature_references_document_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_literature_references")),
        sa.UniqueConstraint("once", name=op.f("uq_literature_references_once")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_literature_references_case_id_number")),
    )
    op.create_index(op.f("ix_literature_references_document_id"), "literature_references", ["document_id"])

    op.create_table(
        "evidence_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("reference_id", sa.Integer(), nullable=True),
        sa.Column("factor_id", sa.Integer(), nullable=True),
        sa.Column("question_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_evidence_links_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_evidence_links_document_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["factor_id"], ["factors.id"], name=op.f("fk_evidence_links_factor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["reference_id"], ["literature_references.id"], name=op.f("fk_evidence_links_reference_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_links")),
    )
    for column in ("case_id", "document_id", "reference_id", "factor_id"):
        op.create_index(op.f(f"ix_evidence_links_{column}"), "evidence_links", [column])

    op.create_table(
        "document_texts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("why_none", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_texts_document_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_texts")),
        sa.UniqueConstraint("document_id", name=op.f("uq_document_texts_document_id")),
    )

    op.create_table(
        "patient_statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_by_note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_patient_statements_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_patient_statements_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_statements")),
        sa.UniqueConstraint("once", name=op.f("uq_patient_statements_once")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_patient_statements_case_id_number")),
    )
