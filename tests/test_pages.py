"""The frame of every page, its headers, and what fields and filters say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, render_template, render_template_string
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, RadioField, StringField
from wtforms.validators import InputRequired

from ifr import pages
from ifr.config import Config


class Birth(Form):
    name = StringField("Name", [InputRequired("Enter the name")], filters=[pages.plain_text])
    born = pages.DayField("Date of birth", [InputRequired("Enter the date of birth")])
    urgent = RadioField("Urgent?", [InputRequired("Say if it is urgent")], choices={"y": "Yes", "n": "No"})
    agreed = BooleanField("The patient knows")


def a_form(**typed: str) -> Birth:
    form = Birth(MultiDict({key.replace("_", "-"): value for key, value in typed.items()}))
    form.validate()
    return form


def make_app(settings: Config) -> Flask:
    app = Flask("ifr")
    app.config["IFR"] = settings
    app.secret_key = "for tests"
    pages.prepare(app)

    @app.get("/page")
    def page() -> str:
        return render_template("layouts/page.html")

    @app.get("/form")
    def form() -> str:
        return render_template("layouts/page.html", form=a_form(born_day="31"))

    @app.get("/errors/<code>")
    def errors(code: str) -> str:
        return render_template(f"errors/{code}.html")

    return app


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    with make_app(Config()).test_client() as client:
        yield client


def test_every_page_has_its_own_nonce_and_the_policy_names_it(client: FlaskClient) -> None:
    first, second = client.get("/page"), client.get("/page")
    policies = [response.headers["Content-Security-Policy"] for response in (first, second)]
    assert policies[0] != policies[1]
    nonce = policies[0].split("'nonce-")[1].split("'")[0]
    assert first.text.count(f'nonce="{nonce}"') == first.text.count("<script")


def test_no_page_may_stay_on_a_shared_computer_while_files_may(client: FlaskClient) -> None:
    page = client.get("/page")
    assert page.headers["Cache-Control"] == "no-store"
    address = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(address) as sheet:
        assert "immutable" in sheet.headers["Cache-Control"]


def test_no_page_names_another_host(client: FlaskClient) -> None:
    for path in ("/page", "/static/vendor/nhsuk-frontend/nhsuk-frontend.min.css", "/static/css/ifr.css"):
        with client.get(path) as response:
            text = response.text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text


def test_the_logo_is_shown_by_nhs_bodies_only(client: FlaskClient) -> None:
    assert 'aria-label="NHS"' not in client.get("/page").text
    with make_app(Config(nhs_identity=True)).test_client() as nhs:
        assert 'aria-label="NHS"' in nhs.get("/page").text


def test_a_demonstration_says_so_and_production_does_not(client: FlaskClient) -> None:
    assert "Demonstration: synthetic patients only" in client.get("/page").text
    with make_app(Config(environment="production")).test_client() as production:
        assert "synthetic patients" not in production.get("/page").text


def test_a_form_with_problems_lists_them_above_and_in_the_title(client: FlaskClient) -> None:
    text = client.get("/form").text
    assert "<title>Error: " in text
    assert '<a href="#name">Enter the name</a>' in text
    assert '<a href="#born-day">Date of birth must include a month and a year</a>' in text


@pytest.mark.parametrize("code", [400, 403, 404, 405, 413, 500, 503])
def test_an_error_page_needs_nobody_signed_in(client: FlaskClient, code: int) -> None:
    assert "<h1" in client.get(f"/errors/{code}").text


def test_a_field_is_tied_to_its_hint_and_its_error(client: FlaskClient) -> None:
    with client.application.test_request_context():
        text = render_template_string(
            '{% from "components/forms.html" import field %}{{ field(f, hint="As on the form") }}',
            f=a_form().name,
        )
    assert 'aria-describedby="name-hint name-error"' in text
    assert 'id="name-error"' in text and 'id="name-hint"' in text


def test_typed_text_is_shown_as_text_in_every_field(client: FlaskClient) -> None:
    with client.application.test_request_context():
        text = render_template_string(
            '{% from "components/forms.html" import field, textarea %}{{ field(f)}}{{ textarea("t", "", v)}}',
            f=a_form(name='"><script>').name, v="</textarea><script>",
        )
    assert "<script>" not in text


@pytest.mark.parametrize(("typed", "problem"), [
    ({"born_day": "31", "born_month": "2", "born_year": "2020"}, "Date of birth must be a real date"),
    ({"born_day": "3", "born_month": "2", "born_year": "20"}, "Date of birth: the year must have 4 digits"),
    ({"born_day": "3"}, "Date of birth must include a month and a year"),
    ({"born_day": " ", "born_month": "", "born_year": ""}, "Enter the date of birth"),
    ({}, "Enter the date of birth"),
])
def test_a_day_that_cannot_be_read_is_refused_in_words(typed: dict[str, str], problem: str) -> None:
    assert a_form(**typed).born.errors[0] == problem


def test_a_day_in_three_boxes_is_read() -> None:
    form = a_form(born_day=" 3", born_month="04", born_year="1968")
    assert form.born.data == date(1968, 4, 3)
    assert not form.born.errors


def test_plain_text_keeps_what_can_be_seen() -> None:
    assert pages.plain_text(" a\x00\x08b\r\nc\u202ed\te\u0301 ") == "ab\ncd \u00e9"


def test_days_and_moments_are_those_of_london() -> None:
    summer = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert pages.day(summer) == "2 July 2026"
    assert pages.moment(summer) == "2 July 2026 at 12:30am"
    assert pages.moment(datetime(2026, 1, 5, 12, 0, tzinfo=UTC)) == "5 January 2026 at midday"
    assert pages.moment(datetime(2026, 1, 5, 14, 0, tzinfo=UTC)) == "5 January 2026 at 2pm"


def test_money_paragraphs_and_nhs_numbers_read_as_people_write_them() -> None:
    assert pages.money(Decimal("1234.5")) == "£1,234.50"
    assert pages.money(Decimal("-2")) == "-£2.00"
    assert pages.paragraphs("a\nb\n\n\n<c>") == "<p>a<br>b</p>\n<p>&lt;c&gt;</p>"
    assert pages.nhs_number("9991234567") == "999 123 4567"
    assert pages.nhs_number("99912") == "99912"
