"""Requests outside each policy, requests that found none, and what a piece of guidance touches."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.policies.models import Guidance
from ifr.reports import policies
from ifr.workflow import NotVisible
from tests.databases import statements_sent

SignIn = Callable[[FlaskClient, str], None]
ETS = "Dermatology – Hyperhidrosis - Endoscopic Thoracic Sympathectomy (ETS)"


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def linked() -> Case:
    return walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))


def without_policy() -> Case:
    return walk.in_screening(walk.in_check(walk.received(stories.BLUSHING)), no_policy=True)


def of_ets(who: str) -> policies.PolicyCount:
    return next(one for one in policies.policy_counts(accounts.user(who)) if ETS in one.name)


@pytest.mark.usefixtures("context")
def test_requests_are_counted_by_policy_and_by_where_they_stand() -> None:
    linked()
    walk.declined_at_screening(linked())
    found = of_ets("carol_office")
    assert (found.total, found.by_group) == ("2", {"open": "1", "refused": "1", "other": "0"})


@pytest.mark.usefixtures("context")
def test_a_prior_approval_is_counted_apart_from_the_individual_requests() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.BARIATRIC)))
    name = "DP-7"
    before = next(one for one in policies.policy_counts(accounts.user("carol_office")) if name in one.name)
    walk.step(walk.screened(case, "prior_approval"), "give_prior_approval", "sam_screens")
    found = next(one for one in policies.policy_counts(accounts.user("carol_office")) if name in one.name)
    assert (before.total, before.prior_approvals) == ("1", "0")
    assert (found.total, found.prior_approvals) == ("0", "1")


@pytest.mark.usefixtures("context")
def test_who_keeps_the_policies_is_shown_no_small_number() -> None:
    linked()
    found = of_ets("paul_policy")
    assert found.total == "fewer than 5" and found.by_group["refused"] == "0"


@pytest.mark.usefixtures("context")
def test_a_policy_without_requests_is_listed_with_none() -> None:
    assert of_ets("carol_office").total == "0"


@pytest.mark.usefixtures("context")
def test_requests_that_found_no_policy_are_grouped_by_their_words() -> None:
    cases = [without_policy(), without_policy()]
    (gap,) = policies.policy_gaps(accounts.user("carol_office"))
    assert (gap.total, gap.keys) == ("2", [one.key for one in cases])
    assert (gap.treatment, gap.condition) == (cases[0].treatment, cases[0].condition)
    (hidden,) = policies.policy_gaps(accounts.user("paul_policy"))
    assert (hidden.total, hidden.keys) == ("fewer than 5", [])


@pytest.mark.usefixtures("context")
def test_guidance_names_the_open_requests_that_it_touches() -> None:
    case = without_policy()
    assert case.resolution is not None and case.resolution["guidance"]
    named = case.resolution["guidance"][0]["reference"]
    guidance = next(one for one in db.session.scalars(select(Guidance)) if one.reference == named)
    reach = policies.guidance_reach(guidance.id, accounts.user("carol_office"))
    assert [one.key for one in reach.cases] == [case.key] and reach.total == "1"
    hidden = policies.guidance_reach(guidance.id, accounts.user("paul_policy"))
    assert (hidden.cases, hidden.total, hidden.sees_requests) == ([], "fewer than 5", False)
    with pytest.raises(NotVisible):
        policies.guidance_reach(2**31 - 1, accounts.user("carol_office"))


@pytest.mark.usefixtures("context")
def test_many_requests_cost_no_more_queries_than_one() -> None:
    carol = accounts.user("carol_office")
    linked(), without_policy()
    with statements_sent() as one:
        policies.policy_counts(carol), policies.policy_gaps(carol)
    walk.declined_at_screening(linked()), linked(), without_policy()
    with statements_sent() as many:
        policies.policy_counts(carol), policies.policy_gaps(carol)
    assert len(one) == len(many)


@pytest.mark.parametrize("page", ["policies", "policy-gaps", "guidance/1"])
@pytest.mark.parametrize(
    ("who", "status"), [("carol_office", 200), ("paul_policy", 200), ("dev_skin", 403), ("alan_audits", 403)]
)
def test_the_counts_open_for_the_office_and_for_those_who_keep_policies(
    app: Flask, client: FlaskClient, sign_in: SignIn, page: str, who: str, status: int
) -> None:
    with app.app_context(), transaction():
        key = without_policy().key
    sign_in(client, who)
    answer = client.get(f"/reports/{page}")
    assert answer.status_code == status
    assert who == "carol_office" or key not in answer.text
