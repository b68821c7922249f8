"""What serves what: each file and each reference may be linked to points raised and to questions of the test."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ifr import audit, documents, workflow
from ifr.access import Permission
from ifr.cases import services as cases
from ifr.cases.distinct.remarks import reads_links
from ifr.cases.drafts import points, policy
from ifr.cases.drafts.services import is_being_written, may_type, must_be_open
from ifr.cases.evidence.models import EvidenceLink, Reference
from ifr.cases.information import INFORMATION
from ifr.cases.models import Case, Factor
from ifr.db import db
from ifr.workflow import Invalid, NotVisible, NotYours, Reason

_POINT, _QUESTION = "point-", "question-"


@dataclass
class Served:
    """What one file or reference serves: points by id, questions of the test by key."""

    points: set[int] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.points or self.questions)


@dataclass(frozen=True)
class Links:
    """What the files and the references of a request serve."""

    files: dict[int, Served]
    references: dict[int, Served]

    @property
    def points(self) -> set[int]:
        """The points that have evidence."""
        return {point for one in (*self.files.values(), *self.references.values()) for point in one.points}


def links_of(case: Case) -> Links:
    """The links of a request, those that stand on its points among them."""
    found = Links({}, {})
    for row in db.session.scalars(select(EvidenceLink).where(EvidenceLink.case_id == case.id)):
        if row.document_id is not None:
            served = found.files.setdefault(row.document_id, Served())
        else:
            served = found.references.setdefault(row.reference_id or 0, Served())
        if row.factor_id is not None:
            served.points.add(row.factor_id)
        elif row.question_key:
            served.questions.add(row.question_key)
    for factor in cases.factors_of(case):
        if factor.evidence_id is not None:
            found.files.setdefault(factor.evidence_id, Served()).points.add(factor.id)
    return found


@reads_links
def links_for_remarks(case: Case) -> tuple[set[int], set[int]]:
    """For the adviser: the points that have evidence, and the files that serve something, if only a reference."""
    found = links_of(case)
    of_references = select(Reference.document_id).where(Reference.case_id == case.id, Reference.document_id.is_not(None))
    with_reference = {one for one in db.session.scalars(of_references) if one is not None}
    return found.points, {number for number, served in found.files.items() if served} | with_reference


# --- choosing -----------------------------------------------------------------------------------------------------------


def choices(case: Case) -> list[tuple[str, str]]:
    """What evidence can be linked to: value and words of each point and each question of the test."""
    found = [(f"{_POINT}{one.id}", f"Point {one.number}: {_short(one.what)}") for one in cases.factors_of(case)]
    asked = enumerate(policy.test_for(case).questions, start=1)
    return found + [(f"{_QUESTION}{one.key}", f"Question {number}: {_short(one.text)}") for number, one in asked]


def chosen(served: Served | None) -> list[str]:
    """Links as the form has them."""
    if served is None:
        return []
    return [*(f"{_POINT}{one}" for one in sorted(served.points)), *(f"{_QUESTION}{one}" for one in sorted(served.questions))]


def in_words(case: Case, served: Served | None) -> list[str]:
    """What is served, in the words of the choices."""
    wanted = set(chosen(served))
    return [words for value, words in choices(case) if value in wanted]


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 90 else f"{line[:89].rstrip()}…"


# --- linking ------------------------------------------------------------------------------------------------------------


def may_link(case: Case, by: Any) -> bool:
    """The clinician's side while the request is written, the office as long as it works on it."""
    if is_being_written(case):
        return may_type(case, by)
    office = cases.in_office(by, case) and (
        cases.may(by, case, Permission.CASE_CHECK) or cases.may(by, case, Permission.CASE_SCREEN)
    )
    return office and not workflow.definition_of(case).states[case.state].final


def must_link(case: Case, by: Any) -> None:
    """Raises NotYours, Refused."""
    if is_being_written(case):
        must_be_open(case, by)
    elif by.id is not None and not may_link(case, by):
        raise NotYours([Reason("Whoever writes the request links its evidence; once it is sent, the office does.")])


def link_file(case: Case, document_id: int, wanted: Sequence[str], *, by: Any) -> None:
    """Say anew what a file serves. Raises NotVisible, NotYours, Invalid for a point or a question that is none."""
    must_link(case, by)
    workflow.hold(case)
    served = served_in(case, wanted)
    if not any(one.id == document_id for one in linkable_files(case)):
        raise NotVisible(str(document_id))
    if is_being_written(case):
        _stand_on_points(cases.factors_of(case), document_id, served)
    write(case, served, document_id=document_id)
    audit.record(case.stream, "link_evidence", by=by.actor, document=document_id, links=len(wanted))


def linkable_files(case: Case) -> list[documents.Document]:
    """What the clinician sent, with the request or later."""
    return documents.of(case.stream, points.EVIDENCE, INFORMATION)


def _stand_on_points(factors: Iterable[Factor], document_id: int, served: Served) -> None:
    """The first file of a point stands on the point itself, where its own page shows it."""
    for one in factors:
        if one.id in served.points and one.evidence_id is None:
            one.evidence_id = document_id
        elif one.id not in served.points and one.evidence_id == document_id:
            one.evidence_id = None


def served_in(case: Case, wanted: Sequence[str]) -> Served:
    """What was ticked. Raises Invalid for what this request does not have."""
    known = {value for value, _ in choices(case)}
    if not set(wanted) <= known:
        raise Invalid({"serves": "Choose from the points and questions of this request. One of them is gone by now."})
    return Served(
        {int(one.removeprefix(_POINT)) for one in wanted if one.startswith(_POINT)},
        {one.removeprefix(_QUESTION) for one in wanted if one.startswith(_QUESTION)},
    )


def write(case: Case, served: Served, *, document_id: int | None = None, reference_id: int | None = None) -> None:
    """Put the links of one file or one reference in place of the former ones. The caller holds the case."""
    former = select(EvidenceLink).where(EvidenceLink.case_id == case.id)
    if document_id is not None:
        former = former.where(EvidenceLink.document_id == document_id)
    else:
        former = former.where(EvidenceLink.reference_id == reference_id)
    for row in db.session.scalars(former).all():
        db.session.delete(row)
    ends = [{"factor_id": one} for one in sorted(served.points)] + [{"question_key": one} for one in sorted(served.questions)]
    fixed = {"case_id": case.id, "document_id": document_id, "reference_id": reference_id}
    db.session.add_all(EvidenceLink(**fixed, **end) for end in ends)
    db.session.flush()
