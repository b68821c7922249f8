"""Chair's action: a full decision outside a meeting, on clinicians heard, reported to the next meeting."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ifr import clock
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import db
from ifr.decisions import services as decisions
from ifr.decisions.models import CHAIRS_ACTION, DecisionRecord
from ifr.decisions.services import HeardTyped
from ifr.demo import accounts, walk
from ifr.panels import agenda, meetings
from ifr.panels.interests import services as interests
from ifr.panels.models import RECEIVE, AgendaItem
from ifr.profiles import Length, Unit
from ifr.profiles.commissioners import LifeOrLimb
from ifr.telling.models import Notice
from ifr.timetable import at_once
from ifr.workflow import Invalid, NotVisible, Refused
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY, why_not

OFFICE = "carol_office"
HARM = "The foot will be weak for good within a week."


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    return walking.urgent()


def asked(case: Case, *, has_interest: bool = False) -> None:
    decisions.ask_chair(case, accounts.user(CHAIR).id, seen=case.version, by=accounts.user(OFFICE))
    interests.declare(
        walking.part_of(case, CHAIR), has_interest=has_interest, note="A relative" if has_interest else "",
        by=accounts.user(CHAIR),
    )


def heard(*names: str) -> list[HeardTyped]:
    return [HeardTyped(name, "Consultant", clock.today(), "It cannot wait.") for name in names]


def prepared(
    case: Case, *names: str, outcome: str | None = "funded", harm: str = HARM, life_or_limb: bool = False
) -> DecisionRecord:
    return decisions.prepare_urgent(
        case, harm_of_waiting=harm, outcome=outcome, heard=heard(*names), life_or_limb=life_or_limb, seen=case.version,
        by=accounts.user(CHAIR),
    )


def taken(case: Case) -> None:
    asked(case)
    prepared(case, "Dr Rao", "Mr Bell")
    walk.step(case, "decide_urgently", CHAIR)


def receive_items(case: Case) -> list[AgendaItem]:
    query = select(AgendaItem).where(AgendaItem.case_id == case.id, AgendaItem.kind == RECEIVE).order_by(AgendaItem.id)
    return list(db.session.scalars(query))


def test_the_chair_sees_nothing_before_declaring(case: Case) -> None:
    decisions.ask_chair(case, accounts.user(CHAIR).id, seen=case.version, by=accounts.user(OFFICE))
    assert not case.visible_to(accounts.user(CHAIR))


def test_a_chair_with_an_interest_takes_no_urgent_decision(case: Case) -> None:
    asked(case, has_interest=True)
    with pytest.raises(NotVisible):
        prepared(case, "Dr Rao", "Mr Bell")


def test_only_an_urgent_request_goes_to_the_chair(context: None) -> None:
    with pytest.raises(Invalid, match="Only an urgent request"):
        asked(walking.ready())


@pytest.mark.parametrize("who", ["stan_minutes", "sam_screens"])
def test_only_coordinator_and_manager_ask_the_chair(case: Case, who: str) -> None:
    with pytest.raises(NotVisible):
        decisions.ask_chair(case, accounts.user(CHAIR).id, seen=case.version, by=accounts.user(who))


def test_somebody_who_is_no_chair_cannot_be_asked(case: Case) -> None:
    with pytest.raises(Invalid, match="Choose a chair"):
        decisions.ask_chair(case, accounts.user("leo_lay").id, seen=case.version, by=accounts.user(OFFICE))


def test_too_few_clinicians_are_not_enough(case: Case) -> None:
    asked(case)
    prepared(case, "Dr Rao")
    assert why_not(case, "decide_urgently", CHAIR) == [
        "At least 2 clinicians are heard before an urgent decision; 1 on record in full."
    ]


def test_for_life_or_limb_one_clinician_is_enough_and_it_is_reported_at_once(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(case)
    hours = Length(length=24, unit=Unit.HOURS, source="example")
    rule = case.profile.chairs_action
    for shorter in (None, LifeOrLimb(clinicians_heard=1, reported_within=hours, source="example")):
        held_to = case.profile.model_copy(update={"chairs_action": rule.model_copy(update={"life_or_limb": shorter})})
        monkeypatch.setattr(Case, "profile", property(lambda self, held_to=held_to: held_to))
        if shorter is None:
            with pytest.raises(Invalid, match="no shorter way"):
                prepared(case, "Dr Rao", life_or_limb=True)
    record = prepared(case, "Dr Rao", life_or_limb=True)
    assert why_not(case, "decide_urgently", CHAIR) == []
    walk.step(case, "decide_urgently", CHAIR)
    assert record.report_by_at == clock.now() + timedelta(hours=24)
    assert at_once.due(9) == [record.id]
    at_once.act(record.id)
    assert (record.reported_at, at_once.due(9)) == (clock.now(), [])
    told = db.session.scalars(select(Notice.user_id).where(Notice.key == f"life-or-limb:{record.id}"))
    assert {accounts.user("maya_manages").id, accounts.user(SECRETARY).id} <= set(told)


def test_one_clinician_heard_twice_is_one(case: Case) -> None:
    asked(case)
    record = prepared(case, "Dr Rao", "dr rao ")
    assert decisions.number_heard(record) == 1


def test_the_harm_of_waiting_and_the_ending_are_written_first(case: Case) -> None:
    asked(case)
    assert why_not(case, "decide_urgently", CHAIR) == [
        "Prepare the urgent decision first: the harm of waiting, and the clinicians heard."
    ]
    prepared(case, "Dr Rao", "Mr Bell", outcome=None, harm=" ")
    assert why_not(case, "decide_urgently", CHAIR) == [
        "Say what harm waiting for a meeting would do.", "Say how you decide.",
    ]


def test_the_chair_decides_writes_the_record_and_confirms(case: Case) -> None:
    taken(case)
    assert case.state == "decision_drafted"
    decisions.save_record(case, walking.full_record(case, "funded"), seen=case.version, by=accounts.user(CHAIR))
    assert why_not(case, "confirm_funded", CHAIR) == []
    walk.step(case, "confirm_funded", CHAIR)
    record = decisions.present_record(case)
    assert record is not None and record.kind == CHAIRS_ACTION
    assert record.confirmed_by_id == accounts.user(CHAIR).id


def test_another_chair_cannot_confirm_it(case: Case) -> None:
    from ifr.cases.models import CLEAR
    from ifr.cases.services import involve

    taken(case)
    decisions.save_record(case, walking.full_record(case, "funded"), seen=case.version, by=accounts.user(CHAIR))
    involve(case, accounts.user("ruth_lay").id, Role.PANEL_CHAIR, interest=CLEAR)
    assert why_not(case, "confirm_funded", "ruth_lay") == ["Dr Helen Marsh chaired this item and confirms the decision."]


def test_it_is_reported_to_the_next_meeting_and_received_there(case: Case) -> None:
    walking.planned(case)
    taken(case)
    decisions.save_record(case, walking.full_record(case, "funded"), seen=case.version, by=accounts.user(CHAIR))
    walk.step(case, "confirm_funded", CHAIR)
    [item] = receive_items(case)
    assert item.meeting_id is not None
    by = accounts.user(SECRETARY)
    meetings.open_meeting(item.meeting_id, by=by)
    agenda.receive(item.meeting_id, item.id, note="Noted.", by=by)
    assert (item.ended_as, item.note, case.state) == ("received", "Noted.", "decision_confirmed")


def test_an_urgent_decision_that_was_not_received_waits_for_the_next_meeting(case: Case) -> None:
    by = accounts.user(SECRETARY)
    item = agenda.to_receive(case, by=by)
    assert agenda.to_receive(case, by=by).id == item.id
    item.meeting_id = walking.planned(case).id
    meetings.open_meeting(item.meeting_id, by=by)
    later = walking.planned(case, held_on=clock.today() + timedelta(days=7))
    meetings.close_meeting(item.meeting_id, by=by)
    first, second = receive_items(case)
    assert first.ended_as == "carried_forward"
    assert (second.carried_from_id, second.ended_at) == (first.id, None)
    assert second.meeting_id is not None and second.meeting_id <= later.id


def test_the_chair_may_refer_it_on_without_prejudice(case: Case) -> None:
    taken(case)
    walk.step(case, "refer_on_to_panel", CHAIR, reason="The clinicians disagree")
    assert case.state == "ready_for_panel"
    assert decisions.present_record(case) is None
    walking.at_panel(case)
    record = decisions.record_to_show(case)
    assert record is not None
    assert (record.kind, record.round, record.outcome) == ("panel", 2, None)


def test_what_was_prepared_alone_is_left_when_the_panel_opens_the_item(case: Case) -> None:
    walk.ready_for_panel(case)
    asked(case)
    prepared(case, "Dr Rao", "Mr Bell")
    meeting = walking.planned(case)
    walking.listed(case, meeting)
    walking.opened(meeting)
    walking.declared(case, "omar_member", "nina_member", "leo_lay")
    walk.step(case, "take_item", SECRETARY)
    left, record = sorted(decisions.records_of(case), key=lambda r: r.id)
    assert left.left_at is not None
    assert (record.kind, record.is_open) == ("panel", True)


def test_a_listed_request_decided_urgently_leaves_the_agenda(case: Case) -> None:
    walk.ready_for_panel(case)
    item = walking.listed(case, walking.planned(case))
    interests.declare(walking.part_of(case, CHAIR), has_interest=False, note="", by=accounts.user(CHAIR))
    prepared(case, "Dr Rao", "Mr Bell")
    walk.step(case, "decide_urgently", CHAIR)
    assert item.ended_as == "decided_urgently"


def test_a_panels_decision_is_not_referred_on_as_urgent(context: None) -> None:
    case = walking.ready()
    walking.at_panel(case)
    walk.step(case, "record_decision", SECRETARY)
    with pytest.raises(Refused):
        walk.step(case, "refer_on_to_panel", CHAIR, reason="x")
