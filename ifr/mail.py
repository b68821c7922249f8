"""Mail out of the house. The only importer of smtplib. No mail holds anything about a patient."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app

from ifr import clock
from ifr.config import Config

# smtp as the server speaks, smtps encrypted from the first byte, starttls encrypted or not at all.
PORTS = {"smtp": 25, "smtps": 465, "starttls": 587}
SECONDS_TO_WAIT = 20


class MailFailed(Exception):
    """The server did not take a mail; it may be sent again with the same Message-ID."""


def send(*, to: str, subject: str, text: str, message_id: str) -> bool:
    """Hand one plain mail to the server at IFR_SMTP_URL. False where none is configured: nothing was sent.

    The caller fixes the Message-ID, so that a mail sent twice after a failure is known as one.
    Raises MailFailed.
    """
    settings: Config = current_app.config["IFR"]
    if not settings.smtp_url:
        return False
    try:
        message = _message(settings.mail_from, to, subject, text, message_id)
        with _server(urlsplit(settings.smtp_url)) as server:
            server.send_message(message)
    except (OSError, ValueError, smtplib.SMTPException) as problem:
        # What the server says may repeat an address; the kind of problem is enough for the record.
        raise MailFailed(f"The mail server did not take the mail ({type(problem).__name__}).") from problem
    return True


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
