"""The statements of a document: one, or as many as it has parts or rows that each say what is funded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ifr.policies.reading.blocks import Block, passage_of
from ifr.policies.reading.codelists import codes_in, included
from ifr.policies.reading.criteria import criteria_in
from ifr.policies.reading.facts import Stated, is_history, stated_in, tables_in
from ifr.policies.reading.labels import facts_named, section_named
from ifr.policies.reading.naming import bare, named_in, shares_a_word, split_title
from ifr.policies.reading.positions import CRITERIA, NOT_ROUTINE, Said, in_a_cell, judged, mechanism_in
from ifr.policies.reading.sections import parts_of, sections_in
from ifr.policies.reading.standpoint import Standpoint, standpoint

MOST = 1_000
LONGEST_PASSAGE = 6_000
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
_OF_CODES = re.compile(r"opcs|icd|\bcod", re.I)
_CLOSES = ("change_record", "references", "monitoring", "exceptionality", "impacts", "force", "governance", "definitions")


@dataclass(frozen=True)
class Statement:
    """One statement, and the blocks that it was read from."""

    treatment: str | None
    indication: str | None
    position: str | None
    mechanism: str | None
    criteria: list[dict[str, Any]]
    opcs: list[str]
    icd10: list[str]
    passage: str
    start: int
    end: int

    def as_json(self) -> dict[str, Any]:
        """The statement as an object."""
        names = ("treatment", "indication", "position", "mechanism", "criteria", "opcs", "icd10", "passage")
        return {name: getattr(self, name) for name in names}


def many(text: str, blocks: Sequence[Block]) -> list[Statement]:
    """The statements of a document that holds more than one; else an empty list."""
    found = max((_by_rows(blocks), _by_labels(text, blocks), _by_headings(text, blocks)), key=len)
    return found[:MOST] if len(found) > 1 else []


def one(text: str, blocks: Sequence[Block], title: str | None, found: Standpoint, stated: Sequence[Stated]) -> list[Statement]:
    """The statement of a document that is about one treatment. Where its sentences differ, one for each."""
    if found.whole() is None:
        return [_of_sentence(said, title, len(blocks)) for said in found.said]
    whole = found.whole()
    treatment, indication = _named(title, found.said, stated, blocks)
    return [_statement(text, blocks, (0, len(blocks)), treatment, indication, whole, found)]


def _of_sentence(said: Said, title: str | None, end: int) -> Statement:
    treatment, indication = named_in(said.passage) or (split_title(title) if title else (None, None))
    return Statement(treatment, indication, said.position, said.mechanism, [], [], [], said.passage, 0, end)


def _named(
    title: str | None, said: Sequence[Said], stated: Sequence[Stated], blocks: Sequence[Block]
) -> tuple[str | None, str | None]:
    labelled = {
        key: next(
            (
                one.value
                for one in stated
                if one.key == key and one.value and len(one.value) < 200 and not _OF_CODES.search(one.label)
            ),
            None,
        )
        for key in ("treatment", "indication")
    }
    from_title: tuple[str | None, str | None] = split_title(title) if title else (None, None)
    refused = [judged(block.raw) for block in blocks if len(block.raw) < 400 and not block.furniture]
    held = {one.position for one in said}
    told = [name for one in [*said, *filter(None, refused)] if one.position in held and (name := named_in(one.passage))]
    spoken = next((name for name in told if not title or shares_a_word(name[0], [title])), None)
    best = from_title
    if spoken and (not title or re.search(r"\s[-–—]\s", title)):
        best = spoken
    return labelled["treatment"] or best[0], labelled["indication"] or best[1] or (spoken[1] if spoken else None)


def _statement(
    text: str,
    blocks: Sequence[Block],
    span: tuple[int, int],
    treatment: str | None,
    indication: str | None,
    whole: Said | None,
    found: Standpoint | None,
) -> Statement:
    inside = [block for block in blocks[span[0] : span[1]] if not block.furniture]
    opcs, icd = codes_in(inside)
    criteria = _criteria(text, inside) if whole is None or whole.position == CRITERIA else []
    mechanism = None
    if whole is not None and whole.position == CRITERIA:
        mechanism = (
            whole.mechanism
            or next((one.mechanism for one in (found.said if found else ()) if one.mechanism), None)
            or _mechanism(inside)
        )
    many_parts = span[1] - span[0] < len(blocks) - 1
    passage = passage_of(text, inside)[:LONGEST_PASSAGE] if many_parts else (whole.passage if whole else "")
    return Statement(
        treatment,
        indication,
        whole.position if whole else None,
        mechanism,
        criteria,
        list(included(opcs)),
        list(included(icd)),
        passage,
        *span,
    )


def _mechanism(blocks: Sequence[Block]) -> str | None:
    for block in blocks[:40]:
        if len(block.words) < 160 and (found := mechanism_in(block.words)) and re.search(r"approval", block.words, re.I):
            return found
    return None


def _criteria(text: str, blocks: Sequence[Block]) -> list[dict[str, Any]]:
    sections = sections_in(text, blocks)
    headed = [section for section in sections if section.key == "criteria"]
    told = [row for section in headed for row in criteria_in(section.body, headed=True)]
    away = {
        at
        for section in sections
        if section.key in (*_CLOSES, "exclusion_criteria", "out_of_scope", "coding", "background", "evidence")
        or section.key.startswith("clause")
        for at in range(section.at, section.end)
    }
    away |= {at for section in headed for at in range(section.at, section.end)} if told else set()
    rest = criteria_in([block for at, block in enumerate(blocks) if at not in away])
    return [*rest, *told] if not told or rest and any(row["label"] for row in rest) else told


# One row of a table for each treatment.


def _by_rows(blocks: Sequence[Block]) -> list[Statement]:
    told: list[Statement] = []
    for table in tables_in(blocks):
        names = list(table.head.columns)
        if is_history(table):
            continue
        treatment = next(
            (
                at
                for at, name in enumerate(names)
                if _TREATMENT.fullmatch(name) and not re.search(r"code|type|status", name, re.I)
            ),
            None,
        )
        if treatment is None:
            continue
        rest = [at for at in range(len(names)) if at != treatment]
        position = next((at for at in rest if _POSITION.fullmatch(names[at]) and not _is_criteria_column(names[at])), None)
        criteria = next((at for at in rest if at != position and _CRITERIA.fullmatch(names[at])), None)
        if position is None and criteria is None:
            continue
        for step, row in enumerate(table.rows):
            if made := _of_row(table.head, row, treatment, position, criteria, table.at + 1 + step):
                told.append(made)
    return told


def _is_criteria_column(name: str) -> bool:
    return bool(re.search(r"criteria|statement", name, re.I))


def _of_row(head: Block, row: Block, treatment: int, position: int | None, criteria: int | None, at: int) -> Statement | None:
    cells = row.cells
    if treatment >= len(cells) or not row.columns[treatment]:
        return None
    said = in_a_cell(cells[position]) if position is not None and position < len(cells) else None
    words = cells[criteria] if criteria is not None and criteria < len(cells) else ""
    from_words = in_a_cell(words) if words else None
    if from_words is None and words and not said and re.search(r"\b(?:if|when|must|all of|following)\b", words):
        from_words = Said(CRITERIA, words)
    whole = said or from_words
    if whole is None:
        return None
    name, indication = split_title(row.columns[treatment])
    column = next(
        (
            cell
            for title, cell in zip(head.columns, row.columns, strict=False)
            if re.fullmatch(r"indications?|conditions?|diagnos[ie]s", title, re.I)
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


# One part for each treatment: a label that returns, or headings.


def _by_labels(text: str, blocks: Sequence[Block]) -> list[Statement]:
    stated = [one for one in stated_in(text, blocks) if not one.furniture]
    best: list[Statement] = []
    for key in ("treatment", "title"):
        starts = [
            one for one in stated if one.key == key and one.value and len(one.value) < 200 and not _OF_CODES.search(one.label)
        ]
        if len({one.value.lower() for one in starts}) < 2 or len(starts) > len({one.value.lower() for one in starts}):
            continue
        ends = [*(one.at for one in starts[1:]), len(blocks)]
        told = [_of_part(text, blocks, one.at, end, one.value) for one, end in zip(starts, ends, strict=True)]
        kept = [one for one in told if one]
        best = kept if len(kept) > len(best) and len(kept) * 2 > len(starts) else best
    return best


def _by_headings(text: str, blocks: Sequence[Block]) -> list[Statement]:
    starts = [at for at, block in enumerate(blocks) if _names_a_treatment(block)]
    best: list[Statement] = []
    for level in sorted({blocks[at].level for at in starts}):
        told = []
        for at in [one for one in starts if blocks[one].level == level]:
            part = _of_part(text, blocks, at, _end(blocks, at, level), blocks[at].words)
            if part:
                told.append(part)
        best = told if len(told) > len(best) else best
    return best


_NO_NAME = re.compile(
    (
        r"policy(?: statement)?s?|appendix.{0,60}|adults?|children|.*\b(?:integrated care board|"
        r"clinical commissioning group|ccg|icb|nhs england|trust|codes?|coding|opcs.*|icd.*|"
        r"contents?|on this page|principles|legislation|responsibilit\w+|process|pathway|summary|"
        r"discussion|glossary|mechanism.*|equality|appeals?|prior approval|key|how to .*|who .*|"
        r"what .*|why .*|when .*|where .*|notes?|evidence|category \d.*|guidance|information|"
        r"cancer|safeguarding|smoking|general|lifestyle|photograph.*)\b"
    ),
    re.I,
)


def _names_a_treatment(block: Block) -> bool:
    words = block.words
    if not block.level or block.furniture or len(words) > 120 or section_named(words) or facts_named(words):
        return False
    return not _NO_NAME.fullmatch(bare(words)) and judged(words, label=True) is None and bool(re.search(r"[a-z]{4}", words, re.I))


def _end(blocks: Sequence[Block], at: int, level: int) -> int:
    for place in range(at + 1, len(blocks)):
        block = blocks[place]
        if not block.level or block.furniture:
            continue
        if block.level <= level and (
            _names_a_treatment(block) or section_named(block.words) in _CLOSES or re.match(r"appendix|annex", block.words, re.I)
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
    return _statement(text, blocks, (start, end), treatment, indication, whole, found)
