"""What the panel made of everything that was before it: documents, references, the patient's statement, national guidance.

Evidence that is relied on is answered with its point or question; the rest was read, with exceptions. Guidance that is
departed from needs a reason other than disagreement with it (*Rose v Thanet*, 2014).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr.cases.distinct.wording import found_in, words_of
from ifr.cases.models import Case
from ifr.db import db
from ifr.decisions.models import (
    ADDS_NOTHING,
    DEPARTED,
    DOCUMENT,
    NOT_READ,
    NOT_RELEVANT,
    REFERENCE,
    RELIED_ON,
    STATEMENT,
    DecisionRecord,
    ExhibitAnswer,
    GuidanceAnswer,
)
from ifr.decisions.sat import item_of
from ifr.panels.pack.late import papers_heard
from ifr.panels.papers import papers_of
from ifr.workflow import Reason

_RECORD = "decisions.record"
# Words that say no more than that somebody thinks otherwise.
_DISAGREES = (
    "disagree", "disagrees", "disagreed", "disagreement", "do not agree", "does not agree", "did not agree", "not persuaded",
    "not convinced", "unconvinced", "unpersuaded", "do not accept", "does not accept", "did not accept", "is wrong", "are wrong",
    "takes another view", "took another view", "prefers its own view",
)


@dataclass(frozen=True)
class Exhibit:
    """One thing that was before the panel, with its answer where it has one."""

    kind: str
    number: int
    title: str
    row: ExhibitAnswer | None

    @property
    def name(self) -> str:
        return f"exhibit_{self.kind}_{self.number}"

    @property
    def words(self) -> str:
        return "The patient's statement" if self.kind == STATEMENT else f"{self.kind.capitalize()} {self.number}"

    @property
    def in_a_sentence(self) -> str:
        return self.words[:1].lower() + self.words[1:]


@dataclass(frozen=True)
class Guidance:
    """One piece of guidance that the papers name."""

    number: int
    reference: str
    title: str
    why: str
    row: GuidanceAnswer | None

    @property
    def name(self) -> str:
        return f"guidance_{self.number}"


@dataclass(frozen=True)
class ExhibitTyped:
    kind: str
    number: int
    answer: str
    about: str = ""
    because: str = ""


@dataclass(frozen=True)
class GuidanceTyped:
    reference: str
    answer: str
    because: str = ""
    different: str = ""


# --- reading ----------------------------------------------------------------------------------------------------------------


def papers_before(case: Case, record: DecisionRecord) -> dict[str, Any]:
    """The papers as the panel had them; for a chair's action as they stand."""
    item = item_of(record)
    heard = papers_heard(item) if item is not None else None
    return heard if heard is not None else papers_of(case).as_facts()


def exhibits_of(record: DecisionRecord, papers: dict[str, Any]) -> list[Exhibit]:
    rows = {(row.kind, row.number): row for row in _exhibit_rows(record)}
    found = [(DOCUMENT, one["number"], one["title"]) for one in papers.get("documents", [])]
    found += [(REFERENCE, one["number"], one["cited"]) for one in papers.get("references", [])]
    if papers.get("patient_statement"):
        found.append((STATEMENT, 0, ""))
    return [Exhibit(kind, number, title, rows.get((kind, number))) for kind, number, title in found]


def _exhibit_rows(record: DecisionRecord) -> list[ExhibitAnswer]:
    return list(db.session.scalars(select(ExhibitAnswer).where(ExhibitAnswer.decision_id == record.id)))


def guidance_of(record: DecisionRecord, papers: dict[str, Any]) -> list[Guidance]:
    rows = {row.reference: row for row in _guidance_rows(record)}
    return [
        Guidance(number, one["reference"], one["title"], one["why"], rows.get(one["reference"]))
        for number, one in enumerate(papers.get("guidance", []), start=1)
    ]


def _guidance_rows(record: DecisionRecord) -> list[GuidanceAnswer]:
    return list(db.session.scalars(select(GuidanceAnswer).where(GuidanceAnswer.decision_id == record.id)))


# --- writing ----------------------------------------------------------------------------------------------------------------


def save_exhibits(record: DecisionRecord, typed: list[ExhibitTyped], names: Mapping[str, str]) -> None:
    """Keep what was made of single documents; one without an answer is among the rest. The caller holds the case.

    `names` are the points and questions of the request for which something may be relied on.
    """
    rows = {(row.kind, row.number): row for row in _exhibit_rows(record)}
    for one in typed:
        row = rows.pop((one.kind, one.number), None)
        if not one.answer:
            if row is not None:
                db.session.delete(row)
            continue
        row = row or ExhibitAnswer(decision_id=record.id, kind=one.kind, number=one.number)
        row.answer, row.because = one.answer, one.because
        row.about = one.about if one.answer == RELIED_ON and one.about in names else ""
        db.session.add(row)
    db.session.flush()


def save_guidance(record: DecisionRecord, typed: list[GuidanceTyped]) -> None:
    """Keep what was made of the guidance. The caller holds the case."""
    rows = {row.reference: row for row in _guidance_rows(record)}
    for one in typed:
        row = rows.get(one.reference)
        if row is None and not one.answer:
            continue
        row = row or GuidanceAnswer(decision_id=record.id, reference=one.reference)
        row.answer, row.because, row.different = one.answer, one.because, one.different
        db.session.add(row)
    db.session.flush()


# --- what is missing --------------------------------------------------------------------------------------------------------


def what_is_missing(case: Case, record: DecisionRecord) -> list[Reason]:
    """A sentence for each thing before the panel of which the record does not say what was made of it."""
    papers = papers_before(case, record)
    exhibits = [_of_exhibit(record, one) for one in exhibits_of(record, papers)]
    guidance = [_of_guidance(one) for one in guidance_of(record, papers)]
    return [reason for reason in (*exhibits, *guidance) if reason is not None]


def _of_exhibit(record: DecisionRecord, one: Exhibit) -> Reason | None:
    row, text = one.row, ""
    if row is None:
        if not record.everything_else_read:
            text = f"Say what was made of {one.in_a_sentence}, or that everything else was read."
    elif row.answer == RELIED_ON and not row.about:
        text = f"Say for which point or question {one.in_a_sentence} was relied on."
    elif row.answer == ADDS_NOTHING and not row.because.strip():
        text = f"Say why {one.in_a_sentence} adds nothing."
    elif row.answer == NOT_READ and not row.because.strip():
        text = f"Say why {one.in_a_sentence} was not read."
    return Reason(text, _RECORD, f"{one.name}_answer") if text else None


def _of_guidance(one: Guidance) -> Reason | None:
    row = one.row
    if row is None or not row.answer:
        return Reason(f"Say whether {one.reference} was followed.", _RECORD, f"{one.name}_answer")
    if row.answer == NOT_RELEVANT and not row.because.strip():
        return Reason(f"Say why {one.reference} does not bear on this request.", _RECORD, f"{one.name}_because")
    if row.answer != DEPARTED:
        return None
    if not row.because.strip():
        return Reason(f"Say why {one.reference} was departed from.", _RECORD, f"{one.name}_because")
    if is_mere_disagreement(row.because) and not row.different.strip():
        text = f"To disagree with {one.reference} is no reason to depart from it: say what is different here."
        return Reason(text, _RECORD, f"{one.name}_different")
    return None


def is_mere_disagreement(reason: str) -> bool:
    """Whether a reason says that the guidance is not agreed with. It is asked about; a person answers."""
    return bool(found_in(words_of(reason), _DISAGREES))
