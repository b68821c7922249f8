"""The criteria of a statement, verbatim and with their printed labels."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ifr.policies.reading.blocks import Block, mark_of
from ifr.policies.reading.cleaning import clean, sentences
from ifr.policies.reading.facts import is_name_of_column
from ifr.policies.reading.labels import is_label, section_named
from ifr.policies.reading.positions import CRITERIA, NOT_ROUTINE, judged
from ifr.policies.reading.sections import parts_of

_OPENS = re.compile(
    (
        r"following|criteri|"
        r"\b(?:if|when|where) (?:all|any|both|one|two|three|four|each|every|either)\b|"
        r"(?:all|any|one|both|each|either) of|(?:if|when|where|unless|for|"
        r"following|met|provided(?: that)?|least one|all|any)\s*(?:\w+\s*){0,4}:$|:$"
    ),
    re.I,
)
_JOINS = re.compile(r"(?:and|or|and/or|plus|either|both)[\s:,.]*", re.I)
_CLAUSE = re.compile(
    (
        r"\b(?:(?:if|when|where|provided that|provided|unless|once|who|subject to|only for|only in|"
        r"for patients with)\b\s+|(?=(?:in|for) (?:adults|children|boys|girls|men|women|people|patients|those)\b)|"
        r"(?<=funded )(?=(?:for|in|after)\b)|(?<=commissioned )(?=(?:for|in|after)\b))(.+)"
    ),
    re.I | re.S,
)
_SHUT = re.compile(r"not (?:funded|commissioned|be funded|meet|met)|exception|\bifr\b|do not apply|exclu", re.I)
MOST = 200


# A sentence may point to a list that stands further below, under a heading or in a table of its own.
_POINTS = re.compile(
    r"\b(?:below|following|(?:table|paragraph|section|appendix|box) \w|listed|set out|these (?:criteria|groups|conditions))\b",
    re.I,
)
_SHUT_HEADING = re.compile(r"\bnot\b|exclu|exception|cod(?:es?|ing)|referenc|evidence|history|contents|outside", re.I)
_REACH = 4


def criteria_in(blocks: Sequence[Block], *, headed: bool = False) -> list[dict[str, Any]]:
    """The criteria that the blocks list. `headed`: a heading has already said that these are criteria."""
    flat = [part for block in blocks for part in _flat(block)]
    told: list[dict[str, Any]] = []
    open_, pointed = headed, 0
    mark: str | None = None
    for at, block in enumerate(flat):
        item = bool(block.mark or block.cells) and not block.level
        pointed = 0 if block.level and _SHUT_HEADING.search(block.words) else max(pointed - 1, 0)
        open_ = (open_ or item and pointed > 0) and not (item and mark == _style(block.mark))
        if open_ and item and not (re.fullmatch(r"\d+(?:\.\d+)+\.?", block.mark) and _opens(block)):
            told += _item(block)
        elif told and _JOINS.fullmatch(block.words) and open_:
            told[-1]["words"] += f" {block.words}"
        elif _opens(block):
            open_ = True
            if not _list_follows(flat, at):
                told += _clauses(block)
                open_ = headed
                pointed, mark = _pointing(block) or (pointed, mark)
            else:
                continue
        elif (
            told
            and open_
            and not block.level
            and (block.words[:1].islower() or at and flat[at - 1].words.endswith((",", "and", "or")))
        ):
            told[-1]["words"] += f" {block.words}"
        elif told:
            open_ = False
    if not told and headed:
        told = [
            {"label": None, "words": block.words}
            for block in flat
            if not block.level and not block.words.endswith(":") and not _SHUT.search(block.words)
        ]
    return told[:MOST]


def _item(block: Block) -> list[dict[str, Any]]:
    """An item of the list as a criterion; what it refuses is none."""
    said, label = judged(block.words), re.match(r"[^:]{3,40}(?=:\s)", block.words)
    if label and section_named(label[0]) not in (None, "criteria", "cohort"):
        return []
    return [] if said is not None and said.position == NOT_ROUTINE else [{"label": block.mark or None, "words": block.words}]


def _pointing(block: Block) -> tuple[int, str | None] | None:
    """How far a sentence points to a list below it, and the marks that its own list has and that one has not."""
    return (_REACH, _style(block.mark) if block.mark else None) if _POINTS.search(block.words) else None


_ENUMERATED = re.compile(r"(?<=[;,.:])\s+(?:(?:and|or)\s+)?(?=\((?:i{1,3}|iv|vi{0,3}|[a-h]|\d)\)\s)")


def _flat(block: Block) -> list[Block]:
    if len(block.cells) > 1:
        return _of_row(block)
    pieces = [piece for piece in _ENUMERATED.split(block.raw) if piece.strip()]
    if len(pieces) > 2 or len(pieces) == 2 and mark_of(pieces[0]):
        # "… if: (i) this; (ii) that": the items of a list that was set in one line.
        first = replace(block, raw=pieces[0], mark=block.mark or mark_of(pieces[0]))
        return [first, *(Block(piece, mark=mark_of(piece)) for piece in pieces[1:])]
    if "\n" in block.raw or "•" in block.raw[2:] or "<" in block.raw:
        parts = parts_of(block.raw)
        return list(parts) if len(parts) > 1 else [block]
    return [block]


_NUMBER = re.compile(r"\W*(?:\d{1,3}|[a-z]|[ivx]{1,4})\W*", re.I)
_TO_FILL_IN = re.compile(r"\W*(?:yes|no|y|n|tick|met|please tick|y/n|yes ?/ ?no|n/a)?\W*", re.I)


def _of_row(block: Block) -> list[Block]:
    """The words of a row: numbered by its first cell, without the cells to be filled in. The names of columns are none."""
    cells = [cell for cell in block.cells[1:] if not _TO_FILL_IN.fullmatch(clean(cell))]
    if all(is_name_of_column(name) and len(name) < 25 for name in [block.columns[0], *map(clean, cells)]):
        return []
    first = block.columns[0]
    if len(first) > 25 and not is_label(first):
        # A row whose first cell is a condition, with what shows it beside.
        return [Block(block.cells[0], cells=(block.cells[0],))]
    parts = [part for cell in cells for part in parts_of(cell)]
    if parts and _NUMBER.fullmatch(block.columns[0]):
        parts[0] = replace(parts[0], mark=block.columns[0], level=0)
    return parts


def _opens(block: Block) -> bool:
    """Whether a line leads to a list of criteria."""
    words = block.words
    if len(words) > 700 or block.level and not words.endswith(":"):
        return False
    if _SHUT.search(words) and not judged_criteria(words):
        return False
    return bool(_OPENS.search(words)) and not words.endswith((".", ";")) or judged_criteria(words)


def judged_criteria(words: str) -> bool:
    """Whether a passage says that funding depends on criteria."""
    return any(said is not None and said.position == CRITERIA for said in map(judged, [words, *sentences(words)]))


def _list_follows(flat: Sequence[Block], at: int) -> bool:
    after = flat[at + 1] if at + 1 < len(flat) else None
    if after is not None and flat[at].mark and flat[at].words.endswith(".") and _style(flat[at].mark) == _style(after.mark):
        # An item among its fellows, itself a whole sentence, leads to no list.
        return False
    return (
        after is not None
        and bool(after.mark)
        and not after.level
        and (
            flat[at].words.rstrip().endswith((":", "-", "–", "met", "following", "when", "if", "where", "least"))
            or not re.fullmatch(r"\d+(?:\.\d+)+\.?", after.mark)
        )
    )


def _style(mark: str) -> str:
    return re.sub(r"\d+", "1", re.sub(r"[a-z]+", "a", mark.lower()))


def _clauses(block: Block) -> list[dict[str, Any]]:
    """The condition that a sentence itself names."""
    for sentence in sentences(block.raw):
        said = judged(sentence)
        if said is not None and said.position == CRITERIA and (found := _CLAUSE.search(sentence)):
            words = clean(found[1]).strip(" .")
            if (
                not re.search(
                    (
                        r"following|criteria (?:below|set out|listed|are met|is met)|\bthis (?:\w+ )?policy|"
                        r"\b(?:the|specific|these) criteria\b"
                    ),
                    words,
                )
                and len(words.split()) > 1
            ):
                return [{"label": None, "words": words}]
    return []
