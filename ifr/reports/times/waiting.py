"""What waits longest, how long everything open waits, and who is slow to answer the office's questions.

Each list starts from what the person who asks may see; who is slow is said of providers and specialties, never of people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from ifr import clock, profiles
from ifr.cases.information import GAPS, INFORMATION
from ifr.cases.models import Case, InformationRequest
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.deadlines import Figures, Pause
from ifr.deadlines.counting import figures
from ifr.people import services as people
from ifr.people.models import Organisation, User
from ifr.profiles import Profile, Workflow
from ifr.reports.times.measuring import AT_ONCE, PRIOR_APPROVAL, stream_of_case
from ifr.reports.times.periods import Period
from ifr.reports.times.spans import Spread, band_of, share_in_words, spread
from ifr.reports.times.steps import Steps, steps_of
from ifr.workflow import MoveRecord

OLDEST = 20
# From fewer requests no figure is worked out: it would be that of one team, or of one person.
FEWEST = 5
OFFICE, CLINICIAN, OTHERS = "office", "clinician", "others"
WHOSE = {OFFICE: "The office", CLINICIAN: "The clinician", OTHERS: "Somebody else"}
# The first days of the bands after the first one, in days since receipt.
BANDS = (15, 29, 57, 85, 183, 366)


@dataclass(frozen=True)
class Oldest:
    """An open request, where it is, whose turn it is and since when, with its three figures in calendar days."""

    key: str
    treatment: str
    urgent: bool
    status: str
    stage: str
    whose: str
    since: date
    allocated_to: str
    days: Figures


@dataclass(frozen=True)
class Band:
    """How many open requests have waited so many days since their receipt, and of how many the clock stands still."""

    label: str
    running: int
    paused: int

    @property
    def number(self) -> int:
        return self.running + self.paused


@dataclass(frozen=True)
class Answers:
    """How long the clinicians of one provider or specialty took to answer requests for information, in calendar days.

    Where fewer than five were asked or answered neither their number nor any figure is said.
    """

    name: str
    asked: int
    answered: int
    days: Spread | None

    @property
    def answered_in_words(self) -> str:
        if self.asked < FEWEST:
            return f"Fewer than {FEWEST} asked"
        return share_in_words(self.answered, self.asked) if self.answered >= FEWEST else f"Fewer than {FEWEST} of {self.asked}"


def whose_turn(steps: Steps, state: str, *, paused: bool) -> str:
    """Whose turn it is in a state: a clock that stands still waits for the clinician."""
    if paused:
        return CLINICIAN
    step = steps.by_state.get(state)
    whose = step.whose if step else OFFICE
    return whose if whose in (OFFICE, CLINICIAN) else OTHERS


def side_of(whose: str) -> str:
    """Whose turn a deadline is, as lists tell it apart."""
    return whose if whose in (OFFICE, CLINICIAN) else OTHERS


def _open_cases(user: User, commissioner_id: int) -> Select[Any]:
    return cases_visible_to(user).where(
        Case.commissioner_id == commissioner_id, Case.is_open, Case.received_at.is_not(None), Case.reference.is_not(None)
    )


# --- the oldest ------------------------------------------------------------------------------------------------------


def oldest(user: User, commissioner_id: int) -> list[Oldest]:
    """The open requests that were received longest ago."""
    query = _open_cases(user, commissioner_id).order_by(Case.received_at, Case.id).limit(OLDEST)
    found = list(db.session.scalars(query))
    streams = [one.stream for one in found]
    pauses = _pauses(streams)
    came = _came_into_state(streams)
    names = people.people_named(one.allocated_to_id for one in found)
    return [_oldest(one, pauses.get(one.stream, []), came.get(one.stream), names) for one in found]


def _oldest(case: Case, pauses: Sequence[Pause], came_at: datetime | None, names: dict[int, str]) -> Oldest:
    machine, profile = _machine(case.workflow_id), case.profile
    open_pause = next((one for one in pauses if one.until_at is None), None)
    whose = whose_turn(steps_of(machine), case.state, paused=open_pause is not None)
    assert case.received_at is not None and case.received_on is not None
    since = open_pause.since_at if open_pause else came_at or case.received_at
    return Oldest(
        key=case.key,
        treatment=case.treatment or "Treatment not named yet",
        urgent=case.urgent,
        status=_label(case.state, machine, profile),
        stage=next(one.label for one in machine.stages if one.key == machine.states[case.state].stage),
        whose=WHOSE[whose],
        since=clock.day_of(since),
        allocated_to=names.get(case.allocated_to_id or 0, ""),
        days=figures(case.received_on, clock.now(), pauses),
    )


def _pauses(streams: Sequence[str]) -> dict[str, list[Pause]]:
    query = select(Pause).where(Pause.stream.in_(streams)).order_by(Pause.since_at, Pause.id)
    found: dict[str, list[Pause]] = {}
    for row in db.session.scalars(query):
        found.setdefault(row.stream, []).append(row)
    return found


def _came_into_state(streams: Sequence[str]) -> dict[str, datetime]:
    """When each came into the state in which it is."""
    query = (
        select(MoveRecord.stream, func.max(MoveRecord.at))
        .where(MoveRecord.stream.in_(streams), MoveRecord.source != MoveRecord.dest)
        .group_by(MoveRecord.stream)
    )
    return {stream: at for stream, at in db.session.execute(query)}


def _label(state: str, machine: Workflow, profile: Profile) -> str:
    labels = profile.labels.get(state) or machine.states[state].label
    return labels.staff


def _machine(definition_id: int) -> Workflow:
    found: Workflow = profiles.by_id(definition_id)
    return found


# --- how long everything open waits ----------------------------------------------------------------------------------


def bands(user: User, commissioner_id: int) -> list[Band]:
    """How long the open requests have waited since their receipt."""
    held = select(Pause.stream).where(Pause.until_at.is_(None))
    query = _open_cases(user, commissioner_id).with_only_columns(Case.received_at, stream_of_case().in_(held))
    numbers = [[0, 0] for _ in range(len(BANDS) + 1)]
    today = clock.today()
    rows: Any = db.session.execute(query.execution_options(yield_per=AT_ONCE))
    for received_at, paused in rows:
        numbers[band_of((today - clock.day_of(received_at)).days, BANDS)][bool(paused)] += 1
    return [Band(label, *pair) for label, pair in zip(_band_labels(), numbers, strict=True)]


def _band_labels() -> list[str]:
    firsts = (0, *BANDS)
    closed = [f"{first}–{after - 1}" for first, after in zip(firsts, BANDS, strict=False)]
    return [*closed, f"{BANDS[-1]} or more"]


# --- who is slow to answer -------------------------------------------------------------------------------------------


def slowest_by_provider(user: User, commissioner_id: int, period: Period) -> list[Answers]:
    """Each provider whose clinicians were asked something in the period, the slowest first."""
    query = _asked(user, commissioner_id, period).join(Organisation, Organisation.id == Case.provider_id)
    return _slowest(query, Organisation.name)


def slowest_by_specialty(user: User, commissioner_id: int, period: Period) -> list[Answers]:
    """Each specialty whose clinicians were asked something in the period, the slowest first."""
    return _slowest(_asked(user, commissioner_id, period), Case.specialty)


def _asked(user: User, commissioner_id: int, period: Period) -> Select[Any]:
    """What the office asked in the period, apart from what a form was sent without; prior approvals are another matter."""
    approved = aliased(MoveRecord)
    under_policy = select(approved.id).where(approved.stream == stream_of_case(), approved.dest == PRIOR_APPROVAL)
    return (
        cases_visible_to(user)
        .join(InformationRequest, InformationRequest.case_id == Case.id)
        .where(
            Case.commissioner_id == commissioner_id,
            InformationRequest.kind.in_((GAPS, INFORMATION)),
            InformationRequest.asked_at >= period.begins_at,
            InformationRequest.asked_at < period.ends_at,
            ~under_policy.exists(),
        )
    )


def _slowest(asked: Select[Any], name: Any) -> list[Answers]:
    query = asked.outerjoin(MoveRecord, _answered_by()).with_only_columns(name, InformationRequest.asked_at, MoveRecord.at)
    days: dict[str, list[int]] = {}
    number: dict[str, int] = {}
    rows: list[Any] = list(db.session.execute(query))
    for whose, asked_at, answered_at in rows:
        number[whose] = number.get(whose, 0) + 1
        if answered_at is not None:
            days.setdefault(whose, []).append((clock.day_of(answered_at) - clock.day_of(asked_at)).days)
    found = [_answers(whose, asked_for, days.get(whose, [])) for whose, asked_for in number.items()]
    return sorted(found, key=_slowest_first)


def _answered_by() -> ColumnElement[bool]:
    """The move that closed a request for information, where it was an answer and no other end of it."""
    machine = _machine(profiles.latest("workflow", "ifr").id)
    answers = [trigger for spec in machine.deadlines if spec.name == "information" for trigger in spec.meets]
    return and_(
        MoveRecord.stream == stream_of_case(),
        MoveRecord.at == InformationRequest.closed_at,
        MoveRecord.trigger.in_(answers),
    )


def _answers(name: str, asked: int, days: Sequence[int]) -> Answers:
    figures_shown = asked >= FEWEST and len(days) >= FEWEST
    return Answers(name or "Not given", asked, len(days), spread(days) if figures_shown else None)


def _slowest_first(row: Answers) -> tuple[bool, int, str]:
    return (row.days is None, -(row.days.median if row.days else 0), row.name)


def largest(rows: Iterable[Band]) -> Band | None:
    """The band in which most requests are; None where there is none."""
    return max((row for row in rows if row.number), key=lambda row: row.number, default=None)
