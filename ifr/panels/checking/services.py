"""The identity check: whoever prepares the papers reads them, and the service shows what agrees with the patient's identity.

Nothing is taken out by itself: a name may be somebody else's, and evidence that matters is never left out to satisfy a
check. A person says what each place is.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, pdf, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.db import db
from ifr.panels.models import HitAnswer, PapersCheck
from ifr.panels.papers import Papers, papers_of, texts_of
from ifr.people.services import JOB
from ifr.workflow import Invalid, NotVisible, Reason

NOT_THE_PATIENT, MUST_STAY = "not_the_patient", "must_stay"
ANSWERS = {
    NOT_THE_PATIENT: "It is not the patient",
    MUST_STAY: "It must stay, because it matters (a second person agrees)",
}
CHECKERS = frozenset({Role.PANEL_SECRETARY, Role.COORDINATOR, Role.IFR_MANAGER})
WHAT = {"name": "a word of the patient's name", "nhs_number": "the NHS number", "born_on": "the date of birth"}
WHERE = {
    "condition": "The condition",
    "treatment": "The treatment",
    "policy": "The policy",
    "also": "The policy",
    "comparator": "The comparison group",
    "group": "The comparison group, step by step",
    "test_answers": "The questions of the test",
    "points": "Points raised",
    "earlier": "Earlier treatments",
    "earlier_use": "Earlier use of this treatment",
    "screening": "Screening findings",
    "screening_summary": "Screening findings",
    "evidence_review": "Evidence review",
    "advice": "Independent advice",
    "accuracy": "What the clinician said to the summary",
    "asked": "Information asked for and given",
    "guidance": "Guidance",
    "cost": "Cost",
    "result": "Aim and measure",
    "harm_of_waiting": "Harm of waiting",
    "rights": "Equality and rights",
    "references": "A reference",
    "patient_statement": "The patient’s own statement",
    "patient_statement_by": "The patient’s own statement",
    "documents": "The title of a document",
}
_AROUND = 40
# A single letter is an initial of anybody.
_SHORTEST_WORD = 2


@dataclass(frozen=True)
class Hit:
    """One place in the papers that agrees with the patient's identity. `place` names it without saying what it is."""

    place: str
    what: str
    where: str
    excerpt: str


@dataclass(frozen=True)
class CheckPage:
    """The identity check of a case as its page shows it."""

    case: Case
    papers: dict[str, Any]
    sha256: str
    hits: list[Hit]
    answers: dict[str, HitAnswer]
    check: PapersCheck | None
    unread: list[str]

    @property
    def is_done(self) -> bool:
        return self.check is not None and self.check.read_at is not None and not self.open_hits

    @property
    def open_hits(self) -> list[Hit]:
        """The places that still want an answer, or the second person's word."""
        return [hit for hit in self.hits if not _is_settled(self.answers.get(hit.place))]


def _is_settled(answer: HitAnswer | None) -> bool:
    if answer is None:
        return False
    return answer.answer == NOT_THE_PATIENT or answer.second_by_id is not None


# --- searching ----------------------------------------------------------------------------------------------------------


def find_identity(case: Case, papers: Papers) -> list[Hit]:
    """Where the papers and the documents that can be read agree with the patient's name, NHS number or date of birth.

    The service reads the identity for this, which goes on record; nobody who opens the page is shown it.
    """
    patterns = _patterns(identity.patient_of(case, by=JOB, why="identity_check"))
    found: dict[str, Hit] = {}
    for where, text in _texts(case, papers):
        for what, pattern in patterns:
            for match in pattern.finditer(text):
                hit = _hit(what, where, text, match)
                found[hit.place] = hit
    return list(found.values())


def _texts(case: Case, papers: Papers) -> Iterator[tuple[str, str]]:
    for where, text in texts_of(papers):
        yield WHERE.get(where, where), text
    for paper in papers.documents:
        yield f"Inside document {paper.number}", _text_inside(case, paper.document_id) or ""


def _text_inside(case: Case, document_id: int) -> str | None:
    """The words of a document; None where they cannot be read by a machine and a person reads it."""
    row = documents.get(document_id, case.stream)
    if row is None or row.is_held_back:
        return None
    if row.media_type == "text/plain":
        return documents.read(row).decode("utf-8")
    if row.media_type != "application/pdf":
        return None
    try:
        return pdf.text_of(documents.read(row)) or None
    except Exception:  # a broken PDF may fail in any way, and is then for a person to read
        return None


def _hit(what: str, where: str, text: str, match: re.Match[str]) -> Hit:
    start, end = max(0, match.start() - _AROUND), min(len(text), match.end() + _AROUND)
    excerpt = f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
    place = hashlib.sha256(f"{what}|{where}|{match.start()}|{excerpt}".encode()).hexdigest()[:24]
    return Hit(place, WHAT[what], where, excerpt)


def _patterns(patient: identity.Patient) -> list[tuple[str, re.Pattern[str]]]:
    patterns = [("name", _word(word)) for word in re.findall(r"\w+", patient.name or "") if len(word) >= _SHORTEST_WORD]
    digits = "".join(c for c in patient.nhs_number or "" if c.isdigit())
    if digits:
        patterns.append(("nhs_number", re.compile(r"[\s-]*".join(digits))))
    born = identity.read_day(patient.born_on or "")
    if born:
        patterns.append(("born_on", _day(born)))
    return patterns


_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "master"})


def _word(word: str) -> re.Pattern[str]:
    if word.lower() in _TITLES:
        return re.compile(r"(?!)")
    return re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)


def _day(born: date) -> re.Pattern[str]:
    """A date of birth as people write it: 27/3/1985, 27.03.85, 27 March 1985, 27 Mar 1985, 1985-03-27."""
    d, m, y, yy = f"0?{born.day}", f"0?{born.month}", str(born.year), f"{born.year % 100:02}"
    year = f"(?:{y}|{yy})"
    named = f"{born:%b}(?:{born.strftime('%B')[3:]})?"
    ways = (
        rf"{d}[/. -]{m}[/. -]{year}",
        rf"{d}(?:st|nd|rd|th)?\s+{named},?\s+{year}",
        rf"{y}-{m}-{d}",
    )
    return re.compile(rf"\b(?:{'|'.join(ways)})\b", re.IGNORECASE)


# --- reading and answering ------------------------------------------------------------------------------------------------


def check_page(case: Case, by: Any) -> CheckPage:
    """The papers, what was found in them and what was made of it. Raises NotVisible for who has no part in this."""
    _may_check(case, by)
    papers = papers_of(case)
    check = check_of(case, papers.sha256)
    unread = [
        f"Document {d.number}: {d.title}" for d in papers.documents if _text_inside(case, d.document_id) is None
    ]
    return CheckPage(
        case=case,
        papers=papers.as_facts(),
        sha256=papers.sha256,
        hits=find_identity(case, papers),
        answers=_answers(check),
        check=check,
        unread=unread,
    )


def _may_check(case: Case, by: Any) -> None:
    if not case.capacities(by) & CHECKERS:
        raise NotVisible(case.key)


def check_of(case: Case, sha256: str) -> PapersCheck | None:
    query = select(PapersCheck).where(PapersCheck.case_id == case.id, PapersCheck.papers_sha256 == sha256)
    return db.session.scalars(query).first()


def _answers(check: PapersCheck | None) -> dict[str, HitAnswer]:
    if check is None:
        return {}
    return {row.place: row for row in db.session.scalars(select(HitAnswer).where(HitAnswer.check_id == check.id))}


def save_check(
    case: Case, *, answers: dict[str, tuple[str, str]], read: bool, sha256: str, seen: int | None, by: Any
) -> PapersCheck:
    """Keep what was made of each place, and that the papers were read once nothing is open.

    `answers` holds, by place, an answer with its reason. Raises Invalid where the papers are others by now, or where the
    tick is set while a place has no answer.
    """
    _may_check(case, by)
    workflow.hold(case, seen)
    papers = papers_of(case)
    if papers.sha256 != sha256:
        raise Invalid({"read": "The papers have changed since you opened them. Read them again."})
    hits = {hit.place for hit in find_identity(case, papers)}
    check = check_of(case, sha256) or PapersCheck(case_id=case.id, papers_sha256=sha256)
    db.session.add(check)
    db.session.flush()
    for place, (answer, reason) in answers.items():
        if place in hits and answer:
            _answer(check, place, answer, reason, by)
    db.session.flush()
    if read:
        _tick(check, hits, by)
    audit.record(case.stream, "check_papers", by=by.actor, papers=sha256, places=len(hits), read=check.read_at is not None)
    return check


def _answer(check: PapersCheck, place: str, answer: str, reason: str, by: Any) -> None:
    if answer not in ANSWERS or not reason.strip():
        raise Invalid({place: "Say what this is, and why."})
    row = _answers(check).get(place)
    if row is None:
        row = HitAnswer(check_id=check.id, place=place)
        db.session.add(row)
    elif (row.answer, row.reason) == (answer, reason.strip()):
        return
    row.answer, row.reason, row.by_id, row.second_by_id, row.at = answer, reason.strip(), by.id, None, clock.now()


def _tick(check: PapersCheck, hits: set[str], by: Any) -> None:
    answered = _answers(check)
    if any(place not in answered for place in hits):
        raise Invalid({"read": "Answer every place that was found before you say that you have read the papers."})
    check.read_by_id, check.read_at = by.id, clock.now()


def agree(case: Case, place: str, *, seen: int | None, by: Any) -> None:
    """The second person's word that a place must stay. Raises Invalid for the one who gave the first."""
    _may_check(case, by)
    workflow.hold(case, seen)
    row = _answers(check_of(case, papers_of(case).sha256)).get(place)
    if row is None or row.answer != MUST_STAY:
        raise NotVisible(place)
    if row.by_id == by.id:
        raise Invalid({place: "A second person agrees: you gave the first answer."})
    row.second_by_id = by.id
    audit.record(case.stream, "agree_papers_place", by=by.actor, place=place)


def what_is_open(case: Case) -> list[Reason]:
    """What keeps the papers of a case from being settled, as they stand now."""
    papers = papers_of(case)
    check = check_of(case, papers.sha256)
    if check is None or check.read_at is None:
        return [Reason(_NOT_CHECKED if _never_checked(case) else _CHANGED, "panels.check_papers")]
    if any(not _is_settled(row) for row in _answers(check).values()):
        return [Reason("A second person has to agree that a place in the papers must stay.", "panels.check_papers")]
    return []


_NOT_CHECKED = "Nobody has checked the papers for the patient's identity yet."
_CHANGED = "The papers have changed since they were checked for the patient's identity."


def _never_checked(case: Case) -> bool:
    earlier = select(PapersCheck.id).where(PapersCheck.case_id == case.id, PapersCheck.read_at.is_not(None))
    return db.session.scalars(earlier).first() is None


def kept_places(case: Case, sha256: str) -> list[str]:
    """Why words that agree with the patient's identity stay in these papers, for their cover."""
    rows = _answers(check_of(case, sha256)).values()
    return [row.reason for row in rows if row.answer == MUST_STAY and row.second_by_id is not None]
