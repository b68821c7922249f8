""""Stop, I know this person": found in the middle of the papers, it closes the item at once and notes what was open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.panels.interests.models import IdentityQuestion, Stop
from ifr.panels.interests.openings import openings_by
from ifr.panels.interests.services import close_to, sits_on
from ifr.panels.models import AgendaItem, Meeting
from ifr.panels.sitting import items_of, open_item_of
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import NotVisible

NOTE = "Stopped while reading: “I know this person”"


@dataclass(frozen=True)
class Call:
    """Something about an item that the secretary is told on the page of the meeting."""

    item_id: int
    position: int
    key: str
    name: str
    at: datetime
    stopped: bool
    during: bool = False
    question_id: int | None = None


def case_to_stop(key: str, by: User) -> Case:
    """The case whose papers somebody reads who sits on it. Raises NotVisible for everybody else."""
    case = cases.visible_case(key, by)
    if not sits_on(case, by):
        raise NotVisible(key)
    return case


def stop(key: str, *, note: str, by: User) -> None:
    """Close a case to somebody who found in the middle of its papers that he or she knows the person.

    What had been opened, and since when, goes on record. The meeting is held before the case, as everywhere.
    """
    case = case_to_stop(key, by)
    item = open_item_of(case)
    if item is not None and item.meeting_id is not None:
        lock(Meeting, item.meeting_id)
    workflow.hold(case)
    during = item is not None and item.taken_at is not None
    db.session.add(
        Stop(
            case_id=case.id, item_id=item.id if item else None, user_id=by.id, at=clock.now(), during=during,
            open_then=_open_then(case.id, by.id),
        )
    )
    close_to(case, by.id, f"{NOTE}\n\n{note.strip()}".strip(), by=by)
    audit.record(case.stream, "stop_reading", by=by.actor, item=item.id if item else 0, during=during)


def _open_then(case_id: int, user_id: int) -> list[dict[str, Any]]:
    """What somebody has opened, each thing once: since when, when last, and how often."""
    found: dict[str, dict[str, Any]] = {}
    for row in openings_by(case_id, user_id):
        at = row.at.isoformat()
        entry = found.setdefault(row.what, {"what": row.what, "since": at, "last": at, "times": 0})
        entry["last"], entry["times"] = at, entry["times"] + 1
    return list(found.values())


def stops_of(case_id: int) -> list[Stop]:
    return list(db.session.scalars(select(Stop).where(Stop.case_id == case_id).order_by(Stop.id)))


def calls_at(meeting_id: int, by: User) -> list[Call]:
    """What those who sit at a meeting have stopped over, or ask the secretary, in the items that this person may see."""
    items = {one.case_id: one for one in items_of(meeting_id) if one.ended_as not in ("removed", "carried_forward")}
    keys = {case.id: case.key for case in db.session.scalars(cases.cases_visible_to(by).where(Case.id.in_(items)))}
    stops = list(db.session.scalars(select(Stop).where(Stop.item_id.in_([i.id for i in items.values()])).order_by(Stop.id)))
    asked = list(
        db.session.scalars(
            select(IdentityQuestion)
            .where(IdentityQuestion.case_id.in_(keys), IdentityQuestion.answered_at.is_(None))
            .order_by(IdentityQuestion.id)
        )
    )
    names = people_named([*(row.user_id for row in stops), *(row.user_id for row in asked)])
    calls = [
        Call(items[s.case_id].id, items[s.case_id].position, keys[s.case_id], names[s.user_id], s.at, True, s.during)
        for s in stops
        if s.case_id in keys
    ]
    return calls + [
        Call(items[q.case_id].id, items[q.case_id].position, keys[q.case_id], names[q.user_id], q.asked_at, False,
             question_id=q.id)
        for q in asked
    ]


def is_stop_open(case: Case, user_id: int) -> bool:
    """Whether somebody stopped over an item that is not over: until then nobody lifts the conflict."""
    query = (
        select(Stop.id)
        .join(AgendaItem, AgendaItem.id == Stop.item_id)
        .where(Stop.case_id == case.id, Stop.user_id == user_id, AgendaItem.ended_at.is_(None))
    )
    return db.session.scalars(query).first() is not None
