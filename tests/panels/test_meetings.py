"""Meetings, their agendas, and what becomes of a request at one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from ifr import audit, clock
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import everyone_who_took_part
from ifr.demo import accounts, stories, walk
from ifr.panels import agenda, meetings, reading, seats, services
from ifr.panels.models import AgendaItem, Meeting
from ifr.panels.sitting import open_item_of
from ifr.workflow import Invalid, NotVisible, Refused
from tests.panels import walking
from tests.panels.walking import CHAIR, PANEL, SECRETARY, why_not


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    return walking.ready()


def row(meeting: Meeting, item: AgendaItem, who: str = SECRETARY) -> reading.ItemRow:
    page = reading.meeting_page(meeting.id, accounts.user(who))
    return next(one for one in page.items if one.item.id == item.id)


# --- the agenda -----------------------------------------------------------------------------------------------------------


def test_a_request_is_listed_only_when_it_stands_on_an_agenda_and_its_papers_are_checked(case: Case) -> None:
    assert why_not(case, "list", SECRETARY) == [
        "The request stands on the agenda of no meeting.",
        "Nobody has checked the papers for the patient's identity yet.",
    ]
    meeting = walking.planned(case)
    item = walking.listed(case, meeting)
    assert case.state == "listed"
    assert item.manifest is not None
    assert [part["what"] for part in item.manifest] == ["papers", "document"]
    assert all(len(part["sha256"]) == 64 for part in item.manifest)


def test_another_commissioners_request_cannot_be_put_on_the_agenda(case: Case) -> None:
    elsewhere = walk.received(stories.BLUSHING)
    meeting = walking.planned(case)
    with pytest.raises(Invalid):
        walking.on_agenda(elsewhere, meeting)


def test_a_request_stands_on_one_agenda_at_a_time(case: Case) -> None:
    first, second = walking.planned(case), walking.planned(case)
    item = walking.on_agenda(case, first)
    assert walking.on_agenda(case, first).id == item.id
    with pytest.raises(Invalid, match="agenda of another meeting"):
        walking.on_agenda(case, second)


def test_only_the_secretary_of_the_commissioner_keeps_a_meeting(case: Case) -> None:
    meeting = walking.planned(case)
    for who in ("helen_chairs", "carol_office", "rosa_spine"):
        with pytest.raises(NotVisible):
            meetings.open_meeting(meeting.id, by=accounts.user(who))


def test_whoever_is_seated_or_put_before_gets_an_undeclared_part(case: Case) -> None:
    meeting = walking.planned(case, CHAIR)
    walking.on_agenda(case, meeting)
    seats.seat(meeting.id, accounts.user("nina_member").id, "member", by=accounts.user(SECRETARY))
    for who in (CHAIR, "nina_member"):
        assert not case.visible_to(accounts.user(who))
        assert accounts.user(who).id in everyone_who_took_part(case)


def test_a_meeting_has_one_chair_and_only_a_chair_takes_it(case: Case) -> None:
    meeting = walking.planned(case, CHAIR)
    by = accounts.user(SECRETARY)
    with pytest.raises(Invalid, match="does not chair panels"):
        seats.seat(meeting.id, accounts.user("ruth_lay").id, "chair", by=by)
    assert seats.seat(meeting.id, accounts.user(CHAIR).id, "member", by=by).capacity == "chair"


def test_the_same_meeting_sent_twice_is_planned_once(case: Case) -> None:
    by = accounts.user(SECRETARY)
    made = [
        meetings.plan_meeting(
            commissioner_id=case.commissioner_id, held_on=clock.today(), place="Room 1", once="the-same", by=by
        ).id
        for _ in range(2)
    ]
    assert made[0] == made[1]


# --- taking an item -------------------------------------------------------------------------------------------------------


def test_an_item_is_opened_by_a_panel_that_is_there_has_declared_and_is_quorate(case: Case) -> None:
    meeting = walking.planned(case)
    item = walking.listed(case, meeting)
    assert "The meeting has not been opened." in why_not(case, "take_item", SECRETARY)
    walking.opened(meeting)
    assert "Leo Grant has not said whether there is an interest in this request." in why_not(case, "take_item", SECRETARY)
    walking.declared(case)
    walk.step(case, "take_item", SECRETARY)
    assert item.proof is not None
    assert item.proof["quorate"] is True
    assert item.proof["had"] == {"voting": 4, "clinicians": 3, "doctors": 2, "lay": 1}
    assert item.proof["chair"] == accounts.user(CHAIR).id


def test_a_member_in_conflict_leaves_and_the_rest_are_quorate_without(case: Case) -> None:
    item = walking.at_panel(case, conflict="omar_member")
    assert case.state == "at_panel"
    assert item.proof is not None
    omar = accounts.user("omar_member").id
    assert item.proof["conflicted"] == [omar]
    assert omar not in [one["user"] for one in item.proof["present"]]
    assert item.proof["had"] == {"voting": 3, "clinicians": 2, "doctors": 1, "lay": 1}


def test_without_a_quorum_the_reason_says_what_is_needed_and_what_is_there(case: Case) -> None:
    meeting = walking.planned(case)
    walking.listed(case, meeting)
    walking.opened(meeting)
    walking.declared(case, conflict="leo_lay")
    assert why_not(case, "take_item", SECRETARY) == [
        "There is no quorum for this request. Needed: 3 voting members, 2 clinicians, 1 doctor, 1 lay member. "
        "There: 3 voting members, 3 clinicians, 2 doctors, 0 lay members."
    ]
    assert not row(meeting, open_item_of(case)).forecast.quorate.reached  # type: ignore[arg-type,union-attr]


def test_whoever_screened_does_not_count(case: Case) -> None:
    """The screener of a request is given a role on the panel afterwards."""
    from ifr.people import services as people

    sam = accounts.user("sam_screens")
    people.add_membership(
        user=sam, organisation=accounts.organisation(accounts.CM), role=Role.PANEL_MEMBER, by=people.JOB
    )
    who = (CHAIR, "sam_screens", "leo_lay")
    meeting = walking.planned(case, *who)
    walking.listed(case, meeting)
    walking.opened(meeting, *who)
    walking.declared(case, CHAIR, "leo_lay")
    parts = services.seat_of(meeting.id, sam.id)
    assert parts is not None
    [reason] = [one for one in why_not(case, "take_item", SECRETARY) if "quorum" in one]
    assert "There: 2 voting members, 1 clinician, 1 doctor, 1 lay member." in reason


def test_when_the_chair_has_a_conflict_somebody_else_chairs_the_item_and_confirms_it(case: Case) -> None:
    who = (*PANEL, "ruth_lay")
    meeting = walking.planned(case, *who)
    item = walking.listed(case, meeting)
    walking.opened(meeting, *who)
    walking.declared(case, *who, conflict=CHAIR)
    assert why_not(case, "take_item", SECRETARY) == [
        "The chair is not there or cannot decide this request. Choose who chairs it."
    ]
    agenda.name_deputy(meeting.id, item.id, accounts.user("omar_member").id, by=accounts.user(SECRETARY))
    walk.step(case, "take_item", SECRETARY)
    walking.confirmed(case, "funded", by="omar_member")
    assert case.state == "decision_confirmed"


def test_a_member_who_left_is_not_counted(case: Case) -> None:
    meeting = walking.planned(case)
    walking.listed(case, meeting)
    walking.opened(meeting)
    walking.declared(case)
    seats.attend(meeting.id, accounts.user("leo_lay").id, "left", by=accounts.user(SECRETARY))
    assert any("0 lay members" in reason for reason in why_not(case, "take_item", SECRETARY))


def test_a_page_from_before_somebody_came_cannot_take_the_item(case: Case) -> None:
    meeting = walking.planned(case)
    walking.listed(case, meeting)
    seen = case.version
    walking.opened(meeting)
    assert case.version > seen


# --- off the agenda again -------------------------------------------------------------------------------------------------


def test_a_deferred_request_says_why_and_can_be_listed_again(case: Case) -> None:
    item = walking.at_panel(case)
    walking.deferred(case, "The MRI report, from the hospital, by 12 December")
    assert (item.ended_as, item.note) == ("deferred", "The MRI report, from the hospital, by 12 December")
    again = walking.listed(case, walking.planned(case))
    assert case.state == "listed"
    assert again.id != item.id


def test_a_request_taken_off_the_list_leaves_the_agenda(case: Case) -> None:
    item = walking.listed(case, walking.planned(case))
    walk.step(case, "unlist", SECRETARY, reason="The clinician sent a new report")
    assert item.ended_as == "unlisted"
    assert open_item_of(case) is None


def test_a_withdrawn_request_leaves_the_agenda(case: Case) -> None:
    item = walking.listed(case, walking.planned(case))
    walk.step(case, "withdraw", "rosa_spine", reason="The patient asked for it")
    assert item.ended_as == "withdrawn"


def test_a_meeting_is_not_closed_over_a_request_that_waits(case: Case) -> None:
    meeting = walking.planned(case)
    item = walking.listed(case, meeting)
    walking.opened(meeting)
    with pytest.raises(Invalid, match="Item 1 is not finished"):
        meetings.close_meeting(meeting.id, by=accounts.user(SECRETARY))
    later = walking.planned(case, held_on=clock.today() + timedelta(days=14))
    carried = agenda.carry_forward(meeting.id, item.id, later.id, by=accounts.user(SECRETARY))
    meetings.close_meeting(meeting.id, by=accounts.user(SECRETARY))
    assert (carried.papers, carried.manifest) == (item.papers, item.manifest)
    assert case.state == "listed"
    assert meeting.closed_at is not None


def test_what_happens_at_a_meeting_is_in_its_audit_without_names(case: Case) -> None:
    meeting = walking.planned(case)
    walking.on_agenda(case, meeting)
    actions = [event.action for event in audit.events(meeting.stream)]
    assert actions == ["plan_meeting", "seat", "seat", "seat", "seat", "add_item"]


def test_a_refused_item_stays_listed(case: Case) -> None:
    walking.listed(case, walking.planned(case))
    with pytest.raises(Refused):
        walk.step(case, "take_item", SECRETARY)
    assert case.state == "listed"
