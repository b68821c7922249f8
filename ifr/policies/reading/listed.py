"""Statements told as a list: a table with a row for each treatment, or a line with a treatment and its position."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ifr.policies.reading.blocks import Block, without_mark
from ifr.policies.reading.cleaning import clean, unmarked
from ifr.policies.reading.codelists import codes_in, included
from ifr.policies.reading.criteria import criteria_in
from ifr.policies.reading.facts import Table, is_history, tables_in
from ifr.policies.reading.labels import facts_named, section_named
from ifr.policies.reading.naming import split_title
from ifr.policies.reading.positions import CRITERIA, Said, in_a_cell, judged
from ifr.policies.reading.sections import parts_of
from ifr.policies.reading.statements import Statement

_TREATMENT = re.compile(
    (
        r"(?:.*\b)?(?:procedure|treatment|intervention|operation|therapy|device|drug|medicine|"
        r"service|policy(?: name| title| topic| area)?|topic|name|technology)s?(?:\b(?! code).*)?"
    ),
    re.I,
)
_POSITION = re.compile(
    (
        r".*\b(?:position|status|approval|commissioned|funded|funding|category|policy type|"
        r"restriction|access|decision|mechanism|route|type|commissioning|rag|threshold)\b.*"
    ),
    re.I,
)
_CRITERIA = re.compile(
    (
        r".*\b(?:criteria|criterion|threshold|commissioning policy|policy statement|statement|"
        r"conditions?|eligibility|circumstances|policy|notes|comments|detail)s?\b.*"
    ),
    re.I,
)
_OF_NO_TREATMENT = re.compile(
    r"code|date|ref|\bno\b|area|ccg|icb|\bpct|place|localit|organisation|commissioner|body|year|month|document|meeting|who|age",
    re.I,
)
_INDICATION = re.compile(r"(?:clinical )?(?:indications?|conditions?|diagnos[ie]s)", re.I)


@dataclass(frozen=True)
class _Columns:
    """Which column tells what: the treatment, or with a title for it the indication; the position; the criteria."""

    treatment: int
    position: int | None
    criteria: int | None
    title: str | None = None


def by_rows(blocks: Sequence[Block], title: str | None) -> list[Statement]:
    """The rows of tables that each say what is funded. `title` names the treatment where a row names an indication."""
    told: list[Statement] = []
    tables = tables_in(blocks)
    for table in [*tables, *_headless(blocks, tables)]:
        columns = None if is_history(table) else _columns(table, title)
        if columns is None:
            continue
        for step, row in enumerate(table.rows):
            if (
                row.columns != table.head.columns
                and not _is_of_cover(row)
                and (made := _of_row(table.head, row, columns, table.at + 1 + step))
            ):
                told.append(made)
    return sorted(told, key=lambda one: one.start)


def _headless(blocks: Sequence[Block], tables: Sequence[Table]) -> list[Table]:
    """Rows of one width that stand together under no names of columns."""
    within = {table.at + step for table in tables for step in range(len(table.rows) + 1)}
    found: list[Table] = []
    at = 0
    while at < len(blocks):
        width, end = len(blocks[at].cells), at
        while end < len(blocks) and end not in within and width > 1 and len(blocks[end].cells) == width:
            end += 1
        if end - at > 1:
            found.append(Table(Block("", cells=("",) * width), tuple(blocks[at:end]), at - 1))
        at = max(end, at + 1)
    return found


def _is_of_cover(row: Block) -> bool:
    """Whether a row is a label and its value."""
    return bool(facts_named(row.columns[0]) or section_named(row.columns[0]))


def _columns(table: Table, title: str | None) -> _Columns | None:
    names = list(table.head.columns)
    places = range(len(names))
    by_content = _column_of_positions(table)
    treatment = next(
        (at for at in places if _TREATMENT.fullmatch(names[at]) and not re.search(r"code|type|status", names[at], re.I)), None
    )
    indication = next((at for at in places if _INDICATION.fullmatch(names[at])), None)
    by_indication = treatment is None and indication is not None
    if treatment is None:
        treatment = indication if by_indication else _column_of_names(table) if by_content is not None else None
    if treatment is None:
        return None
    rest = [at for at in places if at != treatment]
    named = [at for at in rest if _POSITION.fullmatch(names[at]) and not _is_criteria_column(names[at])]
    position = by_content if by_content in rest else next(iter(named), None)
    criteria = next((at for at in rest if at != position and _CRITERIA.fullmatch(names[at])), None)
    if position is None and (criteria is None or criteria == treatment or _counts(table, treatment)):
        return None
    return _Columns(treatment, position, criteria, split_title(title)[0] if by_indication and title else None)


def _counts(table: Table, at: int) -> bool:
    """Whether a column holds nothing but numbers: the rows are then those of one list."""
    cells = [row.columns[at] for row in table.rows if at < len(row.columns)]
    return all(re.fullmatch(r"\W*(?:\d{1,3}|[a-z]|[ivx]{1,4})\W*", cell) for cell in cells)


def _column_of_positions(table: Table) -> int | None:
    """The column whose cells mostly say what is funded, each in a few words."""
    for at in range(len(table.head.columns)):
        cells = [row.cells[at] for row in table.rows if at < len(row.cells) and row.cells[at].strip()]
        said = [cell for cell in cells if len(cell) < 120 and in_a_cell(cell)]
        if len(said) > 1 and len(said) * 3 >= len(cells) * 2:
            return at
    return None


def _column_of_names(table: Table) -> int | None:
    """The first column of words that differ from row to row, numbers and codes being none."""
    for at, name in enumerate(table.head.columns):
        cells = [row.columns[at] for row in table.rows if at < len(row.columns) and row.columns[at]]
        words = [cell for cell in cells if re.search(r"[a-z]{4}", cell, re.I) and len(cell) < 150]
        if len(set(words)) * 3 > len(table.rows) * 2 and not _OF_NO_TREATMENT.search(name):
            return at
    return None


def _is_criteria_column(name: str) -> bool:
    return bool(re.search(r"criteria|statement", name, re.I))


def _of_row(head: Block, row: Block, columns: _Columns, at: int) -> Statement | None:
    cells = row.cells
    treatment, position, criteria = columns.treatment, columns.position, columns.criteria
    if treatment >= len(cells) or not row.columns[treatment]:
        return None
    said = in_a_cell(cells[position]) if position is not None and position < len(cells) else None
    words = cells[criteria] if criteria is not None and criteria < len(cells) else ""
    if not words and said and said.position == CRITERIA and len(said.passage) > 40:
        words = said.passage
    from_words = in_a_cell(words) if words else None
    if from_words is None and words and not said and re.search(r"\b(?:if|when|must|all of|following)\b", words):
        from_words = Said(CRITERIA, words)
    whole = said or from_words
    if whole is None:
        return None
    name, indication = split_title(row.columns[treatment])
    if columns.title:
        name, indication = columns.title, row.columns[treatment]
    column = next(
        (
            cell
            for title, cell in zip(head.columns, row.columns, strict=False)
            if _INDICATION.fullmatch(title) and not columns.title
        ),
        None,
    )
    rows = _criteria_of_cell(words) if whole.position == CRITERIA else []
    opcs, icd = codes_in([head, row])
    return Statement(
        name,
        column or indication,
        whole.position,
        whole.mechanism,
        rows,
        list(included(opcs)),
        list(included(icd)),
        row.raw.strip(),
        at,
        at + 1,
    )


def _criteria_of_cell(words: str) -> list[dict[str, Any]]:
    parts = parts_of(words)
    found = criteria_in(parts)
    if found:
        return found
    marked = [{"label": part.mark, "words": part.words} for part in parts if part.mark]
    return marked or [{"label": None, "words": part.words} for part in parts]


_NAME_AND_POSITION = re.compile(
    r"(?P<name>[A-Z][^:\t|]{3,90}?)\s*(?::|(?<=[a-z)])\.(?= +[A-Z])|\t+| [-–—] | {3,}|\.{4,})\s*(?P<said>\S.{1,160})", re.S
)


def by_lines(blocks: Sequence[Block]) -> list[Statement]:
    """A list with a treatment and its position to a line: "Tattoo removal - not funded"."""
    told = []
    within = {table.at + step for table in tables_in(blocks) for step in range(len(table.rows) + 1)}
    for at, block in enumerate(blocks):
        if at in within or block.furniture or block.level or len(block.cells) > 2 or len(block.raw) > 260:
            continue
        found = _NAME_AND_POSITION.fullmatch(unmarked(without_mark(block.raw)).strip())
        if found is None or facts_named(found["name"]) or section_named(found["name"]) or judged(found["name"], label=True):
            continue
        if said := in_a_cell(found["said"]):
            name, indication = split_title(clean(found["name"]))
            rows = criteria_in([Block(found["said"])]) if said.position == CRITERIA else []
            told.append(Statement(name, indication, said.position, said.mechanism, rows, [], [], block.raw.strip(), at, at + 1))
    return told if len(told) > 2 else []
