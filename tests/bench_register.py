"""The register's part of `make bench`: what `resolve` and a search cost at 10,000 versions and at 100,000."""

import statistics
import time
from collections.abc import Callable
from datetime import date

from flask import Flask

from ifr import create_app
from ifr.db import db, transaction
from ifr.policies import services
from tests import register_bulk
from tests.databases import Templates, statements_sent
from tests.register_bulk import Known

ON = date(2026, 11, 21)
ROUNDS = 200
# So many bodies with 2,500 versions each.
SIZES = {10_000: 4, 100_000: 40}

Question = Callable[[Known], object]
Register = tuple[Flask, list[Known]]
QUESTIONS: dict[str, Question] = {
    "`resolve`, a code and words": lambda one: services.resolve(one.body, None, [one.code], one.words, ["M54.5"], ON),
    "`resolve`, words only": lambda one: services.resolve(one.body, None, [], one.words, [], ON),
    "`resolve`, nothing found": lambda one: services.resolve(one.body, None, [], "hydrotherapy pool", [], ON),
    "search by a word": lambda one: services.find(words="laser").rows,
    "search by two words, one commissioner": lambda one: services.find(one.body, words="laser repair").rows,
    "search by a code": lambda one: services.find(code=one.code).rows,
    "search by a category": lambda one: services.find(category=one.category).rows,
    "search by position and status": lambda one: services.find(position="criteria_based", status="in_force", on=ON).rows,
}


def measure(templates: Templates, kind: str) -> list[tuple[str, list[float], list[int]]]:
    """Rows of what was asked, the medians in milliseconds and the numbers of queries, for each size."""
    registers = [_register(templates, kind, bodies) for bodies in SIZES.values()]
    rows = [(name, *_ask(ask, registers)) for name, ask in QUESTIONS.items()]
    for app, _ in registers:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return rows


def _register(templates: Templates, kind: str, bodies: int) -> Register:
    """A database with so many bodies, and what may be asked of some: the same at each size, so that the ratio says what
    the size alone costs."""
    app = create_app(templates.config(templates.copy(kind), templates.files))
    with app.app_context(), transaction():
        return app, register_bulk.add(bodies)[: min(SIZES.values())]


def _ask(ask: Question, registers: list[Register]) -> tuple[list[float], list[int]]:
    """The median of so many questions to each register, each in a session of its own as in a request. The registers take
    turns, so that whatever else the machine does falls on both."""
    times: list[list[float]] = [[] for _ in registers]
    for turn in range(ROUNDS + 5):
        for (app, known), spent in zip(registers, times, strict=True):
            with app.app_context(), transaction(writes=False):
                start = time.perf_counter()
                ask(known[turn % len(known)])
                spent.append((time.perf_counter() - start) * 1000)
    queries = []
    for app, known in registers:
        with app.app_context(), transaction(writes=False), statements_sent() as sent:
            ask(known[0])
        queries.append(len(sent))
    return [statistics.median(spent[5:]) for spent in times], queries


def lines(kind: str, rows: list[tuple[str, list[float], list[int]]]) -> list[str]:
    small, large = SIZES
    said = [
        "",
        f"## The register, {kind}",
        "",
        f"Versions in force and superseded with ten codes each, on record for {SIZES[small]} commissioners and for "
        f"{SIZES[large]}; medians of {ROUNDS} questions in one process. Bounds at {large:,}: `resolve` under 5 ms, a search",
        f"under 50 ms, each at most 1.25 times what it takes at {small:,}. Measured again by `make bench`.",
        "",
        f"| what | {small:,}, ms | {large:,}, ms | ratio | queries |",
        "|---|---|---|---|---|",
    ]
    for name, spent, sent in rows:
        queries = str(sent[0]) if sent[0] == sent[1] else f"{sent[0]}, {sent[1]}"
        said.append(f"| {name} | {spent[0]:.1f} | {spent[1]:.1f} | {spent[1] / spent[0]:.2f} | {queries} |")
    return said
