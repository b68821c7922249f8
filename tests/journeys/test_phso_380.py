"""Further information that a consultant sent was not considered. Here it stands in the way of the next step until it is."""

import io

from flask import Flask
from flask.testing import FlaskClient

from ifr.cases import information
from ifr.demo import stories, walk
from tests.journeys.desk import Desk, SignIn

LETTER = "The angiogram of this week rules out the usual operation."


def test_the_consultants_further_information_is_considered_before_anybody_decides(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    # given a screening that was concluded, not to fund, and waits for its second signature
    desk = Desk(app, client, sign_in, lambda: walk.screened(
        walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS))), "not_fund"))  # fmt: skip

    # when the consultant sends a letter that nobody asked for
    assert "Send us something more" in desk.opens("dev_skin", "/information")
    nothing = desk.sends("dev_skin", "/information/further", once="1")
    assert nothing.status_code == 422 and "Write what is new, or choose a file." in nothing.text
    file = (io.BytesIO(b"Angiogram: both sides."), "angiogram.txt")
    sent = desk.sends("dev_skin", "/information/further", once="2", further=LETTER, **{"further-file": file})
    assert sent.status_code == 302

    # then nobody ends the request over it, and the refusal leads to the letter
    [row] = desk.now(information.not_considered)
    desk.may_not("petra_screens", "decline_at_screening", "Say what you made of", f"considered-{row.id}")
    assert LETTER in desk.opens("petra_screens", "/information")

    # when the screener has said what it changes, it is sent back and the record is written anew
    considered = {f"considered-{row.id}": "It bears on question 1: screened again."}
    assert desk.sends("petra_screens", f"/information/questions/{row.id}/consideration", **considered).status_code == 302
    desk.may("petra_screens", "send_back_to_screening", reason="The angiogram bears on question 1.")
    assert desk.state() == "in_screening"
    assert "round 2" in desk.opens("sam_screens", "/screening")

    # and the consultant reads that it arrived and when
    assert "Further information of 21 November 2026" in desk.opens("dev_skin", "/information")
