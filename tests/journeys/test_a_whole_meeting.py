"""One evening of a panel: five people at five screens, six items, a chair with a conflict, a member who leaves, a deferral,
an urgent decision received, the minutes read back, and the letters that follow."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from playwright.sync_api import Locator, Page
from sqlalchemy import select

from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, hearing, stories, walk
from ifr.demo.days import begin, day
from ifr.demo.stories import another
from tests.browser.conftest import Site
from tests.browser.hands import Hands
from tests.browser.letter_hands import let_letters_go
from tests.browser.panel_hands import boxes, record

QUESTIONS = ("distinct", "robust_case")
MEMBERS = ("derek_deputy", "nina_member", "leo_lay")
NAMES = ("Ann Birch", "Bill Crane", "Cora Dean", "Dan East", "Eve Frost")


def an_evening_with_six_items() -> tuple[int, list[str]]:
    """Five requests listed for a meeting of today, and an urgent decision that waits to be received. Everybody has declared
    but the chair on one."""
    begin()
    with day(20):
        cases = [
            walk.ready_for_panel(walk.in_screening(walk.in_check(walk.received(one))))
            for one in (another(stories.FORAMINOPLASTY, name=name, born_on="1 1 1970") for name in NAMES)
        ]
    with day(6):
        urgent = replace(stories.FORAMINOPLASTY, evidence=(), answers={
            **stories.FORAMINOPLASTY.answers, "urgent": "yes", "needed_by": boxes(date.today() + timedelta(days=5)),
            "harm_of_waiting": "The leg is going numb within days.",
        })  # fmt: skip
        case = walk.in_screening(walk.in_check(walk.received(urgent)))
        hearing.asked_chair(case)
        hearing.decided_urgently(case, "funded")
    with transaction():
        meeting = hearing.planned(accounts.CM, date.today(), members=MEMBERS)
        for one in cases:
            hearing.listed(one, meeting)
            for who in (hearing.CHAIR, *MEMBERS):
                if (who, one) != (hearing.CHAIR, cases[1]):
                    hearing.declared(one, who)
        return meeting.id, [one.key for one in [*cases, case]]


def test_five_people_hold_a_whole_meeting(site: Site, look: Callable[[Page], None]) -> None:
    with site.app.app_context():
        number, keys = an_evening_with_six_items()
    meeting, now = f"/meetings/{number}", f"/meetings/{number}/now"
    stan, helen, derek, nina, leo, carol = (
        Hands(site.open_as(who), look)
        for who in ("stan_minutes", "helen_chairs", "derek_deputy", "nina_member", "leo_lay", "carol_office")
    )

    # the chair finds an interest in the third item, and from then on it is private to her
    helen.open("/my-meetings").follow("Declare whether you have an interest")
    helen.fill({"interest": "yes", "note": "The surgeon is my brother-in-law."}).press("Send")
    assert helen.page.goto(f"/cases/{keys[1]}").status == 404

    # the secretary opens the meeting; everybody who is expected has come
    stan.open(meeting).press("Open the meeting")
    stan.open(now).press("Everybody is here")
    for one in (helen, derek, nina, leo):
        one.open(now).reads("No item is open.")

    # item 1: the urgent decision is received, and stands as it was taken
    item(stan, meeting, 1)
    box(stan, 1).get_by_label("What the panel said").fill("Noted; the scan is asked for at three months.")
    stan.press("Record as received", at=box(stan, 1))

    # item 2: considered by all four, not funded
    item(stan, meeting, 2).press("Open this item", at=box(stan, 2))
    for one in (helen, derek, nina, leo):
        one.open(now).reads(keys[0], "Quorum now Reached")
    close_and_record(stan, meeting, keys[0], fund=False)
    confirm(helen, keys[0], "not to fund")

    # item 3: the chair is out of it, the deputy chairs it, and she neither sees nor confirms it
    item(stan, meeting, 3)
    chooser = box(stan, 3).get_by_label("Who chairs this item")
    chooser.select_option(label="Dr Derek Osei")
    stan.press("Let this person chair the item", at=box(stan, 3))
    stan.press("Open this item", at=box(stan, 3))
    helen.open(now).reads("A private item is being discussed").does_not_read(keys[1])
    derek.open(now).reads(keys[1], "Chairs this item Dr Derek Osei")
    close_and_record(stan, meeting, keys[1], fund=True, condition_1_text="Report at three months.")
    assert helen.page.goto(f"/cases/{keys[1]}/decision").status == 404
    confirm(derek, keys[1], "to fund")

    # item 4: the nurse is called away before the vote, and her vote is not asked for
    item(stan, meeting, 4).press("Open this item", at=box(stan, 4))
    nina.open(now).reads("In for this item", "Nina Castell")
    stan.open(now).press(re.compile("Has left.*Nina"))
    leo.open(now).reads("Not in, or not counted Nina Castell", "Quorum now Reached")
    close_and_record(stan, meeting, keys[2], fund=False)
    votes = [name for name in names_on(stan.open(f"/cases/{keys[2]}/decision")) if re.fullmatch(r"vote_\d+", name)]
    assert len(votes) == 3, votes
    confirm(helen, keys[2], "not to fund")
    stan.open(now).press(re.compile("Is back.*Nina"))

    # item 5: something is missing, so it is put off with what, from whom and by when
    item(stan, meeting, 5).press("Open this item", at=box(stan, 5))
    stan.open(f"/cases/{keys[3]}/deferral")
    stan.fill({"gap_1_what": "The operation note", "gap_1_from_whom": "The surgeon", "gap_1_by_on": boxes(in_a_week())})
    stan.fill({"reason": "The operation note is missing."}).press("Defer the request")

    # item 6: the clinician has asked for more time, so it comes off the list with a reason
    item(stan, meeting, 6)
    stan.page.locator("summary", has_text="Take off the list").last.click()
    box(stan, 6).get_by_label("Reason").fill("The clinician has asked for the next meeting.")
    stan.press("Take off the list", at=box(stan, 6))
    stan.open(meeting).press("Close the meeting")

    # the minutes: a draft of the secretary, read back by both who chaired; the third item is closed to the chair
    stan.open(f"{meeting}/minutes").fill({"actions": "The office asks the surgeon for the operation note."})
    stan.press("Save the minutes").press("Give the minutes to the chair")
    helen.open(f"{meeting}/minutes").reads(keys[0], "Nina Castell").does_not_read(keys[1])
    helen.press("I agree these minutes")
    derek.open(f"{meeting}/minutes").reads(keys[1], "The operation note is missing.").press("I agree these minutes")
    stan.open(f"{meeting}/minutes").reads("Agreed")

    # the letters leave, and each request has come to where its decision takes it
    for key in keys[:3]:
        let_letters_go(carol, key)
    assert site.work() >= 6
    with site.app.app_context():
        found = {case.key: case.state for case in db.session.scalars(select(Case))}
    assert [found[key] for key in keys[:5]] == ["not_funded", "approved", "not_funded", "deferred", "ready_for_panel"]


def box(stan: Hands, number: int) -> Locator:
    """One item of the agenda on the page of the meeting."""
    return stan.page.get_by_role("region", name=f"Item {number}", exact=True)


def item(stan: Hands, meeting: str, number: int) -> Hands:
    """The page of the meeting, with this item on it."""
    stan.open(meeting)
    assert box(stan, number).count() == 1, f"{stan.page.url} has no item {number}"
    return stan


def close_and_record(stan: Hands, meeting: str, key: str, *, fund: bool, **words: str) -> None:
    stan.open(meeting).press("Close the item and draft the decision")
    record(stan, key, QUESTIONS, 2, fund=fund, comparator_answer="confirmed", **words)


def confirm(chair: Hands, key: str, words: str) -> None:
    chair.open(f"/cases/{key}/decision").press(f"Confirm the decision: {words}")


def in_a_week() -> date:
    return date.today() + timedelta(days=7)


def names_on(hands: Hands) -> list[str]:
    found: list[str] = hands.page.locator("main [name]").evaluate_all("all => all.map(e => e.name)")
    return list(dict.fromkeys(found))
