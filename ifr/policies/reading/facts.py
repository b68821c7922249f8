"""Labels with their values: on one line, one above the other, in a table, or as columns under a head."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ifr.policies.reading.blocks import Block, passage_of, without_mark
from ifr.policies.reading.cleaning import clean, unmarked
from ifr.policies.reading.dates import dates_in
from ifr.policies.reading.labels import FURTHER, facts_named, is_label, plain, section_named
from ifr.policies.reading.wordings import told_by

_HISTORY = re.compile(
    (
        r"chang|descri|detail|comment|amend|reason|section|author|nature|revision|summary|"
        r"activity|updat|editor|page|notes?|by\b|status|who"
    ),
    re.I,
)
_BLANK = re.compile(r"[\s\-–—_.…*]*|n/?a|not applicable|none|nil|not known|blank|\[.*\]|x{2,}", re.I)
_COLON = re.compile(r":(?=\s|$|[A-Z0-9])|\?(?=\s+\S)|\s[-–—]\s")


@dataclass(frozen=True)
class Stated:
    """A value beside its label. `at` is the place of the block among the blocks; `beside` says that label and value
    stand together, and not one above the other."""

    key: str
    rank: int
    label: str
    raw: str
    passage: str
    at: int
    beside: bool = True
    furniture: bool = False

    @property
    def value(self) -> str:
        """The value as one clean line."""
        return clean(self.raw)


@dataclass(frozen=True)
class Table:
    """The rows of a table below the head that names its columns."""

    head: Block
    rows: tuple[Block, ...]
    at: int


def is_blank(value: str) -> bool:
    """Whether nothing is stated: empty, a dash, "N/A", "None"."""
    return bool(_BLANK.fullmatch(value.strip()))


def tables_in(blocks: Sequence[Block]) -> list[Table]:
    """The tables whose first row names their columns."""
    found, at = [], 0
    while at < len(blocks):
        if not _is_head(blocks, at):
            at += 1
            continue
        end = at + 1
        while end < len(blocks) and len(blocks[end].cells) > 1:
            end += 1
        found.append(Table(blocks[at], tuple(blocks[at + 1 : end]), at))
        at = end
    return found


_COLUMN = re.compile(
    (
        r".*\b(?:date|version|procedure|treatment|intervention|operation|code|opcs(?:-?4)?|"
        r"icd(?:-?10)?|description|change|position|status|criteria|policy|commissioning|category|"
        r"ccg|mechanism|approval|funding|system|reference|ref|no|type|decision|indication|"
        r"condition|threshold|review|author|comments?|ratified|topic|area|details?|notes?|page|"
        r"number|section|amendments?|owner|nature|revision|summary|name|title|who|by|role|service|"
        r"drug|device|speciality|specialty|group|system|label|term|site|requirement|route|pathway|"
        r"access|arrangement|outcome|stance|restriction|rationale|exclusion)s?\b.*"
    ),
    re.I,
)


def is_name_of_column(words: str) -> bool:
    """Whether these words may name a column of a table."""
    return bool(_COLUMN.fullmatch(words)) or is_label(words)


def _is_head(blocks: Sequence[Block], at: int) -> bool:
    cells = blocks[at].columns
    told = [cell for cell in cells if cell]
    if (
        len(told) < 2
        or len(told) < len(cells) - 1
        or any(len(cell) > 60 or cell.endswith(".") and len(cell) > 5 for cell in told)
        or any(dates_in(cell) for cell in told)
    ):
        return False
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    if after is None or len(after.cells) < 2:
        return False
    known = [cell for cell in told if is_name_of_column(cell)]
    if len(known) < len(told):
        return len(known) * 2 >= len(told) > 2 and not is_label(after.columns[0]) and _are_names(told, after)
    if len(told) == 2:
        # Two labels in a row and a label at the head of the next is a form: label, value.
        return (
            not any(cell.endswith(":") and not told[1].endswith(":") for cell in told[:1])
            and not is_label(after.columns[0])
            and not _reads_as_value(told)
        )
    return True


def _are_names(told: list[str], after: Block) -> bool:
    """Whether cells of which some are names of columns that we know are all names: short, without figures, over a row as wide."""
    short = all(len(cell.split()) <= 5 and not re.search(r"\d\d|:", cell) for cell in told)
    return short and len(after.cells) >= len(told)


def _reads_as_value(cells: list[str]) -> bool:
    key = dict(facts_named(cells[0]))
    return ("position" in key or "category" in key or "status" in key) and not is_label(cells[1])


def is_history(table: Table) -> bool:
    """Whether a table tells the versions of a document one by one."""
    names = [plain(cell) for cell in table.head.columns]
    versioned = any("version" in name or name in ("issue", "revision", "v") for name in names)
    dated = any("date" in name for name in names)
    return (
        (versioned or dated)
        and any(_HISTORY.search(name) for name in names if "date" not in name and name != "version")
        and not any("procedure" in name for name in names)
    )


def stated_in(text: str, blocks: Sequence[Block]) -> list[Stated]:
    """Every value beside a label that we know, in the order of the document."""
    tables = tables_in(blocks)
    within: dict[int, Table | None] = {table.at + step: table for table in tables for step in range(len(table.rows) + 1)}
    found: list[Stated] = []
    for table in tables:
        if not is_history(table) and len(table.rows) == 1:
            found += _by_column(table)
    for at, end in _stacks(blocks):
        found += _stacked(text, blocks, at, end)
        within |= dict.fromkeys(range(at, end))
    for at, block in enumerate(blocks):
        if at in within:
            continue
        if len(block.cells) > 1:
            found += _in_row(text, blocks, at)
        elif told := list(_on_line(block, at)):
            found += told
        else:
            found += _above(text, blocks, at)
    return sorted(found, key=lambda one: one.at)


def _keys(label: str, value: str = "") -> Iterator[tuple[str, int]]:
    named = facts_named(label)
    yield from named
    words = plain(label)
    if value and not any(key in _TYPED for key, _ in named):
        yield from told_by(label, value)
    if words and FURTHER.fullmatch(words):
        yield "further", 0


def _by_column(table: Table) -> Iterator[Stated]:
    row = table.rows[0]
    coded = any(re.search(r"opcs|icd|\bcodes?\b", name, re.I) for name in table.head.columns)
    if any(re.search(r"reviewer|responsib|^name$|signature|role", name, re.I) for name in table.head.columns):
        # Who read the document, and when, is no fact of the document.
        return
    for name, cell in zip(table.head.columns, row.cells, strict=False):
        for key, rank in _keys(name, cell):
            if key == "treatment" and coded:
                # The label of a code, not the name of what the policy is about.
                continue
            yield Stated(key, rank, name, cell, f"{table.head.raw}\n{row.raw}".strip(), table.at)


def _in_row(text: str, blocks: Sequence[Block], at: int) -> Iterator[Stated]:
    block = blocks[at]
    cells, place = block.cells, 0
    while place < len(cells):
        label = block.columns[place]
        value = block.columns[place + 1] if place + 1 < len(cells) else ""
        if not (is_label(label) or any(told_by(label, value))) or len(label) > 90 or dates_in(label):
            yield from _on_line(Block(cells[place], furniture=block.furniture), at)
            place += 1
            continue
        end = place + 1
        while end < len(cells) and not (is_label(block.columns[end]) and block.columns[end].endswith(":")) and end - place < 6:
            if end > place + 1 and (is_label(block.columns[end]) or _opens_with_label(block.columns[end])):
                break
            end += 1
        raw = re.sub(r"^\s*[:–-]\s+", "", "\n".join(cell for cell in cells[place + 1 : end] if cell.strip()))
        if section_named(label) is None or any(_keys(label, raw)):
            passage = block.raw.strip() if end - place == len(cells) else f"{cells[place]}\t{raw}".strip()
            for key, rank in _keys(label, raw):
                yield Stated(key, rank, label, raw, passage, at, furniture=block.furniture)
            yield from _on_line(Block(raw, furniture=block.furniture), at, inside=True)
            if plain(label) in ("date", "dates", "status", "governance", "document control"):
                yield from _without_colon(Block(raw, furniture=block.furniture), raw, at, others=True)
        place = end


def _opens_with_label(cell: str) -> bool:
    """Whether a cell holds a label and its value: "Status: final"."""
    label, colon, value = cell.partition(":")
    return bool(colon and value.strip()) and (is_label(label) or any(told_by(label, value)))


def _on_line(block: Block, at: int, inside: bool = False) -> Iterator[Stated]:
    """The labels with a colon (or a dash) in a line, each with what follows up to the next."""
    raw = without_mark(unmarked(block.raw))
    if len(raw) > 4000:
        return
    marks: list[tuple[int, int, str]] = []
    for colon in _COLON.finditer(raw):
        before = raw[marks[-1][1] if marks else 0 : colon.start()]
        after = raw[colon.end() :].split("\n")[0].strip()
        label = _label_at_end(before, after, first=not marks and not inside, dash=colon[0] not in ":?")
        if label:
            at_label = colon.start() - len(before) + before.rindex(label)
            marks.append((at_label, colon.end(), label))
    if inside:
        marks = [mark for mark in marks if mark[2][:1].isupper()]
    for place, (start, end, label) in enumerate(marks):
        stop = marks[place + 1][0] if place + 1 < len(marks) else len(raw)
        value = raw[end:stop].strip(" \t\n|;,")
        value = value[:-1] if value[-1:] in ("]", ")") and not re.search(r"[\[(]", value) else value
        if not value and not inside:
            continue
        near, _, far = (part.strip(" .;,") for part in _WIDE.sub("\t", value, count=1).partition("\t"))
        for key, rank in _keys(label, value):
            passage = block.raw.strip() if len(marks) == 1 and not inside else raw[start:stop].strip()
            apart = far and key in _TYPED and _fits(key, near)
            yield Stated(key, rank, label, near if apart else value, passage, at, furniture=block.furniture)
        if far:
            yield from _without_colon(block, far, at, others=True)
    if not inside:
        yield from _without_colon(block, raw[: marks[0][0]] if marks else raw, at, others=bool(marks))


_WIDE = re.compile(r" {2,}|\t| \| |[.;,] (?=(?:Version|Review|Next review|Approved|Ratified|Effective|Published|Issued?)\b)")


_TYPED = ("ratified_on", "effective_from", "published_on", "review_due", "version", "reference")


def _without_colon(block: Block, raw: str, at: int, others: bool = False) -> Iterator[Stated]:
    """A short line that begins with a label and goes on with a value of its kind: "Approved March 2024". `others`: labels
    with a colon stand in the same line."""
    if len(raw) > 260 or raw.rstrip().endswith(":"):
        return
    whole = " ".join(raw.split())
    if len(whole) <= 40 and not re.search(r"\S(?: {2,}|[\t|;]|\. )\s*\S", raw) and (told := list(_short_line(block, whole, at))):
        yield from told
        return
    parts = [
        " ".join(part.split())
        for piece in re.split(r"\s{2,}|\t", raw)
        for part in ([piece] if any(_short_line(block, " ".join(piece.split()), at)) else _CLAUSE.split(piece))
    ]
    told = [one for part in parts for one in _short_line(block, part, at)]
    if len(parts) > 1 and len(told) < 2 and not (others and told):
        # One label among several clauses is prose, unless the line begins with it.
        told = [one for one in told if one.label == " ".join(raw.split())[: len(one.label)]] if len(raw) < 120 else []
        told = told or list(_short_line(block, " ".join(raw.split()), at))
    yield from told


# Where one clause ends and the next label begins, with a mark between them or without one.
_CLAUSE = re.compile(
    r"[,;|\t·•]|\s{2,}|\.(?=\s|$)|(?<=\w)\s(?=(?:Version|Issue(?:d| date)|(?:Next )?[Rr]eview(?: date| due)?|Ratified|Approved|"
    r"Effective|Published|Date|Reference|Ref)\b(?! of| by))"
)


def _short_line(block: Block, words: str, at: int) -> Iterator[Stated]:
    if len(words) > 90:
        return
    pieces = words.split(" ")
    for length in range(min(9, len(pieces) - 1), 0, -1):
        label, value = " ".join(pieces[:length]), " ".join(pieces[length:])
        if re.search(r"\d", label):
            continue
        for key, rank in facts_named(label):
            if key in _TYPED and _fits(key, value):
                yield Stated(key, rank, label, value, block.raw.strip(), at, furniture=block.furniture)
                return


def _fits(key: str, value: str) -> bool:
    if key == "version":
        return bool(re.fullmatch(r"v?\.?\d[\w.]*\W*(?:\w+\W+(?:19|20)\d\d)?\W*|v?\d[\w.]*\s*\(?(?:final|draft)?\)?", value, re.I))
    if key == "reference":
        return bool(re.fullmatch(r"[\w/.\-]*\d[\w/.\-]*|[A-Z]{1,6} \d{1,5}", value))
    dates = dates_in(value)
    return bool(dates) and dates[0].start <= 12 and len(value) - (dates[0].end - dates[0].start) < 30


def _label_at_end(before: str, after: str, first: bool, dash: bool) -> str | None:
    """The label that ends where a colon stands: the whole of what is before the first, the last words before a later."""
    words = before.strip(" \t|;,•[(")
    if first and words and len(words) < 90 and is_label(words) and not dates_in(words) and not (dash and not _short(words)):
        return words
    if first and words and not dash and not re.search(r"[.;,]\s", words) and any(told_by(words, after)):
        return words
    if dash:
        return None
    before = before.replace("[", " ").replace("(", " ")
    pieces = re.split(r"\s+", before.rstrip()[-90:].lstrip())
    for length in range(min(7, len(pieces)), 0, -1):
        label = " ".join(pieces[-length:])
        if (
            label[:1].isupper()
            and (facts_named(label) or plain(label) in ("author", "date", "status"))
            and label in before
            and not (first and length == len(pieces))
        ):
            if (
                first
                and len(pieces) > length
                and not re.search(r"[|;,.)\d]\s*$|\s{2,}$", before[: before.rindex(label)])
                and length < 2
                and plain(label) != "version"
            ):
                continue
            return label
    tail = re.search(r"(?:[.;,|]\s+|\s{2,})([A-Z][\w ]{2,40})$", before)
    return tail[1] if tail and any(told_by(tail[1], after)) else None


def _short(words: str) -> bool:
    keys = dict(facts_named(words))
    return any(key in keys for key in _TYPED)


def _stacks(blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Where a column of labels stands over the column of their values, as text drawn from two columns does."""
    at = 0
    while at < len(blocks):
        end = at
        while end < len(blocks) and _is_bare_label(blocks[end]):
            end += 1
        count = end - at
        if count > 2 and _are_values(blocks[at:end], blocks[end : end + count]):
            yield at, end + count
            at = end + count
        else:
            at = max(end, at + 1)


def _is_bare_label(block: Block) -> bool:
    return not block.cells and not block.furniture and not block.mark and "\n" not in block.raw and is_label(block.words)


def _are_values(labels: Sequence[Block], values: Sequence[Block]) -> bool:
    """Whether each block is a value for the label of the same place: no label itself, and of the kind that it asks for."""
    if len(values) < len(labels) or any(len(one.cells) > 1 or one.furniture or _is_bare_label(one) for one in values):
        return False
    fits = [
        _fits(key, value.words) or key == "reference"
        for label, value in zip(labels, values, strict=True)
        for key, _ in facts_named(label.words)
        if key in _TYPED and not is_blank(value.words)
    ]
    return sum(fits) > 1 and len(fits) - sum(fits) < 2


def _stacked(text: str, blocks: Sequence[Block], at: int, end: int) -> Iterator[Stated]:
    half = (end - at) // 2
    passage = passage_of(text, blocks[at:end])
    for label, value in zip(blocks[at : at + half], blocks[at + half : end], strict=True):
        for key, rank in _keys(label.words):
            yield Stated(key, rank, label.words, value.raw.strip(), passage, at)


def _above(text: str, blocks: Sequence[Block], at: int) -> Iterator[Stated]:
    """A label alone on its line, with the value on the next."""
    block = blocks[at]
    label = block.words
    if len(label) > 80 or block.mark and not block.level:
        return
    below = next((one for one in range(at + 1, min(at + 3, len(blocks))) if not blocks[one].furniture), None)
    if below is None:
        return
    after = blocks[below]
    if (
        len(after.cells) > 1
        or is_label(after.words.split(":")[0])
        or after.level
        and after.level < 5
        and block.level
        and after.level <= block.level
    ):
        return
    raw = after.raw
    for key, rank in _keys(label, after.words if len(after.words) < 90 else ""):
        yield Stated(key, rank, label, raw, passage_of(text, blocks[at : below + 1]), at, beside=False, furniture=block.furniture)
