"""What a second person does before a letter leaves: compares name and address with the record, and reads what it says.

Whoever released a letter is not the second person for it, and the other way round. What each did is kept with the letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ifr import audit, clock, letters, workflow
from ifr.access import Permission
from ifr.cases import identity, services
from ifr.cases.models import Case
from ifr.cases.recipients import HeldBackError, addressee, digest_of
from ifr.letters import AWAITING, RELEASED, Facts, Letter, Recipient
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import Invalid, NotVisible, Reason, Refused

ADDRESS, READING = "address", "reading"


@dataclass(frozen=True)
class Compared:
    """Name and address of a letter beside what the record says of the patient."""

    letter: Letter
    recipient: Recipient | None
    lacks: str
    patient: list[tuple[str, str]]


def needed(row: Letter, kind: str) -> bool:
    """Whether a second person has still to do this for a letter."""
    if row.state not in (AWAITING, RELEASED):
        return False
    return row.needs_address_check and row.address_checked_at is None if kind == ADDRESS else (
        row.needs_reader and row.read_at is None
    )  # fmt: skip


def names_of(rows: list[Letter]) -> dict[int, str]:
    """Who released, compared and read letters, by their ids."""
    return people_named(one for row in rows for one in (row.released_by_id, row.address_checked_by_id, row.read_by_id))


def compared(case: Case, letter_id: int, by: User) -> Compared:
    """What is to be compared, for somebody who may know the patient. The reading goes on record. Raises NotVisible."""
    row = _letter(case, letter_id, by)
    if not row.needs_address_check:
        raise NotVisible(str(letter_id))
    patient = identity.patient_of(case, by=by, why="letter")
    digits = "".join(c for c in patient.nhs_number or "" if c.isdigit())
    known = [
        ("Name of the patient", patient.name or "Not on record"),
        ("Date of birth", patient.born_on or "Not on record"),
        ("Last digits of the NHS number", digits[-4:] or "Not on record"),
        ("Address on record", patient.contact_address or patient.address or "Not on record"),
        ("GP practice", patient.practice or "Not on record"),
    ]
    recipient, lacks = _recipient(row)
    return Compared(row, recipient, lacks, known)


def _recipient(row: Letter) -> tuple[Recipient | None, str]:
    try:
        return addressee(letters.subject_of_stream(row.stream), row), ""
    except HeldBackError as fault:
        return None, str(fault)
    except LookupError as fault:
        return None, f"Nobody is on record to whom this letter could go: {fault}."


def beside(row: Letter) -> list[tuple[str, str]]:
    """What the record says today, beside what the letter says: for whoever reads it as the second person."""
    subject = letters.subject_of_stream(row.stream)
    made = workflow.move_numbered(row.batch)
    unmoved = made is not None and made.dest == subject.state and made.stream == row.stream
    facts: Facts = letters.LETTERS[row.name](subject) if unmoved else row.facts
    shown = [("Reference", facts.get("reference", "")), ("Where the request stands", workflow.label_of(subject))]
    shown += [(label, str(facts[name])) for name, label in _SHOWN.items() if facts.get(name)]
    for number, one in enumerate(facts.get("questions") or [], start=1):
        if isinstance(one, Mapping) and one.get("answer"):
            shown.append((f"Question {number}", f"{one['answer']}: {one.get('reasons', '')}"))
    for number, one in enumerate(facts.get("factors") or [], start=1):
        if isinstance(one, Mapping) and one.get("answer"):
            shown.append((f"Point {number}", f"{one['answer']}: {one.get('reasons', '')}"))
    return [(label, said) for label, said in shown if said]


_SHOWN = {
    "decision": "Decision",
    "reasons": "Reasons",
    "plain_reasons": "Reasons in plain words",
    "in_the_round": "All of it together",
    "would_change": "What could change it",
    "amount": "Amount",
    "valid_until": "Last day to begin",
    "not_funded_part": "What is not funded",
}


def confirm(case: Case, letter_id: int, kind: str, *, by: User, seen: int | None) -> Letter:
    """Put on record that a second person has compared name and address (`address`) or read the letter (`reading`).

    Done twice it is done once. Raises Refused for whoever released it, Invalid where there is no address to compare.
    """
    row = _letter(case, letter_id, by)
    if row.state not in (AWAITING, RELEASED):
        raise Refused([Reason("This letter does not wait for a second person.", "cases.letters")])
    if not needed(row, kind):
        return row
    workflow.hold(case, seen)
    letters.hold(row)
    if row.released_by_id == by.id:
        raise Refused([Reason("You released this letter, so a second person has to do this.", "cases.letters")])
    if kind == ADDRESS:
        _compare(row, by)
    else:
        row.read_at, row.read_by_id = clock.now(), by.id
    audit.record(case.stream, f"second_person_{kind}", by=by.actor, letter=row.id)
    return row


def _compare(row: Letter, by: User) -> None:
    recipient, lacks = _recipient(row)
    if recipient is None:
        raise Invalid({"address": lacks})
    row.address_checked_at, row.address_checked_by_id = clock.now(), by.id
    row.address_digest = digest_of(recipient)


def _letter(case: Case, letter_id: int, by: User) -> Letter:
    if not services.may(by, case, Permission.LETTER_RELEASE):
        raise PermissionError("this is for another role")
    row = next((one for one in letters.of_case(case) if one.id == letter_id), None)
    if row is None:
        raise NotVisible(str(letter_id))
    return row
