"""The page of a death: for those who may know the patient, and what it says to others."""

from ifr.db import transaction
from ifr.demo import stories, walk


def test_the_page_says_what_is_held_back_and_names_nobody_to_those_who_decide(client, sign_in) -> None:
    with client.application.app_context(), transaction():
        case = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        key, version = case.key, case.version
    address = f"/cases/{key}/death"
    sign_in(client, "carol_office")
    assert "Record that the patient has died" in client.get(address).text
    wrong = client.post(address, data={"seen": version, "once": "x", "died_on-day": "1", "died_on-month": "1",
                                       "died_on-year": "2031", "source": "The practice rang"})  # fmt: skip
    assert wrong.status_code == 422 and "today or an earlier day" in wrong.text and "The practice rang" in wrong.text
    right = client.post(address, data={"seen": version, "once": "x", "source": "The practice rang"})
    assert right.status_code == 302
    assert "The practice rang" in client.get(address).text
    assert "The patient has died" in client.get(f"/cases/{key}").text
    sign_in(client, "sam_screens")
    assert client.get(address).status_code in (403, 404)
    shown = client.get(f"/cases/{key}").text
    assert "The patient has died" in shown and "The practice rang" not in shown
