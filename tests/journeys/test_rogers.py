"""A policy under which nobody can think of an exception: its owner is asked, and the request goes forward all the same."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import workflow
from ifr.demo import accounts, walk
from ifr.demo.stories import HYPERHIDROSIS, another
from ifr.screening import newer
from tests.journeys.registering import in_force_already
from tests.journeys.test_mid_essex_referral_date import TATTOO

SignIn = Callable[[FlaskClient, str], None]
WORDS = "Nobody here can think of a patient for whom this policy would leave room."


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_the_owner_is_asked_and_the_request_goes_forward(client: FlaskClient, sign_in: SignIn) -> None:
    # given a request outside a policy that offers no thinkable exception
    in_force_already(effective_from="2022-01-01")
    case = walk.in_screening(walk.in_check(walk.received(another(HYPERHIDROSIS, name="Ada Frost", born_on="3 4 1990", **TATTOO))))
    sam = accounts.user("sam_screens")
    before = {one.trigger: one.open for one in workflow.moves_open_to(case, sam)}

    # when the screener says so to the owner of the policy
    newer.flag_policy(case, WORDS, once="rogers", by=sam)

    # then every step of the request is as open as it was
    assert {one.trigger: one.open for one in workflow.moves_open_to(case, sam)} == before
    assert case.state == "in_screening"

    # and the owner reads it among the questions about the policies
    sign_in(client, "paul_policy")
    assert WORDS in client.get("/policies/flags").text
