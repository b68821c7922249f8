"""The worklist's part of `make bench`: what a page of 25 costs at 10,000 cases and at a million."""

import statistics
import time

from flask import Flask

from ifr import create_app
from ifr.db import db, transaction
from ifr.demo import accounts, bulk
from ifr.reports import searching, worklist
from ifr.reports.worklist import Asked
from tests.databases import Templates

SIZES = (10_000, 1_000_000)
# An office has so many requests open at once, however long its history is.
STILL_OPEN = 2_000
ROUNDS = 100

QUESTIONS = {
    "worklist, its first page of 25": lambda user: worklist.worklist(user, Asked()),
    "worklist, closed ones too": lambda user: worklist.worklist(user, Asked(show="all")),
    "the counts above it": lambda user: worklist.figures(user, Asked()),
    "search by a reference": lambda user: searching.search(user, "IFR-2026-0042"),
    "search by two words": lambda user: searching.search(user, "scar zeppelin"),
}


def measure(templates: Templates, kind: str) -> list[tuple[str, list[float]]]:
    """Rows of what was asked and the medians in milliseconds, for each size. The sizes take turns."""
    offices = [_office(templates, kind, number) for number in SIZES]
    rows = []
    for name, ask in QUESTIONS.items():
        times: list[list[float]] = [[] for _ in offices]
        for _ in range(ROUNDS + 5):
            for app, spent in zip(offices, times, strict=True):
                with app.app_context(), transaction(writes=False):
                    carol = accounts.user("carol_office")
                    start = time.perf_counter()
                    ask(carol)
                    spent.append((time.perf_counter() - start) * 1000)
        rows.append((name, [statistics.median(spent[5:]) for spent in times]))
    for app in offices:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return rows


def _office(templates: Templates, kind: str, number: int) -> Flask:
    app = create_app(templates.config(templates.copy(kind), templates.files))
    with app.app_context():
        bulk.add(number, still_open=STILL_OPEN)
        with transaction():
            db.session.connection().exec_driver_sql("ANALYZE")
    return app


def lines(kind: str, rows: list[tuple[str, list[float]]]) -> list[str]:
    small, large = SIZES
    said = [
        "",
        f"## The worklist, {kind}",
        "",
        f"{small:,} cases and {large:,}, of which {STILL_OPEN:,} are open in either; medians of {ROUNDS} rounds in one process.",
        "Bound: a page at most 1.1 times what it takes at the smaller size.",
        "",
        f"| what | {small:,}, ms | {large:,}, ms | ratio |",
        "|---|---|---|---|",
    ]
    for name, spent in rows:
        said.append(f"| {name} | {spent[0]:.1f} | {spent[1]:.1f} | {spent[1] / spent[0]:.2f} |")
    return said
