"""What the pages of papers show: to a member before and at the meeting, and later as the panel saw them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ifr import documents
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.policy_notes import PolicyNotes, policy_notes
from ifr.cases.services import OFFICE, cases_visible_to
from ifr.db import db
from ifr.panels import notes, services
from ifr.panels.checking import services as checking
from ifr.panels.models import DECIDE, AgendaItem, View
from ifr.panels.notes import PanelNote
from ifr.panels.pack import late
from ifr.panels.pack.models import ANSWERS, LEAVE, UNANSWERED, LatePaper
from ifr.panels.papers import papers_of
from ifr.panels.reading import views_in_words
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import MoveRecord, NotVisible

SEES_AGAIN = OFFICE | {Role.PANEL_CHAIR, Role.REVIEW_PANEL_MEMBER}
GONE = "The stored file is gone or is not the one that was issued."


@dataclass(frozen=True)
class LateRow:
    """Something that came late and was answered, in words."""

    row: LatePaper
    words: str
    by: str

    @property
    def is_in(self) -> bool:
        return self.row.answer == LEAVE


@dataclass(frozen=True)
class PapersPage:
    """The papers of an item for one reader. A member has none before they are issued."""

    item: AgendaItem
    case: Case
    papers: dict[str, Any] | None
    issued_at: datetime | None
    issued_by: str
    kept: list[str]
    view: View | PanelNote | None
    may_write_view: bool
    before_discussion: bool
    views: list[tuple[str, str, View]]
    notes: PolicyNotes
    sits: bool
    in_office: bool
    came_late: list[LateRow]
    arrivals: list[late.Arrival]
    may_give_leave: bool
    unchecked: list[str]

    @property
    def let_in(self) -> list[LateRow]:
        return [one for one in self.came_late if one.is_in]

    @property
    def left_out(self) -> list[LateRow]:
        return [one for one in self.came_late if not one.is_in]


def papers_page(meeting_id: int, item_id: int, by: User) -> PapersPage:
    """The papers of an item as they were issued; for the office, before that, as they stand. Raises NotVisible for whoever
    may not read them."""
    item, case = readable_item(meeting_id, item_id, by)
    in_office = bool(case.capacities(by) & OFFICE)
    sits = services.seat_of(meeting_id, by.id) is not None
    may_give_leave = by.id == late.chair_of(item, case)
    issued_at, issued_by = issued(item, case)
    waiting = late.arrivals(item, case) if in_office or may_give_leave else []
    return PapersPage(
        item=item,
        case=case,
        papers=papers_for(item, case, in_office=in_office),
        issued_at=issued_at,
        issued_by=issued_by,
        kept=kept_in(item, case),
        view=_written(item, by) if sits else None,
        may_write_view=sits and may_write_view(item, case),
        before_discussion=item.taken_at is None,
        views=views_in_words(item, case, by),
        notes=policy_notes(case, by),
        sits=sits,
        in_office=in_office,
        came_late=late_rows(item, waiting),
        arrivals=waiting,
        may_give_leave=may_give_leave,
        unchecked=[one.text for one in late.what_is_unchecked(case)] if waiting else [],
    )


def readable_item(meeting_id: int, item_id: int, by: User) -> tuple[AgendaItem, Case]:
    """An item with its case, for somebody who may read its papers. Raises NotVisible."""
    item = services.item_at(meeting_id, item_id)
    case = services.case_of(item, by)
    if not services.may_read_papers(case, item, by):
        raise NotVisible(str(item_id))
    return item, case


def papers_for(item: AgendaItem, case: Case, *, in_office: bool) -> dict[str, Any] | None:
    """The papers as they were issued. What is not issued is a draft of the office, which nobody has checked yet."""
    if item.papers is not None:
        return item.papers
    return papers_of(case).as_facts() if in_office else None


def kept_in(item: AgendaItem, case: Case) -> list[str]:
    """Why words that agree with the patient's identity stay in the papers."""
    return checking.kept_places(case, item.manifest[0]["sha256"] if item.manifest else papers_of(case).sha256)


def may_write_view(item: AgendaItem, case: Case) -> bool:
    """Notes before the discussion are for commissioners that want them; once it has begun everybody may write a view."""
    begun = item.kind == DECIDE and item.ended_at is None and item.taken_at is not None
    return begun or notes.may_write(item, case)


def _written(item: AgendaItem, by: User) -> View | PanelNote | None:
    """What somebody wrote: the notes before the discussion, the view once it has begun."""
    return notes.note_of(item.id, by.id) if item.taken_at is None else services.view_of(item, by.id)


def issued(item: AgendaItem, case: Case) -> tuple[datetime | None, str]:
    """When the papers of an item were issued, and by whom."""
    if item.listed_at is None:
        return None, ""
    query = select(MoveRecord.by_id).where(
        MoveRecord.stream == case.stream, MoveRecord.trigger == "list", MoveRecord.at == item.listed_at
    )
    by_id = db.session.scalars(query).first()
    return item.listed_at, people_named([by_id]).get(by_id or 0, "the service")


def late_rows(item: AgendaItem, waiting: list[late.Arrival]) -> list[LateRow]:
    """What was answered. What the chair can still let in is shown among what waits, to whoever sees that."""
    shown = {(one.place, one.sha256) for one in waiting}
    rows = [row for row in late.rows_of(item) if row.answer != UNANSWERED or (row.place, row.sha256) not in shown]
    names = people_named(row.by_id for row in rows)
    return [LateRow(row, ANSWERS[row.answer], names.get(row.by_id or 0, "")) for row in rows]


# --- as the panel saw it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """One line of the manifest, and whether what is stored is still what was shown."""

    entry: dict[str, Any]
    fault: str

    @property
    def pages(self) -> str:
        count = self.entry.get("pages")
        return "" if count is None else "1 page" if count == 1 else f"{count} pages"


@dataclass(frozen=True)
class SeenPage:
    """The papers exactly as they were before the panel."""

    item: AgendaItem
    case: Case
    papers: dict[str, Any]
    sha256: str
    issued_at: datetime | None
    issued_by: str
    manifest: list[Shown]
    let_in: list[LateRow]
    left_out: list[LateRow]
    in_office: bool


def seen_page(meeting_id: int, item_id: int, by: User) -> SeenPage:
    """What was before the panel, for the office, the chair and those who review an appeal. Raises NotVisible for others, and
    where nothing was issued."""
    item, case = _seen_again(meeting_id, item_id, by)
    assert item.papers is not None and item.manifest is not None  # nothing else is seen again
    issued_at, issued_by = issued(item, case)
    rows = late_rows(item, [])
    return SeenPage(
        item=item,
        case=case,
        papers=item.papers,
        sha256=item.manifest[0]["sha256"],
        issued_at=issued_at,
        issued_by=issued_by,
        manifest=[Shown(one, _fault(one, case)) for one in late.manifest_of(item)],
        let_in=[one for one in rows if one.is_in],
        left_out=[one for one in rows if not one.is_in],
        in_office=bool(case.capacities(by) & OFFICE),
    )


def _seen_again(meeting_id: int, item_id: int, by: User) -> tuple[AgendaItem, Case]:
    item = services.item_at(meeting_id, item_id)
    case = db.session.scalars(cases_visible_to(by).where(Case.id == item.case_id)).first()
    if case is None or item.papers is None or not item.manifest or not case.capacities(by) & SEES_AGAIN:
        raise NotVisible(str(item_id))
    return item, case


def _fault(entry: dict[str, Any], case: Case) -> str:
    """Why what is stored is not what was shown; nothing where it is."""
    if entry["what"] != "document":
        return ""
    row = documents.get(entry["document_id"], case.stream)
    return "" if row is not None and row.sha256 == entry["sha256"] else GONE


def document_in(item: AgendaItem, case: Case, number: int, papers: dict[str, Any]) -> documents.Document:
    """A document by its number: of the papers as issued, or as added with leave. Raises NotVisible for any other, and for
    one whose bytes are not those that were issued."""
    listed = late.manifest_of(item) if item.manifest else papers["documents"]
    named = next((one for one in listed if one["number"] == number and number and "document_id" in one), None)
    found = documents.get(named["document_id"], case.stream) if named else None
    if named is None or found is None or found.sha256 != named["sha256"]:
        raise NotVisible(str(number))
    return found


def document_seen(meeting_id: int, item_id: int, number: int, by: User) -> tuple[AgendaItem, Case, documents.Document]:
    """A document as the panel had it. Raises NotVisible."""
    item, case = _seen_again(meeting_id, item_id, by)
    return item, case, document_in(item, case, number, item.papers or {})


def document_of(meeting_id: int, item_id: int, number: int, by: User) -> tuple[AgendaItem, Case, documents.Document]:
    """A document for a reader of the papers. Raises NotVisible."""
    item, case = readable_item(meeting_id, item_id, by)
    papers = papers_for(item, case, in_office=bool(case.capacities(by) & OFFICE))
    if papers is None:
        raise NotVisible(str(number))
    return item, case, document_in(item, case, number, papers)


def late_document(meeting_id: int, item_id: int, document_id: int, by: User) -> tuple[AgendaItem, Case, documents.Document]:
    """A document that waits for the chair's word, once the identity check has seen it. Raises NotVisible."""
    item, case = readable_item(meeting_id, item_id, by)
    if not late.may_see_late(item, case, by) or late.what_is_unchecked(case):
        raise NotVisible(str(document_id))
    waiting = {one.document.document_id for one in late.arrivals(item, case) if one.document}
    found = documents.get(document_id, case.stream) if document_id in waiting else None
    if found is None:
        raise NotVisible(str(document_id))
    return item, case, found
