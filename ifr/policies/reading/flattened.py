"""A table that lost its lines: each row a paragraph, each cell a line of it, the names of the columns first."""

from collections.abc import Sequence

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.facts import is_name_of_column
from ifr.policies.reading.labels import is_label
from ifr.policies.reading.positions import in_a_cell

LEAST_ROWS = 2
MOST_CELLS = 8


def with_rows(blocks: Sequence[Block]) -> list[Block]:
    """The same blocks, with the paragraphs of such a table made rows."""
    groups = [part for group in _groups(blocks) for part in _without_gaps(group)]
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


def _without_gaps(group: list[Block]) -> list[list[Block]]:
    """One paragraph that holds the names of the columns and then every cell, taken apart into rows."""
    width = next((at for at, block in enumerate(group) if not is_name_of_column(block.words)), len(group))
    if width < 2 or len(group) < width * (LEAST_ROWS + 1) or len(group) % width or not _names_columns(group[:width]):
        return [group]
    rows = [group[at : at + width] for at in range(0, len(group), width)]
    positions = any(all(in_a_cell(row[at].words) for row in rows[1:]) for at in range(width))
    return rows if positions and all(_is_row(row) for row in rows[1:]) else [group]


def _names_columns(group: Sequence[Block]) -> bool:
    words = [block.words for block in group]
    if not 1 < len(group) <= MOST_CELLS or any(block.cells or block.mark or len(block.words) > 40 for block in group):
        return False
    return all(is_name_of_column(one) and not one.endswith((":", ".")) for one in words)


def _is_row(group: Sequence[Block]) -> bool:
    first = group[0].words
    return not any(block.cells or block.furniture for block in group) and not group[0].mark and not is_label(first)


def _row(group: Sequence[Block]) -> Block:
    return Block("\n".join(block.raw for block in group), cells=tuple(block.raw.strip() for block in group), apart=True)
