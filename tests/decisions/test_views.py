"""The pages on which a decision is drafted, confirmed and taken urgently."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ifr.cases.models import Case
from ifr.cases.services import factors_of
from ifr.db import db, transaction
from ifr.decisions import services as decisions
from ifr.decisions.criteria import criteria_of
from ifr.demo import accounts
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY

SignIn = Callable[[FlaskClient, str], None]


def _at_panel() -> Case:
    case = walking.ready()
    walking.at_panel(case, conflict="omar_member")
    return case


def made(app: Flask, walked: Callable[[], Case]) -> tuple[int, str]:
    with app.app_context(), transaction():
        case = walked()
        return case.id, case.key


@pytest.fixture
def at_panel(app: Flask) -> tuple[int, str]:
    return made(app, _at_panel)


@pytest.fixture
def urgent(app: Flask) -> tuple[int, str]:
    return made(app, walking.urgent)


def now(case_id: int) -> Case:
    db.session.expire_all()
    return db.session.get_one(Case, case_id)


def version(app: Flask, case_id: int) -> int:
    with app.app_context():
        return now(case_id).version


def text_of(response: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def typed(app: Flask, case_id: int, outcome: str) -> dict[str, Any]:
    """Everything that is typed on the page of a record."""
    with app.app_context():
        case = now(case_id)
        record = walking.full_record(case, outcome)
        assert case.test is not None
        fields = {name: value for name, value in record.words.items() if value not in (None, "")}
        for question in case.test.questions:
            fields |= {f"question_{question.key}_answer": "no", f"question_{question.key}_reasons": "The papers do not show it."}
        for factor in factors_of(case):
            fields |= {f"factor_{factor.id}_answer": "not_accepted", f"factor_{factor.id}_reasons": "Common in the group."}
        for one in criteria_of(case):
            fields[f"criterion_{one.key}_answer"] = "not_reached"
        for user_id, how in (record.votes or {}).items():
            fields[f"vote_{user_id}"] = how
        for number, answered in enumerate(record.guidance or [], start=1):
            fields[f"guidance_{number}_answer"] = answered.answer
        return {"seen": case.version, **fields}


def test_the_secretary_drafts_the_record_and_the_chair_confirms_it(
    app: Flask, client: FlaskClient, sign_in: SignIn, at_panel: tuple[int, str]
) -> None:
    case_id, key = at_panel
    page = f"/cases/{key}/decision"
    sign_in(client, SECRETARY)
    shown = text_of(client.get(page))
    assert "robust case to the Panel" in shown
    assert "Left for this item (conflict of interest) Dr Omar Sayed" in shown
    client.post(f"{page}/record_decision", data={"seen": version(app, case_id)})
    assert client.post(page, data=typed(app, case_id, "not_funded")).status_code == 302
    assert "The papers do not show it." in client.get(page).get_data(as_text=True)
    sign_in(client, CHAIR)
    assert "Confirm the decision: not to fund" in text_of(client.get(page))
    client.post(f"{page}/confirm_not_funded", data={"seen": version(app, case_id)})
    confirmed = text_of(client.get(page))
    assert "Confirmed by Dr Helen Marsh" in confirmed
    assert "The IFR panel, through its chair: Scheme of delegation" in confirmed
    with app.app_context():
        assert now(case_id).state == "decision_confirmed"


def test_a_decision_with_gaps_says_where_each_is_put_right(
    app: Flask, client: FlaskClient, sign_in: SignIn, at_panel: tuple[int, str]
) -> None:
    case_id, key = at_panel
    sign_in(client, SECRETARY)
    client.post(f"/cases/{key}/decision/record_decision", data={"seen": version(app, case_id)})
    client.post(f"/cases/{key}/decision", data={"seen": version(app, case_id), "outcome": "not_funded"})
    sign_in(client, CHAIR)
    page = client.get(f"/cases/{key}/decision").get_data(as_text=True)
    assert f'href="/cases/{key}/decision#in_the_round"' in page
    answer = client.post(f"/cases/{key}/decision/confirm_not_funded", data={"seen": version(app, case_id)})
    assert answer.status_code == 409
    assert "Answer all points and questions taken together." in text_of(answer)


def test_conditions_with_their_days_are_kept(
    app: Flask, client: FlaskClient, sign_in: SignIn, at_panel: tuple[int, str]
) -> None:
    case_id, key = at_panel
    sign_in(client, SECRETARY)
    condition = {
        "conditions_answer": "some", "condition_1_text": "Report at three months", "condition_1_measure": "Index",
        "condition_1_due_on-day": "1", "condition_1_due_on-month": "3", "condition_1_due_on-year": "2027",
    }
    client.post(f"/cases/{key}/decision", data={"seen": version(app, case_id), **condition})
    with app.app_context():
        record = decisions.record_to_show(now(case_id))
        assert record is not None
        [one] = decisions.conditions_of(record)
        assert (one.text, one.measure, str(one.due_on)) == ("Report at three months", "Index", "2027-03-01")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "a lot"}, "Not a valid decimal value"),
        ({"amount": "sNaN"}, "Enter the amount in pounds"),
        ({"condition_1_text": "x", "condition_1_due_on-day": "31", "condition_1_due_on-month": "2",
          "condition_1_due_on-year": "2027"}, "Enter a real date"),
        ({"reasons": "x" * 100_000}, "Shorten this to 50,000 characters."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_what_was_typed_stays(
    app: Flask, client: FlaskClient, sign_in: SignIn, at_panel: tuple[int, str], wrong: dict[str, str], sentence: str
) -> None:
    case_id, key = at_panel
    sign_in(client, SECRETARY)
    typed_in = {
        "in_the_round": "These words were typed", "question_distinct_reasons": "So were these",
        "exhibit_document_1_because": "And these of a document",
    }
    sent = {"seen": version(app, case_id), **typed_in, **wrong}
    answer = client.post(f"/cases/{key}/decision", data=sent)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert all(words in answer.get_data(as_text=True) for words in typed_in.values())


def test_a_member_who_counts_writes_the_own_dissent_and_nobody_else_does(
    app: Flask, client: FlaskClient, sign_in: SignIn, at_panel: tuple[int, str]
) -> None:
    case_id, key = at_panel
    page = f"/cases/{key}/my-dissent"
    for who, status in (("omar_member", 404), (SECRETARY, 403), ("rosa_spine", 403)):
        sign_in(client, who)
        assert client.get(page).status_code == status
    sign_in(client, "nina_member")
    assert "My dissent" in text_of(client.get("/my-meetings"))
    long = client.post(page, data={"seen": version(app, case_id), "dissent": "x" * 20_001})
    assert (long.status_code, "Shorten this to 20,000 characters." in text_of(long)) == (422, True)
    client.post(page, data={"seen": version(app, case_id), "dissent": "I would have funded it."})
    sign_in(client, SECRETARY)
    shown = client.get(f"/cases/{key}/decision").get_data(as_text=True)
    with app.app_context():
        nina = accounts.user("nina_member").id
    assert "I would have funded it." in shown and f'name="dissent_{nina}"' not in shown


def test_a_stale_page_answers_409_with_what_was_typed(
    app: Flask, client: FlaskClient, sign_in: SignIn, at_panel: tuple[int, str]
) -> None:
    case_id, key = at_panel
    sign_in(client, SECRETARY)
    sent = {"seen": version(app, case_id) - 1, "reasons": "These words were typed"}
    answer = client.post(f"/cases/{key}/decision", data=sent)
    assert (answer.status_code, "These words were typed" in text_of(answer)) == (409, True)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("stan_minutes", 200), ("helen_chairs", 200), ("carol_office", 200),
        ("nina_member", 404), ("omar_member", 404), ("rosa_spine", 404),
    ],
)
def test_who_reads_the_record(
    client: FlaskClient, sign_in: SignIn, at_panel: tuple[int, str], who: str, status: int
) -> None:
    sign_in(client, who)
    assert client.get(f"/cases/{at_panel[1]}/decision").status_code == status


def test_the_chair_takes_an_urgent_decision_on_the_pages(
    app: Flask, client: FlaskClient, sign_in: SignIn, urgent: tuple[int, str]
) -> None:
    case_id, key = urgent
    sign_in(client, "carol_office")
    assert "Dr Helen Marsh" in text_of(client.get(f"/cases/{key}/ask-chair"))
    with app.app_context():
        chair = accounts.user(CHAIR).id
    client.post(f"/cases/{key}/ask-chair", data={"seen": version(app, case_id), "user_id": chair})
    sign_in(client, CHAIR)
    page = f"/cases/{key}/urgent-decision"
    assert client.get(page).status_code == 404
    mine = client.get("/my-meetings").get_data(as_text=True)
    assert "You are asked for an urgent decision" in mine and key not in mine
    with app.app_context():
        part = walking.part_of(now(case_id), CHAIR)
    client.post(f"/interests/{part}", data={"interest": "no"})
    assert "Dense scarring" in text_of(client.get(page))
    assert client.get(f"{page}/documents/1").status_code == 200
    clinicians = {}
    for n in (1, 2):
        clinicians |= {
            f"heard_{n}_name": f"Dr {n}", f"heard_{n}_role": "Consultant", f"heard_{n}_said": "It cannot wait.",
            f"heard_{n}_heard_on-day": "21", f"heard_{n}_heard_on-month": "11", f"heard_{n}_heard_on-year": "2026",
        }
    sent = {"seen": version(app, case_id), "harm_of_waiting": "Weakness for good.", "outcome": "funded", **clinicians}
    client.post(page, data=sent)
    client.post(f"/cases/{key}/decision/decide_urgently", data={"seen": version(app, case_id)})
    with app.app_context():
        assert now(case_id).state == "decision_drafted"
    assert "Chair’s action (urgent decision)" in text_of(client.get(f"/cases/{key}/decision"))
    assert "only while the request is open" in text_of(client.get(page))


def test_nobody_but_the_chair_who_was_asked_opens_the_urgent_decision(
    client: FlaskClient, sign_in: SignIn, urgent: tuple[int, str]
) -> None:
    for who, status in (("nina_member", 404), ("carol_office", 403), ("rosa_spine", 403), ("helen_chairs", 404)):
        sign_in(client, who)
        assert client.get(f"/cases/{urgent[1]}/urgent-decision").status_code == status
