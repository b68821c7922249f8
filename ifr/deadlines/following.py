"""What a move or a fact writes into the ledger: deadlines opened, met and cancelled, pauses begun and ended."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select

from ifr import clock, profiles
from ifr.db import db
from ifr.deadlines import counting, reminding, working_days
from ifr.deadlines.models import Deadline, Extension, Pause
from ifr.profiles import DeadlineSpec, Length, Profile, Timer, Workflow


class Timed(Protocol):
    """What the ledger needs to know of a subject: where its rows stand, when it was received, where to leave the next date."""

    due_on: Any

    @property
    def stream(self) -> str: ...
    @property
    def case(self) -> Any: ...
    @property
    def profile(self) -> Profile | None: ...
    @property
    def received_at(self) -> datetime | None: ...


# Nothing stops a clock but a question without which the next step cannot be taken. The room that knows the question says
# for its step whether there is one.
QUESTIONS: dict[str, Callable[[Any], bool]] = {}


def stops_the_clock(*triggers: str) -> Callable[[Callable[[Any], bool]], Callable[[Any], bool]]:
    """Register for a step whether it asks something that the next step cannot be taken without, given its subject."""

    def register(asks: Callable[[Any], bool]) -> Callable[[Any], bool]:
        for trigger in triggers:
            QUESTIONS[trigger] = asks
        return asks

    return register


# Where a record fixes how long something may take, the room of that record says so here for the deadline's name, and says
# None where there is nothing to wait for. For every other deadline the profile says it.
LENGTHS: dict[str, Callable[[Any], Length | None]] = {}


def length_of(name: str) -> Callable[[Callable[[Any], Length | None]], Callable[[Any], Length | None]]:
    """Register for a deadline what its record says of its length, given its subject."""

    def register(find: Callable[[Any], Length | None]) -> Callable[[Any], Length | None]:
        LENGTHS[name] = find
        return find

    return register


def follow(
    subject: Timed, workflow: Workflow, trigger: str, state: str, *, because: str, by_id: int | None,
    happened_on: date | None = None,
) -> None:
    """Write what a move (or a fact) means for the deadlines of a subject, as its machine says.

    `state` is where the subject is now, `because` what happened, in words; `happened_on` is the day of it, where it is
    written down on a later one.
    """
    profile = subject.profile
    if profile is None:
        return
    here = workflow.states.get(state)
    ended = here is None or here.clock in ("stopped", "none")
    _pause_and_resume(subject, workflow.deadlines, trigger, because, by_id, ended=ended)
    found = open_deadlines(subject.stream)
    for spec in workflow.deadlines:
        named = [one for one in found if one.name == spec.name]
        over = ended and not spec.after_the_end
        if trigger in spec.meets:
            _end(named, trigger, happened_on)
        elif trigger in spec.cancels or over:
            _end(named, None)
        if trigger in spec.opens and not over:
            _open(subject, spec, profile, trigger, happened_on)
    work_out(subject)


def _rule(subject: Timed, name: str, profile: Profile) -> Length | None:
    """How long a deadline is here; None for one that no profile knows."""
    if name in LENGTHS:
        return LENGTHS[name](subject)
    timer = profiles.timer_of(profile, name)
    return timer.of(bool(subject.case.urgent)) if timer else None


def _open(
    subject: Timed, spec: DeadlineSpec, profile: Profile, trigger: str, happened_on: date | None
) -> None:
    rule = _rule(subject, spec.name, profile)
    if rule is None:
        return
    organisation_id, urgent = subject.case.commissioner_id, bool(subject.case.urgent)
    started_at = _moment_on(happened_on)
    started_on = clock.day_of(started_at)
    # What comes back, reopened, counts from the day on which it came back.
    if spec.counts_from == "receipt" and subject.received_at and not _opened_before(subject.stream, spec.name):
        started_at = subject.received_at
        days_off = working_days.days_off(organisation_id)
        started_on = counting.day_zero(started_at, cut_off=profile.receipt.cut_off, days_off=days_off)
    row = Deadline(
        stream=subject.stream,
        organisation_id=organisation_id,
        name=spec.name,
        label=spec.label,
        whose=spec.whose,
        urgent=urgent,
        opened_by=trigger,
        started_at=started_at,
        started_on=started_on,
        length=rule.length,
        unit=rule.unit.value,
        source=rule.source,
        stops_for=list(spec.pauses),
    )
    db.session.add(row)


def _opened_before(stream: str, name: str) -> bool:
    query = select(Deadline.id).where(Deadline.stream == stream, Deadline.name == name)
    return db.session.scalar(query.limit(1)) is not None


def _moment_on(day: date | None) -> datetime:
    """Now; for another day, whose hour nobody knows, its beginning: something happened earlier, or counts from a letter that
    leaves later."""
    return clock.now() if day is None or day == clock.today() else clock.end_of(day - timedelta(days=1))


def _end(found: Sequence[Deadline], trigger: str | None, happened_on: date | None = None) -> None:
    """Met by a step; cancelled where what it waited for will not come."""
    for one in found:
        one.look_at = None
        if trigger is None:
            one.cancelled_at = clock.now()
        else:
            one.met_at, one.met_by = min(_moment_on(happened_on), clock.now()), trigger


def _pause_and_resume(
    subject: Timed, specs: Sequence[DeadlineSpec], trigger: str, because: str, by_id: int | None, *, ended: bool
) -> None:
    """Begin a pause for a step that asks what cannot be done without; end the oldest one of each kind that this step
    answers, and every one when the request ends: one that comes back does not stand still for what was asked before."""
    openers = {opener for spec in specs for opener in spec.pauses}
    if trigger in openers and QUESTIONS[trigger](subject):
        row = Pause(stream=subject.stream, opened_by=trigger, because=because, by_id=by_id, since_at=clock.now())
        db.session.add(row)
    answered: set[str] = set()
    for pause in pauses(subject.stream):
        closers = {c for spec in specs for c in spec.pauses.get(pause.opened_by, [])}
        is_answered = trigger in closers and pause.opened_by not in answered
        if pause.until_at is None and (ended or is_answered):
            pause.until_at = clock.now()
            answered.add(pause.opened_by)


def work_out(subject: Timed) -> None:
    """Set the due day of every open deadline, and leave the nearest one of the office on the subject for its lists."""
    db.session.flush()
    found = open_deadlines(subject.stream)
    stopped, more = pauses(subject.stream), extensions([one.id for one in found])
    nearest: date | None = None
    for one in found:
        _work_out(one, stopped, more.get(one.id, []))
        if one.whose == "office" and one.due_on and (nearest is None or one.due_on < nearest):
            nearest = one.due_on
    profile = subject.profile
    if profile is not None:
        reminding.look_again(found, profile)
    subject.due_on = nearest


def _work_out(one: Deadline, stopped: Sequence[Pause], more: Sequence[Extension]) -> None:
    """A deadline whose clock stands still has no last day until it runs again."""
    stops = stops_of(one, stopped)
    found = counted(one, stops, more, as_of=clock.now())
    one.due_on, one.due_at = (None, None) if stands_still(found, stops) else (found.due_on, found.due_at)


def stands_still(found: counting.Count, stops: Sequence[counting.Stop]) -> bool:
    """Whether a stop that goes on holds a count. One that began after the last day was over no longer moves it."""
    return any(stop.until_at is None and stop.since_at < found.due_at for stop in stops)


def counted(
    one: Deadline, stops: Sequence[counting.Stop], more: Sequence[Extension], *, as_of: datetime
) -> counting.Count:
    """Count a deadline as it stands: its rule, then its extensions. One that has ended counts by the table of days off as
    it was then."""
    stretches: list[Length] = [one.rule, *(extension.stretch for extension in more)]
    days_off = working_days.days_off(one.organisation_id, known_at=one.ended_at)
    return counting.reckon(one.started_at, one.started_on, stretches, days_off=days_off, stops=stops, as_of=as_of)


def stops_of(one: Deadline, stopped: Sequence[Pause]) -> list[Pause]:
    """The pauses of its stream that hold this deadline."""
    return [pause for pause in stopped if pause.opened_by in one.stops_for]


def urgency_changed(subject: Timed) -> None:
    """Hold every open deadline of the office to the length for the urgency that the request has now, counted from the same
    start. What somebody else was given time for stays as he or she was told."""
    profile, urgent = subject.profile, bool(subject.case.urgent)
    for one in open_deadlines(subject.stream):
        if one.whose != "office":
            continue
        timer: Timer | None = profile.days.get(one.name) if profile and one.name not in LENGTHS else None
        if timer is not None and one.urgent != urgent:
            rule = timer.of(urgent)
            one.urgent, one.length, one.unit, one.source = urgent, rule.length, rule.unit.value, rule.source
    work_out(subject)


# --- reading ------------------------------------------------------------------------------------------------------------


def open_deadlines(*streams: str) -> list[Deadline]:
    query = select(Deadline).where(Deadline.stream.in_(streams), Deadline.met_at.is_(None), Deadline.cancelled_at.is_(None))
    return list(db.session.scalars(query.order_by(Deadline.id)))


def of(stream: str) -> list[Deadline]:
    """Every deadline of a stream, open ones and ended ones, in the order in which they were opened."""
    return list(db.session.scalars(select(Deadline).where(Deadline.stream == stream).order_by(Deadline.id)))


def pauses(stream: str) -> list[Pause]:
    return list(db.session.scalars(select(Pause).where(Pause.stream == stream).order_by(Pause.since_at, Pause.id)))


def is_paused(stream: str) -> bool:
    return any(p.until_at is None for p in pauses(stream))


def extensions(deadline_ids: Sequence[int]) -> dict[int, list[Extension]]:
    """The extensions of some deadlines, each in the order in which they were given."""
    found: dict[int, list[Extension]] = {}
    if deadline_ids:
        query = select(Extension).where(Extension.deadline_id.in_(deadline_ids)).order_by(Extension.id)
        for row in db.session.scalars(query):
            found.setdefault(row.deadline_id, []).append(row)
    return found
