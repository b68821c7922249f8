"""What this room says on the page of a case and beside the sections of the form. No identity: the facts alone."""

from typing import Any

from ifr.access import Permission
from ifr.cases import identity
from ifr.cases.beside import Note, after_saving, notes_on_case, notes_on_section, rows_in_section
from ifr.cases.models import Case
from ifr.cases.patients import basis, by_hand, earlier_requests, earlier_use, monitoring, responsibility
from ifr.cases.patients.practices import belongs
from ifr.cases.patients.seeing import may_write
from ifr.cases.services import answers_of, may
from ifr.pages import day

after_saving(responsibility.follow_practice)
after_saving(basis.follow_consents)

_CONSENT_TAKEN_BACK = {
    "treatment": "The patient no longer wants this treatment. Ask whether the request is to be withdrawn.",
    "sharing": "The patient no longer agrees that information is shared. Stop sharing, and ask what may go on.",
    "letters": "The patient no longer wants to be written to. Letters go through the clinician.",
}


# --- on the page of the case ------------------------------------------------------------------------------------------


@notes_on_case
def on_case(case: Case, by: Any) -> list[Note]:
    """What the office has to know around the patient, the pressing first."""
    found = [*_consents(case), *_responsible(case, by), *_age(case, by), *_basis(case, by)]
    if responsibility.may_answer(case, by) and earlier_requests.unanswered(case, by):
        found.append(
            Note(
                "Earlier requests", ("There is another request for the same patient and a like treatment.",),
                "patients.earlier_requests", "Read what was decided and why, and say what it is to this one", warns=True,
            )
        )  # fmt: skip
    if earlier_use.uses(case):
        found.append(
            Note("Earlier use", ("The patient has had some of this treatment before.",), "patients.uses", "Read what came of it")
        )
    if may(by, case, Permission.LETTER_RELEASE) and any(one.waits for one in by_hand.to_make(case)):
        found.append(
            Note(
                "A letter in another form", ("The patient needs letters in a form that somebody makes by hand.",),
                "patients.letters_by_hand", "Make it and record it", warns=True,
            )
        )  # fmt: skip
    if identity.may_know(case, by):
        first = identity.contact_warnings(case)
        says = (*first, "Safe contact, consents, and the people beside the patient.")
        heading = "Before you telephone or write" if first else "Around the patient"
        found.append(Note(heading, says, "patients.page", "Open", warns=bool(first)))
    return found


def _consents(case: Case) -> list[Note]:
    return [Note("Consent withdrawn", (_CONSENT_TAKEN_BACK[kind],), warns=True) for kind in basis.withdrawn(case)]


def _responsible(case: Case, by: Any) -> list[Note]:
    found, row = belongs(case), responsibility.open_dispute(case)
    link = "Who is responsible, and who pays meanwhile"
    if row is not None:
        says = ["Responsibility for this patient is disputed."]
        if row.meanwhile == "yes":
            until = f" until {day(row.meanwhile_until_on)}" if row.meanwhile_until_on else ""
            says.append(f"Funded meanwhile without prejudice, by {row.meanwhile_body}{until}.")
        elif row.meanwhile == "no":
            says.append("Not funded meanwhile.")
        else:
            says.append("Nobody has said yet who pays meanwhile.")
        return [Note("Responsible body", tuple(says), "patients.responsibility", link, warns=True)]
    if found is not None and not found.ours:
        return [Note("Responsible body", (found.words,), "patients.responsibility", link, warns=True)]
    words = found.words if found else "The practice is not in the table of practices."
    return [Note("Responsible body", (words,), "patients.responsibility", link)]


def _age(case: Case, by: Any) -> list[Note]:
    """The fact of a birthday, never the date: whoever may not know the patient reads no more than that."""
    found = [
        Note("The patient has turned " + str(age), (_TURNED[age],), warns=True) for age in basis.birthdays_passed(case)
    ]
    age = basis.age_at_receipt(case)
    if age is not None and identity.may_know(case, by):
        found.append(Note("Age", (f"{age} when the request came in.",)))
    elif age is not None and age < basis.ADULT:
        found.append(Note("Age", ("The patient was under 18 when the request came in.",)))
    return found


_TURNED = {
    basis.MAY_DECIDE: "Since the request came in the patient has turned 16, and is now presumed able to agree to treatment. "
    "Ask whose agreement the request rests on.",
    basis.ADULT: "Since the request came in the patient has turned 18. Nobody has parental responsibility for an adult: ask "
    "whose agreement the request rests on, and who may be written to. No copy goes to a parent or guardian who was named "
    "before, until somebody names that person anew.",
}


def _basis(case: Case, by: Any) -> list[Note]:
    lacks = basis.missing(case)
    if not lacks:
        return []
    says = ("The basis for the request still needs: " + "; ".join(lacks) + ".",)
    endpoint = "patients.basis" if identity.may_know(case, by) else ""
    return [Note("Basis for the request", says, endpoint, "Complete it" if endpoint else "", warns=True)]


@rows_in_section
def in_section(case: Case, section: str) -> list[tuple[str, str]]:
    """The earlier uses, where the request is read as a whole."""
    if section != "earlier_use":
        return []
    return [
        (f"{one.words}, {one.dates}", "\n".join(filter(None, [one.response, one.measured, one.promised])))
        for one in earlier_use.uses(case)
    ]


# --- beside the sections of the form ----------------------------------------------------------------------------------


@notes_on_section
def on_section(case: Case, section: str, by: Any) -> list[Note]:
    if not may_write(case, by):
        return []
    return _BESIDE.get(section, _nothing)(case, by)


def _nothing(case: Case, by: Any) -> list[Note]:
    return []


def _beside_patient(case: Case, by: Any) -> list[Note]:
    found = belongs(case)
    if found is None:
        says: tuple[str, ...] = ("Type its name or code and save, or look it up. It shows which body decides.",)
    else:
        says = (found.words,) if found.ours else (found.words, "This request is addressed to another body.")
    notes = [Note("Practice", says, "patients.practice", "Look up the practice, or say why another body is responsible",
                  warns=found is not None and not found.ours)]  # fmt: skip
    alike = [one for one in earlier_requests.others(case, by) if one.alike]
    if alike:
        notes.append(
            Note(
                "This was asked before", ("You have another request for this patient and a like treatment.",),
                "patients.earlier_requests", "Read it, then say what is new", warns=True,
            )
        )  # fmt: skip
    notes.append(
        Note("Contact and people", ("How the patient may be reached safely, who must not be told, which form of letter, and "
                                    "the people beside the patient.",), "patients.page", "Open")
    )  # fmt: skip
    return notes


def _beside_basis(case: Case, by: Any) -> list[Note]:
    notes = []
    if odd := basis.does_not_fit(case):
        notes.append(Note("Check the basis", (odd,), warns=True))
    if lacks := basis.missing(case):
        says = ("For this basis we also need: " + "; ".join(lacks) + ".",)
        notes.append(Note("What this basis asks further", says, "patients.basis", "Give it"))
    elif case.basis and basis.FURTHER.get(case.basis):
        notes.append(Note("What this basis asks further", ("It was given.",), "patients.basis", "Read or change it"))
    notes.append(
        Note("Consents", ("Each has a day and a person who asked. One that is taken back is recorded there.",),
             "patients.consents", "Record a consent, or its withdrawal")
    )  # fmt: skip
    says = ("Voluntary, and apart from the request: nobody who decides can read it.",)
    if not monitoring.is_answered(case):
        notes.append(Note("Equality monitoring", says, "patients.monitoring", "Answer it with the patient"))
    return notes


def _beside_earlier_use(case: Case, by: Any) -> list[Note]:
    used = earlier_use.uses(case)
    notes = []
    if used or answers_of(case).get("earlier_use") == "yes":
        says = [f"{one.words}: {one.dates}." for one in used] or ["Say how, when, and what came of it."]
        notes.append(Note("Earlier use", (*says, *earlier_use.missing(case)), "patients.uses", "Add or change an earlier use"))
    alike = [one for one in earlier_requests.others(case, by) if one.alike]
    if alike:
        says = [f"{one.case.reference or 'A draft'}: {one.status}." for one in alike]
        notes.append(
            Note("Earlier requests for this patient", tuple(says), "patients.earlier_requests", "Read what was decided and why",
                 warns=not earlier_requests.what_is_new(case))
        )  # fmt: skip
    return notes


_BESIDE = {"patient": _beside_patient, "basis": _beside_basis, "earlier_use": _beside_earlier_use}
