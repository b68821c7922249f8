"""Whatever is declared, stopped, cleared, seated and named, in whatever order: a conflicted person reads and does nothing, and
a chair who had a conflict of interest never has the chair of that item again."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifr import workflow
from ifr.access import Role
from ifr.cases.models import UNDECLARED, Case
from ifr.db import db
from ifr.demo import accounts
from ifr.panels import agenda, reading, seats, services
from ifr.panels.interests import clearing, stopping
from ifr.panels.interests import services as interests
from ifr.panels.models import AgendaItem
from ifr.panels.sitting import interests_in, panel_for
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible
from tests.panels import walking

PEOPLE = ("helen_chairs", "omar_member")
CLEARERS = {"manager": "maya_manages", "secretary": "stan_minutes"}
ACTS = ("yes", "no", "stop", "name", "chair", "member", "manager", "secretary")


@dataclass
class Known:
    """What is right of one person, worked out beside the service from what it said was done."""

    conflicted: bool = False
    stopped: bool = False
    chaired: bool = False
    handed_over: bool = False
    cleared_by: set[str] = field(default_factory=set)


@dataclass
class World:
    case: Case
    item: AgendaItem
    people: dict[str, User]
    known: dict[str, Known]

    def act(self, what: str, who: str) -> None:
        """One act, as far as the service lets it be done; what it refuses leaves nothing."""
        act, one = getattr(self, f"_{what}"), self.known[who]
        try:
            with db.session.begin_nested():
                act(who, self.people[who], one)
        except (Invalid, NotVisible, AssertionError):
            db.session.expire_all()

    def _yes(self, who: str, user: User, one: Known) -> None:
        interests.declare(walking.part_of(self.case, who), has_interest=True, note="Mine", by=user)
        self._found(one)

    def _no(self, who: str, user: User, one: Known) -> None:
        interests.declare(walking.part_of(self.case, who), has_interest=False, note="", by=user)
        if one.conflicted:
            pytest.fail("a conflict of interest was taken back by the person who has it")

    def _stop(self, who: str, user: User, one: Known) -> None:
        stopping.stop(self.case.key, note="", by=user)
        self._found(one)
        one.stopped = True

    def _found(self, one: Known) -> None:
        if one.conflicted:
            pytest.fail("a case that is closed already was closed again")
        one.conflicted, one.cleared_by = True, set()

    def _name(self, who: str, user: User, one: Known) -> None:
        agenda.name_deputy(self.item.meeting_id or 0, self.item.id, user.id, by=accounts.user("stan_minutes"))
        if one.conflicted or one.handed_over:
            pytest.fail("the chair was taken back")
        one.chaired = True

    def _chair(self, who: str, user: User, one: Known) -> None:
        self._seat(user, "chair", one)

    def _member(self, who: str, user: User, one: Known) -> None:
        self._seat(user, "member", one)

    def _seat(self, user: User, capacity: str, one: Known) -> None:
        by, meeting = accounts.user("stan_minutes"), self.item.meeting_id or 0
        seats.take_back(meeting, user.id, by=by)
        seats.seat(meeting, user.id, capacity, by=by)
        one.chaired = one.chaired or capacity == "chair"

    def _manager(self, who: str, user: User, one: Known) -> None:
        self._clear("manager", user, one)

    def _secretary(self, who: str, user: User, one: Known) -> None:
        self._clear("secretary", user, one)

    def _clear(self, by: str, user: User, one: Known) -> None:
        lifted = clearing.clear_conflict(
            self.case, user.id, because="No", seen=self.case.version, by=accounts.user(CLEARERS[by])
        )
        one.cleared_by.add(by)
        enough = one.cleared_by == set(CLEARERS) if one.chaired else one.cleared_by == {"manager"}
        if lifted and (one.stopped or not enough):
            pytest.fail("a conflict of interest was lifted too soon")
        if lifted:
            one.conflicted, one.handed_over = False, one.handed_over or one.chaired

    def check(self) -> None:
        db.session.flush()
        for who, one in self.known.items():
            user = self.people[who]
            if one.conflicted:
                assert not self.case.visible_to(user) and not self.case.capacities(user)
                assert not workflow.moves_open_to(self.case, user)
                assert not services.may_read_papers(self.case, self.item, user)
                assert not reading.views_in_words(self.item, self.case, user)
            if one.conflicted or one.handed_over:
                assert Role.PANEL_CHAIR not in self.case.capacities(user)
                assert panel_for(self.item, self.case).chair_id != user.id
            if interests_in(self.case.id).get(user.id, UNDECLARED) == UNDECLARED:
                assert not self.case.visible_to(user)


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    with app.app_context():
        case = walking.ready()
        item = walking.listed(case, walking.planned(case))
        db.session.commit()
        yield World(case, item, {who: accounts.user(who) for who in PEOPLE}, {})


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE)), min_size=4, max_size=9))
def test_no_order_of_acts_opens_a_case_to_whoever_has_a_conflict(world: World, acts: list[tuple[str, str]]) -> None:
    world.known = {who: Known(chaired=who == "helen_chairs") for who in PEOPLE}
    try:
        for what, who in acts:
            world.act(what, who)
            world.check()
    finally:
        db.session.rollback()
