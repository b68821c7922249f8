"""Reconsideration: something new is sent, and two people answer item by item whether it opens the request again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, profiles, workflow
from ifr.access import Role
from ifr.appeals import challenges
from ifr.appeals.models import ACCEPT, REFUSE, Appeal, NewItem, Reconsideration
from ifr.appeals.services import hold_for
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.workflow import Invalid, MoveRecord, Reason, Refused, upon

ASKERS = {Role.CLINICIAN, Role.COORDINATOR}
ASSESSORS = {Role.COORDINATOR, Role.SCREENER, Role.IFR_MANAGER}
# The steps that are still ahead while the items are answered.
_ANSWERING = ("accept_reconsideration", "refuse_reconsideration")


@dataclass(frozen=True)
class Upload:
    """A file that was sent with an item, read from the form."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Item:
    """One thing that is said to be new."""

    text: str
    upload: Upload | None = None


def reconsideration_of(case: Case, number: int, user: Any) -> Reconsideration:
    """A reconsideration of a case. Raises NotVisible where this person may not see it, or there is none."""
    query = select(Reconsideration).where(Reconsideration.case_id == case.id, Reconsideration.number == number)
    found = db.session.scalars(query).first()
    if found is None or not found.visible_to(user):
        raise workflow.NotVisible(str(number))
    return found


def items_of(subject: Reconsideration) -> list[NewItem]:
    query = select(NewItem).where(NewItem.reconsideration_id == subject.id)
    return list(db.session.scalars(query.order_by(NewItem.number)))


def documents_of(subject: Reconsideration) -> dict[int, documents.Document]:
    """The files that came with the items, by id."""
    return {one.id: one for one in documents.of(subject.case.stream, "information")}


# --- asking -----------------------------------------------------------------------------------------------------------------


def ask(
    case: Case, *, what_is_new: str, items: list[Item], once: str, by: Any, from_appeal: Appeal | None = None
) -> Reconsideration:
    """Ask to look again. The same form sent twice asks once.

    Raises Refused where no decision is open to it, Invalid where nothing new is named, and
    `documents.NotAcceptedError` for a file that cannot be kept.
    """
    again = db.session.scalars(select(Reconsideration).where(Reconsideration.once == once)).first()
    if again is not None:
        return again
    if not case.capacities(by) & ASKERS:
        raise PermissionError("this is for another role")
    lock(Case, case.id)
    decision = challenges.decision_of(case)
    if decision is None:
        raise Refused([Reason("There is no decision on this request that can be looked at again.", to="appeals.page")])
    if not items:
        raise Invalid({"items": "Enter at least one thing that is new."})
    asked = Reconsideration(
        once=once,
        case_id=case.id,
        number=challenges.next_number(challenges.reconsiderations_of(case)),
        workflow_id=profiles.latest("workflow", "reconsideration").id,
        decision_move_id=decision.move_id,
        from_appeal_id=from_appeal.id if from_appeal else None,
        asked_at=clock.now(),
        asked_by_id=by.id,
        what_is_new=what_is_new,
    )
    db.session.add(asked)
    db.session.flush()
    for number, item in enumerate(items, start=1):
        _add(asked, number, item, once=f"{once}-{number}", by=by)
    workflow.move(asked, "ask_reconsideration", by=by, seen=None)
    audit.record(case.stream, "ask_reconsideration", by=by.actor, reconsideration=asked.id, items=len(items))
    return asked


def _add(asked: Reconsideration, number: int, item: Item, *, once: str, by: Any) -> NewItem:
    document = None
    if item.upload is not None:
        document = documents.put(
            item.upload.content, stream=asked.case.stream, kind="information", title=f"New information, item {number}",
            by_id=by.id, uploaded_name=item.upload.name,
        )
    row = NewItem(
        once=once, reconsideration_id=asked.id, number=number, text=item.text, document_id=document.id if document else None
    )
    db.session.add(row)
    db.session.flush()
    return row


def add_item(asked: Reconsideration, item: Item, *, once: str, seen: int | None, by: Any) -> NewItem:
    """Add an item that the office reads out of a letter and that the form did not name."""
    again = db.session.scalars(select(NewItem).where(NewItem.once == once)).first()
    if again is not None:
        return again
    hold_for(asked, seen, by, ASSESSORS, *_ANSWERING)
    row = _add(asked, max((i.number for i in items_of(asked)), default=0) + 1, item, once=once, by=by)
    _unsign(asked)
    audit.record(asked.stream, "add_item", by=by.actor, number=row.number)
    return row


# --- answering --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What the office makes of one item."""

    was_before_panel: str
    could_change: str
    reasons: str


@dataclass(frozen=True)
class Proposal:
    """What is proposed in answer to the whole, and why."""

    proposed: str
    reopen_for: str | None
    reasons: str
    plain_reasons: str


def save_answers(
    asked: Reconsideration, answers: dict[int, Answer], proposal: Proposal, *, seen: int | None, by: Any
) -> None:
    """Keep the answers as a draft, as often as one likes. Whoever signed an earlier text has not signed this one."""
    hold_for(asked, seen, by, ASSESSORS, *_ANSWERING)
    for item in items_of(asked):
        if item.number in answers:
            one = answers[item.number]
            item.was_before_panel, item.could_change, item.reasons = one.was_before_panel, one.could_change, one.reasons
            item.by_id = by.id
    asked.proposed, asked.reopen_for = proposal.proposed, proposal.reopen_for
    asked.reasons, asked.plain_reasons = proposal.reasons, proposal.plain_reasons
    _unsign(asked)
    db.session.flush()
    audit.record(asked.stream, "save_answers", by=by.actor, proposed=proposal.proposed or "", items=len(answers))


def is_being_answered(asked: Reconsideration) -> bool:
    """Whether the items are to be answered now."""
    machine = workflow.definition_of(asked)
    return any(machine.find(step, asked.state) for step in _ANSWERING)


def as_typed(asked: Reconsideration, items: list[NewItem]) -> dict[str, Any]:
    """What the form of the answer begins with."""
    parts = {
        f"item_{i.number}": {"was_before_panel": i.was_before_panel, "could_change": i.could_change, "reasons": i.reasons}
        for i in items
    }
    names = ("proposed", "reopen_for", "reasons", "plain_reasons")
    return {"seen": asked.version, **{name: getattr(asked, name) for name in names}, **parts}


def what_is_missing(asked: Reconsideration) -> list[Reason]:
    """What still lacks before anybody can sign the answer."""
    here = "appeals.answer_reconsideration"
    missing = [
        Reason(f"Item {item.number} is not answered with reasons yet.", to=here)
        for item in items_of(asked)
        if not item.is_answered
    ]
    if not asked.proposed:
        missing.append(Reason("It is not recorded whether to accept.", to=here))
    if asked.proposed == ACCEPT and not asked.reopen_for:
        missing.append(Reason("It is not recorded where the request is to go on.", to=here))
    if not asked.reasons.strip():
        missing.append(Reason("The reasons are not written.", to=here))
    if asked.proposed == REFUSE and not asked.plain_reasons.strip():
        missing.append(Reason("The reasons for the patient, in plain English, are not written.", to=here))
    return missing


def sign(asked: Reconsideration, *, seen: int | None, by: Any) -> None:
    """The first of two signatures; the second is the manager's move."""
    hold_for(asked, seen, by, ASSESSORS, *_ANSWERING)
    if missing := what_is_missing(asked):
        raise Refused(missing)
    asked.first_signed_by_id, asked.first_signed_at = by.id, clock.now()
    db.session.flush()
    audit.record(asked.stream, "sign", by=by.actor, proposed=asked.proposed or "")


def _unsign(asked: Reconsideration) -> None:
    asked.first_signed_by_id, asked.first_signed_at = None, None


# --- what the answer brings ---------------------------------------------------------------------------------------------------


@upon("reconsideration", "accept_reconsideration")
def _reopen(asked: Reconsideration, by: Any, made: MoveRecord) -> None:
    """An accepted reconsideration reopens the request in the same step, where the two have said."""
    _as_signed(asked, ACCEPT)
    reason = f"{asked.reference} was accepted: there is something new."
    workflow.move(asked.case, f"reopen_for_{asked.reopen_for}", by=by, seen=None, reason=reason)


@upon("reconsideration", "refuse_reconsideration")
def _refuse(asked: Reconsideration, by: Any, made: MoveRecord) -> None:
    _as_signed(asked, REFUSE)


def _as_signed(asked: Reconsideration, answer: str) -> None:
    """The second person carries out what the first signed, and nothing else."""
    if asked.proposed != answer:
        words = {ACCEPT: "to accept", REFUSE: "not to accept"}.get(asked.proposed or "", "nothing yet")
        raise Refused([Reason(f"What was signed first is: {words}.", to="appeals.answer_reconsideration")])
