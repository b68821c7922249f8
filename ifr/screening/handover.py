"""A request that belongs to another body: the offer, and what that body answered."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import involve
from ifr.db import db
from ifr.screening.models import Handover
from ifr.workflow import Invalid, MoveRecord, Reason, Refused, upon

ACCEPTED, REFUSED = "accepted", "refused"


@dataclass(frozen=True)
class Offer:
    """What is offered, to whom and why, as it was typed."""

    body: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_telephone: str = ""
    evidence: str = ""
    plain_reasons: str = ""


@dataclass(frozen=True)
class Reply:
    """What the other body said."""

    answer: str | None = None
    answered_by: str = ""
    answered_on: date | None = None
    answer_words: str = ""


def handover_of(case: Case) -> Handover:
    """The offer that stands, or the one that is being prepared; blank where there is none."""
    query = select(Handover).where(Handover.case_id == case.id, Handover.closed_at.is_(None))
    found = db.session.scalars(query.order_by(Handover.id.desc())).first()
    return found or Handover(
        case_id=case.id,
        body="",
        contact_name="",
        contact_email="",
        contact_telephone="",
        evidence="",
        plain_reasons="",
        answered_by="",
        answer_words="",
    )


def earlier_offers(case: Case) -> list[Handover]:
    """Offers after which the request was taken back, newest first."""
    query = select(Handover).where(Handover.case_id == case.id, Handover.closed_at.is_not(None))
    return list(db.session.scalars(query.order_by(Handover.id.desc())))


def may_be_offered(case: Case) -> bool:
    return workflow.definition_of(case).find("offer_handover", case.state) is not None


def may_be_answered(case: Case) -> bool:
    return workflow.definition_of(case).find("accept_handover", case.state) is not None


def prepare_handover(case: Case, offer: Offer, *, seen: int | None, by: Any) -> Handover:
    """Keep the offer as far as it is written. It leaves with the move that offers it."""
    workflow.hold(case, seen)
    if not may_be_offered(case):
        raise Refused([Reason("This request cannot be offered to another body now.", to="cases.page")])
    row = handover_of(case)
    db.session.add(row)
    for name in ("body", "contact_name", "contact_email", "contact_telephone", "evidence", "plain_reasons"):
        setattr(row, name, getattr(offer, name))
    db.session.flush()
    audit.record(case.stream, "prepare_handover", by=by.actor, handover=row.id)
    return row


def answer_handover(case: Case, reply: Reply, *, seen: int | None, by: Any) -> Handover:
    """Keep what the other body answered. Raises Invalid for a day before the offer or after today."""
    workflow.hold(case, seen)
    if not may_be_answered(case):
        raise Refused([Reason("There is no offer to another body that waits for an answer.", to="cases.page")])
    row = handover_of(case)
    if reply.answered_on and reply.answered_on > clock.today():
        raise Invalid({"answered_on": "The day of the answer is in the future."})
    if reply.answered_on and row.offered_on and reply.answered_on < row.offered_on:
        raise Invalid({"answered_on": "The day of the answer lies before the day of the offer."})
    for name in ("answer", "answered_by", "answered_on", "answer_words"):
        setattr(row, name, getattr(reply, name))
    db.session.flush()
    audit.record(case.stream, "answer_handover", by=by.actor, handover=row.id, answer=row.answer)
    return row


@upon("ifr", "offer_handover")
def date_the_offer(case: Case, by: Any, made: MoveRecord) -> None:
    handover_of(case).offered_on = clock.day_of(made.at)
    if by.id is not None:
        involve(case, by.id, Role.COORDINATOR)


@upon("ifr", "take_back")
def close_the_offer(case: Case, by: Any, made: MoveRecord) -> None:
    handover_of(case).closed_at = made.at
