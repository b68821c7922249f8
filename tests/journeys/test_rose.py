"""A commissioner refused because it thought less of the evidence than NICE did. Here a departure needs a reason of its own."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr.decisions import services as decisions
from ifr.decisions.models import DEPARTED
from ifr.decisions.services import RecordTyped
from ifr.decisions.weighing import GuidanceTyped, guidance_of, papers_before
from ifr.demo import accounts, stories
from tests.journeys import hearings


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_guidance_is_departed_from_for_a_reason_that_is_not_disagreement_with_it() -> None:
    # given a request whose papers name guidance of NICE, and a panel that means to refuse
    case = hearings.drafted(hearings.at_panel(hearings.ready(stories.BLUSHING, no_policy=True)), "not_funded")
    record = decisions.record_to_show(case)
    assert record is not None
    (named,) = guidance_of(record, papers_before(case, record))
    assert named.reference.startswith("HTG331")

    def departs(because: str, different: str = "") -> str:
        typed = RecordTyped(words={}, guidance=[GuidanceTyped(named.reference, DEPARTED, because, different)])
        decisions.save_record(case, typed, seen=case.version, by=accounts.user(hearings.SECRETARY))
        return hearings.missing(case, "confirm_not_funded")

    # when it departs from the guidance without a word, or because it disagrees, then it is asked for more
    assert "HTG331" in departs("")
    assert "HTG331" in departs("The panel is not convinced by the evidence.")

    # when it says what is different about this patient, then the decision can be confirmed
    assert departs("The panel is not convinced by the evidence.", "She has a bleeding disorder that no series included.") == ""
