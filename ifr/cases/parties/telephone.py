"""A decision told on the telephone: to whom, when, by whom and in which words, as a record of its own."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from ifr import clock, workflow
from ifr.cases.models import Case
from ifr.cases.parties.models import TelephoneOutcome
from ifr.cases.services import visible_case
from ifr.db import db
from ifr.pages import moment
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, guard, upon

CLINICIAN, TEAM, PATIENT, OTHER = "clinician", "team", "patient", "other"
TOLD = {
    CLINICIAN: "The clinician",
    TEAM: "Somebody of the clinician's team",
    PATIENT: "The patient",
    OTHER: "Somebody else who may know",
}


@dataclass(frozen=True)
class Call:
    """One call as the page shows it; the name only to those who may know the patient."""

    told: str
    called_at: datetime
    by: str
    said: str
    name: str


@dataclass(frozen=True)
class CallPage:
    case: Case
    calls: list[Call]
    missing: list[Reason]


def call_page(key: str, by: User) -> CallPage:
    """For those who tell a decision on the telephone. Raises NotVisible for others."""
    case = visible_case(key, by)
    entry = workflow.definition_of(case).find("tell_by_telephone")
    if entry is None or not case.capacities(by) & workflow.roles_for(entry, case.profile):
        raise NotVisible(key)
    # A call that was written down only lacks what this very page asks for.
    missing = [] if workflow.definition_of(case).find("tell_by_telephone", case.state) else workflow.why_not(
        case, "tell_by_telephone", by
    )  # fmt: skip
    return CallPage(case, calls_of(case), missing)


def calls_of(case: Case) -> list[Call]:
    """The calls about decisions of a request, newest first."""
    query = select(TelephoneOutcome).where(TelephoneOutcome.case_id == case.id).order_by(TelephoneOutcome.id.desc())
    rows = list(db.session.scalars(query))
    names = people_named(row.by_id for row in rows)
    return [Call(TOLD[row.told], row.called_at, names.get(row.by_id, ""), row.said, row.name) for row in rows]


def record_call(
    case: Case, *, told: str, name: str, said: str, on: date | None, at: str, once: str, seen: int | None, by: User
) -> TelephoneOutcome:
    """Write down a call and make it a step of the request. Sent twice, it is one. `at` is an hour such as 14:30, in London.

    Raises Invalid, NotVisible, Refused.
    """
    called_at, faults = _moment_of(on, at)
    if told not in TOLD:
        faults["told"] = "Say who was told."
    if not name.strip():
        faults["name"] = "Give the name of the person who was told."
    if not said.strip():
        faults["said"] = "Say what was told."
    if faults:
        raise Invalid(faults)
    made = workflow.hold_once(case, seen, lambda: _of_page(once))
    if made is not None:
        return made
    assert called_at is not None  # there would be a fault
    row = TelephoneOutcome(
        once=once, case_id=case.id, told=told, name=name.strip(), said=said.strip(), called_at=called_at, by_id=by.id
    )
    db.session.add(row)
    db.session.flush()
    workflow.move(
        case, "tell_by_telephone", by=by, seen=None, reason=f"{TOLD[told]} was told, {moment(called_at)}: {row.said}"
    )
    return row


def _of_page(once: str) -> TelephoneOutcome | None:
    return db.session.scalars(select(TelephoneOutcome).where(TelephoneOutcome.once == once)).first()


def _moment_of(on: date | None, at: str) -> tuple[datetime | None, dict[str, str]]:
    if on is None:
        return None, {"called_on": "Enter the day of the call."}
    hour, _, minute = at.strip().replace(".", ":").partition(":")
    digits = all(part.isascii() and part.isdecimal() and len(part) <= 2 for part in (hour, minute))
    if not digits or int(hour) > 23 or int(minute) > 59:
        return None, {"called_at": "Enter the time of the call as hours and minutes, for example 14:30."}
    called = datetime.combine(on, time(int(hour), int(minute)), clock.LONDON)
    if on.year < 1900 or called > clock.now():
        return None, {"called_on": "The call is not in the future, and not before 1900."}
    return called, {}


@guard("call_written_down")
def call_written_down(case: Case, by: Any) -> Reason | None:
    """The call is written down first, with who was told and when; then the step is made."""
    query = select(TelephoneOutcome.id).where(TelephoneOutcome.case_id == case.id, TelephoneOutcome.move_id.is_(None))
    return None if db.session.scalar(query.limit(1)) else Reason("Say who was told, and when.", "parties.telephone")


@upon("ifr", "tell_by_telephone")
def call_is_a_step(case: Case, by: Any, made: MoveRecord) -> None:
    query = select(TelephoneOutcome).where(TelephoneOutcome.case_id == case.id, TelephoneOutcome.move_id.is_(None))
    for row in db.session.scalars(query):
        row.move_id = made.id
