"""A review found that nobody could tell who had sat, by which rules, on which decision. Here each decision carries both."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr import profiles
from ifr.decisions import services as decisions
from ifr.decisions.sat import proof_of
from ifr.demo import accounts, stories
from tests.journeys import hearings


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_decision_proves_who_sat_by_which_rule_and_keeps_the_profile_of_its_day() -> None:
    # given a panel of five of whom one leaves for this item
    case = hearings.ready(stories.FORAMINOPLASTY)
    members = (*hearings.hearing.MEMBERS, "ruth_lay")
    meeting = hearings.planned(case, members)
    hearings.hearing.listed(case, meeting)
    for who in (hearings.CHAIR, *members):
        interest = "Has worked with the surgeon" if who == "omar_member" else ""
        hearings.hearing.declared(case, who, interest=interest)
    hearings.hearing.opened(meeting, members)
    hearings.hearing.taken(case)

    # when it has decided and the chair has confirmed
    hearings.hearing.confirmed(hearings.drafted(case, "not_funded"), "not_funded")

    # then the decision carries who was there, who left and why, who counted, what was needed and where that is written
    record = decisions.present_record(case)
    assert record is not None
    proof, rule = proof_of(record), case.profile.panel.quorum
    there = {one["user"] for one in proof["present"]}
    assert there == {accounts.user(who).id for who in (hearings.CHAIR, "nina_member", "leo_lay", "ruth_lay")}
    assert proof["conflicted"] == [accounts.user("omar_member").id] and proof["chair"] == accounts.user(hearings.CHAIR).id
    assert (proof["needed"]["voting"], proof["had"]["voting"], proof["quorate"]) == (rule.voting, 4, True)
    assert proof["source"] == rule.source

    # and the request is held to the version of the profile under which it was received, whatever is published later
    assert case.profile.version == profiles.latest("profile", case.profile.name).version
    pinned = case.profile_id
    assert profiles.by_id(pinned).panel.quorum == rule
