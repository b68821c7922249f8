"""Letters in the form that the patient needs: large print is set here, any other form somebody makes by hand, and the letter
leaves only when that is done (NHS Accessible Information Standard, DCB1605)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, letters, workflow
from ifr.access import Permission
from ifr.cases import services as cases
from ifr.cases.beside import holds_back
from ifr.cases.identity import Patient, letter_needs
from ifr.cases.models import Case
from ifr.cases.patients.contact import FORMATS
from ifr.cases.patients.models import LetterByHand
from ifr.db import db
from ifr.letters import AWAITING, Letter
from ifr.people.services import people_named
from ifr.workflow import Invalid, NotVisible

MADE_HERE = frozenset({"", "large_print"})


@holds_back
def not_made_yet(case: Case, patient: Patient, letter: Letter) -> str | None:
    """Why a patient letter cannot leave yet; None where it can."""
    form = patient.letter_format or ""
    if form in MADE_HERE or _confirmed(letter.id):
        return None
    return f"This patient needs letters in another form ({FORMATS[form].lower()}). Make it, and record that it was made."


def _confirmed(letter_id: int) -> LetterByHand | None:
    return db.session.scalars(select(LetterByHand).where(LetterByHand.letter_id == letter_id)).first()


@dataclass(frozen=True)
class ToMake:
    """A patient letter that is made by hand, and by whom it was, where it was."""

    letter: Letter
    title: str
    form: str
    how: str
    by: str
    waits: bool


def to_make(case: Case) -> list[ToMake]:
    """The patient letters of a case that are made by hand: those that wait first."""
    form, _ = letter_needs(case)
    rows = [row for row in letters.of_case(case) if row.to == "patient"]
    done = {one.letter_id: one for one in db.session.scalars(
        select(LetterByHand).where(LetterByHand.letter_id.in_([row.id for row in rows]))
    )}  # fmt: skip
    names = people_named(one.by_id for one in done.values())
    found = []
    for row in rows:
        made = done.get(row.id)
        if made is not None:
            said = FORMATS.get(made.format, made.format)
            found.append(ToMake(row, cases.letter_title(row), said, made.how, names.get(made.by_id, ""), waits=False))
        elif form not in MADE_HERE and row.state == AWAITING:
            found.append(ToMake(row, cases.letter_title(row), FORMATS[form], "", "", waits=True))
    return sorted(found, key=lambda one: not one.waits)


def confirm(case: Case, letter_id: int, *, how: str, by: Any) -> None:
    """Record that a letter was made by hand, and how. Sent twice, it is one. Raises Invalid, NotVisible."""
    if not cases.may(by, case, Permission.LETTER_RELEASE):
        raise PermissionError("this is for another role")
    if _confirmed(letter_id) is not None:
        return
    row = next((one for one in to_make(case) if one.letter.id == letter_id and one.waits), None)
    if row is None:
        raise NotVisible(str(letter_id))
    if not how:
        raise Invalid({f"how-{letter_id}": "Say how it was made, and how it leaves."})
    workflow.hold(case)
    form, _ = letter_needs(case)
    db.session.add(LetterByHand(letter_id=letter_id, format=form, how=how, by_id=by.id, at=clock.now()))
    db.session.flush()
    audit.record(case.stream, "make_letter_by_hand", by=by.actor, letter=letter_id, form=form)
