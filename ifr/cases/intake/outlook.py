"""An e-mail as Outlook saves it (.msg)."""

from datetime import UTC, datetime
from email.message import Message as Headers

from oxmsg import Message

from ifr import clock
from ifr.cases.intake import mails
from ifr.cases.intake.arrived import EMAIL, Arrived, Attached, Words, bounded, words_of_attached, words_of_web_page
from ifr.pages import plain_text

_DELIVERED = 0x0E06  # when the office's own server took it in (MS-OXOMSG 2.2.3.9)
_ENCRYPTED, _SIGNED = "ipm.note.smime", "ipm.note.smime.multipartsigned"
RICH_TEXT = "The words of this e-mail are held in a form that only Outlook shows. Open it there, or ask for it as plain text."
INSIDE = "An e-mail or object is attached that is not unpacked here. It is in the original."
PROTECTED = "This e-mail is protected by rights that only the sender's organisation can lift. Ask for an ordinary copy."


def read_outlook(content: bytes) -> Arrived:
    """What the e-mail says, and what came with it. Never raises."""
    try:
        return _read(Message.load(content))
    except Exception:  # the library raises whatever a crafted file makes it stumble over
        return Arrived(EMAIL, remarks=(mails.BROKEN,))


def _read(message: Message) -> Arrived:
    remarks: list[str] = []
    attached = _attached(message, remarks)
    kind = message.message_class.lower()
    sealed = kind.startswith(_ENCRYPTED) and kind != _SIGNED
    if kind.startswith(_ENCRYPTED):
        remarks.append(mails.SIGNED if kind == _SIGNED else mails.ENCRYPTED)
    words = () if sealed else _words_or_why_not(message, remarks)
    more, said = words_of_attached(attached)
    return Arrived(
        EMAIL,
        sender=" ".join(str(plain_text(message.sender or "")).split())[:2000],
        subject=" ".join(str(plain_text(message.subject)).split())[:2000],
        arrived_at=_arrival(message, remarks),
        words=(*words, *more),
        attached=tuple(attached),
        remarks=(*remarks, *said),
    )


def _words_or_why_not(message: Message, remarks: list[str]) -> tuple[Words, ...]:
    try:
        return _words(message, remarks)
    except Exception:  # a damaged text does not hide the attachments
        remarks.append(mails.PART_BROKEN)
        return ()


def _words(message: Message, remarks: list[str]) -> tuple[Words, ...]:
    if plain := (message.body or "").strip("\x00 \r\n"):
        return (Words("The e-mail", bounded(plain)),)
    if page := message.html_body:
        words, said = words_of_web_page("The e-mail", page)
        remarks += said
        return words
    remarks.append(RICH_TEXT)
    return ()


def _attached(message: Message, remarks: list[str]) -> list[Attached]:
    found: list[Attached] = []
    count = 0
    for one in message.attachments:
        count += 1
        if count > mails.MOST_ATTACHED:
            continue
        name, content = str(plain_text(one.file_name or "")), one.file_bytes
        if name.lower().endswith(".rpmsg"):
            remarks.append(PROTECTED)
        if content:
            found.append(Attached(name[:200], content))
        elif INSIDE not in remarks:
            remarks.append(INSIDE)
    if count > mails.MOST_ATTACHED:
        remarks.append(mails.more_than_filed(count))
    return found


def _arrival(message: Message, remarks: list[str]) -> datetime | None:
    """When Outlook's server took it in; else by its headers, else when it was sent. Never later than now."""
    delivered = _aware(message.properties.date_prop_value(_DELIVERED))
    if delivered is not None and delivered <= clock.now():
        return delivered
    headers = Headers()
    for name, value in message.message_headers.items():
        headers.add_header(name, value)
    if headers.get("Date") is None and (sent := _aware(message.sent_date)) is not None:
        headers["Date"] = sent.strftime("%d %b %Y %H:%M:%S +0000")
    return mails.arrival_of(headers, remarks)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
