"""Setting a pack as one PDF. It runs in a process of its own, so that whatever a file costs is given back when it ends.

    python -m ifr.panels.pack.setting FOLDER

reads `pack.json` of that folder, which says what is in the pack, and writes `pack.pdf` and `made.json` beside it.
"""

import gc
import json
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

from ifr import pdf
from ifr.config import HOUSE
from ifr.panels.pack.files import MOST_PAGES, UnreadableError, shown_pages, words_of

STYLE = HOUSE / "templates" / "panels" / "pack" / "pack.css"
# Where a page of ours says that a file comes.
PLACE = "<!--file:{}-->"
ASKED, WRITTEN, MADE, FAULT = "pack.json", "pack.pdf", "made.json", "fault.txt"
# What a file that a stranger made can cost at most.
MOST_MEMORY = 2 * 1024**3


def make(folder: Path) -> None:
    """Write the pack of a folder. A file that cannot be shown is named as such and stops nothing."""
    asked = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    pictures: dict[str, bytes] = {}
    written, pages = pdf.render_parts(
        _parts(asked["parts"], pictures),
        style=STYLE,
        pictures=pictures.pop,
        title=asked["title"],
        identifier=asked["identifier"],
    )
    (folder / WRITTEN).write_bytes(written)
    (folder / MADE).write_text(json.dumps({"pages": pages}), encoding="utf-8")


def _parts(asked: list[dict[str, Any]], pictures: dict[str, bytes]) -> Iterator[pdf.Part]:
    """The parts one after the other. The files of the next are read while the last is laid out."""
    ahead = ThreadPoolExecutor(1)
    first = ahead.submit(_html, asked[0], pictures)
    return _one_by_one(asked, pictures, ahead, first)


def _one_by_one(
    asked: list[dict[str, Any]], pictures: dict[str, bytes], ahead: ThreadPoolExecutor, first: Future[str]
) -> Iterator[pdf.Part]:
    ready = first
    with ahead:
        for part, following in zip(asked, [*asked[1:], None], strict=True):
            html = ready.result()
            if following is not None:
                ready = ahead.submit(_html, following, pictures)
            yield pdf.Part(html, _style_of(part))


def _html(part: dict[str, Any], pictures: dict[str, bytes]) -> str:
    html: str = part["html"]
    for file in part["files"]:
        # The name of a picture is its own in the whole pack: by it a page that comes twice is kept once.
        html = html.replace(PLACE.format(file["number"]), "".join(_file(file, f"{part['foot']}-", pictures)))
    return html


def _style_of(part: dict[str, Any]) -> str:
    """The foot of every page of a part, and across it the name of whom it was made for."""
    # Every box has its size: to find one out takes as long as the rest of the page.
    foot = f"{part['reference']}. {part['foot']}" if part["reference"] else part["foot"]
    style = (
        f'@bottom-right {{ color: #425563; font: 8pt "Letter"; width: 150mm; height: 10mm; '
        f'content: {_quoted(foot)} ", page " counter(page) " of " counter(pages); }} '
    )
    if part["mark"]:
        style += (
            f'@left-middle {{ color: rgb(66 85 99 / 14%); font: 700 34pt "Letter"; white-space: nowrap; '
            f"content: {_quoted(part['mark'])}; width: 0; height: 20mm; margin: 0; "
            f"transform: translate(24mm, 60mm) rotate(-52deg); transform-origin: left center; }} "
        )
    return f"@page {{ {style} }}"


def _quoted(text: str) -> str:
    """A text as a style sheet writes it: whatever is no plain letter by its number, so that nothing ends it early."""
    return '"' + "".join(c if c.isalnum() or c in " ,.-" else f"\\{ord(c):06x}" for c in text) + '"'


def _file(file: dict[str, Any], own: str, pictures: dict[str, bytes]) -> Iterator[str]:
    title = escape(f"Document {file['number']}")
    if file["path"] is None:
        yield f"<p><strong>{escape(file['why_not'])}</strong></p>"
        return
    content = Path(file["path"]).read_bytes()
    try:
        if file["media_type"] == "application/pdf" or file["media_type"].startswith("image/"):
            yield from _pages(file, title, content, own, pictures)
        else:
            paragraphs = words_of(content, file["media_type"])
            yield f'<div class="as-text">{"".join(f"<p>{escape(one)}</p>" for one in paragraphs)}</div>'
            if not paragraphs:
                yield "<p><strong>This file holds no words. Open the file itself.</strong></p>"
    except UnreadableError as fault:
        yield f"<p><strong>{escape(str(fault))}</strong></p>"


def _pages(file: dict[str, Any], title: str, content: bytes, own: str, pictures: dict[str, bytes]) -> Iterator[str]:
    for page in shown_pages(content, file["media_type"]):
        name = f"{own}{file['number']}-{page.number}".replace(" ", "-")
        pictures[name] = page.jpeg
        heading = f"{title}, page {page.number} of {page.of}"
        words = escape(page.words or f"{heading}. The service reads no words in it.", quote=True)
        kind = "page-shown first" if page.number == 1 else "page-shown"
        yield f'<section class="{kind}"><h3>{heading}</h3><img src="picture:{name}" alt="{words}"></section>'
        if page.number == MOST_PAGES < page.of:
            yield f"<p><strong>The pages after {page.number} are not shown here. Open the file itself.</strong></p>"


def main(folder: Path) -> int:
    """Make the pack within bounds. What went wrong is written by its kind alone: a trace could hold words of a file."""
    # Little of what a page leaves behind goes in circles, so it is looked for seldom; the bound below holds all the same.
    gc.set_threshold(200_000, 50, 50)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        make(folder)
    except Exception as fault:
        (folder / FAULT).write_text(type(fault).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
