"""The part of `make bench` that asks for requests like one, among a hundred thousand that were decided."""

import statistics
import time

from sqlalchemy import insert, text

from ifr import clock, create_app
from ifr.cases.models import Case
from ifr.cases.words import CaseWord
from ifr.db import db, transaction
from ifr.demo import accounts, bulk, stories, walk
from ifr.policies.wording import told_apart
from ifr.reports import similar
from tests.databases import Templates

DECIDED = 100_000
ROUNDS = 50


def measure(templates: Templates, kind: str) -> float:
    """The median in milliseconds."""
    app = create_app(templates.config(templates.copy(kind), templates.files))
    with app.app_context():
        bulk.add(DECIDED, still_open=0)
        _finish()
        with transaction():
            key = walk.received(stories.HYPERHIDROSIS).id
        times = []
        for _ in range(ROUNDS + 5):
            with transaction(writes=False):
                case, carol = db.session.get(Case, key), accounts.user("carol_office")
                assert case is not None
                start = time.perf_counter()
                similar.similar(case, carol)
                times.append((time.perf_counter() - start) * 1000)
        db.session.remove()
        db.engine.dispose()
    return statistics.median(times[5:])


def _finish() -> None:
    """The bulk cases as their office leaves them: the clinicians know, and their words are found."""
    with transaction():
        db.session.execute(text("UPDATE cases SET told_at = :now"), {"now": clock.now()})
        words = {named: sorted(told_apart(*named)) for named in bulk.TREATMENTS}
        rows = db.session.execute(text("SELECT id, commissioner_id, treatment, condition, specialty FROM cases")).all()
        for first in range(0, len(rows), 5000):
            db.session.execute(
                insert(CaseWord),
                [
                    {"case_id": id, "commissioner_id": owner, "word": word, "document_id": None}
                    for id, owner, *named in rows[first : first + 5000]
                    for word in words[tuple(named)]
                ],
            )
        db.session.connection().exec_driver_sql("ANALYZE")
