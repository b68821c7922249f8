"""Matters of a request that have a date of their own: when they arrived, by when they are answered, and that they were.

They stand beside the request. Nothing here changes what is decided, or when.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines, workflow
from ifr.access import Permission, Role
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import Case
from ifr.cases.services import may, visible_case
from ifr.cases.timing.ledger import Entry, entries
from ifr.cases.timing.models import Matter
from ifr.db import db
from ifr.deadlines import Deadline
from ifr.pages import day
from ifr.people import services as people
from ifr.workflow import Invalid, NotVisible, NotYours, Reason


@dataclass(frozen=True)
class Kind:
    """What such a matter is called, its deadline, and the facts by which the machine hears of it."""

    label: str
    deadline: str
    arrived: str
    answered: str


KINDS = {
    "pre_action": Kind("Letter before legal action", "pre_action_reply", "pre_action_received", "pre_action_answered"),
    "subject_access": Kind(
        "Request for the patient’s data", "subject_access", "subject_access_asked", "subject_access_answered"
    ),
    "continuation": Kind("Request for continued funding", "continuation", "continuation_asked", "continuation_answered"),
}  # fmt: skip
_RECORDERS = frozenset({Role.COORDINATOR, Role.IFR_MANAGER})


@dataclass(frozen=True)
class Shown:
    """One matter with its date."""

    matter: Matter
    label: str
    by: str
    entry: Entry | None


def case_for_matters(key: str, user: Any) -> Case:
    """A case whose matters this person keeps. Raises NotVisible."""
    case = visible_case(key, user)
    if not may(user, case, Permission.CASE_CHECK):
        raise NotVisible(key)
    return case


def shown(case: Case) -> list[Shown]:
    """The matters of a case with their dates, those that wait for an answer first."""
    rows = matters_of(case)
    found = [one for one in deadlines.of(case.stream) if one.id in {row.deadline_id for row in rows}]
    explained = {entry.deadline.id: entry for entry in entries(case, found, office=True)}
    names = people.people_named(row.by_id for row in rows)
    said = [
        Shown(row, KINDS[row.kind].label, names.get(row.by_id, ""), explained.get(row.deadline_id or 0)) for row in rows
    ]
    return sorted(said, key=lambda one: one.matter.answered_on is not None)


def matters_of(case: Case) -> list[Matter]:
    return list(db.session.scalars(select(Matter).where(Matter.case_id == case.id).order_by(Matter.id)))


def matter_of(case: Case, matter_id: int) -> Matter:
    """A matter of this case. Raises NotVisible for one of another."""
    found = db.session.scalars(select(Matter).where(Matter.case_id == case.id, Matter.id == matter_id)).first()
    if found is None:
        raise NotVisible(str(matter_id))
    return found


def arrived(case: Case, kind: str, *, on: date, once: str, by: Any, seen: int | None) -> Matter:
    """Record that a matter arrived on a day, from which its date counts. The same form sent twice records it once.

    Raises NotYours, Invalid for a day that cannot be or while one of the kind waits for its answer, Stale.
    """
    sent_before = select(Matter).where(Matter.once == once)
    made = workflow.hold_once(case, seen, lambda: db.session.scalars(sent_before).first())
    if made is not None:
        return made
    _must_record(case, by)
    _check_arrival(case, kind, on)
    said = KINDS[kind]
    workflow.occur(case, said.arrived, by=by, on=on)
    row = Matter(once=once, case_id=case.id, kind=kind, received_on=on, deadline_id=_opened(case, said), by_id=by.id)
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "record_matter", by=by.actor, matter=row.id, kind=kind)
    return row


def _must_record(case: Case, by: Any) -> None:
    if not case.capacities(by) & _RECORDERS:
        raise NotYours([Reason("A coordinator or the IFR manager keeps these matters.")])


def _check_arrival(case: Case, kind: str, on: date) -> None:
    if kind not in KINDS:
        raise Invalid({"kind": "Choose what arrived."})
    if on > clock.today():
        raise Invalid({"received_on": "The day on which it arrived cannot be later than today."})
    if case.received_on is not None and on < case.received_on:
        raise Invalid({"received_on": f"The request itself arrived on {day(case.received_on)}: this cannot be earlier."})
    if any(row.kind == kind and row.answered_on is None for row in matters_of(case)):
        raise Invalid({"kind": "One is waiting for its answer already. Record that answer first."})


def _opened(case: Case, said: Kind) -> int | None:
    """The deadline that the arrival opened, where the machine of the case has one."""
    found: list[Deadline] = [one for one in deadlines.open_deadlines(case.stream) if one.name == said.deadline]
    return found[-1].id if found else None


def answered(case: Case, row: Matter, *, on: date, by: Any, seen: int | None) -> None:
    """Record that a matter was answered on a day. Raises NotYours, Invalid, Stale."""
    workflow.hold(case, seen)
    _must_record(case, by)
    db.session.refresh(row)
    field = f"answered_on-{row.id}"
    if row.answered_on is not None:
        raise Invalid({field: f"It is on record that this was answered on {day(row.answered_on)}."})
    if on > clock.today():
        raise Invalid({field: "The day of the answer cannot be later than today."})
    if on < row.received_on:
        raise Invalid({field: f"It arrived on {day(row.received_on)}: the answer cannot be earlier."})
    row.answered_on, row.answered_by_id = on, by.id
    workflow.occur(case, KINDS[row.kind].answered, by=by, on=on)
    audit.record(case.stream, "answer_matter", by=by.actor, matter=row.id, kind=row.kind)


@notes_on_case
def waiting_for_an_answer(case: Case, by: Any) -> list[Note]:
    """A flag on the page of the case for whatever waits; the page on which it is kept for those who keep it."""
    due = {one.id: one for one in deadlines.open_deadlines(case.stream)}
    keeps = may(by, case, Permission.CASE_CHECK)
    found = []
    for row in matters_of(case):
        if row.answered_on is not None:
            continue
        one = due.get(row.deadline_id or 0)
        says = [f"It arrived on {day(row.received_on)}."]
        if one is not None and one.due_on is not None:
            says.append(f"{'It was' if one.is_late else 'It is'} to be answered by {day(one.due_on)}.")
        link = ("timing.matters", "Record the answer") if keeps else ("timing.ledger", "How this date is counted")
        found.append(Note(KINDS[row.kind].label, tuple(says), *link, warns=True))
    return found
