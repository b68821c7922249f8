"""Files with their versions and their scan, what can be read of them, references, links, and the patient's own words."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from ifr import documents, jobs, profiles
from ifr.cases import overview, volunteered
from ifr.cases.beside import case_notes
from ifr.cases.distinct.remarks import remarks_of
from ifr.cases.drafts import points
from ifr.cases.evidence import files, links, reading, references, scanner, services, statement
from ifr.cases.evidence.models import DocumentText, EvidenceLink
from ifr.cases.evidence.references import Said
from ifr.cases.information import Upload
from ifr.cases.models import Case
from ifr.cases.services import factors_of
from ifr.cases.words import CaseWord
from ifr.config import ConfigurationError, from_environment
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.panels import papers
from ifr.panels.checking import finding
from ifr.panels.checking import services as checking
from ifr.workflow import Invalid, NotVisible, NotYours, Refused, Stale
from tests.cases.evidence.clamd import EICAR, LIMIT, listening

STORY = replace(stories.HYPERHIDROSIS, patient={**stories.HYPERHIDROSIS.patient, "name": "Imogen Testcase"})


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def who(key: str = "dev_skin"):
    return accounts.user(key)


@pytest.fixture
def draft(context: None) -> Case:
    with transaction():
        return walk.draft(STORY)


def put(case: Case, content: bytes = b"A letter", title: str = "Letter", **more) -> documents.Document:
    return files.add_file(case, content, more.pop("name", "letter.txt"), title, by=who(), **more).document


def words_of(document: documents.Document) -> tuple[str | None, str]:
    row = db.session.scalars(select(DocumentText).where(DocumentText.document_id == document.id)).one()
    return row.text, row.why_none


def searched(case: Case) -> set[str]:
    return set(db.session.scalars(select(CaseWord.word).where(CaseWord.case_id == case.id, CaseWord.document_id.is_not(None))))


@pytest.fixture
def scans(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    with listening() as (address, seen):
        monkeypatch.setitem(app.config, "IFR", replace(app.config["IFR"], clamav=address))
        yield seen


# --- files --------------------------------------------------------------------------------------------------------------


def test_limits_stand_in_the_profile_and_are_said_before_and_after(draft: Case) -> None:
    limits = files.limits_of(draft)
    assert "up to 15 MB" in limits.words and "40 files" in limits.words
    with pytest.raises(documents.NotAcceptedError, match="larger than 15 MB"):
        put(draft, b"x" * (limits.largest + 1))
    for number in range(limits.most - len(points.evidence_of(draft))):
        put(draft, b"Letter %d" % number, f"Letter {number}")
    with pytest.raises(documents.NotAcceptedError, match="has 40 files, which is the most"):
        put(draft, b"One more")


def test_what_is_empty_or_of_another_kind_is_refused_by_its_content(draft: Case) -> None:
    for content, said in (
        (b"", "empty"), (b"<html>hello</html>", "type of"), (b"MZ\x90\x00", "type of"), (_zip({"a.txt": b"x"}), "type of"),
    ):  # fmt: skip
        with pytest.raises(documents.NotAcceptedError, match=said):
            put(draft, content, name="scan.pdf")
    polyglot = put(draft, b"%PDF-1.7\n<script>alert(1)</script>", name="x.html")
    assert polyglot.media_type == "application/pdf"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\Users\\me\\scan.pdf", "scan.pdf"), ("a\u202efdp.exe", "afdp.exe"),
        ("x" * 5000 + ".pdf", "x" * 146 + ".pdf"), ("a\x00b\nc.txt", "ab c.txt"), ("/", None), ("", None),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_kept_without_what_could_mislead(draft: Case, name: str, kept: str | None) -> None:
    assert put(draft, b"letter", name=name).uploaded_name == kept


def test_the_same_file_again_is_not_kept_twice_and_the_service_says_so(draft: Case) -> None:
    first = files.add_file(draft, b"A letter", "a.txt", "Letter", by=who())
    again = files.add_file(draft, b"A letter", "b.txt", "Another letter", by=who())
    assert not first.was_there and again.was_there and again.document.id == first.document.id


def test_a_newer_file_takes_the_place_of_an_older_one_which_stays_readable(draft: Case) -> None:
    point = factors_of(draft)[0]
    old = put(draft, b"First", serves=[f"point-{point.id}"])
    paper = references.add_reference(draft, Said("A paper", study_type="cohort_study", document_id=old.id), once="a", by=who())
    new = files.replace_file(draft, old.id, b"Second", "second.txt", "Letter, corrected", by=who()).document
    assert old not in points.evidence_of(draft) and new in points.evidence_of(draft)
    assert [one.row.id for one in services.file_page(draft, old.id, who()).versions] == [new.id, old.id]
    assert documents.read(old) == b"First" and services.file_page(draft, old.id, who()).newer is new
    db.session.refresh(paper)
    assert links.links_of(draft).files[new.id].points == {point.id} and paper.document_id == new.id
    with pytest.raises(Stale):
        files.replace_file(draft, old.id, b"Third", "third.txt", "Letter", by=who())
    with pytest.raises(Invalid, match="older version of the same file"):
        files.replace_file(draft, new.id, b"First", "first.txt", "Letter", by=who())
    assert files.replace_file(draft, new.id, b"Second", "second.txt", "Letter", by=who()).was_there
    files.remove_file(draft, new.id, by=who())
    assert documents.get(old.id, draft.stream) is None and paper in references.references_of_case(draft)


def test_a_file_that_is_replaced_after_the_request_was_sent_waits_to_be_considered(draft: Case) -> None:
    old = put(draft, b"First")
    walk.drafts.send(draft, declared=True, by=who(), seen=draft.version)
    with pytest.raises(Refused):
        put(draft, b"Later")
    with pytest.raises(documents.NotAcceptedError, match="larger than 15 MB"):
        large = Upload("large.txt", b"x" * (15 * files.MEGABYTE + 1))
        volunteered.send_more(draft, words="", file=large, once="large", by=who())
    files.replace_file(draft, old.id, b"Second", "b.txt", "Letter", by=who())
    assert sum(one.to_consider for one in overview.asked(draft)) == 1
    with pytest.raises(Refused):
        files.replace_file(draft, points.evidence_of(draft)[-1].id, b"Third", "c.txt", "Letter", by=who("rosa_spine"))


# --- scanning -----------------------------------------------------------------------------------------------------------


def test_without_a_scanner_a_file_is_handed_out_and_the_page_says_that_nobody_looked(draft: Case) -> None:
    row = put(draft)
    assert row.state == documents.NOT_SCANNED and documents.read(row) == b"A letter"
    assert "no scanner" in files.state_in_words(row) and reading.scan_waiting() == 0


def test_a_file_is_held_back_until_it_was_scanned_and_an_infected_one_for_ever(
    draft: Case, scans: list[bytes], app: Flask
) -> None:
    with transaction():
        # The same bytes are one file, and the test on the other database may store its own at this moment.
        mine = db.engine.dialect.name.encode()
        good, bad = put(draft, b"A letter about sweat"), put(draft, b"Hello " + EICAR + mine, "Second letter")
    for row in (good, bad):
        with pytest.raises(documents.HeldBackError, match="waits to be scanned"):
            documents.read(row)
    reading.read_unread(50)
    assert not was_read(good)
    jobs.tick(app)
    db.session.expire_all()
    assert b"A letter about sweat" in scans
    assert good.state == documents.CLEAN and documents.read(good) == b"A letter about sweat"
    assert bad.state == documents.INFECTED and bad.scan_said == "Win.Test.EICAR_HDB-1"
    with pytest.raises(documents.HeldBackError, match="infected"):
        documents.read(bad)
    apart = app.config["IFR"].files / "infected" / bad.sha256
    assert apart.exists() and not (app.config["IFR"].files / bad.sha256[:2] / bad.sha256).exists()
    assert words_of(good)[0] == "A letter about sweat"
    assert services.file_page(draft, bad.id, who()).text is None
    assert "infected" in services.on_section(draft, "difference", who())[0].says[0]
    with transaction():
        walk.drafts.send(draft, declared=True, by=who(), seen=draft.version)
    assert any(note.warns and "infected" in note.says[0] for note in case_notes(draft, who("carol_office")))
    # The identity check and the papers do not open it either.
    assert finding.read_file(draft, bad.id, 1, "Report").reading.pages == 0


def was_read(document: documents.Document) -> bool:
    return db.session.scalars(select(DocumentText).where(DocumentText.document_id == document.id)).first() is not None


def test_a_file_that_the_scanner_will_not_look_at_stops_no_other(draft: Case, scans: list[bytes]) -> None:
    with transaction():
        large, small = put(draft, b"x" * (LIMIT + 70_000)), put(draft, b"small", "Small")
    reading.scan_waiting()
    assert (large.state, small.state) == (documents.WAITING, documents.CLEAN)
    assert "size limit exceeded" in large.scan_said and "size limit" in files.state_in_words(large)


def test_files_wait_while_the_scanner_is_away(draft: Case, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with listening(str(tmp_path / "clamd")) as (address, seen):
        assert scanner.scan(b"clean", address) is None and seen == [b"clean"]
        assert scanner.scan(EICAR, address) == "Win.Test.EICAR_HDB-1"
    monkeypatch.setitem(app.config, "IFR", replace(app.config["IFR"], clamav=str(tmp_path / "nobody")))
    with transaction():
        rows = [put(draft, b"one", "One"), put(draft, b"two", "Two")]
    assert reading.scan_waiting() == 1
    assert {row.state for row in rows} == {documents.WAITING}
    assert "cannot be reached" in files.state_in_words(rows[0])


@pytest.mark.parametrize("address", ["clamav", "host:", ":3310", "host:70000", "host:port"])
def test_an_address_of_a_scanner_that_is_none_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="IFR_CLAMAV"):
        from_environment({"IFR_INSTANCE": str(tmp_path), "IFR_CLAMAV": address})


# --- reading ------------------------------------------------------------------------------------------------------------


def _zip(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def _word(text: str) -> bytes:
    from docx import Document as WordFile

    file, made = WordFile(), io.BytesIO()
    file.add_paragraph(text)
    file.save(made)
    return made.getvalue()


def test_words_are_read_and_searched_without_the_patients_name_and_a_file_that_fails_stops_no_other(draft: Case) -> None:
    bomb = _zip({"word/document.xml": b"<w>" + b"A" * 80_000_000, "[Content_Types].xml": b"<x/>"})
    with transaction():
        kept = {
            "bomb": put(draft, bomb, "Bomb"),
            "stub": put(draft, b"%PDF-", "Stub"),
            "picture": put(draft, b"\x89PNG\r\n\x1a\nrest", "Picture"),
            "word": put(draft, _word("Gravimetry showed hyperfunction"), "Word"),
            "text": put(draft, b"Imogen Testcase, 999 123 4560: iontophoresis ended", "Text"),
        }
    while reading.read_unread(3):
        pass
    assert words_of(kept["word"])[0] == "Gravimetry showed hyperfunction"
    assert "picture" in words_of(kept["picture"])[1]
    for name in ("bomb", "stub"):
        text, why = words_of(kept[name])
        assert text is None and why, name
    assert searched(draft) == set()
    with transaction():
        walk.drafts.send(draft, declared=True, by=who(), seen=draft.version)
    found = searched(draft)
    assert {one for one in found if one.startswith(("iontophor", "gravimetr"))} and not found & {"imogen", "testcase"}
    sealed = db.session.connection().exec_driver_sql("SELECT text FROM document_texts WHERE text IS NOT NULL").scalars().all()
    assert sealed and not any("iontophoresis" in one or "Testcase" in one for one in sealed)


def test_a_file_on_which_a_worker_dies_is_not_opened_again(draft: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        row = put(draft, b"A heavy letter")

    def dies(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(reading, "words_in", dies)
    while row.unread:
        with pytest.raises(SystemExit):
            reading.read_unread(1)
    assert not row.unread and "could not finish" in words_of(row)[1]


def test_a_pdf_without_words_says_so_and_one_with_words_is_read() -> None:
    from pypdf import PdfWriter

    from ifr import pdf

    blank, made = PdfWriter(), io.BytesIO()
    blank.add_blank_page(200, 200)
    blank.write(made)
    assert "found no words in this PDF" in reading.words_in("scan.pdf", "application/pdf", made.getvalue())[1]
    printed = pdf.render("<html lang='en'><title>t</title><p>Oswestry score 58</p></html>", title="t", identifier="t")
    assert "Oswestry score 58" in (reading.words_in("a.pdf", "application/pdf", printed)[0] or "")


# --- links --------------------------------------------------------------------------------------------------------------


def test_a_file_serves_many_points_and_questions_and_the_adviser_reads_it(draft: Case) -> None:
    loose = put(draft, b"Loose letter", "Loose letter")
    remark = f"unlinked:{loose.id}"
    assert remark in {one.key for one in remarks_of(draft)}
    question = links.choices(draft)[-1][0]
    first, *_ = factors_of(draft)
    links.link_file(draft, loose.id, [f"point-{first.id}", question], by=who())
    assert remark not in {one.key for one in remarks_of(draft)}
    served = links.links_of(draft).files[loose.id]
    assert served.points == {first.id} and served.questions == {question.removeprefix("question-")}
    for wanted in (["point-999999"], ["question-nothing"], ["nonsense"], ["point-x"]):
        with pytest.raises(Invalid):
            links.link_file(draft, loose.id, wanted, by=who())
    points.remove_factor(draft, first.id, by=who())
    db.session.expire_all()
    assert links.links_of(draft).files[loose.id].points == set()
    links.link_file(draft, loose.id, [], by=who())
    assert not links.links_of(draft).files.get(loose.id)


def test_after_the_request_was_sent_the_office_links_and_nobody_else(draft: Case) -> None:
    row, point = put(draft), factors_of(draft)[0]
    stood = point.evidence_id
    walk.drafts.send(draft, declared=True, by=who(), seen=draft.version)
    with pytest.raises(NotYours):
        links.link_file(draft, row.id, [f"point-{point.id}"], by=who())
    links.link_file(draft, row.id, [f"point-{point.id}"], by=who("carol_office"))
    assert point.evidence_id == stood and point.id in links.links_of(draft).files[row.id].points
    with pytest.raises(NotVisible):
        links.link_file(draft, 10**9, [], by=who("carol_office"))


# --- references ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("10.1136/BMJ.n71", "10.1136/bmj.n71"), (" https://doi.org/10.1136/bmj.n71 ", "10.1136/bmj.n71"),
        ("doi: 10.1000/182.", "10.1000/182"), ("http://dx.doi.org/10.1000/a(b)c;d-1", "10.1000/a(b)c;d-1"), ("", None),
    ],
)  # fmt: skip
def test_a_doi_is_kept_in_one_way(typed: str, kept: str | None) -> None:
    assert references.plain_doi(typed) == kept


@pytest.mark.parametrize("typed", ["11.1136/x", "10.1136", "10.12/x", "10.1136/a b", "10.1136/<script>", "javascript:alert(1)"])
def test_what_is_no_doi_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="10"):
        references.plain_doi(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("33782057", "33782057"), ("PMID: 33782057", "33782057"), (" ", None),
        ("https://pubmed.ncbi.nlm.nih.gov/33782057/", "33782057"),
    ],
)
def test_a_pmid_is_kept_as_its_number(typed: str, kept: str | None) -> None:
    assert references.plain_pmid(typed) == kept


@pytest.mark.parametrize("typed", ["PMC8005924", "0", "0123", "123456789", "12a", "١٢٣"])
def test_what_is_no_pmid_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="PMID"):
        references.plain_pmid(typed)


PAPER = Said(
    "Sympathectomy for hyperhidrosis", "Cerfolio RJ and others", "2011", "10.1016/j.athoracsur.2011.01.105", "21524489",
    "guideline", "2++", "Adults with palmar sweating", "Older, and treated before", "Table 2",
)  # fmt: skip


def test_a_reference_has_a_grade_of_the_profiles_scale_or_none(draft: Case) -> None:
    point = factors_of(draft)[0]
    said = replace(PAPER, serves=[f"point-{point.id}"])
    row = references.add_reference(draft, said, once="one", by=who())
    assert references.add_reference(draft, said, once="one", by=who()).id == row.id
    [shown] = references.shown(draft)
    assert shown.grade == "2++ (SIGN levels of evidence)" and shown.study == "Guideline or consensus statement"
    assert shown.serves[0].startswith("Point 1") and point.id in links.links_of(draft).points
    with pytest.raises(Invalid) as fault:
        references.add_reference(draft, replace(PAPER, year="3000", study_type="rumour", grade="A"), once="two", by=who())
    assert set(fault.value.faults) == {"year", "study_type", "grade", "doi", "pmid"}
    assert fault.value.faults["pmid"] == "This paper is on the request already, as reference 1."
    with pytest.raises(Invalid, match="Enter a DOI or a PMID"):
        references.add_reference(draft, replace(PAPER, doi="", pmid="", title="Book"), once="three", by=who())
    changed = references.change_reference(draft, row.id, replace(said, grade="not_graded"), seen=1, by=who())
    assert references.grade_in_words(changed) == "Not graded" and changed.version == 2
    with pytest.raises(Stale):
        references.change_reference(draft, row.id, said, seen=1, by=who())
    references.remove_reference(draft, row.id, by=who())
    assert not db.session.scalars(select(EvidenceLink).where(EvidenceLink.reference_id == row.id)).first()


def test_my_references_can_be_used_again_without_what_was_said_of_another_patient(draft: Case) -> None:
    row = references.add_reference(draft, PAPER, once="one", by=who())
    other = walk.draft(STORY)
    assert [one.id for _, one in references.references_of(who(), but=other)] == [row.id]
    assert references.references_of(who("rosa_spine")) == []
    [copied] = references.use_again(other, [row.id], by=who())
    assert (copied.doi, copied.grade, copied.population) == (row.doi, "2++", row.population)
    assert (copied.how_near, copied.relevant) == ("", "")
    assert references.use_again(other, [row.id], by=who()) == []
    with pytest.raises(Invalid):
        references.use_again(other, [10**9], by=who())


# --- the patient's own statement ------------------------------------------------------------------------------------------


def test_the_statement_is_kept_as_it_was_written_in_versions_and_a_panel_reads_it(draft: Case) -> None:
    typed = "  My name is\r\n\r\n\tImogen.   I cannot  hold a pen.\x00\x07 \u202bשלום\u202c\n "
    kept = "  My name is\n\n\tImogen.   I cannot  hold a pen. \u202bשלום\u202c\n "
    row = statement.save_statement(draft, typed, written_by="patient", once="a", seen=0, by=who())
    assert row.text == kept == statement.statement_of(draft).text
    assert statement.save_statement(draft, "other", written_by="patient", once="a", seen=0, by=who()).id == row.id
    for text, by_whom in ((" \n", "patient"), ("x" * 20_001, "patient"), ("x", "nobody"), ("x", "other")):
        with pytest.raises(Invalid):
            statement.save_statement(draft, text, written_by=by_whom, once=text[:9] + by_whom, seen=1, by=who())
    with pytest.raises(Stale):
        statement.save_statement(draft, "Newer", written_by="patient", once="b", seen=0, by=who())
    walk.drafts.send(draft, declared=True, by=who(), seen=draft.version)
    shown = papers.papers_of(draft)
    assert shown.patient_statement == kept and shown.patient_statement_by == "The patient"
    found = {(hit.what, hit.where) for hit in checking.find_identity(draft, shown)}
    assert ("a word of the patient's name", "The patient’s own statement") in found
    statement.save_statement(draft, "", written_by="patient", taken_back=True, once="c", seen=1, by=who())
    assert papers.papers_of(draft).patient_statement == "" and len(statement.versions(draft)) == 2
    assert "taken back" not in json.dumps(papers.papers_of(draft).as_facts()["patient_statement"])
    assert any("took the statement back" in one.answer for one in papers.papers_of(draft).asked)


def test_the_papers_hold_no_statement_where_the_profile_says_so_but_the_references(context: None) -> None:
    case = walk.draft(stories.FORAMINOPLASTY)
    by = who("rosa_spine")
    statement.save_statement(case, "My words", written_by="patient", once="a", seen=0, by=by)
    point = factors_of(case)[0]
    said = replace(PAPER, grade="4", serves=[f"point-{point.id}", "question-robust_case"], document_id=point.evidence_id)
    references.add_reference(case, said, once="b", by=by)
    walk.drafts.send(case, declared=True, by=by, seen=case.version)
    shown = papers.papers_of(case)
    assert shown.patient_statement == "" and "My words" not in json.dumps(shown.as_facts())
    assert shown.references[0].document == 1 and shown.references[0].grade.startswith("4 (Oxford levels")
    assert shown.points[0].shown_by == ("Document 1", "Reference 1")
    assert profiles.by_id(case.profile_id).grading.name.startswith("Oxford")
