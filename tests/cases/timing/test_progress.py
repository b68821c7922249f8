"""What a clinician reads of how far a request has come; and that nothing gives an ending away before it is told."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import audit, clock, deadlines, jobs, workflow
from ifr.access import Role
from ifr.cases.drafts import services as drafts
from ifr.cases.drafts.progress import Wait, progress
from ifr.cases.models import Case
from ifr.cases.services import part_of, timeline
from ifr.cases.timing import ledger
from ifr.cases.timing.services import case_referred_to
from ifr.db import db, transaction
from ifr.demo import accounts, afterwards, stories, walk

SignIn = Callable[[FlaskClient, str], None]
CLINICIAN, SURGEON = "dev_skin", "rosa_spine"


def in_screening() -> Case:
    return walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))


def made(app: Flask, walked: Callable[[], Case]) -> str:
    with app.app_context(), transaction():
        return str(walked().key)


def test_it_says_what_is_next_by_when_and_who_is_waited_for(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        found = progress(case)
        assert (found.next, found.next_on.isoformat()) == ("We check that we have everything.", "2026-11-27")
        assert found.decide_on is not None and found.paused_since is None
        approval = next(one for one in found.waits if one.endpoint == "drafts.approve")
        assert approval.what == "The provider’s approval" and approval.whom.startswith("your medical director")
        walk.asked(case, "When was the scan made?")
        with clock.at(clock.now() + timedelta(days=3)):
            found = progress(case)
        assert (found.next_on, found.decide_on) == (None, None)
        assert found.paused_since is not None and found.earliest_on is not None
        asked = next(one for one in found.waits if one.endpoint == "cases.information")
        assert (asked.what, asked.whom, asked.by.isoformat()) == ("Answers to our questions", "you", "2026-12-18")
        walk.answered(case, CLINICIAN, "In March.")
        case.declared_at = None
        assert Wait("The declaration", "the requesting clinician", endpoint="drafts.review") in progress(case).waits


def test_the_page_says_it_in_plain_words(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, lambda: walk.asked(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "When was the scan made?"))
    sign_in(client, CLINICIAN)
    page = client.get(f"/requests/{key}").text
    for words in ("What comes next", "We check that we have everything", "stands still until we have your answers, since",
                  "at the earliest", "Answers to our questions", "from you, by 18 December 2026", "What happened last",
                  f"/cases/{key}/deadlines"):  # fmt: skip
        assert words in page


ENDINGS: dict[str, Callable[[Case], Case]] = {
    "not_funded_at_screening": walk.declined_at_screening,
    "decision_confirmed": lambda case: walk.step(
        walk.screened(case, "approve", approval_ground="clear_case", approval_because="Nobody doubts it.",
                      approval_conditions="none", approval_amount="none"),
        "approve_at_screening", "maya_manages",
    ),
    "service_development": lambda case: walk.step(
        walk.screened(
            case, "group_question", group_name="Adults", group_numbers="10", group_source="Worklist", interim="no",
            interim_because="No harm",
        ), "refer_service_development", "petra_screens",
    ),
}  # fmt: skip


def read(client: FlaskClient, key: str) -> str:
    """Every page on which a clinician could read something of an ending, without what stands for one request alone."""
    pages = [f"/requests/{key}", f"/cases/{key}/deadlines", f"/cases/{key}/information", "/requests"]
    said = "\n".join(client.get(page).text for page in pages)
    said = "\n".join(line for line in said.splitlines() if "csrf_token" not in line and 'name="once"' not in line)
    return re.sub(r'nonce="[^"]*"', "", said.replace(key, "THIS"))


@pytest.mark.parametrize("asked", [False, True], ids=["nothing-asked", "questions-open"])
def test_until_it_is_told_every_ending_reads_like_any_other_and_so_does_its_clock(
    app: Flask, client: FlaskClient, sign_in: SignIn, asked: bool
) -> None:
    sign_in(client, SURGEON)
    pages: dict[str, str] = {}
    for state, ending in ENDINGS.items():
        with app.app_context():
            with clock.at(clock.now() - timedelta(days=9)):
                case = walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY)))
                if asked:
                    walk.asked(case, "When was the scan made?")
            with clock.at(clock.now() - timedelta(days=2)):
                ending(case)
            assert case.state == state and case.told_at is None
            db.session.commit()
            pages[state] = read(client, case.key)
            assert "Answer our questions" not in pages[state]
            # The list of the next one begins from nothing: this request is the clinician's no longer.
            part = part_of(case, accounts.user(SURGEON).id, Role.CLINICIAN)
            assert part is not None
            part.until_at = clock.now()
            db.session.commit()
    assert pages["not_funded_at_screening"] == pages["decision_confirmed"] == pages["service_development"]
    page = pages["decision_confirmed"]
    assert "Considered; the decision will be sent" in page and "Days until it was considered" in page
    for word in ("Funded", "funded", "ended", "group of patients", "Decide the request", "We send you the decision by"):
        assert word not in page


def test_once_it_is_told_the_dates_and_the_day_for_a_challenge_are_there(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    key = made(app, lambda: walk.declined_at_screening(in_screening()))
    with app.app_context(), transaction():
        case = case_referred_to(key)
        afterwards.released(case.stream)
    with app.app_context(), clock.at(clock.now() + timedelta(hours=1)):
        jobs.issue_letters()
    sign_in(client, CLINICIAN)
    page = client.get(f"/requests/{key}").text
    assert "The decision can be challenged until" in page
    dates = client.get(f"/cases/{key}/deadlines").text
    assert "Last day on which the decision can be challenged" in dates and "Days until it ended" in dates


# --- urgency --------------------------------------------------------------------------------------------------------------


def test_a_request_that_becomes_urgent_is_held_to_the_shorter_times_and_back(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        dates = {one.name: one.due_on for one in deadlines.open_deadlines(case.stream)}
        with pytest.raises(workflow.Invalid):
            walk.step(case, "mark_urgent", "carol_office")
        with pytest.raises(workflow.Refused):
            walk.step(case, "unmark_urgent", "carol_office", "It was never urgent.")
        walk.step(case, "mark_urgent", "maya_manages", "The clinician telephoned: it has become worse.")
        assert case.urgent and case.due_on.isoformat() == "2026-11-23"
        check = next(one for one in ledger.ledger(case, office=True) if one.deadline.name == "check")
        assert (check.rule, check.for_urgent) == ("1 working day", True)
        entry = timeline(case, accounts.user("carol_office"))[0]
        assert entry["text"] == "The request was marked as urgent" and "telephoned" in entry["reason"]
        assert [row.action for row in audit.events(case.stream)][-1] == "mark_urgent"
        walk.step(case, "unmark_urgent", "carol_office", "It can wait after all.")
        assert {one.name: one.due_on for one in deadlines.open_deadlines(case.stream)} == dates
        with pytest.raises(workflow.Refused):
            walk.step(case, "mark_urgent", "sam_screens", "I think so.")


def test_what_the_office_marked_stands_when_the_clinician_saves_another_answer(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        walk.step(case, "mark_urgent", "carol_office", "Told by telephone.")
        case.declared_at = None
        carol = accounts.user("carol_office")
        answers = {one.key: "" for one in drafts.fields_of(case, "urgency")}
        assert "urgent" in answers
        drafts.write_section(case, "urgency", {"urgent": "no"}, by=carol)
        assert case.urgent
        drafts.write_section(case, "urgency", {"urgent": "yes"}, by=carol)
        drafts.write_section(case, "urgency", {"urgent": "no"}, by=carol)
        assert not case.urgent and case.due_on is not None
