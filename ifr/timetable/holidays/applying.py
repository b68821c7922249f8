"""An approved change reaches the requests: each one's dates are worked out anew and told, in a transaction of its own."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines, letters, workflow
from ifr.access import Role
from ifr.cases import information
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.deadlines import Deadline
from ifr.timetable.holidays.models import DateMove, DaysOffChange
from ifr.workflow import MoveRecord, upon

MOVE = "move_dates"


@dataclass(frozen=True)
class Approval:
    """An approved change, as whoever approved it: it moves the dates of every request that a day touches, also of those
    that this person has no part in or may not see. Whether it may was asked at the approval."""

    actor: str
    id: None = None
    roles: frozenset[Role] = frozenset({Role.IFR_MANAGER, Role.ACCOUNTABLE_OFFICER})


def waiting(limit: int) -> list[str]:
    """The streams of requests and appeals whose dates still have to be moved."""
    query = select(DateMove.stream).where(DateMove.done_at.is_(None)).distinct().order_by(DateMove.stream)
    return list(db.session.scalars(query.limit(limit)))


def rows_waiting(stream: str) -> list[DateMove]:
    query = select(DateMove).where(DateMove.stream == stream, DateMove.done_at.is_(None)).order_by(DateMove.id)
    return list(db.session.scalars(query))


def move_dates(stream: str) -> None:
    """Move the dates of one subject: its deadlines, its timeline, its audit and, where somebody outside the office was told
    a date that moved, the letter.

    Where nobody was, or the subject follows a version of its machine that knows no such letter, the dates move all the same
    and the audit says so.
    """
    subject = letters.subject_of_stream(stream)
    lock(type(subject.case), subject.case.id)
    rows = rows_waiting(stream)
    if not rows:
        return
    deadlines.work_out(subject)
    by = Approval(_approved_by(rows[0].change_id))
    known = workflow.definition_of(subject).find(MOVE, subject.state) is not None
    if known and any(_is_news(row) for row in rows):
        workflow.move(subject, MOVE, by=by, seen=None)
        return
    workflow.hold(subject)
    _settle(rows, None)
    audit.record(stream, "dates_moved", by=by.actor, change=rows[0].change_id, deadlines=[row.deadline_id for row in rows])


@notes_on_case
def dates_still_to_move(case: Case, by: Any) -> list[Note]:
    """Between the approval and its turn a request still shows its old dates, and says so."""
    query = select(DateMove.id).where(DateMove.stream.in_(letters.streams_of(case)), DateMove.done_at.is_(None)).limit(1)
    if db.session.scalar(query) is None:
        return []
    says = "The days off have changed. Dates of this request are still the old ones; they are being moved now."
    return [Note("Dates are about to move", (says,), warns=True)]


def _approved_by(change_id: int) -> str:
    return f"user:{db.session.get_one(DaysOffChange, change_id).approved_by_id}"


def _is_news(row: DateMove) -> bool:
    """Whether it is a day that somebody was told, and is another one now."""
    one = db.session.get_one(Deadline, row.deadline_id)
    return row.told and one.is_open and one.due_on not in (None, row.old_on)


@upon("ifr", MOVE)
@upon("appeal", MOVE)
def dates_were_moved(subject: Any, by: Any, made: MoveRecord) -> None:
    """The days are set before the letter that names them is written."""
    deadlines.work_out(subject)
    _settle(rows_waiting(subject.stream), made.id)


def _settle(rows: list[DateMove], move_id: int | None) -> None:
    for row in rows:
        one = db.session.get_one(Deadline, row.deadline_id)
        row.came_to_on = one.due_on
        row.done_at, row.move_id = clock.now(), move_id
        if one.name == "information" and one.due_on is not None:
            # The day of the reply stands with the questions too, and is what the clinician reads.
            information.reply_moved(letters.subject_of_stream(row.stream).case, one.due_on)
    db.session.flush()
