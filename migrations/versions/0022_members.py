"""members"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def _day(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, MOMENT, nullable=nullable)


def _yes(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _make(table: str, *columns: sa.Column, refers: dict[str, str]) -> None:
    op.create_table(
        table,
        _number("id"),
        *columns,
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
            for column, other in refers.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("once", name=op.f(f"uq_{table}_once")),
    )


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    _make(
        "panel_members",
        _text("once"), _number("version"), _number("commissioner_id"), _number("user_id"), _text("capacity"),
        _number("deputy_of_id", nullable=True), _day("from_on", nullable=False), _day("until_on"), _day("trained_on"),
        _number("added_by_id", nullable=True), _moment("added_at"), _day("ended_on"), _text("ended_because", nullable=True),
        _number("ended_by_id", nullable=True),
        refers={
            "commissioner_id": "organisations", "user_id": "users", "deputy_of_id": "users", "added_by_id": "users",
            "ended_by_id": "users",
        },
    )
    op.create_index("ix_panel_members_place", "panel_members", ["commissioner_id", "user_id"])
    _index("panel_members", "user_id")
    _make(
        "registered_interests",
        _text("once"), _number("user_id"), _text("kind"), _number("organisation_id", nullable=True),
        _text("practice_code", nullable=True), _text("department"), _text("person"), _text("words"), _day("from_on"),
        _day("until_on"), _moment("added_at"), _moment("ended_at", nullable=True), _text("ended_because", nullable=True),
        refers={"user_id": "users", "organisation_id": "organisations"},
    )
    _index("registered_interests", "user_id")
    _make(
        "interests_confirmed", _text("once"), _number("user_id"), _yes("nothing_declared"), _moment("at"), refers={"user_id": "users"}
    )
    _index("interests_confirmed", "user_id")
    _make(
        "panel_invitations",
        _text("once"), _number("case_id"), _number("meeting_id"), _text("how"), _text("how_words"), _day("sent_on"),
        _number("sent_by_id"), _moment("recorded_at"), _yes("statement"), _yes("attendance"), _day("statement_by_on"),
        _text("short_because"), _number("batch", nullable=True),
        refers={"case_id": "cases", "meeting_id": "meetings", "sent_by_id": "users"},
    )
    _index("panel_invitations", "case_id")
    _make(
        "invitation_answers",
        _text("once"), _number("invitation_id"), _text("statement"), _text("attendance"), _text("with_whom"),
        _day("answered_on"), _moment("at"), _number("by_id"),
        refers={"invitation_id": "panel_invitations", "by_id": "users"},
    )
    _index("invitation_answers", "invitation_id")
    _make(
        "invitation_exceptions",
        _text("once"), _number("case_id"), _number("meeting_id"), _text("reason"), _text("instead"), _text("plain_reasons"),
        _number("by_id"), _moment("at"), _number("batch", nullable=True),
        refers={"case_id": "cases", "meeting_id": "meetings", "by_id": "users"},
    )
    _index("invitation_exceptions", "case_id")
