"""What the clock does: it issues the letters that were released, and mails that a letter is there.

Each item is a transaction of its own, so that a worker which is killed leaves nothing half done: what was not committed
is found again by the next one. Several machines may run a worker; one of them acts.
"""

import fcntl
import hashlib
import logging
import threading
from datetime import date
from pathlib import Path
from typing import IO, Any

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from markupsafe import Markup
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ifr import clock, documents, letters, mail, pdf, workflow
from ifr.cases import services as cases
from ifr.cases.evidence import reading as evidence
from ifr.db import db, lock, new_engine, transaction
from ifr.letters import AWAITING, ISSUED, Letter
from ifr.people import services as people
from ifr.policies.editing import importing

EVERY_SECONDS = 5
# Letters do not wait longer than a turn behind documents that are read.
DOCUMENTS_A_TURN = 10
LEADERS_LOCK = 4_177_031  # the number by which PostgreSQL knows who leads

TO_SEND, SENT, NOT_CONFIGURED, FAILED = "to_send", "sent", "not_configured", "failed"

log = logging.getLogger("ifr.jobs")


class CannotBeMade(Exception):
    """A letter that cannot be made as it stands. The message is for whoever released it."""


# --- issuing ------------------------------------------------------------------------------------------------------------


def issue_letters() -> int:
    """Issue every batch whose hold is over, and say how many letters that was."""
    with transaction(writes=False):
        batches = letters.ready_batches()
    return sum(_issue(batch) for batch in batches)


def _issue(batch: int) -> int:
    """The letters of one move: rendered, stored, marked and followed by the move that they name, or held up together."""
    try:
        with transaction():
            rows = letters.claim(batch)
            for row in rows:
                _make(row)
            for row in rows:
                _follow(row)
            return len(rows)
    except workflow.Refused as refusal:
        _hold_up(batch, " ".join(reason.text for reason in refusal.reasons))
    except CannotBeMade as fault:
        _hold_up(batch, str(fault))
    except pdf.PdfUnavailable:
        _hold_up(batch, "This machine cannot print letters: tell those who run the service.")
    except Exception:
        # One letter that fails must not keep the others from leaving. The log has the trace, which holds no identity.
        log.exception("batch %s could not be issued", batch)
        _hold_up(batch, "The letter could not be made: tell those who run the service.")
    return 0


def _hold_up(batch: int, because: str) -> None:
    """Back to the person who lets letters go, with the reason; nothing of the attempt is left."""
    with transaction():
        for row in letters.claim(batch):
            row.state, row.held_up_because = AWAITING, because
            row.released_at = row.released_by_id = None


def _make(row: Letter) -> None:
    subject = letters.subject_of_stream(row.stream)
    profile = subject.case.profile
    recipient = _recipient(subject, row)
    issued_on = clock.today()
    row.document_id, row.state = _printed(row, recipient, profile, issued_on), ISSUED
    for copy in cases.copies_to(subject, row):
        _printed(row, copy, profile, issued_on, kind="letter_copy")
    row.issued_at, row.issued_on = clock.now(), issued_on
    row.held_up_because = None
    row.mail = TO_SEND if recipient.email else row.mail
    db.session.flush()


def _printed(row: Letter, recipient: letters.Recipient, profile: Any, issued_on: date, *, kind: str = "letter") -> int:
    """Print a letter for one recipient and keep it; the id of the document."""
    html = letters.as_html(
        row, recipient=recipient, profile=profile, issued_on=issued_on, dates=letters.dates_from(row, issued_on)
    )
    _refuse_unprintable(html)
    title = letters.title_in(html)
    digest = hashlib.sha256(html.encode()).hexdigest()
    made = pdf.render(html, title=title, identifier=f"{kind}-{row.id}-{digest}")
    named = f"Copy: {title}" if recipient.copy_of else title
    return documents.put(made, stream=row.stream, kind=kind, title=named, by_id=None).id


def _recipient(subject: Any, row: Letter) -> letters.Recipient:
    try:
        return cases.addressee(subject, row)
    except cases.HeldBackError as fault:
        raise CannotBeMade(str(fault)) from fault
    except LookupError as fault:
        raise CannotBeMade(f"Nobody is on record to whom this letter could go: {fault}.") from fault


def _refuse_unprintable(html: str) -> None:
    missing = pdf.missing_characters(Markup(html).striptags())
    if missing:
        named = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing[:5])
        raise CannotBeMade(f"The letter has characters that it cannot show: {named}. Write them in another way.")


def _follow(row: Letter) -> None:
    """What the issue of a letter makes true: the clinician knows, and the case makes the move that the letter names."""
    subject = letters.subject_of_stream(row.stream)
    if subject is subject.case and row.to == "clinician" and _says_how_it_ended(subject, row):
        cases.mark_told(subject)
    if row.then:
        assert row.released_by_id is not None  # a letter that ends something is let go by a person
        workflow.move(subject, row.then, by=people.person(row.released_by_id), seen=None)


def _says_how_it_ended(case: Any, row: Letter) -> bool:
    """What is sent at once is about the way; what a person lets go says where it ended."""
    return workflow.definition_of(case).letters[row.name].release == "by_person"


# --- mail ---------------------------------------------------------------------------------------------------------------


def send_mails() -> int:
    """Tell those whose letter was issued that it is there. The mail names the reference and nothing else."""
    with transaction(writes=False):
        waiting = list(db.session.scalars(select(Letter.id).where(Letter.state == ISSUED, Letter.mail == TO_SEND)))
    return sum(_send(letter_id) for letter_id in waiting)


def _send(letter_id: int) -> bool:
    """One mail. Killed between sending and noting it, the next worker sends it again under the same Message-ID."""
    with transaction():
        row = lock(Letter, letter_id)
        try:
            row.mail = SENT if _mail(row) else NOT_CONFIGURED
        except (mail.MailFailed, LookupError) as fault:
            log.warning("mail for letter %s: %s", letter_id, fault)
            row.mail = FAILED
        return row.mail == SENT


def _mail(row: Letter) -> bool:
    subject = letters.subject_of_stream(row.stream)
    return mail.send(
        to=cases.addressee(subject, row).email or "",
        subject=letters.subject_of(row),
        text=letters.email_of(row, profile=subject.case.profile, address=current_app.config["IFR"].public_address),
        message_id=f"letter-{row.id}@ifr",
    )


# --- the worker ---------------------------------------------------------------------------------------------------------


def tick(app: Flask) -> int:
    """Do what is due now, and say how many letters were issued."""
    with app.app_context():
        issued = issue_letters()
    with app.app_context():
        send_mails()
    with app.app_context():
        evidence.work_through(DOCUMENTS_A_TURN)
    with app.app_context():
        importing.read_waiting(limit=DOCUMENTS_A_TURN)
    return issued


class Leadership:
    """Which of several workers acts: the one that holds a lock which dies with its process or its connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file: IO[str] | None = None
        self._connection: Connection | None = None

    def is_mine(self) -> bool:
        return self._hold_connection() if self.url.startswith("postgresql") else self._hold_file()

    def _hold_file(self) -> bool:
        if self._file is None:
            path = Path(make_url(self.url).database or "ifr.db")
            file = open(path.with_name(f"{path.name}.leader"), "w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        return True

    def _hold_connection(self) -> bool:
        try:
            if self._connection is None:
                self._connection = new_engine(self.url).connect().execution_options(isolation_level="AUTOCOMMIT")
            # The lock may be taken again by who has it, so asking again also finds a connection that was lost.
            query = text("SELECT pg_try_advisory_lock(:key)")
            return bool(self._connection.execute(query, {"key": LEADERS_LOCK}).scalar())
        except SQLAlchemyError:
            log.warning("the leader's connection was lost")
            self._connection = None
            return False

    def give_up(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._connection is not None:
            # Given back in words: a server may take a while to see that a connection has been closed.
            self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LEADERS_LOCK})
            self._connection.close()
            self._connection.engine.dispose()


def run(app: Flask, stop: threading.Event) -> None:
    """Be a worker until `stop` is set. A turn that has begun is finished."""
    leadership = Leadership(app.config["IFR"].database_url)
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(_turn, "interval", seconds=EVERY_SECONDS, args=[app, leadership], max_instances=1, coalesce=True)
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=True)
    leadership.give_up()


def _turn(app: Flask, leadership: Leadership) -> None:
    try:
        if leadership.is_mine():
            tick(app)
    except Exception:
        log.exception("a turn of the worker failed")
