"""The one door: who may pass, what a passing writes, and that it is written together or not at all."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import audit, clock, deadlines, letters, workflow
from ifr.cases.models import Case
from ifr.db import db
from ifr.demo import accounts, stories, walk
from tests.databases import NOW


def test_a_move_writes_state_record_deadlines_and_letters(app: Flask) -> None:
    with app.app_context():
        case = walk.received(stories.HYPERHIDROSIS)
        assert case.state == "received"
        assert case.reference == "IFR-2026-0001"
        assert [m.trigger for m in workflow.history(case.stream)] == ["start_draft", "submit"]
        assert audit.events(case.stream)[-1].action == "submit"
        assert {d.name for d in deadlines.open_deadlines(case.stream)} == {"acknowledge", "decision"}
        assert [one.name for one in letters.of(case.stream)] == ["acknowledgement"]


def test_nothing_is_written_when_a_letter_cannot_be(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """State, audit, deadline and letter change together or not at all."""

    def broken(subject: object) -> letters.Facts:
        raise RuntimeError("the facts of the letter cannot be read")

    with app.app_context():
        case = walk.draft(stories.HYPERHIDROSIS)
        key, seen = case.id, case.version
        before = len(audit.events(case.stream))
        db.session.commit()
        monkeypatch.setitem(letters.LETTERS, "acknowledgement", broken)
        with pytest.raises(RuntimeError):
            walk.drafts.send(case, declared=True, by=accounts.user("dev_skin"), seen=seen)
        db.session.rollback()
        case = db.session.get_one(Case, key)
        assert (case.state, case.reference, case.version) == ("draft", None, seen)
        assert len(audit.events(case.stream)) == before
        assert deadlines.open_deadlines(case.stream) == [] and letters.of(case.stream) == []


def test_a_move_made_twice_from_one_page_is_made_once(app: Flask) -> None:
    with app.app_context():
        case = walk.allocated(walk.received(stories.HYPERHIDROSIS))
        carol, seen = accounts.user("carol_office"), case.version
        first = workflow.move(case, "begin_check", by=carol, seen=seen)
        again = workflow.move(case, "begin_check", by=carol, seen=seen)
        assert first.id == again.id
        assert [m.trigger for m in workflow.history(case.stream)].count("begin_check") == 1


def test_a_page_that_somebody_has_overtaken_is_told_what_changed(app: Flask) -> None:
    with app.app_context():
        case = walk.allocated(walk.received(stories.HYPERHIDROSIS))
        seen = case.version
        walk.step(case, "begin_check", "carol_office")
        with pytest.raises(workflow.Stale) as told:
            workflow.move(case, "offer_handover", by=accounts.user("maya_manages"), seen=seen, reason="Theirs")
        assert [m.trigger for m in told.value.changes] == ["begin_check"]


def test_who_may_not_see_a_case_is_told_nothing_of_it(app: Flask) -> None:
    with app.app_context():
        case = walk.received(stories.HYPERHIDROSIS)
        with pytest.raises(workflow.NotVisible):
            workflow.move(case, "begin_check", by=accounts.user("rosa_spine"), seen=case.version)


def test_a_role_of_another_kind_hears_only_that_it_is_not_its_own(app: Flask) -> None:
    with app.app_context():
        case = walk.received(stories.HYPERHIDROSIS)
        said = workflow.why_not(case, "begin_check", accounts.user("sam_screens"))
        assert [r.text for r in said] == ["This is for another role: coordinator."]


def test_who_holds_the_role_hears_everything_that_is_missing(app: Flask) -> None:
    with app.app_context():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        said = workflow.why_not(case, "pass_check", accounts.user("carol_office"))
        assert len(said) == 3 and all(r.to for r in said), "each reason leads to the page on which it is put right"


def test_a_reason_that_is_asked_for_is_not_left_out(app: Flask) -> None:
    with app.app_context():
        case = walk.received(stories.HYPERHIDROSIS)
        with pytest.raises(workflow.Invalid):
            workflow.move(case, "withdraw", by=accounts.user("dev_skin"), seen=case.version, reason="  ")
        assert case.state == "received"


def test_what_is_offered_is_what_is_allowed(app: Flask) -> None:
    """For every person and state the page offers exactly the moves for which `why_not` finds no want of state or role."""
    with app.app_context():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        machine = workflow.definition_of(case)
        for key in accounts.BY_KEY:
            user = accounts.user(key)
            if not case.visible_to(user):
                continue
            offered = {o.trigger: o.open for o in workflow.moves_open_to(case, user)}
            for entry in machine.moves:
                if offered.get(entry.trigger):
                    assert workflow.why_not(case, entry.trigger, user) == []
                elif entry.trigger not in offered:
                    assert workflow.why_not(case, entry.trigger, user) != []


def test_a_refused_move_is_on_record_though_the_request_was_rolled_back(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]
) -> None:
    with app.app_context():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        key, stream, seen = case.key, case.stream, case.version
        db.session.commit()
    sign_in(client, "carol_office")
    answer = client.post(f"/cases/{key}/moves/pass_check", data={"seen": seen})
    assert answer.status_code == 409
    with app.app_context():
        last = audit.events(stream)[-1]
        assert (last.action, last.facts["trigger"]) == ("refused", "pass_check")
        assert db.session.scalar(select(Case).where(Case.reference == key)).state == "in_check"


def test_the_clock_stands_still_while_questions_are_open(app: Flask) -> None:
    with app.app_context():
        case = walk.in_check(walk.received(stories.FORAMINOPLASTY))
        due = case.due_on
        walk.asked(case, "Please send the MRI report.")
        assert case.due_on is None and deadlines.is_paused(case.stream)
        from datetime import timedelta

        with clock.at(NOW + timedelta(days=10)):
            walk.answered(case, "rosa_spine", "The report shows scarring.")
            assert due is not None and case.due_on is not None and case.due_on > due


def test_references_have_no_gap_and_no_double(app: Flask) -> None:
    with app.app_context():
        made = [walk.received(stories.HYPERHIDROSIS).reference for _ in range(3)]
        numbers = [int(str(r).rsplit("-", 1)[1]) for r in made]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
