"""Calendars by subscription: read back as a calendar reads them, and holding a reference at most."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from ifr import clock, deadlines
from ifr.cases.models import CONFLICTED, Case, Involvement
from ifr.commands import running
from ifr.db import db, transaction
from ifr.demo import accounts, hearing, stories, walk
from ifr.telling import calendars
from tests.databases import NOW

SignIn = Callable[[FlaskClient, str], None]


def token_of(app: Flask, who: str) -> str:
    with app.app_context(), transaction():
        return calendars.make_token(accounts.user(who))


def read(client: FlaskClient, token: str) -> dict[str, Any]:
    """What the feed holds, by the words that stand in the calendar."""
    answer = client.get("/calendar.ics", query_string={"token": token})
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


@pytest.fixture
def listed(app: Flask) -> tuple[str, str]:
    """A meeting with one request on its agenda, in which one member has a conflict; another request that waits for answers."""
    with app.app_context(), transaction():
        case = walk.ready_for_panel(walk.in_screening(walk.in_check(walk.allocated(walk.received(stories.FORAMINOPLASTY)))))
        meeting = hearing.planned(accounts.CM, clock.today() + timedelta(days=9))
        hearing.listed(case, meeting)
        for who in (hearing.CHAIR, *hearing.MEMBERS):
            hearing.declared(case, who)
        conflicted = accounts.user("omar_member").id
        for part in db.session.scalars(
            select(Involvement).where(Involvement.case_id == case.id, Involvement.user_id == conflicted)
        ):
            part.interest = CONFLICTED
        asked = walk.asked(walk.in_check(walk.allocated(walk.received(stories.BLUSHING))), "How long?")
        return case.key, asked.key


MEETING = "Panel meeting: NHS Cheshire and Merseyside Integrated Care Board"


def test_each_person_reads_his_or_her_own_days_and_a_wall_hides_the_item_and_not_the_meeting(
    app: Flask, client: FlaskClient, listed: tuple[str, str]
) -> None:
    case, asked = listed
    member, walled, secretary = (
        read(client, token_of(app, who)) for who in ("nina_member", "omar_member", "stan_minutes")
    )
    assert member[MEETING]["DESCRIPTION"] == secretary[MEETING]["DESCRIPTION"] == f"Requests: {case}"
    assert "DESCRIPTION" not in walled[MEETING]
    assert {str(one[MEETING]["UID"]) for one in (member, walled, secretary)} == {str(member[MEETING]["UID"])}
    assert member[MEETING]["DTSTART"].dt == clock.today() + timedelta(days=9)
    office, clinician = read(client, token_of(app, "carol_office")), read(client, token_of(app, "dev_skin"))
    assert f"{case}: Decide the request" in office and MEETING not in office
    assert [one for one in clinician if one.startswith(asked)] == [f"{asked}: Answer the office's questions"]
    assert f"{asked}: Answer the office's questions" not in office
    everything = str([*member.values(), *walled.values(), *office.values(), *clinician.values()])
    for said in (*stories.FORAMINOPLASTY.patient.values(), "oraminoplasty", "lushing"):
        assert said not in everything


def test_an_entry_keeps_its_name_and_counts_its_changes(app: Flask, client: FlaskClient, listed: tuple[str, str]) -> None:
    token = token_of(app, "carol_office")
    name = f"{listed[0]}: Decide the request"
    first, again = read(client, token)[name], read(client, token)[name]
    assert (first["SEQUENCE"], again["SEQUENCE"], again["DTSTAMP"].dt) == (0, 0, NOW)
    with app.app_context(), transaction():
        stream = db.session.scalars(select(Case.id).where(Case.reference == listed[0])).one()
        row = next(one for one in deadlines.open_deadlines(f"case:{stream}") if one.label == "Decide the request")
        row.due_on += timedelta(days=7)
    with clock.at(NOW + timedelta(hours=1)):
        changed = read(client, token)[name]
    assert (changed["UID"], changed["SEQUENCE"]) == (first["UID"], 1)
    assert changed["DTSTART"].dt - first["DTSTART"].dt == timedelta(days=7)
    assert changed["DTSTAMP"].dt == NOW + timedelta(hours=1)


def test_a_token_opens_until_another_is_made_or_it_is_revoked_and_only_its_digest_is_kept(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, "nina_member")
    page = client.post("/account/calendar").text
    first = page.split("calendar.ics?token=")[1].split("<")[0]
    assert first not in client.get("/account/calendar").text
    with app.app_context():
        assert first not in str(db.session.execute(calendars.CalendarFeed.__table__.select()).all())
    second = client.post("/account/calendar").text.split("calendar.ics?token=")[1].split("<")[0]
    stranger = app.test_client()
    assert stranger.get(f"/calendar.ics?token={first}").status_code == 404
    assert read(stranger, second) is not None
    assert client.post("/account/calendar/end").status_code == 302
    for token in (second, "", "x" * 100_000, "\x00", "ä"):
        assert stranger.get("/calendar.ics", query_string={"token": token}).status_code == 404


def test_a_closed_account_has_no_calendar(app: Flask, client: FlaskClient) -> None:
    token = token_of(app, "nina_member")
    with app.app_context(), transaction():
        accounts.user("nina_member").closed_at = clock.now()
    assert client.get("/calendar.ics", query_string={"token": token}).status_code == 404


def test_the_token_stands_in_no_log(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(app, "nina_member")
    with caplog.at_level(logging.DEBUG):
        read(client, token)
    assert token not in caplog.text
    # The line that the server writes of each answer has the path and not the query, in which the token stands.
    said: list[list[str]] = []
    monkeypatch.setattr(running.os, "execv", lambda program, arguments: said.append(arguments))
    running.serve.callback(host="127.0.0.1", port=0, workers=1)
    line = said[0][said[0].index("--access-logformat") + 1]
    assert "%(U)s" in line and not any(part in line for part in ("%(r)s", "%(q)s", "%(f)s"))
