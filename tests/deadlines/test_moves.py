"""Which step of a request opens, meets, cancels and pauses which deadline, by real moves."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from flask import Flask

from ifr import clock, deadlines, jobs, workflow
from ifr.appeals.models import Appeal
from ifr.cases import information
from ifr.cases.models import Case
from ifr.db import db
from ifr.demo import accounts, hearing, stories, walk
from tests.appeals import walking
from tests.deadlines.counts import london
from tests.screening.test_evidence import for_accuracy, under_review
from tests.screening.test_handover import offered

CAROL, CLINICIAN, CHAIR = "carol_office", "dev_skin", hearing.CHAIR


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def rows(subject: Case | Appeal, name: str) -> list[deadlines.Deadline]:
    return [one for one in deadlines.of(subject.stream) if one.name == name]


def last(subject: Case | Appeal, name: str) -> deadlines.Deadline:
    return rows(subject, name)[-1]


def due(subject: Case | Appeal, *names: str) -> list[date | None]:
    return [last(subject, name).due_on for name in names]


def still_open(subject: Case | Appeal) -> dict[str, date | None]:
    return {one.name: one.due_on for one in deadlines.open_deadlines(subject.stream)}


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return london(2026, month, day, hour, minute)


def ask(case: Case, *, stops: bool) -> None:
    """Questions to the clinician, which the next step can or cannot do without."""
    information.draft_question(case, text="When was the scan?", by=accounts.user(CAROL), seen=case.version)
    request = information.draft_of(case)
    assert request is not None
    request.stops_clock = stops
    walk.step(case, "ask_information", CAROL)


def test_a_request_from_its_receipt_to_the_screening() -> None:
    with clock.at(at(11, 2)):
        case = walk.received(stories.HYPERHIDROSIS)
        assert still_open(case) == {"acknowledge": date(2026, 11, 5), "decision": date(2026, 12, 30)}
        assert case.due_on == date(2026, 11, 5)
        db.session.commit()
        jobs.issue_letters()
        assert last(case, "acknowledge").met_by == "acknowledged"
    with clock.at(at(11, 3)):
        walk.in_check(case)
        assert still_open(case) == {"decision": date(2026, 12, 30), "check": date(2026, 11, 10)}
        assert case.due_on == date(2026, 11, 10)
    with clock.at(at(11, 5)):
        walk.in_screening(case)
        assert last(case, "check").met_by == "pass_check" and not last(case, "check").is_late
        assert still_open(case) == {"decision": date(2026, 12, 30), "screening": date(2026, 11, 19)}
    with clock.at(at(11, 20)):
        walk.screened(case, "not_fund")
        assert last(case, "screening").is_late and last(case, "screening").met_at == at(11, 20)
        assert "countersignature" in still_open(case)
        walk.step(case, "decline_at_screening", "petra_screens")
        assert last(case, "countersignature").met_by == "decline_at_screening"
        # A refusal at screening is a decision, and its letter has a day.
        assert last(case, "decision").met_at == at(11, 20) and not last(case, "decision").is_late
        assert still_open(case) == {"letter": date(2026, 11, 27)} and case.due_on == date(2026, 11, 27)


def test_what_arrives_after_the_cut_off_hour_counts_from_the_next_working_day() -> None:
    with clock.at(at(11, 20, 16, 59)):
        in_time = walk.received(stories.HYPERHIDROSIS)
    with clock.at(at(11, 20, 17)):
        too_late = walk.received(stories.another(stories.HYPERHIDROSIS, name="Nell Young", born_on="1 4 1980"))
    assert [last(case, "acknowledge").started_on for case in (in_time, too_late)] == [date(2026, 11, 20), date(2026, 11, 23)]
    assert [*due(in_time, "acknowledge"), *due(too_late, "acknowledge")] == [date(2026, 11, 25), date(2026, 11, 26)]
    assert [day.on.day for day in deadlines.explain(last(too_late, "acknowledge")).days] == [24, 25, 26]


def test_a_question_that_is_needed_stops_the_clock_and_the_answer_starts_it() -> None:
    with clock.at(at(11, 2)):
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        assert due(case, "check", "decision") == [date(2026, 11, 9), date(2026, 12, 30)]
    with clock.at(at(11, 3)):
        ask(case, stops=True)
        assert still_open(case) == {"check": None, "decision": None, "information": date(2026, 12, 1)}
        assert case.due_on is None and last(case, "information").whose == "clinician"
    with clock.at(at(11, 5)):
        found = deadlines.explain(last(case, "check"))
        assert (found.is_paused, found.due_on, found.earliest_on) == (True, None, date(2026, 11, 11))
        assert [(day.on.day, day.kind) for day in found.days] == [(3, "paused"), (4, "paused"), (5, "paused")]
        assert found.pauses[0].by_id == accounts.user(CAROL).id and found.pauses[0].because == "Information was asked for"
        figures = deadlines.figures(case.stream, date(2026, 11, 2), None)
        assert (figures.ours, figures.others, figures.since_receipt) == (0, 3, 3)
        walk.answered(case, CLINICIAN, "In May.")
        assert due(case, "check", "decision") == [date(2026, 11, 11), date(2027, 1, 4)]
        assert last(case, "information").met_by == "answer_information"
        assert deadlines.figures(case.stream, date(2026, 11, 2), None).others == 2


def test_a_question_that_the_next_step_can_do_without_leaves_the_clock_running() -> None:
    with clock.at(at(11, 2)):
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        before = due(case, "check", "decision")
        ask(case, stops=False)
        assert due(case, "check", "decision") == before and deadlines.pauses(case.stream) == []
        assert "information" in still_open(case)
    with clock.at(at(11, 4)):
        walk.answered(case, CLINICIAN, "In May.")
        assert due(case, "check", "decision") == before


def test_what_others_are_to_do_runs_on_while_our_clock_stands_still() -> None:
    case = offered()
    ask(case, stops=True)
    assert due(case, "handover", "decision") == [date(2026, 12, 4), None]
    case = for_accuracy()
    ask(case, stops=True)
    assert due(case, "accuracy", "decision") == [date(2026, 11, 27), None]
    case = walk.asked(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "When was the scan made?")
    with clock.at(london(2026, 12, 19)):
        walk.step(case, "propose_closure", CAROL)
        assert due(case, "closure_warning", "decision") == [date(2027, 1, 6), None]
    assert deadlines.explain(last(case, "closure_warning")).is_paused is False


def test_a_step_of_another_way_cancels_what_no_longer_comes() -> None:
    case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
    walk.step(case, "withdraw", CLINICIAN, "The patient does not want it any more.")
    assert {one.name: one.met_by for one in deadlines.of(case.stream)} == {
        "acknowledge": "begin_check", "check": "pass_check", "screening": None, "decision": None,
    }  # fmt: skip
    assert all(one.cancelled_at for one in deadlines.of(case.stream) if one.met_by is None)
    case = under_review()
    walk.step(case, "send_back_to_screening", "sam_screens", "A question of screening was left out.")
    assert last(case, "evidence").cancelled_at and len(rows(case, "screening")) == 2
    assert rows(case, "screening")[0].met_by == "conclude_screening" and rows(case, "screening")[1].is_open


def test_a_request_that_ended_while_its_clock_stood_still_does_not_come_back_standing_still() -> None:
    with clock.at(at(11, 2)):
        case = walk.asked(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "When was the scan made?")
    with clock.at(at(11, 4)):
        walk.step(case, "withdraw", CAROL, "Asked by the clinician.")
        assert [pause.until_at for pause in deadlines.pauses(case.stream)] == [at(11, 4)]
    with clock.at(london(2027, 2, 1)):
        walk.step(case, "reopen_for_check", "maya_manages", "Withdrawn by mistake.")
        # What is reopened counts from that day: it cannot be late because it was closed.
        assert due(case, "check", "decision") == [date(2027, 2, 8), date(2027, 3, 31)]
        assert [one.started_on for one in rows(case, "decision")] == [date(2026, 11, 2), date(2027, 2, 1)]
        ended = deadlines.explain(rows(case, "check")[0])
        assert (ended.due_on, ended.is_paused, ended.days[-1].on) == (None, False, date(2026, 11, 4))


def test_a_pause_that_begins_after_a_last_day_does_not_undo_that_it_was_missed() -> None:
    with clock.at(at(11, 2)):
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    with clock.at(at(11, 12)):
        ask(case, stops=True)
        check = last(case, "check")
        assert check.due_on == date(2026, 11, 9) and check.is_late and last(case, "decision").due_on is None
        assert case.due_on == date(2026, 11, 9)
        assert deadlines.explain(check).due_on == date(2026, 11, 9)


def test_what_happens_later_does_not_change_what_was_met() -> None:
    with clock.at(at(11, 2)):
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    with clock.at(at(11, 3)):
        walk.in_screening(case)
        ask(case, stops=True)
    with clock.at(at(11, 30)):
        found = deadlines.explain(last(case, "check"))
        assert (found.due_on, found.pauses) == (date(2026, 11, 9), [])
        assert found.due_on == last(case, "check").due_on


def test_an_urgent_request_has_the_lengths_for_an_urgent_one_and_a_chairs_decision_ends_the_rest() -> None:
    with clock.at(at(11, 2)):
        story = stories.another(stories.URGENT_OFF_LABEL, name="Robert Kane", born_on="17 12 1954", needed_by="9 11 2026")
        case = walk.in_check(walk.received(story))
        wanted = {"acknowledge": 1, "check": 1, "decision": 5}
        assert {one.name: one.length for one in deadlines.of(case.stream)} == wanted
        assert all(one.urgent for one in deadlines.of(case.stream))
        assert still_open(case) == {"check": date(2026, 11, 3), "decision": date(2026, 11, 9)}
        ask(case, stops=True)
        assert last(case, "information").length == 3
    with clock.at(at(11, 4)):
        walk.checked(case, no_policy=True)
        hearing.asked_chair(case)
        hearing.decided_urgently(case, "funded")
        # The decision was taken without the answer, so that nothing waits for it.
        assert [pause.until_at for pause in deadlines.pauses(case.stream)] == [at(11, 4)]
        assert last(case, "information").cancelled_at and last(case, "check").cancelled_at
        assert (last(case, "decision").met_by, last(case, "decision").is_late) == ("confirm_funded", False)
        assert still_open(case) == {"letter": date(2026, 11, 5)}


def test_a_request_that_becomes_urgent_is_held_to_the_shorter_time_from_the_same_day() -> None:
    with clock.at(at(11, 2)):
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
    with clock.at(at(11, 4)):
        case.urgent = True
        deadlines.urgency_changed(case)
        assert due(case, "check", "decision") == [date(2026, 11, 3), date(2026, 11, 9)]
        assert last(case, "check").is_late and case.due_on == date(2026, 11, 3)
        case.urgent = False
        deadlines.urgency_changed(case)
        assert due(case, "check", "decision") == [date(2026, 11, 9), date(2026, 12, 30)]


def test_an_appeal_has_its_own_clock_which_stands_still_for_the_appellant() -> None:
    appeal = walking.lodged(walking.not_funded())
    workflow_due = last(appeal, "appeal").due_on
    assert workflow_due == date(2026, 12, 18) and appeal.due_on == workflow_due
    walking.step(appeal, "begin_appeal_check", CAROL)
    walking.step(appeal, "seek_clarification", CAROL, "Which letter do you mean?")
    assert still_open(appeal) == {"appeal": None, "clarification": date(2026, 12, 4)}
    with clock.at(london(2026, 11, 30)):
        walking.step(appeal, "clarify", CLINICIAN, "That of 3 March.")
        assert still_open(appeal) == {"appeal": date(2026, 12, 29)}
        assert deadlines.figures(appeal.stream, date(2026, 11, 21), None).others == 8
        assert workflow.last_move(appeal.stream).trigger == "clarify"
    walking.sorted_grounds(appeal, "evidence")
    walking.step(appeal, "accept_appeal", CAROL)
    assert "review" in still_open(appeal)
    walking.step(appeal, "withdraw_appeal", CLINICIAN, "Settled.")
    assert still_open(appeal) == {} and appeal.due_on is None
