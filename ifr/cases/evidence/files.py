"""The files of a request: within the profile's limits, with their versions, and how each stands with the scanner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import update

from ifr import audit, documents, workflow
from ifr.cases import volunteered, words
from ifr.cases.drafts import points, policy
from ifr.cases.drafts.services import is_being_written, may_type, must_be_open
from ifr.cases.evidence import links
from ifr.cases.evidence.models import EvidenceLink, Reference
from ifr.cases.models import Case, Factor, InformationQuestion
from ifr.cases.patients.models import EarlierUse
from ifr.db import db
from ifr.documents import CLEAN, INFECTED, NOT_SCANNED, WAITING, Document, NotAcceptedError
from ifr.pages import moment, plain_text
from ifr.workflow import Invalid, NotVisible, Refused, Stale

MEGABYTE = 1024 * 1024
_UNSCANNED = "Not scanned for viruses: this service has no scanner. The file can only be downloaded. Let your computer check it."
_WAITS = "Waits to be scanned for viruses. It can be opened when that is done."
_INFECTED = "Infected. Nobody can open it. Take it out, or replace it by a clean copy."


@dataclass(frozen=True)
class Limits:
    """How large a file of this request may be, in bytes, and how many files it may have."""

    largest: int
    most: int

    @property
    def words(self) -> str:
        return f"{documents.ACCEPTED}, up to {self.largest // MEGABYTE} MB. A request can have {self.most} files"


@dataclass(frozen=True)
class Added:
    """A file that was put on the request, or the one of the same content that was there."""

    document: Document
    was_there: bool


def limits_of(case: Case) -> Limits:
    """By the commissioner's profile, and never more than this installation takes."""
    rules = policy.profile_for(case).files
    return Limits(min(rules.largest_mb * MEGABYTE, current_app.config["IFR"].largest_file), rules.most)


def state_in_words(document: Document) -> str:
    """How a file stands with the scanner, for whoever looks at its page."""
    if document.state == WAITING:
        return f"{_WAITS} The scanner said: {document.scan_said}" if document.scan_said else _WAITS
    if document.state == CLEAN:
        when = f" on {moment(document.scanned_at)}" if document.scanned_at else ""
        return f"Scanned for viruses{when}: nothing was found."
    if document.state == INFECTED:
        return f"{_INFECTED} The scanner named it {document.scan_said}."
    return _UNSCANNED if document.state == NOT_SCANNED else "Made by this service."


def infected_in(case: Case) -> list[Document]:
    """The files of a request that were found infected and still stand on it."""
    return [one for one in documents.of(case.stream) if one.state == INFECTED]


# --- adding, replacing, taking out --------------------------------------------------------------------------------------


def add_file(case: Case, content: bytes, name: str, title: str, *, serves: Sequence[str] = (), by: Any) -> Added:
    """Keep a file as evidence and say what it serves.

    Raises NotAcceptedError for one beyond the limits or of a kind that is not kept, Invalid for a link to nothing.
    """
    served = links.served_in(case, serves)
    before = {one.id for one in points.evidence_of(case)}
    _must_fit(case, content, more=1)
    row = points.add_evidence(case, content, name, title, by=by)
    if row.id in before:
        return Added(row, was_there=True)
    if served:
        links.link_file(case, row.id, serves, by=by)
    return Added(row, was_there=False)


def _must_fit(case: Case, content: bytes, *, more: int) -> None:
    limits = limits_of(case)
    if too_large := policy.profile_for(case).files.too_large(len(content)):
        raise NotAcceptedError(too_large)
    if len(points.evidence_of(case)) + more > limits.most:
        raise NotAcceptedError(f"This request has {limits.most} files, which is the most. Take one out, or put two into one.")


def may_replace(case: Case, document: Document, by: Any) -> bool:
    """Who writes the request may, and after it was sent whoever may send more; then the office has to consider it."""
    if document.kind != points.EVIDENCE or document.replaced_by_id is not None:
        return False
    return may_type(case, by) if is_being_written(case) else volunteered.may_send(case, by)


def replace_file(case: Case, document_id: int, content: bytes, name: str, title: str, *, by: Any) -> Added:
    """Put a new version in the place of a file. The older one stays readable; what it served, the new one serves.

    Raises NotVisible, Stale when a colleague has replaced it meanwhile, Refused, Invalid, NotAcceptedError.
    """
    workflow.hold(case)
    old = documents.get(document_id, case.stream)
    if old is None or old.kind != points.EVIDENCE:
        raise NotVisible(str(document_id))
    if is_being_written(case):
        must_be_open(case, by)
    elif not volunteered.may_send(case, by):
        raise Refused([workflow.Reason("The request is decided, so its files stay as they are.")])
    versions = documents.versions_of(old)
    if old.replaced_by_id is not None:
        raise Stale(case, [])
    _must_fit(case, content, more=0)
    row = documents.put(
        content, stream=case.stream, kind=points.EVIDENCE, title=plain_text(title) or old.title, by_id=by.id,
        uploaded_name=name or None,
    )  # fmt: skip
    twin = next((one for one in documents.of(case.stream, points.EVIDENCE, with_earlier=True)
                 if one.sha256 == row.sha256 and one.id != row.id), None)  # fmt: skip
    if twin is not None:
        db.session.delete(row)
        db.session.flush()
        return _same_again(twin, versions)
    _hand_over(case, old, row)
    audit.record(case.stream, "replace_evidence", by=by.actor, document=row.id, replaces=old.id, sha256=row.sha256, size=row.size)
    if not is_being_written(case):
        volunteered.file_arrived(case, row, by=by)
    return Added(row, was_there=False)


def _same_again(twin: Document, versions: list[Document]) -> Added:
    """The same form sent twice changes nothing; the content of another file is no new version of this one."""
    if twin.id == versions[0].id:
        return Added(twin, was_there=True)
    if any(one.id == twin.id for one in versions):
        raise Invalid({"file": "This is an older version of the same file. Choose the new one."})
    raise Invalid({"file": f"This file is on the request already as “{twin.title}”."})


def _hand_over(case: Case, old: Document, new: Document) -> None:
    old.replaced_by_id = new.id
    db.session.flush()
    for row, column in (
        (EvidenceLink, EvidenceLink.document_id), (Reference, Reference.document_id), (EarlierUse, EarlierUse.document_id),
        (Factor, Factor.evidence_id),
    ):  # fmt: skip
        db.session.execute(update(row).where(row.case_id == case.id, column == old.id).values({column.key: new.id}))
    words.forget_document(case, old.id)


def remove_file(case: Case, document_id: int, *, by: Any) -> None:
    """Take a file with all its versions out of a request that is being written, and out of what points to it."""
    must_be_open(case, by)
    row = points.evidence(case, document_id)
    ids = [one.id for one in documents.versions_of(row)]
    for owner, column in ((EarlierUse, EarlierUse.document_id), (Reference, Reference.document_id)):
        db.session.execute(update(owner).where(column.in_(ids)).values({column.key: None}))
    db.session.execute(update(InformationQuestion).where(InformationQuestion.document_id.in_(ids)).values(document_id=None))
    for one in ids:
        words.forget_document(case, one)
    points.remove_evidence(case, document_id, by=by)


def evidence_files(case: Case) -> list[Document]:
    """What the clinician sent, with the request or later, in its latest versions."""
    return links.linkable_files(case)


def may_add(case: Case, by: Any) -> bool:
    return is_being_written(case) and may_type(case, by)


def scans() -> bool:
    """Whether this installation has a scanner."""
    return bool(current_app.config["IFR"].clamav)
