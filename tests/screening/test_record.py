"""The screening record, and the ways in which a screening ends."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from ifr import letters, workflow
from ifr.access import Role
from ifr.cases import information
from ifr.cases.models import Case
from ifr.cases.services import everyone_who_took_part, part_of
from ifr.demo import accounts, stories, walk
from ifr.screening import notices, record
from ifr.screening.record import FindingAnswer, RecordAnswers
from ifr.workflow import Reason, Refused


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    """Hyperhidrosis at Central East; the clinician left question two of the test empty."""
    return walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))


def why_not(case: Case, trigger: str, who: str = "sam_screens") -> list[Reason]:
    return workflow.why_not(case, trigger, accounts.user(who))


def write(case: Case, findings: list[FindingAnswer] | None = None, **words: Any) -> None:
    answers = RecordAnswers(words=words, findings=findings or [])
    record.save_record(case, answers, seen=case.version, by=accounts.user("sam_screens"))


# --- questions and points -----------------------------------------------------------------------------------------------


def test_a_referral_waits_for_the_answer_that_the_clinician_left_empty(case: Case) -> None:
    with pytest.raises(Refused) as refused:
        walk.screened(case, "refer")
    [reason] = refused.value.reasons
    assert reason.to == "cases.information"
    assert reason.text.startswith("Question 2 of the test has no answer from the clinician")
    assert case.state == "in_screening"


def test_not_to_fund_is_concluded_with_reasons_while_a_question_is_empty(case: Case) -> None:
    walk.screened(case, "not_fund")
    assert case.state == "to_countersign"


@pytest.mark.parametrize(
    "reply",
    [
        {"answer": "The nerve that is cut serves both hands, and the gain was seen after a block."},
        {"cannot_because": "No study compares the two groups."},
    ],
)
def test_a_referral_goes_on_once_the_clinician_has_answered_or_said_why_not(case: Case, reply: dict[str, str]) -> None:
    carol, dev = accounts.user("carol_office"), accounts.user("dev_skin")
    row = information.draft_question(
        case, text="Question two is empty.", question_key="test_more_benefit", by=carol, seen=case.version
    )
    walk.step(case, "ask_information", "carol_office")
    information.answer(row, **reply, by=dev)
    assert "cases.information" in {one.to for one in _missing_for_referral(case)}
    walk.step(case, "answer_information", "dev_skin")
    information.consider(row, words="Read.", by=carol, seen=case.version)
    walk.screened(case, "refer")
    assert case.state == "to_countersign"


def _missing_for_referral(case: Case) -> list[Reason]:
    write(case, recommendation="refer")
    return why_not(case, "conclude_screening")


def test_every_question_and_point_needs_a_finding_with_reasons(case: Case) -> None:
    write(case, [FindingAnswer("question", "different", "no", "")], recommendation="not_fund")
    anchors = {one.anchor for one in why_not(case, "conclude_screening")}
    points = {f"point_{one.factor.id}_answer" for one in record.points_of(case, record.record_of(case))}
    assert {"question_different_answer", "question_more_benefit_answer", *points} <= anchors


def test_what_is_not_reached_takes_the_one_reason_that_is_given_for_all(case: Case) -> None:
    write(case, [FindingAnswer("question", "more_benefit", "not_reached", "")], not_reached_because="Question 1 decides.")
    asked = record.questions_of(case, record.record_of(case))
    assert [one.finding.reasons for one in asked if one.finding] == ["Question 1 decides."]


def test_a_point_is_left_out_only_under_a_clause(case: Case) -> None:
    point = record.points_of(case, record.record_of(case))[1].factor
    write(case, [FindingAnswer("factor", str(point.id), "not_taken_into_account", "Not clinical.")])
    assert "Point 2 is left out: name the clause that says so, or weigh it." in {
        one.text for one in why_not(case, "conclude_screening")
    }


def test_the_comparison_group_is_confirmed_or_replaced_with_a_reason(case: Case) -> None:
    write(case, recommendation="not_fund", comparator_answer="replaced", comparator="Adults after botulinum toxin")
    assert "Name the comparison group that you use instead, and say why." in {
        one.text for one in why_not(case, "conclude_screening")
    }
    write(case, comparator_because="All of them have had it.")
    assert record.comparison_group(case) == "Adults after botulinum toxin"


def test_similar_patients_are_information_and_hold_nothing_back(case: Case) -> None:
    sam = accounts.user("sam_screens")
    before = notices.similar_requests(case, sam)
    other = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    assert notices.similar_requests(case, sam) == before + 1
    walk.screened(case, "not_fund", group_answer="yes", group_numbers="About ten a year", group_source="Worklist")
    assert (case.state, other.state) == ("to_countersign", "in_check")


def test_only_a_screener_writes_the_record(case: Case) -> None:
    with pytest.raises(PermissionError):
        record.save_record(case, RecordAnswers(words={}), seen=case.version, by=accounts.user("carol_office"))


# --- the second signature -----------------------------------------------------------------------------------------------


def test_whoever_concluded_does_not_sign_second(case: Case) -> None:
    walk.screened(case, "not_fund")
    assert [one.text for one in why_not(case, "decline_at_screening")] == [
        "Dr Sam Okafor concluded the screening, so somebody else signs it."
    ]
    walk.step(case, "decline_at_screening", "petra_screens")
    assert case.state == "not_funded_at_screening"
    signed = record.record_of(case)
    assert signed.concluded_by_id == accounts.user("sam_screens").id
    assert signed.countersigned_by_id == accounts.user("petra_screens").id
    assert signed.authority_key == "screening"


def test_who_screened_and_who_signed_have_taken_part(case: Case) -> None:
    walk.declined_at_screening(case)
    both = {accounts.user(key).id for key in ("sam_screens", "petra_screens")}
    assert both <= everyone_who_took_part(case)
    assert all(part_of(case, one, Role.SCREENER) for one in both)


def test_a_commissioner_that_asks_no_second_signature_lets_the_screener_refer() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.BLUSHING)), no_policy=True)
    walk.step(walk.screened(case, "refer"), "refer_to_evidence_review", "sam_screens")
    assert case.state == "evidence_review"


def test_a_commissioner_that_asks_one_does_not() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY)))
    walk.screened(case, "refer")
    assert [one.text for one in why_not(case, "refer_to_panel")] == [
        "Dr Sam Okafor concluded the screening, so somebody else signs it."
    ]
    walk.step(case, "refer_to_panel", "maya_manages")
    assert case.state == "ready_for_panel"


def test_steps_that_the_commissioner_leaves_out_are_closed() -> None:
    case = walk.screened(walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY))), "refer")
    closed = [why_not(case, f"refer_to_{step}", "petra_screens") for step in ("evidence_review", "accuracy_check")]
    assert [[one.text for one in reasons] for reasons in closed] == [
        ["This commissioner has no separate evidence review."],
        ["This commissioner has no accuracy check."],
    ]


def test_only_what_was_recommended_can_follow(case: Case) -> None:
    walk.screened(case, "not_fund")
    assert [one.text for one in why_not(case, "refer_to_evidence_review", "petra_screens")] == [
        "The screening recommends something else: Not to fund."
    ]


def test_a_delegation_fits_only_who_holds_its_role(case: Case) -> None:
    walk.screened(case, "not_fund")
    signed = record.record_of(case)
    assert record.authority_of(case, signed, accounts.user("carol_office")) is None
    found = record.authority_of(case, signed, accounts.user("maya_manages"))
    assert found is not None and found.key == "screening"


# --- rounds -------------------------------------------------------------------------------------------------------------


def test_a_screening_that_is_sent_back_starts_from_a_copy_and_keeps_what_was_signed(case: Case) -> None:
    walk.step(walk.screened(case, "not_fund"), "send_back_to_screening", "petra_screens", "Read the letter of May again.")
    second, first = record.records_of(case)
    assert (first.round, second.round) == (1, 2)
    assert first.is_concluded and not second.is_concluded
    assert second.words() == first.words()
    write(case, [FindingAnswer("question", "different", "unclear", "The letter of May bears on it.")])
    answers = [record.questions_of(case, one)[0].finding for one in (first, second)]
    assert [one.answer if one else None for one in answers] == ["no", "unclear"]


# --- the endings --------------------------------------------------------------------------------------------------------


def test_a_refusal_at_screening_tells_clinician_and_patient_why_and_what_they_can_do(case: Case) -> None:
    walk.declined_at_screening(case)
    facts = {one.name: one.facts for one in letters.of(case.stream)}
    told = facts["screening_refusal"]
    assert [one["answer"] for one in told["questions"]] == ["No", "No"]
    assert [(one["answer"], one["clause"]) for one in told["factors"]] == [
        ("Not accepted", ""),
        ("Not taken into account", "Example clause on social factors (demonstration)"),
    ]
    assert told["challenge"] == ["reconsideration", "appeal", "complaint", "ombudsman"]
    assert told["window"] == {"length": 30, "unit": "working_days"}
    assert told["policy"]["version"] == "v1.0"
    assert facts["screening_refusal_patient"]["plain_reasons"].startswith("We read everything")
    assert "Marek Dolan" not in str(facts)


def test_reasons_hold_a_refusal_back_until_they_are_written(case: Case) -> None:
    with pytest.raises(Refused) as refused:
        walk.screened(case, "not_fund", reasons="", plain_reasons="", would_change="", in_the_round="")
    assert {one.anchor for one in refused.value.reasons} == {"reasons", "plain_reasons", "would_change", "in_the_round"}


def test_a_group_question_names_group_numbers_source_and_what_happens_meanwhile(case: Case) -> None:
    with pytest.raises(Refused) as refused:
        walk.screened(case, "group_question")
    assert [one.anchor for one in refused.value.reasons] == [
        "group_name", "group_numbers", "group_source", "interim", "interim_because",
    ]  # fmt: skip
    walk.screened(
        case, "group_question", group_name="Adults with palmar sweating", group_numbers="10 a year",
        group_source="Worklist", interim="no", interim_because="Waiting does no harm.",
    )  # fmt: skip
    walk.step(case, "refer_service_development", "petra_screens")
    facts = {one.name: one.facts for one in letters.of(case.stream)}
    assert facts["service_development"]["group"]["numbers"] == "10 a year"
    assert facts["service_development_patient"]["interim"] == {"funded": False, "because": "Waiting does no harm."}


def test_nothing_new_answers_each_new_statement(case: Case) -> None:
    words = {"earlier_reference": "IFR-2025-0007", "earlier_decision": "Not funded, 3 March 2025"}
    with pytest.raises(Refused) as refused:
        walk.screened(case, "nothing_new", **words)
    assert [one.anchor for one in refused.value.reasons] == ["statements-0-text"]
    statements = [("The sweating is worse.", "It was at the top of the scale then."), ("He has changed his job.", "")]
    answers = RecordAnswers(words={}, statements=statements)
    record.save_record(case, answers, seen=case.version, by=accounts.user("sam_screens"))
    assert [one.text for one in why_not(case, "conclude_screening")] == ["Say what you make of new statement 2."]
    answers = replace(answers, statements=statements[:1])
    record.save_record(case, answers, seen=case.version, by=accounts.user("sam_screens"))
    walk.step(walk.step(case, "conclude_screening", "sam_screens"), "find_nothing_new", "petra_screens")
    told = next(one.facts for one in letters.of(case.stream) if one.name == "nothing_new")
    assert told["statements"] == [{"text": statements[0][0], "answer": statements[0][1]}]


def test_prior_approval_needs_a_policy_with_criteria(case: Case) -> None:
    with pytest.raises(Refused) as refused:
        walk.screened(case, "prior_approval")
    assert [one.text for one in refused.value.reasons] == [
        "The linked policy has no criteria on record under which to approve."
    ]


def test_prior_approval_is_given_once_each_criterion_is_recorded_as_met() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.BARIATRIC)))
    rows = record.criteria_of(case, record.record_of(case), accounts.user("sam_screens"))
    met = [FindingAnswer("criterion", str(one.criterion.id), "met", "Seen in the letter of May.") for one in rows]
    write(case, met[1:], recommendation="prior_approval", reasons="The policy covers this patient.")
    assert [one.anchor for one in why_not(case, "conclude_screening")] == [f"criterion_{rows[0].criterion.id}_answer"]
    write(case, met)
    walk.step(case, "conclude_screening", "sam_screens")
    # A coordinator may give it where the body has delegated that; this one has not.
    [missing] = workflow.why_not(case, "give_prior_approval", accounts.user("carol_office"))
    assert "No delegation in force" in missing.text
    walk.step(case, "give_prior_approval", "sam_screens")
    assert case.state == "prior_approval_given"
    [told] = [one.facts for one in letters.of(case.stream) if one.name == "prior_approval"]
    assert [one["answer"] for one in told["criteria"]] == ["Met"] * len(rows)


def test_what_is_commissioned_already_is_shown_by_more_than_a_code(case: Case) -> None:
    write(case, recommendation="no_approval_needed", reasons="Covered.", commissioned_reference="TA195")
    assert [one.anchor for one in why_not(case, "conclude_screening")] == ["covered-0-text"]
    rows = [("1.1: two drugs have failed", "met", "Letter of May."), ("1.2: a specialist starts it", "unclear", "")]
    answers = RecordAnswers(words={}, covered=rows)
    record.save_record(case, answers, seen=case.version, by=accounts.user("sam_screens"))
    assert [one.anchor for one in why_not(case, "conclude_screening")] == ["covered-1-answer"]
    answers = replace(answers, covered=[rows[0], (rows[1][0], "met", "The clinic is a specialist centre.")])
    record.save_record(case, answers, seen=case.version, by=accounts.user("sam_screens"))
    walk.step(walk.step(case, "conclude_screening", "sam_screens"), "find_no_approval_needed", "sam_screens")
    assert case.state == "no_approval_needed"
    [told] = [one.facts for one in letters.of(case.stream) if one.name == "no_approval_needed"]
    assert told["commissioned"]["reference"] == "TA195"
    assert [one["text"][:3] for one in told["commissioned"]["criteria"]] == ["1.1", "1.2"]


# --- what to look at ----------------------------------------------------------------------------------------------------


def test_stock_phrases_and_points_that_are_not_clinical_are_pointed_out(case: Case) -> None:
    write(case, recommendation="not_fund", reasons="The case is not exceptional.")
    mine = record.record_of(case)
    said = notices.notices_for(
        case, mine, record.questions_of(case, mine), record.points_of(case, mine), accounts.user("sam_screens")
    )
    assert {"Some reasons use a stock phrase", "Raised as not clinical"} <= {one.split(".")[0].split(":")[0] for one in said}


def test_a_late_review_of_the_policy_is_pointed_out() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY)))
    said = notices.notices_for(case, record.record_of(case), [], [], accounts.user("sam_screens"))
    assert "The linked policy's review date has passed. The policy still applies." in said
