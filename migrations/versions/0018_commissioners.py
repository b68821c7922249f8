"""commissioners"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IN_HAND = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("definitions", sa.Column("made_on_page", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "profile_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until_next", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("against_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("definition_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_profile_changes_organisation_id_organisations")),
        sa.ForeignKeyConstraint(["base_id"], ["definitions.id"], name=op.f("fk_profile_changes_base_id_definitions")),
        sa.ForeignKeyConstraint(["against_id"], ["definitions.id"], name=op.f("fk_profile_changes_against_id_definitions")),
        sa.ForeignKeyConstraint(["definition_id"], ["definitions.id"], name=op.f("fk_profile_changes_definition_id_definitions")),
        sa.ForeignKeyConstraint(["started_by_id"], ["users.id"], name=op.f("fk_profile_changes_started_by_id_users")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_profile_changes_saved_by_id_users")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_profile_changes_proposed_by_id_users")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_profile_changes_ended_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_changes")),
        sa.UniqueConstraint("definition_id", name=op.f("uq_profile_changes_definition_id")),
    )
    op.create_index(
        "ix_profile_changes_in_hand", "profile_changes", ["organisation_id"], unique=True,
        sqlite_where=IN_HAND, postgresql_where=IN_HAND,
    )
