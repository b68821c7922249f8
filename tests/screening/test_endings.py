"""Every way in which screening ends a request: who may end it so, with which reasons, who is told and what can be done."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import letters, profiles, workflow
from ifr.access import Role
from ifr.cases import information, volunteered
from ifr.cases.models import Case
from ifr.db import transaction
from ifr.decisions import services as decisions
from ifr.demo import accounts, stories, walk
from ifr.profiles import Profile
from ifr.screening import record
from ifr.workflow import GUARDS, Refused

SignIn = Callable[[FlaskClient, str], None]
MACHINE = "ifr"
REFUSING = ("handed_over", "closed_no_reply", "not_funded_at_screening", "not_accepted_repeat", "service_development")


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def screening_of(story: stories.Story) -> Case:
    return walk.in_screening(walk.in_check(walk.received(story)))


@pytest.mark.parametrize("state", REFUSING)
def test_an_ending_that_does_not_fund_has_reasons_a_letter_to_the_patient_and_a_route_of_challenge(
    context: None, state: str
) -> None:
    machine: Any = profiles.by_id(profiles.latest("workflow", MACHINE).id)
    leading = [entry for entry in machine.moves if entry.dest == state]
    assert leading and machine.states[state].refusal
    for entry in leading:
        assert entry.reason or any(GUARDS[name].gives_reasons for name in entry.guards), entry.trigger
        told = {machine.letters[name].to for name in entry.letters}
        assert {"clinician", "patient"} <= told, entry.trigger
        assert Role.SCHEDULER not in entry.roles
    for commissioner in (accounts.CE, accounts.CM):
        profile = profiles.by_id(profiles.latest("profile", commissioner).id)
        assert profile.challenge[state]


ENDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("not_fund", "decline_at_screening", "screening_refusal_patient", {}),
    ("group_question", "refer_service_development", "service_development_patient",
     {"group_name": "Adults", "group_numbers": "10", "group_source": "Worklist", "interim": "no", "interim_because": "No harm"}),
    ("nothing_new", "find_nothing_new", "nothing_new_patient",
     {"earlier_reference": "IFR-2025-0007", "earlier_decision": "Not funded", "statements": (("Louder.", "Said before."),)}),
]  # fmt: skip


@pytest.mark.parametrize(("recommendation", "trigger", "letter", "words"), ENDINGS)
def test_each_refusal_of_screening_tells_the_patient_why_and_what_can_be_done(
    context: None, recommendation: str, trigger: str, letter: str, words: dict[str, Any]
) -> None:
    case = walk.screened(screening_of(stories.HYPERHIDROSIS), recommendation, **words)
    assert workflow.why_not(case, trigger, accounts.user("sam_screens")), "two people sign"
    walk.step(case, trigger, "petra_screens")
    facts = {one.name: one.facts for one in letters.of(case.stream)}[letter]
    assert facts["plain_reasons"] and facts["would_change"] and facts["challenge"] and facts["authority"]


# --- who may conclude what --------------------------------------------------------------------------------------------


def test_a_profile_that_was_published_with_three_lists_reads_as_the_matrix_that_it_meant(context: None) -> None:
    raw = profiles.by_id(profiles.latest("profile", accounts.CE).id).model_dump(mode="json")
    raw["screening"] = {
        "recommendations": ["refer", "not_fund"], "countersigned": ["not_fund"], "countersigners": ["ifr_manager"],
        "source": "Policy of 2024",
    }  # fmt: skip
    rules = Profile.model_validate(raw).screening
    assert rules.countersigners("refer") == set() and rules.countersigners("not_fund") == {Role.IFR_MANAGER}
    assert rules.may_conclude({Role.SCREENER}) == ["refer", "not_fund"] and rules.may_conclude({Role.COORDINATOR}) == []


def test_the_page_shows_the_matrix_and_offers_each_role_its_own_recommendations(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        key = screening_of(stories.FORAMINOPLASTY).key
    sign_in(client, "sam_screens")
    page = client.get(f"/cases/{key}/screening").text
    assert "Who may conclude what" in page and 'value="approve"' in page
    sign_in(client, "maya_manages")
    page = client.get(f"/cases/{key}/screening").text
    assert 'value="no_approval_needed"' in page and 'value="not_fund"' not in page


def test_a_manager_does_not_conclude_what_the_matrix_leaves_to_the_screener(context: None) -> None:
    case = screening_of(stories.FORAMINOPLASTY)
    with pytest.raises(Refused) as refused:
        walk.screened(case, "not_fund", by="maya_manages")
    assert "Only these may recommend this here: screener." in {one.text for one in refused.value.reasons}


def test_a_continuation_is_funded_without_a_panel_only_where_the_matrix_has_it(context: None) -> None:
    with pytest.raises(Refused):
        walk.screened(screening_of(stories.HYPERHIDROSIS), "approve")
    case = screening_of(stories.FORAMINOPLASTY)
    with pytest.raises(Refused) as refused:
        walk.screened(case, "approve")
    assert [one.anchor for one in refused.value.reasons] == [
        "approval_ground", "approval_because", "approval_conditions", "approval_amount",
    ]  # fmt: skip
    walk.screened(
        case, "approve", approval_ground="continuation", approval_because="The report of June shows the aim was met.",
        approval_conditions="Report at 3 months, by the same scale", approval_amount="none",
    )  # fmt: skip
    assert workflow.why_not(case, "approve_at_screening", accounts.user("petra_screens")), "the manager countersigns"
    walk.step(case, "approve_at_screening", "maya_manages")
    assert case.state == "decision_confirmed"
    record = decisions.last_confirmed(case)
    assert record is not None and (record.outcome, record.authority_key) == ("funded", "screening_approval")
    told = {one.name: one.facts for one in letters.of(case.stream)}["decision_funded"]
    assert told["panel"] is None and len(told["conditions"]) == 1 and told["amount"] is None


def test_at_the_check_a_screener_finds_that_no_approval_is_needed(context: None) -> None:
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    sam = accounts.user("sam_screens")
    reasons = {one.anchor for one in workflow.why_not(case, "find_no_approval_needed", sam)}
    assert reasons & {"commissioned_reference", "covered-0-text"}

    answers = record.RecordAnswers(
        words={"recommendation": "no_approval_needed", "commissioned_reference": "TA195", "reasons": "Covered."},
        covered=[("1.1: two drugs have failed", "met", "Letter of May.")],
    )
    record.save_record(case, answers, seen=case.version, by=sam)
    walk.step(case, "find_no_approval_needed", "sam_screens")
    signed = record.record_of(case)
    assert case.state == "no_approval_needed" and signed.concluded_by_id == signed.countersigned_by_id == sam.id


# --- gaps and new items -----------------------------------------------------------------------------------------------


def test_a_gap_says_what_is_missing_and_to_which_question_it_belongs(context: None) -> None:
    case, carol = walk.in_check(walk.received(stories.HYPERHIDROSIS)), accounts.user("carol_office")
    with pytest.raises(workflow.Invalid) as fault:
        information.draft_question(case, text="?", question_key="condition", gap="odd", by=carol, seen=case.version)
    assert list(fault.value.faults) == ["gap"]
    row = information.draft_question(
        case, text="Which scale?", question_key="condition", gap="unclear", kind="gaps", by=carol, seen=case.version
    )
    assert row.gap == "unclear"
    walk.step(case, "return_incomplete", "carol_office", "The severity is not clear.")
    assert case.state == "returned"
    [asked] = {one.name: one.facts for one in letters.of(case.stream)}["returned"]["questions"]
    assert asked["gap"] == "Answered, but not clear" and asked["about"]


def test_what_is_sent_unasked_is_considered_before_the_next_step_forward(context: None) -> None:
    case = walk.screened(screening_of(stories.HYPERHIDROSIS), "not_fund")
    dev = accounts.user("dev_skin")
    row = volunteered.send_more(case, words="A letter of the cardiologist.", file=None, once="1", by=dev)
    assert volunteered.send_more(case, words="A letter of the cardiologist.", file=None, once="1", by=dev).id == row.id
    petra = accounts.user("petra_screens")
    assert [one.anchor for one in workflow.why_not(case, "decline_at_screening", petra)] == [f"considered-{row.id}"]
    information.consider(row, words="Read: it does not bear on the group.", by=petra, seen=case.version)
    walk.step(case, "decline_at_screening", "petra_screens")
    with pytest.raises(Refused):
        volunteered.send_more(case, words="More.", file=None, once="2", by=dev)
