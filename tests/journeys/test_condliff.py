"""Social circumstances may be left out under a published clause, and a renewed request may be refused when nothing in it is
new. Both are lawful, and both have to be said: under which clause, and what was new and what was not."""

from flask import Flask
from flask.testing import FlaskClient

from ifr.demo import stories, walk
from tests.journeys.desk import Desk, SignIn, points_of

CLAUSE = "Example clause on social factors (demonstration)"


def test_a_social_circumstance_is_left_out_only_under_a_clause_that_the_letter_names(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    desk = Desk(app, client, sign_in, lambda: walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    page = desk.opens("sam_screens", "/screening")
    first, second = points_of(page)
    typed = {
        "comparator_answer": "confirmed", "group_answer": "no", "recommendation": "not_fund",
        "question_different_answer": "no", "question_different_reasons": "Its severity is that of most who ask.",
        "question_more_benefit_answer": "no", "question_more_benefit_reasons": "The request does not say.",
        f"point_{first}_answer": "not_accepted", f"point_{first}_reasons": "Shared by most of the group.",
        f"point_{second}_answer": "not_taken_into_account", f"point_{second}_reasons": "It has no clinical consequence.",
        "in_the_round": "Together they do not set him apart.", "reasons": "Neither question is answered.",
        "plain_reasons": "Your case is like that of others.", "would_change": "A clinical difference.",
    }  # fmt: skip
    assert desk.sends("sam_screens", "/screening", **typed).status_code == 302
    desk.may_not("sam_screens", "conclude_screening", "Point 2 is left out: name the clause that says so, or weigh it.")
    assert desk.sends("sam_screens", "/screening", **typed, **{f"point_{second}_clause": CLAUSE}).status_code == 302
    desk.may("sam_screens", "conclude_screening")
    desk.may("petra_screens", "decline_at_screening")
    for letter in ("screening_refusal", "screening_refusal_patient"):
        facts = desk.letter(letter)
        assert facts["factors"][1]["clause"] == CLAUSE and facts["factors"][1]["reasons"]
        assert facts["challenge"] and facts["plain_reasons"]

    # when the request comes back, a person says what is new in it, line by line
    again = Desk(app, client, sign_in, lambda: walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))))
    page = again.opens("sam_screens", "/screening")
    first, second = points_of(page)
    typed = {key.replace("point_", "old_"): value for key, value in typed.items()} | {
        "recommendation": "nothing_new", "earlier_reference": desk.key, "earlier_decision": "Not funded at screening.",
        f"point_{first}_answer": "not_accepted", f"point_{first}_reasons": "As before.",
        f"point_{second}_answer": "not_accepted", f"point_{second}_reasons": "As before.",
    }  # fmt: skip
    assert again.sends("sam_screens", "/screening", **typed).status_code == 302
    again.may_not("sam_screens", "conclude_screening", "List each new statement of this request, with what you make of it.")
    new = {"statements-0-text": "The sweating has come back.", "statements-0-answer": ""}
    assert again.sends("sam_screens", "/screening", **typed, **new).status_code == 302
    again.may_not("sam_screens", "conclude_screening", "Say what you make of new statement 1.")
    new["statements-0-answer"] = "The first request said so and it was weighed: page 2 of the decision."
    assert again.sends("sam_screens", "/screening", **typed, **new).status_code == 302
    again.may("sam_screens", "conclude_screening")
    again.may("petra_screens", "find_nothing_new")
    told = again.letter("nothing_new_patient")
    assert told["statements"] == [{"text": new["statements-0-text"], "answer": new["statements-0-answer"]}]
    assert told["earlier"]["reference"] == desk.key
