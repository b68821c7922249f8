"""The follow-up of a treatment that was funded: recorded, reported on, ended, completed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from ifr import audit, clock, deadlines, letters, profiles, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import PROVIDER_SIDE, answers_of
from ifr.db import db
from ifr.decisions.models import FUNDED, FUNDED_IN_PART, Condition, DecisionRecord
from ifr.decisions.services import conditions_of, last_confirmed
from ifr.outcomes.models import Extension, FollowUp, FundingEnd, Report, ReportDue, is_overdue
from ifr.profiles import LONGEST, Authority, Length, Unit, Workflow
from ifr.workflow import Invalid, MoveRecord, Offer, upon

FUNDS = (FUNDED, FUNDED_IN_PART)
STARTERS = {Role.CLINICIAN, Role.COORDINATOR, Role.FINANCE}
WAIVERS = {Role.PANEL_CHAIR, Role.IFR_MANAGER}
PLANNERS = {Role.COORDINATOR, Role.PANEL_CHAIR, Role.IFR_MANAGER}
REPORTERS = {Role.CLINICIAN}
ENDERS = {Role.PANEL_CHAIR}
# The steps that the follow-up page offers; the rest stand on the page of the request.
STEPS = (
    "start_treatment", "report_result", "stop_treatment", "end_funding", "extend_validity", "confirm_expiry",
    "complete_follow_up",
)


# --- what the decision says ---------------------------------------------------------------------------------------------


def funding_of(case: Case) -> DecisionRecord | None:
    """The confirmed decision under which a treatment is funded; None where the last one does not fund."""
    latest = last_confirmed(case)
    return latest if latest is not None and latest.outcome in FUNDS else None


def valid_until(case: Case) -> date | None:
    """The last day on which the funding can be taken up, with its extensions; None where none was set."""
    decision = funding_of(case)
    if decision is None:
        return None
    extended = db.session.scalars(
        select(Extension.valid_until_on).where(Extension.decision_id == decision.id).order_by(Extension.id.desc())
    ).first()
    return extended or decision.valid_until_on


@deadlines.length_of("validity")
def time_to_begin(case: Case) -> Length | None:
    """How long the treatment may wait for its start, from today; None where the decision sets no day, or one so far ahead
    that nobody needs to be reminded of it."""
    until = valid_until(case)
    left = (until - clock.today()).days if until else 0
    if not 0 < left <= LONGEST:
        return None
    return Length(length=left, unit=Unit.CALENDAR_DAYS, source="The decision, which names the day")


# --- the start ------------------------------------------------------------------------------------------------------------


def follow_up_of(case: Case) -> FollowUp | None:
    """The follow-up of the decision under which the treatment is funded now."""
    decision = funding_of(case)
    if decision is None:
        return None
    return db.session.scalars(select(FollowUp).where(FollowUp.decision_id == decision.id)).first()


def record_start(case: Case, *, started_on: date, baseline: str, measure: str, seen: int | None, by: Any) -> FollowUp:
    """Write down when treatment started and from where it is measured; the move `start_treatment` makes it count.

    Raises Invalid where nothing is funded, or the day lies ahead.
    """
    allow(case, by, STARTERS)
    workflow.hold(case, seen)
    decision = funding_of(case)
    if decision is None:
        raise Invalid({"started_on": "No decision funds a treatment on this request."})
    if started_on > clock.today():
        raise Invalid({"started_on": "The day on which treatment started is in the future."})
    row = follow_up_of(case)
    if row is None:
        row = FollowUp(case_id=case.id, decision_id=decision.id)
        db.session.add(row)
    elif row.began_at is not None:
        raise Invalid({"started_on": "The start of the treatment is on record already."})
    row.started_on, row.baseline, row.measure = started_on, baseline, measure
    row.started_by_id, row.recorded_at = by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "record_start", by=by.actor, started_on=started_on, follow_up=row.id)
    return row


@upon("ifr", "start_treatment")
def _begin(case: Case, by: Any, made: MoveRecord) -> None:
    """Treatment runs from here: the reports that the decision asks for become due."""
    row = follow_up_of(case)
    decision = funding_of(case)
    assert row is not None and decision is not None  # the guard has seen both
    row.began_at = made.at
    asked = [c for c in conditions_of(decision) if c.due_on is not None]
    for number, condition in enumerate(asked, start=1):
        _add_due(row, number, label=_label_of(condition), due_on=condition.due_on)
    if not asked:
        _add_due(row, 1, label="Result of the treatment", due_on=None)


def _label_of(condition: Condition) -> str:
    return condition.measure or f"Report for condition {condition.number}"


def _add_due(row: FollowUp, number: int, *, label: str, due_on: date | None, once: str | None = None) -> ReportDue:
    due = ReportDue(
        once=once or f"follow-up-{row.id}-{number}", follow_up_id=row.id, number=number, label=label, due_on=due_on,
        ask_on=_ask_on(db.session.get_one(Case, row.case_id), due_on),
    )  # fmt: skip
    db.session.add(due)
    db.session.flush()
    return due


def _ask_on(case: Case, due_on: date | None) -> date | None:
    """From when the clinician is asked for a report; none where it has no day or the commissioner asks for none before."""
    plan = case.profile.follow_up or profiles.as_of_today(case.profile).follow_up
    if plan is None or due_on is None:
        return None
    return deadlines.next_working_day(due_on, -plan.ask_before, deadlines.days_off(case.commissioner_id))


def date_the_asking() -> int:
    """Say of each report that was planned before reports were asked for from when it is; how many that was."""
    query = (
        select(ReportDue, FollowUp.case_id)
        .join(FollowUp, FollowUp.id == ReportDue.follow_up_id)
        .where(ReportDue.due_on.is_not(None), ReportDue.ask_on.is_(None), ReportDue.asked_at.is_(None))
    )
    rows = db.session.execute(query.where(ReportDue.waived_at.is_(None))).all()
    for due, case_id in rows:
        due.ask_on = _ask_on(db.session.get_one(Case, case_id), due.due_on)
    db.session.flush()
    return len(rows)


# --- the reports ----------------------------------------------------------------------------------------------------------


def reports_of(row: FollowUp) -> list[Report]:
    return list(db.session.scalars(select(Report).where(Report.follow_up_id == row.id).order_by(Report.number)))


def dues_of(row: FollowUp) -> list[ReportDue]:
    return list(db.session.scalars(select(ReportDue).where(ReportDue.follow_up_id == row.id).order_by(ReportDue.number)))


def draft_of(case: Case) -> Report | None:
    """The report that is written and not sent."""
    row = follow_up_of(case)
    return next((r for r in reports_of(row) if r.sent_at is None), None) if row else None


def outstanding(row: FollowUp) -> list[ReportDue]:
    """The reports that were neither sent nor waived."""
    answered = {r.due_id for r in reports_of(row) if r.sent_at is not None}
    return [d for d in dues_of(row) if d.id not in answered and d.waived_at is None]


def asked_for(row: FollowUp) -> list[ReportDue]:
    """The reports that were asked for and neither sent nor waived since."""
    return [due for due in outstanding(row) if due.asked_at is not None]


def reports_to_ask_for(limit: int) -> list[int]:
    """The reports that are to be asked for by now, the earliest first; none of a treatment of which one is asked for."""
    machine: Workflow = profiles.by_id(profiles.latest("workflow", "ifr").id)
    entry = machine.find("report_result")
    other = aliased(ReportDue)
    asked = select(other.id).where(
        other.follow_up_id == ReportDue.follow_up_id, other.asked_at.is_not(None), other.waived_at.is_(None), ~_is_sent(other.id)
    )
    query = (
        select(ReportDue.id)
        .join(FollowUp, FollowUp.id == ReportDue.follow_up_id)
        .join(Case, Case.id == FollowUp.case_id)
        .where(
            ReportDue.ask_on <= clock.today(),
            ReportDue.asked_at.is_(None),
            ReportDue.waived_at.is_(None),
            ~_is_sent(ReportDue.id),
            ~asked.exists(),
            Case._state.in_(machine.sources(entry) if entry else []),
        )
    )
    return list(db.session.scalars(query.order_by(ReportDue.ask_on, ReportDue.id).limit(limit)))


def _is_sent(due_id: Any) -> ColumnElement[bool]:
    return select(Report.id).where(Report.due_id == due_id, Report.sent_at.is_not(None)).exists()


def _settle(case: Case, row: FollowUp, due: ReportDue, by: Any) -> None:
    """A report that was asked for came or is let go: unless another one is asked for, its date is met."""
    db.session.flush()
    if due.asked_at is not None and not asked_for(row):
        workflow.occur(case, "result_settled", by=by)


def plan_report(case: Case, *, label: str, due_on: date, once: str, seen: int | None, by: Any) -> ReportDue:
    """Ask for one report more, on a day."""
    allow(case, by, PLANNERS)
    again = db.session.scalars(select(ReportDue).where(ReportDue.once == once)).first()
    if again is not None:
        return again
    workflow.hold(case, seen)
    row = _begun(case)
    number = max((d.number for d in dues_of(row)), default=0) + 1
    due = _add_due(row, number, label=label, due_on=due_on, once=once)
    audit.record(case.stream, "plan_report", by=by.actor, due=due.id, due_on=due_on)
    return due


def waive_report(case: Case, due_id: int, *, reason: str, seen: int | None, by: Any) -> None:
    """Let a report go, for a reason. For the chair and the manager."""
    allow(case, by, WAIVERS)
    workflow.hold(case, seen)
    due = next((d for d in outstanding(_begun(case)) if d.id == due_id), None)
    if due is None:
        raise Invalid({"due": "This report is not outstanding any more."})
    due.waived_because, due.waived_by_id, due.waived_at = reason, by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "waive_report", by=by.actor, due=due.id)
    _settle(case, db.session.get_one(FollowUp, due.follow_up_id), due, by)


def save_report(case: Case, values: dict[str, Any], *, once: str, seen: int | None, by: Any) -> Report:
    """Keep a report as a draft; there is one draft at a time. Sent twice, the same form writes one row.

    Raises Invalid where the report answers one that is not outstanding.
    """
    allow(case, by, REPORTERS)
    again = db.session.scalars(select(Report).where(Report.once == once)).first()
    if again is not None and again.sent_at is not None:
        return again
    workflow.hold(case, seen)
    row = _begun(case)
    due_id = values.pop("due_id", None)
    if due_id is not None and due_id not in {d.id for d in outstanding(row)}:
        raise Invalid({"due_id": "This report is not outstanding any more. Choose another."})
    report = draft_of(case) or _new_report(case, row, once)
    for name, value in values.items():
        setattr(report, name, value)
    report.due_id, report.by_id, report.written_at = due_id, by.id, clock.now()
    db.session.add(report)
    db.session.flush()
    audit.record(case.stream, "save_report", by=by.actor, report=report.id)
    return report


def _new_report(case: Case, row: FollowUp, once: str) -> Report:
    last = db.session.scalars(
        select(Report.number).where(Report.case_id == case.id).order_by(Report.number.desc()).limit(1)
    ).first()
    return Report(once=once, case_id=case.id, follow_up_id=row.id, number=(last or 0) + 1)


@upon("ifr", "report_result")
def _send(case: Case, by: Any, made: MoveRecord) -> None:
    report = draft_of(case)
    assert report is not None  # the guard has seen it
    report.sent_at = made.at
    if report.due_id is not None:
        _settle(case, db.session.get_one(FollowUp, report.follow_up_id), db.session.get_one(ReportDue, report.due_id), by)


def _begun(case: Case) -> FollowUp:
    row = follow_up_of(case)
    if row is None or row.began_at is None:
        raise Invalid({"started_on": "Treatment has not been recorded as started."})
    return row


# --- the end --------------------------------------------------------------------------------------------------------------


def ending_of(case: Case) -> FundingEnd | None:
    row = follow_up_of(case)
    if row is None:
        return None
    return db.session.scalars(select(FundingEnd).where(FundingEnd.follow_up_id == row.id)).first()


def authorities_to_end(case: Case) -> list[Authority]:
    """The delegations in force today under which the funding may be ended."""
    return case.profile.authorities_for("funding_ended", clock.today())


def record_ending(case: Case, values: dict[str, Any], *, seen: int | None, by: Any) -> FundingEnd:
    """Write down why the funding is to end; the chair's move `end_funding` makes it so."""
    allow(case, by, ENDERS)
    workflow.hold(case, seen)
    row = _begun(case)
    if values["heard_on"] > clock.today():
        raise Invalid({"heard_on": "The day on which the clinician was heard is in the future."})
    if values["wind_down_on"] < clock.today():
        raise Invalid({"wind_down_on": "Funding cannot end on a day that has passed: a treatment is wound down first."})
    ending = ending_of(case) or FundingEnd(case_id=case.id, follow_up_id=row.id)
    for name, value in values.items():
        setattr(ending, name, value)
    ending.by_id, ending.at = by.id, clock.now()
    db.session.add(ending)
    db.session.flush()
    audit.record(case.stream, "record_ending_of_funding", by=by.actor, ending=ending.id, wind_down_on=ending.wind_down_on)
    return ending


@upon("ifr", "extend_validity")
def _extend(case: Case, by: Any, made: MoveRecord) -> None:
    """An extension gives the commissioner's usual length again, from the day of the extension."""
    decision = funding_of(case)
    if decision is None:
        return
    until = deadlines.last_day(clock.day_of(made.at), case.profile.length("validity", urgent=case.urgent), case.commissioner_id)
    db.session.add(Extension(case_id=case.id, decision_id=decision.id, valid_until_on=until, move_id=made.id))
    db.session.flush()


# --- what others ask --------------------------------------------------------------------------------------------------------


def has_expired(case: Case) -> bool:
    """Whether somebody has confirmed that the funding of the present decision lapsed unused."""
    decision = funding_of(case)
    confirmed = workflow.last_move(case.stream, "confirm_expiry", "extend_validity")
    if decision is None or decision.confirmed_at is None or confirmed is None:
        return False
    return confirmed.trigger == "confirm_expiry" and confirmed.at >= decision.confirmed_at


def stopping_rule_is_met(case: Case) -> bool:
    """Whether a report that was sent says so: a person decides what follows, and is to see it at once."""
    row = follow_up_of(case)
    return row is not None and any(r.sent_at and r.stopping_rule_met == "yes" for r in reports_of(row))


@dataclass(frozen=True)
class DueLine:
    """One report that is owed, as the page shows it."""

    due: ReportDue
    sent: Report | None
    overdue: bool

    @property
    def open(self) -> bool:
        return self.sent is None and self.due.waived_at is None


def due_lines(row: FollowUp) -> list[DueLine]:
    sent = {r.due_id: r for r in reports_of(row) if r.sent_at is not None and r.due_id is not None}
    return [DueLine(d, sent.get(d.id), is_overdue(d, d.id in sent)) for d in dues_of(row)]


@dataclass(frozen=True)
class Page:
    """Everything that the follow-up page of one request shows."""

    decision: DecisionRecord | None
    conditions: list[Condition]
    valid_until_on: date | None
    expired: bool
    follow_up: FollowUp | None
    dues: list[DueLine]
    reports: list[Report]
    ending: FundingEnd | None
    stopping_rule_met: bool

    @property
    def people(self) -> set[int]:
        """Everybody whom the page names."""
        who = {r.by_id for r in self.reports} | {d.due.waived_by_id for d in self.dues if d.due.waived_by_id}
        return who | ({self.follow_up.started_by_id} if self.follow_up else set())


def page_of(case: Case, user: Any) -> Page:
    """The follow-up as this person may know it: the clinician learns an ending from its letter, not from this page."""
    inside = bool(case.capacities(user) - PROVIDER_SIDE)
    known = inside or _decision_is_told(case)
    decision = funding_of(case) if known else None
    row = follow_up_of(case) if known else None
    ended = inside or letters.last_issued_on(case.stream, ["funding_ended", "funding_ended_patient"]) is not None
    return Page(
        decision=decision,
        conditions=conditions_of(decision) if decision else [],
        valid_until_on=valid_until(case) if decision else None,
        expired=has_expired(case),
        follow_up=row,
        dues=due_lines(row) if row else [],
        reports=reports_of(row) if row else [],
        ending=ending_of(case) if ended else None,
        stopping_rule_met=stopping_rule_is_met(case),
    )


def _decision_is_told(case: Case) -> bool:
    """A confirmed decision becomes an ending when its letter is issued."""
    return case.state in (*workflow.definition_of(case).groups["ended"], "closed")


def offers_to(case: Case, user: Any) -> list[Offer]:
    """The steps of the follow-up that this person may take from here."""
    return [offer for offer in workflow.moves_open_to(case, user) if offer.trigger in STEPS]


def may(case: Case, user: Any) -> dict[str, bool]:
    """Which forms of the follow-up are for this person."""
    held = case.capacities(user)
    return {
        "start": bool(held & STARTERS),
        "report": bool(held & REPORTERS),
        "plan": bool(held & PLANNERS),
        "waive": bool(held & WAIVERS),
        "end": bool(held & ENDERS),
    }


# --- what a form begins with ------------------------------------------------------------------------------------------------


def start_as_typed(case: Case) -> dict[str, Any]:
    """What was saved; before that, what the request itself says is measured."""
    row = follow_up_of(case)
    if row is not None:
        return {"started_on": row.started_on, "baseline": row.baseline, "measure": row.measure}
    return {"measure": answers_of(case).get("measure", "")}


def report_as_typed(case: Case) -> dict[str, Any]:
    report = draft_of(case)
    if report is None:
        return {}
    names = ("period", "measure_value", "against_baseline", "adverse_events", "stopping_rule_met", "recommendation")
    return {"due_id": str(report.due_id or ""), **{name: getattr(report, name) for name in names}}


def reports_owed(case: Case) -> list[tuple[int, str]]:
    row = follow_up_of(case)
    return [(due.id, f"Report {due.number}: {due.label}") for due in outstanding(row)] if row else []


def due_of(case: Case, due_id: int) -> ReportDue:
    """One report that is owed on this very request."""
    row = follow_up_of(case)
    found = next((d for d in dues_of(row) if d.id == due_id), None) if row else None
    if found is None:
        raise workflow.NotVisible(str(due_id))
    return found


def ending_as_typed(case: Case) -> dict[str, Any]:
    ending = ending_of(case)
    if ending is None:
        return {}
    names = ("heard_on", "clinician_view", "wind_down_on", "reasons", "plain_reasons", "would_change", "authority")
    return {name: getattr(ending, name) for name in names}


def authority_choices(case: Case) -> list[tuple[str, str]]:
    return [(a.key, f"{a.post}: {a.reference}") for a in authorities_to_end(case)]


def allow(case: Case, by: Any, roles: set[Role]) -> None:
    """Whoever has no such part in this case gets no further, whatever page was sent."""
    if not case.capacities(by) & roles:
        raise PermissionError("this is for another role")
