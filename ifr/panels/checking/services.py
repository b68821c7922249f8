"""The identity check: whoever prepares the papers reads them, and the service shows what agrees with the patient's identity.

Nothing is taken out by itself: a name may be somebody else's, and evidence that matters is never left out to satisfy a
check. A person says what each place is.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.db import db
from ifr.documents import Document
from ifr.panels.checking import finding, redaction
from ifr.panels.checking.finding import FileRead, Hit, find_identity
from ifr.panels.checking.models import Look
from ifr.panels.models import HitAnswer, PapersCheck
from ifr.panels.papers import Papers, papers_of
from ifr.workflow import Invalid, NotVisible, Reason

__all__ = ["Hit", "find_identity"]

NOT_THE_PATIENT, MUST_STAY, REDACT = "not_the_patient", "must_stay", "redact"
ANSWERS = {
    NOT_THE_PATIENT: "It is not the patient",
    MUST_STAY: "It must stay, because it matters (a second person agrees)",
}
ANSWERS_IN_FILES = {REDACT: "Take it out of the file", **ANSWERS}
CHECKERS = frozenset({Role.PANEL_SECRETARY, Role.COORDINATOR, Role.IFR_MANAGER})
_HERE = "checking.check_papers"
# What lies beside the pages of a file is not in a copy that was made anew.
_BESIDE = ("attached:", "beside")


@dataclass(frozen=True)
class Unreadable:
    """A page, a picture or a file whose words nobody here can read; `key` names it for the form."""

    key: str
    number: int
    title: str
    page: int
    why: str
    part: str
    sha256: str
    looked: Look | None
    is_held_back: bool

    @property
    def words(self) -> str:
        page = f", page {self.page}" if self.page and self.part.startswith("page:") else ""
        return f"Document {self.number}{page}: {self.why}"


@dataclass(frozen=True)
class FilePart:
    """The places in one file, or in the words of the request, as the page groups them: by page, in order."""

    number: int | None
    title: str
    pages: dict[int | None, list[Hit]]
    # Whether a picture of its pages can be drawn.
    drawn: bool = False
    has_copy: bool = False
    can_be_read: bool = True


@dataclass(frozen=True)
class CheckPage:
    """The identity check of a case as its page shows it."""

    case: Case
    papers: dict[str, Any]
    sha256: str
    hits: list[Hit]
    answers: dict[str, HitAnswer]
    check: PapersCheck | None
    unreadable: list[Unreadable]
    parts: list[FilePart] = field(default_factory=list)
    looked_for: list[str] = field(default_factory=list)
    not_looked_for: list[str] = field(default_factory=list)

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


# --- reading --------------------------------------------------------------------------------------------------------------


def check_page(case: Case, by: Any) -> CheckPage:
    """The papers, what was found in them and what was made of it. Raises NotVisible for who has no part in this."""
    must_check(case, by)
    papers = papers_of(case)
    files = finding.files_of(case, papers)
    hits = finding.hits_in(case, papers, files)
    known, unknown = finding.kinds_in_words(case)
    return CheckPage(
        case=case,
        papers=papers.as_facts(),
        sha256=papers.sha256,
        hits=hits,
        answers=_answers_that_hold(case, papers.sha256),
        check=check_of(case, papers.sha256),
        unreadable=_unreadable(case, files),
        parts=_parts(hits, files),
        looked_for=known,
        not_looked_for=unknown,
    )


def must_check(case: Case, by: Any) -> None:
    """Raises NotVisible for whoever does not prepare the papers of a case."""
    if not case.capacities(by) & CHECKERS:
        raise NotVisible(case.key)


def _parts(hits: list[Hit], files: list[FileRead]) -> list[FilePart]:
    def by_page(number: int | None) -> dict[int | None, list[Hit]]:
        grouped: dict[int | None, list[Hit]] = {}
        for hit in hits:
            if hit.number == number:
                grouped.setdefault(hit.page, []).append(hit)
        return grouped

    parts = [FilePart(None, "The words of the request", by_page(None))]
    for file in files:
        drawn = file.reading.pages > 0
        parts.append(FilePart(file.number, f"Document {file.number}: {file.title}", by_page(file.number), drawn, file.has_copy,
                              not file.is_held_back))  # fmt: skip
    return parts


def _unreadable(case: Case, files: list[FileRead]) -> list[Unreadable]:
    looks = {(look.sha256, look.part): look for look in db.session.scalars(select(Look).where(Look.case_id == case.id))}
    return [
        Unreadable(
            key=identity.keyed_hash(f"{file.original.sha256}|{one.part}")[:24],
            number=file.number,
            title=file.title,
            page=one.page,
            why=one.why,
            part=one.part,
            sha256=file.original.sha256,
            looked=looks.get((file.original.sha256, one.part)),
            is_held_back=one.part == "held",
        )
        for file in files
        for one in file.reading.unread
        if not (file.leaves_behind and one.part.startswith(_BESIDE))
    ]


def check_of(case: Case, sha256: str) -> PapersCheck | None:
    query = select(PapersCheck).where(PapersCheck.case_id == case.id, PapersCheck.papers_sha256 == sha256)
    return db.session.scalars(query).first()


def _answers(check: PapersCheck | None) -> dict[str, HitAnswer]:
    if check is None:
        return {}
    return {row.place: row for row in db.session.scalars(select(HitAnswer).where(HitAnswer.check_id == check.id))}


def _answers_that_hold(case: Case, sha256: str) -> dict[str, HitAnswer]:
    """The answers to these papers; to those before them where these have none yet, since a place keeps its name."""
    return _answers(check_of(case, sha256) or _latest(case))


def _latest(case: Case) -> PapersCheck | None:
    query = select(PapersCheck).where(PapersCheck.case_id == case.id).order_by(PapersCheck.id.desc())
    return db.session.scalars(query).first()


# --- answering ------------------------------------------------------------------------------------------------------------


def save_check(
    case: Case,
    *,
    answers: dict[str, tuple[str, str]],
    read: bool,
    sha256: str,
    seen: int | None,
    by: Any,
    looked: Collection[str] = (),
    emptied: Collection[int] = (),
) -> PapersCheck:
    """Keep what was made of each place, take out what is to be taken out, and keep that the papers were read.

    `answers` holds, by place, an answer with its reason; `looked` the pages without words that somebody has looked at;
    `emptied` the numbers of the files of which every place without another answer is taken out. Where something is taken out,
    the papers are others from then on, and the tick is asked for again. Raises Invalid where the papers are others by now, or
    where the tick is set while a place has no answer or a page was not looked at.
    """
    must_check(case, by)
    workflow.hold(case, seen)
    papers = papers_of(case)
    if papers.sha256 != sha256:
        raise Invalid({"read": "The papers have changed since you opened them. Read them again."})
    files = finding.files_of(case, papers)
    hits = {hit.place: hit for hit in finding.hits_in(case, papers, files)}
    check = _check_for(case, sha256)
    everything = {p: (REDACT, "") for p, hit in hits.items() if hit.number in emptied and not answers.get(p, ("", ""))[0]}
    answers = answers | everything
    _answer_all(check, hits, answers, by)
    pages = _unreadable(case, files)
    _keep_looks(case, pages, looked, by)
    gone = [hits[place] for place, (answer, _) in answers.items() if answer == REDACT and place in hits]
    if gone:
        redaction.take_out(case, gone, by=by)
        check = _check_for(case, papers_of(case).sha256)
    elif read:
        _must_have_looked(pages, looked)
        _tick(case, check, set(hits), by)
    audit.record(case.stream, "check_papers", by=by.actor, papers=check.papers_sha256, places=len(hits), taken_out=len(gone),
                 read=check.read_at is not None)  # fmt: skip
    return check


def _check_for(case: Case, sha256: str) -> PapersCheck:
    """The check of these papers; a new one takes over the answers to the places that stood in the papers before."""
    check = check_of(case, sha256)
    if check is not None:
        return check
    earlier = _answers(_latest(case))
    check = PapersCheck(case_id=case.id, papers_sha256=sha256)
    db.session.add(check)
    db.session.flush()
    for row in earlier.values():
        db.session.add(
            HitAnswer(check_id=check.id, place=row.place, answer=row.answer, reason=row.reason, by_id=row.by_id,
                      second_by_id=row.second_by_id, at=row.at)  # fmt: skip
        )
    db.session.flush()
    return check


def _answer_all(check: PapersCheck, hits: dict[str, Hit], answers: dict[str, tuple[str, str]], by: Any) -> None:
    faults: dict[str, str] = {}
    for place, (answer, reason) in answers.items():
        hit = hits.get(place)
        if hit is None or not answer or answer == REDACT and hit.number is not None:
            continue
        if answer not in ANSWERS or not reason.strip():
            faults[place] = "Say what this is, and why."
    if faults:
        raise Invalid(faults)
    for place, (answer, reason) in answers.items():
        if place in hits and answer in ANSWERS:
            _answer(check, place, answer, reason, by)
    db.session.flush()


def _answer(check: PapersCheck, place: str, answer: str, reason: str, by: Any) -> None:
    row = _answers(check).get(place)
    if row is None:
        row = HitAnswer(check_id=check.id, place=place)
        db.session.add(row)
    elif (row.answer, row.reason) == (answer, reason.strip()):
        return
    row.answer, row.reason, row.by_id, row.second_by_id, row.at = answer, reason.strip(), by.id, None, clock.now()


def _keep_looks(case: Case, pages: list[Unreadable], looked: Collection[str], by: Any) -> None:
    for page in pages:
        if page.key in looked and page.looked is None and not page.is_held_back:
            db.session.add(Look(case_id=case.id, sha256=page.sha256, part=page.part, by_id=by.id, at=clock.now()))
            audit.record(case.stream, "look_at_page", by=by.actor, document=page.number, page=page.page)
    db.session.flush()


def _must_have_looked(pages: list[Unreadable], looked: Collection[str]) -> None:
    for page in pages:
        if page.is_held_back:
            raise Invalid({"read": f"Document {page.number} cannot be opened yet. {page.why}"})
        if page.looked is None and page.key not in looked:
            raise Invalid({f"look_{page.key}": "Look at this page yourself, and say that you did."})


def _tick(case: Case, check: PapersCheck, hits: set[str], by: Any) -> None:
    answered = _answers(check)
    if any(place not in answered for place in hits):
        raise Invalid({"read": "Answer every place that was found before you say that you have read the papers."})
    for place, row in answered.items():
        if place not in hits:
            # An answer that was taken over, to a place that is not in these papers.
            db.session.delete(row)
    check.read_by_id, check.read_at, check.looked_for = by.id, clock.now(), identity.mark_of(case)
    db.session.flush()


def agree(case: Case, place: str, *, seen: int | None, by: Any) -> None:
    """The second person's word that a place must stay. Raises Invalid for the one who gave the first."""
    must_check(case, by)
    workflow.hold(case, seen)
    row = _answers(check_of(case, papers_of(case).sha256)).get(place)
    if row is None or row.answer != MUST_STAY:
        raise NotVisible(place)
    if row.by_id == by.id:
        raise Invalid({place: "A second person agrees: you gave the first answer."})
    row.second_by_id = by.id
    audit.record(case.stream, "agree_papers_place", by=by.actor, place=place)


# --- what else asks -------------------------------------------------------------------------------------------------------


def what_is_open(case: Case) -> list[Reason]:
    """What keeps the papers of a case from being settled, as they stand now."""
    papers = papers_of(case)
    check = check_of(case, papers.sha256)
    if check is None or check.read_at is None:
        return [Reason(_NOT_CHECKED if _never_checked(case) else _CHANGED, _HERE)]
    if check.looked_for not in ("", identity.mark_of(case)):
        return [Reason(_PUT_RIGHT, _HERE)]
    if any(not _is_settled(row) for row in _answers(check).values()):
        return [Reason("A second person has to agree that a place in the papers must stay.", _HERE)]
    return [Reason(f"Document {number} cannot be opened.", _HERE) for number in _held_back(papers)]


_NOT_CHECKED = "Nobody has checked the papers for the patient's identity yet."
_CHANGED = "The papers have changed since they were checked for the patient's identity."
_PUT_RIGHT = "The patient's name, NHS number or date of birth was put right since the papers were checked for them."


def _held_back(papers: Papers) -> list[int]:
    numbers = {paper.document_id: paper.number for paper in papers.documents}
    rows = db.session.scalars(select(Document).where(Document.id.in_(numbers)).order_by(Document.id))
    return [numbers[row.id] for row in rows if row.is_held_back]


def _never_checked(case: Case) -> bool:
    earlier = select(PapersCheck.id).where(PapersCheck.case_id == case.id, PapersCheck.read_at.is_not(None))
    return db.session.scalars(earlier).first() is None


def kept_places(case: Case, sha256: str) -> list[str]:
    """Why words that agree with the patient's identity stay in these papers, for their cover."""
    rows = _answers(check_of(case, sha256)).values()
    return [row.reason for row in rows if row.answer == MUST_STAY and row.second_by_id is not None]


def redacted_in(case: Case) -> list[int]:
    """The numbers of the documents of which the papers show a redacted copy, for their cover."""
    papers = papers_of(case)
    copies = {row.id for row in documents.of(case.stream, redaction.REDACTED)}
    return [paper.number for paper in papers.documents if paper.document_id in copies]
