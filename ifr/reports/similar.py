"""Requests like this one: what was said and decided on earlier requests, so that like requests are reasoned alike.

No earlier decision binds. The page shows facts and reasons, never who a patient was and never how many ended how; fewer than
the commissioner's number are not shown at all, since one or two might be recognised.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr.access import Role
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import CONFLICTED, Case, Involvement
from ifr.cases.services import OFFICE, capacities, decided_cases
from ifr.db import db
from ifr.decisions.models import DecisionRecord
from ifr.people.models import User
from ifr.screening.groups.likeness import Alike, compare
from ifr.screening.groups.services import near, said_by_all
from ifr.screening.models import ScreeningRecord
from ifr.workflow import NotVisible

MOST_SHOWN = 10
# Below this, of a hundred, two requests are not like one another.
LIKE_ENOUGH = 60
MEMBERS = frozenset({Role.PANEL_MEMBER, Role.PANEL_CHAIR, Role.GUEST_MEMBER})


@dataclass(frozen=True)
class Earlier:
    """An earlier request as it may be shown: an allow-list, made from no row that holds more."""

    year: int
    treatment: str
    condition: str
    points: str
    reasons: str
    alike: str


@dataclass(frozen=True)
class SimilarPage:
    """What is shown, or that there are too few to show any."""

    rows: list[Earlier]
    at_least: int
    source: str


def may_read(case: Case, user: User) -> bool:
    """The office; members of the panel only where the commissioner's profile switches it on."""
    parts = capacities(user, case)
    return bool(parts & OFFICE) or (bool(parts & MEMBERS) and case.profile.earlier_decisions.shown_to_members)


@notes_on_case
def link_on_case(case: Case, by: Any) -> list[Note]:
    if not may_read(case, by):
        return []
    says = ("Facts and reasons of decided requests, without the patients. Each request is decided on its own facts.",)
    return [Note("Requests like this one", says, "reports.similar", "Read requests like this one")]


def similar(case: Case, user: User) -> SimilarPage:
    """The decided requests that are most like this one. Raises NotVisible for somebody to whom they are not shown."""
    if not may_read(case, user):
        raise NotVisible(case.key)
    rule = case.profile.earlier_decisions
    found = _most_alike(case, user)
    rows = _rows(found) if len(found) >= rule.at_least else []
    return SimilarPage(rows if len(rows) >= rule.at_least else [], rule.at_least, rule.source)


def _most_alike(case: Case, user: User) -> list[tuple[Case, Alike, str]]:
    own = said_by_all([case])[case.id]
    walled = select(Involvement.case_id).where(Involvement.user_id == user.id, Involvement.interest == CONFLICTED)
    query = decided_cases(case.commissioner_id).where(Case.id.in_(near(case, own)), Case.id.not_in(walled))
    others = list(db.session.scalars(query))
    said = said_by_all(others)
    compared = [(one, compare(own, said[one.id]), said[one.id].difference) for one in others]
    like = [found for found in compared if found[1].score >= LIKE_ENOUGH]
    return sorted(like, key=lambda found: (-found[1].score, -found[0].id))[:MOST_SHOWN]


def _rows(found: list[tuple[Case, Alike, str]]) -> list[Earlier]:
    reasons = _reasons([one.id for one, _, _ in found])
    return [
        Earlier(one.received_on.year, one.treatment, one.condition, points, reasons[one.id], how.words)
        for one, how, points in found
        if one.id in reasons and one.received_on
    ]


def _reasons(ids: list[int]) -> dict[int, str]:
    """The reasons on record for each request: the panel's where it decided, else those of screening."""
    screened: Any = select(ScreeningRecord.case_id, ScreeningRecord.reasons).where(
        ScreeningRecord.case_id.in_(ids), ScreeningRecord.countersigned_at.is_not(None), ScreeningRecord.reasons != ""
    )
    decided: Any = select(DecisionRecord.case_id, DecisionRecord.reasons).where(
        DecisionRecord.case_id.in_(ids), DecisionRecord.confirmed_at.is_not(None), DecisionRecord.reasons != ""
    )
    found = {case_id: reasons for case_id, reasons in db.session.execute(screened.order_by(ScreeningRecord.round))}
    return found | {case_id: reasons for case_id, reasons in db.session.execute(decided.order_by(DecisionRecord.round))}
