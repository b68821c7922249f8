"""One page of a file as a picture, beside its words: what the pages of the identity check show of a file."""

from dataclasses import dataclass
from typing import Any

from ifr import documents
from ifr.cases.models import Case
from ifr.documents import Document
from ifr.panels.checking import finding, pages, redaction
from ifr.panels.checking.finding import FileRead, Hit
from ifr.panels.checking.models import Redaction
from ifr.panels.checking.services import must_check
from ifr.people.services import people_named
from ifr.workflow import NotVisible


@dataclass(frozen=True)
class FilePage:
    """One page of a file: its words, what was found there, what was taken out of the file so far."""

    case: Case
    file: FileRead
    page: int
    pages: int
    text: str
    hits: list[Hit]
    why_unread: list[str]
    history: list[tuple[Redaction, str]]


def file_page(case: Case, number: int, page: int, by: Any) -> FilePage:
    """A page of a document of the papers; of a file without pages, all its words. Raises NotVisible."""
    must_check(case, by)
    file = redaction.file_of(case, number)
    last = max(1, file.reading.pages)
    if not 0 < page <= last:
        raise NotVisible(str(page))
    here = [piece for piece in file.reading.pieces if (piece.page or 1) == page and not piece.left_behind]
    hits = [hit for hit in finding.in_file(finding.looked_for(case), file) if (hit.page or 1) == page]
    history = redaction.redactions_of(file.original.id)
    names = people_named([row.by_id for row in history])
    return FilePage(
        case=case,
        file=file,
        page=page,
        pages=last,
        text="\n".join(_left(file, piece) for piece in here),
        hits=hits,
        why_unread=[one.why for one in file.reading.unread if one.page == page or file.reading.pages == 0],
        history=[(row, names[row.by_id]) for row in history],
    )


def _left(file: FileRead, piece: Any) -> str:
    """The words of a part as the copy has them."""
    if not file.has_copy:
        return str(piece.text)
    text = piece.text
    for mark in sorted((m for m in file.marks if m.part == piece.part and not m.band), key=lambda m: -m.start):
        text = f"{text[: mark.start]}{pages.TAKEN_OUT}{text[mark.end :]}"
    return str(text)


def picture(case: Case, number: int, page: int, by: Any) -> bytes:
    """The picture of a page as it is shown to a panel now, with frames around what was found. Raises NotVisible."""
    must_check(case, by)
    file = redaction.file_of(case, number)
    shown = documents.shown_for(file.original)
    if file.is_held_back or not 0 < page <= file.reading.pages:
        raise NotVisible(str(page))
    if shown.media_type != "application/pdf":
        return _shrunk(documents.read(shown))
    hits = [hit for hit in finding.in_file(finding.looked_for(case), file) if hit.page == page]
    original = documents.read(file.original)
    spans = [(hit.start, hit.end) for hit in hits if hit.part == f"page:{page}"]
    boxes = pages.boxes_of(original, page, spans)
    for piece in file.reading.pieces:
        if piece.rect and piece.page == page and any(hit.part == piece.part for hit in hits):
            boxes += [box] if (box := pages.box_of(original, page, piece.rect)) else []
    return pages.picture(documents.read(shown), page, boxes)


def _shrunk(content: bytes) -> bytes:
    drawn = pages.image_of(content)
    drawn.thumbnail((1200, 1800))
    return pages.jpeg(pages.ruled(drawn))


def shown_file(case: Case, number: int, by: Any) -> tuple[Document, bytes]:
    """The file as a panel is shown it, to be opened beside the check. Raises NotVisible, documents.HeldBackError."""
    must_check(case, by)
    shown = documents.shown_for(redaction.file_of(case, number).original)
    return shown, documents.read(shown)
