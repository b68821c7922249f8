"""What the worker does with files: scan what waits, read the words of what may be read. One that fails stops no other."""

import logging
import re
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, literal_column, or_, select

from ifr import audit, clock
from ifr.cases import identity
from ifr.cases.evidence import scanner
from ifr.cases.evidence.models import DocumentText
from ifr.cases.models import Case
from ifr.cases.words import forget_document, index_document
from ifr.db import db, lock, transaction
from ifr.documents import CLEAN, INFECTED, NOT_SCANNED, WAITING, Document, bytes_of, scanned
from ifr.people.services import JOB
from ifr.policies.reading.record import UnreadableDocument
from ifr.workflow import MoveRecord, upon

LONGEST_TEXT = 400_000
_EMPTY = re.compile(r"\bno (?:words|text)\b")
A_TURN = 10
_STREAM = "case:"
_PICTURE = "This is a picture. The service reads no words in it, so a search does not find it."
_NO_WORDS = "The service found no words in this PDF: its pages are pictures, as of a scanned letter. A search does not find it."
_UNFINISHED = "The service could not finish reading this file. Open the file itself."
_DAMAGED = "The service could not read this file, as it seems to be damaged. Open the file itself."

# Written out, since SQLite finds an index of some rows only by the words that it was made with.
_WAITS: ColumnElement[bool] = Document.state == literal_column(f"'{WAITING}'")

log = logging.getLogger("ifr.evidence")


def work_through(limit: int = A_TURN) -> int:
    """Scan files that wait, then read the words of those that may be read; say how many that was."""
    return scan_waiting(limit) + read_unread(limit)


# --- scanning -----------------------------------------------------------------------------------------------------------


def scan_waiting(limit: int = A_TURN) -> int:
    """Ask the scanner about files that wait; those that it never saw come before those it gave no answer about."""
    address = current_app.config["IFR"].clamav
    if not address:
        return 0
    for number, document_id in enumerate(_ids(_WAITS, limit), start=1):
        try:
            _scan(document_id, address)
        except scanner.ScannerAwayError as fault:
            _note(document_id, str(fault))
            log.warning("the virus scanner cannot be reached; files wait")
            return number
        except (scanner.ScannerError, OSError, ValueError) as fault:
            said = str(fault) if isinstance(fault, scanner.ScannerError) else "The stored file is gone or damaged."
            _note(document_id, said)
            log.warning("document %s could not be scanned", document_id)
        except Exception:
            _note(document_id, "It could not be scanned.")
            log.exception("document %s could not be scanned", document_id)
    return len(_ids(_WAITS, limit))


def _ids(condition: ColumnElement[bool], limit: int) -> list[int]:
    with transaction(writes=False):
        query = select(Document.id).where(condition).order_by(Document.scanned_at.is_not(None), Document.scanned_at, Document.id)
        return list(db.session.scalars(query.limit(limit)))


def _scan(document_id: int, address: str) -> None:
    """The file is sent outside any transaction, so that nobody waits for the scanner."""
    with transaction(writes=False):
        row = db.session.get(Document, document_id)
        if row is None:
            return
        content = bytes_of(row)
    found = scanner.scan(content, address)
    with transaction():
        row = _still_there(document_id)
        if row is not None and row.state == WAITING:
            scanned(row, clean=found is None, said=found or "OK")
            audit.record(row.stream, "scan_file", by=JOB.actor, document=row.id, state=row.state)


def _note(document_id: int, said: str) -> None:
    with transaction():
        row = _still_there(document_id)
        if row is not None:
            row.scan_said, row.scanned_at = said[:200], clock.now()


def _still_there(document_id: int) -> Document | None:
    """The row, locked; None where somebody has taken the file out meanwhile."""
    found = db.session.scalar(select(Document.id).where(Document.id == document_id))
    return lock(Document, document_id) if found is not None else None


# --- reading ------------------------------------------------------------------------------------------------------------


def read_unread(limit: int = A_TURN) -> int:
    """Read the words of files of requests that nobody has read yet. A file is marked as read before it is opened, so that
    one on which a worker dies is not opened again by the next."""
    readable = or_(Document.state.is_(None), Document.state.in_([CLEAN, NOT_SCANNED]))
    waiting = _ids(Document.unread & readable & Document.stream.startswith(_STREAM), limit)
    for document_id in waiting:
        try:
            _read(document_id)
        except Exception:
            log.exception("document %s could not be read", document_id)
    return len(waiting)


def _read(document_id: int) -> None:
    claimed = _claim(document_id)
    if claimed is None:
        return
    name, media_type, content = claimed
    text, why_none = words_in(name, media_type, content)
    with transaction():
        row = _still_there(document_id)
        kept = _text_row(document_id)
        if row is None or kept is None or row.state == INFECTED:
            return
        kept.text, kept.why_none = text, why_none
        case = db.session.get(Case, int(row.stream.removeprefix(_STREAM)))
        if text and case is not None and case.received_at is not None and row.replaced_by_id is None:
            _index(case, row.id, text)


def _claim(document_id: int) -> tuple[str, str, bytes] | None:
    with transaction():
        row = _still_there(document_id)
        if row is None or not row.unread:
            return None
        row.unread = False
        kept = _text_row(document_id) or DocumentText(document_id=document_id)
        kept.why_none, kept.read_at = _UNFINISHED, clock.now()
        db.session.add(kept)
        try:
            return row.uploaded_name or "", row.media_type, bytes_of(row)
        except (OSError, ValueError):
            kept.why_none = "The stored file is gone or damaged: tell those who run the service."
            return None


def _text_row(document_id: int) -> DocumentText | None:
    return db.session.scalars(select(DocumentText).where(DocumentText.document_id == document_id)).first()


def words_in(name: str, media_type: str, content: bytes) -> tuple[str | None, str]:
    """The text of a file; or None, and why there is none, in a sentence."""
    from ifr.policies.reading.opening import opened

    if media_type.startswith("image/"):
        return None, _PICTURE
    try:
        _, blocks = opened(name, content)
    except UnreadableDocument as fault:
        return None, _NO_WORDS if media_type == "application/pdf" and _EMPTY.search(str(fault)) else str(fault)
    except Exception:
        # What a stranger made may be broken in any way; the trace holds none of its words.
        log.warning("a file of type %s could not be opened", media_type)
        return None, _DAMAGED
    lines = (one.raw or "\t".join(one.cells) for one in blocks if not one.furniture)
    text = _without_controls("\n".join(lines))[:LONGEST_TEXT].strip()
    return (text, "") if text else (None, _NO_WORDS)


def _without_controls(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", text)


# --- the words by which the office finds the request ----------------------------------------------------------------------


@upon("ifr", "submit", "log_on_behalf")
def index_files(case: Case, by: Any, made: MoveRecord) -> None:
    """What was read of the files while the request was a draft can be searched from its receipt on."""
    query = (
        select(Document.id, DocumentText.text)
        .join(DocumentText, DocumentText.document_id == Document.id)
        .where(Document.stream == case.stream, Document.replaced_by_id.is_(None))
    )
    for document_id, text in db.session.execute(query).all():
        if text:
            _index(case, document_id, text)


def _index(case: Case, document_id: int, text: str) -> None:
    """Without the patient's name, number and date of birth: by those a request is found on record, or not at all."""
    forget_document(case, document_id)
    index_document(case, document_id, without_identity(text, identity.patient_of(case, by=JOB, why="indexing")))


def without_identity(text: str, patient: Any) -> str:
    names = [word for word in re.findall(r"\w+", patient.name or "") if len(word) > 1]
    digits = "".join(c for c in patient.nhs_number or "" if c.isdigit())
    patterns = [rf"\b{re.escape(word)}\b" for word in names]
    patterns += [r"[\s-]*".join(digits)] if digits else []
    born = identity.read_day(patient.born_on or "")
    if born:
        patterns += [rf"\b0?{born.day}[/. -]0?{born.month}[/. -]\d{{2,4}}\b", rf"\b{born.year}-{born.month:02}-{born.day:02}\b"]
    return re.sub("|".join(patterns), " ", text, flags=re.IGNORECASE) if patterns else text
