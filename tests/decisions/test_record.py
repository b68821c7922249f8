"""The decision record: what must stand in it before the chair who sat confirms it, and what the letter says of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from ifr import clock, jobs, letters
from ifr.cases.models import Case
from ifr.cases.services import factors_of, findings_of
from ifr.db import db
from ifr.decisions import services as decisions
from ifr.decisions.criteria import alone_against, criteria_of
from ifr.decisions.gate import NotReasonedError
from ifr.decisions.phrases import hard_to_read, kept_of
from ifr.decisions.services import ConditionTyped, FindingTyped, RecordTyped
from ifr.decisions.weighing import ExhibitTyped, GuidanceTyped
from ifr.demo import accounts, afterwards, walk
from ifr.profiles.commissioners import EmptyPhrases
from ifr.workflow import Refused, Stale
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY, why_not

WITHOUT_OMAR = (CHAIR, "nina_member", "leo_lay")  # his conflict of interest holds in the next round too


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case(context: None) -> Case:
    """At the panel, one member having left for it."""
    case = walking.ready()
    walking.at_panel(case, conflict="omar_member")
    return case


def write(case: Case, findings: list[FindingTyped] | None = None, **words: Any) -> None:
    typed = RecordTyped(words=words, findings=findings or [])
    decisions.save_record(case, typed, seen=case.version, by=accounts.user(SECRETARY))


def missing(case: Case, outcome: str) -> list[str]:
    return why_not(case, f"confirm_{outcome}", CHAIR)


# --- drafting -------------------------------------------------------------------------------------------------------------


def test_a_record_is_saved_as_often_as_one_likes_and_decides_nothing(case: Case) -> None:
    write(case, reasons="First thoughts")
    write(case, reasons="Second thoughts")
    record = decisions.record_to_show(case)
    assert record is not None
    assert (record.reasons, record.outcome, record.round) == ("Second thoughts", None, 1)
    assert case.state == "at_panel"


def test_a_page_that_is_not_fresh_does_not_overwrite_the_record(case: Case) -> None:
    old = case.version
    write(case, reasons="The secretary's words")
    with pytest.raises(Stale):
        decisions.save_record(case, RecordTyped(words={"reasons": "Lost"}), seen=old, by=accounts.user(SECRETARY))


@pytest.mark.parametrize("who", ["carol_office", "sam_screens", "maya_manages"])
def test_only_the_secretary_and_the_chair_write_the_record(case: Case, who: str) -> None:
    with pytest.raises(Refused):
        decisions.save_record(case, RecordTyped(words={"reasons": "x"}), seen=case.version, by=accounts.user(who))


def test_a_confirmed_record_is_not_rewritten(case: Case) -> None:
    walking.confirmed(case, "not_funded")
    with pytest.raises(Refused):
        write(case, reasons="Something else")


# --- what must be there ---------------------------------------------------------------------------------------------------


def test_an_empty_record_is_not_confirmed_and_every_gap_is_named(case: Case) -> None:
    walk.step(case, "record_decision", SECRETARY)
    gaps = missing(case, "not_funded")
    for factor in factors_of(case):
        assert f"Point {factor.number} needs the panel's answer, with reasons." in gaps
    assert "Question 1 of the test needs the panel's answer, with reasons." in gaps
    assert "Question 2 of the test needs the panel's answer, with reasons." in gaps
    assert sum("say that it is not reached" in gap for gap in gaps) == len(criteria_of(case))
    assert "Answer all points and questions taken together." in gaps
    assert "The record says: nothing yet." in gaps


@pytest.mark.parametrize(
    ("left_out", "outcome", "sentence"),
    [
        ("in_the_round", "not_funded", "Answer all points and questions taken together."),
        ("reasons", "not_funded", "Give the reasons for the decision."),
        ("plain_reasons", "not_funded", "Give the reasons for the patient, in plain words."),
        ("would_change", "not_funded", "Say what would change the answer."),
        ("would_change", "funded_in_part", "Say what would change the answer."),
        ("what_is_not_funded", "funded_in_part", "Say what is not funded."),
        ("equality", "funded", "Say what was made of equality."),
        ("human_rights", "funded", "Say what was made of human rights."),
        ("health_inequality", "not_funded", "Say what was made of health inequality."),
        ("what_is_funded", "funded_in_part", "Say what is funded."),
        ("comparator_answer", "not_funded", "Confirm the comparison group, or replace it."),
        ("conditions_answer", "funded", "Say whether there are conditions."),
        ("amount_answer", "funded", "Say up to which amount is funded, or that no amount is set."),
        ("validity_answer", "funded", "Say until when treatment has to begin, or that no day is set."),
    ],
)
def test_one_gap_is_enough_to_hold_the_decision_back(case: Case, left_out: str, outcome: str, sentence: str) -> None:
    words = {left_out: None if left_out.endswith("answer") else ""}
    walking.drafted(case, outcome, **words)
    assert missing(case, outcome) == [sentence]


@pytest.mark.parametrize("outcome", ["funded", "funded_in_part", "not_funded"])
def test_a_complete_record_can_be_confirmed_only_as_it_says(case: Case, outcome: str) -> None:
    walking.drafted(case, outcome)
    others = {"funded", "funded_in_part", "not_funded"} - {outcome}
    assert missing(case, outcome) == []
    assert all(missing(case, other) for other in others)


def test_would_change_is_not_asked_of_a_decision_to_fund(case: Case) -> None:
    walking.drafted(case, "funded", would_change="")
    assert missing(case, "funded") == []


def test_a_replaced_comparison_group_is_named_with_the_reason(case: Case) -> None:
    walking.drafted(case, "not_funded", comparator_answer="replaced")
    assert missing(case, "not_funded") == [
        "Name the comparison group that the panel used.", "Say why the comparison group was replaced.",
    ]


def test_a_point_that_is_left_out_names_its_clause(case: Case) -> None:
    walking.drafted(case, "not_funded")
    factor = factors_of(case)[1]
    left_out = FindingTyped("factor", str(factor.id), "not_taken_into_account", "It is social.")
    write(case, [left_out])
    assert missing(case, "not_funded") == [f"Point {factor.number} is left out: name the clause that says so, or weigh it."]
    write(case, [FindingTyped("factor", str(factor.id), "not_taken_into_account", "It is social.", clause="Clause 4")])
    assert missing(case, "not_funded") == []


def test_one_answer_that_decides_serves_everything_that_is_not_reached(case: Case) -> None:
    walking.drafted(case, "not_funded")
    record = decisions.present_record(case)
    assert record is not None
    found = findings_of(case, "panel", record.round)
    rows = [found["criterion", one.key] for one in criteria_of(case)]
    assert {row.reasons for row in rows} == {"Not reached, because the answer to question 1 decides the request."}
    assert {row.refers_to for row in rows} == {"question:distinct"}
    write(case, [FindingTyped("question", "distinct", "not_reached", "", refers_to="question:more_benefit")])
    assert "Criterion 1: it is not reached because of question 1, which has no answer that could decide the request." in (
        missing(case, "not_funded")
    )
    write(case, [FindingTyped("criterion", "safety", "not_reached", "")], not_reached_by="")
    assert any("say which answer decides the request" in gap for gap in missing(case, "not_funded"))


def test_one_reason_serves_several_points_by_reference(case: Case) -> None:
    walking.drafted(case, "not_funded")
    one, two = (f"factor:{f.id}" for f in factors_of(case)[:2])
    write(case, [FindingTyped("factor", two.split(":")[1], "not_accepted", "", refers_to=one)])
    assert missing(case, "not_funded") == []
    record = decisions.present_record(case)
    assert record is not None
    assert findings_of(case, "panel", record.round)["factor", two.split(":")[1]].reasons == "As for point 1."
    write(case, [FindingTyped("factor", one.split(":")[1], "not_accepted", "", refers_to=two)])
    assert "Point 1: it refers to point 2, which has no reasons of its own." in missing(case, "not_funded")


def test_an_answer_on_effectiveness_is_bound_to_the_aim_that_the_request_states(case: Case) -> None:
    walking.drafted(case, "not_funded")
    record = decisions.present_record(case)
    assert record is not None and record.aim
    bound = next(one for one in criteria_of(case) if one.about_the_aim)
    answer = {"about": "criterion", "key": bound.key, "answer": "no", "reasons": "The scar would come back."}
    write(case, [FindingTyped(**answer)])
    assert missing(case, "not_funded") == [f"Say which result was weighed against the aim of the request: “{bound.text}”"]
    write(case, [FindingTyped(**answer, weighed="Walking distance")])
    assert missing(case, "not_funded") == [f"Say that the answer is about the aim of the request: “{bound.text}”"]
    write(case, [FindingTyped(**answer, weighed="Walking distance", about_the_aim=True)])
    assert missing(case, "not_funded") == []


# --- what was before the panel, and reasons ---------------------------------------------------------------------------------


def test_nothing_that_was_before_the_panel_is_left_without_a_word(case: Case) -> None:
    walking.drafted(case, "not_funded", everything_else_read=False)
    assert missing(case, "not_funded") == ["Say what was made of document 1, or that everything else was read."]

    def about(answer: str, **more: str) -> list[str]:
        typed = RecordTyped(words={}, exhibits=[ExhibitTyped("document", 1, answer, **more)])
        decisions.save_record(case, typed, seen=case.version, by=accounts.user(SECRETARY))
        return missing(case, "not_funded")

    assert about("relied_on") == ["Say for which point or question document 1 was relied on."]
    assert about("not_read") == ["Say why document 1 was not read."]
    assert about("adds_nothing", because="The same as the letter.") == []
    assert about("relied_on", about="question:distinct") == []


def test_to_disagree_with_guidance_is_no_reason_to_depart_from_it(case: Case) -> None:
    walking.drafted(case, "not_funded")
    record = decisions.present_record(case)
    assert record is not None
    item = decisions.item_of(record)
    assert item is not None and item.papers is not None
    item.papers = {**item.papers, "guidance": [{"reference": "CG156", "title": "Fertility", "why": "Named by the policy"}]}
    db.session.flush()

    def departed(because: str, different: str = "") -> list[str]:
        typed = RecordTyped(words={}, guidance=[GuidanceTyped("CG156", "departed", because, different)])
        decisions.save_record(case, typed, seen=case.version, by=accounts.user(SECRETARY))
        return missing(case, "not_funded")

    assert missing(case, "not_funded") == ["Say whether CG156 was followed."]
    assert departed("") == ["Say why CG156 was departed from."]
    mere = "To disagree with CG156 is no reason to depart from it: say what is different here."
    assert departed("The commissioner does not agree with its reading of the evidence.") == [mere]
    assert departed("The commissioner does not agree with it.", "The patient is older than those in the trials.") == []
    assert departed("The patient has a condition that the guidance leaves out.") == []


def test_a_phrase_that_is_no_reason_is_asked_about_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    walking.drafted(case, "not_funded")
    phrases = EmptyPhrases(phrases=["not exceptional", "policy not met"], source="example")
    held_to = case.profile.model_copy(update={"empty_phrases": phrases})
    monkeypatch.setattr(Case, "profile", property(lambda self: held_to))
    assert missing(case, "not_funded") == []
    write(case, reasons="The case is not exceptional.")
    [asked] = missing(case, "not_funded")
    assert asked.startswith("“The case is not exceptional.” is no reason by itself")
    write(case, reasons="The case is not exceptional, because the scar is as dense in most of the group.")
    assert missing(case, "not_funded") == []
    write(case, reasons="Not exceptional: policy not met.")
    typed = RecordTyped(words={}, kept=frozenset({"reasons"}))
    decisions.save_record(case, typed, seen=case.version, by=accounts.user(SECRETARY))
    assert missing(case, "not_funded") == []
    record = decisions.present_record(case)
    assert record is not None
    [kept] = kept_of(record)
    assert (kept.place, kept.by_id, kept.at) == ("reasons", accounts.user(SECRETARY).id, clock.now())
    write(case, reasons="Policy not met.")
    assert len(missing(case, "not_funded")) == 1


def test_long_sentences_and_abbreviations_in_the_patients_reasons_are_pointed_out() -> None:
    long = "word " * 26 + "end."
    assert hard_to_read("We read it all. The NHS pays.") == []
    long_one, short = hard_to_read(f"{long} Your ODI was high.")
    assert long_one.startswith("A sentence of 27 words") and short == "Write out in full, at least the first time: ODI."


def test_a_criterion_that_never_decides_alone_is_a_warning_and_never_a_bar(case: Case) -> None:
    criteria = criteria_of(case)
    assert alone_against({"affordability": "no", "safety": "yes"}, criteria).startswith("Can it be afforded")
    assert alone_against({"affordability": "no", "effectiveness": "no"}, criteria) == ""
    walking.drafted(case, "not_funded")
    write(case, [FindingTyped("criterion", "affordability", "no", "Too dear for the benefit.")])
    assert missing(case, "not_funded") == []


def test_the_letter_of_a_refusal_without_its_reasons_is_not_made(case: Case) -> None:
    walking.confirmed(case, "not_funded")
    record = decisions.present_record(case)
    assert record is not None
    record.would_change = ""
    findings_of(case, "panel", record.round)["question", "distinct"].reasons = ""
    with pytest.raises(NotReasonedError, match="question 1, what would change the answer"):
        letters.LETTERS["decision_not_funded"](case)


def test_an_amount_above_every_delegation_is_not_confirmed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    walking.drafted(case, "funded", amount_answer="amount", amount=Decimal("5000.00"))
    record = decisions.present_record(case)
    assert record is not None
    small = [a.model_copy(update={"up_to": Decimal(1000)}) for a in case.profile.authorities]
    held_to = case.profile.model_copy(update={"authorities": small})
    assert decisions.authority_for(case, record, clock.today()) is not None
    monkeypatch.setattr(Case, "profile", property(lambda self: held_to))
    assert decisions.authority_for(case, record, clock.today()) is None
    assert any("No delegation is in force today" in gap for gap in missing(case, "funded"))


def test_before_the_delegation_begins_nothing_is_confirmed_under_it(case: Case) -> None:
    walking.drafted(case, "funded")
    record = decisions.present_record(case)
    assert record is not None
    assert decisions.authority_for(case, record, date(2024, 12, 31)) is None


# --- who confirms ---------------------------------------------------------------------------------------------------------


def test_only_the_chair_who_sat_confirms(case: Case) -> None:
    from ifr.access import Role
    from ifr.cases.models import CLEAR
    from ifr.cases.services import involve

    walking.drafted(case, "not_funded")
    involve(case, accounts.user("ruth_lay").id, Role.PANEL_CHAIR, interest=CLEAR)
    assert why_not(case, "confirm_not_funded", "ruth_lay") == [
        "Dr Helen Marsh chaired this item and confirms the decision."
    ]
    assert why_not(case, "confirm_not_funded", SECRETARY) == ["This is for another role: panel chair."]


def test_confirming_stamps_the_chair_the_hour_and_the_authority(case: Case) -> None:
    walking.confirmed(case, "not_funded")
    record = decisions.present_record(case)
    assert record is not None
    assert (record.confirmed_by_id, record.confirmed_at) == (accounts.user(CHAIR).id, clock.now())
    assert record.authority_key == "panel"
    assert case.state == "decision_confirmed"


# --- the letter -----------------------------------------------------------------------------------------------------------


def letter_of(case: Case, name: str) -> letters.Letter:
    return next(one for one in letters.of(case.stream) if one.name == name)


def issued(case: Case) -> None:
    afterwards.released(case.stream)
    db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=11)):
        jobs.issue_letters()
    db.session.expire_all()


def test_a_refusal_states_test_answers_reasons_and_challenge_to_clinician_and_patient(case: Case) -> None:
    walking.confirmed(case, "not_funded")
    for name in ("decision_not_funded", "decision_not_funded_patient"):
        facts = letter_of(case, name).facts
        assert facts["decision"] == "The treatment is not funded."
        assert facts["policy"]["reference"] == "CMICB_Clin018"
        assert "robust case" in facts["test"]["words"]
        assert [q["answer"] for q in facts["questions"]] == ["No", "No"]
        assert [f["answer"] for f in facts["factors"]] == ["Not accepted", "Not accepted"]
        assert {c["answer"] for c in facts["criteria"]} == {"Not reached"}
        assert facts["challenge"] == ["reconsideration", "appeal", "complaint", "ombudsman"]
        assert facts["window"] == {"length": 30, "unit": "working_days"}
        assert facts["chair"] == "Dr Helen Marsh"
        assert facts["in_the_round"] and facts["would_change"] and facts["plain_reasons"]


def test_a_decision_to_fund_states_its_conditions_amount_and_last_day(case: Case) -> None:
    walk.step(case, "record_decision", SECRETARY)
    typed = walking.full_record(
        case, "funded", conditions_answer="some", amount_answer="amount", amount=Decimal("4200"),
        validity_answer="until", valid_until_on=date(2027, 11, 30),
    )
    condition = ConditionTyped("Report the index at three months", "Oswestry Disability Index", date(2027, 3, 1))
    decisions.save_record(
        case, replace(typed, conditions=[condition]), seen=case.version, by=accounts.user(SECRETARY)
    )
    walk.step(case, "confirm_funded", CHAIR)
    facts = letter_of(case, "decision_funded").facts
    assert facts["conditions"] == [
        "Report the index at three months. Measured by: Oswestry Disability Index. Report by 1 March 2027."
    ]
    assert (facts["amount"], facts["valid_until"], facts["challenge"]) == ("£4,200.00", "2027-11-30", [])


def test_the_comparison_group_that_was_used_stands_in_the_letter(case: Case) -> None:
    walking.confirmed(
        case, "not_funded", comparator_answer="replaced", comparator="Patients after a failed discectomy",
        comparator_because="They are at the same stage",
    )
    assert letter_of(case, "decision_not_funded").facts["comparator"] == "Patients after a failed discectomy"


def test_the_case_moves_to_not_funded_only_by_the_letter(case: Case) -> None:
    walking.confirmed(case, "not_funded")
    assert why_not(case, "issue_not_funded", "carol_office") == ["The decision letters have not been released yet."]
    issued(case)
    assert case.state == "not_funded"
    assert letter_of(case, "decision_not_funded_patient").state == letters.ISSUED


# --- again ----------------------------------------------------------------------------------------------------------------


def sent_back(case: Case, *, differently: bool) -> None:
    walking.confirmed(case, "not_funded")
    issued(case)
    decisions.add_direction(
        case, appeal_id=7, number=1, text="Weigh the letter of 3 March.", differently_constituted=differently,
        by=accounts.user("maya_manages"),
    )
    walk.step(case, "reopen_for_panel", "maya_manages", reason="Sent back by the review panel")


def test_a_reopened_case_gets_a_new_record_and_the_first_one_stays(case: Case) -> None:
    sent_back(case, differently=False)
    walking.at_panel(case, *WITHOUT_OMAR)
    first, second = sorted(decisions.records_of(case), key=lambda r: r.round)
    assert (first.round, first.outcome, second.round, second.outcome) == (1, "not_funded", 2, None)
    assert findings_of(case, "panel", 2) == {}


def test_those_who_sit_again_declare_again(case: Case) -> None:
    sent_back(case, differently=False)
    meeting = walking.planned(case)
    walking.listed(case, meeting)
    walking.opened(meeting)
    assert "Nina Castell has not said whether there is an interest in this request." in why_not(case, "take_item", SECRETARY)
    assert not case.visible_to(accounts.user("nina_member"))


def test_every_direction_is_answered_before_the_next_decision(case: Case) -> None:
    sent_back(case, differently=False)
    walking.at_panel(case, *WITHOUT_OMAR)
    walking.drafted(case, "funded")
    assert missing(case, "funded") == ["Say what was done about direction 1 of the review panel."]
    [direction] = decisions.directions_of(case)
    typed = RecordTyped(words={}, directions={direction.id: "The letter was read and weighed."})
    decisions.save_record(case, typed, seen=case.version, by=accounts.user(SECRETARY))
    walk.step(case, "confirm_funded", CHAIR)
    assert decisions.directions_of(case) == []
    assert letter_of(case, "decision_funded").facts["directions"] == [
        {"text": "Weigh the letter of 3 March.", "answer": "The letter was read and weighed."}
    ]


def test_a_differently_constituted_panel_has_nobody_of_the_first(case: Case) -> None:
    sent_back(case, differently=True)
    meeting = walking.planned(case)
    walking.listed(case, meeting)
    for who in ("nina_member", "leo_lay", CHAIR):
        with pytest.raises(AssertionError, match="has no part"):
            walking.part_of(case, who)
    walking.opened(meeting)
    [no_quorum, no_chair] = why_not(case, "take_item", SECRETARY)
    assert "There: 0 voting members, 0 clinicians, 0 doctors, 0 lay members." in no_quorum
    assert no_chair == "The chair is not there or cannot decide this request. Choose who chairs it."


def test_the_same_direction_is_taken_over_once(case: Case) -> None:
    walking.confirmed(case, "not_funded")
    by = accounts.user("maya_manages")
    for _ in range(2):
        decisions.add_direction(case, appeal_id=7, number=1, text="Weigh it.", differently_constituted=False, by=by)
    assert len(decisions.directions_of(case)) == 1
