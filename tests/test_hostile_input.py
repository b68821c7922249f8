"""What a browser sends that no page of ours makes is answered with a sentence, and never with 500."""

import io
import re
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

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


@pytest.mark.parametrize("address", ["/cases/%00/similar", "/requests/a%00b", "/cases/%1B/patient", "/policies/%00"])
def test_a_word_that_no_row_can_hold_is_a_page_that_does_not_exist(
    client: FlaskClient, sign_in: SignIn, address: str
) -> None:
    sign_in(client, "dev_skin")
    assert client.get(address).status_code in (403, 404)


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


def test_the_trace_of_a_failed_statement_holds_no_value(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as fault:
        db.session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Marek Dolan"})
    assert "Marek Dolan" not in str(fault.value)


def test_a_day_of_many_digits_is_no_day(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "carol_office")
    said = {"asked_on-day": "9" * 30, "asked_on-month": "11", "asked_on-year": "2026", "about": "A wig"}
    answer = client.post("/enquiries/new", data=said)
    assert answer.status_code == 422 and "must be a real date" in answer.get_data(as_text=True)


def test_the_mark_of_a_page_that_a_browser_made_up_is_replaced(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context():
        draft = walk.draft(stories.HYPERHIDROSIS)
        key, ce, trust = draft.key, draft.commissioner_id, draft.provider_id
        db.session.commit()
    sign_in(client, "dev_skin")
    point = {"what": "Scars", "kind": "clinical", "once": "a\x00b"}
    assert client.post(f"/requests/{key}/points/new", data=point).status_code == 302
    step = {"seen": "-1", "kind": "other", "words": "Adults", "once": "a\x00b"}
    assert client.post(f"/requests/{key}/group/steps/new", data=step).status_code in (409, 422)
    for once in ("IFR-2026-0001", "new", "../x", "a\x00" + "b" * 90):
        made = client.post("/requests/before-you-start", data={"commissioner_id": ce, "provider_id": trust, "once": once})
        assert made.status_code == 302 and re.fullmatch(r"/requests/[0-9a-f-]{36}", made.location)
