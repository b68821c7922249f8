"""The patient's own statement. It is kept exactly as it was written; nobody puts a word of it right."""

import unicodedata
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.cases import volunteered
from ifr.cases.drafts import policy
from ifr.cases.drafts.services import is_being_written, may_type, must_be_open
from ifr.cases.evidence.models import PatientStatement
from ifr.cases.models import Case
from ifr.db import db
from ifr.pages import plain_text
from ifr.workflow import Invalid, Reason, Refused, Stale

LONGEST, LONGEST_NOTE = 20_000, 300
WRITTEN_BY = {
    "patient": "The patient",
    "parent_or_carer": "A parent or carer",
    "advocate": "An advocate or interpreter, in the patient’s words",
    "clinician": "A clinician, in the patient’s words",
    "other": "Somebody else",
}


def versions(case: Case) -> list[PatientStatement]:
    """Every version of the statement, the latest first."""
    query = select(PatientStatement).where(PatientStatement.case_id == case.id).order_by(PatientStatement.number.desc())
    return list(db.session.scalars(query))


def statement_of(case: Case) -> PatientStatement | None:
    """The statement that holds now; None where there is none, or the patient took it back."""
    latest = next(iter(versions(case)), None)
    return latest if latest is not None and latest.text else None


def in_papers(case: Case) -> PatientStatement | None:
    """The statement, where the commissioner's profile puts it before a panel."""
    rule = policy.profile_for(case).patient_statement
    return statement_of(case) if rule is not None and rule.in_papers else None


def goes_to_panel(case: Case) -> tuple[bool, str]:
    """Whether the profile puts the statement before a panel, and the source of that rule."""
    rule = policy.profile_for(case).patient_statement
    return (rule.in_papers, rule.source) if rule is not None else (False, "")


def who_wrote(row: PatientStatement) -> str:
    """Who wrote a version down, in words."""
    words = WRITTEN_BY.get(row.written_by, row.written_by)
    return f"{words}: {row.written_by_note}" if row.written_by_note else words


def as_written(typed: str) -> str:
    """A text as it was typed: every space and line, without what no page can show. A browser sends lines in its own way."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def may_write(case: Case, by: Any) -> bool:
    return may_type(case, by) if is_being_written(case) else volunteered.may_send(case, by)


def save_statement(
    case: Case, text: str, *, written_by: str, note: str = "", taken_back: bool = False, once: str, seen: int, by: Any
) -> PatientStatement:
    """Keep a version of the statement. `seen` is the number of the version that the page showed, 0 for none.

    After the request was sent a new version waits to be considered, like anything that arrives. Raises Invalid, Stale, Refused
    once the request is decided.
    """
    mark = f"{case.id}:{once}"
    there = db.session.scalars(select(PatientStatement).where(PatientStatement.once == mark)).first()
    if there is not None:
        return there
    written = is_being_written(case)
    if written:
        must_be_open(case, by)
    elif not volunteered.may_send(case, by):
        raise Refused([Reason("The request is decided. New information is a reason to ask us to look again.")])
    workflow.hold(case)
    latest = next(iter(versions(case)), None)
    if seen != (latest.number if latest else 0):
        raise Stale(case, [])
    kept = "" if taken_back else as_written(text)
    _must_be_right(kept, written_by, plain_text(note), taken_back=taken_back and latest is not None)
    row = PatientStatement(
        once=mark, case_id=case.id, number=(latest.number if latest else 0) + 1, text=kept, written_by=written_by,
        written_by_note=plain_text(note), at=clock.now(), by_id=by.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "save_patient_statement", by=by.actor, version=row.number, taken_back=not kept)
    if not written:
        said = "A new version of the patient’s own statement was sent." if kept else "The patient took the statement back."
        volunteered.send_more(case, words=said, file=None, once=f"statement-{row.number}", by=by)
    return row


def _must_be_right(text: str, written_by: str, note: str, *, taken_back: bool) -> None:
    faults = {}
    if not text.strip() and not taken_back:
        faults["text"] = "Enter the patient’s own words."
    if len(text) > LONGEST:
        faults["text"] = f"This can hold {LONGEST:,} characters, and it is {len(text):,}. Send the rest as a file."
    if written_by not in WRITTEN_BY:
        faults["written_by"] = "Say who wrote it down."
    elif written_by == "other" and not note:
        faults["note"] = "Say who wrote it down."
    if len(note) > LONGEST_NOTE:
        faults["note"] = f"This can hold {LONGEST_NOTE} characters."
    if faults:
        raise Invalid(faults)
