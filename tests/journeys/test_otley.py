"""A patient was held to be like all others while four facts that were sent were never weighed. Here each needs an answer."""

from flask import Flask
from flask.testing import FlaskClient

from ifr import clock
from ifr.cases.models import Case
from ifr.db import db
from ifr.demo import accounts, hearing, stories, walk
from ifr.demo.stories import another
from tests.journeys.desk import Desk, SignIn, points_of

FACTS = (
    "The first three cycles brought the tumour down by half",
    "Hardly any side effects",
    "Each cycle costs less than the hospital care that it saves",
    "Without it no other treatment is left for the years ahead",
)
STORY = another(
    stories.FORAMINOPLASTY, name="Vera Otto", born_on="9 9 1950",
    points=tuple((what, "clinical", "Not known", "It shows that the benefit is likely", "distinct") for what in FACTS),
)  # fmt: skip


def test_every_fact_that_was_sent_is_answered_at_screening_and_again_by_the_panel(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    desk = Desk(app, client, sign_in, lambda: walk.in_screening(walk.in_check(walk.received(STORY))))
    page = desk.opens("sam_screens", "/screening")
    assert all(fact in page for fact in FACTS)

    # when the screener writes a record that answers the questions and one of the four facts
    numbers = points_of(page)
    assert len(numbers) == 4
    typed = {
        "comparator_answer": "confirmed", "group_answer": "no", "recommendation": "not_fund",
        "question_distinct_answer": "no", "question_distinct_reasons": "The scan looks like that of others.",
        "question_robust_case_answer": "no", "question_robust_case_reasons": "Two case series only.",
        "in_the_round": "Nothing sets the patient apart.", "reasons": "The circumstances are shared by many.",
        "plain_reasons": "Others are in the same position.", "would_change": "A clinical difference.",
        f"point_{numbers[0]}_answer": "not_accepted", f"point_{numbers[0]}_reasons": "Seen in most who begin the treatment.",
    }  # fmt: skip
    assert desk.sends("sam_screens", "/screening", **typed).status_code == 302

    # then it is not concluded, and each fact that was passed over is named
    desk.may_not("sam_screens", "conclude_screening", *(f"Point {n} needs your finding, with reasons." for n in (2, 3, 4)))

    # when all four are weighed, and the screener finds that a panel should hear it
    for number in numbers:
        typed |= {f"point_{number}_answer": "accepted", f"point_{number}_reasons": "Borne out by the letters of May and June."}
    typed |= {"recommendation": "refer", "question_distinct_answer": "yes", "question_robust_case_answer": "yes"}
    assert desk.sends("sam_screens", "/screening", **typed).status_code == 302
    desk.may("sam_screens", "conclude_screening")
    desk.may("petra_screens", "refer_to_panel")

    # then the panel answers the four as well before its chair can confirm anything
    desk.now(_taken)
    desk.may("stan_minutes", "record_decision")
    desk.may_not("helen_chairs", "confirm_not_funded", *(f"Point {n} needs the panel" for n in (1, 2, 3, 4)))


def _taken(case: Case) -> None:
    """A quorate meeting has opened the item."""
    meeting = hearing.planned(accounts.CM, clock.today(), members=hearing.MEMBERS)
    hearing.listed(case, meeting)
    for who in (hearing.CHAIR, *hearing.MEMBERS):
        hearing.declared(case, who)
    hearing.opened(meeting)
    hearing.taken(case)
    db.session.commit()
