"""The page of those who run the service."""

from flask import Flask

from ifr import clock, runs
from ifr.db import transaction
from ifr.demo import stories, walk


def test_the_page_names_a_request_only_to_who_may_see_it(app: Flask, client, sign_in) -> None:
    with app.app_context(), transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        runs.finished("remind", "Remind", done=0, failed=1, next_at=clock.now())
        runs.failed("remind", "1", kind="KeyError", stream=case.stream)
        key_of_it = case.key
    seen = {}
    for key in ("maya_manages", "alan_audits"):
        sign_in(client, key)
        page = client.get("/operations")
        assert page.status_code == 200
        seen[key] = key_of_it in page.text
        assert "Remind" in page.text and "KeyError" in page.text
    assert seen == {"maya_manages": True, "alan_audits": False}
    sign_in(client, "dev_skin")
    assert client.get("/operations").status_code == 403
