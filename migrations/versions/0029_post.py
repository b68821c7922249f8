"""post"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("state NOT IN ('sent_again', 'left')")


def upgrade() -> None:
    op.create_table(
        "print_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("printed_at", MOMENT, nullable=False),
        sa.Column("printed_by_id", sa.Integer(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("posted_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_print_runs_commissioner_id_organisations")),
        sa.ForeignKeyConstraint(["printed_by_id"], ["users.id"], name=op.f("fk_print_runs_printed_by_id_users")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["users.id"], name=op.f("fk_print_runs_posted_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_runs")),
    )
    op.create_index(op.f("ix_print_runs_commissioner_id"), "print_runs", ["commissioner_id"])
    op.create_table(
        "postings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("is_copy", sa.Boolean(), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("came_back_on", sa.Date(), nullable=True),
        sa.Column("came_back_because", sa.String(), nullable=True),
        sa.Column("what_was_done", sa.String(), nullable=True),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_postings_case_id_cases")),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_postings_commissioner_id_organisations")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_postings_letter_id_letters")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_postings_document_id_documents")),
        sa.ForeignKeyConstraint(["run_id"], ["print_runs.id"], name=op.f("fk_postings_run_id_print_runs")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["users.id"], name=op.f("fk_postings_checked_by_id_users")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_postings_ended_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    op.create_index(op.f("ix_postings_case_id"), "postings", ["case_id"])
    op.create_index(op.f("ix_postings_letter_id"), "postings", ["letter_id"])
    op.create_index(op.f("ix_postings_run_id"), "postings", ["run_id"])
    op.create_index("ix_postings_open", "postings", ["commissioner_id", "state"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "letter_differences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("printed", sa.String(), nullable=False),
        sa.Column("recorded", sa.String(), nullable=False),
        sa.Column("absolute", sa.Boolean(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("let_go_by_id", sa.Integer(), nullable=True),
        sa.Column("let_go_at", MOMENT, nullable=True),
        sa.Column("second_by_id", sa.Integer(), nullable=True),
        sa.Column("second_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_letter_differences_letter_id_letters")),
        sa.ForeignKeyConstraint(["let_go_by_id"], ["users.id"], name=op.f("fk_letter_differences_let_go_by_id_users")),
        sa.ForeignKeyConstraint(["second_by_id"], ["users.id"], name=op.f("fk_letter_differences_second_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_differences")),
    )
    op.create_index(op.f("ix_letter_differences_letter_id"), "letter_differences", ["letter_id"])
