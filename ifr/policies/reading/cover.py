"""What a cover and its control table print: title, reference, version and dates."""

import re
from collections.abc import Iterable, Sequence

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.cleaning import clean, sentences
from ifr.policies.reading.dates import agree, dates_in
from ifr.policies.reading.facts import Stated, Table, is_blank, is_history, tables_in
from ifr.policies.reading.labels import is_label, plain
from ifr.policies.reading.record import CERTAIN, DOUBTFUL, LIKELY, NOT_STATED, Field
from ifr.policies.reading.titles import squash
from ifr.policies.reading.wordings import RANK

_VERSION = re.compile(
    r"(?:\bversion(?: (?:number|no))?\.?\s*[:.]?\s*)?\b(?P<v>v(?:er)?\.?\s?\d[\w.\-/]*|"
    r"\d{2,4}\.v\d\w*|\d[\w.\-/]*|[a-z]\d+(?:\.\d+)*)",
    re.I,
)
_VERSION_IN = re.compile(
    r"(?:^|[\s(,–|-])(?:(?:version|issue|edition)(?: (?:number|no\.?))?\s*:?\s*(?P<a>v?\d+(?:\.\d+)*[a-z]?)|"
    r"(?P<b>v\.?\s?\d+(?:\.\d+)*[a-z]?))(?=$|[\s),;|–-])",
    re.I,
)
_FINAL = re.compile(r"(?:final|approved)\W{1,3}v?\d+(?:\.\d+)*", re.I)
_REFERENCE = re.compile(r"[A-Za-z0-9][\w./\-–&()\[\]]*(?: ?[\w./\-–]*\d[\w./\-–]*)?")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_AFTER_POLICY = re.compile(
    r"(?<![(\w])(?:[Pp]olicy|POLICY|[Dd]ocument) "
    r"(?:no\.? |number |ref\.? )?(?P<r>(?!(?:19|20)\d\d\b)(?:[A-Z]{1,6}[-/_]){0,3}[A-Z]{0,6}[-/_]?"
    rf"\d{{1,5}}(?:\.\d{{1,3}}){{0,3}}[a-z]?)\b(?!\s*(?:{_MONTHS}|years?))"
)
_NUMBERED_PAPER = re.compile(
    r"^(?:policy |commissioning |position )*(?:recommendation|statement|policy) (?:no\.? |number )?"
    r"(?P<r>[A-Z]{1,6}[-/ ]?\d{1,4}|(?<=no\. )\d{1,4}|(?<=number )\d{1,4}|\d{1,4}(?=:)|"
    r"(?!(?:19|20)\d\d$)\d{1,4}[a-z]?(?=$))(?::.*)?$",
    re.I,
)
_ALONE = re.compile(r"^\[?(?P<r>[A-Z]{2,}[\w]*[-_/][\w\-/]*\d\w*|(?!(?:19|20)\d\d\]?$)\d{4,6}[A-Z]?)\]?$")
DATES = ("ratified_on", "effective_from", "published_on")
_TO_COME = re.compile(r"(?:to be (?:confirmed|determined|agreed|advised|decided)|tb[cda]|under review|pending)\b.*", re.I)


def reference_of(stated: Sequence[Stated], blocks: Sequence[Block]) -> Field:
    """The reference, verbatim."""
    told = [(one, value) for one in stated if one.key == "reference" and (value := _reference(one.value))]
    body = [pair for pair in told if not pair[0].furniture] or told
    if body:
        return _agreed([(one, value) for one, value in body], lambda a, b: squash(a) in squash(b) or squash(b) in squash(a))
    top = [one for one in blocks if not one.furniture][:10]
    for block in [*top, *(one for one in blocks if one.furniture)]:
        forms = (_AFTER_POLICY,) if block.furniture else (_AFTER_POLICY, _NUMBERED_PAPER, _ALONE)
        found = next((match for form in forms if (match := form.search(block.words))), None)
        if found and len(block.words) < 110:
            return Field(found["r"], block.raw.strip(), LIKELY)
    return _in_a_corner([one for one in blocks if not one.furniture][:3]) or _at_the_foot(blocks)


_SHAPE = re.compile(r"(?<!\S)\(?(?P<r>[A-Z]{2,}(?:[-_/][A-Za-z0-9]+)*[-_/]\d[\w/-]*)\)?(?=[\s,;|]|$)")


def _at_the_foot(blocks: Sequence[Block]) -> Field:
    """What has the shape of a reference at the head or foot of the pages, where but one such thing stands."""
    told = {found["r"]: block for block in blocks if block.furniture and (found := _SHAPE.search(block.raw))}
    if len(told) != 1:
        return NOT_STATED
    value, block = next(iter(told.items()))
    return Field(value, block.raw.strip(), LIKELY)


def _in_a_corner(blocks: Sequence[Block]) -> Field | None:
    """A reference alone at the far end of a line at the head: "CASTLE MOOR CCGs            B14"."""
    for block in blocks:
        pieces = re.split(r" {3,}|\t+", block.raw.strip())
        if len(pieces) == 2 and re.fullmatch(r"[A-Z]{1,8}[-_/ ]?\d{1,4}(?:[-_/.]\w{1,6}){0,2}", pieces[-1]):
            return Field(pieces[-1], block.raw.strip(), LIKELY)
    return None


def _reference(value: str) -> str | None:
    words = re.sub(r"^[^:]{3,30}:\s+(?=\S*\d)", "", value.strip().rstrip(".,;"))
    if ")" in words and "(" not in words.split(")")[0]:
        # What closes a bracket that opened before the label ends the reference.
        words = words.split(")")[0].strip()
    if is_blank(words) or len(words) > 60 or _is_day(words) and not re.search(r"[A-Za-z]+[-_/]|[-_/][A-Za-z]", words):
        return None
    found = _REFERENCE.match(words)
    if (
        found is None
        or not re.search(r"\d", found[0])
        or len(found[0]) < len(words) * 0.4
        and not re.match(r"\s*(?:v\d|version|\()", words[found.end() :], re.I)
    ):
        return None
    return re.sub(r"\s+v(?:ersion)?\.? ?\d[\w.]*$", "", found[0], flags=re.I).strip(" -–")


def _is_day(words: str) -> bool:
    """Whether a day stands there; four figures alone are a number beside a label that asks for one."""
    days = dates_in(words)
    return bool(days) and len(words) - sum(day.end - day.start for day in days) < 3 and not re.fullmatch(r"\d{4}", words)


def version_of(stated: Sequence[Stated], blocks: Sequence[Block]) -> Field:
    """The version, verbatim, without the word. A cover and an inside that disagree are both named."""
    told = [(one, value) for one in stated if one.key == "version" and not one.furniture and (value := _version(one.value))]
    told += [(one, value) for one in stated if one.key == "title" and (value := _version_in(one.value)) and not one.furniture]
    told.sort(key=lambda pair: pair[0].at)
    if told:
        return _agreed(told, lambda a, b: _bare(a) == _bare(b))
    final = (one for one in stated if one.key == "status" and _FINAL.fullmatch(one.value))
    if (status := next(final, None)) is not None:
        return Field(status.value, status.passage, LIKELY)
    head = [one for one in blocks[:12] if len(one.cells) < 2 or not dates_in(one.words)]
    for block in [*head, *(one for one in blocks if one.furniture)]:
        if (block.level or block.furniture or len(block.words) < (160 if block in head[:2] else 80)) and (
            value := _version_in(block.words)
        ):
            return Field(value, block.raw.strip(), LIKELY)
    return _last_in_history(tables_in(blocks))


def _bare(version: str) -> str:
    return re.sub(r"^v(?:er)?\.?\s?", "", version.lower()).strip()


def _version(value: str) -> str | None:
    words = value.strip()
    if is_blank(words) or len(words) > 120:
        return None
    told = dates_in(words)
    for date in reversed(told):
        if date.end - date.start > 4:
            words = f"{words[: date.start]} {words[date.end :]}"
    if named := _version_in(words):
        return named
    found = _VERSION.search(words)
    return found["v"].rstrip(".-/") if found and found.start() < 40 else None


def _version_in(words: str) -> str | None:
    found = _VERSION_IN.search(words)
    return (found["a"] or found["b"]) if found else None


def _last_in_history(tables: Iterable[Table]) -> Field:
    for table in tables:
        names = [plain(name) for name in table.head.columns]
        at = next((place for place, name in enumerate(names) if "version" in name), None)
        if not is_history(table) or at is None:
            continue
        rows = [(row, value) for row in table.rows if at < len(row.columns) and (value := _version(row.columns[at]))]
        if rows:
            row, value = max(rows, key=lambda pair: [int(one) for one in re.findall(r"\d+", pair[1])])
            return Field(value, row.raw.strip(), LIKELY, "Read from the last row of the record of changes.")
    return NOT_STATED


_RATIFIED = re.compile(
    r"\b(?:ratified|approved|adopted|agreed|passed|endorsed|accepted|authorised|signed off|decided)\b(?! subject)", re.I
)


def ratified_in_history(blocks: Sequence[Block], version: str | None, month: str | None) -> Field:
    """The day on which the record of changes says that this version was ratified, failing that approved or adopted; where the
    cover tells the month or year alone, the day in it."""
    told: list[tuple[bool, str, Block]] = []
    for table in tables_in(blocks):
        names = [plain(name) for name in table.head.columns]
        at = next((place for place, name in enumerate(names) if "version" in name), None)
        if version is None and month is None or at is None or not is_history(table):
            continue
        for row in table.rows:
            cell = row.columns[at] if at < len(row.columns) else ""
            days = dates_in(" | ".join(row.columns))
            own = bool(days) and days[0].iso.startswith(month) if month else _bare(_version(cell) or "") == _bare(version or "")
            if own and len(days) == 1 and (found := _RATIFIED.search(row.words)):
                told.append((found[0].lower() != "ratified", days[0].iso, row))
    if not told:
        return NOT_STATED
    _, day, row = min(told, key=lambda one: one[0])
    return Field(day, row.raw.strip(), LIKELY, "Read from the record of changes.")


def _agreed(told: Sequence[tuple[Stated, str]], same: object) -> Field:
    """The first value; doubtful when a later one under as good a label differs."""
    assert callable(same)
    rank = min(one.rank for one, _ in told)
    best = [pair for pair in told if pair[0].rank == rank or pair[0].key == "title"]
    first, value = best[0]
    other = next((later for _, later in best[1:] if not same(value, later)), None)
    if other is not None:
        return Field(value, first.passage, DOUBTFUL, f"The cover prints {value}, the inside {other}.")
    return Field(value, first.passage, CERTAIN)


def date_of(key: str, stated: Sequence[Stated], blocks: Sequence[Block]) -> Field:
    """A date under its label, else in a sentence that says it."""
    told = []
    for one in stated:
        if one.key == key and not _TO_COME.match(one.value) and (found := dates_in(one.value[:400])):
            chosen = found[0].iso
            if len(one.value) > 80 and not one.beside and found[0].start > 150:
                continue
            if _NOT_YET.search(one.value[: found[0].start]):
                continue
            told.append((one, chosen))
    body = [pair for pair in told if not pair[0].furniture] or told
    known = [pair for pair in body if pair[0].rank < RANK]
    if known or body:
        return _agreed_dates(known or body)
    return _in_sentence(key, blocks)


# Words before a day that make it the day of something else, or of something that has not happened.
_NOT_YET = re.compile(
    r"\b(?:engagement|consultation|earliest|draft|could|proposed|planned|expected|provisional\w*|awaiting|pending|subject to|"
    r"not yet|last (?:updated|amended)|supersed\w+|replac\w+|previous\w*)\b",
    re.I,
)


def _agreed_dates(told: Sequence[tuple[Stated, str]]) -> Field:
    rank = min(_strength(one) for one, _ in told)
    best = [pair for pair in told if _strength(pair[0]) == rank]
    first, value = best[0]
    for one, later in best[1:]:
        if not agree(value, later):
            return Field(value, first.passage, DOUBTFUL, f"The cover prints {value}, the inside {later}.")
        if len(later) > len(value):
            first, value = one, later
    return Field(value, first.passage, CERTAIN if first.rank < RANK else LIKELY)


def _strength(one: Stated) -> int:
    """Ratifying outweighs approving, and a label that asks for a date one that asks who."""
    label = plain(one.label)
    return (0 if "ratif" in label else 1) * 2 + (1 if re.search(r"\bby\b", label) and "date" not in label else 0)


_MONTH = r"(?:\d{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|the \d)"
_SAYS = {
    "ratified_on": re.compile(
        rf"\b(?:ratified|approved|adopted|agreed|accepted|signed off)\b(?: \S+){{0,14}}? (?:on|in|at its "
        rf"meeting (?:on|of|in)|dated)\s+(?:the )?(?={_MONTH})",
        re.I,
    ),
    "effective_from": re.compile(
        rf"\b(?:effective|with effect|comes? into (?:force|effect)|came into (?:force|effect)|"
        rf"(?:takes?|took|has) effect|for use|started|began|appl(?:y|ies)(?: to (?:all )?(?:new )?(?:referrals|patients|"
        rf"requests))?(?: \S+){{0,6}}?|implement(?:ed|ation)|in (?:force|effect|use|operation)(?: \S+){{0,6}}?)"
        rf"(?: from| on(?: or after)?| as of| since|,)?\s+(?:the )?(?={_MONTH})",
        re.I,
    ),
    "published_on": re.compile(rf"\b(?:published|issued)(?: \S+){{0,5}}?(?: on| in|:)?\s+(?:the )?(?={_MONTH})", re.I),
}


def _in_sentence(key: str, blocks: Sequence[Block]) -> Field:
    for block in blocks:
        if (
            len(block.raw) > 5_000
            or len(block.cells) > 1
            and is_label(block.columns[0])
            or re.search(r"\bNICE\b|national institute|\[[A-Z]{2,3}\d+\]", block.words)
        ):
            continue
        for sentence in sentences(block.raw):
            words = clean(sentence)
            if key == "ratified_on" and (ratified := _day_of_ratifying(words)):
                return Field(ratified, sentence, LIKELY)
            found = _SAYS[key].search(words)
            if (
                found is None
                or found.start() > 2
                and not re.search(
                    r"polic(?:y|ies)|statement|document|rule|this|they|these|board|committee|group|"
                    r"forum|panel|executive|approved|adopted|agreed|ratified|effect|^it ",
                    words,
                    re.I,
                )
            ):
                continue
            day = next((one for one in dates_in(words) if one.start - found.end() in range(0, 6)), None)
            before = re.split(r"\band\b|;", words[: found.start()])[-1]
            if day and not re.search(r"previous|predecessor|former|supersed|replac|version \d", before, re.I):
                return Field(day.iso, sentence, LIKELY)
    return NOT_STATED


_BODY = re.compile(
    r"\b(?:board|committee|group|panel|forum|executive|council|governing body|collaborative|partnership|icbs?|ccgs?|pcts?)\b",
    re.I,
)
_PAPER = re.compile(
    r"\b(?:policy|policies|statement|document|recommendations?|position|paper|schedule|rule|this|it|they|these|following)\b", re.I
)
_BY_OTHERS = re.compile(
    r"\b(?:NICE|MHRA|FDA|EMA|licen[cs]\w+|application|request|minutes|previous\w*|earlier|supersed\w+|replac\w+)\b", re.I
)


def _day_of_ratifying(words: str) -> str | None:
    """The day nearest to the verb in a sentence that says of a body that it approved a paper: "on 3 May 2019 the Governing Body
    ratified the position below"."""
    days = dates_in(words)
    whole = _PAPER.search(words) or _RATIFIED.match(words)
    if not days or not _BODY.search(words) or not whole or _BY_OTHERS.search(words):
        return None
    for verb in _RATIFIED.finditer(words):
        near = min(days, key=lambda day: max(day.start - verb.end(), verb.start() - day.end))
        between = words[min(near.end, verb.end()) : max(near.start, verb.start())]
        if len(between) < 90 and ";" not in between and not _NOT_YET.search(words[: max(near.start, verb.start())]):
            return near.iso
    return None


# Of the labels of a review, those before this rank ask for its day; the others may tell of a review that is past.
_WHEN = 5
_STATIC = re.compile(r"\bstatic\b", re.I)
_RULE = re.compile(
    r"earl(?:y|ier|iest)|later|years?|yrs?\b|months?|annual|sooner|nice|evidence|when|until|after|"
    r"from|following|required|ongoing|rolling|cycle|guidance|national|change",
    re.I,
)
_REVIEWED = re.compile(
    r"\b(?:(?:will|to|should|must|shall|is (?:due|scheduled|planned) (?:to|for)) (?:next "
    r")?(?:be )?(?:formally )?(?:re-?)?review(?:ed)?|(?:next|planned|scheduled) review|"
    r"reviewed (?:every|annually|each year)|look(?:ed)? at again|"
    r"revisited|(?:valid|in force) (?:until|to)|expires?|review "
    r"(?:is )?due|due for review|review date)\b",
    re.I,
)


def review_of(stated: Sequence[Stated], blocks: Sequence[Block]) -> Field:
    """When the policy is to be reviewed: a date, TBC, static, or a rule in the words of the text. A rule is never worked out."""
    told = []
    for one in sorted(stated, key=lambda item: (item.furniture, not item.beside, item.rank > 6, item.at)):
        if one.key == "review_due" and (value := _review(one.value, one.beside)):
            told.append((one, value))
    static = next((one for one in stated if one.key == "status" and _STATIC.search(one.value)), None)
    if static is not None and not any(re.match(r"\d{4}", value) for _, value in told):
        return Field("static", static.passage, CERTAIN)
    if told:
        first, value = next((pair for pair in told if re.match(r"\d{4}", pair[1]) and pair[0].beside), told[0])
        for one, later in told:
            if re.match(r"\d{4}", value) and re.match(r"\d{4}", later) and not one.furniture:
                if not agree(value, later) and one.rank <= _WHEN and first.rank <= _WHEN:
                    return Field(value, first.passage, DOUBTFUL, f"The cover prints {value}, the inside {later}.")
                if len(later) > len(value) and agree(value, later):
                    first, value = one, later
        return Field(value, first.passage, CERTAIN if first.beside or len(first.raw) < 60 else LIKELY)
    return _review_in_sentence(blocks)


def _review(value: str, beside: bool) -> str | None:
    words = value.strip().rstrip(".")
    if is_blank(words) or len(words) > 600 or not beside and len(words) > 300:
        return None
    if _TO_COME.match(words):
        return "TBC" if re.match(r"tb[cda]\b|to be (?:confirmed|determined|agreed|advised|decided)", words, re.I) else words
    if _STATIC.match(words):
        return "static"
    days = dates_in(words)
    if re.search(r"\b(?:years?|months?)\s+(?:from|after|of)\b|earliest of|whichever", words, re.I) and not re.match(
        r"\W*(?:\d{1,2}\W|\w+ \d{4})", words[:12]
    ):
        return words
    if days:
        # "Extended from March 2024 to March 2025", "last March 2020, next March 2023": the day still to come stands last.
        later = days[-1] if re.search(r"extend|\bnext\b|\bto\b.{0,3}$", words[: days[-1].start], re.I) else days[0]
        return later.iso
    if not beside and not _REVIEWED.search(words):
        return None
    if re.search(r"see (?:individual|each|below)", words, re.I):
        return None
    return words if _RULE.search(words) else None


def _review_in_sentence(blocks: Sequence[Block]) -> Field:
    for block in blocks:
        if len(block.raw) > 5_000 or block.furniture:
            continue
        for sentence in sentences(block.raw):
            words = clean(sentence)
            if _STATIC.search(words) and re.search(r"\bpolicy (?:is|has|status)\b.{0,40}\bstatic\b", words, re.I):
                return Field("static", sentence, LIKELY)
            found = _REVIEWED.search(words)
            if (
                found is None
                or found.start() > 2
                and not re.search(r"polic(?:y|ies)|statement|document|guideline|\bit\b|they|review", words[: found.end()], re.I)
                or re.search(
                    r"each|individual(?:ly)? (?:policy|policies)|applications?|requests?|patients?|treatment (?:will|should)",
                    words,
                    re.I,
                )
            ):
                continue
            days = [day for day in dates_in(words) if day.start > found.end() - 2]
            if year := None if days else re.match(r"\W*(?:again )?(?:in|by|during) ((?:19|20)\d\d)\b", words[found.end() :]):
                return Field(year[1], sentence, LIKELY)
            if days and not re.search(r"years?|months?", words[found.end() : days[0].start]):
                return Field(days[0].iso, sentence, LIKELY)
            if re.search(
                r"years?|months?|annual|earli|sooner|new (?:nice |national )?(?:evidence|guidance|"
                r"information)|in (?:the )?light of|when (?:information|new|nice)",
                words[found.end() :],
                re.I,
            ):
                return Field(words.rstrip("."), sentence, LIKELY)
    return NOT_STATED
