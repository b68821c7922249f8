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
    lines = [line for column in _columns(outside, page.width) for line in _lines(column, number)]
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
        cells = [cell.strip() for cell in told if cell is not None]
        if not any(cells):
            continue
        left, top, right, bottom = row.bbox
        # A row of one cell is a paragraph, or a heading inside the table.
        if len(cells) == 1:
            for line in cells[0].split("\n"):
                yield _Line(line, top, bottom, left, right, 0, False, right, page)
        else:
            yield _Line("\t".join(cells), top, bottom, left, right, 0, False, right, page, tuple(cells))


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
    lines = []
    for row in _grouped(words):
        told, before = "", None
        for word in row:
            if before is not None:
                gap = word["x0"] - before["x1"]
                told += "\t" if gap > max(11.0, 1.3 * word["size"]) and not mark_of(f"{told} ") == told.strip() else " "
            told, before = told + word["text"], word
        size = Counter(round(word["size"], 1) for word in row).most_common(1)[0][0]
        bold = all(re.search(r"bold|black|heavy|semibold", word["fontname"], re.I) for word in row)
        lines.append(
            _Line(told, min(w["top"] for w in row), row[0]["bottom"], row[0]["x0"], row[-1]["x1"], size, bold, edge, page)
        )
    return lines


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
