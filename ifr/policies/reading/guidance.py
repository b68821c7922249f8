"""Guidance of NICE and the like: its number, its former numbers and its day. It never gives a position."""

import re
from collections.abc import Sequence

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.cleaning import clean
from ifr.policies.reading.cover import date_of
from ifr.policies.reading.extras import cites_of, further_of
from ifr.policies.reading.facts import Stated
from ifr.policies.reading.record import CERTAIN, LIKELY, NOT_STATED, Field
from ifr.policies.reading.sections import Section

NUMBER = r"(?:TA|HST|HTG|HTE|IPG|MTG|DG|NG|CG|PH|QS|ES|MIB|SIGN)"
_ADDRESS = re.compile(r"nice\.org\.uk/(?:guidance|advice)/([a-z]{2,3}\d{1,4})\b", re.I)
_PRINTED = re.compile(rf"\b({NUMBER})\s?(\d{{1,4}})\b")
_NAMES = {
    "technology appraisal": "TA",
    "highly specialised technologies": "HST",
    "highly specialised technology": "HST",
    "healthtech": "HTG",
    "interventional procedures": "IPG",
    "interventional procedure": "IPG",
    "medical technologies": "MTG",
    "diagnostics": "DG",
    "nice": "NG",
    "clinical": "CG",
}
_SPELT = re.compile(rf"\b({'|'.join(_NAMES)}) (?:guidance|guideline)s?\s*\[?(?:{NUMBER})?\s?(\d{{1,4}})\]?", re.I)
_FORMER = re.compile(r"replac\w*(?! by\b)\b|supersed\w*(?! by\b)\b|formerly|previously|migrated|updates?\b", re.I)


def fields_of(
    text: str, blocks: Sequence[Block], stated: Sequence[Stated], sections: Sequence[Section], title: Field
) -> dict[str, Field]:
    """The fields of a guidance document."""
    reference = _reference(blocks[:30]) or _reference(blocks) or NOT_STATED
    former = _formerly(blocks, reference.value)
    if former and reference.value:
        reference = Field(reference.value, reference.passage, reference.sure, "Formerly " + ", ".join(former) + ".")
    further = further_of(blocks, stated)
    if former:
        value = dict(further.value or {}) | {"formerly": former}
        passage = next(
            block.raw.strip()
            for block in blocks
            if _FORMER.search(block.words) and any(one in _numbers(block.words) for one in former)
        )
        further = Field(value, "\n".join(filter(None, [further.passage, passage])), CERTAIN)
    return {
        "reference": reference,
        "published_on": date_of("published_on", stated, blocks[:30]),
        "cites": cites_of(blocks, leave=(reference.value, *former)),
        "further": further,
    }


def _numbers(words: str) -> list[str]:
    """The numbers of guidance in a passage, however they are written."""
    told = [f"{kind}{number}" for kind, number in _PRINTED.findall(words)]
    told += [f"{_NAMES[name.lower()]}{number}" for name, number in _SPELT.findall(words)]
    return list(dict.fromkeys(told))


def _reference(blocks: Sequence[Block]) -> Field | None:
    for block in blocks:
        words = clean(block.raw)
        if found := _ADDRESS.search(words):
            return Field(found[1].upper(), block.raw.strip(), CERTAIN)
        short = len(words) < 120 and not _FORMER.search(words)
        if short and (numbers := _numbers(words)):
            return Field(numbers[0], block.raw.strip(), LIKELY if len(words) > 60 else CERTAIN)
    return None


def _formerly(blocks: Sequence[Block], current: str | None) -> list[str]:
    told: list[str] = []
    for block in blocks:
        if _FORMER.search(block.words) and len(block.words) < 400:
            told += _numbers(block.words)
    return [one for one in dict.fromkeys(told) if one != current]
