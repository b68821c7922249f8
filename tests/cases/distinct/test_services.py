"""Building the comparison group, and the remarks on a request: they mark and ask, and hold nothing up."""

import pytest
from flask import render_template_string

from ifr import profiles
from ifr.cases.distinct import group, remarks, services
from ifr.cases.distinct.models import ENGLAND, NUMBER, RANGE
from ifr.cases.distinct.result import how_we_will_know
from ifr.cases.distinct.services import StepAnswers
from ifr.cases.drafts import points
from ifr.cases.drafts import services as drafts
from ifr.cases.models import Answer, InformationQuestion, InformationRequest
from ifr.cases.services import answers_of, factors_of
from ifr.clock import now
from ifr.db import db
from ifr.demo import accounts, stories, walk
from ifr.panels.papers import papers_of
from ifr.workflow import Invalid, NotVisible, Refused, Stale

ROSA = "rosa_spine"


@pytest.fixture
def world(app):
    with app.app_context():
        yield accounts.user(ROSA)
        db.session.rollback()


@pytest.fixture
def case(world):
    return walk.draft(stories.FORAMINOPLASTY)


def add(case, by, kind, words="", *, once="", **more):
    said = StepAnswers(kind=kind, words=words, **more)
    return services.add_step(case, said, once=once or f"{kind}-{words}", seen=None, by=by)


def built(case, by):
    """The whole narrowing, from what the policy excludes down to usual treatment."""
    add(case, by, "policy", part="not_funded", size_kind=NUMBER, low=900, source="Activity data 2025")
    add(case, by, "condition", "Lumbar disc prolapse with leg pain", size_kind=RANGE, low=300, high=400, source="Audit")
    add(case, by, "stage", "Back within a year of a discectomy", size_kind=NUMBER, low=40, source="Audit")
    add(case, by, "usual_treatment", "Physiotherapy and nerve root injection")
    return group.group_of(case)


def kinds(case):
    return {one.kind for one in remarks.remarks_of(case)}


def answer(case, key, text):
    row = db.session.query(Answer).filter_by(case_id=case.id, key=key).first()
    if row is None:
        db.session.add(Answer(case_id=case.id, section="difference", key=key, text=text, at=now()))
    else:
        row.text = text
    db.session.flush()


def test_a_group_begins_with_the_policys_words_and_is_kept_as_a_sentence(case, world):
    found = built(case, world)
    name, starts = group.starts_of(case, by=world)
    assert "CMICB_Clin018" in name and "version 1" in name
    first = found.steps[0]
    assert first.words == next(one.words for one in starts if one.part == "not_funded")
    assert found.policy == name and group.steps_of(case)[0].policy_version_id == case.resolution["version_id"]
    sentence = answers_of(case)["comparator"]
    assert sentence == found.sentence and name in sentence and "after usual treatment: Physiotherapy" in sentence
    assert "40 patients a year in the area of" in sentence and "(source: Audit)" in sentence and "before step 4" in sentence


def test_the_picture_is_scaled_where_sizes_can_be_compared_and_says_so_in_words(case, world):
    found = built(case, world)
    bars = [one.bar for one in found.steps]
    assert [one.sure for one in bars] == [100.0, 33.3, 4.4, 4.4] and bars[1].possible == 44.4
    assert [one.scaled for one in bars] == [True, True, True, False]
    services.change_step(
        case, group.steps_of(case)[0].id,
        StepAnswers("policy", "", NUMBER, 9000, None, ENGLAND, "Registry", "not_funded"), seen=None, by=world,
    )  # fmt: skip
    assert not group.group_of(case).is_scaled, "a number for England is no scale for one in the area"


def test_steps_are_numbered_added_once_taken_out_and_belong_to_one_request(case, world):
    one = add(case, world, "stage", "Third operation", once="same")
    assert add(case, world, "stage", "Third operation", once="same").id == one.id
    add(case, world, "policy", "Patients excluded, in our words", part="own_words")
    assert [(row.number, row.kind) for row in group.steps_of(case)] == [(1, "policy"), (2, "stage")], "the start comes first"
    services.remove_step(case, group.steps_of(case)[0].id, by=world)
    assert [row.number for row in group.steps_of(case)] == [1]
    other = walk.draft(stories.FORAMINOPLASTY)
    with pytest.raises(NotVisible):
        services.remove_step(other, one.id, by=world)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (StepAnswers("stage", "  "), "words"),
        (StepAnswers("nonsense", "x"), "kind"),
        (StepAnswers("stage", "x" * 2001), "words"),
        (StepAnswers("stage", "x", NUMBER, None), "low"),
        (StepAnswers("stage", "x", NUMBER, 10**9), "low"),
        (StepAnswers("stage", "x", RANGE, 5, 5), "high"),
        (StepAnswers("stage", "x", "many"), "size_kind"),
        (StepAnswers("stage", "x", per="wales"), "per"),
        (StepAnswers("policy", "x", part="criterion-0"), "part"),
        (StepAnswers("stage", "x", source="y" * 301), "source"),
    ],
)
def test_a_step_that_cannot_be_kept_says_why(case, world, said, field):
    with pytest.raises(Invalid) as fault:
        services.add_step(case, said, once="bad", seen=None, by=world)
    assert field in fault.value.faults


def test_a_step_is_versioned_with_its_section_and_a_sent_request_keeps_its_group(case, world):
    seen = services.version_seen(case)
    services.add_step(case, StepAnswers("stage", "Early"), once="a", seen=seen, by=world)
    with pytest.raises(Stale):
        services.add_step(case, StepAnswers("condition", "Other"), once="b", seen=seen, by=world)
    drafts.send(case, declared=True, by=world, seen=case.version)
    with pytest.raises(Refused):
        services.remove_step(case, group.steps_of(case)[0].id, by=world)


def test_a_group_of_one_is_remarked_on_and_a_small_group_is_not(case, world):
    built(case, world)
    assert "only_this_patient" not in kinds(case)
    add(case, world, "other", "Scarred after three operations: only this patient", once="x")
    assert "only_this_patient" in kinds(case)
    services.change_step(
        case, group.steps_of(case)[-1].id, StepAnswers("other", "Scarred", NUMBER, 1, source="Audit"), seen=None, by=world
    )
    assert "only_this_patient" in kinds(case)
    drafts.send(case, declared=True, by=world, seen=case.version)
    assert case.state == "received", "a remark holds nothing up"


def test_a_group_is_marked_that_leaves_out_the_policy_or_usual_treatment(case, world):
    answer(case, "comparator", "Everybody in the general population with back trouble")
    assert {"no_steps", "wrong_group", "no_usual_treatment"} <= kinds(case)
    add(case, world, "policy", "Patients with back pain", part="own_words")
    assert {"not_from_policy", "no_stage", "no_usual_treatment"} <= kinds(case)
    services.remove_step(case, group.steps_of(case)[0].id, by=world)
    built(case, world)
    assert not {"not_from_policy", "no_stage", "no_usual_treatment", "no_steps", "wrong_group", "grows"} & kinds(case)
    last = group.steps_of(case)[-1]
    services.change_step(case, last.id, StepAnswers("usual_treatment", "All", NUMBER, 50), seen=None, by=world)
    assert {"grows", "no_source"} <= kinds(case)


def test_answers_and_points_are_remarked_on_with_the_words_that_led_to_it(case, world):
    answer(case, "test_distinct", "Severe pain; all usual treatment failed.")
    found = {one.key: one for one in remarks.remarks_of(case)}
    assert found["restates:distinct"].about == "Question 1 of the test"
    assert "failed" in found["restates:distinct"].led_by
    carer = next(one for one in factors_of(case) if one.kind == "not_clinical")
    assert found[f"caring:point-{carer.id}"].clauses == (), "this commissioner names no clause, so the point is weighed"
    scarring = next(one for one in factors_of(case) if one.kind == "clinical")
    assert not any(key.endswith(f"point-{scarring.id}") for key in found), "what is said well is left alone"
    points.change_factor(case, scarring.id, what=scarring.what, kind="clinical", by=world)
    assert {"no_evidence", "no_share", "unlinked"} <= kinds(case)


def test_how_common_a_point_is_can_be_known_estimated_or_unknown(case, world):
    row = factors_of(case)[0]
    said = {"what": row.what, "kind": "clinical", "by": world, "evidence_id": row.evidence_id}
    points.change_factor(case, row.id, common_kind="estimate", common_from=5, common_to=10, how_common="My clinic", **said)
    assert row.common_in_words == "Estimate: 5% to 10%. My clinic"
    points.change_factor(case, row.id, common_kind="known", common_from=0.5, **said)
    assert row.common_in_words == "Known: 0.5%"
    points.change_factor(case, row.id, common_kind="unknown", common_from=5, **said)
    assert row.common_in_words == "Not known" and "no_share" not in kinds(case)
    for bad in ({"common_kind": "often"}, {"common_kind": "known"}, {"common_kind": "known", "common_from": 101},
                {"common_kind": "estimate", "common_from": 9, "common_to": 3}):  # fmt: skip
        with pytest.raises(Invalid):
            points.change_factor(case, row.id, **bad, **said)


def test_a_remark_is_answered_in_place_and_stays_with_its_answer(case, world):
    answer(case, "test_distinct", "It is severe.")
    services.answer_remark(case, "restates:distinct", "See point 1.", seen=0, by=world)
    found = next(one for one in remarks.remarks_of(case) if one.key == "restates:distinct")
    assert found.is_answered and found.answer == "See point 1." and found.version == 1
    services.answer_remark(case, "restates:distinct", "See point 1.", seen=0, by=world)
    with pytest.raises(Stale):
        services.answer_remark(case, "restates:distinct", "Something else.", seen=0, by=world)
    for key, words, fault in (("restates:none", "x", NotVisible), ("restates:distinct", " ", Invalid),
                              ("restates:distinct", "x" * 2001, Invalid)):  # fmt: skip
        with pytest.raises(fault):
            services.answer_remark(case, key, words, seen=1, by=world)


def test_what_this_office_often_sends_back_is_counted_from_its_returns(case, world):
    answer(case, "timing", "")
    answer(case, "exit", "")
    asker = accounts.user("carol_office").id
    for _ in range(3):
        other = walk.draft(stories.FORAMINOPLASTY)
        request = InformationRequest(case_id=other.id, kind="gaps", drafted_by_id=asker, asked_at=now())
        db.session.add(request)
        db.session.flush()
        for number, key in enumerate(("timing", "exit"), start=1):
            db.session.add(InformationQuestion(request_id=request.id, number=number, question_key=key, text="?"))
    db.session.flush()
    found = {one.key: one for one in remarks.remarks_of(case)}
    assert "3 requests" in found["often_returned:timing"].title
    assert "3 requests" in found["missing:exit"].why
    answer(case, "timing", "One operation")
    assert "often_returned:timing" not in {one.key for one in remarks.remarks_of(case)}


def test_nothing_is_asked_of_a_group_where_the_test_asks_none_and_nothing_of_an_empty_form(world):
    blushing = walk.draft(stories.BLUSHING)
    assert group.group_of(blushing) is None
    assert not {one.key for one in remarks.remarks_of(blushing) if one.key.startswith("group:")}
    empty = drafts.start_draft(
        by=world, provider_id=accounts.organisation(accounts.CM_TRUST).id,
        commissioner_id=accounts.organisation(accounts.CM).id,
    )  # fmt: skip
    assert remarks.remarks_of(empty) == []


def test_the_papers_of_a_panel_carry_the_group_step_by_step_and_how_it_will_be_known_that_it_helped(case, world):
    found = built(case, world)
    case.test_id = profiles.latest("test", "cheshire-merseyside").id
    papers = papers_of(case)
    assert papers.group == found and papers.comparator == found.sentence
    shown = render_template_string('{% from "panels/_papers.html" import the_test %}{{ the_test(p) }}', p=papers.as_facts())
    assert 'role="img"' in shown and "300 to 400" in shown and "Back within a year of a discectomy" in shown
    answer(case, "exit", "")
    said = dict(how_we_will_know(case))
    assert len(said) == 6 and "Not said" in said.values() and "Leg pain low enough to stand for an hour" in said.values()


def test_a_replaced_group_shows_both(case, world):
    found = group.replaced_group(built(case, world), "Adults after two discectomies", "The request left out reoperation")
    assert found.steps and found.replaced_by.startswith("Adults") and "reoperation" in found.because
