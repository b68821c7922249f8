"""The title of a document: beside its label, or the first line that names a subject."""

import re
from collections.abc import Sequence

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.dates import dates_in
from ifr.policies.reading.facts import Stated, is_blank
from ifr.policies.reading.labels import facts_named, is_label, plain, section_named
from ifr.policies.reading.naming import bare
from ifr.policies.reading.positions import in_a_cell, judged
from ifr.policies.reading.record import CERTAIN, DOUBTFUL, LIKELY, NOT_STATED, Field

_TITLE_VERSION = re.compile(
    r"[\s(,;|–—-]*(?:\bversion(?: (?:number|no\.?))?\s*[:.]?\s*v?\d[\w.]*|"
    r"\bv\.?\s?\d+(?:\.\d+)*[a-z]?\b|\bversion:?\s*$)\s*\)?.*$",
    re.I | re.S,
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
_LETTERHEAD = re.compile(_OF_BODY.pattern.replace(r"\s*[-–:|]?\s+", r"\s*[-–:|]\s+"))
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
    "version history restricted list normally undertaken formal full short our key".split()
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
        values = [without_version(one.value) for one in same]
        first = same[0]
        others = [value for value in values[1:] if squash(value) != squash(values[0])]
        if others and rank > 0 and len(others) > 2:
            continue
        return Field(values[0], first.passage, CERTAIN)
    treatments = [one for one in stated if one.key == "treatment" and one.beside and len(one.value) < 120]
    found = _headline(blocks, [one.value for one in treatments])
    unnamed = found.value is None or _is_generic(found.value)
    if unnamed and len(treatments) == 1 and re.search(r"[a-z]{4}", treatments[0].value, re.I):
        return Field(treatments[0].value, treatments[0].passage, LIKELY, "No title is printed; this is what it is about.")
    return found


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
    return judged(words, label=True) is None or not re.search(r"\b(?:commissioned|funded|approval)\b", words, re.I)


def without_version(title: str) -> str:
    """A title without its version and what follows the version."""
    if len(title) >= 400:
        return title
    words = _TITLE_VERSION.sub("", title).strip(" ,;|–—-")
    return _POSITION_BEHIND.sub("", words) or title


def _is_generic(words: str) -> bool:
    told = re.findall(r"[a-z0-9]+", re.sub(r"\([^()]{0,80}\)", " ", words.lower()))
    return (
        bool(told)
        and all(word in _GENERIC or re.fullmatch(r"\w*\d\w*", word) for word in told)
        and any(word in _PAPER for word in told)
    )


def squash(words: str) -> str:
    """Words as they are compared: letters and digits alone."""
    return re.sub(r"\W+", "", words.lower())


def _headline(blocks: Sequence[Block], named: Sequence[str]) -> Field:
    """The first heading that names a subject; failing that the first line that does, or what each page repeats.

    Of several the one is taken that a label of the treatment, or the head or foot of the pages, names too."""
    whole = [block for block in blocks if not block.furniture and len(block.cells) < 2][:30]
    whole = whole[next((at for at, block in enumerate(whole) if block.level == 1 and not block.mark), 0) :]
    if len(whole) > 1 and _LETTERHEAD.match(whole[0].words) and not re.search(r"polic|statement", whole[0].words, re.I):
        # The name of the body and of the part of it that writes.
        whole = [*whole[1:], whole[0]]
    top = whole[: _cover_end(whole)]
    headings = [block for block in top if 0 < block.level <= 3 and not block.mark]
    alone = [block for block in whole if block.level or block.apart]
    if paper := next((block for block in whole[:3] if not block.mark and _ASSESSMENT.match(block.words)), None):
        return Field(without_version(paper.words), paper.raw.strip(), LIKELY)
    feet = [block.words for block in blocks if block.furniture]
    for tried, sure, others in ((headings, CERTAIN, [*named, *feet]), (top[:8], LIKELY, named)):
        if found := _first([block for block in tried if _is_named(block, others)], sure):
            return found
    for tried, sure in ((headings, CERTAIN), (top[:8], LIKELY)):
        if found := _first(tried, sure):
            return found
    papers = [(block, words) for block in top[:8] if (words := _subject(block)) and len(words.split()) > 2 and _is_generic(words)]
    if papers:
        return Field(without_version(papers[0][1]), papers[0][0].raw.strip(), LIKELY)
    return _first(alone, LIKELY) or _first(whole, LIKELY) or _numbered(whole) or _repeated(blocks)


def _numbered(blocks: Sequence[Block]) -> Field | None:
    """The heading of a chapter that was taken out of a longer document: the last of the numbered lines with which it begins."""
    told = None
    for block in blocks:
        words = re.sub(r"^[\d.]+\s+", "", block.words)
        if not re.match(r"\d", block.mark) or len(words) > 120 or section_named(words) or words.endswith((".", ":")):
            break
        told = Field(without_version(words), block.raw.strip(), LIKELY)
    return told


def _cover_end(blocks: Sequence[Block]) -> int:
    """Where the first part of the text begins: a title stands before it."""
    for at, block in enumerate(blocks):
        if not at or not block.level or _is_generic(block.words):
            continue
        if _PART.match(block.words) or section_named(block.words) and not _headline_of(block):
            return at
    return len(blocks)


def _first(blocks: Sequence[Block], sure: str) -> Field | None:
    for block in blocks:
        if re.fullmatch(r"|[A-Z][.)]?", block.mark) and (words := _headline_of(block)):
            return Field(words, block.raw.strip(), sure)
    return None


def _is_named(block: Block, others: Sequence[str]) -> bool:
    """Whether what stands elsewhere is of the subject of a line: one holds the other, the paper that it is apart."""
    words = squash(bare(_headline_of(block) or ""))
    return any(min(len(words), len(other)) > 6 and (words in other or other in words) for other in map(squash, map(bare, others)))


def _repeated(blocks: Sequence[Block]) -> Field:
    for block in blocks:
        for words in re.split(r"\s+[|\t]\s+|\t", block.words) if block.furniture else ():
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
_NO_SUBJECT = re.compile(
    r"(?:technology appraisal|interventional procedures?|highly specialised technolog(?:y|ies)|healthtech|medical technologies|"
    r"diagnostics?|clinical|nice) (?:guidance|guidelines?)\b.*|"
    r"(?:intervention|procedure|policy|statement|treatment|appendix|annex|part|item) \w{0,3}\d\w{0,3}|"
    r"(?:section|chapter|page) \d.*|(?:ebi )?(?:category|list) \d\w?(?: .{0,30})?|.*\b(?:logo|www\.).*|for office use.*",
    re.I,
)
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
        if not re.fullmatch(r".*(?:polic(?:y|ies)|statements?|guidance)", head.strip(), re.I):
            return None
        words = rest.strip()
    words = _DAY_BEHIND.sub("", without_version(_REFERENCE_BEHIND.sub("", words)))
    pieces = re.split(r"\s+[-–—|]\s+", words)
    if len(pieces) > 1 and _is_generic(pieces[0]):
        # "Commissioning policy – April 2010 – the subject": the piece that is neither a paper nor a day.
        left = [piece for piece in pieces if not _is_generic(piece) and not dates_in(piece)]
        words = left[0] if len(left) == 1 else words
    return _OF_BODY.sub("", words, count=1) or words


def _headline_of(block: Block) -> str | None:
    words = _subject(block)
    if words is None or not 4 <= len(words) <= 200 or words.endswith((".", ";")) or not re.search(r"[A-Za-z]{3}", words):
        return None
    if words.endswith(":") and len(words.split()) > 6:
        return None
    if _is_generic(words) or _is_generic(_OF_BODY_AND_PAPER.sub("", words)) or _NO_SUBJECT.fullmatch(words):
        return None
    if _BODY.fullmatch(words) and not re.search(r"polic|request|framework|treatment|minutes|for\b", words, re.I):
        return None
    if section_named(words) not in (None, "exceptionality", "references", "background", "cohort", "rationale"):
        return None
    if is_label(words) and not re.search(r"request|cosmetic", words, re.I):
        return None
    if judged(words, label=True) and _FUNDING.search(words):
        return None
    return words if not dates_in(words) or len(words.split()) > 5 else None
