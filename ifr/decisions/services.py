"""Drafting and confirming a decision, and what the moves of a case write into its record."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases import services as cases
from ifr.cases.models import Case, Finding
from ifr.db import db
from ifr.deadlines import days_off, reckon
from ifr.decisions import phrases, voting, weighing
from ifr.decisions.criteria import NOT_REACHED, NOT_TAKEN_INTO_ACCOUNT, names_of, reasons_by_reference, ref
from ifr.decisions.models import CHAIRS_ACTION, FUNDED, PANEL, SCREENING, ClinicianHeard, Condition, DecisionRecord, Direction
from ifr.decisions.sat import chair_of as chair_of
from ifr.decisions.sat import item_of as item_of
from ifr.decisions.sat import proof_of as proof_of
from ifr.decisions.sat import who_sat as who_sat
from ifr.decisions.weighing import ExhibitTyped, GuidanceTyped
from ifr.panels import agenda as panels
from ifr.panels.sitting import open_item_of
from ifr.people.models import User
from ifr.people.services import users_with
from ifr.profiles import Authority
from ifr.screening import record as screening
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, Refused, upon

STAGE = "panel"
WRITERS = frozenset({Role.PANEL_SECRETARY, Role.PANEL_CHAIR})
ASKERS = frozenset({Role.COORDINATOR, Role.IFR_MANAGER})


@dataclass(frozen=True)
class FindingTyped:
    """What was typed about one question, point or criterion."""

    about: str
    key: str
    answer: str
    reasons: str
    clause: str = ""
    refers_to: str = ""
    weighed: str = ""
    about_the_aim: bool = False


@dataclass(frozen=True)
class ConditionTyped:
    text: str
    measure: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class HeardTyped:
    name: str
    role: str
    heard_on: date | None
    said: str


@dataclass(frozen=True)
class RecordTyped:
    """What was typed on the page of the record. Anything may be left for later; a part that is None was not on the page."""

    words: dict[str, Any]
    findings: list[FindingTyped] = field(default_factory=list)
    conditions: list[ConditionTyped] = field(default_factory=list)
    directions: dict[int, str] = field(default_factory=dict)
    votes: dict[int, str] | None = None
    dissents: dict[int, str] = field(default_factory=dict)
    exhibits: list[ExhibitTyped] | None = None
    guidance: list[GuidanceTyped] | None = None
    # The places of which somebody said: this is our reason.
    kept: frozenset[str] = frozenset()


# --- finding --------------------------------------------------------------------------------------------------------------


def records_of(case: Case) -> list[DecisionRecord]:
    """Every record of a case, newest first."""
    query = select(DecisionRecord).where(DecisionRecord.case_id == case.id).order_by(DecisionRecord.id.desc())
    return list(db.session.scalars(query))


def open_record(case: Case, kind: str) -> DecisionRecord | None:
    """The draft of one route that is being written."""
    return next((r for r in records_of(case) if r.kind == kind and r.is_open), None)


def present_record(case: Case) -> DecisionRecord | None:
    """The record that counts now: the decision taken and not confirmed yet, else the last one confirmed."""
    records = records_of(case)
    taken = next((r for r in records if r.is_open and r.taken_at is not None), None)
    return taken or next((r for r in records if r.confirmed_at is not None), None)


def record_to_show(case: Case) -> DecisionRecord | None:
    """The record that the page shows: the one that is being drafted, else the last one confirmed."""
    panel = open_record(case, PANEL)
    if panel is not None and can(case, "record_decision"):
        return panel
    return present_record(case)


def record_on_item(case: Case) -> DecisionRecord | None:
    """The record of the panel that has the request before it or had it last, whoever may write in it."""
    return open_record(case, PANEL) or next((r for r in records_of(case) if r.kind == PANEL and r.confirmed_at), None)


def last_confirmed(case: Case, before: Any = None) -> DecisionRecord | None:
    confirmed = [r for r in records_of(case) if r.confirmed_at is not None and (before is None or r.confirmed_at <= before)]
    return max(confirmed, key=lambda r: (r.confirmed_at, r.id), default=None)


def conditions_of(record: DecisionRecord) -> list[Condition]:
    query = select(Condition).where(Condition.decision_id == record.id).order_by(Condition.number)
    return list(db.session.scalars(query))


def heard_of(record: DecisionRecord) -> list[ClinicianHeard]:
    query = select(ClinicianHeard).where(ClinicianHeard.decision_id == record.id).order_by(ClinicianHeard.number)
    return list(db.session.scalars(query))


def authority_for(case: Case, record: DecisionRecord, on: date) -> Authority | None:
    """The entry of the scheme of delegation under which the chair may end the request so, for this amount."""
    for entry in case.profile.authorities_for(record.outcome or "", on):
        within = entry.up_to is None or record.amount is None or record.amount <= entry.up_to
        if Role.PANEL_CHAIR in entry.roles and within:
            return entry
    return None


def can(case: Case, trigger: str) -> bool:
    return workflow.definition_of(case).find(trigger, case.state) is not None


def may_write(case: Case, record: DecisionRecord, by: Any) -> bool:
    """Whoever keeps the record writes it, as long as it is not confirmed."""
    if not record.is_open or not case.capacities(by) & WRITERS:
        return False
    if record.taken_at is not None:
        return can(case, "confirm_funded")
    return can(case, "decide_urgently" if record.is_chairs_action else "record_decision")


# --- the record of a panel --------------------------------------------------------------------------------------------------


def save_record(case: Case, typed: RecordTyped, *, seen: int | None, by: Any) -> DecisionRecord:
    """Keep the record as far as it is written. It decides nothing: the chair's move on the complete record does."""
    workflow.hold(case, seen)
    record = record_to_show(case)
    if record is None or not may_write(case, record, by):
        raise Refused([Reason("The decision record cannot be changed now.", "decisions.record")])
    for name, value in typed.words.items():
        setattr(record, name, value)
    record.drafted_by_id, record.saved_at = by.id, clock.now()
    record.aim = record.aim or _aim(case)
    _save_findings(case, record, typed.findings, by)
    _save_conditions(record, typed.conditions)
    if typed.votes is not None and not record.is_chairs_action:
        voting.save_votes(case, record, typed.votes, typed.dissents, by=by)
    if typed.exhibits is not None:
        weighing.save_exhibits(record, typed.exhibits, names_of(case))
    if typed.guidance is not None:
        weighing.save_guidance(record, typed.guidance)
    if typed.kept:
        phrases.keep(record, phrases.to_ask(case, record, findings_of(case, record)), typed.kept, by.id)
    for direction in directions_of(case):
        if direction.id in typed.directions:
            answer_direction(direction, typed.directions[direction.id], by=by)
    db.session.flush()
    audit.record(
        case.stream, "save_decision", by=by.actor, record=record.id, round=record.round, outcome=record.outcome,
        findings=sum(bool(one.answer) for one in typed.findings), conditions=len(typed.conditions),
    )
    return record


def findings_of(case: Case, record: DecisionRecord) -> dict[tuple[str, str], Finding]:
    """What the panel made of every question, point and criterion in this record."""
    return cases.findings_of(case, STAGE, record.round)


def _save_findings(case: Case, record: DecisionRecord, typed: list[FindingTyped], by: Any) -> None:
    names = names_of(case) if typed else {}
    for said in typed:
        _save_finding(case, record, said, names, by)


def _save_finding(case: Case, record: DecisionRecord, said: FindingTyped, names: dict[str, str], by: Any) -> None:
    """An answer without words of its own has those of the answer to which it refers."""
    refers_to = said.refers_to or (record.not_reached_by if said.answer == NOT_REACHED else "")
    if refers_to not in names or refers_to == ref(said.about, said.key):
        refers_to = ""
    given = reasons_by_reference(said.answer, refers_to, names, record.not_reached_because)
    cases.save_finding(
        case, stage=STAGE, round=record.round, about=said.about, key=said.key, answer=said.answer,
        reasons=said.reasons or given, clause=said.clause if said.answer == NOT_TAKEN_INTO_ACCOUNT else "",
        refers_to=refers_to, weighed=said.weighed, about_the_aim=said.about_the_aim, by=by,
    )


def _aim(case: Case) -> str:
    return cases.answers_of(case).get("aim", "")


def _save_conditions(record: DecisionRecord, typed: list[ConditionTyped]) -> None:
    kept = {one.number: one for one in conditions_of(record)}
    for number, said in enumerate(typed, start=1):
        row = kept.pop(number, None) or Condition(decision_id=record.id, number=number)
        row.text, row.measure, row.due_on = said.text, said.measure, said.due_on
        db.session.add(row)
    for left in kept.values():
        db.session.delete(left)
    db.session.flush()


def begin(case: Case, kind: str) -> DecisionRecord:
    """The draft of the present round by this route, made where there is none. The caller holds the case."""
    number = 1 + (
        db.session.scalar(
            select(func.count()).where(
                DecisionRecord.case_id == case.id,
                or_(
                    DecisionRecord.confirmed_at.is_not(None),
                    DecisionRecord.left_at.is_not(None) & DecisionRecord.taken_at.is_not(None),
                ),
            )
        )
        or 0
    )
    there = next((r for r in records_of(case) if r.round == number and r.kind == kind), None)
    if there is None:
        there = DecisionRecord(case_id=case.id, round=number, kind=kind, aim=_aim(case))
        db.session.add(there)
    there.left_at = None
    db.session.flush()
    return there


def leave_drafts(case: Case, kinds: tuple[str, ...] = (PANEL, CHAIRS_ACTION)) -> None:
    for record in records_of(case):
        if record.is_open and record.kind in kinds:
            record.left_at = clock.now()


# --- the urgent decision of a chair -----------------------------------------------------------------------------------------


def chairs_of(case: Case) -> list[User]:
    return users_with(Role.PANEL_CHAIR, case.commissioner_id)


def may_ask(case: Case, by: Any) -> bool:
    return bool(case.capacities(by) & ASKERS)


def ask_chair(case: Case, user_id: int, *, seen: int | None, by: Any) -> None:
    """Ask a chair for an urgent decision. The chair declares first whether there is an interest."""
    if not may_ask(case, by):
        raise NotVisible(case.key)
    workflow.hold(case, seen)
    if not case.urgent or not can(case, "decide_urgently"):
        raise Invalid({"user_id": "Only an urgent request that is open can go to the chair outside a meeting."})
    if user_id not in {chair.id for chair in chairs_of(case)}:
        raise Invalid({"user_id": "Choose a chair of this commissioner's panel."})
    cases.involve(case, user_id, Role.PANEL_CHAIR)
    audit.record(case.stream, "ask_chair", by=by.actor, chair=user_id)


def prepare_urgent(
    case: Case, *, harm_of_waiting: str, outcome: str | None, heard: list[HeardTyped], life_or_limb: bool = False,
    seen: int | None, by: Any,
) -> DecisionRecord:
    """Keep what an urgent decision rests on: the harm of waiting, the clinicians heard, the ending.

    Raises Invalid where life or limb is named and the commissioner's profile has no such way.
    """
    if Role.PANEL_CHAIR not in case.capacities(by):
        raise NotVisible(case.key)
    workflow.hold(case, seen)
    if not can(case, "decide_urgently"):
        raise Refused([Reason("An urgent decision can be prepared only while the request is open.", "cases.page")])
    if life_or_limb and case.profile.chairs_action.life_or_limb is None:
        raise Invalid({"life_or_limb": "This commissioner has no shorter way for a risk to life or limb."})
    record = begin(case, CHAIRS_ACTION)
    record.harm_of_waiting, record.outcome, record.life_or_limb = harm_of_waiting, outcome, life_or_limb
    record.drafted_by_id, record.saved_at = by.id, clock.now()
    kept = {one.number: one for one in heard_of(record)}
    for number, said in enumerate(heard, start=1):
        row = kept.pop(number, None) or ClinicianHeard(decision_id=record.id, number=number)
        row.name, row.role, row.heard_on, row.said = said.name, said.role, said.heard_on, said.said
        db.session.add(row)
    for left in kept.values():
        db.session.delete(left)
    db.session.flush()
    audit.record(
        case.stream, "prepare_urgent", by=by.actor, record=record.id, heard=len(heard), outcome=outcome,
        life_or_limb=life_or_limb,
    )
    return record


def number_heard(record: DecisionRecord) -> int:
    """How many clinicians were heard, each counted once."""
    return len({one.name.strip().casefold() for one in heard_of(record) if one.is_complete})


def number_needed(case: Case, record: DecisionRecord | None) -> int:
    """How many clinicians are heard before a chair's action: fewer where life or limb is at risk within hours."""
    rule = case.profile.chairs_action
    shorter = rule.life_or_limb if record is not None and record.life_or_limb else None
    return shorter.clinicians_heard if shorter else rule.clinicians_heard


# --- directions of a review panel -------------------------------------------------------------------------------------------


def add_direction(
    case: Case, *, appeal_id: int, number: int, text: str, differently_constituted: bool, by: Any
) -> Direction:
    """Take a direction over from an appeal that was sent back. The caller holds the case.

    Where a differently constituted panel is asked for, those who sat on the decision cannot sit on the case again.
    """
    there = db.session.scalars(
        select(Direction).where(Direction.appeal_id == appeal_id, Direction.number == number)
    ).first()
    if there is not None:
        return there
    row = Direction(
        case_id=case.id, appeal_id=appeal_id, number=number, text=text, given_at=clock.now(),
        differently_constituted=differently_constituted,
    )
    db.session.add(row)
    db.session.flush()
    earlier = last_confirmed(case)
    if differently_constituted and earlier is not None:
        panels.bar(case, who_sat(earlier))
    audit.record(
        case.stream, "add_direction", by=by.actor, direction=row.id, appeal=appeal_id,
        differently_constituted=differently_constituted,
    )
    return row


def directions_of(case: Case) -> list[Direction]:
    """The directions that the next decision answers."""
    return list(
        db.session.scalars(
            select(Direction)
            .where(Direction.case_id == case.id, Direction.decision_id.is_(None))
            .order_by(Direction.appeal_id, Direction.number)
        )
    )


def directions_answered_by(record: DecisionRecord) -> list[Direction]:
    query = select(Direction).where(Direction.decision_id == record.id).order_by(Direction.appeal_id, Direction.number)
    return list(db.session.scalars(query))


def answer_direction(direction: Direction, answer: str, *, by: Any) -> None:
    """Say what was done about a direction. The caller holds the case."""
    if answer != direction.answer:
        direction.answer, direction.answered_by_id, direction.answered_at = answer, by.id, clock.now()


# --- what the moves write ---------------------------------------------------------------------------------------------------


@upon("ifr", "take_item")
def begin_record(case: Case, by: Any, made: MoveRecord) -> None:
    """A panel that opens an item writes its own record; what a chair had prepared alone is left."""
    leave_drafts(case, (CHAIRS_ACTION,))
    item = open_item_of(case)
    assert item is not None  # it has just been opened
    begin(case, PANEL).agenda_item_id = item.id


@upon("ifr", "record_decision")
def take_decision(case: Case, by: Any, made: MoveRecord) -> None:
    record = open_record(case, PANEL)
    assert record is not None  # opening the item made it
    record.taken_at, record.chair_id = made.at, chair_of(record)


@upon("ifr", "decide_urgently")
def take_urgent_decision(case: Case, by: Any, made: MoveRecord) -> None:
    leave_drafts(case, (PANEL,))
    record = open_record(case, CHAIRS_ACTION)
    assert record is not None  # the guard chairs_action_prepared has seen it
    record.taken_at, record.chair_id = made.at, by.id
    shorter = case.profile.chairs_action.life_or_limb
    if record.life_or_limb and shorter is not None:
        counted = reckon(
            made.at, clock.day_of(made.at), [shorter.reported_within], days_off=days_off(case.commissioner_id), stops=()
        )
        record.report_by_at = counted.due_at


@upon("ifr", "refer_on_to_screening", "refer_on_to_panel", "withdraw")
def leave_record(case: Case, by: Any, made: MoveRecord) -> None:
    leave_drafts(case)


@upon("ifr", "confirm_funded", "confirm_funded_in_part", "confirm_not_funded")
def confirm(case: Case, by: Any, made: MoveRecord) -> None:
    """Put the chair's name and the authority to the record. An urgent decision is reported to the next meeting."""
    record = present_record(case)
    assert record is not None and record.is_open
    authority = authority_for(case, record, clock.day_of(made.at))
    assert authority is not None  # the guard decision_authority_in_force has seen it
    record.confirmed_at, record.confirmed_by_id, record.authority_key = made.at, by.id, authority.key
    record.chair_id = by.id
    cases.involve(case, by.id, Role.PANEL_CHAIR)
    for direction in directions_of(case):
        direction.decision_id = record.id
    if record.is_chairs_action:
        panels.to_receive(case, by=by)
    audit.record(
        case.stream, "confirm_decision", by=by.actor, record=record.id, outcome=record.outcome, authority=authority.key,
        amount=str(record.amount) if isinstance(record.amount, Decimal) else None,
    )


@upon("ifr", "approve_at_screening")
def record_approval_at_screening(case: Case, by: Any, made: MoveRecord) -> None:
    """A decision to fund that screening took alone, as the matrix of the commissioner allows, is a decision like others:
    it has a record, conditions and a validity, and its letter and its follow-up are read from there."""
    screened = screening.record_of(case)
    record = begin(case, SCREENING)
    for name in ("comparator_answer", "comparator", "comparator_because", "in_the_round", "plain_reasons", "would_change"):
        setattr(record, name, getattr(screened, name))
    record.outcome, record.reasons = FUNDED, f"{screened.reasons}\n\n{screened.approval_because}".strip()
    record.equality = cases.answers_of(case).get("rights", "")
    lines = [] if _is_none(screened.approval_conditions) else screened.approval_conditions.splitlines()
    record.conditions_answer = "some" if lines else "none"
    _save_conditions(record, [ConditionTyped(line.strip()) for line in lines if line.strip()])
    record.amount_answer = "none" if _is_none(screened.approval_amount) else "amount"
    record.amount_words = "" if record.amount_answer == "none" else screened.approval_amount
    record.validity_answer = "until" if screened.approval_until_on else "none"
    record.valid_until_on = screened.approval_until_on
    found = cases.findings_of(case, screening.STAGE, screened.round).values()
    answered = [one for one in found if one.about in (screening.QUESTION, screening.POINT)]
    _save_findings(
        case, record, [FindingTyped(one.about, one.key, one.answer, one.reasons, one.clause) for one in answered], by
    )
    record.drafted_by_id = screened.concluded_by_id
    record.taken_at = record.confirmed_at = record.saved_at = made.at
    record.confirmed_by_id, record.authority_key = by.id, screened.authority_key
    db.session.flush()
    audit.record(case.stream, "confirm_decision", by=by.actor, record=record.id, outcome=FUNDED, authority=record.authority_key)


def _is_none(words: str) -> bool:
    return words.strip().strip(".").casefold() == "none"
