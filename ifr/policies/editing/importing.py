"""Documents handed in to be read into drafts: kept, read one by one, and what became of each said in words."""

import json
import logging
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ifr import audit, clock, documents
from ifr.db import db, lock, transaction
from ifr.pages import plain_text
from ifr.people.models import Organisation, User
from ifr.people.services import people_named, person
from ifr.policies import codes, records
from ifr.policies.editing import bulk, proposing, services
from ifr.policies.editing.models import PolicyImport
from ifr.policies.editing.proposing import KINDS
from ifr.policies.models import PolicyVersion
from ifr.policies.reading.kinds import GUIDANCE
from ifr.policies.reading.record import Reading, UnreadableDocument
from ifr.workflow import Invalid, NotVisible

MOST_FILES = 100
# What is read while somebody waits: a short text. Files that unpack, long ones and records in bulk may take many seconds,
# so the worker reads them and the page shows how far it is.
LARGEST_AT_ONCE = 20_000
_UNPACKS = (b"%PDF-", b"PK\x03\x04")
RECORDS_A_TIME = 25
WAITING, READ, FAILED = "waiting", "read", "failed"
KIND_WORDS = {
    "clinical_policy": "Clinical policy",
    "umbrella": "Policy about principles, or a list of policies",
    "ifr_process": "How individual funding requests are made",
    "guidance": "Guidance",
    "other": "Another document",
    "records": "Records in bulk",
}
_NO_DRAFT = {
    "guidance": "This is guidance, not a policy of a commissioner. It gives no position, so no draft was made.",
    "other": "This is no clinical policy, so no draft was made.",
}

_NUMBERED, _DAY = re.compile(r"(?P<kind>[A-Z]+)(?P<number>[0-9]{1,6})"), re.compile(r"\d{4}-\d{2}-\d{2}")

log = logging.getLogger("ifr.policies")


# --- handing in -----------------------------------------------------------------------------------------------------------


def hand_in(files: Sequence[tuple[str, bytes]], *, owner_id: int, once: str, by: User) -> str:
    """Keep some files to be read, and give the name of the batch. A short text alone is read at once; all else waits for the
    worker.

    The same `once` is the same batch. Raises NotVisible, and Invalid for a file that cannot be kept.
    """
    owner = services.owner_kept(owner_id, by)
    batch = _batch_named(once)
    if _is_handed_in(batch):
        batch_page(batch, by)
        return batch
    try:
        with db.session.begin_nested():
            rows = [_keep(name, content, number, owner, batch, by) for number, (name, content) in enumerate(files, start=1)]
    except IntegrityError:
        # The same form, sent twice at the same moment.
        batch_page(batch, by)
        return batch
    audit.record(f"policy_import:{batch}", "hand_in", by=by.actor, files=len(rows), commissioner=owner.id)
    if len(rows) == 1 and _is_short(*files[0]):
        name, content = files[0]
        _settle(rows[0], _outcome(name, content, owner), owner, by)
    return batch


def _is_handed_in(batch: str) -> bool:
    return db.session.scalar(select(PolicyImport.id).where(PolicyImport.batch == batch).limit(1)) is not None


def _is_short(name: str, content: bytes) -> bool:
    unpacks = any(one in content[:1024] for one in _UNPACKS)
    return len(content) <= LARGEST_AT_ONCE and not unpacks and not bulk.is_bulk(name)


def _batch_named(once: str) -> str:
    try:
        return uuid.UUID(once).hex
    except ValueError:
        return uuid.uuid4().hex


def _keep(name: str, content: bytes, number: int, owner: Organisation, batch: str, by: User) -> PolicyImport:
    try:
        kept = documents.put(
            content, stream=f"policy_import:{batch}", kind="policy_import", title=str(number), by_id=by.id, uploaded_name=name,
            unshown=True,
        )  # fmt: skip
    except documents.NotAcceptedError as fault:
        raise Invalid({"files": f"{name}: {fault}"}) from None
    row = PolicyImport(
        batch=batch, number=number, once=f"{batch}-{number}", owner_id=owner.id, file_name=name, sha256=kept.sha256,
        state=WAITING, handed_in_by_id=by.id, handed_in_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


# --- reading --------------------------------------------------------------------------------------------------------------

# What a file was found to hold: a reading, records, or a sentence that says why neither.
Outcome = Reading | list[dict[str, Any]] | str


def _outcome(name: str, content: bytes, owner: Organisation) -> Outcome:
    """Read a file. Nothing that is wrong with it stops the others, so every fault becomes a sentence."""
    from ifr.policies.reading import read_document

    try:
        if bulk.is_bulk(name):
            return bulk.records_in(name, content, owner)
        return read_document(name, content)
    except (UnreadableDocument, bulk.BulkError) as fault:
        return str(fault)
    except Exception:
        log.exception("a document could not be read")
        return "The document could not be read: tell those who run the service."


def _settle(row: PolicyImport, outcome: Outcome, owner: Organisation, by: Any) -> None:
    """Write down what became of a file; where a draft cannot be made nothing of the attempt is left."""
    row.read_at = clock.now()
    if isinstance(outcome, str):
        row.state, row.words = FAILED, plain_text(outcome)
    elif isinstance(outcome, list):
        _settle_records(row, outcome, owner, by)
    else:
        _settle_reading(row, outcome, owner, by)
    db.session.flush()


def _settle_reading(row: PolicyImport, reading: Reading, owner: Organisation, by: Any) -> None:
    row.state, row.kind = READ, reading.kind.value or "other"
    if row.kind == GUIDANCE and row.batch:
        _keep_guidance(row, reading)
    if row.kind not in KINDS:
        row.words = _NO_DRAFT.get(row.kind, _NO_DRAFT["other"])
        return
    made, words = _attempt(lambda: services.propose(reading, owner=owner, by=by, file=row.file_name))
    doubt = proposing.whose(reading.text, owner.name, services.other_commissioners(owner))
    row.version_id, row.words = made.id if made else None, plain_text(words or doubt)
    if words and made is None:
        row.state = FAILED


@dataclass
class _Tally:
    """What became of the records of one file."""

    of: int
    looked_at: int = 0
    made: int = 0
    there: int = 0
    first_id: int | None = None
    faults: list[str] = field(default_factory=list)

    def add(self, raw: dict[str, Any], owner: Organisation, by: Any) -> None:
        self.looked_at += 1
        version, words = _attempt(lambda: services.draft_from(raw, owner=owner, by=by))
        self.made += words is None
        self.there += bool(version and words)
        self.first_id = self.first_id or (version.id if version else None)
        if words:
            self.faults.append(f"Record {self.looked_at}: {words}")

    def settle(self, row: PolicyImport) -> None:
        """Say how far it is, and at the end what came of it."""
        row.kind, row.version_id = "records", self.first_id
        if self.looked_at < self.of:
            row.words = f"{self.looked_at} of {self.of} records have been looked at."
            return
        row.state, row.read_at = READ, clock.now()
        there = f" {self.there} were on record already." if self.there else ""
        said = [f"{self.made} of {self.of} records became drafts.{there}", *self.faults[:20]]
        said += [f"And {len(self.faults) - 20} more."] if len(self.faults) > 20 else []
        row.words = plain_text("\n".join(said))


def _settle_records(row: PolicyImport, listed: list[dict[str, Any]], owner: Organisation, by: Any) -> None:
    tally = _Tally(len(listed))
    for raw in listed:
        tally.add(raw, owner, by)
    tally.settle(row)


def _attempt(make: Any) -> tuple[PolicyVersion | None, str | None]:
    """Make a draft, or say why there is none. A version that is on record already is shown instead."""
    try:
        with db.session.begin_nested():
            return make(), None
    except services.AlreadyThere as fault:
        # What the attempt wrote is gone; the version that was there before is not.
        return db.session.get(PolicyVersion, fault.version_id), str(fault)
    except (records.RecordError, codes.CodeError) as fault:
        return None, f"{fault}"
    except Exception:
        log.exception("a draft could not be made")
        return None, "The draft could not be made: tell those who run the service."


def read_at_once(name: str, content: bytes, *, owner: Organisation, by: Any) -> PolicyImport:
    """What became of one file that a command hands in. It waits in no queue, so that no row of it is kept."""
    row = PolicyImport(file_name=name, state=WAITING)
    _settle(row, _outcome(name, content, owner), owner, by)
    return row


def read_waiting(limit: int = MOST_FILES) -> int:
    """Read files that wait, the oldest first, each in a transaction of its own, and say how many that was.

    A file is read outside any transaction, so that nobody waits for it; a worker that is killed leaves it waiting.
    """
    with transaction(writes=False):
        query = select(PolicyImport.id).where(PolicyImport.state == WAITING).order_by(PolicyImport.id).limit(limit)
        waiting = list(db.session.scalars(query))
    for import_id in waiting:
        _read_one(import_id)
    return len(waiting)


def _read_one(import_id: int) -> None:
    with transaction(writes=False):
        row = db.session.get_one(PolicyImport, import_id)
        owner = db.session.get_one(Organisation, row.owner_id)
        name, content = row.file_name, _bytes_of(row)
        db.session.expunge_all()
    outcome = content if isinstance(content, str) else _outcome(name, content, owner)
    try:
        if isinstance(outcome, list):
            _record_many(import_id, outcome)
        else:
            with transaction():
                _record_one(import_id, outcome)
    except Exception:
        log.exception("import %s could not be recorded", import_id)
        with transaction():
            _record_one(import_id, "The document could not be recorded: tell those who run the service.")


def _record_one(import_id: int, outcome: Outcome) -> None:
    row = lock(PolicyImport, import_id)
    if (found := _still_kept(row)) is not None:
        _settle(row, outcome, *found)


def _record_many(import_id: int, listed: list[dict[str, Any]]) -> None:
    """Make drafts of some records at a time, so that others can write between them and the page shows how far it is.

    A worker that is killed leaves the file waiting: those that were made by then are on record already when it comes again.
    """
    tally = _Tally(len(listed))
    for start in range(0, len(listed), RECORDS_A_TIME):
        with transaction():
            row = lock(PolicyImport, import_id)
            found = _still_kept(row)
            if found is None:
                return
            for raw in listed[start : start + RECORDS_A_TIME]:
                tally.add(raw, *found)
            tally.settle(row)


def _still_kept(row: PolicyImport) -> tuple[Organisation, User] | None:
    """For whom a file that waits is read, and by whom it was handed in; None where it waits no more, or for nobody."""
    if row.state != WAITING:
        return None
    by = person(row.handed_in_by_id)
    if not services.keeps(by, row.owner_id):
        row.state, row.words, row.read_at = FAILED, "Whoever handed it in no longer keeps this register.", clock.now()
        return None
    return db.session.get_one(Organisation, row.owner_id), by


def _kept(row: PolicyImport, kind: str) -> list[documents.Document]:
    return [one for one in documents.of(f"policy_import:{row.batch}") if (one.kind, one.title) == (kind, str(row.number))]


def _bytes_of(row: PolicyImport) -> bytes | str:
    kept = _kept(row, "policy_import")
    try:
        return documents.read(kept[0])
    except (IndexError, OSError, ValueError):
        return "The file is no longer there. Hand it in again."


# --- guidance -------------------------------------------------------------------------------------------------------------


def _keep_guidance(row: PolicyImport, reading: Reading) -> None:
    """What was read of guidance waits beside its document until a person puts it on record."""
    facts = {name: one.as_json() for name, one in reading.fields().items() if name in ("title", "reference", "published_on")}
    documents.put(
        json.dumps(facts).encode(), stream=f"policy_import:{row.batch}", kind="policy_reading", title=str(row.number),
        by_id=row.handed_in_by_id,
    )  # fmt: skip


@dataclass(frozen=True)
class GuidanceRead:
    """What was read of guidance: the fields of its form, the file, and the words from which they were read."""

    typed: dict[str, Any]
    file_name: str
    passages: list[str]


def guidance_read(batch: str, number: int, by: User) -> GuidanceRead:
    """What was read in one document of a batch that is guidance. Raises NotVisible for any other, and for strangers."""
    row = next((one for one in batch_page(batch, by).rows if one.number == number), None)
    kept = _kept(row, "policy_reading") if row else []
    if row is None or not kept:
        raise NotVisible(f"{batch}/{number}")
    facts = json.loads(documents.read(kept[0]))
    found = _NUMBERED.fullmatch(facts["reference"]["value"] or "")
    day = facts["published_on"]["value"] or ""
    typed = {"title": facts["title"]["value"]} | (found.groupdict() if found else {})
    if _DAY.fullmatch(day):
        typed["published_on"] = date.fromisoformat(day)
    return GuidanceRead(typed, row.file_name, list(dict.fromkeys(one["passage"] for one in facts.values() if one["passage"])))


# --- how far they are -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BatchPage:
    """The files that were handed in together, and how far they are."""

    batch: str
    commissioner: str
    by: str
    rows: list[PolicyImport]

    @property
    def waiting(self) -> int:
        return sum(row.state == WAITING for row in self.rows)

    @property
    def done(self) -> int:
        return len(self.rows) - self.waiting


def batch_page(batch: str, by: User) -> BatchPage:
    """The files of one batch. Raises NotVisible for whoever does not keep that register."""
    rows = list(db.session.scalars(select(PolicyImport).where(PolicyImport.batch == batch).order_by(PolicyImport.number)))
    if not rows or not services.keeps(by, rows[0].owner_id):
        raise NotVisible(batch)
    owner = db.session.get_one(Organisation, rows[0].owner_id)
    return BatchPage(batch, owner.name, people_named([rows[0].handed_in_by_id])[rows[0].handed_in_by_id], rows)


def batches(by: User) -> list[tuple[str, Any, int, int]]:
    """What was handed in lately: (batch, when, files, of which waiting)."""
    waiting = func.count().filter(PolicyImport.state == WAITING)
    rows = db.session.execute(
        select(PolicyImport.batch, func.min(PolicyImport.handed_in_at), func.count(), waiting)
        .where(PolicyImport.owner_id.in_([one.id for one in services.kept_by(by)]))
        .group_by(PolicyImport.batch)
        .order_by(func.max(PolicyImport.id).desc())
        .limit(20)
    )
    return [(batch, at, count, left) for batch, at, count, left in rows]
