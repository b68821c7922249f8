"""The words of a passage without what is not words: stray marks of web pages and of Markdown, odd spaces."""

import html
import re

_SPACES = dict.fromkeys(
    map(ord, "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\ufeff"), " "
)
_NOTHING = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\u200e\u200f"), "")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_TABLE = {**_SPACES, **_NOTHING, **_LIGATURES, 0x2011: "-"}

_ORDINAL = re.compile(r"<sup>\s*(st|nd|rd|th)\s*</sup>", re.I)
_FOOTNOTE = re.compile(r"<sup>[^<>]{0,20}</sup>", re.I)
_BREAK = re.compile(r"</?(?:p|br|li|ul|ol|div|tr|td|th|table|h[1-6])\b[^<>]{0,300}>", re.I)
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,10}(?:\s[^<>]{0,300})?/?>", re.I)
_LINK = re.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{0,500}\)")
_STRESS = re.compile(r"\*\*|__")
_EMPHASIS = re.compile(r"(?<![\w*])\*(\w[^*\n]{0,200}\w)\*(?![\w*])")
_HASHES = re.compile(r"^\s*#{1,6}\s+")
_BROKEN_WORD = re.compile(r"(?<=[a-z])-[ \t]*\n[ \t]*(?=[a-z])")


def letters(text: str) -> str:
    """The same characters with ligatures apart, odd spaces plain and invisible characters gone."""
    return text if text.isascii() else text.translate(_TABLE)


def unmarked(raw: str) -> str:
    """A passage without tags, entities and Markdown; its lines kept."""
    words = letters(raw)
    if "<" in words:
        words = _FOOTNOTE.sub("", _ORDINAL.sub(r"\1", words))
        words = _TAG.sub("", _BREAK.sub(" ", words))
    if "&" in words:
        words = letters(html.unescape(words))
    if "#" in words:
        words = _HASHES.sub("", words)
    if "*" in words or "__" in words:
        words = _EMPHASIS.sub(r"\1", _STRESS.sub("", words))
    return _LINK.sub(r"\1", words) if "](" in words else words


def clean(raw: str) -> str:
    """A passage as one line of plain words. A word broken over two lines is made whole."""
    words = unmarked(raw)
    return " ".join((_BROKEN_WORD.sub("", words) if "-" in words and "\n" in words else words).split())


# A full stop ends a sentence when a capital follows, but not after these.
_ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "vs.", "no.", "ref.", "dr.", "mr.", "mrs.", "st.", "approx.", "incl.", "cf.", "v.")
_END = re.compile(r"[.!?;][\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9•<])|\n\s*\n|(?<=\S)(?=\s+•\s)")


def sentences(raw: str) -> list[str]:
    """The sentences of a passage, verbatim."""
    found, start = [], 0
    for end in _END.finditer(raw):
        said = raw[start : end.end()]
        if said.lower().endswith(_ABBREVIATIONS):
            continue
        found.append(said.strip())
        start = end.end()
    return [one for one in [*found, raw[start:].strip()] if one]
