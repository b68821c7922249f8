"""When the worker looks at a deadline: the days before and after its last day on which somebody is to be told something.

What is told to whom stands in the profile; who is told, and what a step proposes, is the business of later rooms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from ifr import clock, profiles
from ifr.db import db
from ifr.deadlines import counting, working_days
from ifr.deadlines.models import Deadline, DeadlineStep
from ifr.profiles import Profile, Reminders, Unit

# Whoever is told by mail is told at the beginning of an office day, not at midnight.
MORNING = time(7, 30)


@dataclass(frozen=True)
class Step:
    """Something that is to happen once for a deadline as it stands: `before:3`, `after:1`, `escalate:5` or `then:10`."""

    name: str
    at: datetime

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]


def steps(one: Deadline, plan: Reminders, days_off: counting.DaysOff) -> list[Step]:
    """Every step of a plan for a deadline with a last day, in the order of their moments.

    Days are working days, and hours for a deadline that is counted in hours. A reminder whose moment lay before the
    deadline began is left out: nobody is reminded of what begins now.
    """
    if one.due_on is None or one.due_at is None:
        return []
    # By name, so that a number which a profile gives twice is one step.
    named = {f"before:{number}": -number for number in plan.before}
    named |= {f"after:{number}": number for number in plan.after}
    if plan.escalate:
        named[f"escalate:{plan.escalate.after}"] = plan.escalate.after
    if plan.then:
        named[f"then:{plan.then.after}"] = plan.then.after
    found = [Step(name, _moment(one.due_on, one.due_at, one.unit, number, days_off)) for name, number in named.items()]
    meant = [step for step in found if step.kind != "before" or step.at > one.started_at]
    return sorted(meant, key=lambda step: (step.at, step.name))


def _moment(due_on: date, due_at: datetime, unit: str, number: int, days_off: counting.DaysOff) -> datetime:
    if unit == Unit.HOURS:
        return due_at + timedelta(hours=number)
    if number == 0:
        # The first working day on which it is late.
        number = 1
    on = counting.next_working_day(due_on, number, days_off)
    return datetime.combine(on, MORNING, clock.LONDON)


def look_again(found: Sequence[Deadline], profile: Profile) -> None:
    """Set on each deadline the moment at which the worker looks at it next: its first step that has not been taken."""
    taken = _taken([one.id for one in found])
    for one in found:
        plan = profiles.reminders_of(profile, one.name)
        left = [step for step in steps_of(one, plan) if (one.id, step.name, one.due_on) not in taken]
        one.look_at = left[0].at if left and one.is_open else None


def steps_of(one: Deadline, plan: Reminders | None) -> list[Step]:
    return steps(one, plan, working_days.days_off(one.organisation_id)) if plan else []


def _taken(deadline_ids: Sequence[int]) -> set[tuple[int, str, date]]:
    if not deadline_ids:
        return set()
    query = select(DeadlineStep).where(DeadlineStep.deadline_id.in_(deadline_ids))
    return {(row.deadline_id, row.step, row.due_on) for row in db.session.scalars(query)}


def due_for_a_look(limit: int) -> list[int]:
    """The deadlines that the worker has to look at now, the longest due first."""
    query = select(Deadline.id).where(Deadline.look_at.is_not(None), Deadline.look_at <= clock.now())
    return list(db.session.scalars(query.order_by(Deadline.look_at, Deadline.id).limit(limit)))


def take_steps(one: Deadline, profile: Profile) -> list[Step]:
    """The steps of a locked deadline that are due now, each marked as taken: whoever calls does them in this transaction.

    Of several reminders that fell due while nobody looked only the last is given; what escalates or proposes is never
    left out.
    """
    now = clock.now()
    taken = _taken([one.id])
    due = [
        step
        for step in steps_of(one, profiles.reminders_of(profile, one.name))
        if one.is_open and step.at <= now and (one.id, step.name, one.due_on) not in taken
    ]
    assert one.due_on is not None or not due
    for step in due:
        db.session.add(DeadlineStep(deadline_id=one.id, step=step.name, due_on=one.due_on, at=now))
    db.session.flush()
    look_again([one], profile)
    reminders = [step for step in due if step.kind in ("before", "after")]
    return [step for step in due if step not in reminders[:-1]]
