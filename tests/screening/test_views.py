"""The pages of the screening room."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.cases.models import Case
from ifr.cases.services import visible_case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.screening import check, handover, record
from tests.screening.test_handover import OFFER

SignIn = Callable[[FlaskClient, str], None]


def made(app: Flask, walked: Callable[[], Case]) -> tuple[str, int]:
    """A case walked before the page is opened: what stands in its address, and its version."""
    with app.app_context(), transaction():
        case = walked()
        return case.key, case.version


@pytest.fixture
def in_check(app: Flask) -> tuple[str, int]:
    return made(app, lambda: walk.in_check(walk.received(stories.HYPERHIDROSIS)))


@pytest.fixture
def in_screening(app: Flask) -> tuple[str, int]:
    return made(app, lambda: walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))


def case_now(key: str) -> Case:
    db.session.expire_all()
    return visible_case(key, accounts.user("carol_office"))


@pytest.mark.parametrize(
    ("page", "who", "status"),
    [
        ("check", "carol_office", 200),
        ("check", "sam_screens", 403),
        ("check", "dev_skin", 403),
        ("handover", "carol_office", 200),
        ("handover", "helen_chairs", 403),
        ("screening", "sam_screens", 200),
        ("screening", "carol_office", 200),
        ("screening", "dev_skin", 403),
        ("evidence-review", "iris_reviews", 200),
        ("evidence-review", "dev_skin", 403),
    ],
)
def test_a_page_opens_for_those_whose_work_it_is(
    client: FlaskClient, sign_in: SignIn, in_screening: tuple[str, int], page: str, who: str, status: int
) -> None:
    sign_in(client, who)
    assert client.get(f"/cases/{in_screening[0]}/{page}").status_code == status


def test_a_request_that_is_not_there_has_no_check(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "carol_office")
    assert client.get("/cases/IFR-2026-9999/check").status_code == 404


def test_the_page_of_the_check_shows_the_policy_that_was_found(
    client: FlaskClient, sign_in: SignIn, in_check: tuple[str, int]
) -> None:
    sign_in(client, "carol_office")
    page = client.get(f"/cases/{in_check[0]}/check").get_data(as_text=True)
    assert "A policy covers this treatment and does not fund it routinely." in page
    assert "Endoscopic Thoracic Sympathectomy" in page
    assert "Marek Dolan" not in page


def test_a_check_that_is_saved_can_be_passed(
    app: Flask, client: FlaskClient, sign_in: SignIn, in_check: tuple[str, int]
) -> None:
    key, version = in_check
    with app.app_context():
        version_id = check.propose(case_now(key)).version_id
    sign_in(client, "carol_office")
    typed = {
        "seen": version, "responsible": "ours", "responsible_because": "Registered here.", "same_treatment": "yes",
        "same_because": "The same operation.", "conclusion": "policy", "version_id": version_id, "duplicates": "none",
    }  # fmt: skip
    assert client.post(f"/cases/{key}/check", data=typed).status_code == 302
    assert client.post(f"/cases/{key}/moves/pass_check", data={"seen": version + 1}).status_code == 302
    with app.app_context():
        assert case_now(key).state == "in_screening"


def test_two_answers_that_contradict_one_another_are_refused_and_kept_on_the_page(
    client: FlaskClient, sign_in: SignIn, in_check: tuple[str, int]
) -> None:
    key, version = in_check
    sign_in(client, "carol_office")
    typed = {"seen": version, "conclusion": "no_policy", "same_treatment": "yes", "same_because": "Words that I typed."}
    answer = client.post(f"/cases/{key}/check", data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#search"' in page and 'href="#same_treatment"' in page
    assert "Words that I typed." in page


def test_a_check_from_a_page_that_is_out_of_date_is_not_saved_and_not_lost(
    client: FlaskClient, sign_in: SignIn, in_check: tuple[str, int]
) -> None:
    key, version = in_check
    sign_in(client, "carol_office")
    answer = client.post(f"/cases/{key}/check", data={"seen": version - 1, "responsible_because": "Words that I typed."})
    assert answer.status_code == 409
    assert "Words that I typed." in answer.get_data(as_text=True)


def test_a_screener_saves_a_draft_and_reads_it_again(
    app: Flask, client: FlaskClient, sign_in: SignIn, in_screening: tuple[str, int]
) -> None:
    key, version = in_screening
    with app.app_context():
        point = record.points_of(case_now(key), record.record_of(case_now(key)))[1].factor.id
    sign_in(client, "sam_screens")
    typed = {
        "seen": version, "recommendation": "not_fund", "question_different_answer": "no",
        "question_different_reasons": "Shared by most of the comparison group.",
        f"point_{point}_answer": "not_taken_into_account", f"point_{point}_reasons": "It is not clinical.",
        f"point_{point}_clause": "Example clause on social factors (demonstration)",
        "statements-0-text": "A new statement", "statements-0-answer": "",
    }  # fmt: skip
    assert client.post(f"/cases/{key}/screening", data=typed).status_code == 302
    page = client.get(f"/cases/{key}/screening").get_data(as_text=True)
    assert "Shared by most of the comparison group." in page
    assert "A new statement" in page
    with app.app_context():
        kept = record.record_of(case_now(key))
        assert kept.recommendation == "not_fund"
        assert record.points_of(case_now(key), kept)[1].finding.clause.startswith("Example clause")


def test_the_page_says_why_a_referral_waits_and_links_to_where_the_clinician_is_asked(
    client: FlaskClient, sign_in: SignIn, in_screening: tuple[str, int]
) -> None:
    key, version = in_screening
    sign_in(client, "sam_screens")
    client.post(f"/cases/{key}/screening", data={"seen": version, "recommendation": "refer"})
    page = client.get(f"/cases/{key}/screening").get_data(as_text=True)
    assert "Question 2 of the test has no answer from the clinician" in page
    assert f'href="/cases/{key}/information"' in page


def test_an_answer_of_a_hundred_thousand_characters_is_refused_with_a_sentence(
    client: FlaskClient, sign_in: SignIn, in_screening: tuple[str, int]
) -> None:
    key, version = in_screening
    sign_in(client, "sam_screens")
    answer = client.post(f"/cases/{key}/screening", data={"seen": version, "reasons": "x" * 100_000})
    assert answer.status_code == 422
    assert "must be 20,000 characters or fewer" in answer.get_data(as_text=True)


def test_a_choice_that_was_not_offered_is_refused(
    client: FlaskClient, sign_in: SignIn, in_screening: tuple[str, int]
) -> None:
    key, version = in_screening
    sign_in(client, "sam_screens")
    answer = client.post(f"/cases/{key}/screening", data={"seen": version, "recommendation": "toss_a_coin"})
    assert answer.status_code == 422
    assert "Choose one of the answers" in answer.get_data(as_text=True)


def test_a_coordinator_reads_the_record_and_does_not_write_it(
    client: FlaskClient, sign_in: SignIn, in_screening: tuple[str, int]
) -> None:
    key, version = in_screening
    sign_in(client, "carol_office")
    assert "Save the record" not in client.get(f"/cases/{key}/screening").get_data(as_text=True)
    assert client.post(f"/cases/{key}/screening", data={"seen": version}).status_code == 403


def test_an_offer_and_its_answer_are_typed_on_one_page(
    app: Flask, client: FlaskClient, sign_in: SignIn, in_check: tuple[str, int]
) -> None:
    key, version = in_check
    sign_in(client, "carol_office")
    offer = {
        "seen": version, "body": "NHS England", "contact_name": "Jo Farrow", "contact_email": "jo@example.org",
        "evidence": "A specialised service.", "plain_reasons": "Another part of the NHS pays.",
    }  # fmt: skip
    wrong = client.post(f"/cases/{key}/handover", data={**offer, "contact_email": "jo"})
    assert wrong.status_code == 422 and 'href="#contact_email"' in wrong.get_data(as_text=True)
    assert client.post(f"/cases/{key}/handover", data=offer).status_code == 302
    moved = client.post(f"/cases/{key}/moves/offer_handover", data={"seen": version + 1, "reason": "Specialised."})
    assert moved.status_code == 302
    reply = {"seen": version + 2, "answer": "accepted", "answered_by": "Jo Farrow"}
    day = {"answered_on-day": "21", "answered_on-month": "11", "answered_on-year": "2027"}
    late = client.post(f"/cases/{key}/handover/answer", data={**reply, **day})
    assert late.status_code == 422 and "in the future" in late.get_data(as_text=True)
    day["answered_on-year"] = "2026"
    assert client.post(f"/cases/{key}/handover/answer", data={**reply, **day}).status_code == 302
    assert client.post(f"/cases/{key}/moves/accept_handover", data={"seen": version + 3}).status_code == 302
    with app.app_context():
        assert case_now(key).state == "handed_over"


def test_an_evidence_review_is_written_only_while_the_evidence_is_under_review(
    client: FlaskClient, sign_in: SignIn, in_screening: tuple[str, int]
) -> None:
    key, version = in_screening
    sign_in(client, "iris_reviews")
    assert "Save the review" not in client.get(f"/cases/{key}/evidence-review").get_data(as_text=True)
    assert client.post(f"/cases/{key}/evidence-review", data={"seen": version, "strategy": "x"}).status_code == 409


def test_the_package_for_another_body_is_handed_to_those_who_may_know_the_patient_and_to_nobody_else(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    def offered() -> Case:
        case, carol = walk.in_check(walk.received(stories.HYPERHIDROSIS)), accounts.user("carol_office")
        handover.prepare_handover(case, OFFER, seen=case.version, by=carol)
        return walk.step(case, "offer_handover", "carol_office", "A specialised service.")

    key, _ = made(app, offered)
    with app.app_context():
        offer = handover.handover_of(case_now(key)).id
    sign_in(client, "carol_office")
    page = client.get(f"/cases/{key}/handover").text
    assert f"/cases/{key}/handover/{offer}/package.pdf" in page and "Marek Dolan" not in page
    taken = client.get(f"/cases/{key}/handover/{offer}/package.json")
    assert taken.status_code == 200 and taken.get_json()["patient"]["name"] == "Marek Dolan"
    assert client.get(f"/cases/{key}/handover/{2**70}/package.json").status_code == 404
    assert client.get(f"/cases/{key}/handover/{offer}/package.txt").status_code == 404
    for who in ("sam_screens", "dev_skin", "helen_chairs"):
        sign_in(client, who)
        assert client.get(f"/cases/{key}/handover/{offer}/package.json").status_code in (403, 404), who
