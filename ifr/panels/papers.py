"""What is put before a panel: the request without the patient.

Papers are frozen values built from an allow-list, never rows of the database, so that a column added tomorrow is not in
them. What is not named here is not seen by a member.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any

from sqlalchemy import select

from ifr import documents
from ifr.cases import services as cases
from ifr.cases.distinct.group import Group, group_of
from ifr.cases.drafts.points import EVIDENCE, FACTOR_KINDS
from ifr.cases.information import INFORMATION
from ifr.cases.models import Case, EarlierTreatment, Factor, Finding, InformationQuestion, InformationRequest
from ifr.cases.patients.earlier_use import uses
from ifr.db import db
from ifr.documents import Document
from ifr.pages import day
from ifr.panels import promises
from ifr.panels.evidence import ReferencePaper, ShownBy, references_in, shown_by, statement_in
from ifr.panels.pack.files import pages_in
from ifr.panels.policy_paper import Line, PolicyPaper, policy_of
from ifr.profiles import ExceptionalityTest
from ifr.screening import record as screening
from ifr.screening.accuracy import heard_of
from ifr.screening.advice import advice_of
from ifr.screening.check import also_considered
from ifr.screening.models import POINT_ANSWERS, QUESTION_ANSWERS, RECOMMENDATIONS, EvidenceReview, ScreeningRecord

# Files that the clinician sent. What the office keeps for itself (the original e-mail, letters) names the patient.
SHOWN_DOCUMENTS = (EVIDENCE, INFORMATION)

_CONDITION = ("condition", "indication_codes", "course")
_TREATMENT = ("treatment", "treatment_codes", "timing")
_RESULT = ("aim", "baseline", "measure", "measured_when", "stopping", "exit")


@dataclass(frozen=True)
class Point:
    """One point raised, with the number of the document that shows it."""

    number: int
    what: str
    kind: str
    how_common: str
    why_benefit: str
    question: str
    document: int | None
    # All that shows it, in words.
    shown_by: tuple[str, ...]


@dataclass(frozen=True)
class Earlier:
    what: str
    dates: str
    response: str
    stopped_because: str


@dataclass(frozen=True)
class TestPaper:
    """The commissioner's test in its own words."""

    __test__ = False

    title: str
    words: str
    source: str
    example: bool
    comparator_asked: bool
    comparator_words: str


@dataclass(frozen=True)
class TestAnswer:
    __test__ = False

    text: str
    answer: str
    shown_by: tuple[str, ...]


@dataclass(frozen=True)
class ScreeningFinding:
    about: str
    what: str
    answer: str
    reasons: str
    clause: str


@dataclass(frozen=True)
class Asked:
    """A question to the clinician, and what came of it."""

    number: int
    question: str
    answer: str
    considered: str
    document: int | None


@dataclass(frozen=True)
class GuidancePaper:
    reference: str
    title: str
    why: str


@dataclass(frozen=True)
class DocumentPaper:
    """A document by its number and title; the name under which it was uploaded stays in its own row."""

    number: int
    title: str
    sha256: str
    document_id: int


@dataclass(frozen=True)
class Papers:
    """Everything that a panel is shown of one request."""

    reference: str
    urgent: bool
    condition: tuple[Line, ...]
    treatment: tuple[Line, ...]
    policy: PolicyPaper | None
    no_policy: bool
    also: tuple[str, ...]
    test: TestPaper | None
    # What this commissioner's panel asks beside the test, in the words of its procedure.
    criteria: tuple[str, ...]
    comparator: str
    # The same group step by step, with its picture, where it was built so.
    group: Group | None
    test_answers: tuple[TestAnswer, ...]
    points: tuple[Point, ...]
    earlier: tuple[Earlier, ...]
    earlier_use: tuple[Line, ...]
    screening: tuple[ScreeningFinding, ...]
    screening_summary: tuple[Line, ...]
    evidence_review: tuple[Line, ...]
    advice: tuple[Line, ...]
    # What the clinician said to the summary, or that nothing was said; nothing where there was no accuracy check.
    accuracy: tuple[Line, ...]
    asked: tuple[Asked, ...]
    guidance: tuple[GuidancePaper, ...]
    cost: str
    result: tuple[Line, ...]
    harm_of_waiting: str
    rights: str
    references: tuple[ReferencePaper, ...]
    # As the patient wrote it, where the commissioner's profile puts it before a panel, and who wrote it down.
    patient_statement: str
    patient_statement_by: str
    # What the procedure promises the patient before a panel, and what came of it.
    promised: tuple[Line, ...]
    documents: tuple[DocumentPaper, ...]

    def as_facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return facts

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.as_facts(), sort_keys=True).encode()).hexdigest()

    def manifest(self) -> list[dict[str, Any]]:
        """What was shown, by checksum: the papers and each document, with its pages where they can be counted."""
        return [{"what": "papers", "number": 0, "title": "Papers", "sha256": self.sha256}, *map(entry_of, self.documents)]


def entry_of(paper: DocumentPaper) -> dict[str, Any]:
    """The line of a document in a manifest."""
    row = db.session.get_one(Document, paper.document_id)
    return {
        "what": "document",
        "number": paper.number,
        "title": paper.title,
        "sha256": paper.sha256,
        "document_id": paper.document_id,
        "pages": None if row.is_held_back else pages_in(documents.read(row), row.media_type),
    }


def papers_of(case: Case) -> Papers:
    """The papers of a case as they stand now."""
    answers = cases.answers_of(case)
    shown = _documents(case)
    # By the original, to which points and references lead whatever copy is shown of it.
    numbers = {row.id: n for n, row in enumerate(documents.of(case.stream, *SHOWN_DOCUMENTS), start=1)}
    test, screened = case.test, _screening(case)
    shows, stated = shown_by(case, numbers), statement_in(case)
    return Papers(
        reference=case.key,
        urgent=case.urgent,
        condition=_lines(case, answers, _CONDITION),
        treatment=_lines(case, answers, _TREATMENT),
        policy=policy_of(case),
        no_policy=case.route == "no_policy",
        also=tuple(name for _, name in also_considered(case)),
        test=_test(test),
        criteria=tuple(one.text for one in case.profile.criteria),
        comparator=_comparator(answers, test),
        group=group_of(case),
        test_answers=_test_answers(case, shows),
        points=_points(case, test, numbers, shows),
        earlier=_earlier(case),
        earlier_use=_earlier_use(case),
        screening=_screening_findings(case, test, screened),
        screening_summary=_screening_summary(screened),
        evidence_review=_evidence_review(case),
        advice=_advice(case),
        accuracy=_accuracy(case),
        asked=_asked(case, numbers),
        guidance=_guidance(case),
        cost=answers.get("cost", ""),
        result=_lines(case, answers, _RESULT),
        harm_of_waiting=answers.get("harm_of_waiting", "") if case.urgent else "",
        rights=answers.get("rights", ""),
        references=references_in(case, numbers),
        patient_statement=stated[0],
        patient_statement_by=stated[1],
        promised=promised_in(case, has_statement=bool(stated[0])),
        documents=shown,
    )


def promised_in(case: Case, *, has_statement: bool) -> tuple[Line, ...]:
    """What the commissioner's procedure promises a patient before a panel, and what came of it; nothing where it promises
    nothing."""
    promised = promises.promised_to(case)
    if promised is None:
        return ()
    words = promises.in_words(statement=promised.statement, attendance=promised.attendance)
    lines = [
        Line("The procedure promises the patient", f"An invitation {words}. Source: {promised.source}."),
        Line("What came of it", promises.fact_for_panel(case)),
    ]
    if promised.statement:
        lines.append(Line("The statement", "It is among these papers." if has_statement else "None is among these papers."))
    return tuple(line for line in lines if line.text)


def _lines(case: Case, answers: dict[str, str], keys: tuple[str, ...]) -> tuple[Line, ...]:
    labels = {q.key: q.label for q in case.questions.all()}
    return tuple(Line(labels[key], answers[key]) for key in keys if key in labels and answers.get(key, "").strip())


def _documents(case: Case) -> tuple[DocumentPaper, ...]:
    rows: list[Document] = documents.of(case.stream, *SHOWN_DOCUMENTS)
    # A redacted copy stands in the place of its original, under the number and the title of it.
    shown = [(row.title, documents.shown_for(row)) for row in rows]
    return tuple(DocumentPaper(n, title, one.sha256, one.id) for n, (title, one) in enumerate(shown, start=1))


def _test(test: ExceptionalityTest | None) -> TestPaper | None:
    if test is None:
        return None
    return TestPaper(
        test.title, test.words, test.source, test.example, test.comparator.asked, test.comparator.words
    )


def _comparator(answers: dict[str, str], test: ExceptionalityTest | None) -> str:
    """The group that the clinician named; what screening made of it stands in the screening findings."""
    return answers.get("comparator", "") if test is None or test.comparator.asked else ""


def _test_answers(case: Case, shows: ShownBy) -> tuple[TestAnswer, ...]:
    asked = screening.questions_of(case, screening.record_of(case))
    return tuple(TestAnswer(q.text, q.answer or _because(q.cannot_because), shows.questions.get(q.key, ())) for q in asked)


def _because(cannot_because: str) -> str:
    return f"Cannot be answered: {cannot_because}" if cannot_because else ""


def _points(
    case: Case, test: ExceptionalityTest | None, numbers: dict[int, int], shows: ShownBy
) -> tuple[Point, ...]:
    questions = {q.key: f"Question {n}" for n, q in enumerate(test.questions, start=1)} if test else {}
    return tuple(
        Point(
            number=factor.number,
            what=factor.what,
            kind=FACTOR_KINDS.get(factor.kind, factor.kind),
            how_common=factor.common_in_words,
            why_benefit=factor.why_benefit,
            question=questions.get(factor.question_key or "", ""),
            document=numbers.get(factor.evidence_id) if factor.evidence_id else None,
            shown_by=shows.points.get(factor.id, ()),
        )
        for factor in cases.factors_of(case)
    )


def _earlier_use(case: Case) -> tuple[Line, ...]:
    """What came of the treatment where the patient has had it before: evidence, however it was paid for."""
    return tuple(Line(f"{one.words}, {one.dates}", "\n".join(filter(None, [one.response, one.measured]))) for one in uses(case))


def _earlier(case: Case) -> tuple[Earlier, ...]:
    rows = db.session.scalars(
        select(EarlierTreatment).where(EarlierTreatment.case_id == case.id).order_by(EarlierTreatment.id)
    )
    return tuple(Earlier(r.what, r.dates, r.response, r.stopped_because) for r in rows)


def _screening(case: Case) -> ScreeningRecord | None:
    """The last screening that was concluded; what a screener is still writing is nobody's paper."""
    return db.session.scalars(
        select(ScreeningRecord)
        .where(ScreeningRecord.case_id == case.id, ScreeningRecord.concluded_at.is_not(None))
        .order_by(ScreeningRecord.round.desc())
    ).first()


def _screening_findings(
    case: Case, test: ExceptionalityTest | None, record: ScreeningRecord | None
) -> tuple[ScreeningFinding, ...]:
    if record is None:
        return ()
    found = cases.findings_of(case, screening.STAGE, record.round)
    return tuple(
        ScreeningFinding(about, what, _answer_in_words(about, row), row.reasons, row.clause)
        for about, key, what in what_is_answered(case, test)
        if (row := found.get((about, key))) is not None
    )


def _answer_in_words(about: str, row: Finding) -> str:
    words = POINT_ANSWERS if about == "factor" else QUESTION_ANSWERS
    return words.get(row.answer, row.answer)


def _screening_summary(record: ScreeningRecord | None) -> tuple[Line, ...]:
    if record is None:
        return ()
    comparator = {"confirmed": "Confirmed", "replaced": "Replaced"}.get(record.comparator_answer or "", "")
    lines = (
        Line("Recommendation", RECOMMENDATIONS.get(record.recommendation or "", "")),
        Line("Comparison group at screening", f"{comparator}: {record.comparator}".strip(": ")),
        Line("Why this comparison group", record.comparator_because),
        Line("A group of similar patients (information only)", record.group_name),
        Line("Taken together", record.in_the_round),
        Line("Reasons", record.reasons),
    )
    return tuple(line for line in lines if line.text.strip())


def _evidence_review(case: Case) -> tuple[Line, ...]:
    row = db.session.scalars(
        select(EvidenceReview).where(EvidenceReview.case_id == case.id).order_by(EvidenceReview.round.desc())
    ).first()
    if row is None:
        return ()
    lines = (
        Line("How the evidence was searched", row.strategy),
        Line("Day of the search", day(row.searched_on) if row.searched_on else ""),
        Line("What was found", row.found),
        Line("What was not found", row.not_found),
        Line("Cost", row.cost),
    )
    return tuple(line for line in lines if line.text.strip())


def _advice(case: Case) -> tuple[Line, ...]:
    """Advice from outside the office under the adviser's post: the question, the interest declared and the answer."""
    return tuple(
        Line(
            f"{one.post}, asked: {one.question}",
            f"{one.answer}\nAnswered on {day(one.answered_on)}. "
            + (f"Interest declared: {one.interest_note}" if one.interest == "has" else "No interest was declared."),
        )
        for one in advice_of(case)
        if one.answered_on
    )


def _accuracy(case: Case) -> tuple[Line, ...]:
    heard = heard_of(case)
    if heard is None:
        return ()
    said = tuple(
        Line(one.about, f"{one.words}\nWhat the office made of it: {one.considered or 'not said yet'}")
        for one in heard.comments
    )
    return (Line("Accuracy check", heard.sentence), *said)


def what_is_answered(case: Case, test: ExceptionalityTest | None) -> Iterator[tuple[str, str, str]]:
    """What screening and panel both answer, in order: about, key and the words of it."""
    for n, question in enumerate(test.questions if test else [], start=1):
        yield "question", question.key, f"Question {n}: {question.text}"
    for factor in cases.factors_of(case):
        yield "factor", key_of(factor), f"Point {factor.number}: {factor.what}"


def key_of(factor: Factor) -> str:
    """The key under which findings name a point raised."""
    return str(factor.id)


def _asked(case: Case, numbers: dict[int, int]) -> tuple[Asked, ...]:
    rows = db.session.scalars(
        select(InformationQuestion)
        .join(InformationRequest, InformationRequest.id == InformationQuestion.request_id)
        .where(InformationRequest.case_id == case.id, InformationRequest.asked_at.is_not(None))
        .order_by(InformationQuestion.request_id, InformationQuestion.number)
    )
    return tuple(
        Asked(
            number=n,
            question=row.text,
            answer=row.answer or _because(row.cannot_because),
            considered=row.considered,
            document=numbers.get(row.document_id) if row.document_id else None,
        )
        for n, row in enumerate(rows, start=1)
    )


def _guidance(case: Case) -> tuple[GuidancePaper, ...]:
    named = (case.resolution or {}).get("guidance", [])
    return tuple(GuidancePaper(_with_former(g), g.get("title", ""), g.get("why", "")) for g in named)


def _with_former(guidance: dict[str, Any]) -> str:
    former = [one["reference"] for one in guidance.get("formerly", []) if one.get("reference")]
    return f"{guidance['reference']} (formerly {', '.join(former)})" if former else str(guidance["reference"])


def texts_of(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every piece of text of some papers with the part in which it stands, for whoever searches them."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts_of(one, where)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("sha256", "reference"):
                yield from texts_of(getattr(value, field.name), where or field.name)
