"""Requests that a panel put off oftener than the commissioner allows before its manager is told: told once each time."""

from sqlalchemy import select

from ifr import clock
from ifr.access import Role
from ifr.cases.deferring import Deferral
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.telling import services as telling
from ifr.timetable.whom import whom


def due(limit: int) -> list[int]:
    """The deferrals of which the manager is to be told."""
    query = select(Deferral.id).where(Deferral.to_tell, Deferral.told_at.is_(None)).order_by(Deferral.id).limit(limit)
    return list(db.session.scalars(query))


def stream_of(deferral_id: int) -> str | None:
    case_id = db.session.scalar(select(Deferral.case_id).where(Deferral.id == deferral_id))
    return f"case:{case_id}" if case_id is not None else None


def act(deferral_id: int) -> None:
    """Tell the manager of one deferral."""
    case_id = db.session.scalar(select(Deferral.case_id).where(Deferral.id == deferral_id))
    if case_id is None:
        return
    case = lock(Case, case_id)
    row = lock(Deferral, deferral_id)
    if row.told_at is not None:
        return
    row.told_at = clock.now()
    words = f"The panel put this request off for the {_ordinal(row.number)} time."
    for user in whom(case, [Role.IFR_MANAGER]):
        telling.tell(user.id, key=f"deferral:{row.id}", words=words, case=case, to="decisions.deferral", urgent=True)


def _ordinal(number: int) -> str:
    named = {2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}
    return named.get(number, f"{number}th")
