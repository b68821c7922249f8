"""meetings"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STILL_THERE = sa.text("until_at IS NULL")


def upgrade() -> None:
    _meetings()
    _seats()
    _attendances()
    _minutes()
    with op.batch_alter_table("mails") as table:
        table.add_column(sa.Column("calendar", sa.String(), nullable=True))


def _meetings() -> None:
    with op.batch_alter_table("meetings") as table:
        table.add_column(sa.Column("number", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("starts", sa.Time(), nullable=True))
        table.add_column(sa.Column("ends", sa.Time(), nullable=True))
        table.add_column(sa.Column("link", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("sequence", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("cancelled_because", sa.String(), nullable=True))
    with op.batch_alter_table("meetings") as table:
        for column in ("number", "link", "sequence"):
            table.alter_column(column, server_default=None)
    op.create_table(
        "meeting_commissioners",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commissioner_id"], ["organisations.id"], name=op.f("fk_meeting_commissioners_commissioner_id_organisations")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_commissioners_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("meeting_id", "commissioner_id", name=op.f("pk_meeting_commissioners")),
    )


def _seats() -> None:
    with op.batch_alter_table("seats") as table:
        table.add_column(sa.Column("votes_for", sa.JSON(), nullable=True))
        table.add_column(sa.Column("only_case_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("how", sa.String(), nullable=False, server_default="in_the_room"))
        table.add_column(sa.Column("left_because", sa.String(), nullable=True))
        table.add_column(sa.Column("invited_at", MOMENT, nullable=True))
        table.create_foreign_key(op.f("fk_seats_only_case_id_cases"), "cases", ["only_case_id"], ["id"])
    with op.batch_alter_table("seats") as table:
        table.alter_column("how", server_default=None)


def _attendances() -> None:
    op.create_table(
        "attendances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("from_at", MOMENT, nullable=False),
        sa.Column("until_at", MOMENT, nullable=True),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("minute", sa.String(), nullable=False),
        sa.Column("minuted_by_id", sa.Integer(), nullable=True),
        sa.Column("minuted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_items.id"], name=op.f("fk_attendances_item_id_agenda_items")),
        sa.ForeignKeyConstraint(["minuted_by_id"], ["users.id"], name=op.f("fk_attendances_minuted_by_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_attendances_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
    )
    op.create_index(op.f("ix_attendances_item_id"), "attendances", ["item_id"])
    op.create_index(
        "ix_attendances_once", "attendances", ["item_id", "user_id"], unique=True,
        sqlite_where=STILL_THERE, postgresql_where=STILL_THERE,
    )  # fmt: skip


def _minutes() -> None:
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown_at", MOMENT, nullable=True),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_minutes_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_minutes_meeting_id")),
    )
    op.create_table(
        "minute_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_minute_notes_by_id_users")),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_items.id"], name=op.f("fk_minute_notes_item_id_agenda_items")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_minute_notes_minutes_id_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minute_notes")),
        sa.UniqueConstraint("minutes_id", "part", "number", name=op.f("uq_minute_notes_minutes_id_part_number")),
    )
    op.create_table(
        "minute_agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_minute_agreements_minutes_id_minutes")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_minute_agreements_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minute_agreements")),
        sa.UniqueConstraint("minutes_id", "user_id", name=op.f("uq_minute_agreements_minutes_id_user_id")),
    )
