"""Which treatment a statement is about, and for which indication, from its label, its sentence or its title."""

import re
from collections.abc import Iterable

from ifr.policies.reading.cleaning import clean

_FOR = re.compile(
    (
        r"\s+(?:for (?:the )?(?:treatment|management|treating|managing|prevention|relief) of|for "
        r"treating|for managing|in the (?:treatment|management) of|to treat|for)\s+"
    ),
    re.I,
)
_LEAD = re.compile(
    (
        r"^(?:(?-i:[A-Z]{1,6}[-_/]?\d{1,4}(?:[-_/.]\w{1,8}){1,3}\s*[-–:]?\s+(?=[A-Z]))|"
        r"(?:section |policy |statement |appendix |no\.? ?)*(?:statement |policy "
        r")?[A-Z]{0,6}\d+[a-z]?(?:\.\d+)*\s*[-–:.)]+\s*|(?:(?:clinical|nhs|icb|ccg|evidence[- "
        r"]based|prior approval|criteria[- ]based access|threshold|integrated|impact|assessment|"
        r"access|funding)\s+)*(?:commissioning |clinical |intervention |threshold |access |eur "
        r")*(?:policy|statement|policy statement|position statement|guidance)\s*(?:[:–-]|for|"
        r"on)\s+(?:the )?|(?:provision|use|funding|commissioning) of (?:the )?)"
    ),
    re.I,
)
_TAIL = re.compile(
    (
        r"\s*[-–:,]?\s*\b(?:clinical |commissioning |prior approval |criteria[- ]based access |"
        r"threshold |individual funding request |access |funding )*(?:polic(?:y|ies)|position "
        r"statement|policy statement|statement|criteria|guideline)\s*$|\s*\((?:cba|pa|ifr|efr|"
        r"prior approval|criteria based access)\)\s*$"
    ),
    re.I,
)
_GENERIC = re.compile(
    (
        r"^(?:this|these|such|the|it|they|all|any|funding|treatments?|surgery|requests?|patients?|"
        r"procedures?|interventions?|applications?|cases?|referrals?|nhs|icb|ccg|we|there|"
        r"approval|following|other|both|either|which|that|people|adults|"
        r"children)\b(?!.{0,30}(?:ectomy|plasty|scopy|therapy))(?:\W+(?:intervention|treatment|"
        r"procedure|policy|icb|ccg|nhs|service|surgery|is|are|operation|device|medicine|drug|"
        r"above|following|treatments|procedures|interventions|of|for|in)\b)*"
    ),
    re.I,
)
_REFUSES = re.compile(
    (
        r"\b(?:(?:will|do|does|shall|is unable to|are unable to)(?: not)?|not|n['’]t)\s+(?:only "
        r")?(?:(?:normally|routinely|usually|generally|currently)\s+)*(?:fund|commission|support|"
        r"provide|offer|pay for|purchase)\s+(?:the (?:use|provision|funding|commissioning) of\s+|"
        r"requests for\s+)?(?P<t>[^.;:]{3,200})"
    ),
    re.I,
)
_IS = re.compile(
    (
        r"^(?P<t>[^.;:]{3,220}?)\s+(?:is|are|will|should|has been|have been|remains?)\s+(?:(?:not|"
        r"only|be|been|considered|deemed|a|an|therefore|now|currently|no longer|normally|"
        r"routinely|usually|generally|procedures? of)\s+)*(?:commission|fund|available|support|"
        r"offer|provid|restrict|low|considered|exclud|approv|subject)"
    ),
    re.I,
)
_STOP = re.compile(
    (
        r"\s+(?:unless|except|if|when|where|because|as it|as there|as they|due to|in the "
        r"following|only|outside|other than|on the|under|until|which|provided|and is|and are|at "
        r"any age|to patients|in line)\b.*"
    ),
    re.I | re.S,
)


def split_title(title: str) -> tuple[str, str | None]:
    """The treatment and the indication that a title names: "X for Y", or "Specialty – Y – X"."""
    words = bare(title)
    parts = [part for part in re.split(r"\s+[-–—]\s+", words) if part]
    if len(parts) == 3:
        words = parts[2]
        return (words, parts[1]) if not _FOR.search(words) else _divided(words)
    return _divided(words)


def bare(title: str) -> str:
    """A title without "policy for" before it and "policy" behind."""
    words = title.strip(" .:")
    for _ in range(2):
        words = _LEAD.sub("", words, count=1).strip(" .:-–")
        words = _TAIL.sub("", words, count=1).strip(" .:-–")
    return words or title


def _divided(words: str) -> tuple[str, str | None]:
    found = _FOR.search(words)
    if found is None or found.start() < 3:
        return words, None
    treatment, indication = words[: found.start()].strip(" ,"), words[found.end() :].strip(" ,.")
    # "Surgery for this condition": without the condition the name would name nothing.
    return (words, indication) if _NAMES_NOTHING.fullmatch(treatment) else (treatment, indication)


_NAMES_NOTHING = re.compile(
    r"(?:(?:the|all|any|elective|planned|secondary|specialist|surgical|medical|clinical|invasive|operative|further|routine|"
    r"cosmetic|open|day case|private|laser|non-surgical|conservative|minimally|and|or|/|&) )*"
    r"(?:surgery|surger(?:y|ies)|treatments?|operations?|procedures?|interventions?|management|therap(?:y|ies)|referrals?|repair|"
    r"injections?|removal|drugs?|medicines?|devices?|services?|assessment|care|surgical treatments?|appliances?)",
    re.I,
)


def named_in(sentence: str) -> tuple[str, str | None] | None:
    """The treatment, and the indication, that a sentence on funding speaks of; None where it says only "this"."""
    words = re.sub(r"^(?:\(?[A-Z]?\d+(?:\.\d+)*[.)]?|[•*\-–])\s+", "", clean(sentence))
    if found := _REFUSES.search(words):
        told = found["t"]
    elif found := _IS.match(words):
        told = found["t"]
    else:
        return None
    told = _STOP.sub("", told).strip(" ,")
    told = re.sub(r"^(?:the (?:use|provision|commissioning|funding) of|removal of the)\s+", "", told, flags=re.I)
    if not told or re.search(r"\b(?:any|all) other\b", told, re.I) or _GENERIC.match(told) or len(told.split()) > 25:
        return None
    return _divided(told)


def shares_a_word(one: str, others: Iterable[str]) -> bool:
    """Whether two names have a word of five letters or more in common, its ending apart."""
    stems = _stems(one)
    return any(stems & _stems(other) for other in others)


# Words of any policy, which make two names no more alike.
_COMMON = frozenset(
    "access treat treatm criter commis policy polici patien funded fundin fund surger proced approv clinic docume review versio "
    "contro proces interv servic follow condit requir statem positi manage health integr board group commit routin normal where "
    "which these those their there other under should would could guidan eviden restri thresh genera princi".split()
)


def _stems(words: str) -> set[str]:
    return {word[:6] for word in re.findall(r"[a-z]{5,}", words.lower())} - _COMMON
