"""The basis for a request: what each asks further, the patient's age, and the three consents.

Sources: Family Law Reform Act 1969, section 8 (16 and 17); Gillick v West Norfolk AHA [1986] AC 112; Mental Capacity Act
2005, sections 4 (who is consulted), 9 and 16 (attorney, deputy), 35 to 37 (independent mental capacity advocate).
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.cases import identity
from ifr.cases.models import Answer, Case
from ifr.cases.patients.models import BasisDetail, Consent, Party
from ifr.cases.patients.seeing import WRITES, must_write
from ifr.cases.services import answers_of
from ifr.db import db
from ifr.pages import day
from ifr.people.services import people_named
from ifr.workflow import Invalid

CONSENTS = {
    "treatment": "The patient wants this treatment",
    "sharing": "The patient agrees that we share what we need to decide",
    "letters": "The patient agrees to be written to",
}
CONSENT_ANSWERS = {"yes": "Yes", "no": "No", "not_asked": "Not asked yet"}
IMCA = {
    "yes": "Yes",
    "no": "No: there is somebody to consult",
    "to_follow": "Not yet: one has been asked for",
}
ADULT, MAY_DECIDE = 18, 16

# What each basis asks further: the fields of the page, and the parties one of whom is named.
FURTHER: dict[str, tuple[str, ...]] = {
    "patient_agrees": (),
    "parental_responsibility": (),
    "competent_young_person": ("how_known",),
    "attorney_or_deputy": ("how_known",),
    "best_interests": ("how_known", "consulted", "imca"),
    "court": ("court_order", "court_order_on"),
    "urgent_cannot_be_asked": ("will_ask", "will_ask_on"),
}
PARTIES_NAMED: dict[str, tuple[str, ...]] = {
    "parental_responsibility": ("parent", "guardian"),
    "attorney_or_deputy": ("attorney", "deputy"),
}
LABELS = {
    "how_known": {
        "competent_young_person": "How is it known that the young person can decide?",
        "attorney_or_deputy": "How is it known that the patient cannot decide?",
        "best_interests": "How is it known that the patient cannot decide?",
    },
    "consulted": {"best_interests": "Who was consulted, and what did they say?"},
    "imca": {"best_interests": "Is there an independent mental capacity advocate?"},
    "court_order": {"court": "Which court decided what?"},
    "court_order_on": {"court": "Day of the order"},
    "will_ask": {"urgent_cannot_be_asked": "When, and by whom, will the patient be asked?"},
    "will_ask_on": {"urgent_cannot_be_asked": "By which day"},
}
_MISSING = {
    "how_known": "how it is known that the patient can, or cannot, decide",
    "consulted": "who was consulted",
    "imca": "whether there is an independent mental capacity advocate",
    "court_order": "which court decided what",
    "court_order_on": "the day of the court's order",
    "will_ask": "when the patient will be asked",
    "will_ask_on": "by which day the patient will be asked",
}
_NAMED = {
    "parental_responsibility": "the person with parental responsibility, as somebody beside the patient",
    "attorney_or_deputy": "the attorney or deputy, with the document and its registration, as somebody beside the patient",
}


def details_of(case: Case) -> BasisDetail | None:
    return db.session.scalars(select(BasisDetail).where(BasisDetail.case_id == case.id)).first()


def read_details(case: Case, *, by: Any) -> BasisDetail | None:
    """What was said further about the basis. It describes the patient, so it is read by those who may know the patient, and
    the reading goes on record. Raises PermissionError."""
    identity.patient_of(case, by=by, why="basis")
    return details_of(case)


@dataclass(frozen=True)
class Further:
    """What was typed on the page of the basis."""

    how_known: str = ""
    consulted: str = ""
    imca: str | None = None
    court_order: str = ""
    court_order_on: date | None = None
    will_ask: str = ""
    will_ask_on: date | None = None


def save_details(case: Case, said: Further, *, seen: int | None, by: Any) -> None:
    """Keep what the basis asks further. What is missing is shown and asked for, never refused here."""
    must_write(case, by, WRITES)
    if said.court_order_on and said.court_order_on > clock.today():
        raise Invalid({"court_order_on": "The day of the order is in the future."})
    if said.imca and said.imca not in IMCA:
        raise Invalid({"imca": "Choose one of the answers."})
    workflow.hold(case, seen)
    row = details_of(case)
    if row is None:
        row = BasisDetail(case_id=case.id)
        db.session.add(row)
    for name in ("how_known", "consulted", "court_order", "will_ask"):
        setattr(row, name, getattr(said, name) or None)
    row.imca, row.court_order_on, row.will_ask_on = said.imca or None, said.court_order_on, said.will_ask_on
    row.saved_by_id, row.saved_at = by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "save_basis", by=by.actor, basis=case.basis)


def missing(case: Case) -> list[str]:
    """What the basis of a request still asks for, without saying what is there."""
    if not case.basis:
        return []
    row = details_of(case)
    found = [_MISSING[name] for name in FURTHER.get(case.basis, ()) if not (row and getattr(row, name))]
    kinds = PARTIES_NAMED.get(case.basis)
    if kinds:
        query = select(Party).where(Party.case_id == case.id, Party.kind.in_(kinds), Party.ended_at.is_(None))
        named = db.session.scalars(query).all()
        if not named:
            found.insert(0, _NAMED[case.basis])
        elif case.basis == "attorney_or_deputy" and not any(one.authority for one in named):
            found.insert(0, "the attorney's or deputy's document and its registration")
        elif not any(one.authority_seen in ("yes", "to_follow") for one in named):
            found.insert(0, "that somebody has seen what gives that person the authority")
    if case.basis == "best_interests" and row and row.imca == "yes" and not _has_imca(case):
        found.append("the advocate, as somebody beside the patient")
    return found


def _has_imca(case: Case) -> bool:
    query = select(Party.id).where(Party.case_id == case.id, Party.kind == "imca", Party.ended_at.is_(None))
    return db.session.scalars(query).first() is not None


# --- age --------------------------------------------------------------------------------------------------------------


def age_at_receipt(case: Case) -> int | None:
    """How old the patient was when the request came in; before that, today."""
    return identity.age_on(case, case.received_on or clock.today())


def birthdays_passed(case: Case) -> list[int]:
    """Which of 16 and 18 the patient has turned since the request came in: whose agreement counts changes with them."""
    then, now = age_at_receipt(case), identity.age_on(case, clock.today())
    if then is None or now is None:
        return []
    return [age for age in (MAY_DECIDE, ADULT) if then < age <= now]


def does_not_fit(case: Case) -> str | None:
    """What is worth a second look between the patient's age and the basis; nobody is held up by it."""
    age = identity.age_on(case, clock.today())
    if age is None or not case.basis:
        return None
    if case.basis == "parental_responsibility" and age >= ADULT:
        return "The patient is an adult, for whom nobody has parental responsibility. Choose another basis."
    if case.basis == "competent_young_person" and age >= ADULT:
        return "The patient is an adult. If the patient agrees, that is the basis."
    if case.basis == "patient_agrees" and age < MAY_DECIDE:
        return "The patient is under 16. Choose a competent young person, or somebody with parental responsibility."
    if case.basis == "attorney_or_deputy" and age < MAY_DECIDE:
        return "An attorney or a deputy acts for somebody who is 16 or older (an attorney: 18). Check the basis."
    return None


# --- consents ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One answer to one of the consents, as a page shows it."""

    answer: str
    asked_on: date | None
    asked_by: str
    recorded_by: str
    recorded_on: date
    withdrawn: bool

    @property
    def words(self) -> str:
        said = "Withdrawn" if self.withdrawn else CONSENT_ANSWERS[self.answer]
        parts = [f"asked on {day(self.asked_on)}" if self.asked_on else "", f"by {self.asked_by}" if self.asked_by else ""]
        how = " ".join(part for part in parts if part)
        return f"{said}{', ' + how if how else ''}"


@dataclass(frozen=True)
class ConsentShown:
    kind: str
    label: str
    history: list[Said] = field(default_factory=list)

    @property
    def now(self) -> Said | None:
        return self.history[-1] if self.history else None


def read_consents(case: Case, *, by: Any) -> list[ConsentShown]:
    """The three consents with their history, for those who may know the patient; the reading goes on record."""
    identity.patient_of(case, by=by, why="consents")
    rows = _rows(case)
    names = people_named(row.recorded_by_id for row in rows)
    found = []
    for kind, label in CONSENTS.items():
        history: list[Said] = []
        for row in rows:
            if row.kind == kind:
                before = history[-1].answer if history else None
                name = names.get(row.recorded_by_id or 0, "The service")
                said_on = clock.day_of(row.recorded_at)
                history.append(
                    Said(row.answer, row.asked_on, row.asked_by or "", name, said_on, row.answer == "no" and before == "yes")
                )
        found.append(ConsentShown(kind, label, history))
    return found


def _rows(case: Case) -> list[Consent]:
    return list(db.session.scalars(select(Consent).where(Consent.case_id == case.id).order_by(Consent.id)))


def answer_now(case: Case, kind: str) -> str | None:
    """The answer that holds: yes, no or not_asked; None where nobody has said anything."""
    return next((row.answer for row in reversed(_rows(case)) if row.kind == kind), None)


def withdrawn(case: Case) -> list[str]:
    """Which consents were given and then taken back."""
    found = []
    for kind in CONSENTS:
        answers = [row.answer for row in _rows(case) if row.kind == kind and row.answer != "not_asked"]
        if len(answers) > 1 and answers[-1] == "no" and "yes" in answers:
            found.append(kind)
    return found


def record_consent(
    case: Case, kind: str, answer: str, *, asked_on: date | None, asked_by: str, seen: int | None, by: Any
) -> None:
    """Put one answer on record; what was said before stays. Raises Invalid."""
    must_write(case, by, WRITES)
    faults = {} if kind in CONSENTS else {"kind": "Choose which of the three consents it is."}
    if answer not in CONSENT_ANSWERS:
        faults["answer"] = "Choose an answer."
    if asked_on and asked_on > clock.today():
        faults["asked_on"] = "This day is in the future."
    if answer in ("yes", "no"):
        if asked_on is None:
            faults.setdefault("asked_on", "Enter the day on which this was said.")
        if not asked_by:
            faults["asked_by"] = "Say who asked."
    if faults:
        raise Invalid(faults)
    workflow.hold(case, seen)
    _record(case, kind, answer, asked_on, asked_by, by=by)
    key = f"consent_{kind}"
    row = db.session.scalars(select(Answer).where(Answer.case_id == case.id, Answer.key == key)).first()
    if row is None:
        row = Answer(case_id=case.id, section="basis", key=key)
        db.session.add(row)
    row.text, row.at, row.by_id = answer, clock.now(), by.id
    db.session.flush()


def _record(
    case: Case, kind: str, answer: str, asked_on: date | None, asked_by: str, *, by: Any, on_form: bool = False
) -> None:
    db.session.add(
        Consent(
            case_id=case.id, kind=kind, answer=answer, asked_on=asked_on, asked_by=asked_by or None, recorded_by_id=by.id,
            recorded_at=clock.now(), on_form=on_form,
        )
    )  # fmt: skip
    db.session.flush()
    audit.record(case.stream, "record_consent", by=by.actor, consent=kind, answer=answer)


def follow_consents(case: Case, section: str, values: dict[str, str], by: Any) -> None:
    """What the form says of the consents is put on record with its day and who asked: as typed there, else today and
    whoever saved it."""
    if section != "basis":
        return
    kept = answers_of(case)
    asked_on = identity.read_day(values.get("consent_on", "")) or clock.today()
    asked_by = values.get("consent_by", "").strip() or getattr(by, "name", "")
    for kind in CONSENTS:
        answer = kept.get(f"consent_{kind}", "")
        before = [row for row in _rows(case) if row.kind == kind]
        if before and before[-1].on_form and case.received_at is None:
            db.session.delete(before.pop())
            db.session.flush()
        if answer in CONSENT_ANSWERS and (not before or before[-1].answer != answer):
            said = answer != "not_asked"
            _record(case, kind, answer, asked_on if said else None, asked_by if said else "", by=by, on_form=True)
