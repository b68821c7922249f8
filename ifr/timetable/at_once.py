"""Chair's actions taken because life or limb was at risk within hours: reported at once to the manager and the secretary."""

from sqlalchemy import select

from ifr import audit, clock
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.decisions.models import DecisionRecord
from ifr.telling import services as telling
from ifr.timetable.whom import whom
from ifr.workflow import CLOCK


def due(limit: int) -> list[int]:
    """The records of such actions that have not been reported."""
    query = select(DecisionRecord.id).where(
        DecisionRecord.life_or_limb, DecisionRecord.taken_at.is_not(None), DecisionRecord.reported_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(DecisionRecord.id).limit(limit)))


def _case_id(record_id: int) -> int | None:
    return db.session.scalar(select(DecisionRecord.case_id).where(DecisionRecord.id == record_id))


def stream_of(record_id: int) -> str | None:
    case_id = _case_id(record_id)
    return f"case:{case_id}" if case_id is not None else None


def act(record_id: int) -> None:
    """Report one action: that it was taken, on the word of how many clinicians is in the record."""
    case_id = _case_id(record_id)
    if case_id is None:
        return
    case = lock(Case, case_id)
    row = lock(DecisionRecord, record_id)
    if row.reported_at is not None:
        return
    row.reported_at = clock.now()
    words = "The chair took an urgent decision because life or limb was at risk within hours. Read the record."
    for user in whom(case, [Role.IFR_MANAGER, Role.PANEL_SECRETARY]):
        telling.tell(user.id, key=f"life-or-limb:{row.id}", words=words, case=case, to="decisions.record", urgent=True)
    audit.record(case.stream, "report_urgent", by=CLOCK.actor, record=row.id, by_at=row.report_by_at)
