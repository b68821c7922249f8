"""A request that belongs to another body."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from ifr import letters, workflow
from ifr.cases.models import Case
from ifr.demo import accounts, stories, walk
from ifr.screening import handover
from ifr.screening.handover import Offer, Reply
from ifr.workflow import Invalid

OFFER = Offer(
    body="NHS England (specialised commissioning)",
    contact_name="Jo Farrow",
    contact_email="jo.farrow@example.org",
    evidence="The treatment is on the list of prescribed specialised services.",
    plain_reasons="Another part of the NHS pays for this kind of treatment.",
)
YES = Reply(answer="accepted", answered_by="Jo Farrow", answered_on=date(2026, 11, 21))


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def offered() -> Case:
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    handover.prepare_handover(case, OFFER, seen=case.version, by=accounts.user("carol_office"))
    return walk.step(case, "offer_handover", "carol_office", "A specialised service.")


def reply(case: Case, said: Reply) -> None:
    handover.answer_handover(case, said, seen=case.version, by=accounts.user("carol_office"))


def test_an_offer_names_body_person_way_and_evidence_before_it_is_made() -> None:
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    reasons = workflow.why_not(case, "offer_handover", accounts.user("carol_office"))
    assert [one.anchor for one in reasons] == ["body", "contact_name", "contact_email", "evidence"]
    assert {one.to for one in reasons} == {"screening.handover"}


def test_an_offer_is_dated_and_its_letter_goes_to_the_person_it_names() -> None:
    case = offered()
    assert case.state == "handover_offered"
    assert handover.handover_of(case).offered_on == date(2026, 11, 21)
    row = next(one for one in letters.of(case.stream) if one.name == "handover_offered")
    recipient = letters.RECIPIENTS[row.to](case, row)
    assert (recipient.name, recipient.email) == ("Jo Farrow", "jo.farrow@example.org")


def test_an_accepted_request_ends_with_reasons_for_clinician_and_patient() -> None:
    case = offered()
    assert workflow.why_not(case, "accept_handover", accounts.user("carol_office"))
    reply(case, YES)
    walk.step(case, "accept_handover", "carol_office")
    assert case.state == "handed_over"
    facts = {one.name: one.facts for one in letters.of(case.stream)}
    assert facts["passed_on"]["reasons"] == OFFER.evidence
    assert facts["passed_on_patient"]["plain_reasons"] == OFFER.plain_reasons
    assert facts["passed_on"]["challenge"] == ["other_body", "complaint"]
    assert "decision" not in facts["passed_on_patient"]


def test_a_refused_offer_is_taken_back_and_stays_on_record() -> None:
    case = offered()
    reply(case, Reply(answer="refused", answered_by="Jo Farrow", answered_on=date(2026, 11, 21)))
    reasons = workflow.why_not(case, "accept_handover", accounts.user("carol_office"))
    assert [one.text for one in reasons] == [f"{OFFER.body} has refused: take the request back."]
    walk.step(case, "take_back", "carol_office", "The other body refused.")
    assert case.state == "in_check"
    assert [one.body for one in handover.earlier_offers(case)] == [OFFER.body]
    assert handover.handover_of(case).body == ""


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2026, 11, 20)])
def test_an_answer_comes_neither_before_the_offer_nor_after_today(day: date) -> None:
    case = offered()
    with pytest.raises(Invalid) as refused:
        reply(case, Reply(answer="accepted", answered_by="Jo Farrow", answered_on=day))
    assert list(refused.value.faults) == ["answered_on"]


def test_nothing_is_answered_that_was_not_offered() -> None:
    case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    with pytest.raises(workflow.Refused):
        reply(case, YES)
