"""Text set with spaces in two columns: labels on the left, and on the right their values, each as long as it needs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ifr.policies.reading.blocks import Block, mark_of
from ifr.policies.reading.labels import is_label
from ifr.policies.reading.wordings import told_by

_ROW = re.compile(r"(?P<label>\s{0,60}[A-Za-z(][^\t|]{1,58}?)(?P<gap> {2,})(?P<value>[^\s|][^\t]*)")
_FURTHER_COLUMN = re.compile(r"\S {3,}\S")
LEAST = 3


@dataclass(frozen=True)
class _Place:
    """A line whose value begins at a column."""

    at: int
    label: str
    column: int


def rows(lines: Sequence[str]) -> Iterator[tuple[int, int, Block]]:
    """The rows so set: the first line of each, the line behind its last, and the row as a block of two cells."""
    places = {place.at: place for at, line in enumerate(lines) if (place := _place(at, line))}
    at = 0
    while at < len(lines):
        if at not in places:
            at += 1
            continue
        end = _end(lines, places, at)
        held = [places[one] for one in range(at, end) if one in places]
        if _is_hanging(lines, held):
            yield from _blocks(lines, held, end)
        at = end


def _place(at: int, line: str) -> _Place | None:
    found = _ROW.match(line)
    if found is None or mark_of(f"{found['label'].strip()} ") or len(line) > 2_000:
        return None
    return _Place(at, found["label"].strip(), found.start("value"))


def _end(lines: Sequence[str], places: dict[int, _Place], start: int) -> int:
    """Where the column of values ends: at a line that neither begins a value there nor goes on with one."""
    column, end = places[start].column, start + 1
    for at in range(start + 1, len(lines)):
        line = lines[at]
        if not line.strip():
            continue
        if at in places and places[at].column == column or len(line) - len(line.lstrip()) >= column:
            end = at + 1
            continue
        if at == end and line[0].islower() and len(line.rstrip()) < column:
            # The rest of a label of several lines, with nothing of its value beside it.
            end = at + 1
            continue
        break
    return end


def _is_hanging(lines: Sequence[str], held: Sequence[_Place]) -> bool:
    if len(held) < LEAST or held[0].column < 8:
        return False
    capital = sum(place.label[0].isupper() for place in held)
    known = sum(is_label(place.label) or any(told_by(place.label, lines[place.at][place.column :])) for place in held)
    wide = sum(bool(_FURTHER_COLUMN.search(lines[place.at][place.column :])) for place in held)
    return capital * 5 >= len(held) * 3 and known > 1 and wide * 2 < len(held)


def _blocks(lines: Sequence[str], held: Sequence[_Place], end: int) -> Iterator[tuple[int, int, Block]]:
    starts = [place for place in held if not (place is not held[0] and place.label[0].islower())]
    for place, after in zip(starts, [*(one.at for one in starts[1:]), end], strict=True):
        last = max(at for at in range(place.at, after) if lines[at].strip())
        here = lines[place.at : last + 1]
        label = " ".join(part for line in here if (part := line[: place.column].strip()))
        value = "\n".join(line[place.column :].rstrip() for line in here).strip()
        yield place.at, last + 1, Block("\n".join(line.rstrip() for line in here), cells=(label, value))
