"""Ending workers by SIGKILL at any instant while rows are due, and counting afterwards what became of every row.

The workers are processes of their own on a real database and a real mail server; nothing in them knows that it will die.
`make test` ends a handful with some dozens of rows due, `make prove` hundreds with twenty thousand.
"""

import multiprocessing
import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask
from sqlalchemy import func, insert, select

from ifr import audit, clock, jobs, letters
from ifr.audit import AuditEvent
from ifr.db import db, transaction
from ifr.deadlines import Deadline, DeadlineStep
from ifr.demo import accounts, stories, walk
from ifr.documents import Document
from ifr.jobs import running
from ifr.letters import ISSUED, RELEASED, Letter
from ifr.mail import SENT, Mail
from ifr.telling import services as telling
from ifr.telling.models import Notice
from ifr.workflow import MoveRecord
from tests.databases import NOW

ASKED = datetime(2026, 8, 3, 9, tzinfo=UTC)
# Beyond so many escalations the manager reads them in the service: a mail for each would only make the run longer.
MOST_MAILED = 1000
LONGEST_LIFE = 0.45  # seconds that a worker lives at most
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Size:
    """How many requests nobody answered, how many more letters and deadlines are due, and how many workers are killed."""

    requests: int
    letters: int
    deadlines: int
    kills: int


@dataclass(frozen=True)
class Outcome:
    """What was found when no worker had anything to do any more."""

    kills: int
    cut_short: int
    letters: int
    steps: int
    warned: int
    mails: int
    repeated: int


# --- what is due ----------------------------------------------------------------------------------------------------------


def prepare(app: Flask, size: Size) -> None:
    """Requests whose questions nobody answered since August, letters that may leave, and deadlines that are late."""
    with app.app_context(), clock.at(ASKED):
        for number in range(size.requests):
            story = (stories.HYPERHIDROSIS, stories.FORAMINOPLASTY)[number % 2]
            with transaction():
                walk.asked(walk.in_check(walk.received(replace(story, group=()))), "Which treatment was tried last?")
        with transaction():
            _copy_letters(size.letters)
            _copy_deadlines(size.deadlines)
            if size.deadlines > MOST_MAILED:
                telling.prefer(accounts.user("maya_manages"), telling.Preferred(urgent_at_once=False))
        db.session.remove()
        db.engine.dispose()


def _copy_letters(number: int) -> None:
    first = db.session.scalars(select(Letter).where(Letter.name == "acknowledgement").order_by(Letter.id)).first()
    assert first is not None
    same = {c.key: getattr(first, c.key) for c in Letter.__mapper__.column_attrs if c.key not in ("id", "batch")}
    if number:
        db.session.execute(insert(Letter), [same | {"batch": 1_000_000 + one} for one in range(number)])


def _copy_deadlines(number: int) -> None:
    """Late by some weeks, so that for each a reminder and an escalation are due at once."""
    found = db.session.scalars(select(Deadline).where(Deadline.name == "decision").order_by(Deadline.id)).all()
    rows = []
    for place in range(number):
        one = found[place % len(found)]
        same = {c.key: getattr(one, c.key) for c in Deadline.__mapper__.column_attrs if c.key != "id"}
        # A copy that no pause holds: it stays late, and is not worked out anew with its request.
        due = {"due_on": date(2026, 10, 30), "due_at": clock.end_of(date(2026, 10, 30)), "look_at": ASKED, "stops_for": []}
        rows.append(same | due | {"started_on": date(2026, 9, 4), "name": "letter", "label": "Send the decision letter"})
    if rows:
        db.session.execute(insert(Deadline), rows)


# --- a real mail server, in a process of its own -----------------------------------------------------------------------------


class _Keeper:
    """Takes every mail and writes down its Message-ID."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        lines = envelope.content.decode().splitlines()
        named = next(line for line in lines if line.lower().startswith("message-id:"))
        with self.path.open("a") as file:
            file.write(named.split(":", 1)[1].strip() + "\n")
        return "250 taken"


def _serve(path: Path, port: int, ready: Path) -> None:
    Controller(_Keeper(path), hostname="127.0.0.1", port=port).start()
    ready.touch()
    signal.pause()


@contextmanager
def mail_server(folder: Path) -> Iterator[tuple[str, Path]]:
    """A mail server, by its address, and the file in which it writes down what it took."""
    taken, ready = folder / "taken", folder / "ready"
    taken.touch()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = _fork.Process(target=_serve, args=(taken, port, ready))
    server.start()
    try:
        _wait(ready.exists)
        yield f"smtp://127.0.0.1:{port}", taken
    finally:
        server.kill()
        server.join()


def _wait(until: Callable[[], bool]) -> None:
    for _ in range(400):
        if until():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about within twenty seconds")


# --- the killing ----------------------------------------------------------------------------------------------------------------


def _be_a_worker(app: Flask) -> None:
    os.setsid()
    with clock.at(NOW):
        worker = running.Worker(app, jobs.JOBS)
        while True:
            worker.turn()


def kill_and_count(app: Flask, size: Size, folder: Path, *, seed: int = 7) -> Outcome:
    """Let workers act and die, one after the other, then one to its end; and count."""
    chance = random.Random(seed)
    with mail_server(folder) as (address, taken):
        app.config["IFR"] = replace(app.config["IFR"], smtp_url=address)
        progress = [_progress(app)]
        for _ in range(size.kills):
            worker = _fork.Process(target=_be_a_worker, args=(app,))
            worker.start()
            time.sleep(chance.uniform(0.01, LONGEST_LIFE))
            worker.kill()
            worker.join()
            progress.append(_progress(app))
        _finish(app)
        cut_short = sum(before < after < _progress(app) for before, after in zip(progress, progress[1:], strict=False))
        return _count(app, size, Counter(taken.read_text().split()), cut_short)


def _progress(app: Flask) -> int:
    """How much is done: steps taken, letters issued and mails sent."""
    with app.app_context(), transaction(writes=False):
        done = [
            select(func.count()).select_from(DeadlineStep),
            select(func.count()).select_from(Letter).where(Letter.state == ISSUED),
            select(func.count()).select_from(Mail).where(Mail.state == SENT),
        ]
        found = sum(db.session.scalar(one) or 0 for one in done)
        db.session.remove()
        db.engine.dispose()
        return found


def _finish(app: Flask) -> None:
    """One more worker, which nobody kills, until it finds nothing to do."""
    with clock.at(NOW):
        turns = 0
        while any(jobs.tick(app).values()):
            turns += 1
            assert turns < 300, "the worker always finds something to do"


def _count(app: Flask, size: Size, taken: Counter[str], cut_short: int) -> Outcome:
    with app.app_context(), transaction(writes=False):
        issued = _letters_once(size)
        steps = _steps_once(size)
        warned = _warned_once(size)
        _chains_whole()
        sent = set(db.session.scalars(select(Mail.message_id).where(Mail.state == SENT)))
        assert len(sent) >= size.letters, "every letter to a clinician has its mail"
        assert {one.strip("<>") for one in taken} == {one.strip("<>") for one in sent}, "no mail is lost, and none is invented"
    repeated = sum(taken.values()) - len(taken)
    assert repeated <= size.kills, "a mail is repeated at most once for each worker that died"
    return Outcome(size.kills, cut_short, issued, steps, warned, len(sent), repeated)


def _letters_once(size: Size) -> int:
    states = Counter(db.session.scalars(select(Letter.state).where(Letter.released_at.is_not(None))))
    assert not states[RELEASED], "no letter that may leave was forgotten"
    rows = db.session.scalars(select(Letter).where(Letter.state == ISSUED)).all()
    assert len(rows) >= size.letters + size.requests
    assert all(row.document_id and row.issued_on for row in rows), "a letter that was issued has its document and its day"
    made = db.session.scalar(select(func.count()).select_from(Document).where(Document.kind == "letter"))
    assert made == len(rows) == len({row.document_id for row in rows}), "one document for each letter, and no other"
    return len(rows)


def _steps_once(size: Size) -> int:
    """Every late deadline had its reminder and its escalation told once to each person, and nothing is due any more."""
    late = db.session.scalar(select(func.count()).select_from(Deadline).where(Deadline.look_at <= NOW))
    assert not late, "no step that was due was forgotten"
    copies = set(db.session.scalars(select(Deadline.id).where(Deadline.started_on == date(2026, 9, 4))))
    assert len(copies) == size.deadlines
    told = Counter(int(key.split(":")[1]) for key in db.session.scalars(select(Notice.key)) if key.startswith("deadline:"))
    assert len({told[one] for one in copies}) <= 1, "as many people were told of one as of the other"
    assert all(told[one] >= 2 for one in copies), "whoever is reminded, and to whom it goes when it is late"
    escalated = db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "escalate"))
    steps = list(db.session.execute(select(DeadlineStep.deadline_id, DeadlineStep.step)))
    assert escalated == sum(row.step.startswith("escalate:") for row in steps), "each escalation is on record once"
    return len(steps)


def _warned_once(size: Size) -> int:
    """Nobody answered in time: each request was warned by one step with its letters, and none was closed by the clock."""
    moves = Counter(
        db.session.scalars(select(MoveRecord.stream).where(MoveRecord.trigger == "propose_closure", MoveRecord.by_id.is_(None)))
    )
    assert len(moves) == size.requests and set(moves.values()) <= {1}
    assert not db.session.scalar(select(func.count()).select_from(MoveRecord).where(MoveRecord.trigger == "confirm_closure"))
    for stream in moves:
        names = Counter(letter.name for letter in letters.of(stream))
        assert names["closure_warning"] == names["closure_warning_patient"] == 1
    return len(moves)


def _chains_whole() -> None:
    assert not list(audit.verify()), "the record of who did what is broken"
