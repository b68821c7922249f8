"""Tagged PDF files from pages of ours. The only importer of WeasyPrint and of pypdf."""

import atexit
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from ifr.config import HOUSE, PACKAGE

FONTS = PACKAGE / "static" / "fonts"
STYLE = HOUSE / "templates" / "letters" / "_base" / "letter.css"
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

# A file that travels inside the PDF: its name, its contents and what it is, in words.
Attached = tuple[str, bytes, str]


class PdfUnavailable(Exception):
    """This machine lacks the libraries that set type; the message names the packages that bring them."""


def render(
    html: str,
    *,
    title: str,
    language: str = "en-GB",
    attachments: Sequence[Attached] = (),
    identifier: bytes | str,
) -> bytes:
    """Set a page as a PDF that a screen reader can follow (PDF/UA-1).

    The same page with the same identifier gives the same bytes, so that a checksum means something. Nothing
    is fetched for it, from this machine or another. Raises PdfUnavailable.
    """
    weasyprint = _weasyprint()
    style, fonts = _style()
    page = weasyprint.HTML(string=html, url_fetcher=_only("data"))
    document = page.render(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1", pdf_tags=True)
    document.metadata.title = title
    document.metadata.lang = language
    document.metadata.attachments = [*document.metadata.attachments, *map(_attachment, attachments)]
    written: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=identifier.encode() if isinstance(identifier, str) else identifier,
    )
    return written


def text_of(pdf: bytes) -> str:
    """The words of a PDF, page by page. A scan without words gives none."""
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def missing_characters(text: str) -> list[str]:
    """The characters that our letters cannot show, each once, in the order in which they first stand."""
    known = _known_characters()
    return [c for c in dict.fromkeys(text) if not c.isspace() and ord(c) not in known]


@cache
def _known_characters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    # A heading may hold any word of the text, so what counts is what both weights can show.
    return frozenset.intersection(*(frozenset(TTFont(font).getBestCmap()) for font in FONTS.glob("*.woff2")))


def _weasyprint() -> Any:
    # Imported here and not above: the site runs without these libraries, and starts faster without them.
    try:
        import weasyprint
    except OSError as problem:
        raise PdfUnavailable(f"A PDF cannot be made here: install {PACKAGES} ({problem}).") from problem
    return weasyprint


@atexit.register
def _let_the_fonts_go() -> None:
    # WeasyPrint removes its folder of fonts with functions that a process which is ending has no more.
    _style.cache_clear()


@cache
def _style() -> tuple[Any, Any]:
    """The style sheet with its fonts, read once in a process: each letter would take half as long again."""
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    style = _weasyprint().CSS(
        string=STYLE.read_text(), base_url=f"{FONTS.as_uri()}/", font_config=fonts, url_fetcher=_only("file")
    )
    return style, fonts


def _only(protocol: str) -> Any:
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=(protocol,), allow_redirects=False)


def _attachment(attached: Attached) -> Any:
    name, contents, description = attached
    # Without a date of its own an attachment bears the hour, and no two files would be the same.
    return _weasyprint().Attachment(
        file_obj=BytesIO(contents), name=name, description=description, created=NO_DATE, modified=NO_DATE
    )
