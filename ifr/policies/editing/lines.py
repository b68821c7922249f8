"""Lists as they are typed, one thing a line, and days as they are printed: read from a form, and written back into it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from ifr.pages import day as in_words
from ifr.policies import codes
from ifr.policies.reading.dates import dates_in
from ifr.policies.records import FIRST_YEAR, LAST_YEAR, AreaRecord, Code, CriterionRecord, MechanismName, Phrase

ROLES = ("include", "exclude", "site")
_WAYS: dict[str, MechanismName] = {"none": "none", "monitored": "monitored", "prior approval": "prior_approval"}
_AREA_DAYS = {"ratified": "ratified_on", "from": "effective_from", "to": "effective_to"}
_EXACT = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")


class LineError(ValueError):
    """A line that cannot be read. The message is fit for the person who typed it."""


# --- days -----------------------------------------------------------------------------------------------------------------


def read_day(typed: str) -> date | str | None:
    """A day, or a month (2020-04) or a year (2020) where no more is typed. Raises LineError."""
    text = " ".join(typed.split())
    if not text:
        return None
    told = _as_shown(text) or _as_printed(text)
    if told is None:
        raise LineError(f"“{text[:40]}” is not a day, a month or a year. Write 1 April 2026, April 2026 or 2026.")
    if not FIRST_YEAR <= int(told[:4]) <= LAST_YEAR:
        raise LineError(f"“{text[:40]}” is not of our time. Write a day between {FIRST_YEAR} and {LAST_YEAR}.")
    return date.fromisoformat(told) if _EXACT.fullmatch(told) else told


def _as_shown(text: str) -> str | None:
    """What a form shows of a day that it was given, so that it comes back as it was."""
    if _MONTH.fullmatch(text):
        return text
    try:
        return datetime.strptime(text, "%d %B %Y").date().isoformat()
    except ValueError:
        return None


def _as_printed(text: str) -> str | None:
    found = dates_in(text) if len(text) <= 60 else []
    return found[0].iso if len(found) == 1 and (found[0].start, found[0].end) == (0, len(text)) else None


def read_exact_day(typed: str) -> date | None:
    """A day with nothing left open. Raises LineError."""
    found = read_day(typed)
    if isinstance(found, str):
        raise LineError(f"“{typed.strip()}” leaves the day open. Write the whole day, as 1 April 2026.")
    return found


def day_as_typed(value: date | str | None) -> str:
    """A day as a form shows it: in words where it is whole, else as it was printed."""
    return in_words(value) if isinstance(value, date) else value or ""


# --- lists ----------------------------------------------------------------------------------------------------------------


def lines_in(typed: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in typed.split("\n") if line.strip()]


def read_codes(system: str, typed: str, before: Sequence[Code]) -> list[Code]:
    """Codes, one a line, as "CODE | label | include". What a form does not show of a code is kept from before. Raises
    LineError for a line without the shape of a code."""
    kept: dict[tuple[str, str | None], list[Code]] = {}
    for one in before:
        kept.setdefault((_one_line(one.code), _one_line(one.label) or None), []).append(one)
    found = []
    for line in lines_in(typed):
        code, label, role = _three(line)
        if role not in ROLES:
            raise LineError(f"“{line[:60]}”: say include, exclude or site at its end.")
        try:
            codes.listed(system, code)
        except codes.CodeError as fault:
            raise LineError(str(fault)) from None
        same = kept.get((_one_line(code), _one_line(label) or None))
        if same:
            found.append(same.pop(0).model_copy(update={"role": role}))
        else:
            found.append(Code.model_validate({"code": code, "label": label, "role": role}))
    return found


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _three(line: str) -> tuple[str, str | None, str]:
    """The code, its label and its role: a label may hold a bar itself, so the first and the last bar count."""
    code, _, rest = (part.strip() for part in line.partition("|"))
    label, bar, role = (part.strip() for part in rest.rpartition("|"))
    if not bar:
        return (code, None, role) if role in ROLES else (code, role or None, "include")
    return code, label or None, role or "include"


def codes_as_typed(listed: Iterable[Code]) -> str:
    return "\n".join(f"{_one_line(one.code)} | {_one_line(one.label)} | {one.role}" for one in listed)


# A line that begins so goes on with the criterion above it, whatever it holds.
_GOES_ON = "  "
# A bar within a name is written with this before it, so that it parts nothing.
_BAR = re.compile(r"(?<!\\)\|")


def _named(name: str) -> str:
    return _one_line(name).replace("|", r"\|")


def _name(typed: str) -> str:
    return typed.strip().replace(r"\|", "|")


def read_criteria(typed: str) -> list[CriterionRecord]:
    """Criteria as "label | words". A line that is set in, or has no bar, goes on with the criterion above it."""
    found: list[tuple[str, list[str]]] = []
    for line in typed.split("\n"):
        parts = _BAR.split(line, maxsplit=1)
        if found and (line.startswith(_GOES_ON) or len(parts) == 1):
            found[-1][1].append(line.removeprefix(_GOES_ON))
        elif line.strip():
            label, words = parts if len(parts) == 2 else ("1", line)
            found.append((_name(label), [words.lstrip()]))
    return [CriterionRecord(label=label, words="\n".join(words).strip()) for label, words in found]


def criteria_as_typed(listed: Iterable[CriterionRecord]) -> str:
    return "\n".join(f"{_named(one.label)} | {one.words.replace(chr(10), chr(10) + _GOES_ON)}" for one in listed)


def read_phrases(typed: str, before: Sequence[Phrase]) -> list[Phrase]:
    """The names of a treatment, one a line; one that was our own word stays so."""
    ours = {one.words for one in before if one.ours}
    return [Phrase(words=line, ours=line in ours) for line in dict.fromkeys(lines_in(typed))]


def read_areas(typed: str) -> list[str | AreaRecord]:
    """Areas, one a line, with what differs there: "Name | from 1 April 2026 | prior approval". Raises LineError."""
    return [_area(line) for line in lines_in(typed)]


def _area(line: str) -> str | AreaRecord:
    first, *parts = (part.strip() for part in _BAR.split(line))
    name = _name(first)
    differs: dict[str, object] = {}
    for part in filter(None, parts):
        word, _, rest = part.partition(" ")
        if part.casefold() in _WAYS:
            differs["mechanism"] = _WAYS[part.casefold()]
        elif word.casefold() in _AREA_DAYS:
            differs[_AREA_DAYS[word.casefold()]] = read_exact_day(rest)
        else:
            raise LineError(f"“{part[:40]}” is not known beside an area. Write ratified, from or to with a day, or the approval.")
    if not name:
        raise LineError("Say the name of the area first.")
    return AreaRecord.model_validate({"name": name, **differs}) if differs else name


def areas_as_typed(listed: Iterable[str | AreaRecord]) -> str:
    return "\n".join(" | ".join(_parts(one)) for one in listed)


def _parts(area: str | AreaRecord) -> Iterator[str]:
    if isinstance(area, str):
        yield _named(area)
        return
    yield _named(area.name)
    for word, name in _AREA_DAYS.items():
        if stated := getattr(area, name):
            yield f"{word} {in_words(stated)}"
    if area.mechanism:
        yield area.mechanism.replace("_", " ")
