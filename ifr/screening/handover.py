"""A request that belongs to another body: the offer, and what that body answered."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.patients import responsibility
from ifr.cases.patients.responsibility import Meanwhile
from ifr.cases.services import involve
from ifr.db import db
from ifr.pages import day
from ifr.screening.models import Handover
from ifr.screening.package import package_of
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, Refused, guard, upon

ACCEPTED, REFUSED = "accepted", "refused"
_HERE = "screening.handover"


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
        closed_because="",
    )


def offer_numbered(case: Case, number: int) -> Handover:
    """An offer of this very case. Raises NotVisible for any other."""
    found = db.session.scalars(select(Handover).where(Handover.id == number, Handover.case_id == case.id)).first()
    if found is None:
        raise NotVisible(str(number))
    return found


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


# --- when the other body does not take it -------------------------------------------------------------------------------


def is_silent(row: Handover) -> bool:
    """Whether the day by which an answer was asked for has passed without one."""
    return row.answer is None and row.answer_by_on is not None and clock.today() > row.answer_by_on


def dispute_meanwhile(case: Case, said: Meanwhile, *, once: str, seen: int | None, by: Any) -> None:
    """Open the dispute with the body that has refused, or has not answered, and say who pays meanwhile: a patient does not
    wait for two bodies to agree.

    Raises Invalid, and Refused while the other body may still answer.
    """
    row = handover_of(case)
    if not may_be_answered(case) or not (row.answer == REFUSED or is_silent(row)):
        raise Refused([Reason("The other body has not refused, and may still answer.", _HERE)])
    if faults := responsibility.faults_of(said):
        raise Invalid(faults)
    workflow.hold(case, seen)
    if responsibility.open_dispute(case) is None:
        responsibility.dispute(case, body=row.body, because=row.evidence, once=once, by=by)
    responsibility.answer_meanwhile(case, said, seen=None, by=by)


# --- guards -------------------------------------------------------------------------------------------------------------


@guard("handover_prepared")
def handover_prepared(case: Case, by: Any) -> list[Reason]:
    row = handover_of(case)
    return [
        Reason(text, _HERE, anchor)
        for there, text, anchor in (
            (row.body, "Name the body that is asked to take the request on.", "body"),
            (row.contact_name, "Name a person there.", "contact_name"),
            (
                row.contact_email or row.contact_telephone,
                "Give an email address or a telephone number.",
                "contact_email",
            ),
            (row.evidence, "Say which evidence shows that this body is responsible.", "evidence"),
        )
        if not there
    ]


@guard("handover_accepted", gives_reasons=True)
def handover_accepted(case: Case, by: Any) -> list[Reason]:
    row = handover_of(case)
    if row.answer and row.answer != ACCEPTED:
        return [Reason(f"{row.body} has refused: take the request back.", _HERE, "answer")]
    return [
        Reason(text, _HERE, anchor)
        for there, text, anchor in (
            (row.answer, "Record that the other body has accepted.", "answer"),
            (row.answered_by, "Name the person of the other body who accepted.", "answered_by"),
            (row.answered_on, "Give the day on which it accepted.", "answered_on-day"),
            (row.evidence, "Say why that body is responsible.", "evidence"),
            (row.plain_reasons, "Say for the patient why another body decides.", "plain_reasons"),
        )
        if not there
    ]


@guard("handover_refused_or_silent")
def handover_refused_or_silent(case: Case, by: Any) -> Reason | None:
    """The offer stays open until it is accepted, refused or decided on; silence ends it after the profile's day."""
    row = handover_of(case)
    if row.answer == ACCEPTED:
        return Reason(f"{row.body} has accepted: record that it has taken the request.", _HERE, "answer")
    if row.answer == REFUSED or row.answer_by_on is None or is_silent(row):
        return None
    return Reason(f"{row.body} has until {day(row.answer_by_on)} to answer. Record its refusal, or wait.", _HERE, "answer")


@guard("meanwhile_answered")
def meanwhile_answered(case: Case, by: Any) -> Reason | None:
    found = responsibility.disputes(case)
    if found and found[-1].meanwhile:
        return None
    return Reason("Say who pays while the two bodies differ: the patient does not wait.", _HERE, "meanwhile")


# --- what the moves write -----------------------------------------------------------------------------------------------


@upon("ifr", "offer_handover")
def date_the_offer(case: Case, by: Any, made: MoveRecord) -> None:
    """The package is what went out on this day: later changes of the request do not reach it."""
    row = handover_of(case)
    row.offered_on = clock.day_of(made.at)
    row.package = package_of(case, row)
    length = case.profile.days.get("handover")
    row.answer_by_on = deadlines.last_day(row.offered_on, length.of(case.urgent), case.commissioner_id) if length else None
    if by.id is not None:
        involve(case, by.id, Role.COORDINATOR)


@upon("ifr", "take_back", "decide_urgently", "withdraw")
def close_the_offer(case: Case, by: Any, made: MoveRecord) -> None:
    """Taken back as refused or unanswered; or the request was decided or withdrawn while the offer was open."""
    row = handover_of(case)
    if row.id is None or row.offered_on is None:
        return
    row.closed_at = made.at
    if made.trigger == "take_back":
        row.closed_because = "It was refused" if row.answer == REFUSED else "No answer came"
    else:
        row.closed_because = made.done
