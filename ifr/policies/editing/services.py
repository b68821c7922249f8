"""What the keepers of the register do with a version: draft it, change it, and take it through its moves."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from ifr import audit, clock, workflow
from ifr.access import Permission, has
from ifr.db import db, lock
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.people.services import people_named
from ifr.policies import codes, records
from ifr.policies.editing import proposing
from ifr.policies.editing.models import PolicyReading
from ifr.policies.editing.sound import sound
from ifr.policies.editing.upkeep import raise_flag
from ifr.policies.exporting import record_of, versions_whole
from ifr.policies.linting import Finding, lint_version
from ifr.policies.models import PUBLIC_STATES, Guidance, Policy, PolicyVersion, printed_title
from ifr.policies.page import back_after_withdrawal
from ifr.policies.reading.record import Reading
from ifr.policies.recording import address, policy_for, rewrite_version, write_version
from ifr.workflow import Invalid, NotVisible, Reason, Refused

__all__ = ["raise_flag"]

MOVES = ("propose", "send_back", "publish", "withdraw_version", "discard_version")
_WRITING = ("draft", "proposed")


class AlreadyThere(ValueError):
    """The version is on record. The message is fit for whoever tried to make it."""

    def __init__(self, version: PolicyVersion, title: str) -> None:
        super().__init__(f"Version {version.label} of “{title}” is on record already.")
        self.version_id = version.id


# --- who keeps what -------------------------------------------------------------------------------------------------------


def kept_by(by: User) -> list[Organisation]:
    """The commissioners whose policies somebody keeps."""
    return [one for one in by.organisations(COMMISSIONER) if has(by.roles_in(one.id), Permission.POLICY_EDIT)]


def keeps(by: User, owner_id: int) -> bool:
    return has(by.roles_in(owner_id), Permission.POLICY_EDIT)


def owner_kept(owner_id: int, by: User) -> Organisation:
    """A commissioner for one of its keepers. Raises NotVisible for everybody else."""
    found = next((one for one in kept_by(by) if one.id == owner_id), None)
    if found is None:
        raise NotVisible(str(owner_id))
    return found


def version_kept(version_id: int, by: User) -> PolicyVersion:
    """A version with everything that its record holds, for a keeper. Raises NotVisible for everybody else."""
    found = versions_whole([version_id])
    if not found or not keeps(by, found[0].owner_id):
        raise NotVisible(str(version_id))
    return found[0]


# --- drafts ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DraftRow:
    """One version that is being written."""

    version_id: int
    title: str
    reference: str | None
    label: str
    commissioner: str
    state: str
    read_from: str | None


def drafts(by: User) -> list[DraftRow]:
    """What is being written for the commissioners that somebody keeps, the newest first."""
    rows = db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.owner_id.in_([one.id for one in kept_by(by)]), PolicyVersion._state.in_(_WRITING))
        .options(joinedload(PolicyVersion.policy).joinedload(Policy.owner))
        .order_by(PolicyVersion.id.desc())
    )
    return [
        DraftRow(
            one.id, one.title, one.policy.reference, one.label, one.policy.owner.name,
            workflow.label_of(one), one.source_file,
        )
        for one in rows
    ]  # fmt: skip


def start_draft(*, owner_id: int, title: str, label: str, by: User) -> PolicyVersion:
    """A draft by hand, with its title and version. Raises Invalid where they are on record already."""
    owner = owner_kept(owner_id, by)
    raw = {
        "record": "policy", "commissioner": {"slug": owner.slug, "name": owner.name}, "reference": None,
        "title": title, "version": label, "position": "unknown",
    }  # fmt: skip
    return _started(raw, owner, by)


def start_next(version_id: int, *, label: str, by: User) -> PolicyVersion:
    """The next version of a published one: its record again, with the earlier one as the version that it replaces. Its days
    are left open. Raises Invalid where there is such a version already."""
    earlier = version_kept(version_id, by)
    if not earlier.is_public:
        raise Refused([Reason("Only a published version is followed by a next one. This one can still be changed.")])
    raw = record_of(earlier).model_dump(mode="json") | {
        "version": label, "version_address": None, "withdrawn_on": None, "source": None, "change_record": None,
        "replaces": [{"policy": earlier.policy.known_as, "version": earlier.label}], "review": {},
        **dict.fromkeys(("ratified_on", "effective_from", "published_on", "effective_to")),
    }  # fmt: skip
    return _started(raw, earlier.policy.owner, by)


def _started(raw: dict[str, Any], owner: Organisation, by: User) -> PolicyVersion:
    """A draft that somebody starts. A form that is sent twice starts it once: whoever started the draft is led to it while
    nothing has been done to it. Raises Invalid for what cannot stand, and for a version that is on record otherwise."""
    try:
        return draft_from(raw, owner=owner, by=by)
    except AlreadyThere as fault:
        made = db.session.get_one(PolicyVersion, fault.version_id)
        if _is_untouched(made, by):
            return made
        raise Invalid({"label": str(fault)}) from None
    except (records.RecordError, codes.CodeError) as fault:
        raise Invalid({"label": str(fault)}) from None


def _is_untouched(draft: PolicyVersion, by: User) -> bool:
    moves = workflow.history(draft.stream)
    return (
        draft.state == "draft"
        and draft.version == 1
        and [(one.trigger, one.by_id) for one in moves] == [("start_version", by.id)]
    )


def draft_from(raw: dict[str, Any], *, owner: Organisation, by: Any) -> PolicyVersion:
    """A draft from a record, in the name of whoever keeps the register of its commissioner.

    Raises AlreadyThere, RecordError for a record that cannot be read and CodeError for a code without the shape of one.
    """
    try:
        with db.session.begin_nested():
            return _made_from(raw, owner, by)
    except IntegrityError:
        # Somebody else has just made the same version, or a policy of the same name. It is on record by now.
        with db.session.begin_nested():
            return _made_from(raw, owner, by)


def _made_from(raw: dict[str, Any], owner: Organisation, by: Any) -> PolicyVersion:
    record = records.read(sound(raw))
    if not isinstance(record, records.PolicyRecord):
        raise records.RecordError("This is guidance: it gives no position and makes no draft")
    if record.commissioner.slug != owner.slug:
        raise records.RecordError(f"commissioner: the record is of {record.commissioner.slug}, not of {owner.slug}")
    policy = policy_for(owner, record)
    if there := _with_label(policy.id, record.version):
        raise AlreadyThere(there, policy.title)
    version = write_version(owner, policy, record.model_copy(update={"version_address": None, "withdrawn_on": None}))
    workflow.move(version, "start_version", by=by, seen=None)
    return version


def _with_label(policy_id: int, label: str, but: int = 0) -> PolicyVersion | None:
    """The version of a policy that bears a name. A discarded draft gives its own up: it keeps it with a number behind it."""
    there = db.session.scalar(
        select(PolicyVersion).where(PolicyVersion.policy_id == policy_id, PolicyVersion.label == label, PolicyVersion.id != but)
    )
    if there is None or there.state != "discarded":
        return there
    taken = set(db.session.scalars(select(PolicyVersion.label).where(PolicyVersion.policy_id == policy_id)))
    numbered = (f"{label} (discarded{f' {n}' if n > 1 else ''})" for n in range(1, len(taken) + 2))
    there.label = next(one for one in numbered if one not in taken)
    there.slug = address(
        there.label, set(db.session.scalars(select(PolicyVersion.slug).where(PolicyVersion.policy_id == policy_id)))
    )
    db.session.flush()
    return None


def propose(reading: Reading, *, owner: Organisation, by: Any, file: str | None = None) -> PolicyVersion | None:
    """A draft from what was read in a document, beside which the reading is kept; None where it is no policy.

    Raises AlreadyThere where that version is on record, RecordError or CodeError where what was read makes no record.
    """
    if reading.kind.value not in proposing.KINDS:
        return None
    raw = proposing.record_from(reading, owner, known_guidance=frozenset(_guidance()), others=other_commissioners(owner))
    cut: list[str] = []
    raw = sound(raw, cut)
    raw["remarks"] += [f"It is too long for one line and was cut there. {one}" for one in cut]
    raw["source"]["file"] = file or raw["source"]["file"]
    if raw["version"] == proposing.NO_VERSION:
        raw["version"] = _numbered(raw, owner)
    version = draft_from(raw, owner=owner, by=by)
    fields = {name: one.as_json() for name, one in reading.fields().items()}
    db.session.add(
        PolicyReading(
            version_id=version.id, file_name=reading.file_name, sha256=reading.sha256, text=reading.text.replace("\x00", ""),
            fields=fields, read_at=clock.now(),
        )
    )  # fmt: skip
    db.session.flush()
    audit.record(version.stream, "propose_from_document", by=by.actor, sha256=reading.sha256)
    return version


def other_commissioners(owner: Organisation) -> list[str]:
    """The names of the other commissioners on record."""
    query = select(Organisation.name).where(Organisation.kind == COMMISSIONER, Organisation.id != owner.id)
    return list(db.session.scalars(query.order_by(Organisation.name)))


def _guidance() -> list[str]:
    return [one.reference for one in db.session.scalars(select(Guidance))]


def _numbered(raw: dict[str, Any], owner: Organisation) -> str:
    """A document that prints no version may be one of several; each draft is told from the others by a number."""
    known_as = raw["reference"] or raw["title"]
    own = select(Policy.id).where(Policy.owner_id == owner.id, Policy.known_as == known_as)
    taken = set(db.session.scalars(select(PolicyVersion.label).where(PolicyVersion.policy_id.in_(own))))
    name = proposing.NO_VERSION
    return next(one for one in [name, *(f"{name} ({n})" for n in range(2, len(taken) + 3))] if one not in taken)


# --- changing a draft -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DraftPage:
    """A draft with its record, and beside it what was read in its document."""

    version: PolicyVersion
    record: records.PolicyRecord
    reading: PolicyReading | None
    findings: list[Finding]
    replaceable: list[tuple[int, str]]
    # The versions that its record names as replaced, in the order of the record.
    replaced: list[int]

    @property
    def read(self) -> dict[str, Any]:
        return self.reading.fields if self.reading else {}


def draft_page(version_id: int, by: User) -> DraftPage:
    """A draft for one of its keepers. Raises NotVisible, and Refused when it is no draft any more."""
    version = version_kept(version_id, by)
    _still_a_draft(version)
    record = record_of(version)
    reading = db.session.get(PolicyReading, version.id)
    replaced = [one.predecessor_id for one in version.successions]
    return DraftPage(version, record, reading, lint_version(version.id), replaceable(version), replaced)


def _still_a_draft(version: PolicyVersion) -> None:
    if version.state != "draft":
        status = workflow.label_of(version)
        raise Refused([Reason(f"Only a draft is changed. The status is “{status}”: send it back, or start the next version.")])


def replaceable(version: PolicyVersion) -> list[tuple[int, str]]:
    """The versions on record whose place this one may take, and those that it names already, as (id, words)."""
    may_be = PolicyVersion._state.in_(PUBLIC_STATES) | PolicyVersion.id.in_([one.predecessor_id for one in version.successions])
    rows = db.session.execute(
        select(PolicyVersion.id, printed_title, Policy.reference, PolicyVersion.label)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(PolicyVersion.owner_id == version.owner_id, PolicyVersion.id != version.id, may_be)
        .order_by(Policy.title, PolicyVersion.id)
    )
    return [(id, f"{title}{f' ({reference})' if reference else ''}, version {label}") for id, title, reference, label in rows]


def predecessor(version: PolicyVersion, version_id: int) -> dict[str, str] | None:
    """How the record of a version names one of the same commissioner."""
    row = db.session.execute(
        select(Policy.known_as, PolicyVersion.label)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(PolicyVersion.id == version_id, PolicyVersion.owner_id == version.owner_id)
    ).first()
    return {"policy": row[0], "version": row[1]} if row else None


def save_draft(version_id: int, raw: dict[str, Any], *, seen: int, by: User) -> None:
    """Write a draft anew from what was typed. Raises NotVisible, Refused, Stale, and Invalid for what cannot stand."""
    version = version_kept(version_id, by)
    _still_a_draft(version)
    owner = version.policy.owner
    workflow.hold(version, seen)
    _still_a_draft(version)
    try:
        record = records.read(sound(raw))
        assert isinstance(record, records.PolicyRecord)  # the form makes no other
        # What cannot stand leaves nothing half written, so that the page shows what is on record.
        with db.session.begin_nested():
            _rewrite(version, owner, record)
    except (records.RecordError, codes.CodeError) as fault:
        raise Invalid({"record": str(fault)}) from None
    except IntegrityError:
        raise Invalid(
            {"version": "Somebody has just put the same version on record. Look at it before you save this one."}
        ) from None
    audit.record(version.stream, "save_draft", by=by.actor)


def _rewrite(version: PolicyVersion, owner: Organisation, record: records.PolicyRecord) -> None:
    policy = _policy_of_draft(version, owner, record)
    if there := _with_label(policy.id, record.version, but=version.id):
        raise Invalid({"version": str(AlreadyThere(there, policy.title))})
    _place(version, policy, record)
    rewrite_version(version, policy, record)


def _policy_of_draft(version: PolicyVersion, owner: Organisation, record: records.PolicyRecord) -> Policy:
    """The policy that a draft is of after a change of its reference or title. Published versions keep both: a new title
    is the draft's own until it is published."""
    policy = db.session.get_one(Policy, version.policy_id)
    if (record.reference or record.title) != policy.known_as:
        return policy_for(owner, record)
    if not _others_of(policy.id, version.id, *PUBLIC_STATES):
        policy.title, policy.kind = record.title, record.kind
    elif record.kind != policy.kind:
        raise Invalid({"kind": "Published versions of this policy are of another kind. Keep it, or give a new reference."})
    return policy


def _others_of(policy_id: int, but: int, *states: str) -> int:
    query = select(func.count()).select_from(PolicyVersion).where(PolicyVersion.policy_id == policy_id, PolicyVersion.id != but)
    return db.session.scalar(query.where(PolicyVersion._state.in_(states)) if states else query) or 0


def _place(version: PolicyVersion, policy: Policy, record: records.PolicyRecord) -> None:
    """Put a draft under its policy, with an address of its own. A policy without any version left is no policy."""
    before = version.policy_id
    if before == policy.id and version.label == record.version:
        return
    others = select(PolicyVersion.slug).where(PolicyVersion.policy_id == policy.id, PolicyVersion.id != version.id)
    slug = address(record.version, set(db.session.scalars(others)))
    facts = {"policy_id": policy.id, "slug": slug, "label": record.version}
    db.session.execute(update(PolicyVersion).where(PolicyVersion.id == version.id).values(facts))
    if before != policy.id and not _others_of(before, version.id):
        db.session.execute(delete(Policy).where(Policy.id == before), execution_options={"synchronize_session": False})
    lock(PolicyVersion, version.id)


def text_page(version_id: int, by: User) -> tuple[PolicyVersion, PolicyReading]:
    """The text of the document that a version was read from. Raises NotVisible where there is none."""
    version = version_kept(version_id, by)
    reading = db.session.get(PolicyReading, version.id)
    if reading is None:
        raise NotVisible(str(version_id))
    return version, reading


# --- its moves ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeepingPage:
    """A version as its keepers see it: where it stands, what is open, and what its publication would change."""

    version: PolicyVersion
    record: records.PolicyRecord
    state: str
    offers: list[workflow.Offer]
    findings: list[Finding]
    history: list[tuple[workflow.MoveRecord, str]]
    has_text: bool
    # The versions that would be in force again if this one were withdrawn.
    back_after_withdrawal: list[PolicyVersion]

    @property
    def codes(self) -> list[str]:
        """The codes that requests will find it by, each once."""
        listed = [one for said in self.record.statements for one in (*said.codes.opcs4, *said.codes.icd10)]
        return list(dict.fromkeys(one.code for one in listed if one.role == "include"))


def keeping_page(version_id: int, by: User) -> KeepingPage:
    """Raises NotVisible for whoever does not keep the version."""
    version = version_kept(version_id, by)
    record = record_of(version)
    history = workflow.history(version.stream)
    names = people_named(one.by_id for one in history)
    return KeepingPage(
        version=version,
        record=record,
        state=workflow.label_of(version),
        offers=workflow.moves_open_to(version, by),
        findings=lint_version(version.id),
        history=[(one, names.get(one.by_id or 0, "The service")) for one in history],
        has_text=db.session.get(PolicyReading, version.id) is not None,
        back_after_withdrawal=back_after_withdrawal(version),
    )


def make_move(version_id: int, trigger: str, *, seen: int, reason: str | None, by: User) -> workflow.MoveRecord:
    """One move of a version. Raises as `workflow.move` does."""
    return workflow.move(version_kept(version_id, by), trigger, by=by, seen=seen, reason=reason)
