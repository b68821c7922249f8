"""Sending the mails that wait. Each was written in the transaction of what it tells of, and leaves after it.

While the server is asked no transaction is open, so that a slow one keeps nobody waiting. A worker that is killed between
the sending and the noting leaves the mail to the next one, which sends it again under the same Message-ID.
"""

import logging
from dataclasses import dataclass

from ifr import mail
from ifr.db import db, lock, transaction
from ifr.mail import AWAY, BOUNCED, FAILED, LATER, NO_ADDRESS, REFUSED, TO_SEND, Mail
from ifr.telling import delivery

# How many are sent in a turn, so that no other job waits long for the mail server.
A_TURN = 100

log = logging.getLogger("ifr.jobs")


@dataclass(frozen=True)
class _Draft:
    """A mail as it is handed to the server."""

    to: str | None
    subject: str
    text: str
    message_id: str
    calendar: str | None


def send_mails() -> int:
    """Send what is due, and say how many mails the server took. Once it cannot be reached the rest of the turn waits."""
    with transaction(writes=False):
        waiting = mail.due(A_TURN)
    done, away = 0, False
    for mail_id in waiting:
        if away:
            _note(mail_id, mail.MailFailed("The server was away a moment ago."))
            continue
        outcome = _try(mail_id)
        _note(mail_id, outcome)
        done += outcome is True
        away = isinstance(outcome, mail.MailFailed) and outcome.why == AWAY
    return done


def _try(mail_id: int) -> bool | mail.MailFailed | None:
    """True for a mail that the server took, False where none is configured, None where no address is known any more."""
    try:
        draft = _draft(mail_id)
        if not draft.to:
            return None
        return mail.send(
            to=draft.to, subject=draft.subject, text=draft.text, message_id=draft.message_id, calendar=draft.calendar
        )
    except mail.MailFailed as fault:
        log.warning("mail %s: %s", mail_id, fault)
        return fault
    except Exception as fault:
        # One mail that fails must not keep the others from leaving.
        log.exception("mail %s could not be sent", mail_id)
        return mail.MailFailed(type(fault).__name__, LATER)


def _draft(mail_id: int) -> _Draft:
    """Addressed now. Reading whom a letter goes to may go on record."""
    with transaction():
        row = db.session.get_one(Mail, mail_id)
        return _Draft(delivery.address_for(row), row.subject, row.text, row.message_id, row.calendar)


def _note(mail_id: int, outcome: bool | mail.MailFailed | None) -> None:
    with transaction():
        row = lock(Mail, mail_id)
        # A report on it may have come in meanwhile.
        if row.state != TO_SEND:
            return
        if isinstance(outcome, mail.MailRefused):
            row.attempts += 1
            row.end(BOUNCED, REFUSED)
        elif isinstance(outcome, mail.MailFailed):
            row.put_off(outcome.why)
        elif outcome is None:
            row.end(FAILED, NO_ADDRESS)
        else:
            row.take(configured=outcome)
        if row.state in (BOUNCED, FAILED):
            delivery.not_arrived(row)
