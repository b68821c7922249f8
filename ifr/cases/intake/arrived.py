"""Something that came to the office, as it is read by machine: the words in it, its attachments, and what could not be read.

Nothing here decides or fills in anything. What is read is shown beside the fields, and a person copies it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ifr.pages import plain_text
from ifr.policies.reading.opening import opened
from ifr.policies.reading.record import UnreadableDocument

EMAIL, FORM, CALL, LETTER = "email", "form", "telephone", "letter"
MOST_TEXT = 100_000
MOST_READ = 3  # documents whose words are read out of one e-mail; the others are filed and opened by a person
LARGEST_READ = 8 * 1024 * 1024
_WEB_PAGE = 1_000_000


@dataclass(frozen=True)
class Words:
    """The text of one thing that came: of the e-mail itself, of a form, of an attachment."""

    title: str
    text: str


@dataclass(frozen=True)
class Attached:
    """One file that came with an e-mail. Its name may say who the patient is."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Arrived:
    """What was read. `remarks` are sentences on what could not be read, for whoever logs the request."""

    way: str
    sender: str = ""
    subject: str = ""
    arrived_at: datetime | None = None
    words: tuple[Words, ...] = ()
    attached: tuple[Attached, ...] = ()
    remarks: tuple[str, ...] = field(default_factory=tuple)

    def to_text(self) -> str:
        """Words and remarks as one text, to be kept sealed."""
        return json.dumps({"words": [[one.title, one.text] for one in self.words], "remarks": list(self.remarks)})


def from_text(kept: str | None) -> tuple[list[Words], list[str]]:
    """Words and remarks out of what `to_text` made."""
    if not kept:
        return [], []
    found = json.loads(kept)
    return [Words(title, text) for title, text in found["words"]], list(found["remarks"])


def words_of_document(title: str, name: str, content: bytes) -> tuple[tuple[Words, ...], tuple[str, ...]]:
    """The text of a PDF, a Word document or plain text; else the sentence that says why there is none."""
    if len(content) > LARGEST_READ:
        return (), (f"{title}: too large to be read here. Open it to see what it says.",)
    try:
        text, _ = opened(name, content)
    except UnreadableDocument as fault:
        return (), (f"{title}: {fault}",)
    return (Words(title, bounded(text)),), ()


def words_of_web_page(title: str, page: str) -> tuple[tuple[Words, ...], tuple[str, ...]]:
    """A message that is a web page, as its words alone."""
    return words_of_document(title, "message.html", page[:_WEB_PAGE].encode("utf-8", errors="replace"))


def words_of_attached(attached: Iterable[Attached]) -> tuple[tuple[Words, ...], tuple[str, ...]]:
    """The text of the first documents that came with an e-mail; pictures and other files are left to a person."""
    words: tuple[Words, ...] = ()
    remarks: tuple[str, ...] = ()
    readable = [(number, one) for number, one in enumerate(attached, start=1) if _is_document(one.content)]
    for number, one in readable[:MOST_READ]:
        found, said = words_of_document(f"Attachment {number}", "attachment", one.content)
        words, remarks = words + found, remarks + said
    if len(readable) > MOST_READ:
        remarks += (f"The words of {MOST_READ} attachments are read here. Open the others to see what they say.",)
    return words, remarks


def _is_document(content: bytes) -> bool:
    return content[:1024].lstrip().startswith(b"%PDF-") or content.startswith(b"PK\x03\x04")


def bounded(text: str) -> str:
    """A text without what cannot be seen, and no longer than a page can show."""
    plain = str(plain_text(text[: 2 * MOST_TEXT]))
    return plain if len(plain) <= MOST_TEXT else plain[:MOST_TEXT] + "\n(The rest stands in the original.)"
