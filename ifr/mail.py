"""Mail out of the house: the rows of what leaves, and the server that takes it. The only importer of smtplib.

No mail holds anything about a patient. A row is written in the transaction of what it tells of, and the worker sends it
afterwards under a Message-ID that never changes.
"""

import smtplib
import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import uuid4

from flask import current_app
from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.config import Config
from ifr.db import Model, db
from ifr.pages import moment

# smtp as the server speaks, smtps encrypted from the first byte, starttls encrypted or not at all.
PORTS = {"smtp": 25, "smtps": 465, "starttls": 587}
SECONDS_TO_WAIT = 20

LETTER, DIGEST, URGENT = "letter", "digest", "urgent"
TO_SEND, SENT, FAILED, NOT_CONFIGURED, BOUNCED, DELIVERED = (
    "to_send", "sent", "failed", "not_configured", "bounced", "delivered",
)  # fmt: skip
# Why a mail has not arrived, in words.
AWAY, LATER, REFUSED, RETURNED, NO_ADDRESS = "away", "later", "refused", "returned", "no_address"
WHY = {
    AWAY: "the mail server could not be reached",
    LATER: "the mail server did not take it",
    REFUSED: "the mail server refused the address",
    RETURNED: "it came back from the mail server of the recipient",
    NO_ADDRESS: "no email address is on record any more",
}
# The first wait before a mail is tried again; each later one is twice as long, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
GIVEN_UP_AFTER = timedelta(days=1)
_DUE = text("state = 'to_send'")


class MailFailed(Exception):
    """The server did not take a mail; it may be sent again with the same Message-ID. `why` is a key of WHY."""

    def __init__(self, said: str, why: str = AWAY) -> None:
        super().__init__(said)
        self.why = why


class MailRefused(MailFailed):
    """The server will never take a mail to this address."""


class Mail(Model):
    """One mail. It is addressed when it is sent: to the account of a person, or to whoever a letter goes to by then."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_due", "next_try_at", "id", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_mails_state", "state", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), unique=True)
    subject: Mapped[str]
    text: Mapped[str]
    # An entry for a calendar that goes with it (RFC 5545).
    calendar: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=TO_SEND)
    why: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    # When it was delivered, came back or was given up.
    ended_at: Mapped[datetime | None]

    @property
    def words(self) -> str:
        """How it stands, for the pages of a request."""
        because = WHY.get(self.why or "", "")
        again = f"email not sent yet: {because}; tried again after {moment(self.next_try_at)}"
        return {
            TO_SEND: again if self.why else "email waiting to be sent",
            SENT: f"email sent {moment(self.sent_at)}",
            DELIVERED: f"email delivered {moment(self.ended_at)}",
            BOUNCED: f"email not delivered: {because}",
            FAILED: f"email not delivered: {because}",
            NOT_CONFIGURED: "email is not set up",
        }[self.state]

    def take(self, *, configured: bool) -> None:
        """The server took it; or there is none, and nothing was sent."""
        self.attempts += 1
        self.state, self.why = (SENT if configured else NOT_CONFIGURED), None
        self.sent_at = clock.now() if configured else None

    def put_off(self, why: str) -> None:
        """It is tried again after a wait that grows, and given up after a day."""
        self.attempts += 1
        self.why = why
        if clock.now() - self.queued_at >= GIVEN_UP_AFTER:
            self.state, self.ended_at = FAILED, clock.now()
        else:
            self.next_try_at = clock.now() + min(FIRST_WAIT * 2 ** min(self.attempts - 1, 12), LONGEST_WAIT)

    def end(self, state: str, why: str | None = None) -> None:
        """It is delivered, came back, or will never leave."""
        self.state, self.why, self.ended_at = state, why, clock.now()


# --- the rows ---------------------------------------------------------------------------------------------------------------


def queue(
    *, kind: str, subject: str, text: str, user_id: int | None = None, letter_id: int | None = None, calendar: str | None = None
) -> Mail:
    """Let a mail wait for the worker, in the transaction that is open. It is for one person, or goes with one letter."""
    now = clock.now()
    row = Mail(
        message_id=f"{kind}-{uuid4().hex}@{_our_name()}", kind=kind, subject=subject, text=text, user_id=user_id,
        letter_id=letter_id, calendar=calendar, queued_at=now, next_try_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def _our_name() -> str:
    _, address = parseaddr(_settings().mail_from)
    return address.rpartition("@")[2] or "localhost"


def due(limit: int) -> list[int]:
    """The mails that are to be tried now, the oldest first."""
    query = select(Mail.id).where(Mail.state == TO_SEND, Mail.next_try_at <= clock.now())
    return list(db.session.scalars(query.order_by(Mail.next_try_at, Mail.id).limit(limit)))


def of_letters(letter_ids: Iterable[int]) -> dict[int, Mail]:
    """The mails that go with some letters, by the letter."""
    rows = db.session.scalars(select(Mail).where(Mail.letter_id.in_(list(letter_ids))))
    return {row.letter_id: row for row in rows if row.letter_id is not None}


def with_message_id(message_id: str) -> Mail | None:
    return db.session.scalars(select(Mail).where(Mail.message_id == message_id.strip().strip("<>"))).first()


def waits_since() -> datetime | None:
    """Since when the mail that waits longest has waited; None where none waits."""
    return db.session.scalar(select(func.min(Mail.queued_at)).where(Mail.state == TO_SEND))


def lost_since(moment: datetime) -> int:
    """How many mails have come back or been given up since a moment."""
    query = select(func.count()).where(Mail.state.in_((FAILED, BOUNCED)), Mail.ended_at >= moment)
    return db.session.scalar(query) or 0


# --- the server -------------------------------------------------------------------------------------------------------------


def send(*, to: str, subject: str, text: str, message_id: str, calendar: str | None = None) -> bool:
    """Hand one plain mail, with what it brings for a calendar, to the server at IFR_SMTP_URL. False where none is configured:
    nothing was sent.

    The caller fixes the Message-ID, so that a mail sent twice after a failure is known as one.
    Raises MailFailed, and MailRefused where the server will never take it to this address.
    """
    settings = _settings()
    if not settings.smtp_url:
        return False
    try:
        message = _message(settings.mail_from, to, subject, text, message_id)
        if calendar:
            _add_calendar(message, calendar)
        with _server(urlsplit(settings.smtp_url)) as server:
            _hand_over(server, message)
    except smtplib.SMTPRecipientsRefused as problem:
        # A code in the five hundreds will be the same tomorrow (RFC 5321, 4.2.1).
        if all(code >= 500 for code, _ in problem.recipients.values()):
            raise MailRefused("The mail server refused the address.", REFUSED) from problem
        raise MailFailed("The mail server did not take the mail (for now).", LATER) from problem
    except smtplib.SMTPResponseException as problem:
        raise MailFailed(f"The mail server did not take the mail ({type(problem).__name__}).", LATER) from problem
    except (OSError, ValueError, smtplib.SMTPException) as problem:
        # What the server says may repeat an address; the kind of problem is enough for the record.
        raise MailFailed(f"The mail server did not take the mail ({type(problem).__name__}).") from problem
    return True


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    """With a wish to hear of its delivery where the server can say (RFC 3461): of the mail only the header comes back."""
    server.ehlo_or_helo_if_needed()
    if server.has_extn("dsn"):
        server.send_message(message, mail_options=["RET=HDRS"], rcpt_options=["NOTIFY=SUCCESS,FAILURE"])
    else:
        server.send_message(message)


def _settings() -> Config:
    settings: Config = current_app.config["IFR"]
    return settings


def _message(sender: str, to: str, subject: str, text: str, message_id: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{message_id.strip('<>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _add_calendar(message: EmailMessage, calendar: str) -> None:
    """As another form of the same mail (RFC 6047), which calendars read as an invitation, and as a file for the rest."""
    method = next((line.partition(":")[2] for line in calendar.splitlines() if line.startswith("METHOD:")), "PUBLISH")
    message.add_alternative(calendar, subtype="calendar", params={"method": method})
    message.add_attachment(calendar, subtype="calendar", filename="meeting.ics")


def _server(address: SplitResult) -> smtplib.SMTP:
    if address.scheme not in PORTS or not address.hostname:
        raise ValueError(f"IFR_SMTP_URL begins with one of {', '.join(PORTS)} and names a host.")
    port = address.port or PORTS[address.scheme]
    safely = ssl.create_default_context()
    server: smtplib.SMTP
    if address.scheme == "smtps":
        server = smtplib.SMTP_SSL(address.hostname, port, timeout=SECONDS_TO_WAIT, context=safely)
    else:
        server = smtplib.SMTP(address.hostname, port, timeout=SECONDS_TO_WAIT)
    try:
        if address.scheme == "starttls":
            server.starttls(context=safely)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
    except BaseException:
        server.close()
        raise
    return server
