"""What the clock reminds of, chases and proposes: in order, once each, to whoever may see the request."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ifr import audit, clock, deadlines, letters, runs, workflow
from ifr.access import Role
from ifr.appeals.models import Appeal
from ifr.cases import services as cases
from ifr.cases.beside import case_notes
from ifr.cases.information import open_request
from ifr.cases.models import CONFLICTED, Case
from ifr.db import db, transaction
from ifr.deadlines import Deadline
from ifr.demo import accounts, stories, walk
from ifr.pages import day
from ifr.reports import worklist
from ifr.telling.models import Notice
from ifr.timetable.reminders import standing
from ifr.timetable.whom import whom
from tests.appeals import walking
from tests.databases import NOW
from tests.outcomes.walking import considered
from tests.timetable.clockwork import daily, run, told, who_was_told

URGENT = {**stories.HYPERHIDROSIS.answers, "urgent": "yes", "needed_by": "30 11 2026", "harm_of_waiting": "Harm."}
CLOSE = "Proposed: close, nobody replied"
EXPIRE = "Proposed: record that the funding has expired"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def case() -> Case:
    """A request in screening that was received on Saturday 21 November, with Carol Hume."""
    with transaction():
        return walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))


def deadline(subject: Case | Appeal, name: str) -> Deadline:
    return next(one for one in deadlines.of(subject.stream) if one.name == name)


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 9, tzinfo=UTC)


def flags(case: Case) -> list[str]:
    rows = worklist.worklist(accounts.user("carol_office"), worklist.Asked(show="proposed")).rows
    assert [row.key for row in rows] in ([], [case.key])
    return [flag for row in rows for flag in row.outstanding if flag.startswith("Proposed")]


def notes(case: Case, who: str) -> list[str]:
    return [note.heading for note in case_notes(case, accounts.user(who))]


# --- reminders ------------------------------------------------------------------------------------------------------------


def test_reminders_come_in_order_before_and_after_the_last_day_and_go_on_to_the_role_that_the_plan_names(case: Case) -> None:
    assert deadline(case, "screening").due_on == date(2026, 12, 4)
    daily(at(11, 27), 14, "remind")
    screening = "“Finish screening”"
    assert [words for words in told(case, "sam_screens") if screening in words] == [
        f"{screening} is due in 2 days, on 4 December 2026.",
        f"{screening} was due on 4 December 2026: it is 3 days late.",
        f"{screening} was due on 4 December 2026: it is 5 days late.",
    ]
    assert f"{screening} was due on 4 December 2026: it is 5 days late. It comes to you as IFR manager." in told(
        case, "maya_manages"
    )
    escalated = [one for one in audit.events(case.stream) if one.action == "escalate"]
    assert [(one.actor, one.facts["to"]) for one in escalated if one.facts["deadline"] == "screening"] == [
        ("job:clock", "ifr_manager")
    ]
    with clock.at(at(12, 10)):
        assert "Late: Finish screening" in notes(case, "sam_screens")
        assert "Late: Finish screening" not in notes(case, "dev_skin")
        before = len(told(case))
        assert run("remind") == (0, 0)
        assert len(told(case)) == before


def test_a_worker_that_was_away_gives_the_last_reminder_and_every_escalation(case: Case) -> None:
    with clock.at(at(12, 14)):
        run("remind")
        assert [words for words in told(case, "sam_screens") if "screening" in words] == [
            "“Finish screening” was due on 4 December 2026: it is 10 days late."
        ]
        assert [words for words in told(case, "maya_manages") if "“Finish screening”" in words and "as IFR manager" in words]
        assert deadline(case, "screening").look_at is None


def test_what_is_urgent_or_goes_on_to_somebody_is_told_as_urgent() -> None:
    with transaction():
        calm = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
        urgent = walk.in_screening(walk.in_check(walk.received(replace(stories.HYPERHIDROSIS, answers=URGENT))))
    daily(at(11, 24), 17, "remind")
    of = {one.id: set() for one in (calm, urgent)}
    for row in db.session.scalars(select(Notice)):
        of[row.case_id].add((row.urgent, "comes to you" in row.words))
    assert of[urgent.id] == {(True, False), (True, True)}
    assert of[calm.id] == {(False, False), (True, True)}


def test_what_is_counted_in_hours_is_said_with_its_hour() -> None:
    one = Deadline(label="Decide the request", unit="hours", due_on=NOW.date(), due_at=NOW)
    assert standing(one) == "“Decide the request” was due on 21 November 2026 at 10am."
    with clock.at(NOW - timedelta(minutes=1)):
        assert standing(one) == "“Decide the request” is due on 21 November 2026 at 10am."


def test_nobody_with_a_conflict_of_interest_hears_of_a_request(case: Case) -> None:
    with transaction():
        for key, role in (("sam_screens", Role.PANEL_MEMBER), ("carol_office", Role.PANEL_MEMBER)):
            cases.involve(case, accounts.user(key).id, role, interest=CONFLICTED)
    daily(at(11, 27), 14, "remind")
    heard = who_was_told(case)
    assert heard >= {"petra_screens", "maya_manages"}
    assert not heard & {"sam_screens", "carol_office"}


def test_a_plan_means_the_people_of_the_request_and_the_office_where_it_has_none(case: Case) -> None:
    def meant(*roles: Role) -> list[str]:
        return sorted(one.name for one in whom(case, roles))

    assert meant(Role.COORDINATOR) == ["Carol Hume"]
    assert meant(Role.CLINICIAN) == ["Dr Dev Anand"]
    assert meant(Role.SCREENER) == ["Dr Sam Okafor", "Petra Lind"]
    assert meant(Role.PANEL_CHAIR) == []
    with transaction():
        delegate = accounts.user("tess_types")
        cases.involve(case, delegate.id, Role.PROVIDER_DELEGATE)
        cases.involve(case, accounts.user("petra_screens").id, Role.SCREENER)
        cases.involve(case, accounts.user("helen_chairs").id, Role.PANEL_CHAIR, interest="clear")
    assert meant(Role.CLINICIAN) == ["Dr Dev Anand", "Tess Oakley"]
    assert meant(Role.SCREENER) == ["Petra Lind"]
    assert meant(Role.PANEL_CHAIR) == ["Dr Helen Marsh"]
    with transaction():
        accounts.user("carol_office").closed_at = clock.now()
    assert meant(Role.COORDINATOR) == ["Maya Brandt"]


def test_a_request_that_fails_does_not_stop_the_others_and_shows_among_the_failures(case: Case) -> None:
    with transaction():
        lost = Deadline(
            stream="case:999999", organisation_id=case.commissioner_id, name="screening", label="Finish screening",
            started_at=NOW, started_on=date(2026, 11, 1), length=1, unit="working_days", source="test",
            due_on=date(2026, 11, 2), due_at=NOW, look_at=NOW - timedelta(days=30),
        )  # fmt: skip
        db.session.add(lost)
    with clock.at(at(12, 7)):
        done, failed = run("remind")
        assert (failed, done > 0) == (1, True)
        assert [(one.job, one.item, one.stream, one.times) for one in runs.failures()] == [
            ("remind", str(lost.id), "case:999999", 1)
        ]
        assert "“Finish screening” was due on 4 December 2026: it is 3 days late." in told(case, "sam_screens")
        # It waits to be tried again, and nobody is told twice meanwhile.
        assert run("remind") == (0, 0)


def test_a_second_signature_is_asked_of_somebody_else_than_gave_the_first(case: Case) -> None:
    with transaction():
        walk.screened(case, "not_fund", by="sam_screens")
    with clock.at(at(11, 26)):
        run("remind")
    words = "“Second signature of the screening” was due on 25 November 2026: it is 1 day late."
    assert words in told(case, "petra_screens") and words not in told(case, "sam_screens")


def test_an_appeal_is_reminded_of_like_the_request_that_it_is_about() -> None:
    appeal = walking.lodged(walking.not_funded())
    last = deadline(appeal, "appeal").due_on
    with clock.at(datetime(last.year, last.month, last.day, 9, tzinfo=UTC) + timedelta(days=4)):
        run("remind")
    said = f"“Decide the appeal” was due on {day(last)}"
    assert [words.startswith(said) for words in told(appeal.case, "carol_office")] == [True]
    assert any(words.startswith(said) for words in told(appeal.case, "maya_manages"))
    assert told(appeal.case, "vera_reviews") == []


# --- chasing information --------------------------------------------------------------------------------------------------


@pytest.fixture
def asked() -> Case:
    with transaction():
        return walk.asked(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "Which scale was used?")


def test_questions_are_chased_by_the_plan_until_somebody_may_decide_and_the_clock_closes_nothing(asked: Case) -> None:
    assert open_request(asked).reply_by_on == date(2026, 12, 18)
    daily(at(12, 7), 70, "remind", "issue")
    answers = [words for words in told(asked, "dev_skin") if "questions" in words]
    assert answers == [
        "“Answer the office's questions” is due in 7 days, on 18 December 2026.",
        "“Answer the office's questions” was due on 18 December 2026: it is 3 days late.",
        "“Answer the office's questions” was due on 18 December 2026: it is 11 days late.",
    ]
    decide = "Nobody replied to the warning of closure. Decide whether to close the request or to go on."
    assert told(asked, "carol_office")[-3:] == [
        "The plan for “Answer the office's questions” was followed: a warning of closure was sent.", decide, decide
    ]
    warned = {(row.name, row.state) for row in letters.of(asked.stream) if row.name.startswith("closure_warning")}
    assert warned == {("closure_warning", "issued"), ("closure_warning_patient", "issued")}
    assert workflow.last_move(asked.stream, "propose_closure").by_id is None
    _names_nobody(" ".join(told(asked)))
    with clock.at(at(2, 16, 2027)):
        assert asked.state == "in_check"
        assert flags(asked) == [CLOSE]
        assert CLOSE in notes(asked, "carol_office")
        assert CLOSE not in notes(asked, "dev_skin")
        assert workflow.why_not(asked, "confirm_closure", accounts.user("carol_office")) == []
        with transaction():
            walk.step(asked, "confirm_closure", "carol_office", "Nobody replied.")
        assert flags(asked) == []


def _names_nobody(said: str) -> None:
    """What is told holds nothing of the patient and nothing that anybody wrote in the request."""
    story = stories.HYPERHIDROSIS
    written = [*story.patient.values(), *story.answers.values(), "Which scale was used?"]
    assert said and [one for one in written if len(one) > 4 and one in said] == []


def test_closing_is_not_proposed_for_want_of_answers_that_the_next_step_can_do_without(asked: Case) -> None:
    with transaction():
        open_request(asked).stops_clock = False
    daily(at(12, 18), 40, "remind", "issue")
    assert [row.name for row in letters.of(asked.stream) if row.name.startswith("closure")] == []
    assert told(asked, "carol_office")[-1] == (
        "The service was to warn that the request will be closed, and could not: The next step can be taken without these "
        "answers, so nothing is closed for want of them."
    )
    assert flags(asked) == []


def test_an_answer_ends_the_chase(asked: Case) -> None:
    daily(at(12, 21), 1, "remind")
    with clock.at(at(12, 22)), transaction():
        walk.answered(asked, "dev_skin", "The Hyperhidrosis Disease Severity Scale.")
    before = told(asked, "dev_skin")
    daily(at(12, 23), 30, "remind")
    assert [words for words in told(asked, "dev_skin")[len(before) :] if "questions" in words] == []


# --- funding that is not used ---------------------------------------------------------------------------------------------


def test_funding_that_is_not_used_is_reminded_of_warned_of_and_proposed_to_have_expired() -> None:
    case = considered("funded", validity_answer="until", valid_until_on=date(2027, 3, 12))
    assert case.state == "approved"
    last = deadline(case, "validity").due_on
    assert last == date(2027, 3, 12)
    for back in (80, 56, 14, 7, 0):
        with clock.at(datetime(last.year, last.month, last.day, 9, tzinfo=UTC) - timedelta(days=back)):
            run("remind")
    reminded = [words for words in told(case, "rosa_spine") if "“Begin the funded treatment”" in words]
    assert len(reminded) == 2 and all(words.startswith("“Begin the funded treatment” is due in ") for words in reminded)
    assert [row for row in letters.of(case.stream) if row.name == "expiry_warning"] == []
    daily(datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1), 25, "remind", "issue")
    assert [row.state for row in letters.of(case.stream) if row.name == "expiry_warning"] == ["issued"]
    with clock.at(datetime(last.year, last.month, last.day, 9, tzinfo=UTC) + timedelta(days=30)):
        assert case.state == "approved"
        assert flags(case) == [EXPIRE]
        assert EXPIRE in notes(case, "carol_office")
        said = told(case, "carol_office")
        assert any(words.startswith("The plan for “Begin the funded treatment” was followed: a warning") for words in said)
        assert said[-1].startswith("The funding was not taken up by its last day. Decide whether")
        with transaction():
            walk.step(case, "confirm_expiry", "carol_office", "It was not used.")
        assert (case.state, flags(case)) == ("funding_expired", [])
