"""The ledger of a request: every date with its rule, its days and what stopped or extended it, and the three figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from ifr import clock, deadlines, letters, workflow
from ifr.cases import information
from ifr.cases.models import Case, InformationRequest
from ifr.cases.services import Due, due_in_words, is_undisclosed
from ifr.cases.timing import words
from ifr.db import db
from ifr.deadlines import BANK_HOLIDAY, DayOff, Deadline, Explained, Figures, Pause
from ifr.pages import day, moment
from ifr.people import services as people
from ifr.profiles import Workflow
from ifr.workflow import MoveRecord, NotVisible

OPEN, PAUSED, LATE, MET, CANCELLED = "open", "paused", "late", "met", "cancelled"


@dataclass(frozen=True)
class Line:
    """One day of the way from day 0 to the last day."""

    on: date
    number: int | None
    kind: str
    words: str
    # Which extension it belongs to; 0 for the rule itself.
    extension: int
    hours: float | None


@dataclass(frozen=True)
class Stop:
    """A pause: since when, until when, what was asked and by whom."""

    since_at: datetime
    until_at: datetime | None
    because: str
    by: str
    questions: list[str]


@dataclass(frozen=True)
class More:
    """More time that was given. The reason and the person stay in the office."""

    length: str
    source: str
    at: datetime
    by: str
    agreed_with: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """One date, with everything that makes it what it is."""

    deadline: Deadline
    label: str
    whose: str
    state: str
    due: Due
    for_urgent: bool
    how_counted: str
    day_zero: str
    began: str
    ended: str
    due_on: date | None
    earliest_on: date | None
    lines: list[Line]
    stops: list[Stop]
    more: list[More]

    @property
    def rule(self) -> str:
        return str(self.deadline.rule)

    @property
    def is_late(self) -> bool:
        return self.deadline.is_late

    @property
    def last_moment(self) -> datetime | None:
        """The moment at which it is late, where it is counted in hours."""
        return self.deadline.due_at if self.deadline.unit == "hours" else None

    @property
    def paused_since(self) -> datetime | None:
        return next((one.since_at for one in self.stops if one.until_at is None), None)

    @property
    def counted(self) -> int:
        return sum(line.number is not None for line in self.lines)


# --- reading ------------------------------------------------------------------------------------------------------------


def ledger(case: Case, *, office: bool) -> list[Entry]:
    """Every date of a request, open ones first, the nearest first of these.

    The office sees those of its appeals and reconsiderations too. For the clinician they are in the clinician's words, and
    what has not been told is left out: from the confirmation of a decision on all endings look alike.
    """
    return entries(case, dates_of(case, office=office), office=office)


def dates_of(case: Case, *, office: bool) -> list[Deadline]:
    if office:
        return [one for stream in letters.streams_of(case) for one in deadlines.of(stream)]
    if is_undisclosed(case):
        return []
    return [one for one in deadlines.of(case.stream) if one.name in words.FOR_CLINICIAN]


def date_of(case: Case, deadline_id: int) -> Deadline:
    """A deadline of this case or of what stands beside it. Raises NotVisible for any other."""
    found = next((one for one in dates_of(case, office=True) if one.id == deadline_id), None)
    if found is None:
        raise NotVisible(str(deadline_id))
    return found


def entries(case: Case, found: Sequence[Deadline], *, office: bool, named: bool = True) -> list[Entry]:
    """Explain some deadlines of a case; who did what is left out for the clinician, and where nobody is to be `named`."""
    explained = deadlines.explain_all(found)
    streams = {one.deadline.stream for one in explained}
    reader = _Reader(case, streams, explained, office=office, named=named and office)
    rows = [reader.entry(one) for one in explained]
    return sorted(rows, key=lambda row: (not row.deadline.is_open, row.earliest_on or date.max, row.deadline.id))


class _Reader:
    """What explains the dates of one case, read once: machines, moves, questions, names and bank holidays."""

    def __init__(
        self, case: Case, streams: set[str], explained: Sequence[Explained], *, office: bool, named: bool
    ) -> None:
        self.case, self.office = case, office
        self.subjects = {one: letters.subject_of_stream(one) for one in streams}
        self.moves = workflow.history(*streams)
        self.asked = [one for one in information.requests_of(case) if one.asked_at is not None]
        self.texts: dict[int, list[str]] = {}
        self.holidays = {
            row.off_on: row.name
            for row in db.session.execute(select(DayOff.off_on, DayOff.name).where(DayOff.kind == BANK_HOLIDAY))
        }
        ids = [pause.by_id for one in explained for pause in one.pauses]
        ids += [more.by_id for one in explained for more in one.extensions]
        ids += [move.by_id for move in self.moves]
        self.names = people.people_named(ids) if named else {}

    def entry(self, found: Explained) -> Entry:
        one = found.deadline
        subject = self.subjects[one.stream]
        machine = workflow.definition_of(subject)
        timer = self.case.profile.days.get(one.name)
        return Entry(
            deadline=one,
            label=one.label if self.office else words.FOR_CLINICIAN.get(one.name, one.label),
            whose=words.WHOSE.get(one.whose, one.whose),
            state=state_of(found),
            due=_badge(found),
            for_urgent=one.urgent and timer is not None and timer.urgent is not None,
            how_counted=words.how_counted(one),
            day_zero=words.day_zero(one, subject, machine, office=self.office),
            began=self._began(one, machine),
            ended=self._ended(one, machine),
            due_on=found.due_on,
            earliest_on=found.earliest_on,
            lines=self._lines(found),
            stops=[self._stop(pause) for pause in found.pauses if _touches(pause, one)],
            more=[self._more(extension) for extension in found.extensions],
        )

    def _by(self, by_id: int | None) -> str:
        return self.names.get(by_id or 0, "")

    def _began(self, one: Deadline, machine: Workflow) -> str:
        said = words.happened(machine, one.opened_by) if self.office else ""
        if not said:
            return ""
        made = self._last(one.stream, one.met_at or one.cancelled_at, one.opened_by)
        return _sentence(said, made, one.started_at, self._by(made.by_id) if made else "")

    def _ended(self, one: Deadline, machine: Workflow) -> str:
        if one.met_at is not None:
            made = self._last(one.stream, one.met_at, one.met_by or "")
            said = words.happened(machine, one.met_by or "") if self.office else ""
            return _sentence(said or "Done", made, one.met_at, self._by(made.by_id) if made else "")
        if one.cancelled_at is None:
            return ""
        made = self._last(one.stream, one.cancelled_at) if self.office else None
        said = made.done if made else "It no longer runs"
        return _sentence(said, made, one.cancelled_at, self._by(made.by_id) if made else "")

    def _last(self, stream: str, until: datetime | None, trigger: str = "") -> MoveRecord | None:
        """The last step of a stream up to a moment, of one trigger where it is named."""
        found = [
            one for one in self.moves
            if one.stream == stream and (not trigger or one.trigger == trigger) and (until is None or one.at <= until)
        ]
        return found[-1] if found else None

    def _lines(self, found: Explained) -> list[Line]:
        last = found.days[-1] if found.days and not found.is_paused else None
        return [
            Line(
                on=one.on, number=one.number, kind=one.kind, extension=one.stretch, hours=one.hours,
                words=words.of_day(
                    one, holidays=self.holidays, by=self._by(getattr(one.stop, "by_id", None)), last=one is last
                ),
            )
            for one in found.days
        ]  # fmt: skip

    def _stop(self, pause: Pause) -> Stop:
        return Stop(pause.since_at, pause.until_at, pause.because, self._by(pause.by_id), self._questions(pause))

    def _questions(self, pause: Pause) -> list[str]:
        """What was asked when the clock was stopped: the questions that were sent by that step."""
        sent: InformationRequest | None = None
        for one in self.asked:
            if one.asked_at is not None and one.asked_at <= pause.since_at and one.kind in ("gaps", "information"):
                sent = one
        if sent is None or pause.opened_by not in ("return_incomplete", "ask_information"):
            return []
        if sent.id not in self.texts:
            self.texts[sent.id] = [row.text for row in information.questions_of(sent)]
        return self.texts[sent.id]

    def _more(self, extension: deadlines.Extension) -> More:
        return More(
            length=str(extension.stretch),
            source=extension.source,
            at=extension.at,
            by=self._by(extension.by_id),
            agreed_with=extension.agreed_with if self.office else "",
            reason=extension.reason if self.office else "",
        )


def state_of(found: Explained) -> str:
    """How a date stands, in one word: open, paused, late, met or cancelled."""
    one = found.deadline
    if one.cancelled_at is not None:
        return CANCELLED
    if one.met_at is not None:
        return MET
    if found.is_paused:
        return PAUSED
    return LATE if one.is_late else OPEN


def _badge(found: Explained) -> Due:
    one = found.deadline
    if one.cancelled_at is not None:
        return Due("closed", "No longer runs")
    if one.met_at is not None:
        return Due("overdue", "Done late") if one.is_late else Due("done", "Done in time")
    return due_in_words(found.due_on, paused=found.is_paused)


def _touches(pause: Pause, one: Deadline) -> bool:
    """Whether a pause fell into the time of a deadline: one that was over before it began, or began after it, did not."""
    end = one.met_at or one.cancelled_at
    return (pause.until_at is None or pause.until_at > one.started_at) and (end is None or pause.since_at < end)


def _sentence(said: str, made: MoveRecord | None, at: datetime, by: str) -> str:
    """What happened and when. What is no step may be written down later, so that its hour is not known."""
    return f"{said}: {moment(made.at) if made else day(at)}{f', {by}' if by else ''}."


# --- the three figures ----------------------------------------------------------------------------------------------------


def figures_of(case: Case, *, office: bool) -> Figures | None:
    """Days on our clock, days with others and days since receipt; none before receipt.

    They stop with the request; for the clinician where it is said to have been considered, until the ending is told.
    """
    if case.received_on is None:
        return None
    until = _day_began(considered_at(case)) if not office and is_undisclosed(case) else ended_at(case)
    return deadlines.figures(case.stream, case.received_on, until)


def _day_began(at: datetime | None) -> datetime | None:
    """The beginning of the day of a moment: some endings end a pause and others leave it open, which begins to tell then."""
    return clock.end_of(clock.day_of(at) - timedelta(days=1)) if at else None


def until_when(case: Case, *, office: bool) -> str:
    """What the three figures lead up to, in words."""
    if not office and is_undisclosed(case):
        return "Days until it was considered"
    return "Days so far" if case.is_open else "Days until it ended"


def considered_at(case: Case) -> datetime | None:
    """The moment at which a request came to where it stands."""
    moves = reversed(workflow.history(case.stream))
    return next((move.at for move in moves if move.dest == case.state != move.source), None)


def ended_at(case: Case) -> datetime | None:
    """The moment at which a request that is not open any more came to its end."""
    if case.is_open:
        return None
    states = workflow.definition_of(case).states
    for move in reversed(workflow.history(case.stream)):
        if move.source in states and states[move.source].is_open and not states[move.dest].is_open:
            return move.at
    return None
