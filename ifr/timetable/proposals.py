"""What a plan has brought so far that a person may now decide: nothing closes and nothing expires by itself.

A proposal is no row of its own. It follows from facts: that somebody was warned, and that the day of the warning has passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_, select

from ifr import clock, letters, profiles, workflow
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import Case
from ifr.cases.services import in_office
from ifr.db import db
from ifr.deadlines import Deadline, DeadlineStep
from ifr.pages import day
from ifr.people.models import User
from ifr.profiles import Workflow
from ifr.workflow import MoveRecord


@dataclass(frozen=True)
class Proposal:
    """A step that only a person takes: which deadline has passed, who was warned by which step, and where it is decided."""

    deadline: str
    warned_by: str
    move: str
    flag: str
    says: str
    endpoint: str
    link: str


PROPOSALS = (
    Proposal(
        deadline="closure_warning",
        warned_by="propose_closure",
        move="confirm_closure",
        flag="Proposed: close, nobody replied",
        says="The clinician and the patient were warned, and the days of the warning have passed. Decide whether to close the "
        "request or to go on without the answers.",
        endpoint="cases.information",
        link="Look at the questions and decide",
    ),
    Proposal(
        deadline="validity",
        warned_by="propose_expiry",
        move="confirm_expiry",
        flag="Proposed: record that the funding has expired",
        says="The clinician was warned, the last day for the start of the treatment has passed and no start is on record. "
        "Decide whether to record that the funding has expired or to have it extended.",
        endpoint="outcomes.page",
        link="Look at the follow-up and decide",
    ),
)
_OF_DEADLINE = {one.deadline: one for one in PROPOSALS}


def _has_come_to(proposal: Proposal) -> ColumnElement[bool]:
    """Whether a deadline is the one of this proposal, has passed, and somebody was warned within it or by opening it."""
    warned = select(MoveRecord.id).where(
        MoveRecord.stream == Deadline.stream, MoveRecord.trigger == proposal.warned_by, MoveRecord.at >= Deadline.started_at
    )
    return and_(
        Deadline.name == proposal.deadline,
        Deadline.met_at.is_(None),
        Deadline.cancelled_at.is_(None),
        Deadline.due_at <= clock.now(),
        or_(Deadline.opened_by == proposal.warned_by, warned.exists()),
    )


def of(cases: Sequence[Case]) -> dict[int, list[Proposal]]:
    """What is proposed for each of some requests, in one query however many they are."""
    of_stream = {one.stream: one for one in cases}
    come = or_(*(_has_come_to(one) for one in PROPOSALS))
    query = select(Deadline.stream, Deadline.name).where(Deadline.stream.in_(of_stream), come).distinct()
    found: dict[int, list[Proposal]] = {}
    for row in db.session.execute(query.order_by(Deadline.name)):
        case, proposal = of_stream[row.stream], _OF_DEADLINE[row.name]
        if workflow.definition_of(case).find(proposal.move, case.state):
            found.setdefault(case.id, []).append(proposal)
    return found


def is_proposed() -> ColumnElement[bool]:
    """Narrows a query over requests to those for which something is proposed."""
    machine = profiles.by_id(profiles.latest("workflow", "ifr").id)
    return or_(*(_is_proposed(one, machine) for one in PROPOSALS))


def _is_proposed(proposal: Proposal, machine: Workflow) -> ColumnElement[bool]:
    entry = machine.find(proposal.move)
    states = machine.sources(entry) if entry else []
    # Each of these deadlines stands in the stream of a request: "case:12".
    ids = select(cast(func.substr(Deadline.stream, len("case:") + 1), Integer)).where(_has_come_to(proposal))
    return and_(Case._state.in_(states), Case.id.in_(ids))


@notes_on_case
def proposed(case: Case, by: User) -> list[Note]:
    """For the office: what it may decide now, and what is late and went to somebody."""
    if not in_office(by, case):
        return []
    notes = [Note(one.flag, (one.says,), one.endpoint, one.link, warns=True) for one in of([case]).get(case.id, [])]
    return notes + _escalated(case)


def _escalated(case: Case) -> list[Note]:
    query = (
        select(Deadline, DeadlineStep.at)
        .join(DeadlineStep, DeadlineStep.deadline_id == Deadline.id)
        .where(
            Deadline.stream.in_(letters.streams_of(case)),
            Deadline.met_at.is_(None),
            Deadline.cancelled_at.is_(None),
            DeadlineStep.due_on == Deadline.due_on,
            DeadlineStep.step.startswith("escalate:"),
        )
    )
    notes = []
    for one, at in db.session.execute(query.order_by(Deadline.id)):
        plan = profiles.reminders_of(case.profile, one.name)
        if plan is not None and plan.escalate is not None:
            said = f"It was due on {day(one.due_on)}. The {plan.escalate.to.words} was told on {day(at)}."
            notes.append(Note(f"Late: {one.label}", (said,), "timing.ledger", "See how it comes to its day", warns=True))
    return notes
