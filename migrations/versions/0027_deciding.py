"""deciding"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
RECORD_TEXTS = (
    "aim", "not_reached_by", "human_rights", "health_inequality", "best_interests", "what_is_funded",
)
RECORD_FLAGS = ("everything_else_read", "life_or_limb")


def upgrade() -> None:
    _add("decision_records", RECORD_TEXTS, RECORD_FLAGS)
    with op.batch_alter_table("decision_records") as records:
        records.add_column(sa.Column("casting_vote", sa.String(), nullable=True))
        records.add_column(sa.Column("report_by_at", MOMENT, nullable=True))
        records.add_column(sa.Column("reported_at", MOMENT, nullable=True))
    _add("findings", ("refers_to", "weighed"), ("about_the_aim",))
    _votes()
    _answers()
    _deferrals()
    _notes()


def _add(table: str, texts: tuple[str, ...], flags: tuple[str, ...]) -> None:
    with op.batch_alter_table(table) as rows:
        for name in texts:
            rows.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        for name in flags:
            rows.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table(table) as rows:
        for name in texts:
            rows.alter_column(name, existing_type=sa.String(), existing_nullable=False, server_default=None)
        for name in flags:
            rows.alter_column(name, existing_type=sa.Boolean(), existing_nullable=False, server_default=None)


def _votes() -> None:
    op.create_table(
        "votes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("vote", sa.String(), nullable=False),
        sa.Column("dissent", sa.String(), nullable=False),
        sa.Column("dissent_by_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *_to("votes", {
            "by_id": "users", "commissioner_id": "organisations", "decision_id": "decision_records", "dissent_by_id": "users",
            "user_id": "users",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_votes")),
        sa.UniqueConstraint("decision_id", "user_id", name=op.f("uq_votes_decision_id_user_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_votes_user_id"), "votes", ["user_id"])


def _answers() -> None:
    op.create_table(
        "exhibit_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        *_to("exhibit_answers", {"decision_id": "decision_records"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibit_answers")),
        sa.UniqueConstraint("decision_id", "kind", "number", name=op.f("uq_exhibit_answers_decision_id_kind_number")),
    )
    op.create_table(
        "guidance_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("different", sa.String(), nullable=False),
        *_to("guidance_answers", {"decision_id": "decision_records"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidance_answers")),
        sa.UniqueConstraint("decision_id", "reference", name=op.f("uq_guidance_answers_decision_id_reference")),
    )
    op.create_table(
        "kept_reasons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *_to("kept_reasons", {"by_id": "users", "decision_id": "decision_records"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_reasons")),
        sa.UniqueConstraint("decision_id", "place", name=op.f("uq_kept_reasons_decision_id_place")),
    )


def _deferrals() -> None:
    op.create_table(
        "deferrals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("to_tell", sa.Boolean(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        *_to("deferrals", {"case_id": "cases"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferrals")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_deferrals_case_id_number")),
    )
    told = sa.text("to_tell AND told_at IS NULL")
    op.create_index("ix_deferrals_to_tell", "deferrals", ["id"], sqlite_where=told, postgresql_where=told)
    op.create_table(
        "deferral_gaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deferral_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("from_whom", sa.String(), nullable=False),
        sa.Column("by_on", sa.Date(), nullable=True),
        *_to("deferral_gaps", {"deferral_id": "deferrals"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferral_gaps")),
        sa.UniqueConstraint("deferral_id", "number", name=op.f("uq_deferral_gaps_deferral_id_number")),
    )


def _notes() -> None:
    op.create_table(
        "panel_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *_to("panel_notes", {"item_id": "agenda_items", "user_id": "users"}),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_notes")),
        sa.UniqueConstraint("item_id", "user_id", name=op.f("uq_panel_notes_item_id_user_id")),
    )


def _to(table: str, keys: dict[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
        for column, other in keys.items()
    ]
