"""What can be read of a file: its words page by page, all that programs keep beside them, and what no program here can read."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from ifr.documents import WORD, media_type_of
from ifr.panels.checking import pages, word

# A picture that covers more than this share of a page may hold words, as a scanned letter with a typed page number does.
A_LARGE_PICTURE = 0.1
_PAGE = re.compile(r"page:(\d+)\Z")
_MOST_OUTLINES, _MOST_ELEMENTS = 5_000, 50_000
# Letters that are none: a font without a table of its letters gives them instead of words.
_NO_LETTERS = re.compile(r"[\ue000-\uf8ff\ufffd]")
_DAMAGED = "It could not be read, as it is damaged or has a password."


@dataclass(frozen=True)
class Piece:
    """A text of a file. `part` names its place for the service, `where` for people; a redacted copy never has a piece that
    is `left_behind`."""

    part: str
    where: str
    text: str
    page: int | None = None
    left_behind: bool = False
    # Where a note or a field is seen on its page, in points.
    rect: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Unread:
    """A page or a picture whose words nobody here can read, and why. Page 0 is the whole file."""

    part: str
    page: int
    why: str


@dataclass(frozen=True)
class Reading:
    """All that could be read of one file, and what could not."""

    pieces: tuple[Piece, ...]
    unread: tuple[Unread, ...]
    pages: int


def page_in(part: str) -> int | None:
    """The number of the page that a part names."""
    match = _PAGE.match(part)
    return int(match.group(1)) if match else None


def read(media_type: str, content: bytes, name: str | None, *, inside: bool = False) -> Reading:
    """Everything of a file by its content, and the name under which it came."""
    readers = {"text/plain": _plain, "application/pdf": _pdf, WORD: _word, "image/png": _image, "image/jpeg": _image}
    reader = readers.get(media_type)
    found = reader(content, inside) if reader else Reading((), (Unread("file", 0, _DAMAGED),), 0)
    named = (Piece("name", "the name of the file", name, left_behind=True),) if name else ()
    return Reading((*named, *found.pieces), found.unread, found.pages)


def _plain(content: bytes, inside: bool) -> Reading:
    return Reading((Piece("text", "", content.decode("utf-8", "replace")),), (), 0)


# --- PDF ------------------------------------------------------------------------------------------------------------------


def _pdf(content: bytes, inside: bool) -> Reading:
    try:
        read_pages = pages.read(content)
    except pages.UnreadablePdfError:
        return Reading((), (Unread("file", 0, _DAMAGED),), 0)
    pieces = [Piece(f"page:{n}", f"page {n}", page.text, n) for n, page in enumerate(read_pages, start=1)]
    unread = [Unread(f"page:{n}", n, why) for n, page in enumerate(read_pages, start=1) if (why := _why_unread(page))]
    beside, more = _beside(content, inside)
    return Reading((*pieces, *beside), (*unread, *more), len(read_pages))


def _why_unread(page: pages.PageRead) -> str:
    words = re.findall(r"\w{2,}", page.text)
    if not words:
        return "It has no words that can be read. It may be a picture."
    if len(_NO_LETTERS.findall(page.text)) > len(page.text) / 5:
        return "Its letters cannot be read."
    if page.pictures > A_LARGE_PICTURE:
        return "A picture covers part of it, and may hold words."
    return ""


def _beside(content: bytes, inside: bool) -> tuple[list[Piece], list[Unread]]:
    """What travels in a PDF beside its pages."""
    from pypdf import PdfReader

    try:
        book = PdfReader(io.BytesIO(content))
        pieces = [
            Piece(part, where, text, left_behind=True)
            for part, where, text in (
                ("metadata", "its properties (title, author and so on)", _metadata(book)),
                ("bookmarks", "its bookmarks", "\n".join(_bookmarks(book.outline))),
                ("descriptions", "descriptions of its pictures and parts", "\n".join(_descriptions(book))),
            )
            if text.strip()
        ]
        pieces += list(_notes(book))
        attached = list(_attached(book, inside))
    except Exception:  # a broken PDF may fail in any way, and is then for a person to look at
        return [], [Unread("beside", 0, "What is stored beside its pages (title, bookmarks, notes) could not be read.")]
    return pieces + [p for one, _ in attached for p in one], [u for _, one in attached for u in one]


def _metadata(book: Any) -> str:
    said = [str(value) for value in (book.metadata or {}).values()]
    xmp = book.root_object.get("/Metadata")
    if xmp is not None:
        raw = xmp.get_object().get_data().decode("utf-8", "replace")
        said += [text for text in re.split(r"<[^>]*>", raw) if text.strip()]
        said += re.findall(r'="([^"]+)"', raw)
    # The same title stands in both places, and is one question to whoever answers.
    return "\n".join(dict.fromkeys(one.strip() for one in said))


def _bookmarks(outline: Any) -> Iterator[str]:
    waiting, seen = [outline], 0
    while waiting and seen < _MOST_OUTLINES:
        one = waiting.pop()
        seen += 1
        if isinstance(one, list):
            waiting += one
        else:
            yield str(one.get("/Title", ""))


def _descriptions(book: Any) -> Iterator[str]:
    """What a screen reader is told of pictures and parts, and the layers' names."""
    root = book.root_object
    waiting, seen = [root.get("/StructTreeRoot"), root.get("/OCProperties")], 0
    while waiting and seen < _MOST_ELEMENTS:
        one = waiting.pop()
        seen += 1
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            yield from (str(one[key]) for key in ("/Alt", "/ActualText", "/T", "/E", "/Name") if isinstance(one.get(key), str))
            waiting += [one.get(key) for key in ("/K", "/OCGs") if one.get(key) is not None]


def _notes(book: Any) -> Iterator[Piece]:
    """Notes, links and fields of forms. Their picture is on that of the page, so a place in one covers all of it."""
    for number, page in enumerate(book.pages, start=1):
        for n, one in enumerate(page.get("/Annots", ()) or ()):
            note = one.get_object()
            text = "\n".join(_note(note))
            if text.strip():
                rect = tuple(float(side) for side in note.get("/Rect", ())) or (0.0, 0.0, 0.0, 0.0)
                where = f"a note, link or form field of page {number}"
                yield Piece(f"note:{number}:{n}", where, text, number, rect=rect if len(rect) == 4 else None)


def _note(note: Any) -> Iterator[str]:
    fields = [note, note["/Parent"].get_object()] if "/Parent" in note else [note]
    for one in fields:
        yield from (str(one[key]) for key in ("/Contents", "/T", "/TU", "/V", "/Subj", "/RC") if one.get(key) is not None)
    action = note["/A"].get_object() if "/A" in note else {}
    if action.get("/URI"):
        yield str(action["/URI"])


def _attached(book: Any, inside: bool) -> Iterator[tuple[list[Piece], list[Unread]]]:
    """The files inside a PDF; their own words as far as they are of a kind that is read, and only one level deep."""
    for n, (name, contents) in enumerate(book.attachments.items(), start=1):
        where = f"file {n} inside it"
        pieces = [Piece(f"attached:{n}:name", f"the name of {where}", name, left_behind=True)]
        unread: list[Unread] = []
        for content in contents:
            media_type = media_type_of(content)
            if media_type is None or inside:
                unread.append(Unread(f"attached:{n}", 0, f"A file of another kind lies inside it (file {n})."))
                continue
            found = read(media_type, content, None, inside=True)
            pieces += [Piece(f"attached:{n}:{p.part}", f"{p.where or 'the text'} of {where}", p.text, left_behind=True)
                       for p in found.pieces]  # fmt: skip
            unread += [Unread(f"attached:{n}:{u.part}", 0, f"In {where}: {u.why}") for u in found.unread]
        yield pieces, unread


# --- Word and pictures ----------------------------------------------------------------------------------------------------


def _word(content: bytes, inside: bool) -> Reading:
    try:
        texts, pictures = word.read(content)
    except word.UnreadableWordError:
        return Reading((), (Unread("file", 0, _DAMAGED),), 0)
    pieces = tuple(Piece(part, word.where_of(part), text, left_behind=word.is_property(part)) for part, text in texts.items())
    unread = tuple(
        Unread(f"picture:{name}", n, f"Picture or embedded file {n} of the document may hold words.")
        for n, name in enumerate(pictures, start=1)
    )
    return Reading(pieces, unread, 0)


def _image(content: bytes, inside: bool) -> Reading:
    unread = (Unread("page:1", 1, "It is a picture, and the service reads no words in it."),)
    try:
        with Image.open(io.BytesIO(content)) as shown:
            info = [value for value in shown.info.values() if isinstance(value, str)]
            exif = shown.getexif()
            tags = [*exif.values(), *exif.get_ifd(0x8769).values()]
    except Exception:  # a broken picture may fail in any way, and is then for a person to look at
        return Reading((), unread, 1)
    said = [*info, *(_tag(value) for value in tags)]
    text = "\n".join(one for one in said if one.strip())
    pieces = (Piece("metadata", "its properties (title, author and so on)", text, left_behind=True),) if text else ()
    return Reading(pieces, unread, 1)


def _tag(value: Any) -> str:
    if isinstance(value, bytes):
        # Some programs write the words of Windows' own fields in two bytes a letter.
        return value.decode("utf-16-le" if value[1:2] == b"\0" else "utf-8", "replace").replace("\0", "")
    return value if isinstance(value, str) else ""
