"""Who was there for an item, from when until when, and what that means for its quorum at the vote."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from ifr import clock
from ifr.demo import accounts, walk
from ifr.panels import agenda, attendance, meetings, seats
from ifr.panels.models import GUEST
from ifr.panels.room import services as room
from ifr.panels.sitting import attendances_of, panel_for
from ifr.workflow import Invalid, NotVisible
from tests.panels import walking
from tests.panels.walking import CHAIR, PANEL, SECRETARY, why_not


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_who_leaves_before_the_vote_is_out_and_who_joins_late_counts_only_by_the_chairs_minute() -> None:
    case = walking.ready()
    who = (*PANEL, "ruth_lay")
    meeting = walking.planned(case, *who)
    item = walking.listed(case, meeting)
    walking.opened(meeting, *PANEL)
    walking.declared(case, *who)
    walk.step(case, "take_item", SECRETARY)
    by, leo, ruth = accounts.user(SECRETARY), accounts.user("leo_lay").id, accounts.user("ruth_lay").id
    assert item.proof is not None and item.proof["commissioner"] == case.commissioner_id
    assert {one.user_id for one in attendances_of([item.id])} == {accounts.user(one).id for one in PANEL}

    # The only lay member loses the connection, so nothing can be decided until he is back.
    seats.attend(meeting.id, leo, "lost", by=by)
    assert any("0 lay members" in one for one in why_not(case, "record_decision", SECRETARY))
    seats.attend(meeting.id, leo, "back", by=by)
    assert not any("quorum" in one for one in why_not(case, "record_decision", SECRETARY))

    # He leaves for good; another lay member joins late.
    with clock.at(clock.now() + timedelta(minutes=7)):
        seats.attend(meeting.id, leo, "left", by=by)
        seats.attend(meeting.id, ruth, "arrived", how="by_video", by=by)
        assert panel_for(item, case).quorate.left_out[ruth] == "joined after the discussion began"
        assert any("0 lay members" in one for one in why_not(case, "record_decision", SECRETARY))
        page = room.now_page(meeting.id, accounts.user(CHAIR))
        [live] = page.items
        assert (live.open_for, live.may_minute, live.panel.quorate.reached) == ("7 minutes", True, False)  # type: ignore[union-attr]
        assert "Ruth Adeyemi" in [one.name for one in live.there]
        assert ("Leo Grant", "left") in [(one.name, one.why) for one in live.away]
        with pytest.raises(NotVisible):
            room.minute_late_arrival(meeting.id, item.id, ruth, "Summed up", by=accounts.user("nina_member"))
        with pytest.raises(Invalid, match="chair's minute"):
            room.minute_late_arrival(meeting.id, item.id, ruth, " ", by=accounts.user(CHAIR))
        room.minute_late_arrival(meeting.id, item.id, ruth, "Summed up for her", by=accounts.user(CHAIR))
        walk.step(case, "record_decision", SECRETARY)

    proof = item.proof
    assert proof["quorate"] and ruth in proof["counted"] and leo not in proof["counted"]
    assert proof["left_before_vote"] == [leo]
    assert leo in proof["at_opening"]["counted"] and ruth not in proof["at_opening"]["counted"]
    [late] = [one for one in proof["attendance"] if one["late"]]
    assert (late["user"], late["how"], late["minute"], late["because"]) == (ruth, "by_video", "Summed up for her", None)
    assert all(one.until_at is not None for one in attendances_of([item.id]))


def test_an_interest_found_in_the_middle_of_an_item_ends_the_attendance_and_another_chairs() -> None:
    who = (*PANEL, "ruth_lay")
    case = walking.ready()
    meeting = walking.planned(case, *who)
    item = walking.listed(case, meeting)
    walking.opened(meeting, *who)
    walking.declared(case, *who)
    walk.step(case, "take_item", SECRETARY)
    walking.declared(case, CHAIR, conflict=CHAIR)
    chair, omar = accounts.user(CHAIR), accounts.user("omar_member")
    assert [one.ended_because for one in attendances_of([item.id]) if one.user_id == chair.id] == ["conflict"]
    assert not attendance.leave_case(case, chair.id, by=chair)
    assert any("Choose who chairs it" in one for one in why_not(case, "record_decision", SECRETARY))
    [private] = room.now_page(meeting.id, chair).items
    assert (private.private, private.case, private.there, private.open_for) == (True, None, (), "")
    agenda.name_deputy(meeting.id, item.id, omar.id, by=accounts.user(SECRETARY))
    walk.step(case, "record_decision", SECRETARY)
    assert item.proof is not None
    assert (item.proof["chair"], item.proof["conflicted"]) == (omar.id, [chair.id])
    assert item.proof["at_opening"]["chair"] == chair.id


def test_a_vote_carries_its_commissioner_and_a_guest_sits_for_one_item_only() -> None:
    case, other = walking.ready(), walking.ready()
    by, cm, ce = accounts.user(SECRETARY), accounts.organisation(accounts.CM), accounts.organisation(accounts.CE)
    meeting = meetings.plan_meeting(
        commissioner_id=cm.id, held_on=clock.today(), place="Room 1", once=walk.once(), in_common_with=[ce.id], by=by
    )
    items = [agenda.add_item(meeting.id, one.id, by=by) for one in (case, other)]
    for key in (CHAIR, "omar_member", "nina_member"):
        seats.seat(meeting.id, accounts.user(key).id, "chair" if key == CHAIR else "member", by=by, votes_for=[cm.id])
    leo = seats.seat(meeting.id, accounts.user("leo_lay").id, "member", votes_for=[ce.id], by=by)
    ruth = seats.seat(meeting.id, accounts.user("ruth_lay").id, GUEST, only_item_id=items[1].id, by=by)
    with pytest.raises(Invalid):
        seats.seat(meeting.id, accounts.user("mina_member").id, "member", only_item_id=items[1].id, by=by)
    walking.declared(case, "leo_lay")
    meetings.open_meeting(meeting.id, by=by)
    seats.everybody_is_here(meeting.id, by=by)
    first, second = panel_for(items[0], case), panel_for(items[1], other)
    assert first.quorate.left_out[leo.user_id] == "votes for another commissioner"
    assert ruth.user_id not in {one.user_id for one in first.sitters}
    assert ruth.user_id in {one.user_id for one in second.sitters}
