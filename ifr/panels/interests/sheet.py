"""How everybody who sits on a case stands to it, for those who keep the conflict sheet."""

from dataclasses import dataclass

from sqlalchemy import or_, select

from ifr.cases.models import CLEAR, CONFLICTED, HANDED_OVER, UNDECLARED, Case, Involvement
from ifr.db import db
from ifr.panels.interests.clearing import may_clear
from ifr.panels.interests.models import Clearing, IdentityQuestion, Stop
from ifr.panels.interests.services import AT_MEETINGS, asks_for_the_funding, may_watch, questions_of
from ifr.panels.interests.stopping import stops_of
from ifr.panels.interests.walls import ever_chaired
from ifr.panels.members.connections import connections_for_office
from ifr.people.models import User
from ifr.people.services import people_named
from ifr.workflow import NotVisible

_RANK = (None, UNDECLARED, CLEAR, HANDED_OVER, CONFLICTED)


@dataclass(frozen=True)
class Interested:
    """Somebody who sits on a case, and how he or she stands to it."""

    user: User
    part: Involvement
    stop: Stop | None
    questions: list[IdentityQuestion]
    clearings: list[Clearing]
    names: dict[int, str]
    chairs: bool
    may_clear: bool
    connections: list[str]

    @property
    def is_conflicted(self) -> bool:
        return self.part.interest == CONFLICTED

    @property
    def waiting_for_another(self) -> list[Clearing]:
        """Who has said of the conflict that stands now that there is none, before the second person has."""
        since = self.part.declared_at or self.part.since_at
        return [one for one in self.clearings if self.is_conflicted and one.lifted_at is None and one.at >= since]

    @property
    def lifted(self) -> list[Clearing]:
        return [one for one in self.clearings if one.lifted_at is not None]

    @property
    def handed_over(self) -> bool:
        return self.part.interest == HANDED_OVER


def interests_of(case: Case, by: User) -> list[Interested]:
    """Who sits on a case and how each stands to it, for the manager, the accountable officer and the secretary."""
    if not may_watch(case, by):
        raise NotVisible(case.key)
    people = _people(case)
    stops = {one.user_id: one for one in stops_of(case.id)}
    clearings = list(db.session.scalars(select(Clearing).where(Clearing.case_id == case.id).order_by(Clearing.id)))
    names = people_named(one.by_id for one in clearings)
    questions = questions_of(case.id)
    return [
        Interested(
            user=user,
            part=part,
            stop=stops.get(user.id),
            questions=[one for one in questions if one.user_id == user.id],
            clearings=[one for one in clearings if one.user_id == user.id],
            names=names,
            chairs=ever_chaired(case.id, user.id),
            may_clear=may_clear(case, user.id, by) and not asks_for_the_funding(case, user.id),
            connections=connections_for_office(case, user),
        )
        for user, part in people
    ]


def _people(case: Case) -> list[tuple[User, Involvement]]:
    """Each person once, with the part that says most. Whoever has a conflict stays on the sheet when his or her seat ends."""
    query = (
        select(User, Involvement)
        .join(Involvement, Involvement.user_id == User.id)
        .where(
            Involvement.case_id == case.id,
            Involvement.capacity.in_(AT_MEETINGS),
            or_(Involvement.until_at.is_(None), Involvement.interest == CONFLICTED),
        )
        .order_by(User.name, Involvement.id)
    )
    people: dict[int, tuple[User, Involvement]] = {}
    for row in db.session.execute(query):
        held = people.get(row.User.id)
        if held is None or _RANK.index(row.Involvement.interest) > _RANK.index(held[1].interest):
            people[row.User.id] = (row.User, row.Involvement)
    return list(people.values())
