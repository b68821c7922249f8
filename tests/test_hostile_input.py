"""What a browser sends that no page of ours makes is answered with a sentence, and never with 500."""

import io
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.db import db
from ifr.demo import stories, walk
from ifr.documents import WORD, media_type_of

HUGE = 2**70
SignIn = Callable[[FlaskClient, str], None]


@pytest.mark.parametrize(
    "address",
    [f"/meetings/{HUGE}", f"/meetings/1/items/{HUGE}/papers", f"/interests/{HUGE}", f"/policies/{HUGE}", "/meetings/１"],
)
def test_a_number_that_no_row_can_have_is_a_page_that_does_not_exist(
    client: FlaskClient, sign_in: SignIn, address: str
) -> None:
    sign_in(client, "stan_minutes")
    assert client.get(address).status_code == 404


def test_a_mark_that_somebody_typed_turns_to_the_first_page(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "carol_office")
    assert client.get(f"/worklist?after=0.2026-01-01.{HUGE}").status_code == 200


@pytest.mark.parametrize("seen", [None, "", "abc", "²", "9" * 5000, "-1"])
def test_a_form_that_does_not_say_what_it_was_made_from_is_stale(
    app: Flask, client: FlaskClient, sign_in: SignIn, seen: str | None
) -> None:
    with app.app_context():
        case = walk.allocated(walk.received(stories.HYPERHIDROSIS))
        key = case.key
        db.session.commit()
    sign_in(client, "carol_office")
    answer = client.post(f"/cases/{key}/moves/begin_check", data={} if seen is None else {"seen": seen})
    assert answer.status_code == 409
    assert "This page is out of date" in answer.get_data(as_text=True)


def test_a_stale_page_keeps_what_was_typed(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context():
        case = walk.received(stories.HYPERHIDROSIS)
        key, seen = case.key, case.version - 1
        db.session.commit()
    sign_in(client, "dev_skin")
    words = "The patient has moved away; somebody else will ask."
    answer = client.post(f"/cases/{key}/moves/withdraw", data={"seen": seen, "reason": words})
    assert answer.status_code == 409 and words in answer.get_data(as_text=True)


def archive(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(name, "text")
    return packed.getvalue()


def test_an_archive_is_a_word_document_only_when_it_holds_one() -> None:
    assert media_type_of(archive("word/document.xml")) == WORD
    assert media_type_of(archive("virus.exe")) is None
    assert media_type_of(b"PK\x03\x04" + bytes(50)) is None
