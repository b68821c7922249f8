"""What stands beside the facts of a request: notes on the page of the case and beside a section of the form, copies of a
patient letter, and what keeps one from leaving. The rooms that know come later, so they hand their readers in here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ifr.cases.models import Case
from ifr.letters import Letter, Recipient


@dataclass(frozen=True)
class Note:
    """A heading, a few sentences, and the page on which something can be done about it. A warning stands out."""

    heading: str
    says: tuple[str, ...] = ()
    endpoint: str = ""
    link: str = ""
    warns: bool = False


CaseReader = Callable[[Case, Any], list[Note]]
SectionReader = Callable[[Case, str, Any], list[Note]]
RowReader = Callable[[Case, str], list[tuple[str, str]]]
Follower = Callable[[Case, str, dict[str, str], Any], None]
_ON_CASE: list[CaseReader] = []
_ON_SECTION: list[SectionReader] = []
_ROWS: list[RowReader] = []
_AFTER_SAVING: list[Follower] = []
# Both are given the case and the patient's row, which the caller has read on record.
CopyReader = Callable[[Case, Any], list[Recipient]]
HandReader = Callable[[Case, Any, Letter], str | None]
_COPIES: list[CopyReader] = []
_BY_HAND: list[HandReader] = []


def notes_on_case(reader: CaseReader) -> CaseReader:
    """Register who has something to say on the page of a case, given the case and who reads it."""
    _ON_CASE.append(reader)
    return reader


def notes_on_section(reader: SectionReader) -> SectionReader:
    """Register who has something to say beside a section of the form, given the case, the section and who reads it."""
    _ON_SECTION.append(reader)
    return reader


def rows_in_section(reader: RowReader) -> RowReader:
    """Register who keeps rows of a section elsewhere: what each is called, and what it says. No identity."""
    _ROWS.append(reader)
    return reader


def after_saving(follower: Follower) -> Follower:
    """Register what follows when a section was saved: called with the case, the section, what was typed, and by whom."""
    _AFTER_SAVING.append(follower)
    return follower


def case_notes(case: Case, by: Any) -> list[Note]:
    return [note for reader in _ON_CASE for note in reader(case, by)]


def section_notes(case: Case, section: str, by: Any) -> list[Note]:
    return [note for reader in _ON_SECTION for note in reader(case, section, by)]


def section_rows(case: Case, section: str) -> list[tuple[str, str]]:
    return [row for reader in _ROWS for row in reader(case, section)]


def section_saved(case: Case, section: str, values: dict[str, str], *, by: Any) -> None:
    for follower in _AFTER_SAVING:
        follower(case, section, values, by)


def gives_copies(reader: CopyReader) -> CopyReader:
    """Register who says to whom copies of a patient letter go."""
    _COPIES.append(reader)
    return reader


def holds_back(reader: HandReader) -> HandReader:
    """Register who says why a patient letter cannot leave yet, in a sentence; None where it can."""
    _BY_HAND.append(reader)
    return reader


def copies_of_letter(case: Case, patient: Any) -> list[Recipient]:
    return [one for reader in _COPIES for one in reader(case, patient)]


def held_back_because(case: Case, patient: Any, letter: Letter) -> str | None:
    return next((said for reader in _BY_HAND if (said := reader(case, patient, letter))), None)
