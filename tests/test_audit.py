"""The audit is attacked on both databases and stands."""

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ifr import audit
from ifr.db import db


def three_acts(stream: str) -> None:
    for action in ("first", "second", "third"):
        audit.record(stream, action, by="user:1", case=7)


def test_acts_are_numbered_and_chained(app: Flask) -> None:
    with app.app_context():
        three_acts("case:901")
        rows = audit.events("case:901")
        assert [row.number for row in rows] == [1, 2, 3]
        assert rows[1].previous == rows[0].digest and rows[2].previous == rows[1].digest
        assert list(audit.verify("case:901")) == []


def test_an_act_without_somebody_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(audit.AnonymousActError):
        audit.record("case:901", "first", by="")


@pytest.mark.parametrize("sentence", ["Mrs Jones of Ely", "she said no", "a" * 81])
def test_free_text_is_kept_out(app: Flask, sentence: str) -> None:
    with app.app_context(), pytest.raises(audit.NotACodeError):
        audit.record("case:901", "first", by="user:1", said=sentence)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_events SET action = 'other' WHERE stream = 'case:902'",
        "DELETE FROM audit_events WHERE stream = 'case:902'",
        "INSERT OR REPLACE INTO audit_events (id, stream, number, at, actor, action, facts, previous, digest) "
        "SELECT id, stream, number, at, 'user:2', action, facts, previous, digest FROM audit_events "
        "WHERE stream = 'case:902'",
        "TRUNCATE audit_events",
    ],
)
def test_no_statement_changes_a_row(app: Flask, attack: str) -> None:
    with app.app_context():
        three_acts("case:902")
        dialect = db.engine.dialect.name
        if dialect == "postgresql" and "REPLACE" in attack or dialect == "sqlite" and "TRUNCATE" in attack:
            attack = "UPDATE audit_events SET facts = '{}' WHERE stream = 'case:902'"
        with pytest.raises(DBAPIError), db.session.begin_nested():
            db.session.execute(text(attack))
        assert len(audit.events("case:902")) == 3
        assert list(audit.verify("case:902")) == []


def test_a_change_behind_the_triggers_is_found(fresh_app) -> None:  # type: ignore[no-untyped-def]
    app = fresh_app("sqlite")
    with app.app_context():
        three_acts("case:903")
        db.session.execute(text("DROP TRIGGER audit_events_no_update"))
        db.session.execute(text("UPDATE audit_events SET action = 'other' WHERE stream = 'case:903' AND number = 2"))
        db.session.flush()
        db.session.expire_all()
        assert [(b.number, b.what) for b in audit.verify("case:903")] == [(2, "was changed after it was written")]
        db.session.rollback()


@given(st.text(min_size=1, max_size=100))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_holds_a_space_is_no_code(words: str) -> None:
    if " " in words or len(words) > 80:
        with pytest.raises(audit.NotACodeError):
            audit._as_code("said", words)
