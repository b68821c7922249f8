"""The pages of lists."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.db import transaction
from ifr.demo import stories, walk

SignIn = Callable[[FlaskClient, str], None]


@pytest.fixture
def key(app: Flask) -> str:
    with app.app_context(), transaction():
        return walk.received(stories.HYPERHIDROSIS).key


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("/worklist", "carol_office", 200),
        ("/worklist", "sam_screens", 200),
        ("/worklist", "dev_skin", 403),
        ("/worklist", "helen_chairs", 403),
        ("/letters", "carol_office", 200),
        ("/letters", "sam_screens", 403),
    ],
)
def test_a_list_opens_for_those_whose_work_it_is(
    client: FlaskClient, sign_in: SignIn, path: str, who: str, status: int
) -> None:
    sign_in(client, who)
    assert client.get(path).status_code == status


def test_the_worklist_names_the_request_and_never_the_patient(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "carol_office")
    page = client.get(f"/worklist?words={key}").text
    assert f'href="/cases/{key}"' in page
    assert "1 request" in page
    assert stories.HYPERHIDROSIS.patient["name"] not in page


def test_an_address_that_nobody_made_shows_the_whole_list(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "carol_office")
    page = client.get("/worklist?show=nonsense&stage=nowhere&after=x&mine=perhaps")
    assert page.status_code == 200
    assert "Reference or treatment" in page.text


def test_a_list_that_holds_nothing_says_so(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "carol_office")
    assert "No request is like that." in client.get("/worklist?words=no+such+treatment").text


def test_letters_lead_to_the_page_on_which_they_are_released(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
        key = walk.declined_at_screening(case).key
    sign_in(client, "carol_office")
    assert f'href="/cases/{key}/letters#batch-' in client.get("/letters").text


def test_ticked_requests_are_given_to_a_colleague_and_a_tick_is_not_lost(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "carol_office")
    page = client.get(f"/worklist?words={key}").text
    chosen = page.split('name="chosen" value="')[1].split('"')[0]
    colleague = page.split('id="allocated_to"')[1].split('<option value="')[2].split('"')[0]
    refused = client.post("/worklist/allocation", data={"chosen": chosen, "words": key})
    assert refused.status_code == 422 and "Choose a colleague" in refused.text and "checked" in refused.text
    done = client.post("/worklist/allocation", data={"chosen": chosen, "allocated_to": colleague, "words": key})
    assert done.status_code == 302 and done.location.endswith(f"?words={key}")
    assert "Nobody yet" not in client.get(f"/worklist?words={key}").text.split("<tbody")[1]
    again = client.post("/worklist/allocation", data={"chosen": "nonsense", "allocated_to": colleague})
    assert again.status_code == 422 and "Tick the requests" in again.text


def test_a_view_that_was_kept_stands_above_the_list(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "carol_office")
    assert client.post("/worklist/views", data={"show": "urgent", "name": " "}).status_code == 422
    client.post("/worklist/views", data={"show": "urgent", "name": "Hot ones"})
    page = client.get("/worklist").text
    assert 'href="/worklist?show=urgent">Hot ones</a>' in page
    number = page.split("/worklist/views/")[1].split("/")[0]
    client.post(f"/worklist/views/{number}/removal")
    assert "Hot ones" not in client.get("/worklist").text


def test_todays_list_names_requests_and_no_patient(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "carol_office")
    page = client.get("/worklist/today").text
    assert key in page and stories.HYPERHIDROSIS.patient["name"] not in page
