"""Where a document, or one part of it, says what is funded: the label first, then its subtitle, its statement, its prose."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ifr.policies.reading.blocks import Block, mark_of
from ifr.policies.reading.cleaning import sentences, unmarked
from ifr.policies.reading.facts import Stated
from ifr.policies.reading.labels import section_named
from ifr.policies.reading.naming import shares_a_word
from ifr.policies.reading.positions import CRITERIA, NOT_ROUTINE, ROUTINE, Said, in_a_cell, judged
from ifr.policies.reading.record import CERTAIN, DOUBTFUL, LIKELY, NOT_STATED, Field
from ifr.policies.reading.sections import Section

# Parts that speak of other patients, other treatments or the past, never of this policy's own position.
_ELSEWHERE = (
    "exceptionality",
    "background",
    "evidence",
    "references",
    "change_record",
    "contents",
    "definitions",
    "force",
    "monitoring",
    "impacts",
    "out_of_scope",
    "purpose",
    "governance",
    "coding",
    "exclusion_criteria",
)
_APPENDIX = re.compile(r"(?:appendix|annex|appendices)\b", re.I)


@dataclass(frozen=True)
class Standpoint:
    """All that one source says of the position, the surest source being taken alone."""

    said: tuple[Said, ...]
    sure: str
    other: Said | None = None

    @property
    def positions(self) -> set[str]:
        """The positions that stand there."""
        return {one.position for one in self.said}

    def whole(self) -> Said | None:
        """The one position of the whole, or None where its statements differ. A rule of criteria takes in the refusal of
        those who do not meet them."""
        for position in (CRITERIA, NOT_ROUTINE, ROUTINE):
            if position in self.positions and (position == CRITERIA or len(self.positions) == 1):
                return next(one for one in self.said if one.position == position)
        return None


def about(found: Standpoint, title: str) -> Standpoint:
    """The same, without what a sentence says of something else, where sentences differ and some name the subject."""
    own = tuple(one for one in found.said if shares_a_word(one.passage, [title]))
    return replace(found, said=own) if found.whole() is None and own else found


def standpoint(blocks: Sequence[Block], sections: Sequence[Section], stated: Sequence[Stated]) -> Standpoint | None:
    """What the blocks say of the position, from the surest source that says anything."""
    main = _main(blocks)
    sources = [
        (CERTAIN, _labelled(stated)),
        (CERTAIN, _subtitles(blocks[:main])),
        (CERTAIN, _in_parts(sections, ("position", "statement", "funded", "not_funded"), main)),
        (LIKELY, _in_criteria(sections, main)),
        (LIKELY, _in_prose(blocks, sections, main)),
        (LIKELY, _in_parts(sections, ("background",), main)),
    ]
    told = [(sure, said) for sure, said in sources if said]
    if not told:
        return None
    sure, said = told[0]
    first = Standpoint(tuple(said), sure)
    for _, others in told[1:2]:
        inside = Standpoint(tuple(others), sure).whole()
        if inside and first.whole() and inside.position not in first.positions:
            return _weighed(first, inside)
    return first


def _weighed(first: Standpoint, inside: Said) -> Standpoint:
    """A label that says "commissioned" and a statement that gives criteria agree; other pairs are for a person."""
    if inside.position == CRITERIA and first.positions == {ROUTINE}:
        if any(
            re.search(r"\broutinely\b|\b(?:no|without) (?:prior )?(?:approval|restriction)", one.passage, re.I)
            for one in first.said
        ):
            return first
        return Standpoint((inside, *first.said), first.sure)
    if CRITERIA in first.positions:
        return first
    return Standpoint(first.said, DOUBTFUL, inside)


def field_of(found: Standpoint | None) -> Field:
    """The position as a field."""
    if found is None:
        return NOT_STATED
    whole = found.whole()
    if whole is None:
        return Field(None, found.said[0].passage, DOUBTFUL, "Its statements differ.")
    note = f"The head says one thing and the text another: “{found.other.passage[:300]}”." if found.other else None
    return Field(whole.position, whole.passage, found.sure, note)


def _main(blocks: Sequence[Block]) -> int:
    """Where the appendices begin."""
    for at, block in enumerate(blocks):
        if at > len(blocks) // 4 and block.level and _APPENDIX.match(block.words):
            return at
    return len(blocks)


def _labelled(stated: Sequence[Stated]) -> list[Said]:
    """What stands at a label of the position: beside it rather than below it."""
    return _at_labels([one for one in stated if one.beside]) or _at_labels(stated)


def _at_labels(stated: Sequence[Stated]) -> list[Said]:
    told = []
    for one in stated:
        if (
            one.key not in ("position", "category", "status", "title")
            or one.furniture
            or one.key == "title"
            and one.label.lower() not in ("policy", "commissioning policy")
        ):
            continue
        if not one.beside and (one.key != "position" or section_named(one.label) is not None):
            continue
        if one.key != "position" and len(one.value) > 120:
            continue
        parts = sentences(one.raw)
        found = [said for said in map(judged, parts) if said] if len(parts) > 1 else []
        whole = [said] if not found and (said := in_a_cell(one.raw)) else []
        differ = len({said.position for said in found}) > 1
        told += [Said(said.position, said.passage if differ else one.passage, said.mechanism) for said in [*found, *whole]]
    return told


def _subtitles(blocks: Sequence[Block]) -> list[Said]:
    """A short line near the head: "Category 1 Intervention - Not routinely commissioned"."""
    for block in [one for one in blocks if not one.furniture][:14]:
        words = block.words
        if (
            not block.cells
            and len(words) < 130
            and section_named(words) is None
            and not words.endswith(".")
            and not block.mark
            and (block.level or block.apart or words.isupper())
        ):
            short = judged(words, label=True)
            if (
                short
                and re.search(
                    (
                        r"commission|fund|approval|category \d|low priority|restricted (?:procedure|treatment|"
                        r"intervention|policy)|criteria[- ]based|threshold policy|criteria are"
                    ),
                    words,
                    re.I,
                )
                and not re.search(
                    r"\b(?:request|process|application|treatments|procedures|interventions|policies)\b", words, re.I
                )
            ):
                return [Said(short.position, block.raw.strip(), short.mechanism)]
    return []


def _in_parts(sections: Sequence[Section], keys: tuple[str, ...], main: int) -> list[Said]:
    told: list[Said] = []
    for section in sections:
        if section.key in keys and section.at < main:
            for block in section.body:
                told += _sentences(block, within=section.key)
    return told


def _in_criteria(sections: Sequence[Section], main: int) -> list[Said]:
    for section in sections:
        if section.key == "criteria" and section.at < main and section.body:
            told = [said for block in section.body for said in _sentences(block)]
            if told:
                return told
            if re.search(
                r"must|all of|one of|following|met\b|criteri|if\b|when\b", section.heading + " " + section.body[0].words, re.I
            ) or any(block.mark or mark_of(block.raw) for block in section.body):
                return [Said(CRITERIA, section.passage[:1500])]
    return []


def _in_prose(blocks: Sequence[Block], sections: Sequence[Section], main: int) -> list[Said]:
    away = {
        at
        for section in sections
        if (section.key in _ELSEWHERE and (section.at > 1 or section.key != "governance")) or section.key.startswith("clause")
        for at in range(section.at, section.end)
    }
    told: list[Said] = []
    for at, block in enumerate(blocks[:main]):
        if at not in away and not block.furniture:
            told += _sentences(block)
    return told


def _sentences(block: Block, within: str = "") -> list[Said]:
    raw = block.raw if len(block.raw) < 20_000 else ""
    told = []
    for sentence in sentences(unmarked(raw) if "<" in raw else raw):
        found = judged(sentence)
        if found is None and within == "funded" and (said := judged(f"Funded {sentence}")) and said.position == CRITERIA:
            # The heading says that it is funded; the sentence says for whom.
            found = Said(CRITERIA, sentence.strip(), said.mechanism)
        if found and not (within == "funded" and re.fullmatch(r"\W*none\b.*", sentence, re.I | re.S)):
            told.append(found)
    return told
