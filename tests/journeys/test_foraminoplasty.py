"""Journey 1 in a browser: laser foraminoplasty, Cheshire & Merseyside. Refused, appealed, sent back, funded, followed up."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page

from ifr.demo.stories import FORAMINOPLASTY
from tests.browser.conftest import Site
from tests.browser.hands import Hands, check, send_request, take_in, type_request
from tests.browser.letter_hands import let_letters_go
from tests.browser.panel_hands import boxes, declare, list_case, open_meeting, plan_meeting, record

CM = "NHS Cheshire and Merseyside Integrated Care Board"
QUESTIONS = ("distinct", "robust_case")
SEATS = {"Dr Helen Marsh": "chair", "Nina Castell": "member", "Leo Grant": "member", "Ruth Adeyemi": "member"}


@pytest.mark.prove
def test_a_decision_is_sent_back_on_appeal_and_taken_again(site: Site, look: Callable[[Page], None], tmp_path: Path) -> None:
    rosa = Hands(site.open_as("rosa_spine"), look)
    carol = Hands(site.open_as("carol_office"), look)
    stan = Hands(site.open_as("stan_minutes"), look)
    helen = Hands(site.open_as("helen_chairs"), look)
    omar = Hands(site.open_as("omar_member"), look)
    members = [Hands(site.open_as(key), look) for key in ("nina_member", "leo_lay", "ruth_lay")]
    today = date.today()

    # given a request about which the office has asked and been answered
    type_request(rosa, FORAMINOPLASTY, commissioner=CM, folder=tmp_path)
    reference = send_request(rosa)
    take_in(carol, reference)
    questions = f"/cases/{reference}/information"
    carol.open(questions).fill({"text": "Please send the report of the MRI.", "stops_clock": "stops"}).press("Add this question")
    carol.open(questions).press("Send the questions")
    carol.open(f"/cases/{reference}").reads("Clock paused")
    rosa.open(questions).fill({first_named(rosa, "answer-"): "The report is in the file: dense scarring at L4/5."})
    rosa.press("Save and send")
    carol.open(questions).fill({first_named(carol, "words", "considered"): "Read; it goes into the papers."})
    carol.press(re.compile("^(Save|Keep|Record)"))
    check(carol, reference, conclusion="policy", same_treatment="yes", same_because="The policy names it.")
    carol.step("Pass to screening").reads("In screening")

    # and that two screeners have referred to the panel
    sam = Hands(site.open_as("sam_screens"), look)
    answers = {f"question_{key}_answer": "yes" for key in QUESTIONS}
    answers |= {f"question_{key}_reasons": "Answered by what was sent." for key in QUESTIONS}
    answers |= {
        "comparator_answer": "confirmed",
        "point_1_answer": "accepted", "point_1_reasons": "Seen on the MRI.",
        "point_2_answer": "not_accepted", "point_2_reasons": "It has no clinical consequence.",
        "group_answer": "no", "in_the_round": "Together they make a case.",
        "recommendation": "refer", "reasons": "Both questions are answered.",
    }  # fmt: skip
    sam.open(f"/cases/{reference}/screening").fill(answers).press("Save the record")
    sam.open(f"/cases/{reference}").step("Conclude the screening")
    Hands(site.open_as("petra_screens"), look).open(f"/cases/{reference}").step("Refer to the panel")

    # when a panel meets of whom one member has an interest
    seats = {**SEATS, "Dr Omar Sayed": "member"}
    meeting = plan_meeting(stan, CM, today, seats)
    list_case(stan, meeting, reference)
    declare(omar, interest="I treated this patient")
    omar.open("/my-meetings").reads("Private item").does_not_read(reference, "foraminoplasty")
    for member in (helen, *members):
        declare(member)
    open_meeting(stan, meeting, tuple(seats))

    # then it is quorate without him, and decides not to fund, with reasons
    stan.press("Open this item").press("Close the item and draft the decision")
    record(stan, reference, QUESTIONS, 2, fund=False, comparator_answer="confirmed")
    helen.open(f"/cases/{reference}/decision").press("Confirm the decision: not to fund")
    let_letters_go(carol, reference)
    assert site.work() >= 2
    rosa.open(f"/requests/{reference}").reads("Not funded: reasons and what you can do")

    # when the clinician appeals on procedure, and people who had no part in it find the ground made out
    rosa.open(f"/cases/{reference}/appeals/lodge").fill({"claimed": "procedure", "statement": "The MRI report was not shown."})
    rosa.press("Send the appeal")
    appeal = f"/cases/{reference}/appeals/1"
    carol.open(appeal).press("Begin sorting the grounds")
    carol.open(f"{appeal}/grounds")
    for number in (1, 2, 3):
        carol.fill({f"ground_{number}-supported": "yes" if number == 3 else "no", f"ground_{number}-said": "Read in full."})
    carol.fill({"statement_for_review": "The MRI report was not shown."}).press("Save")
    carol.open(appeal).press("Accept the appeal")
    stan.open(f"{appeal}/review").fill({"review_on": boxes(today), "review_place": "By video"}).press("Save day and place")
    for name in ("Dr Vera Novak", "Hugo Lane", "Amy Forster"):
        seat = stan.open(f"{appeal}/review").page.locator('[name="user_id"]')
        assert not any("Helen Marsh" in one for one in seat.locator("option").all_inner_texts())
        seat.select_option(label=next(one for one in seat.locator("option").all_inner_texts() if one.startswith(name)))
        if name == "Dr Vera Novak":
            stan.fill({"chairs": "y"})
        stan.press("Invite")
    stan.open(appeal).press("List for review")
    reviewers = [Hands(site.open_as(key), look) for key in ("vera_reviews", "hugo_reviews", "amy_lay")]
    for one in reviewers:
        one.open("/reviews").page.locator('main a[href*="/interest"]').first.click()
        one.fill({"interest": "clear"}).press("Declare")
    stan.open(appeal).press("Open the review")
    vera = reviewers[0]
    vera.open(f"{appeal}/papers").reads("The MRI report was not shown.").does_not_read(FORAMINOPLASTY.patient["name"])
    found = vera.open(f"{appeal}/findings")
    kind = first_named(found, "ground_").rsplit("-", 1)[0]
    found.fill({f"{kind}-found": "made_out", f"{kind}-material": "yes", f"{kind}-reasons": "It was sent and not in the pack."})
    vera.press("Save the findings")
    vera.open(f"{appeal}/outcome").fill({"text": "Read the report and say what it changes."}).press("Add the direction")
    vera.open(f"{appeal}/outcome").fill({"reasons": "A paper was left out.", "plain_reasons": "Another panel decides again."})
    vera.press("Save the reasons")
    vera.open(appeal).press("Confirm: sent back to a panel")
    let_letters_go(carol, reference)
    assert site.work() >= 2

    # then the manager reopens it, and the next decision cannot be confirmed before the direction is answered
    maya = Hands(site.open_as("maya_manages"), look).open(appeal)
    if maya.page.locator('main [name="reason"]').count():
        maya.page.locator('main [name="reason"]').first.fill("The review panel sent it back.")
    maya.press(re.compile("^Reopen"))
    again = plan_meeting(stan, CM, today, SEATS)
    list_case(stan, again, reference)
    for member in (helen, *members):
        declare(member)
    open_meeting(stan, again, tuple(SEATS))
    stan.press("Open this item").press("Close the item and draft the decision")
    words = {"comparator_answer": "confirmed", "condition_1_text": "Report the Oswestry score."}
    record(stan, reference, QUESTIONS, 2, fund=True, **words)
    helen.open(f"/cases/{reference}/decision").reads("Say what was done about direction 1 of the review panel.")
    answer = {first_named(stan.open(f"/cases/{reference}/decision"), "direction_"): "Read; it bears on question 1."}
    stan.fill(answer).press("Save the record")
    helen.open(f"/cases/{reference}/decision").press("Confirm the decision: to fund")
    let_letters_go(carol, reference)
    assert site.work() >= 2

    # and the result is reported and the request closed
    rosa.open(f"/cases/{reference}/follow-up/start").fill({"started_on": boxes(today), "baseline": "58", "measure": "Oswestry"})
    rosa.press("Save").open(f"/cases/{reference}/follow-up").press("Record that treatment has started")
    rosa.open(f"/cases/{reference}/follow-up/report").fill(
        {
            "period": "First weeks", "measure_value": "22", "against_baseline": "better", "adverse_events": "None",
            "stopping_rule_met": "no", "recommendation": "none",
        }
    )  # fmt: skip
    rosa.page.locator('[name="due_id"]').select_option(index=1 if first_is_blank(rosa) else 0)
    rosa.press("Save the report").open(f"/cases/{reference}/follow-up").press("Send the report")
    carol.open(f"/cases/{reference}").step("Complete the follow-up").step("Close").reads("Closed")


def first_named(hands: Hands, *beginnings: str) -> str:
    """The name of the first field of the page that begins so."""
    names = hands.page.locator("main [name]").evaluate_all("all => all.filter(e => e.type != 'hidden').map(e => e.name)")
    return next(str(name) for name in names if str(name).startswith(beginnings))


def first_is_blank(hands: Hands) -> bool:
    return hands.page.locator('[name="due_id"] option').first.get_attribute("value") == ""
