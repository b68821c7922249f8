"""Interests: nothing opens before one has said, and nothing at all after one has said yes."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from ifr import audit
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, Case
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.demo import accounts
from ifr.panels import agenda, reading, seats, services
from ifr.panels.interests import clearing, openings, questions, sheet, stopping
from ifr.panels.interests import services as interests
from ifr.panels.pack.reading import papers_page
from ifr.panels.sitting import interests_in, open_item_of
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible, NotYours
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
        lambda: papers_page(meeting_id, item_id, omar),
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
    from ifr.people import services as people

    rosa = user("rosa_spine")
    people.add_membership(user=rosa, organisation=accounts.organisation(accounts.CM), role=Role.PANEL_MEMBER, by=people.JOB)
    seats.seat(meeting_of(case), rosa.id, "member", by=user(SECRETARY))
    assert interests_in(case.id)[rosa.id] == CONFLICTED
    assert case.visible_to(rosa)
    item = my_item(case, "rosa_spine")
    assert (item.interest, item.case) == (CONFLICTED, None)
    with pytest.raises(Invalid, match="for the provider"):
        clearing.clear_conflict(case, rosa.id, because="She is fair", seen=case.version, by=user("maya_manages"))


def test_the_manager_alone_clears_a_conflict_and_says_why(case: Case) -> None:
    walking.declared(case, "omar_member", conflict="omar_member")
    omar = user("omar_member").id
    with pytest.raises(NotVisible):
        clearing.clear_conflict(case, omar, because="A mistake", seen=case.version, by=user(SECRETARY))
    with pytest.raises(Invalid):
        clearing.clear_conflict(case, omar, because=" ", seen=case.version, by=user("maya_manages"))
    clearing.clear_conflict(case, omar, because="Another person of that name", seen=case.version, by=user("maya_manages"))
    assert interests_in(case.id)[omar] == CLEAR
    assert case.visible_to(user("omar_member"))


def test_a_chairs_conflict_takes_two_people_and_the_chair_of_the_item_stays_with_the_deputy(case: Case) -> None:
    """... at this meeting, whoever names him or her again; at the next meeting the chair may be given anew."""
    helen, by = user(CHAIR), user(SECRETARY)
    walking.declared(case, *walking.PANEL, conflict=CHAIR)
    meeting_id, item = meeting_of(case), open_item_of(case)
    assert item is not None
    assert not clearing.clear_conflict(case, helen.id, because="Met once", seen=case.version, by=user("maya_manages"))
    assert interests_in(case.id)[helen.id] == CONFLICTED
    with pytest.raises(Invalid, match="a second person"):
        clearing.clear_conflict(case, helen.id, because="Met once", seen=case.version, by=user("maya_manages"))
    assert clearing.clear_conflict(case, helen.id, because="A conference", seen=case.version, by=by)
    assert case.visible_to(helen) and interests_in(case.id)[helen.id] == CLEAR
    assert Role.PANEL_CHAIR not in case.capacities(helen)
    with pytest.raises(Invalid, match="does not chair this request"):
        agenda.name_deputy(meeting_id, item.id, helen.id, by=by)
    seats.take_back(meeting_id, helen.id, by=by)
    seats.seat(meeting_id, helen.id, "chair", by=by)
    assert Role.PANEL_CHAIR not in case.capacities(helen)
    agenda.name_deputy(meeting_id, item.id, user("omar_member").id, by=by)
    walking.opened(services.visible_meeting(meeting_id, by))
    walking.declared(case, CHAIR)
    walking.walk.step(case, "take_item", SECRETARY)
    assert item.proof is not None
    assert (item.proof["chair"], [one["by"] for one in item.proof["cleared"]]) == (
        user("omar_member").id, [[user("maya_manages").id, by.id]],
    )
    for trigger in ("defer", "record_decision"):
        with pytest.raises(NotYours):
            walking.walk.step(case, trigger, CHAIR)


def test_stop_closes_the_item_at_once_and_says_what_was_open_and_the_deputy_goes_on(case: Case) -> None:
    helen, by = user(CHAIR), user(SECRETARY)
    walking.declared(case)
    meeting_id, item = meeting_of(case), open_item_of(case)
    assert item is not None
    openings.opened(item, helen)
    openings.opened(item, helen, "Document 2")
    openings.opened(item, helen)
    walking.opened(services.visible_meeting(meeting_id, by))
    walking.walk.step(case, "take_item", SECRETARY)
    assert item.proof is not None and item.proof["chair"] == helen.id
    before = case.version
    stopping.stop(case.key, note="My neighbour", by=helen)
    assert case.version > before, "a page of the secretary that is open is stale now"
    assert not case.visible_to(helen)
    with pytest.raises(NotVisible):
        stopping.stop(case.key, note="", by=helen)
    assert (item.proof["chair"], item.proof["conflicted"]) == (None, [helen.id])
    assert helen.id not in item.proof["counted"]
    [call] = stopping.calls_at(meeting_id, by)
    assert (call.name, call.during, call.key) == (helen.name, True, case.key)
    row = next(one for one in sheet.interests_of(case, by) if one.user.id == helen.id)
    assert row.stop is not None
    assert [(what, times) for what, _, _, times in row.stop.seen] == [("The papers", 2), ("Document 2", 1)]
    with pytest.raises(Invalid, match="when the item is over"):
        clearing.clear_conflict(case, helen.id, because="No", seen=case.version, by=user("maya_manages"))
    agenda.name_deputy(meeting_id, item.id, user("omar_member").id, by=by)
    walking.walk.step(case, "record_decision", SECRETARY)
    assert item.proof["chair"] == user("omar_member").id
    assert [one.name for one in openings.openings_of(case, by)] == [helen.name] * 3


def test_a_chair_who_finds_an_interest_before_confirming_leaves_that_to_somebody_who_decided(case: Case) -> None:
    helen, by = user(CHAIR), user(SECRETARY)
    walking.declared(case)
    meeting_id, item = meeting_of(case), open_item_of(case)
    assert item is not None
    walking.opened(services.visible_meeting(meeting_id, by))
    walking.walk.step(case, "take_item", SECRETARY)
    walking.walk.step(case, "record_decision", SECRETARY)
    with pytest.raises(Invalid, match="stands"):
        agenda.name_deputy(meeting_id, item.id, user("omar_member").id, by=by)
    walking.declared(case, CHAIR, conflict=CHAIR)
    agenda.name_deputy(meeting_id, item.id, user("omar_member").id, by=by)
    assert Role.PANEL_CHAIR in case.capacities(user("omar_member")) and not case.capacities(helen)
    assert item.proof is not None and item.proof["chair"] == user("omar_member").id


def test_the_secretary_answers_yes_or_no_and_a_yes_is_a_conflict_until_the_manager_lifts_it(case: Case) -> None:
    omar, by, part = user("omar_member"), user(SECRETARY), walking.part_of(case, "omar_member")
    asked = questions.ask(part, words="Sam Poole, born 1985", by=omar)
    assert questions.ask(part, words="Sam Poole, born 1985", by=omar).id == asked.id
    with pytest.raises(Invalid, match="has not answered"):
        questions.ask(part, words="Somebody else", by=omar)
    sealed = db.session.scalar(text("SELECT words FROM identity_questions"))
    assert "Poole" not in sealed
    with pytest.raises(NotVisible):
        questions.question_page(case, asked.id, user("nina_member"))
    page = questions.question_page(case, asked.id, by)
    assert page.patient and page.question.words == "Sam Poole, born 1985"
    assert ("read_identity", by.actor) in [(row.action, row.actor) for row in audit.events(case.stream)]
    questions.answer(case, asked.id, is_that_person=True, by=by)
    with pytest.raises(Invalid, match="The answer stands"):
        questions.answer(case, asked.id, is_that_person=False, by=by)
    assert questions.question_page(case, asked.id, by).patient == ""
    assert not case.visible_to(omar)
    questions.say_why_not(asked.id, why="Only the same street", by=omar)
    assert clearing.clear_conflict(case, omar.id, because="Same street", seen=case.version, by=user("maya_manages"))
    assert case.visible_to(omar)
