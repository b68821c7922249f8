"""An e-mail as it was saved (.eml), read with the standard library. Nothing in one is trusted to be well made."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from ifr import clock
from ifr.cases.intake.arrived import EMAIL, Arrived, Attached, Words, bounded, words_of_attached, words_of_web_page
from ifr.pages import day, plain_text

MOST_ATTACHED = 50
_MOST_LINES, _MOST_BOUNDARIES = 600_000, 60
_MOST_OF_A_HEADER = 2_000
# Other codecs are no text of a mail, and some take very long over a crafted one.
_CHARSETS = re.compile(
    r"(utf-?(8|7|16)|us-ascii|ascii|iso-?8859|latin|windows-?125|cp125|koi8|gb|big5|shift|iso-2022|euc|mac)", re.I
)
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_WRAPPED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})

TANGLED = (
    "This e-mail is nested too deeply, or is too long, to be read here. It is kept as it came: open it in your mail program."
)
BROKEN = "This e-mail is damaged and could not be read. It is kept as it came: open it in your mail program."
ENCRYPTED = (
    "This e-mail is encrypted, so its words cannot be read here. It is kept as it came. Open it in your mail program, and "
    "ask the sender for a copy that is not encrypted, sent to the office's own address."
)
SIGNED = "This e-mail is signed electronically. The signature is kept with it and is not checked here."
SEALED_WHOLE = "This e-mail is signed in a way that wraps its words, so they cannot be read here. Open it in your mail program."
WINMAIL = "Some attachments are wrapped in a file winmail.dat, which only Outlook opens. Ask the sender for the files themselves."
GUESSED = "The e-mail does not say truly how its letters are written, so some characters may be wrong."
PART_BROKEN = "One part of the e-mail is damaged and could not be read. It is in the original."
NO_DATE = "The e-mail does not say when it arrived. Enter the day on which it reached the office."
NO_WORDS = "The e-mail holds no words."


@dataclass
class _Found:
    plain: list[str] = field(default_factory=list)
    web: list[str] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    count: int = 0
    remarks: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def read_mail(content: bytes) -> Arrived:
    """What an e-mail says, and what came with it. Never raises."""
    if content.count(b"\n") > _MOST_LINES or content.lower().count(b"boundary=") > _MOST_BOUNDARIES:
        return Arrived(EMAIL, remarks=(TANGLED,))
    try:
        return _read(message_from_bytes(content))
    except RecursionError:
        return Arrived(EMAIL, remarks=(TANGLED,))
    except Exception:  # the library raises whatever a crafted mail makes it stumble over
        return Arrived(EMAIL, remarks=(BROKEN,))


def _read(message: Message) -> Arrived:
    found = _Found()
    if message.get_content_type() == "multipart/signed":
        found.say(SIGNED)
    for part in _leaves(message):
        try:
            _take(part, found)
        except Exception:  # one damaged part does not hide the others
            found.say(PART_BROKEN)
    arrived_at = arrival_of(message, found.remarks)
    if found.count > MOST_ATTACHED:
        found.say(more_than_filed(found.count))
    words = _words(found)
    more, said = words_of_attached(found.attached)
    return Arrived(
        EMAIL,
        sender=header(message, "From"),
        subject=header(message, "Subject"),
        arrived_at=arrived_at,
        words=(*words, *more),
        attached=tuple(found.attached),
        remarks=(*found.remarks, *said),
    )


def more_than_filed(count: int) -> str:
    return f"The e-mail has {count:,} attachments. The first {MOST_ATTACHED} are filed one by one; all are in the original."


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order. An e-mail that was attached is one of them."""
    ahead: list[Message] = [message]
    while ahead:
        part = ahead.pop()
        inside = part.get_payload()
        if isinstance(inside, list) and part.get_content_maintype() != "message":
            ahead += [one for one in reversed(inside) if isinstance(one, Message)]
        else:
            yield part


def _take(part: Message, found: _Found) -> None:
    kind = part.get_content_type()
    if kind in _SIGNATURES:
        return
    if kind in _WRAPPED or kind == "application/pgp-encrypted":
        signed = str(part.get_param("smime-type") or "").lower() == "signed-data"
        found.say(SEALED_WHOLE if signed else ENCRYPTED)
        return
    if kind == "application/ms-tnef":
        found.say(WINMAIL)
    if part.get_content_maintype() == "text" and not _is_file(part):
        _take_text(part, kind, found)
    else:
        _take_file(part, found)


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _take_text(part: Message, kind: str, found: _Found) -> None:
    raw = part.get_payload(decode=True)
    text, guessed = _decoded(raw if isinstance(raw, bytes) else b"", part.get_content_charset())
    if guessed:
        found.say(GUESSED)
    if "-----BEGIN PGP MESSAGE-----" in text:
        found.say(ENCRYPTED)
    (found.web if kind == "text/html" else found.plain).append(text)


def _take_file(part: Message, found: _Found) -> None:
    found.count += 1
    if found.count > MOST_ATTACHED:
        return
    inside = part.get_payload()
    if isinstance(inside, list):
        content = b"\n\n".join(one.as_bytes() for one in inside if isinstance(one, Message))
    else:
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
    if content:
        found.attached.append(Attached(_in_letters(part.get_filename() or "")[:200], content))
    else:
        found.say("An attachment is empty and was not filed.")


def _words(found: _Found) -> tuple[Words, ...]:
    """The plain text; a message that is only a web page is shown as its words."""
    plain = "\n\n".join(text for text in found.plain if text.strip())
    if plain:
        return (Words("The e-mail", bounded(plain)),)
    for page in found.web:
        words, remarks = words_of_web_page("The e-mail", page)
        found.remarks += remarks
        if words:
            return words
    if not found.web:
        found.say(NO_WORDS)
    return ()


# --- headers ------------------------------------------------------------------------------------------------------------


def header(message: Message, name: str) -> str:
    """A header as one readable line."""
    return _in_letters(str(message.get(name, ""))[:_MOST_OF_A_HEADER])


def _in_letters(raw: str) -> str:
    try:
        pieces = [
            piece if isinstance(piece, str) else _decoded(piece, charset)[0] for piece, charset in decode_header(raw)
        ]
    except ValueError:  # a word that says it is encoded, and is not
        pieces = [raw]
    return " ".join(str(plain_text("".join(pieces))).split())


def _decoded(raw: bytes, charset: str | None) -> tuple[str, bool]:
    """Bytes as text, and whether that had to be guessed."""
    named = [charset] if charset and _CHARSETS.match(charset) else []
    for name in (*named, "utf-8"):
        try:
            return raw.decode(name), bool(charset) and name not in named
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", errors="replace"), True


def arrival_of(message: Message, remarks: list[str]) -> datetime | None:
    """When it arrived: as the office's own mail server noted it, else as the sender dated it. Never later than now."""
    received = message.get_all("Received") or []
    noted = [str(received[0])[-300:].rpartition(";")[2]] if received else []
    for text in (*noted, str(message.get("Date", ""))):
        moment = _moment(text)
        if moment is None:
            continue
        if moment <= clock.now():
            return moment
        remarks.append(
            f"The e-mail says that it was sent on {day(moment)}, which is still to come. Enter the day on which it arrived."
        )
        return None
    remarks.append(NO_DATE)
    return None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text[:300].strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.year >= 1990 else None
