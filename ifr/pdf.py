"""Tagged PDF files from pages of ours. The only importer of WeasyPrint."""

import atexit
import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

from ifr.config import HOUSE, PACKAGE

FONTS = PACKAGE / "static" / "fonts"
STYLE = HOUSE / "templates" / "letters" / "_base" / "letter.css"
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

# One file that archives keep (PDF/A-3, which may hold other files) and that a screen reader can follow (PDF/UA-1).
VARIANT = "pdf/a-3a"
COLOURS = "sRGB2014"
# What makes it PDF/UA-1 as well. PDF/A takes no property in its metadata that is neither its own nor described in them
# (ISO 19005-3, 6.6.2.3.2), so the description stands beside the mark.
ALSO_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 to which the file keeps</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""

# PDFium keeps one state for the process, so one thread at a time is let in.
PDFIUM = threading.RLock()

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
    """Set a page as a PDF that a screen reader can follow (PDF/UA-1) and that archives keep (PDF/A-3a).

    An attachment travels inside it as the data of which the page tells. The same page with the same identifier gives the
    same bytes, so that a checksum means something. Nothing is fetched for it, from this machine or another.

    Raises PdfUnavailable.
    """
    weasyprint = _weasyprint()
    style, fonts = _style()
    with _nothing_collected():
        page = weasyprint.HTML(string=html, url_fetcher=_only("data"))
        document = page.render(
            stylesheets=[style], font_config=fonts, pdf_variant=VARIANT, color_profiles={COLOURS: _colours()},
            output_intent=COLOURS,
        )  # fmt: skip
        document.metadata.title = title
        document.metadata.lang = language
        document.metadata.attachments = [*document.metadata.attachments, *map(_attachment, attachments)]
        written: bytes = document.write_pdf(
            pdf_variant=VARIANT,
            output_intent=COLOURS,
            pdf_identifier=identifier.encode() if isinstance(identifier, str) else identifier,
            finisher=_finish,
        )
    return written


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A page is hundreds of thousands of objects, all alive until it is written: to look for dead ones meanwhile takes a tenth
    of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _colours() -> Any:
    """What the colours of a page mean: PDF/A wants it inside the file. WeasyPrint's own leaves a file open each time."""
    from weasyprint.css import ColorProfile

    return ColorProfile(BytesIO(_colour_file()), COLOURS, "relative-colorimetric", (["r"], ["g"], ["b"]))


@cache
def _colour_file() -> bytes:
    return (resources.files("weasyprint.pdf") / f"{COLOURS}.icc").read_bytes()


def _finish(document: Any, made: Any) -> None:
    """Say that the file is PDF/UA-1 too, and name each attachment once: WeasyPrint names it in two ways."""
    metadata = made.objects[int(made.catalog["Metadata"].split()[0])]
    metadata.stream = [part.replace(b"</rdf:RDF>", ALSO_UA) for part in metadata.stream]
    if "AF" in made.catalog:
        made.catalog["AF"][:] = dict.fromkeys(made.catalog["AF"])


@dataclass(frozen=True)
class Part:
    """A part of a file that is set of several: a page of ours, and a style sheet of that part alone."""

    html: str
    style: str


def render_parts(
    parts: Iterable[Part],
    *,
    style: Path,
    pictures: Callable[[str], bytes],
    title: str,
    language: str = "en-GB",
    identifier: bytes | str,
) -> tuple[bytes, list[int]]:
    """Set parts one after the other as one PDF (PDF/UA-1): the file, and how many pages each part has.

    Each part is laid out before the next is asked for, and numbers its pages by itself. `pictures` gives the bytes of a
    JPEG by what follows `picture:` in the address of an image; nothing else is fetched. Raises PdfUnavailable.
    """
    weasyprint = _weasyprint()
    sheet, fonts = _sheet(style)
    fetcher = _fetcher_of(pictures)
    laid: list[Any] = []
    for part in parts:
        own = weasyprint.CSS(string=part.style, font_config=fonts, url_fetcher=fetcher)
        page = weasyprint.HTML(string=part.html, url_fetcher=fetcher)
        laid.append(page.render(stylesheets=[sheet, own], font_config=fonts, pdf_variant="pdf/ua-1", pdf_tags=True))
    joined = laid[0].copy([page for one in laid for page in one.pages])
    joined.metadata.title, joined.metadata.lang = title, language
    identifier = identifier.encode() if isinstance(identifier, str) else identifier
    written: bytes = joined.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return written, [len(one.pages) for one in laid]


def _fetcher_of(pictures: Callable[[str], bytes]) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Pictures(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            kind, _, name = url.partition(":")
            if kind != "picture":
                raise ValueError("Nothing but the pictures of this file is fetched for it.")
            return URLFetcherResponse(url, pictures(name), {"Content-Type": "image/jpeg"})

    return Pictures()


# pypdf is imported where it is used: who only sets a file need not wait for it.
def join(files: Sequence[bytes]) -> bytes:
    """Several PDF files as one to be printed, page for page as they are, each beginning on a leaf of its own where a printer
    prints on both sides. What a screen reader follows is in the files themselves, not in this one."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for one in files:
        reader = PdfReader(BytesIO(one))
        for page in reader.pages:
            writer.add_page(page)
        if len(reader.pages) % 2:
            writer.add_blank_page()
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has."""
    from pypdf import PdfReader

    return len(PdfReader(BytesIO(pdf)).pages)


def text_of(pdf: bytes) -> str:
    """The words of a PDF, page by page. A scan without words gives none."""
    import pypdfium2

    with PDFIUM:
        book = pypdfium2.PdfDocument(pdf)
        try:
            said = "\n".join(page.get_textpage().get_text_range() for page in book)
        finally:
            book.close()
    # What it found as a hyphen at the end of a line.
    return said.replace("\ufffe", "-")


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
    return _sheet(STYLE)


def _sheet(path: Path) -> tuple[Any, Any]:
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    style = _weasyprint().CSS(
        string=path.read_text(), base_url=f"{FONTS.as_uri()}/", font_config=fonts, url_fetcher=_only("file")
    )
    return style, fonts


def _only(protocol: str) -> Any:
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=(protocol,), allow_redirects=False)


def _attachment(attached: Attached) -> Any:
    name, contents, description = attached
    # Without a date of its own an attachment bears the hour, and no two files would be the same.
    return _weasyprint().Attachment(
        file_obj=BytesIO(contents), name=name, description=description, created=NO_DATE, modified=NO_DATE,
        relationship="Data",
    )  # fmt: skip
