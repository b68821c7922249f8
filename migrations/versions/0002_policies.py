"""policies"""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guidance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("former_numbers", sa.JSON(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("says", sa.String(), nullable=True),
        sa.Column("recommendations", sa.JSON(), nullable=False),
        sa.Column("further", sa.JSON(), nullable=False),
        sa.Column("source_file", sa.String(), nullable=True),
        sa.Column("source_sha256", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidance")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_guidance_kind_number")),
    )
    op.create_table(
        "guidance_codes",
        sa.Column("guidance_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("verbatim", sa.String(), nullable=False),
        sa.Column("normalised", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["guidance_id"], ["guidance.id"], name=op.f("fk_guidance_codes_guidance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidance_codes")),
    )
    with op.batch_alter_table("guidance_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guidance_codes_guidance_id"), ["guidance_id"], unique=False)
        batch_op.create_index("ix_guidance_codes_system_normalised", ["system", "normalised"], unique=False)

    op.create_table(
        "policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("known_as", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_demonstration", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_policies_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("owner_id", "known_as", name=op.f("uq_policies_owner_id_known_as")),
    )
    with op.batch_alter_table("policies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policies_reference"), ["reference"], unique=False)

    op.create_table(
        "policy_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("workflow_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("ratified_on", sa.Date(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("review_due_on", sa.Date(), nullable=True),
        sa.Column("review_words", sa.String(), nullable=True),
        sa.Column("is_static", sa.Boolean(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("position_as_printed", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("mechanism", sa.String(), nullable=True),
        sa.Column("scope", sa.String(), nullable=True),
        sa.Column("out_of_scope", sa.String(), nullable=True),
        sa.Column("cohort", sa.String(), nullable=True),
        sa.Column("funded", sa.String(), nullable=True),
        sa.Column("not_funded", sa.String(), nullable=True),
        sa.Column("rationale", sa.String(), nullable=True),
        sa.Column("exceptionality", sa.String(), nullable=True),
        sa.Column("exceptionality_route_named", sa.Boolean(), nullable=False),
        sa.Column("force", sa.String(), nullable=True),
        sa.Column("monitoring", sa.String(), nullable=True),
        sa.Column("change_record", sa.String(), nullable=True),
        sa.Column("predecessors", sa.String(), nullable=True),
        sa.Column("further", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("source_file", sa.String(), nullable=True),
        sa.Column("source_sha256", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_policy_versions_owner_id")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_versions_policy_id")),
        sa.ForeignKeyConstraint(["workflow_id"], ["definitions.id"], name=op.f("fk_policy_versions_workflow_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint("policy_id", "label", name=op.f("uq_policy_versions_policy_id_label")),
    )
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.create_index("ix_policy_versions_owner_id_state", ["owner_id", "state"], unique=False)

    op.create_table(
        "commissioner_clauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("may_be_out_of_date", sa.Boolean(), nullable=False),
        sa.Column("why_out_of_date", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_commissioner_clauses_owner_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_commissioner_clauses_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commissioner_clauses")),
        sa.UniqueConstraint("owner_id", "kind", "number", name=op.f("uq_commissioner_clauses_owner_id_kind_number")),
    )
    op.create_table(
        "policy_areas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plain_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_areas_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_areas")),
        sa.UniqueConstraint("version_id", "plain_name", name=op.f("uq_policy_areas_version_id_plain_name")),
    )
    with op.batch_alter_table("policy_areas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_areas_plain_name"), ["plain_name"], unique=False)

    op.create_table(
        "policy_statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("treatment", sa.String(), nullable=False),
        sa.Column("indication", sa.String(), nullable=True),
        sa.Column("position", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_statements_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_statements")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_policy_statements_version_id_number")),
    )
    op.create_table(
        "policy_versions_guidance",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("guidance_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["guidance_id"], ["guidance.id"], name=op.f("fk_policy_versions_guidance_guidance_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_versions_guidance_version_id")),
        sa.PrimaryKeyConstraint("version_id", "guidance_id", name=op.f("pk_policy_versions_guidance")),
    )
    op.create_table(
        "policy_codes",
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("flag", sa.String(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("verbatim", sa.String(), nullable=False),
        sa.Column("normalised", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["policy_statements.id"], name=op.f("fk_policy_codes_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_codes")),
    )
    with op.batch_alter_table("policy_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_codes_statement_id"), ["statement_id"], unique=False)
        batch_op.create_index("ix_policy_codes_system_normalised", ["system", "normalised"], unique=False)

    op.create_table(
        "policy_criteria",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["policy_statements.id"], name=op.f("fk_policy_criteria_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_criteria")),
        sa.UniqueConstraint("statement_id", "number", name=op.f("uq_policy_criteria_statement_id_number")),
    )
    op.create_table(
        "treatment_phrases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=True),
        sa.Column("guidance_id", sa.Integer(), nullable=True),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column("plain", sa.String(), nullable=False),
        sa.Column("main_word", sa.String(), nullable=False),
        sa.Column("is_label", sa.Boolean(), nullable=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["guidance_id"], ["guidance.id"], name=op.f("fk_treatment_phrases_guidance_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["policy_statements.id"], name=op.f("fk_treatment_phrases_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_phrases")),
    )
    with op.batch_alter_table("treatment_phrases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_treatment_phrases_guidance_id"), ["guidance_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_treatment_phrases_main_word"), ["main_word"], unique=False)
        batch_op.create_index(batch_op.f("ix_treatment_phrases_statement_id"), ["statement_id"], unique=False)
