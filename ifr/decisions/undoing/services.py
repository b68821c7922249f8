"""Changes to a decision that was confirmed: prepared by one person, made by a step of the request, shown for good.

A slip changes no substance. What was wrong in substance is set aside by two people and decided again. An order of a court or
of another body that may give one is carried out as it was given.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, letters, workflow
from ifr.access import Role
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.db import db
from ifr.decisions import services as decisions
from ifr.decisions.guards import CONFIRMING
from ifr.decisions.models import FUNDED, DecisionRecord
from ifr.decisions.undoing.models import (
    BODIES,
    FUND,
    ORDER,
    ORDERED,
    SCREENING,
    SET_ASIDE,
    SLIP,
    SLIP_FIELDS,
    DecisionChange,
)
from ifr.panels import agenda
from ifr.panels.interests import services as interests
from ifr.people import services as people
from ifr.screening import record as screening
from ifr.workflow import Invalid, MoveRecord, NotVisible, upon

DOCUMENT = "order"
# Who prepares what; the second person of a slip or of a decision set aside makes the step itself.
PREPARERS = {
    SLIP: frozenset({Role.IFR_MANAGER, Role.PANEL_CHAIR, Role.COORDINATOR, Role.ACCOUNTABLE_OFFICER}),
    SET_ASIDE: frozenset({Role.IFR_MANAGER, Role.ACCOUNTABLE_OFFICER}),
    ORDER: frozenset({Role.IFR_MANAGER}),
}
STEP = {SLIP: "correct_slip", SET_ASIDE: "set_aside"}


@dataclass(frozen=True)
class File:
    """A file as it was sent: its name and what it holds."""

    name: str
    content: bytes


def trigger_of(change: DecisionChange) -> str:
    """The step that makes a change."""
    return STEP.get(change.kind) or f"apply_order_to_{change.leads_to}"


def changes_of(case: Case) -> list[DecisionChange]:
    """Every change of a case, oldest first."""
    return list(db.session.scalars(select(DecisionChange).where(DecisionChange.case_id == case.id).order_by(DecisionChange.id)))


def open_change(case: Case, kind: str) -> DecisionChange | None:
    """The change of a kind that is prepared and not made yet."""
    return next((one for one in changes_of(case) if one.kind == kind and one.is_open), None)


def last_made(case: Case, kind: str) -> DecisionChange | None:
    made = [one for one in changes_of(case) if one.kind == kind and one.made_at is not None]
    return max(made, key=lambda one: (one.made_at, one.id), default=None)


def set_aside_of(record: DecisionRecord) -> DecisionChange | None:
    """Why a decision no longer stands, where it was set aside."""
    return db.session.scalars(
        select(DecisionChange).where(
            DecisionChange.decision_id == record.id, DecisionChange.kind == SET_ASIDE, DecisionChange.made_at.is_not(None)
        )
    ).first()


def may_prepare(case: Case, by: Any) -> list[str]:
    """The kinds of change that somebody may prepare for a case as it stands."""
    held = case.capacities(by)
    return [kind for kind, roles in PREPARERS.items() if held & roles and _is_possible(case, kind)]


def _is_possible(case: Case, kind: str) -> bool:
    machine = workflow.definition_of(case)
    triggers = [STEP[kind]] if kind in STEP else [f"apply_order_to_{one}" for one in ORDERED]
    return any(machine.find(trigger, case.state) for trigger in triggers)


def _prepare(case: Case, change: DecisionChange, *, seen: int | None, by: Any) -> DecisionChange:
    before = workflow.hold_once(
        case, seen, lambda: db.session.scalars(select(DecisionChange).where(DecisionChange.once == change.once)).first()
    )
    if before is not None:
        return before
    if change.kind not in may_prepare(case, by):
        raise NotVisible(case.key)
    if open_change(case, change.kind) is not None:
        raise Invalid({"because": "One is prepared already. It is made, or taken back, before another is prepared."})
    change.case_id, change.prepared_by_id, change.prepared_at = case.id, by.id, clock.now()
    db.session.add(change)
    db.session.flush()
    audit.record(case.stream, "prepare_change", by=by.actor, change=change.id, kind=change.kind)
    return change


def prepare_slip(case: Case, *, field: str, after: str, because: str, once: str, seen: int | None, by: Any) -> DecisionChange:
    """Prepare the correction of a slip in the words of the decision that stands. Raises Invalid, Stale, NotVisible."""
    record = decisions.present_record(case)
    if field not in SLIP_FIELDS or record is None or record.confirmed_at is None:
        raise Invalid({"field": "Choose which words of the record have the slip."})
    before = str(getattr(record, field) or "")
    if not after.strip() or after.strip() == before.strip():
        raise Invalid({"after": "Write the words as they should stand."})
    change = DecisionChange(
        once=once, kind=SLIP, decision_id=record.id, because=because, field=field, before=before, after=after.strip()
    )
    return _prepare(case, change, seen=seen, by=by)


def prepare_set_aside(
    case: Case, *, because: str, other_people: bool, once: str, seen: int | None, by: Any
) -> DecisionChange:
    """Prepare that the decision that stands is set aside and taken again. Raises Invalid, Stale, NotVisible."""
    record = decisions.last_confirmed(case)
    change = DecisionChange(
        once=once, kind=SET_ASIDE, decision_id=record.id if record else None, because=because, other_people=other_people
    )
    return _prepare(case, change, seen=seen, by=by)


def prepare_order(
    case: Case, *, body: str, ordered_on: date, leads_to: str, because: str, amount_words: str, file: File | None,
    once: str, seen: int | None, by: Any,
) -> DecisionChange:  # fmt: skip
    """Put an order on record with its paper. Raises Invalid, NotAcceptedError for the file, Stale, NotVisible."""
    if body not in BODIES or leads_to not in ORDERED:
        raise Invalid({"leads_to": "Choose whose order it is, and what it orders."})
    if workflow.definition_of(case).find(f"apply_order_to_{leads_to}", case.state) is None:
        raise Invalid({"leads_to": f"“{ORDERED[leads_to]}” is not open from where the request stands."})
    if ordered_on > clock.today():
        raise Invalid({"ordered_on": "The day of the order cannot be later than today."})
    if file is None:
        raise Invalid({"file": "Attach the order itself."})
    record = decisions.last_confirmed(case)
    change = DecisionChange(
        once=once, kind=ORDER, decision_id=record.id if record else None, because=because, body=body, ordered_on=ordered_on,
        leads_to=leads_to, amount_words=amount_words,
    )
    prepared = _prepare(case, change, seen=seen, by=by)
    if prepared.document_id is None:
        title = f"Order of {ordered_on.isoformat()}"
        kept = documents.put(
            file.content, stream=case.stream, kind=DOCUMENT, title=title, by_id=by.id, uploaded_name=file.name
        )
        prepared.document_id = kept.id
    return prepared


def take_back(case: Case, change_id: int, *, seen: int | None, by: Any) -> None:
    """Leave a change that was prepared and is not made. Whoever may prepare such a change may take it back."""
    workflow.hold(case, seen)
    change = next((one for one in changes_of(case) if one.id == change_id), None)
    if change is None or not case.capacities(by) & PREPARERS[change.kind]:
        raise NotVisible(str(change_id))
    if not change.is_open:
        raise Invalid({"change": "This is done already, or was taken back before."})
    change.left_at = clock.now()
    audit.record(case.stream, "take_back_change", by=by.actor, change=change.id, kind=change.kind)


def held_by_preparer(case: Case, change: DecisionChange) -> set[Role]:
    """What the person who prepared a change is in this case."""
    return case.capacities(people.person(change.prepared_by_id))


def treatment_has_begun(case: Case) -> bool:
    """Whether a funded treatment had begun when its decision was set aside: its funding runs on until a new decision."""
    made = workflow.last_move(case.stream, "set_aside")
    return made is not None and made.source == "in_treatment"


# --- what the steps write ---------------------------------------------------------------------------------------------------


def _made(case: Case, kind: str, by: Any, made: MoveRecord) -> DecisionChange:
    change = open_change(case, kind)
    assert change is not None  # the guard has seen it
    change.made_by_id, change.made_at = by.id, made.at
    db.session.flush()
    return change


@upon("ifr", "correct_slip")
def correct(case: Case, by: Any, made: MoveRecord) -> None:
    """The words of the record are put right; as they stood before, they are kept with who changed them and why."""
    change = _made(case, SLIP, by, made)
    record = db.session.get_one(DecisionRecord, change.decision_id)
    assert change.field in SLIP_FIELDS
    setattr(record, change.field, change.after)


@upon("ifr", "set_aside")
def set_decision_aside(case: Case, by: Any, made: MoveRecord) -> None:
    """The decision stands no longer. Its letters that have not left are stopped; funding of a treatment begun runs on."""
    change = _made(case, SET_ASIDE, by, made)
    _stop_letters(case, "The decision was set aside.", by, made)
    _begin_anew(case)
    record = db.session.get(DecisionRecord, change.decision_id) if change.decision_id else None
    if change.other_people and record is not None:
        agenda.bar(case, decisions.who_sat(record))


def _stop_letters(case: Case, because: str, by: Any, made: MoveRecord) -> None:
    """Whatever tells of the decision that stood, or corrects it, leaves no more."""
    told = [row for row in letters.of(case.stream) if row.ending or "correction" in row.facts]
    confirmed = workflow.last_move(case.stream, *CONFIRMING)
    batches = {row.batch for row in told} | ({confirmed.id} if confirmed else set())
    for batch in sorted(batches - {made.id}):
        letters.stop(batch, by_id=by.id, because=because)


def _begin_anew(case: Case) -> None:
    interests.end_sitting(case)
    case.told_at = None
    _leave_what_is_prepared(case)


def _leave_what_is_prepared(case: Case) -> None:
    """What was prepared for a decision that stands no longer is not made on the next one. An order is no such thing."""
    for change in changes_of(case):
        if change.is_open and change.kind in STEP:
            change.left_at = clock.now()
    db.session.flush()


@upon("ifr", "reopen_for_check", "reopen_for_screening", "reopen_for_panel")
def leave_what_is_prepared(case: Case, by: Any, made: MoveRecord) -> None:
    _leave_what_is_prepared(case)


@upon("ifr", *(f"apply_order_to_{one}" for one in ORDERED))
def carry_out(case: Case, by: Any, made: MoveRecord) -> None:
    """An order is carried out as it was given, from whichever state the request was in."""
    change = _made(case, ORDER, by, made)
    _stop_letters(case, "An order was carried out.", by, made)
    _begin_anew(case)
    if change.leads_to == SCREENING:
        screening.begin_round(case, by, made)
    if change.leads_to == FUND:
        _fund(case, change, by, made)


def _fund(case: Case, change: DecisionChange, by: Any, made: MoveRecord) -> None:
    """A decision to fund that was ordered has a record like others: its letter and its follow-up are read from there."""
    decisions.leave_drafts(case)
    record = decisions.begin(case, ORDER)
    record.outcome, record.reasons = FUNDED, change.because
    record.plain_reasons = f"{BODIES[change.body or '']} has decided that the treatment is to be funded."
    record.equality = cases.answers_of(case).get("rights", "")
    record.conditions_answer, record.validity_answer = "none", "none"
    record.amount_answer = "amount" if change.amount_words else "none"
    record.amount_words = change.amount_words
    record.taken_at = record.confirmed_at = record.saved_at = made.at
    record.drafted_by_id = record.confirmed_by_id = by.id
    db.session.flush()
    change.decision_id = record.id
    audit.record(case.stream, "confirm_decision", by=by.actor, record=record.id, outcome=FUNDED, authority=ORDER)
