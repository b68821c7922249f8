"""Codes of procedures (OPCS-4) and of diagnoses (ICD-10) as a document prints them, each with its label and its part."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ifr.policies.reading.blocks import Block
from ifr.policies.reading.cleaning import clean, letters, unmarked
from ifr.policies.reading.facts import Table, tables_in
from ifr.policies.reading.labels import section_named
from ifr.policies.reading.record import CodeRow

OPCS, ICD = "opcs", "icd10"
INCLUDE, EXCLUDE, SITE = "include", "exclude", "site"
_CODE = r"[A-Z]\d{2}(?:\.?\d{1,2}|\.[Xx\-–]|[Xx]|\.)?(?:[†*DA](?![A-Za-z]))?"
# The names of a system, words on the part a code plays, ranges and codes: whichever comes next.
_TOKEN = re.compile(
    rf"(?P<opcs>\b(?:opcs(?:[- ]?4)?(?:[.\d]+)?|office of population,? censuses (?:and|&) "
    rf"surveys?)|\b(?:[a-z.]+_)*(?:dominant|primary|secondary|any)_(?:procedure|operation)\w*"
    r"|\b(?:procedur(?:e|al)|intervention|operation|surgical|treatment)s?(?: "
    rf"\(?opcs\)?)? cod(?:es?|ing)|\b(?:procedure|operation|treatment|intervention)s?(?=:?\s(?-i:{_CODE})\b))"
    r"|(?P<icd>\b(?:icd[- ]?10?\b(?:[- ]?10)?|icd\b|international (?:statistical "
    r")?classification of diseases)|\b(?:[a-z.]+_)*(?:dominant|primary|secondary|any)_diagnos[ie]s\w*"
    r"|\b(?:diagnos(?:is|tic|es)|indication|condition|disease)s? "
    rf"cod(?:es?|ing)|\b(?:diagnos[ie]s|conditions?|indications?)"
    rf"(?=(?:(?: codes?)?(?: of| in| being| is| are)?|:)\s(?-i:{_CODE})\b))"
    r"|(?P<exclude>\b(?:exclud(?:e|es|ed|ing)|exclusions?|not including|except(?:ing|ion of)?|"
    r"exceptions?|with the exception of|other than|but not|does not apply to|do(?:es)? not include|"
    r"omit(?:ting)?|without|not to be (?:confused|mixed up) with|not to be used(?: with| for)?|not (?:like|in)|"
    rf"not(?=:? (?-i:{_CODE})\b))\b)"
    r"|(?P<include>\b(?:includ(?:e|es|ed|ing)|inclusions?|plus|also)\b)"
    r"|(?P<site>\b(?:site|laterality|supplementary site|approach) codes?\b|\b(?:with|and|plus|"
    r"in) (?:a |the )?(?:site|laterality)\b|\b(?:site|laterality)\b(?= ?[:(]))"
    rf"|(?P<range>(?<![A-Za-z0-9.])(?-i:{_CODE})\s?(?:-|–|—|\bto\b)\s?(?-i:{_CODE})(?![A-Za-z0-9]))"
    rf"|(?P<code>(?<![A-Za-z0-9.])(?-i:{_CODE})(?![A-Za-z0-9]))",
    re.I,
)
# A code stands first in its line, behind a separator, or behind another code; "vitamin B12" is none.
_BEFORE = re.compile(
    r"(?:^|[,;:/(\[|&+\t\n•*=–—'\"‘“%)-]|\band|\bor|\bto|\bwith|\bplus|\bcodes?|\bof|\bare|\bis|\d(?:\s*[†*])?|"
    r"\blist|[A-Z]\d{2}\S{0,3}|\bany|\.)\s*$",
    re.I,
)
_ACTION = re.compile(
    r"ectom|otom|plast|scop|excision|operation|repair|insert|remov|inject|replac|biops|"
    r"reconstruct|resect|ablat|division|implant|release|transplant|incision|fusion|destruct|"
    r"procedure|decompress|cauter|curett|drainage|lavage|laser|suture|manipulat|aspirat|graft|bypass|dilat|correction|reduction|"
    r"refashion|closure|ligation|stripping|sclerother|embolis|stimulat|catheter|prosthe|application|introduction|exploration|"
    r"examination|imaging|construction|approach|fixation|shortening|lengthening|exteriori[sz]ation|radiotherapy|phototherapy",
    re.I,
)


@dataclass
class _State:
    system: str | None = None
    role: str = INCLUDE
    held: bool = False
    rows: list[tuple[str, CodeRow]] = field(default_factory=list)


def codes_in(blocks: Sequence[Block]) -> tuple[tuple[CodeRow, ...], tuple[CodeRow, ...]]:
    """Every printed code: those of procedures and those of diagnoses.

    Which system a code is of is told by the heading or the words around it; by its shape only in a list of
    codes that names none.
    """
    state = _State()
    tables = {table.at: table for table in tables_in(blocks)}
    rows_of = {table.at + 1 + step: table for table in tables.values() for step in range(len(table.rows))}
    for at, block in enumerate(blocks):
        if block.furniture or at in tables or at and _is_label_of_code(blocks[at - 1], block, state):
            continue
        if table := rows_of.get(at):
            _row(state, table, block)
            continue
        _block(state, block)
    return tuple(row for system, row in state.rows if system == OPCS), tuple(row for system, row in state.rows if system == ICD)


_CODES = re.compile(rf"(?<![A-Za-z0-9.]){_CODE}(?![A-Za-z0-9])")
_BARE = re.compile(rf"\s*{_CODE}\s*")


_LABELLED = re.compile(r"(?:\w+ ){0,3}cod(?:es?|ing)(?: list)?\s*[:–-]", re.I)


def _is_label_of_code(before: Block, block: Block, state: _State) -> bool:
    """Whether a line of its own is the label of the code that stands alone on the line before it."""
    if (
        not state.rows
        or block.cells
        or not _BARE.fullmatch(before.raw)
        or _BARE.search(block.raw)
        or _names_a_system(block.words)
    ):
        return False
    if len(block.words) > 120 or _CODING.search(block.words):
        return False
    system, row = state.rows[-1]
    state.rows[-1] = (system, replace(row, label=row.label or block.words, passage=f"{before.raw}\n{block.raw}".strip()))
    return True


_CODING = re.compile(r"\bcod(?:es?|ing)\b", re.I)


def _block(state: _State, block: Block) -> None:
    words = block.words
    named = _names_a_system(words)
    holds = bool(re.search(rf"(?<![A-Za-z0-9.]){_CODE}(?![A-Za-z0-9])", letters(block.raw)))
    coding = bool(_CODING.search(words)) and len(words) < 90
    if block.level and not named and not holds:
        # Under a heading of codes a heading that names no other part, a treatment perhaps, goes on with them.
        state.system, state.role, state.held = (None, INCLUDE, coding or state.held and section_named(words) is None)
        if re.search(r"^(?:other )?exclu|not included", words, re.I) and coding:
            state.role = EXCLUDE
        return
    if named and (block.level or not holds or len(words) < 100):
        state.role = INCLUDE
    if named and not holds and len(words) < 90 and _names_both(words):
        # "Coding (OPCS-4 / ICD-10)": each code tells by its label and shape of which it is.
        state.system, state.held, state.role = None, True, INCLUDE
        return
    elif not holds and not named and not _CODING.search(words) and len(words.split()) > 14:
        # A sentence of prose ends a list of codes.
        state.system, state.held, state.role = None, False, INCLUDE
    if coding and not named and (not holds or _LABELLED.match(words)):
        state.system, state.held, state.role = None, True, INCLUDE
    if not (named or state.system or state.held):
        return
    before = (state.system, state.role)
    for line in _lines(block):
        _scan(state, line)
    # What a sentence names in passing does not go on below it; a heading, or a line that ends open, does.
    if holds and named and not block.cells and len(words) > 110:
        state.system, state.role = before


def _lines(block: Block) -> list[str]:
    if block.cells:
        return ["\t".join(cell.replace("\n", " ; ") for cell in map(unmarked, block.cells))]
    return [line for line in unmarked(block.raw).split("\n") if line.strip()]


def _names_a_system(words: str) -> bool:
    return any(found.lastgroup in ("opcs", "icd") for found in _TOKEN.finditer(words))


def _names_both(words: str) -> bool:
    return {found.lastgroup for found in _TOKEN.finditer(words)} >= {"opcs", "icd"}


def _scan(state: _State, line: str) -> None:
    line = letters(line)
    tokens = list(_TOKEN.finditer(line))
    role = EXCLUDE if _LEAVES_OUT.match(line) else state.role
    closed = -1
    later = [token for token in tokens if token.lastgroup in ("opcs", "icd")]
    if state.system is None and later and len(later) == 1 and re.match(r"\)?[\s.;,]*$", line[later[0].end() :]):
        # "V21.1 Arthrocentesis (OPCS)": the system stands behind.
        state.system = OPCS if later[0].lastgroup == "opcs" else ICD
    behind = _systems_behind(line, tokens)
    alone = not any(token.lastgroup in ("code", "range") for token in tokens)
    for place, token in enumerate(tokens):
        kind = token.lastgroup
        if 0 <= closed < token.start():
            # What a bracket leaves out, it leaves out inside.
            role, closed = state.role, -1
        if place in behind:
            state.system = behind[place]
        if kind in ("opcs", "icd"):
            state.system, state.role = OPCS if kind == "opcs" else ICD, INCLUDE
            role = EXCLUDE if re.search(r"exclu\w+\W{0,3}$", line[: token.start()], re.I) else INCLUDE
            state.role = role
        elif kind in ("exclude", "include", "site"):
            if kind == "site" or _governs(line, tokens, place):
                role = {"exclude": EXCLUDE, "include": INCLUDE, "site": SITE}[kind or ""]
                before = line[: token.start()]
                closed = line.find(")", token.end()) if before.count("(") > before.count(")") else -1
                if alone or not line[: token.start()].strip(" \t-•*–:"):
                    state.role = role
        elif _stands_as_code(line, token, tokens, place):
            _add(state, line, token, tokens, place, EXCLUDE if _is_set_aside(line, token) else role)


def _systems_behind(line: str, tokens: Sequence[re.Match[str]]) -> dict[int, str]:
    """The systems that stand in brackets behind their codes: "Q10.3 (OPCS) with N92.0 (ICD-10)"."""
    told: dict[int, str] = {}
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else token
        if token.lastgroup not in ("opcs", "icd") or line[before.end() : token.start()].strip() != "(":
            continue
        if not re.match(r"[-–.\d ]*\)", line[token.end() :]):
            continue
        for at in range(place - 1, -1, -1):
            if tokens[at].lastgroup in ("opcs", "icd"):
                break
            told[at] = OPCS if token.lastgroup == "opcs" else ICD
    return told


_LEAVES_OUT = re.compile(
    r"\W*(?:not (?:for|affected|to|covered|included|restricted|applicable|intended)|exempt|outside (?:this|the) policy)\b", re.I
)
_SET_ASIDE = re.compile(
    r"(?:^|[.;]\s)(?P<said>[^.;]*(?:\.\d[^.;]*)*\b(?:is|are|be|being) (?:left out|not (?:counted|included|covered|meant|"
    r"restricted|affected)|omitted|excluded|exempt|outside (?:this|the))\b[^.;]*(?:\.\d[^.;]*)*)|"
    r"\b(?:e\.g\.|for example|for instance),? (?P<example>[^.;)]*(?:\.\d[^.;)]*)*)",
    re.I,
)
_ASIDE = re.compile(
    r"\([^()]{0,400}\b(?:not (?:restricted|included|covered|affected|subject to)|excluded|outside (?:this|the))\b[^()]{0,80}\)",
    re.I,
)


def _is_set_aside(line: str, token: re.Match[str]) -> bool:
    """Whether a code stands in a bracket or a sentence that says that it is not meant, or is given as an example."""
    asides = [found.span() for found in _ASIDE.finditer(line)]
    asides += [found.span(found.lastgroup or 0) for found in _SET_ASIDE.finditer(line)]
    return any(start <= token.start() < end for start, end in asides)


def _governs(line: str, tokens: list[re.Match[str]], place: int) -> bool:
    """Whether a word such as "excluding" speaks of the codes behind it and is not part of a label."""
    end = tokens[place].end()
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    between = line[end : after.start()] if after else line[end:]
    if after is None:
        return not line[:end].strip() or not re.search(r"\w", line[: tokens[place].start()])
    near = re.fullmatch(
        r"[\s:(\t,'\"‘“%-]*(?:(?:any|all|the|of|for|with|codes?|following|opcs|icd|diagnos\w+|procedure|a)[\s:(\t-]*){0,5}",
        re.sub(r"\([^()]*\)", "", between),
        re.I,
    )
    return bool(near) and (after.lastgroup in ("code", "range", "opcs", "icd", "site"))


def _stands_as_code(line: str, token: re.Match[str], tokens: list[re.Match[str]], place: int) -> bool:
    before = line[: token.start()]
    if _BEFORE.search(before) or before.endswith(" " * 2):
        return True
    last = tokens[place - 1] if place else None
    if (
        last is not None
        and last.lastgroup != "code"
        and last.lastgroup != "range"
        and not line[last.end() : token.start()].strip(" \t:()-–")
    ):
        return True
    # "Excision of nerve A75.2": the label stands first and the code ends the line.
    return not line[token.end() :].strip(" .;,)") and place == 0


def _add(state: _State, line: str, token: re.Match[str], tokens: list[re.Match[str]], place: int, role: str) -> None:
    code = clean(token[0]).rstrip(".")
    following = next((one for one in tokens[place + 1 :] if one.lastgroup in ("code", "range", "opcs", "icd")), None)
    rest = line[token.end() : following.start() if following else len(line)]
    label = _label(rest) or (_label(line[: token.start()].split("\t")[-1]) if place == 0 and not following else None)
    lead = line[: tokens[0].start()] if tokens else ""
    system = (
        state.system
        or (OPCS if _ACTION.search(lead) else None)
        or _by_shape(code, label)
        or _by_company(state, code, line, token)
        or (state.rows[-1][0] if state.rows and label else None)
    )
    if system is None:
        return
    if system == OPCS and code.startswith("Z"):
        # Chapter Z of OPCS-4 holds sites of operation and nothing else.
        role = SITE if role == INCLUDE else role
    passage = line[token.start() : token.end() + len(rest.rstrip(" ;,\t(|"))].strip()
    state.rows.append((system, CodeRow(code, label, role, passage)))


def _by_company(state: _State, code: str, line: str, token: re.Match[str]) -> str | None:
    """What a code without a label is, where its company tells: "W85.2 with M17.1" is an operation with a diagnosis."""
    if state.rows and state.rows[-1][1].code[0] == code[0]:
        return state.rows[-1][0]
    parts = re.split(r"\bwith\b|\s/\s", line, flags=re.I)
    if len(parts) == 2 and all(_CODES.search(part) for part in parts):
        return ICD if token.start() > len(parts[0]) else OPCS
    if any(found[0][0] in "UVWXY" for found in _CODES.finditer(line)) and len(parts) == 1:
        return OPCS
    if state.rows and state.rows[-1][0] == OPCS and re.search(r"\bwith\b", line[: token.start()], re.I) and code[0] not in "ZY":
        return ICD
    return None


def _label(rest: str) -> str | None:
    words = clean(rest).strip(" ;,\t|=:–—-•")
    if words.startswith("(") and (close := words.rfind(")")) > 0 and not words[close + 1 :].strip(" .;,"):
        words = words[1:close]
    elif words.startswith("("):
        words = words[1 : words.find(")")] if ")" in words else words[1:]
    words = re.sub(
        r"\s*\b(?:and|or|with|to|excluding|except|exclude|include)$", "", words.split("\t")[0].strip(" (;,.|"), flags=re.I
    )
    return words if re.search(r"[A-Za-z]{3}", words) else None


def _by_shape(code: str, label: str | None) -> str | None:
    if code[0] == "I":
        return ICD
    if code[0] in "UVWXY" and not code.startswith("U07"):
        # In ICD-10 these chapters hold causes from outside, which no policy lists.
        return OPCS
    if label is None:
        return None
    if _ACTION.search(label):
        return OPCS
    return None if re.search(r"\b(?:specified|unspecified|nec|nos)\b", label, re.I) and len(label) < 30 else ICD


def _row(state: _State, table: Table, block: Block) -> None:
    """A row under a head: a column is of a system when its name says so, or when another cell of the row does."""
    names = table.head.columns
    row_system = next((system for cell in block.columns for system in (_whole(cell),) if system), None)
    label = next(
        (
            cell
            for name, cell in zip(names, block.columns, strict=False)
            if re.search(r"descri|label|term|meaning|definition|^name", name, re.I)
        ),
        None,
    )
    role = next(
        (
            _role(cell)
            for name, cell in zip(names, block.columns, strict=False)
            if _role(cell) and re.search(r"role|type|status|include|use|rule|inclusion|note", name, re.I)
        ),
        INCLUDE,
    )
    for name, cell in zip(names, block.cells, strict=False):
        system = (
            OPCS
            if re.search(r"opcs|procedure codes?|intervention codes?", name, re.I)
            else ICD
            if re.search(r"icd|diagnos\w+(?: codes?)?$|diagnos\w+ codes?", name, re.I)
            else None
        )
        if system is None and not re.fullmatch(r"(?:clinical |the )?codes?(?: \(s\))?", name.strip(), re.I):
            if not _names_a_system(cell) or _whole(cell):
                continue
        inner = _State(system=system or row_system or state.system, role=role or INCLUDE, held=True)
        for line in unmarked(cell).split("\n"):
            _scan(inner, line)
        for found, row in inner.rows:
            told = row.label or label
            state.rows.append(
                (found, CodeRow(row.code, told, row.role, block.raw.strip() if told and told == label else row.passage))
            )


def _whole(cell: str) -> str | None:
    found = _TOKEN.fullmatch(cell.strip()) if len(cell) < 40 else None
    return {"opcs": OPCS, "icd": ICD}.get(found.lastgroup or "") if found else None


def _role(cell: str) -> str | None:
    words = cell.strip().lower()
    return (
        EXCLUDE
        if words.startswith("exclu")
        else INCLUDE
        if words.startswith("inclu")
        else SITE
        if words.startswith("site")
        else None
    )


def included(rows: Sequence[CodeRow]) -> Iterator[str]:
    """The codes that count, each once, in the order of printing."""
    yield from dict.fromkeys(row.code for row in rows if row.role == INCLUDE)
