"""The pages of challenges, as those who use them meet them."""

import re
from collections.abc import Callable
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient

from ifr.appeals import challenges, reviews, services
from ifr.appeals.models import Appeal
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.services import visible_case
from ifr.db import db, transaction
from ifr.demo import accounts, walk
from ifr.people.services import JOB
from tests.appeals import walking
from tests.appeals.walking import CLINICIAN, MANAGER, OFFICE, REVIEWERS, SECRETARY

SignIn = Callable[[FlaskClient, str], None]


def made(app: Flask, *steps: Callable[[Case], object]) -> str:
    """A request that was not funded, walked on; what stands in its address."""
    with app.app_context():
        case = walking.not_funded()
        with transaction():
            for step in steps:
                step(case)
        return case.key


def case_now(key: str) -> Case:
    db.session.expire_all()
    return visible_case(key, accounts.user(OFFICE))


def appeal_now(key: str) -> Appeal:
    return services.appeal_of(case_now(key), 1, accounts.user(OFFICE))


def text_of(response: object) -> str:
    return response.get_data(as_text=True)  # type: ignore[attr-defined, no-any-return]


def without_nonce(response: object) -> str:
    """A page but for the word that lets its own script run, which is another for every answer."""
    return re.sub(r'nonce="[^"]*"', "", text_of(response))


def test_a_clinician_appeals_from_the_page_that_names_the_last_day(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app)
    sign_in(client, CLINICIAN)
    page = text_of(client.get(f"/cases/{key}/appeals"))
    assert "6 January 2027" in page and f"/cases/{key}/appeals/lodge" in page
    assert client.get(f"/cases/{key}/appeals/lodge").status_code == 200
    empty = client.post(f"/cases/{key}/appeals/lodge", data={"appellant": "clinician", "once": "a" * 32})
    assert empty.status_code == 422 and "Enter what the appeal says" in text_of(empty)
    data = {"appellant": "clinician", "statement": "The letter was not read.", "claimed": ["evidence"], "once": "a" * 32}
    sent = client.post(f"/cases/{key}/appeals/lodge", data=data, follow_redirects=True)
    assert "We have your appeal" in text_of(sent)
    client.post(f"/cases/{key}/appeals/lodge", data=data)
    with app.app_context():
        assert len(challenges.appeals_of(case_now(key))) == 1


def test_the_office_lodges_for_a_representative_who_needs_a_name(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app)
    sign_in(client, OFFICE)
    data = {"appellant": "representative", "statement": "He was not heard.", "once": "b" * 32}
    answer = client.post(f"/cases/{key}/appeals/lodge", data=data)
    assert answer.status_code == 422 and "Enter the name of the representative" in text_of(answer)
    assert "He was not heard." in text_of(answer)
    future = {**data, "representative_name": "Jo", "received_on-day": "1", "received_on-month": "3", "received_on-year": "2027"}
    assert "in the future" in text_of(client.post(f"/cases/{key}/appeals/lodge", data=future))
    sent = client.post(f"/cases/{key}/appeals/lodge", data={**data, "representative_name": "Jo Kettle"}, follow_redirects=True)
    assert sent.status_code == 200 and "Jo Kettle" in text_of(sent)
    # A screener works in the office and may not know who the patient or the representative is.
    sign_in(client, "sam_screens")
    seen = text_of(client.get(f"/cases/{key}/appeals/1"))
    assert "Jo Kettle" not in seen and "He was not heard." not in seen


OPENS = (
    ("appeals", "carol_office", 200), ("appeals", "rosa_spine", 404), ("appeals", "alan_audits", 403),
    ("appeals/1", "dev_skin", 200), ("appeals/1", "helen_chairs", 404), ("appeals/1", "stan_minutes", 200),
    ("appeals/1/grounds", "carol_office", 200), ("appeals/1/grounds", "dev_skin", 403),
    ("appeals/1/grounds", "stan_minutes", 403), ("appeals/1/refusal", "maya_manages", 200),
    ("appeals/1/late", "maya_manages", 200), ("appeals/1/review", "stan_minutes", 200),
    ("appeals/1/review", "vera_reviews", 403), ("appeals/1/papers", "vera_reviews", 404), ("appeals/2", "carol_office", 404),
    ("appeals/1/findings", "carol_office", 403), ("appeals/1/outcome", "stan_minutes", 200),
)


def test_a_page_opens_for_those_whose_work_it_is(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, walking.accepted)
    for page, who, status in OPENS:
        sign_in(client, who)
        answer = client.get(f"/cases/{key}/{page}")
        assert answer.status_code == status, f"{who} at {page or 'the page itself'}: {answer.status_code}"


def test_grounds_are_sorted_on_their_page_and_a_stale_page_is_refused(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    key = made(app, lambda case: walking.step(walking.lodged(case), "begin_appeal_check", OFFICE))
    sign_in(client, OFFICE)
    page = text_of(client.get(f"/cases/{key}/appeals/1/grounds"))
    assert "Evidence that was sent was not properly considered" in page
    with app.app_context():
        seen = appeal_now(key).version
    data = {
        "seen": str(seen), "statement_for_review": "The letter of 3 March was not read.",
        **{f"ground_{n}-supported": "yes" if n == 1 else "no" for n in (1, 2, 3)},
        **{f"ground_{n}-said": "The letter of 3 March." for n in (1, 2, 3)},
    }
    bad = client.post(f"/cases/{key}/appeals/1/grounds", data={**data, "ground_1-supported": "perhaps"})
    assert bad.status_code == 422
    # The text for the review panel is read for the patient's identity before it is kept.
    with app.app_context():
        name = identity.patient_of(case_now(key), by=JOB, why="test").name or ""
    found = client.post(f"/cases/{key}/appeals/1/grounds", data={**data, "statement_for_review": f"A letter about {name}."})
    assert found.status_code == 422 and "This may say who the patient is" in text_of(found)
    assert client.post(f"/cases/{key}/appeals/1/grounds", data=data).status_code == 302
    stale = client.post(f"/cases/{key}/appeals/1/grounds", data={**data, "statement_for_review": "Typed on the old page."})
    assert stale.status_code == 409 and "Typed on the old page." in text_of(stale)
    with app.app_context():
        assert [g.supported for g in services.grounds_of(appeal_now(key))] == ["yes", "no", "no"]


def test_a_step_that_asks_a_reason_keeps_the_page_and_says_so(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, walking.lodged)
    sign_in(client, OFFICE)
    with app.app_context():
        seen = appeal_now(key).version
    answer = client.post(f"/cases/{key}/appeals/1/moves/withdraw_appeal", data={"seen": seen, "reason": "  "})
    assert answer.status_code == 422 and "Give a reason" in text_of(answer)
    refused = client.post(f"/cases/{key}/appeals/1/moves/accept_appeal", data={"seen": seen})
    assert refused.status_code == 409
    sign_in(client, SECRETARY)
    theirs = client.post(f"/cases/{key}/appeals/1/moves/begin_appeal_check", data={"seen": seen})
    assert theirs.status_code == 403


def test_a_review_is_arranged_declared_to_and_decided_on_its_pages(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, walking.accepted)
    here = f"/cases/{key}/appeals/1"

    def seen() -> str:
        with app.app_context():
            return str(appeal_now(key).version)

    sign_in(client, SECRETARY)
    past = {"review_on-day": "1", "review_on-month": "1", "review_on-year": "2026", "review_place": "10am"}
    answer = client.post(f"{here}/review", data={"seen": seen(), **past})
    assert answer.status_code == 422 and "has passed" in text_of(answer)
    day = {**past, "review_on-day": "14", "review_on-month": "12"}
    assert client.post(f"{here}/review", data={"seen": seen(), **day}).status_code == 302
    for n, who in enumerate(REVIEWERS):
        with app.app_context():
            user_id = str(accounts.user(who).id)
        sent = client.post(f"{here}/seats", data={"seen": seen(), "user_id": user_id, **({"chairs": "y"} if n == 0 else {})})
        assert sent.status_code == 302
    nobody = client.post(f"{here}/seats", data={"seen": seen(), "user_id": "1"})
    assert nobody.status_code == 422
    assert client.post(f"{here}/moves/list_appeal", data={"seen": seen()}).status_code == 302

    for who in REVIEWERS:
        sign_in(client, who)
        assert client.get(here).status_code == 404
        with app.app_context():
            seat = reviews.invitations_of(accounts.user(who))[0].seat_id
        page = text_of(client.get(f"/reviews/{seat}/interest"))
        assert "Fenland Hospitals" in page and key not in page
        assert client.post(f"/reviews/{seat}/interest", data={}).status_code == 422
        assert client.post(f"/reviews/{seat}/interest", data={"interest": "clear"}).status_code == 302
        assert key in text_of(client.get("/reviews"))
        assert client.get(here).status_code == 200
        assert "The patient is known here by the reference alone" in text_of(client.get(f"{here}/papers"))

    sign_in(client, SECRETARY)
    assert client.post(f"{here}/moves/open_review", data={"seen": seen()}).status_code == 302
    sign_in(client, REVIEWERS[0])
    findings = {
        "ground_1-found": "made_out", "ground_1-material": "yes", "ground_1-reasons": "It was not weighed.",
        "ground_3-found": "not_made_out", "ground_3-reasons": "The procedure was followed.",
    }
    assert client.get(f"{here}/findings").status_code == 200
    assert client.post(f"{here}/findings", data={"seen": seen(), **findings}).status_code == 302
    empty = client.post(f"{here}/directions", data={"seen": seen(), "once": "c" * 32})
    assert empty.status_code == 422 and "Enter what the next panel is to do" in text_of(empty)
    direction = {"text": "Weigh the letter.", "differently_constituted": "y", "once": "c" * 32}
    assert client.post(f"{here}/directions", data={"seen": seen(), **direction}).status_code == 302
    outcome = {"reasons": "Part of the evidence was left out.", "plain_reasons": "We missed a letter."}
    assert client.post(f"{here}/outcome", data={"seen": seen(), **outcome}).status_code == 302
    assert client.post(f"{here}/moves/confirm_sent_back", data={"seen": seen()}).status_code == 302

    # The clinician learns the outcome from its letter.
    sign_in(client, CLINICIAN)
    before = text_of(client.get(here))
    assert "Part of the evidence was left out." not in before and "The outcome will be sent" in before
    with app.app_context():
        walking.issued(case_now(key))
    assert "Weigh the letter." in text_of(client.get(here))

    sign_in(client, MANAGER)
    page = text_of(client.get(here))
    assert "Reopen the request for a panel" in page
    with app.app_context():
        version = str(case_now(key).version)
    assert client.post(f"{here}/reopen", data={"seen": version, "reason": ""}).status_code == 422
    assert client.post(f"{here}/reopen", data={"seen": version, "reason": "Sent back."}).status_code == 302
    with app.app_context():
        assert case_now(key).state == "ready_for_panel"


def test_for_a_member_with_a_conflict_every_page_is_one_that_does_not_exist(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    key = made(app, walking.accepted)
    with app.app_context(), transaction():
        walking.seated(appeal_now(key))
        walking.declared(appeal_now(key), "amy_lay", interest="conflicted", note="A neighbour.")
    sign_in(client, "amy_lay")
    none = without_nonce(client.get("/cases/IFR-2031-0001/appeals/1"))
    for page in ("appeals", "appeals/1", "appeals/1/papers", "appeals/1/papers/documents/1", "appeals/1/findings"):
        answer = client.get(f"/cases/{key}/{page}")
        assert (answer.status_code, without_nonce(answer)) == (404, none)
    listed = text_of(client.get("/reviews"))
    assert "Private item" in listed and key not in listed and "Fenland" not in listed


def test_a_reconsideration_is_asked_with_a_document_and_answered_by_two(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    key = made(app)
    sign_in(client, CLINICIAN)
    assert client.get(f"/cases/{key}/reconsiderations/ask").status_code == 200
    data = {"once": "d" * 32, "what_is_new": "A sweat test.", "item_1-text": "Sweat test of 2 November."}
    assert client.post(f"/cases/{key}/reconsiderations/ask", data={"once": "d" * 32}).status_code == 422
    wrong = {**data, "item_1-file": (BytesIO(b"<html>"), "test.html")}
    refused = client.post(f"/cases/{key}/reconsiderations/ask", data=wrong, content_type="multipart/form-data")
    assert refused.status_code == 422 and "cannot be kept" in text_of(refused) and "A sweat test." in text_of(refused)
    right = {**data, "item_1-file": (BytesIO(b"Result: 140 mg."), "Arthur Pell.txt")}
    sent = client.post(
        f"/cases/{key}/reconsiderations/ask", data=right, content_type="multipart/form-data", follow_redirects=True
    )
    assert "New information, item 1" in text_of(sent) and "Arthur Pell" not in text_of(sent)

    here = f"/cases/{key}/reconsiderations/1"
    sign_in(client, OFFICE)
    assert client.post(f"{here}/moves/begin_assessment", data={"seen": "1"}).status_code == 302
    assert client.get(f"{here}/answer").status_code == 200
    answer = {
        "item_1-was_before_panel": "no", "item_1-could_change": "no", "item_1-reasons": "New, and it shows the usual range.",
        "proposed": "refuse", "reasons": "Nothing that could change an answer.", "plain_reasons": "The test shows what we knew.",
    }
    assert client.post(f"{here}/answer", data={"seen": "2", **answer}).status_code == 302
    assert client.post(f"{here}/items", data={"seen": "3", "once": "e" * 32}).status_code == 422
    assert client.post(f"{here}/sign", data={"seen": "3"}).status_code == 302
    sign_in(client, CLINICIAN)
    assert client.get(f"{here}/answer").status_code == 403
    sign_in(client, MANAGER)
    page = text_of(client.get(here))
    assert "Signed first by Carol Hume" in page and "Accept and reopen" not in page
    done = client.post(f"{here}/moves/refuse_reconsideration", data={"seen": "4", "reason": "Known."}, follow_redirects=True)
    assert done.status_code == 200 and "Not accepted" in text_of(done)
    # Until its letter is issued the clinician reads that it is being read.
    sign_in(client, CLINICIAN)
    before = text_of(client.get(here))
    assert "We are reading what is new" in before and "The test shows what we knew." not in before
    assert "Nothing that could change an answer." not in before
    with app.app_context():
        walking.issued(case_now(key))
    assert "Nothing that could change an answer." in text_of(client.get(here))


def test_a_case_of_another_office_has_no_challenges(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app)
    sign_in(client, "rosa_spine")
    assert client.get(f"/cases/{key}/appeals/lodge").status_code == 404
    sent = client.post(f"/cases/{key}/reconsiderations/ask", data={"once": walk.once(), "what_is_new": "x", "item_1-text": "y"})
    assert sent.status_code == 404
