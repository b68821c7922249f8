"""Votes on one item: who counts, what carries, a tie, and a dissent in the member's own words."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from ifr.cases.models import Case
from ifr.decisions import services as decisions
from ifr.decisions import voting
from ifr.decisions.models import ABSTAIN, AGAINST, FOR
from ifr.decisions.services import RecordTyped
from ifr.demo import accounts, walk
from ifr.workflow import NotVisible, Refused
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY, why_not


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    """At the panel, one member having left for it."""
    case = walking.ready()
    walking.at_panel(case, conflict="omar_member")
    return case


def write(case: Case, **words: Any) -> None:
    decisions.save_record(case, RecordTyped(words=words), seen=case.version, by=accounts.user(SECRETARY))


def missing(case: Case, outcome: str) -> list[str]:
    return why_not(case, f"confirm_{outcome}", CHAIR)


def vote(case: Case, *votes: str, dissent: str = "", **words: Any) -> None:
    """Votes in the order in which those who count are named."""
    record = decisions.record_to_show(case)
    assert record is not None
    could = voting.ballots_of(record)
    given = {one.user_id: how for one, how in zip(could, votes, strict=True)}
    typed = RecordTyped(words=words, votes=given, dissents={could[-1].user_id: dissent})
    decisions.save_record(case, typed, seen=case.version, by=accounts.user(SECRETARY))


def test_the_votes_of_those_who_count_carry_the_decision_and_nobody_decides_alone(case: Case) -> None:
    walking.drafted(case, "not_funded")
    vote(case, FOR, FOR, "")
    [sentence] = missing(case, "not_funded")
    assert sentence.startswith("Record the vote of ")
    vote(case, AGAINST, AGAINST, FOR)
    assert missing(case, "not_funded") == [
        "More voted against this decision than for it. Record the decision that the panel took.",
        "1 voted for this decision. A panel does not decide by fewer than 2.",
    ]
    vote(case, FOR, ABSTAIN, ABSTAIN)
    assert missing(case, "not_funded") == ["1 voted for this decision. A panel does not decide by fewer than 2."]
    vote(case, FOR, FOR, FOR, casting_vote=FOR)
    assert missing(case, "not_funded") == ["A casting vote is given only where the votes are equal. Take it out."]
    vote(case, FOR, FOR, AGAINST, casting_vote=None, dissent="The scar was not weighed.")
    assert missing(case, "not_funded") == []
    record = decisions.present_record(case)
    assert record is not None
    rows = voting.votes_of(record).values()
    assert {row.commissioner_id for row in rows} == {case.commissioner_id}
    assert [row.dissent for row in rows if row.dissent] == ["The scar was not weighed."]


def test_a_tie_is_decided_by_the_chair_only_where_the_commissioner_says_so(
    context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tied = walking.ready()
    walking.at_panel(tied)
    walking.drafted(tied, "not_funded")
    vote(tied, FOR, FOR, AGAINST, AGAINST)
    assert missing(tied, "not_funded") == ["The votes are equal: record the chair's casting vote."]
    write(tied, casting_vote=AGAINST)
    assert missing(tied, "not_funded") == ["The chair's casting vote is against this decision."]
    write(tied, casting_vote=FOR)
    assert missing(tied, "not_funded") == []
    profile = tied.profile
    without = profile.model_copy(update={"panel": profile.panel.model_copy(update={"casting_vote": False})})
    monkeypatch.setattr(Case, "profile", property(lambda self: without))
    assert missing(tied, "not_funded") == [
        "The votes are equal, and the chair has no casting vote here, so nothing is decided."
    ]
    agreed = profile.model_copy(update={"panel": profile.panel.model_copy(update={"decides_by": "consensus"})})
    monkeypatch.setattr(Case, "profile", property(lambda self: agreed))
    assert missing(tied, "not_funded") == [
        "This panel decides by consensus, and somebody is against. Who only stands aside abstains."
    ]
    vote(tied, FOR, FOR, FOR, ABSTAIN)
    assert missing(tied, "not_funded") == []


def test_a_member_writes_the_own_dissent_until_the_decision_is_confirmed(case: Case) -> None:
    walking.drafted(case, "not_funded")
    nina, record = accounts.user("nina_member"), decisions.record_on_item(case)
    assert record is not None
    voting.write_dissent(case, record, "I would have funded it.", seen=case.version, by=nina)
    vote(case, *(FOR if one.user_id != nina.id else AGAINST for one in voting.ballots_of(record)), dissent="Not these words.")
    assert voting.votes_of(record)[nina.id].dissent == "I would have funded it."
    with pytest.raises(NotVisible):
        voting.write_dissent(case, record, "Nor these.", seen=case.version, by=accounts.user("omar_member"))
    walk.step(case, "confirm_not_funded", CHAIR)
    with pytest.raises(Refused):
        voting.write_dissent(case, record, "Too late.", seen=case.version, by=nina)
