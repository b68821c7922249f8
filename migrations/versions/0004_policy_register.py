"""policy register"""

import re

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commissioner_areas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plain_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_commissioner_areas_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commissioner_areas")),
        sa.UniqueConstraint("owner_id", "plain_name", name=op.f("uq_commissioner_areas_owner_id_plain_name")),
    )
    with op.batch_alter_table("commissioner_areas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commissioner_areas_plain_name"), ["plain_name"], unique=False)

    op.create_table(
        "guidance_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guidance_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["guidance_id"], ["guidance.id"], name=op.f("fk_guidance_changes_guidance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guidance_changes")),
    )
    with op.batch_alter_table("guidance_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guidance_changes_guidance_id"), ["guidance_id"], unique=False)

    op.create_table(
        "policy_flags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("fk_policy_flags_answered_by_id")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["users.id"], name=op.f("fk_policy_flags_raised_by_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_flags_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_flags")),
        sa.UniqueConstraint("once", name=op.f("uq_policy_flags_once")),
    )
    with op.batch_alter_table("policy_flags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_flags_version_id"), ["version_id"], unique=False)

    op.create_table(
        "policy_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("handed_in_by_id", sa.Integer(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["handed_in_by_id"], ["users.id"], name=op.f("fk_policy_imports_handed_in_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_policy_imports_owner_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_imports_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_imports")),
        sa.UniqueConstraint("once", name=op.f("uq_policy_imports_once")),
    )
    with op.batch_alter_table("policy_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_imports_batch"), ["batch"], unique=False)
        batch_op.create_index("ix_policy_imports_state", ["state", "id"], unique=False)

    op.create_table(
        "policy_readings",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_readings_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_policy_readings")),
    )
    op.create_table(
        "policy_successions",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["predecessor_id"], ["policy_versions.id"], name=op.f("fk_policy_successions_predecessor_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_successions_version_id")),
        sa.PrimaryKeyConstraint("version_id", "predecessor_id", name=op.f("pk_policy_successions")),
    )
    with op.batch_alter_table("policy_successions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_successions_predecessor_id"), ["predecessor_id"], unique=False)

    op.create_table(
        "policy_words",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_policy_words_owner_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_words_version_id")),
        sa.PrimaryKeyConstraint("version_id", "word", name=op.f("pk_policy_words")),
    )
    with op.batch_alter_table("policy_words", schema=None) as batch_op:
        batch_op.create_index("ix_policy_words_owner_id_word", ["owner_id", "word"], unique=False)
        batch_op.create_index("ix_policy_words_word", ["word", "version_id"], unique=False)

    op.create_table(
        "policy_versions_clauses",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("clause_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clause_id"], ["commissioner_clauses.id"], name=op.f("fk_policy_versions_clauses_clause_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_versions.id"], name=op.f("fk_policy_versions_clauses_version_id")),
        sa.PrimaryKeyConstraint("version_id", "clause_id", name=op.f("pk_policy_versions_clauses")),
    )
    op.create_table(
        "version_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("linked_version_id", sa.Integer(), nullable=False),
        sa.Column("newer_version_id", sa.Integer(), nullable=False),
        sa.Column("chosen_version_id", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("told_words", sa.String(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_version_choices_case_id")),
        sa.ForeignKeyConstraint(["chosen_version_id"], ["policy_versions.id"], name=op.f("fk_version_choices_chosen_version_id")),
        sa.ForeignKeyConstraint(["linked_version_id"], ["policy_versions.id"], name=op.f("fk_version_choices_linked_version_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_version_choices_made_by_id")),
        sa.ForeignKeyConstraint(["newer_version_id"], ["policy_versions.id"], name=op.f("fk_version_choices_newer_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_choices")),
        sa.UniqueConstraint("once", name=op.f("uq_version_choices_once")),
    )
    with op.batch_alter_table("version_choices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_version_choices_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("checks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("also", sa.JSON(), nullable=True))

    with op.batch_alter_table("guidance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("funding_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("funding_varied", sa.String(), nullable=True))

    with op.batch_alter_table("guidance_codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("release", sa.String(), nullable=True))

    with op.batch_alter_table("policies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slug", sa.String(), nullable=True))

    with op.batch_alter_table("policy_areas", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ratified_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("effective_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("effective_to", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("mechanism", sa.String(), nullable=True))

    with op.batch_alter_table("policy_codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("release", sa.String(), nullable=True))
        batch_op.create_index("ix_policy_codes_owner_id_normalised", ["owner_id", "system", "normalised"], unique=False)
        for name, columns in _RANGES.items():
            batch_op.create_index(
                name,
                columns,
                unique=False,
                sqlite_where=sa.text("through IS NOT NULL"),
                postgresql_where=sa.text("through IS NOT NULL"),
            )
        batch_op.create_foreign_key(batch_op.f("fk_policy_codes_owner_id"), "organisations", ["owner_id"], ["id"])

    with op.batch_alter_table("policy_statements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mechanism", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("youngest", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("oldest", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("age_words", sa.String(), nullable=True))

    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("issued_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("slug", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("inexact", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("transition", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("impacts", sa.JSON(), nullable=True))
        batch_op.create_index("ix_policy_versions_state", ["state", "id"], unique=False)
        batch_op.create_index("ix_policy_versions_position", ["position", "id"], unique=False)

    with op.batch_alter_table("treatment_phrases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.create_index("ix_treatment_phrases_owner_id_main_word", ["owner_id", "main_word"], unique=False)
        batch_op.create_index("ix_treatment_phrases_plain", ["plain"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_treatment_phrases_owner_id"), "organisations", ["owner_id"], ["id"])

    _fill()
    for table, column, kind in _FILLED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=kind, nullable=False)
    with op.batch_alter_table("policies", schema=None) as batch_op:
        batch_op.create_unique_constraint(batch_op.f("uq_policies_owner_id_slug"), ["owner_id", "slug"])
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.create_unique_constraint(batch_op.f("uq_policy_versions_policy_id_slug"), ["policy_id", "slug"])


_RANGES = {
    "ix_policy_codes_ranges": ["system", "normalised", "through"],
    "ix_policy_codes_owner_id_ranges": ["owner_id", "system", "normalised", "through"],
}
_FILLED = (
    ("checks", "also", sa.JSON()),
    ("policies", "slug", sa.String()),
    ("policy_codes", "owner_id", sa.Integer()),
    ("policy_versions", "slug", sa.String()),
    ("policy_versions", "inexact", sa.JSON()),
    ("policy_versions", "impacts", sa.JSON()),
)


def _fill() -> None:
    """Give what is on record already its addresses, its owner beside each code, its areas and its words."""
    run = op.get_bind()
    run.execute(sa.text("UPDATE checks SET also = '[]'"))
    run.execute(sa.text("UPDATE policy_versions SET inexact = '{}', impacts = '[]'"))
    run.execute(sa.text("UPDATE policies SET slug = 'policy-' || CAST(id AS VARCHAR)"))
    run.execute(sa.text("UPDATE policy_versions SET slug = 'version-' || CAST(id AS VARCHAR)"))
    owner = (
        "(SELECT v.owner_id FROM policy_versions v JOIN policy_statements s ON s.version_id = v.id"
        " WHERE s.id = {table}.statement_id)"
    )
    for table in ("policy_codes", "treatment_phrases"):
        run.execute(sa.text(f"UPDATE {table} SET owner_id = {owner.format(table=table)} WHERE statement_id IS NOT NULL"))
    run.execute(
        sa.text(
            "INSERT INTO commissioner_areas (owner_id, name, plain_name)"
            " SELECT v.owner_id, min(a.name), a.plain_name FROM policy_areas a JOIN policy_versions v ON v.id = a.version_id"
            " WHERE v.state IN ('published', 'withdrawn') GROUP BY v.owner_id, a.plain_name"
        )
    )
    run.execute(
        sa.text("INSERT INTO policy_versions_clauses (version_id, clause_id) SELECT version_id, id FROM commissioner_clauses")
    )
    said = run.execute(
        sa.text(
            "SELECT v.id, v.owner_id, p.title || ' ' || coalesce(p.reference, '') || ' ' || coalesce(v.category, '') FROM policy_versions v"
            " JOIN policies p ON p.id = v.policy_id UNION ALL"
            " SELECT v.id, v.owner_id, t.plain FROM treatment_phrases t JOIN policy_statements s ON s.id = t.statement_id"
            " JOIN policy_versions v ON v.id = s.version_id"
        )
    ).all()
    words = {(version, word[:60], body) for version, body, text in said for word in re.findall(r"[a-z0-9]+", text.casefold())}
    for version, word, body in sorted(words):
        run.execute(
            sa.text("INSERT INTO policy_words (version_id, word, owner_id) VALUES (:version, :word, :owner)"),
            {"version": version, "word": word, "owner": body},
        )
