"""What the papers say of evidence: references, what each point and question is shown by, the patient's own words."""

from collections.abc import Mapping
from dataclasses import dataclass

from ifr.cases.evidence import links, references, statement
from ifr.cases.models import Case


@dataclass(frozen=True)
class ReferencePaper:
    """A published paper as the request gives it."""

    number: int
    cited: str
    doi: str
    pmid: str
    study: str
    grade: str
    population: str
    how_near: str
    relevant: str
    document: int | None


@dataclass(frozen=True)
class ShownBy:
    """By which documents and references points (by id) and questions of the test (by key) are shown, in words."""

    points: dict[int, tuple[str, ...]]
    questions: dict[str, tuple[str, ...]]


def references_in(case: Case, numbers: Mapping[int, int]) -> tuple[ReferencePaper, ...]:
    return tuple(
        ReferencePaper(
            number=one.row.number,
            cited=one.cited,
            doi=one.row.doi or "",
            pmid=one.row.pmid or "",
            study=one.study,
            grade=one.grade,
            population=one.row.population,
            how_near=one.row.how_near,
            relevant=one.row.relevant,
            document=numbers.get(one.row.document_id or 0),
        )
        for one in references.shown(case)
    )


def shown_by(case: Case, numbers: Mapping[int, int]) -> ShownBy:
    """`numbers` are those of the documents in the papers, by id."""
    found = links.links_of(case)
    kept = {one.id: one.number for one in references.references_of_case(case)}
    named = [(f"Document {numbers[key]}", served) for key, served in sorted(found.files.items()) if key in numbers]
    named += [(f"Reference {kept[key]}", served) for key, served in sorted(found.references.items()) if key in kept]
    points: dict[int, tuple[str, ...]] = {}
    questions: dict[str, tuple[str, ...]] = {}
    for words, served in named:
        for point in served.points:
            points[point] = (*points.get(point, ()), words)
        for question in served.questions:
            questions[question] = (*questions.get(question, ()), words)
    return ShownBy(points, questions)


def statement_in(case: Case) -> tuple[str, str]:
    """The patient's own statement as it was written, and who wrote it down, where the profile puts it before a panel."""
    row = statement.in_papers(case)
    return (row.text, statement.who_wrote(row)) if row is not None else ("", "")
