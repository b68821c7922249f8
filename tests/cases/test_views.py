"""The office's pages of a case, the clinician's answers, and the one address at which moves are made."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ifr import audit, letters
from ifr.access import Role
from ifr.cases import information
from ifr.cases.models import CLEAR, Case
from ifr.cases.services import involve, visible_case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk

SignIn = Callable[[FlaskClient, str], None]
PATIENT = stories.HYPERHIDROSIS.patient


def made(app: Flask, walked: Callable[[], Case]) -> str:
    with app.app_context(), transaction():
        return walked().key


def in_check() -> Case:
    return walk.in_check(walk.received(stories.HYPERHIDROSIS))


def declined() -> Case:
    return walk.declined_at_screening(walk.in_screening(in_check()))


def now(key: str) -> Case:
    db.session.expire_all()
    return visible_case(key, accounts.user("carol_office"))


def state_of(app: Flask, key: str) -> str:
    with app.app_context():
        return now(key).state


def seen_on(page: TestResponse) -> str:
    return re.search(r'name="seen" value="(\d+)"', page.text)[1]


@pytest.fixture
def carol(client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    sign_in(client, "carol_office")
    return client


# --- who sees which page --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["carol_office", "sam_screens", "maya_manages", "stan_minutes", "fay_finance"])
def test_the_office_reads_the_page_of_a_case_without_the_patient(
    app: Flask, client: FlaskClient, sign_in: SignIn, who: str
) -> None:
    key = made(app, in_check)
    sign_in(client, who)
    page = client.get(f"/cases/{key}")
    assert page.status_code == 200
    assert stories.HYPERHIDROSIS.answers["treatment"] in page.text
    for field in ("name", "nhs_number", "born_on", "address"):
        if PATIENT.get(field):
            assert PATIENT[field] not in page.text


def test_the_clinician_is_led_to_his_own_page_and_a_stranger_finds_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    key = made(app, in_check)
    sign_in(client, "dev_skin")
    assert client.get(f"/cases/{key}").headers["Location"] == f"/requests/{key}"
    sign_in(client, "rosa_spine")
    assert client.get(f"/cases/{key}").status_code == 404
    assert client.get("/cases/IFR-1999-0001").status_code == 404


def test_a_member_is_led_to_the_meetings_and_sees_no_page_of_the_office(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    def walked() -> Case:
        case = in_check()
        involve(case, accounts.user("omar_member").id, Role.PANEL_MEMBER, interest=CLEAR)
        return case

    key = made(app, walked)
    sign_in(client, "omar_member")
    assert client.get(f"/cases/{key}").status_code == 302
    for path in ("letters", "deadlines", "information"):
        assert client.get(f"/cases/{key}/{path}").status_code == 404
    assert client.get(f"/cases/{key}/identity").status_code == 403


@pytest.mark.parametrize("path", ["", "/information", "/letters", "/deadlines", "/identity"])
def test_every_page_of_a_case_opens_in_every_state_that_the_office_meets(app: Flask, carol: FlaskClient, path: str) -> None:
    for walked in (lambda: walk.received(stories.HYPERHIDROSIS), in_check, declined):
        assert carol.get(f"/cases/{made(app, walked)}{path}").status_code == 200


def test_the_points_raised_link_to_their_evidence(app: Flask, carol: FlaskClient) -> None:
    key = made(app, lambda: walk.received(stories.FORAMINOPLASTY))
    page = carol.get(f"/cases/{key}").text
    link = re.search(rf'href="(/cases/{key}/documents/\d+)">Evidence: ', page)[1]
    file = carol.get(link)
    assert file.status_code == 200
    assert file.headers["Content-Disposition"].startswith(f"attachment; filename={key}-document-")
    assert "scan" not in file.headers["Content-Disposition"]


# --- moves ----------------------------------------------------------------------------------------------------------------


def test_a_move_is_a_button_and_says_what_was_done(app: Flask, carol: FlaskClient) -> None:
    key = made(app, lambda: walk.allocated(walk.received(stories.HYPERHIDROSIS)))
    seen = seen_on(carol.get(f"/cases/{key}"))
    answer = carol.post(f"/cases/{key}/moves/begin_check", data={"seen": seen}, follow_redirects=True)
    assert "The check began." in answer.text
    assert state_of(app, key) == "in_check"


def test_the_same_button_pressed_twice_is_one_move(app: Flask, carol: FlaskClient) -> None:
    key = made(app, lambda: walk.allocated(walk.received(stories.HYPERHIDROSIS)))
    seen = seen_on(carol.get(f"/cases/{key}"))
    for _ in range(2):
        assert carol.post(f"/cases/{key}/moves/begin_check", data={"seen": seen}).status_code == 302


def test_a_move_from_an_old_page_is_refused_and_what_was_typed_is_shown(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    seen = int(seen_on(carol.get(f"/cases/{key}"))) - 1
    answer = carol.post(f"/cases/{key}/moves/withdraw", data={"seen": seen, "reason": "The patient has recovered"})
    assert answer.status_code == 409
    assert "The patient has recovered" in answer.text


def test_a_move_that_lacks_something_says_what_with_links(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    page = carol.get(f"/cases/{key}")
    assert f'href="/cases/{key}/check' in page.text
    answer = carol.post(f"/cases/{key}/moves/pass_check", data={"seen": seen_on(page)})
    assert answer.status_code == 409
    assert "Say who is responsible for this patient." in answer.text


def test_a_move_without_its_reason_is_asked_for_it_on_the_same_page(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    seen = seen_on(carol.get(f"/cases/{key}"))
    answer = carol.post(f"/cases/{key}/moves/withdraw", data={"seen": seen, "reason": "  "})
    assert answer.status_code == 422
    assert 'href="#reason-withdraw"' in answer.text
    assert state_of(app, key) == "in_check"


def test_an_endless_reason_stays_on_the_page(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    seen = seen_on(carol.get(f"/cases/{key}"))
    answer = carol.post(f"/cases/{key}/moves/withdraw", data={"seen": seen, "reason": "long " * 20_000})
    assert answer.status_code == 422
    assert "10,000 characters or fewer" in answer.text
    assert answer.text.count("long ") >= 19_999


def test_an_unknown_move_is_not_found_and_anothers_move_is_forbidden(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    key = made(app, in_check)
    sign_in(client, "sam_screens")
    assert client.post(f"/cases/{key}/moves/approve_everything").status_code == 404
    assert client.post(f"/cases/{key}/moves/pass_check").status_code == 403
    sign_in(client, "rosa_spine")
    assert client.post(f"/cases/{key}/moves/withdraw", data={"reason": "Mine"}).status_code == 404


def test_a_request_is_given_to_a_colleague(app: Flask, carol: FlaskClient) -> None:
    key = made(app, lambda: walk.received(stories.HYPERHIDROSIS))
    seen = seen_on(carol.get(f"/cases/{key}"))
    with app.app_context():
        maya = accounts.user("maya_manages").id
    assert carol.post(f"/cases/{key}/allocation", data={"seen": seen, "allocated_to": "abc"}).status_code == 422
    answer = carol.post(
        f"/cases/{key}/allocation", data={"seen": seen, "allocated_to": maya}, follow_redirects=True
    )
    assert "The request is allocated to Maya Brandt." in answer.text


# --- identity -------------------------------------------------------------------------------------------------------------


def test_who_the_patient_is_is_shown_for_a_reason_that_goes_on_record(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    before = carol.get(f"/cases/{key}/identity")
    assert PATIENT["name"] not in before.text
    page = carol.get(f"/cases/{key}/identity?why=telephone")
    assert PATIENT["name"] in page.text
    with app.app_context():
        case = now(key)
        assert audit.events(case.stream)[-1].facts == {"why": "telephone"}
    assert PATIENT["name"] not in carol.get(f"/cases/{key}/identity?why=curiosity").text


def test_who_screens_is_not_told_who_the_patient_is(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, in_check)
    sign_in(client, "sam_screens")
    assert client.get(f"/cases/{key}/identity?why=telephone").status_code == 403


# --- information ----------------------------------------------------------------------------------------------------------


def test_the_office_writes_numbered_questions_and_sends_them(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    address = f"/cases/{key}/information"
    for number, text in enumerate(("When was the scan made?", "What did it show?")):
        data = {"seen": seen_on(carol.get(address)), "text": text, "question_key": "condition", "once": f"q{number}",
                "stops_clock": "stops"}
        assert carol.post(f"{address}/questions", data=data).status_code == 302
    page = carol.get(address)
    assert "What did it show?" in page.text
    answer = carol.post(f"/cases/{key}/moves/ask_information", data={"seen": seen_on(page)}, follow_redirects=True)
    assert "Information was asked for." in answer.text
    assert "Clock paused" in answer.text


def test_a_question_that_cannot_be_kept_stays_typed(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    address = f"/cases/{key}/information"
    answer = carol.post(f"{address}/questions", data={"seen": seen_on(carol.get(address)), "text": "why " * 1500})
    assert answer.status_code == 422
    assert "The question must be 4,000 characters or fewer." in answer.text
    assert answer.text.count("why ") >= 1499


def asked() -> Case:
    return walk.asked(in_check(), "When was the scan made?", "What did it show?")


def ids_of(app: Flask, key: str) -> list[int]:
    with app.app_context():
        request = information.open_request(now(key))
        return [row.id for row in information.questions_of(request)]


def test_the_clinician_answers_in_part_comes_back_and_sends(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, asked)
    first, second = ids_of(app, key)
    address = f"/cases/{key}/information"
    sign_in(client, "dev_skin")
    saved = client.post(
        f"{address}/answers", data={f"answer-{first}": "In March.", "then": "save"}, follow_redirects=True
    )
    assert "Your answers are saved. They have not been sent yet." in saved.text
    assert "In March." in saved.text
    incomplete = client.post(
        f"{address}/answers", data={f"answer-{first}": "In March 2026.", "then": "send"}, follow_redirects=True
    )
    assert "Answer question 2, or say why it cannot be answered." in incomplete.text
    assert "In March 2026." in incomplete.text
    sent = client.post(
        f"{address}/answers",
        data={
            f"answer-{first}": "In March 2026.",
            f"cannot-{second}": "The report was lost.",
            f"file-{second}": (io.BytesIO(b"%PDF-1.7 note"), "note.pdf"),
            "then": "send",
        },
    )
    assert sent.status_code == 302
    with app.app_context():
        assert information.open_request(now(key)) is None


def test_a_file_that_cannot_be_kept_loses_nothing_that_was_typed(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, asked)
    first, second = ids_of(app, key)
    sign_in(client, "dev_skin")
    answer = client.post(
        f"/cases/{key}/information/answers",
        data={
            f"answer-{first}": "In March.",
            f"file-{second}": (io.BytesIO(b"MZ\x00\x01"), "program.pdf"),
            "then": "send",
        },
    )
    assert answer.status_code == 422
    assert "In March." in answer.text
    assert "This type of file cannot be kept" in answer.text


def test_the_office_says_what_it_made_of_each_answer(app: Flask, carol: FlaskClient) -> None:
    def walked() -> Case:
        case = asked()
        request = information.open_request(case)
        for row in information.questions_of(request):
            information.answer(row, answer="In March.", by=accounts.user("dev_skin"))
        return walk.step(case, "answer_information", "dev_skin")

    key = made(app, walked)
    address = f"/cases/{key}/information"
    with app.app_context():
        row = information.not_considered(now(key))[0].id
    page = carol.get(address)
    empty = carol.post(f"{address}/questions/{row}/consideration", data={"seen": seen_on(page)})
    assert empty.status_code == 422
    assert f'href="#considered-{row}"' in empty.text
    data = {"seen": seen_on(page), f"considered-{row}": "Goes into the papers."}
    assert carol.post(f"{address}/questions/{row}/consideration", data=data).status_code == 302
    assert "Goes into the papers." in carol.get(address).text


def test_the_question_of_another_case_is_not_found(app: Flask, carol: FlaskClient) -> None:
    theirs = ids_of(app, made(app, asked))[0]
    key = made(app, in_check)
    assert carol.post(f"/cases/{key}/information/questions/{theirs}/removal").status_code == 404


# --- letters --------------------------------------------------------------------------------------------------------------


def batch_of(app: Flask, key: str) -> int:
    with app.app_context():
        return letters.of(now(key).stream)[0].batch


def test_a_refusal_is_read_released_stopped_and_put_back(app: Flask, carol: FlaskClient) -> None:
    key = made(app, declined)
    batch, address = batch_of(app, key), f"/cases/{key}/letters"
    page = carol.get(address)
    assert "Waiting to be released" in page.text
    read = carol.get(re.search(rf'href="({address}/\d+)"', page.text)[1])
    assert read.status_code == 200
    assert PATIENT["name"] not in read.text

    carol.post(f"{address}/{batch}/release", data={"seen": seen_on(page)})
    page = carol.get(address)
    assert "Released by Carol Hume" in page.text
    unexplained = carol.post(f"{address}/{batch}/stop", data={"seen": seen_on(page)})
    assert unexplained.status_code == 422
    assert "Say why the letters are stopped." in unexplained.text
    carol.post(f"{address}/{batch}/stop", data={"seen": seen_on(page), "because": "The dose is wrong"})
    page = carol.get(address)
    assert "The dose is wrong" in page.text
    carol.post(f"{address}/{batch}/put-back", data={"seen": seen_on(page)})
    assert "Waiting to be released" in carol.get(address).text


def test_only_those_who_let_letters_go_release_them(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, declined)
    batch = batch_of(app, key)
    sign_in(client, "sam_screens")
    assert "Release these" not in client.get(f"/cases/{key}/letters").text
    assert client.post(f"/cases/{key}/letters/{batch}/release").status_code == 403


def test_the_letters_of_another_case_cannot_be_released_through_this_one(app: Flask, carol: FlaskClient) -> None:
    theirs = batch_of(app, made(app, declined))
    key = made(app, in_check)
    assert carol.post(f"/cases/{key}/letters/{theirs}/release").status_code == 404


# --- deadlines ------------------------------------------------------------------------------------------------------------


def test_a_deadline_is_explained_day_by_day_with_its_source(app: Flask, carol: FlaskClient) -> None:
    key = made(app, in_check)
    page = carol.get(f"/cases/{key}/deadlines").text
    assert "5 working days. Weekends, bank holidays" in page
    assert "Day 0 is Saturday 21 November 2026: the check began on that day." in page
    assert "Due at the end of <strong>27 November 2026</strong>" in page
    assert "Weekend" in page
    assert "example, not any commissioner&#39;s policy" in page
