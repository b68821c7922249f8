"""The pages on which somebody signed in finds a policy and reads it."""

import pytest
from sqlalchemy import select

from ifr.db import db, transaction
from ifr.people import services as people
from ifr.people.services import command
from ifr.policies import services
from ifr.policies.models import Policy, PolicyVersion

BY = command("test")


@pytest.fixture
def reader(app, client, make_person):
    """A browser in which a policy lead of another body has signed in."""
    with app.app_context(), transaction():
        services.load_examples(by=BY)
        token = people.start_sign_in(make_person("reader", "test-reader-body"))
    with client.session_transaction() as session:
        session["token"] = token
    return client


def version_id(app, reference):
    with app.app_context():
        return db.session.scalar(
            select(PolicyVersion.id)
            .join(Policy, Policy.id == PolicyVersion.policy_id)
            .where(Policy.reference == reference if reference else Policy.title.contains("Hyperhidrosis"))
        )


def test_the_register_asks_for_a_sign_in(client):
    assert client.get("/policies").status_code in (302, 401)


def test_the_register_lists_policies_and_guidance(reader):
    page = reader.get("/policies").text
    assert "Endoscopic Laser Foraminoplasty" in page
    assert "Dermatology – Hyperhidrosis - Endoscopic Thoracic Sympathectomy (ETS)" in page
    assert "HTG331" in page
    assert "Before: IPG480" in page
    assert "Review overdue" in page


def test_a_search_keeps_what_was_typed(reader):
    page = reader.get("/policies?words=foraminoplasty&code=V53.1").text
    assert "Endoscopic Laser Foraminoplasty" in page
    assert "Endoscopic Thoracic Sympathectomy (ETS)</a>" not in page
    assert 'value="V53.1"' in page


def test_a_text_that_is_no_code_is_answered_in_a_sentence(reader):
    answer = reader.get("/policies?code=sweating")
    assert answer.status_code == 422
    assert "Enter a code as a letter and two digits" in answer.text
    assert 'value="sweating"' in answer.text


def test_a_commissioner_that_is_not_known_is_answered_in_a_sentence(reader):
    assert reader.get("/policies?commissioner=nowhere").status_code == 422


def test_the_page_of_a_version_shows_its_flags_and_its_late_review(app, reader):
    page = reader.get(f"/policies/{version_id(app, 'CMICB_Clin018')}").text
    assert "CMICB_Clin018" in page
    assert "The review was due on 1 April 2026. The policy stays in force until it is replaced." in page
    assert page.count("Printed twice with different labels") == 4
    assert "May be out of date" in page
    assert "demonstration value" in page


def test_the_page_of_a_version_says_what_is_not_printed(app, reader):
    page = reader.get(f"/policies/{version_id(app, None)}").text
    assert "None printed" in page
    assert "TBC" in page
    assert "Hertfordshire" in page
    assert "Review overdue" not in page


@pytest.mark.parametrize("word", ["cohort", "guard", "unique", "upheld", "not exceptional"])
def test_the_pages_avoid_words_that_mislead(app, reader, word):
    for address in (
        "/policies",
        f"/policies/{version_id(app, 'CMICB_Clin018')}",
        f"/policies/{version_id(app, None)}",
    ):
        assert word not in reader.get(address).text.lower()


def test_a_version_that_is_not_there_is_not_found(reader):
    assert reader.get("/policies/987654").status_code == 404


def test_a_version_of_one_body_is_read_by_people_of_another(app, reader):
    assert reader.get(f"/policies/{version_id(app, None)}").status_code == 200


def test_the_pages_of_the_register_lead_to_one_another(client, sign_in):
    links = {"paul_policy": ["/policies/drafts", "/policies/import", "/reports/policies", "/policies/which", "/guidance"],
             "sam_screens": ["/reports/policies", "/reports/policy-gaps", "/policies/which", "/guidance", "/register"],
             "rosa_spine": ["/policies/which", "/guidance", "/register"]}  # fmt: skip
    for key, offered in links.items():
        sign_in(client, key)
        page = client.get("/policies").text
        assert [one for one in offered if f'href="{one}"' not in page] == []
        assert ('href="/policies/drafts"' in page) == (key == "paul_policy")
        assert ('href="/reports/policies"' in page) == (key != "rosa_spine")
