"""What a record may hold to become a draft: letters that can be kept, and names that an index takes."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from ifr.pages import plain_text
from ifr.policies.records import RecordError

# What stands on one line of a form, and how long it may be. What is looked up by an index is among it.
_ON_ONE_LINE = {
    "reference": 100, "title": 500, "version": 100, "category": 500, "treatment": 500, "indication": 1_000, "code": 60,
    "label": 1_000, "name": 200, "slug": 200, "policy": 500, "release": 60,
}  # fmt: skip
_ITEMS = {"areas": 200, "cites": 60}
_WORDS = {"known_by": 500, "ages": 1_000, "review": 500}
_HEADED, _LONGEST_HEADING = ("impacts", "further"), 200
# An empty text says nothing, but where words have to stand.
_MAY_BE_EMPTY = ("label", "words", "ods_code")

Entry = tuple[str | int, ...]


def sound(raw: dict[str, Any], cut: list[str] | None = None) -> dict[str, Any]:
    """A raw record in the letters in which a form keeps it. Raises RecordError with the first entry that cannot be kept.

    With a list to `cut` to, nothing that was read in a document is refused for its length or an odd letter: it is cut where it
    is too long, and stands whole in the list.
    """
    told: dict[str, Any] = _part((), raw, cut)
    return told


def _part(entry: Entry, value: Any, cut: list[str] | None) -> Any:
    if isinstance(value, Mapping):
        return _named(entry, value, cut)
    if isinstance(value, list):
        return [_part((*entry, number), one, cut) for number, one in enumerate(value, start=1)]
    if isinstance(value, bytes | set | tuple):
        raise RecordError(f"{_shown(entry)}: it is neither a text nor a list of them")
    if not isinstance(value, str):
        return value
    told = _text(entry, value, _longest(entry), cut)
    return None if not told and entry[-1] not in _MAY_BE_EMPTY else told


def _named(entry: Entry, value: Mapping[Any, Any], cut: list[str] | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, one in value.items():
        key, part = _text(entry, str(name), _LONGEST_HEADING, cut), _part((*entry, str(name)), one, cut)
        if key in told and cut is None:
            raise RecordError(f"{_shown((*entry, key))}: it stands there twice")
        told[key] = f"{told[key]}\n{part}" if key in told else part
    return told


def _longest(entry: Entry) -> int | None:
    """How long one text may be that stands on one line; None for a text of several."""
    names = [one for one in entry if isinstance(one, str)]
    above = names[-2] if len(names) > 1 else ""
    if above in _HEADED:
        return None
    if isinstance(entry[-1], int):
        return _ITEMS.get(names[-1])
    return _WORDS.get(above) if names[-1] == "words" else _ON_ONE_LINE.get(names[-1])


def _text(entry: Entry, text: str, longest: int | None, cut: list[str] | None) -> str:
    odd = next((one for one in text if unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\r\t"), None)
    if odd and cut is None:
        raise RecordError(f"{_shown(entry)}: it holds a character that no text has (number {ord(odd)}). Take it out")
    plain: str = plain_text(text)
    if longest is None:
        return plain
    plain = " ".join(plain.split())
    if len(plain) <= longest:
        return plain
    if cut is None:
        raise RecordError(f"{_shown(entry)}: it is longer than {longest:,} characters. Shorten it")
    cut.append(f"{_shown(entry)}: {plain}")
    return plain[: longest - 1] + "…"


def _shown(entry: Entry) -> str:
    return " > ".join(plain_text(str(one))[:60] for one in entry) or "A name in the record"
