"""Urgent decisions of a chair are received by the next meeting, whatever becomes of a meeting."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select

from ifr import audit, clock
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, hearing, walk
from ifr.panels import agenda, meetings
from ifr.panels.models import RECEIVE, AgendaItem, Meeting
from tests.databases import NOW
from tests.panels import walking
from tests.timetable.clockwork import run, told

SECRETARY = "stan_minutes"
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case() -> Case:
    """A request that its chair decided between two meetings, while none was planned."""
    with transaction():
        case = walking.urgent()
        return hearing.decided_urgently(hearing.asked_chair(case), "funded")


def items(case: Case) -> list[tuple[int | None, str | None]]:
    query = select(AgendaItem).where(AgendaItem.case_id == case.id, AgendaItem.kind == RECEIVE).order_by(AgendaItem.id)
    return [(item.meeting_id, item.ended_as) for item in db.session.scalars(query)]


def planned(case: Case, held_on: date) -> Meeting:
    with transaction():
        return meetings.plan_meeting(
            commissioner_id=case.commissioner_id, held_on=held_on, place="By video", once=walk.once(), by=accounts.user(SECRETARY)
        )


def test_an_urgent_decision_that_stands_on_no_agenda_comes_on_the_next_one_once(case: Case) -> None:
    assert items(case) == [(None, None)]
    assert [run("receive"), run("receive")] == [(1, 0), (0, 0)]
    assert told(case, SECRETARY) == ["An urgent decision waits to be received by a meeting, and none is planned."]
    meeting = planned(case, TODAY + timedelta(days=10))
    with transaction():
        db.session.execute(delete(AgendaItem).where(AgendaItem.kind == RECEIVE))
    assert [run("receive"), run("receive")] == [(1, 0), (0, 0)]
    assert items(case) == [(meeting.id, None)]
    assert [one.action for one in audit.events(case.stream)].count("report_to_meeting") == 2
    assert told(case, SECRETARY)[-1] == "An urgent decision was put on the agenda of the next meeting, which receives it."
    with transaction():
        item = db.session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)).one()
        meetings.open_meeting(meeting.id, by=accounts.user(SECRETARY))
        agenda.receive(meeting.id, item.id, note="Received.", by=accounts.user(SECRETARY))
    assert run("receive") == (0, 0)
    assert items(case) == [(meeting.id, "received")]


def test_an_urgent_decision_is_carried_on_when_its_meeting_closes_without_it_or_never_takes_place(case: Case) -> None:
    first = planned(case, TODAY)
    assert items(case) == [(first.id, None)]
    with transaction():
        meetings.open_meeting(first.id, by=accounts.user(SECRETARY))
        meetings.close_meeting(first.id, by=accounts.user(SECRETARY))
    assert items(case) == [(first.id, "carried_forward"), (None, None)]
    second = planned(case, TODAY + timedelta(days=2))
    assert items(case)[-1] == (second.id, None) and run("receive") == (0, 0)
    # The second one is never opened, and a third is planned when its day has passed.
    with clock.at(NOW + timedelta(days=5)):
        assert [run("receive"), run("receive")] == [(1, 0), (0, 0)]
        assert "none is planned" in told(case, SECRETARY)[-1]
        third = planned(case, TODAY + timedelta(days=20))
        assert [run("receive"), run("receive")] == [(1, 0), (0, 0)]
    assert items(case)[1:] == [(second.id, "carried_forward"), (third.id, None)]
