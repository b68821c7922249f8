"""The check: who is responsible, which policy applies, whether it was asked before."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from ifr import workflow
from ifr.cases.models import Case
from ifr.demo import accounts, stories, walk
from ifr.screening import check
from ifr.screening.check import CheckAnswers
from ifr.workflow import Invalid

ANSWERED = CheckAnswers(
    responsible="ours",
    responsible_because="Registered with a practice of this area.",
    duplicates="none",
    duplicates_because="No other request was found.",
)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def save(case: Case, answers: CheckAnswers, who: str = "carol_office") -> None:
    check.save_check(case, answers, seen=case.version, by=accounts.user(who))


def what_is_missing(case: Case, trigger: str = "pass_check", who: str = "carol_office") -> list[str]:
    return [reason.text for reason in workflow.why_not(case, trigger, accounts.user(who))]


def test_a_check_that_is_not_begun_says_what_is_missing_and_where() -> None:
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    reasons = workflow.why_not(case, "pass_check", accounts.user("carol_office"))
    assert [(one.to, one.anchor) for one in reasons] == [
        ("screening.check", "responsible"),
        ("screening.check", "conclusion"),
        ("screening.check", "duplicates"),
    ]


def test_a_linked_policy_is_frozen_and_pins_the_test_of_its_route() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    assert case.state == "in_screening"
    assert case.route == "policy_exception"
    assert case.resolution is not None and case.resolution["answer"] == "outside_by_position"
    assert case.resolution["version_id"] == case.policy_version_id
    assert case.test is not None and case.test.name == "central-east-example"


def test_no_policy_found_is_signed_with_its_search_and_pins_a_test_without_a_comparison_group() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.BLUSHING)), no_policy=True)
    found = check.check_of(case)
    assert found.signed_by_id == accounts.user("carol_office").id
    assert found.proposed_answer == "cohort_mismatch"
    assert case.policy_version_id is None
    assert case.test is not None and case.test.name == "central-east-no-policy"
    assert not case.test.comparator.asked


def test_no_policy_cannot_be_signed_without_the_search_that_was_made() -> None:
    case = walk.in_check(walk.received(stories.BLUSHING))
    answers = replace(ANSWERED, conclusion="no_policy", same_treatment="yes", same_because="Another condition.")
    with pytest.raises(Invalid) as refused:
        save(case, answers)
    assert list(refused.value.faults) == ["search"]


def test_a_policy_about_another_treatment_cannot_be_linked() -> None:
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    version_id = check.propose(case).version_id
    answers = replace(ANSWERED, conclusion="policy", version_id=version_id, same_treatment="no", same_because="Other level.")
    with pytest.raises(Invalid) as refused:
        save(case, answers)
    assert list(refused.value.faults) == ["same_treatment"]


def test_a_policy_of_another_commissioner_cannot_be_linked() -> None:
    theirs = check.propose(walk.in_check(walk.received(stories.FORAMINOPLASTY))).version_id
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    with pytest.raises(Invalid) as refused:
        save(case, replace(ANSWERED, conclusion="policy", version_id=theirs, same_treatment="yes", same_because="So."))
    assert list(refused.value.faults) == ["version_id"]


def test_a_signature_stands_until_its_words_change() -> None:
    case = walk.checked(walk.in_check(walk.received(stories.BLUSHING)), no_policy=True)
    first = check.check_of(case)
    again = CheckAnswers(
        responsible="ours", responsible_because="Registered here.", conclusion="no_policy", same_treatment="yes",
        same_because=first.same_because, search=first.search, duplicates="none",
    )  # fmt: skip
    save(case, again, "maya_manages")
    assert check.check_of(case).signed_by_id == accounts.user("carol_office").id
    save(case, replace(again, search="Register searched again, for flushing too."), "maya_manages")
    assert check.check_of(case).signed_by_id == accounts.user("maya_manages").id


def test_another_body_that_is_responsible_is_offered_the_request() -> None:
    case = walk.checked(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    found = check.check_of(case)
    found.responsible = "another"
    reasons = workflow.why_not(case, "pass_check", accounts.user("carol_office"))
    assert [one.to for one in reasons] == ["screening.handover"]


def test_disputed_responsibility_goes_on_once_it_is_said_who_pays_meanwhile() -> None:
    case = walk.checked(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    check.check_of(case).responsible = "unclear"
    assert what_is_missing(case) == ["It is unclear who is responsible: say who decides and pays meanwhile."]
    check.check_of(case).meanwhile = "We decide and pay until the other body has answered."
    assert what_is_missing(case) == []


def test_other_requests_of_the_same_patient_are_found_and_asked_about_again_when_one_comes_in() -> None:
    same = replace(stories.HYPERHIDROSIS, patient={**stories.HYPERHIDROSIS.patient, "nhs_number": stories.synthetic_nhs_number()})
    case = walk.checked(walk.in_check(walk.received(same)))
    carol = accounts.user("carol_office")
    assert check.others_of(case, carol) == []
    later = walk.received(same)
    assert [one.reference for one in check.others_of(case, carol)] == [later.reference]
    assert what_is_missing(case) == ["Another request for the same patient has come in since: look at it."]
    assert check.others_of(case, accounts.user("dev_skin")) == [later]


def test_a_repeat_names_the_request_that_it_repeats() -> None:
    case, earlier = walk.in_check(walk.received(stories.HYPERHIDROSIS)), walk.received(stories.BLUSHING)
    with pytest.raises(Invalid) as refused:
        save(case, replace(ANSWERED, duplicates="repeat", related="IFR-2026-9999"))
    assert list(refused.value.faults) == ["related"]
    save(case, replace(ANSWERED, duplicates="repeat", related=(earlier.reference or "").lower()))
    assert check.check_of(case).related_case_id == earlier.id


def test_the_check_cannot_be_changed_once_it_is_passed() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    with pytest.raises(workflow.Refused):
        save(case, ANSWERED)


def test_a_page_that_is_out_of_date_saves_nothing() -> None:
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    with pytest.raises(workflow.Stale):
        check.save_check(case, ANSWERED, seen=case.version - 1, by=accounts.user("carol_office"))


@pytest.mark.parametrize(
    ("typed", "codes", "others"),
    [
        ("V53.1, V54", ["V53.1", "V54"], []),
        ("A752 R61.0", ["A752", "R61.0"], []),
        ("A75.2; hands\nR61", ["A75.2", "R61"], ["hands"]),
        ("", [], []),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, codes: list[str], others: list[str]) -> None:
    assert check.codes_in(typed) == (codes, others)
