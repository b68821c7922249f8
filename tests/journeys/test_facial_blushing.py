"""Journey 3 in a browser: facial blushing, Central East. No policy found, signed; heard by a panel; funded."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from ifr.demo.stories import BLUSHING
from tests.browser.conftest import Site
from tests.browser.hands import Hands, check, send_request, take_in, type_request
from tests.browser.letter_hands import let_letters_go
from tests.browser.panel_hands import boxes, declare, list_case, open_meeting, plan_meeting, record

QUESTIONS = ("group", "individual", "effect", "safety", "cost", "priority")
SEATS = {"Dr Helen Marsh": "chair", "Dr Omar Sayed": "member", "Nina Castell": "member", "Leo Grant": "member"}


@pytest.mark.prove
def test_no_policy_covers_blushing_and_a_panel_funds_it(site: Site, look: Callable[[Page], None], tmp_path: Path) -> None:
    dev = Hands(site.open_as("dev_skin"), look)
    carol = Hands(site.open_as("carol_office"), look)
    sam = Hands(site.open_as("sam_screens"), look)
    iris = Hands(site.open_as("iris_reviews"), look)
    stan = Hands(site.open_as("stan_minutes"), look)
    helen = Hands(site.open_as("helen_chairs"), look)
    members = [Hands(site.open_as(key), look) for key in ("omar_member", "nina_member", "leo_lay")]
    today = date.today()

    # given a request whose treatment meets a policy that is about another condition
    type_request(dev, BLUSHING, commissioner="NHS Central East Integrated Care Board", folder=tmp_path)
    reference = send_request(dev)
    take_in(carol, reference)
    carol.open(f"/cases/{reference}/check").reads("HTG331")

    # when the office signs that no policy was found, with its search
    check(
        carol, reference, conclusion="no_policy", same_treatment="yes",
        same_because="The same operation for another condition.",
        search="Register searched for sympathectomy, blushing, A75.2 and R23.2.",
    )  # fmt: skip
    carol.step("Pass to screening").reads("In screening")

    # then the test for requests without a policy is asked, without a comparison group
    sam.open(f"/cases/{reference}/screening").reads("No policy covers this treatment")
    assert sam.page.locator('[name="comparator_answer"]').count() == 0

    # and the request goes through evidence review and the clinician's check of accuracy to the panel
    answers = {f"question_{key}_answer": "yes" for key in QUESTIONS}
    answers |= {f"question_{key}_reasons": "Answered by what was sent." for key in QUESTIONS}
    answers |= {
        "point_1_answer": "accepted", "point_1_reasons": "Shown by the psychologist's letter.",
        "group_answer": "yes", "group_numbers": "Perhaps two a year", "group_source": "The clinician",
        "in_the_round": "Together they make a case that a panel should hear.",
        "recommendation": "refer", "reasons": "The questions of the test are answered.",
    }  # fmt: skip
    sam.fill(answers).press("Save the record")
    sam.open(f"/cases/{reference}").step("Conclude the screening").step("Refer to evidence review")
    iris.open(f"/cases/{reference}/evidence-review").fill(
        {
            "strategy": "MEDLINE and NICE, blushing and sympathectomy", "searched_on": boxes(today),
            "found": "NICE HTG331 and three series", "not_found": "No trial against therapy", "cost": "£3,900 once",
        }
    ).press("Save the review")  # fmt: skip
    iris.open(f"/cases/{reference}").step("Complete the evidence review")
    dev.open(f"/cases/{reference}/summary").step("Send the comment", "The summary is right.")
    dev.open(f"/requests/{reference}").reads("Waiting for a panel date")

    # and the office says what it made of the comment before the papers are made
    sam.open(f"/cases/{reference}/summary").reads("The clinician commented on", "The summary is right.")
    sam.page.get_by_label("What you made of it").fill("Read; nothing to change.")
    sam.press("Save").reads("What we made of it:")

    # when a panel without any interest in the case considers it
    meeting = plan_meeting(stan, "NHS Central East Integrated Care Board", today, SEATS)
    list_case(stan, meeting, reference)
    for member in (helen, *members):
        declare(member)
    members[0].open("/my-meetings").follow("Papers").reads("HTG331").does_not_read(BLUSHING.patient["name"])
    open_meeting(stan, meeting, tuple(SEATS))
    stan.press("Open this item").press("Close the item and draft the decision")
    due = today + timedelta(days=91)
    record(
        stan, reference, QUESTIONS, 1, fund=True,
        condition_1_text="Report the blushing score and the sweating scale.", condition_1_measure="At three months",
        condition_1_due_on=boxes(due), condition_2_text="Report both again.", condition_2_measure="At twelve months",
    )  # fmt: skip

    # then the chair who sat confirms, the letter leaves, and the clinician reads the conditions
    helen.open(f"/cases/{reference}/decision").press("Confirm the decision: to fund")
    let_letters_go(carol, reference, Hands(site.open_as("maya_manages"), look))
    assert site.work() >= 2
    dev.open(f"/requests/{reference}").reads("Funded (with its conditions)")
    dev.open(f"/cases/{reference}/follow-up").reads("Report the blushing score and the sweating scale.")
