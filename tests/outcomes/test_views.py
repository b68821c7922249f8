"""The follow-up pages of a request."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.cases.models import Case
from ifr.cases.services import visible_case
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.outcomes import services
from tests.outcomes.walking import CHAIR, CLINICIAN, MANAGER, OFFICE, considered

SignIn = Callable[[FlaskClient, str], None]


@pytest.fixture
def key(app: Flask) -> str:
    with app.app_context(), transaction():
        return considered("funded").key


def case_now(key: str) -> Case:
    db.session.expire_all()
    return visible_case(key, accounts.user(OFFICE))


def text_of(response: object) -> str:
    return response.get_data(as_text=True)  # type: ignore[attr-defined, no-any-return]


def day(name: str, day: int, month: int, year: int) -> dict[str, str]:
    return {f"{name}-day": str(day), f"{name}-month": str(month), f"{name}-year": str(year)}


OPENS = (
    ("", CLINICIAN, 200), ("", OFFICE, 200), ("", "fay_finance", 200), ("", CHAIR, 200), ("", "dev_skin", 404),
    ("", "alan_audits", 403), ("/start", CLINICIAN, 200), ("/start", "fay_finance", 200), ("/start", "sam_screens", 403),
    ("/report", CLINICIAN, 200), ("/report", OFFICE, 403), ("/reports-due", OFFICE, 200), ("/reports-due", CLINICIAN, 403),
    ("/ending", CHAIR, 200), ("/ending", CLINICIAN, 403), ("/reports-due/99/waive", MANAGER, 404),
)


def test_a_page_opens_for_those_whose_work_it_is(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    for page, who, status in OPENS:
        sign_in(client, who)
        answer = client.get(f"/cases/{key}/follow-up{page}")
        assert answer.status_code == status, f"{who} at {page or 'the page itself'}: {answer.status_code}"


def test_a_treatment_is_started_reported_on_and_completed_on_its_pages(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    here = f"/cases/{key}/follow-up"

    def seen() -> str:
        with app.app_context():
            return str(case_now(key).version)

    sign_in(client, CLINICIAN)
    page = text_of(client.get(here))
    assert "Report the result at three months." in page
    assert "The day on which treatment started is not recorded." in page
    typed = {"baseline": "Pain 8 of 10, 20 November 2026", "measure": "Pain score"}
    wrong = client.post(f"{here}/start", data={"seen": seen(), **typed, **day("started_on", 31, 2, 2026)})
    assert wrong.status_code == 422 and "must be a real date" in text_of(wrong) and "Pain 8 of 10" in text_of(wrong)
    ahead = client.post(f"{here}/start", data={"seen": seen(), **typed, **day("started_on", 24, 12, 2026)})
    assert ahead.status_code == 422 and "in the future" in text_of(ahead)
    right = {**typed, **day("started_on", 20, 11, 2026)}
    assert client.post(f"{here}/start", data={"seen": seen(), **right}).status_code == 302
    stale = client.post(f"{here}/start", data={"seen": "1", **right, "baseline": "Typed on an old page"})
    assert stale.status_code == 409 and "Typed on an old page" in text_of(stale)
    assert client.post(f"/cases/{key}/moves/start_treatment", data={"seen": seen()}).status_code == 302

    empty = client.post(f"{here}/report", data={"seen": seen(), "once": "a" * 32})
    assert empty.status_code == 422 and "Choose what you recommend" in text_of(empty)
    with app.app_context():
        row = services.follow_up_of(case_now(key))
        assert row is not None
        due = str(services.dues_of(row)[0].id)
    report = {
        "once": "a" * 32, "due_id": due, "period": "First 3 months", "measure_value": "2 of 10", "against_baseline": "better",
        "adverse_events": "None", "stopping_rule_met": "yes", "recommendation": "stop",
    }
    assert client.post(f"{here}/report", data={"seen": seen(), **report}).status_code == 302
    assert "Draft, not sent yet" in text_of(client.get(here))
    # A draft is the clinician's own: the office reads it when it is sent.
    sign_in(client, OFFICE)
    assert "2 of 10" not in text_of(client.get(here))
    sign_in(client, CLINICIAN)
    assert client.post(f"/cases/{key}/moves/report_result", data={"seen": seen()}).status_code == 302

    sign_in(client, OFFICE)
    page = text_of(client.get(here))
    assert "The rule for stopping has been met" in page and "2 of 10" in page
    more = {"label": "Result at 12 months", "once": "b" * 32, **day("due_on", 21, 11, 2027)}
    assert client.post(f"{here}/reports-due", data={"seen": seen(), **more}).status_code == 302
    refused = client.post(f"/cases/{key}/moves/complete_follow_up", data={"seen": seen()})
    assert refused.status_code == 409 and "neither in nor waived" in text_of(refused)
    with app.app_context():
        row = services.follow_up_of(case_now(key))
        assert row is not None
        second = services.dues_of(row)[1].id
    sign_in(client, MANAGER)
    assert f"reports-due/{second}/waive" in text_of(client.get(here))
    assert client.post(f"{here}/reports-due/{second}/waive", data={"seen": seen()}).status_code == 422
    waived = client.post(f"{here}/reports-due/{second}/waive", data={"seen": seen(), "reason": "The treatment was stopped."})
    assert waived.status_code == 302
    sign_in(client, OFFICE)
    assert client.post(f"/cases/{key}/moves/complete_follow_up", data={"seen": seen()}).status_code == 302
    assert client.post(f"/cases/{key}/moves/close", data={"seen": seen()}).status_code == 302
    with app.app_context():
        assert case_now(key).state == "closed"


def test_the_chair_writes_down_why_funding_ends(app: Flask, client: FlaskClient, sign_in: SignIn, key: str) -> None:
    here = f"/cases/{key}/follow-up/ending"
    with app.app_context(), transaction():
        case, by = case_now(key), accounts.user(CLINICIAN)
        services.record_start(
            case, started_on=case.received_on, baseline="8", measure="Pain", seen=case.version, by=by  # type: ignore[arg-type]
        )
        from ifr.demo import walk

        walk.step(case, "start_treatment", CLINICIAN)
        version = str(case.version)
    sign_in(client, CHAIR)
    data = {
        "seen": version, "clinician_view": "It helps a little.", "reasons": "The rule was met.",
        "plain_reasons": "It did not help.",
        "authority": "panel", **day("heard_on", 20, 11, 2026),
    }
    past = client.post(here, data={**data, **day("wind_down_on", 1, 11, 2026)})
    assert past.status_code == 422 and "wound down first" in text_of(past) and "It helps a little." in text_of(past)
    assert client.post(here, data={**data, **day("wind_down_on", 31, 12, 2026)}).status_code == 302
    page = text_of(client.get(f"/cases/{key}/follow-up"))
    assert "31 December 2026" in page and "End the funding" in page


def test_a_form_without_a_version_is_an_old_page(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, CLINICIAN)
    data = {"baseline": "8", "measure": "Pain", "seen": "nonsense", **day("started_on", 20, 11, 2026)}
    assert client.post(f"/cases/{key}/follow-up/start", data=data).status_code == 409
