"""Who a letter goes to: read when it is made, and kept nowhere but in the letter. Reading a patient's name and address goes
on record."""

from typing import Any

from ifr import letters
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.asking import asking_clinician
from ifr.cases.beside import copies_of_letter, held_back_because
from ifr.cases.models import Case
from ifr.cases.services import answers_of, clinician_id_of
from ifr.db import db
from ifr.letters import Letter, Recipient
from ifr.people import services as people
from ifr.people.models import Organisation


class HeldBackError(Exception):
    """A letter that cannot leave yet; the message says what has to be done first."""


@letters.subject_loader("case")
def case_numbered(case_id: int) -> Case:
    return db.session.get_one(Case, case_id)


@letters.goes_to("clinician")
def to_clinician(subject: Any, row: Letter) -> Recipient:
    name, place, email = _clinician(subject.case)
    return Recipient(name, place, email, not_to=identity.not_to_be_told(subject.case))


@letters.goes_to("patient")
def to_patient(subject: Any, row: Letter) -> Recipient:
    """To the address that is safe for the patient, else to the patient's own; in care of the clinician where that was asked,
    where nothing may be sent home or the patient is not to be written to, and where no address is on record.

    Raises HeldBackError where the letter is needed in a form that somebody still has to make.
    """
    case = subject.case
    patient = identity.patient_of(case, by=people.JOB, why="letter")
    if because := held_back_because(case, patient, row):
        raise HeldBackError(because)
    form: dict[str, Any] = {"large_print": patient.letter_format == "large_print"}
    if (patient.language or "").casefold().startswith(("welsh", "cymraeg")):
        form["language"] = "cy"
    home = "" if patient.do_not_write_because else patient.address
    lines = tuple(line.strip() for line in (patient.contact_address or home or "").splitlines() if line.strip())
    if lines and not patient.via_clinician_because and answers_of(case).get("consent_letters") != "no":
        return Recipient(patient.name or "", lines, **form)
    name, place, _ = _clinician(case)
    return Recipient(patient.name or "", (f"In care of {name}", *place), None, **form)


def copies_to(subject: Any, row: Letter) -> list[Recipient]:
    """To whom copies of a letter go, read now: of a patient letter, the people beside the patient who get them."""
    if row.to != "patient":
        return []
    return copies_of_letter(subject.case, identity.patient_of(subject.case, by=people.JOB, why="letter"))


@letters.goes_to("policy_lead")
def to_policy_lead(subject: Any, row: Letter) -> Recipient:
    leads = people.users_with(Role.POLICY_LEAD, subject.case.commissioner_id)
    if not leads:
        raise LookupError("nobody is the policy lead of this commissioner")
    return Recipient(leads[0].name, (subject.case.profile.commissioner.name,), leads[0].email)


@letters.goes_to("gp")
def to_gp(subject: Any, row: Letter) -> Recipient:
    """A copy of the clinician's letter to the practice where the patient is registered; it says who the patient is, whom the
    practice does not know by our reference.

    Raises HeldBackError where the patient does not want the GP told, LookupError where no practice is on record.
    """
    case = subject.case
    patient = identity.patient_of(case, by=people.JOB, why="letter")
    if "gp" in (patient.do_not_copy or "").split(","):
        raise HeldBackError("The patient does not want the GP told. Leave the copy to the GP out.")
    lines = tuple(part.strip() for line in (patient.practice or "").splitlines() for part in line.split(",") if part.strip())
    if not lines:
        raise LookupError("the request names no GP practice")
    clinician, _, _ = _clinician(case)
    known = (("Patient", patient.name), ("Date of birth", patient.born_on), ("NHS number", patient.nhs_number))
    return Recipient(
        f"The general practitioner, {lines[0]}", lines[1:], copy_of=clinician,
        about=tuple(f"{label}: {said}" for label, said in known if said),
    )  # fmt: skip


@letters.goes_to("provider")
def to_provider(subject: Any, row: Letter) -> Recipient:
    return Recipient("The contracts and finance department", (provider_of(subject.case).name,))


@letters.goes_to("finance")
def to_finance(subject: Any, row: Letter) -> Recipient:
    """To those who pay for the commissioner. Raises LookupError where nobody has that part."""
    payers = people.users_with(Role.FINANCE, subject.case.commissioner_id)
    if not payers:
        raise LookupError("nobody has the part of finance at this commissioner")
    return Recipient(payers[0].name, (subject.case.profile.commissioner.name,), payers[0].email)


def nobody_because(subject: Any, row: Letter) -> str | None:
    """Why a letter to somebody beside clinician and patient would find nobody, in a sentence; None where it would."""
    if row.to not in letters.BESIDE:
        return None
    try:
        addressee(subject, row)
    except HeldBackError as fault:
        return str(fault)
    except LookupError as fault:
        return f"This letter has no address: {fault}."
    return None


def digest_of(recipient: Recipient) -> str:
    """A keyed hash by which it is found later whether name or address have changed."""
    return identity.keyed_hash("\n".join((recipient.name, *recipient.address, *recipient.about)))


def addressee(subject: Any, row: Letter) -> Recipient:
    """Who a letter goes to, read now. Reading the patient's name and address goes on record."""
    return letters.RECIPIENTS[row.to](subject, row)


def _clinician(case: Case) -> tuple[str, tuple[str, ...], str | None]:
    """Who asks, where, and the e-mail address of an account; whoever has none is written to by post.

    Raises LookupError where nobody is on record.
    """
    place = (provider_of(case).name,)
    clinician_id = clinician_id_of(case)
    if clinician_id is not None:
        clinician = people.person(clinician_id)
        return clinician.name, place, clinician.email
    named = asking_clinician(case, by=people.JOB, why="letter")
    if named is None:
        raise LookupError("the request has no clinician")
    lines = tuple(line.strip() for line in named.address.splitlines() if line.strip())
    return named.name, lines or place, None


def provider_of(case: Case) -> Organisation:
    return db.session.get_one(Organisation, case.provider_id)
