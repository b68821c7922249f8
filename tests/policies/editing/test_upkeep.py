"""Reviews that fall due, questions from those who work with a policy, and clauses that age."""

from datetime import date

import pytest
from sqlalchemy import select

from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.people.services import command
from ifr.policies import services as register
from ifr.policies.editing import services, upkeep
from ifr.policies.models import CommissionerClause, Policy, PolicyFlag, PolicyVersion
from ifr.workflow import Invalid


@pytest.fixture
def laser(app):
    """The published policy on endoscopic laser foraminoplasty, whose review is late."""
    with app.app_context(), transaction():
        register.load_examples(by=command("test"))
        found = db.session.scalar(
            select(PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.reference == "CMICB_Clin018")
        )
    return found


def ask(app, version_id, once="once-1", words="It leaves no way for anybody."):
    with app.app_context(), transaction():
        version = register.version(version_id)
        return services.raise_flag(version, "no_exception", words, once=once, by=accounts.user("sam_screens")).id


def test_late_reviews_stand_apart_from_those_without_a_day(lead, laser):
    page = lead.get("/policies/reviews").text
    assert "Endoscopic Laser Foraminoplasty" in page
    assert "1 April 2026" in page
    assert "Overdue: 1" in page
    assert "TBC" in page


@pytest.mark.parametrize(
    ("day", "later"),
    [(date(2026, 11, 21), date(2027, 5, 21)), (date(2026, 8, 31), date(2027, 2, 28)), (date(2026, 1, 1), date(2026, 7, 1))],
)
def test_six_months_are_counted_by_the_calendar(day, later):
    assert upkeep.months_after(day, 6) == later


def test_a_question_reaches_the_owner_and_is_answered(app, lead, laser):
    flag = ask(app, laser)
    page = lead.get("/policies/flags").text
    assert "It leaves no way for anybody." in page
    assert "Dr Sam Okafor" in page
    empty = lead.post(f"/policies/flags/{flag}/answer", data={"answer": " "})
    assert empty.status_code == 422
    assert lead.post(f"/policies/flags/{flag}/answer", data={"answer": "We will name the route."}).status_code == 302
    assert "We will name the route." in lead.get("/policies/flags").text
    other = lead.post(f"/policies/flags/{flag}/answer", data={"answer": "Something else."})
    assert other.status_code == 422
    assert "has answered this question already" in other.text


def test_the_same_question_is_asked_once(app, laser):
    assert ask(app, laser) == ask(app, laser)
    with app.app_context():
        assert len(db.session.scalars(select(PolicyFlag)).all()) == 1


def test_a_question_without_words_is_refused(app, laser):
    with pytest.raises(Invalid):
        ask(app, laser, words="  ")


def test_the_office_asks_from_the_page_of_a_version_and_reads_the_answer(app, client, sign_in, laser):
    sign_in(client, "sam_screens")
    address = f"/policies/{laser}/questions"
    assert address in client.get(f"/policies/{laser}").text
    empty = client.post(address, data={"words": "V53 twice?"})
    assert empty.status_code == 422
    assert "Say what the question is about" in empty.text
    assert "V53 twice?" in empty.text
    asked = {"kind": "wrong", "words": "V53 twice?", "once": "0d6f5b3e7a2c4e1f8b9a6c5d4e3f2a11"}
    assert client.post(address, data=asked).status_code == 302
    assert client.post(address, data=asked).status_code == 302
    assert client.get(address).text.count("V53 twice?") == 1
    sign_in(client, "paul_policy")
    assert "Something in it is wrong" in client.get("/policies/flags").text


def test_whoever_works_for_another_body_cannot_ask(client, sign_in, laser):
    sign_in(client, "rosa_spine")
    page = client.get(f"/policies/{laser}").text
    assert "Ask the owner" not in page
    assert "To be checked</th>" not in page
    assert client.get(f"/policies/{laser}/questions").status_code == 404
    assert client.post(f"/policies/{laser}/questions", data={"kind": "wrong", "words": "x"}).status_code == 404


def test_a_question_that_is_not_there_is_not_found(lead):
    assert lead.post("/policies/flags/987654/answer", data={"answer": "x"}).status_code == 404


def clause(app):
    with app.app_context():
        found = db.session.scalar(select(CommissionerClause).order_by(CommissionerClause.id))
        return found.id, found.may_be_out_of_date, found.why_out_of_date


def test_a_clause_is_marked_with_the_reason_and_cleared_again(app, lead, laser):
    number, was, _ = clause(app)
    assert lead.post(f"/policies/clauses/{number}", data={"mark": "set", "why": ""}).status_code == 422
    for nonsense in ({"mark": "evil", "why": "y"}, {"why": "y"}):
        assert lead.post(f"/policies/clauses/{number}", data=nonsense).status_code == 422
        assert clause(app)[1] == was
    mark = "clear" if was else "set"
    assert lead.post(f"/policies/clauses/{number}", data={"mark": mark, "why": "The law was changed."}).status_code == 302
    assert clause(app) == (number, not was, "The law was changed.")
    assert "The law was changed." in lead.get("/policies/clauses").text


def test_a_clause_that_is_not_there_is_not_found(lead):
    assert lead.post("/policies/clauses/987654", data={"mark": "set", "why": "x"}).status_code == 404


def test_a_published_version_has_a_page_for_its_keepers(lead, laser):
    page = lead.get(f"/policies/{laser}/keeping").text
    assert "Start the next version" in page
    assert "Withdraw" in page
