"""Where the papers and their files agree with what is known of the patient. What counts is the commissioner's list."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from ifr import documents
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.patients.contact import read_parties
from ifr.db import db
from ifr.documents import Document
from ifr.panels.checking import extraction, spelling
from ifr.panels.checking.extraction import Piece, Reading, Unread
from ifr.panels.checking.models import Mark
from ifr.panels.checking.spelling import Person, Sought
from ifr.panels.papers import Papers, texts_of
from ifr.people.services import JOB

WHAT = {
    "name": "a word of the patient's name",
    "nhs_number": "the NHS number",
    "born_on": "the date of birth",
    "address": "the patient's address",
    "postcode": "the patient's postcode",
    "telephone": "the patient's telephone number",
    "email": "the patient's e-mail address",
    "hospital_number": "a number labelled as a hospital's",
    "relatives": "somebody beside the patient",
}
KINDS = {
    "name": "the name", "nhs_number": "the NHS number", "born_on": "the date of birth", "address": "the address",
    "postcode": "the postcode", "telephone": "telephone numbers", "email": "the e-mail address",
    "hospital_number": "hospital numbers (by their label, as the service knows none)",
    "relatives": "the people beside the patient",
}  # fmt: skip
WHERE = {
    "condition": "The condition",
    "treatment": "The treatment",
    "policy": "The policy",
    "also": "The policy",
    "comparator": "The comparison group",
    "group": "The comparison group, step by step",
    "test_answers": "The questions of the test",
    "points": "Points raised",
    "earlier": "Earlier treatments",
    "earlier_use": "Earlier use of this treatment",
    "screening": "Screening findings",
    "screening_summary": "Screening findings",
    "evidence_review": "Evidence review",
    "advice": "Independent advice",
    "accuracy": "What the clinician said to the summary",
    "asked": "Information asked for and given",
    "guidance": "Guidance",
    "cost": "Cost",
    "result": "Aim and measure",
    "harm_of_waiting": "Harm of waiting",
    "rights": "Equality and rights",
    "references": "A reference",
    "patient_statement": "The patient’s own statement",
    "patient_statement_by": "The patient’s own statement",
    "promised": "What the patient was promised",
    "criteria": "What the panel asks beside the test",
    "documents": "The title of a document",
}
# Written by the commissioner and the service, so no patient is in them.
_NOT_OF_THE_REQUEST = frozenset({"criteria", "test"})
_AROUND = 40
_NEAR = 12


@dataclass(frozen=True)
class Hit:
    """One place in the papers that agrees with the patient's identity. `place` names it without saying what it is.

    In a file it says where: the document's number and row, the part of the file, and from where to where in its text.
    """

    place: str
    what: str
    where: str
    excerpt: str
    kind: str = ""
    number: int | None = None
    document_id: int | None = None
    part: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class FileRead:
    """One file of the papers: its original, what was read of it, what was marked, and whether a copy is shown."""

    number: int
    title: str
    original: Document
    reading: Reading
    marks: tuple[Mark, ...]
    has_copy: bool
    # Whether the copy was made anew, so that nothing stored beside the pages is in it.
    leaves_behind: bool = False

    @property
    def is_held_back(self) -> bool:
        return self.original.is_held_back


# --- what is known --------------------------------------------------------------------------------------------------------


def looked_for(case: Case) -> list[Sought]:
    """The spellings of what is known of the patient, as far as it counts by the profile.

    The service reads the identity for this, which goes on record; nobody who opens the page is shown it.
    """
    kinds = list(case.profile.papers.identifiers)
    relatives = _relatives(case) if "relatives" in kinds else []
    patient = identity.patient_of(case, by=JOB, why="identity_check")
    person = Person(
        name=patient.name or "",
        nhs_number=patient.nhs_number or "",
        born=identity.read_day(patient.born_on or ""),
        addresses=_given(patient.address, patient.contact_address),
        telephones=_given(patient.telephone, patient.contact_telephone),
        emails=_given(patient.contact_email),
    )
    return spelling.sought_of(person, kinds) + relatives


def _given(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value and value.strip())


def _relatives(case: Case) -> list[Sought]:
    found = []
    for one in read_parties(case, by=JOB):
        person = Person(
            name=one.name, addresses=_given(one.address), telephones=_given(one.telephone), emails=_given(one.email)
        )
        kinds = ("name", "address", "postcode", "telephone", "email")
        found += spelling.sought_of(person, kinds, named="relatives")
    return found


def kinds_in_words(case: Case) -> tuple[list[str], list[str]]:
    """What is looked for, and what the service could look for and does not, since the commissioner's list leaves it out."""
    listed = set(case.profile.papers.identifiers)
    return [w for k, w in KINDS.items() if k in listed], [w for k, w in KINDS.items() if k not in listed]


# --- where it stands ------------------------------------------------------------------------------------------------------


def files_of(case: Case, papers: Papers) -> list[FileRead]:
    """The files of some papers, read. What is searched is the original: a copy shows what is left of it."""
    return [read_file(case, paper.document_id, paper.number, paper.title) for paper in papers.documents]


def read_file(case: Case, document_id: int, number: int, title: str) -> FileRead:
    """One file of a case by the row that is shown, the original or its copy."""
    shown = db.session.get_one(Document, document_id)
    original = documents.original_of(shown)
    query = select(Mark).where(Mark.document_id == original.id, Mark.undone_at.is_(None)).order_by(Mark.id)
    marks = tuple(db.session.scalars(query))
    copy = documents.shown_for(original)
    return FileRead(number, title, original, _reading(original), marks, copy is not original, copy.sha256 != original.sha256)


def _reading(original: Document) -> Reading:
    if original.is_held_back:
        why = "It waits for the virus scanner, or was found infected, so nobody can open it."
        return Reading((), (Unread("held", 0, why),), 0)
    try:
        content = documents.read(original)
    except (OSError, ValueError):
        return Reading((), (Unread("held", 0, "The stored file is gone or damaged."),), 0)
    return extraction.read(original.media_type, content, original.uploaded_name)


def find_identity(case: Case, papers: Papers) -> list[Hit]:
    """Where the papers and the files of them agree with what is known of the patient, save what was taken out."""
    return hits_in(case, papers, files_of(case, papers))


def hits_in(case: Case, papers: Papers, files: Sequence[FileRead]) -> list[Hit]:
    """The same, for files that were read already."""
    sought = looked_for(case)
    found = {hit.place: hit for hit in _in_texts(sought, papers)}
    for file in files:
        found |= {hit.place: hit for hit in in_file(sought, file)}
    return list(found.values())


def _in_texts(sought: Sequence[Sought], papers: Papers) -> Iterable[Hit]:
    seen: dict[tuple[str, ...], int] = {}
    for part, text in texts_of(papers):
        if part in _NOT_OF_THE_REQUEST:
            continue
        where = WHERE.get(part, part)
        for one in spelling.find(sought, text):
            # Named by the words around it, so that an answer holds when something else in the papers changes.
            near = re.sub(r"\W", "", spelling.fold(text[max(0, one.start - _NEAR) : one.end + _NEAR]).text)
            key = (one.kind, where, near)
            seen[key] = seen.get(key, 0) + 1
            yield replace(_hit(one, where, text, "|".join((*key, str(seen[key])))), part=part)


def in_file(sought: Sequence[Sought], file: FileRead) -> list[Hit]:
    """The places in one file that are still shown."""
    return [
        _in_piece(one, file, piece)
        for piece in file.reading.pieces
        for one in spelling.find(sought, piece.text)
        if not is_taken_out(file, piece, one.start, one.end)
    ]


def is_taken_out(file: FileRead, piece: Piece, start: int, end: int) -> bool:
    """Whether a place of a file is not in the copy that is shown of it."""
    if not file.has_copy:
        return False
    if piece.left_behind:
        return file.leaves_behind or piece.part == "name"
    own = [mark for mark in file.marks if mark.part == piece.part and not mark.band]
    return any(mark.start <= start and end <= mark.end for mark in own) or bool(own and piece.rect)


def _in_piece(one: spelling.Found, file: FileRead, piece: Piece) -> Hit:
    where = f"Document {file.number}, {piece.where}" if piece.where else f"Inside document {file.number}"
    key = "|".join((one.kind, file.original.sha256, piece.part, str(one.start), str(one.end)))
    return _hit(one, where, piece.text, key, file=file, piece=piece)


def _hit(
    one: spelling.Found, where: str, text: str, key: str, *, file: FileRead | None = None, piece: Piece | None = None
) -> Hit:
    start, end = max(0, one.start - _AROUND), min(len(text), one.end + _AROUND)
    excerpt = f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
    return Hit(
        # With a key, since a digest of a name alone could be tried out.
        place=identity.keyed_hash(key)[:24],
        what=WHAT[one.kind],
        where=where,
        excerpt=excerpt,
        kind=one.kind,
        number=file.number if file else None,
        document_id=file.original.id if file else None,
        part=piece.part if piece else "",
        page=piece.page if piece else None,
        start=one.start,
        end=one.end,
    )
