"""Published papers to which a request points. Nothing is looked up on a network: what is checked is the shape of a number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from ifr import audit, clock, documents, workflow
from ifr.cases.drafts import policy
from ifr.cases.drafts.services import must_be_open, my_cases
from ifr.cases.evidence import links
from ifr.cases.evidence.models import Reference
from ifr.cases.models import Case
from ifr.db import db
from ifr.pages import plain_text
from ifr.people.models import User
from ifr.profiles import Profile
from ifr.workflow import Invalid, NotVisible, Stale

LONGEST_TITLE, LONGEST_WORDS = 500, 5_000
MOST, MOST_OFFERED = 100, 50
NOT_GRADED = "not_graded"
# ISO 26324: a prefix that begins with 10., a stroke, and whatever the registrant gave, which knows no capitals.
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"<>\\^`{|}]{1,200}")
_DOI_BEFORE = re.compile(r"^(?:https?://)?(?:dx\.)?(?:www\.)?(?:doi\.org/|doi:?\s*)+", re.I)
_PMID_BEFORE = re.compile(
    r"^(?:(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)|pmid:?\s*)", re.I
)


@dataclass(frozen=True)
class Said:
    """What was typed about one reference."""

    title: str
    authors: str = ""
    year: str = ""
    doi: str = ""
    pmid: str = ""
    study_type: str = ""
    grade: str = NOT_GRADED
    population: str = ""
    how_near: str = ""
    relevant: str = ""
    document_id: int | None = None
    serves: Sequence[str] = ()


@dataclass(frozen=True)
class Shown:
    """A reference as pages show it."""

    row: Reference
    study: str
    grade: str
    serves: list[str]
    document: documents.Document | None

    @property
    def cited(self) -> str:
        return cited(self.row)


def cited(row: Reference) -> str:
    """A reference in one line: authors, title and year."""
    parts = [row.authors, row.title, str(row.year) if row.year else ""]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


# --- the numbers ----------------------------------------------------------------------------------------------------------


def plain_doi(typed: str) -> str | None:
    """A DOI as it is kept: without address or prefix, in small letters; None where nothing was typed. Raises ValueError."""
    text = _DOI_BEFORE.sub("", typed.strip()).rstrip(".,;").lower()
    if not text:
        return None
    if not _DOI.fullmatch(text):
        raise ValueError("A DOI begins with 10. and has a stroke in it, for example 10.1136/bmj.n71.")
    return text


def plain_pmid(typed: str) -> str | None:
    """A PubMed number as it is kept; None where nothing was typed. Raises ValueError."""
    text = _PMID_BEFORE.sub("", typed.strip()).rstrip("/ ")
    if not text:
        return None
    if re.fullmatch(r"pmc\d+", text, re.I):
        raise ValueError("This is a number of PubMed Central. The PMID is another: up to 8 digits without letters.")
    if not re.fullmatch(r"[1-9][0-9]{0,7}", text):
        raise ValueError("A PMID is a number of up to 8 digits, for example 33782057.")
    return text


# --- reading ------------------------------------------------------------------------------------------------------------


def references_of_case(case: Case) -> list[Reference]:
    return list(db.session.scalars(select(Reference).where(Reference.case_id == case.id).order_by(Reference.number)))


def reference(case: Case, reference_id: int) -> Reference:
    """Raises NotVisible for one of another request."""
    found = next((one for one in references_of_case(case) if one.id == reference_id), None)
    if found is None:
        raise NotVisible(str(reference_id))
    return found


def shown(case: Case) -> list[Shown]:
    """The references of a request with what each serves."""
    served, filed = links.links_of(case).references, {one.id: one for one in documents.of(case.stream)}
    return [
        Shown(
            one, study_in_words(case, one), grade_in_words(one), links.in_words(case, served.get(one.id)),
            filed.get(one.document_id or 0),
        )
        for one in references_of_case(case)
    ]  # fmt: skip


def study_in_words(case: Case, row: Reference) -> str:
    return case.questions.study_types.get(row.study_type, row.study_type)


def grade_in_words(row: Reference) -> str:
    return f"{row.grade} ({row.scale})" if row.grade else "Not graded"


def grades_for(case: Case) -> list[tuple[str, str]]:
    """What can be chosen as a grade here: those of the scale that the profile names, and that none was given."""
    scale = _profile(case).grading
    known = [(grade, f"{grade}: {words}") for grade, words in scale.grades.items()] if scale else []
    return [(NOT_GRADED, "Not graded"), *known]


def scale_named(case: Case) -> tuple[str, str]:
    """The scale that the profile names, and where the profile has it from; both empty where it names none."""
    scale = _profile(case).grading
    return (scale.name, scale.source) if scale else ("", "")


def _profile(case: Case) -> Profile:
    return policy.profile_for(case)


def references_of(user: User, *, but: Case | None = None) -> list[tuple[Case, Reference]]:
    """The references of somebody's own requests, each paper once, from the latest of them; to be used again."""
    mine = my_cases(user).where(Case._state != "discarded")
    if but is not None:
        mine = mine.where(Case.id != but.id)
    cases = {one.id: one for one in db.session.scalars(mine.order_by(Case.id.desc()).limit(MOST_OFFERED))}
    query = select(Reference).where(Reference.case_id.in_(cases)).order_by(Reference.case_id.desc(), Reference.number)
    once: dict[str, Reference] = {}
    for row in db.session.scalars(query):
        once.setdefault(_paper(row), row)
    return [(cases[row.case_id], row) for row in list(once.values())[:MOST_OFFERED]]


def _paper(row: Reference) -> str:
    return row.doi or row.pmid or row.title.casefold()


# --- writing ------------------------------------------------------------------------------------------------------------


def add_reference(case: Case, said: Said, *, once: str, by: Any) -> Reference:
    """Put a reference on the request. The same form sent twice makes one. Raises Invalid, Refused once it is sent."""
    must_be_open(case, by)
    workflow.hold(case)
    mark = f"{case.id}:{once}"
    there = db.session.scalars(select(Reference).where(Reference.once == mark)).first()
    if there is not None:
        return there
    facts = _facts(case, said, None)
    served = links.served_in(case, said.serves)
    last = db.session.scalar(select(func.max(Reference.number)).where(Reference.case_id == case.id)) or 0
    if last >= MOST:
        raise Invalid({"title": f"A request can have {MOST} references."})
    row = Reference(once=mark, case_id=case.id, number=last + 1, version=1, at=clock.now(), by_id=by.id, **facts)
    db.session.add(row)
    db.session.flush()
    links.write(case, served, reference_id=row.id)
    audit.record(case.stream, "add_reference", by=by.actor, reference=row.id, number=row.number)
    return row


def change_reference(case: Case, reference_id: int, said: Said, *, seen: int | None, by: Any) -> Reference:
    """Write a reference anew. Raises Stale when a colleague has changed it since the page was made."""
    must_be_open(case, by)
    workflow.hold(case)
    row = reference(case, reference_id)
    if seen != row.version:
        raise Stale(case, [])
    for name, value in _facts(case, said, row).items():
        setattr(row, name, value)
    links.write(case, links.served_in(case, said.serves), reference_id=row.id)
    row.version += 1
    db.session.flush()
    audit.record(case.stream, "change_reference", by=by.actor, reference=row.id)
    return row


def remove_reference(case: Case, reference_id: int, *, by: Any) -> None:
    """Take a reference out; the later ones move up."""
    must_be_open(case, by)
    workflow.hold(case)
    db.session.delete(reference(case, reference_id))
    db.session.flush()
    for number, row in enumerate(references_of_case(case), start=1):
        row.number = number
        db.session.flush()
    audit.record(case.stream, "remove_reference", by=by.actor, reference=reference_id)


def use_again(case: Case, reference_ids: Sequence[int], *, by: User) -> list[Reference]:
    """Copy references of one's own earlier requests: what holds of the paper, not what was said of another patient."""
    must_be_open(case, by)
    offered = {row.id: row for _, row in references_of(by, but=case)}
    if not reference_ids or not set(reference_ids) <= set(offered):
        raise Invalid({"again": "Choose references of your own earlier requests."})
    there = {_paper(one) for one in references_of_case(case)}
    scale = scale_named(case)[0]
    return [
        add_reference(case, _of_the_paper(case, offered[one], scale), once=f"again:{one}", by=by)
        for one in dict.fromkeys(reference_ids)
        if _paper(offered[one]) not in there
    ]


def _of_the_paper(case: Case, row: Reference, scale: str) -> Said:
    said = Said(
        title=row.title, authors=row.authors, year=str(row.year or ""), doi=row.doi or "", pmid=row.pmid or "",
        study_type=row.study_type, population=row.population,
    )  # fmt: skip
    graded = row.grade and row.scale == scale and row.grade in dict(grades_for(case))
    return replace(said, grade=row.grade or NOT_GRADED) if graded else said


def _facts(case: Case, said: Said, row: Reference | None) -> dict[str, Any]:
    """What was typed, as the row keeps it. Raises Invalid with a sentence for each fault."""
    texts = {name: plain_text(getattr(said, name)) for name in ("title", "authors", "population", "how_near", "relevant")}
    faults = {
        name: f"This can hold {most:,} characters, and it is {len(texts[name]):,}. Shorten it."
        for name, most in (("title", LONGEST_TITLE), ("authors", LONGEST_TITLE), ("population", LONGEST_WORDS),
                           ("how_near", LONGEST_WORDS), ("relevant", LONGEST_WORDS))
        if len(texts[name]) > most
    }  # fmt: skip
    if not texts["title"]:
        faults["title"] = "Enter the title of the paper."
    doi, pmid, found = _numbers(case, said, row)
    faults |= found
    year, found = _year(said.year)
    faults |= found
    if said.study_type not in case.questions.study_types:
        faults["study_type"] = "Choose what kind of study it is."
    if said.grade not in dict(grades_for(case)):
        faults["grade"] = "Choose a grade of the scale, or “Not graded”."
    if said.document_id is not None and not any(one.id == said.document_id for one in links.linkable_files(case)):
        faults["document_id"] = "Choose a file of this request."
    if faults:
        raise Invalid(faults)
    graded = said.grade != NOT_GRADED
    return {
        **texts, "doi": doi, "pmid": pmid, "year": year, "study_type": said.study_type, "document_id": said.document_id,
        "grade": said.grade if graded else None, "scale": scale_named(case)[0] if graded else None,
    }  # fmt: skip


def _numbers(case: Case, said: Said, row: Reference | None) -> tuple[str | None, str | None, dict[str, str]]:
    numbers: dict[str, str | None] = {"doi": None, "pmid": None}
    faults = {}
    for name, plain in (("doi", plain_doi), ("pmid", plain_pmid)):
        try:
            numbers[name] = plain(plain_text(getattr(said, name)))
        except ValueError as fault:
            faults[name] = str(fault)
    if not faults and not any(numbers.values()) and said.document_id is None:
        faults["doi"] = "Enter a DOI or a PMID. For a paper that has neither, add the file and choose it below."
    for other in references_of_case(case):
        for name, number in numbers.items():
            if number and (row is None or other.id != row.id) and getattr(other, name) == number:
                faults[name] = f"This paper is on the request already, as reference {other.number}."
    return numbers["doi"], numbers["pmid"], faults


def _year(typed: str) -> tuple[int | None, dict[str, str]]:
    text = typed.strip()
    if not text:
        return None, {}
    if re.fullmatch(r"[12][0-9]{3}", text, re.ASCII) and 1800 <= int(text) <= clock.today().year + 1:
        return int(text), {}
    return None, {"year": "Enter the year of publication in four digits, for example 2024."}
