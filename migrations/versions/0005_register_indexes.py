"""register indexes"""

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_moves_trigger", "moves", ["trigger", "id"])
    op.add_column("policy_versions", sa.Column("title_as_printed", sa.String(), nullable=True))
    crosses = sa.text("substr(through, 1, 1) > substr(normalised, 1, 1)")
    op.create_index(
        "ix_policy_codes_wide_ranges",
        "policy_codes",
        ["system", "normalised"],
        sqlite_where=crosses,
        postgresql_where=crosses,
    )
