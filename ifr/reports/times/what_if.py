"""What would become of the dates of a request if the answer came, or the present step were finished, on some day.

Nothing is changed and nothing is promised: the count of the ledger is made again as if the pause had ended on that day,
and the meetings are those that are planned, with the quorum that is foreseen now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from ifr import clock, deadlines
from ifr.cases import information
from ifr.cases.models import Case
from ifr.db import db
from ifr.deadlines import Count, Deadline, Pause, following
from ifr.pages import day
from ifr.panels import quorum
from ifr.panels.models import Meeting
from ifr.panels.services import serves
from ifr.panels.sitting import meeting_of, open_item_of, seats_of, sitters_of
from ifr.profiles import Length, Unit
from ifr.reports.times.spans import Paused
from ifr.reports.times.steps import WHOLE_WAY, Step, Steps, steps_of
from ifr.workflow import Invalid, definition_of

PAPERS, LETTER = "papers", "letter"
# Beyond this many days nobody plans, and no table of holidays reaches.
FURTHEST = 730
NOON = time(12)


@dataclass(frozen=True)
class Line:
    """One step of the reckoning: what happens, on which day (none where it cannot be said), and by which rule."""

    what: str
    on: date | None
    rule: str
    source: str = ""


@dataclass(frozen=True)
class Way:
    """One way in which it may go, step by step, to the day of the letter."""

    name: str
    begins: str
    lines: list[Line]
    due_on: date | None
    # The first day on which a meeting could take it.
    earliest_on: date
    decided_on: date | None
    letter_on: date | None

    @property
    def days_late(self) -> int | None:
        """By how many days the decision would be late (none or less: in time); None where a day is not known."""
        if self.due_on is None or self.decided_on is None:
            return None
        return (self.decided_on - self.due_on).days

    @property
    def verdict(self) -> str:
        if self.decided_on is None:
            return self._without_meeting
        if self.days_late is None:
            return "Cannot be said: no deadline for the decision is running"
        if self.days_late <= 0:
            return "In time"
        return f"Late by {self.days_late} {'day' if self.days_late == 1 else 'days'}"

    @property
    def _without_meeting(self) -> str:
        if self.due_on is None or self.earliest_on <= self.due_on:
            until = f" to {day(self.due_on)}" if self.due_on else ""
            return f"No meeting that is planned can take it. Plan one from {day(self.earliest_on)}{until}."
        return f"Late: no meeting can take it before {day(self.earliest_on)}."


@dataclass(frozen=True)
class WhatIf:
    """The three ways, for a day that somebody assumed."""

    assumed_on: date
    # What is assumed to happen on that day, in words.
    begins: str
    ways: list[Way]


def is_under_way(case: Case) -> bool:
    """Whether the decision is still to come, so that there is something to reckon."""
    steps = steps_of(definition_of(case))
    return case.state in steps.by_state and case.state not in steps.answers


def usual_day(case: Case) -> date:
    """The day that is assumed where nobody says one: that by which the answer is due, else the end of the present step."""
    request = information.open_request(case)
    found = request.reply_by_on if request is not None and _open_pause(deadlines.pauses(case.stream)) else None
    if found is None:
        steps = steps_of(definition_of(case))
        step = steps.by_state.get(case.state)
        # What has come to the panel waits for a meeting and for nothing else.
        name = step.deadline if step and step.stage != _meeting_step(steps).stage else None
        running = [one for one in deadlines.open_deadlines(case.stream) if one.name == name]
        found = running[0].due_on if running else None
    return found if found and found >= clock.today() else clock.today()


def what_if(case: Case, assumed_on: date) -> WhatIf:
    """Reckon from a day. Raises Invalid for one in the past, or further ahead than anybody plans."""
    today = clock.today()
    if assumed_on < today:
        raise Invalid({"on": "The day must be today or later: what has happened stands in the deadlines of the request."})
    if assumed_on > today + timedelta(days=FURTHEST):
        raise Invalid({"on": f"The day must be no later than {day(today + timedelta(days=FURTHEST))}."})
    reckoning = _Reckoning(case)
    begins = reckoning.begins
    said = begins[:1].upper() + begins[1:]
    ways = [
        reckoning.way("Best case", today, f"{said} today and every step is done at once.", at_once=True),
        reckoning.way("As assumed", assumed_on, f"{said} on {day(assumed_on)} and every step is done at once.", at_once=True),
        reckoning.way(
            "Worst case", assumed_on, f"{said} on {day(assumed_on)} and every step takes its whole target.", at_once=False
        ),
    ]
    return WhatIf(assumed_on, begins, ways)


def _meeting_step(steps: Steps) -> Step:
    """The step in which a request is brought before the panel: the last of those before the stage of the decision."""
    decided = next(one for one in steps.order if one.begins_in in steps.answers)
    stages = [one.stage for one in steps.order]
    return [one for one in steps.order if stages.index(one.stage) < stages.index(decided.stage)][-1]


def _open_pause(pauses: Sequence[Pause]) -> Pause | None:
    return next((one for one in pauses if one.until_at is None), None)


class _Reckoning:
    """What the three ways have in common: the deadlines and pauses of the case, its steps ahead, and the meetings planned."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._profile = case.profile
        self._steps: Steps = steps_of(definition_of(case))
        self.here = self._steps.by_state.get(case.state)
        self._open = {one.name: one for one in deadlines.open_deadlines(case.stream)}
        self._extensions = deadlines.extensions([one.id for one in self._open.values()])
        self._pauses = deadlines.pauses(case.stream)
        self.is_paused = _open_pause(self._pauses) is not None
        self._days_off = deadlines.days_off(case.commissioner_id)
        self._quorate = _foreseen(case)

    @property
    def begins(self) -> str:
        """What is assumed to happen on the day that is named."""
        if self.is_paused:
            return "the answer arrives"
        if self.here is None or self.here.stage == self._stage_of_meeting:
            return "the request is ready to be heard"
        return f"the present step (“{self.here.label}”) ends"

    def way(self, name: str, begin: date, words: str, *, at_once: bool) -> Way:
        first = self.begins[:1].upper() + self.begins[1:] + (" and the clock runs again" if self.is_paused else "")
        lines = [Line(first, begin, "Today." if name == "Best case" else "The day that is assumed.")]
        due = self._due(begin, lines)
        ready = self._ready(begin, at_once, lines)
        earliest, decided = self._decided(ready, lines)
        letter = self._letter(decided, at_once, lines)
        return Way(name, words, lines, due, earliest, decided, letter)

    # --- the decision's last day ---

    def _due(self, begin: date, lines: list[Line]) -> date | None:
        found = self._open.get(WHOLE_WAY)
        if found is None:
            lines.append(Line("Last day for the decision", None, "No deadline for the decision is running."))
            return None
        count = self._counted(found, begin)
        rule = f"{found.rule} from {day(found.started_on)}"
        more = len(self._extensions.get(found.id, []))
        rule += self._less(found, count)
        rule += f", with {more} {'extension' if more == 1 else 'extensions'}" if more else ""
        lines.append(Line("Last day for the decision", count.due_on, f"{rule}.", found.source))
        return count.due_on

    def _less(self, found: Deadline, count: Count) -> str:
        """How many pauses hold a deadline, and how many days they take of it, in its own unit."""
        held = len([
            one for one in self._pauses
            if one.opened_by in found.stops_for and (one.until_at is None or one.until_at > found.started_at)
        ])  # fmt: skip
        if not held:
            return ""
        pauses = ", less 1 pause" if held == 1 else f", less {held} pauses"
        if found.unit == Unit.HOURS:
            return pauses
        in_working_days = found.unit == Unit.WORKING_DAYS
        taken = [one.on for one in count.days if one.kind == deadlines.PAUSED]
        number = len([on for on in taken if not in_working_days or deadlines.is_working(on, self._days_off)])
        unit = f"{'working ' if in_working_days else ''}{'day' if number == 1 else 'days'}"
        return f"{pauses}{' of' if held == 1 else ', together'} {number} {unit}"

    def _counted(self, found: Deadline, begin: date) -> Count:
        """The count of a deadline if what holds it now ended on a day: the count of the ledger, made again."""
        ended = max(datetime.combine(begin, NOON, clock.LONDON), clock.now())
        stops = [
            Paused(one.since_at, one.until_at or ended, one.opened_by)
            for one in self._pauses
            if one.opened_by in found.stops_for
        ]
        return following.counted(found, stops, self._extensions.get(found.id, []), as_of=ended)

    # --- the steps before the meeting ---

    def _ready(self, begin: date, at_once: bool, lines: list[Line]) -> date:
        """The day on which it is ready for a panel."""
        on = begin
        if at_once:
            if self._ahead():
                labels = ", ".join(_lower(one.label) for one in self._ahead())
                lines.append(Line(f"Done at once: {labels}", on, "Each step on the day on which the one before it ends."))
            return on
        for step in self._ahead():
            on = self._step_ends(step, on, begin, lines)
        return on

    def _step_ends(self, step: Step, on: date, begin: date, lines: list[Line]) -> date:
        """The last day of a step; of the present one, that of its own deadline where the clock runs again."""
        running = self._open.get(step.deadline or "")
        if step == self.here and running is not None:
            due_on = self._counted(running, begin).due_on
            lines.append(Line(step.label, max(due_on, on), f"{running.rule} from {day(running.started_on)}.", running.source))
            return max(due_on, on)
        rule = self._length(step.deadline)
        if rule is None:
            lines.append(Line(step.label, on, "The profile sets no time for it."))
            return on
        due_on = deadlines.last_day(on, rule, self._case.commissioner_id)
        lines.append(Line(step.label, due_on, f"{rule} from {day(on)}.", rule.source))
        return due_on

    def _length(self, name: str | None) -> Length | None:
        timer = self._profile.days.get(name or "")
        return timer.of(self._case.urgent) if timer else None

    def _ahead(self) -> list[Step]:
        """The steps of this commissioner that are left before the meeting; the present one is over on the assumed day,
        unless that is only the day of an answer."""
        if self.here is None:
            return []
        order = [
            one for one in self._steps.order
            if one.stage != self._stage_of_meeting and one.whose != "other_body" and one.begins_in not in self._profile.skips
        ]  # fmt: skip
        place = self._steps.order.index
        before = [one for one in order if place(one) < place(_meeting_step(self._steps))]
        # What another body gives back is checked again.
        again = self.here.stage if self.here.whose == "other_body" else ""
        return [
            one for one in before
            if place(one) > place(self.here) or one.stage == again or (one == self.here and self.is_paused)
        ]  # fmt: skip

    @property
    def _stage_of_meeting(self) -> str:
        return _meeting_step(self._steps).stage

    # --- the meeting and the letter ---

    def _decided(self, ready: date, lines: list[Line]) -> tuple[date, date | None]:
        """The first day on which a meeting could take it, and the day of the first meeting planned that can."""
        place = self._steps.order.index
        if self.here is not None and place(self.here) > place(_meeting_step(self._steps)):
            lines.append(Line("The decision", ready, "It has been before the panel; its record is to be finished."))
            return ready, ready
        earliest, papers = self._earliest(ready)
        lines.append(papers)
        listed = meeting_of(open_item_of(self._case))
        for meeting, quorate in self._quorate:
            is_listed = listed is not None and listed.id == meeting.id
            # Its papers are with the members of the meeting at which it is listed; no other that has begun takes it.
            if meeting.held_on < (ready if is_listed else earliest) or not (meeting.is_ahead or is_listed):
                continue
            rule = quorate.words + (" It is listed there." if is_listed else "")
            if quorate.reached:
                lines.append(Line("Meeting that can take it", meeting.held_on, rule, quorate.source))
                return earliest, meeting.held_on
            lines.append(Line("Meeting without a quorum for it", meeting.held_on, rule, quorate.source))
        lines.append(Line("Meeting that can take it", None, f"None with a quorum is planned from {day(earliest)} on."))
        return earliest, None

    def _earliest(self, ready: date) -> tuple[date, Line]:
        """The first day on which a meeting can take it: papers go out so long before, where the profile says so."""
        rule = self._length(PAPERS)
        if rule is None:
            return ready, Line("Ready for a meeting", ready, "The profile sets no time for papers to be with the members.")
        earliest = deadlines.last_day(ready, rule, self._case.commissioner_id)
        return earliest, Line("Ready for a meeting", earliest, f"Papers are with the members {rule} before it.", rule.source)

    def _letter(self, decided: date | None, at_once: bool, lines: list[Line]) -> date | None:
        if decided is None:
            lines.append(Line("Letter", None, "It follows the decision."))
            return None
        rule = self._length(LETTER)
        if at_once or rule is None:
            lines.append(Line("Letter", decided, "On the day of the decision."))
            return decided
        due_on = deadlines.last_day(decided, rule, self._case.commissioner_id)
        lines.append(Line("Letter", due_on, f"{rule} from {day(decided)}.", rule.source))
        return due_on


def _foreseen(case: Case) -> list[tuple[Meeting, quorum.Quorate]]:
    """The meetings ahead with the quorum for this request, if those who have not said so have no interest in it."""
    query = select(Meeting).where(
        serves(case.commissioner_id), Meeting.closed_at.is_(None), Meeting.held_on >= clock.today()
    )
    found = []
    for meeting in db.session.scalars(query.order_by(Meeting.held_on, Meeting.id)):
        seats = seats_of(meeting.id)
        expected = {seat.user_id for seat in seats if (seat.is_present if meeting.is_open else seat.is_expected)}
        sitters = [replace(one, present=one.user_id in expected, declared=True) for one in sitters_of(case, seats)]
        found.append((meeting, quorum.for_panel(sitters, case.profile.panel)))
    return found


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


__all__: Any = ["WhatIf", "Way", "is_under_way", "usual_day", "what_if"]
