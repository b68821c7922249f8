"""A death on record: what would go out to the patient is held back at once, and somebody is written to by name instead."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, letters, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import Case
from ifr.cases.parties.models import Death
from ifr.cases.patients.contact import read_parties
from ifr.cases.patients.models import Party
from ifr.cases.patients.seeing import OFFICE_WRITES, case_of_patient, must_write
from ifr.cases.services import in_office
from ifr.db import db
from ifr.letters import Letter
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import Invalid, MoveRecord, NotVisible, upon

HELD_BACK = "The patient has died. No letter to the patient leaves; the office writes to the family by name."
_FIRST = date(1900, 1, 1)


@dataclass(frozen=True)
class DeathPage:
    """What is known of a death, and what it has held back."""

    case: Case
    death: Death | None
    recorded_by: str
    held: list[Letter]
    may_be_told: list[Party]
    chosen: Party | None
    may_write: bool


def death_of(case: Case) -> Death | None:
    """The death that is on record, where nobody has said since that it was a mistake."""
    query = select(Death).where(Death.case_id == case.id, Death.reversed_at.is_(None)).order_by(Death.id.desc())
    return db.session.scalars(query.limit(1)).first()


def death_page(key: str, by: User) -> DeathPage:
    """For somebody of the office who may know the patient; the reading goes on record. Raises NotVisible."""
    case = case_of_patient(key, by)
    if not in_office(by, case):
        raise NotVisible(key)
    death = death_of(case)
    tellable = [one for one in read_parties(case, by=by) if one.ended_at is None and one.may_be_written_to]
    names = people_named([death.recorded_by_id]) if death else {}
    return DeathPage(
        case=case,
        death=death,
        recorded_by=names.get(death.recorded_by_id, "") if death else "",
        held=[row for row in letters.of_case(case) if row.state == letters.HELD],
        may_be_told=tellable,
        chosen=next((one for one in tellable if death and one.id == death.next_of_kin_id), None),
        may_write=bool(case.capacities(by) & OFFICE_WRITES),
    )


def record_death(case: Case, *, source: str, died_on: date | None, once: str, seen: int | None, by: User) -> Death:
    """Put on record that the patient has died. Sent twice, it is one. Raises Invalid, NotYours, Refused."""
    must_write(case, by, OFFICE_WRITES)
    faults = {} if source.strip() else {"source": "Say from whom this is known."}
    if died_on is not None and not _FIRST <= died_on <= clock.today():
        faults["died_on"] = "The day of the death is today or an earlier day."
    if faults:
        raise Invalid(faults)
    made = workflow.hold_once(case, seen, lambda: db.session.scalars(select(Death).where(Death.once == once)).first())
    if made is not None:
        return made
    row = Death(
        once=once, case_id=case.id, died_on=died_on, source=source.strip(), recorded_at=clock.now(), recorded_by_id=by.id
    )
    db.session.add(row)
    db.session.flush()
    workflow.move(case, "record_death", by=by, seen=None)
    return row


def write_to_family(case: Case, party_id: int | None, *, seen: int | None, by: User) -> None:
    """Write to somebody beside the patient, chosen by name. The letter waits for its release as any other.

    Raises Invalid where nobody was chosen who may be written to, Refused without a death on record.
    """
    must_write(case, by, OFFICE_WRITES)
    row = death_of(case)
    chosen = next((one for one in read_parties(case, by=by) if one.id == party_id and one.may_be_written_to), None)
    if chosen is None or chosen.ended_at is not None:
        raise Invalid({"party": "Choose to whom we write."})
    if not chosen.address:
        raise Invalid({"party": "No address of this person is on record. Add it around the patient."})
    workflow.hold(case, seen)
    if row is not None:
        row.next_of_kin_id = chosen.id
    audit.record(case.stream, "choose_next_of_kin", by=by.actor, party=chosen.id)
    workflow.move(case, "write_to_family", by=by, seen=None)


def next_of_kin(case: Case) -> Party | None:
    """Somebody beside the patient to whom the office writes after the death, while that person may be written to."""
    row = death_of(case)
    party = db.session.get(Party, row.next_of_kin_id) if row and row.next_of_kin_id else None
    return party if party and party.ended_at is None and party.may_be_written_to and party.address else None


# --- what a death holds back ----------------------------------------------------------------------------------------------


@letters.held_when
def not_to_a_patient_who_has_died(subject: Any, to: str) -> str | None:
    """A letter to the patient, or to the patient as the one who appeals."""
    if to != "patient" and not (to == "appellant" and getattr(subject, "appellant", "") == "patient"):
        return None
    return HELD_BACK if death_of(subject.case) is not None else None


@upon("ifr", "record_death")
def hold_letters_back(case: Case, by: Any, made: MoveRecord) -> None:
    """Those that wait and those that somebody has released already."""
    waiting = [row for row in letters.of_case(case) if row.state in (letters.AWAITING, letters.RELEASED)]
    to_patient = []
    for row in waiting:
        letters.hold(row)
        if not_to_a_patient_who_has_died(letters.subject_of_stream(row.stream), row.to):
            to_patient.append(row)
    letters.hold_back(to_patient, HELD_BACK)


@upon("ifr", "reverse_death")
def let_letters_wait(case: Case, by: Any, made: MoveRecord) -> None:
    """It was a mistake: the letters wait for their release again."""
    row = death_of(case)
    if row is not None:
        row.reversed_at, row.reversed_by_id, row.reversed_because = made.at, by.id, made.reason or ""
    db.session.flush()
    letters.let_wait(letters.of_case(case))


@upon("ifr", "withdraw")
def stop_what_told_of_a_decision(case: Case, by: Any, made: MoveRecord) -> None:
    """A request that was withdrawn after its decision was confirmed: the letters of that decision do not leave any more."""
    for row in letters.of(case.stream):
        if row.ending and row.state in (letters.AWAITING, letters.RELEASED, letters.HELD) and by.id is not None:
            letters.leave_out(row, by_id=by.id, because="The request was withdrawn.")


@notes_on_case
def on_case(case: Case, by: Any) -> list[Note]:
    if not in_office(by, case) or death_of(case) is None:
        return []
    endpoint = "parties.death" if identity.may_know(case, by) and case.capacities(by) & OFFICE_WRITES else ""
    return [Note("The patient has died", ("Letters to the patient are held back.",), endpoint, "What is on record", warns=True)]


WITHDRAWERS = frozenset({Role.CLINICIAN, Role.COORDINATOR})
