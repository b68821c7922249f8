"""Who the patient is: a table of its own, sealed, read through one function that checks and records the reading.

Nothing else in the service reads it. Whoever works on a request knows the patient by the request's reference.
"""

import hashlib
import hmac
import unicodedata
from datetime import date
from typing import Any

import nhs_number
from cryptography.fernet import Fernet, MultiFernet
from flask import current_app
from sqlalchemy import ColumnElement, ForeignKey, String, and_, or_, select, true
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from ifr import access, audit, clock
from ifr.access import Permission, Role
from ifr.cases.models import Case
from ifr.db import Model, db, note


class Sealed(TypeDecorator[str]):
    """Text that the database holds only encrypted. The keys stand in the environment, newest first."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else _fernet().encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else _fernet().decrypt(value.encode()).decode()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in current_app.config["IFR"].identity_keys])


class Patient(Model):
    """The identity behind one case. `nhs_number_hash` finds the same patient again without opening anything."""

    __tablename__ = "patients"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    name: Mapped[str | None] = mapped_column(Sealed)
    nhs_number: Mapped[str | None] = mapped_column(Sealed)
    no_nhs_number_because: Mapped[str | None] = mapped_column(Sealed)
    born_on: Mapped[str | None] = mapped_column(Sealed)
    address: Mapped[str | None] = mapped_column(Sealed)
    telephone: Mapped[str | None] = mapped_column(Sealed)
    practice: Mapped[str | None] = mapped_column(Sealed)
    # Letters go to the patient; through the clinician only with a recorded reason.
    via_clinician_because: Mapped[str | None] = mapped_column(Sealed)
    practice_code: Mapped[str | None] = mapped_column(Sealed)
    # How the patient may be reached, and who must not be told.
    contact_address: Mapped[str | None] = mapped_column(Sealed)
    contact_telephone: Mapped[str | None] = mapped_column(Sealed)
    contact_email: Mapped[str | None] = mapped_column(Sealed)
    no_message: Mapped[str | None] = mapped_column(Sealed)
    do_not_write_because: Mapped[str | None] = mapped_column(Sealed)
    do_not_copy: Mapped[str | None] = mapped_column(Sealed)
    do_not_copy_note: Mapped[str | None] = mapped_column(Sealed)
    language: Mapped[str | None] = mapped_column(Sealed)
    interpreter: Mapped[str | None] = mapped_column(Sealed)
    letter_format: Mapped[str | None] = mapped_column(Sealed)
    nhs_number_hash: Mapped[str | None] = mapped_column(index=True)
    # Where one of two requests has no NHS number, the same name with the same day of birth finds the other.
    name_birth_hash: Mapped[str | None] = mapped_column(index=True)
    # The name alone, for a search by exactly that name.
    name_hash: Mapped[str | None] = mapped_column(index=True)


# Whom the patient does not want told, by the codes that `do_not_copy` holds.
NOT_TO = {
    "gp": "The GP",
    "parent": "A parent",
    "partner": "A partner or spouse",
    "family": "Other family",
    "employer": "An employer or school",
    "other": "Somebody else (say who below)",
}
FIELDS = ("name", "nhs_number", "no_nhs_number_because", "born_on", "address", "telephone", "practice", "via_clinician_because")
CONTACT = (
    "contact_address", "contact_telephone", "contact_email", "no_message", "do_not_write_because", "do_not_copy",
    "do_not_copy_note", "language", "interpreter", "letter_format",
)  # fmt: skip


def fault_of_nhs_number(typed: str) -> str | None:
    """What is wrong with an NHS number as typed, in a sentence; None for a good one.

    Ten digits whose last is the check digit (weights 10 to 2, modulus 11). Ten equal digits pass the sum and are refused.
    """
    digits = "".join(typed.split()).replace("-", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) != 10:
        return "The NHS number has 10 digits, for example 999 123 4560."
    if len(set(digits)) == 1 or not nhs_number.is_valid(digits):  # type: ignore[attr-defined]
        return "Check the NHS number: its last digit does not fit the others, so one of them is mistyped."
    return None


def fault_of_birth_date(typed: str) -> str | None:
    """What is wrong with a date of birth as typed (year-month-day or day/month/year)."""
    born = read_day(typed)
    if born is None:
        return "Enter the date of birth as day, month and year, for example 27 3 1985."
    if born > clock.today():
        return "The date of birth is in the future."
    if born.year < 1900:
        return "Check the year of birth."
    return None


def read_day(typed: str) -> date | None:
    """A day as people type it: 27 3 1985, 27/3/1985, 27.3.1985 or 1985-03-27. None where it is no day."""
    parts = typed.replace("/", " ").replace("-", " ").replace(".", " ").split()
    if len(parts) != 3 or not all(p.isascii() and p.isdecimal() and len(p) <= 4 for p in parts):
        return None
    numbers = [int(p) for p in parts]
    year, month, day = numbers if len(parts[0]) == 4 else reversed(numbers)
    try:
        return date(year, month, day) if year > 999 else None
    except ValueError:
        return None


def nhs_number_hash(typed: str) -> str | None:
    """A keyed hash by which the same number is found again."""
    digits = "".join(c for c in typed if c.isdigit())
    return keyed_hash(digits) if len(digits) == 10 else None


def name_birth_hash(name: str, born_on: str) -> str | None:
    """A keyed hash by which the same name with the same day of birth is found again, however either was typed."""
    plain, born = _plain(name), read_day(born_on)
    return keyed_hash(f"{plain}:{born.isoformat()}") if plain and born else None


def name_hash(name: str) -> str | None:
    """A keyed hash by which exactly this name is found again, whatever its capitals, accents and hyphens."""
    return keyed_hash(_plain(name)) if _plain(name) else None


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if c.isalnum())


def keyed_hash(text: str) -> str:
    """A hash that nobody can try out who has a copy of the database alone: its key stands in the environment."""
    key = current_app.config["IFR"].index_key.encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def patient_of(case: Case, *, by: Any, why: str) -> Patient:
    """The identity behind a case, for somebody who may know it; the reading goes on record with the word for why.

    Raises PermissionError for anybody else: an administrator, a screener, a member of a panel.
    """
    if not may_know(case, by):
        raise PermissionError("this person may not know who the patient is")
    stream, actor = case.stream, by.actor
    note(lambda: audit.record(stream, "read_identity", by=actor, why=why))
    return _row(case)


def asked_about(case: Case, *, by: Any) -> tuple[str, str]:
    """The patient's name and day of birth, for the secretary whom somebody who sits asks: is it the person I know?

    The reading goes on record. Raises PermissionError for anybody but the secretary; who calls it asks first whether there is
    such a question.
    """
    if Role.PANEL_SECRETARY not in case.capacities(by):
        raise PermissionError("this person may not know who the patient is")
    stream, actor = case.stream, by.actor
    note(lambda: audit.record(stream, "read_identity", by=actor, why="member_asked"))
    row = _row(case)
    return row.name or "", row.born_on or ""


def may_know(case: Case, by: Any) -> bool:
    capacities = case.capacities(by)
    return Role.SCHEDULER in capacities or access.has(capacities, Permission.IDENTITY_READ)


def save_patient(case: Case, values: dict[str, str], *, by: Any) -> None:
    """Keep what was typed about the patient, as it was typed. The caller holds the section."""
    row = _row(case)
    for field, typed in values.items():
        setattr(row, field, typed.strip() or None)
    row.nhs_number_hash = nhs_number_hash(row.nhs_number or "")
    row.name_birth_hash = name_birth_hash(row.name or "", row.born_on or "")
    row.name_hash = name_hash(row.name or "")
    db.session.flush()
    audit.record(case.stream, "save_patient", by=by.actor, fields=sorted(k for k, v in values.items() if v))


def _row(case: Case) -> Patient:
    row = db.session.scalars(select(Patient).where(Patient.case_id == case.id)).first()
    if row is None:
        row = Patient(case_id=case.id)
        db.session.add(row)
        db.session.flush()
    return row


def mark_of(case: Case) -> str:
    """A keyed hash of name, number and day of birth, by which it is seen that one of them was put right. It opens nothing."""
    hashes = select(Patient.nhs_number_hash, Patient.name_birth_hash, Patient.name_hash).where(Patient.case_id == case.id)
    found = db.session.execute(hashes).first()
    return keyed_hash("|".join(one or "" for one in found or ()))


def open_for(case: Case) -> None:
    """Make the row of a new case, so that no page has to write before it can read."""
    _row(case)


def keeps_already(case: Case, values: dict[str, str]) -> bool:
    """Whether exactly this is on record already, without saying what is."""
    row = _row(case)
    return all((getattr(row, field) or "") == typed.strip() for field, typed in values.items())


def is_empty(case: Case) -> bool:
    row = _row(case)
    return not any(getattr(row, field) for field in FIELDS)


def missing_by_field(case: Case) -> dict[str, str]:
    """What the patient's section still lacks before a request can be sent, by field, without saying what it holds."""
    row = _row(case)
    faults: dict[str, str | None] = {}
    if not (row.name or "").strip():
        faults["name"] = "Enter the patient's name."
    if row.nhs_number:
        faults["nhs_number"] = fault_of_nhs_number(row.nhs_number)
    elif not (row.no_nhs_number_because or "").strip():
        faults["nhs_number"] = "Enter the NHS number, or say why there is none."
    faults["born_on"] = fault_of_birth_date(row.born_on or "")
    return {field: fault for field, fault in faults.items() if fault}


def cases_of_same_patient(case: Case) -> list[int]:
    """The ids of other cases of the same NHS number; where one of the two has none, of the same name and day of birth.

    Whether they may be shown is asked by the caller.
    """
    row = _row(case)
    same: list[ColumnElement[bool]] = []
    if row.nhs_number_hash:
        same.append(Patient.nhs_number_hash == row.nhs_number_hash)
    if row.name_birth_hash:
        without_number = Patient.nhs_number_hash.is_(None) if row.nhs_number_hash else true()
        same.append(and_(Patient.name_birth_hash == row.name_birth_hash, without_number))
    if not same:
        return []
    return list(db.session.scalars(select(Patient.case_id).where(or_(*same), Patient.case_id != case.id)))


def cases_with(typed: str) -> list[int]:
    """The ids of the cases whose patient has exactly this NHS number or name. The caller asks whether they may be shown, and
    puts the search on record."""
    number, name = nhs_number_hash(typed), name_hash(typed)
    query = select(Patient.case_id).where(Patient.nhs_number_hash == number if number else Patient.name_hash == name)
    return list(db.session.scalars(query)) if number or name else []


def age_on(case: Case, day: date) -> int | None:
    """How many full years old the patient is on a day; None without a date of birth. The date itself stays where it is."""
    born = read_day(_row(case).born_on or "")
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def letter_needs(case: Case) -> tuple[str, str]:
    """The form in which the patient needs letters, and the language: what whoever lets a letter go has to know."""
    row = _row(case)
    return row.letter_format or "", row.language or ""


def not_to_be_told(case: Case) -> tuple[str, ...]:
    """Which kinds of people the patient does not want told, in the words of a letter; whoever is named stays apart."""
    codes = (_row(case).do_not_copy or "").split(",")
    return tuple(NOT_TO[code].replace("(say who below)", "(ask us who)") for code in codes if code in NOT_TO)


def contact_warnings(case: Case) -> list[str]:
    """What whoever telephones or writes has to know first. For those who may know the patient; it names nobody."""
    row = _row(case)
    said = {
        "Do not leave a message.": row.no_message,
        "Nothing may be sent to the patient's home.": row.do_not_write_because,
        "Somebody must not be told of this request.": row.do_not_copy,
        "An interpreter is needed.": row.interpreter,
    }
    return [words for words, holds in said.items() if holds]


def practice_code_of(case: Case) -> str:
    """The code of the patient's practice, for the question which body is responsible; it is shown to nobody."""
    return _row(case).practice_code or ""


def set_practice_code(case: Case, code: str | None) -> None:
    _row(case).practice_code = code
    db.session.flush()


def forget(case: Case) -> None:
    """Delete the identity of a draft that was discarded."""
    db.session.delete(_row(case))
