"""A conflict of interest that comes to light when the item is closed and the decision is not confirmed yet."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr.decisions import services as decisions
from ifr.decisions.sat import voters_of
from ifr.demo import accounts, walk
from ifr.panels.interests import stopping
from ifr.workflow import Refused
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY, why_not


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_whoever_turns_out_to_have_an_interest_has_no_vote_and_without_a_quorum_the_panel_decides_again() -> None:
    case = walking.ready()
    walking.at_panel(case)
    walking.drafted(case, "not_funded")
    record = decisions.present_record(case)
    assert record is not None
    nina, leo = accounts.user("nina_member"), accounts.user("leo_lay")
    assert {nina.id, leo.id} <= set(voters_of(record)) and not why_not(case, "confirm_not_funded", CHAIR)

    stopping.stop(case.key, note="My neighbour", by=leo)
    assert leo.id not in voters_of(record) and nina.id in voters_of(record)
    assert any("quorum" in said for said in why_not(case, "confirm_not_funded", CHAIR)), "the only lay member has gone"
    with pytest.raises(Refused):
        walk.step(case, "confirm_not_funded", CHAIR)
    walk.step(case, "refer_on_to_panel", CHAIR, "The panel has no quorum without its lay member")
    assert case.state == "ready_for_panel" and decisions.present_record(case) is None
    assert not case.visible_to(leo) and SECRETARY


def test_a_decision_that_stands_without_the_vote_is_confirmed_and_a_sound_one_is_not_referred_on() -> None:
    case = walking.ready()
    walking.at_panel(case, *walking.PANEL, "ruth_lay")
    walking.drafted(case, "not_funded")
    assert any("chair took alone" in said for said in why_not(case, "refer_on_to_panel", CHAIR))
    stopping.stop(case.key, note="My neighbour", by=accounts.user("leo_lay"))
    record = decisions.present_record(case)
    assert record is not None
    proof = decisions.proof_of(record)
    assert accounts.user("leo_lay").id in proof["conflicted"] and proof["had"]["voting"] == 4
    walk.step(case, "confirm_not_funded", CHAIR)
    assert case.state == "decision_confirmed"
