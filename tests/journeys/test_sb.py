"""A panel was asked whether a medicine lowers a level in the blood, and answered whether the child would develop better. Here
each answer is bound to the aim of the request; a decision that was not is set aside and taken again by others."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr.cases.timing import matters
from ifr.decisions import services as decisions
from ifr.decisions.services import FindingTyped, RecordTyped
from ifr.decisions.undoing import services as undoing
from ifr.demo import accounts, hearing, panelled, walk
from tests.journeys import hearings


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


AIM = "To lower the phenylalanine level in the blood to below 360 micromoles a litre"


def answered(weighed: str, *, about_the_aim: bool) -> RecordTyped:
    said = FindingTyped(
        "criterion", "effectiveness", "no", "The gain is uncertain.", weighed=weighed, about_the_aim=about_the_aim
    )
    return RecordTyped(words={}, findings=[said])


def test_effectiveness_is_judged_by_the_stated_aim_and_a_decision_that_was_not_is_taken_again_by_others() -> None:
    # given a request for a child whose aim is a level in the blood
    case = hearings.drafted(hearings.at_panel(hearings.ready(panelled.PHENYLALANINE)), "not_funded")
    record = decisions.present_record(case)
    assert record is not None and record.aim == AIM

    # when the panel writes that the medicine does not work, without saying which result it weighed against that aim
    secretary = accounts.user(hearings.SECRETARY)
    decisions.save_record(case, answered("", about_the_aim=False), seen=case.version, by=secretary)
    # then the chair cannot confirm it
    assert "which result was weighed against the aim" in hearings.missing(case, "confirm_not_funded")
    decisions.save_record(case, answered("His development as a whole", about_the_aim=False), seen=case.version, by=secretary)
    assert "about the aim of the request" in hearings.missing(case, "confirm_not_funded")

    # given a chair who ticks it all the same, and a letter before legal action that says what was weighed
    decisions.save_record(case, answered("His development as a whole", about_the_aim=True), seen=case.version, by=secretary)
    hearing.confirmed(case, "not_funded")
    manager = accounts.user("maya_manages")
    matters.arrived(case, "pre_action", on=hearings.clock.today(), once=walk.once(), seen=case.version, by=manager)

    # when manager and accountable officer set the decision aside, to be taken by people who had no part in it
    undoing.prepare_set_aside(
        case, because="What was weighed is not the aim that the request states.", other_people=True, once=walk.once(),
        seen=case.version, by=manager,
    )
    walk.step(case, "set_aside", "olive_officer", "The stated aim was not what was weighed.")

    # then another panel decides, by the stated aim, and funds it
    hearings.at_panel(case, members=("mina_member", "ruth_lay"), chair=hearing.DEPUTY)
    again = hearings.drafted(case, "funded", reasons="The level fell by two thirds in the test, which is the stated aim.")
    hearing.confirmed(again, "funded", hearing.DEPUTY)
    new = decisions.present_record(case)
    assert new is not None and new.id != record.id and new.aim == AIM
    assert not decisions.who_sat(new) & decisions.who_sat(record)
    assert undoing.set_aside_of(record) is not None, "the first decision is kept, and marked"
