"""The title of a document: beside its label, or the first line that names a subject."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.cleaning import clean
from ifr.policies.reading.dates import dates_in
from ifr.policies.reading.facts import Stated, is_blank
from ifr.policies.reading.labels import facts_named, is_label, plain, section_named
from ifr.policies.reading.naming import bare, shares_a_word
from ifr.policies.reading.positions import in_a_cell, judged
from ifr.policies.reading.record import CERTAIN, DOUBTFUL, LIKELY, NOT_STATED, Field

_TITLE_VERSION = re.compile(
    r"[\s(,;|–—-]*(?:\bversion(?: (?:number|no\.?))?\s*[:.]?\s*v?\d[\w.]*|"
    r"\bv\.?\s?\d+(?:\.\d+)*[a-z]?\b|\bversion:?\s*$)\s*\)?.*$",
    re.I | re.S,
)
_NUMBER_BEHIND = re.compile(
    r"\s*(?:\[[A-Z]*\d[\w/-]{2,}\]|[\[(](?:urn|ref\w*|policy|number|no)\b[^\[\]()]{0,20}\d[^\[\]()]{0,12}[\])])\s*$", re.I
)
_POSITION_BEHIND = re.compile(
    r"\s+[-–—]\s+(?:criteria[- ]based access|prior approval(?: required)?|"
    r"(?:not )?(?:routinely|normally) (?:funded|commissioned)|individual funding request|restricted|threshold)$",
    re.I,
)
_BODY = re.compile(
    r".*\b(?:integrated care (?:board|system|partnership)|clinical commissioning groups?|"
    r"primary care trusts?|ccgs?|icbs?|pcts?|health and care partnership|commissioning "
    r"support unit|nhs england|national institute .*|nhs trust|foundation trust|health board|"
    r"care partnership|strategic health authority|nice)\b.{0,30}",
    re.I,
)
# The name of the body before the subject in one heading: "Some Place ICB Clinical Policy". "NHS X CCG policy for Y" keeps Y.
_OF_BODY = re.compile(
    r"^(?:NHS )?[A-Z][\w’'&, -]{2,80}?\b(?:Integrated Care (?:Board|System|Partnership)|Clinical "
    r"Commissioning Groups?|Primary Care Trust|Health Board|ICBs?|ICS|ICP|CCGs?|PCTs?|Collaborative|Consortium)"
    r"\s*[-–:|]?\s+(?=[A-Z])"
)
_ASSESSMENT = re.compile(
    r"(?:equality|quality|privacy|data protection|health inequalit\w+)\b.{0,60}\b(?:assessment|analysis|screening)\b", re.I
)
_OF_BODY_AND_PAPER = re.compile(_OF_BODY.pattern.replace("(?=[A-Z])", "(?=[A-Za-z])"))
_LETTERHEAD = re.compile(_OF_BODY.pattern.replace(r"\s*[-–:|]?\s+", r"\s+[-–|]\s+") + r"(?!.*(?:polic|statement|request))")
# A heading of nothing but these names a kind of paper and no subject.
_PAPER = frozenset(
    "policy policies statement statements position criteria guidance document sheet page "
    "cover official commissioning guideline guidelines approval access contents draft final "
    "interventions procedures treatments recommendation recommendations".split()
)
_GENERIC = _PAPER | frozenset(
    "the a of and for on nhs clinical evidence based intervention eur ifr efr individual "
    "funding request requests exceptional prior threshold required integrated impact local "
    "medicines treatment low priority health healthcare care group committee forum team network "
    "directorate priorities optimisation planned partially excluded procedure service commissioners commissioner"
    " approved sensitive control summary information title programme general board patient "
    "no number ref normally purchased funded not formerly previously known as lavender "
    "intent intentions version history restricted list normally undertaken formal full short our key".split()
)


def title_of(stated: Sequence[Stated], blocks: Sequence[Block]) -> Field:
    """The title without the version that may stand in its cell."""
    told = [
        one
        for one in stated
        if one.key == "title" and not one.furniture and _is_title(one.value) and (one.beside or plain(one.label) != "policy")
    ]
    for rank in sorted({one.rank for one in told}):
        same = [one for one in told if one.rank == rank]
        values = [without_version(one.value).removesuffix(".") for one in same]
        first = same[0]
        others = [value for value in values[1:] if squash(value) != squash(values[0])]
        if others and rank > 0 and len(others) > 2:
            continue
        return Field(values[0], first.passage, CERTAIN)
    if subject := next((one for one in stated if _names_subject(one)), None):
        return Field(without_version(subject.value), subject.passage, LIKELY)
    treatments = [one for one in stated if one.key == "treatment" and one.beside and len(one.value) < 120]
    found = _headline(blocks, [one.value for one in treatments])
    unnamed = found.value is None or _is_generic(found.value) or not shares_a_word(found.value, [one.value for one in treatments])
    if unnamed and len(treatments) == 1 and re.search(r"[a-z]{4}", treatments[0].value, re.I):
        return Field(treatments[0].value, treatments[0].passage, LIKELY, "No title is printed; this is what it is about.")
    return found


def _names_subject(one: Stated) -> bool:
    """Whether a label that asks for a position has a name beside it: "Policy statement: Removal of this and that"."""
    words = one.value
    if one.key != "position" or one.furniture or not re.search(r"statement|recommendation", one.label, re.I):
        return False
    name = words[:1].isupper() and len(words.split()) < 20 and not words.endswith(".") and _is_title(words)
    return name and judged(words, label=True) is None and not is_label(words) and not dates_in(words)


def _is_title(value: str) -> bool:
    words = value.strip()
    if (
        is_blank(words)
        or len(words) > 250
        or not re.search(r"[A-Za-z]{3}", words)
        or _BODY.fullmatch(words)
        and len(words.split()) < 9
    ):
        return False
    if len(words.split()) <= 3 and in_a_cell(words):
        return False
    return judged(words, label=True) is None or not re.search(r"\bcommission|\bfund|\bapproval\b", words, re.I)


def without_version(title: str) -> str:
    """A title without its version and what follows the version."""
    if len(title) >= 400:
        return title
    words = _TITLE_VERSION.sub("", _NUMBER_BEHIND.sub("", title)).strip(" ,;|–—-")
    return _POSITION_BEHIND.sub("", words) or title


def _is_generic(words: str) -> bool:
    words = _REFERENCE.sub(" 1 ", re.sub(r"\([^()]{0,80}\)", " ", words))
    told = re.findall(r"[a-z0-9]+", words.lower())
    return (
        bool(told)
        and all(word in _GENERIC or re.fullmatch(r"\w*\d\w*", word) for word in told)
        and any(word in _PAPER for word in told)
    )


_REFERENCE = re.compile(r"(?<!\S)[\[(]?[A-Z]{1,8}(?:[-_/][A-Za-z0-9]+)*[-_/]?\d[\w/.-]*[\])]?(?!\S)")


def squash(words: str) -> str:
    """Words as they are compared: letters and digits alone."""
    return re.sub(r"\W+", "", words.lower())


def _headline(blocks: Sequence[Block], named: Sequence[str]) -> Field:
    """The line at the head that most speaks for being the title; failing that what each page repeats.

    No one sign decides: where a line stands, how it is set, whether a label, the head or foot of the pages or the sentence on
    funding is of the same subject, and whether it names a subject at all are weighed together."""
    whole = [block for block in blocks if not block.furniture][:30]
    if paper := next((block for block in whole[:3] if not block.mark and _ASSESSMENT.match(block.words)), None):
        return Field(without_version(paper.words), paper.raw.strip(), LIKELY)
    feet = [block.words for block in blocks if block.furniture]
    said = [block.words for block in whole if len(block.words) > 60 and len(block.raw) < 1500 and judged(block.raw)]
    best: tuple[float, Block, str] | None = None
    end, place = _cover_end(whole), 0
    for at, block in enumerate(whole):
        for line in [] if _is_in_table(whole, at) else _lines(block):
            words = _headline_of(line) or _paper_of(line)
            if words is None or not re.fullmatch(r"|[A-Z][.)]?", line.mark):
                continue
            weight = _by_place(block, place) + _by_words(words, line, named, feet, said) - (4 if at >= end else 0)
            if best is None or weight > best[0]:
                best = (weight, block, words)
            place += 1
    if best is None or best[0] < _LEAST:
        return _repeated(blocks)
    _, block, words = best
    return Field(words, block.raw.strip(), CERTAIN if 0 < block.level <= 3 else LIKELY)


_LEAST = -2.0


def _by_place(block: Block, place: int) -> float:
    """What it weighs where a line stands and how it is set."""
    if place == 0 and _LETTERHEAD.match(block.words):
        # The name of the body and of the part of it that writes.
        return -1.0
    set_ = {0: 1.0 if block.words.isupper() else 0.0, 1: 3.0, 2: 2.5, 3: 2.0}.get(block.level, 1.0)
    return set_ + 3.0 - 0.4 * min(place, 12) + (0.5 if block.apart else 0.0) - (1.0 if len(block.cells) > 1 else 0.0)


def _by_words(words: str, line: Block, named: Sequence[str], feet: Sequence[str], said: Sequence[str]) -> float:
    """What it weighs of what a line speaks, and whether the rest of the document speaks of it too."""
    weight = 2.5 if _is_named(line, named) else 0.0
    weight += 2.0 if _is_named(line, feet) else 0.0
    weight += 1.5 if shares_a_word(words, said) else 0.0
    weight -= 4.0 if _is_generic(words) else 0.0
    return weight - (1.5 if len(words.split()) > 20 or words.endswith(":") else 0.0)


def _is_in_table(blocks: Sequence[Block], at: int) -> bool:
    """Whether a row has another beside it; one alone is a head set in two or three parts."""
    beside = [*blocks[max(at - 1, 0) : at], *blocks[at + 1 : at + 2]]
    return len(blocks[at].cells) > 1 and any(len(block.cells) > 1 for block in beside)


def _lines(block: Block) -> list[Block]:
    """The lines of a block that may each be the title: what stands far apart on one line is two things."""
    if len(block.cells) > 1:
        if len(block.cells) > 3 or any(is_label(cell) or dates_in(cell) for cell in block.columns):
            return []
        return [Block(cell, level=block.level) for cell in block.cells if cell.strip()]
    if _IN_CONTENTS.search(block.raw):
        return []
    pieces = [piece for piece in re.split(r"(?<=\S)(?: {4,}|\t+| \| )(?=\S)", block.raw) if piece.strip()]
    return [replace(block, raw=piece) for piece in pieces] if len(pieces) > 1 else [block]


_IN_CONTENTS = re.compile(r"(?:\s{3,}|\.{3,}\s*|\t)\d{1,3}\s*$")


def _paper_of(block: Block) -> str | None:
    """The words of a line that names a kind of paper and no subject, which is a title where nothing better stands."""
    words = _subject(block)
    known = (
        words and 2 < len(words.split()) < 12 and _is_generic(words) and section_named(words) in _MAY_HEAD and not dates_in(words)
    )
    return words if known and not _NO_SUBJECT.fullmatch(words or "") else None


def _cover_end(blocks: Sequence[Block]) -> int:
    """Where the first part of the text begins: a title stands before it."""
    for at, block in enumerate(blocks):
        if not at or not block.level or _is_generic(block.words):
            continue
        if _PART.match(block.words) or section_named(block.words) and not _headline_of(block):
            return at
    return len(blocks)


def _is_named(block: Block, others: Sequence[str]) -> bool:
    """Whether what stands elsewhere is of the subject of a line: one holds the other, the paper that it is apart."""
    words = squash(bare(_headline_of(block) or ""))
    return any(min(len(words), len(other)) > 6 and (words in other or other in words) for other in map(squash, map(bare, others)))


def _repeated(blocks: Sequence[Block]) -> Field:
    for block in blocks:
        for words in re.split(r"\s+[|\t]\s+|\t", block.words) if block.furniture and not _IN_CONTENTS.search(block.raw) else ():
            known = _BODY.fullmatch(words) or _is_generic(words) or re.search(r"page|official|printed", words, re.I)
            if not known and re.search(r"[A-Za-z]{4}.* ", words):
                note = "The name stands only at the head or foot of the pages."
                return Field(without_version(words), block.raw.strip(), DOUBTFUL, note)
    return NOT_STATED


_PART = re.compile(
    r"(?:statement|procedure|treatment|intervention|policy|section|part) (?:no\.? ?)?"
    r"(?:[A-Z]{0,3}\d{1,3}(?:\.\d{1,3})+\s*[:.–-]?|[A-Z]{0,3}\d{1,3}\s*[:.–-])\s",
    re.I,
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_CODE = re.compile(r"^(?:[\[(]?[A-Z]{1,8}[-_/]?[A-Za-z]*[-_/]?\d[\w\-/]*[\])]?\s*[-–:]?|\d{1,2}[A-Z]?\.)\s+(?=[A-Z])")
_PAPER_BEFORE = re.compile(
    r"^(?:appendix|annex|schedule|section|part) \w{1,3}(?:\.\d+)*\s*[:.–-]\s+(?:polic(?:y|ies) (?:for|on)\s+)?|"
    r"^(?:NHS England\s*[:–-]?\s*)?(?:clinical |integrated )*commissioning (?:policy|position)(?: statement| proposition)?\s*:\s+"
    r"|^(?:(?:low priority )?(?:procedure|treatment|policy|statement)\s+[-–]\s+)?"
    r"(?:policy|statement|policy statement) (?:no\.? ?)?\w*\d\w*\s*[-–:]?\s+(?=[A-Z])",
    re.I,
)
_REFERENCE_BEHIND = re.compile(r"\s+[-–—|]\s+(?:policy|ref\w*)\.?:?\s(?=\S*\d)\S+(?:\s*\([^()]*\))?$", re.I)
_DAY_BEHIND = re.compile(rf"\s*[-–(,]\s*{_MONTH}\s+\d{{4}}\)?$")
# Names of parts that may also be the subject of a whole document: "Individual funding requests", "Why we ...".
_MAY_HEAD = (None, "exceptionality", "references", "background", "cohort", "rationale")
_NO_SUBJECT = re.compile(
    r"(?:technology appraisal|interventional procedures?|highly specialised technolog(?:y|ies)|healthtech|medical technologies|"
    r"diagnostics?|clinical|nice) (?:guidance|guidelines?)\b.*|"
    r"(?:intervention|procedure|policy|statement|treatment|appendix|annex|part|item) \w{0,3}\d\w{0,3}|"
    r"(?:section|chapter|page) \d.*|"
    r"(?:(?:draft|final) )*(?:version|issue|edition|v)\.? ?\d.{0,20}|(?:ebi )?(?:category|list) \d\w?(?: .{0,30})?|"
    r"(?:how to|using|about|yours|dear) .*|.*\b(?:logo|www\.).*|for office use.*",
    re.I,
)
_OF_MANY = re.compile(
    r"(?:(?:list|schedule|directory) of )?(?:\w+ )?(?:interventions|procedures|treatments|services|policies)\b", re.I
)
_VERSION_ALONE = re.compile(r"(?:version |v)\.?\s?\d[\w.]*", re.I)
_FUNDING = re.compile(r"commissioned|funded|approval|category|criteria are|restricted|purchased", re.I)


def _subject(block: Block) -> str | None:
    """The words of a line without the number, the paper and the body that stand before the subject."""
    words = block.words
    if not 4 <= len(words) <= 300:
        return None
    words = words if words.startswith("NHS") else _CODE.sub("", words)
    words = _PAPER_BEFORE.sub("", words, count=1)
    label = words.split(":")[0]
    if re.match(r"[^:]{3,40}:", words) and is_label(label) and not (block.level and block.level < 3 and not facts_named(label)):
        head, rest = words.split(":", 1)
        paper = re.fullmatch(r".*(?:polic(?:y|ies)|statements?|guidance)", head.strip(), re.I)
        if not paper and (block.start or facts_named(label)):
            return None
        words = rest.strip() if paper else words
    words = _DAY_BEHIND.sub("", without_version(_REFERENCE_BEHIND.sub("", words)))
    pieces = re.split(r"\s+[-–—|]\s+", words)
    if len(pieces) > 1 and (_is_generic(pieces[0]) or _VERSION_ALONE.fullmatch(pieces[0])):
        # "Commissioning policy – April 2010 – the subject": the piece that is neither a paper nor a day.
        left = [
            piece for piece in pieces if not _is_generic(piece) and not dates_in(piece) and not _VERSION_ALONE.fullmatch(piece)
        ]
        words = left[0] if len(left) == 1 else words
    return _OF_BODY.sub("", words, count=1) or words


_BODY_BY_SHAPE = re.compile(
    r"(?:NHS )?(?:[A-Z][\w’'&.,-]*|and|of|the|for|&|in|on|with)(?: (?:[A-Z][\w’'&.,-]*|and|of|the|for|&|in|on|with)){0,9} "
    r"(?i:committee|partnerships?|boards?|forum|groups?|collaborative|network|alliance|trust|team|directorate|consortium|council|"
    r"panel|agency|confederation|commissioners?)"
)


_BODY_THEN = re.compile(
    r"(?:[\w’'&,.-]+ ){1,8}?(?:committee|partnership|board|forum|collaborative|network|alliance|trust|consortium|icbs?|ccgs?|"
    r"pcts?|group)s?\b\W*(?P<rest>.*)",
    re.I,
)


def _is_body(words: str) -> bool:
    """Whether a line is the name of a body, perhaps with the kind of paper behind it, and of nothing else."""
    if re.search(r"request|framework|minutes|notes|treatment|\bfor\b(?! health)", words, re.I):
        return False
    if re.fullmatch(r"(?:[A-Z][\w’'&-]* ){1,4}NHS", words):
        return True
    if re.fullmatch(r"NHS(?: (?:[A-Z][\w’'&,-]*|and|of|the)){1,5}", words) and not re.search(r"polic|statement", words, re.I):
        return True
    named = _BODY_THEN.fullmatch(words)
    if named and (words.isupper() or named["rest"].isupper() or named["rest"].istitle()) and _is_generic(named["rest"]):
        return True
    return bool(_BODY.fullmatch(words)) and "polic" not in words.lower() or bool(_BODY_BY_SHAPE.fullmatch(words))


def _headline_of(block: Block) -> str | None:
    parts = block.raw.strip().split("\n")
    if len(parts) > 1 and all(_is_body(one) or _is_generic(one) or _NO_SUBJECT.fullmatch(one) for one in map(clean, parts)):
        return None
    words = _subject(block)
    if (
        words is None
        or not 4 <= len(words) <= 200
        or words.endswith("?")
        or words.endswith((".", ";", ","))
        or not re.search(r"[A-Za-z]{3}", words)
    ):
        return None
    if words.endswith(":") and len(words.split()) > 6:
        return None
    if _is_generic(words) or _is_generic(_OF_BODY_AND_PAPER.sub("", words)) or _NO_SUBJECT.fullmatch(words):
        return None
    if _is_body(words) or not re.search(r"[A-Za-z]{3}", _REFERENCE.sub("", words)):
        return None
    if section_named(words) not in _MAY_HEAD:
        return None
    if facts_named(words) and not re.search(r"request|cosmetic", words, re.I):
        return None
    if judged(words, label=True) and _FUNDING.search(words) and not _OF_MANY.match(words):
        return None
    return words if not dates_in(words) or len(words.split()) > 5 else None
