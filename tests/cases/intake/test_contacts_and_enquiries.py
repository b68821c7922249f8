"""The contact log of a case, whose rows are only added, and the enquiries before there is a request."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from ifr import clock
from ifr.cases.intake import contacts, enquiries
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.workflow import Invalid, NotVisible, Refused

OVER = {
    "kind": "mp_letter", "direction": "in", "who": "The office of Ms Vale MP", "said": "Asks when Ann Example will hear.",
    "on_day-day": "20", "on_day-month": "11", "on_day-year": "2026", "on_time": "14:30",
}  # fmt: skip


@pytest.fixture
def key(app):
    with app.app_context(), transaction():
        return walk.in_check(walk.received(stories.HYPERHIDROSIS)).key


@pytest.fixture
def carol(client, sign_in):
    sign_in(client, "carol_office")
    return client


def the_case(key, who="carol_office"):
    from ifr.cases.services import visible_case

    return visible_case(key, accounts.user(who))


def a_contact(**more):
    known = {"kind": "telephone", "direction": "out", "who": "Dr Anand", "said": "Rang back.", "at": clock.now()}
    return contacts.Said(**{**known, **more})


def to_do(**more):
    owner = accounts.user("maya_manages").id
    return a_contact(task="Ring again", owner_id=owner, until_on=date(2026, 11, 19), **more)


def test_a_contact_is_sealed_appended_once_and_read_by_those_who_may_know_the_patient(app, key):
    with app.app_context(), transaction():
        case, carol = the_case(key), accounts.user("carol_office")
        rows = [contacts.add(case, a_contact(), once="one", by=carol) for _ in range(2)]
        assert rows[0].id == rows[1].id
        lying = db.session.execute(text("SELECT who, said FROM contacts")).one()
        assert "Anand" not in lying.who and "Rang" not in lying.said
        assert contacts.log_of(case, by=carol)[0].row.who == "Dr Anand"
        query = text("SELECT count(*) FROM audit_events WHERE stream = :s AND facts LIKE '%contact_log%'")
        if db.engine.dialect.name == "postgresql":
            query = text("SELECT count(*) FROM audit_events WHERE stream = :s AND CAST(facts AS text) LIKE '%contact_log%'")
        assert db.session.execute(query, {"s": case.stream}).scalar() == 1
        with pytest.raises(PermissionError):
            contacts.log_of(case, by=accounts.user("sam_screens"))
        with pytest.raises(PermissionError):
            contacts.add(case, a_contact(), once="two", by=accounts.user("sam_screens"))


def test_a_row_is_corrected_by_one_further_row_and_never_rewritten(app, key):
    with app.app_context(), transaction():
        case, carol = the_case(key), accounts.user("carol_office")
        wrong = contacts.add(case, to_do(), once="one", by=carol)
        contacts.add(case, a_contact(said="Left a message."), once="two", by=carol, corrects_id=wrong.id)
        shown = {one.row.once.rpartition(":")[2]: one for one in contacts.log_of(case, by=carol)}
        assert shown["one"].corrected and shown["one"].row.said == "Rang back." and not shown["two"].corrected
        assert contacts.follow_ups_of_case(case) == []  # what the wrong row asked for went with it
        with pytest.raises(Refused, match="corrected this entry meanwhile"):
            contacts.add(case, a_contact(), once="three", by=carol, corrects_id=wrong.id)
        with pytest.raises(NotVisible):
            contacts.add(case, a_contact(), once="four", by=carol, corrects_id=2**31 - 1)


def test_what_is_to_be_done_shows_on_the_case_and_to_its_owner_until_it_is_done(app, key):
    with app.app_context(), transaction():
        case, carol, maya = the_case(key), accounts.user("carol_office"), accounts.user("maya_manages")
        row = contacts.add(case, to_do(), once="one", by=carol)
        note = contacts.to_follow_up(case, accounts.user("sam_screens"))[0]
        assert note.says == ("Ring again Maya Brandt, by 19 November 2026 (late).",) and note.endpoint == ""
        assert contacts.to_follow_up(case, carol)[0].endpoint == "intake.contact_log"
        assert [(one.key, one.is_late) for one in contacts.follow_ups_of(maya)] == [(key, True)]
        assert contacts.follow_ups_of(carol) == [] and contacts.to_follow_up(case, accounts.user("dev_skin")) == []
        with pytest.raises(Invalid):
            contacts.finish(case, row.id, words="", by=maya)
        for _ in range(2):
            contacts.finish(case, row.id, words="She knows.", by=maya)
        assert contacts.follow_ups_of(maya) == [] and contacts.follow_ups_of_case(case) == []
        assert contacts.log_of(case, by=carol)[0].done.words == "She knows."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": "late"}, "later than now"),
        ({"kind": "pigeon"}, "Choose how it was"),
        ({"task": "Ring"}, "by whom and until when"),
        ({"task": "Ring", "owner_id": -1, "until_on": date(2026, 12, 1)}, "a colleague of this office"),
    ],
)
def test_a_contact_that_cannot_be_is_refused(app, key, wrong, said):
    with app.app_context():
        if "at" in wrong:
            wrong = {"at": clock.now() + timedelta(hours=1)}
        with pytest.raises(Invalid, match=said):
            contacts.add(the_case(key), a_contact(**wrong), once="one", by=accounts.user("carol_office"))


def test_the_page_of_the_contact_log(app, carol, key, sign_in):
    address = f"/cases/{key}/contacts"
    with app.app_context():
        maya = accounts.user("maya_manages").id
    page = carol.get(address)
    assert "Nothing is on record yet." in page.text and "Contact" in carol.get(f"/cases/{key}").text
    follow = {"task": "Answer the letter", "owner_id": maya, "until_on-day": "1", "until_on-month": "12", "until_on-year": "2026"}
    bad = carol.post(address, data={**OVER, "task": "Answer"})
    assert bad.status_code == 422 and "by whom and until when" in bad.text and "Asks when Ann Example" in bad.text
    assert carol.post(address, data={**OVER, "on_day-day": "22"}).status_code == 422
    assert carol.post(address, data={**OVER, **follow, "once": "x"}).status_code == 302
    page = carol.get(address).text
    number = re.search(r'id="contact-(\d+)"', page)[1]
    assert "Letter of a Member of Parliament" in page and "20 November 2026 at 2:30pm" in page
    corrects = carol.get(f"{address}?corrects={number}").text
    assert "marked as corrected by this one" in corrects and 'value="The office of Ms Vale MP"' in corrects
    assert carol.get(f"{address}?corrects={2**70}").status_code == 200
    assert carol.post(f"{address}/{number}/done", data={}).status_code == 422
    assert carol.post(f"{address}/{number}/done", data={f"done-{number}": "Answered."}).status_code == 302
    assert carol.post(f"{address}/999999/done", data={}).status_code == 404
    correction = {**OVER, "once": "y", "corrects_id": number, "said": "It was a call."}
    assert carol.post(address, data=correction).status_code == 302
    assert carol.post(address, data={**correction, "once": "z"}).status_code == 409
    sign_in(carol, "sam_screens")
    assert carol.get(address).status_code == 403


# --- enquiries --------------------------------------------------------------------------------------------------------


def test_an_enquiry_is_written_down_found_counted_and_ends_in_a_request_or_without_one(app, carol, key):
    with app.app_context():
        office = accounts.organisation(accounts.CE).id
    form = {
        "commissioner_id": office, "asked_on-day": "20", "asked_on-month": "11", "asked_on-year": "2026",
        "kind": "telephone", "asker": "practice", "who": "Dr Reed", "about": "Is 100% of sympathectomy excluded?",
        "answered": "Only for hyperhidrosis.", "once": "one",
    }  # fmt: skip
    assert carol.get("/enquiries/new").status_code == 200
    missing = carol.post("/enquiries/new", data={**form, "about": "", "once": "two"})
    assert missing.status_code == 422 and "Say what it was about." in missing.text and "Dr Reed" in missing.text
    assert carol.post("/enquiries/new", data={**form, "asked_on-day": "22", "once": "two"}).status_code == 422
    first = carol.post("/enquiries/new", data=form).location
    assert carol.post("/enquiries/new", data=form).location == first
    second = carol.post("/enquiries/new", data={**form, "once": "two", "about": "Opening hours", "who": ""}).location
    with app.app_context():
        assert "Reed" not in (db.session.execute(text("SELECT who FROM enquiries WHERE who IS NOT NULL")).scalar() or "Reed")
    found = carol.get("/enquiries?words=100%25").text
    assert "sympathectomy" in found and "Opening hours" not in found and "In twelve months: 2" in found
    assert "Dr Reed" in carol.get(first).text and "Dr Reed" not in found
    wrong = carol.post(first, data={"reference": "IFR-1999-0001"})
    assert wrong.status_code == 422 and "No request of this commissioner" in wrong.text
    assert carol.post(first, data={}).status_code == 422
    for _ in range(2):
        assert carol.post(first, data={"reference": key.lower()}).status_code == 302
    assert carol.post(first, data={"words": "It ended."}).status_code == 409
    assert carol.post(second, data={"words": "Answered."}).status_code == 302
    assert f"Became {key}" in carol.get("/enquiries?show=became").text
    assert "Opening hours" in carol.get("/enquiries?show=ended").text
    assert "No enquiry is like that." in carol.get("/enquiries?show=open").text
    assert carol.get(f"/enquiries?before={2**70}&show=%00&words=%00").status_code == 200


def test_enquiries_are_for_the_office_that_took_them(app, client, sign_in):
    with app.app_context(), transaction():
        asked = enquiries.Asked(accounts.organisation(accounts.CE).id, clock.today(), "email", "mp", "A question")
        number = enquiries.add(asked, once="one", by=accounts.user("carol_office")).id
        with pytest.raises(Invalid, match="Choose the commissioner"):
            enquiries.add(asked, once="other", by=accounts.user("dev_skin"))
        with pytest.raises(NotVisible):
            enquiries.shown(number, by=accounts.user("dev_skin"))
    for who in ("dev_skin", "sam_screens"):
        sign_in(client, who)
        assert client.get("/enquiries").status_code == 403 and client.get(f"/enquiries/{number}").status_code == 403
