"""Stored files, by checksum. The bytes lie in a folder; the row, which goes with the transaction, says what they are."""

import hashlib
import io
import os
import zipfile
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.db import Model, db

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


class NotAcceptedError(Exception):
    """A file that cannot be kept. The message is fit for the person who sent it."""


class Document(Model):
    """One file as it was received or made. Its uploaded name may identify a patient, so it stays in this row."""

    __tablename__ = "documents"

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
) -> Document:
    """Keep a file. `unshown` keeps one of any type, for what is read here and never handed out as a page.

    Raises NotAcceptedError for one that is empty, too large or of a type that is not accepted."""
    config = current_app.config["IFR"]
    if not content:
        raise NotAcceptedError("The file is empty. Choose the file again.")
    if len(content) > config.largest_file:
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
        uploaded_name=uploaded_name,
        sha256=digest,
        size=len(content),
        media_type=media_type,
        stored_at=clock.now(),
        stored_by_id=by_id,
    )
    db.session.add(document)
    db.session.flush()
    return document


def _write(folder: Path, digest: str, content: bytes) -> None:
    """Write under the checksum, so that a file is there whole or not at all, before the row that names it commits."""
    path = _path(folder, digest)
    if path.exists():
        return
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


def read(document: Document) -> bytes:
    """The bytes of a document. Raises OSError when they are gone, ValueError when they are not what was stored."""
    content = _path(current_app.config["IFR"].files, document.sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise ValueError("the stored file is not the one that was put there")
    return content


def of(stream: str, *kinds: str) -> list[Document]:
    """The documents of a stream, oldest first; only those of the kinds named, where any are."""
    query = select(Document).where(Document.stream == stream).order_by(Document.id)
    if kinds:
        query = query.where(Document.kind.in_(kinds))
    return list(db.session.scalars(query))


def get(document_id: int, stream: str) -> Document | None:
    """A document of this stream; None where it belongs to another."""
    return db.session.scalars(select(Document).where(Document.id == document_id, Document.stream == stream)).first()
