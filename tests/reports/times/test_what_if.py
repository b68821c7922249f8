"""What would become of the dates of a request if an answer came on some day."""

from datetime import date, timedelta

import pytest

from ifr import clock, deadlines
from ifr.cases.models import Case
from ifr.db import db
from ifr.demo import accounts, hearing, stories, walk
from ifr.panels.models import Meeting
from ifr.reports.times import what_if
from ifr.workflow import Invalid, history
from tests.reports.times.conftest import on

NINTH = date(2026, 12, 9)


def paused() -> Case:
    """Cheshire and Merseyside has neither evidence review nor accuracy check: check, screening, second signature, panel."""
    with on(16, month=11):
        case = walk.in_check(walk.received(stories.FORAMINOPLASTY))
    with on(18, month=11):
        return walk.asked(case, "When was the scan made?")


def meeting(on_day: date, *, members: tuple[str, ...] = ("omar_member", "nina_member", "leo_lay")) -> Meeting:
    return hearing.planned(accounts.CM, on_day, members=members)


def test_the_answer_on_the_9th_leads_to_a_meeting_a_letter_and_a_verdict(session: None) -> None:
    case = paused()
    before = (len(history(case.stream)), case.version, [one.due_on for one in deadlines.open_deadlines(case.stream)])
    meeting(date(2026, 11, 30), members=("leo_lay",))
    meeting(date(2026, 12, 2))
    taken = meeting(date(2026, 12, 16))
    meeting(date(2027, 2, 3))
    db.session.flush()
    best, assumed, worst = what_if.what_if(case, NINTH).ways

    # The decision is due 40 working days after receipt, those in the pause apart: one had passed when it began.
    one_by_one = _working_days_after(case, date(2026, 12, 8), 39)
    assert assumed.due_on == one_by_one
    assert assumed.due_on == worst.due_on and best.due_on is not None and best.due_on < assumed.due_on
    assert (assumed.decided_on, assumed.letter_on, assumed.verdict) == (taken.held_on, taken.held_on, "In time")
    # The pause holds it from the day on which the questions were asked to the day before the answer.
    rule = next(line.rule for line in assumed.lines if line.what == "Last day for the decision")
    assert rule == "40 working days from 16 November 2026, less 1 pause of 15 working days."
    # Papers are with the members five working days before. The meeting of the 30th lacks a quorum, and the page says so.
    assert best.decided_on == date(2026, 12, 2)
    assert [line.on for line in best.lines if line.what == "Meeting without a quorum for it"] == [date(2026, 11, 30)]
    # Every step takes its whole target: the rest of the check, ten days of screening, three for the second signature.
    check, screening, second = (line.on for line in worst.lines[2:5])
    assert check == _working_days_after(case, date(2026, 12, 8), 5 - 1)
    assert check is not None and screening == _working_days_after(case, check, 10)
    assert screening is not None and second == _working_days_after(case, screening, 3)
    assert (worst.decided_on, worst.letter_on) == (date(2027, 2, 3), _working_days_after(case, date(2027, 2, 3), 5))
    assert worst.days_late == (date(2027, 2, 3) - worst.due_on).days  # type: ignore[operator]
    assert all(line.rule for way in (best, assumed, worst) for line in way.lines)
    # Nothing has been changed by any of it.
    db.session.expire_all()
    now = (len(history(case.stream)), case.version, [one.due_on for one in deadlines.open_deadlines(case.stream)])
    assert now == before

    # The pause that really ends on the 9th leads to the same day.
    with clock.at(clock.now() + timedelta(days=18)):
        assert clock.today() == NINTH
        walk.answered(case, "rosa_spine", "In March.")
        decision = next(one for one in deadlines.open_deadlines(case.stream) if one.name == "decision")
        assert decision.due_on == assumed.due_on


def _working_days_after(case: Case, on_day: date, number: int) -> date:
    off = deadlines.days_off(case.commissioner_id)
    while number:
        on_day += timedelta(days=1)
        number -= on_day.isoweekday() <= 5 and on_day not in off
    return on_day


def test_without_a_meeting_it_says_between_which_days_one_would_be_in_time(session: None) -> None:
    case = paused()
    for way in what_if.what_if(case, NINTH).ways:
        assert way.decided_on is None and way.letter_on is None
        assert way.verdict.startswith("No meeting that is planned can take it. Plan one from")
    late = what_if.what_if(case, date(2028, 6, 1)).ways[2]
    assert late.verdict.startswith("No meeting") or late.verdict.startswith("Late: no meeting can take it before")
    for day in (date(2026, 11, 20), date(2029, 1, 1), date(1900, 1, 1)):
        with pytest.raises(Invalid):
            what_if.what_if(case, day)


def test_what_has_been_decided_leaves_nothing_to_work_out(session: None) -> None:
    with on(2):
        case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    assert not what_if.is_under_way(case)
