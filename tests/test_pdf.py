"""Letters as files: what is in them, what cannot get into them, and who can read them."""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from pypdf import PdfReader

from ifr import pages, pdf
from ifr.config import Config
from tests import pdf_rules

LETTER = """
{% extends "letters/_base/letter.html" %}
{% block body %}
<p>The panel decided not to fund the treatment.</p>
<h2>Why</h2>
<ul><li>{{ reason }}</li></ul>
<table><caption>Answers</caption>
  <thead><tr><th class="narrow" scope="col">Question</th><th scope="col">Answer</th></tr></thead>
  <tbody><tr><th scope="row">1</th><td>{{ answer }}</td></tr></tbody></table>
{% endblock %}
"""
ONE_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def templates() -> Iterator[None]:
    app = Flask("ifr")
    app.config["IFR"] = Config()
    pages.prepare(app)
    with app.app_context():
        yield


def a_letter(reason: str = "As the policy says.", answer: str = "No", recipient: bool = True) -> str:
    return render_template_string(
        LETTER,
        letterhead={"name": "Example Office", "address": ["1 High Street"], "telephone": "0300 000 0000"},
        recipient={"name": "Dr Ann Example", "address": ["North Road", "Exampleton"]} if recipient else None,
        reference="IFR-2026-0042", issued_on=date(2026, 4, 3), title="Decision on your request",
        reason=reason, answer=answer,
    )


def made(html: str, identifier: str = "letter-1", **more: object) -> bytes:
    return pdf.render(html, title="Decision on your request", identifier=identifier, **more)  # type: ignore[arg-type]


def runs_of(letter: str, text: str) -> list[str]:
    return re.findall(f"{letter}+", text)


@pytest.mark.usefixtures("templates")
class TestALetter:
    def test_says_who_writes_to_whom_when_and_about_what(self) -> None:
        text = pdf.text_of(made(a_letter()))
        for words in (
            "Example Office", "1 High Street", "Telephone: 0300 000 0000", "Dr Ann Example", "Exampleton",
            "3 April 2026", "Reference: IFR-2026-0042", "Dear Dr Ann Example", "Decision on your request",
            "The panel decided not to fund the treatment.", "Page 1 of 1",
        ):
            assert words in text

    def test_without_a_recipient_greets_nobody(self) -> None:
        assert "Dear" not in pdf.text_of(made(a_letter(recipient=False)))

    def test_shows_names_and_measures_beyond_plain_english(self) -> None:
        words = "Łukasz Ŵyn: ≥ 5 µg/m² of β-blocker"
        assert words in pdf.text_of(made(a_letter(words)))

    def test_shows_typed_markup_as_typed(self) -> None:
        assert "<b>5 < 6</b>" in pdf.text_of(made(a_letter("<b>5 < 6</b>")))

    @pytest.mark.parametrize("where", ["reason", "answer"])
    def test_breaks_a_word_that_knows_no_end_instead_of_losing_it_at_the_margin(self, where: str) -> None:
        lines = runs_of("M", pdf.text_of(made(a_letter(**{where: "M" * 400}))))
        assert sum(map(len, lines)) == 400
        # A line of our letters holds about fifty of so wide a letter.
        assert max(map(len, lines)) < 60

    def test_is_tagged_for_screen_readers_and_says_so(self) -> None:
        reader = PdfReader(BytesIO(made(a_letter(), language="cy")))
        root = reader.root_object
        assert root["/MarkInfo"]["/Marked"].value is True
        assert root["/Lang"] == "cy"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
        assert reader.metadata is not None and reader.metadata.title == "Decision on your request"
        metadata = root["/Metadata"].get_object().get_data().decode()
        assert 'pdfuaid:part="1"' in metadata
        assert 'pdfaid:part="3"' in metadata and 'pdfaid:conformance="A"' in metadata

    def test_has_headings_lists_and_table_headers_in_its_structure(self) -> None:
        tags = tags_of(PdfReader(BytesIO(made(a_letter()))).root_object["/StructTreeRoot"])
        assert {"/H1", "/H2", "/L", "/LI", "/Table", "/Caption", "/TH", "/TD"} <= tags

    def test_keeps_every_rule_of_pdf_ua_and_of_pdf_a_with_the_decision_inside(self) -> None:
        broken = made("<html lang='en'><title>T</title><h2>A level too deep</h2><p>\U0001f642</p></html>")
        letter = made(a_letter("Łukasz Ŵyn"), attachments=[("decision.json", b"{}", "The decision as data")])
        found = {(one.file, one.rules): one for one in pdf_rules.verdicts({"a letter": letter, "a broken one": broken})}
        for rules in pdf_rules.PROFILES.values():
            assert found["a letter", rules].broken == []
            assert found["a letter", rules].checks > 1000
            # Or else the validator would find nothing wrong with anything.
            assert found["a broken one", rules].broken != []

    def test_carries_the_fonts_we_ship_and_no_other(self) -> None:
        fonts = PdfReader(BytesIO(made(a_letter()))).pages[0]["/Resources"]["/Font"]
        names = {str(font.get_object()["/BaseFont"]) for font in fonts.values()}
        assert {name.split("+")[1] for name in names} == {"Letter", "Letter-Bold"}


def tags_of(element: object) -> set[str]:
    """The kinds of all elements of a structure tree."""
    found: set[str] = set()
    waiting = [element]
    while waiting:
        here = waiting.pop()
        here = here.get_object() if hasattr(here, "get_object") else here
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            found.add(str(here.get("/S")))
            waiting.append(here.get("/K"))
    return found


@pytest.mark.usefixtures("templates")
class TestTheSameLetter:
    def test_gives_the_same_bytes_in_another_process_on_another_day(self) -> None:
        html = "<html lang='en-GB'><title>T</title><h1>Same</h1><p>Words</p></html>"
        script = (
            "import sys; from ifr import pdf; sys.stdout.buffer.write(pdf.render(sys.argv[1], title='T', "
            "identifier='letter-7', attachments=[('decision.json', b'{}', 'The decision as data')]))"
        )
        elsewhere = subprocess.run([sys.executable, "-c", script, html], capture_output=True, check=True)
        data = ("decision.json", b"{}", "The decision as data")
        assert elsewhere.stdout == pdf.render(html, title="T", identifier=b"letter-7", attachments=[data])

    def test_under_another_identifier_is_another_file(self) -> None:
        assert made(a_letter(), identifier="letter-1") != made(a_letter(), identifier="letter-2")

    def test_carries_what_was_attached(self) -> None:
        data = ("decision.json", b'{"funded": false}', "The decision as data")
        letter = made(a_letter(), attachments=[data])
        reader = PdfReader(BytesIO(letter))
        assert reader.attachments == {"decision.json": [b'{"funded": false}']}
        [named] = reader.root_object["/AF"]
        assert named.get_object()["/AFRelationship"] == "/Data"


class TestNothingIsFetched:
    def test_no_file_of_this_machine_is_attached(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("the keys")
        for html in (
            f'<html><link rel="attachment" href="{secret.as_uri()}"><p>x</p>',
            f'<html><a rel="attachment" href="{secret.as_uri()}">x</a>',
            '<html><link rel=attachment href="file:///etc/hostname"><p>x</p>',
        ):
            letter = made(html)
            assert PdfReader(BytesIO(letter)).attachments == {}
            assert b"the keys" not in letter

    def test_no_picture_of_this_machine_is_shown_while_one_inside_the_page_is(self, tmp_path: Path) -> None:
        picture = tmp_path / "dot.png"
        picture.write_bytes(ONE_DOT)
        inside = f"data:image/png;base64,{base64.b64encode(ONE_DOT).decode()}"
        assert pictures_in(made(f'<html><img alt="a" src="{picture.as_uri()}">')) == 0
        assert pictures_in(made(f'<html><img alt="a" src="{inside}">')) == 1

    def test_no_style_sheet_of_this_machine_is_read(self, tmp_path: Path) -> None:
        sheet = tmp_path / "sheet.css"
        sheet.write_text("p::before { content: 'smuggled in' }")
        imported = f'<html><style>@import url("{sheet.as_uri()}");</style><p>x</p>'
        linked = f'<html><link rel=stylesheet href="{sheet.as_uri()}"><p>x</p>'
        assert "smuggled" not in pdf.text_of(made(imported)) + pdf.text_of(made(linked))


def pictures_in(letter: bytes) -> int:
    return len(PdfReader(BytesIO(letter)).pages[0].images)


class TestMissingCharacters:
    def test_are_named_once_each_in_the_order_of_the_text(self) -> None:
        assert pdf.missing_characters("Pain 🙂 and 漢字, again 🙂") == ["🙂", "漢", "字"]

    def test_are_none_in_names_and_measures_that_letters_carry(self) -> None:
        words = "Łukasz Ŵyn Siân ΐ αβγ ≤ ≥ ± µg m² ½ € £ “quoted” – — … • ✓\n\tĐặng\u00a0"
        assert pdf.missing_characters(words) == []

    def test_are_none_where_a_letter_gives_every_character_back(self) -> None:
        odd = "Ωδ ŁŴŐ ≠≈∑ ₂ ⅔ ℃ → ☑ ẞ Ấ"
        assert pdf.missing_characters(odd) == []
        assert odd in pdf.text_of(made(f"<html><p>{odd}</p>"))


class TestWithoutTheLibraries:
    def test_a_letter_is_refused_with_the_names_of_the_packages(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A machine without pango answers the import of WeasyPrint so.
        (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
        with pytest.raises(pdf.PdfUnavailable, match="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"):
            made("<html><p>x</p>")

    def test_the_site_runs_since_it_does_not_import_them(self) -> None:
        script = "import sys, ifr.pdf; sys.exit('weasyprint' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
