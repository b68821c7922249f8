"""What the pages of the post show: rows for many letters by as many questions to the database as for one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ifr import clock, letters
from ifr.cases.models import Case
from ifr.cases.post import services
from ifr.cases.post.models import CAME_BACK, HELD, LEFT, POSTED, PRINTED, SENT_AGAIN, TO_PRINT, Posting, PrintRun
from ifr.cases.services import cases_visible_to, letter_title
from ifr.db import db
from ifr.letters import RELEASED, Letter
from ifr.pages import day, moment
from ifr.people import services as people
from ifr.people.models import User

# So many rows of each kind are shown, the oldest first; how many there are in all is said above them.
A_PAGE = 50
# Runs stay in sight for so long after they were posted, so that what comes back can be put on record.
SHOWN_FOR = timedelta(days=60)


@dataclass(frozen=True)
class Row:
    """One letter on paper."""

    posting: Posting
    key: str
    title: str
    urgent: bool
    run: PrintRun | None
    checked_by: str


@dataclass(frozen=True)
class Run:
    """A print run with those of its letters that this person may see."""

    run: PrintRun
    printed_by: str
    posted_by: str
    rows: list[Row]


@dataclass(frozen=True)
class Leaving:
    """A letter that somebody has released and that has not left."""

    key: str
    title: str
    leaves_at: datetime | None


@dataclass(frozen=True)
class Lost:
    """A letter whose e-mail did not arrive."""

    letter: Letter
    key: str
    title: str
    words: str


def waiting(user: User) -> tuple[list[Row], int]:
    """What waits to be printed, the oldest first, and how many letters that is in all."""
    query = services.ours(user).where(Posting.state == TO_PRINT)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return _rows(list(db.session.scalars(query.order_by(Posting.id).limit(A_PAGE)))), total


def returned(user: User) -> list[Row]:
    """What came back and has not been dealt with."""
    query = services.ours(user).where(Posting.state == CAME_BACK).order_by(Posting.came_back_on, Posting.id).limit(A_PAGE)
    return _rows(list(db.session.scalars(query)))


def runs(user: User) -> list[Run]:
    """The print runs that are to be posted, and those posted lately; the newest first."""
    since = clock.today() - SHOWN_FOR
    shown = select(PrintRun.id).where(PrintRun.posted_on.is_(None) | (PrintRun.posted_on >= since))
    query = services.ours(user).where(Posting.run_id.in_(shown)).order_by(Posting.run_id.desc(), Posting.id).limit(4 * A_PAGE)
    return _runs(list(db.session.scalars(query)))


def run(run_id: int, user: User) -> Run:
    """One print run, of which this person may see a letter."""
    return _runs(list(db.session.scalars(services.ours(user).where(Posting.run_id == run_id).order_by(Posting.id))))[0]


def _runs(found: list[Posting]) -> list[Run]:
    grouped: dict[int, list[Row]] = {}
    for row in _rows(found):
        if row.run is not None:
            grouped.setdefault(row.run.id, []).append(row)
    printed = [rows[0].run for rows in grouped.values() if rows[0].run is not None]
    names = people.people_named(one for run in printed for one in (run.printed_by_id, run.posted_by_id))
    return [Run(one, names[one.printed_by_id], names.get(one.posted_by_id or 0, ""), grouped[one.id]) for one in printed]


def row_of(posting: Posting) -> Row:
    return _rows([posting])[0]


def leaving(user: User) -> list[Leaving]:
    """The released letters of requests that this person may see, which can still be stopped."""
    found = list(db.session.scalars(select(Letter).where(Letter.state == RELEASED).order_by(Letter.id).limit(4 * A_PAGE)))
    owners = {stream: _case_id_of(stream) for stream in {row.stream for row in found}}
    keys = _keys(user, set(owners.values()))
    rows = [(keys[owners[row.stream]], row) for row in found if owners[row.stream] in keys]
    return [Leaving(key, letter_title(row), row.leaves_at) for key, row in rows[:A_PAGE]]


def lost(user: User) -> list[Lost]:
    """The letters whose e-mail did not arrive and that do not go by post instead."""
    found = list(db.session.execute(services.not_arrived().limit(4 * A_PAGE)))
    owners = {row.stream: _case_id_of(row.stream) for row, _ in found}
    keys = _keys(user, set(owners.values()))
    return [
        Lost(row, keys[owners[row.stream]], letter_title(row), one.words)
        for row, one in found
        if owners[row.stream] in keys
    ][:A_PAGE]


def words_of(found: list[Letter]) -> dict[int, str]:
    """How each of some letters stands that goes by post, by the letter; of several sheets the letter itself counts."""
    query = select(Posting, PrintRun).outerjoin(PrintRun, PrintRun.id == Posting.run_id).order_by(Posting.id)
    rows = db.session.execute(query.where(Posting.letter_id.in_([row.id for row in found]), Posting.is_copy.is_(False)))
    return {one.letter_id: _words(one, run) for one, run in rows}


def _words(one: Posting, run: PrintRun | None) -> str:
    came_back = f"came back by post on {day(one.came_back_on)}: {services.BECAUSE.get(one.came_back_because or '', '').lower()}"
    return {
        TO_PRINT: "waiting to be printed and posted",
        PRINTED: f"printed {moment(run.printed_at) if run else ''}, not posted yet",
        POSTED: f"posted {day(run.posted_on) if run else ''}",
        CAME_BACK: came_back,
        SENT_AGAIN: f"{came_back}; sent again",
        LEFT: f"{came_back}; not sent again",
        HELD: "held back, because the patient has died",
    }[one.state]


def countdown(at: datetime | None) -> str:
    """How long a released letter can still be stopped, in words, as of now."""
    if at is None:
        return ""
    left = (at - clock.now()).total_seconds()
    if left <= 0:
        return "at any moment"
    if left < 60:
        return "in less than a minute"
    if left < 3600:
        minutes = int(left // 60)
        return "in about a minute" if minutes == 1 else f"in about {minutes} minutes"
    return f"after {moment(at)}"


def _rows(found: list[Posting]) -> list[Row]:
    rows = {row.id: row for row in db.session.scalars(select(Letter).where(Letter.id.in_({one.letter_id for one in found})))}
    # Those that were handed in are of requests that this person may see.
    keys = {
        row.id: row for row in db.session.execute(
            select(Case.id, Case.reference, Case.urgent).where(Case.id.in_({one.case_id for one in found}))
        )
    }  # fmt: skip
    printed = {run.id: run for run in db.session.scalars(select(PrintRun).where(PrintRun.id.in_({one.run_id for one in found})))}
    names = people.people_named(one.checked_by_id for one in found)
    return [
        Row(
            posting=one, key=keys[one.case_id].reference, urgent=keys[one.case_id].urgent,
            title=("Copy: " if one.is_copy else "") + letter_title(rows[one.letter_id]),
            run=printed.get(one.run_id or 0), checked_by=names.get(one.checked_by_id or 0, ""),
        )
        for one in found
    ]  # fmt: skip


def _keys(user: User, ids: set[int]) -> dict[int, str]:
    """The references of those of some requests that this person may see and whose letters he or she lets go."""
    offices = services.offices_of(user)
    query = cases_visible_to(user).where(Case.id.in_(ids), Case.commissioner_id.in_(offices))
    return {one.id: one.key for one in db.session.scalars(query)}


def _case_id_of(stream: str) -> int:
    prefix, _, number = stream.partition(":")
    return int(number) if prefix == "case" else int(letters.subject_of_stream(stream).case.id)
