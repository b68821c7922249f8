"""Finding a request: by reference, code and words for the office; by the patient for those who may know, and on record."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import documents
from ifr.access import Role
from ifr.audit import AuditEvent
from ifr.cases import words
from ifr.cases.identity import Patient
from ifr.cases.models import CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.reports import searching

SignIn = Callable[[FlaskClient, str], None]
STORY = stories.HYPERHIDROSIS


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    with app.app_context(), transaction():
        yield walk.received(STORY)


def found(typed: str, who: str = "carol_office") -> list[str]:
    return [one.row.key for one in searching.search(accounts.user(who), typed).found]


def test_a_request_is_found_by_its_reference_its_codes_and_its_words(case: Case) -> None:
    reference = case.reference
    assert reference is not None
    year, number = reference.split("-")[1:]
    for typed in (reference, reference.lower(), f" {year}-{int(number)} "):
        assert found(typed) == [reference], typed
    assert reference in found("SYMPATHECTOMIES, hyperhidrosis")
    assert reference not in found("sympathectomy zeppelin")
    code = STORY.answers["treatment_codes"].split(",")[0].strip()
    assert reference in found(code) and reference in found(code.replace(".", "").lower())
    assert reference in found(code[:3])
    assert found("the of and") == found("") == []


def test_the_words_of_a_document_say_in_which_it_stands(case: Case) -> None:
    document = walk_document(case)
    words.index_document(case, document, "The sweat test showed 300 milligrams a minute.")
    [one] = searching.search(accounts.user("carol_office"), "milligram sweat").found
    assert one.row.key == case.key and one.where == ["Sweat test"]


def walk_document(case: Case) -> int:
    row = documents.put(
        b"The sweat test", stream=case.stream, kind="evidence", title="Sweat test", by_id=accounts.user("dev_skin").id,
        uploaded_name="test.txt",
    )  # fmt: skip
    db.session.flush()
    return row.id


def test_nobody_finds_what_he_may_not_see(case: Case) -> None:
    assert found(case.key, "sam_screens") == [case.key]
    involve(case, accounts.user("sam_screens").id, Role.PANEL_MEMBER, interest=CONFLICTED)
    assert found(case.key, "sam_screens") == [] and found("sympathectomy", "sam_screens").count(case.key) == 0


def test_a_patient_is_found_by_exactly_the_name_or_number_and_that_goes_on_record(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        case = walk.received(STORY)
        key = case.key
        patient = db.session.scalars(select(Patient).where(Patient.case_id == case.id)).one()
        name, number = patient.name or "", patient.nhs_number or ""
    sign_in(client, "carol_office")
    for typed in (number, name.upper()):
        page = client.post("/search", data={"patient": typed})
        assert page.status_code == 200 and key in page.text
        assert page.request.query_string == b""
    assert key not in client.post("/search", data={"patient": name.split()[0]}).text
    with app.app_context(), transaction(writes=False):
        rows = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "search_identity")).all()
        assert len(rows) == 3
        assert rows[0].facts["requests"] and name not in str([row.facts for row in rows])


def test_who_may_not_know_patients_cannot_search_for_one(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "sam_screens")
    assert "NHS number or full name" not in client.get("/search").text
    assert client.post("/search", data={"patient": STORY.patient["name"]}).status_code == 403
