"""The clock's part of `make bench`: what a tick costs with 10,000 open deadlines and with a hundred thousand."""

import statistics
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from flask import Flask
from sqlalchemy import insert, select

from ifr import clock, create_app, deadlines, letters, profiles
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.deadlines import BANK_HOLIDAY, Deadline, reminding
from ifr.demo import bulk
from ifr.timetable import reminders
from ifr.timetable.holidays import previewing
from tests.databases import Templates

SIZES = (10_000, 100_000)
DUE = 1_000
ROUNDS = 50
A_TURN, AN_ACT = 500, 100
AT_ONCE = 5_000
MEGABYTE = 1024 * 1024

Row = tuple[str, list[float], str]


def measure(templates: Templates, kind: str) -> list[Row]:
    """Rows of what was done, a figure for each size, and the unit of the figures."""
    offices = [_office(templates, kind, number) for number in SIZES]
    rows: list[Row] = []

    def each(name: str, unit: str, act: Callable[[], float], turns: int = 1) -> None:
        """The sizes take turns, so that a busy minute of the machine falls upon both."""
        found: list[list[float]] = [[] for _ in offices]
        for _ in range(turns):
            for app, spent in zip(offices, found, strict=True):
                with app.app_context():
                    spent.append(act())
        rows.append((name, [statistics.median(spent) for spent in found], unit))

    each("finding what is due, where nothing is", "ms", _finding)
    for app in offices:
        with app.app_context():
            _fall_due()
    each(f"finding a turn of {A_TURN} where {DUE:,} are due", "ms", _finding)
    each(f"acting on {DUE:,}, an item", "ms", _acting, turns=DUE // AN_ACT)
    each("working out the dates of a request, an item", "ms", _working_out)
    each("a preview of a bank holiday, a thousand deadlines", "ms", _previewing)
    each("memory at most in finding a turn", "MB", lambda: _peak(_find))
    each("memory at most in a preview, a thousand deadlines", "MB", lambda: _peak(_preview) * 1000 / _open())
    for app in offices:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return rows


# --- what is there ------------------------------------------------------------------------------------------------------


def _office(templates: Templates, kind: str, number: int) -> Flask:
    """So many open requests with a deadline each, none of which has to be looked at now."""
    _decision.cache_clear()
    app = create_app(templates.config(templates.copy(kind), templates.files))
    with app.app_context():
        bulk.add(number, still_open=number)
        with transaction(writes=False):
            cases = db.session.execute(select(Case.id, Case.commissioner_id, Case.profile_id).order_by(Case.id)).all()
        for start in range(0, number, AT_ONCE):
            with transaction():
                db.session.execute(insert(Deadline), [_row(*one, days=1 + one.id % 14) for one in cases[start : start + AT_ONCE]])
        with transaction():
            db.session.connection().exec_driver_sql("ANALYZE")
    return app


def _row(case_id: int, commissioner_id: int, profile_id: int, *, days: int) -> dict[str, object]:
    return {"stream": f"case:{case_id}", **_decision(commissioner_id, profile_id, days)}


@cache
def _decision(commissioner_id: int, profile_id: int, days: int) -> dict[str, object]:
    """A decision that was asked for so many days ago."""
    profile = profiles.by_id(profile_id)
    rule = profile.length("decision", urgent=False)
    started_at = clock.now() - timedelta(days=days)
    one = Deadline(
        organisation_id=commissioner_id, name="decision", label="Decide the request", whose="office", urgent=False,
        opened_by="submit", started_at=started_at, started_on=clock.day_of(started_at), length=rule.length,
        unit=rule.unit.value, source=rule.source, stops_for=["ask_information"],
    )  # fmt: skip
    found = deadlines.counted(one, [], [], as_of=clock.now())
    one.due_on, one.due_at = found.due_on, found.due_at
    due = [step.at for step in reminding.steps_of(one, profile.reminders["decision"])]
    one.look_at = next((at for at in due if at > clock.now()), due[0])
    left_out = ("id", "stream")
    return {column.key: getattr(one, column.key) for column in Deadline.__table__.columns if column.key not in left_out}


def _fall_due() -> None:
    """A thousand requests whose decision is late, and of which nobody has been told."""
    with transaction():
        query = select(Deadline).order_by(Deadline.id.desc()).limit(DUE)
        for one in db.session.scalars(query):
            case = letters.subject_of_stream(one.stream)
            for name, value in _row(case.id, case.commissioner_id, case.profile_id, days=150).items():
                setattr(one, name, value)


def _open() -> int:
    with transaction(writes=False):
        return len(db.session.execute(select(Deadline.id).where(Deadline.met_at.is_(None))).all())


# --- what is done -------------------------------------------------------------------------------------------------------


def _find() -> list[int]:
    with transaction(writes=False):
        return deadlines.due_for_a_look(A_TURN)


def _finding() -> float:
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        _find()
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent)


def _acting() -> float:
    """Each in a transaction of its own, as the worker does it."""
    start = time.perf_counter()
    found = _find()[:AN_ACT]
    for one in found:
        with transaction():
            reminders.act(one)
    assert len(found) == AN_ACT, len(found)
    return (time.perf_counter() - start) * 1000 / AN_ACT


def _working_out() -> float:
    with transaction(writes=False):
        streams = db.session.scalars(select(Deadline.stream).order_by(Deadline.id).limit(A_TURN)).all()
    start = time.perf_counter()
    for stream in streams:
        with transaction():
            deadlines.work_out(letters.subject_of_stream(stream))
    return (time.perf_counter() - start) * 1000 / len(streams)


def _preview() -> list[previewing.Moving]:
    """A day is added that lies before every last day but those of the late ones."""
    with transaction(writes=False):
        on = deadlines.next_working_day(clock.today(), 1, deadlines.days_off(None))
        return previewing.preview(previewing.Proposed(BANK_HOLIDAY, None, {on: "Day of mourning"}, frozenset()))


def _previewing() -> float:
    number = _open()
    start = time.perf_counter()
    found = _preview()
    spent = time.perf_counter() - start
    assert len(found) == number - DUE, (len(found), number)
    return spent * 1000 * 1000 / number


def _peak(act: Callable[[], object]) -> float:
    tracemalloc.start()
    act()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / MEGABYTE


def lines(kind: str, rows: list[Row]) -> list[str]:
    small, large = SIZES
    said = [
        "",
        f"## The clock, {kind}",
        "",
        f"{small:,} open requests with a deadline each and {large:,}; medians of {ROUNDS} rounds, else one run, in one process.",
        "Bounds: what a tick finds and does for an item costs at most 1.5 times what it costs at the smaller size, and so does a",
        "preview for each thousand deadlines, in time and in memory.",
        "",
        f"| what | {small:,} | {large:,} | ratio |",
        "|---|---|---|---|",
    ]
    for name, (less, more), unit in rows:
        said.append(f"| {name}, {unit} | {less:.2f} | {more:.2f} | {more / less:.2f} |")
    return said
