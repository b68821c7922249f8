"""What kind of document it is. Only a clinical policy is read for a position."""

import re
from collections.abc import Sequence

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.record import CERTAIN, DOUBTFUL, LIKELY, Field

CLINICAL, UMBRELLA, PROCESS, GUIDANCE, OTHER = "clinical_policy", "umbrella", "ifr_process", "guidance", "other"

_PROGRAMMES = (
    r"(?:healthtech|technology appraisal|interventional procedures?|highly specialised "
    r"technolog(?:y|ies)|medical technologies|diagnostics?|clinical|public health|quality|"
    r"nice|early value assessment|antimicrobial prescribing|rapid)"
    r" (?:guidance|guidelines?|evaluation|standard)(?: \[?[a-z]{2,4}\d+\]?)?"
)
_PROGRAMME = re.compile(
    rf"{_PROGRAMMES}|(?:sign|nice) (?:guideline )?[a-z]{{0,3}} ?\d+|reference number:? ?[a-z]{{2,4}}\d+", re.I
)
_NICE = re.compile(
    r"this guidance represents the view of nice|nice\.org\.uk/(?:guidance|terms)|© nice|"
    r"national institute for health and care excellence|(?:recommendations|guidance) in this "
    r"(?:guidance|guideline) represent|scottish intercollegiate|your responsibility",
    re.I,
)
_OTHERS = re.compile(
    r"\bminutes\b|\bboard paper|\btitle of report|\breport to the|^memo(?:randum)?\b|"
    r"\bagenda\b(?! for change)|\bnewsletter|\bpress release|\bapplication form|"
    r"\brequest form|\breferral form|\bform\b$|\bproforma\b|\bpro forma|\bchecklist|\bleaflet|"
    r"\bjob description|\bfrequently asked|\bfaqs?\b|\bconsultation (?:report|document|"
    r"response)|\bannual report|\bdear (?:colleague|dr|sir|patient)|\bpatient information|"
    r"\binformation for patients"
    r"|\bquestionnaire|\bbusiness case|\baction notes|\bnotes of (?:the|a) meeting|\bmeeting "
    r"(?:notes|papers?)|\bbulletin|\bterms of reference|\bequality impact assessment$|"
    r"\bblog\b|\btimetable|\bpresentation|\bfreedom of information|\bregister of interests|"
    r"\bevidence review$|\bsurvey",
    re.I,
)
_ASSESSMENT = (
    r"(?:equality|quality|privacy|data protection|health inequalit\w+)[\w ,&/-]{0,40} (?:impact|analysis|assessment|screening)"
)
_IFR = re.compile(
    r"individual (?:funding|patient|treatment) requests?|\bifrs?\b|exceptional (?:funding|"
    r"cases?|treatment)|\befrs?\b|\bipfr\b|exceptionality",
    re.I,
)
_HOW = re.compile(
    r"polic(?:y|ies)|process|procedure|operat|manag|framework|guid|standard|handbook|terms of "
    r"reference|decision|panel|toolkit|how to|protocol|requests?\b|\(ifrs?\)",
    re.I,
)
_GENERAL = re.compile(
    r"ethical|principles|prioriti[sz]|priority setting|setting (?:of )?(?:the )?priorities|resource allocation|(?:general|"
    r"overarching|umbrella|commissioning|clinical|generic|core) (?:commissioning |clinical "
    r")?(?:polic(?:y|ies)$|framework|principles)|decision[- ]making framework|defining the "
    r"boundaries|experimental|in[- ]year service|policy development|development of (?:\w+ "
    r")?polic|value based|values based|collection|compendium"
    r"|(?:procedures?|treatments?|interventions?) (?:of )?(?:low|limited)|low priority "
    r"(?:treatments|procedures)|evidence[- ]based interventions? (?:polic|programme|"
    r"commission)|service restriction|not routinely (?:funded|commissioned)$|polic(?:y|ies) "
    r"(?:list|schedule|directory|register|index)|list of polic|schedule of",
    re.I,
)
_FORM = re.compile(r"_{4,}|\.{8,}|☐|□|please (?:complete|tick|return|email this form)|signature|tick (?:box|as)", re.I)


def kind_of(blocks: Sequence[Block], title: str | None, *, positions: int, statements: int) -> Field:
    """The kind of a document from its title and shape. `positions`: how many passages say what is funded."""
    top = [block for block in blocks if not block.furniture][:25]
    heads = [block.words for block in top[:12] if len(block.words) < 160]
    said = title or (heads[0] if heads and not positions else "")
    for find in (_guidance, _other, _process):
        if found := find(blocks, top, heads, said, positions):
            return found
    return _policy_or_general(blocks, said, positions, statements)


def _passage(blocks: Sequence[Block], pattern: re.Pattern[str]) -> str | None:
    return next((block.raw.strip()[:600] for block in blocks if pattern.search(block.words)), None)


def _guidance(blocks: Sequence[Block], top: Sequence[Block], heads: list[str], title: str, positions: int) -> Field | None:
    programme = next(
        (
            block
            for block in top
            if len(block.words) < 90
            and re.fullmatch(rf"(?:{_PROGRAMME.pattern}|nice guidance)(?:\W.{{0,60}})?", block.words, re.I)
        ),
        None,
    )
    nice = sum(bool(_NICE.search(block.words)) for block in blocks)
    commissioner = any(
        re.search(r"integrated care board|\bicb\b|\bccg\b|commissioning group|primary care trust", head, re.I) for head in heads
    )
    if programme is not None and (nice or not positions) and not commissioner:
        return Field(GUIDANCE, programme.raw.strip(), CERTAIN)
    if (
        nice >= 2
        and not commissioner
        and any(
            re.search(r"nice\.org\.uk/guidance/\w+\s*$|your responsibility|represents? the view of nice", block.words, re.I)
            for block in blocks
        )
    ):
        return Field(GUIDANCE, _passage(blocks, _NICE), LIKELY)
    return None


def _other(blocks: Sequence[Block], top: Sequence[Block], heads: list[str], title: str, positions: int) -> Field | None:
    if _IFR.search(title) and re.search(r"terms of reference", title, re.I):
        return None
    if _OTHERS.search(title) and not re.search(r"policy(?: and| \()|commissioning policy", title, re.I):
        return Field(OTHER, _passage(top, _OTHERS) or title, CERTAIN)
    if heads and re.match(rf"(?:draft |full |initial )*{_ASSESSMENT}", heads[0], re.I):
        return Field(OTHER, heads[0], LIKELY)
    if heads and re.match(rf"(?:.{{0,60}}\b)?{_ASSESSMENT}", heads[0], re.I) and not re.search(r"polic", heads[0], re.I):
        return Field(OTHER, heads[0], LIKELY)
    early = next(
        (
            head
            for head in heads[:6]
            if _OTHERS.search(head) and len(head) < 90 and not re.search(r"polic|target|audience|\bsee\b|available", head, re.I)
        ),
        None,
    )
    if early is not None:
        return Field(OTHER, early, LIKELY)
    lines = [block for block in blocks if _FORM.search(block.raw) and not block.furniture]
    if len(lines) >= 4 and len(lines) * 5 > len(blocks):
        return Field(OTHER, lines[0].raw.strip()[:600], LIKELY, "The document is laid out as a form.")
    return None


def _process(blocks: Sequence[Block], top: Sequence[Block], heads: list[str], title: str, positions: int) -> Field | None:
    bare = re.sub(r"individual funding requests?(?: \(ifrs?\))? polic(?:y|ies)$", "", title, flags=re.I).strip(" -–:")
    if _IFR.search(title) and _HOW.search(title) and (len(bare.split()) < 8 or len(bare) < 12):
        subject = re.sub(
            rf"{_IFR.pattern}|{_HOW.pattern}|\b(?:the|for|of|and|nhs|icb|ccg|on|in|to|making|operating|"
            rf"standard|clinical|commissioning|general|joint|governance|version|management|procedures?|"
            rf"\d+)\b|\W",
            "",
            title,
            flags=re.I,
        )
        about = sum(bool(_IFR.search(block.words)) for block in blocks)
        if len(subject) < 25 or about >= 4 and positions < 2:
            return Field(PROCESS, _passage(top, _IFR) or title, CERTAIN if len(subject) < 6 else LIKELY)
    if re.search(r"\((?:the )?(?:individual funding requests?|ifrs?)[^()]{0,40}\)", title, re.I) and re.search(
        r"request|outside|process|panel|exceptional", title, re.I
    ):
        return Field(PROCESS, _passage(top, _IFR) or title, LIKELY)
    steps = sum(
        bool(re.search(r"\bpanel\b|\bscreening\b|\bappeal|\btriage|\bapplication", block.words, re.I)) for block in blocks
    )
    headed = next((head for head in [title, *heads[:5]] if _IFR.search(head) and _HOW.search(head)), None)
    general = re.search(r"request|outside|exception|appeal|panel", title, re.I)
    if headed and general and len(headed) < 110 and steps >= 2 and positions < 2:
        return Field(PROCESS, headed, LIKELY)
    return None


def _policy_or_general(blocks: Sequence[Block], title: str, positions: int, statements: int) -> Field:
    general = _GENERAL.search(title)
    named = _passage(blocks, re.compile(re.escape(title[:60]), re.I)) if title else None
    passage = named or title or (blocks[0].raw.strip()[:300] if blocks else None)
    if statements >= 12 and general:
        note = f"It gathers {statements} statements under one general title."
        return Field(CLINICAL, passage, DOUBTFUL, note)
    if statements >= 2:
        return Field(CLINICAL, passage, LIKELY, f"It holds {statements} statements." if general else None)
    if general:
        return Field(UMBRELLA, passage, CERTAIN if positions == 0 else LIKELY)
    if positions:
        return Field(
            CLINICAL,
            passage,
            CERTAIN if re.search(r"polic|commissioning", " ".join(block.words for block in blocks[:8]), re.I) else LIKELY,
        )
    if re.search(r"framework|principles|overarching", title, re.I):
        return Field(UMBRELLA, passage, LIKELY)
    return Field(OTHER, passage, DOUBTFUL, "No passage of it says what is funded for whom.")
