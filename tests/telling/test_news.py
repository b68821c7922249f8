"""What happened since somebody last looked: in the words of each side, and never what is behind a wall or not told yet."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import clock, jobs
from ifr.access import Role
from ifr.cases.models import CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import db, transaction
from ifr.demo import accounts, afterwards, stories, walk
from ifr.telling import news, services
from tests.databases import NOW, statements_sent

SignIn = Callable[[FlaskClient, str], None]


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def read_by(who: str, about: Case, before: str = "") -> list[str]:
    return [row.words for row in news.news(accounts.user(who), before).rows if row.reference == about.reference]


def tell(who: str, number: int, case: Case | None = None, **more: bool) -> None:
    services.tell(accounts.user(who).id, key=f"test:{number}", words=f"Thing {number} waits.", case=case, **more)


def test_the_same_key_is_told_once_and_each_person_has_notices_of_his_or_her_own() -> None:
    with transaction():
        for _ in range(2):
            tell("carol_office", 1)
        tell("maya_manages", 1)
    carol, maya = accounts.user("carol_office"), accounts.user("maya_manages")
    assert (services.how_many_wait(carol), services.how_many_wait(maya)) == (1, 1)
    services.mark_all_read(carol)
    assert (services.how_many_wait(carol), services.how_many_wait(maya)) == (0, 1)


def test_a_count_goes_no_further_than_a_person_would_read() -> None:
    with transaction():
        for number in range(120):
            tell("carol_office", number)
    assert services.how_many_wait(accounts.user("carol_office")) == services.MOST_COUNTED + 1


def test_the_office_reads_what_was_done_and_the_clinician_the_status_and_nobody_what_they_did_themselves() -> None:
    with transaction():
        case = walk.in_check(walk.allocated(walk.received(stories.HYPERHIDROSIS)))
    office, clinician = read_by("carol_office", case), read_by("dev_skin", case)
    assert "The request was received" in office and clinician[0] not in office
    assert clinician == ["We are checking that we have everything"]
    # The coordinator began the check; the screener has no part in it.
    assert read_by("petra_screens", case) == []


def test_an_ending_is_no_news_for_the_clinician_before_its_letter_is_issued() -> None:
    with transaction():
        case = walk.allocated(walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))))
    assert not [one for one in read_by("dev_skin", case) if "funded" in one]
    assert [one for one in read_by("carol_office", case) if "fund" in one]
    with transaction():
        afterwards.released(case.stream)
    with clock.at(NOW + timedelta(hours=1)):
        jobs.issue_letters()
        assert [one for one in read_by("dev_skin", case) if one.startswith("Not funded")]


def test_behind_a_wall_there_is_no_news_and_no_notice_is_counted() -> None:
    with transaction():
        case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
        part = involve(case, accounts.user("omar_member").id, Role.PANEL_MEMBER)
        part.interest = "clear"
        tell("omar_member", 1, case)
    omar = accounts.user("omar_member")
    assert services.how_many_wait(omar) == 1 and len(read_by("omar_member", case)) > 1
    part.interest = CONFLICTED
    db.session.flush()
    assert services.how_many_wait(omar) == 0 and read_by("omar_member", case) == []


def test_a_page_leads_to_the_next_and_costs_the_same_for_one_row_as_for_many() -> None:
    with transaction():
        tell("nina_member", 0)
    nina = accounts.user("nina_member")
    news.news(nina)
    with statements_sent() as for_one:
        assert len(news.news(nina).rows) == 1
    with transaction():
        for number in range(1, 60):
            with clock.at(NOW + timedelta(seconds=number // 2)):
                tell("nina_member", number)
    nina = accounts.user("nina_member")
    with statements_sent() as for_many:
        page = news.news(nina)
    assert (len(page.rows), len(for_many)) == (25, len(for_one))
    read = [row.words for row in page.rows]
    while page.older:
        page = news.news(nina, page.older)
        read += [row.words for row in page.rows]
    assert read == [f"Thing {number} waits." for number in reversed(range(60))]


@pytest.mark.parametrize(
    "mark", ["nonsense", "2026-11-21_0_1", "2026-11-21T10:00:00+00:00_7_1", f"2026-11-21T10:00:00+00:00_1_{9**30}"]
)
def test_a_place_that_we_never_gave_is_the_beginning(mark: str) -> None:
    with transaction():
        tell("nina_member", 1)
    assert len(news.news(accounts.user("nina_member"), mark).rows) == 1


# --- the page -------------------------------------------------------------------------------------------------------------------


def test_the_page_links_what_waits_says_what_is_new_and_forgets_it_when_it_was_read(client: FlaskClient, sign_in: SignIn) -> None:
    with transaction():
        case = walk.allocated(walk.received(stories.HYPERHIDROSIS))
        services.tell(accounts.user("carol_office").id, key="a", words="A date was missed.", case=case, to="cases.letters")
        services.tell(accounts.user("carol_office").id, key="b", words="The table ends.", to="holidays.table", urgent=True)
        services.tell(accounts.user("carol_office").id, key="c", words="It went.", case=case, to="cases.gone_since")
    sign_in(client, "carol_office")
    page = client.get("/news").text
    assert f'href="/cases/{case.key}/letters">{case.key}: A date was missed.' in page
    assert f'href="/cases/{case.key}">{case.key}: It went.' in page
    assert "The table ends." in page and "Urgent</strong>" in page
    assert '<span class="app-nav-badge">3<span class="nhsuk-u-visually-hidden"> waiting</span></span>' in page
    # What others did is told too, but only what waits is new.
    assert page.count("app-news__item--new") == page.count("New</strong>") == 3 < page.count('<li class="app-news__item')
    assert client.post("/news/read").status_code == 302
    page = client.get("/news").text
    assert "app-nav-badge" not in page and "New</strong>" not in page and "A date was missed." in page


def test_the_badge_costs_one_question_a_page(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "carol_office")
    with statements_sent() as asked:
        client.get("/account")
    assert len([one for one in asked if "FROM notices" in one]) == 1
