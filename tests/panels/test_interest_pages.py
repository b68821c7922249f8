"""The pages of interests: asking, answering, stopping in the middle of the papers, clearing, and who opened what."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr.cases.identity import Patient
from ifr.cases.models import Case
from ifr.db import db
from ifr.panels.sitting import open_item_of
from tests.panels import walking


def test_interests_are_asked_about_found_and_cleared_on_pages(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]
) -> None:
    with app.app_context():
        case = walking.ready()
        item = walking.listed(case, walking.planned(case))
        walking.declared(case, "nina_member")
        key, part = case.key, walking.part_of(case, "omar_member")
        meeting_id, item_id = item.meeting_id, item.id
        name = db.session.scalars(select(Patient.name).where(Patient.case_id == case.id)).one()
        db.session.commit()

    def page(address: str) -> str:
        return client.get(address).text

    sign_in(client, "omar_member")
    assert client.post(f"/interests/{part}/question", data={"words": " "}).status_code == 422
    assert client.post(f"/interests/{part}/question", data={"words": "x" * 3_000}).status_code == 422
    assert client.post(f"/interests/{part}/question", data={"words": "Sam Poole\0 of Ely"}).status_code == 302
    assert "Not answered yet" in page("/my-questions") and "Not answered yet" in page(f"/interests/{part}")
    assert client.get(f"/cases/{key}/identity-questions/1").status_code == 403

    sign_in(client, "stan_minutes")
    meeting = page(f"/meetings/{meeting_id}")
    assert "asks whether the patient is somebody" in meeting
    asked = meeting.split("/identity-questions/")[1].split('"')[0]
    address = f"/cases/{key}/identity-questions/{asked}"
    assert name is not None and name in page(address) and "Sam Poole" in page(address)
    assert client.post(address).status_code == 422
    assert client.post(address, data={"is_that_person": "yes"}).status_code == 302
    assert name not in page(address), "the patient is named for the answer alone"

    sign_in(client, "omar_member")
    assert client.get(f"/interests/{part}").status_code == 404
    assert "the item is private to you" in page(f"/my-questions/{asked}") and key not in page(f"/my-questions/{asked}")
    assert client.post(f"/my-questions/{asked}", data={"why": ""}).status_code == 422
    assert client.post(f"/my-questions/{asked}", data={"why": "We only share a street"}).status_code == 302

    sign_in(client, "nina_member")
    assert "Stop, I know this person" in page(f"/meetings/{meeting_id}/items/{item_id}/papers")
    assert client.get(f"/my-questions/{asked}").status_code == 404
    assert client.post(f"/cases/{key}/stop", data={"note": "y" * 3_000}).status_code == 422
    assert client.post(f"/cases/{key}/stop").status_code == 302
    for closed in (f"/meetings/{meeting_id}/items/{item_id}/papers", f"/cases/{key}", f"/cases/{key}/stop"):
        assert client.get(closed).status_code == 404

    sign_in(client, "maya_manages")
    sheet = page(f"/cases/{key}/interests")
    assert "We only share a street" in sheet and "Stopped while reading" in sheet and "The papers" in sheet
    assert "Nina Castell" in page(f"/cases/{key}/opened")
    with app.app_context():
        found = db.session.scalars(select(Case).where(Case.reference == key)).one()
        version, omar = found.version, walking.accounts.user("omar_member").id
        assert open_item_of(found) is not None
    clear = f"/cases/{key}/interests/{omar}/clear"
    assert client.post(clear, data={"because": "", "seen": version}).status_code == 422
    assert client.post(clear, data={"because": "A street is no interest", "seen": version - 1}).status_code == 409
    assert client.post(clear, data={"because": "A street is no interest", "seen": version}).status_code == 302
    assert "Cleared by Maya" in page(f"/cases/{key}/interests")
