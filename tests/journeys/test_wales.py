"""What a health board did: it asked for papers that could not be had, passed over a valid opinion from elsewhere, told nobody of
its conditions, and left the patient unfunded while two bodies differed. Here each of the four is stopped or marked."""

from flask import Flask
from flask.testing import FlaskClient

from ifr.cases import information
from ifr.cases.models import Case
from ifr.cases.patients import responsibility
from ifr.db import db
from ifr.demo import stories, walk
from ifr.panels.papers import papers_of
from ifr.screening import handover
from tests.journeys.desk import Desk, SignIn, points_of

OFFER = {
    "body": "Health board over the border (invented)", "contact_name": "Eira Pugh", "contact_telephone": "01632 960902",
    "evidence": "The patient lives there.", "plain_reasons": "Another health body pays where you live.",
}  # fmt: skip


def test_two_bodies_that_differ_do_not_leave_the_patient_between_them(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    desk = Desk(app, client, sign_in, lambda: walk.in_check(walk.received(stories.FORAMINOPLASTY)))
    assert desk.sends("carol_office", "/handover", **OFFER).status_code == 302
    desk.may("carol_office", "offer_handover", reason="The border.")
    desk.may_not("carol_office", "take_back", "Record its refusal, or wait", reason="We keep it.")
    answered = {"answer": "refused", "answered_by": "Eira Pugh", "answered_on-day": "21", "answered_on-month": "11",
                "answered_on-year": "2026"}  # fmt: skip
    assert desk.sends("carol_office", "/handover/answer", **answered).status_code == 302

    # then nobody takes the request back before somebody has said who pays meanwhile
    desk.may_not("carol_office", "take_back", "Say who pays while the two bodies differ", reason="It refuses.")
    empty = desk.sends("carol_office", "/handover/dispute", once="1", meanwhile="yes")
    assert empty.status_code == 422 and 'href="#meanwhile_body"' in empty.text
    pays = {"meanwhile": "yes", "meanwhile_body": "Cheshire and Merseyside", "meanwhile_because": "Waiting costs function."}
    assert desk.sends("carol_office", "/handover/dispute", once="1", **pays).status_code == 302
    desk.may("carol_office", "take_back", reason="It refuses.")
    assert desk.state() == "in_check"
    assert desk.letter("taken_back_patient")["meanwhile"]["funded"] is True
    assert desk.now(responsibility.open_dispute).meanwhile == "yes"
    assert [one.body for one in desk.now(handover.earlier_offers)] == [OFFER["body"]]


def test_what_cannot_be_had_is_an_answer_an_opinion_from_elsewhere_is_weighed_and_conditions_are_told(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    desk = Desk(app, client, sign_in, lambda: walk.asked(
        walk.in_check(walk.received(stories.FORAMINOPLASTY)), "Please send the notes of 1998."))  # fmt: skip

    # when the paper cannot be had, saying so closes the question
    [row] = desk.now(lambda case: information.questions_of(information.open_request(case)))
    cannot = {f"cannot-{row.id}": "The hospital of 1998 has closed and its notes were destroyed.", "then": "send"}
    assert desk.sends("rosa_spine", "/information/answers", **cannot).status_code == 302
    opinion = "Professor Wynne, Cardiff, examined the patient and advises the operation."
    assert desk.sends("rosa_spine", "/information/further", once="1", further=opinion).status_code == 302

    # then both wait for a word of the office, and the opinion goes into the papers with it
    waiting = desk.now(information.not_considered)
    assert len(waiting) == 2
    for one in waiting:
        said = {f"considered-{one.id}": "Taken into account, though it comes from outside our area."}
        assert desk.sends("sam_screens", f"/information/questions/{one.id}/consideration", **said).status_code == 302
    papers = desk.now(papers_of)
    assert any(opinion in one.answer and "Taken into account" in one.considered for one in papers.asked)

    # and where it is funded without a panel, its condition stands in the letters
    desk.now(lambda case: _to_screening(case))
    points = points_of(desk.opens("sam_screens", "/screening"))
    typed = {
        "comparator_answer": "confirmed", "group_answer": "no", "recommendation": "approve",
        "in_the_round": "Together they set her apart.", "reasons": "The treatment was funded before and worked.",
        "plain_reasons": "It helped you, so it goes on.", "would_change": "Nothing.", "approval_ground": "continuation",
        "approval_because": "The report shows it.", "approval_amount": "none",
        "approval_conditions": "Report the Oswestry score at three months",
    }  # fmt: skip
    for name in ("question_distinct", "question_robust_case"):
        typed |= {f"{name}_answer": "yes", f"{name}_reasons": "Shown by the report of the first operation."}
    for name in points:
        typed |= {f"point_{name}_answer": "accepted", f"point_{name}_reasons": "Seen on the scan."}
    assert desk.sends("sam_screens", "/screening", **typed).status_code == 302
    desk.may("sam_screens", "conclude_screening")
    desk.may("maya_manages", "approve_at_screening")
    for letter in ("decision_funded", "decision_funded_patient"):
        assert desk.letter(letter)["conditions"] == ["Report the Oswestry score at three months."]


def _to_screening(case: Case) -> None:
    walk.in_screening(case)
    db.session.commit()
