"""Taking words and parts of pages out of a file: a copy is made that never held them, and the original is kept apart."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, workflow
from ifr.cases.models import Case
from ifr.db import db
from ifr.documents import WORD, Document, NotAcceptedError
from ifr.panels.checking import extraction, finding, pages, spelling, word
from ifr.panels.checking.extraction import Piece
from ifr.panels.checking.finding import FileRead, Hit
from ifr.panels.checking.models import Mark, Redaction
from ifr.panels.papers import papers_of
from ifr.panels.sitting import open_item_of
from ifr.workflow import Invalid, NotVisible

REDACTED = "redacted"
_PICTURE = "picture:"
# Fewer dots to the inch where a long file would grow beyond what is kept.
_DOTS = (150, 110, 80)
_STILL_THERE = "The words could not be taken out of every part of this file. Ask for a copy of it without them."
_UNREADABLE = "This file cannot be read, so nothing can be taken out of it. Ask for another copy of it."


def file_of(case: Case, number: int) -> FileRead:
    """A file of the papers by its number. Raises NotVisible."""
    paper = next((one for one in papers_of(case).documents if one.number == number), None)
    if paper is None:
        raise NotVisible(str(number))
    return finding.read_file(case, paper.document_id, paper.number, paper.title)


# --- marking ------------------------------------------------------------------------------------------------------------


def take_out(case: Case, hits: Iterable[Hit], *, by: Any) -> None:
    """Make copies of the files of some places without them. The caller holds the case. Raises Invalid."""
    by_file: dict[int, list[Hit]] = {}
    for hit in hits:
        if hit.number is None:
            raise Invalid({hit.place: "This stands in the request itself. Change it there."})
        by_file.setdefault(hit.number, []).append(hit)
    for number, found in by_file.items():
        file = file_of(case, number)
        _mark(file, [(hit.part, hit.start, hit.end, False) for hit in found], by=by)
        _make_copy(case, file_of(case, number), by=by)


def take_out_words(case: Case, number: int, words: str, page: int | None, *, seen: int | None, by: Any) -> int:
    """Take the words that somebody typed out of a page, or of the whole file; say in how many places they stood.

    Raises Invalid, NotVisible, Stale.
    """
    workflow.hold(case, seen)
    file = file_of(case, number)
    sought = spelling.words_sought(words)
    if not sought or len(words) > 500:
        raise Invalid({"words": "Type the words that are to be taken out, at most 500 characters."})
    places = [
        (piece.part, one.start, one.end, False)
        for piece in file.reading.pieces
        if (page is None or piece.page == page) and not piece.left_behind
        for one in spelling.find(sought, piece.text)
        if not finding.is_taken_out(file, piece, one.start, one.end)
    ]
    if not places:
        raise Invalid({"words": "These words do not stand there. Type them as they stand, or take out a band of the page."})
    _mark(file, places, by=by)
    _make_copy(case, file_of(case, number), by=by)
    return len(places)


def take_out_band(
    case: Case, number: int, page: int, top: int, bottom: int, *, seen: int | None, by: Any
) -> None:
    """Take a band of a page out, from and to so many hundredths of its height; of a Word document, its picture of that
    number. Raises Invalid, NotVisible, Stale."""
    workflow.hold(case, seen)
    file = file_of(case, number)
    if not 0 <= top < bottom <= 100:
        raise Invalid({"top": "Give two numbers from 0 (the top of the page) to 100 (its foot), the smaller one first."})
    _mark(file, [(_part_of_page(file, page), top * 10, bottom * 10, True)], by=by)
    _make_copy(case, file_of(case, number), by=by)


def _part_of_page(file: FileRead, page: int) -> str:
    if file.original.media_type == WORD:
        pictures = [one.part for one in file.reading.unread if one.page == page and one.part.startswith(_PICTURE)]
        if not pictures:
            raise Invalid({"page": "The document has no picture of this number."})
        return pictures[0]
    if not 0 < page <= file.reading.pages:
        raise Invalid({"page": "The file has no page of this number."})
    return f"page:{page}"


def _mark(file: FileRead, places: Sequence[tuple[str, int, int, bool]], *, by: Any) -> None:
    there = {(mark.part, mark.start, mark.end, mark.band) for mark in file.marks}
    for part, start, end, band in dict.fromkeys(places):
        if (part, start, end, band) not in there:
            db.session.add(
                Mark(document_id=file.original.id, part=part, start=start, end=end, band=band, by_id=by.id, at=clock.now())
            )
    db.session.flush()


# --- the copy -------------------------------------------------------------------------------------------------------------


def _make_copy(case: Case, file: FileRead, *, by: Any) -> None:
    """Put a copy without the marked places before everybody who may not know the patient. Raises Invalid."""
    original = file.original
    if file.is_held_back:
        raise Invalid({"words": _UNREADABLE})
    copy = _put(case, file, by)
    _end(original, by, "A newer copy was made.")
    original.shown_as_id = copy.id
    db.session.add(Redaction(document_id=original.id, copy_id=copy.id, by_id=by.id, at=clock.now()))
    db.session.flush()
    audit.record(case.stream, "redact_file", by=by.actor, document=original.id, copy=copy.id, sha256=copy.sha256,
                 places=len(file.marks))  # fmt: skip


def _put(case: Case, file: FileRead, by: Any) -> Document:
    for dots in _DOTS:
        content = _without(file, dots)
        _must_be_clean(case, file, content)
        try:
            return documents.put(content, stream=case.stream, kind=REDACTED, title=f"{file.title} (redacted)", by_id=by.id)
        except NotAcceptedError as fault:
            refused = str(fault)
            if file.original.media_type != "application/pdf":
                break
    raise Invalid({"words": f"The copy cannot be kept. {refused}"})


def _without(file: FileRead, dots: int) -> bytes:
    content, kind = documents.read(file.original), file.original.media_type
    try:
        if kind == "application/pdf":
            # Of a file whose name alone is at fault nothing has to be drawn: the name stays behind.
            return pages.without(content, _gone(file, content), dots) if _names_inside(file) else content
        if kind == WORD:
            return word.without(content, _spans(file), [m.part.removeprefix(_PICTURE) for m in file.marks if m.band])
        if kind == "text/plain":
            return _plain(content.decode("utf-8"), _spans(file).get("text", [])).encode()
        return _image(content, [_band(mark) for mark in file.marks if mark.band])
    except (pages.UnreadablePdfError, word.UnreadableWordError, OSError, UnicodeDecodeError) as fault:
        raise Invalid({"words": _UNREADABLE}) from fault


def _names_inside(file: FileRead) -> bool:
    return any(mark.part != "name" for mark in file.marks)


def _spans(file: FileRead) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for mark in sorted(file.marks, key=lambda m: (m.part, m.start)):
        if mark.band:
            continue
        spans = found.setdefault(mark.part, [])
        if spans and mark.start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], mark.end)
        else:
            spans.append((mark.start, mark.end))
    return found


def _band(mark: Mark) -> pages.Box:
    return 0.0, mark.start / 1000, 1.0, mark.end / 1000


def _gone(file: FileRead, content: bytes) -> dict[int, pages.Gone]:
    """What is burnt out of each page: words, bands, and notes and fields as a whole."""
    spans, boxes = dict[int, list[tuple[int, int]]](), dict[int, list[pages.Box]]()
    for part, found in _spans(file).items():
        if (page := extraction.page_in(part)) is not None:
            spans[page] = found
    for mark in file.marks:
        if mark.band and (page := extraction.page_in(mark.part)) is not None:
            boxes.setdefault(page, []).append(_band(mark))
    marked = {mark.part for mark in file.marks}
    for piece in file.reading.pieces:
        if piece.part in marked and piece.rect and piece.page and (box := pages.box_of(content, piece.page, piece.rect)):
            boxes.setdefault(piece.page, []).append(box)
    return {n: pages.Gone(tuple(spans.get(n, ())), tuple(boxes.get(n, ()))) for n in {*spans, *boxes}}


def _plain(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}{pages.TAKEN_OUT}{text[end:]}"
    return text


def _image(content: bytes, bands: Sequence[pages.Box]) -> bytes:
    """The picture alone, drawn anew: what a camera or a program wrote beside it is not in it."""
    drawn = pages.burned(pages.image_of(content), bands)
    if content.startswith(b"\xff\xd8"):
        return pages.jpeg(drawn)
    written = io.BytesIO()
    drawn.save(written, "PNG")
    return written.getvalue()


def _must_be_clean(case: Case, file: FileRead, content: bytes) -> None:
    """Look for the patient in the copy as in any file: what is left may only be what was left on purpose. Raises Invalid."""
    sought = finding.looked_for(case)
    left = Counter(_letters(piece.text[hit.start : hit.end])
                   for piece in file.reading.pieces for hit in spelling.find(sought, piece.text)
                   if not finding.is_taken_out(_as_copied(file), piece, hit.start, hit.end))  # fmt: skip
    copied = extraction.read(file.original.media_type, content, None)
    for piece in copied.pieces:
        for hit in spelling.find(sought, piece.text):
            if not _is_left(piece, hit, left):
                raise Invalid({"words": _STILL_THERE})


def _as_copied(file: FileRead) -> FileRead:
    anew = file.original.media_type != "application/pdf" or _names_inside(file)
    return replace(file, has_copy=True, leaves_behind=anew)


def _is_left(piece: Piece, hit: spelling.Found, left: Counter[str]) -> bool:
    words = _letters(piece.text[hit.start : hit.end])
    return any(words in one or one in words for one in left)


def _letters(text: str) -> str:
    return re.sub(r"\W", "", spelling.fold(text).text)


# --- using the original again ---------------------------------------------------------------------------------------------


def use_original(case: Case, number: int, because: str, *, seen: int | None, by: Any) -> None:
    """Show the file as it came again; all its places are open again. Raises Invalid once the papers were issued, NotVisible."""
    workflow.hold(case, seen)
    file = file_of(case, number)
    if not file.has_copy:
        raise NotVisible(str(number))
    if not because.strip():
        raise Invalid({"because": "Say why the original is used again."})
    item = open_item_of(case)
    if item is not None and item.listed_at is not None:
        raise Invalid({"because": "The papers have been issued with the redacted copy, so the original is not shown again."})
    for mark in file.marks:
        mark.undone_at = clock.now()
    _end(file.original, by, because.strip())
    file.original.shown_as_id = None
    db.session.flush()
    audit.record(case.stream, "use_original_file", by=by.actor, document=file.original.id)


def _end(original: Document, by: Any, because: str) -> None:
    query = select(Redaction).where(Redaction.document_id == original.id, Redaction.ended_at.is_(None))
    for row in db.session.scalars(query):
        row.ended_by_id, row.ended_at, row.ended_because = by.id, clock.now(), because


def redactions_of(document_id: int) -> list[Redaction]:
    """The copies that were made of a file, oldest first."""
    query = select(Redaction).where(Redaction.document_id == document_id).order_by(Redaction.id)
    return list(db.session.scalars(query))
