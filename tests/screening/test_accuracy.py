"""The accuracy check: every part can be commented on, silence counts after the day, and both stand in the papers."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import clock, letters, workflow
from ifr.cases.models import Case
from ifr.cases.services import visible_case
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.panels.papers import papers_of
from ifr.screening import accuracy, advice
from ifr.screening.advice import Answering, Asking
from ifr.workflow import Invalid, Refused
from tests.databases import NOW
from tests.screening.test_evidence import for_accuracy, under_review

SignIn = Callable[[FlaskClient, str], None]
CAROL, DEV = "carol_office", "dev_skin"


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def why_not(case: Case, trigger: str, who: str) -> list[str]:
    return [one.text for one in workflow.why_not(case, trigger, accounts.user(who))]


def test_a_comment_on_a_part_is_answered_before_the_request_is_listed_and_stands_in_the_papers(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        case = for_accuracy()
        key, version = case.key, case.version
        told = next(one.facts for one in letters.of(case.stream) if one.name == "summary_for_accuracy")
        assert told["comment_by_on"] == "2026-11-27" and "Published evidence" in told["items"]
    sign_in(client, DEV)
    assert "Please comment by 27 November 2026" in client.get(f"/cases/{key}/summary").text
    assert "It comes before the panel once we have your comment" in client.get(f"/requests/{key}").text
    assert "Check our summary by 27 November 2026" in client.get("/requests").text
    assert "late</strong>" not in client.get(f"/requests/{key}").text + client.get("/requests").text
    with clock.at(NOW + timedelta(days=8)):
        sign_in(client, DEV)
        for page in (f"/requests/{key}", "/requests"):
            assert "2 days late</strong>" in client.get(page).text
    sign_in(client, DEV)
    typed = {"seen": version, "on-evidence": "A trial of 2025 is missing.", "on-points": ""}
    assert client.post(f"/cases/{key}/summary", data=typed).status_code == 302
    assert client.post(f"/cases/{key}/summary", data=typed).status_code == 409
    too_long = client.post(f"/cases/{key}/summary", data={"seen": version + 1, "on-points": "x" * 20_001})
    assert too_long.status_code == 422 and 'href="#on-points"' in too_long.text
    sent = client.post(f"/cases/{key}/moves/comment_on_summary", data={"seen": version + 1, "reason": "Otherwise right."})
    assert sent.status_code == 302
    sign_in(client, CAROL)
    with app.app_context():
        db.session.expire_all()
        case = visible_case(key, accounts.user(CAROL))
        assert case.state == "ready_for_panel"
        comments = {one.item: one.id for one in accuracy.comments_of(case)}
        missing = workflow.GUARDS["comments_considered"].check(case, accounts.user(CAROL))
        assert isinstance(missing, list) and len(missing) == len(comments) == 2
        version = case.version
    path = f"/cases/{key}/summary/comments/{comments['evidence']}"
    nothing = client.post(path, data={"seen": version})
    assert nothing.status_code == 422 and "Say what you made of this" in nothing.text
    name = f"comment-{comments['evidence']}"
    assert client.post(path, data={"seen": version, name: "Added to the review."}).status_code == 302
    with app.app_context():
        db.session.expire_all()
        said = {one.label: one.text for one in papers_of(visible_case(key, accounts.user(CAROL))).accuracy}
    assert "A trial of 2025 is missing.\nWhat the office made of it: Added to the review." in said["Published evidence"]
    assert "Otherwise right." in said["The summary as a whole"]


def test_silence_is_recorded_only_after_the_day_and_the_papers_say_so(context: None) -> None:
    case = for_accuracy()
    assert why_not(case, "no_comment", CAROL) == ["The clinician has until 27 November 2026 to comment on the summary."]
    with clock.at(NOW + timedelta(days=7)):
        workflow.move(case, "no_comment", by=accounts.user(CAROL), seen=case.version, reason="Nothing came.")
        assert "made no comment" in papers_of(case).accuracy[0].text


def test_advice_keeps_what_was_sent_without_identity_and_holds_the_step_until_it_is_answered(context: None) -> None:
    case, iris = under_review(), accounts.user("iris_reviews")
    asking = Asking("Would the block predict the result?", "Dr A. Outside", "Professor of neurology", ("condition", "aim"))
    with pytest.raises(Invalid) as fault:
        advice.ask_advice(case, Asking("Q", "A", "P", ("patient",)), once="x", seen=case.version, by=iris)
    assert list(fault.value.faults) == ["parts"]
    with pytest.raises(Refused):
        advice.ask_advice(case, asking, once="x", seen=case.version, by=accounts.user(CAROL))
    with pytest.raises(Invalid) as fault:
        named = Asking("Has Hannah Pryce been seen?", asking.adviser, asking.post, asking.parts)
        advice.ask_advice(case, named, once="x", seen=case.version, by=iris)
    assert "stand in: The question" in fault.value.faults["is_not_patient"]
    row = advice.ask_advice(case, asking, once="x", seen=case.version, by=iris)
    assert advice.ask_advice(case, asking, once="x", seen=None, by=iris).id == row.id
    assert [title for title, _ in row.sent] == ["Condition", "Aim of the treatment"]
    assert any("Dr A. Outside" in one for one in why_not(case, "complete_evidence_review", "iris_reviews"))
    with pytest.raises(Invalid) as fault:
        early = Answering(interest="has", answer="Yes.", answered_on=date(2026, 11, 1))
        advice.answer_advice(case, row, early, seen=case.version, by=iris)
    assert list(fault.value.faults) == ["interest_note", "answered_on"]
    answer = Answering("none", "", "It predicts little.", date(2026, 11, 21))
    advice.answer_advice(case, row, answer, seen=case.version, by=iris)
    assert not any("Dr A. Outside" in one for one in why_not(case, "complete_evidence_review", "iris_reviews"))
    with pytest.raises(Refused):
        advice.answer_advice(case, row, answer, seen=case.version, by=iris)
    [paper] = papers_of(case).advice
    assert paper.label.startswith("Professor of neurology") and "No interest was declared" in paper.text
    assert "Dr A. Outside" not in str(papers_of(case))


def test_the_page_of_the_advice_keeps_what_was_typed(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        case = under_review()
        key, version = case.key, case.version
    sign_in(client, DEV)
    assert client.get(f"/cases/{key}/advice").status_code == 403
    sign_in(client, "iris_reviews")
    wrong = client.post(f"/cases/{key}/advice", data={"seen": version, "once": "1", "question": "My words"})
    assert wrong.status_code == 422 and "My words" in wrong.text and "Name the adviser" in wrong.text
    typed = {"seen": version, "once": "1", "question": "Q", "adviser": "Dr A", "post": "Elsewhere", "parts": ["condition"]}
    assert client.post(f"/cases/{key}/advice", data=typed).status_code == 302
    with app.app_context():
        db.session.expire_all()
        case = visible_case(key, accounts.user("iris_reviews"))
        [row] = advice.advice_of(case)
        version = case.version
    path = f"/cases/{key}/advice/{row.id}/answer"
    answer = {f"a{row.id}-seen": version, f"a{row.id}-answer": "Kept here"}
    wrong = client.post(path, data=answer)
    assert wrong.status_code == 422 and "Kept here" in wrong.text and f'href="#a{row.id}-interest"' in wrong.text
    assert client.get(f"/cases/{key}/advice").status_code == 200
