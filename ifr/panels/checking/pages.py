"""The pages of a PDF by pypdfium2: their words with places, their pictures, and a new file made of pictures alone.

The only importer of pypdfium2 in this room; one thread at a time is let in.
"""

import ctypes
import io
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from PIL import Image, ImageDraw, ImageOps

from ifr import pdf

# Left, top, right and bottom as shares of the page as it is seen, so that they hold at every size.
Box = tuple[float, float, float, float]
Span = tuple[int, int]

DOTS_PER_INCH = 150
_GRID = 1_000_000
_QUALITY = 80
_LONGEST_SIDE = 6_000
_INVISIBLE, _TRUETYPE = 3, 2
TAKEN_OUT = "[redacted]"
# Half a point around each letter, since a box of ink may be a little narrower than what is seen.
_MARGIN = 0.0015

P = ParamSpec("P")
R = TypeVar("R")


class UnreadablePdfError(Exception):
    """A file that cannot be opened or drawn: damaged, with a password, or larger than anybody prints."""


@dataclass(frozen=True)
class PageRead:
    """One page: its words, how much of it is pictures (0 to 1), and its height divided by its width."""

    text: str
    pictures: float
    shape: float


def _one_at_a_time(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with pdf.PDFIUM:
            return function(*args, **kwargs)

    return alone


@contextmanager
def _opened(content: bytes) -> Iterator[Any]:
    import pypdfium2

    try:
        book = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        raise UnreadablePdfError(str(fault)) from fault
    try:
        yield book
    except pypdfium2.PdfiumError as fault:
        raise UnreadablePdfError(str(fault)) from fault
    finally:
        book.close()


@_one_at_a_time
def read(content: bytes) -> list[PageRead]:
    """Every page of a PDF. Raises UnreadablePdfError."""
    with _opened(content) as book:
        return [_read_page(page) for page in book]


def _read_page(page: Any) -> PageRead:
    width, height = page.get_size()
    return PageRead(_text(_letters_of(page)), _share_of_pictures(page, width * height), height / (width or 1))


def _letters_of(page: Any) -> Any:
    """The characters of a page in the order in which they are read when its lines run from left to right: PDFium reads the
    lines of a page that lies on its side from the last to the first, and a word that is parted between two would be lost."""
    from pypdfium2 import raw

    letters = page.get_textpage()
    count = letters.count_chars()
    some = range(0, count, 1 + count // 200)
    turns = Counter(round(math.degrees(raw.FPDFText_GetCharAngle(letters, n)) / 90) % 4 for n in some)
    upright, lies = turns.most_common(1)[0][0] * 90 if turns else 0, page.get_rotation()
    if upright == lies:
        return letters
    page.set_rotation(upright)
    try:
        return page.get_textpage()
    finally:
        page.set_rotation(lies)


def _text(letters: Any) -> str:
    """The words, one character for each place that PDFium counts, so that both can be told from one number."""
    from pypdfium2 import raw

    codes = (raw.FPDFText_GetUnicode(letters, n) for n in range(letters.count_chars()))
    return "".join(map(_letter, codes))


def _letter(code: int) -> str:
    # PDFium marks a word that is parted at the end of a line by a code of its own.
    if code in (2, 0xFFFE):
        return "-"
    if code == 13:
        return "\n"
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else " "


def _share_of_pictures(page: Any, area: float) -> float:
    from pypdfium2 import raw

    covered = 0.0
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=5):
        left, bottom, right, top = one.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return min(1.0, covered / area) if area else 0.0


@_one_at_a_time
def boxes_of(content: bytes, number: int, spans: Sequence[Span]) -> list[Box]:
    """Where the characters of some spans of a page (from 1) stand, a box for each line. Raises UnreadablePdfError."""
    with _opened(content) as book:
        return _boxes(book[number - 1], spans) if 0 < number <= len(book) else []


@_one_at_a_time
def box_of(content: bytes, number: int, rect: tuple[float, float, float, float]) -> Box | None:
    """Where a rectangle of the page's own measure (left, bottom, right, top, in points) is seen. Raises UnreadablePdfError."""
    with _opened(content) as book:
        return _seen(book[number - 1], rect)


def _boxes(page: Any, spans: Sequence[Span]) -> list[Box]:
    letters = _letters_of(page)
    last = letters.count_chars()
    return [box for start, end in spans for box in _lines_of(page, letters, range(start, min(end, last)))]


def _lines_of(page: Any, letters: Any, places: range) -> list[Box]:
    found: list[Box] = []
    for n in places:
        box = _seen(page, letters.get_charbox(n, loose=True))
        if box is None:
            continue
        if found and _on_one_line(found[-1], box):
            at = found[-1]
            found[-1] = min(at[0], box[0]), min(at[1], box[1]), max(at[2], box[2]), max(at[3], box[3])
        else:
            found.append(box)
    return found


def _on_one_line(one: Box, other: Box) -> bool:
    overlap = min(one[3], other[3]) - max(one[1], other[1])
    near = other[0] - one[2] < 0.1 and one[0] - other[2] < 0.1
    return near and overlap > 0.4 * min(one[3] - one[1], other[3] - other[1])


def _seen(page: Any, box: tuple[float, float, float, float]) -> Box | None:
    """A box of the page's own measure as shares of the page as it is shown, turned and cropped as it is."""
    from pypdfium2 import raw

    left, bottom, right, top = box
    corners = []
    for x, y in ((left, top), (right, bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, across, down)
        corners.append((across.value / _GRID, down.value / _GRID))
    (x1, y1), (x2, y2) = corners
    if x1 == x2 and y1 == y2:
        return None
    return min(x1, x2) - _MARGIN, min(y1, y2) - _MARGIN, max(x1, x2) + _MARGIN, max(y1, y2) + _MARGIN


# --- pictures -----------------------------------------------------------------------------------------------------------


@_one_at_a_time
def picture(content: bytes, number: int, marked: Sequence[Box], width: int = 900) -> bytes:
    """The picture of a page (from 1) as a JPEG with some boxes framed. Raises UnreadablePdfError, IndexError."""
    with _opened(content) as book:
        if not 0 < number <= len(book):
            raise IndexError(number)
        page = book[number - 1]
        shown = _drawn(page, width / max(1.0, page.get_size()[0]))
    return jpeg(ruled(framed(shown, marked)))


def _drawn(page: Any, scale: float) -> Image.Image:
    # A page may claim to be as large as a house; its picture stays one that fits into memory.
    fitting = min(scale, _LONGEST_SIDE / max(1.0, *page.get_size()))
    drawn: Image.Image = page.render(scale=fitting, draw_annots=True).to_pil()
    return drawn.convert("RGB")


def image_of(content: bytes) -> Image.Image:
    """A PNG or JPEG file as it is seen. Raises UnreadablePdfError."""
    try:
        with Image.open(io.BytesIO(content)) as shown:
            return ImageOps.exif_transpose(shown).convert("RGB")
    except Exception as fault:  # a broken picture may fail in any way
        raise UnreadablePdfError("the picture cannot be read") from fault


def framed(shown: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A picture with frames around some of it."""
    pen = ImageDraw.Draw(shown)
    for box in boxes:
        pen.rectangle(_in_dots(shown, box, 3), outline=(213, 40, 27), width=3)
    return shown


def ruled(shown: Image.Image) -> Image.Image:
    """A picture with a ruler beside it, 0 at its top and 100 at its foot, by which a band of it is named."""
    edge = max(24, shown.width // 25)
    wide = Image.new("RGB", (shown.width + edge, shown.height), (240, 244, 245))
    wide.paste(shown, (edge, 0))
    pen = ImageDraw.Draw(wide)
    for n in range(0, 100, 10):
        down = shown.height * n // 100
        pen.line((0, down, edge, down), fill=(76, 98, 114), width=1)
        pen.text((3, down + 2), str(n), fill=(33, 43, 50), font_size=max(10, edge // 2))
    return wide


def burned(shown: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A picture in which what stood in some boxes is gone."""
    pen = ImageDraw.Draw(shown)
    for box in boxes:
        pen.rectangle(_in_dots(shown, box, 0), fill=(0, 0, 0))
    return shown


def _in_dots(shown: Image.Image, box: Box, around: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return (
        max(0, left * shown.width - around), max(0, top * shown.height - around),
        min(shown.width - 1, right * shown.width + around), min(shown.height - 1, bottom * shown.height + around),
    )  # fmt: skip


def jpeg(shown: Image.Image) -> bytes:
    written = io.BytesIO()
    shown.convert("RGB").save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


# --- the redacted file ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gone:
    """What is taken out of one page: places in its words, and boxes of what is seen there."""

    spans: tuple[Span, ...] = ()
    boxes: tuple[Box, ...] = ()


@_one_at_a_time
def without(content: bytes, gone: Mapping[int, Gone], dots: int = DOTS_PER_INCH) -> bytes:
    """A new PDF made of the pictures of all pages, with boxes burnt in and the words that are left behind the pictures.

    Nothing else of the file goes over: no metadata, bookmark, annotation, form, attachment. Raises UnreadablePdfError.
    """
    import pypdfium2

    with _opened(content) as book:
        new = pypdfium2.PdfDocument.new()
        try:
            for number, page in enumerate(book, start=1):
                _copy_page(new, page, gone.get(number, Gone()), dots)
            written = io.BytesIO()
            new.save(written)
        finally:
            new.close()
    return written.getvalue()


def _copy_page(new: Any, page: Any, gone: Gone, dots: int) -> None:
    import pypdfium2

    width, height = page.get_size()
    boxes = [*gone.boxes, *_boxes(page, gone.spans)]
    shown = burned(_drawn(page, dots / 72), boxes)
    copy = new.new_page(width, height)
    _write_words(new, copy, _lines_left(page, gone, boxes))
    image = pypdfium2.PdfImage.new(new)
    image.load_jpeg(io.BytesIO(jpeg(shown)), inline=True)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
    copy.insert_obj(image)
    copy.gen_content()
    copy.close()


def _lines_left(page: Any, gone: Gone, boxes: Sequence[Box]) -> list[tuple[str, Box]]:
    """The words that are left, line by line with their places; where some were taken out, it says so."""
    letters = _letters_of(page)
    text, lines, started = _text(letters), list[tuple[str, Box]](), 0
    for end in [n for n, c in enumerate(text) if c == "\n"] + [len(text)]:
        kept = "".join("\0" if _is_gone(page, letters, n, gone.spans, boxes) else text[n] for n in range(started, end))
        places = _lines_of(page, letters, range(started, end))
        words = " ".join(_with_marks(kept).split())
        if places and words:
            sides = list(zip(*places, strict=True))
            lines.append((words, (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))))
        started = end + 1
    return lines


def _is_gone(page: Any, letters: Any, n: int, spans: Sequence[Span], boxes: Sequence[Box]) -> bool:
    if any(start <= n < end for start, end in spans):
        return True
    if not boxes:
        return False
    at = _seen(page, letters.get_charbox(n, loose=True))
    return at is not None and any(
        all(min(at[far], box[far]) - max(at[near], box[near]) > share * (at[far] - at[near])
            for near, far, share in ((0, 2, 0.5), (1, 3, 0.3)))
        for box in boxes
    )  # fmt: skip


def _with_marks(kept: str) -> str:
    parts = [TAKEN_OUT if one == "\0" else one for one in _runs(kept)]
    return " ".join(part for part in parts if part)


def _runs(kept: str) -> Iterator[str]:
    """The pieces between what was taken out, with one mark for each run of it."""
    for n, part in enumerate(kept.split("\0")):
        if n and (part or n == kept.count("\0")):
            yield "\0"
        if part:
            yield part


def _write_words(new: Any, copy: Any, lines: Sequence[tuple[str, Box]]) -> None:
    from pypdfium2 import raw

    if not lines:
        return
    width, height = copy.get_size()
    # Held until the page is written, since PDFium reads the font from this memory.
    plain = all(ord(c) < 0x7F for words, _ in lines for c in words)
    font = raw.FPDFText_LoadStandardFont(new, b"Helvetica") if plain else _font_in(new)
    for words, (left, top, right, bottom) in lines:
        shown = words if plain else _showable(words)
        # A line that runs up or down the picture is written across, no larger than it is seen.
        size = max(1.0, min((bottom - top) * height, (right - left) * width) * 0.8)
        line = raw.FPDFPageObj_CreateTextObj(new, font, size)
        encoded = (shown + "\0").encode("utf-16-le")
        raw.FPDFText_SetText(line, ctypes.cast(ctypes.create_string_buffer(encoded), ctypes.POINTER(ctypes.c_ushort)))
        raw.FPDFTextObj_SetTextRenderMode(line, _INVISIBLE)
        raw.FPDFPageObj_Transform(line, _stretch(raw, line, (right - left) * width), 0, 0, 1, left * width,
                                  height * (1 - bottom) + size * 0.2)  # fmt: skip
        raw.FPDFPage_InsertObject(copy, line)


def _stretch(raw: Any, line: Any, wanted: float) -> float:
    """By how much a line is drawn out or in, so that its words lie behind the same words of the picture."""
    sides = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(line, *sides):
        return 1.0
    natural = sides[2].value - sides[0].value
    return max(0.2, min(5.0, wanted / natural)) if natural > 0 else 1.0


def _showable(words: str) -> str:
    missing = set(pdf.missing_characters(words))
    return "".join("?" if c in missing else c for c in unicodedata.normalize("NFC", words))


def _font_in(new: Any) -> Any:
    from pypdfium2 import raw

    content = _font()
    held = (ctypes.c_ubyte * len(content)).from_buffer_copy(content)
    return raw.FPDFText_LoadFont(new, held, len(content), _TRUETYPE, True)


@cache
def _font() -> bytes:
    from fontTools.ttLib import TTFont

    font = TTFont(sorted(pdf.FONTS.glob("*.woff2"))[0])
    font.flavor = None
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()
