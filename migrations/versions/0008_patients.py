"""patients"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitoring_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("answers", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_monitoring_answers_commissioner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring_answers")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_monitoring_answers_pseudonym")),
    )
    with op.batch_alter_table("monitoring_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_monitoring_answers_commissioner_id"), ["commissioner_id"], unique=False)

    op.create_table(
        "practices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plain_name", sa.String(), nullable=False),
        sa.Column("postcode_area", sa.String(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=True),
        sa.Column("body_name", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["organisations.id"], name=op.f("fk_practices_body_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practices")),
        sa.UniqueConstraint("ods_code", "from_on", name=op.f("uq_practices_ods_code_from_on")),
    )
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.create_index("ix_practices_plain_name", ["plain_name"], unique=False)

    op.create_table(
        "letters_by_hand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_letters_by_hand_by_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_letters_by_hand_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters_by_hand")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_letters_by_hand_letter_id")),
    )
    op.create_table(
        "basis_details",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("how_known", sa.String(), nullable=True),
        sa.Column("consulted", sa.String(), nullable=True),
        sa.Column("imca", sa.String(), nullable=True),
        sa.Column("court_order", sa.String(), nullable=True),
        sa.Column("court_order_on", sa.Date(), nullable=True),
        sa.Column("will_ask", sa.String(), nullable=True),
        sa.Column("will_ask_on", sa.Date(), nullable=True),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_basis_details_case_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_basis_details_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basis_details")),
        sa.UniqueConstraint("case_id", name=op.f("uq_basis_details_case_id")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=True),
        sa.Column("on_form", sa.Boolean(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_consents_case_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_consents_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_case_id"), ["case_id"], unique=False)

    op.create_table(
        "earlier_request_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("what_is_new", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_earlier_request_answers_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_earlier_request_answers_case_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_earlier_request_answers_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_request_answers")),
        sa.UniqueConstraint("case_id", "other_id", name=op.f("uq_earlier_request_answers_case_id_other_id")),
    )
    op.create_table(
        "earlier_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("dates", sa.String(), nullable=False),
        sa.Column("response", sa.String(), nullable=False),
        sa.Column("measured", sa.String(), nullable=False),
        sa.Column("promised", sa.String(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_earlier_uses_added_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_earlier_uses_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_earlier_uses_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_uses")),
        sa.UniqueConstraint("once", name=op.f("uq_earlier_uses_once")),
    )
    with op.batch_alter_table("earlier_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_earlier_uses_case_id"), ["case_id"], unique=False)

    op.create_table(
        "parties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("telephone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("authority", sa.String(), nullable=True),
        sa.Column("authority_seen", sa.String(), nullable=False),
        sa.Column("may_be_written_to", sa.Boolean(), nullable=False),
        sa.Column("gets_copies", sa.Boolean(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_parties_added_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_parties_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("once", name=op.f("uq_parties_once")),
    )
    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_parties_case_id"), ["case_id"], unique=False)

    op.create_table(
        "responsibility_disputes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("meanwhile", sa.String(), nullable=True),
        sa.Column("meanwhile_body", sa.String(), nullable=False),
        sa.Column("meanwhile_because", sa.String(), nullable=False),
        sa.Column("meanwhile_until_on", sa.Date(), nullable=True),
        sa.Column("meanwhile_by_id", sa.Integer(), nullable=True),
        sa.Column("meanwhile_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled", sa.String(), nullable=True),
        sa.Column("settled_body", sa.String(), nullable=False),
        sa.Column("settled_ground", sa.String(), nullable=False),
        sa.Column("settled_because", sa.String(), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_responsibility_disputes_case_id")),
        sa.ForeignKeyConstraint(["meanwhile_by_id"], ["users.id"], name=op.f("fk_responsibility_disputes_meanwhile_by_id")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["users.id"], name=op.f("fk_responsibility_disputes_raised_by_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["users.id"], name=op.f("fk_responsibility_disputes_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility_disputes")),
        sa.UniqueConstraint("once", name=op.f("uq_responsibility_disputes_once")),
    )
    with op.batch_alter_table("responsibility_disputes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responsibility_disputes_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("patients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("practice_code", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("contact_address", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("contact_telephone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("contact_email", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("no_message", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("do_not_write_because", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("do_not_copy", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("do_not_copy_note", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("interpreter", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("letter_format", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("name_birth_hash", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_patients_name_birth_hash"), ["name_birth_hash"], unique=False)
