"""What reached the office by other ways than the form: two requests logged by the office, one e-mail that waits, contacts
with what is to be done about them, enquiries, and counts of those who went elsewhere before they began."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from ifr import clock
from ifr.cases.drafts import services as drafts
from ifr.cases.intake import contacts, enquiries, services
from ifr.cases.intake.arrived import CALL, EMAIL
from ifr.cases.intake.contacts import Said
from ifr.cases.intake.models import Contact, Incoming
from ifr.cases.intake.services import AS_EVIDENCE, Logging
from ifr.cases.models import Case
from ifr.cases.starting import services as starting
from ifr.demo import accounts, afterwards, walk
from ifr.demo.cases import returned
from ifr.demo.days import day
from ifr.demo.stories import synthetic_nhs_number

PODIATRIST = "finn_feet"
ANKLE = {
    "clinician_telephone": "01632 960455",
    "specialty": "Podiatric surgery",
    "condition": "End-stage arthritis of the ankle after a fracture, walking distance 50 metres",
    "indication_codes": "M19.1",
    "treatment": "Ankle replacement with a custom implant",
    "treatment_codes": "O32.1",
    "cost": "14500",
    "aim": "To walk half a mile without a stick",
    "urgent": "no",
    "basis": "patient_agrees",
}


def load() -> Iterator[str]:
    """Case 22 and a telephone call, each with its contacts; then what is not a request yet."""
    yield "requests that the office logged from an e-mail and from a telephone call"
    _logged_from_an_e_mail()
    _logged_from_a_call()
    yield "an e-mail that waits, enquiries, and counts of those who went elsewhere"
    with day(1, hour=9):
        _kept(_mail("Robin Vale", "Please find our request below.", "Compression garments"), EMAIL, "request.eml")
        _enquiries()
        _went_elsewhere()


def _logged_from_an_e_mail() -> None:
    """Case 22: logged with the form attached, returned, no reply, warned, closed, reopened on a letter; then declared."""
    with day(92):
        content = _mail("Ivor Nash", "The form is attached.", "Ankle replacement", form=_form("Ivor Nash", "8 5 1978"))
        row = _kept(content, EMAIL, "request.eml")
        filed = {one.id: (AS_EVIDENCE, "Letter of the physiotherapist") for one in services.files_of(row)[2:]}
        case = _logged(row, "Ivor Nash", "8 5 1978", clinician=PODIATRIST, filed=filed)
    with day(90):
        returned(case)
    with day(70):
        _contact(case, "telephone", "out", "Secretary of Mr Gallagher", "Asked for the score. She will remind him.",
                 task="Ring again if nothing has come", until=10)  # fmt: skip
    with day(60):
        asked = contacts.follow_ups_of_case(case)[0]
        contacts.finish(case, asked.contact_id, words="Rang twice; nobody answered.", by=_carol())
    with day(52):
        walk.step(case, "propose_closure", "carol_office")
    with day(30):
        walk.step(case, "confirm_closure", "carol_office", "No reply to two letters and three telephone calls.")
    with day(29):
        afterwards.released(case.stream)
    with day(8):
        _contact(case, "patient_call", "in", "Ivor Nash", "He had not known of the questions and asks for another chance.")
        walk.step(case, "reopen_for_check", "maya_manages", "The clinician wrote on the patient's behalf; see the contact log.")
        _contact(case, "letter", "in", "Mr Finn Gallagher", "Apologises: the letters went to his former ward.",
                 task="Send the questions to the new ward", until=12)  # fmt: skip
    with day(7):
        drafts.declare(case, by=accounts.user(PODIATRIST))


def _logged_from_a_call() -> None:
    """A practice telephoned; the clinician has no account here, so the declaration is outstanding."""
    with day(3):
        note = b"Dr Elm of Riverside Surgery rang at ten. Patient of 79 asks for a second hearing aid. The form follows."
        case = _logged(_kept(note, CALL, "telephone-note.txt"), "Hilda Crane", "4 6 1947", values={
            "clinician_telephone": "01632 960477", "specialty": "Audiology", "condition": "Hearing loss on both sides",
            "treatment": "Second hearing aid", "cost": "900", "urgent": "no", "basis": "patient_agrees",
        })  # fmt: skip
        wrong = _contact(case, "mp_letter", "in", "Office of Ms Tarrant MP", "Asks when Mrs Crane will hear.",
                         task="Answer within ten working days", until=9)  # fmt: skip
        said = Said("mp_letter", "in", "Office of Ms Tarrant MP", "Asks what Mrs Crane has to send. Not urgent.", clock.now(),
                    "Answer the letter of the MP", _carol().id, clock.today() + timedelta(days=9))  # fmt: skip
        contacts.add(case, said, once=walk.once(), by=_carol(), corrects_id=wrong.id)


# --- what is sent to the pages ----------------------------------------------------------------------------------------


def _carol() -> Any:
    return accounts.user("carol_office")


def _form(name: str, born_on: str) -> bytes:
    lines = ["Individual funding request", f"Patient name: {name}", f"Date of birth: {born_on}"]
    lines += [f"Diagnosis: {ANKLE['condition']}", f"Treatment requested: {ANKLE['treatment']}", "Signed: see my letter"]
    return "\n".join(lines).encode()


def _mail(name: str, text: str, subject: str, *, form: bytes | None = None) -> bytes:
    message = EmailMessage()
    message["From"] = "Hospital secretary <secretary@fenland.example>"
    message["Subject"] = f"Funding request: {subject}"
    message["Date"] = (clock.now() - timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    message.set_content(f"{text}\n\nPatient name: {name}\nTreatment requested: {subject}\n")
    if form is not None:
        message.add_attachment(form, maintype="text", subtype="plain", filename="request form.txt")
        note = b"Eight sessions of physiotherapy in 2025; no lasting effect."
        message.add_attachment(note, maintype="text", subtype="plain", filename="physiotherapist.txt")
    return message.as_bytes()


def _kept(content: bytes, way: str, name: str) -> Incoming:
    office = accounts.organisation(accounts.CE).id
    return services.keep(by=_carol(), commissioner_id=office, way=way, content=content, name=name)


def _logged(
    row: Incoming, name: str, born_on: str, *, values: dict[str, str] | None = None, clinician: str | None = None,
    filed: dict[int, tuple[str, str]] | None = None,
) -> Case:
    said = Logging(
        values=values or ANKLE,
        patient={"name": name, "born_on": born_on, "nhs_number": synthetic_nhs_number(), "address": "2 Sample Lane\nEly"},
        arrived_at=row.says_arrived_at or clock.now(),
        provider_id=accounts.organisation(accounts.CE_TRUST).id,
        clinician_id=accounts.user(clinician).id if clinician else None,
        clinician_name="" if clinician else "Dr Mary Elm",
        clinician_address="" if clinician else "Riverside Surgery\n1 Example Quay\nEly",
        filed=filed,
    )
    return services.log_on_behalf(row, said, by=_carol())


def _contact(
    case: Case, kind: str, direction: str, who: str, said: str, *, task: str = "", until: int | None = None
) -> Contact:
    due = clock.today() + timedelta(days=until) if until is not None else None
    words = Said(kind, direction, who, said, clock.now(), task, _carol().id if task else None, due)
    return contacts.add(case, words, once=walk.once(), by=_carol())


def _enquiries() -> None:
    rows = (
        ("practice", "telephone", "Is breast reduction funded?", "Sent the address of the policy.", "They read it first."),
        ("clinician", "email", "Does a second opinion abroad need a request?", "Yes; sent the address of the form.", ""),
        ("mp", "letter", "How many requests are granted in a year?", "Referred to the annual report.", "Answered by letter."),
    )
    for asker, kind, about, answered, ended in rows:
        asked = enquiries.Asked(accounts.organisation(accounts.CE).id, clock.today(), kind, asker, about, answered)
        row = enquiries.add(asked, once=walk.once(), by=_carol())
        if ended:
            enquiries.end(row, reference="", words=ended, by=_carol())


def _went_elsewhere() -> None:
    plan = (
        (accounts.CE, accounts.CE_TRUST, "dev_skin", "meets_policy", 6),
        (accounts.CM, accounts.CM_TRUST, "rosa_spine", "trial", 2),
    )
    for commissioner, provider, who, tick, times in plan:
        for _ in range(times):
            starting.end(
                by=accounts.user(who), ticks=[tick], once=walk.once(),
                commissioner_id=accounts.organisation(commissioner).id, provider_id=accounts.organisation(provider).id,
            )  # fmt: skip
