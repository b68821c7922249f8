"""Who decided: the item under which a panel sat, what was frozen of it, and who may put a name to the decision."""

from typing import Any

from ifr.db import db
from ifr.decisions.models import DecisionRecord
from ifr.panels.models import AgendaItem


def item_of(record: DecisionRecord) -> AgendaItem | None:
    return db.session.get(AgendaItem, record.agenda_item_id) if record.agenda_item_id else None


def proof_of(record: DecisionRecord) -> dict[str, Any]:
    """Who could decide the item, as it was frozen when the item was opened; empty for a chair's action."""
    item = item_of(record)
    return (item.proof if item else None) or {}


def chair_of(record: DecisionRecord) -> int | None:
    """Who confirms: whoever chaired the item, or took the chair's action."""
    return record.chair_id if record.is_chairs_action else proof_of(record).get("chair")


def who_sat(record: DecisionRecord) -> set[int]:
    """Those who were there for the decision, the conflicted left out."""
    if record.is_chairs_action:
        return {record.chair_id} - {None}  # type: ignore[return-value]
    return {one["user"] for one in proof_of(record).get("present", [])}


def voters_of(record: DecisionRecord) -> list[int]:
    """Those whose vote counts on this item."""
    return list(proof_of(record).get("counted", []))
