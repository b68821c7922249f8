"""A policy changes with four weeks' notice; a patient who was offered the treatment before may have it under the old one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from ifr import clock, workflow
from ifr.demo import accounts, walk
from ifr.demo.stories import HYPERHIDROSIS, another
from ifr.policies import services as policies
from ifr.screening import newer
from ifr.screening.newer import VersionAnswer
from tests.journeys.registering import asked, in_force_already, published
from tests.journeys.test_mid_essex_referral_date import TATTOO

TRANSITION = "A patient who was offered the treatment before this day may have it under the earlier policy; the notes say when."


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_patient_who_was_offered_treatment_stays_under_the_old_policy() -> None:
    # given a policy that is followed by a stricter one, four weeks after it is published
    old = in_force_already(effective_from="2022-01-01", position="criteria_based")
    new = published(
        version="2",
        effective_from="2026-12-19",
        transition=TRANSITION,
        replaces=[{"policy": "DEMO-TATTOO", "version": "1"}],
    )
    assert (asked("2026-12-18")["version"], asked("2026-12-19")["version"]) == ("1", "2")

    # and a request that came in before, and was checked under the old one
    case = walk.in_screening(walk.in_check(walk.received(another(HYPERHIDROSIS, name="Ada Frost", born_on="3 4 1990", **TATTOO))))
    assert case.policy_version_id == old

    # when the new one comes into force before anything was decided
    with clock.at(datetime(2026, 12, 21, 10, tzinfo=UTC)):
        sam = accounts.user("sam_screens")
        page = newer.newer_page(case, sam)

        # then the service says that it is less generous, shows what holds for earlier offers, and waits for an answer
        assert page.newer is not None and page.newer.version_id == new
        assert page.transition == TRANSITION
        refused = [one.to for one in workflow.why_not(case, "conclude_screening", sam)]
        assert "screening.newer" in refused

        # when the screener answers: under the old one, with the day of the offer, and that the clinician was told
        told = VersionAnswer(old, "Offered on 3 November 2026, as the notes say.", "yes", date(2026, 12, 21), "By letter.")
        newer.choose_version(case, told, once="offer", seen=case.version, by=sam)

        # then the request stays with the old policy, and is not held back for this any more
        assert case.policy_version_id == old
        assert policies.version(old).label == "1"
        assert "screening.newer" not in [one.to for one in workflow.why_not(case, "conclude_screening", sam)]
