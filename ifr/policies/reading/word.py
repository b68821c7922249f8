"""Word documents (.docx) to blocks: paragraphs, tables, text boxes, and what stands in page headers and footers."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import docx
from docx.oxml.ns import qn

from ifr.policies.reading.blocks import Block, mark_of
from ifr.policies.reading.plain import block_of, headed
from ifr.policies.reading.record import UnreadableDocument

MOST_UNPACKED = 60 * 1024 * 1024
MOST_PARTS = 4_000
_DEEPEST = 12
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")


def blocks_of(content: bytes) -> list[Block]:
    """The blocks of a Word document. Raises UnreadableDocument."""
    _refuse_what_is_no_document(content)
    try:
        document = docx.Document(BytesIO(content))
        page = _Page(document)
        blocks = headed(list(page.blocks(document.element.body)))
        return [*blocks, *_furniture(document, page)]
    except UnreadableDocument:
        raise
    except Exception as fault:  # the library raises whatever a broken part makes it stumble over
        raise UnreadableDocument("The Word document is damaged and cannot be read.") from fault


def _refuse_what_is_no_document(content: bytes) -> None:
    try:
        parts = zipfile.ZipFile(BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, RuntimeError) as fault:
        raise UnreadableDocument("The file is a damaged archive and cannot be read.") from fault
    if not any(part.filename == "word/document.xml" for part in parts):
        raise UnreadableDocument("The file is an archive, but no Word document (.docx) is in it.")
    # Pictures are never unpacked, so only the parts made of text are counted.
    unpacked = sum(part.file_size for part in parts if not part.filename.startswith("word/media/"))
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise UnreadableDocument("The Word document unpacks to more than any policy holds; it is not read.")
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableDocument("The Word document is locked with a password.")


def _furniture(document: Any, page: "_Page") -> list[Block]:
    found: dict[str, Block] = {}
    for section in document.sections:
        for part in (section.first_page_header, section.header, section.first_page_footer, section.footer):
            if not part.is_linked_to_previous:
                for block in page.blocks(part._element):
                    found.setdefault(block.raw, replace(block, furniture=True))
    return list(found.values())


class _Page:
    """Walks the parts of one document, counting its numbered lists as it goes."""

    def __init__(self, document: Any) -> None:
        self._styles = {style.style_id: style for style in document.styles}
        self._levels = _numbering(document)
        self._counts: dict[str, Counter[int]] = {}

    def blocks(self, parent: Any, depth: int = 0) -> Iterator[Block]:
        """The blocks below an element, in order."""
        if depth > _DEEPEST:
            return
        for child in parent:
            if child.tag == qn("w:p"):
                yield from self._paragraph(child, depth)
            elif child.tag == qn("w:tbl"):
                yield from self._table(child, depth)
            elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml")):
                yield from self.blocks(child, depth + 1)

    def _paragraph(self, paragraph: Any, depth: int) -> Iterator[Block]:
        words = _words(paragraph)
        mark = self._mark(paragraph) if words.strip() else ""
        for at, line in enumerate(words.split("\n")):
            if line.strip():
                raw = f"{mark} {line.strip()}" if mark and not at and not mark_of(line) else line.rstrip()
                level = self._level(paragraph)
                bold = (
                    5
                    if not level
                    and not mark
                    and _all_bold(paragraph)
                    and len(line) < 90
                    and not line.rstrip().endswith((":", "."))
                    else level
                )
                yield (
                    replace(block_of(raw), level=bold, apart=True)
                    if "\t" not in raw.strip()
                    else replace(block_of(raw), apart=True)
                )
        for box in paragraph.iter(qn("w:txbxContent")):
            if not any(above.tag.endswith("}Fallback") for above in box.iterancestors()):
                yield from self.blocks(box, depth + 1)

    def _table(self, table: Any, depth: int) -> Iterator[Block]:
        for row in table.iter(qn("w:tr")):
            if next(row.iterancestors(qn("w:tbl"))) is not table:
                continue
            found = [list(self.blocks(cell, depth + 1)) for cell in row if cell.tag == qn("w:tc")]
            cells = tuple("\n".join(block.raw for block in one) for one in found)
            if sum(bool(cell.strip()) for cell in cells) < 2 and len(cells) < 2:
                yield from (block for one in found for block in one)
            else:
                yield Block("\t".join(cells), cells=cells)

    def _level(self, paragraph: Any) -> int:
        name = getattr(self._styles.get(_value(paragraph, "w:pPr/w:pStyle")), "name", "") or ""
        if name in ("Title", "Subtitle"):
            return 1 if name == "Title" else 2
        found = re.search(r"heading (\d)", name, re.I)
        return int(found[1]) if found else 0

    def _mark(self, paragraph: Any) -> str:
        number, level = _list_of(paragraph)
        style = self._styles.get(_value(paragraph, "w:pPr/w:pStyle"))
        while number is None and style is not None:
            number, level = _list_of(style.element)
            style = style.base_style
        if number in (None, "0"):
            return ""
        form, pattern, start = self._levels.get((number, level), ("bullet", "•", 1))
        if form in ("bullet", "none"):
            return "•" if form == "bullet" else ""
        counts = self._counts.setdefault(number or "", Counter())
        counts[level] = counts[level] + 1 if counts[level] else start
        for deeper in [one for one in counts if one > level]:
            counts[deeper] = 0
        return re.sub(r"%(\d)", lambda one: self._printed(number or "", int(one[1]) - 1, counts), pattern)

    def _printed(self, number: str, level: int, counts: Counter[int]) -> str:
        form, _, start = self._levels.get((number, level), ("decimal", "", 1))
        count = counts[level] or start
        if "Letter" in form:
            letter = chr(ord("a") + (count - 1) % 26)
            return letter.upper() if form.startswith("upper") else letter
        if "Roman" in form and count < len(_ROMAN):
            return _ROMAN[count].upper() if form.startswith("upper") else _ROMAN[count]
        return str(count)


def _numbering(document: Any) -> dict[tuple[str, int], tuple[str, str, int]]:
    try:
        root = document.part.numbering_part.element
    except (KeyError, RuntimeError):
        return {}
    kinds = {one.get(qn("w:abstractNumId")): one for one in root.iter(qn("w:abstractNum"))}
    found = {}
    for number in root.iter(qn("w:num")):
        kind = kinds.get(_value(number, "w:abstractNumId"))
        for level in kind.iter(qn("w:lvl")) if kind is not None else ():
            start = _value(level, "w:start") or "1"
            told = (
                _value(level, "w:numFmt") or "decimal",
                _value(level, "w:lvlText") or "",
                int(start) if start.isdigit() else 1,
            )
            found[(number.get(qn("w:numId")), int(level.get(qn("w:ilvl")) or 0))] = told
    return found


def _list_of(element: Any) -> tuple[str | None, int]:
    level = _value(element, "w:pPr/w:numPr/w:ilvl") or "0"
    return _value(element, "w:pPr/w:numPr/w:numId"), int(level) if level.isdigit() else 0


def _value(element: Any, path: str) -> str | None:
    for step in path.split("/"):
        element = element.find(qn(step))
        if element is None:
            return None
    found: str | None = element.get(qn("w:val"))
    return found


def _words(paragraph: Any) -> str:
    """The words of a paragraph without those of its text boxes and without what was struck out."""
    told = []
    for piece in paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:noBreakHyphen")):
        box = next((one for one in piece.iterancestors() if one.tag in (qn("w:txbxContent"), qn("w:p"))), None)
        if box is not paragraph or any(one.tag == qn("w:tabs") for one in piece.iterancestors()):
            continue
        if piece.tag == qn("w:t"):
            told.append(piece.text or "")
        else:
            told.append({"tab": "\t", "noBreakHyphen": "-"}.get(piece.tag.rsplit("}", 1)[1], "\n"))
    return "".join(told)


def _all_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(qn("w:r")) if any(part.text and part.text.strip() for part in run.iter(qn("w:t")))]
    return bool(runs) and all(
        run.find(qn("w:rPr")) is not None and run.find(qn("w:rPr")).find(qn("w:b")) is not None for run in runs
    )
