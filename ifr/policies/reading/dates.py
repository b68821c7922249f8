"""Dates as policies print them, in British order, each only as exact as the text."""

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>(?:19|20)\d{2}|['’]?\d{2}(?!\d|[:.]\d))\b"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        r"\b(?P<year>(?:19|20)\d{2})-(?P<number>\d{2})-(?P<day>\d{2})\b",
        rf"\b(?P<day>\d{{1,2}})\s*(?:st|nd|rd|th)?(?:\s+(?:day\s+)?of)?[\s,.\-–/]*{_NAME}[\s,.\-–/]*{_YEAR}",
        rf"\b{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d{{2}})\b",
        rf"\b{_NAME}[\s,.\-–/]*(?P<year>(?:19|20)\d{{2}}|['’]\d{{2}}\b|(?<=[-–/])\d{{2}}\b)",
        r"\b(?P<day>\d{1,2})\s?[/.\-–]\s?(?P<number>\d{1,2})\s?[/.\-–]\s?(?P<year>(?:19|20)\d{2}|\d{2})\b",
        r"(?<![\d/.\-])(?P<number>\d{1,2})[/.](?P<year>(?:19|20)\d{2})\b",
        r"\b(?P<year>(?:19|20)\d{2})-(?P<number>\d{2})\b(?!-?\d)",
    )
)
_WHOLE_YEAR = re.compile(r"\D{0,3}((?:19|20)\d{2})\.?")


@dataclass(frozen=True)
class Found:
    """A date in a text: its ISO form, as exact as it was printed, and where it stands."""

    iso: str
    start: int
    end: int


def dates_in(words: str) -> list[Found]:
    """Every date of the words in the order of printing. A year alone counts only when nothing else stands there."""
    taken: list[Found] = []
    for form in _FORMS:
        for match in form.finditer(words):
            iso = _iso(match)
            if iso and not any(one.start < match.end() and match.start() < one.end for one in taken):
                taken.append(Found(iso, match.start(), match.end()))
    if not taken and (alone := _WHOLE_YEAR.fullmatch(words.strip())):
        taken.append(Found(alone[1], 0, len(words)))
    return sorted(taken, key=lambda one: one.start)


def _iso(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    digits = parts["year"].strip("'’")
    year = int(digits) if len(digits) == 4 else 2000 + int(digits)
    named = parts.get("month")
    month = _MONTHS.index(named[:3].lower()) + 1 if named else int(parts["number"])
    if not 1 <= month <= 12:
        return None
    if not parts.get("day"):
        return f"{year:04}-{month:02}"
    try:
        return date(year, month, int(parts["day"])).isoformat()
    except ValueError:
        return None


def agree(one: str, other: str) -> bool:
    """Whether two dates may be the same day, one perhaps told less exactly."""
    return one.startswith(other) or other.startswith(one)
