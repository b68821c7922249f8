"""A statement: a treatment, its position, its criteria and codes, and the passage that says so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ifr.policies.reading.blocks import Block, passage_of
from ifr.policies.reading.codelists import codes_in, included
from ifr.policies.reading.criteria import criteria_in
from ifr.policies.reading.facts import Stated
from ifr.policies.reading.naming import named_in, shares_a_word, split_title
from ifr.policies.reading.positions import CRITERIA, Said, judged, mechanism_in
from ifr.policies.reading.sections import sections_in
from ifr.policies.reading.standpoint import Standpoint

LONGEST_PASSAGE = 6_000
OF_CODES = re.compile(r"opcs|icd|\bcod", re.I)
CLOSES = ("change_record", "references", "monitoring", "exceptionality", "impacts", "force", "governance", "definitions")


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


def one(text: str, blocks: Sequence[Block], title: str | None, found: Standpoint, stated: Sequence[Stated]) -> list[Statement]:
    """The statement of a document that is about one treatment. Where its sentences differ, one for each."""
    if found.whole() is None:
        return [_of_sentence(said, title, len(blocks)) for said in found.said]
    whole = found.whole()
    treatment, indication = _named(title, found.said, stated, blocks)
    return [statement_of(text, blocks, (0, len(blocks)), treatment, indication, whole, found)]


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
                if one.key == key
                and re.search(r"[a-z]{4}", one.value, re.I)
                and len(one.value) < 200
                and not OF_CODES.search(one.label)
                and not re.match(r"[A-Z]\d{2}\b", one.value)
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
    if labelled["treatment"] and from_title[0] and len(labelled["treatment"].split()) > 8 >= len(from_title[0].split()):
        # A label that describes the treatment at length names it less well than the title.
        labelled["treatment"] = None
    if spoken and (not title or re.search(r"\s[-–—]\s", title)):
        best = spoken
    if labelled["treatment"] and not labelled["indication"]:
        divided = split_title(labelled["treatment"])
        if divided[1]:
            best, labelled["treatment"] = divided, None
    return labelled["treatment"] or best[0], labelled["indication"] or best[1] or (spoken[1] if spoken else None)


def statement_of(
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
        if section.key
        in (
            *CLOSES,
            "exclusion_criteria",
            "out_of_scope",
            "coding",
            "background",
            "evidence",
            "purpose",
            "definitions",
            "contents",
        )
        or section.key.startswith("clause")
        for at in range(section.at, section.end)
    }
    away |= {at for section in headed for at in range(section.at, section.end)} if told else set()
    rest = criteria_in([block for at, block in enumerate(blocks) if at not in away])
    return [*rest, *told] if not told or rest and any(row["label"] for row in rest) else told
