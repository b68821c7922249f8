"""What the letters of this room state. No identity, and no day that depends on the day of issue."""

from typing import Any

from sqlalchemy import select

from ifr import workflow
from ifr.cases.letters import about
from ifr.db import db
from ifr.deadlines import CLOSURE, Deadline
from ifr.letters import Facts, letter
from ifr.timetable.holidays.applying import MOVE
from ifr.timetable.holidays.models import ChangedDay, DateMove, DaysOffChange


@letter("date_moved")
def date_moved(subject: Any) -> Facts:
    return {**about(subject.case), **_moved(subject)}


@letter("appeal_date_moved")
def appeal_date_moved(appeal: Any) -> Facts:
    return {**about(appeal.case), **_moved(appeal), "appeal": appeal.reference}


def _moved(subject: Any) -> Facts:
    """The dates that the recipient was told and that are others now, and the days off because of which they are."""
    made = workflow.last_move(subject.stream, MOVE)
    assert made is not None  # the letter belongs to this step
    query = select(DateMove, Deadline).join(Deadline, Deadline.id == DateMove.deadline_id)
    rows = db.session.execute(query.where(DateMove.move_id == made.id, DateMove.told).order_by(DateMove.new_on, DateMove.id))
    found = rows.all()
    dates = [
        {
            "label": row.label,
            "ours": one.whose == "office",
            "old_on": row.old_on.isoformat(),
            "new_on": row.came_to_on.isoformat(),
            "earlier": row.came_to_on < row.old_on,
        }
        for row, one in found
        if row.old_on is not None and row.came_to_on not in (None, row.old_on)
    ]
    return {"dates": dates, "off": _days(found[0][0].change_id)}


def _days(change_id: int) -> list[dict[str, Any]]:
    change = db.session.get_one(DaysOffChange, change_id)
    query = select(ChangedDay).where(ChangedDay.change_id == change.id).order_by(ChangedDay.off_on)
    return [
        {"on": one.off_on.isoformat(), "name": one.name, "taken_out": one.taken_out, "closure": change.kind == CLOSURE}
        for one in db.session.scalars(query)
    ]
