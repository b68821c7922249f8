"""A meeting from its invitation to its minutes, on the pages of those who hold it."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr.db import db, transaction
from ifr.demo import accounts, walk
from ifr.mail import Mail
from ifr.panels import agenda, meetings, seats
from ifr.panels.models import Meeting
from ifr.panels.room import minutes
from tests.panels import walking
from tests.panels.test_views import text_of
from tests.panels.walking import CHAIR, PANEL, SECRETARY

SignIn = Callable[[FlaskClient, str], None]
DAY = {"held_on-day": "12", "held_on-month": "1", "held_on-year": "2027"}


def mails(app: Flask) -> list[tuple[str, str]]:
    """The mails about meetings that wait, and what each brings for a calendar, lines unfolded."""
    with app.app_context():
        rows = db.session.scalars(select(Mail).where(Mail.kind == "meeting").order_by(Mail.id))
        return [(row.subject, (row.calendar or "").replace("\r\n ", "")) for row in rows]


def test_a_meeting_is_planned_with_hours_invited_changed_and_cancelled_and_calendars_hear_of_it(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, SECRETARY)
    with app.app_context():
        ours, nina = accounts.organisation(accounts.CM).id, accounts.user("nina_member").id
    sent = {
        "commissioner_id": ours, "place": "Room 2", "starts": "14:30", "ends": "13:00", "once": "room-1", **DAY,
        "link": "https://meet.example.org/abc", "number": "Meeting 7",
    }  # fmt: skip
    refused = client.post("/meetings", data=sent)
    assert (refused.status_code, "ends after it starts" in text_of(refused)) == (422, True)
    assert "hours and minutes" in text_of(client.post("/meetings", data={**sent, "starts": "99:99"}))
    assert client.post("/meetings", data={**sent, "link": "javascript:alert(1)"}).status_code == 422
    address = client.post("/meetings", data={**sent, "ends": "16.00"}).headers["Location"]
    client.post(f"{address}/seats", data={"user_id": nina, "capacity": "member"})
    assert "Meeting 7" in text_of(client.get(address)) and "14:30 to 16:00" in text_of(client.get(address))
    client.post(f"{address}/invite")
    client.post(f"{address}/invite")
    changed = {"place": "Room 3", "starts": "10:00", "link": sent["link"], "number": "Meeting 7", **DAY}
    client.post(f"{address}/change", data=changed)
    client.post(f"{address}/change", data=changed)
    [(_, first), (subject, second)] = mails(app)
    for words in ("METHOD:REQUEST", "SEQUENCE:0", "DTSTART:20270112T143000Z", "DTEND:20270112T160000Z", "LOCATION:Room 2"):
        assert words in first
    assert "SEQUENCE:1" in second and "DTSTART:20270112T100000Z" in second and "changed" in subject
    assert re.findall("UID:.*", first) == re.findall("UID:.*", second)

    member = app.test_client()
    sign_in(member, "nina_member")
    number = address.rsplit("/", 1)[1]
    assert "https://meet.example.org/abc" in member.get("/my-meetings").get_data(as_text=True)
    assert b"BEGIN:VEVENT" in member.get(f"/my-meetings/{number}/meeting.ics").data
    member.post(f"/my-meetings/{number}/apologies")
    assert "Sends apologies" in text_of(client.get(address))
    other = app.test_client()
    sign_in(other, "leo_lay")
    assert other.get(f"/my-meetings/{number}/meeting.ics").status_code == 404
    assert other.post(f"/my-meetings/{number}/apologies").status_code == 404
    assert other.get(f"/meetings/{number}/now").status_code == 404

    assert client.post(f"{address}/cancel", data={"because": ""}).status_code == 422
    client.post(f"{address}/cancel", data={"because": "The chair is ill"})
    assert "METHOD:CANCEL" in mails(app)[-1][1] and "STATUS:CANCELLED" in mails(app)[-1][1]
    assert "Cancelled" in text_of(client.get(address)) and "The chair is ill" in text_of(member.get("/my-meetings"))
    assert client.post(f"{address}/open").status_code == 422


def test_the_forecast_names_who_would_mend_it_and_the_agenda_is_ordered_so_that_few_leave(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        cases = [walking.ready() for _ in range(3)]
        meeting = walking.planned(cases[0])
        items = [walking.on_agenda(one, meeting) for one in cases]
        for one, conflict in zip(cases, ("nina_member", None, "nina_member"), strict=True):
            walking.declared(one, "nina_member", conflict=conflict)
        number, ids = meeting.id, [one.id for one in items]
        seats.say_whether_i_come(meeting.id, comes=False, by=accounts.user("leo_lay"))
    sign_in(client, SECRETARY)
    page = text_of(client.get(f"/meetings/{number}"))
    assert "3 of 3 items have no quorum" in text_of(client.get("/meetings"))
    assert "Would mend the quorum" in page and "Ruth Adeyemi" in page.split("Would mend the quorum")[1][:200]
    assert "leaves because of a conflict of interest 2 times; at best it would be 1" in page
    client.post(f"/meetings/{number}/order")
    assert "leaves because of a conflict of interest 1 time;" in text_of(client.get(f"/meetings/{number}"))
    client.post(f"/meetings/{number}/items/{ids[1]}/up")
    with app.app_context():
        order = [one.id for one in agenda.items_of(number)]
    assert order.index(ids[1]) == 1 and sorted(order) == sorted(ids)


def test_minutes_are_drafted_read_back_agreed_and_frozen_and_a_conflicted_chair_reads_nothing_of_the_item(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    who = (*PANEL, "ruth_lay")
    with app.app_context(), transaction():
        case, by = walking.ready(), accounts.user(SECRETARY)
        meeting = walking.planned(case, *who)
        item = walking.listed(case, meeting)
        walking.opened(meeting, *who)
        walking.declared(case, *who, conflict=CHAIR)
        agenda.name_deputy(meeting.id, item.id, accounts.user("omar_member").id, by=by)
        walk.step(case, "take_item", SECRETARY)
        seats.attend(meeting.id, accounts.user("leo_lay").id, "left", by=by)
        walk.step(case, "record_decision", SECRETARY)
        meetings.close_meeting(meeting.id, by=by)
        number, part, key = meeting.id, f"item-{item.id}", case.key
    address = f"/meetings/{number}/minutes"
    sign_in(client, SECRETARY)
    drafted = text_of(client.get(address))
    assert key in drafted and "Leo Grant left at" in drafted and "Left because of an interest Dr Helen Marsh" in drafted
    saved = client.post(address, data={part: "The scar was weighed.", "actions": "Stan writes.", "seen": 0})
    assert saved.status_code == 302
    assert client.post(address, data={part: "Older", "seen": 0}).status_code == 409
    chair, deputy, member = (app.test_client() for _ in range(3))
    for one, name in ((chair, CHAIR), (deputy, "omar_member"), (member, "nina_member")):
        sign_in(one, name)
    assert "not agreed yet" in text_of(chair.get(address)) and "The scar" not in chair.get(address).get_data(as_text=True)
    client.post(f"{address}/show", data={"seen": 1})

    # What stands in the item does not change one byte of what the conflicted chair is shown of it.
    private = chair.get(address).get_data(as_text=True)
    assert "Private item" in private and key not in private and "The scar" not in private and "Stan writes." in private
    assert chair.get(f"/meetings/{number}/now").status_code == 200
    assert "The scar was weighed." in text_of(deputy.get(address))
    assert deputy.post(f"{address}/send-back", data={"seen": 2, "remark": ""}).status_code == 422
    deputy.post(f"{address}/send-back", data={"seen": 2, "remark": "Name the scan"})
    assert "Name the scan" in text_of(client.get(address))
    client.post(address, data={part: "The scar and the scan were weighed.", "seen": 3})
    client.post(f"{address}/show", data={"seen": 4})
    assert re.sub(r'value="[^"]*"|nonce="[^"]*"', "", chair.get(address).get_data(as_text=True)) == re.sub(
        r'value="[^"]*"|nonce="[^"]*"', "", private
    )
    assert member.post(f"{address}/agree", data={"seen": 5}).status_code == 404
    assert chair.post(f"{address}/agree", data={"seen": 4}).status_code == 409
    chair.post(f"{address}/agree", data={"seen": 5})
    deputy.post(f"{address}/agree", data={"seen": 5})
    assert "The scar and the scan were weighed." in text_of(member.get(address))
    assert client.post(address, data={part: "Later", "seen": 6}).status_code == 422
    with app.app_context():
        row = minutes.of_meeting(number)
        assert row is not None and row.agreed_at is not None and row.facts is not None
        assert row.facts["items"][0]["note"] == "The scar and the scan were weighed."
        assert db.session.get_one(Meeting, number).closed_at is not None
