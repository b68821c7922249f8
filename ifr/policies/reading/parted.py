"""Statements told as parts of one document: under a label that returns, under headings, or in a numbered list."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.facts import stated_in
from ifr.policies.reading.labels import facts_named, section_named
from ifr.policies.reading.listed import by_lines, by_rows
from ifr.policies.reading.naming import bare, shares_a_word, split_title
from ifr.policies.reading.positions import NOT_ROUTINE, in_a_cell, judged
from ifr.policies.reading.sections import sections_in
from ifr.policies.reading.standpoint import standpoint
from ifr.policies.reading.statements import CLOSES, OF_CODES, Statement, statement_of

MOST = 1_000


def many(text: str, blocks: Sequence[Block], title: str | None) -> list[Statement]:
    """The statements of a document that holds more than one; else an empty list."""
    found = max(
        (
            by_rows(blocks, title),
            _by_labels(text, blocks),
            _by_headings(text, blocks, title),
            _by_items(text, blocks),
            by_lines(blocks),
        ),
        key=len,
    )
    return found[:MOST] if len(found) > 1 else []


def _by_labels(text: str, blocks: Sequence[Block]) -> list[Statement]:
    stated = [one for one in stated_in(text, blocks) if not one.furniture]
    best: list[Statement] = []
    for key in ("treatment", "title"):
        starts = [
            one
            for one in stated
            if one.key == key
            and one.value
            and len(one.value) < 200
            and not OF_CODES.search(one.label)
            and not in_a_cell(one.value)
        ]
        if len({one.value.lower() for one in starts}) < 2 or len(starts) > len({one.value.lower() for one in starts}):
            continue
        ends = [*(one.at for one in starts[1:]), len(blocks)]
        told = [_of_part(text, blocks, one.at, end, one.value) for one, end in zip(starts, ends, strict=True)]
        kept = [one for one in told if one]
        best = kept if len(kept) > len(best) and len(kept) * 2 > len(starts) else best
    return best


def _by_headings(text: str, blocks: Sequence[Block], title: str | None) -> list[Statement]:
    starts = [at for at, block in enumerate(blocks) if _names_a_treatment(block)]
    best: list[Statement] = []
    for level in sorted({blocks[at].level for at in starts}):
        told = []
        for at in [one for one in starts if blocks[one].level == level]:
            part = _of_part(text, blocks, at, _end(blocks, at, level), blocks[at].words)
            if part:
                told.append(part)
        told = [part for part in told if _is_its_own(part, blocks, title)]
        best = told if len(told) > len(best) else best
    return best


def _is_its_own(part: Statement, blocks: Sequence[Block], title: str | None) -> bool:
    """Whether what a part says is funded is said of what its heading names: in the same words, or in a line of its own that does
    not speak of the subject of the whole document. Under "General rules" a sentence speaks of something else."""
    inside = [block for block in blocks[part.start + 1 : part.end] if not block.furniture and len(block.raw) < 3_000]
    said = [block for block in inside if judged(block.raw) or len(block.words) < 90 and in_a_cell(block.raw)]
    heading = blocks[part.start].words
    return any(
        shares_a_word(heading, [block.words]) or len(block.words) < 90 and not shares_a_word(title or "", [block.words])
        for block in said[:6]
    )


_COUNTED = re.compile(r"(?:\d{1,3}|[A-Z]{1,4}[-/ ]?\d{1,3}|\d{1,2}(?:\.\d{1,3}){1,3}|[a-z])[.):]?")


def _by_items(text: str, blocks: Sequence[Block]) -> list[Statement]:
    """A numbered list of treatments, each with a line or two below it that says what is funded."""
    starts = [at for at, block in enumerate(blocks) if _is_numbered_name(block)]
    told: list[Statement] = []
    if len(starts) < 3:
        return told
    for at, after in zip(starts, [*starts[1:], len(blocks)], strict=True):
        end = next((one for one in range(at + 1, after) if _heads_another(blocks[one])), after)
        if part := _of_part(text, blocks, at, end, blocks[at].words):
            told.append(part)
    return told if len(told) > 2 and len(told) * 3 > len(starts) * 2 else []


def _heads_another(block: Block) -> bool:
    return bool(block.level) and not block.mark and judged(block.words, label=True) is None


def _is_numbered_name(block: Block) -> bool:
    words = block.words
    if not _COUNTED.fullmatch(block.mark) or block.furniture or block.cells or len(words.split()) > 12 or not words[:1].isupper():
        return False
    if words.endswith((".", ":", ";", ",")) or section_named(words) or facts_named(words) or _NO_NAME.fullmatch(words):
        return False
    return judged(words, label=True) is None and bool(re.search(r"[a-z]{3}", words, re.I))


_NO_NAME = re.compile(
    (
        r"policy(?: statement)?s?|.{0,30}\d+ (?:of|/) \d+|appendix.{0,60}|adults?|children|.*\b(?:integrated care board|"
        r"clinical commissioning group|ccg|icb|nhs england|trust|codes?|coding|opcs.*|icd.*|"
        r"contents?|on this page|principles|legislation|responsibilit\w+|process|pathway|summary|"
        r"discussion|glossary|mechanism.*|equality|appeals?|prior approval|key|how to .*|who .*|"
        r"what .*|why .*|when .*|where .*|notes?|evidence|category \d.*|guidance|information|"
        r"cancer|safeguarding|smoking|general|lifestyle|photograph.*)\b"
    ),
    re.I,
)


# A name holds no verb of a sentence.
_SAYS = re.compile(r"\b(?:is|are|was|were|will|may|must|should|can|do|does|has|have|relates?|applies)\b", re.I)


def _names_a_treatment(block: Block) -> bool:
    words = block.words
    if not block.level or block.furniture or len(words) > 120 or section_named(words) or facts_named(words):
        return False
    return (
        not _NO_NAME.fullmatch(bare(words))
        and not _SAYS.search(words)
        and judged(words, label=True) is None
        and bool(re.search(r"[a-z]{4}", words, re.I))
    )


def _end(blocks: Sequence[Block], at: int, level: int) -> int:
    for place in range(at + 1, len(blocks)):
        block = blocks[place]
        if not block.level or block.furniture:
            continue
        if block.level <= level and (
            _names_a_treatment(block) or section_named(block.words) in CLOSES or re.match(r"appendix|annex", block.words, re.I)
        ):
            return place
    return len(blocks)


def _of_part(text: str, blocks: Sequence[Block], start: int, end: int, name: str) -> Statement | None:
    inside = [replace(block) for block in blocks[start:end]]
    body = inside[1:] if inside and inside[0].level else inside
    found = standpoint(body, sections_in(text, body), stated_in(text, body))
    if found is None:
        return None
    whole = found.whole()
    if whole is None:
        return None
    treatment, indication = split_title(name)
    if len({said.position for said in found.said}) == 1 and whole.position == NOT_ROUTINE and not treatment:
        return None
    return statement_of(text, blocks, (start, end), treatment, indication, whole, found)
