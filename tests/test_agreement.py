"""A letter is read back before it leaves: the outcome, names and days must be those on record; the rest two people let go."""

import json
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from ifr import clock, documents, jobs, letters
from ifr.cases.models import Case
from ifr.db import transaction
from ifr.demo import accounts, afterwards, stories, walk
from ifr.jobs import agreement
from ifr.jobs.decision_data import decision_data
from ifr.letters import AWAITING, ISSUED, Letter
from tests.letters import FULL

LATER = datetime(2026, 11, 21, 10, 11, tzinfo=UTC)


def released_with(case: Case, **changed: Any) -> Letter:
    """The clinician’s letter after it was released and the worker has tried to issue it, as if its facts read so."""
    with transaction():
        afterwards.released(case.stream)
        row = to_clinician(case)
        row.facts = {**row.facts, **changed}
    with clock.at(LATER):
        jobs.issue_letters()
    return to_clinician(case)


def to_clinician(case: Case) -> Letter:
    return next(row for row in letters.of(case.stream) if row.name == "screening_refusal")


def test_a_letter_that_differs_from_the_record_is_held_up_and_two_people_let_go_what_may_be(
    app: Flask, client: FlaskClient, sign_in: Any
) -> None:
    with app.app_context():
        with transaction():
            case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
        right, key = to_clinician(case).facts, case.reference
        row = released_with(case, decided_on="2026-11-02", decision="The treatment is funded.")
        assert row.state == AWAITING and row.held_up_because is not None
        assert "The day of the decision: the letter says “2 November 2026”, and the record says “21 November 2026”." \
            in row.held_up_because
        assert f"The decision: the letter says “The treatment is funded.”, and the record says “{right['decision']}”." \
            in row.held_up_because
        with transaction():
            to_clinician(case).facts = right
        row = released_with(case, **{**right, "policy": {**right["policy"], "version": "77"}})
        assert row.held_up_because is not None and "let two people say" in row.held_up_because
        shown = f"/cases/{key}/letters/differences"
    sign_in(client, "carol_office")
    page = client.get(shown)
    assert "version 77" in page.text and "To be looked at" in page.text and "2 November 2026" not in page.text
    number = page.text.split(f"{shown}/")[1].split('"')[0]
    with app.app_context():
        seen = case_named(key).version
    assert client.post(f"{shown}/{number}", data={"seen": seen, "because": " "}).status_code == 422
    assert client.post(f"{shown}/{number}", data={"seen": seen, "because": "A slip of the pen."}).status_code == 302
    assert "A second person has to agree." in client.get(shown).text
    sign_in(client, "maya_manages")
    with app.app_context():
        seen = case_named(key).version
    assert client.post(f"{shown}/{number}", data={"seen": seen}).status_code == 302
    with app.app_context():
        row = released_with(case_named(key))
        assert (row.state, row.held_up_because) == (ISSUED, None)
        found = documents.get(row.document_id or 0, row.stream)
        assert found is not None
        [data] = PdfReader(BytesIO(documents.read(found))).attachments["decision.json"]
        told = json.loads(data)
        assert (told["reference"], told["policy"]["version"], told["issued_on"]) == (key, "77", "2026-11-21")
        assert not [said for said in stories.HYPERHIDROSIS.patient.values() if len(said) > 3 and said in data.decode()]


def case_named(key: str) -> Case:
    from ifr.cases import services

    return services.visible_case(key, accounts.user("carol_office"))


def test_the_decision_as_data_has_the_answers_and_the_days_and_no_reasons() -> None:
    told = decision_data(FULL, ending="not_funded", issued_on=date(2026, 11, 23), last_day=date(2027, 1, 8))
    assert told["questions"][0] == {"text": "Why are the circumstances different?", "answer": "No"}
    assert (told["schema"], told["last_day_of_challenge"], told["chair"]) == ("ifr-decision-1", "2027-01-08", "Dr Ruth Example")
    assert "Scar tissue is common." not in json.dumps(told)


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("Question 1: Is it so?\nAnswer: No\nBecause.", True),
        ("Is it so?\nOur ans-\nwer: Yes. Is it so? Answer: No.", True),
        ("Is it so? Answer: Yes. " + "Words of another kind. " * 5 + "No", False),
    ],
)
def test_an_answer_counts_where_it_stands_right_after_its_question(text: str, stands: bool) -> None:
    stated = agreement.Statement("questions-1", "Question 1", "Is it so?", "No")
    assert stated.stands_in("".join(text.split())) is stands
