"""intake"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asking_clinicians",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_asking_clinicians_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asking_clinicians")),
        sa.UniqueConstraint("case_id", name=op.f("uq_asking_clinicians_case_id")),
    )

    op.create_table(
        "incoming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("read", sa.String(), nullable=True),
        sa.Column("says_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("dropped_because", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_incoming_commissioner_id")),
        sa.ForeignKeyConstraint(["kept_by_id"], ["users.id"], name=op.f("fk_incoming_kept_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_incoming_case_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_incoming_closed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("uuid", name=op.f("uq_incoming_uuid")),
    )
    with op.batch_alter_table("incoming", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incoming_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_incoming_state", ["commissioner_id", "state"], unique=False)

    op.create_table(
        "signed_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attached_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_signed_forms_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_signed_forms_document_id")),
        sa.ForeignKeyConstraint(["attached_by_id"], ["users.id"], name=op.f("fk_signed_forms_attached_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_forms")),
        sa.UniqueConstraint("case_id", name=op.f("uq_signed_forms_case_id")),
    )

    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contacts_case_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_contacts_owner_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["contacts.id"], name=op.f("fk_contacts_corrects_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_contacts_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_contacts_corrects_id")),
        sa.UniqueConstraint("once", name=op.f("uq_contacts_once")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_contacts_owner", ["owner_id", "until_on"], unique=False)

    op.create_table(
        "contact_follow_ups_done",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_follow_ups_done_contact_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["users.id"], name=op.f("fk_contact_follow_ups_done_done_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_follow_ups_done")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_contact_follow_ups_done_contact_id")),
    )

    op.create_table(
        "enquiries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("commissioner_id", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asker", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=True),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("answered", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_words", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["commissioner_id"], ["organisations.id"], name=op.f("fk_enquiries_commissioner_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_enquiries_recorded_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_enquiries_ended_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_enquiries_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiries")),
        sa.UniqueConstraint("once", name=op.f("uq_enquiries_once")),
    )
    with op.batch_alter_table("enquiries", schema=None) as batch_op:
        batch_op.create_index("ix_enquiries_commissioner", ["commissioner_id", "asked_on", "id"], unique=False)
