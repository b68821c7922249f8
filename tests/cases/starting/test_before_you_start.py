"""The page before a request is begun: it advises, never refuses, and keeps nobody's name."""

import re

import pytest
from sqlalchemy import select

from ifr.cases.services import answers_of
from ifr.cases.starting import services
from ifr.cases.starting.address import read_link
from ifr.cases.starting.models import StartAnswer, StartEnded
from ifr.db import db, transaction
from ifr.demo import accounts
from tests.cases.drafting import the_case

PAGE = "/requests/before-you-start"
ONCE = "5b9c3c8e-7f10-4f60-9a2a-0c6c9ad6f001"


@pytest.fixture
def chosen(app):
    with app.app_context():
        return {
            "once": ONCE,
            "commissioner_id": accounts.organisation(accounts.CE).id,
            "provider_id": accounts.organisation(accounts.CE_TRUST).id,
        }


@pytest.fixture
def dev(client, sign_in):
    sign_in(client, "dev_skin")
    return client


def test_the_page_says_first_that_nobody_waits_when_life_is_at_risk_and_asks_seven_things(dev):
    page = dev.get(PAGE)
    assert page.status_code == 200 and "Treat the patient. Do not wait for us." in page.text
    assert page.text.index("Do not wait") < page.text.index("Which of these are true?")
    assert len(re.findall(r'name="ticks"', page.text)) == 7
    assert PAGE in dev.get("/requests").text


def test_no_other_door_begins_a_request_without_the_ticks(dev, chosen):
    assert dev.get("/requests/new").location == PAGE
    assert dev.post("/requests/new", data=chosen).status_code == 405


def test_what_is_wrong_is_asked_again_on_the_page_where_it_stands(app, client, sign_in, dev, chosen):
    long = dev.post(PAGE, data={**chosen, "ticks": ["nice_ta"], "then": "send", "because": "x" * 4000})
    assert long.status_code == 422 and "Send it all the same" in long.text and "x" * 4000 in long.text
    sign_in(client, "tess_types")
    nobody = client.post(PAGE, data=chosen)
    assert nobody.status_code == 422 and "<h1 class=\"nhsuk-heading-l\">Before you start</h1>" in nobody.text
    assert "Choose a clinician who works at the provider" in nobody.text


def test_without_a_tick_the_draft_begins_at_once_and_the_same_page_twice_makes_one(app, dev, chosen):
    made = [dev.post(PAGE, data=chosen).location for _ in range(2)]
    assert made[0] == made[1] == f"/requests/{ONCE}"
    with app.app_context():
        row = services.answers_of_start(the_case(ONCE))
        assert row.ticks == [] and row.because == ""


def test_a_tick_says_where_else_to_go_in_the_commissioners_words_and_can_be_sent_all_the_same(app, dev, chosen):
    ticked = {**chosen, "ticks": ["meets_policy", "nice_ta"], "treatment": "Laser", "indication": "Warts"}
    advice = dev.post(PAGE, data=ticked)
    assert advice.status_code == 200 and "Where to go:" in advice.text
    assert "or ask the prior approval team" in advice.text  # the profile's words
    assert "Ask your chief pharmacist" in advice.text  # the form's words
    assert "01632 960101" in advice.text and "Send it all the same" in advice.text
    refused = dev.post(PAGE, data={**ticked, "then": "send"})
    assert refused.status_code == 422 and "Say in one line why" in refused.text and 'value="Laser"' in refused.text
    sent = dev.post(PAGE, data={**ticked, "then": "send", "because": "The appraisal is for adults."})
    assert sent.status_code == 302
    with app.app_context():
        case = the_case(ONCE)
        row = services.answers_of_start(case)
        assert row.ticks == ["nice_ta", "meets_policy"] and row.because == "The appraisal is for adults."
        assert answers_of(case)["treatment"] == "Laser" and answers_of(case)["condition"] == "Warts"
        notes = services.ticked_before(case, accounts.user("carol_office"))
        assert "Sent all the same: The appraisal is for adults." in notes[0].says
        assert services.ticked_before(case, accounts.user("dev_skin")) == []


def test_an_urgent_request_is_not_held_up_and_its_form_says_so(app, dev, chosen):
    made = dev.post(PAGE, data={**chosen, "ticks": ["urgent"]})
    assert made.status_code == 302
    assert "Telephone us as well" in dev.get(made.location).text
    with app.app_context():
        assert the_case(ONCE).urgent and answers_of(the_case(ONCE))["urgent"] == "yes"


def test_ending_leaves_a_count_without_anybody_and_the_office_reads_no_small_number(app, client, dev, sign_in, chosen):
    ticked = {**chosen, "ticks": ["trial", "nonsense"], "treatment": "Laser", "then": "end"}
    for _ in range(2):
        ended = dev.post(PAGE, data=ticked)
        assert ended.status_code == 302
    assert "is counted, without you" in dev.get(ended.location).text
    with app.app_context():
        row = db.session.scalars(select(StartEnded)).one()
        assert row.ticks == ["trial"] and row.ended_on.isoformat() == "2026-11-21"
        assert not {"by_id", "user_id", "at"} & set(StartEnded.__table__.columns.keys())
        assert db.session.scalars(select(StartAnswer)).first() is None
    sign_in(client, "carol_office")
    page = client.get("/reports/not-begun").text
    assert "fewer than 5" in page and "The patient is in a clinical trial" in page
    with app.app_context(), transaction():
        for number in range(5):
            services.end(by=accounts.user("dev_skin"), **{**_ending(ticked), "once": f"another-{number}"})
    assert ": 6</h2>" in client.get("/reports/not-begun").text


def _ending(ticked):
    return {name: ticked[name] for name in ("ticks", "commissioner_id", "provider_id")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"commissioner_id": "9" * 30}, {"provider_id": "1\x00"}, {},
        {"ticks": ["trial"], "because": "x" * 400, "then": "send"},
    ],
)
def test_nonsense_is_answered_with_a_sentence(dev, chosen, wrong):
    answer = dev.post(PAGE, data={**chosen, **wrong} if wrong else {})
    assert answer.status_code == 422
    assert dev.post(PAGE, data={**chosen, "once": "a\x00b"}).status_code == 302


def test_those_who_write_no_requests_have_no_such_page(client, sign_in):
    sign_in(client, "carol_office")
    assert client.get(PAGE).status_code == 403
    sign_in(client, "dev_skin")
    assert client.get("/reports/not-begun").status_code == 403


# --- the short address ------------------------------------------------------------------------------------------------


def test_a_link_keeps_treatment_and_condition_and_nothing_that_says_who_the_patient_is():
    kept = read_link({"treatment": " Laser\n foraminoplasty ", "indication": "M51.1"})
    assert (kept.treatment, kept.indication, kept.left_out) == ("Laser foraminoplasty", "M51.1", "")
    assert kept.answers == {"treatment": "Laser foraminoplasty", "condition": "M51.1", "indication_codes": "M51.1"}
    for parameters in (
        {"treatment": "Laser", "nhs_number": "1"}, {"treatment": "Laser", "patientName": "Ann"},
        {"treatment": "Laser", "x": "999 100 0003"}, {"treatment": "Laser", "dob": "1"},
    ):  # fmt: skip
        found = read_link(parameters)
        assert found.left_out == "identity" and found.treatment == "Laser"
    dropped = read_link({"treatment": "Laser for 9991000003", "indication": "Warts"})
    assert (dropped.treatment, dropped.indication, dropped.left_out) == ("", "Warts", "identity")
    assert read_link({"treatment": "Laser", "utm": "1"}).left_out == "other"
    assert len(read_link({"treatment": "a" * 5000}).treatment) == 300
    assert read_link({"left_out": "<b>"}).left_out == ""


def test_a_link_survives_the_sign_in_and_fills_the_draft_without_what_it_should_not_have_held(app, client, sign_in, chosen):
    sent = client.get("/start?treatment=Laser&indication=Warts&nhs_number=9991000003&name=Ann")
    assert sent.status_code == 302 and "9991000003" not in sent.location and "Ann" not in sent.location
    asked = client.get(sent.location)
    assert asked.status_code == 302 and "/sign-in" in asked.location
    assert "treatment%3DLaser" in asked.location or "treatment%253DLaser" in asked.location
    sign_in(client, "dev_skin")
    page = client.get(sent.location).text
    assert "could say who the patient is" in page and "Warts" in page and 'name="treatment" value="Laser"' in page
    assert client.get("/start?treatment=" + "%00" * 50).status_code == 302
    made = client.post(PAGE, data={**chosen, "treatment": "Laser", "indication": "Warts 9991000003"})
    with app.app_context():
        kept = answers_of(the_case(made.location.rsplit("/", 1)[-1]))
        assert kept["treatment"] == "Laser" and "condition" not in kept
