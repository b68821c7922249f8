"""What a form or an e-mail prints under a label that the question set knows: proposed with its passage, never filled in
by itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ifr.cases.drafts.reading import LONGEST_LINE
from ifr.cases.intake.arrived import Words

_LONGEST_PASSAGE = 600
_MOST_LINES = 3_000


@dataclass(frozen=True)
class Proposal:
    """What was found for one question: the value, the lines that it was read from, and in what they stand."""

    value: str
    passage: str
    where: str


def proposals(words: Iterable[Words], labels: Mapping[str, list[str]]) -> dict[str, Proposal]:
    """For each question at most one: the first place that prints one of its labels with something behind it or below it."""
    patterns = _patterns(labels)
    found: dict[str, Proposal] = {}
    for one in words:
        lines = [" ".join(line.split()) if "\t" not in line else line.strip() for line in one.text.split("\n")]
        lines = lines[:_MOST_LINES]
        for at, line in enumerate(lines):
            key, value = _labelled(line, patterns)
            if key and key not in found:
                passage = line
                if not value:
                    value = _below(lines, at, patterns)
                    passage = f"{line}\n{value}"
                if value:
                    found[key] = Proposal(value[:LONGEST_LINE], passage[:_LONGEST_PASSAGE], one.title)
    return found


def _patterns(labels: Mapping[str, list[str]]) -> list[tuple[re.Pattern[str], str]]:
    """One for each label, the longest first, so that “Treatment requested” is not read as “Treatment”."""
    pairs = sorted(((label, key) for key, listed in labels.items() for label in listed), key=lambda pair: -len(pair[0]))
    return [
        (re.compile(rf"[^\w]{{0,4}}{re.escape(label)}(?:\s*\([^()]{{0,40}}\))?\s*(?:[:?\t]|\s[-–—]\s|$)", re.I), key)
        for label, key in pairs
    ]


def _labelled(line: str, patterns: list[tuple[re.Pattern[str], str]]) -> tuple[str, str]:
    for pattern, key in patterns:
        if found := pattern.match(line):
            return key, " ".join(line[found.end() :].split()).strip(" :_.…")
    return "", ""


def _below(lines: list[str], at: int, patterns: list[tuple[re.Pattern[str], str]]) -> str:
    """What stands in the next line that is not empty, unless that is a label itself."""
    following = next((line for line in lines[at + 1 : at + 4] if line.strip()), "")
    is_label = _labelled(following, patterns)[0] or following.rstrip().endswith(":")
    return "" if is_label else " ".join(following.split())
