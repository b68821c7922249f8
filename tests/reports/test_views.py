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
