"""The office calendar: what is due on which day, meetings, days off, reviews of appeals and letters about to leave.

Whatever is said of a request starts from the requests that this person may see. A month costs as many questions to the
database as a day does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, String, cast, literal, select, union_all

from ifr import clock, deadlines
from ifr.appeals.models import Appeal, Reconsideration
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to, letter_title
from ifr.db import db
from ifr.deadlines import Deadline
from ifr.letters import RELEASED, Letter
from ifr.pages import moment
from ifr.panels.models import Meeting
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.reports.times.waiting import WHOSE, side_of
from ifr.reports.worklist import offices_of

FIRST_YEAR, LAST_YEAR = 1900, 2199
# A page shows no more dates than this, and says so.
MOST_DATES = 600
# So many are read, before those of requests that the reader may not see are left out: what is cut off tells nothing of them.
MOST_READ = 5000
# In a square of the month so many stand; the list holds them all.
MOST_IN_A_SQUARE = 5

DUE, MEETING, REVIEW, LETTER = "due", "meeting", "review", "letter"
MONTH, LIST = "month", "list"


@dataclass(frozen=True)
class Asked:
    """What somebody asked of the calendar: as it stands in its address."""

    year: int
    month: int
    view: str = MONTH
    mine: bool = False
    whose: str = ""
    office: int = 0

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return _next_month(self.first) - timedelta(days=1)

    @property
    def is_now(self) -> bool:
        return self.first <= clock.today() <= self.last

    def moved(self, by: int) -> "Asked | None":
        """The month before or after; None beyond the years that the service knows."""
        number = self.year * 12 + self.month - 1 + by
        year, month = number // 12, number % 12 + 1
        return replace(self, year=year, month=month) if FIRST_YEAR <= year <= LAST_YEAR else None

    @property
    def filters(self) -> dict[str, str]:
        """What was asked, as an address says it."""
        said = {
            "month": f"{self.year:04}-{self.month:02}",
            "view": self.view if self.view != MONTH else "",
            "mine": "yes" if self.mine else "",
            "whose": self.whose,
            "office": str(self.office or ""),
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Entry:
    """One thing on one day. `key` is the request whose page it leads to, `meeting_id` the meeting."""

    on: date
    kind: str
    title: str
    words: str
    key: str = ""
    meeting_id: int | None = None
    urgent: bool = False
    late: bool = False
    whose: str = ""
    office: str = ""


@dataclass(frozen=True)
class Day:
    """One day: whether it lies in the month, why no office works on it, and what is on it."""

    on: date
    in_month: bool
    is_today: bool
    off: list[str]
    entries: list[Entry]

    @property
    def shown(self) -> list[Entry]:
        return self.entries if len(self.entries) <= MOST_IN_A_SQUARE else self.entries[: MOST_IN_A_SQUARE - 1]

    @property
    def left_out(self) -> int:
        return len(self.entries) - len(self.shown)

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= 5


@dataclass(frozen=True)
class Calendar:
    """One month, in weeks from Monday, and what was due before it and is still open."""

    weeks: list[list[Day]]
    overdue: list[Entry]
    offices: list[Organisation]
    is_cut: bool
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def days(self) -> list[Day]:
        """The days of the month on which something is."""
        return [day for week in self.weeks for day in week if day.in_month and (day.entries or day.off)]


def calendar(user: User, asked: Asked) -> Calendar:
    """One month of the offices in which somebody works."""
    works_in = offices_of(user)
    offices = [one for one in user.organisations(COMMISSIONER) if one.id in works_in]
    ours = [one.id for one in offices if asked.office in (0, one.id)]
    names = {one.id: one.name for one in offices} if len(offices) > 1 else {}
    due, is_cut = _due(user, asked, ours, names)
    overdue = [one for one in due if one.on < asked.first and one.late]
    entries = [one for one in due if one.on >= asked.first]
    if asked.whose in ("", "office"):
        entries += _meetings(asked, ours, names) + _reviews(user, asked, ours, names) + _letters(user, asked, ours, names)
    return Calendar(
        weeks=_weeks(asked, entries, _off(ours, names)),
        overdue=overdue,
        offices=offices,
        is_cut=is_cut,
        counts={"late": sum(one.late for one in due), "urgent": sum(one.urgent for one in due if one.kind == DUE)},
    )


# --- what is due -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Owner:
    """The request behind a stream, and the reference by which people know the stream."""

    case: Case
    reference: str


def _due(user: User, asked: Asked, ours: Sequence[int], names: Mapping[int, str]) -> tuple[list[Entry], bool]:
    """The open deadlines of a month; in the present one also those of earlier days, which nobody has met."""
    is_open = (Deadline.met_at.is_(None), Deadline.cancelled_at.is_(None), Deadline.organisation_id.in_(ours))
    from_on = date(FIRST_YEAR, 1, 1) if asked.is_now else asked.first
    query = select(Deadline).where(*is_open, Deadline.due_on.between(from_on, asked.last), *_of_side(asked.whose))
    if asked.mine:
        query = query.where(Deadline.stream.in_(_my_streams(user)))
    # Nearest to the end of the month first, so that what is cut off is what is longest late: the worklist has that too.
    rows = list(db.session.scalars(query.order_by(Deadline.due_on.desc(), Deadline.id.desc()).limit(MOST_READ)))
    owners = _owners(user, asked, {row.stream for row in rows})
    found = [_due_entry(row, owners[row.stream], names) for row in rows if row.stream in owners]
    shown = sorted(found[:MOST_DATES], key=lambda one: (one.on, not one.urgent, one.title))
    return shown, len(found) > MOST_DATES


def _of_side(whose: str) -> list[ColumnElement[bool]]:
    if whose == "others":
        return [Deadline.whose.not_in(("office", "clinician"))]
    return [Deadline.whose == whose] if whose else []


def _due_entry(row: Deadline, owner: _Owner, names: Mapping[int, str]) -> Entry:
    assert row.due_on is not None
    return Entry(
        on=row.due_on,
        kind=DUE,
        title=owner.reference,
        words=row.label,
        key=owner.case.key,
        urgent=owner.case.urgent,
        # Nobody owes a challenge: when its last day has passed, that is all.
        late=row.due_on < clock.today() and row.whose != "appellant",
        whose=WHOSE[side_of(row.whose)],
        office=names.get(owner.case.commissioner_id, ""),
    )


def _owners(user: User, asked: Asked, streams: Iterable[str]) -> dict[str, _Owner]:
    """Whose each stream is, for those that this person may see."""
    numbers: dict[str, set[int]] = {"case": set(), "appeal": set(), "reconsideration": set()}
    for stream in streams:
        prefix, _, number = stream.partition(":")
        numbers.setdefault(prefix, set()).add(int(number))
    appeals = db.session.scalars(select(Appeal).where(Appeal.id.in_(numbers["appeal"])))
    others = db.session.scalars(select(Reconsideration).where(Reconsideration.id.in_(numbers["reconsideration"])))
    beside = [(one.stream, one.case_id, f"/A{one.number}") for one in appeals]
    beside += [(one.stream, one.case_id, f"/R{one.number}") for one in others]
    wanted = numbers["case"] | {case_id for _, case_id, _ in beside}
    seen = {one.id: one for one in db.session.scalars(cases_visible_to(user).where(Case.id.in_(wanted), *_mine(user, asked)))}
    found = {one.stream: _Owner(one, one.key) for one in seen.values()}
    for stream, case_id, mark in beside:
        if case_id in seen:
            found[stream] = _Owner(seen[case_id], seen[case_id].key + mark)
    return found


def _my_streams(user: User) -> CompoundSelect[Any]:
    """The streams of the requests that are allocated to somebody, and of their challenges."""
    mine = cases_visible_to(user).where(Case.allocated_to_id == user.id)
    arms = (("case:", Case.id, mine), ("appeal:", Appeal.id, mine.join(Appeal, Appeal.case_id == Case.id)),
            ("reconsideration:", Reconsideration.id, mine.join(Reconsideration, Reconsideration.case_id == Case.id)))  # fmt: skip
    return union_all(*(rows.with_only_columns(literal(prefix).concat(cast(number, String))) for prefix, number, rows in arms))


def _mine(user: User, asked: Asked) -> list[ColumnElement[bool]]:
    return [Case.allocated_to_id == user.id] if asked.mine else []


# --- what else is on -------------------------------------------------------------------------------------------------


def _meetings(asked: Asked, ours: Sequence[int], names: Mapping[int, str]) -> list[Entry]:
    query = select(Meeting).where(Meeting.commissioner_id.in_(ours), Meeting.held_on.between(asked.first, asked.last))
    query = query.where(Meeting.cancelled_because.is_(None))
    return [
        Entry(one.held_on, MEETING, "Panel meeting", one.place, meeting_id=one.id, office=names.get(one.commissioner_id, ""))
        for one in db.session.scalars(query.order_by(Meeting.held_on, Meeting.id))
    ]


def _reviews(user: User, asked: Asked, ours: Sequence[int], names: Mapping[int, str]) -> list[Entry]:
    query = (
        cases_visible_to(user)
        .join(Appeal, Appeal.case_id == Case.id)
        .where(Case.commissioner_id.in_(ours), Appeal.review_on.between(asked.first, asked.last), *_mine(user, asked))
        .with_only_columns(Appeal.review_on, Appeal.number, Case.reference, Case.urgent, Case.commissioner_id)
    )
    return [
        Entry(on, REVIEW, f"{key}/A{number}", "Review panel", key=key, urgent=urgent, office=names.get(office, ""))
        for on, number, key, urgent, office in db.session.execute(query)
        if on is not None and key is not None
    ]


def _letters(user: User, asked: Asked, ours: Sequence[int], names: Mapping[int, str]) -> list[Entry]:
    """The letters that somebody has let go and that can still be stopped."""
    rows = list(db.session.scalars(select(Letter).where(Letter.state == RELEASED).order_by(Letter.id)))
    owners = _owners(user, asked, {row.stream for row in rows})
    found = []
    for row in rows:
        owner = owners.get(row.stream)
        if owner is None or row.leaves_at is None or owner.case.commissioner_id not in ours:
            continue
        on = clock.day_of(row.leaves_at)
        if asked.first <= on <= asked.last:
            words = f"{letter_title(row)}: leaves on {moment(row.leaves_at)}"
            office = names.get(owner.case.commissioner_id, "")
            found.append(Entry(on, LETTER, owner.reference, words, key=owner.case.key, urgent=owner.case.urgent, office=office))
    return found


def _off(ours: Sequence[int], names: Mapping[int, str]) -> dict[date, list[str]]:
    """The days off of the offices; one that only some of them keep names them."""
    found: dict[date, list[str]] = {}
    tables = {one: deadlines.days_off(one) for one in ours}
    for one, table in tables.items():
        for on, name in table.items():
            everywhere = all(on in other for other in tables.values())
            words = name if everywhere or one not in names else f"{name} ({names[one]})"
            if words not in found.setdefault(on, []):
                found[on].append(words)
    return found


# --- the month -------------------------------------------------------------------------------------------------------

_ORDER = {MEETING: 0, REVIEW: 1, DUE: 2, LETTER: 3}


def _weeks(asked: Asked, entries: Iterable[Entry], off: Mapping[date, list[str]]) -> list[list[Day]]:
    on_day: dict[date, list[Entry]] = {}
    for one in entries:
        on_day.setdefault(one.on, []).append(one)
    # A month may begin with the first day that there is, or end with the last.
    begin = asked.first.toordinal() - asked.first.weekday()
    weeks = []
    while begin <= asked.last.toordinal():
        days = [date.fromordinal(number) for number in range(begin, begin + 7)]
        weeks.append([_day(asked, on, on_day.get(on, []), off.get(on, [])) for on in days])
        begin += 7
    return weeks


def _day(asked: Asked, on: date, entries: Sequence[Entry], off: list[str]) -> Day:
    ordered = sorted(entries, key=lambda one: (_ORDER[one.kind], not one.urgent, one.title))
    return Day(on, asked.first <= on <= asked.last, on == clock.today(), off, ordered)


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


__all__ = ["FIRST_YEAR", "LAST_YEAR", "LIST", "MONTH", "Asked", "Calendar", "Day", "Entry", "calendar"]
