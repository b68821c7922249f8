"""PDF files to blocks: lines by their place on the page, tables by their ruled lines, columns one after the other."""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pdfplumber

from ifr.policies.reading.blocks import Block, mark_of
from ifr.policies.reading.labels import facts_named, is_label, section_named
from ifr.policies.reading.plain import block_of, headed
from ifr.policies.reading.record import UnreadableDocument

MOST_PAGES = 400
MOST_UNPACKED = 120 * 1024 * 1024
_MOST_SHAPES = 3_000
_STREAM = re.compile(rb"stream\r?\n")


@dataclass(frozen=True)
class _Line:
    words: str
    top: float
    bottom: float
    left: float
    right: float
    size: float
    bold: bool
    edge: float
    page: int
    cells: tuple[str, ...] = ()
    # Where the second piece of the line begins, if it is set in pieces.
    column: float = 0.0


def blocks_of(content: bytes) -> list[Block]:
    """The blocks of a PDF file. Raises UnreadableDocument."""
    _refuse_what_unpacks_too_far(content)
    try:
        with pdfplumber.open(BytesIO(content)) as book:
            pages = _pages(book)
            pictures = any(page.images for page in book.pages[:3])
    except UnreadableDocument:
        raise
    except Exception as fault:  # the library raises whatever a broken file makes it stumble over
        locked = b"/Encrypt" in content
        raise UnreadableDocument(
            "The PDF is locked with a password." if locked else "The PDF is damaged and cannot be read."
        ) from fault
    if sum(len(re.findall(r"\w", line.words)) for page in pages for line in page) < 20:
        raise UnreadableDocument(
            "The PDF holds pictures of pages and no text, as a scan does. Ask for a copy with text in it, or type the policy in."
            if pictures
            else "The PDF holds no text."
        )
    return _blocks(pages)


def _refuse_what_unpacks_too_far(content: bytes) -> None:
    left = MOST_UNPACKED
    for found in _STREAM.finditer(content):
        opened = zlib.decompressobj()
        try:
            left -= len(opened.decompress(content[found.end() : found.end() + 8_000_000], left + 1))
        except zlib.error:
            continue
        if left < 0:
            raise UnreadableDocument("The PDF unpacks to more than any policy holds; it is not read.")


def _pages(book: Any) -> list[list[_Line]]:
    if len(book.pages) > MOST_PAGES:
        raise UnreadableDocument(f"The PDF has more than {MOST_PAGES} pages, which is the most that is read.")
    found = []
    for number, page in enumerate(book.pages):
        found.append(_page(page, number))
        page.close()
    return found


def _page(page: Any, number: int) -> list[_Line]:
    words = page.extract_words(extra_attrs=["size", "fontname"], keep_blank_chars=False)
    shapes = len(page.lines) + len(page.rects) + len(page.curves)
    tables = page.find_tables() if 4 <= shapes <= _MOST_SHAPES else []
    tables = [one for one in tables if len(one.rows) > 1 or len(one.cells) > 1]
    outside = [one for one in words if not any(_within(one, table.bbox) for table in tables)]
    lines = [line for column in _columns(outside, page.width) for line in _hung(_lines(column, number))]
    rows = [row for table in tables for row in _rows(table, number)]
    if not rows:
        return lines
    # A table stands where its top says, between the lines above and below it.
    told = list(lines)
    for table_row in rows:
        at = next((i for i, line in enumerate(told) if line.top > table_row.top and not line.cells), len(told))
        while at < len(told) and told[at].cells and told[at].top <= table_row.top:
            at += 1
        told.insert(at, table_row)
    return told


def _within(word: Any, box: tuple[float, float, float, float]) -> bool:
    across, down = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] <= across <= box[2] and box[1] <= down <= box[3])


def _rows(table: Any, page: int) -> Iterator[_Line]:
    for row, told in zip(table.rows, table.extract(), strict=False):
        cells = [_unwrapped(cell) for cell in told if cell is not None]
        if not any(cells):
            continue
        left, top, right, bottom = row.bbox
        # A row of one cell is a paragraph, or a heading inside the table.
        if len(cells) == 1:
            for line in cells[0].split("\n"):
                yield _Line(line, top, bottom, left, right, 0, False, right, page)
        else:
            yield _Line("\t".join(cells), top, bottom, left, right, 0, False, right, page, tuple(cells))


def _unwrapped(cell: str) -> str:
    """The lines of a cell with a sentence that a narrow column broke made one line again."""
    lines: list[str] = []
    for line in cell.strip().split("\n"):
        goes_on = bool(lines) and not mark_of(line) and re.match(r"[a-z(]|\d+ [a-z]", line.strip())
        if goes_on and not lines[-1].rstrip().endswith((".", ":", ";")):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _columns(words: list[Any], width: float) -> list[list[Any]]:
    """The words of a page in one column, or in two where a clear gutter runs between two full columns."""
    rows = _grouped(words)
    for gutter in range(int(width * 0.38), int(width * 0.62), 4):
        across = [row for row in rows if _crosses(row, gutter)]
        beside = [word for row in rows if row not in across for word in row]
        left, right = [w for w in beside if w["x1"] < gutter], [w for w in beside if w["x0"] > gutter]
        if len(across) > len(rows) * 0.4 or not _are_columns(_grouped(left), _grouped(right), gutter):
            continue
        first, last = min(w["top"] for w in beside), max(w["top"] for w in beside)
        above = [w for row in across if row[0]["top"] <= first for w in row]
        below = [w for row in across if row[0]["top"] >= last for w in row]
        middle = [w for row in across if first < row[0]["top"] < last for w in row]
        return [above, left + [w for w in middle if w["x0"] < gutter], right + [w for w in middle if w["x0"] >= gutter], below]
    return [words]


def _crosses(row: list[Any], gutter: int) -> bool:
    """Whether a line runs on over the gutter, with no more than the space of a word there."""
    before = max((w["x1"] for w in row if w["x0"] < gutter), default=None)
    after = min((w["x0"] for w in row if w["x0"] >= gutter), default=None)
    if before is None:
        return False
    return bool(before > gutter - 2 if after is None else after - before < 8 or before > gutter)


def _are_columns(left: list[list[Any]], right: list[list[Any]], gutter: int) -> bool:
    """Whether two lists of lines are columns of text, and not labels with their values beside them."""
    if len(left) < 7 or len(right) < 7:
        return False
    labels = sum(is_label(" ".join(word["text"] for word in row).split(":")[0]) and len(row) < 6 for row in left)
    starts = Counter(round(row[0]["x0"] / 3) for row in right)
    edge = min(row[0]["x0"] for row in left)
    widths = sorted(row[-1]["x1"] - edge for row in left)
    aligned = starts.most_common(1)[0][1] >= 0.5 * len(right)
    return aligned and labels <= 0.35 * len(left) and widths[len(widths) // 2] > 0.55 * (gutter - edge)


def _grouped(words: list[Any]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for word in sorted(words, key=lambda one: (round(one["bottom"], 1), one["x0"])):
        if rows and abs(rows[-1][0]["bottom"] - word["bottom"]) <= max(2.5, (word["bottom"] - word["top"]) * 0.3):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda one: one["x0"]) for row in rows]


def _lines(words: list[Any], page: int) -> list[_Line]:
    edge = max((word["x1"] for word in words), default=0.0)
    rows = _grouped(words)
    gaps = [_gap_in(row) for row in rows]
    shared = Counter(round(row[at]["x0"]) for row, at in zip(rows, gaps, strict=True) if at).most_common(1)
    if shared and shared[0][1] > 1:
        gaps = [at or _column_in(row, shared[0][0]) for row, at in zip(rows, gaps, strict=True)]
    return [_line(row, at, edge, page) for row, at in zip(rows, gaps, strict=True)]


def _line(row: list[Any], first_gap: int, edge: float, page: int) -> _Line:
    told = row[0]["text"]
    for at, word in enumerate(row[1:], start=1):
        told += ("\t" if at == first_gap or at > first_gap > 0 and _is_wide(row, at, told) else " ") + word["text"]
    size = Counter(round(word["size"], 1) for word in row).most_common(1)[0][0]
    column = row[first_gap]["x0"] if first_gap else 0.0
    top = min(word["top"] for word in row)
    bold = all(map(_is_bold, row))
    return _Line(told, top, row[0]["bottom"], row[0]["x0"], row[-1]["x1"], size, bold, edge, page, column=column)


def _is_bold(word: Any) -> bool:
    return bool(re.search(r"bold|black|heavy|semibold", word["fontname"], re.I))


def _is_wide(row: list[Any], at: int, told: str) -> bool:
    """Whether more than the space of a word stands before a word, and not only the space behind a number or a bullet."""
    gap = row[at]["x0"] - row[at - 1]["x1"]
    return bool(gap > max(11.0, 1.3 * row[at]["size"])) and mark_of(f"{told} ") != told.strip()


def _gap_in(row: list[Any]) -> int:
    """The place of the first word behind a wide gap, or 0."""
    told = row[0]["text"]
    for at, word in enumerate(row[1:], start=1):
        if _is_wide(row, at, told):
            return at
        told += " " + word["text"]
    return 0


def _column_in(row: list[Any], column: float) -> int:
    """The place of the word that begins at the column of the values in other lines, where a label fills its own column."""
    for at in range(1, min(len(row), 6)):
        if abs(row[at]["x0"] - column) < 2:
            before = " ".join(word["text"] for word in row[:at])
            strong = all(map(_is_bold, row[:at])) and not _is_bold(row[at])
            return at if strong or is_label(before) else 0
    return 0


def _hung(lines: list[_Line]) -> list[_Line]:
    """The lines with labels on the left and values hanging on the right made rows, each with all of its value."""
    told: list[_Line] = []
    at = 0
    while at < len(lines):
        end = _hung_to(lines, at)
        part = lines[at:end]
        rows = [line for line in part if line.column and not line.words[:1].islower()]
        known = sum(is_label(line.words.split("\t")[0]) for line in rows)
        if len(rows) < 3 or known < 2 or len(rows) == len(part):
            told.append(lines[at])
            at += 1
            continue
        starts = [part.index(line) for line in rows]
        told += [_row_of(part[one:after]) for one, after in zip(starts, [*starts[1:], len(part)], strict=True)]
        at = end
    return told


def _hung_to(lines: list[_Line], start: int) -> int:
    column, end = lines[start].column, start + 1
    if not column:
        return end
    for at in range(start + 1, len(lines)):
        line = lines[at]
        rest_of_label = line.right < column and line.words[:1].islower() and line.top - lines[at - 1].bottom < line.size
        if abs(line.column - column) > 3 and line.left < column - 3 and not rest_of_label:
            break
        end = at + 1
    return end


def _row_of(part: list[_Line]) -> _Line:
    first = part[0]
    label = " ".join(line.words.split("\t")[0] for line in part if line.left < first.column - 3)
    told = [line.words.partition("\t")[2] if line.left < first.column - 3 else line.words for line in part]
    value = "\n".join(filter(None, told))
    return replace(first, words=f"{label}\t{value}", bottom=part[-1].bottom, cells=(label, value))


def _blocks(pages: list[list[_Line]]) -> list[Block]:
    repeated = _repeated(pages)
    body = Counter(line.size for page in pages for line in page if line.size and len(line.words) > 30).most_common(1)
    usual = body[0][0] if body else 0.0
    told: list[Block] = []
    aside: dict[str, Block] = {}
    before: _Line | None = None
    for page in pages:
        for line in page:
            if _same(line.words) in repeated:
                aside.setdefault(_same(line.words), replace(block_of(line.words), furniture=True))
                continue
            if before is not None and told and _goes_on(before, line, told[-1], usual):
                told[-1] = replace(told[-1], raw=f"{told[-1].raw}\n{line.words}")
            else:
                told.append(_opened(line, before, usual))
            before = line
    return [*headed(told), *aside.values()]


def _opened(line: _Line, before: _Line | None, usual: float) -> Block:
    if line.cells:
        return Block(line.words, cells=line.cells)
    apart = before is None or line.page != before.page or line.top - before.bottom > 0.6 * (line.bottom - line.top)
    block = replace(block_of(line.words), apart=apart)
    large = bool(line.size) and line.size > usual * 1.12 and len(line.words) < 160
    strong = line.bold and len(line.words) < 100 and not line.words.rstrip().endswith((".", ":", ";", ","))
    if (large or strong) and not block.cells and re.search(r"[A-Za-z]{3}", line.words):
        level = 1 if line.size > usual * 1.6 else 2 if line.size > usual * 1.3 else 3 if large else 5
        return replace(block, level=level)
    return block


def _goes_on(before: _Line, line: _Line, last: Block, usual: float) -> bool:
    if line.cells or before.cells or last.cells or "\t" in line.words:
        return False
    if mark_of(line.words) or last.furniture or abs(before.size - line.size) > 0.6 or before.bold != line.bold:
        return False
    if last.level:
        # A long heading runs over two lines of the same letters.
        return line.page == before.page and last.level < 3 and line.top - before.bottom < 0.5 * line.size
    label = re.match(r"\s*([A-Za-z][^:\n]{1,80}):(?:\s|$)", line.words)
    if label and is_label(label[1]) or facts_named(line.words) or section_named(line.words):
        return False
    full = before.right > before.edge - 0.16 * (before.edge - 40)
    lower = line.words[:1].islower()
    if line.page != before.page:
        return lower or (full and not before.words.rstrip().endswith((".", ":")))
    near = line.top - before.bottom < 0.75 * max(line.size, 6)
    return near and (full or (lower and len(before.words) > 25))


def _same(words: str) -> str:
    return re.sub(r"\d+", "#", " ".join(words.split())).lower()


def _repeated(pages: list[list[_Line]]) -> set[str]:
    """What stands at the head or foot of most pages, numbers apart."""
    seen: Counter[str] = Counter()
    for page in pages:
        ordered = sorted((line for line in page if not line.cells), key=lambda one: one.top)
        seen.update({_same(line.words) for line in [*ordered[:3], *ordered[-3:]]})
    least = max(2, (len(pages) + 1) // 2)
    return {
        words
        for words, count in seen.items()
        if count >= least and len(pages) > 1 or re.fullmatch(r"(?:page )?#(?: ?(?:of|/) ?#)?", words)
    }
