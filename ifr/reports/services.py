"""What waits for somebody across the rooms: letters to release. Each list starts from what the person who asks may see."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import letters
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to, letter_title
from ifr.db import db
from ifr.letters import AWAITING, Letter
from ifr.people.models import User
from ifr.reports.worklist import offices_of


@dataclass(frozen=True)
class LetterRow:
    """The letters of one step of one case that wait for somebody."""

    key: str
    treatment: str
    titles: list[str]
    queued_at: Any
    held_up_because: str | None
    urgent: bool
    batch: int


def letters_to_release(user: User) -> list[LetterRow]:
    """Every batch of this person's offices that waits for its release or was held up, the oldest first."""
    waiting: dict[int, list[Letter]] = {}
    for row in db.session.scalars(select(Letter).where(Letter.state == AWAITING).order_by(Letter.id)):
        waiting.setdefault(row.batch, []).append(row)
    owners = {batch: _case_id_of(rows[0].stream) for batch, rows in waiting.items()}
    ours = cases_visible_to(user).where(Case.commissioner_id.in_(offices_of(user)), Case.id.in_(set(owners.values())))
    visible = {one.id: one for one in db.session.scalars(ours)}
    found = [_letter_row(visible[owners[batch]], rows) for batch, rows in waiting.items() if owners[batch] in visible]
    return sorted(found, key=lambda row: (not row.urgent, row.queued_at))


def _case_id_of(stream: str) -> int:
    """The case to which a letter belongs; one of an appeal stands in the appeal's own stream."""
    prefix, _, number = stream.partition(":")
    return int(number) if prefix == "case" else int(letters.subject_of_stream(stream).case.id)


def _letter_row(one: Case, rows: list[Letter]) -> LetterRow:
    return LetterRow(
        key=one.key,
        treatment=one.treatment,
        titles=[letter_title(row) for row in rows],
        queued_at=rows[0].queued_at,
        held_up_because=next((row.held_up_because for row in rows if row.held_up_because), None),
        urgent=one.urgent,
        batch=rows[0].batch,
    )
