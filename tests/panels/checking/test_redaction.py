"""The identity check as whoever prepares the papers meets it: places, unreadable pages, redacted copies, the original again."""

import io
import re
from collections.abc import Callable

import docx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from werkzeug.test import TestResponse

from ifr import documents, pdf
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.documents import Document
from ifr.panels.checking import services as checking
from ifr.panels.papers import papers_of
from tests.panels import walking
from tests.panels.walking import SECRETARY

SignIn = Callable[[FlaskClient, str], None]
LETTER = """<html lang="en"><body><h1>Clinic letter</h1><p>The scar is dense.</p>
<h1 style="break-before: page">About Janet Ashworth</h1><p>Born 14.v.1980. Mrs J. Ashworth walks with her neighbour Mavis.</p>
</body></html>"""


def _word() -> bytes:
    book = docx.Document()
    book.sections[0].header.paragraphs[0].text = "ASHWORTH, Janet"
    book.add_paragraph("Standing has become ").add_run("impossible.")
    book.core_properties.author = "Janet Ashworth"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _scan() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 400), "white").save(written, "PNG")
    return written.getvalue()


FILES = (
    ("Clinic letter", "Ashworth.pdf", lambda: pdf.render(LETTER, title="Letter on Janet Ashworth", identifier="x")),
    ("Ward note", "note.docx", _word),
    ("A scan", "scan.png", _scan),
)


def _with_files() -> Case:
    case = walking.ready()
    for title, name, content in FILES:
        documents.put(content(), stream=case.stream, kind="evidence", title=title, by_id=None, uploaded_name=name)
    walking.on_agenda(case, walking.planned(case))
    return case


@pytest.fixture
def key(app: Flask) -> tuple[int, str]:
    with app.app_context(), transaction():
        case = _with_files()
        return case.id, case.key


class Checks:
    """Somebody at the identity check of one case."""

    def __init__(self, client: FlaskClient, case_id: int, key: str) -> None:
        self.client, self.case_id, self.address = client, case_id, f"/cases/{key}/papers-check"

    def page(self) -> str:
        return self.client.get(self.address).get_data(as_text=True)

    def save(self, **data: object) -> TestResponse:
        hidden = dict(re.findall(r'type="hidden" name="(seen|papers)" value="([^"]+)"', self.page()))
        return self.client.post(self.address, data={**hidden, **data})

    def act(self, place: str, **data: object) -> TestResponse:
        hidden = dict(re.findall(r'type="hidden" name="(seen)" value="([^"]+)"', self.page()))
        return self.client.post(f"{self.address}/documents/{place}", data={**hidden, **data})


def words_of(answer: TestResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def shown(app: Flask, case_id: int) -> dict[str, tuple[Document, bytes]]:
    db.session.expire_all()
    case = db.session.get_one(Case, case_id)
    rows = {one.title: db.session.get_one(Document, one.document_id) for one in papers_of(case).documents}
    return {title: (row, documents.read(row)) for title, row in rows.items()}


def test_what_names_the_patient_is_taken_out_of_copies_and_the_original_is_kept_apart(
    app: Flask, client: FlaskClient, sign_in: SignIn, key: tuple[int, str]
) -> None:
    sign_in(client, SECRETARY)
    at = Checks(client, *key)
    page = at.page()
    found = re.findall(r'name="place" value="(\w+)"', page)
    words = re.sub(r"<[^>]+>", " ", page)
    for place in ("Document 2, page 2", "Document 2, the name of the file", "Document 2, its properties",
                  "Document 2, its bookmarks", "Document 3, page header", "Document 3, its properties"):  # fmt: skip
        assert place in words
    assert "Document 4, page 1: It is a picture" in words

    # A tick comes too early while a place is open or nobody has looked at the scan; what was typed stays.
    early = at.save(read="y", **{f"answer_{found[0]}": "not_the_patient", "place": found[0], f"reason_{found[0]}": ""})
    assert early.status_code == 422 and "Say what this is, and why." in words_of(early)
    assert at.save(read="y").status_code == 422

    with app.app_context():
        before = shown(app, key[0])["Clinic letter"][0].id
    of_letter = re.findall(r'name="place" value="(\w+)"', page.partition("Document 3: Ward note")[0])
    answer = at.save(place=found, emptied="3", **{f"answer_{one}": "redact" for one in of_letter})
    assert answer.status_code == 302
    with app.app_context():
        now = shown(app, key[0])
        letter, content = now["Clinic letter"]
        assert list(now) == ["Operation note of the first discectomy", "Clinic letter", "Ward note", "A scan"]
        assert letter.id != before and letter.uploaded_name is None
        copy = PdfReader(io.BytesIO(content))
        text = "\n".join(one.extract_text() for one in copy.pages)
        assert "The scar is dense" in text and "neighbour Mavis" in text and "[redacted]" in text
        everything = f"{text} {copy.metadata} {copy.outline}"
        assert not re.search("ashworth|janet|1980", everything, re.I)
        word = docx.Document(io.BytesIO(now["Ward note"][1]))
        assert word.sections[0].header.paragraphs[0].text == "[redacted]" and not word.core_properties.author
        assert word.paragraphs[0].text == "Standing has become impossible."
        assert db.session.get_one(Document, before).shown_as_id == letter.id

    # The original names the patient: the secretary is handed the copy in its place, the coordinator the original.
    assert client.get(f"/cases/{key[1]}/documents/{before}").data == content
    picture = client.get(f"{at.address}/documents/2/pages/2/picture")
    assert picture.mimetype == "image/jpeg" and picture.data[:2] == b"\xff\xd8"
    assert client.get(f"{at.address}/documents/4/pages/1/picture").data[:2] == b"\xff\xd8"

    # By hand: a word that no search knows, and the upper part of the scan.
    assert "do not stand there" in words_of(at.act("2/pages/2/words", words="Gertrude"))
    assert at.act("2/pages/2/words", words="MAVIS").status_code == 302
    assert at.act("4/pages/1/band", top="30", bottom="20").status_code == 422
    assert at.act("4/pages/1/band", top="0", bottom="50").status_code == 302
    with app.app_context():
        now = shown(app, key[0])
        assert b"Mavis" not in now["Clinic letter"][1]
        assert "Mavis" not in "".join(one.extract_text() for one in PdfReader(io.BytesIO(now["Clinic letter"][1])).pages)
        with Image.open(io.BytesIO(now["A scan"][1])) as scan:
            assert (scan.getpixel((150, 100)), scan.getpixel((150, 300))) == ((0, 0, 0), (255, 255, 255))

    assert "Look at this page yourself" in words_of(at.save(read="y"))
    looked = re.findall(r'name="looked" type="checkbox" value="(\w+)"', at.page())
    assert at.save(read="y", looked=looked).status_code == 302
    with app.app_context():
        case = db.session.get_one(Case, key[0])
        assert checking.what_is_open(case) == []
        assert checking.redacted_in(case) == [2, 3, 4]

    # The original again, with a reason, and only until the papers are issued.
    assert at.act("3/original", because="").status_code == 422
    assert at.act("3/original", because="The header is the consultant's").status_code == 302
    with app.app_context(), transaction():
        case = db.session.get_one(Case, key[0])
        assert checking.redacted_in(case) == [2, 4]
        walking.checked(case)
        walking.walk.step(case, "list", SECRETARY)
    assert "have been issued" in words_of(at.act("2/original", because="A mistake"))
    sign_in(client, "carol_office")
    original = client.get(f"/cases/{key[1]}/documents/{before}").data
    assert original != content and "Ashworth" in PdfReader(io.BytesIO(original)).pages[1].extract_text()


def test_a_name_that_was_put_right_calls_for_a_new_check(app: Flask, client: FlaskClient) -> None:
    from ifr.cases import identity

    with app.app_context(), transaction():
        case = walking.ready()
        walking.checked(case)
        assert checking.what_is_open(case) == []
        identity.save_patient(case, {"name": "Jane Ashworth"}, by=accounts.user("carol_office"))
        assert "was put right" in checking.what_is_open(case)[0].text
