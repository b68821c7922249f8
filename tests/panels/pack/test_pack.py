"""Papers issued, opened, added to late and read again as the panel saw them; and the pack that is made of them."""

import io
import re
from collections.abc import Callable

import docx
import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from werkzeug.test import TestResponse

from ifr import documents
from ifr.cases.drafts.points import EVIDENCE
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, hearing, stories, walk
from ifr.documents import WAITING, Document
from ifr.panels.interests.models import Opening
from ifr.panels.models import AgendaItem
from ifr.panels.pack import late
from ifr.panels.pack.models import FAILED, LEAVE, READY, UNANSWERED, Pack
from ifr.panels.pack.services import ask_for, make_waiting
from ifr.panels.papers import papers_of
from ifr.panels.sitting import open_item_of
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY

SignIn = Callable[[FlaskClient, str], None]


def reviewed() -> Case:
    """A request to the commissioner that puts a name across the papers, ready for its panel."""
    case = walk.in_screening(walk.in_check(walk.received(stories.BLUSHING)), no_policy=True)
    walk.step(walk.screened(case, "refer"), "refer_to_evidence_review", "petra_screens")
    return hearing.accuracy_checked(hearing.evidence_reviewed(case), stories.BLUSHING.clinician)


def words(answer: TestResponse) -> str:
    html = re.sub(r"<(script|style).*?</\1>", "", answer.get_data(as_text=True), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def put(case: Case, title: str, content: bytes) -> Document:
    return documents.put(content, stream=case.stream, kind=EVIDENCE, title=title, by_id=None, uploaded_name="scan.bin")


def the_item(case_id: int) -> AgendaItem:
    db.session.expire_all()
    item = open_item_of(db.session.get_one(Case, case_id))
    assert item is not None
    return item


@pytest.fixture
def listed(app: Flask) -> tuple[int, str]:
    """A request whose papers are issued; the address of its item."""
    with app.app_context(), transaction():
        case = walking.ready()
        item = walking.listed(case, walking.planned(case))
        return case.id, f"/meetings/{item.meeting_id}/items/{item.id}"


def test_papers_are_issued_opened_added_to_late_and_read_again_as_the_panel_saw_them(
    app: Flask, client: FlaskClient, sign_in: SignIn, listed: tuple[int, str]
) -> None:
    case_id, item = listed
    with app.app_context(), transaction():
        walking.declared(db.session.get_one(Case, case_id), CHAIR, "nina_member", "omar_member", conflict="omar_member")
    sign_in(client, "nina_member")
    page = client.get(f"{item}/papers")
    assert page.get_data(as_text=True).index('id="summary"') < page.get_data(as_text=True).index('id="request"')
    assert "Stop, I know this person" in words(page)
    assert "What it says of:" in words(page) and "issued 21 November 2026 at 10am by Stan" in words(page)
    assert "Save my" not in words(page)
    too_early = client.post(f"{item}/view", data={"leaning": "fund", "text": "The scar decides it."})
    assert (too_early.status_code, "The scar decides it." in words(too_early)) == (422, True)

    # An answer and a file come after the papers were issued.
    with app.app_context(), transaction():
        case = db.session.get_one(Case, case_id)
        walk.answered(walk.asked(case, "What did the later scan show?", needed_for="panel"), "rosa_spine", "Scar on both sides.")
        put(case, "Report of the later scan", b"Scar at L4 and L5.")
        [answer, file] = sorted(late.arrivals(the_item(case_id), case), key=lambda one: one.place)
        assert [one.place.split(":")[0] for one in (answer, file)] == ["answer", "document"]
        beside = f"/cases/{case.key}/documents/{file.place.split(':')[1]}"
        urgent = f"/cases/{case.key}/urgent-decision"
    assert "later scan" not in words(client.get(f"{item}/papers"))
    assert client.get(beside).status_code == 404, "who sits reads the papers as they were issued, and no file beside them"
    assert client.post(f"{item}/late", data={"place": file.place, "sha256": file.sha256, "answer": LEAVE}).status_code == 404
    sign_in(client, CHAIR)
    unchecked = words(client.get(f"{item}/papers"))
    assert client.get(urgent).status_code == 404, "nor by the way of an urgent decision"
    assert "An answer of the clinician" in unchecked and "later scan" not in unchecked
    refused = client.post(f"{item}/late", data={"place": file.place, "sha256": file.sha256, "answer": LEAVE})
    assert (refused.status_code, "The secretary does that first" in words(refused)) == (422, True)
    with app.app_context(), transaction():
        walking.checked(db.session.get_one(Case, case_id))
    assert "Scar on both sides." in words(client.get(f"{item}/papers"))
    assert client.get(f"{item}/late/documents/{file.place.split(':')[1]}").data == b"Scar at L4 and L5."
    why = client.post(f"{item}/late", data={"place": answer.place, "sha256": answer.sha256, "answer": "refused"})
    assert (why.status_code, "Say why" in words(why)) == (422, True)
    assert client.post(f"{item}/late", data={"place": "document:x", "sha256": "\0" * 9, "answer": LEAVE}).status_code == 422
    client.post(f"{item}/late", data={"place": file.place, "sha256": file.sha256, "answer": LEAVE, "reason": "It bears on it."})
    again = client.post(f"{item}/late", data={"place": file.place, "sha256": file.sha256, "answer": LEAVE})
    assert again.status_code == 422

    # The panel begins without the answer, which nobody has let in.
    with app.app_context(), transaction():
        case = db.session.get_one(Case, case_id)
        walking.declared(case, "leo_lay")
        agenda_item = the_item(case_id)
        issued = (agenda_item.papers, list(agenda_item.manifest or []))
        walking.opened(walking.db.session.get_one(walking.Meeting, agenda_item.meeting_id))
        late.leave_out_what_nobody_answered(case, accounts.user(SECRETARY), _moved())
        assert [row.answer for row in late.rows_of(agenda_item)] == [LEAVE, UNANSWERED]
        assert late.not_before_panel(agenda_item) == [
            "An answer of the clinician, received by 21 November 2026 was not before the panel: it came too late to be answered."
        ]
        last = late.manifest_of(agenda_item)[-1]
        assert (last["number"], last["addition"], last["pages"]) == (len(issued[1]), 1, None)

    sign_in(client, "nina_member")
    told = words(client.get(f"{item}/papers"))
    assert "Addition 1: Report of the later scan" in told and "An answer of the clinician" in told
    assert "Scar on both sides." not in told
    assert client.get(f"{item}/papers/documents/{last['number']}").data == b"Scar at L4 and L5."
    assert client.get(f"{item}/papers/documents/9").status_code == 404
    assert client.get(f"{item}/as-the-panel-saw-it").status_code == 404

    sign_in(client, CHAIR)
    assert client.get(f"{item}/as-the-panel-saw-it").status_code == 200
    sign_in(client, "maya_manages")
    with app.app_context(), transaction():
        db.session.get_one(Case, case_id).treatment = "Another treatment"
        assert (the_item(case_id).papers, the_item(case_id).manifest) == issued
    seen = words(client.get(f"{item}/as-the-panel-saw-it"))
    assert issued[1][0]["sha256"][:16] in seen and "Issued 21 November 2026" in seen and "Another treatment" not in seen
    assert client.get(f"{item}/as-the-panel-saw-it/documents/{last['number']}").data == b"Scar at L4 and L5."
    with app.app_context(), transaction():
        put(db.session.get_one(Case, case_id), "Something else", b"Other words")
        row = db.session.get_one(Document, last["document_id"])
        row.sha256 = "0" * 64
    assert "is not what was issued" in words(client.get(f"{item}/as-the-panel-saw-it"))
    assert client.get(f"{item}/as-the-panel-saw-it/documents/{last['number']}").status_code == 404
    with app.app_context():
        nina = accounts.user("nina_member").id
        whats = [row.what for row in db.session.query(Opening).filter_by(case_id=case_id, user_id=nina)]
    assert whats == ["The papers"] * (len(whats) - 1) + [f"Document {last['number']}"]
    sign_in(client, "omar_member")
    for place in ("papers", "as-the-panel-saw-it", f"papers/documents/{last['number']}", "late/documents/1"):
        assert client.get(f"{item}/{place}").status_code == 404


def _moved() -> object:
    """The move by which an item is opened, as far as what follows from it looks at it."""
    from ifr import clock
    from ifr.workflow import MoveRecord

    return MoveRecord(trigger="take_item", at=clock.now())


def _two_pages() -> bytes:
    made, written = pypdfium2.PdfDocument.new(), io.BytesIO()
    for _ in range(2):
        made.new_page(595, 842)
    made.save(written)
    return written.getvalue()


def _picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", (60, 40), "navy").save(written, "PNG")
    return written.getvalue()


def _word() -> bytes:
    made, written = docx.Document(), io.BytesIO()
    made.add_paragraph("She could not stand for ten minutes.")
    made.add_table(1, 2).cell(0, 0).text = "Pain score"
    made.save(written)
    return written.getvalue()


def test_a_pack_holds_what_its_reader_may_read_with_every_file_and_is_made_once(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        case = reviewed()
        own = len(papers_of(case).documents)
        for title, content in (
            ("Scan", _two_pages()), ("Photograph", _picture()), ("Clinic letter", _word()), ("Broken", b"%PDF-1.7 nothing"),
        ):
            put(case, title, content)
        item = walking.listed(case, walking.planned(case))
        put(case, "Held back", b"Not scanned").state = WAITING
        other = reviewed()
        private = walking.listed(other, db.session.get_one(walking.Meeting, item.meeting_id))
        walking.declared(case, CHAIR, "nina_member")
        walking.declared(other, CHAIR, "nina_member", conflict="nina_member")
        meeting_id, key, item_id, private_id = item.meeting_id, other.key, item.id, private.id
        assert [one.get("pages") for one in item.manifest or []][own + 1 :] == [2, 1, None, None]
    sign_in(client, "nina_member")
    assert client.post(f"/meetings/{meeting_id}/items/{private_id}/pack").status_code == 404
    address = client.post(f"/meetings/{meeting_id}/pack").headers["Location"]
    assert "Waiting to be made" in words(client.get(address))
    assert client.get(f"{address}/file").status_code == 404
    with app.app_context():
        assert make_waiting() == 1
    page = words(client.get(address))
    content = client.get(f"{address}/file").data
    made = pypdfium2.PdfDocument(content)
    pages = [" ".join(one.get_textpage().get_text_bounded().split()) for one in made]
    assert f"Pages {len(pages)}" in page
    said = " ".join(pages)
    for part in (
        "Private item", "Interests declared", "page 1 of 2", "She could not stand for ten minutes.", "Pain score",
        "Document", "This PDF cannot be read by the service", f"Item {item_position(app, item_id)}, page 1 of",
    ):
        assert part in said, part
    nina = accounts_name(app, "nina_member")
    assert all(nina in one for one in pages[len(pages) // 2 :]), "the reader's name lies across every page of an item"
    assert key not in said
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert "/StructTreeRoot" in root and root["/Lang"] == "en-GB" and b"pdfuaid" in root["/Metadata"].get_data()
    titles = [one.get_title() for one in made.get_toc()]
    made.close()
    assert any(one.startswith("Item ") for one in titles) and "The policy" in titles and "The questions" in titles

    # The same contents are made once; other contents for the same person are made anew, and the earlier pack goes.
    assert client.post(f"/meetings/{meeting_id}/pack").headers["Location"] == address
    sign_in(client, CHAIR)
    assert client.get(address).status_code == 404
    with app.app_context():
        with transaction():
            chairs = ask_for(meeting_id, item_id, accounts.user(CHAIR))
            assert chairs.contents_sha256 != db.session.query(Pack).filter_by(state=READY).one().contents_sha256
            walking.declared(db.session.get_one(Case, db.session.get_one(AgendaItem, item_id).case_id), CHAIR, conflict=CHAIR)
            chairs_id = chairs.id
        make_waiting()
        failed = db.session.get_one(Pack, chairs_id)
        assert failed.state == FAILED and "has changed since you asked" in failed.failed_because
    assert client.get(f"/packs/{chairs_id}").status_code == 404


def item_position(app: Flask, item_id: int) -> int:
    with app.app_context():
        return db.session.get_one(AgendaItem, item_id).position


def accounts_name(app: Flask, who: str) -> str:
    with app.app_context():
        return accounts.user(who).name
