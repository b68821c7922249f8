"""The contact log of a case: who telephoned, wrote or was spoken to, what was said, and what is to be done about it.

Rows are added and never rewritten. Who it was and what was said may name the patient, so both are sealed and read through
one function; what is to be done is written without names and stands in lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from ifr import audit, clock
from ifr.access import Permission, Role
from ifr.cases import identity
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.intake.arrived import CALL, EMAIL
from ifr.cases.intake.models import Contact, FollowUpDone, Incoming
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to, in_office, may
from ifr.db import db, note
from ifr.pages import day, plain_text
from ifr.people import services as people
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible, Reason, Refused

KINDS = {
    "telephone": "Telephone call",
    "patient_call": "Call from or to the patient",
    "email": "E-mail",
    "letter": "Letter",
    "mp_letter": "Letter of a Member of Parliament",
}
DIRECTIONS = {"in": "They contacted us", "out": "We contacted them"}


@dataclass(frozen=True)
class Said:
    """One contact as it is written down; `task` with its owner and day where something is to be done."""

    kind: str
    direction: str
    who: str
    said: str
    at: datetime
    task: str = ""
    owner_id: int | None = None
    until_on: date | None = None


@dataclass(frozen=True)
class Shown:
    """One row of the log as a page shows it; `corrected` where a later row stands for it."""

    row: Contact
    kind: str
    direction: str
    by: str
    owner: str
    corrected: bool
    done: FollowUpDone | None
    done_by: str

    @property
    def is_open(self) -> bool:
        return bool(self.row.task) and self.done is None and not self.corrected


@dataclass(frozen=True)
class FollowUp:
    """Something that is to be done about a contact, as lists show it."""

    contact_id: int
    key: str
    task: str
    owner: str
    until_on: date

    @property
    def is_late(self) -> bool:
        return self.until_on < clock.today()


# --- writing ----------------------------------------------------------------------------------------------------------


def owners(case: Case) -> list[User]:
    """Who can be asked to follow something up: those of this office who may read the log."""
    found = people.users_with(Role.COORDINATOR, case.commissioner_id)
    return found + [one for one in people.users_with(Role.IFR_MANAGER, case.commissioner_id) if one not in found]


def add(case: Case, said: Said, *, once: str, by: User, corrects_id: int | None = None) -> Contact:
    """Append a row; `corrects_id` is the row of this case that it puts right. The same page sent twice adds one.

    Raises Invalid, Refused where that row has been corrected already.
    """
    _must_be_of_the_office(case, by)
    once = f"{case.id}:{once}"  # the mark of a page of another case is another mark
    there = db.session.scalars(select(Contact).where(Contact.once == once)).first()
    if there is not None:
        return there
    _must_be_right(case, said)
    if corrects_id is not None:
        _must_be_correctable(case, corrects_id)
    row = Contact(
        once=once, case_id=case.id, kind=said.kind, direction=said.direction, who=plain_text(said.who),
        said=plain_text(said.said), at=said.at, task=plain_text(said.task), owner_id=said.owner_id,
        until_on=said.until_on, corrects_id=corrects_id, recorded_at=clock.now(), recorded_by_id=by.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "record_contact", by=by.actor, contact=row.id, kind=row.kind)
    return row


def _must_be_of_the_office(case: Case, by: User) -> None:
    if not may(by, case, Permission.CASE_CHECK):
        raise PermissionError("this is for another role")


def _must_be_right(case: Case, said: Said) -> None:
    faults = {}
    if said.kind not in KINDS:
        faults["kind"] = "Choose how it was."
    if said.direction not in DIRECTIONS:
        faults["direction"] = "Choose who contacted whom."
    if said.at > clock.now():
        faults["on_day"] = "A contact cannot be later than now."
    given = [bool(said.task.strip()), said.owner_id is not None, said.until_on is not None]
    if any(given) and not all(given):
        faults["task"] = "Say what is to be done, by whom and until when; or leave all three empty."
    elif said.owner_id is not None and said.owner_id not in {one.id for one in owners(case)}:
        faults["owner_id"] = "Choose a colleague of this office."
    if faults:
        raise Invalid(faults)


def _must_be_correctable(case: Case, contact_id: int) -> None:
    if not db.session.scalar(select(Contact.id).where(Contact.id == contact_id, Contact.case_id == case.id)):
        raise NotVisible(str(contact_id))
    if db.session.scalar(select(Contact.id).where(Contact.corrects_id == contact_id)):
        raise Refused([Reason("Somebody has corrected this entry meanwhile. Read the log again.", to="intake.contact_log")])


def finish(case: Case, contact_id: int, *, words: str, by: User) -> None:
    """What was to be done is done, and how. The same page sent twice changes nothing."""
    _must_be_of_the_office(case, by)
    row = db.session.scalars(select(Contact).where(Contact.id == contact_id, Contact.case_id == case.id)).first()
    if row is None or not row.task:
        raise NotVisible(str(contact_id))
    if db.session.scalar(select(FollowUpDone.id).where(FollowUpDone.contact_id == row.id)):
        return
    if not plain_text(words):
        raise Invalid({f"done-{row.id}": "Say what was done."})
    db.session.add(FollowUpDone(contact_id=row.id, words=plain_text(words), done_at=clock.now(), done_by_id=by.id))
    db.session.flush()
    audit.record(case.stream, "finish_follow_up", by=by.actor, contact=row.id)


def record_arrival(case: Case, came: Incoming, *, at: datetime, by: User) -> None:
    """The first row of a logged request: who sent it, and when it arrived."""
    kind = {EMAIL: "email", CALL: "telephone"}.get(came.way, "letter")
    db.session.add(
        Contact(
            once=f"arrival-{came.uuid}", case_id=case.id, kind=kind, direction="in", who=came.sender or "Not on record",
            said=f"The request came. {came.subject or ''}".strip(), at=at, recorded_at=clock.now(), recorded_by_id=by.id,
        )
    )
    db.session.flush()


# --- reading ----------------------------------------------------------------------------------------------------------


def log_of(case: Case, *, by: User) -> list[Shown]:
    """The whole log, newest first. It may say who the patient is, so whoever reads it may know that, and the reading goes
    on record. Raises PermissionError."""
    if not identity.may_know(case, by):
        raise PermissionError("this person may not know who the patient is")
    stream, actor = case.stream, by.actor
    note(lambda: audit.record(stream, "read_identity", by=actor, why="contact_log"))
    query = select(Contact).where(Contact.case_id == case.id).order_by(Contact.at.desc(), Contact.id.desc())
    rows = db.session.scalars(query).all()
    done = {one.contact_id: one for one in db.session.scalars(_done_of(rows))}
    corrected = {row.corrects_id for row in rows}
    names = people.people_named(
        {row.recorded_by_id for row in rows} | {row.owner_id for row in rows} | {one.done_by_id for one in done.values()}
    )
    return [
        Shown(
            row=row,
            kind=KINDS.get(row.kind, row.kind),
            direction=DIRECTIONS[row.direction],
            by=names.get(row.recorded_by_id, ""),
            owner=names.get(row.owner_id or 0, ""),
            corrected=row.id in corrected,
            done=done.get(row.id),
            done_by=names.get(done[row.id].done_by_id, "") if row.id in done else "",
        )
        for row in rows
    ]


def _done_of(rows: Sequence[Contact]) -> Select[FollowUpDone]:
    return select(FollowUpDone).where(FollowUpDone.contact_id.in_([row.id for row in rows]))


def follow_ups_of_case(case: Case) -> list[FollowUp]:
    """What is still to be done about contacts on this case, the most pressing first."""
    return _open(_still_open().where(Contact.case_id == case.id), {case.id: case.key})


def follow_ups_of(user: User) -> list[FollowUp]:
    """What this person is to do about contacts, on the cases that he or she sees."""
    rows = db.session.execute(
        cases_visible_to(user)
        .where(Case.id.in_(_still_open().with_only_columns(Contact.case_id).where(Contact.owner_id == user.id)))
        .with_only_columns(Case.id, Case.reference, Case.uuid)
    )
    keys = {row.id: row.reference or row.uuid for row in rows}
    return _open(_still_open().where(Contact.owner_id == user.id, Contact.case_id.in_(keys)), keys)


def _still_open() -> Any:
    later = select(Contact.corrects_id).where(Contact.corrects_id.is_not(None))
    return select(Contact.id, Contact.case_id, Contact.task, Contact.owner_id, Contact.until_on).where(
        Contact.until_on.is_not(None), Contact.id.not_in(select(FollowUpDone.contact_id)), Contact.id.not_in(later)
    )


def _open(query: Any, keys: dict[int, str]) -> list[FollowUp]:
    rows = db.session.execute(query.order_by(Contact.until_on, Contact.id)).all()
    names = people.people_named(row.owner_id for row in rows)
    return [FollowUp(row.id, keys[row.case_id], row.task, names.get(row.owner_id, ""), row.until_on) for row in rows]


@notes_on_case
def to_follow_up(case: Case, by: Any) -> list[Note]:
    """What is still to be done, for everybody in the office; the log itself is for those who may know the patient."""
    found = follow_ups_of_case(case) if in_office(by, case) else []
    if not found:
        return []
    says = tuple(f"{one.task} {one.owner}, by {day(one.until_on)}{' (late)' if one.is_late else ''}." for one in found)
    reads = may(by, case, Permission.CASE_CHECK)
    return [Note("To follow up", says, "intake.contact_log" if reads else "", "Contact log" if reads else "")]
