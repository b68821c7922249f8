"""Web pages to blocks: what the page says, without the menus and notices around it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import NavigableString
from bs4.exceptions import ParserRejectedMarkup

from ifr.policies.reading.blocks import Block, mark_of
from ifr.policies.reading.plain import block_of, headed, joined
from ifr.policies.reading.record import UnreadableDocument

_AWAY = ("script", "style", "nav", "noscript", "template", "form", "svg", "iframe", "head", "select")
_OPENS = re.compile(r"accordion|collaps|expand|toggle|disclosure", re.I)
_AROUND = re.compile(
    (
        r"cookie|breadcrumb|skip-?link|site-?(?:header|footer|nav)|menu|share|social|search|"
        r"sidebar|pagination|related-?links"
    ),
    re.I,
)
_BLOCKS = frozenset(
    "p div section article main header footer aside h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr td th caption"
    " blockquote pre address figure figcaption details summary hr center fieldset legend body html".split()
)
_DEEPEST = 80
_MOST_NESTED = 150
_MOST_OPEN = 400
_TAG = re.compile(r"<(/?)([a-z][a-z0-9:-]{0,30})", re.I)
_NEVER_CLOSED = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Elements that are always closed.
_NESTED = frozenset(
    "div span table section article ul ol dl b i em strong font a blockquote center main details fieldset sup sub u header footer"
    " nav form".split()
)

# What need not be closed ends where its like begins, unless something that has to be closed stands between them.
_CELLS, _PAIRS = frozenset({"td", "th"}), frozenset({"dt", "dd"})
_ENDED_BY = {
    "p": frozenset({"p"}), "li": frozenset({"li"}), "dt": _PAIRS, "dd": _PAIRS, "td": _CELLS, "th": _CELLS, "tr": _CELLS | {"tr"},
}  # fmt: skip
_BETWEEN = frozenset("table thead tbody tfoot ul ol dl div section article main blockquote center fieldset details".split())


def blocks_of(text: str) -> list[Block]:
    """The blocks of a web page. Raises UnreadableDocument."""
    if text.count("<") > 2_000 + 2 * text.count(">"):
        raise UnreadableDocument("The page is written in a way that cannot be read.")
    try:
        soup = BeautifulSoup(_with_ends(text), "html.parser")
        title = " ".join(soup.title.get_text().split()) if soup.title else ""
        blocks = headed(list(_below(_body(soup), 0)))
    except (ParserRejectedMarkup, RecursionError) as fault:
        raise UnreadableDocument("The page is written in a way that cannot be read.") from fault
    return [*blocks, *([Block(title, furniture=True)] if title else [])]


def _with_ends(text: str) -> str:
    """The page with an end for each paragraph, item and cell that has none: the parser would put every next one into it.

    A page nested out of all reason would take hours to read, and no page that says anything is: raises UnreadableDocument.
    """
    depth: Counter[str] = Counter()
    opened: list[str] = []
    told, at = [], 0
    for found in _TAG.finditer(text):
        name = found[2].lower()
        if name in _NEVER_CLOSED:
            continue
        if found[1]:
            # What stands open within it ends with it.
            _close(opened, depth, name)
            continue
        if ended := _ended_by(name, opened):
            told += [text[at : found.start()], f"</{ended}>"]
            at = found.start()
            _close(opened, depth, ended)
        opened.append(name)
        depth[name] += 1
        if depth[name] > _MOST_NESTED and name in _NESTED or len(opened) > _MOST_OPEN:
            raise UnreadableDocument("The page is nested more deeply than any that can be read.")
    return "".join([*told, text[at:]])


def _ended_by(name: str, opened: list[str]) -> str | None:
    """What ends where an element of this name begins."""
    ended = None
    for above in reversed(opened) if name in _ENDED_BY else ():
        if above in _BETWEEN or above in ("tr", "li") and name == "p":
            break
        if above in _ENDED_BY[name]:
            ended = above
            if name != "tr" or above == "tr":
                break
    return ended


def _close(opened: list[str], depth: Counter[str], name: str) -> None:
    while depth[name]:
        last = opened.pop()
        depth[last] -= 1
        if last == name:
            return


def _body(soup: BeautifulSoup) -> Tag:
    whole: Tag = soup.body or soup
    for chosen in (soup.find("main"), soup.select_one("[role=main]"), soup.find("article")):
        if isinstance(chosen, Tag) and len(chosen.get_text()) * 2 > len(whole.get_text()) - sum(
            len(one.get_text()) for one in whole.find_all(_AWAY)
        ):
            return chosen
    return whole


def _is_around(tag: Tag) -> bool:
    if tag.name == "button" and not _opens_a_part(tag) and not _OPENS.search(" ".join(_classes_above(tag))):
        return True
    if tag.name in _AWAY or tag.get("hidden") is not None or tag.get("role") in ("navigation", "search", "contentinfo"):
        return True
    if tag.name in ("footer", "aside") and not re.search(r"version|ratified|approved|review|ref", tag.get_text()[:2000], re.I):
        return True
    named = " ".join([*(tag.get("class") or []), str(tag.get("id") or "")])
    return bool(_AROUND.search(named)) and len(tag.get_text()) < 1500 and tag.name not in ("body", "main", "article")


def _classes_above(tag: Tag) -> Iterator[str]:
    for above in (tag.parent, tag.parent.parent if tag.parent else None):
        if isinstance(above, Tag):
            yield from above.get("class") or []


def _opens_a_part(tag: Tag) -> bool:
    """Whether an element is the line on which one presses to unfold a part of the page: it heads that part."""
    if tag.find(list(_BLOCKS)) is not None or len(tag.get_text()) > 150:
        return False
    classes = " ".join(tag.get("class") or [])
    named = bool(_OPENS.search(classes)) and bool(re.search(r"title|head|button|btn|trigger|toggle|label", classes, re.I))
    return named or tag.get("aria-expanded") is not None or (tag.get("role") == "button" and tag.name in _BLOCKS)


def _below(tag: Tag, depth: int) -> Iterator[Block]:
    """The blocks of an element. Text between block elements is a paragraph of its own."""
    inline: list[str] = []
    for child in tag.children:
        if isinstance(child, Comment):
            continue
        if isinstance(child, NavigableString):
            inline.append(str(child) if tag.name == "pre" else re.sub(r"\s+", " ", str(child)))
        elif not isinstance(child, Tag) or _is_around(child):
            continue
        elif depth < _DEEPEST and (child.name in _BLOCKS or child.name == "button" or child.find(list(_BLOCKS)) is not None):
            yield from _paragraphs("".join(inline))
            inline = []
            yield from _element(child, depth + 1)
        else:
            inline.append(_inline(child))
    yield from _paragraphs("".join(inline))


def _element(tag: Tag, depth: int) -> Iterator[Block]:
    if re.fullmatch(r"h[1-6]", tag.name):
        words = " ".join(_inline(tag).split())
        if words:
            yield replace(block_of(words), level=int(tag.name[1]), cells=(), apart=True)
    elif tag.name == "button" or _opens_a_part(tag):
        words = " ".join(_inline(tag).split())
        if words:
            yield replace(block_of(words), level=4, cells=(), apart=True)
    elif tag.name == "table":
        yield from _table(tag, depth)
    elif tag.name in ("ul", "ol"):
        yield from _list(tag, depth)
    elif tag.name == "dl":
        yield from _pairs(tag, depth)
    elif tag.name == "pre":
        yield from joined(tag.get_text().split("\n"))
    elif tag.name in ("p", "summary", "div") and _is_bold(tag):
        words = " ".join(_inline(tag).split())
        known = block_of(words)
        yield replace(known, level=5 if len(words) < 90 and not words.endswith((":", ".")) and not known.cells else 0, apart=True)
    else:
        yield from _below(tag, depth)


def _list(tag: Tag, depth: int) -> Iterator[Block]:
    start = str(tag.get("start") or "1")
    count = int(start) if start.isdigit() and len(start) < 6 else 1
    kind = str(tag.get("type") or "1")
    for item in tag.find_all("li", recursive=False):
        mark = "•"
        if tag.name == "ol":
            mark = f"{count}." if kind not in ("a", "A") or count > 26 else f"{chr(ord(kind) + count - 1)}."
            count += 1
        inner = list(_below(item, depth))
        if inner and not inner[0].cells and not inner[0].level and not mark_of(inner[0].raw):
            inner[0] = replace(inner[0], raw=f"{mark} {inner[0].raw}", mark=mark)
        yield from inner


def _pairs(tag: Tag, depth: int) -> Iterator[Block]:
    label = ""
    for item in tag.find_all(["dt", "dd"]):
        words = "\n".join(block.raw for block in _below(item, depth))
        if item.name == "dt":
            label = words
        else:
            yield Block(f"{label}\t{words}", cells=(label, words))
            label = ""


def _table(tag: Tag, depth: int) -> Iterator[Block]:
    for row in tag.find_all(["tr", "caption"]):
        if row.find_parent("table") is not tag:
            continue
        if row.name == "caption":
            yield from _below(row, depth)
            continue
        found = [list(_below(cell, depth)) for cell in row.find_all(["td", "th"], recursive=False)]
        cells = tuple("\n".join(block.raw for block in one) for one in found)
        if len(cells) > 1:
            yield Block("\t".join(cells), cells=cells)
        else:
            yield from (block for one in found for block in one)


def _paragraphs(words: str) -> Iterator[Block]:
    for line in words.split("\n"):
        told = " ".join(re.sub(r"[ \r\f\v]+", " ", line).split(" ")).strip()
        if told:
            yield replace(block_of(told), apart=True)


def _inline(tag: Tag) -> str:
    told: list[str] = []
    for piece in tag.descendants:
        if isinstance(piece, Comment) or any(above.name in _AWAY for above in piece.parents if above is not None):
            continue
        if isinstance(piece, Tag):
            if piece.name == "br":
                told.append("\n")
        elif not _is_footnote(piece, "".join(told[-1:])):
            told.append(re.sub(r"\s+", " ", str(piece)))
    if tag.name == "br":
        return "\n"
    return "".join(told)


def _is_footnote(piece: Any, before: str) -> bool:
    # "2016" with a small 1 is a note; "kg/m" with a small 2 is a unit.
    in_sup = piece.parent is not None and piece.parent.name == "sup"
    return bool(in_sup and re.fullmatch(r"\s*\[?\d{1,3}\]?\s*", str(piece)) and not before.endswith("m"))


def _is_bold(tag: Tag) -> bool:
    inside = [one for one in tag.children if not (isinstance(one, NavigableString) and not str(one).strip())]
    return tag.name == "summary" or (len(inside) == 1 and isinstance(inside[0], Tag) and inside[0].name in ("strong", "b"))
