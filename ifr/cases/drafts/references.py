"""Papers that somebody named in an earlier request, used again: what the paper is comes along, what it says of the patient
does not."""

import uuid
from typing import Any

from sqlalchemy import func, select

from ifr import audit, clock, workflow
from ifr.cases.beside import Note, notes_on_section
from ifr.cases.drafts.services import is_being_written, must_be_open, my_cases
from ifr.cases.evidence.models import Reference
from ifr.cases.models import Case
from ifr.db import db
from ifr.people.models import User
from ifr.workflow import Invalid

# What a paper is, whoever reads it for whom. How near it is to the patient is said anew for each.
_OF_THE_PAPER = ("doi", "pmid", "title", "authors", "year", "study_type", "grade", "scale", "population")
OFFERED = 50


def to_use_again(case: Case, *, by: User) -> list[Reference]:
    """The papers of one's other requests, each once, the latest first, without those that stand here already."""
    here = {_name(one) for one in _of(case)}
    mine = my_cases(by).where(Case.id != case.id).with_only_columns(Case.id)
    query = select(Reference).where(Reference.case_id.in_(mine))
    found: dict[str, Reference] = {}
    for one in db.session.scalars(query.order_by(Reference.at.desc(), Reference.id.desc())):
        if _name(one) not in here:
            found.setdefault(_name(one), one)
    return list(found.values())[:OFFERED]


def use_again(case: Case, reference_ids: list[int], *, by: User) -> int:
    """Put papers of one's earlier requests on this one; how many. Raises Refused once it is sent, Invalid for none."""
    must_be_open(case, by)
    workflow.hold(case)
    chosen = [one for one in to_use_again(case, by=by) if one.id in reference_ids]
    if not chosen:
        raise Invalid({"reference": "Choose at least one paper."})
    last = db.session.scalar(select(func.max(Reference.number)).where(Reference.case_id == case.id)) or 0
    for number, one in enumerate(chosen, start=last + 1):
        copied: dict[str, Any] = {name: getattr(one, name) for name in _OF_THE_PAPER}
        row = Reference(
            **copied, once=f"{case.id}:{uuid.uuid4().hex}", case_id=case.id, number=number, how_near="", relevant="",
            at=clock.now(), by_id=by.id,
        )  # fmt: skip
        db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "use_references_again", by=by.actor, papers=len(chosen))
    return len(chosen)


def _of(case: Case) -> list[Reference]:
    return list(db.session.scalars(select(Reference).where(Reference.case_id == case.id)))


def _name(one: Reference) -> str:
    return one.doi or one.pmid or one.title.casefold()


@notes_on_section
def papers_to_use_again(case: Case, section: str, by: Any) -> list[Note]:
    """Offered where the files and papers of a request stand."""
    found = case.questions.section(section)
    if found is None or not any(q.kind == "files" for q in found.questions) or not is_being_written(case):
        return []
    papers = to_use_again(case, by=by) if by.id is not None else []
    if not papers:
        return []
    many = "1 paper" if len(papers) == 1 else f"{len(papers)} papers"
    return [Note("Papers of your earlier requests", (f"You named {many} before.",), "drafts.papers", "Use them again")]
