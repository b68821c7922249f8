"""What happened, the newest first: notices, and steps on the requests in which he or she has a part.

Both lists are read from their newest end and laid together, so a page costs as many queries for 25 rows as for one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ifr import clock, profiles
from ifr.appeals.models import Appeal, Reconsideration
from ifr.cases.models import Case, Involvement
from ifr.cases.services import OFFICE, cases_visible_to
from ifr.db import db
from ifr.people.models import User
from ifr.profiles import Workflow
from ifr.telling import mails
from ifr.telling.models import Notice
from ifr.telling.services import may_be_read_by
from ifr.workflow import MoveRecord

PAGE = 25
# What has streams of its own beside that of the request.
CASE = "case"
BESIDE: dict[str, type[Appeal] | type[Reconsideration]] = {"appeal": Appeal, "reconsideration": Reconsideration}
STEP, NOTICE = 0, 1  # of one moment the notice stands above the step


@dataclass(frozen=True, order=True)
class Place:
    """Where a row stands in the list: by its moment, then its kind, then its number."""

    at: datetime
    kind: int
    id: int

    @property
    def mark(self) -> str:
        return f"{self.at.isoformat()}_{self.kind}_{self.id}"


@dataclass(frozen=True)
class Row:
    """One piece of news. New is what the badge beside the link counts: what waits for the person, and was not marked as read."""

    place: Place
    words: str
    reference: str
    path: str
    is_new: bool = False
    urgent: bool = False

    @property
    def at(self) -> datetime:
        return self.place.at


@dataclass(frozen=True)
class News:
    """A page of the list, and where the next one begins."""

    rows: list[Row]
    older: str | None


def news(user: User, before: str = "") -> News:
    """A page of what happened, the newest first."""
    place = _place(before)
    rows = [*_notices(user, place), *_steps(user, place)]
    rows.sort(key=lambda row: row.place, reverse=True)
    kept = rows[:PAGE]
    shown = [row for row in kept if row.words]
    return News(shown, kept[-1].place.mark if len(rows) > PAGE else None)


def _place(mark: str) -> Place | None:
    """The place that an address names; none where it names nothing that we gave."""
    at, _, rest = mark.partition("_")
    kind, _, number = rest.partition("_")
    try:
        place = Place(datetime.fromisoformat(at), int(kind), int(number))
    except ValueError:
        return None
    known = place.at.tzinfo is not None and place.kind in (STEP, NOTICE) and 0 <= place.id < 2**31
    return place if known and 1900 < place.at.year < 2200 else None


def _beyond(
    place: Place | None, kind: int, at: InstrumentedAttribute[datetime], number: InstrumentedAttribute[int]
) -> ColumnElement[bool]:
    if place is None:
        return literal(True)
    if kind < place.kind:
        return or_(at < place.at, at == place.at)
    if kind > place.kind:
        return at < place.at
    return or_(at < place.at, and_(at == place.at, number < place.id))


# --- notices ------------------------------------------------------------------------------------------------------------------


def _notices(user: User, place: Place | None) -> list[Row]:
    query = (
        select(Notice, Case.reference, Case.uuid)
        .join(Case, Case.id == Notice.case_id, isouter=True)
        .where(Notice.user_id == user.id, may_be_read_by(user), _beyond(place, NOTICE, Notice.at, Notice.id))
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(PAGE + 1)
    )
    return [
        Row(
            Place(row.Notice.at, NOTICE, row.Notice.id), row.Notice.words, row.reference or "",
            mails.path_of(row.Notice.to, row.reference or row.uuid), row.Notice.seen_at is None, row.Notice.urgent,
        )
        for row in db.session.execute(query)
    ]


# --- steps --------------------------------------------------------------------------------------------------------------------


def mine(user: User) -> Select[Any]:
    """The requests of which somebody hears: those in which he or she has a part, and those that are allocated to him or
    her; never one behind a wall."""
    part = select(Involvement.id).where(
        Involvement.case_id == Case.id, Involvement.user_id == user.id, Involvement.until_at.is_(None)
    )
    return cases_visible_to(user).where(or_(part.exists(), Case.allocated_to_id == user.id))


def steps_on_mine(user: User) -> list[Select[Any]]:
    """The steps that others made on the requests of which somebody hears, as far as he or she may hear of them: outside
    the office an ending is not said before it is told, and of appeals and reconsiderations the letters speak."""
    offices = offices_of(user)
    ended = sorted({state for machine in _machines() for state in machine.groups.get("ended", [])})
    told = or_(Case.commissioner_id.in_(offices), Case.told_at.is_not(None), MoveRecord.dest.not_in(ended))
    arms = [_arm(user, CASE).where(told)]
    if offices:
        arms += [_arm(user, prefix).where(Case.commissioner_id.in_(offices)) for prefix in BESIDE]
    return arms


def _arm(user: User, prefix: str) -> Select[Any]:
    columns: tuple[Any, ...] = (
        MoveRecord, Case.reference, Case.uuid, Case.commissioner_id, Case.workflow_id, Case.profile_id,
    )
    requests, stream = with_streams(mine(user).with_only_columns(*columns).select_from(Case), prefix)
    steps = requests.join(MoveRecord, MoveRecord.stream == stream)
    return steps.where(or_(MoveRecord.by_id.is_(None), MoveRecord.by_id != user.id))


def with_streams(requests: Select[Any], prefix: str) -> tuple[Select[Any], ColumnElement[str]]:
    """A query over requests with one kind of the streams that belong to them, and what such a stream is called."""
    model = BESIDE.get(prefix)
    if model is None:
        return requests, literal("case:").concat(cast(Case.id, String))
    return requests.join(model, model.case_id == Case.id), literal(f"{prefix}:").concat(cast(model.id, String))


def offices_of(user: User) -> set[int]:
    """The commissioners in whose offices somebody works."""
    return {held.organisation_id for held in user.memberships_in_force if held.role in OFFICE}


def _machines() -> list[Workflow]:
    """Every version of the machine of requests, since each request keeps its own."""
    return [profiles.by_id(one.id) for one in profiles.versions("workflow", "ifr")]


def words_for(user: User) -> Callable[[Any], str]:
    """What says a step in the words of somebody's side: to the office what was done, to others the status that it gave;
    nothing where that is the status that they knew."""
    offices = offices_of(user)

    def words(row: Any) -> str:
        if row.commissioner_id in offices:
            return str(row.MoveRecord.done)
        before, after = (_label(row, state) for state in (row.MoveRecord.source, row.MoveRecord.dest))
        return after if after != before else ""

    return words


def _label(row: Any, state: str) -> str:
    machine: Workflow = profiles.by_id(row.workflow_id)
    if state not in machine.states:
        return ""
    labels = profiles.by_id(row.profile_id).labels.get(state) or machine.states[state].label
    return str(labels.clinician)


def _steps(user: User, place: Place | None) -> Iterator[Row]:
    words = words_for(user)
    for arm in steps_on_mine(user):
        query = arm.where(_beyond(place, STEP, MoveRecord.at, MoveRecord.id))
        for row in db.session.execute(query.order_by(MoveRecord.at.desc(), MoveRecord.id.desc()).limit(PAGE + 1)):
            move = row.MoveRecord
            yield Row(
                Place(move.at, STEP, move.id), words(row), row.reference or "",
                mails.path_of("cases.page", row.reference or row.uuid),
            )


# --- for the summary ------------------------------------------------------------------------------------------------------------


def steps_between(user: User, since: datetime, until: datetime) -> list[str]:
    """The keys of the requests on which others made steps in a stretch of time, once for each step that is said."""
    words = words_for(user)
    found: list[str] = []
    for arm in steps_on_mine(user):
        query = arm.where(MoveRecord.at > since, MoveRecord.at <= until).order_by(MoveRecord.id).limit(1000)
        found += [row.reference or row.uuid for row in db.session.execute(query) if words(row)]
    return found


def settled_until() -> datetime:
    """Up to when every step is on record by now: what was begun before is written or undone."""
    return clock.now() - timedelta(minutes=5)
