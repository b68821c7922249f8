"""The evidence review: what was searched, what was found and not found, and what it would cost."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import involve
from ifr.db import db
from ifr.screening.models import EvidenceReview
from ifr.screening.record import record_of
from ifr.workflow import Invalid, MoveRecord, Reason, Refused, upon


@dataclass(frozen=True)
class Review:
    """What was typed on the page of the evidence review."""

    strategy: str = ""
    searched_on: date | None = None
    found: str = ""
    not_found: str = ""
    cost: str = ""


def evidence_of(case: Case) -> EvidenceReview:
    """The evidence review of the present round, blank before anybody has begun it."""
    round_ = record_of(case).round
    query = select(EvidenceReview).where(EvidenceReview.case_id == case.id, EvidenceReview.round <= round_)
    found = db.session.scalars(query.order_by(EvidenceReview.round.desc())).first()
    return found or EvidenceReview(case_id=case.id, round=round_, strategy="", found="", not_found="", cost="")


def may_review(case: Case, by: Any) -> bool:
    """The evidence reviewer writes it while the evidence is under review."""
    machine = workflow.definition_of(case)
    return Role.EVIDENCE_REVIEWER in case.capacities(by) and (
        machine.find("complete_evidence_review", case.state) is not None
    )


def save_evidence(case: Case, review: Review, *, seen: int | None, by: Any) -> EvidenceReview:
    """Keep the review as far as it is written. Raises Invalid for a search in the future."""
    workflow.hold(case, seen)
    if not may_review(case, by):
        raise Refused([Reason("An evidence reviewer writes this while the evidence is under review.", to="cases.page")])
    if review.searched_on and review.searched_on > clock.today():
        raise Invalid({"searched_on": "The day of the search is in the future."})
    round_ = record_of(case).round
    row = evidence_of(case)
    if row.round != round_:
        row = EvidenceReview(case_id=case.id, round=round_)
    for name in ("strategy", "searched_on", "found", "not_found", "cost"):
        setattr(row, name, getattr(review, name))
    row.saved_by_id, row.saved_at = by.id, clock.now()
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "save_evidence_review", by=by.actor, round=round_)
    return row


@upon("ifr", "complete_evidence_review", "complete_evidence_review_to_panel")
def sign_evidence(case: Case, by: Any, made: MoveRecord) -> None:
    involve(case, by.id, Role.EVIDENCE_REVIEWER)
