"""Matters that have a date of their own, and questions with which work can go on."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import clock, deadlines, letters
from ifr.cases import information
from ifr.cases.beside import case_notes
from ifr.cases.models import Case
from ifr.cases.timing import ledger, matters
from ifr.cases.timing.models import Matter
from ifr.db import transaction
from ifr.demo import accounts, stories, walk
from ifr.workflow import Invalid, NotYours

SignIn = Callable[[FlaskClient, str], None]


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    """Received ten days ago."""
    with app.app_context(), transaction():
        yield received()


def received() -> Case:
    with clock.at(clock.now() - timedelta(days=10)):
        return walk.received(stories.HYPERHIDROSIS)


def arrived(case: Case, kind: str, on: date, who: str = "carol_office") -> Matter:
    return matters.arrived(case, kind, on=on, once=f"{kind}{on}{who}", by=accounts.user(who), seen=case.version)


def test_each_counts_from_the_day_on_which_it_arrived_and_ends_with_the_day_of_the_answer(case: Case) -> None:
    due_on, state = case.due_on, case.state
    letter = arrived(case, "pre_action", date(2026, 11, 16))
    data = arrived(case, "subject_access", date(2026, 11, 20), who="maya_manages")
    dates = {row.label: row.entry for row in matters.shown(case)}
    first = dates["Letter before legal action"]
    assert (first.rule, first.due_on) == ("14 calendar days", date(2026, 11, 30))
    assert first.deadline.source == "Pre-Action Protocol for Judicial Review, paragraph 20"
    assert first.day_zero == "Day 0 is Monday 16 November 2026: a letter before legal action arrived on that day."
    assert first.began == "A letter before legal action arrived: 16 November 2026."
    assert dates["Request for the patient’s data"].due_on == date(2026, 12, 20)
    # Neither the status nor the date of the request itself is another for it.
    assert (case.due_on, case.state) == (due_on, state)
    matters.answered(case, letter, on=date(2026, 11, 19), by=accounts.user("carol_office"), seen=case.version)
    shown = matters.shown(case)
    assert [row.matter.id for row in shown] == [data.id, letter.id]
    ended = shown[1].entry
    assert ended is not None and (ended.state, ended.is_late) == ("met", False)
    assert ended.ended == "The letter before legal action was answered: 19 November 2026."


def test_an_answer_that_is_recorded_late_is_late_only_if_it_was_given_late(case: Case) -> None:
    row = arrived(case, "pre_action", date(2026, 11, 12))
    with clock.at(clock.now() + timedelta(days=20)):
        assert matters.shown(case)[0].entry.state == "late"
        matters.answered(case, row, on=date(2026, 11, 26), by=accounts.user("carol_office"), seen=case.version)
        assert not matters.shown(case)[0].entry.is_late


def test_it_stands_out_on_the_page_of_the_case_and_the_clinician_sees_nothing_of_it(case: Case) -> None:
    arrived(case, "pre_action", date(2026, 11, 16))
    note = next(one for one in case_notes(case, accounts.user("carol_office")) if one.endpoint == "timing.matters")
    assert note.warns and note.heading == "Letter before legal action"
    assert note.says == ("It arrived on 16 November 2026.", "It is to be answered by 30 November 2026.")
    assert "pre_action_reply" not in {one.deadline.name for one in ledger.ledger(case, office=False)}


def test_a_day_that_cannot_be_a_second_one_and_another_role_are_refused_in_a_sentence(case: Case) -> None:
    for on, said in (
        (date(2026, 11, 22), "cannot be later than today"),
        (date(2026, 11, 1), "The request itself arrived on 11 November 2026"),
        (date(1, 1, 1), "this cannot be earlier"),
    ):
        with pytest.raises(Invalid) as fault:
            arrived(case, "pre_action", on)
        assert said in fault.value.faults["received_on"]
    row = arrived(case, "pre_action", date(2026, 11, 16))
    assert matters.arrived(
        case, "pre_action", on=row.received_on, once=row.once, by=accounts.user("carol_office"), seen=0
    ).id == row.id  # fmt: skip
    with pytest.raises(Invalid) as twice:
        arrived(case, "pre_action", date(2026, 11, 17))
    assert "Record that answer first" in twice.value.faults["kind"]
    with pytest.raises(Invalid):
        arrived(case, "odd", date(2026, 11, 17))
    with pytest.raises(NotYours):
        arrived(case, "continuation", date(2026, 11, 17), who="sam_screens")
    with pytest.raises(Invalid):
        matters.answered(case, row, on=date(2026, 11, 15), by=accounts.user("carol_office"), seen=case.version)


def test_the_page_records_both_and_keeps_what_was_typed(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        case = received()
        key, seen = case.key, case.version
    sign_in(client, "carol_office")
    address = f"/cases/{key}/matters"
    day = {"received_on-day": "16", "received_on-month": "11", "received_on-year": "2026"}
    for wrong in ({}, {**day, "received_on-year": "9999"}, {**day, "received_on-month": "13"}, {**day, "kind": "\x00"}):
        answer = client.post(address, data={"seen": seen, "kind": "pre_action", **wrong})
        assert answer.status_code == 422
    assert "2026" in answer.text
    assert client.post(address, data={"kind": "pre_action", **day}).status_code == 409
    assert client.post(address, data={"seen": seen, "once": "p1", "kind": "pre_action", **day}).status_code == 302
    page = client.get(address).text
    assert "Due at the end of <strong>30 November 2026</strong>" in page and "Record the answer" in page
    with app.app_context():
        case = received_again(key)
        number, seen = matters.matters_of(case)[0].id, case.version
    name = f"answered_on-{number}"
    typed = {"seen": seen, f"{name}-day": "19", f"{name}-month": "11", f"{name}-year": "2027"}
    refused = client.post(f"{address}/{number}/answer", data=typed)
    assert refused.status_code == 422 and "cannot be later than today" in refused.text and 'value="2027"' in refused.text
    done = client.post(f"{address}/{number}/answer", data={**typed, f"{name}-year": "2026"}, follow_redirects=True)
    assert "Answered on 19 November 2026." in done.text
    assert client.post(f"{address}/2147483647/answer", data=typed).status_code == 404
    sign_in(client, "dev_skin")
    assert client.get(address).status_code == 403


def received_again(key: str) -> Case:
    return matters.case_for_matters(key, accounts.user("carol_office"))


# --- questions with which work can go on ----------------------------------------------------------------------------------


def ask(case: Case, text: str, stops_clock: bool | None) -> None:
    information.draft_question(
        case, text=text, stops_clock=stops_clock, by=accounts.user("carol_office"), seen=case.version
    )


def test_only_a_question_that_the_next_step_waits_for_stops_the_clock(case: Case) -> None:
    walk.in_check(case)
    ask(case, "When was the scan made?", None)
    ask(case, "What did it show?", False)
    walk.step(case, "ask_information", "carol_office")
    assert not deadlines.is_paused(case.stream) and case.due_on is not None
    assert letters.of(case.stream)[0].facts["stops_clock"] is False
    found = {one.deadline.name: one.state for one in ledger.ledger(case, office=True)}
    assert (found["check"], found["information"]) == ("open", "open")
    walk.answered(case, "dev_skin", "In March.", "Nothing.")
    walk.asked(case, "And who read it?")
    assert deadlines.is_paused(case.stream) and letters.of(case.stream)[0].facts["stops_clock"] is True


def test_a_request_that_is_returned_stops_the_clock_whatever_was_said(case: Case) -> None:
    walk.in_check(case)
    information.draft_question(
        case, text="Which stage?", question_key="condition", stops_clock=False, by=accounts.user("carol_office"),
        seen=case.version,
    )  # fmt: skip
    walk.step(case, "return_incomplete", "carol_office", "The stage is missing.")
    assert deadlines.is_paused(case.stream)


def test_the_form_asks_which_it_is_and_the_page_says_it(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        case = walk.in_check(received())
        key, seen = case.key, case.version
    sign_in(client, "carol_office")
    address = f"/cases/{key}/information"
    typed = {"seen": seen, "text": "When was the scan made?", "once": "q1"}
    refused = client.post(f"{address}/questions", data=typed)
    assert refused.status_code == 422 and "Say whether the next step can be taken without the answers." in refused.text
    assert "When was the scan made?" in refused.text
    assert client.post(f"{address}/questions", data={**typed, "stops_clock": "odd"}).status_code == 422
    assert client.post(f"{address}/questions", data={**typed, "stops_clock": "runs"}).status_code == 302
    assert "Work goes on meanwhile: the clock runs on." in client.get(address).text
