"""What need not be typed twice: one's own details from the account, and answers of an earlier request, to be read again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.cases.drafts.services import (
    PATIENT,
    answers_changed,
    must_be_open,
    my_case,
    my_cases,
    section_version,
    typed_in,
    write_answer,
)
from ifr.cases.models import Answer, Case, SectionVersion
from ifr.cases.services import answers_of, clinician_id_of
from ifr.db import db, lock
from ifr.people import services as people
from ifr.people.models import User
from ifr.profiles import Section
from ifr.workflow import Invalid

OFFERED = 3


# --- my details -----------------------------------------------------------------------------------------------------------


def details_for(case: Case, section: Section) -> dict[str, str]:
    """What the account of the requesting clinician says in answer to the questions of a section."""
    asked = {question.key: question.account for question in section.questions if question.account}
    clinician_id = clinician_id_of(case) if asked else None
    if clinician_id is None:
        return {}
    account = people.person(clinician_id)
    return {key: said for key, name in asked.items() if (said := getattr(account, name))}


def keeps_details(case: Case, section: Section, *, by: User) -> bool:
    """Whether this page asks for what the account of this very person can keep."""
    return by.id == clinician_id_of(case) and any(question.account for question in section.questions)


def keep_details(case: Case, section: Section, *, by: User) -> None:
    """Keep on one's own account what was just answered here, to be offered with the next request."""
    if not keeps_details(case, section, by=by):
        return
    typed = typed_in(case)
    said = {question.account: typed.get(question.key, "") for question in section.questions if question.account}
    people.keep_details(by, {name: text for name, text in said.items() if name and text})


# --- an earlier request ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Earlier:
    """A request whose answers in a section can be taken over."""

    key: str
    words: str


def earlier_with(case: Case, section: Section, *, by: User) -> list[Earlier]:
    """One's latest requests that answer questions of this section. Who the patient is is never taken over."""
    if not _may_be_taken(section):
        return []
    keys = _keys(section)
    answered = select(Answer.case_id).where(Answer.key.in_(keys), Answer.text != "")
    query = my_cases(by).where(Case.id != case.id, Case.id.in_(answered), Case._state.not_in(["discarded", "draft"]))
    found = db.session.scalars(query.order_by(Case.created_at.desc(), Case.id.desc()).limit(OFFERED))
    return [Earlier(one.key, f"{one.reference}: {one.treatment}") for one in found]


def _may_be_taken(section: Section) -> bool:
    return section.reusable and section.key != PATIENT and bool(_keys(section))


def _keys(section: Section) -> list[str]:
    """Its questions that are typed here, not those of a test or a policy: another request may be held to other ones."""
    return [q.key for q in section.questions if not q.identity and q.kind not in ("test", "policy", "factors", "files")]


def take_over(case: Case, section: Section, earlier_key: str, *, by: User) -> None:
    """Copy the answers of an earlier request of one's own into an empty section, marked so until somebody saves it.

    Raises NotVisible for a request of somebody else, Refused once the request is sent, Invalid for a section that says
    something already.
    """
    lock(Case, case.id)
    must_be_open(case, by)
    earlier = my_case(earlier_key, by)
    if earlier.id == case.id or not _may_be_taken(section):
        raise workflow.NotVisible(earlier_key)
    if section_version(case, section.key) is not None or _says_something(case, section):
        raise Invalid({section.key: "This section has answers already, so nothing was taken over."})
    workflow.hold(case)
    typed = typed_in(earlier)
    rows = {row.key: row for row in db.session.scalars(select(Answer).where(Answer.case_id == case.id))}
    for question in section.questions:
        if question.key in _keys(section) and question.key in typed:
            row = rows.get(question.key) or Answer(case_id=case.id, section=section.key, key=question.key)
            write_answer(row, question, typed, by=by)
            db.session.add(row)
    db.session.add(
        SectionVersion(
            case_id=case.id, section=section.key, version=1, saved_at=clock.now(), saved_by_id=by.id,
            taken_from=earlier.reference,
        )
    )
    db.session.flush()
    answers_changed(case)
    audit.record(case.stream, "take_over", by=by.actor, section=section.key, earlier=earlier.id)


def _says_something(case: Case, section: Section) -> bool:
    answers: dict[str, Any] = answers_of(case)
    return any(answers.get(key) for key in _keys(section))
