"""Late papers: what came after the papers of an item were issued, and whether its chair lets it in.

Nothing comes before a panel by itself once the papers are out: whoever chairs the item gives leave or refuses it with a
reason, and the record says what was not before the panel. What is let in has been checked for the patient's identity too.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.cases.models import CLEAR, Case
from ifr.cases.services import OFFICE
from ifr.db import db
from ifr.pages import day
from ifr.panels.checking import services as checking
from ifr.panels.interests.walls import handed_over
from ifr.panels.models import CHAIR, AgendaItem, Seat
from ifr.panels.pack.models import LEAVE, REFUSED, UNANSWERED, LatePaper
from ifr.panels.papers import DocumentPaper, entry_of, papers_of
from ifr.panels.sitting import interests_in, open_item_of
from ifr.people.models import User
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, upon

# The parts of the papers, as the list of what is late names them. What is in none is told under the last.
PARTS = {
    "condition": "The request",
    "treatment": "The request",
    "earlier": "Treatments so far",
    "earlier_use": "Earlier use of this treatment",
    "harm_of_waiting": "Harm of waiting",
    "urgent": "Whether the request is urgent",
    "comparator": "Comparison group",
    "group": "Comparison group, step by step",
    "policy": "The policy",
    "also": "Policies also considered",
    "no_policy": "The policy",
    "test": "The test",
    "criteria": "What the panel asks beside the test",
    "test_answers": "The answers to the questions of the test",
    "points": "Points raised",
    "screening": "What screening found",
    "screening_summary": "What screening found",
    "evidence_review": "Evidence review",
    "advice": "Independent advice",
    "accuracy": "What the clinician said to our summary",
    "guidance": "Guidance",
    "cost": "Cost",
    "result": "How we will know whether it helped",
    "rights": "Equality, human rights and health inequality",
    "references": "References",
    "patient_statement": "The patient’s own statement",
    "promised": "What the patient was promised",
}
_OWN_WAY = ("reference", "documents", "asked", "patient_statement_by")
LONGEST_REASON = 2_000


@dataclass(frozen=True)
class Arrival:
    """Something that is not among the papers as they were issued, and that nobody has answered for yet.

    `title` may name what nobody has checked for identity; `plainly` never does.
    """

    place: str
    sha256: str
    title: str
    plainly: str
    says: tuple[tuple[str, str], ...]
    document: DocumentPaper | None = None


# --- what is late -------------------------------------------------------------------------------------------------------


def arrivals(item: AgendaItem, case: Case) -> list[Arrival]:
    """What came since the papers of an item were issued and is still unanswered; nothing once the item has ended."""
    if item.papers is None or item.ended_at is not None:
        return []
    answered = {(row.place, row.sha256) for row in rows_of(item) if row.answer != UNANSWERED}
    return [one for one in _arrived(item.papers, case) if (one.place, one.sha256) not in answered]


def _arrived(issued: dict[str, Any], case: Case) -> Iterator[Arrival]:
    papers = papers_of(case)
    known = {one["document_id"] for one in issued.get("documents", [])}
    for paper in papers.documents:
        if paper.document_id not in known:
            yield Arrival(
                f"document:{paper.document_id}", paper.sha256, paper.title, "A document", (), document=paper,
            )
    now = papers.as_facts()
    for asked in now["asked"]:
        if asked not in issued.get("asked", []):
            says = (("What was asked", asked["question"]), ("The answer", asked["answer"]),
                    ("What the office made of it", asked["considered"]))
            yield _of_words(f"answer:{asked['number']}", f"Answer to: {asked['question']}", "An answer of the clinician", says)
    for part, value in now.items():
        if part in issued and part not in _OWN_WAY and not _is_same(issued[part], value):
            words = PARTS.get(part, "Another part of the papers")
            yield _of_words(f"part:{part}", words, f"A change in: {words[:1].lower()}{words[1:]}", tuple(_said(value, words)))


def _of_words(place: str, title: str, plainly: str, says: tuple[tuple[str, str], ...]) -> Arrival:
    given = tuple((heading, text) for heading, text in says if text)
    return Arrival(place, hashlib.sha256(json.dumps(given).encode()).hexdigest(), title, plainly, given)


def _is_same(issued: Any, now: Any) -> bool:
    """Whether a part says what it said. What papers issued earlier did not hold at all is no news."""
    if isinstance(issued, dict) and isinstance(now, dict):
        return all(_is_same(issued[key], now.get(key)) for key in issued)
    if isinstance(issued, list) and isinstance(now, list):
        return len(issued) == len(now) and all(_is_same(one, other) for one, other in zip(issued, now, strict=True))
    return bool(issued == now)


def _said(value: Any, heading: str) -> Iterator[tuple[str, str]]:
    """A part in words: each text under its heading."""
    if isinstance(value, dict) and set(value) == {"label", "text"}:
        yield value["label"], value["text"]
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _said(one, f"{heading}: {key.replace('_', ' ')}")
    elif isinstance(value, list):
        for one in value:
            yield from _said(one, heading)
    elif value not in (None, "", False):
        yield heading, "Yes" if value is True else str(value)


# --- what was answered --------------------------------------------------------------------------------------------------


def rows_of(item: AgendaItem) -> list[LatePaper]:
    """What was late for an item, and for those from which it was carried forward with its papers."""
    ids = []
    earlier: AgendaItem | None = item
    while earlier is not None and earlier.id not in ids:
        ids.append(earlier.id)
        earlier = db.session.get(AgendaItem, earlier.carried_from_id) if earlier.carried_from_id else None
    query = select(LatePaper).where(LatePaper.item_id.in_(ids)).order_by(LatePaper.number, LatePaper.id)
    return list(db.session.scalars(query))


def let_in(item: AgendaItem) -> list[LatePaper]:
    """What came before the panel with the chair's leave, in the order in which it was added."""
    return [row for row in rows_of(item) if row.answer == LEAVE]


def left_out(item: AgendaItem) -> list[LatePaper]:
    """What came after the papers were issued and was not before the panel."""
    return [row for row in rows_of(item) if row.answer != LEAVE]


def not_before_panel(item: AgendaItem) -> list[str]:
    """For the record of the decision: what was not before the panel, and why, in sentences."""
    return [
        f"{row.title} was not before the panel: "
        + (f"the chair gave no leave ({row.reason})." if row.answer == REFUSED else "it came too late to be answered.")
        for row in left_out(item)
    ]


def chair_of(item: AgendaItem, case: Case) -> int | None:
    """Who answers for what is late: the chair of the item, or whoever was named for it; nobody with a conflict."""
    chairs = select(Seat.user_id).where(Seat.meeting_id == item.meeting_id, Seat.capacity == CHAIR)
    named = [item.deputy_id] if item.deputy_id else list(db.session.scalars(chairs))
    interests, handed = interests_in(case.id), handed_over(case.id)
    return next((one for one in named if interests.get(one) == CLEAR and one not in handed), None)


def may_see_late(item: AgendaItem, case: Case, by: User) -> bool:
    """Whether somebody is told of what nobody has answered yet: whoever chairs the item, and the office."""
    return by.id == chair_of(item, case) or bool(case.capacities(by) & OFFICE)


# --- answering ----------------------------------------------------------------------------------------------------------


def answer(item: AgendaItem, case: Case, *, place: str, sha256: str, leave: bool, reason: str, by: User) -> LatePaper:
    """Let something in, or not, with a reason. Raises NotVisible for whoever does not chair the item, Invalid with what
    stands in the way."""
    workflow.hold(case)
    if by.id != chair_of(item, case):
        raise NotVisible(str(item.id))
    found = next((one for one in _arrived(item.papers or {}, case) if (one.place, one.sha256) == (place, sha256)), None)
    row = next((one for one in rows_of(item) if (one.place, one.sha256) == (place, sha256)), None)
    _may_answer(item, case, found, row, leave, reason.strip())
    assert found is not None  # it was asked for just now
    if row is None:
        row = LatePaper(item_id=item.id, number=len(rows_of(item)) + 1, place=place, sha256=sha256)
    _fill(row, item, found, leave=leave)
    row.reason, row.by_id, row.at = reason.strip(), by.id, clock.now()
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "answer_late_paper", by=by.actor, item=item.id, number=row.number, answer=row.answer,
                 sha256=row.sha256)
    return row


def _may_answer(
    item: AgendaItem, case: Case, found: Arrival | None, row: LatePaper | None, leave: bool, reason: str
) -> None:
    if item.ended_at is not None:
        raise Invalid({"late": "The item has ended, so nothing can be added to its papers."})
    if found is None or (row is not None and row.answer != UNANSWERED):
        raise Invalid({"late": "This has changed or was answered since you opened the page. Look again."})
    if len(reason) > LONGEST_REASON:
        raise Invalid({"late": f"Shorten the reason to {LONGEST_REASON:,} characters."})
    if not leave and not reason:
        raise Invalid({"late": "Say why this is not to be before the panel."})
    if leave and (still := what_is_unchecked(case)):
        raise Invalid({"late": f"{still[0].text} The secretary does that first; then you can give leave."})


def what_is_unchecked(case: Case) -> list[Reason]:
    """What keeps late papers from being let in: the identity check of the papers as they stand now."""
    return checking.what_is_open(case)


def _fill(row: LatePaper, item: AgendaItem, found: Arrival, *, leave: bool) -> None:
    """What was let in is kept as the panel has it. What was not is named so that it tells nothing unchecked."""
    if not leave:
        row.title, row.says, row.entry, row.answer = f"{found.plainly}, received late", [], None, REFUSED
        return
    row.title, row.answer = found.title, LEAVE
    row.says = [list(one) for one in found.says]
    if found.document is not None:
        number = 1 + max((one["number"] for one in manifest_of(item)), default=0)
        row.entry = {**entry_of(found.document), "number": number}


def manifest_of(item: AgendaItem) -> list[dict[str, Any]]:
    """What was before the panel: the manifest as it was fixed when the papers were issued, and what was added with leave,
    each with the number of its addition."""
    added = [
        {**(row.entry or {"what": "words", "number": 0, "title": row.title, "sha256": row.sha256}), "addition": row.number}
        for row in let_in(item)
    ]
    return [*(item.manifest or []), *added]


def papers_heard(item: AgendaItem) -> dict[str, Any] | None:
    """The papers as the panel had them: as they were issued, and the documents that the chair let in. None before the issue."""
    if not item.papers:
        return None
    added = [row.entry for row in let_in(item) if row.entry is not None]
    return {**item.papers, "documents": [*item.papers.get("documents", []), *added]}


@upon("ifr", "take_item")
def leave_out_what_nobody_answered(case: Case, by: Any, made: MoveRecord) -> None:
    """The panel begins with what it has. What came late and was not answered is on record as not before it, until whoever
    chairs the item lets it in while the item is open."""
    item = open_item_of(case)
    if item is None:
        return
    for found in arrivals(item, case):
        db.session.add(LatePaper(
            item_id=item.id, number=len(rows_of(item)) + 1, place=found.place, sha256=found.sha256,
            title=f"{found.plainly}, received by {day(clock.day_of(made.at))}", says=[], entry=None, answer=UNANSWERED,
            reason="", by_id=None, at=made.at,
        ))
        db.session.flush()
