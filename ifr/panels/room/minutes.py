"""The minutes of a meeting in a fixed form: drafted by the secretary, read back by who chaired, agreed and frozen.

What was said of an item is closed to whoever has a conflict of interest in it, the chair too: to them the item is private,
and the page is the same whatever stands there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ifr import audit, clock
from ifr.cases.deferring import deferrals_of, gaps_of
from ifr.cases.models import Case
from ifr.clock import LONDON
from ifr.db import db, lock
from ifr.panels.invitations import when_in_words
from ifr.panels.models import (
    CAPACITIES,
    DECIDE,
    HOW_SOMEBODY_IS_THERE,
    ITEM_ENDED,
    RECEIVE,
    WHY_SOMEBODY_LEFT,
    AgendaItem,
    Meeting,
    Seat,
)
from ifr.panels.room.models import MinuteAgreement, MinuteNote, Minutes
from ifr.panels.room.services import chair_of, meeting_for, open_cases, profession_in_words
from ifr.panels.services import served_by
from ifr.panels.sitting import attendances_of, items_of, seats_of
from ifr.people.models import Organisation, User
from ifr.people.services import people_named
from ifr.workflow import Invalid, NotVisible, Stale

PARTS = {
    "opening": "Opening, earlier minutes and matters arising",
    "actions": "Actions: what, by whom and by when",
    "other": "Other business",
}
PRIVATE = "Private item"
_ENDED = {
    "decided": "The panel considered the request and decided it.",
    "deferred": "The panel deferred the request.",
    "carried_forward": "Not reached; carried forward to another meeting.",
    "unlisted": "Taken off the list.",
    "withdrawn": "The request was withdrawn.",
    "decided_urgently": "The chair decided the request by chair's action.",
    "received": "The panel took note of the urgent decision that the chair took.",
}
Line = tuple[str, str]
# The rooms that come later hand in what they know of an item: how it was decided, and how the votes stood.
_SAYS: list[Callable[[AgendaItem, Case], list[Line]]] = []


def says_in_minutes(reader: Callable[[AgendaItem, Case], list[Line]]) -> Callable[[AgendaItem, Case], list[Line]]:
    """Register what is minuted of an item, as lines of a label and words."""
    _SAYS.append(reader)
    return reader


@dataclass(frozen=True)
class Part:
    """One part of the minutes with the secretary's note. A private one says nothing."""

    key: str
    heading: str
    private: bool
    lines: list[Line]
    note: str


@dataclass(frozen=True)
class MinutesPage:
    """The minutes as they are open to one person."""

    meeting: Meeting
    minutes: Minutes | None
    facts: dict[str, Any]
    parts: list[Part]
    keeps: bool
    may_agree: bool
    agreed_by: list[str]
    waits_for: list[str]

    @property
    def version(self) -> int:
        return self.minutes.version if self.minutes else 0

    @property
    def is_open(self) -> bool:
        return bool(self.facts)

    @property
    def may_write(self) -> bool:
        return self.keeps and (self.minutes is None or self.minutes.is_draft)


# --- reading --------------------------------------------------------------------------------------------------------------


def minutes_page(meeting_id: int, by: User) -> MinutesPage:
    """The minutes for the secretary, for who chaired once they are shown, and for all who sat once they are agreed.

    Before that the page is empty for those who sit. Raises NotVisible for everybody else.
    """
    meeting, keeps, seat = meeting_for(meeting_id, by)
    if meeting.opened_at is None:
        raise NotVisible(str(meeting_id))
    row = of_meeting(meeting.id)
    asked = who_agrees(meeting)
    agreed = _agreements(row)
    if not keeps and not _may_read(row, by, asked):
        return MinutesPage(meeting, row, {}, [], keeps, False, [], [])
    facts = row.facts if row is not None and row.facts is not None else build(meeting, row)
    names = people_named([*asked, *agreed])
    return MinutesPage(
        meeting=meeting,
        minutes=row,
        facts=facts,
        parts=_open_parts(meeting, facts, seat, by),
        keeps=keeps,
        may_agree=row is not None and row.shown_at is not None and row.agreed_at is None
        and by.id in asked and by.id not in agreed,
        agreed_by=[names[one] for one in agreed],
        waits_for=[names[one] for one in asked if one not in agreed],
    )  # fmt: skip


def printed(meeting_id: int, by: User) -> MinutesPage:
    """The minutes to be printed. Raises NotVisible where they are not open to this person."""
    page = minutes_page(meeting_id, by)
    if not page.is_open:
        raise NotVisible(str(meeting_id))
    return page


def _may_read(row: Minutes | None, by: User, asked: list[int]) -> bool:
    if row is None or row.is_draft:
        return False
    return row.agreed_at is not None or by.id in asked


def _open_parts(meeting: Meeting, facts: dict[str, Any], seat: Seat | None, by: User) -> list[Part]:
    items = {one.id: one for one in items_of(meeting.id)}
    visible = open_cases(items.values(), seat, by)
    found = []
    for one in facts["items"]:
        heading = f"Item {one['position']}"
        if one["id"] in visible:
            lines = [(label, words) for label, words in one["lines"]]
            found.append(Part(f"item-{one['id']}", f"{heading}: {one['reference']}", False, lines, one["note"]))
        else:
            found.append(Part(f"item-{one['id']}", f"{heading}: {PRIVATE}", True, [], ""))
    return found


def of_meeting(meeting_id: int) -> Minutes | None:
    return db.session.scalars(select(Minutes).where(Minutes.meeting_id == meeting_id)).first()


def who_agrees(meeting: Meeting) -> list[int]:
    """Who chaired: the chair of the meeting, if he or she came, and whoever chaired an item instead."""
    seats = seats_of(meeting.id)
    chair = chair_of(one for one in seats if one.arrived_at is not None)
    chaired = [(one.proof or {}).get("chair") for one in items_of(meeting.id)]
    return list(dict.fromkeys(one for one in [chair, *chaired] if one is not None))


def _agreements(row: Minutes | None) -> list[int]:
    if row is None:
        return []
    query = select(MinuteAgreement.user_id).where(MinuteAgreement.minutes_id == row.id)
    return list(db.session.scalars(query.order_by(MinuteAgreement.id)))


def notes_of(row: Minutes | None) -> dict[str, MinuteNote]:
    """The latest version of each note, by the part."""
    if row is None:
        return {}
    query = select(MinuteNote).where(MinuteNote.minutes_id == row.id).order_by(MinuteNote.number)
    return {one.part: one for one in db.session.scalars(query)}


# --- what stands in them --------------------------------------------------------------------------------------------------


def build(meeting: Meeting, row: Minutes | None) -> dict[str, Any]:
    """The minutes in their fixed form, from what is on record and what the secretary noted."""
    notes = {part: note.text for part, note in notes_of(row).items()}
    seats = seats_of(meeting.id)
    items = [one for one in items_of(meeting.id) if one.ended_as != "removed"]
    rows = attendances_of(one.id for one in items)
    names = people_named([*(one.user_id for one in seats), *_named_in(items), *(one.user_id for one in rows)])
    commissioners = served_by(meeting)
    called = {one.id: one.name for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(commissioners)))}
    return {
        "commissioner": ", ".join(called[one] for one in commissioners),
        "number": meeting.number,
        "when": when_in_words(meeting),
        "place": meeting.place,
        "opened": _hour(meeting.opened_at),
        "closed": _hour(meeting.closed_at),
        "present": [_presence(one, names) for one in seats if one.arrived_at is not None],
        "apologies": [names[one.user_id] for one in seats if one.apologies and one.arrived_at is None],
        "absent": [names[one.user_id] for one in seats if not one.apologies and one.arrived_at is None],
        "notes": {part: notes.get(part, "") for part in PARTS},
        "items": [_item(one, [r for r in rows if r.item_id == one.id], names, notes) for one in items],
    }


def _named_in(items: list[AgendaItem]) -> list[int]:
    found: list[int] = []
    for item in items:
        proof = item.proof or {}
        found += [proof["chair"]] if proof.get("chair") else []
        found += [*proof.get("conflicted", []), *proof.get("counted", [])]
    return found


def _presence(seat: Seat, names: dict[int, str]) -> dict[str, str]:
    return {
        "name": names[seat.user_id],
        "as": ", ".join(one for one in (CAPACITIES[seat.capacity], profession_in_words(seat.profession)) if one),
        "from": _hour(seat.arrived_at),
        "until": _hour(seat.left_at),
        "how": HOW_SOMEBODY_IS_THERE[seat.how],
    }


def _hour(moment: datetime | None) -> str:
    return f"{moment.astimezone(LONDON):%H:%M}" if moment else ""


def _item(item: AgendaItem, rows: list[Any], names: dict[int, str], notes: dict[str, str]) -> dict[str, Any]:
    case = db.session.get_one(Case, item.case_id)
    lines: list[Line] = [("Outcome", _outcome(item))]
    if item.kind == DECIDE:
        lines += _who_decided(item, rows, names)
    if item.note:
        lines.append(("What the panel said" if item.ended_as == "received" else "Why", item.note))
    lines += [("Missing", words) for words in _missing(item, case)]
    for reader in _SAYS:
        lines += reader(item, case)
    return {
        "id": item.id,
        "position": item.position,
        "reference": case.key + (" (urgent decision received)" if item.kind == RECEIVE else ""),
        "lines": [list(one) for one in lines],
        "note": notes.get(f"item-{item.id}", ""),
    }


def _missing(item: AgendaItem, case: Case) -> list[str]:
    """What was missing when the panel put the request off under this item."""
    if item.ended_as != "deferred" or item.ended_at is None:
        return []
    then = [one for one in deferrals_of(case) if one.made_at is not None and one.made_at <= item.ended_at]
    return [gap.words for gap in gaps_of(then[-1] if then else None)]


def _outcome(item: AgendaItem) -> str:
    if item.ended_at is None:
        return "Under discussion." if item.taken_at is not None else "Not reached yet."
    return _ENDED.get(item.ended_as or "", "Not reached.")


def _who_decided(item: AgendaItem, rows: list[Any], names: dict[int, str]) -> list[Line]:
    """Who chaired, who was there, who left because of an interest or otherwise and when."""
    proof, lines = item.proof or {}, []
    if proof.get("chair"):
        lines.append(("Chaired by", names.get(proof["chair"], "")))
    if item.taken_at is not None:
        lines.append(("Discussed", f"from {_hour(item.taken_at)}" + (f" to {_hour(item.ended_at)}" if item.ended_at else "")))
    if proof.get("conflicted"):
        lines.append(("Left because of an interest", ", ".join(names.get(one, "") for one in proof["conflicted"])))
    stayed = [row for row in rows if row.until_at is None or row.ended_because == ITEM_ENDED]
    if stayed:
        lines.append(("Present for the item", ", ".join(dict.fromkeys(names.get(row.user_id, "") for row in stayed))))
    gone = [f"{names.get(row.user_id, '')} {_came_and_went(row)}" for row in rows if _is_told(row)]
    if gone:
        lines.append(("Came and went", "; ".join(gone)))
    lines += [("Chair's minute", f"{names.get(row.user_id, '')}: {row.minute}") for row in rows if row.minute]
    if proof:
        lines.append(("Quorum", "Reached" if proof.get("quorate") else "Not reached"))
    return lines


def _is_told(row: Any) -> bool:
    return bool(row.late) or row.ended_because not in (None, ITEM_ENDED)


def _came_and_went(row: Any) -> str:
    came = f"joined at {_hour(row.from_at)}" if row.late else ""
    left = row.ended_because not in (None, ITEM_ENDED)
    went = f"{WHY_SOMEBODY_LEFT[row.ended_because]} at {_hour(row.until_at)}" if left else ""
    return ", ".join(one for one in (came, went) if one)


# --- writing --------------------------------------------------------------------------------------------------------------


def save_notes(meeting_id: int, typed: dict[str, str], *, seen: int, by: User) -> Minutes:
    """Keep what the secretary noted, each change as a new version.

    Raises NotVisible for who keeps the meeting not, Stale where somebody else wrote meanwhile, and Invalid once the minutes
    are with the chair or agreed.
    """
    row = _held(meeting_id, seen, by)
    if not row.is_draft:
        raise Invalid({"minutes": "The minutes are with the chair or agreed, so they can no longer be changed."})
    latest, mine = notes_of(row), _mine(meeting_id, by)
    for part, text in typed.items():
        before = latest.get(part)
        if part in mine and text.strip() != (before.text if before else ""):
            _add_note(row, part, mine[part], text.strip(), before, by)
    row.version += 1
    db.session.flush()
    audit.record(f"meeting:{meeting_id}", "write_minutes", by=by.actor, version=row.version)
    return row


def _mine(meeting_id: int, by: User) -> dict[str, int | None]:
    """The parts on which somebody may note: the general ones, and the items that are open to him or her."""
    _, _, seat = meeting_for(meeting_id, by)
    visible = open_cases(items_of(meeting_id), seat, by)
    return {**dict.fromkeys(PARTS, None), **{f"item-{one}": one for one in visible}}


def _add_note(row: Minutes, part: str, item_id: int | None, text: str, before: MinuteNote | None, by: User) -> None:
    number = (before.number if before else 0) + 1
    db.session.add(
        MinuteNote(minutes_id=row.id, item_id=item_id, part=part, number=number, text=text, by_id=by.id, at=clock.now())
    )


def show_to_chair(meeting_id: int, *, seen: int, by: User) -> Minutes:
    """Give the draft to who chaired, to be read back. Raises Invalid while the meeting is on or where nobody chaired."""
    row = _held(meeting_id, seen, by)
    meeting = db.session.get_one(Meeting, meeting_id)
    if meeting.closed_at is None:
        raise Invalid({"minutes": "Close the meeting first; then the minutes go to the chair."})
    if not who_agrees(meeting):
        raise Invalid({"minutes": "Nobody chaired this meeting, so nobody can agree its minutes."})
    if row.is_draft:
        row.shown_at, row.remark = clock.now(), ""
        row.version += 1
        db.session.flush()
        audit.record(f"meeting:{meeting_id}", "show_minutes", by=by.actor, version=row.version)
    return row


def agree(meeting_id: int, *, seen: int, by: User) -> Minutes:
    """Agree the minutes as far as they are open to oneself. Once all who chaired have, they are frozen as they stand."""
    meeting, row = _to_agree(meeting_id, seen, by)
    db.session.add(MinuteAgreement(minutes_id=row.id, user_id=by.id, at=clock.now()))
    db.session.flush()
    audit.record(meeting.stream, "agree_minutes", by=by.actor, version=row.version)
    if set(who_agrees(meeting)) <= set(_agreements(row)):
        row.facts, row.agreed_at = build(meeting, row), clock.now()
        row.version += 1
        db.session.flush()
        audit.record(meeting.stream, "freeze_minutes", by=by.actor, version=row.version)
    return row


def send_back(meeting_id: int, remark: str, *, seen: int, by: User) -> Minutes:
    """Send the minutes back to the secretary with a remark. Who had agreed them reads them again."""
    if not remark.strip():
        raise Invalid({"remark": "Say what is to be changed in the minutes."})
    meeting, row = _to_agree(meeting_id, seen, by)
    for one in db.session.scalars(select(MinuteAgreement).where(MinuteAgreement.minutes_id == row.id)):
        db.session.delete(one)
    row.shown_at, row.remark = None, remark.strip()
    row.version += 1
    db.session.flush()
    audit.record(meeting.stream, "send_minutes_back", by=by.actor, version=row.version)
    return row


def _to_agree(meeting_id: int, seen: int, by: User) -> tuple[Meeting, Minutes]:
    page = minutes_page(meeting_id, by)
    if page.minutes is None or not page.may_agree:
        raise NotVisible(str(meeting_id))
    lock(Meeting, meeting_id)
    row = lock(Minutes, page.minutes.id)
    if row.version != seen:
        raise Stale(row, [])
    return page.meeting, row


def _held(meeting_id: int, seen: int, by: User) -> Minutes:
    """The minutes for the secretary, held; begun where there are none yet. The meeting is held first."""
    meeting, keeps, _ = meeting_for(meeting_id, by)
    if not keeps or meeting.opened_at is None:
        raise NotVisible(str(meeting_id))
    lock(Meeting, meeting_id)
    row = of_meeting(meeting_id)
    if row is None:
        row = Minutes(meeting_id=meeting_id, version=0, remark="")
        db.session.add(row)
        db.session.flush()
    row = lock(Minutes, row.id)
    if row.version != seen:
        raise Stale(row, [])
    return row

