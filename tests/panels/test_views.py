"""The pages of meetings, as the secretary and those who sit use them."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, walk
from ifr.panels.models import Meeting
from ifr.panels.sitting import items_of, open_item_of
from tests.databases import statements_sent
from tests.panels import walking
from tests.panels.walking import CHAIR, PANEL, SECRETARY

SignIn = Callable[[FlaskClient, str], None]


@pytest.fixture
def secretary(client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    sign_in(client, SECRETARY)
    return client


def made(app: Flask, walked: Callable[[], Case]) -> tuple[int, str]:
    """A case walked before the page is opened: its id and what stands in its address."""
    with app.app_context(), transaction():
        case = walked()
        return case.id, case.key


@pytest.fixture
def ready(app: Flask) -> tuple[int, str]:
    return made(app, walking.ready)


def _listed() -> Case:
    case = walking.ready()
    walking.listed(case, walking.planned(case))
    return case


@pytest.fixture
def listed(app: Flask) -> tuple[int, str]:
    return made(app, _listed)


def now(app: Flask, case_id: int) -> Case:
    db.session.expire_all()
    return db.session.get_one(Case, case_id)


def meeting_and_item(app: Flask, case_id: int) -> tuple[int, int]:
    with app.app_context():
        item = open_item_of(now(app, case_id))
        assert item is not None and item.meeting_id is not None
        return item.meeting_id, item.id


def user_id(app: Flask, who: str) -> int:
    with app.app_context():
        return accounts.user(who).id


def text_of(response: TestResponse) -> str:
    html = re.sub(r"<(script|style).*?</\1>", "", response.get_data(as_text=True), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- the secretary --------------------------------------------------------------------------------------------------------


def test_a_secretary_plans_a_meeting_seats_a_panel_and_lists_a_request(
    app: Flask, secretary: FlaskClient, ready: tuple[int, str]
) -> None:
    case_id, key = ready
    with app.app_context():
        commissioner = now(app, case_id).commissioner_id
    day = {"held_on-day": "12", "held_on-month": "1", "held_on-year": "2027"}
    planned = secretary.post("/meetings", data={"commissioner_id": commissioner, "place": "Room 2", "once": "views-1", **day})
    address = planned.headers["Location"]
    for who in PANEL:
        capacity = "chair" if who == CHAIR else "member"
        secretary.post(f"{address}/seats", data={"user_id": user_id(app, who), "capacity": capacity})
    secretary.post(f"{address}/items", data={"case_id": case_id})
    page = text_of(secretary.get(address))
    assert f"{key} : Endoscopic laser foraminoplasty" in page
    assert "Quorum expected Reached. Needed: 3 voting members, 2 clinicians, 1 doctor, 1 lay member." in page
    assert "“List for the meeting” cannot be done yet because Nobody has checked the papers" in page
    checking = secretary.get(f"/cases/{key}/papers-check").get_data(as_text=True)
    hidden = dict(re.findall(r'type="hidden" name="(seen|papers)" value="([^"]+)"', checking))
    secretary.post(f"/cases/{key}/papers-check", data={**hidden, "read": "y"})
    with app.app_context():
        seen = now(app, case_id).version
    secretary.post(f"{address}/requests/{key}/moves/list", data={"seen": seen})
    with app.app_context():
        assert now(app, case_id).state == "listed"


def test_a_meeting_without_a_day_is_not_planned_and_what_was_typed_stays(secretary: FlaskClient, app: Flask) -> None:
    with app.app_context():
        commissioner = accounts.organisation(accounts.CM).id
    sent = {"commissioner_id": commissioner, "place": "Room 2", "held_on-day": "31", "held_on-month": "2", "held_on-year": "2027"}
    answer = secretary.post("/meetings", data=sent)
    assert answer.status_code == 422
    assert "Day of the meeting must be a real date" in text_of(answer)
    assert 'value="Room 2"' in answer.get_data(as_text=True)


def test_a_meeting_in_the_past_is_refused_in_a_sentence(secretary: FlaskClient, app: Flask) -> None:
    with app.app_context():
        commissioner = accounts.organisation(accounts.CM).id
    sent = {"commissioner_id": commissioner, "place": "x", "held_on-day": "1", "held_on-month": "2", "held_on-year": "2020"}
    answer = secretary.post("/meetings", data=sent)
    assert (answer.status_code, "in the past" in text_of(answer)) == (422, True)


def test_an_item_that_cannot_be_opened_says_why(app: Flask, secretary: FlaskClient, listed: tuple[int, str]) -> None:
    case_id, key = listed
    meeting, _ = meeting_and_item(app, case_id)
    secretary.post(f"/meetings/{meeting}/open")
    with app.app_context():
        seen = now(app, case_id).version
    answer = secretary.post(f"/meetings/{meeting}/requests/{key}/moves/take_item", data={"seen": seen})
    assert answer.status_code == 409
    assert "There is no quorum for this request. Needed: 3 voting members" in text_of(answer)


def test_a_page_that_is_not_fresh_is_refused(app: Flask, secretary: FlaskClient, listed: tuple[int, str]) -> None:
    case_id, key = listed
    meeting, _ = meeting_and_item(app, case_id)
    with app.app_context():
        old = now(app, case_id).version - 1
    answer = secretary.post(f"/meetings/{meeting}/requests/{key}/moves/unlist", data={"seen": old, "reason": "x"})
    assert answer.status_code == 409


def test_closing_over_a_request_that_waits_is_refused_on_the_same_page(
    app: Flask, secretary: FlaskClient, listed: tuple[int, str]
) -> None:
    meeting, _ = meeting_and_item(app, listed[0])
    secretary.post(f"/meetings/{meeting}/open")
    answer = secretary.post(f"/meetings/{meeting}/close")
    assert answer.status_code == 422
    assert "Item 1 is not finished" in text_of(answer)


def test_the_meeting_is_found_from_the_request(app: Flask, secretary: FlaskClient, listed: tuple[int, str]) -> None:
    meeting, _ = meeting_and_item(app, listed[0])
    assert secretary.get(f"/cases/{listed[1]}/meeting").headers["Location"].startswith(f"/meetings/{meeting}")


@pytest.mark.parametrize("who", ["carol_office", "helen_chairs", "rosa_spine", "sam_screens"])
def test_the_meetings_belong_to_the_secretary(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str], who: str
) -> None:
    meeting, _ = meeting_and_item(app, listed[0])
    sign_in(client, who)
    assert client.get("/meetings").status_code == 403
    assert client.get(f"/meetings/{meeting}").status_code == 403


# --- those who sit --------------------------------------------------------------------------------------------------------


def part_of(app: Flask, case_id: int, who: str) -> int:
    with app.app_context():
        return walking.part_of(now(app, case_id), who)


def test_a_member_declares_reads_the_papers_and_writes_a_view(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str]
) -> None:
    case_id, key = listed
    meeting, item = meeting_and_item(app, case_id)
    sign_in(client, "nina_member")
    papers = f"/meetings/{meeting}/items/{item}/papers"
    assert client.get(papers).status_code == 404
    before = text_of(client.get("/my-meetings"))
    assert key not in before and "Opens when you have declared your interest" in before
    part = part_of(app, case_id, "nina_member")
    asking = text_of(client.get(f"/interests/{part}"))
    assert "Merseyview Hospitals (demonstration)" in asking and "Spinal surgery" in asking
    assert "foraminoplasty" not in asking and key not in asking
    client.post(f"/interests/{part}", data={"interest": "no"})
    page = text_of(client.get(papers))
    assert "robust case" in page and "Dense scarring" in page and "Document 1: Operation note" in page
    # Nothing is written before the discussion where the commissioner keeps no notes.
    early = client.post(f"/meetings/{meeting}/items/{item}/view", data={"leaning": "fund", "text": "The scar decides it."})
    assert early.status_code == 422 and "My notes" not in text_of(client.get("/my-meetings"))
    with app.app_context(), transaction():
        case = now(app, case_id)
        panel = db.session.get_one(Meeting, int(meeting))
        walking.opened(panel)
        walking.declared(case, "helen_chairs", "omar_member", "leo_lay")
        walk.step(case, "take_item", "stan_minutes")
    assert client.post(f"/meetings/{meeting}/items/{item}/view", data={"leaning": "fund"}).status_code == 422
    client.post(f"/meetings/{meeting}/items/{item}/view", data={"leaning": "fund", "text": "The scar decides it."})
    assert "The scar decides it." in client.get(papers).get_data(as_text=True)


def test_a_document_is_handed_out_under_a_name_that_says_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str]
) -> None:
    case_id, key = listed
    meeting, item = meeting_and_item(app, case_id)
    sign_in(client, "nina_member")
    address = f"/meetings/{meeting}/items/{item}/papers/documents/1"
    assert client.get(address).status_code == 404
    client.post(f"/interests/{part_of(app, case_id, 'nina_member')}", data={"interest": "no"})
    answer = client.get(address)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{key}-document-1.txt"'
    assert client.get(address.replace("/1", "/9")).status_code == 404


def test_the_interest_is_chosen_and_described(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str]
) -> None:
    sign_in(client, "nina_member")
    address = f"/interests/{part_of(app, listed[0], 'nina_member')}"
    assert "Say whether you have an interest" in text_of(client.post(address, data={}))
    answer = client.post(address, data={"interest": "yes", "note": ""})
    assert (answer.status_code, "Say what the interest is" in text_of(answer)) == (422, True)


def test_for_a_member_in_conflict_every_page_is_the_same_whatever_the_request_holds(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str]
) -> None:
    case_id, key = listed
    meeting, item = meeting_and_item(app, case_id)
    sign_in(client, "omar_member")
    client.post(f"/interests/{part_of(app, case_id, 'omar_member')}", data={"interest": "yes", "note": "We share a clinic"})
    client.get("/my-meetings")  # says thank you, once
    addresses = [
        "/my-meetings", f"/meetings/{meeting}/items/{item}/papers", f"/meetings/{meeting}/items/{item}/papers/documents/1",
        f"/cases/{key}", f"/cases/{key}/decision", f"/cases/{key}/papers-check", f"/cases/{key}/urgent-decision",
    ]

    def all_pages() -> tuple[list[bytes], list[int]]:
        bodies, queries = [], []
        for address in addresses:
            with statements_sent() as asked:
                bodies.append(_without_nonce(client.get(address).data))
            queries.append(len(asked))
        return bodies, queries

    first = all_pages()
    with app.app_context(), transaction():
        case = now(app, case_id)
        case.treatment, case.condition, case.urgent = "Another operation altogether", "Another condition", True
        found = open_item_of(case)
        assert found is not None
        found.papers = {"reference": "something else"}
    second = all_pages()
    for address, one, other in zip(addresses, first[0], second[0], strict=True):
        assert one == other, f"{address} tells something of the request"
    assert second[1] == first[1]
    assert b"Private item" in first[0][0]


def _without_nonce(body: bytes) -> bytes:
    return re.sub(rb'(nonce|csrf_token" value)="[^"]+"', b"", body)


def test_a_secretary_in_conflict_sees_a_private_item(
    app: Flask, secretary: FlaskClient, listed: tuple[int, str]
) -> None:
    """Somebody who keeps the minutes had a seat on the request before, and said then that there was an interest."""
    from ifr.access import Role
    from ifr.cases.models import CONFLICTED
    from ifr.cases.services import involve

    case_id, key = listed
    meeting, _ = meeting_and_item(app, case_id)
    with app.app_context(), transaction():
        involve(now(app, case_id), accounts.user(SECRETARY).id, Role.PANEL_MEMBER, interest=CONFLICTED)
    page = secretary.get(f"/meetings/{meeting}")
    assert page.status_code == 200
    assert "Private item" in text_of(page) and key not in text_of(page)


def test_the_requesting_clinician_does_not_read_the_papers(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str]
) -> None:
    meeting, item = meeting_and_item(app, listed[0])
    sign_in(client, "rosa_spine")
    assert client.get(f"/meetings/{meeting}/items/{item}/papers").status_code == 404


def test_an_item_of_another_meeting_is_not_there(app: Flask, secretary: FlaskClient, listed: tuple[int, str]) -> None:
    meeting, item = meeting_and_item(app, listed[0])
    assert secretary.get(f"/meetings/{meeting + 1000}/items/{item}/papers").status_code == 404
    assert secretary.get(f"/meetings/{meeting + 1000}").status_code == 404


def test_the_manager_clears_a_conflict_on_the_page_of_interests(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str]
) -> None:
    case_id, key = listed
    with app.app_context(), transaction():
        walking.declared(now(app, case_id), "omar_member", conflict="omar_member")
        seen = now(app, case_id).version
    sign_in(client, "maya_manages")
    assert "Conflict of interest" in text_of(client.get(f"/cases/{key}/interests"))
    address = f"/cases/{key}/interests/{user_id(app, 'omar_member')}/clear"
    assert client.post(address, data={"seen": seen, "because": ""}).status_code == 422
    client.post(address, data={"seen": seen, "because": "Another person of that name"})
    with app.app_context():
        assert now(app, case_id).visible_to(accounts.user("omar_member"))


def test_a_meeting_lists_no_case_of_another_commissioner(app: Flask, secretary: FlaskClient, ready: tuple[int, str]) -> None:
    with app.app_context(), transaction():
        elsewhere = accounts.organisation(accounts.CE)
        meeting = Meeting(once="views-2", commissioner_id=elsewhere.id, held_on=walking.clock.today(), place="Room 3")
        db.session.add(meeting)
        db.session.flush()
        meeting_id = meeting.id
    page = secretary.get(f"/meetings/{meeting_id}").get_data(as_text=True)
    assert ready[1] not in page
    secretary.post(f"/meetings/{meeting_id}/items", data={"case_id": ready[0]})
    with app.app_context():
        assert items_of(meeting_id) == []
