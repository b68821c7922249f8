"""Codes of procedures (OPCS-4) and diagnoses (ICD-10): read, compared, never corrected.

No list of codes is shipped, since both classifications are licensed. What can be told without one is whether
a text has the shape of a code, and whether one code lies within another: a category of three characters takes
in all its children.
"""

import re
import unicodedata

OPCS4, ICD10 = "opcs4", "icd10"
SYSTEMS = (OPCS4, ICD10)
NAMES = {OPCS4: "OPCS-4", ICD10: "ICD-10"}

# OPCS-4 has no chapter I. ICD-10 may carry a filler X, or D (dagger) or A (asterisk) as data sets write them.
_SHAPES = {
    OPCS4: re.compile(r"([A-HJ-Z]\d\d)\.?(\d?)(?:\.?-)?"),
    ICD10: re.compile(r"([A-Z]\d\d)\.?(\d{0,2})(?:\.?-|[XDA†*])?"),
}
_MEANT = {
    OPCS4: "a procedure code of OPCS-4 (a letter, never I, and two digits, with or without a third: A75.2)",
    ICD10: "a diagnosis code of ICD-10 (a letter and two digits, with or without one or two more: R61.0)",
}
_RANGE = re.compile(r"\s*(\S+?)\s*(?:-|–|\bto\b)\s*([A-Za-z]\S*)\s*")


class CodeError(ValueError):
    """What was given is no code of the system that was asked for. The message is fit for the person who
    typed it."""


def normalise(system: str, text: str) -> str:
    """The code as it is compared: capitals, no dot, no spaces, no suffix. Raises CodeError."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    found = _SHAPES[system].fullmatch(plain)
    if found is None or not plain.isascii() and not plain.endswith("†"):
        raise CodeError(_not_a_code(system, plain, text))
    return found[1] + found[2]


def _not_a_code(system: str, plain: str, text: str) -> str:
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 20 else shown[:20] + "…"
    said = f"“{shown}” is not {_MEANT[system]}."
    other = ICD10 if system == OPCS4 else OPCS4
    if plain.isascii() and _SHAPES[other].fullmatch(plain):
        said += f" It has the shape of a code of {NAMES[other]}."
    return said


def listed(system: str, text: str) -> tuple[str, str | None]:
    """A code as a policy lists it: one code, or a range such as C00-C97, as (first, last). Raises
    CodeError."""
    span = _RANGE.fullmatch(text)
    if span is None:
        return normalise(system, text), None
    first, last = normalise(system, span[1]), normalise(system, span[2])
    if last < first:
        raise CodeError(f"The range “{text}” ends before it begins.")
    return first, last


def dotted(normalised: str) -> str:
    """The code as people write it: A75.2."""
    return normalised if len(normalised) == 3 else f"{normalised[:3]}.{normalised[3:]}"


def within(asked: str) -> list[str]:
    """Every listed code that takes this one in: the code itself and its parents."""
    return [asked[:length] for length in range(3, len(asked) + 1)]


def covers(first: str, asked: str, last: str | None = None) -> bool:
    """Whether a listed code, or a range from `first` to `last`, takes in the code that is asked about."""
    if last is None:
        return asked.startswith(first)
    return first <= asked and asked[: len(last)] <= last


def broader(asked: str, first: str, last: str | None = None) -> bool:
    """Whether the code asked about is a parent of what is listed, so that it may mean something else as
    well."""
    return asked != first and (first.startswith(asked) or bool(last and last.startswith(asked)))
