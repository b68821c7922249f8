"""Files made to break a reader: each is refused with a sentence, or read as what little it says."""

import io
import zlib

import pytest
from pypdf import PdfWriter

from ifr.policies.reading import UnreadableDocument, read_document
from ifr.policies.reading.pdf import MOST_PAGES


def _pdf(pages: int, password: str | None = None) -> bytes:
    book = PdfWriter()
    for _ in range(pages):
        book.add_blank_page(200, 200)
    if password:
        book.encrypt(password)
    written = io.BytesIO()
    book.write(written)
    return written.getvalue()


def test_a_book_of_too_many_pages_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="pages"):
        read_document("book.pdf", _pdf(MOST_PAGES + 1))


def test_a_locked_file_says_that_it_is_locked() -> None:
    with pytest.raises(UnreadableDocument, match="password"):
        read_document("locked.pdf", _pdf(1, "secret"))


def test_pages_without_text_are_refused() -> None:
    with pytest.raises(UnreadableDocument, match="no text"):
        read_document("scan.pdf", _pdf(2))


def test_a_stream_that_swells_is_refused() -> None:
    swollen = b"%PDF-1.4\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(b"0" * 150_000_000) + b"\nendstream"
    with pytest.raises(UnreadableDocument, match="unpacks"):
        read_document("swollen.pdf", swollen)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>" + b"<div>" * 50_000 + b"not funded",
        b"<html><body><p>" + b"<b" * 50_000,
        b"<html><body>" + b"<odd>" * 50_000 + b"not funded",
    ],
    ids=["nested", "never closed", "of unknown tags"],
)
def test_a_tangled_page_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        read_document("page.html", content)


@pytest.mark.parametrize(
    "content",
    [
        b"(" * 100_000 + b" policy",
        b"Version: " * 5_000,
        b"OPCS: " + b"A75.2, " * 10_000,
        b"a\tb\t" * 50_000,
        b"Aa, " * 50_000,
        b"funded " + b"for abc " * 180 + b"x",
        b"category fund date prior individual version restricted " * 20,
        b"x" * 500_000,
        b"1." * 100_000 + b"x",
    ],
    ids=["brackets", "labels", "codes", "cells", "places", "conditions", "words", "one word", "numbers"],
)
def test_a_text_without_sense_gives_no_position(content: bytes) -> None:
    assert read_document("odd.txt", content).ratified_on.value is None


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-8-sig"])
def test_any_usual_coding_of_letters_is_read(code: str) -> None:
    words = "Title: Café lamp therapy\r\nPosition: not routinely commissioned\r\n"
    reading = read_document("policy.txt", words.encode(code))
    assert (reading.title.value, reading.position.value) == ("Café lamp therapy", "not_routinely_commissioned")


def test_a_nul_among_the_words_does_no_harm() -> None:
    reading = read_document("policy.txt", b"Title: Lamp\x00 therapy\nPosition: not funded\n")
    assert (reading.title.value, "\x00" in reading.text) == ("Lamp therapy", False)


def test_paragraphs_items_and_cells_that_nobody_closed_are_read_each_once() -> None:
    page = (
        "<html><body><h1>Policy</h1><p>First<p>Second<ul><li>Third<li>Fourth</ul><table><tr><td>A1<td>B1<tr><td>A2<td>B2</table>"
    )
    text = read_document("page.html", (page + "<p>Last" * 500 + "</body></html>").encode()).text
    assert [text.count(words) for words in ("First", "Second", "Third", "Fourth", "A1", "B1", "A2", "B2", "Last")] == [1] * 8 + [
        500
    ]
    assert "A1\tB1\nA2\tB2" in text


def test_a_page_on_which_nothing_is_ever_closed_is_read_as_text() -> None:
    assert read_document("page.html", b"<div>" * 50_000 + b"not funded").kind.value == "other"
