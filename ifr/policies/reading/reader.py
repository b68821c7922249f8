"""Puts a reading together: each field by the reader that knows it, in the order that one needs the other."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from ifr.policies.reading import guidance
from ifr.policies.reading.blocks import Block
from ifr.policies.reading.codelists import codes_in, included
from ifr.policies.reading.cover import DATES, date_of, ratified_in_history, reference_of, review_of, version_of
from ifr.policies.reading.extras import extras_of
from ifr.policies.reading.facts import Stated, stated_in
from ifr.policies.reading.kinds import CLINICAL, GUIDANCE, OTHER, kind_of
from ifr.policies.reading.opening import opened
from ifr.policies.reading.parted import many
from ifr.policies.reading.record import CERTAIN, DOUBTFUL, LIKELY, NOT_STATED, CodeRow, Field, Reading
from ifr.policies.reading.sections import Section, sections_in
from ifr.policies.reading.standpoint import about, field_of, standpoint
from ifr.policies.reading.statements import Statement, one
from ifr.policies.reading.titles import title_of


def read_document(name: str, content: bytes) -> Reading:
    """Read one document: bytes in, facts out, the same each time.

    Raises UnreadableDocument, with a sentence fit for the person who chose the file, for a scan without
    text, a locked or damaged file, one that is empty or too large, and a kind of file that is not read.
    """
    text, blocks = opened(name, content)
    label = unicodedata.normalize("NFC", name)
    return _read(Reading(label, hashlib.sha256(content).hexdigest(), text), blocks)


def _read(bare: Reading, blocks: Sequence[Block]) -> Reading:
    text = bare.text
    stated, sections = stated_in(text, blocks), sections_in(text, blocks)
    title = title_of(stated, blocks)
    found, parts = standpoint(blocks, sections, stated), many(text, blocks, title.value)
    if first := min((part.start for part in parts), default=0):
        # Of a document of many statements the title stands before the first of them.
        title = title_of([item for item in stated if item.at < first], blocks[:first])
    if found and title.value:
        found = about(found, title.value)
    kind = kind_of(blocks, title.value, positions=len(found.said) if found else 0, statements=len(parts))
    facts = {"kind": kind, "title": title}
    if kind.value == GUIDANCE:
        return _with(bare, facts | guidance.fields_of(text, blocks, stated, sections, title))
    if kind.value == OTHER:
        unnumbered = [block for block in blocks if not block.mark]
        return _with(bare, facts | _cover(_labelled(stated), unnumbered, prose=False))
    general = _outside(_of_this_document(stated, sections), parts)
    facts |= _cover(general, _before(blocks, parts), prose=True)
    if not facts["version"].value:
        facts["version"] = version_of(general, _between(blocks, parts))
    opcs, icd = codes_in(blocks)
    if kind.value != CLINICAL:
        # What a process or a framework prints of codes are examples.
        opcs, icd = (), ()
    facts |= {"opcs": _codes(opcs), "icd10": _codes(icd)}
    extras = extras_of(text, blocks, stated, sections)
    facts |= extras if kind.value == CLINICAL else {key: extras[key] for key in _OF_ANY}
    if kind.value == CLINICAL:
        told = parts or (one(text, blocks, title.value, found, stated) if found else [])
        facts |= _positions(told, parts, field_of(found))
    return _with(bare, facts, opcs, icd)


# A process or a framework has no patients it is about and no rationale of a refusal.
_OF_ANY = ("areas", "supersedes", "change_record", "impacts", "cites", "clauses", "further", "monitoring")


def _with(bare: Reading, facts: dict[str, Field], opcs: tuple[CodeRow, ...] = (), icd: tuple[CodeRow, ...] = ()) -> Reading:
    return Reading(bare.file_name, bare.sha256, bare.text, **facts, opcs_rows=opcs, icd10_rows=icd)


def _labelled(stated: Sequence[Stated]) -> list[Stated]:
    return [item for item in stated if item.beside and not item.furniture]


def _of_this_document(stated: Sequence[Stated], sections: Sequence[Section]) -> list[Stated]:
    """What is stated of this document and not of those that it cites."""
    cited = [section for section in sections if section.key in ("references", "evidence", "background")]
    away = {at for part in cited for at in range(part.at + 1, part.end)}
    kept = (*DATES, "version", "reference", "title", "review_due")
    return [item for item in stated if item.key not in kept or item.at not in away]


def _outside(stated: Sequence[Stated], parts: Sequence[Statement]) -> list[Stated]:
    """What is stated of the whole document and not of one of its statements. Behind the last one stands what none of the
    others states: a cover that was printed at the end."""
    last = max(parts, key=lambda part: part.start, default=None)
    covered = _covered([part for part in parts if part is not last])
    each = {item.key for item in stated if item.at in covered}
    return [
        item
        for item in stated
        if item.at not in covered
        and (last is None or not last.start <= item.at < last.end or item.key in (*DATES, "review_due") and item.key not in each)
    ]


def _covered(parts: Sequence[Statement]) -> set[int]:
    return {at for part in parts for at in range(part.start, part.end)}


def _between(blocks: Sequence[Block], parts: Sequence[Statement]) -> Sequence[Block]:
    covered = _covered(parts)
    return [block for at, block in enumerate(blocks) if block.furniture or at not in covered]


def _before(blocks: Sequence[Block], parts: Sequence[Statement]) -> Sequence[Block]:
    return blocks[: min(part.start for part in parts)] if parts else blocks


def _cover(stated: Sequence[Stated], blocks: Sequence[Block], *, prose: bool) -> dict[str, Field]:
    lines = blocks if prose else [block for block in blocks[:20] if block.level]
    told = {key: date_of(key, stated, lines if prose else ()) for key in DATES}
    told["review_due"] = review_of(stated, lines if prose else ())
    told["reference"] = reference_of(stated, lines)
    told["version"] = version_of(stated, lines)
    ratified = told["ratified_on"]
    if prose and len(ratified.value or "") < len("2000-01-01"):
        exact = ratified_in_history(blocks, told["version"].value, ratified.value)
        told["ratified_on"] = exact if exact.value else ratified
    return told


def _codes(rows: Sequence[CodeRow]) -> Field:
    if not rows:
        return NOT_STATED
    passages = dict.fromkeys(row.passage for row in rows)
    return Field(list(included(rows)), "\n".join(passages), CERTAIN)


def _positions(told: Sequence[Statement], parts: Sequence[Statement], whole: Field) -> dict[str, Field]:
    """The statements, and the position of the whole: that of its statements where they agree."""
    if not told:
        return {"position": whole}
    passage = "\n\n".join(statement.passage for statement in told)
    mechanisms = {statement.mechanism for statement in told}
    facts = {
        "statements": Field([statement.as_json() for statement in told], passage, whole.sure if not parts else LIKELY),
        "position": whole,
    }
    if parts:
        positions = {statement.position for statement in parts}
        agreed = positions.pop() if len(positions) == 1 else None
        note = None if agreed else "Its statements differ."
        facts["position"] = Field(agreed, passage if agreed else None, LIKELY if agreed else DOUBTFUL, note)
    if len(mechanisms) == 1 and (mechanism := mechanisms.pop()):
        line = next((line for line in passage.split("\n") if re.search(r"approval|monitored|access", line, re.I)), passage)
        facts["mechanism"] = Field(mechanism, line, LIKELY)
    return facts
