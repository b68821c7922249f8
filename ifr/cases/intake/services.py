"""Logging a request that came by e-mail, on a form or by telephone: kept first as it came, then copied by a person.

What was read by machine stands beside the fields. The clinician declares afterwards, or a signed form is attached.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select

from ifr import audit, clock, documents, profiles, workflow
from ifr.access import Permission, Role
from ifr.cases.asking import name_clinician
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.drafts import points, reading
from ifr.cases.drafts import services as drafts
from ifr.cases.intake import contacts
from ifr.cases.intake.arrived import CALL, EMAIL, FORM, LETTER, Arrived, Words, from_text
from ifr.cases.intake.models import DROPPED, LOGGED, WAITING, Incoming, SignedForm
from ifr.cases.intake.originals import read_original
from ifr.cases.intake.printed import Proposal, proposals
from ifr.cases.models import Case
from ifr.cases.services import give_reference, in_office, involve, may
from ifr.db import db, lock, note
from ifr.documents import Document
from ifr.pages import plain_text
from ifr.people.models import COMMISSIONER, PROVIDER, Organisation, User
from ifr.profiles import Question, Questions, Section
from ifr.workflow import Invalid, MoveRecord, NotVisible, NotYours, Reason, Refused, upon

WAYS = {EMAIL: "By e-mail", FORM: "On a form", LETTER: "By letter", CALL: "By telephone"}
ORIGINAL, ATTACHMENT = "original", "attachment"
AS_ORIGINAL, AS_EVIDENCE = "original", "evidence"


@dataclass(frozen=True)
class Opened:
    """Something that came, as whoever logs it sees it: who sent it, its words, what was found in them, and its files."""

    row: Incoming
    sender: str
    subject: str
    words: list[Words]
    remarks: list[str]
    found: dict[str, Proposal]
    files: list[Document]

    @property
    def attachments(self) -> list[Document]:
        return self.files[1:]


@dataclass(frozen=True)
class Logging:
    """What a person typed from the original. `filed` says of an attachment, by its id, what it is and under which title."""

    values: dict[str, str]
    patient: dict[str, str]
    arrived_at: datetime
    provider_id: int
    clinician_id: int | None = None
    clinician_name: str = ""
    clinician_address: str = ""
    filed: Mapping[int, tuple[str, str]] | None = None


# --- what came --------------------------------------------------------------------------------------------------------


def offices(by: User) -> list[Organisation]:
    """The commissioners for which somebody logs requests."""
    return [one for one in by.organisations(COMMISSIONER) if Role.COORDINATOR in by.roles_in(one.id)]


def keep(*, by: User, commissioner_id: int, way: str, content: bytes, name: str, once: str | None = None) -> Incoming:
    """Keep what came, unchanged, with its attachments, and read its words. The same page sent twice keeps it once.

    Raises Invalid, documents.NotAcceptedError.
    """
    # Marks of two people never meet, whatever a browser sends.
    key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{by.id}:{once}") if once else uuid.uuid4())
    there = db.session.scalars(select(Incoming).where(Incoming.uuid == key)).first()
    if there is not None:
        return there
    if commissioner_id not in {one.id for one in offices(by)}:
        raise Invalid({"commissioner_id": "Choose the commissioner."})
    arrived = Arrived(way) if way == CALL else read_original(name, content)
    row = Incoming(
        uuid=key,
        commissioner_id=commissioner_id,
        way=EMAIL if arrived.way == EMAIL else way,
        sender=arrived.sender or None,
        subject=arrived.subject or None,
        read=_as_kept(arrived, content).to_text(),
        says_arrived_at=arrived.arrived_at,
        kept_at=clock.now(),
        kept_by_id=by.id,
    )
    db.session.add(row)
    db.session.flush()
    _keep_files(row, arrived, content, name, by)
    audit.record(row.stream, "keep_incoming", by=by.actor, way=row.way, files=1 + len(arrived.attached))
    return row


def _as_kept(arrived: Arrived, content: bytes) -> Arrived:
    if arrived.way != CALL:
        return arrived
    return Arrived(CALL, words=(Words("Your note of the call", content.decode("utf-8", errors="replace")),))


def _keep_files(row: Incoming, arrived: Arrived, content: bytes, name: str, by: User) -> None:
    documents.put(
        content, stream=row.stream, kind=ORIGINAL, title="The request as it came", by_id=by.id,
        uploaded_name=_plain_name(name), unshown=row.way == EMAIL,
    )  # fmt: skip
    for number, one in enumerate(arrived.attached, start=1):
        documents.put(
            one.content, stream=row.stream, kind=ATTACHMENT, title=f"Attachment {number}", by_id=by.id,
            uploaded_name=one.name or None, unshown=True,
        )  # fmt: skip


def _plain_name(name: str) -> str | None:
    return str(plain_text(name))[:200] or None


def waiting(by: User) -> list[Incoming]:
    """What was kept and is not logged yet, oldest first."""
    query = select(Incoming).where(Incoming.commissioner_id.in_([one.id for one in offices(by)]), Incoming.state == WAITING)
    return list(db.session.scalars(query.order_by(Incoming.id)))


def incoming(key: str, by: User) -> Incoming:
    """One of them, or one that was logged. Raises NotVisible."""
    row = db.session.scalars(
        select(Incoming).where(
            Incoming.uuid == key, Incoming.commissioner_id.in_([one.id for one in offices(by)]), Incoming.state != DROPPED
        )
    ).first()
    if row is None:
        raise NotVisible(key)
    return row


def opened(row: Incoming, *, by: User) -> Opened:
    """What came, to be copied. It says who the patient is, so the reading goes on record."""
    if row.commissioner_id not in {one.id for one in offices(by)}:
        raise PermissionError("this is for another role")
    stream, actor = row.stream, by.actor
    note(lambda: audit.record(stream, "read_identity", by=actor, why="log_request"))
    words, remarks = from_text(row.read)
    return Opened(
        row, row.sender or "", row.subject or "", words, remarks, proposals(words, _form().printed_as), files_of(row)
    )


def case_of(row: Incoming) -> Case | None:
    """The request that it became, once it is logged."""
    return db.session.get_one(Case, row.case_id) if row.case_id is not None else None


def files_of(row: Incoming) -> list[Document]:
    return documents.of(row.stream, ORIGINAL, ATTACHMENT)


def file_of(row: Incoming, document_id: int, *, by: User) -> tuple[Document, bytes]:
    """One of the files, to be saved by a browser and never shown. Raises NotVisible, Refused while it is held back."""
    found = next((one for one in files_of(row) if one.id == document_id), None)
    if found is None:
        raise NotVisible(str(document_id))
    stream, actor = row.stream, by.actor
    note(lambda: audit.record(stream, "read_identity", by=actor, why="log_request"))
    try:
        return found, documents.read(found)
    except documents.HeldBackError as fault:
        raise Refused([Reason(str(fault))]) from fault


def drop(row: Incoming, *, because: str, by: User) -> None:
    """It is no request. Its files and words are deleted; that something came, and why it was not logged, stays."""
    row = lock(Incoming, row.id)
    because = plain_text(because)
    if not because:
        raise Invalid({"because": "Say why it is not logged."})
    if row.state == DROPPED:
        return
    _must_wait(row)
    row.state, row.dropped_because = DROPPED, because
    row.closed_at, row.closed_by_id = clock.now(), by.id
    row.sender = row.subject = row.read = None
    db.session.execute(delete(Document).where(Document.stream == row.stream))
    db.session.flush()
    audit.record(row.stream, "drop_incoming", by=by.actor)


def _must_wait(row: Incoming) -> None:
    if row.state != WAITING:
        raise Refused([Reason("This has been logged already.")])


# --- logging ----------------------------------------------------------------------------------------------------------


def _form() -> Questions:
    found: Questions = profiles.by_id(profiles.latest("questions", "request").id)
    return found


def questions_to_log() -> list[tuple[Section, list[Question]]]:
    """What the office types from the original when it logs a request; the rest can be typed in afterwards."""
    return [(section, fields) for section in _form().sections if (fields := _to_log(section))]


def _to_log(section: Section) -> list[Question]:
    written_out = {"comparator", "test", "policy"} | reading.LISTS
    return [
        q for q in section.questions
        if q.kind not in written_out and (q.urgent or q.identity or q.tier == "submit" or q.kind in reading.CODE_SYSTEMS)
    ]


def faults_in_log(values: dict[str, str], *, as_it_is: bool) -> dict[str, str]:
    """What is wrong in what the office typed; `as_it_is` says that the original has it so."""
    find = reading.too_long if as_it_is else reading.fault_of
    found = {q.key: find(q, values.get(q.key, "")) for _, fields in questions_to_log() for q in fields}
    return {key: said for key, said in found.items() if said}


def log_on_behalf(row: Incoming, said: Logging, *, by: User) -> Case:
    """Make the request out of what came. It counts as received when it arrived; the original is document 1, unchanged.

    The same page sent twice makes one. The declaration may follow. Raises Invalid, documents.NotAcceptedError.
    """
    row = lock(Incoming, row.id)
    if row.state == LOGGED and row.case_id is not None:
        return db.session.get_one(Case, row.case_id)
    _must_wait(row)
    _must_be_possible(said)
    case = drafts.new_case(said.provider_id, row.commissioner_id)
    case.received_at = said.arrived_at
    _keep_profile_of_arrival(case, said.arrived_at)
    _file_original(row, case)
    drafts.write_section(case, drafts.PATIENT, {field: plain_text(typed) for field, typed in said.patient.items()}, by=by)
    _write(case, said.values, by=by)
    workflow.move(case, "log_on_behalf", by=by, seen=None)
    if said.clinician_id is not None:
        involve(case, said.clinician_id, Role.CLINICIAN)
    elif said.clinician_name:
        name_clinician(case, plain_text(said.clinician_name), plain_text(said.clinician_address))
    _file_attachments(row, case, said.filed or {}, by=by)
    row.state, row.case_id = LOGGED, case.id
    row.closed_at, row.closed_by_id = clock.now(), by.id
    row.read = None
    db.session.flush()
    contacts.record_arrival(case, row, at=said.arrived_at, by=by)
    return case


def _keep_profile_of_arrival(case: Case, arrived_at: datetime) -> None:
    """What is logged later than it arrived is held to the profile of the day on which it arrived; to the first one where it
    is older than that."""
    slug = drafts.organisation(case.commissioner_id).slug
    on = max(clock.day_of(arrived_at), min(one.applies_from for one in profiles.versions("profile", slug)))
    case.profile_id = profiles.latest("profile", slug, on).id


def _must_be_possible(said: Logging) -> None:
    if said.arrived_at > clock.now():
        raise Invalid({"arrived_on": "A request cannot arrive later than now."})
    if drafts.organisation(said.provider_id).kind != PROVIDER:
        raise Invalid({"provider_id": "Choose the organisation that asks."})
    if said.clinician_id is not None:
        drafts.must_work_at(said.clinician_id, said.provider_id)
        if said.clinician_name:
            raise Invalid({"clinician_name": "Choose the clinician's account or type a name, not both."})


def _file_original(row: Incoming, case: Case) -> None:
    for one in documents.of(row.stream, ORIGINAL):
        one.stream = case.stream
    db.session.flush()


def _file_attachments(row: Incoming, case: Case, filed: Mapping[int, tuple[str, str]], *, by: User) -> None:
    """Each attachment as a document of its own: part of what came, which names the patient, or evidence with a title."""
    for one in documents.of(row.stream, ATTACHMENT):
        kind, title = filed.get(one.id, (AS_ORIGINAL, ""))
        if kind == AS_EVIDENCE:
            points.add_evidence(case, documents.bytes_of(one), one.uploaded_name or "", title, by=by)
            db.session.delete(one)
        else:
            one.stream, one.kind = case.stream, ORIGINAL
    db.session.flush()


def _write(case: Case, values: dict[str, str], *, by: User) -> None:
    for section in case.questions.sections:
        fields = drafts.fields_of(case, section.key) if section.key != drafts.PATIENT else []
        here = {q.key: plain_text(values[q.key]) for q in fields if q.key in values}
        too_long = drafts.too_long_in(case, section.key, here)
        if too_long:
            raise Invalid(too_long)
        if here:
            drafts.write_section(case, section.key, here, by=by)


@upon("ifr", "log_on_behalf")
def number_what_was_logged(case: Case, by: Any, made: MoveRecord) -> None:
    give_reference(case)


# --- the declaration --------------------------------------------------------------------------------------------------


def originals_of(case: Case) -> list[Document]:
    """What came, and what of it may bear a signature."""
    return documents.of(case.stream, ORIGINAL)


def attach_signed_form(
    case: Case, *, document_id: int | None, file: tuple[bytes, str] | None, signed_by: str, signed_on: date, by: User,
    seen: int | None,
) -> None:
    """The clinician's declaration on paper: a file, or the original where that is signed. From here on what the request
    says stays as it is. Raises Refused where it is declared already, Invalid, documents.NotAcceptedError.
    """
    if not may(by, case, Permission.CASE_LOG):
        raise NotYours([Reason("A coordinator attaches the signed form.")])
    workflow.hold(case, seen)
    if case.declared_at is not None:
        raise Refused([Reason("The declaration has been made already.")])
    if signed_on > clock.today():
        raise Invalid({"signed_on": "It cannot be signed later than today."})
    kept = _signed_document(case, document_id, file, by)
    db.session.add(
        SignedForm(
            case_id=case.id, document_id=kept.id, signed_by=plain_text(signed_by), signed_on=signed_on,
            attached_at=clock.now(), attached_by_id=by.id,
        )
    )
    case.declared_at = clock.now()
    db.session.flush()
    audit.record(case.stream, "attach_signed_form", by=by.actor, document=kept.id)


def _signed_document(case: Case, document_id: int | None, file: tuple[bytes, str] | None, by: User) -> Document:
    if file is not None:
        return documents.put(
            file[0], stream=case.stream, kind=ORIGINAL, title="The signed declaration", by_id=by.id,
            uploaded_name=_plain_name(file[1]),
        )
    kept = next((one for one in originals_of(case) if one.id == document_id), None)
    if kept is None:
        raise Invalid({"file": "Choose the signed form, or the document that is signed."})
    return kept


@notes_on_case
def declaration_outstanding(case: Case, by: Any) -> list[Note]:
    """For the office, as long as nobody has vouched for what the request says."""
    machine = workflow.definition_of(case)
    if case.declared_at is not None or not in_office(by, case) or machine.states[case.state].final:
        return []
    logs = may(by, case, Permission.CASE_LOG)
    return [
        Note(
            "Declaration outstanding",
            ("This request was logged by the office. No decision letter leaves before the clinician has made the declaration.",),
            endpoint="intake.declaration" if logs else "",
            link="Attach a form that the clinician has signed" if logs else "",
            warns=True,
        )
    ]
