"""What a conflict of interest leaves behind once it was lifted: who may not chair an item again, and who lifted it."""

from typing import Any

from sqlalchemy import select

from ifr import clock
from ifr.access import Role
from ifr.cases.models import HANDED_OVER, Case, Involvement
from ifr.db import db
from ifr.panels.interests.models import Clearing


def handed_over(case_id: int) -> set[int]:
    """Who had a conflict of interest while the case stood at this meeting and may sit again, but chairs it no more."""
    query = select(Involvement.user_id).where(
        Involvement.case_id == case_id, Involvement.interest == HANDED_OVER, Involvement.until_at.is_(None)
    )
    return set(db.session.scalars(query))


def hand_back(case: Case, meeting_id: int) -> None:
    """The case comes before another meeting: whoever handed it over at the earlier one may be given the chair again."""
    handed = select(Involvement).where(
        Involvement.case_id == case.id, Involvement.interest == HANDED_OVER, Involvement.until_at.is_(None)
    )
    for part in db.session.scalars(handed).all():
        last = db.session.scalars(
            select(Clearing)
            .where(Clearing.case_id == case.id, Clearing.user_id == part.user_id, Clearing.lifted_at.is_not(None))
            .order_by(Clearing.id.desc())
        ).first()
        if last is None or last.meeting_id != meeting_id:
            part.until_at = clock.now()
    db.session.flush()


def cleared_in(case_id: int) -> list[dict[str, Any]]:
    """For the proof of a decision: whose conflict of interest was lifted, by whom and when. Keys and moments alone."""
    rows = db.session.scalars(
        select(Clearing).where(Clearing.case_id == case_id, Clearing.lifted_at.is_not(None)).order_by(Clearing.id)
    )
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        assert row.lifted_at is not None
        at = row.lifted_at.isoformat()
        entry = found.setdefault((row.user_id, at), {"user": row.user_id, "at": at, "by": []})
        entry["by"].append(row.by_id)
    return list(found.values())


def ever_chaired(case_id: int, user_id: int) -> bool:
    """Whether somebody has, or had, the chair for this case: his or her conflict takes two people to lift."""
    query = select(Involvement.id).where(
        Involvement.case_id == case_id, Involvement.user_id == user_id, Involvement.capacity == Role.PANEL_CHAIR.value
    )
    return db.session.scalars(query).first() is not None
