"""letters"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PEOPLE = ("address_checked_by_id", "read_by_id", "patient_told_by_id")


def upgrade() -> None:
    with op.batch_alter_table("letters") as table:
        table.add_column(sa.Column("ending", sa.String(), nullable=True))
        table.add_column(sa.Column("needs_address_check", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("address_checked_at", MOMENT, nullable=True))
        table.add_column(sa.Column("address_checked_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("address_digest", sa.String(), nullable=True))
        table.add_column(sa.Column("needs_reader", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("read_at", MOMENT, nullable=True))
        table.add_column(sa.Column("read_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("not_before_at", MOMENT, nullable=True))
        table.add_column(sa.Column("counts_from_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("patient_told_at", MOMENT, nullable=True))
        table.add_column(sa.Column("patient_told_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("patient_told_how", sa.String(), nullable=True))
        for column in PEOPLE:
            table.create_foreign_key(op.f(f"fk_letters_{column}_users"), "users", [column], ["id"])
    with op.batch_alter_table("letters") as table:
        table.alter_column("needs_address_check", server_default=None)
        table.alter_column("needs_reader", server_default=None)
    op.create_table(
        "deaths",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("next_of_kin_id", sa.Integer(), nullable=True),
        sa.Column("reversed_at", MOMENT, nullable=True),
        sa.Column("reversed_by_id", sa.Integer(), nullable=True),
        sa.Column("reversed_because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deaths_case_id_cases")),
        sa.ForeignKeyConstraint(["next_of_kin_id"], ["parties.id"], name=op.f("fk_deaths_next_of_kin_id_parties")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_deaths_recorded_by_id_users")),
        sa.ForeignKeyConstraint(["reversed_by_id"], ["users.id"], name=op.f("fk_deaths_reversed_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deaths")),
        sa.UniqueConstraint("once", name=op.f("uq_deaths_once")),
    )
    op.create_index(op.f("ix_deaths_case_id"), "deaths", ["case_id"])
    op.create_table(
        "telephone_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("called_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_telephone_outcomes_by_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_telephone_outcomes_case_id_cases")),
        sa.ForeignKeyConstraint(["move_id"], ["moves.id"], name=op.f("fk_telephone_outcomes_move_id_moves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephone_outcomes")),
        sa.UniqueConstraint("once", name=op.f("uq_telephone_outcomes_once")),
    )
    op.create_index(op.f("ix_telephone_outcomes_case_id"), "telephone_outcomes", ["case_id"])
    op.create_table(
        "clinician_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Integer(), nullable=True),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("provider_before_id", sa.Integer(), nullable=False),
        sa.Column("provider_after_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_clinician_changes_{column}_{table}"))
            for column, table in (
                ("case_id", "cases"), ("before_id", "users"), ("after_id", "users"), ("by_id", "users"), ("move_id", "moves"),
                ("provider_before_id", "organisations"), ("provider_after_id", "organisations"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinician_changes")),
        sa.UniqueConstraint("once", name=op.f("uq_clinician_changes_once")),
    )
    op.create_index(op.f("ix_clinician_changes_case_id"), "clinician_changes", ["case_id"])
