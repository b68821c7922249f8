from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from ifr import audit, clock
from ifr.access import Role
from ifr.db import db, transaction
from ifr.people import services
from ifr.people.models import SignIn

PASSWORD = "five blue herons"
# Any address that takes a form from a clinician; what it makes of the form is no matter here.
FORM = "/cases/IFR-2026-0001/moves/withdraw"


class Forms(HTMLParser):
    """The forms of a page: for each its address and its fields, as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, list[tuple[str, str]]] = {}
        self.here: list[tuple[str, str]] | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.here = self.found.setdefault(said["action"], [])
        elif tag == "input" and self.here is not None:
            self.here.append((said["name"], said.get("value") or ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self.here = None


def fields_of(response, action) -> dict[str, str]:
    return dict(Forms(response.get_data(as_text=True)).found[action])


def later(**much):
    return clock.at(clock.now() + timedelta(**much))


@pytest.fixture
def people(app):
    """Two clinicians of one hospital."""
    with app.app_context(), transaction():
        hospital = services.ensure_organisation(
            slug="south-hospital", kind="provider", name="South hospital", by="command:test"
        )
        for name in ("ash", "briar"):
            user = services.add_user(
                name=name.title() + " Holt", email=f"{name}@example.nhs.uk", password=PASSWORD, by="command:test"
            )
            services.add_membership(user=user, organisation=hospital, role=Role.CLINICIAN, by="command:test")


@pytest.fixture
def browser(people, client):
    return client


@pytest.fixture
def with_csrf(app):
    before, app.config["WTF_CSRF_ENABLED"] = app.config["WTF_CSRF_ENABLED"], True
    yield
    app.config["WTF_CSRF_ENABLED"] = before


def sign_in_as(browser, name, password=PASSWORD, **more):
    return browser.post("/sign-in", data={"email": f"{name}@example.nhs.uk", "password": password, **more})


def test_somebody_signs_in_sees_the_account_and_signs_out(browser, app):
    answer = sign_in_as(browser, "ash")
    assert (answer.status_code, answer.location) == (302, "/")
    account = browser.get("/account").get_data(as_text=True)
    assert "Ash Holt" in account
    assert "South hospital" in account
    assert "Clinician" in account
    assert browser.post("/sign-out").location == "/sign-in"
    assert browser.get("/account").status_code == 302
    with app.app_context():
        assert db.session.scalars(select(SignIn.ended_because).order_by(SignIn.id)).all()[-1:] == ["signed_out"]


def test_the_cookie_holds_the_token_and_nothing_about_the_person(browser, app):
    sign_in_as(browser, "ash")
    browser.get("/account")
    with browser.session_transaction() as session:
        assert set(session) <= {"token", "csrf_token"}
        token = session["token"]
    with app.app_context():
        assert services.user_for(token).email == "ash@example.nhs.uk"


def test_a_wrong_password_is_answered_with_one_sentence_and_noted_without_the_address(browser, app):
    known = sign_in_as(browser, "ash", "wrong")
    unknown = sign_in_as(browser, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 422
    for page in (known, unknown):
        assert "The email address or the password is wrong" in page.get_data(as_text=True)
    assert 'value="ash@example.nhs.uk"' in known.get_data(as_text=True)
    assert "value=\"wrong\"" not in known.get_data(as_text=True)
    with app.app_context():
        noted = [event.facts for event in audit.events("people") if event.action == "fail_sign_in"]
    assert len(noted) == 2
    assert "example.nhs.uk" not in str(noted)


def test_an_empty_form_says_what_is_missing(browser):
    page = browser.post("/sign-in", data={})
    assert page.status_code == 422
    assert "Enter your email address" in page.get_data(as_text=True)
    assert "Enter your password" in page.get_data(as_text=True)


@pytest.mark.parametrize("typed", ["ash\x00@example.nhs.uk", "a" * 100_000, "\u202eash@example.nhs.uk", "🙂"])
def test_odd_addresses_are_answered_and_do_not_break_anything(browser, typed):
    assert browser.post("/sign-in", data={"email": typed, "password": "wrong"}).status_code == 422


def test_after_ten_failures_the_page_says_when_to_try_again(browser):
    for _ in range(10):
        assert sign_in_as(browser, "ash", "wrong").status_code == 422
    refused = sign_in_as(browser, "ash")
    assert refused.status_code == 429
    assert "Try again in 15 minutes" in refused.get_data(as_text=True)
    assert sign_in_as(browser, "briar").status_code == 302


def test_who_is_not_signed_in_is_sent_to_sign_in_and_then_on(browser):
    answer = browser.get("/account?tab=one")
    assert answer.status_code == 302
    target = urlsplit(answer.location)
    assert (target.path, parse_qs(target.query)) == ("/sign-in", {"next": ["/account?tab=one"]})
    form = fields_of(browser.get(answer.location), "/sign-in")
    assert sign_in_as(browser, "ash", next=form["next"]).location == "/account?tab=one"
    assert browser.get(answer.location).location == "/account?tab=one"


@pytest.mark.parametrize(
    "target",
    ["https://example.com/", "//example.com/", "/\\example.com", "\\\\example.com", "/\t/example.com", "javascript:x",
     "account", "/a\r\nLocation: //example.com"],
)
def test_nobody_is_sent_on_to_another_site(browser, target):
    assert sign_in_as(browser, "ash", next=target).location == "/"
    assert browser.get("/sign-in", query_string={"next": target}).location == "/"


def test_pages_keep_a_sign_in_alive(browser):
    sign_in_as(browser, "ash")
    for minutes in (20, 40, 60):
        with later(minutes=minutes):
            assert browser.get("/account").status_code == 200
    with later(minutes=91):
        assert browser.get("/account").status_code == 302


def test_the_first_page_is_where_a_clinicians_work_begins(browser):
    sign_in_as(browser, "ash")
    assert browser.get("/").location == "/requests"


def test_a_role_that_has_ended_opens_nothing(browser, app):
    with app.app_context(), transaction():
        held = services.person(services.authenticate("ash@example.nhs.uk", PASSWORD).id).memberships[0]
        held.until_on = clock.today()
    sign_in_as(browser, "ash")
    assert browser.get("/account").status_code == 200
    with later(days=1):
        sign_in_as(browser, "ash")
        assert browser.get("/account").status_code == 403


@pytest.fixture
def lapsed(browser):
    """A browser in which Ash's sign-in has lapsed."""
    sign_in_as(browser, "ash")
    with later(minutes=31):
        yield browser


def send(browser, data=None):
    return browser.post(FORM, data=data or {"aim": "Less pain,\r\nmore walking", "measure": ["a", "b"]})


def test_what_was_typed_into_a_lapsed_sign_in_comes_back_to_the_same_person(lapsed):
    page = send(lapsed)
    assert page.status_code == 401
    assert "kept, but not saved yet" in page.get_data(as_text=True)
    kept = fields_of(page, "/sign-in")["kept"]
    wrong = sign_in_as(lapsed, "ash", "wrong", kept=kept)
    assert fields_of(wrong, "/sign-in")["kept"] == kept

    again = sign_in_as(lapsed, "ash", kept=kept)
    words = again.get_data(as_text=True)
    assert again.status_code == 200
    assert "You are signed in again as Ash Holt" in words
    assert "not saved yet" in words
    sent = [pair for pair in Forms(words).found[FORM] if pair[0] != "csrf_token"]
    assert sent == [("aim", "Less pain,\r\nmore walking"), ("measure", "a"), ("measure", "b")]
    assert lapsed.get("/account").status_code == 200


def test_what_was_typed_is_dropped_when_somebody_else_signs_in(lapsed):
    kept = fields_of(send(lapsed), "/sign-in")["kept"]
    answer = sign_in_as(lapsed, "briar", kept=kept)
    assert (answer.status_code, answer.location) == (302, "/")
    account = lapsed.get("/account").get_data(as_text=True)
    assert "typed by somebody else" in account
    assert "Less pain" not in answer.get_data(as_text=True) + account


def test_where_nobody_knows_whose_it_was_whoever_signs_in_gets_it_back(browser):
    page = browser.post(FORM, data={"aim": "Less pain"})
    assert page.status_code == 401
    again = sign_in_as(browser, "briar", kept=fields_of(page, "/sign-in")["kept"])
    assert ("aim", "Less pain") in Forms(again.get_data(as_text=True)).found[FORM]


def test_files_cannot_be_kept_and_the_page_says_so(lapsed):
    page = send(lapsed, {"aim": "Less pain", "file": (BytesIO(b"%PDF"), "scan of june.pdf")})
    assert "Files cannot be kept" in page.get_data(as_text=True)
    again = sign_in_as(lapsed, "ash", kept=fields_of(page, "/sign-in")["kept"])
    assert "scan of june.pdf" in again.get_data(as_text=True)


def test_a_very_long_answer_survives(lapsed):
    answer = "Pain on walking, 😖 and at night. " * 3_000
    page = send(lapsed, {"aim": answer})
    again = sign_in_as(lapsed, "ash", kept=fields_of(page, "/sign-in")["kept"])
    assert ("aim", answer) in Forms(again.get_data(as_text=True)).found[FORM]


def test_a_kept_text_that_was_tampered_with_or_is_a_day_old_is_refused_in_words(lapsed):
    kept = fields_of(send(lapsed), "/sign-in")["kept"]
    assert sign_in_as(lapsed, "ash", kept=kept[:-2] + "xx").status_code == 302
    assert "could not be kept" in lapsed.get("/account").get_data(as_text=True)
    with later(hours=13):
        assert sign_in_as(lapsed, "ash", kept=kept).status_code == 302
        assert "could not be kept" in lapsed.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.com"}, {"Origin": "null"}]
)
def test_nothing_that_another_site_sends_is_kept(browser, with_csrf, headers):
    page = browser.post(FORM, data={"aim": "planted"}, headers=headers)
    assert page.status_code == 401
    assert fields_of(page, "/sign-in")["kept"] == ""


def test_a_lapsed_sign_in_is_answered_as_such_and_not_as_a_forged_form(browser, with_csrf):
    page = browser.post(FORM, data={"aim": "Less pain"})
    assert page.status_code == 401
    form = fields_of(page, "/sign-in")
    again = sign_in_as(browser, "ash", kept=form["kept"], csrf_token=form["csrf_token"])
    kept = dict(Forms(again.get_data(as_text=True)).found[FORM])
    assert browser.post(FORM, data=kept).status_code != 400


def test_a_form_without_its_token_is_not_taken_and_what_was_typed_is_kept(browser, with_csrf):
    token = fields_of(browser.get("/sign-in"), "/sign-in")["csrf_token"]
    sign_in_as(browser, "ash", csrf_token=token)
    page = browser.post(FORM, data={"aim": "Less pain", "csrf_token": token})
    words = page.get_data(as_text=True)
    assert page.status_code == 400
    assert "not saved yet" in words
    kept = dict(Forms(words).found[FORM])
    assert kept["aim"] == "Less pain"
    assert browser.post(FORM, data=kept).status_code != 400


def test_a_form_of_another_site_is_not_taken_and_not_offered_again(browser, with_csrf):
    token = fields_of(browser.get("/sign-in"), "/sign-in")["csrf_token"]
    sign_in_as(browser, "ash", csrf_token=token)
    page = browser.post(FORM, data={"aim": "planted"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 400
    assert "Nothing was saved" in page.get_data(as_text=True)
    assert "planted" not in page.get_data(as_text=True)


def test_a_sign_in_page_that_was_open_too_long_asks_again(browser, with_csrf):
    page = sign_in_as(browser, "ash")
    assert page.status_code == 400
    assert "had been open for too long" in page.get_data(as_text=True)
    token = fields_of(page, "/sign-in")["csrf_token"]
    assert sign_in_as(browser, "ash", csrf_token=token).status_code == 302


def test_signing_in_takes_the_place_of_who_was_there_before(browser, app):
    sign_in_as(browser, "ash")
    with browser.session_transaction() as session:
        earlier = session["token"]
    sign_in_as(browser, "briar")
    with app.app_context():
        assert services.user_for(earlier) is None
    assert "Briar Holt" in browser.get("/account").get_data(as_text=True)
