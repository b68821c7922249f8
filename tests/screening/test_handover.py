"""A request that belongs to another body."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from ifr import audit, clock, letters, workflow
from ifr.cases.models import Case
from ifr.cases.patients import responsibility
from ifr.cases.patients.responsibility import Meanwhile
from ifr.demo import accounts, stories, walk
from ifr.screening import handover, package
from ifr.screening.handover import Offer, Reply
from ifr.workflow import Invalid
from tests.databases import NOW

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
    assert [one.anchor for one in workflow.why_not(case, "take_back", accounts.user("carol_office"))] == ["meanwhile"]
    said = Meanwhile("yes", "NHS Central East", "Waiting does harm, and the patient is not to pay for a dispute.")
    handover.dispute_meanwhile(case, said, once="one", seen=case.version, by=accounts.user("carol_office"))
    walk.step(case, "take_back", "carol_office", "The other body refused.")
    assert case.state == "in_check"
    dispute = responsibility.open_dispute(case)
    assert dispute is not None and (dispute.body, dispute.meanwhile) == (OFFER.body, "yes")
    facts = {one.name: one.facts for one in letters.of(case.stream)}
    assert facts["taken_back"]["happened"] == "It was refused"
    assert facts["taken_back_patient"]["meanwhile"]["body"] == "NHS Central East"
    assert [one.body for one in handover.earlier_offers(case)] == [OFFER.body]
    assert handover.handover_of(case).body == ""


def test_an_offer_is_waited_for_until_the_day_of_the_profile_and_taken_back_after_it() -> None:
    case = offered()
    carol = accounts.user("carol_office")
    until = handover.handover_of(case).answer_by_on
    assert until == date(2026, 12, 4)
    assert any("has until 4 December 2026" in one.text for one in workflow.why_not(case, "take_back", carol))
    with pytest.raises(workflow.Refused):
        handover.dispute_meanwhile(case, Meanwhile("no", "", "Nothing urgent."), once="a", seen=case.version, by=carol)
    with clock.at(NOW + timedelta(days=20)):
        with pytest.raises(Invalid) as missing:
            handover.dispute_meanwhile(case, Meanwhile(), once="a", seen=case.version, by=carol)
        assert list(missing.value.faults) == ["meanwhile", "meanwhile_because"]
        handover.dispute_meanwhile(case, Meanwhile("no", "", "Nothing urgent."), once="a", seen=case.version, by=carol)
        walk.step(case, "take_back", "carol_office", "No answer came.")
    assert handover.earlier_offers(case)[0].closed_because == "No answer came"


def test_clinician_and_patient_are_told_of_an_offer_and_that_nothing_is_decided() -> None:
    rows = {one.name: one for one in letters.of(offered().stream)}
    assert rows["offered_elsewhere"].facts["body"] == rows["offered_elsewhere_patient"].facts["body"] == OFFER.body
    assert rows["offered_elsewhere"].facts["answer_by_on"] == "2026-12-04"


def test_the_package_holds_the_request_and_names_the_patient_only_when_it_is_taken_out_which_is_on_record() -> None:
    case = offered()
    row, carol = handover.handover_of(case), accounts.user("carol_office")
    assert row.package is not None and "Marek Dolan" not in json.dumps(row.package)
    with pytest.raises(PermissionError):
        package.take_out(case, row, "json", by=accounts.user("sam_screens"))
    facts = json.loads(package.take_out(case, row, "json", by=carol).content)
    assert facts["patient"]["name"] == "Marek Dolan"
    assert facts["to"]["body"] == OFFER.body and facts["why_responsible"] == OFFER.evidence
    assert any(one["answer"] == case.treatment for part in facts["request"] for one in part["answers"])
    read = [one for one in audit.events(case.stream) if one.action == "read_identity" and one.facts.get("why") == "handover"]
    assert len(read) == 1
    pdf = package.take_out(case, row, "pdf", by=carol)
    assert pdf.content.startswith(b"%PDF") and pdf.content == package.take_out(case, row, "pdf", by=carol).content


def test_an_offer_that_is_open_when_the_request_is_withdrawn_is_over() -> None:
    case = walk.step(offered(), "withdraw", "dev_skin", "The patient does not want it any more.")
    assert handover.earlier_offers(case)[0].closed_because == "The request was withdrawn"


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
