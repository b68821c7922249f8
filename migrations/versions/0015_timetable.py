"""timetable"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("met_at IS NULL AND cancelled_at IS NULL")
LOOKED_AT = sa.text("look_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("deadlines") as table:
        table.drop_index("ix_deadlines_open")
        table.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("whose", sa.String(), nullable=False, server_default="office"))
        table.add_column(sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("opened_by", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("started_at", MOMENT, nullable=True))
        table.add_column(sa.Column("stops_for", sa.JSON(), nullable=False, server_default='["return_incomplete", "ask_information", "seek_clarification"]'))
        table.add_column(sa.Column("due_at", MOMENT, nullable=True))
        table.add_column(sa.Column("look_at", MOMENT, nullable=True))
        table.add_column(sa.Column("cancelled_at", MOMENT, nullable=True))
        table.create_foreign_key("fk_deadlines_organisation_id_organisations", "organisations", ["organisation_id"], ["id"])
    _date_what_is_there()
    _say_whose_closures_count()
    with op.batch_alter_table("deadlines") as table:
        table.alter_column("started_at", nullable=False, existing_type=MOMENT)
        for name in ("whose", "urgent", "opened_by", "stops_for"):
            table.alter_column(name, server_default=None)
        table.create_index("ix_deadlines_open", ["organisation_id", "due_on", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
        table.create_index("ix_deadlines_look_at", ["look_at", "id"], sqlite_where=LOOKED_AT, postgresql_where=LOOKED_AT)
    with op.batch_alter_table("pauses") as table:
        table.add_column(sa.Column("because", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("by_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_pauses_by_id_users", "users", ["by_id"], ["id"])
    with op.batch_alter_table("pauses") as table:
        table.alter_column("because", server_default=None)
    with op.batch_alter_table("information_requests") as table:
        table.add_column(sa.Column("stops_clock", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("information_requests") as table:
        table.alter_column("stops_clock", server_default=None)
    op.create_table(
        "deadline_extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=True),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("agreed_with", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_deadline_extensions_by_id_users")),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_extensions_deadline_id_deadlines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_extensions")),
        sa.UniqueConstraint("once", name=op.f("uq_deadline_extensions_once")),
    )
    op.create_index("ix_deadline_extensions_deadline_id", "deadline_extensions", ["deadline_id"])
    op.create_table(
        "deadline_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_steps_deadline_id_deadlines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_steps")),
        sa.UniqueConstraint("deadline_id", "step", "due_on", name=op.f("uq_deadline_steps_deadline_id_step_due_on")),
    )
    op.create_table(
        "days_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("off_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_days_off_added_by_id_users")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_days_off_organisation_id_organisations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_days_off")),
        sa.UniqueConstraint("off_on", "kind", "organisation_id", name=op.f("uq_days_off_off_on_kind_organisation_id")),
    )
    op.create_table(
        "job_runs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("worked_at", MOMENT, nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "job_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("retry_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_failures")),
        sa.UniqueConstraint("job", "item", name=op.f("uq_job_failures_job_item")),
    )
    op.create_table(
        "job_leader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("since_at", MOMENT, nullable=False),
        sa.Column("tick_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_leader")),
    )


def _say_whose_closures_count() -> None:
    """The commissioner of the request, also for what challenges its decision. The number is cut out of the stream, so that
    each row is found by its key."""
    for kind, table in (("appeal", "appeals"), ("reconsideration", "reconsiderations")):
        op.execute(
            "UPDATE deadlines SET organisation_id = (SELECT c.commissioner_id FROM cases c JOIN "
            f"{table} a ON a.case_id = c.id WHERE a.id = CAST(substr(deadlines.stream, {len(kind) + 2}) AS INTEGER)) "
            f"WHERE stream LIKE '{kind}:%'"
        )
    op.execute(
        "UPDATE deadlines SET organisation_id = (SELECT commissioner_id FROM cases WHERE cases.id = "
        "CAST(substr(deadlines.stream, 6) AS INTEGER)) WHERE stream LIKE 'case:%'"
    )


def _date_what_is_there() -> None:
    """A deadline that was opened before counts from the beginning of its day, and is late from the end of its last one."""
    rows = op.get_bind().execute(sa.text("SELECT DISTINCT started_on, due_on FROM deadlines")).all()
    table = sa.table(
        "deadlines", sa.column("started_on", sa.Date), sa.column("due_on", sa.Date),
        sa.column("started_at", MOMENT), sa.column("due_at", MOMENT),
    )
    days = {_day(one) for row in rows for one in row if one is not None}
    for day in days:
        op.execute(table.update().where(table.c.started_on == day).values(started_at=_midnight(day)))
        op.execute(table.update().where(table.c.due_on == day).values(due_at=_midnight(day + timedelta(days=1))))


def _day(said: "str | date") -> date:
    return date.fromisoformat(said) if isinstance(said, str) else said


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo("Europe/London")).astimezone(UTC)
