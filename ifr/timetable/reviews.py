"""The upkeep of policies: whoever keeps them is told before and after the day of a review, and again of a question that has
no answer. A review that is late ends nothing, and a question holds no request back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ifr import clock, deadlines, profiles
from ifr.access import Role
from ifr.db import db, lock
from ifr.pages import day
from ifr.people.models import COMMISSIONER, Organisation
from ifr.people.services import users_with
from ifr.policies.models import Policy, PolicyFlag, PolicyVersion
from ifr.policies.standing import standings
from ifr.profiles import Profile, Upkeep
from ifr.telling import services as telling
from ifr.timetable.models import UpkeepStep

REVIEW, QUESTION = "review", "question"


@dataclass(frozen=True)
class Matter:
    """Something about a policy that has a day of its own: the review of a version, or a question to its owner."""

    kind: str
    id: int
    owner_id: int
    version_id: int
    counted_from: date

    @property
    def about(self) -> str:
        return f"{self.kind}:{self.id}"

    def steps(self, plan: Upkeep) -> Iterator[tuple[str, int]]:
        """The steps of a plan for it, each with its working days after the day (before it where negative)."""
        if self.kind == REVIEW:
            yield from ((f"before:{number}", -number) for number in plan.review_before)
            yield from ((f"after:{number}", number) for number in plan.review_after)
        else:
            yield from ((f"after:{number}", number) for number in plan.question_after)


def due(limit: int) -> list[str]:
    """The policies and questions of which somebody is to be told now."""
    plans = _plans()
    found = [*_questions(plans), *_reviews(plans)]
    taken = _taken([one.about for one in found])
    waiting = [one for one in found if _due_steps(one, plans[one.owner_id], taken)]
    return [one.about for one in _that_bind(waiting)][:limit]


def act(about: str) -> None:
    """Take the steps that are due for one of them; of several that fell due meanwhile only the last is told."""
    kind, _, number = about.partition(":")
    plans = _plans()
    if kind == REVIEW:
        lock(PolicyVersion, int(number))
        matters = _reviews(plans, int(number))
    else:
        lock(PolicyFlag, int(number))
        matters = _questions(plans, int(number))
    for one in _that_bind(matters):
        steps = _due_steps(one, plans[one.owner_id], _taken([about]))
        for step in steps:
            db.session.add(UpkeepStep(about=about, step=step, counted_from=one.counted_from, at=clock.now()))
        if steps:
            _tell(one, steps[-1])
    db.session.flush()


def _plans() -> dict[int, Upkeep]:
    """The plan of each commissioner that has one, as its profile of today says."""
    found = {}
    for one in db.session.scalars(select(Organisation).where(Organisation.kind == COMMISSIONER)):
        profile = profile_of(one)
        if profile is not None and profile.upkeep is not None:
            found[one.id] = profile.upkeep
    return found


def profile_of(commissioner: Organisation) -> Profile | None:
    """What a commissioner does today; none for one that only publishes policies."""
    try:
        found: Profile = profiles.by_id(profiles.latest("profile", commissioner.slug).id)
    except LookupError:
        return None
    return found


def _reviews(plans: dict[int, Upkeep], version_id: int | None = None) -> list[Matter]:
    """The versions whose review is printed for a day within reach of a plan. One that stands without review has none."""
    farthest = max((number for plan in plans.values() for number in plan.review_before), default=0)
    query = select(PolicyVersion.id, PolicyVersion.owner_id, PolicyVersion.review_due_on).where(
        PolicyVersion.owner_id.in_(plans),
        PolicyVersion._state == "published",
        PolicyVersion.is_static.is_(False),
        PolicyVersion.review_due_on <= deadlines.next_working_day(clock.today(), farthest, deadlines.days_off(None)),
    )
    if version_id is not None:
        query = query.where(PolicyVersion.id == version_id)
    rows = db.session.execute(query.order_by(PolicyVersion.review_due_on, PolicyVersion.id))
    return [Matter(REVIEW, row.id, row.owner_id, row.id, row.review_due_on) for row in rows]


def _questions(plans: dict[int, Upkeep], flag_id: int | None = None) -> list[Matter]:
    query = (
        select(PolicyFlag.id, PolicyFlag.version_id, PolicyFlag.raised_at, PolicyVersion.owner_id)
        .join(PolicyVersion, PolicyVersion.id == PolicyFlag.version_id)
        .where(PolicyFlag.answered_at.is_(None), PolicyVersion.owner_id.in_(plans))
    )
    if flag_id is not None:
        query = query.where(PolicyFlag.id == flag_id)
    rows = db.session.execute(query.order_by(PolicyFlag.id))
    return [Matter(QUESTION, row.id, row.owner_id, row.version_id, clock.day_of(row.raised_at)) for row in rows]


def _taken(about: Sequence[str]) -> set[tuple[str, str, date]]:
    query = select(UpkeepStep).where(UpkeepStep.about.in_(about))
    return {(row.about, row.step, row.counted_from) for row in db.session.scalars(query)}


def _due_steps(one: Matter, plan: Upkeep, taken: set[tuple[str, str, date]]) -> list[str]:
    """The steps whose day has come and that were not taken, in the order of their days."""
    off = deadlines.days_off(one.owner_id)
    days = sorted((deadlines.next_working_day(one.counted_from, number, off), name) for name, number in one.steps(plan))
    return [name for on, name in days if on <= clock.today() and (one.about, name, one.counted_from) not in taken]


def _that_bind(matters: Sequence[Matter]) -> list[Matter]:
    """Without the reviews of versions that another has replaced: nobody reviews those."""
    wanted = [one.version_id for one in matters if one.kind == REVIEW]
    versions = db.session.scalars(select(PolicyVersion).where(PolicyVersion.id.in_(wanted))).all()
    status = standings(versions, clock.today())
    return [one for one in matters if one.kind != REVIEW or status[one.version_id].binds]


def _tell(one: Matter, step: str) -> None:
    title = db.session.scalar(
        select(Policy.title).join(PolicyVersion, PolicyVersion.policy_id == Policy.id).where(PolicyVersion.id == one.version_id)
    )
    if one.kind == REVIEW:
        late = one.counted_from < clock.today()
        said = f"was due on {day(one.counted_from)}. The policy binds on." if late else f"is due on {day(one.counted_from)}."
        words, to = f"The review of the policy “{title}” {said}", "editing.reviews"
    else:
        # What was asked stays on its page: a question may be written with a request in mind.
        words = f"A question about the policy “{title}” has waited for an answer since {day(one.counted_from)}."
        to = "editing.flags"
    for user in users_with(Role.POLICY_LEAD, one.owner_id):
        telling.tell(user.id, key=f"{one.about}:{step}:{one.counted_from}", words=words, to=to)
