"""Where mails go and what becomes of them: taken, refused, given up, delivered, come back."""

import re
from email.message import Message
from email.parser import BytesParser
from email.policy import default

from ifr import audit, clock, letters, mail
from ifr.access import Role
from ifr.cases import recipients
from ifr.cases.models import Case
from ifr.mail import BOUNCED, DELIVERED, FAILED, Mail
from ifr.people import services as people
from ifr.telling.services import tell

# What a report says of a mail (RFC 3464, 2.3.3). A delay, or a hand-over to a server that does not report, ends nothing.
_ACTIONS = {"failed": BOUNCED, "delivered": DELIVERED}


def address_for(row: Mail) -> str | None:
    """Where a mail goes, read now. None where nobody is on record any more, or the account is closed."""
    try:
        if row.letter_id is not None:
            letter = letters.get(row.letter_id)
            return recipients.addressee(letters.subject_of_stream(letter.stream), letter).email if letter else None
        user = people.person(row.user_id or 0)
        return user.email if user.is_active else None
    except (LookupError, recipients.HeldBackError):
        return None


def not_arrived(row: Mail) -> None:
    """A mail came back or was given up: who looks after the request is told, since a letter may wait unread."""
    letter = letters.get(row.letter_id) if row.letter_id is not None else None
    if letter is None:
        return
    case: Case = letters.subject_of_stream(letter.stream).case
    words = "An email that a letter is ready did not arrive. Find out how it reaches its reader."
    for user_id in _who_looks_after(case):
        tell(user_id, key=f"mail-lost:{row.id}", words=words, case=case, to="cases.letters")


def _who_looks_after(case: Case) -> list[int]:
    """Whoever has the request, else every coordinator of its commissioner."""
    if case.allocated_to_id is not None:
        return [case.allocated_to_id]
    return [one.id for one in people.users_with(Role.COORDINATOR, case.commissioner_id)]


def reported(row: Mail, state: str, *, by: people.Actor) -> bool:
    """Note what a mail server reports of a mail that it took: that it arrived, or came back. False where it is known."""
    if row.state == state or row.state in (BOUNCED, FAILED) or state not in (BOUNCED, DELIVERED):
        return False
    # A worker that was killed after the sending has not noted it; the report shows that it was sent.
    row.sent_at = row.sent_at or clock.now()
    row.end(state, mail.RETURNED if state == BOUNCED else None)
    audit.record("telling", f"mail_{state}", by=by.actor, mail=row.id)
    if state == BOUNCED:
        not_arrived(row)
    return True


# --- what mail servers report ---------------------------------------------------------------------------------------------------


class NoReportError(ValueError):
    """A message that is no report on a delivery, or does not say of which mail. The message is a sentence."""


def read_report(message: bytes) -> tuple[str, str | None]:
    """The Message-ID of the mail that a delivery report (RFC 3464) is about, and the state that follows: `bounced`,
    `delivered`, or None where the report settles nothing.

    Raises NoReportError.
    """
    report = BytesParser(policy=default).parsebytes(message)
    if report.get_content_type() != "multipart/report":
        raise NoReportError("This message is no delivery report: it is not of the type multipart/report.")
    actions, message_id = set(), ""
    for part in report.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            actions |= _actions_in(part)
        elif kind in ("message/rfc822", "text/rfc822-headers"):
            message_id = message_id or _message_id_in(part)
    if not message_id:
        raise NoReportError("This report does not say of which mail it speaks: the header of that mail is missing.")
    return message_id, next((state for action, state in _ACTIONS.items() if action in actions), None)


def _actions_in(part: Message) -> set[str]:
    blocks = part.get_payload()
    listed = blocks if isinstance(blocks, list) else []
    return {str(block.get("Action", "")).strip().lower() for block in listed if isinstance(block, Message)}


def _message_id_in(part: Message) -> str:
    """From the mail itself, or its header as text."""
    inside = part.get_payload()
    if isinstance(inside, list):
        return str(inside[0].get("Message-ID", "")).strip() if inside and isinstance(inside[0], Message) else ""
    content = part.get_payload(decode=True)
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    found = re.search(r"^Message-ID:\s*(<[^<>\s]+>)", text, re.I | re.M)
    return found.group(1) if found else ""
