"""Who opened which papers, and when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ifr import clock
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import db, note
from ifr.panels.interests.models import Opening
from ifr.panels.models import AgendaItem
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import NotVisible

PAGE = "The papers"
LISTED = 500


@dataclass(frozen=True)
class Opened:
    """One opening, in words."""

    name: str
    what: str
    at: datetime


def opened(item: AgendaItem, user: User, what: str = PAGE) -> None:
    """Put on record that somebody opened something of an item's papers.

    `what` is said in words without a title ("The papers", "Document 3"). A page that is only read may call it: the row is
    written when the page has been made, and without it nothing is handed out.
    """
    _record(item.case_id, item.id, user, what)


def opened_off_agenda(case: Case, user: User, what: str = PAGE) -> None:
    """The same for papers that stand on no agenda: an urgent decision, a review."""
    _record(case.id, None, user, what)


def _record(case_id: int, item_id: int | None, user: User, what: str) -> None:
    row = {"case_id": case_id, "item_id": item_id, "user_id": user.id, "what": what, "at": clock.now()}
    note(lambda: db.session.add(Opening(**row)))


def openings_by(case_id: int, user_id: int) -> list[Opening]:
    """What one person has opened of a case, the earliest first."""
    query = select(Opening).where(Opening.case_id == case_id, Opening.user_id == user_id).order_by(Opening.id)
    return list(db.session.scalars(query))


def openings_of(case: Case, by: User) -> list[Opened]:
    """Who opened what of a case, the latest first, at most LISTED rows. For the manager and the secretary."""
    if not case.capacities(by) & {Role.IFR_MANAGER, Role.PANEL_SECRETARY}:
        raise NotVisible(case.key)
    query = select(Opening).where(Opening.case_id == case.id).order_by(Opening.id.desc()).limit(LISTED)
    rows = db.session.scalars(query).all()
    names = people_named(row.user_id for row in rows)
    return [Opened(names.get(row.user_id, "Somebody"), row.what, row.at) for row in rows]
