"""The spellings in which the same name, number or day is written, and where in a text one of them stands.

A text is folded first: each letter to its plain small form, each space, hyphen and digit of any script to the common one, and
what cannot be seen is dropped. Patterns are then few, and every place leads back to where it stands in the text itself.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

# Marks that programs set for a word that is parted at the end of a line.
_PARTED = "\x02\ufffe\uffff"
_APOSTROPHES = "’‘‛ʼʹ`´′＇"
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n"}
_TWO_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"}
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "master", "sir", "lady", "rev", "baby"})
_PARTICLES = frozenset(
    {"van", "von", "de", "der", "den", "di", "da", "do", "dos", "del", "la", "le", "bin", "ibn", "al", "el", "ap", "st", "y"}
    | {"jr", "junior", "snr", "senior", "known", "as", "also", "aka", "nee", "born", "called", "preferred"}
)
# Names that are words of everyday language: they count with a capital alone, and not where a sentence begins.
_EVERYDAY = frozenset(
    """
    able art august april autumn baker banks baxter bell best bishop black bloom body bone born bright brown bush butler carpenter
    case chance chase christian church clay close cook cooper cross daisy dale dawn day dean drew earl east england english eve
    faith farmer fields field fisher flowers foot ford fox frank french frost gale gardener glass good gold grace grant gray
    green grey guy hall hand hands harmony harper hazel head heart heath hill holly holiday home honey hood hope horn house hunt
    hunter iris ivy jack jade jasmine joy judge june justice kay keen king knight lake lamb lane law leaf lee legg lily little
    long lord love low major mark marsh mason may mercy miles mill miller mills moon moore more myers new noble north nurse old
    olive page pain paige park parks parsons patience pat pearl penny piper pool poole pope porter potter power powers price pride
    prince read reader reed rich river rivers robin rock rose ruby rush salt sand savage sharp shepherd short silver singer
    skinner slaughter small smart snow south spring staff star steel still stone storm street strong sue summer summers sun swift
    taylor temple tiller tree trip underwood vale violet walker walls walsh ward warden waters way weeks well wells west wheeler
    white will win winter wise wolf wood woods words work young
    """.split()
)  # fmt: skip
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_DAYS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth "
    "twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
_ROADS = {
    "street": "st", "road": "rd", "avenue": "ave?", "lane": "ln", "close": "cl", "drive": "dr", "court": "ct", "crescent": "cres",
    "terrace": "terr?", "place": "pl", "square": "sq", "gardens": "gdns", "grove": "gr", "row": "row", "way": "way",
    "walk": "walk", "park": "pk", "hill": "hill", "mews": "mews", "rise": "rise", "green": "green", "view": "view",
}  # fmt: skip
_POSTCODE = re.compile(r"(?<![a-z0-9])([a-z]{1,2}[0-9][a-z0-9]?)\s*([0-9][a-z]{2})(?![a-z0-9])")
_GAP = r"[\s\-./_()]*"
# A word that is parted at the end of a line has a hyphen there and goes on below.
_PART = r"(?:-\s*)?"
_LABELLED = re.compile(
    r"(?:(?:hospital|unit|case\s?note|district|clinic|patient)\s?(?:number|no\b\.?|num\b\.?|id\b|ref(?:erence)?\b\.?|#)|mrn)"
    r"\s*[:#]?\s*([a-z]{0,4}[\s-]?[0-9][0-9\-/]{3,10}[0-9][a-z]?)(?![a-z0-9])"
)
# Ends of a text before a word that say the word is somebody's name, and those after which any word has a capital.
_NAMED_BEFORE = re.compile(
    r"(?:(?:sur|fore|first|last|full|given|family)?name|patient|pt|re|mr|mrs|ms|miss|mx|dr|master)[:.,]?\s*$"
)
_INITIAL_BEFORE = re.compile(r"(?<![a-z0-9])[a-z][.\s]{1,2}$")
_SENTENCE_BEFORE = re.compile(r"(?:^|[.!?:;]\s+|\n\s*|[\"“(•*]\s*|-\s+)$")
_TITLE_AND_INITIALS = re.compile(r"(?<![a-z0-9])(?:(?:mr|mrs|ms|miss|mx|dr|master)\.?\s+)?(?:[a-z](?:\.\s?|\s)){0,3}$")
_INITIALS_AFTER = re.compile(r",\s?(?:[a-z](?:\.\s?|\s|(?![a-z0-9]))){1,3}(?![a-z0-9])")
_OF_TIME = re.compile(r"\b(?:in|of|since|until|by|from|to|last|next|this|early|late|mid|during|before|after)[\s\-]$")
_SEASONS = frozenset({*_MONTHS, "spring", "summer", "winter"})
_BETWEEN_NAMES = re.compile(r"[\s,.()\"'\-_+]{0,4}\Z")


@dataclass(frozen=True)
class Folded:
    """A text in its plain form; `at` says of each character where in the text it stands."""

    text: str
    at: tuple[int, ...]
    original: str

    def place(self, start: int, end: int) -> tuple[int, int]:
        return self.at[start], self.at[end - 1] + 1


@dataclass(frozen=True)
class Found:
    """One place in a text: of which kind, and from where to where."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Person:
    """What is known of somebody, as it was typed; any of it may be empty."""

    name: str = ""
    nhs_number: str = ""
    born: date | None = None
    addresses: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


Fits = Callable[[Folded, int, int], bool]


@dataclass(frozen=True)
class Sought:
    """One spelling that is looked for, and what a place must fulfil beside it."""

    kind: str
    pattern: re.Pattern[str]
    fits: Fits


# --- folding ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _plain(c: str) -> str:
    if c in _PARTED:
        return "-"
    if c in "\n\x0b\x0c\u2028\u2029\x85":
        return "\n"
    if c in _APOSTROPHES:
        return "'"
    category = unicodedata.category(c)
    if category in ("Cf", "Cc", "Mn", "Me", "Cs") and c != "\t":
        return ""
    if c == "\t" or category.startswith("Z"):
        return " "
    if category == "Pd" or c in "−⁃":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(c))
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", c))
    kept = "".join(p for p in parts if not unicodedata.combining(p)).casefold()
    return "".join(_LETTERS.get(p, p) for p in kept)


def fold(text: str) -> Folded:
    """The plain form of a text: what looks alike to a reader is alike."""
    kept: list[str] = []
    at: list[int] = []
    for n, c in enumerate(text):
        plain = _plain(c)
        kept.append(plain)
        at.extend([n] * len(plain))
    return Folded("".join(kept), tuple(at), text)


# --- what is looked for -------------------------------------------------------------------------------------------------


def sought_of(person: Person, kinds: Iterable[str], *, named: str | None = None) -> list[Sought]:
    """The spellings of what is known of somebody, for the kinds that count. `named` gives all of them another kind."""
    ways: dict[str, Callable[[Person], Iterator[tuple[str, Fits]]]] = {
        "name": _names, "nhs_number": _nhs_numbers, "born_on": _births, "postcode": _postcodes, "address": _addresses,
        "telephone": _telephones, "email": _emails, "hospital_number": _hospital_numbers,
    }  # fmt: skip
    return [
        Sought(named or kind, re.compile(pattern), fits)
        for kind in ways if kind in set(kinds)
        for pattern, fits in dict(ways[kind](person)).items()
    ]  # fmt: skip


def words_sought(words: str) -> list[Sought]:
    """Words that somebody typed to have them taken out: the same words however they are spaced and hyphenated."""
    parts = re.findall(r"[^\s]+", fold(words).text)
    pattern = r"[\s\-]*".join(_letters(part) for part in parts)
    return [Sought("by_hand", re.compile(pattern), _bounded)] if parts else []


def _letters(word: str) -> str:
    return _PART.join(re.escape(c) for c in word)


def _names(person: Person) -> Iterator[tuple[str, Fits]]:
    tokens = _tokens(person.name)
    for token in tokens:
        everyday = token in _EVERYDAY
        for pattern in _spellings(token):
            yield pattern, _fits_everyday(frozenset(tokens)) if everyday else _fits_name(len(token))
    plain = [re.sub(r"['-]", "", token) for token in tokens]
    if len(plain) > 1:
        first, last = plain[0], plain[-1]
        for together in (first + last, last + first):
            if len(together) >= 7:
                yield re.escape(together), _anywhere
        if len(last) >= 4 and last not in _EVERYDAY:
            for together in (first[0] + last, last + first[0]):
                yield re.escape(together), _bounded


def _tokens(name: str) -> list[str]:
    spelled = unicodedata.normalize("NFC", name)
    turned = "".join(_TWO_LETTERS.get(c.lower(), c) for c in spelled)
    found: dict[str, None] = {}
    for text in (spelled, turned):
        for token in re.findall(r"[a-z]+(?:['-][a-z]+)*", fold(text).text):
            parts = [token, *token.split("-")] if "-" in token else [token]
            found |= dict.fromkeys(p for p in parts if len(p) > 1 and p not in _TITLES and p not in _PARTICLES)
    return list(found)


def _spellings(token: str) -> Iterator[str]:
    parts = re.split(r"['-]", token)
    ending = "s?" if len(token) >= 5 else ""
    yield r"['\s.\-]{0,2}".join(_letters(part) for part in parts) + ending
    if match := re.match(r"(?:mac|mc)([a-z]{3,})", token):
        yield rf"ma?c['\s]?{_letters(match.group(1))}{ending}"
    plain = "".join(parts)
    if len(plain) >= 4:
        yield r"[ .]".join(plain)


def _nhs_numbers(person: Person) -> Iterator[tuple[str, Fits]]:
    digits = re.sub(r"[^0-9]", "", fold(person.nhs_number).text)
    if len(digits) >= 6:
        # A zero is mistaken for the letter and a one for the stroke wherever numbers are typed or scanned.
        yield _GAP.join({"0": "[0o]", "1": "[1il|]"}.get(d, d) for d in digits), _apart_from_digits


def _births(person: Person) -> Iterator[tuple[str, Fits]]:
    born = person.born
    if born is None:
        return
    d, m, y, yy = f"0?{born.day}", f"0?{born.month}", str(born.year), f"{born.year % 100:02}"
    year, full, gap = f"'?(?:{y}|{yy})", _MONTHS[born.month - 1], r"[\s\-./,]"
    month = rf"(?:{full}|{full[:3]}\.?{'|sept' if born.month == 9 else ''})"
    between = r"\s*[/.,_\-\\\s]\s*"
    ways = [
        f"{d}{between}{m}{between}{year}",
        f"{y}{between}{m}{between}{d}",
        rf"(?:{d}(?:\s?(?:st|nd|rd|th))?|{_DAYS[born.day - 1].replace('-', '[- ]?')}){gap}*"
        rf"(?:(?:day\s)?of\s+)?{month}{gap}*{year}",
        rf"{month}{gap}*{d}(?:\s?(?:st|nd|rd|th))?{gap}*{year}",
        rf"{y}{gap}*{month}{gap}*{d}(?:st|nd|rd|th)?",
        rf"{d}{gap}+{_ROMAN[born.month - 1]}{gap}+{year}",
        f"{born:%Y%m%d}", f"{born:%d%m%Y}", f"{born:%d%m%y}", f"{m}{between}{d}{between}{y}",
    ]  # fmt: skip
    for way in ways:
        yield way, _apart_from_digits


def _postcodes(person: Person) -> Iterator[tuple[str, Fits]]:
    for address in person.addresses:
        for outward, inward in _POSTCODE.findall(fold(address).text):
            swaps = {"0": "[0o]", "o": "[0o]", "1": "[1il]", "i": "[1i]"}
            both = [_PART.join(swaps.get(c, c) for c in part) for part in (outward, inward)]
            yield rf"{both[0]}[\s\-.]*{both[1]}", _bounded


def _addresses(person: Person) -> Iterator[tuple[str, Fits]]:
    for address in person.addresses:
        text = _POSTCODE.sub("", fold(address).text)
        for n, line in enumerate(re.split(r"[\n,;]+", text)):
            words = re.findall(r"[a-z0-9']+", line)
            if len(words) < 2 or not (n == 0 or words[-1] in _ROADS or words[0][0].isdigit()):
                continue
            yield _road(words), _bounded
            named = words[1:] if words[0][0].isdigit() else []
            if len(named) > 1 and named[-1] in _ROADS:
                yield _road(named), _fits_capital


def _road(words: list[str]) -> str:
    spelled = [_letters(word) for word in words]
    if words[-1] in _ROADS:
        spelled[-1] = rf"(?:{spelled[-1]}|{_ROADS[words[-1]]}\b\.?)"
    return r"[\s,.\-]+".join(spelled)


def _telephones(person: Person) -> Iterator[tuple[str, Fits]]:
    for telephone in person.telephones:
        digits = re.sub(r"[^0-9]", "", re.sub(r"\(0\)", "", fold(telephone).text))
        national = re.sub(r"^(?:00)?44", "", digits) if digits.startswith(("44", "0044")) else digits.removeprefix("0")
        if len(national) >= 7:
            abroad = rf"(?:\+?\s?(?:00)?44{_GAP}(?:0{_GAP})?|0{_GAP})?"
            yield abroad + _GAP.join(national), _apart_from_digits


def _emails(person: Person) -> Iterator[tuple[str, Fits]]:
    for email in person.emails:
        parts = fold(email).text.strip().split("@")
        if len(parts) == 2 and all(parts):
            at = r"\s*(?:@|\(at\)|\[at\]|\sat\s)\s*"
            sides = [r"\s?(?:\.|\(dot\)|\[dot\])\s?".join(_letters(one) for one in side.split(".")) for side in parts]
            yield at.join(sides), _bounded


def _hospital_numbers(person: Person) -> Iterator[tuple[str, Fits]]:
    """The service knows no number of a hospital, so what stands behind such a label counts."""
    yield _LABELLED.pattern, _bounded


# --- where it stands ----------------------------------------------------------------------------------------------------


def find(sought: Iterable[Sought], text: str) -> list[Found]:
    """Every place of a text that agrees, in its order. Parts of one name that stand together are one place."""
    folded = fold(text)
    spans = {(one.kind, match.start(), match.end())
             for one in sought for match in one.pattern.finditer(folded.text)
             if match.end() > match.start() and one.fits(folded, match.start(), match.end())}  # fmt: skip
    found: list[tuple[str, int, int]] = []
    for kind in dict.fromkeys(kind for kind, _, _ in spans):
        own = sorted((start, end) for one, start, end in spans if one == kind)
        if kind in ("name", "relatives"):
            own = [_with_initials(folded, start, end) for start, end in own]
        found += [(kind, start, end) for start, end in _together(folded, own, parts=kind in ("name", "relatives", "address"))]
    return [Found(kind, *folded.place(start, end)) for kind, start, end in _apart(found)]


def _together(folded: Folded, spans: list[tuple[int, int]], *, parts: bool) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and (start <= joined[-1][1] or parts and _BETWEEN_NAMES.match(folded.text[joined[-1][1]:start])):
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _apart(found: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Of places that lie in one another the longer one stays; what is known stays before what only has a label."""
    kept: list[tuple[str, int, int]] = []
    for one in sorted(found, key=lambda f: (f[0] == "hospital_number", f[1] - f[2], f[1], f[0])):
        labelled = one[0] == "hospital_number"
        if not any(start <= one[1] and one[2] <= end or labelled and start < one[2] and one[1] < end for _, start, end in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f[1:])


def _with_initials(folded: Folded, start: int, end: int) -> tuple[int, int]:
    """A name with the title and the initials that stand before it, or with the initials after its comma."""
    before = _TITLE_AND_INITIALS.search(folded.text, max(0, start - 16), start)
    if before and before.group() and _are_capitals(folded, before.start(), start):
        start = before.start()
    after = _INITIALS_AFTER.match(folded.text, end)
    if after and _are_capitals(folded, end, after.end()):
        end = after.end()
    return start, end


def _are_capitals(folded: Folded, start: int, end: int) -> bool:
    alone = [m.start() for m in re.finditer(r"(?<![a-z0-9])[a-z](?![a-z0-9])", folded.text[start:end] + " ")]
    return all(folded.original[folded.at[start + n]].isupper() for n in alone)


def _anywhere(folded: Folded, start: int, end: int) -> bool:
    return True


def _bounded(folded: Folded, start: int, end: int) -> bool:
    """Whether a place is a word of its own, as the parts of a file's name are: JanetAshworthMRI, ashworth_2."""
    before = folded.text[start - 1] if start else " "
    after = folded.text[end] if end < len(folded.text) else " "
    return (not before.isalpha() or not folded.text[start].isalpha() or _turns(folded, start)) and (
        not after.isalpha() or not folded.text[end - 1].isalpha() or _turns(folded, end)
    ) and not (before.isdigit() and folded.text[start].isdigit()) and not (after.isdigit() and folded.text[end - 1].isdigit())


def _turns(folded: Folded, at: int) -> bool:
    """Whether a small letter stands before a capital here, without anything between them."""
    before, after = folded.original[folded.at[at - 1]], folded.original[folded.at[at]]
    return before.islower() and after.isupper()


def _apart_from_digits(folded: Folded, start: int, end: int) -> bool:
    before = folded.text[start - 1] if start else " "
    after = folded.text[end] if end < len(folded.text) else " "
    return not before.isdigit() and not after.isdigit()


def _has_capital(folded: Folded, start: int) -> bool:
    return folded.original[folded.at[start]].isupper()


def _fits_capital(folded: Folded, start: int, end: int) -> bool:
    return _bounded(folded, start, end) and _has_capital(folded, start)


def _fits_name(length: int) -> Fits:
    return _bounded if length > 3 else _fits_capital


def _fits_everyday(tokens: frozenset[str]) -> Fits:
    def fits(folded: Folded, start: int, end: int) -> bool:
        if not _fits_capital(folded, start, end):
            return False
        before, after = folded.text[max(0, start - 24) : start], folded.text[end : end + 24]
        if _beside_a_name(before, after, tokens) or _NAMED_BEFORE.search(before) or _INITIAL_BEFORE.search(before):
            return True
        if folded.text[start:end] in _SEASONS and _OF_TIME.search(before):
            return False
        if re.match(r"\s?[0-9]", after) or re.search(r"[0-9](?:st|nd|rd|th)?\s?$", before):
            return False
        return not _SENTENCE_BEFORE.search(before if start > len(before) else before or "")

    return fits


def _beside_a_name(before: str, after: str, tokens: frozenset[str]) -> bool:
    last, following = re.search(r"([a-z]+)[\s,.\"'()_\-]{0,4}$", before), re.match(r"[\s,.\"'()_\-]{0,4}([a-z]+)", after)
    return bool(last and last.group(1) in tokens) or bool(following and following.group(1) in tokens)
