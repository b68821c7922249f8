"""The pages of the calendar, of the times and of what would be: who opens them, and what they do with nonsense."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.access import Role
from ifr.cases.models import CONFLICTED
from ifr.cases.services import involve
from ifr.db import transaction
from ifr.demo import accounts, hearing, stories, walk
from tests.reports.times.conftest import declined, like, on

SignIn = Callable[[FlaskClient, str], None]
PAGES = ("/calendar", "/calendar?view=list", "/reports/times", "/reports/waiting")


@pytest.fixture
def key(app: Flask) -> str:
    """A request whose clock is paused, one that was declined, and a meeting that could take the first."""
    with app.app_context(), transaction():
        declined(1, 5, 3)
        with on(16, month=11):
            case = walk.asked(walk.in_check(walk.received(stories.FORAMINOPLASTY)), "When was the scan made?")
        hearing.planned(accounts.CM, date(2026, 12, 11), members=("omar_member", "nina_member", "leo_lay"))
        return case.key


def test_the_pages_open_for_the_office_alone(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    for who, status in (("maya_manages", 200), ("sam_screens", 200), ("dev_skin", 403), ("helen_chairs", 403)):
        sign_in(client, who)
        assert {client.get(path).status_code for path in PAGES} == {status}, who
    # The clinician who asked sees the request, but works in no office.
    sign_in(client, "rosa_spine")
    assert client.get(f"/cases/{key}/what-if").status_code == 403
    sign_in(client, "omar_member")
    assert client.get(f"/cases/{key}/what-if").status_code in (403, 404)


def test_what_nobody_can_mean_is_taken_as_not_asked(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "maya_manages")
    for month in ("2026-13", "0000-01", "99999-1", "٢٠٢٦-01", "x" * 5000, "2026-1\x00", "-1-1", "2200-01", "1899-12"):
        page = client.get("/calendar", query_string={"month": month})
        assert (page.status_code, "Calendar: November 2026" in page.text) == (200, True), month
    for month in ("1900-01", "2199-12", "2027-2"):
        address = f"/calendar?month={month}&view=list&mine=yes&whose=others&office=99999999999999999999"
        assert client.get(address).status_code == 200
    assert client.get("/reports/times?office=99999999999999999999&period=x%00y").status_code == 200
    assert client.get("/reports/waiting?office=-1&period=").status_code == 200


def test_charts_say_in_words_what_they_show_and_carry_no_style_or_script(
    client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    sign_in(client, "maya_manages")
    page = client.get("/reports/times").text
    charts = re.findall(r"<svg[^>]*app-chart__picture.*?</svg>", page, re.DOTALL)
    assert len(charts) == 2
    for chart in charts:
        assert 'role="img"' in chart and "<title" in chart and "<desc" in chart and "<text" in chart
        assert not re.search(r"\bstyle=|<style|<script|xlink|\bon[a-z]+=", chart)
    assert "Finish the check: median" in charts[0]
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {one for chart in charts for one in re.findall(r"#([\w.-]+)\)", chart)} <= set(ids)
    # What each draws stands in a table below it.
    assert all("<td" in page.split(chart)[1].split("<h2")[1 if chart == charts[0] else 0] for chart in charts)


def test_a_day_that_nobody_can_mean_is_answered_in_a_sentence(client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "carol_office")

    def asked(day: str, month: str, year: str) -> tuple[int, str]:
        answer = client.get(f"/cases/{key}/what-if", query_string={"on-day": day, "on-month": month, "on-year": year})
        return answer.status_code, answer.text

    status, page = asked("9", "12", "2026")
    assert status == 200 and "11 December 2026" in page and "In time" in page
    # Unasked, the day is that by which the answer is due.
    assert "If the answer arrives on 14 December 2026" in client.get(f"/cases/{key}/what-if").text
    for typed, said in (
        (("31", "2", "2027"), "The day must be a real date"),
        (("", "12", "2026"), "The day must include a day"),
        (("", "", ""), "Enter the day"),
        (("20", "11", "2026"), "today or later"),
        (("1", "1", "2199"), "no later than"),
        (("9" * 400, "1", "2027"), "The day must be a real date"),
        (("1", "1", "2\x0027"), "The day must"),
    ):
        status, page = asked(*typed)
        assert (status, said in page) == (422, True), typed
    assert 'value="2199"' in asked("1", "1", "2199")[1]
    assert client.get(f"/cases/{key}").text.count(f"/cases/{key}/what-if") == 1


def test_a_conflict_of_interest_closes_every_page_that_would_name_the_request(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    sign_in(client, "petra_screens")
    assert any(key in client.get(path + "?office=2").text for path in PAGES)
    with app.app_context(), transaction():
        from ifr.cases.services import visible_case

        involve(visible_case(key, accounts.user("carol_office")), accounts.user("petra_screens").id, Role.PANEL_MEMBER,
                interest=CONFLICTED)  # fmt: skip
    office = f"office={_office(app)}"
    for path in PAGES:
        assert key not in client.get(f"{path}{'&' if '?' in path else '?'}{office}").text
    assert client.get(f"/cases/{key}/what-if").status_code == 404
    assert client.get("/cases/IFR-2026-9999/what-if").status_code == 404


def _office(app: Flask) -> int:
    with app.app_context():
        return accounts.organisation(accounts.CM).id


def test_an_urgent_request_is_marked_in_words(client: FlaskClient, app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction(), on(19, month=11):
        urgent = walk.received(like(2, urgent="yes", needed_by="30 11 2026", harm_of_waiting="Harm.")).key
    sign_in(client, "carol_office")
    marks = rf"{urgent}</a>\s*<strong[^>]*>Urgent</strong>\s*<strong[^>]*>Late</strong>\s*<span[^>]*>Acknowledge the request"
    assert re.search(marks, client.get("/calendar").text)
