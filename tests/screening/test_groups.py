"""Like requests are noticed as a question about a group, which goes to the policy lead and holds up no request."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.access import Role
from ifr.cases.beside import case_notes
from ifr.cases.models import CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import transaction
from ifr.demo import accounts, stories, walk
from ifr.people.models import User
from ifr.screening.groups import services
from ifr.screening.groups.likeness import Said, compare
from ifr.screening.groups.models import GroupWatch
from ifr.workflow import Invalid, NotVisible, Refused, Stale
from tests.databases import NOW

SignIn = Callable[[FlaskClient, str], None]
STORY = stories.HYPERHIDROSIS


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    with app.app_context(), transaction():
        yield


def asked(number: int) -> list[Case]:
    return [walk.in_screening(walk.in_check(walk.received(STORY))) for _ in range(number)]


def lead() -> User:
    return accounts.user("paul_policy")


def seen() -> list[GroupWatch]:
    return services.watches(lead())


def test_a_group_is_seen_from_the_number_that_the_profile_says_and_not_before(session: None) -> None:
    asked(3)
    assert seen() == []
    [fourth] = asked(1)
    [found] = seen()
    page = services.group_page(found, lead())
    assert len(page.rows) == 4 and found.threshold == 4
    assert fourth.reference in {row.reference for row in page.rows}
    assert sum(month.number for month in page.months) == 4 and len(page.months) == 12
    assert "nothing can be said about chance" in page.chance
    asked(1)
    assert len(seen()) == 1 and len(services.group_page(found, lead()).rows) == 5


def test_chance_is_told_from_the_requests_before_these(session: None) -> None:
    for case, days in zip(asked(2), (1500, 900), strict=True):
        case.received_at = NOW - timedelta(days=days)
    asked(4)
    [found] = seen()
    assert found.usual_a_year == pytest.approx(2 / ((1500 - 365) / 365), abs=0.05)
    assert found.by_chance is not None and found.by_chance < 0.02
    assert "Before these, such requests came 0.6 times a year" in services.group_page(found, lead()).chance


def test_the_request_goes_on_and_its_page_says_so_to_the_office_alone(session: None) -> None:
    case = asked(4)[-1]
    assert case.state == "in_screening"
    [note] = [one for one in case_notes(case, accounts.user("carol_office")) if one.heading == "A question about a group"]
    assert "This request goes on" in note.says[1]
    headings = [one.heading for one in case_notes(case, accounts.user(STORY.clinician))]
    assert "A question about a group" not in headings


def test_the_lead_drafts_and_answers_once_with_reasons(session: None) -> None:
    asked(4)
    [found] = seen()
    with pytest.raises(Invalid, match="Enter the reasons"):
        services.answer(found, "no_group", " ", seen=found.version, by=lead())
    with pytest.raises(Invalid, match="Save who the patients are"):
        services.answer(found, "taken_up", "Many need it.", seen=found.version, by=lead())
    services.save_draft(found, group="Adults with …", expected="10 a year", meanwhile="Go on.", seen=0, by=lead())
    with pytest.raises(Stale):
        services.save_draft(found, group="Other", expected="", meanwhile="", seen=0, by=lead())
    services.answer(found, "taken_up", "Many need it.", seen=1, by=lead())
    assert found.answered_at is not None
    services.answer(found, "taken_up", "Many need it.", seen=1, by=lead())
    assert found.version == 2, "the same page sent twice answers once"
    with pytest.raises(Refused, match="the answer stays"):
        services.answer(found, "no_group", "Another answer.", seen=2, by=lead())
    asked(1)
    assert len(services.group_page(found, lead()).rows) == 4, "a group that is answered gains no more requests"


def test_a_lead_with_a_conflict_does_not_see_that_request_in_the_group(session: None) -> None:
    case = asked(4)[0]
    involve(case, lead().id, Role.PANEL_MEMBER, interest=CONFLICTED)
    rows = services.group_page(seen()[0], lead()).rows
    assert len(rows) == 3 and case.reference not in {one.reference for one in rows}


def test_nobody_else_reads_a_group(session: None) -> None:
    asked(4)
    [found] = seen()
    for who in ("carol_office", STORY.clinician):
        with pytest.raises(NotVisible):
            services.watch_for(accounts.user(who), found.id)


@pytest.mark.parametrize(
    ("expected", "at_least", "share"), [(1.0, 1, 0.632), (1.0, 4, 0.019), (4.0, 4, 0.567), (0.0, 1, 0.0)]
)
def test_the_share_by_chance_is_that_of_single_arrivals(expected: float, at_least: int, share: float) -> None:
    assert services.by_chance(expected, at_least) == pytest.approx(share, abs=0.001)


def test_likeness_is_told_by_codes_or_by_words() -> None:
    none: frozenset[str] = frozenset()
    one = Said("Endoscopic thoracic sympathectomy", "Palmar hyperhidrosis", frozenset({"A752"}), none, "wet hands at work")
    by_code = compare(one, Said("ETS", "Sweating of the palms", frozenset({"A752"}), none, ""))
    assert by_code.treatment == 100 and "A75.2" in by_code.words and by_code.difference == 0
    by_words = compare(one, Said("thoracic sympathectomy, endoscopic", "hyperhidrosis, palmar", none, none, "hands wet"))
    assert by_words.same_question and by_words.same_difference
    other = compare(one, Said("Scar revision", "Hypertrophic scar", none, none, "wet hands"))
    assert not other.same_question


def test_the_pages_of_a_group(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        asked(4)
        number = seen()[0].id
        name = STORY.patient["name"]
    sign_in(client, "paul_policy")
    assert f'href="/groups/{number}"' in client.get("/groups").text
    page = client.get(f"/groups/{number}")
    assert page.status_code == 200 and name not in page.text
    assert client.post(f"/groups/{number}", data={"seen": "0", "group": "Adults"}).status_code == 302
    stale = client.post(f"/groups/{number}", data={"group": "Typed words"})
    assert stale.status_code == 409 and "Typed words" in stale.text
    refused = client.post(f"/groups/{number}/answer", data={"seen": "1", "because": "Typed already"})
    assert refused.status_code == 422 and "Typed already" in refused.text
    done = client.post(f"/groups/{number}/answer", data={"seen": "1", "answer": "no_group", "because": "They differ."})
    assert done.status_code == 302 and "They differ." in client.get(f"/groups/{number}").text
    assert client.get("/groups/999999999999999999999").status_code == 404
