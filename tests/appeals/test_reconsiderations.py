"""Something new is sent, and two people answer it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr import letters
from ifr.appeals import challenges, reconsiderations
from ifr.appeals.reconsiderations import Item
from ifr.cases.models import Case
from ifr.demo import accounts
from ifr.workflow import Invalid, Refused
from tests.appeals import walking
from tests.appeals.walking import MANAGER, OFFICE, step, why_not


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    return walking.not_funded()


def test_the_request_keeps_its_state_while_it_is_asked_to_be_looked_at_again(case: Case) -> None:
    asked = walking.asked_again(case, "Sweat test of 2 November.", "Letter from the employer.")
    assert (asked.state, asked.reference, case.state) == ("asked", f"{case.reference}/R1", "not_funded_at_screening")
    assert [i.number for i in reconsiderations.items_of(asked)] == [1, 2]
    assert challenges.open_challenges(case) == [asked]


def test_something_new_has_to_be_named(case: Case) -> None:
    with pytest.raises(Invalid, match="at least one"):
        reconsiderations.ask(case, what_is_new="More.", items=[], once="x" * 32, by=accounts.user(walking.CLINICIAN))


def test_one_is_answered_before_the_next_is_asked(case: Case) -> None:
    walking.asked_again(case)
    with pytest.raises(Refused, match="R1 is still being answered"):
        walking.asked_again(case)


def test_two_people_answer_and_the_letter_says_what_was_new_and_names_the_right_to_appeal(case: Case) -> None:
    asked = walking.asked_again(case)
    step(asked, "begin_assessment", OFFICE)
    assert "Item 1 is not answered with reasons yet." in why_not(asked, "refuse_reconsideration", MANAGER)
    walking.answered(asked, "refuse", who=MANAGER)
    reconsiderations.sign(asked, seen=asked.version, by=accounts.user(MANAGER))
    assert why_not(asked, "refuse_reconsideration", MANAGER) == [
        "Maya Brandt signed first: a second person has to take this step."
    ]
    # A change takes the signature away; somebody else signs first.
    walking.answered(asked, "refuse", who=MANAGER)
    reconsiderations.sign(asked, seen=asked.version, by=accounts.user(OFFICE))
    step(asked, "refuse_reconsideration", MANAGER, "It was all before screening.")
    assert asked.state == "reconsideration_not_accepted"
    facts = next(row.facts for row in letters.of(asked.stream) if row.name == "reconsideration_refused")
    assert facts["items"][0]["new"] == "No"
    assert "appeal" in facts["challenge"]
    assert {row.name for row in letters.of(asked.stream)} == {"reconsideration_refused", "reconsideration_refused_patient"}
    walking.issued(case)
    assert walking.lodged(case).state == "received"


def test_an_accepted_one_reopens_the_request_in_the_same_step(case: Case) -> None:
    asked = walking.asked_again(case)
    step(asked, "begin_assessment", OFFICE)
    walking.answered(asked, "accept", reopen_for="screening")
    reconsiderations.sign(asked, seen=asked.version, by=accounts.user(OFFICE))
    step(asked, "accept_reconsideration", MANAGER)
    assert (asked.state, case.state) == ("accepted", "in_screening")


def test_the_second_person_does_what_the_first_signed_and_nothing_else(case: Case) -> None:
    asked = walking.asked_again(case)
    step(asked, "begin_assessment", OFFICE)
    walking.answered(asked, "accept", reopen_for="panel")
    reconsiderations.sign(asked, seen=asked.version, by=accounts.user(OFFICE))
    with pytest.raises(Refused, match="What was signed first is: to accept"):
        step(asked, "refuse_reconsideration", MANAGER, "No.")


def test_the_office_adds_an_item_that_the_letter_holds(case: Case) -> None:
    asked = walking.asked_again(case)
    step(asked, "begin_assessment", OFFICE)
    walking.answered(asked, "refuse")
    reconsiderations.sign(asked, seen=asked.version, by=accounts.user(OFFICE))
    by = accounts.user(OFFICE)
    reconsiderations.add_item(asked, Item("A second opinion."), once="y" * 32, seen=asked.version, by=by)
    assert asked.first_signed_by_id is None
    assert "Item 2 is not answered with reasons yet." in why_not(asked, "refuse_reconsideration", MANAGER)
