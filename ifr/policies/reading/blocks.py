"""A document as a list of blocks: paragraphs, headings, items of lists and rows of tables, in reading order."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ifr.policies.reading.cleaning import clean, letters

BULLETS = "•◦▪●○‣⁃·■□➢✓☐☑✔►▶"
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# A printed label of an item or a heading: a bullet, "1.", "(a)", "iv)", "3.1". A day before a month is none.
_BULLET = re.compile(rf"\s*([{BULLETS}\uf0b7\uf0a7]|[-–—o*](?=\s))\s*")
_NUMBER = re.compile(
    rf"\s*(\(?(?:\d{{1,3}}|[a-z]|[ivx]{{1,5}}|[A-H])[.)](?=\s|$|[A-Za-z])(?![a-z]\.)|\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}\.?(?=\s)"
    rf"|\d{{1,2}}(?=\s+(?!(?i:{_MONTHS}))[A-Z](?:[a-z]|[A-Z]{{3}}))|(?:[ivx]{{1,4}}|[a-h])(?=\s{{2,}}\S))\s*"
)


@dataclass(frozen=True)
class Block:
    """One block. `raw` is verbatim; `mark` is the label that its list prints, kept apart from `words`.

    `level` is above 0 for a heading, 1 being the highest. `cells` are those of a row, verbatim. `furniture`
    marks what a page repeats at its head or foot. `apart` says that an empty line stands before it, `start`
    where it begins in the text.
    """

    raw: str
    level: int = 0
    cells: tuple[str, ...] = ()
    mark: str = ""
    furniture: bool = False
    apart: bool = False
    start: int = -1

    @cached_property
    def words(self) -> str:
        """The words as one clean line, without the mark."""
        return clean(without_mark(self.raw))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The cells as clean lines."""
        return tuple(clean(cell) for cell in self.cells)


def mark_of(raw: str) -> str:
    """The label printed before an item: a number where bullet and number stand together."""
    return _split(raw)[0]


def without_mark(raw: str) -> str:
    """The rest of the item."""
    return _split(raw)[1]


def _split(raw: str) -> tuple[str, str]:
    rest = letters(raw.lstrip("# \t*") if raw.lstrip().startswith(("#", "**")) else raw)
    mark = ""
    if found := _BULLET.match(rest):
        mark, rest = found[1], rest[found.end() :]
    if found := _NUMBER.match(rest):
        mark, rest = found[1], rest[found.end() :]
    return mark, rest


def placed(text: str, blocks: Iterable[Block]) -> list[Block]:
    """The same blocks, each with the place in the text where it begins."""
    told, after = [], 0
    for block in blocks:
        start = text.find(block.raw, after)
        if start < 0:
            start = text.find(block.raw)
        else:
            after = start + len(block.raw)
        told.append(replace(block, start=start))
    return told


def passage_of(text: str, blocks: Sequence[Block]) -> str:
    """The verbatim passage from the first of the blocks to the last."""
    if not blocks:
        return ""
    first, last = blocks[0].start, blocks[-1].start + len(blocks[-1].raw)
    if first < 0 or last < first:
        return "\n".join(block.raw for block in blocks).strip()
    return text[first:last].strip()
