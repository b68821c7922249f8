"""The letter to the family after a death. It states nothing of the request but its reference."""

from typing import Any

from ifr import letters
from ifr.cases import identity
from ifr.cases.letters import about
from ifr.cases.models import Case
from ifr.cases.parties import services
from ifr.letters import Facts, Letter, Recipient, letter
from ifr.people.services import JOB


@letter("condolence")
def condolence(case: Case) -> Facts:
    return {"reference": case.key, "commissioner": case.profile.commissioner.name}


@letter("change_of_clinician")
def change_of_clinician(case: Case) -> Facts:
    return about(case)


@letters.goes_to("next_of_kin")
def to_next_of_kin(subject: Any, row: Letter) -> Recipient:
    """To the person beside the patient whom the office has chosen by name. Raises LookupError where nobody is chosen any more."""
    party = services.next_of_kin(subject.case)
    if party is None:
        raise LookupError("nobody of the family is chosen who may be written to")
    patient = identity.patient_of(subject.case, by=JOB, why="letter")
    lines = tuple(line.strip() for line in (party.address or "").splitlines() if line.strip())
    return Recipient(party.name, lines, about=(f"About {patient.name}",) if patient.name else ())
