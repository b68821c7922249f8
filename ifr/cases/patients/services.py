"""What the pages of this room ask: each in one call. The rules stand in a file for each subject."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from ifr import access, profiles
from ifr.access import Permission
from ifr.cases.drafts.services import is_being_written
from ifr.cases.identity import NOT_TO, Patient
from ifr.cases.models import Case
from ifr.cases.patients import notices  # noqa: F401  (registers what this room says elsewhere)
from ifr.cases.patients.basis import (
    CONSENTS,
    FURTHER,
    ConsentShown,
    Further,
    age_at_receipt,
    does_not_fit,
    missing,
    read_consents,
    read_details,
    record_consent,
    save_details,
)
from ifr.cases.patients.by_hand import confirm, to_make
from ifr.cases.patients.contact import (
    FORMATS,
    PartySaid,
    add_party,
    change_party,
    end_party,
    party,
    read_contact,
    read_parties,
    save_contact,
)
from ifr.cases.patients.earlier_requests import OtherRequest, answer, others, unanswered, what_is_new
from ifr.cases.patients.earlier_use import (
    Use,
    UseSaid,
    add_use,
    change_use,
    clauses,
    files,
    remove_use,
    row_of,
    uses,
)
from ifr.cases.patients.models import BasisDetail, Consent, EarlierUse, Party, Practice, ResponsibilityDispute
from ifr.cases.patients.monitoring import QUESTIONS, Counts, counts, is_answered, save
from ifr.cases.patients.practices import Belongs, belongs, find, leads_to
from ifr.cases.patients.responsibility import (
    GROUNDS,
    Meanwhile,
    address_to_body,
    answer_meanwhile,
    choose_practice,
    dispute,
    disputes,
    may_answer,
    open_dispute,
    settle,
)
from ifr.cases.patients.seeing import case_beside, case_of_patient, may_write
from ifr.cases.services import PROVIDER_SIDE
from ifr.db import db
from ifr.people.models import COMMISSIONER, User
from ifr.people.services import people_named
from ifr.workflow import MoveRecord, upon

__all__ = [
    "CONSENTS", "FORMATS", "NOT_TO", "QUESTIONS", "Belongs", "ConsentShown", "Further", "Meanwhile", "OtherRequest",
    "PartySaid", "Use", "UseSaid", "add_party", "add_use", "address_to_body", "answer", "answer_meanwhile", "belongs",
    "case_beside", "case_of_patient", "change_party", "change_use", "choose_practice", "clauses", "confirm", "dispute",
    "end_party", "files", "is_answered", "may_answer", "may_write", "others", "party", "record_consent", "remove_use",
    "row_of", "save", "save_contact", "save_details", "settle", "to_make", "unanswered", "uses",
]  # fmt: skip


@dataclass(frozen=True)
class PatientPage:
    """Everything around the patient, for somebody who may know who it is."""

    case: Case
    contact: Patient
    not_to: list[str]
    parties: list[Party]
    consents: list[ConsentShown]
    belongs: Belongs | None
    age: int | None
    basis: str
    lacks: list[str]
    monitored: bool
    may_write: bool
    provider_side: bool


def patient_page(case: Case, by: Any) -> PatientPage:
    """Raises PermissionError for somebody who may not know the patient. The readings go on record."""
    contact = read_contact(case, by=by)
    asked = next((one for one in case.questions.all() if one.key == "basis"), None)
    codes = [code for code in (contact.do_not_copy or "").split(",") if code in NOT_TO]
    return PatientPage(
        case=case,
        contact=contact,
        not_to=[NOT_TO[code].removesuffix(" (say who below)") for code in codes],
        parties=read_parties(case, by=by),
        consents=read_consents(case, by=by),
        belongs=belongs(case),
        age=age_at_receipt(case),
        basis=asked.options.get(case.basis or "", "") if asked else "",
        lacks=missing(case),
        monitored=is_answered(case),
        may_write=may_write(case, by),
        provider_side=bool(case.capacities(by) & PROVIDER_SIDE),
    )


@dataclass(frozen=True)
class PracticePage:
    """The look-up of a practice, and what each that was found would mean."""

    case: Case
    belongs: Belongs | None
    typed: str
    found: list[tuple[Practice, Belongs]]
    open_dispute: ResponsibilityDispute | None
    may_write: bool

    @property
    def may_address(self) -> bool:
        """Whether the draft can be addressed to the body to which its practice leads."""
        return self.may_write and self.case.received_at is None and self.belongs is not None and not self.belongs.ours


def practice_page(case: Case, typed: str, by: Any) -> PracticePage:
    found = find(typed, case.received_on) if typed else []
    return PracticePage(
        case, belongs(case), typed, [(one, leads_to(case, one)) for one in found], open_dispute(case), may_write(case, by)
    )


@dataclass(frozen=True)
class ResponsibilityPage:
    case: Case
    belongs: Belongs | None
    disputes: list[ResponsibilityDispute]
    open: ResponsibilityDispute | None
    names: dict[int, str]
    may_answer: bool
    may_dispute: bool

    def ground_of(self, row: ResponsibilityDispute) -> str:
        return GROUNDS.get(row.settled_ground, "")


def responsibility_page(case: Case, by: Any) -> ResponsibilityPage:
    rows, still_open = disputes(case), open_dispute(case)
    ids = [one for row in rows for one in (row.raised_by_id, row.meanwhile_by_id, row.settled_by_id)]
    return ResponsibilityPage(
        case, belongs(case), rows, still_open, people_named(ids), may_answer(case, by),
        may_write(case, by) and still_open is None,
    )  # fmt: skip


@dataclass(frozen=True)
class BasisPage:
    case: Case
    details: BasisDetail | None
    basis: str
    odd: str | None
    lacks: list[str]

    @property
    def asks(self) -> bool:
        return bool(FURTHER.get(self.case.basis or ""))


def basis_page(case: Case, by: Any) -> BasisPage:
    asked = next((one for one in case.questions.all() if one.key == "basis"), None)
    words = asked.options.get(case.basis or "", "") if asked else ""
    return BasisPage(case, read_details(case, by=by), words, does_not_fit(case), missing(case))


@dataclass(frozen=True)
class UsesPage:
    case: Case
    uses: list[Use]
    may_change: bool


def uses_page(case: Case, by: Any) -> UsesPage:
    return UsesPage(case, uses(case), may_write(case, by) and is_being_written(case))


@dataclass(frozen=True)
class EarlierPage:
    case: Case
    others: list[OtherRequest]
    names: dict[int, str]
    may_answer: bool
    what_is_new: str


def earlier_page(case: Case, by: Any) -> EarlierPage:
    found = others(case, by)
    names = people_named(one.answer.by_id for one in found if one.answer)
    return EarlierPage(case, found, names, may_answer(case, by), what_is_new(case))


def counts_page(by: User) -> list[tuple[str, Counts]]:
    """The counts of each commissioner in which this person may read them."""
    found = []
    for one in by.organisations(COMMISSIONER):
        if access.has(by.roles_in(one.id), Permission.MONITORING_COUNT):
            profile: Any = profiles.by_id(profiles.latest("profile", one.slug).id)
            found.append((one.name, counts(one.id, profile)))
    return found


@upon("ifr", "discard_draft")
def empty_around_the_patient(case: Case, by: Any, made: MoveRecord) -> None:
    """Nothing stays of a draft that was thrown away, here too."""
    for model in (BasisDetail, Consent, EarlierUse, Party, ResponsibilityDispute):
        db.session.execute(delete(model).where(model.case_id == case.id))
