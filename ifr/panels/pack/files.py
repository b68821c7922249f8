"""The files of a request as a pack shows them: a page image with its words, or the words alone.

The only importer of pypdfium2's page images and of Pillow. Nothing here knows a case.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ifr import pdf

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Dots to the inch at which small print is still read. A page that is larger than A3 is brought down to it.
DPI = 100
_LONGEST_SIDE = 1_820
_QUALITY = 72
# So many pages of one file are shown. Whoever needs the rest opens the file itself.
MOST_PAGES = 400
_LONGEST_TEXT = 400_000
_LONGEST_ALTERNATIVE = 4_000


@dataclass(frozen=True)
class PageShown:
    """One page of a file as an image, and its own words for those who do not see it."""

    number: int
    of: int
    jpeg: bytes
    words: str


class UnreadableError(Exception):
    """A file of which nothing can be shown; the message says so in a sentence."""


def pages_in(content: bytes, media_type: str) -> int | None:
    """How many pages a file has; None for text, which has none of its own, and for a file that cannot be opened."""
    if media_type.startswith("image/"):
        return 1
    if media_type != PDF:
        return None
    import pypdfium2

    try:
        with pdf.PDFIUM, pypdfium2.PdfDocument(content) as opened:
            return len(opened)
    except pypdfium2.PdfiumError:
        return None


def words_of(content: bytes, media_type: str) -> list[str]:
    """The paragraphs of a text file or a Word document. Raises UnreadableError."""
    if media_type == "text/plain":
        text = content.decode("utf-8", "replace")[:_LONGEST_TEXT]
        return [_printable(one) for one in text.replace("\r\n", "\n").split("\n\n") if one.strip()]
    if media_type != WORD:
        raise UnreadableError("A file of this kind cannot be shown here. Open the file itself.")
    return _words_of_word(content)


def _words_of_word(content: bytes) -> list[str]:
    import docx

    try:
        document = docx.Document(io.BytesIO(content))
        blocks = [one.text if hasattr(one, "text") else _rows(one) for one in document.iter_inner_content()]
    except Exception as fault:  # what a stranger made may be broken in any way
        raise UnreadableError("This Word document cannot be read by the service. Open the file itself.") from fault
    return [_printable(one) for one in blocks if one.strip()]


def _rows(table: object) -> str:
    return "\n".join(" | ".join(cell.text for cell in row.cells) for row in table.rows)  # type: ignore[attr-defined]


def shown_pages(content: bytes, media_type: str) -> Iterator[PageShown]:
    """The pages of a PDF, or a picture as its one page, one after the other. Raises UnreadableError."""
    if media_type.startswith("image/"):
        yield PageShown(1, 1, _picture(content), "")
    else:
        yield from _pages_of_pdf(content)


def _picture(content: bytes) -> bytes:
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content)) as opened:
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened)
            flat = Image.new("RGB", upright.size, "white")
            flat.paste(upright, mask=upright.convert("RGBA").getchannel("A"))
    except Exception as fault:  # as above; Pillow raises for a picture that is a bomb, too
        raise UnreadableError("This picture cannot be shown. Open the file itself.") from fault
    flat.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return _jpeg(flat)


def _jpeg(image: object) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=_QUALITY)  # type: ignore[attr-defined]
    return written.getvalue()


def _pages_of_pdf(content: bytes) -> Iterator[PageShown]:
    import pypdfium2

    try:
        opened = pypdfium2.PdfDocument(content)
        opened.init_forms()
    except pypdfium2.PdfiumError as fault:
        raise UnreadableError("This PDF cannot be read by the service. Open the file itself.") from fault
    with opened:
        count = len(opened)
        for number in range(min(count, MOST_PAGES)):
            yield _page(opened, number, count)


def _page(opened: object, number: int, count: int) -> PageShown:
    import pypdfium2

    try:
        page = opened[number]  # type: ignore[index]
        scale = min(DPI / 72, _LONGEST_SIDE / max(*page.get_size(), 1))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        image = bitmap.to_pil()
        jpeg = _jpeg(image if image.mode in ("RGB", "L") else image.convert("RGB"))
        bitmap.close()
        text = page.get_textpage()
        words = _printable(text.get_text_bounded()[:_LONGEST_ALTERNATIVE])
        text.close()
        page.close()
    except (pypdfium2.PdfiumError, ValueError, MemoryError) as fault:
        raise UnreadableError(f"Page {number + 1} of this PDF cannot be shown. Open the file itself.") from fault
    return PageShown(number + 1, count, jpeg, " ".join(words.split()))


_UNPRINTABLE = re.compile(r"[^\n\t -~\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _printable(text: str) -> str:
    """Without the characters that no page can hold."""
    return _UNPRINTABLE.sub("", text)
