"""What the clock reminds of: the steps of a plan before and after a last day, each taken once.

A step is marked in the transaction that tells people of it, so that a worker which dies leaves both or neither.
"""

from sqlalchemy import select

from ifr import audit, clock, deadlines, letters, profiles, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import db, lock
from ifr.deadlines import Deadline, Step
from ifr.pages import day, moment
from ifr.profiles import Reminders, Unit
from ifr.telling import services as telling
from ifr.timetable.whom import whom
from ifr.workflow import CLOCK

# On which page something can be done about a deadline; about every other one on the page of the request.
PAGES = {"information": "cases.information", "validity": "outcomes.page", "result": "outcomes.page"}
# What somebody is to decide when the last day of such a deadline has passed.
DECIDE = {
    "closure_warning": "Nobody replied to the warning of closure. Decide whether to close the request or to go on.",
    "validity": "The funding was not taken up by its last day. Decide whether to record that it has expired or to ask for more "
    "time.",
}


# What somebody else has to do than whoever began it.
BY_ANOTHER = frozenset({"countersignature"})


def due(limit: int) -> list[int]:
    """The deadlines for which something is to happen now."""
    return deadlines.due_for_a_look(limit)


def stream_of(deadline_id: int) -> str | None:
    return db.session.scalar(select(Deadline.stream).where(Deadline.id == deadline_id))


def act(deadline_id: int) -> None:
    """Take the steps that are due for one deadline, in the transaction that is open."""
    stream = stream_of(deadline_id)
    if stream is None:
        return
    subject = letters.subject_of_stream(stream)
    # The request first and then its deadline, as every move of it takes them: otherwise two would wait for each other.
    case = lock(Case, subject.case.id)
    one = lock(Deadline, deadline_id)
    plan = profiles.reminders_of(case.profile, one.name)
    taken = deadlines.take_steps(one, case.profile)
    for step in taken:
        assert plan is not None  # a step is one of a plan
        if step.kind == "escalate":
            _escalate(case, one, step, plan)
        elif step.kind == "then":
            _propose(subject, one, step, plan)
        else:
            _remind(case, one, step, plan)


def _remind(case: Case, one: Deadline, step: Step, plan: Reminders) -> None:
    words = standing(one)
    if step.kind == "after" and one.name in DECIDE:
        words = DECIDE[one.name]
    _tell(case, one, step, plan.to, words, urgent=case.urgent)


def _escalate(case: Case, one: Deadline, step: Step, plan: Reminders) -> None:
    """What is late goes to the role that the plan names, and that stands on record with the request."""
    assert plan.escalate is not None
    role = plan.escalate.to
    words = DECIDE.get(one.name) or f"{standing(one)} It comes to you as {role.words}."
    _tell(case, one, step, [role], words, urgent=True)
    audit.record(one.stream, "escalate", by=CLOCK.actor, deadline=one.name, to=role.value, due_on=one.due_on)


def _propose(subject: workflow.Subject, one: Deadline, step: Step, plan: Reminders) -> None:
    """Take the step that the plan names: it warns or proposes and ends nothing. One that cannot be taken is told, with why:
    only a step that lists the clock stands in a plan, and what such a step waits for is said in words of ours."""
    assert plan.then is not None
    trigger = plan.then.move
    try:
        made = workflow.move(subject, trigger, by=CLOCK, seen=None)
        words = f"The plan for “{one.label}” was followed: {_small(made.done)}."
        if one.name in DECIDE:
            words += f" {DECIDE[one.name]}"
    except workflow.Refused as refused:
        entry = workflow.definition_of(subject).find(trigger)
        what = _small(entry.label) if entry else "go on"
        words = f"The service was to {what}, and could not: {refused.reasons[0].text}"
    _tell(subject.case, one, step, [Role.COORDINATOR], words, urgent=subject.case.urgent)


def _tell(case: Case, one: Deadline, step: Step, roles: list[Role], words: str, *, urgent: bool) -> None:
    key = f"deadline:{one.id}:{step.name}:{one.due_on}"
    began = workflow.last_move(one.stream, one.opened_by) if one.name in BY_ANOTHER else None
    for user in whom(case, roles, besides=began.by_id if began else None):
        telling.tell(user.id, key=key, words=words, case=case, to=PAGES.get(one.name, "cases.page"), urgent=urgent)


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


# --- words ------------------------------------------------------------------------------------------------------------


def standing(one: Deadline) -> str:
    """How a deadline stands, in a sentence of ours that names nobody."""
    assert one.due_on is not None and one.due_at is not None
    if one.unit == Unit.HOURS:
        return f"“{one.label}” {'was' if one.is_late else 'is'} due on {moment(one.due_at)}."
    left = (one.due_on - clock.today()).days
    if left == 0:
        return f"“{one.label}” is due today."
    if left > 0:
        return f"“{one.label}” is due in {_days(left)}, on {day(one.due_on)}."
    return f"“{one.label}” was due on {day(one.due_on)}: it is {_days(-left)} late."


def _days(number: int) -> str:
    """Calendar days, as the worklist counts them."""
    return "1 day" if number == 1 else f"{number} days"
