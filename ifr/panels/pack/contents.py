"""What is in a pack for one person: pages of ours in words, and the files that go between them.

Each item is there as far as this person may read it. What is private to somebody is "private item" in his or her pack and
nothing else, whatever it holds.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import render_template
from sqlalchemy import select

from ifr import documents
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, HANDED_OVER, Case, Involvement
from ifr.cases.services import OFFICE, cases_visible_to
from ifr.db import db
from ifr.panels import services
from ifr.panels.interests.services import AT_MEETINGS
from ifr.panels.models import CAPACITIES, DECIDE, RECEIVE, AgendaItem, Meeting, Seat
from ifr.panels.pack import late, reading
from ifr.panels.sitting import interests_in, items_of, seats_of
from ifr.people.models import Organisation, User
from ifr.people.services import people_named
from ifr.workflow import NotVisible

_WORDS = {
    CLEAR: "No interest",
    CONFLICTED: "Has an interest, and leaves for this item",
    HANDED_OVER: "No interest any longer; does not chair this item",
}
# How an item ended that is in no pack: it never came before the panel of this meeting.
_NOT_BEFORE = ("removed", "unlisted", "withdrawn", "carried_forward")
HELD_BACK = "This file is held back: it waits to be scanned for viruses, or was found infected. It is not in this pack."


@dataclass(frozen=True)
class File:
    """A file at its place in a part: where its bytes are found, or why it is not there."""

    number: int
    sha256: str
    media_type: str
    document_id: int | None
    why_not: str


@dataclass(frozen=True)
class PartAsked:
    """A part of a pack: its page, what every foot of it says, and the files that it shows."""

    html: str
    foot: str
    reference: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Contents:
    title: str
    # The name that lies across every page, where the commissioner wants it.
    mark: str
    parts: tuple[PartAsked, ...]
    items: tuple[int, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Said:
    """What somebody who sits said of an interest in one item."""

    name: str
    capacity: str
    words: str
    note: str


@dataclass(frozen=True)
class Entry:
    """One line of the agenda. Without a case it says nothing but that there is an item."""

    item: AgendaItem
    words: str
    case: Case | None
    papers: dict[str, Any] | None
    said: tuple[Said, ...]


def contents_for(meeting_id: int, item_id: int | None, by: User) -> Contents:
    """The pack of a meeting, or of one of its items, for this person. Raises NotVisible where there is nothing for him or
    her to read."""
    meeting = db.session.get(Meeting, meeting_id)
    if meeting is None or not _belongs(meeting, item_id, by):
        raise NotVisible(str(meeting_id))
    entries = [_entry(one, by) for one in _items(meeting, item_id)]
    read = [one for one in entries if one.papers is not None]
    if not read and item_id is not None:
        raise NotVisible(str(item_id))
    marked = any(one.case is not None and one.case.profile.papers.watermark for one in read)
    front = _front(meeting, entries, by, whole=item_id is None)
    return Contents(
        title=_title(meeting, read if item_id else None),
        mark=by.name if marked else "",
        parts=(front, *(_part(one) for one in read)),
        items=tuple(one.item.id for one in read),
    )


def _belongs(meeting: Meeting, item_id: int | None, by: User) -> bool:
    """A pack of a meeting is for those who have a seat there and for its secretary; of an item for whoever may read it."""
    if item_id is not None:
        reading.readable_item(meeting.id, item_id, by)
        return True
    keeps = Role.PANEL_SECRETARY in by.roles_in(meeting.commissioner_id)
    return keeps or services.seat_of(meeting.id, by.id) is not None


def _items(meeting: Meeting, item_id: int | None) -> Iterator[AgendaItem]:
    for item in items_of(meeting.id):
        if item.ended_as not in _NOT_BEFORE and item_id in (None, item.id):
            yield item


def _title(meeting: Meeting, of_item: Sequence[Entry] | None) -> str:
    if of_item and of_item[0].case is not None:
        return f"Papers of {of_item[0].case.key}"
    return f"Papers for the meeting of {meeting.held_on:%-d %B %Y}"


# --- what one person may read -------------------------------------------------------------------------------------------


def _entry(item: AgendaItem, by: User) -> Entry:
    case = db.session.scalars(cases_visible_to(by).where(Case.id == item.case_id)).first()
    if item.kind == RECEIVE:
        return Entry(item, "Urgent decision reported by the chair", None, None, ())
    if case is None or not services.may_read_papers(case, item, by):
        return Entry(item, _why_closed(item, by), None, None, ())
    if item.papers is None:
        return Entry(item, "The papers have not been issued yet", None, None, ())
    return Entry(item, "", case, item.papers, tuple(_said(item, case, by)))


def _why_closed(item: AgendaItem, by: User) -> str:
    """Before an interest is declared the item opens by declaring it; with one, or without a part in it, it is private."""
    part = select(Involvement.interest).where(
        Involvement.case_id == item.case_id, Involvement.user_id == by.id, Involvement.until_at.is_(None),
        Involvement.capacity.in_(AT_MEETINGS),
    )
    interests = set(db.session.scalars(part))
    if not interests or CONFLICTED in interests:
        return "Private item"
    return "Opens when you have declared your interest"


def _said(item: AgendaItem, case: Case, by: User) -> Iterator[Said]:
    """The conflict sheet of an item. What an interest is, in the words of whoever has it, is for those who keep the sheet."""
    keeps = bool(case.capacities(by) & OFFICE) or by.id == late.chair_of(item, case)
    seats: list[Seat] = [one for one in seats_of(item.meeting_id or 0) if one.sits_on(case.id)]
    interests, names = interests_in(case.id), people_named(one.user_id for one in seats)
    notes = _notes(case) if keeps else {}
    for seat in seats:
        interest = interests.get(seat.user_id)
        words = _WORDS.get(interest or "", "Has not declared yet")
        note = notes.get(seat.user_id, "") if interest == CONFLICTED else ""
        yield Said(names.get(seat.user_id, ""), CAPACITIES[seat.capacity], words, note)


def _notes(case: Case) -> dict[int, str]:
    rows = db.session.execute(
        select(Involvement.user_id, Involvement.interest_note).where(
            Involvement.case_id == case.id, Involvement.interest == CONFLICTED
        )
    )
    return {row.user_id: row.interest_note for row in rows}


# --- pages --------------------------------------------------------------------------------------------------------------


def _front(meeting: Meeting, entries: Sequence[Entry], by: User, *, whole: bool) -> PartAsked:
    commissioner = db.session.get_one(Organisation, meeting.commissioner_id)
    seats = seats_of(meeting.id) if whole else []
    names = people_named(seat.user_id for seat in seats)
    html = render_template(
        "panels/pack/front.html", meeting=meeting, commissioner=commissioner.name, entries=entries, whole=whole,
        sitting=[(names.get(seat.user_id, ""), CAPACITIES[seat.capacity], seat.apologies) for seat in seats], reader=by.name,
        decides=DECIDE,
    )
    return PartAsked(html, "Agenda and interests", "", ())


def _part(entry: Entry) -> PartAsked:
    item, case = entry.item, entry.case
    assert case is not None and entry.papers is not None  # only what may be read is set
    manifest = late.manifest_of(item)
    issued_at, issued_by = reading.issued(item, case)
    html = render_template(
        "panels/pack/item.html", item=item, papers=entry.papers, at=f"i{item.id}-", issued_at=issued_at, issued_by=issued_by,
        kept=reading.kept_in(item, case), documents=[one for one in manifest if one["what"] == "document"],
        late=late.let_in(item), left_out=late.not_before_panel(item), sha256=manifest[0]["sha256"] if manifest else "",
    )
    files = tuple(_file(one, case) for one in manifest if one["what"] == "document")
    return PartAsked(html, f"Item {item.position}", entry.papers["reference"], files)


def _file(entry: dict[str, Any], case: Case) -> File:
    row = documents.get(entry["document_id"], case.stream)
    if row is None or row.sha256 != entry["sha256"]:
        return File(entry["number"], entry["sha256"], "", None, reading.GONE)
    if row.is_held_back:
        return File(entry["number"], row.sha256, row.media_type, None, HELD_BACK)
    return File(entry["number"], row.sha256, row.media_type, row.id, "")
