"""The rest of what a policy prints: areas, predecessors, scope, the parts that a register keeps, and what it cites."""

import re
from collections.abc import Sequence
from typing import Any

from ifr.policies.reading.blocks import Block, passage_of
from ifr.policies.reading.cleaning import clean
from ifr.policies.reading.dates import dates_in
from ifr.policies.reading.facts import Stated, is_blank, is_history, tables_in
from ifr.policies.reading.labels import plain
from ifr.policies.reading.record import CERTAIN, LIKELY, NOT_STATED, Field
from ifr.policies.reading.sections import Section, divided, first, sections_in

_PLAIN = ("cohort", "funded", "not_funded", "rationale", "exceptionality", "force", "monitoring", "impacts", "evidence")
_CITED = re.compile(r"\b(TA|HST|HTG|HTE|IPG|MTG|DG|NG|CG|PH|QS)\s?(\d{1,4})\b")
_CATEGORY = re.compile(
    (
        r"\bcategory (?:\d|[A-D]\b)(?: intervention)?|\bEBI (?:list )?\d?[A-Z]?\b(?: list \d)?|"
        r"\blist [12]\b"
    ),
    re.I,
)
_AGES = re.compile(
    (
        r"\b(?:(?:adults?|patients?|people|children|those|women|men)\s+)?(?:aged?\s+|over\s+|"
        r"under\s+|at least\s+|between\s+)+\d{1,3}(?:\s*(?:to|and|-|–)\s*\d{1,3})?(?:\s*(?:years?|"
        r"months?|weeks?)(?: (?:of age|old))?)?(?:\s*(?:and|or) (?:over|under|above|older|"
        r"younger))?|\badults and children\b|\ball ages\b|\badults only\b"
    ),
    re.I,
)
_PLACES = re.compile(
    r"[A-Z][\w'’.&-]*(?: (?:and|of|on|the|upon|in|with) [A-Z][\w'’.-]*| [A-Z][\w'’.-]*)*(?:, "
    r"[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*){1,}(?:,? and [A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*)?"
)


def extras_of(text: str, blocks: Sequence[Block], stated: Sequence[Stated], sections: Sequence[Section]) -> dict[str, Field]:
    """The further fields of a policy, each with its passage."""
    told = {key: _part(sections, key) for key in _PLAIN}
    told |= _scope(sections)
    told["change_record"] = _changes(text, blocks, sections, stated)
    told["supersedes"] = _predecessors(stated, told["change_record"])
    told["areas"] = _areas(stated, blocks)
    told["category"] = _category(stated, blocks)
    told["age"] = _age(stated, told, blocks)
    told["cites"] = cites_of(blocks)
    told["clauses"] = _clauses(text, blocks)
    told["further"] = further_of(blocks, stated)
    return told


def _part(sections: Sequence[Section], key: str) -> Field:
    section = first(sections, key)
    if section is None:
        return NOT_STATED
    words = "\n".join(re.sub(r"^\d+(?:\.\d+)+\.? ", "", line) for line in section.words.split("\n"))
    return Field(words, section.passage, CERTAIN)


def _scope(sections: Sequence[Section]) -> dict[str, Field]:
    section, outside = first(sections, "scope"), _part(sections, "out_of_scope")
    if section is None:
        return {"out_of_scope": outside}
    inside, left = divided(section)
    told = {"scope": Field(inside, section.passage, CERTAIN) if inside else NOT_STATED, "out_of_scope": outside}
    if left and outside.value is None:
        told["out_of_scope"] = Field(left, section.passage, CERTAIN)
    return told


def _labelled(stated: Sequence[Stated], key: str) -> Field:
    one = next((one for one in stated if one.key == key and not is_blank(one.value) and len(one.value) < 2_000), None)
    return Field(one.value, one.passage, CERTAIN) if one else NOT_STATED


_BEFORE = re.compile(
    (
        r"\b(?:based on|in place of|replac\w+|supersed\w+|merg\w+|harmonis\w+ (?:from|"
        r"of))\s+((?:the )?(?:predecessor|previous|former|legacy|existing|"
        r"earlier)\b[^.;\n]{3,300})"
    ),
    re.I,
)


def _predecessors(stated: Sequence[Stated], changes: Field) -> Field:
    labelled = _labelled(stated, "supersedes")
    if labelled.value is None and changes.value and (found := _BEFORE.search(changes.value)):
        return Field(found[1].strip(), changes.passage, LIKELY)
    return labelled


def _changes(text: str, blocks: Sequence[Block], sections: Sequence[Section], stated: Sequence[Stated]) -> Field:
    for table in tables_in(blocks):
        if is_history(table):
            names = table.head.columns
            rows = [
                ", ".join(f"{clean(name).rstrip(':')}: {cell}" for name, cell in zip(names, row.columns, strict=False) if cell)
                for row in table.rows
            ]
            return Field("\n".join(rows), passage_of(text, [table.head, *table.rows]), CERTAIN) if rows else NOT_STATED
    return _part(sections, "change_record")


def _areas(stated: Sequence[Stated], blocks: Sequence[Block]) -> Field:
    for one in stated:
        if (
            one.key == "areas"
            and not is_blank(one.value)
            and len(one.value) < 600
            and not re.search(r"adult|children|staff|patient|provider", one.value, re.I)
            and not dates_in(one.value)
        ):
            names = [name.strip(" .") for name in re.split(r",|;|\n|\band\b(?= [A-Z])", one.value) if name.strip(" .")]
            return Field(names, one.passage, CERTAIN)
    for block in [one for one in blocks if not one.furniture][:8]:
        # A line of names near the head and nothing else: the places for which the policy was made.
        if not block.cells and not block.level and _PLACES.fullmatch(block.words.rstrip(".")) and block.words.count(",") >= 2:
            names = [name.strip() for name in re.split(r",| and (?=[A-Z])", block.words.rstrip(".")) if name.strip()]
            return Field(names, block.raw.strip(), LIKELY)
        if block.level and block.level < 4 and _PLACES.fullmatch(block.words) and block.words.count(",") >= 3:
            return Field(
                [name.strip() for name in re.split(r",| and (?=[A-Z])", block.words) if name.strip()], block.raw.strip(), LIKELY
            )
    return NOT_STATED


def _category(stated: Sequence[Stated], blocks: Sequence[Block]) -> Field:
    labelled = _labelled(stated, "category")
    if labelled.value:
        return labelled
    for block in [one for one in blocks if not one.furniture][:14]:
        if len(block.words) < 140 and (found := _CATEGORY.search(block.words)):
            return Field(found[0], block.raw.strip(), LIKELY)
    return NOT_STATED


def _age(stated: Sequence[Stated], told: dict[str, Field], blocks: Sequence[Block]) -> Field:
    labelled = _labelled(stated, "age")
    if labelled.value:
        return labelled
    for key in ("cohort", "scope"):
        field = told.get(key, NOT_STATED)
        if field.value and (found := _AGES.search(field.value)):
            return Field(found[0], field.passage, LIKELY)
    return NOT_STATED


def cites_of(blocks: Sequence[Block], leave: Sequence[str | None] = ()) -> Field:
    """The guidance that a document cites, by number as printed."""
    found: dict[str, str] = {}
    for block in blocks:
        for kind, number in _CITED.findall(clean(block.raw)) if len(block.raw) < 50_000 else ():
            if f"{kind}{number}" not in leave:
                found.setdefault(f"{kind}{number}", block.raw.strip())
    # In the order of their numbers' printing, each with the first passage that prints it.
    return Field(list(found), "\n".join(dict.fromkeys(found.values())), LIKELY) if found else NOT_STATED


_STALE = re.compile(
    (
        r"two[- ]week|2[- ]week|NSCAG|national specialised commissioning advisory|interim "
        r".{0,60}protocol|primary care trust|strategic health authority|NHS choices"
    ),
    re.I,
)


def _clauses(text: str, blocks: Sequence[Block]) -> Field:
    """Clauses that hold for every policy of a commissioner, printed again in this one."""
    rows: list[dict[str, Any]] = []
    for section in sections_in(text, blocks):
        if section.key.startswith("clause:") and section.words:
            rows.append(
                {
                    "kind": section.key.split(":")[1],
                    "title": section.heading,
                    "words": section.words,
                    "may_be_out_of_date": bool(_STALE.search(section.words)),
                    "passage": section.passage,
                }
            )
    return Field(rows, "\n\n".join(row["passage"] for row in rows), CERTAIN) if rows else NOT_STATED


def further_of(blocks: Sequence[Block], stated: Sequence[Stated]) -> Field:
    """What else stands beside a label, under the label as printed."""
    value: dict[str, Any] = {}
    passages: list[str] = []
    for one in stated:
        if (
            one.key not in ("further", "ratified_by", "status")
            or one.furniture
            or len(one.value) > 3_000
            or not one.value
            or not one.beside
        ):
            continue
        label = clean(one.label).strip(" :")
        if label not in value and plain(label):
            value[label] = one.value
            passages.append(one.passage)
    return Field(value, "\n".join(dict.fromkeys(passages)), CERTAIN) if value else NOT_STATED
