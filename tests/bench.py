"""`make bench`: what the service costs, as ratios from one run, written into docs/performance.md.

Each figure stands beside a floor measured in the same minute: the same rows read by raw SQL, and an empty page of Flask.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from ifr import create_app
from ifr.config import HOUSE
from ifr.db import db, transaction
from ifr.demo import accounts, bulk, stories, walk
from ifr.people import services as people
from tests import bench_deadlines, bench_letters, bench_likeness, bench_pack, bench_register, bench_worklist
from tests.databases import KINDS, Templates, build

ROUNDS = 60


def median_ms(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of so many rounds, in milliseconds, after three that are not counted."""
    for _ in range(3):
        act()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def signed_in(app: Flask, key: str) -> FlaskClient:
    client = app.test_client()
    with app.app_context(), transaction():
        token = people.start_sign_in(accounts.user(key))
    with client.session_transaction() as session:
        session["token"] = token
    return client


def measure(templates: Templates, kind: str) -> list[tuple[str, float, float]]:
    """Rows of name, milliseconds, ratio to raw SQL plus an empty page."""
    app = create_app(templates.config(templates.copy(kind), templates.files))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        bulk.add(1000)
    empty = Flask("empty")
    empty.add_url_rule("/", view_func=lambda: "")
    nothing = median_ms(lambda: empty.test_client().get("/"))
    carol = signed_in(app, "carol_office")
    with app.app_context(), transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        key, case_id = case.key, case.id
        raw_case = median_ms(lambda: db.session.execute(text("SELECT * FROM cases WHERE id = :i"), {"i": case_id}).all())
        raw_list = median_ms(
            lambda: db.session.execute(text("SELECT * FROM cases ORDER BY urgent DESC, due_on, id LIMIT 25")).all()
        )
    rows = [
        ("case page", median_ms(lambda: carol.get(f"/cases/{key}")), nothing + raw_case),
        ("worklist page of 25", median_ms(lambda: carol.get("/worklist")), nothing + raw_list),
    ]
    rows.append(("a move as a request", _move_ms(app, carol, case_id), nothing + _raw_move_ms(app, case_id)))
    with app.app_context():
        db.engine.dispose()
    return [(name, spent, spent / floor) for name, spent, floor in rows]


def _move_ms(app: Flask, client: FlaskClient, case_id: int) -> float:
    """The check of a fresh request begun, once for each of twenty requests."""
    times = []
    for _ in range(20):
        with app.app_context(), transaction():
            case = walk.allocated(walk.received(stories.HYPERHIDROSIS))
            key, seen = case.key, case.version
        start = time.perf_counter()
        answer = client.post(f"/cases/{key}/moves/begin_check", data={"seen": seen})
        times.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == 302, answer.status_code
    return statistics.median(times)


def _raw_move_ms(app: Flask, case_id: int) -> float:
    """The least that a move must do: read the case, read the last audit row, update one and insert the other, commit."""

    def act() -> None:
        with transaction():
            db.session.execute(text("SELECT * FROM cases WHERE id = :i"), {"i": case_id}).all()
            db.session.execute(text("SELECT digest FROM audit_events WHERE stream = 'bench' ORDER BY number DESC LIMIT 1"))
            db.session.execute(text("UPDATE cases SET version = version + 1 WHERE id = :i"), {"i": case_id})
            number = db.session.scalar(text("SELECT count(*) FROM audit_events WHERE stream = 'bench'"))
            db.session.execute(
                text(
                    "INSERT INTO audit_events (stream, number, at, actor, action, facts, previous, digest) "
                    "VALUES ('bench', :n, '2026-11-21', 'command:bench', 'bench', '{}', '', '')"
                ),
                {"n": (number or 0) + 1},
            )

    with app.app_context():
        return median_ms(act)


def start_up_ms() -> float:
    return median_ms(lambda: subprocess.run([sys.executable, "-m", "ifr.commands", "--help"], capture_output=True), rounds=10)


def main() -> None:
    templates = build()
    lines = [
        "# Performance",
        "",
        "Written by `make bench`. Milliseconds are medians on the machine that ran it; the ratio is to raw SQL for the same",
        "rows plus an empty page of Flask, measured in the same run. 1,000 bulk cases.",
        "",
        "| what | SQLite, ms | ratio | PostgreSQL, ms | ratio |",
        "|---|---|---|---|---|",
    ]
    measured = [measure(templates, kind) for kind in KINDS]
    for (name, lite, lite_ratio), (_, full, full_ratio) in zip(*measured, strict=True):
        lines.append(f"| {name} | {lite:.1f} | {lite_ratio:.1f} | {full:.1f} | {full_ratio:.1f} |")
    lines += ["", "| what | figure |", "|---|---|"]
    lines.append(f"| `ifr --help`, ms | {start_up_ms():.0f} |")
    for kind in KINDS:
        spent = bench_likeness.measure(templates, kind)
        lines.append(f"| requests like one, among {bench_likeness.DECIDED:,} decided, {kind}, ms (bound 100) | {spent:.1f} |")
    lines += bench_pack.lines(bench_pack.measure())
    for kind in KINDS:
        lines += bench_register.lines(kind, bench_register.measure(templates, kind))
        lines += bench_worklist.lines(kind, bench_worklist.measure(templates, kind))
        lines += bench_deadlines.lines(kind, bench_deadlines.measure(templates, kind))
    lines += bench_letters.lines()
    Path(HOUSE / "docs" / "performance.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
