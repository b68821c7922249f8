"""The pages of the evidence: what they show, to whom, and what can be done on them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import documents, workflow
from ifr.cases import overview
from ifr.cases import services as cases
from ifr.cases.beside import Note, notes_on_case, notes_on_section
from ifr.cases.drafts.points import EVIDENCE
from ifr.cases.drafts.services import is_being_written, may_type, must_be_open
from ifr.cases.evidence import files, links, references, statement
from ifr.cases.evidence.models import DocumentText, PatientStatement
from ifr.cases.models import Case
from ifr.cases.patients.seeing import case_beside
from ifr.db import db
from ifr.documents import CLEAN, INFECTED, NOT_SCANNED, WAITING, Document
from ifr.people.services import people_named
from ifr.workflow import NotVisible

# What the original of a request says of the patient is read by opening it, which goes on record.
_NAMES_THE_PATIENT = "original"
_BADGES = {
    WAITING: ("due_soon", "Waits to be scanned"),
    INFECTED: ("overdue", "Infected"),
    NOT_SCANNED: ("neutral", "Not scanned"),
    CLEAN: ("done", "Scanned"),
}


@dataclass(frozen=True)
class File:
    """A file in a list."""

    row: Document
    badge: tuple[str, str] | None
    serves: list[str]
    versions: int
    linked: bool


@dataclass(frozen=True)
class EvidencePage:
    """The evidence of a request: files, references, the patient's own statement."""

    case: Case
    files: list[File]
    references: list[references.Shown]
    statement: PatientStatement | None
    statement_by: str
    to_panel: bool
    to_panel_source: str
    limits: str
    scans: bool
    infected: list[Document]
    offered: list[tuple[str, str]]
    may_write: bool
    may_state: bool
    home: str


@dataclass(frozen=True)
class Version:
    """One version of a file."""

    number: int
    row: Document
    by: str
    size: str
    state: str
    badge: tuple[str, str] | None
    opens: bool


@dataclass(frozen=True)
class FilePage:
    """One file with its versions, what it serves, and what could be read of it."""

    case: Case
    row: Document
    versions: list[Version]
    newer: Document | None
    serves: list[str]
    text: str | None
    why_none: str
    may_replace: bool
    may_link: bool
    may_remove: bool
    limits: str


def case_of(key: str, by: Any) -> Case:
    """A request whose evidence this person may read: the provider's side and the office. Raises NotVisible."""
    return case_beside(key, by)


def evidence_page(case: Case, by: Any) -> EvidencePage:
    served = links.links_of(case)
    stated = statement.statement_of(case)
    to_panel, source = statement.goes_to_panel(case)
    may_write = files.may_add(case, by)
    return EvidencePage(
        case=case,
        files=[_file(case, one, served.files.get(one.id)) for one in files.evidence_files(case)],
        references=references.shown(case),
        statement=stated,
        statement_by=statement.who_wrote(stated) if stated else "",
        to_panel=to_panel,
        to_panel_source=source,
        limits=files.limits_of(case).words,
        scans=files.scans(),
        infected=files.infected_in(case),
        offered=offered(case, by) if may_write else [],
        may_write=may_write,
        may_state=statement.may_write(case, by),
        home=home_of(case, by),
    )


def home_of(case: Case, by: Any) -> str:
    """The page from which somebody came to the evidence: the office's page of the case, or the clinician's."""
    if cases.in_office(by, case):
        return "cases.page"
    return "drafts.page"


def offered(case: Case, by: Any) -> list[tuple[str, str]]:
    """References of one's earlier requests that can be used again: value and words."""
    found = references.references_of(by, but=case)
    return [(str(row.id), f"{references.cited(row)} Used in {one.reference or 'a draft'}") for one, row in found]


def _file(case: Case, row: Document, served: links.Served | None) -> File:
    found = links.in_words(case, served)
    return File(row, _BADGES.get(row.state or ""), found, len(documents.versions_of(row)), bool(found))


def file_page(case: Case, document_id: int, by: Any) -> FilePage:
    """One file of the request. Raises NotVisible where this person may not open it."""
    row = overview.openable(case, document_id, by)
    versions = documents.versions_of(row)
    text, why_none = _text_of(row)
    return FilePage(
        case=case,
        row=row,
        versions=_versions(versions),
        newer=versions[0] if versions[0].id != row.id else None,
        serves=links.in_words(case, links.links_of(case).files.get(row.id)),
        text=text,
        why_none=why_none,
        may_replace=files.may_replace(case, row, by),
        may_link=links.may_link(case, by) and any(one.id == row.id for one in links.linkable_files(case)),
        may_remove=is_being_written(case) and may_type(case, by) and any(one.id == row.id for one in _evidence(case)),
        limits=files.limits_of(case).words,
    )


def _evidence(case: Case) -> list[Document]:
    return documents.of(case.stream, EVIDENCE)


def _versions(rows: list[Document]) -> list[Version]:
    names = people_named(row.stored_by_id for row in rows)
    return [
        Version(
            len(rows) - at, row, names.get(row.stored_by_id or 0, "The service"), size_in_words(row.size),
            files.state_in_words(row), _BADGES.get(row.state or ""), not row.is_held_back,
        )
        for at, row in enumerate(rows)
    ]  # fmt: skip


def size_in_words(size: int) -> str:
    if size >= files.MEGABYTE:
        return f"{size / files.MEGABYTE:.1f} MB"
    return f"{max(1, round(size / 1024))} KB" if size >= 1024 else f"{size} bytes"


def _text_of(row: Document) -> tuple[str | None, str]:
    """What could be read of a file, or why there is nothing to show."""
    if row.is_held_back:
        return None, "Nothing is read of a file before it was scanned and nothing was found."
    if row.kind == _NAMES_THE_PATIENT:
        return None, "This names the patient. To read it, open the file itself: the reading goes on record."
    kept = db.session.scalars(select(DocumentText).where(DocumentText.document_id == row.id)).first()
    if kept is None:
        waits = "It is read within a minute." if row.unread else "The service reads no words in files of this sort."
        return None, waits
    return kept.text, kept.why_none


def version_shown(case: Case, document_id: int) -> Document:
    """A file as its page shows it, for the form that replaces it. Raises NotVisible."""
    found = documents.get(document_id, case.stream)
    if found is None or found.kind != EVIDENCE:
        raise NotVisible(str(document_id))
    return found


def must_write(case: Case, by: Any) -> None:
    """Raises NotYours, Refused where the request is not written any more, or not by this person."""
    must_be_open(case, by)


def must_replace(case: Case, document: Document, by: Any) -> None:
    """Raises Refused where this person cannot replace a file now."""
    if not files.may_replace(case, document, by):
        raise workflow.Refused([workflow.Reason("This file cannot be replaced by you now.", to="evidence.page")])


# --- what is said of it elsewhere -----------------------------------------------------------------------------------------


@notes_on_case
def on_case(case: Case, by: Any) -> list[Note]:
    """For the office: where the evidence stands, and a warning of a file that nobody can open."""
    found = [
        Note(
            "A file is infected",
            (f"The scanner found “{one.title}” infected. It is kept apart and nobody can open it. Ask for a clean copy.",),
            "evidence.page", "See the files of this request", warns=True,
        )
        for one in files.infected_in(case)[:1]
    ]  # fmt: skip
    serves = links.links_of(case).files
    kept = files.evidence_files(case)
    loose = sum(not serves.get(one.id) for one in kept)
    counted = f"{len(kept)} {'file' if len(kept) == 1 else 'files'}, {len(references.references_of_case(case))} references."
    says = [counted, *([f"{loose} linked to no point and no question."] if loose else [])]
    if statement.statement_of(case):
        says.append("The patient has written a statement.")
    return [*found, Note("Evidence", tuple(says), "evidence.page", "Files, references and the patient’s statement")]


@notes_on_section
def on_section(case: Case, section: str, by: Any) -> list[Note]:
    """Beside the section on which files are added."""
    asked = case.questions.section(section)
    if asked is None or not any(one.kind == "files" for one in asked.questions):
        return []
    infected = files.infected_in(case)
    if infected:
        says = (f"The scanner found “{infected[0].title}” infected. Nobody can open it. Take it out, or send a clean copy.",)
        return [Note("A file is infected", says, "evidence.page", "Files, references and the patient’s own words", warns=True)]
    says = (
        "Say there which point or question each file serves, send a newer version of a file, list published papers, and keep "
        "what the patient has written.",
    )
    return [Note("Evidence", says, "evidence.page", "Files, references and the patient’s own words")]

