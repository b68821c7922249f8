"""How the patient may be reached, who must not be told, and the people beside the patient."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.cases import identity
from ifr.cases.beside import gives_copies
from ifr.cases.identity import NOT_TO, Patient
from ifr.cases.models import Case
from ifr.cases.patients.basis import ADULT
from ifr.cases.patients.models import Party
from ifr.cases.patients.seeing import WRITES, must_write
from ifr.db import db
from ifr.letters import Recipient
from ifr.pages import plain_text
from ifr.workflow import Invalid, NotVisible

FORMATS = {
    "": "An ordinary letter",
    "large_print": "Large print",
    "easy_read": "Easy read",
    "braille": "Braille",
    "audio": "A sound file",
    "bsl": "British Sign Language (a film or an interpreter)",
}
PARTIES = {
    "parent": "Parent",
    "guardian": "Guardian",
    "attorney": "Attorney (lasting power of attorney)",
    "deputy": "Deputy appointed by the Court of Protection",
    "advocate": "Advocate",
    "imca": "Independent mental capacity advocate",
    "mp": "Member of Parliament",
    "carer": "Carer",
    "other": "Somebody else",
}
AUTHORITY_SEEN = {"yes": "Yes", "no": "No", "to_follow": "To follow", "not_needed": "None is needed for this part"}
# Which of those who must not be told is which party.
_SAME = {"parent": ("parent", "guardian")}


def read_contact(case: Case, *, by: Any) -> Patient:
    """The contact arrangements; the reading goes on record. Raises PermissionError."""
    return identity.patient_of(case, by=by, why="contact")


def save_contact(case: Case, values: dict[str, str], *, seen: int | None, by: Any) -> None:
    """Keep how the patient may be reached. At any time: whoever moves out tonight cannot wait for a decision."""
    must_write(case, by, WRITES)
    faults = {}
    if values.get("letter_format", "") not in FORMATS:
        faults["letter_format"] = "Choose a form of letter."
    codes = [code for code in values.get("do_not_copy", "").split(",") if code]
    if not set(codes) <= set(NOT_TO):
        faults["do_not_copy"] = "Choose from the list."
    if "other" in codes and not values.get("do_not_copy_note"):
        faults["do_not_copy_note"] = "Say who must not be told."
    if faults:
        raise Invalid(faults)
    workflow.hold(case, seen)
    identity.save_patient(case, {name: plain_text(values.get(name, "")) for name in identity.CONTACT}, by=by)


# --- parties ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartySaid:
    """What was typed about somebody beside the patient."""

    kind: str
    name: str
    address: str = ""
    telephone: str = ""
    email: str = ""
    authority: str = ""
    authority_seen: str = "no"
    may_be_written_to: bool = False
    gets_copies: bool = False


def read_parties(case: Case, *, by: Any) -> list[Party]:
    """The people beside the patient, those who have ended last; the reading goes on record. Raises PermissionError."""
    identity.patient_of(case, by=by, why="parties")
    return sorted(_parties(case), key=lambda one: one.ended_at is not None)


def _parties(case: Case) -> list[Party]:
    return list(db.session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.id)))


def party(case: Case, party_id: int, *, by: Any) -> Party:
    """One of them. Raises NotVisible."""
    found = next((one for one in read_parties(case, by=by) if one.id == party_id), None)
    if found is None:
        raise NotVisible(str(party_id))
    return found


def add_party(case: Case, said: PartySaid, *, once: str, by: Any) -> Party:
    """Name somebody beside the patient. Sent twice, it is one. Raises Invalid."""
    must_write(case, by, WRITES)
    once = f"{case.id}:{once}"
    there = next((one for one in _parties(case) if one.once == once), None)
    if there is not None:
        return there
    row = Party(once=once, case_id=case.id, added_by_id=by.id, added_at=clock.now())
    _write(case, row, said)
    workflow.hold(case)
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "add_party", by=by.actor, party=row.id, kind=row.kind)
    return row


def change_party(case: Case, party_id: int, said: PartySaid, *, seen: int | None, by: Any) -> Party:
    """Write somebody's entry anew. Raises Invalid, NotVisible."""
    must_write(case, by, WRITES)
    row = party(case, party_id, by=by)
    with db.session.no_autoflush:
        _write(case, row, said)
    workflow.hold(case, seen)
    db.session.flush()
    audit.record(case.stream, "change_party", by=by.actor, party=row.id, kind=row.kind)
    return row


def _write(case: Case, row: Party, said: PartySaid) -> None:
    faults = {} if said.kind in PARTIES else {"kind": "Say what part this person has."}
    if not said.name:
        faults["name"] = "Enter a name."
    if said.authority_seen not in AUTHORITY_SEEN:
        faults["authority_seen"] = "Say whether the authority was seen."
    if said.gets_copies and not said.address:
        faults["address"] = "Enter the address to which copies go."
    if said.gets_copies and not said.may_be_written_to:
        faults["may_be_written_to"] = "Copies can only go to somebody who may be written to."
    if faults:
        raise Invalid(faults)
    row.kind, row.name, row.authority_seen = said.kind, said.name, said.authority_seen
    row.address, row.telephone, row.email = said.address or None, said.telephone or None, said.email or None
    row.authority = said.authority or None
    row.may_be_written_to, row.gets_copies = said.may_be_written_to, said.gets_copies


def end_party(case: Case, party_id: int, *, because: str, seen: int | None, by: Any) -> None:
    """Somebody has no part any more. The entry stays, with the reason. Raises Invalid, NotVisible."""
    must_write(case, by, WRITES)
    row = party(case, party_id, by=by)
    if not because:
        raise Invalid({"because": "Say why this person has no part any more."})
    workflow.hold(case, seen)
    row.ended_because, row.ended_at = because, clock.now()
    row.may_be_written_to = row.gets_copies = False
    db.session.flush()
    audit.record(case.stream, "end_party", by=by.actor, party=row.id)


@gives_copies
def copies_for(case: Case, patient: Patient) -> list[Recipient]:
    """To whom a copy of a patient letter goes: parties who get copies, except those whom the patient does not want told."""
    left_out = {kind for code in (patient.do_not_copy or "").split(",") for kind in _SAME.get(code, ())}
    return [
        Recipient(
            one.name,
            tuple(line.strip() for line in (one.address or "").splitlines() if line.strip()),
            copy_of=patient.name or "the patient",
        )
        for one in _parties(case)
        if one.ended_at is None and one.gets_copies and one.may_be_written_to and one.kind not in left_out
        and not _was_for_a_child(case, one)
    ]


def _was_for_a_child(case: Case, one: Party) -> bool:
    """Whether it was for a child that a parent or guardian was named who is an adult today: nobody has parental
    responsibility for an adult, so whether this person may still be written to is asked anew."""
    then, now = (identity.age_on(case, on) for on in (clock.day_of(one.added_at), clock.today()))
    return one.kind in _SAME["parent"] and then is not None and now is not None and then < ADULT <= now
