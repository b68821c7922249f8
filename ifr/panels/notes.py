"""Notes of members before the discussion, where the commissioner wants them: no vote, and part of the record."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import audit, clock, workflow
from ifr.cases.models import CLEAR, Case
from ifr.db import Model, db
from ifr.panels.models import DECIDE, AgendaItem, Seat
from ifr.panels.sitting import interests_in
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import Invalid, NotVisible


class PanelNote(Model):
    """What a member noted about an item before the panel discussed it."""

    __tablename__ = "panel_notes"
    __table_args__ = (UniqueConstraint("item_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    at: Mapped[datetime]


def may_write(item: AgendaItem, case: Case) -> bool:
    """From the issue of the papers until the panel opens the item, where the commissioner's profile allows notes."""
    waiting = item.kind == DECIDE and item.listed_at is not None and item.taken_at is None and item.ended_at is None
    return waiting and case.profile.panel.notes_before


def write_note(item: AgendaItem, case: Case, *, text: str, by: User) -> PanelNote:
    """Keep a member's notes. Raises NotVisible for whoever does not sit or may not read the item, and Invalid where notes
    are not kept here, or no longer."""
    seat = db.session.scalars(select(Seat).where(Seat.meeting_id == item.meeting_id, Seat.user_id == by.id)).first()
    if seat is None or not seat.sits_on(case.id) or interests_in(item.case_id).get(by.id) != CLEAR:
        raise NotVisible(str(item.id))
    workflow.hold(case)
    if not may_write(item, case):
        raise Invalid({"text": "Notes are kept before the discussion only, and only where the commissioner allows them."})
    row = note_of(item.id, by.id) or PanelNote(item_id=item.id, user_id=by.id)
    row.text, row.at = text, clock.now()
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "write_note", by=by.actor, item=item.id, note=row.id)
    return row


def note_of(item_id: int, user_id: int) -> PanelNote | None:
    return db.session.scalars(select(PanelNote).where(PanelNote.item_id == item_id, PanelNote.user_id == user_id)).first()


def notes_of(item_id: int) -> list[tuple[str, PanelNote]]:
    """Every note on an item with its writer's name: part of the record, for those who keep it."""
    rows = list(db.session.scalars(select(PanelNote).where(PanelNote.item_id == item_id).order_by(PanelNote.id)))
    names = people_named(row.user_id for row in rows)
    return [(names[row.user_id], row) for row in rows]
