"""A commissioner whose published rule is that a request is held to the policy of the day of the referral."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from ifr import profiles
from ifr.cases.drafts import policy
from ifr.cases.drafts import services as drafts
from ifr.cases.models import Case
from ifr.cases.services import answers_of
from ifr.config import HOUSE
from ifr.demo import accounts, walk
from ifr.demo.stories import HYPERHIDROSIS, another
from ifr.policies import services as policies
from ifr.screening import check
from tests.journeys.registering import in_force_already, published

TATTOO = {
    "treatment": "Laser removal of tattoos", "treatment_codes": "S09.1", "condition": "Tattoo of the face",
    "indication_codes": "L81.8", "points": (),
}  # fmt: skip


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def held_to_the_day_of_the_referral() -> None:
    file = "commissioners/central-east.yaml"
    text = (HOUSE / "workflows" / file).read_text()
    version = profiles.parse("profile", file, text).version
    text = text.replace("policy_date: receipt", "policy_date: referral")
    text = text.replace(f"\nversion: {version}\n", f"\nversion: {version + 1}\n")
    profiles.publish([profiles.Source("profile", file, text, profiles.parse("profile", file, text))])


def a_change_in_spring() -> tuple[int, int]:
    first = in_force_already(effective_from="2022-01-01", position="criteria_based")
    return first, published(
        version="2", effective_from="2026-04-01", replaces=[{"policy": "DEMO-TATTOO", "version": "1"}]
    )


def a_request_referred_on(day: str) -> Case:
    return walk.in_check(walk.received(another(HYPERHIDROSIS, name="Ada Frost", born_on="3 4 1990", referred_on=day, **TATTOO)))


def test_the_policy_of_the_day_of_the_referral_counts() -> None:
    # given a commissioner held to the day of the referral, and a policy that changed on the first of April
    held_to_the_day_of_the_referral()
    earlier, _ = a_change_in_spring()

    # when a request comes in in November for a patient who was referred in March
    case = a_request_referred_on("10/3/2026")

    # then the check asks the policy of March, and says why
    assert check.policy_day(case).on == date(2026, 3, 10)
    assert check.propose(case).version_id == earlier
    assert "the day of the referral" in check.policy_day(case).words


def test_an_earlier_policy_gives_no_right_to_a_new_referral() -> None:
    held_to_the_day_of_the_referral()
    _, later = a_change_in_spring()

    # when the same patient is referred anew in May
    case = a_request_referred_on("4/5/2026")

    # then the policy of May counts, and the office links it with that day on record
    assert check.propose(case).version_id == later
    walk.checked(case)
    assert case.policy_version_id == later
    assert case.resolution is not None and case.resolution["on"] == "2026-05-04"


def test_a_draft_is_already_shown_the_policy_of_the_day_of_its_referral() -> None:
    # given a commissioner held to the day of the referral, and a policy that changed on the first of April
    held_to_the_day_of_the_referral()
    earlier, later = a_change_in_spring()

    # when a draft gives a day in March
    case = walk.draft(another(HYPERHIDROSIS, name="Ada Frost", born_on="3 4 1990", referred_on="10/3/2026", **TATTOO))

    # then it is shown the policy of March, and why
    assert case.resolution is not None and case.resolution["version_id"] == earlier
    found = policy.in_words(case.resolution)
    assert found is not None and found.day.startswith("The policy of 10 March 2026 counts: the day of the referral")

    # and when the day is taken out again, that of today until it is sent
    section = next(one.key for one in case.questions.sections if "referred_on" in {q.key for q in one.questions})
    kept = {key: text for key, text in answers_of(case).items() if key in {q.key for q in drafts.fields_of(case, section)}}
    by = accounts.user(HYPERHIDROSIS.clinician)
    drafts.save_section(case, section, {**kept, "referred_on": ""}, by=by, seen=1, as_it_is=True)
    assert case.resolution["version_id"] == later and case.resolution["on"] == "2026-11-21"
    assert "today, until the request is sent" in case.resolution["basis_words"]


def test_another_commissioner_goes_by_the_day_of_receipt() -> None:
    # given a commissioner whose profile says nothing of the referral
    _, later = a_change_in_spring()

    # then a referral in March makes no difference
    case = a_request_referred_on("10/3/2026")
    assert check.propose(case).version_id == later
    assert policies.version(later).label == "2"
    assert accounts.organisation(accounts.CE).id == case.commissioner_id
