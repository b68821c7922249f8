"""How long requests took in each step of the way, and from receipt to the decision, against the targets they are held to.

Every request that this person may see counts, and no other: for whoever has a conflict of interest in one it does not exist.
What was answered under a policy by prior approval was no individual request and is only counted apart. The rows of moves are
read once, in the order of the cases, and nothing is kept of a move but the days it ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, literal, select

from ifr import clock, deadlines, profiles
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to, received_cases
from ifr.db import db
from ifr.deadlines import Pause
from ifr.people.models import User
from ifr.profiles import Length, Profile, Unit
from ifr.reports.times.periods import Period
from ifr.reports.times.spans import Calendar, Paused, Span, Spread, share_in_words, span, spread
from ifr.reports.times.steps import WHOLE_WAY, Step, Steps, steps_of
from ifr.workflow import MoveRecord

PRIOR_APPROVAL = "prior_approval_given"
# Rows are taken from the database in portions, so that a million of them never stand in memory at once.
AT_ONCE = 5000


@dataclass
class Figures:
    """The stays that ended in the period in one step, of requests that were all urgent or all not."""

    gross: list[int] = field(default_factory=list)
    net: list[int] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    target_days: set[int] = field(default_factory=set)
    held_to_target: int = 0
    within: int = 0
    worst_key: str = ""
    worst_net: int = -1

    def add(self, key: str, gross: int, net: int) -> None:
        if net > self.worst_net:
            self.worst_key, self.worst_net = key, net
        self.gross.append(gross)
        self.net.append(net)


@dataclass(frozen=True)
class Row:
    """One line of the table: a step, or the whole way, in working days with and without those in pauses."""

    stage: str
    label: str
    urgent: bool
    target: str
    # The target as a number of working days, where there is one and it is one.
    target_days: int | None
    net: Spread
    gross: Spread
    within: str
    share: int | None
    worst_key: str


@dataclass(frozen=True)
class Month:
    """The routine requests answered in one month, from receipt to decision, in working days without those in pauses."""

    first: date
    net: Spread | None


@dataclass(frozen=True)
class Times:
    """What an office took in a period."""

    rows: list[Row]
    whole: list[Row]
    months: list[Month]
    whole_target: int | None
    prior_approvals: int

    def of(self, urgent: bool) -> list[Row]:
        return [row for row in (*self.rows, *self.whole) if row.urgent == urgent]


def times(user: User, commissioner_id: int, period: Period) -> Times:
    """What one office took, in as many queries for any number of requests."""
    counted = _counted(user, commissioner_id, period)
    pass_ = _Pass(commissioner_id, period)
    pauses = _pauses_by_case(counted)
    cases = {row.id: row for row in db.session.execute(counted)}
    for case_id, rows in groupby(_moves(counted), key=lambda row: row[0]):
        pass_.walk(cases[case_id], [(row[1], row[2]) for row in rows], pauses.get(case_id, []))
    return pass_.result()


# --- the rows --------------------------------------------------------------------------------------------------------


def stream_of_case() -> ColumnElement[str]:
    """The stream of a case as the tables of moves, pauses and deadlines name it."""
    return literal("case:").concat(cast(Case.id, String))


def _counted(user: User, commissioner_id: int, period: Period) -> Select[Any]:
    """The requests that moved within the period, as plain columns."""
    moved = select(MoveRecord.stream).where(MoveRecord.at >= period.begins_at, MoveRecord.at < period.ends_at)
    visible = cases_visible_to(user).with_only_columns(Case.id)
    columns: tuple[Any, ...] = (Case.id, Case.reference, Case.urgent, Case.received_at, Case.profile_id, Case.workflow_id)
    counted = received_cases(commissioner_id, date.min).where(Case.id.in_(visible), stream_of_case().in_(moved))
    return counted.with_only_columns(*columns)


def _moves(counted: Select[Any]) -> Iterator[Any]:
    """The moves that led from one state into another, of one case after the other."""
    query = (
        counted.join(MoveRecord, MoveRecord.stream == stream_of_case())
        .where(MoveRecord.source != MoveRecord.dest)
        .with_only_columns(Case.id, MoveRecord.dest, MoveRecord.at)
        .order_by(Case.id, MoveRecord.id)
    )
    return iter(db.session.execute(query.execution_options(yield_per=AT_ONCE)))


def _pauses_by_case(counted: Select[Any]) -> dict[int, list[Paused]]:
    query = (
        counted.join(Pause, Pause.stream == stream_of_case())
        .with_only_columns(Case.id, Pause.since_at, Pause.until_at, Pause.opened_by)
        .order_by(Case.id, Pause.since_at, Pause.id)
    )
    found: dict[int, list[Paused]] = {}
    for case_id, since_at, until_at, opened_by in db.session.execute(query):
        found.setdefault(case_id, []).append(Paused(since_at, until_at, opened_by))
    return found


# --- the pass --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Target:
    """The rule for one step, in words, and as a number where it is one of working days."""

    rule: Length
    words: str
    days: int | None

    @classmethod
    def of(cls, rule: Length) -> "_Target":
        return cls(rule, str(rule), rule.length if rule.unit is Unit.WORKING_DAYS else None)


class _Pass:
    """One pass over the moves of an office: what ended in the period is added to its step."""

    def __init__(self, commissioner_id: int, period: Period) -> None:
        self._period = period
        self._begins_at, self._ends_at = period.begins_at, period.ends_at
        self._days_off = deadlines.days_off(commissioner_id)
        self._calendar = Calendar(self._days_off, date(2000, 1, 1), clock.today())
        self._steps: dict[int, Steps] = {}
        self._profiles: dict[int, Profile] = {}
        self._targets: dict[tuple[int, str, bool], _Target | None] = {}
        self._figures: dict[tuple[Step, bool], Figures] = {}
        self._whole: dict[bool, Figures] = {}
        self._months: dict[tuple[int, int], list[int]] = {}
        self._prior_approvals = 0

    def walk(self, case: Any, rows: list[tuple[str, datetime]], pauses: list[Paused]) -> None:
        """Add one case, given the states that it came into and when, oldest first."""
        steps = self._steps_of(case.workflow_id)
        if _is_prior_approval(steps, rows):
            self._prior_approvals += any(dest == PRIOR_APPROVAL and self._counts(at) for dest, at in rows)
            return
        here: Step | None = None
        since = case.received_at
        for dest, at in rows:
            step = steps.by_state.get(dest)
            if step == here:
                continue
            if here is not None and self._counts(at):
                self._leave(case, here, since, at, pauses)
            here, since = step, at
        answered = next((at for dest, at in rows if dest in steps.answers), None)
        if answered is not None and self._counts(answered):
            self._answer(case, steps, answered, pauses)

    def _counts(self, at: datetime) -> bool:
        return self._begins_at <= at < self._ends_at

    def _leave(self, case: Any, step: Step, since: datetime, at: datetime, pauses: list[Paused]) -> None:
        zero = self._day_of_receipt(case) if step.from_receipt else None
        took = span(since, at, _that_hold(pauses, step.pauses), day_zero=zero)
        figures = self._figures.setdefault((step, case.urgent), Figures())
        net = took.net(self._calendar)
        figures.add(case.reference, took.gross(self._calendar), net)
        self._hold_to_target(figures, case, step.deadline, took, net)

    def _answer(self, case: Any, steps: Steps, at: datetime, pauses: list[Paused]) -> None:
        took = span(
            case.received_at, at, _that_hold(pauses, steps.whole_way_pauses), day_zero=self._day_of_receipt(case)
        )
        net = took.net(self._calendar)
        figures = self._whole.setdefault(case.urgent, Figures())
        figures.add(case.reference, took.gross(self._calendar), net)
        self._hold_to_target(figures, case, WHOLE_WAY, took, net)
        if not case.urgent:
            on = clock.day_of(at)
            self._months.setdefault((on.year, on.month), []).append(net)

    def _hold_to_target(self, figures: Figures, case: Any, name: str | None, took: Span, net: int) -> None:
        target = self._target(case.profile_id, name or "", case.urgent)
        if target is None:
            return
        figures.targets.add(target.words)
        if target.days is not None:
            figures.target_days.add(target.days)
        figures.held_to_target += 1
        figures.within += took.is_within(target.rule, net)

    def _target(self, profile_id: int, name: str, urgent: bool) -> "_Target | None":
        """The rule that requests under a profile are held to; read once, since every stay asks for it."""
        key = (profile_id, name, urgent)
        if key not in self._targets:
            timer = self._profile(profile_id).days.get(name)
            self._targets[key] = _Target.of(timer.of(urgent)) if timer else None
        return self._targets[key]

    def _day_of_receipt(self, case: Any) -> date:
        cut_off = self._profile(case.profile_id).receipt.cut_off
        return deadlines.day_zero(case.received_at, cut_off=cut_off, days_off=self._days_off)

    def _steps_of(self, workflow_id: int) -> Steps:
        if workflow_id not in self._steps:
            self._steps[workflow_id] = steps_of(profiles.by_id(workflow_id))
        return self._steps[workflow_id]

    def _profile(self, profile_id: int) -> Profile:
        if profile_id not in self._profiles:
            self._profiles[profile_id] = profiles.by_id(profile_id)
        return self._profiles[profile_id]

    # --- what came of it ---

    def result(self) -> Times:
        place = {step.key: number for steps in self._steps.values() for number, step in enumerate(steps.order)}
        # Versions of one machine may name a step alike; each is shown in the words of its own version.
        found = sorted(self._figures.items(), key=lambda one: (one[0][1], place[one[0][0].key]))
        labels = {step: steps.stage_label(step.stage) for steps in self._steps.values() for step in steps.order}
        return Times(
            rows=[_row(labels[step], step.label, urgent, figures) for (step, urgent), figures in found],
            whole=[_row("", "From receipt to decision", urgent, one) for urgent, one in sorted(self._whole.items())],
            months=[Month(date(*month, 1), spread(self._months.get(month, []))) for month in self._period.months],
            whole_target=_only(self._whole[False].target_days) if False in self._whole else None,
            prior_approvals=self._prior_approvals,
        )


def _is_prior_approval(steps: Steps, rows: Iterable[tuple[str, datetime]]) -> bool:
    """Whether the last that was done with it, apart from closing it, was to approve it under the policy."""
    last = ""
    for dest, _ in rows:
        if dest in steps.by_state or dest in steps.answers:
            last = dest
    return last == PRIOR_APPROVAL


def _that_hold(pauses: Iterable[Paused], openers: frozenset[str]) -> list[Paused]:
    return [one for one in pauses if one.opened_by in openers]


def _only(found: set[int]) -> int | None:
    return next(iter(found)) if len(found) == 1 else None


def _row(stage: str, label: str, urgent: bool, figures: Figures) -> Row:
    net, gross = spread(figures.net), spread(figures.gross)
    assert net is not None and gross is not None  # a row is made by the first stay in it
    held = figures.held_to_target
    return Row(
        stage=stage,
        label=label,
        urgent=urgent,
        target=" or ".join(sorted(figures.targets)),
        target_days=_only(figures.target_days),
        net=net,
        gross=gross,
        within=share_in_words(figures.within, held) if held else "",
        share=figures.within * 100 // held if held else None,
        worst_key=figures.worst_key,
    )
