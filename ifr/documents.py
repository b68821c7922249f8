"""Stored files, by checksum. The bytes lie in a folder; the row, which goes with the transaction, says what they are.

What came from outside is handed out by `read` alone, which holds back what a scanner has not seen or has found infected.
"""

import hashlib
import io
import os
import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model, db
from ifr.pages import plain_text

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# What a file says it is by its first bytes. A name or a browser's word is not believed.
_BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"PK\x03\x04": WORD,
}
# A browser that is handed this saves it, whatever it holds.
UNSHOWN = "application/octet-stream"
ACCEPTED = "PDF, Word (.docx), JPEG, PNG or plain text"
# How a file stands with the scanner; None for one that was made here.
WAITING, CLEAN, INFECTED, NOT_SCANNED = "waiting", "clean", "infected", "not_scanned"
# What people send in. It is scanned where there is a scanner, and its words are read.
RECEIVED = frozenset({"evidence", "information", "original", "attachment"})
_LONGEST_NAME = 150
_HELD_BACK = {
    WAITING: "This file waits to be scanned for viruses. It can be opened when that is done, as a rule within a minute.",
    INFECTED: "The scanner found this file infected, so nobody can open it. Ask whoever sent it for a clean copy.",
}


class NotAcceptedError(Exception):
    """A file that cannot be kept. The message is fit for the person who sent it."""


class HeldBackError(Exception):
    """A file that nobody may open: not scanned yet, or infected. The message is fit for whoever asked for it."""


class Document(Model):
    """One file as it was received or made. Its uploaded name may identify a patient, so it stays in this row."""

    __tablename__ = "documents"
    # Few files wait at any time, so the worker's questions are answered by indexes of those few.
    __table_args__ = (
        Index("ix_documents_waiting", "id", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index("ix_documents_unread", "id", sqlite_where=text("unread = 1"), postgresql_where=text("unread")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    title: Mapped[str]
    uploaded_name: Mapped[str | None]
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    media_type: Mapped[str]
    stored_at: Mapped[datetime]
    stored_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str | None]
    # What the scanner said, and when it was last asked.
    scan_said: Mapped[str] = mapped_column(default="")
    scanned_at: Mapped[datetime | None]
    # Whether its words are still to be read.
    unread: Mapped[bool] = mapped_column(default=False)
    # The newer file that took its place; it stays readable, and is in no list of what holds now.
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)
    # The redacted copy that is shown instead to whoever may not know the patient.
    shown_as_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)

    @property
    def is_held_back(self) -> bool:
        return self.state in _HELD_BACK


def media_type_of(content: bytes) -> str | None:
    """What these bytes are, by their content; None when it is nothing that is accepted."""
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type if media_type != WORD or _is_word(content) else None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text or text.lstrip()[:1] == "<" else "text/plain"


def _is_word(content: bytes) -> bool:
    """Every archive begins alike; a Word document holds its text in one place."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def put(
    content: bytes,
    *,
    stream: str,
    kind: str,
    title: str,
    by_id: int | None,
    uploaded_name: str | None = None,
    unshown: bool = False,
    ours: bool = False,
) -> Document:
    """Keep a file. `unshown` keeps one of any type, for what is read here and never handed out as a page; `ours` one that
    was made here, however large it became.

    Raises NotAcceptedError for one that is empty, too large or of a type that is not accepted."""
    config = current_app.config["IFR"]
    if not content:
        raise NotAcceptedError("The file is empty. Choose the file again.")
    if len(content) > config.largest_file and not ours:
        limit = config.largest_file // (1024 * 1024)
        raise NotAcceptedError(f"The file is larger than {limit} MB. Send a smaller copy, or split it.")
    media_type = media_type_of(content) or (UNSHOWN if unshown else None)
    if media_type is None:
        raise NotAcceptedError(f"This type of file cannot be kept. Send a {ACCEPTED} file.")
    digest = hashlib.sha256(content).hexdigest()
    _write(config.files, digest, content)
    document = Document(
        stream=stream,
        kind=kind,
        title=title,
        uploaded_name=_plain_name(uploaded_name),
        sha256=digest,
        size=len(content),
        media_type=media_type,
        stored_at=clock.now(),
        stored_by_id=by_id,
        state=_first_state(kind),
        unread=kind in RECEIVED,
    )
    db.session.add(document)
    db.session.flush()
    return document


def _first_state(kind: str) -> str | None:
    if kind not in RECEIVED:
        return None
    return WAITING if current_app.config["IFR"].clamav else NOT_SCANNED


def _plain_name(name: str | None) -> str | None:
    """The last part of an uploaded name, without what cannot be seen or turns the direction of writing, and not too long."""
    if not name:
        return None
    last = str(plain_text(name)).replace("\n", " ").replace("\\", "/").rsplit("/", 1)[-1].strip()
    stem, dot, ending = last.rpartition(".")
    if len(last) > _LONGEST_NAME and dot and len(ending) <= 10:
        return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"
    return last[:_LONGEST_NAME] or None


def _write(folder: Path, digest: str, content: bytes) -> None:
    """Write under the checksum, so that a file is there whole or not at all, before the row that names it commits."""
    path = _path(folder, digest)
    try:
        # A file that is there is made young again, so that nobody takes it for one that no row needs.
        os.utime(path)
        return
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_suffix(f".{os.getpid()}")
    with open(mine, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(mine, path)
    folder_handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder_handle)
    finally:
        os.close(folder_handle)


def _path(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def _kept_apart(folder: Path, digest: str) -> Path:
    return folder / "infected" / digest


def read(document: Document) -> bytes:
    """The bytes of a document, to be handed out.

    Raises HeldBackError for one that is not scanned yet or infected, OSError when the bytes are gone, ValueError when they are
    not what was stored."""
    if document.is_held_back:
        raise HeldBackError(_HELD_BACK[document.state or ""])
    return bytes_of(document)


def bytes_of(document: Document) -> bytes:
    """The bytes of a document for the service's own work, whatever a scanner says of them; nobody is sent these.

    Raises OSError when they are gone, ValueError when they are not what was stored."""
    folder = current_app.config["IFR"].files
    path = _path(folder, document.sha256)
    content = (path if path.exists() else _kept_apart(folder, document.sha256)).read_bytes()
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise ValueError("the stored file is not the one that was put there")
    return content


def scanned(document: Document, *, clean: bool, said: str) -> None:
    """Note what a scanner found. The bytes of an infected file are kept apart from all others."""
    document.state, document.scan_said, document.scanned_at = CLEAN if clean else INFECTED, said[:200], clock.now()
    if not clean:
        document.unread = False
        _keep_apart(document)
    db.session.flush()


def _keep_apart(document: Document) -> None:
    folder = current_app.config["IFR"].files
    path, apart = _path(folder, document.sha256), _kept_apart(folder, document.sha256)
    if path.exists():
        apart.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, apart)


def of(stream: str, *kinds: str, with_earlier: bool = False) -> list[Document]:
    """The documents of a stream, oldest first; only those of the kinds named, where any are. What a newer file replaced is
    left out, unless it is asked for."""
    query = select(Document).where(Document.stream == stream).order_by(Document.id)
    if kinds:
        query = query.where(Document.kind.in_(kinds))
    if not with_earlier:
        query = query.where(Document.replaced_by_id.is_(None))
    return list(db.session.scalars(query))


def get(document_id: int, stream: str) -> Document | None:
    """A document of this stream; None where it belongs to another."""
    return db.session.scalars(select(Document).where(Document.id == document_id, Document.stream == stream)).first()


def shown_for(document: Document) -> Document:
    """The file that is put before others for this one: its redacted copy where there is one."""
    return document if document.shown_as_id is None else db.session.get_one(Document, document.shown_as_id)


def original_of(document: Document) -> Document:
    """The file of which this one is the redacted copy; the file itself where it is no copy."""
    found = db.session.scalars(select(Document).where(Document.shown_as_id == document.id)).first()
    return found or document


def versions_of(document: Document) -> list[Document]:
    """Every version of a file, the newest first, whichever of them is given."""
    known = {one.id: one for one in of(document.stream, document.kind, with_earlier=True)}
    newest = document
    while newest.replaced_by_id is not None:
        newest = known[newest.replaced_by_id]
    found, before = [newest], {one.replaced_by_id: one for one in known.values() if one.replaced_by_id is not None}
    while found[-1].id in before:
        found.append(before[found[-1].id])
    return found


def take_out(document: Document) -> None:
    """Delete the rows of a file and of every version of it. The bytes stay where others may need them."""
    for one in reversed(versions_of(document)):
        db.session.delete(one)
        db.session.flush()


# --- what no row needs --------------------------------------------------------------------------------------------------

# How old a file must be: a row that is being written now may still come.
YOUNG_FOR = timedelta(days=1)
_LEAVING = ".leaving"
_OURS = re.compile(rf"(?:[0-9a-f]{{2}}|infected)/[0-9a-f]{{64}}(?:\.\d+|{re.escape(_LEAVING)})?\Z")


def without_a_row(limit: int) -> list[str]:
    """The stored files that no row names and that are older than a day, as their place in the folder. Whatever else lies in
    the folder is not ours."""
    folder: Path = current_app.config["IFR"].files
    if not folder.is_dir():
        return []
    now, found = _now_on_disk(folder), list[str]()
    for part in sorted(one for one in folder.iterdir() if one.is_dir()):
        places = (f"{part.name}/{one.name}" for one in sorted(part.iterdir()))
        found += _unnamed([one for one in places if _OURS.match(one) and _is_old(folder / one, now)])
        if len(found) >= limit:
            break
    return found[:limit]


def _now_on_disk(folder: Path) -> float:
    """This moment by the clock that dates the files, which need not be the clock of this machine."""
    mark = folder / "swept"
    mark.touch()
    return mark.stat().st_mtime


def _is_old(path: Path, now: float) -> bool:
    try:
        return path.stat().st_mtime < now - YOUNG_FOR.total_seconds()
    except FileNotFoundError:
        return False


def _unnamed(places: list[str]) -> list[str]:
    """Those of some places whose checksum stands in no row, and whatever a process that died left unfinished."""
    named: set[str] = set()
    for begin in range(0, len(places), 500):
        digests = {Path(one).stem for one in places[begin : begin + 500]}
        named |= set(db.session.scalars(select(Document.sha256).where(Document.sha256.in_(digests))))
    return [one for one in places if Path(one).suffix or Path(one).name not in named]


def remove_without_a_row(place: str) -> None:
    """Remove one such file. It is put aside first and looked at again: whoever stores the same bytes in this very moment
    has either made it young, and it goes back, or finds it gone and writes it anew."""
    folder: Path = current_app.config["IFR"].files
    path = folder / place
    if not _OURS.match(place) or not path.exists():
        return
    if path.suffix and path.suffix != _LEAVING:
        path.unlink()
        return
    kept, aside = path.with_suffix(""), path.with_suffix(_LEAVING)
    if path == kept:
        os.replace(kept, aside)
    if _is_old(aside, _now_on_disk(folder)) and _unnamed([f"{kept.parent.name}/{kept.name}"]):
        aside.unlink()
    else:
        os.replace(aside, kept)
