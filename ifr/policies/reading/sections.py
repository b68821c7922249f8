"""The parts of a document by their headings: scope, rationale, exceptionality and the like, each with its passage."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ifr.policies.reading.blocks import Block, passage_of, without_mark
from ifr.policies.reading.cleaning import clean, letters, unmarked
from ifr.policies.reading.facts import is_blank, tables_in
from ifr.policies.reading.labels import FURTHER, facts_named, is_label, plain, section_named

_OUT = re.compile(
    (
        r"(?:<p>\s*)?\b(?:out[- ]of[- ]scope|this policy does not (?:cover|apply to)|does not "
        r"cover|exclusions?|excludes)\b\s*:?\s*(?:</p>)?"
    ),
    re.I,
)
_COVERS = re.compile(r"^\s*(?:in scope|covers|this policy covers)\b\s*:?\s*", re.I)
LONGEST = 20_000


@dataclass(frozen=True)
class Section:
    """A part: what it is, the heading as printed, the blocks under it (or the cell beside it) and where it stands."""

    key: str
    heading: str
    body: tuple[Block, ...]
    passage: str
    at: int
    end: int
    level: int = 0

    @property
    def words(self) -> str:
        """The words of the part, an item of a list to a line with its mark."""
        lines = [line for block in self.body for line in _lines(block)]
        return "\n".join(lines)[:LONGEST]

    @property
    def raw(self) -> str:
        """The verbatim words without the heading."""
        return "\n".join(block.raw for block in self.body)


def _lines(block: Block) -> list[str]:
    if block.cells:
        return ["\t".join(block.columns)]
    if block.mark and not block.level:
        return [f"{block.mark} {block.words}"]
    return [clean(block.raw)] if len(block.raw) < 100_000 else []


def sections_in(text: str, blocks: Sequence[Block]) -> list[Section]:
    """The parts of a document whose headings we know, in order."""
    found: list[Section] = []
    heads = {table.at + step for table in tables_in(blocks) for step in range(len(table.rows) + 1)}
    for at, block in enumerate(blocks):
        if block.furniture or at in heads:
            continue
        if len(block.cells) > 1:
            found += _beside(text, blocks, at)
        elif (key := _opened_by(block)) is not None:
            end = _end(blocks, at)
            body = tuple(one for one in blocks[at + 1 : end] if not one.furniture)
            found.append(Section(key, block.words, body, passage_of(text, blocks[at:end]), at, end, block.level))
        elif inline := _inline(block):
            key, heading, rest = inline
            end = _end(blocks, at, inline=True)
            body = (Block(rest), *(one for one in blocks[at + 1 : end] if not one.furniture))
            found.append(Section(key, heading, body, passage_of(text, blocks[at:end]), at, end))
    return found


def _opened_by(block: Block) -> str | None:
    words = block.words
    if block.mark and not block.level and not re.fullmatch(r"[\d.]+", block.mark) or len(words) > 120:
        return None
    key = section_named(words)
    if key is None or not (block.level or words.endswith(":") or words[:1].isupper() or block.mark):
        return None
    return key


def _inline(block: Block) -> tuple[str, str, str] | None:
    raw = without_mark(unmarked(block.raw))
    found = re.match(r"\s*([A-Z][^:\n]{2,80}):\s*(?=\S)", raw)
    if found is None or block.mark and not re.fullmatch(r"[\d.]+", block.mark):
        return None
    key = section_named(found[1])
    return (key, clean(found[1]), raw[found.end() :]) if key else None


def _beside(text: str, blocks: Sequence[Block], at: int) -> list[Section]:
    """A row: a heading in its first cell and the words in the others."""
    block = blocks[at]
    heading = block.columns[0]
    key = section_named(heading)
    if key is None or not heading:
        return []
    cells = [cell for cell in block.cells[1:] if cell.strip()]
    end = at + 1
    if not cells:
        end = _end(blocks, at)
    body = (*parts_of("\n".join(cells)), *(one for one in blocks[at + 1 : end] if not one.furniture))
    return [Section(key, heading, body, passage_of(text, blocks[at:end]), at, end)]


_ITEM = re.compile(r"(?:(?<=\s)|^)(?=[•◦▪●]\s)|\n|</?(?:p|li|br|ul|ol)\b[^<>]{0,200}>", re.I)


def parts_of(cell: str) -> tuple[Block, ...]:
    """The lines and items of a cell, each a block; a list left in it as tags is taken apart."""
    from ifr.policies.reading.plain import joined

    numbered = "<ol" in cell.lower()
    pieces = [piece for piece in _ITEM.split(letters(cell)) if piece.strip()]
    if re.search(r"</?(?:p|li|ul|ol)\b", cell, re.I):
        items = [clean(one) for one in re.findall(r"<li[^<>]{0,200}>(.*?)(?=</?li\b|</?[uo]l\b|$)", cell, re.I | re.S)]
        told = []
        for piece in pieces:
            words = clean(piece)
            if words and words in items:
                words = f"{items.index(words) + 1}. {words}" if numbered else f"• {words}"
            told.append(words)
        pieces = [one for one in told if one]
    return tuple(block for block in joined(pieces) if block.words or block.cells)


def _end(blocks: Sequence[Block], at: int, *, inline: bool = False) -> int:
    """Where a part ends: at the next heading of its level or above, or at any label that we know; where its own heading stands
    in the line, at any line with a few words and a colon."""
    level, counted = blocks[at].level or 7, _number(blocks[at])
    for place in range(at + 1, len(blocks)):
        block = blocks[place]
        if block.furniture:
            continue
        if counted and (number := _number(block)):
            if number == counted + 1:
                return place
            # A list of its own begins under the heading; its numbers are not those of the headings.
            counted = 0
        if (
            block.level
            and block.level <= level
            or _opens_another(block)
            or inline
            and _IN_LINE.match(block.words)
            and block.apart
        ):
            return place
    return len(blocks)


_IN_LINE = re.compile(r"[A-Z][\w’']*(?: [\w’']+){0,3}:\s")


def _opens_another(block: Block) -> bool:
    """Whether a block has a heading or a label that we know, so that a part cannot go on over it."""
    if block.level and section_named(block.words) is not None:
        return True
    if len(block.cells) > 1:
        return _is_cover_row(block)
    words = block.words
    if re.match(r"\d+(?:\.\d+)*\.?$", block.mark) and section_named(words) is not None:
        return True
    found = re.match(r"([A-Z][^:\n]{2,80}):(?:\s|$)", words)
    labelled = len(words) <= 90 and is_label(words) and words[:1].isupper()
    return not block.mark and (labelled or found is not None and is_label(found[1]))


def _number(block: Block) -> int:
    """The whole number that a block is marked with; 0 for none."""
    found = re.fullmatch(r"(\d{1,2})\.?", block.mark)
    return int(found[1]) if found else 0


def _is_cover_row(block: Block) -> bool:
    label = block.columns[0]
    return bool(facts_named(label)) or section_named(label) is not None or bool(plain(label) and FURTHER.fullmatch(plain(label)))


def divided(section: Section) -> tuple[str | None, str | None]:
    """The scope and what is out of it, where one part tells both."""
    raw = section.raw
    found = _OUT.search(raw)
    inside, outside = (raw[: found.start()], raw[found.end() :]) if found else (raw, "")
    return _told(inside), _told(outside) if found else None


def _told(raw: str) -> str | None:
    words = "\n".join(f"{one.mark} {one.words}".strip() for one in parts_of(raw))
    words = _COVERS.sub("", words).strip()
    lines = [line for line in words.split("\n") if line.strip() and line.strip() not in ("•", "-")]
    if len(lines) == 1:
        lines = [re.sub(r"^[•◦▪●\-–]\s*", "", lines[0])]
    return "\n".join(lines) or None


def first(sections: Sequence[Section], key: str) -> Section | None:
    """The first part of a kind that says something."""
    return next(
        (one for one in sections if one.key == key and one.words and not (is_blank(one.words) and one.words.lower() != "none")),
        None,
    )
