"""Journey 2 in a browser: hyperhidrosis, Central East. A request that cannot be referred, and is not funded at screening."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from ifr.demo.stories import HYPERHIDROSIS
from tests.browser.conftest import Site
from tests.browser.hands import Hands, check, send_request, take_in, type_request
from tests.browser.letter_hands import let_letters_go

FINDINGS = {
    "comparator_answer": "confirmed",
    "question_different_answer": "no",
    "question_different_reasons": "The severity described is that of most patients who ask for this operation.",
    "question_more_benefit_answer": "no",
    "question_more_benefit_reasons": "The request does not say why this patient would gain more.",
    "point_1_answer": "not_accepted",
    "point_1_reasons": "Shared by most of the comparison group.",
    "point_2_answer": "not_taken_into_account",
    "point_2_clause": "Example clause on social factors (demonstration)",
    "point_2_reasons": "A social circumstance without a clinical consequence.",
    "group_answer": "no",
    "in_the_round": "Taken together the points do not set the patient apart.",
    "reasons": "Neither question of the test is answered by what was sent.",
    "plain_reasons": "What your doctor sent did not show how your case differs from that of others with this condition.",
    "would_change": "Clinical evidence of a difference that bears on how well the operation would work.",
}


def test_a_request_with_an_empty_question_is_not_funded_at_screening(
    site: Site, look: Callable[[Page], None], tmp_path: Path
) -> None:
    dev = Hands(site.open_as("dev_skin"), look)
    carol = Hands(site.open_as("carol_office"), look)
    sam = Hands(site.open_as("sam_screens"), look)
    petra = Hands(site.open_as("petra_screens"), look)

    # given a request in which question two of the test is left empty
    type_request(dev, HYPERHIDROSIS, commissioner="NHS Central East Integrated Care Board", folder=tmp_path)
    reference = send_request(dev)
    dev.reads("Received by the funding office")

    # and the office has checked it and linked the policy that excludes the patient
    take_in(carol, reference)
    carol.reads("Say who is responsible for this patient.")
    check(carol, reference, conclusion="policy", same_treatment="yes", same_because="The policy names this operation.")
    carol.step("Pass to screening").reads("In screening")

    # when the screener would refer it to the panel
    page = f"/cases/{reference}/screening"
    sam.open(page).fill({**FINDINGS, "recommendation": "refer"}).press("Save the record")

    # then the service says which question stands empty, and where to ask for it
    sam.open(f"/cases/{reference}").reads("Conclude the screening: you cannot do this yet because")
    sam.reads("Why is this patient likely to gain significantly more benefit")

    # when the screener recommends not to fund, with reasons
    sam.open(page).fill({"recommendation": "not_fund"}).press("Save the record")
    sam.open(f"/cases/{reference}").step("Conclude the screening").reads("Screening: second signature")

    # then the same person cannot sign twice
    sam.reads("Conclude: not to fund: you cannot do this yet because")

    # and a second person ends it
    petra.open(f"/cases/{reference}").step("Conclude: not to fund").reads("Not funded (screening)")

    # and the clinician does not learn it before the letter has left
    dev.open(f"/requests/{reference}").reads("Considered; the decision will be sent").does_not_read("Not funded")

    # when the office releases the letters and the worker issues them
    let_letters_go(carol, reference, Hands(site.open_as("maya_manages"), look))
    assert site.work() > 0

    # then clinician and patient have their letters, with reasons and a way to challenge
    dev.open(f"/requests/{reference}").reads("Not funded: reasons and what you can do", "Ask us to look again")
    carol.open(f"/cases/{reference}/letters").reads("Issued")
