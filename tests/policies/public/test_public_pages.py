"""The register as anybody reads it, without a sign-in."""

from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from ifr.db import db, transaction
from ifr.people.models import Organisation
from ifr.policies import records
from ifr.policies.models import PolicyVersion
from ifr.policies.recording import policy_for, write_version

POLICY = "/register/merged-body/a-one"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    "address",
    [
        "/register",
        "/register?words=tattoo&body=merged-body",
        "/register/merged-body",
        "/register/merged-body/on/2026-11-21",
        POLICY,
        f"{POLICY}/on/2026-09-30",
        f"{POLICY}/versions/1",
        "/register/merged-body/a-two/versions/2024-05-01",
    ],
)
def test_every_page_opens_without_a_sign_in_and_as_data(merged, client, address):
    path, _, asked = address.partition("?")
    assert client.get(address).status_code == 200
    data = client.get(f"{path}.json?{asked}")
    assert data.status_code == 200
    assert isinstance(data.json, dict)


@pytest.mark.parametrize(
    "address",
    [
        "/register/nowhere",
        "/register/nowhere/on/2026-01-01",
        "/register/merged-body/nothing",
        f"{POLICY}/versions/9",
        f"{POLICY}/versions/1%00",
        f"{POLICY}/difference/1/9",
        f"/register/{'a' * 300}",
        "/register/merged-body/nothing.json",
    ],
)
def test_what_is_not_there_is_not_found(merged, client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("day", ["2026-02-30", "20260101", "tomorrow", "9999-12-31", "0001-01-01", "2026-W01-1"])
def test_what_is_no_day_is_answered_in_a_sentence(merged, client, day):
    for address in (f"{POLICY}/on/{day}", f"/register/merged-body/on/{day}"):
        assert client.get(address).status_code == 422
        assert "Give a day as year, month and day" in client.get(address).text
        assert "Give a day" in client.get(f"{address}.json").json["fault"]


def test_a_draft_is_not_found_as_what_does_not_exist(merged, client):
    with merged.app_context(), transaction():
        owner = db.session.scalars(select(Organisation).where(Organisation.slug == "merged-body")).one()
        read = records.read(
            {
                "record": "policy", "commissioner": {"slug": "merged-body", "name": "x"}, "reference": "A-DRAFT",
                "title": "A policy that is not decided", "version": "1", "position": "criteria_based",
            }
        )  # fmt: skip
        write_version(owner, policy_for(owner, read), read)
    draft, nothing = client.get("/register/merged-body/a-draft"), client.get("/register/merged-body/a-nothing")
    assert (draft.status_code, nothing.status_code) == (404, 404)
    assert "not decided" not in client.get("/register/merged-body").text


def test_before_its_day_each_area_has_its_own_and_after_it_the_harmonised(merged, client):
    def in_force(day):
        rows = client.get(f"/register/merged-body/on/{day}.json").json["policies"]
        return {row["reference"]: row["in_force"][0]["areas"] for row in rows if row["reference"] != "A-TWO"}

    assert in_force("2026-09-01") == {"OLD-North": ["North"], "OLD-Middle": ["Middle"], "OLD-South": ["South"]}
    assert in_force("2026-11-21") == {"OLD-Middle": ["Middle"], "A-ONE": ["North", "South"]}
    assert in_force("2027-01-01") == {"A-ONE": ["Middle", "North", "South"]}


def test_nothing_between_us_and_the_owner_is_public(merged, client):
    for address in (f"{POLICY}/versions/1", f"{POLICY}/versions/1.json"):
        said = client.get(address).text
        assert "A question to the owner" not in said
        assert "Is it so?" not in said


def test_a_version_shows_what_it_says_and_what_it_replaces(merged, client):
    page = client.get(f"{POLICY}/versions/1").text
    places = ("Takes the place of", "OLD-North, version v1.0")
    for said in (*places, "May be out of date", "Who was offered it before October", "18 years"):
        assert said in page
    old = client.get("/register/merged-body/old-north/versions/v1-0").text
    assert "2020-04 (the day is not printed)" in old
    assert "Replaced by" in old


def test_the_difference_of_two_versions_is_public(merged, client):
    page = client.get("/register/merged-body/a-two/difference/2024-05-01/2020").text
    assert "less generous" in page
    assert "Position" in page


def test_staff_read_the_difference_of_two_versions(merged, client, sign_in):
    sign_in(client, "paul_policy")
    with merged.app_context():
        ids = db.session.scalars(select(PolicyVersion.id).where(PolicyVersion.label.in_(["2020", "2024-05-01"]))).all()
        db.session.remove()
    assert client.get(f"/policies/{ids[0]}/difference/{ids[1]}").status_code == 200
    assert client.get(f"/policies/{ids[0]}/difference/999999").status_code == 404
    assert client.get(f"/policies/{ids[0]}").status_code == 200


def test_the_feed_names_each_change_by_an_address_that_stays(merged, client):
    feed = ElementTree.fromstring(client.get("/register/changes.atom").data)
    ids = [one.text for one in feed.findall(f"{ATOM}entry/{ATOM}id")]
    assert len(ids) == len(set(ids))
    assert any(one.endswith("/register/merged-body/a-two/versions/2024-05-01#withdrawn") for one in ids)
    assert [one["id"] for one in client.get("/register/changes.json").json["changes"]] == ids


def test_data_that_has_not_changed_is_not_sent_again(merged, client):
    first = client.get(f"{POLICY}.json")
    again = client.get(f"{POLICY}.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert "public" in first.headers["Cache-Control"]
    assert client.get(POLICY).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("asked", ["words=%00", "page=99999999999999999999", "page=x", "page=-3", "words=%25%5C_"])
def test_odd_questions_are_answered(merged, client, asked):
    assert client.get(f"/register?{asked}").status_code == 200


@pytest.mark.parametrize("asked", ["body=nowhere", f"words={'a' * 300}"])
def test_a_wrong_question_is_answered_with_what_was_typed(merged, client, asked):
    assert client.get(f"/register?{asked}").status_code == 422
    assert client.get(f"/register.json?{asked}").status_code == 422


def test_a_demonstration_policy_is_said_to_be_one(merged, client):
    assert "Demonstration policy" in client.get("/register?words=bariatric").text


def test_a_day_that_is_typed_leads_to_an_address_that_stays(merged, client):
    for page in ("/register/merged-body", POLICY):
        answer = client.get(f"{page}?on-day=30&on-month=9&on-year=2026")
        assert (answer.status_code, answer.location) == (302, f"{page}/on/2026-09-30")
        for typed, said in (("on-day=31&on-month=2&on-year=2026", "must be a real date"), ("on-day=&on-year=", "Enter a day"),
                            ("on-day=1&on-month=1&on-year=1066", "between 1948 and 2200")):  # fmt: skip
            refused = client.get(f"{page}?{typed}")
            assert refused.status_code == 422
            assert said in refused.text


def test_search_engines_may_list_the_register_but_no_page_of_a_day(merged, client):
    for address in ("/register", "/register/merged-body", POLICY, f"{POLICY}/versions/1"):
        page = client.get(address).text
        assert 'name="robots"' not in page
        assert 'type="application/atom+xml"' in page
    for address in (f"{POLICY}/on/2026-09-30", "/register/merged-body/on/2026-09-30", "/sign-in"):
        assert "noindex" in client.get(address).text


def test_a_list_says_what_is_decided_and_where_a_policy_stands_that_is_not_in_force(merged, client):
    page = client.get("/register/merged-body/on/2026-09-30").text
    assert "Commissioned where criteria are met" in page
    listed = client.get("/register/merged-body").text
    assert any(said in listed for said in ("Superseded", "Withdrawn", "Not yet in force"))
    assert 'href="/register"' in client.get("/sign-in").text
