"""What the minutes of a meeting say of a decision: which it was, who has yet to confirm it, and how the votes stood."""

from sqlalchemy import select

from ifr.cases.models import Case
from ifr.db import db
from ifr.decisions.models import OUTCOMES, VOTES, DecisionRecord, Vote
from ifr.decisions.sat import voters_of
from ifr.panels.models import DECIDE, AgendaItem
from ifr.panels.room.minutes import Line, says_in_minutes
from ifr.people.services import people_named


@says_in_minutes
def decided(item: AgendaItem, case: Case) -> list[Line]:
    """The decision of the panel on an item, with each vote; nothing for an item that is not decided."""
    record = db.session.scalars(
        select(DecisionRecord).where(DecisionRecord.agenda_item_id == item.id).order_by(DecisionRecord.id.desc())
    ).first()
    if item.kind != DECIDE or record is None or record.taken_at is None:
        return []
    outcome = OUTCOMES.get(record.outcome or "", "Not written yet")
    lines: list[Line] = [("Decision", outcome if record.confirmed_at else f"{outcome} (the chair has not confirmed it yet)")]
    return lines + _votes(record)


def _votes(record: DecisionRecord) -> list[Line]:
    counted = voters_of(record)
    query = select(Vote).where(Vote.decision_id == record.id, Vote.user_id.in_(counted)).order_by(Vote.id)
    rows = list(db.session.scalars(query))
    names = people_named(row.user_id for row in rows)
    if not rows:
        if record.votes_for is None:
            return []
        numbers = f"{record.votes_for} for, {record.votes_against or 0} against, {record.votes_abstained or 0} abstained"
        return [("Votes on this decision", numbers)]
    said = "; ".join(f"{names[row.user_id]}: {VOTES[row.vote].lower()}" for row in rows if row.vote)
    lines: list[Line] = [("Votes on this decision", said)] if said else []
    return lines + [("Dissent", f"{names[row.user_id]}: {row.dissent}") for row in rows if row.dissent]
