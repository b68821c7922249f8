"""Mails that a letter is there. They leave after the letter is issued and name the reference and nothing else."""

import logging

from flask import current_app
from sqlalchemy import select

from ifr import letters, mail
from ifr.cases import services as cases
from ifr.db import db, lock, transaction
from ifr.jobs.issuing import TO_SEND
from ifr.letters import ISSUED, Letter

SENT, NOT_CONFIGURED, FAILED = "sent", "not_configured", "failed"

log = logging.getLogger("ifr.jobs")



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
