"""Plain text to blocks: also text that another tool flattened from a page, with its tabs, hashes and bars."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ifr.policies.reading import flattened, hanging
from ifr.policies.reading.blocks import Block, mark_of, without_mark
from ifr.policies.reading.cleaning import clean
from ifr.policies.reading.dates import dates_in
from ifr.policies.reading.labels import facts_named, is_label, section_named
from ifr.policies.reading.positions import judged
from ifr.policies.reading.repeated import furniture_of

_RULE = re.compile(r"[\s|:=_+\-–—*.]*")
_HASHES = re.compile(r"\s{0,3}(#{1,6})\s+\S")
_GAP = re.compile(r"(?<=\S)(?:[ \u00a0]{3,}|[ \u00a0]*\t[ \u00a0\t]*)(?=\S)")
_LABELLED = re.compile(r"\s*([A-Za-z][^:\n]{1,80}):(?:\s|$)")
_BOXED = re.compile(r"\s*[|│║]\s*(\S.*?)\s*[|│║]\s*")
_TELLS_A_DATE = re.compile(
    r"(?:Produced|Published|Issued?|Approved|Ratified|Adopted|Effective|Review|Reviewed|Date|Next review|Version)\b"
)
_OF_CODES = re.compile(r"(?:opcs|icd)\b.{0,20}|[A-Z]\d{2}(?:\.?\d)?(?:[\s,;/&].{0,80})?", re.I)
_PAGE = re.compile(r"\s*(?:page\s+)?\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?\s*|\s*page\s+\d{1,3}\b.{0,20}", re.I)
_REFERENCE = re.compile(r"[A-Z]{2,}[-_/ ]?\d[\w/-]*")
_WIDE = 48
_WIDEST = 160
_LONGEST_ROW = 8_000
MOST_ROWS_BACK = 40
MOST_LINES = 60_000


def blocks_of(text: str) -> list[Block]:
    """The blocks of a text, in order."""
    lines = text.split("\n")[:MOST_LINES]
    feet, width = furniture_of(lines), _width(lines)
    told: list[Block] = []
    at = 0
    for start, end, row in hanging.rows(["" if line.strip() in feet else line for line in lines]):
        told += [*joined(lines[at:start], feet, width), row]
        at = end
    return headed(flattened.with_rows([*told, *joined(lines[at:], feet, width)]))


def _width(lines: Sequence[str]) -> int:
    """How many characters the full lines of a text hold; 0 where its paragraphs were not wrapped."""
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip())
    widest = lengths[len(lengths) * 19 // 20] if len(lengths) > 8 else 0
    return widest if widest <= _WIDEST else 0


def joined(lines: list[str], feet: frozenset[str] = frozenset(), width: int = 0) -> list[Block]:
    """Lines to blocks, with a sentence that was wrapped over several lines made one block again. `feet` are the lines that
    pages repeat; they end no paragraph. `width` is how many characters a full line holds, where that is known."""
    blocks: list[Block] = []
    open_, apart = False, True
    for line in lines:
        raw = line.rstrip()
        if not raw.strip():
            open_, apart = False, True
            continue
        if _RULE.fullmatch(raw):
            continue
        if raw.strip() in feet:
            blocks.append(Block(raw, furniture=True, apart=apart))
            continue
        if open_ and blocks and (column := _column_below(blocks[-1], raw)):
            last = blocks[-1]
            cells = tuple(f"{cell}\n{raw.strip()}" if at == column else cell for at, cell in enumerate(last.cells))
            blocks[-1] = replace(last, raw=f"{last.raw}\n{raw}", cells=cells)
        elif open_ and blocks and (cells := _as_wide(blocks, raw)):
            blocks.append(Block(raw, cells=cells))
        elif open_ and blocks and not _had_room(blocks[-1], raw, width) and _goes_on(blocks[-1], raw):
            last = blocks[-1]
            cells = (*last.cells[:-1], f"{last.cells[-1]}\n{raw.strip()}") if last.cells else ()
            blocks[-1] = replace(last, raw=f"{last.raw}\n{raw}", cells=cells)
        else:
            blocks.append(replace(block_of(raw), apart=apart))
        open_, apart = True, False
    return blocks


def block_of(raw: str) -> Block:
    """The block that one line opens."""
    if found := _HASHES.match(raw):
        return Block(raw, level=len(found[1]), mark=mark_of(raw))
    if _PAGE.fullmatch(raw) and "." not in raw:
        return Block(raw, furniture=True)
    if (boxed := _BOXED.fullmatch(raw)) and "|" not in boxed[1]:
        # One cell between two bars is a line in a frame.
        raw = boxed[1]
    if cells := _cells(raw):
        if len(cells) == 2 and re.fullmatch(r"\d{1,2}(?:\.\d{1,2})*\.?|[A-Z]", cells[0]) and " | " in raw:
            # "2 | Commissioning statement": the number of a heading, and the heading.
            return Block(raw.split(" | ", 1)[1].strip(), mark=cells[0])
        return Block(raw, cells=cells)
    return Block(raw, mark=mark_of(raw))


def _cells(raw: str) -> tuple[str, ...]:
    if len(raw) > _LONGEST_ROW:
        return ()
    if raw.count("|") >= 2 and raw.lstrip().startswith("|"):
        return tuple(cell.strip() for cell in raw.strip().strip("|").split("|"))
    if " | " in raw and (is_label(first := raw.split(" | ")[0].strip()) or re.match(r"\d|(?:opcs|icd)\b", first, re.I)):
        return tuple(cell.strip() for cell in raw.split(" | "))
    if "\t" in raw.strip() or ("\t" in raw and is_label(raw)):
        cells = tuple(cell.strip() for cell in raw.lstrip(" ").split("\t"))
        if mark_of(f"{cells[0]} ") and not clean(without_mark(f"{cells[0]} ")):
            return ()
        return cells
    pieces = tuple(one.strip() for one in _GAP.split(raw.strip()))
    if len(pieces) > 1 and (is_label(pieces[0]) or len(pieces) > 2) and not mark_of(f"{pieces[0]} "):
        return pieces
    if len(pieces) > 1 and all(_OF_CODES.fullmatch(piece) for piece in pieces):
        return pieces
    return ()


def _column_below(above: Block, raw: str) -> int:
    """Which column of the row above a line goes on with, by the place where it begins; 0 for none."""
    if len(above.cells) < 3 or len(raw) > 2_000 or "\t" in raw or "|" in above.raw or _GAP.search(raw.strip()):
        return 0
    indent, head = len(raw) - len(raw.lstrip()), above.raw.split("\n", 1)[0]
    starts, after = [], 0
    for cell in above.cells:
        after = head.find(cell.split("\n", 1)[0], after) if cell else after
        starts.append(after)
    return next((at for at in range(1, len(starts)) if indent > 3 and 0 <= indent - starts[at] < 3 and above.cells[at]), 0)


def _as_wide(blocks: Sequence[Block], raw: str) -> tuple[str, ...]:
    """The cells of a row below one of three or more, where two spaces part them as well as three. A cell may be empty: the
    others stand under those of the nearest row above that is full."""
    above = blocks[-1]
    if " | " in above.raw and not raw.lstrip().startswith("|") and raw.count(" | ") == len(above.cells) - 1 > 0:
        return tuple(cell.strip() for cell in raw.split(" | "))
    if len(above.cells) < 3 or "\t" in above.raw or "|" in above.raw or "|" in raw or "\t" in raw:
        return ()
    pieces = [(found.start(), found[0]) for found in re.finditer(r"\S+(?: \S+)*", raw)]
    if len(pieces) == len(above.cells):
        return tuple(piece for _, piece in pieces)
    starts = _starts(blocks)
    cells = [""] * len(starts)
    for start, piece in pieces:
        column = next((at for at, place in enumerate(starts) if abs(place - start) < 3), None)
        if column is None or cells[column]:
            return ()
        cells[column] = piece
    return tuple(cells) if len(pieces) > 1 and cells[0] else ()


def _starts(blocks: Sequence[Block]) -> list[int]:
    """Where the cells of the nearest full row begin."""
    for block in reversed(blocks[-MOST_ROWS_BACK:]):
        if not block.cells:
            break
        if all(block.cells):
            head, after = block.raw.split("\n", 1)[0], 0
            starts: list[int] = []
            for cell in block.cells:
                after = max(head.find(cell.split("\n", 1)[0], after), 0)
                starts.append(after)
            return starts
    return []


def _had_room(last: Block, raw: str, width: int) -> bool:
    """Whether a line that begins with a capital would have begun on the line above, had it been of the same sentence."""
    start = raw.strip()
    before = len(last.raw.rsplit("\n", 1)[-1].rstrip())
    room = before + 1 + len(start.split(" ", 1)[0]) < width * 0.45
    return start[:1].isupper() and (room or bool(_REFERENCE.fullmatch(start)))


def _goes_on(last: Block, raw: str) -> bool:
    """Whether a line goes on with the sentence of the block above it."""
    if last.level or last.furniture or _PAGE.fullmatch(raw):
        return False
    start = raw.strip()
    if _HASHES.match(raw) or "\t" in start or start.startswith("|"):
        return False
    before = last.raw.rsplit("\n", 1)[-1]
    if re.search(r"\S {6,}\S", before):
        # Words set far apart are two things on one line, as at the head of a page.
        return False
    if mark_of(raw):
        return False
    if len(cells := _cells(raw)) > 1 and is_label(cells[0]):
        return False
    if _begins_a_fact(start) or start[0].isupper() and _is_whole_fact(before):
        return False
    if _is_narrow(last, before, start):
        return True
    if start[0].islower() or start[0] in "(,;&":
        return len(before.strip()) >= 25 and not (last.cells and len(last.cells) > 2)
    indented = (
        bool(last.mark)
        and not _is_its_position(before, start)
        and raw.startswith("  ")
        and len(raw) - len(raw.lstrip()) > len(before) - len(before.lstrip())
    )
    ended = before.rstrip().endswith((".", ":", "?", "!", ";"))
    if last.cells:
        return len(before.strip()) >= 70 and not ended
    return (len(before.strip()) >= _WIDE and not ended) or (len(before.strip()) >= 75) or (indented and not ended)


def _is_narrow(last: Block, before: str, start: str) -> bool:
    """Whether a few words go on with a few words, as a narrow column breaks them: "Policy / number:"."""
    if not before[:1].isupper() or not start[0].islower() or last.mark or last.cells or before.rstrip()[-1] in ".:;,?!":
        return False
    return len(before) < 25 and len(start) < 40 and judged(start, label=True) is None and judged(before, label=True) is None


def _is_whole_fact(before: str) -> bool:
    """A label with its value, on a line with room for more."""
    return bool(_LABELLED.match(before)) and len(before) < 75 or bool(dates_in(before)) and _begins_a_fact(before.strip())


def _begins_a_fact(start: str) -> bool:
    labelled = _LABELLED.match(start)
    if labelled and is_label(labelled[1]) or facts_named(start) or section_named(start):
        return True
    pieces = start.split()[:7]
    ends = [at for at in range(1, 5) if re.search(r"\d", " ".join(pieces[at : at + 2]))]
    named = any(facts_named(" ".join(pieces[:at])) for at in ends)
    days = dates_in(start)
    return (
        start[0].isupper()
        and named
        or bool(days)
        and (bool(_TELLS_A_DATE.match(start)) or days[0].start == 0 and len(start) < 60)
    )


def _is_its_position(before: str, start: str) -> bool:
    """Whether a line says what is funded, below the name of a treatment in a list of them."""
    return start[0].isupper() and judged(start, label=True) is not None and judged(before, label=True) is None


def headed(blocks: list[Block]) -> list[Block]:
    """The same blocks with the level of those that are headings, told from their words and what stands around them."""
    told: list[Block] = []
    coded = [at for at, block in enumerate(blocks) if _is_coded(block)]
    for at, block in enumerate(blocks):
        if at in coded and len(coded) > 1:
            told.append(replace(block, level=block.level or 3))
            continue
        after = blocks[at + 1] if at + 1 < len(blocks) else None
        if at and _is_next_item(blocks[at - 1], block) and not told[-1].level:
            told.append(block)
            continue
        told.append(replace(block, level=_level(block, after)) if not block.level and not block.cells else block)
    return told


_SHORT = 90
_CODED = re.compile(r"[\[(]?[A-Z]{1,6}[-_/ ]?\d{1,4}(?:[-_/.]\w{1,8}){0,3}[\])]?\s*[:.–-]?\s+[A-Z][A-Za-z]{2}.*[^.;,:]")


def _is_coded(block: Block) -> bool:
    """A line of a reference and a name: where there are several, each heads a policy of its own."""
    alone = block.apart and not block.cells and not block.mark and not block.furniture and "\n" not in block.raw
    return alone and len(block.words) <= _SHORT and bool(_CODED.fullmatch(block.words)) and not _OF_CODES.fullmatch(block.words)


_COUNTED = re.compile(
    (
        r"(?:commissioning |policy )?(?:statement|policy|procedure|treatment|intervention|section|"
        r"part) (?:no\.? ?)?[A-Z]{0,6}-?\d{1,4}(?:\.\d{1,3}){0,3}[a-z]?(?:\s*[:.–-]\s*|\s+)[A-Z]"
    ),
    re.I,
)


def _is_next_item(before: Block, block: Block) -> bool:
    """Whether a numbered line stands right under the number before its own, as in a list."""
    one, two = before.mark.strip("()."), block.mark.strip("().")
    return one.isdigit() and two.isdigit() and len(two) < 4 and int(two) == int(one) + 1


def _stands_apart(block: Block, after: Block | None) -> bool:
    """A numbered line of a few words with a line above, and no next number right under it, as in a list."""
    words = block.words
    followed = after is not None and not re.fullmatch(r"\d{1,2}(?:\.\d{1,2})*\.?", after.mark)
    return block.apart and followed and words[0].isupper() and len(words.split()) <= 12


def _level(block: Block, after: Block | None) -> int:
    words = block.words
    numbered = bool(_NUMBERED.fullmatch(block.mark))
    if not _may_be_heading(block) or block.mark and not numbered:
        return 0
    if numbered:
        return _level_by_number(block, after)
    if _COUNTED.match(words):
        return 3
    if section_named(words) and not words[0].islower():
        return 3 if words.isupper() else 4
    if facts_named(words) or words.endswith(":"):
        return 0
    return 2 if _in_capitals(words) else _level_by_looks(block, after)


_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?")


def _may_be_heading(block: Block) -> bool:
    words = block.words
    if not words or block.furniture or "\n" in block.raw or words.startswith("("):
        return False
    return len(words) <= _SHORT and not words.endswith((".", ";", ",", "!"))


def _in_capitals(words: str) -> bool:
    return words.isupper() and len(words) > 5 and re.search(r"[A-Z]{4}", words) is not None and not re.search(r":|\d\d", words)


def _level_by_number(block: Block, after: Block | None) -> int:
    """The level of a numbered line that is a heading: it has a name that we know, or its own numbers stand under it."""
    words, depth = block.words, 1 + block.mark.strip(".").count(".")
    if section_named(words) and not words[0].islower():
        return depth
    if after is not None and after.mark.startswith(block.mark.strip(".") + "."):
        return depth
    if words.endswith(":"):
        return 0
    beneath = after is not None and not after.apart and judged(words, label=True) is None
    if _stands_apart(block, after) and (depth == 1 or beneath):
        return depth
    return depth + 1 if _in_capitals(words) else 0


def _level_by_looks(block: Block, after: Block | None) -> int:
    """The level of a line whose words do not show it to be a heading: it is bold, or stands alone."""
    words = block.words
    bold = block.raw.strip().startswith(("**", "<b>", "<strong>")) and block.raw.strip().endswith(("**", "</b>", "</strong>"))
    if bold:
        return 5
    stands_alone = block.apart and after is not None and (after.apart or bool(after.cells)) and not block.mark
    if stands_alone and words[0].isupper() and len(words) <= 70 and len(words.split()) <= 10 and not re.search(r"\d{2}|:", words):
        return 6
    return 0
