"""The pages of the evidence: who opens them, that they keep what was typed, and that hostile forms get a sentence."""

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from ifr import documents
from ifr.cases.drafts import points
from ifr.cases.evidence import references, statement
from ifr.cases.services import factors_of
from ifr.db import transaction
from ifr.demo import stories, walk
from tests.cases.drafting import in_draft

SignIn = Callable[[FlaskClient, str], None]
MEGABYTE = 1024 * 1024
STORY = replace(stories.HYPERHIDROSIS, evidence=(("Letter of the clinical psychologist", "Twenty-four sessions."),))


@pytest.fixture
def key(app: Flask) -> str:
    with app.app_context(), transaction():
        return walk.draft(STORY).key


def first_file(app: Flask, key: str) -> int:
    return in_draft(app, key, lambda case: points.evidence_of(case)[0].id)


def upload(content: bytes, name: str = "letter.txt", title: str = "A letter", **more):
    return {"title": title, "file": (io.BytesIO(content), name), **more}


def seen_in(page) -> str:
    return re.search(r'name="seen" value="(\d+)"', page.text)[1]


def test_both_sides_open_every_page_and_nobody_who_decides_does(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    file = first_file(app, key)
    with app.app_context(), transaction():
        case = walk.received(STORY)
        sent, sent_file = walk.in_check(case).key, points.evidence_of(case)[0].id
    pages = (f"/requests/{sent}/evidence", f"/requests/{sent}/files/{sent_file}", f"/requests/{sent}/statement")
    for who, code in (
        ("dev_skin", 200), ("carol_office", 200), ("sam_screens", 200), ("rosa_spine", 404), ("omar_member", 404),
        ("helen_chairs", 404),
    ):  # fmt: skip
        sign_in(client, who)
        assert {client.get(page).status_code for page in pages} <= {code, 403 if code == 404 else code}, who
    sign_in(client, "carol_office")
    assert client.get(f"/requests/{key}/evidence").status_code == 404
    page = client.get(f"/cases/{sent}")
    assert f"/requests/{sent}/files/{sent_file}" in page.text and "Files, references and the patient" in page.text
    sign_in(client, "dev_skin")
    assert client.get(f"/requests/{sent}/files/{file}").status_code == 404
    assert client.post(f"/requests/{sent}/references/new", data={"title": "Kept"}).status_code == 409
    assert client.get(f"/requests/{sent}/references/new").status_code == 409
    for gone in (f"files/{file}0000", f"files/{2**70}", f"references/{2**70}", f"files/{2**70}/replace"):
        assert client.get(f"/requests/{key}/{gone}").status_code == 404, gone


def test_a_file_is_added_linked_replaced_and_read_on_its_page(app: Flask, client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "dev_skin")
    point = in_draft(app, key, lambda case: factors_of(case)[0].id)
    form = client.get(f"/requests/{key}/evidence/new")
    assert "up to 15 MB" in form.text and f'value="point-{point}"' in form.text
    sent = client.post(f"/requests/{key}/evidence/new", data=upload(b"First words", serves=[f"point-{point}"]))
    assert sent.status_code == 302
    again = client.post(f"/requests/{key}/evidence/new", data=upload(b"First words"), follow_redirects=True)
    assert "is on the request already, as “A letter”" in again.text
    file = in_draft(app, key, lambda case: points.evidence_of(case)[-1].id)
    page = client.get(f"/requests/{key}/files/{file}")
    assert "this service has no scanner" in page.text and "Point 1" in page.text and "It is read within a minute" in page.text
    better = upload(b"Second words", title="Better")
    done = client.post(f"/requests/{key}/files/{file}/replace", data=better, follow_redirects=True)
    assert "The older version can still be read." in done.text and "Version 2 (this page)" in done.text and "Point 1" in done.text
    old = client.get(f"/cases/{key}/documents/{file}")
    assert old.data == b"First words" and old.headers["X-Content-Type-Options"] == "nosniff"
    assert old.headers["Content-Disposition"].startswith("attachment")
    late = client.post(f"/requests/{key}/files/{file}/replace", data=upload(b"Third", title="My own title"))
    assert late.status_code == 409 and "My own title" in late.text
    newest = in_draft(app, key, lambda case: points.evidence_of(case)[-1].id)
    wrong = client.post(f"/requests/{key}/files/{newest}/links", data={"serves": ["point-999999", "x\x00"]})
    assert wrong.status_code == 422 and "One of them is gone by now" in wrong.text
    assert client.post(f"/requests/{key}/files/{newest}/links", data={}).status_code == 302
    assert "Linked to nothing" in client.get(f"/requests/{key}/evidence").text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"x" * (15 * MEGABYTE + 1), "letter.txt", "larger than 15 MB"),
        (b"x" * (22 * MEGABYTE), "letter.txt", "larger than 15 MB"),
        (b"", "letter.pdf", "The file is empty"),
        (b"MZ\x90\x00\xff", "letter.pdf", "This type of file cannot be kept"),
    ],
)
def test_a_file_that_cannot_be_kept_gets_a_sentence_and_the_title_stays(
    client: FlaskClient, sign_in: SignIn, key: str, content: bytes, name: str, said: str
) -> None:
    sign_in(client, "dev_skin")
    boundary, body = encode_multipart({"title": "Sweat test, June", "file": FileStorage(io.BytesIO(content), name)})
    kind = f"multipart/form-data; boundary={boundary}"
    answer = client.post(f"/requests/{key}/evidence/new", data=body, content_type=kind)
    assert answer.status_code == 422 and said in answer.text and "Sweat test, June" in answer.text


def test_several_files_under_one_title_are_refused(app: Flask, client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "dev_skin")
    for where in ("evidence/new", f"files/{first_file(app, key)}/replace"):
        many = [(io.BytesIO(b"%d" % n), f"{n}.txt") for n in range(30)]
        answer = client.post(f"/requests/{key}/{where}", data={"title": "Letters", "file": many})
        assert answer.status_code == 422 and "one file at a time" in answer.text and "Letters" in answer.text


def test_a_file_that_waits_for_the_scanner_cannot_be_opened(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "IFR", replace(app.config["IFR"], clamav="/no/such/socket"))
    sign_in(client, "dev_skin")
    client.post(f"/requests/{key}/evidence/new", data=upload(b"A letter that waits"))
    file = in_draft(app, key, lambda case: points.evidence_of(case)[-1].id)
    held = client.get(f"/cases/{key}/documents/{file}")
    assert held.status_code == 409 and "waits to be scanned" in held.text and b"A letter that waits" not in held.data
    page = client.get(f"/requests/{key}/files/{file}")
    assert "Nothing is read of a file before it was scanned" in page.text
    with app.app_context(), transaction():
        row = documents.db.session.get_one(documents.Document, file)
        documents.scanned(row, clean=False, said="Win.Test")
    assert "A file is infected" in client.get(f"/requests/{key}/evidence").text
    assert "Win.Test" in client.get(f"/requests/{key}/files/{file}").text
    assert client.get(f"/cases/{key}/documents/{file}").status_code == 409
    assert client.post(f"/requests/{key}/evidence/{file}/remove").status_code == 302
    assert "A file is infected" not in client.get(f"/requests/{key}/evidence").text


def test_a_reference_keeps_what_was_typed_until_it_is_right(app: Flask, client: FlaskClient, sign_in: SignIn, key: str) -> None:
    sign_in(client, "dev_skin")
    form = client.get(f"/requests/{key}/references/new")
    assert "SIGN levels of evidence" in form.text and "any commissioner" in form.text and "Not graded" in form.text
    typed = {
        "once": "one", "title": "Sympathectomy", "doi": "nonsense", "year": "soon", "study_type": "cohort_study", "grade": "2+",
        "how_near": "Older", "population": "x" * 5001,
    }  # fmt: skip
    answer = client.post(f"/requests/{key}/references/new", data=typed)
    assert answer.status_code == 422
    for kept in ("nonsense", "soon", "Older", "can hold 5,000 characters"):
        assert kept in answer.text
    right = {**typed, "doi": "https://doi.org/10.1000/182", "year": "2011", "population": ""}
    assert client.post(f"/requests/{key}/references/new", data=right).status_code == 302
    assert client.post(f"/requests/{key}/references/new", data=right).status_code == 302
    row = in_draft(app, key, lambda case: references.references_of_case(case)[0].id)
    shown = client.get(f"/requests/{key}/evidence")
    assert shown.text.count("10.1000/182") == 1 and "2+ (SIGN levels of evidence)" in shown.text
    page = client.get(f"/requests/{key}/references/{row}")
    seen = seen_in(page)
    change = {**right, "seen": seen, "title": "Sympathectomy for sweating"}
    assert client.post(f"/requests/{key}/references/{row}", data=change).status_code == 302
    stale = client.post(f"/requests/{key}/references/{row}", data={**change, "title": "My wording"})
    assert stale.status_code == 409 and "My wording" in stale.text and "It says now: Sympathectomy for sweating" in stale.text
    for hostile in ({}, {"title": "a\x00b", "grade": "9", "document_id": str(2**80), "serves": "point-1e9"}):
        assert client.post(f"/requests/{key}/references/new", data=hostile).status_code == 422
    with app.app_context(), transaction():
        other = walk.draft(STORY).key
    assert "Use references of my earlier requests" in client.get(f"/requests/{other}/evidence").text
    assert client.post(f"/requests/{other}/references/again", data={"again": ["x", str(2**70)]}).status_code == 422
    taken = client.post(f"/requests/{other}/references/again", data={"again": str(row)}, follow_redirects=True)
    assert "1 reference was taken over" in taken.text
    assert client.post(f"/requests/{key}/references/{row}/remove").status_code == 302


def test_the_statement_is_shown_space_for_space_and_kept_on_a_fault(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: str
) -> None:
    sign_in(client, "dev_skin")
    address = f"/requests/{key}/statement"
    assert "A panel reads the statement" in client.get(address).text
    fault = client.post(address, data={"once": "a", "seen": "0", "text": "\n  My   words <b>"})
    assert fault.status_code == 422 and "\n  My   words &lt;b&gt;</textarea>" in fault.text
    kept = {"once": "a", "seen": "0", "text": "  My   words\r\n\r\nend  ", "written_by": "patient"}
    assert client.post(address, data=kept).status_code == 302
    assert in_draft(app, key, lambda case: statement.statement_of(case).text) == "  My   words\n\nend  "
    page = client.get(f"/requests/{key}/evidence")
    assert ">  My   words\n\nend  </blockquote>" in page.text
    stale = client.post(address, data={**kept, "once": "b", "text": "Other words"})
    assert stale.status_code == 409 and "Other words" in stale.text and seen_in(stale) == "1"
    assert client.post(address, data={"once": "c", "seen": "1", "text": "", "written_by": "patient"}).status_code == 422
    back = {"once": "d", "seen": "1", "text": "", "written_by": "patient", "taken_back": "y"}
    assert client.post(address, data=back).status_code == 302
    assert "The patient took the statement back." in client.get(address).text
