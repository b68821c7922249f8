"""A table that lost its lines: each row a paragraph and each cell a line of it, or each cell a paragraph, the names of the
columns first."""

from collections.abc import Sequence

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.facts import is_name_of_column
from ifr.policies.reading.labels import is_label
from ifr.policies.reading.positions import in_a_cell

LEAST_ROWS = 2
MOST_CELLS = 8


def with_rows(blocks: Sequence[Block]) -> list[Block]:
    """The same blocks, with the paragraphs of such a table made rows."""
    groups = _cell_by_cell([part for group in _groups(blocks) for part in _without_gaps(group)])
    told: list[Block] = []
    at = 0
    while at < len(groups):
        width = len(groups[at])
        end = at + 1
        if _names_columns(groups[at]):
            while end < len(groups) and len(groups[end]) == width and _is_row(groups[end]):
                end += 1
        if end - at > LEAST_ROWS:
            told += [_row(group) for group in groups[at:end]]
        else:
            end = at + 1
            told += groups[at]
        at = end
    return told


def _groups(blocks: Sequence[Block]) -> list[list[Block]]:
    groups: list[list[Block]] = []
    for block in blocks:
        if block.apart or not groups:
            groups.append([])
        groups[-1].append(block)
    return groups


def _cell_by_cell(groups: list[list[Block]]) -> list[list[Block]]:
    """The same paragraphs; where each was one cell of a table, those of a row put together."""
    told: list[list[Block]] = []
    at = 0
    while at < len(groups):
        width, rows = _rows_at(groups, at)
        if rows:
            told += rows
            at += width * len(rows)
        else:
            told.append(groups[at])
            at += 1
    return told


def _rows_at(groups: list[list[Block]], at: int) -> tuple[int, list[list[Block]]]:
    """The rows of a table whose names of columns begin here, a paragraph each: one column tells the position of every row."""
    names = 0
    while names < MOST_CELLS and at + names < len(groups) and _is_name(groups[at + names]):
        names += 1
    for width in range(names, 1, -1):
        for column in range(1, width):
            rows = 0
            while (last := at + (rows + 2) * width) <= len(groups) and _tells_position(groups[last - width + column]):
                rows += 1
            if rows >= LEAST_ROWS:
                return width, [
                    [_cell(group) for group in groups[at + row * width : at + (row + 1) * width]] for row in range(rows + 1)
                ]
    return 0, []


def _is_name(group: Sequence[Block]) -> bool:
    return len(group) == 1 and _may_be_name(group[0])


def _tells_position(group: Sequence[Block]) -> bool:
    return len(group) == 1 and len(group[0].words) < 60 and in_a_cell(group[0].words) is not None


def _cell(group: Sequence[Block]) -> Block:
    return Block("\n".join(block.raw for block in group), apart=True)


def _without_gaps(group: list[Block]) -> list[list[Block]]:
    """One paragraph that holds the names of the columns and then every cell, taken apart into rows."""
    width = next((at for at, block in enumerate(group) if not is_name_of_column(block.words)), len(group))
    if width < 2 or len(group) < width * (LEAST_ROWS + 1) or len(group) % width or not _names_columns(group[:width]):
        return [group]
    rows = [group[at : at + width] for at in range(0, len(group), width)]
    positions = any(all(in_a_cell(row[at].words) for row in rows[1:]) for at in range(width))
    return rows if positions and all(_is_row(row) for row in rows[1:]) else [group]


def _names_columns(group: Sequence[Block]) -> bool:
    return 1 < len(group) <= MOST_CELLS and all(map(_may_be_name, group))


def _may_be_name(block: Block) -> bool:
    words = block.words
    if block.cells or block.mark or block.furniture or len(words) > 40 or words.endswith((":", ".")):
        return False
    return is_name_of_column(words)


def _is_row(group: Sequence[Block]) -> bool:
    first = group[0].words
    return not any(block.cells or block.furniture for block in group) and not group[0].mark and not is_label(first)


def _row(group: Sequence[Block]) -> Block:
    return Block("\n".join(block.raw for block in group), cells=tuple(block.raw.strip() for block in group), apart=True)
