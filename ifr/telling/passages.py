"""The passages of which our mails are made, and those of our letters: a closed list, each with a text of ours that a
commissioner may word anew.

A passage is plain text with names in braces, from a closed list of its own. What stands for a name is put in once, as it
is: nothing in a passage is run, and nothing of a request can be named.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from ifr import audit, clock, letters
from ifr.access import Permission, has
from ifr.db import db
from ifr.letter_passages import LETTER_PASSAGES
from ifr.letter_passages import NAMES as LETTER_NAMES
from ifr.letter_passages import SAMPLE as LETTER_SAMPLE
from ifr.pages import TURNS_OF_DIRECTION
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.people.services import people_named
from ifr.telling.models import Passage
from ifr.workflow import Invalid, NotVisible, Reason, Refused

LONGEST = 2000
LONGEST_LINE = 150  # a subject that is longer is cut off where it is read
_NAMED = re.compile(r"\{([^{}]*)\}")

# What each name stands for, as the page explains it.
NAMES = {
    "reference": "the reference of the request",
    "link": "the address at which to sign in and go on",
    "count": "how much there is",
    "day": "the day of the summary",
    "commissioner": "the name of the commissioner",
    "telephone": "the office's telephone number",
}
NAMES = LETTER_NAMES | NAMES
_OFFICE = ("commissioner", "telephone")
SAMPLE = {
    "reference": "IFR-2026-0042",
    "link": "https://ifr.example.org/cases/IFR-2026-0042",
    "count": "3 things on 2 requests",
    "day": "3 April 2026",
}


@dataclass(frozen=True)
class Kind:
    """A passage: what it is for, which names it may and must hold, and the text that we ship."""

    label: str
    text: str
    may: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    is_line: bool = False
    may_be_empty: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.must, *self.may)


PASSAGES: dict[str, Kind] = {
    "subject_letter": Kind(
        "Subject: a letter is ready", "Individual funding request {reference}: a letter is ready", _OFFICE, ("reference",),
        is_line=True,
    ),
    "subject_urgent": Kind(
        "Subject: something urgent waits", "Individual funding requests: something urgent waits for you", _OFFICE, is_line=True
    ),
    "subject_digest": Kind(
        "Subject: the summary", "Individual funding requests: what is new for you", (*_OFFICE, "count", "day"), is_line=True
    ),
    "greeting": Kind("How every mail begins", "Hello,", _OFFICE),
    "letter_ready": Kind(
        "A letter is ready, to somebody with an account",
        "A letter about request {reference} is ready.\n\nSign in to read it:\n{link}", _OFFICE, ("reference", "link"),
    ),
    "letter_to_appellant": Kind(
        "A letter is ready, to whoever appeals",
        "We have written to you about request {reference}.\n\nIf you have an account, sign in to read our letter:\n{link}\n\n"
        "If you have none, it comes to you by post, or by another safe route that we have agreed with you. "
        "If you have a question, call us.",
        _OFFICE, ("reference", "link"),
    ),
    "letter_by_post": Kind(
        "A letter comes by post, to somebody without an account",
        "We have written to you about request {reference}.\n\nOur letter comes to you by post, or by another safe route that "
        "we have agreed with you. If you have a question, call us.",
        _OFFICE, ("reference",),
    ),
    "urgent_waits": Kind(
        "Something urgent waits",
        "Something urgent waits for you.\n\nAbout: {reference}\n\nSign in to read it:\n{link}", _OFFICE, ("reference", "link"),
    ),
    "digest_heading": Kind(
        "How the summary begins", "This is new for you on {day}: {count}.", (*_OFFICE, "day"), ("count",)
    ),
    "digest_line": Kind("One line of the summary", "{reference}: {count}\n{link}", (), ("reference", "count", "link")),
    "digest_ending": Kind(
        "How the summary ends", "You can choose when this summary comes, or that none comes:\n{link}", _OFFICE, ("link",)
    ),
    "closing": Kind(
        "How every mail ends",
        "This message holds no details of any patient or letter. Please do not reply to it.\n\n{commissioner}\n"
        "Telephone: {telephone}",
        _OFFICE,
    ),
}


# Passages of letters are worded on the same pages. Their text is put into the letter where that is made.
LETTERS: dict[str, Kind] = {
    name: Kind(one.label, one.text, one.may, one.must, may_be_empty=one.may_be_empty) for name, one in LETTER_PASSAGES.items()
}
ALL = PASSAGES | LETTERS


@letters.worded_by
def worded_letters(commissioner_id: int) -> dict[str, str]:
    """The passages of letters that a commissioner has worded anew."""
    return {row.name: row.text for row in _last_versions(commissioner_id) if row.name in LETTERS}


# --- putting words for names ------------------------------------------------------------------------------------------------


def texts_of(commissioner_id: int | None) -> dict[str, str]:
    """The text of every passage of a commissioner: its own last version, else ours."""
    texts = {name: kind.text for name, kind in PASSAGES.items()}
    if commissioner_id is None:
        return texts
    last = _last_versions(commissioner_id)
    return texts | {row.name: row.text for row in last if row.name in PASSAGES}


def _last_versions(commissioner_id: int) -> list[Passage]:
    newest = (
        select(Passage.name, func.max(Passage.version).label("version"))
        .where(Passage.commissioner_id == commissioner_id)
        .group_by(Passage.name)
        .subquery()
    )
    query = select(Passage).join(newest, (Passage.name == newest.c.name) & (Passage.version == newest.c.version))
    return list(db.session.scalars(query.where(Passage.commissioner_id == commissioner_id)))


def sayer(texts: Mapping[str, str], values: Mapping[str, str]) -> Callable[..., str]:
    """What gives the text of a passage by its name, with the words that its names stand for; more words may be given."""

    def say(name: str, **more: str) -> str:
        return filled(texts[name], {**values, **more}, PASSAGES[name])

    return say


def filled(text: str, values: Mapping[str, str], kind: Kind) -> str:
    """A text with words for its names. A name that is not of this passage's list is left as it stands."""

    def word(found: re.Match[str]) -> str:
        name = found.group(1)
        return values.get(name, "") if name in kind.names else found.group()

    said = _NAMED.sub(word, text)
    return " ".join(said.split()) if kind.is_line else said


# --- wording them anew --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """A version as the page shows it."""

    number: int
    text: str
    by: str
    at: object


@dataclass(frozen=True)
class PassagePage:
    """One passage of one commissioner: how it stands, and how it stood."""

    commissioner: Organisation
    name: str
    kind: Kind
    text: str
    version: int
    versions: list[Version]

    @property
    def is_ours(self) -> bool:
        return self.version == 0


def commissioners_of(user: User) -> list[Organisation]:
    """The commissioners whose mails somebody may word."""
    return [
        one for one in user.organisations(COMMISSIONER) if has(user.roles_in(one.id), Permission.TIMETABLE_EDIT)
    ]


def listing(user: User) -> list[tuple[Organisation, list[PassagePage]]]:
    """Every passage of every commissioner whose mails somebody may word."""
    found = []
    for one in commissioners_of(user):
        last = {row.name: row for row in _last_versions(one.id)}
        pages = [
            PassagePage(
                one, name, kind, last[name].text if name in last else kind.text, last[name].version if name in last else 0, []
            )
            for name, kind in ALL.items()
        ]
        found.append((one, pages))
    return found


def passage_page(slug: str, name: str, user: User) -> PassagePage:
    """One passage with its versions, the newest first. Raises NotVisible."""
    commissioner = next((one for one in commissioners_of(user) if one.slug == slug), None)
    if commissioner is None or name not in ALL:
        raise NotVisible(f"{slug}/{name}")
    query = select(Passage).where(Passage.commissioner_id == commissioner.id, Passage.name == name)
    rows = list(db.session.scalars(query.order_by(Passage.version.desc())))
    names = people_named(row.by_id for row in rows)
    versions = [Version(row.version, row.text, names.get(row.by_id, ""), row.at) for row in rows]
    kind = ALL[name]
    return PassagePage(
        commissioner, name, kind, rows[0].text if rows else kind.text, rows[0].version if rows else 0, versions
    )


def check(name: str, typed: str) -> str:
    """What was typed as it would be kept. Raises Invalid with a sentence for what cannot stand in a mail."""
    kind = ALL[name]
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n")).strip()
    said = (
        _wrong_characters(text) or _wrong_length(text, kind) or _wrong_names(text, kind)
    )
    if said:
        raise Invalid({"text": said})
    return text


def _wrong_characters(text: str) -> str | None:
    for character in text:
        hidden = unicodedata.category(character) in ("Cc", "Cs", "Cf", "Co", "Cn", "Zl", "Zp") and character != "\n"
        if hidden or character in TURNS_OF_DIRECTION:
            return f"Take out the character U+{ord(character):04X}, which cannot be seen in a mail."
    return None


def _wrong_length(text: str, kind: Kind) -> str | None:
    if not text and kind.may_be_empty:
        return None
    if not text:
        return "Enter the text of the passage."
    if kind.is_line and "\n" in text:
        return "A subject is one line: take out the line break."
    longest = LONGEST_LINE if kind.is_line else LONGEST
    return f"Shorten the text to {longest:,} characters." if len(text) > longest else None


def _wrong_names(text: str, kind: Kind) -> str | None:
    found = _NAMED.findall(text)
    for name in found:
        if name not in kind.names:
            known = ", ".join(f"{{{one}}}" for one in kind.names)
            return f"Take out {{{name[:40]}}}: this passage knows {known}."
    if re.search(r"[{}]", _NAMED.sub("", text)):
        return "Take out the brace that stands alone: braces are only for names such as {reference}."
    missing = [name for name in kind.must if name not in found]
    return f"Put {{{missing[0]}}} in: without it nobody sees {NAMES[missing[0]]}." if missing else None


def preview(page: PassagePage, text: str, office: Mapping[str, str]) -> str:
    """A text as it would read in a mail, with invented words for its names."""
    sample = LETTER_SAMPLE if page.name in LETTERS else SAMPLE
    return filled(text, {**sample, **office}, page.kind)


def save(slug: str, name: str, typed: str, *, seen: int, by: User) -> Passage | None:
    """Keep a passage as a new version; nothing where it says what it said.

    Raises NotVisible, Invalid, and Refused where somebody else has changed it since the page was made.
    """
    page = passage_page(slug, name, by)
    text = check(name, typed)
    if text == page.text:
        return None
    if seen != page.version:
        raise Refused([Reason("Somebody else has changed this passage since you opened the page. Read it, then change it.")])
    row = Passage(
        commissioner_id=page.commissioner.id, name=name, version=page.version + 1, text=text, at=clock.now(), by_id=by.id
    )
    db.session.add(row)
    db.session.flush()
    audit.record("telling", "word_passage", by=by.actor, commissioner=page.commissioner.id, name=name, version=row.version)
    return row
