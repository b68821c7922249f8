"""Interests: nothing opens before one has said, and nothing at all after one has said yes."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr.cases.models import CLEAR, CONFLICTED, Case
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.demo import accounts
from ifr.panels import reading, services
from ifr.panels.interests import services as interests
from ifr.panels.sitting import interests_in, open_item_of
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    case = walking.ready()
    walking.listed(case, walking.planned(case))
    return case


def user(who: str) -> User:
    return accounts.user(who)


def meeting_of(case: Case) -> int:
    item = open_item_of(case)
    assert item is not None and item.meeting_id is not None
    return item.meeting_id


def my_item(case: Case, who: str) -> reading.MyItem:
    """What somebody sees of the agenda on which the case stands."""
    [meeting] = [one for one in reading.my_meetings(user(who)) if one.meeting.id == meeting_of(case)]
    [item] = meeting.items
    return item


def test_before_declaring_only_provider_specialty_and_clinician_are_shown(case: Case) -> None:
    page = interests.interest_page(walking.part_of(case, "nina_member"), user("nina_member"))
    assert (page.provider, page.specialty, page.clinician) == (
        "Merseyview Hospitals (demonstration)", "Spinal surgery", "Miss Rosa Whitby",
    )
    item = my_item(case, "nina_member")
    assert (item.interest, item.case) == ("undeclared", None)


def test_the_page_of_somebody_else_is_not_there(case: Case) -> None:
    with pytest.raises(NotVisible):
        interests.interest_page(walking.part_of(case, "nina_member"), user("leo_lay"))


def test_without_an_interest_the_papers_open(case: Case) -> None:
    walking.declared(case, "nina_member")
    assert case.visible_to(user("nina_member"))
    item = my_item(case, "nina_member")
    assert item.case is not None and item.case.id == case.id


def test_an_interest_is_described_in_words(case: Case) -> None:
    with pytest.raises(Invalid, match="what the interest is"):
        interests.declare(walking.part_of(case, "nina_member"), has_interest=True, note=" ", by=user("nina_member"))


def test_with_an_interest_there_is_a_private_item_and_nothing_else(case: Case) -> None:
    walking.declared(case, "omar_member", conflict="omar_member")
    omar = user("omar_member")
    item = my_item(case, "omar_member")
    assert (item.interest, item.case, item.part_id, item.ended) == (CONFLICTED, None, None, "")
    assert db.session.scalars(cases_visible_to(omar).where(Case.id == case.id)).all() == []
    assert case.id not in [part.case.id for part in reading.my_other_parts(omar) if part.case]
    meeting_id, item_id = meeting_of(case), item.item_id
    for attempt in (
        lambda: reading.papers_page(meeting_id, item_id, omar),
        lambda: interests.interest_page(walking.part_of(case, "omar_member"), omar),
        lambda: services.write_view(services.item_at(meeting_id, item_id), text="x", leaning="fund", by=omar),
    ):
        with pytest.raises(NotVisible):
            attempt()


def test_an_interest_found_while_reading_closes_the_papers_again(case: Case) -> None:
    walking.declared(case, "omar_member")
    walking.declared(case, "omar_member", conflict="omar_member")
    assert not case.visible_to(user("omar_member"))


def test_the_requesting_clinician_who_sits_is_in_conflict_without_being_asked(case: Case) -> None:
    from ifr.access import Role
    from ifr.people import services as people

    rosa = user("rosa_spine")
    people.add_membership(user=rosa, organisation=accounts.organisation(accounts.CM), role=Role.PANEL_MEMBER, by=people.JOB)
    services.seat(meeting_of(case), rosa.id, "member", by=user(SECRETARY))
    assert interests_in(case.id)[rosa.id] == CONFLICTED
    assert case.visible_to(rosa)
    item = my_item(case, "rosa_spine")
    assert (item.interest, item.case) == (CONFLICTED, None)


def test_the_manager_alone_clears_a_conflict_and_says_why(case: Case) -> None:
    walking.declared(case, "omar_member", conflict="omar_member")
    omar = user("omar_member").id
    with pytest.raises(NotVisible):
        interests.clear_conflict(case, omar, because="A mistake", seen=case.version, by=user(SECRETARY))
    with pytest.raises(Invalid):
        interests.clear_conflict(case, omar, because=" ", seen=case.version, by=user("maya_manages"))
    interests.clear_conflict(case, omar, because="Another person of that name", seen=case.version, by=user("maya_manages"))
    assert interests_in(case.id)[omar] == CLEAR
    assert case.visible_to(user("omar_member"))


def test_a_chairs_conflict_is_not_cleared_by_one_person(case: Case) -> None:
    walking.declared(case, CHAIR, conflict=CHAIR)
    with pytest.raises(Invalid, match="takes two people"):
        interests.clear_conflict(case, user(CHAIR).id, because="A mistake", seen=case.version, by=user("maya_manages"))
