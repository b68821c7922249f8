"""holidays"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WAITING = sa.text("done_at IS NULL")
IN_FORCE = sa.text("taken_out_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("days_off") as table:
        table.drop_constraint("uq_days_off_off_on_kind_organisation_id", type_="unique")
        table.add_column(sa.Column("taken_out_at", MOMENT, nullable=True))
    op.create_index(
        "ix_days_off_in_force", "days_off", ["off_on", "kind", "organisation_id"], unique=True,
        sqlite_where=IN_FORCE, postgresql_where=IN_FORCE,
    )
    op.create_table(
        "days_off_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_days_off_changes_organisation_id_organisations")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_days_off_changes_proposed_by_id_users")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_days_off_changes_approved_by_id_users")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["users.id"], name=op.f("fk_days_off_changes_withdrawn_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_days_off_changes")),
        sa.UniqueConstraint("once", name=op.f("uq_days_off_changes_once")),
    )
    op.create_table(
        "changed_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("off_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("taken_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["days_off_changes.id"], name=op.f("fk_changed_days_change_id_days_off_changes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_days")),
        sa.UniqueConstraint("change_id", "off_on", name=op.f("uq_changed_days_change_id_off_on")),
    )
    op.create_table(
        "date_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("old_on", sa.Date(), nullable=True),
        sa.Column("new_on", sa.Date(), nullable=True),
        sa.Column("came_to_on", sa.Date(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["days_off_changes.id"], name=op.f("fk_date_moves_change_id_days_off_changes")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_date_moves_deadline_id_deadlines")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_date_moves_organisation_id_organisations")),
        sa.ForeignKeyConstraint(["move_id"], ["moves.id"], name=op.f("fk_date_moves_move_id_moves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_moves")),
        sa.UniqueConstraint("change_id", "deadline_id", name=op.f("uq_date_moves_change_id_deadline_id")),
    )
    op.create_index("ix_date_moves_waiting", "date_moves", ["stream", "change_id"], sqlite_where=WAITING, postgresql_where=WAITING)

