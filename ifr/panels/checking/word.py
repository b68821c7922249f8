"""Word documents: every text in them with its place, and a copy from which some of it is gone."""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

Span = tuple[int, int]
TAKEN_OUT = "[redacted]"
LARGEST = 100 * 1024 * 1024
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXTS = frozenset({f"{_W}t", f"{_W}delText", f"{_W}instrText"})
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
# What a reader may see, or a program show, of an element without its standing in the text.
_NAMING = frozenset({"descr", "title", "author", "initials", "lastModifiedBy"})
_NAMING_ELEMENTS = frozenset({"alias", "tag", "bookmarkStart"})
_PLAIN_PARTS = re.compile(r"word/(?:styles|theme/.*|fontTable|settings|webSettings|numbering|stylesWithEffects)\.xml\Z")
_PICTURES = re.compile(r"word/(?:media|embeddings|activeX)/[^/]+\Z")
_PROPERTIES = re.compile(r"docProps/.*\.xml\Z")
_DATES = frozenset({"created", "modified", "lastPrinted"})


class UnreadableWordError(Exception):
    """An archive that cannot be read as a Word document."""


@dataclass
class _Node:
    """One text in a part: how it stands now, and how it is written anew."""

    text: str
    write: Callable[[str], None]


def read(content: bytes) -> tuple[dict[str, str], list[str]]:
    """The text of each part by its name, and the names of pictures and embedded files. Raises UnreadableWordError."""
    with _opened(content) as archive:
        names = archive.namelist()
        texts = {name: "".join(node.text for node in _nodes(name, root)) for name, root in _parts(archive)}
    return {name: text for name, text in texts.items() if text.strip()}, [n for n in names if _PICTURES.match(n)]


def where_of(part: str) -> str:
    """A part of the file in words."""
    name = posixpath.basename(part)
    words = {"header": "page header", "footer": "page footer", "comments": "comments", "footnotes": "footnotes",
             "endnotes": "endnotes", "document": "its text"}  # fmt: skip
    if _PROPERTIES.match(part):
        return "its properties (title, author and so on)"
    if part.endswith(".rels"):
        return "its links"
    return next((said for key, said in words.items() if name.startswith(key)), "data stored inside the file")


def is_property(part: str) -> bool:
    """Whether a copy drops this part whatever is asked for."""
    return bool(_PROPERTIES.match(part))


def without(content: bytes, gone: Mapping[str, Sequence[Span]], pictures: Sequence[str]) -> bytes:
    """A copy in which places of some parts are replaced by a mark, some pictures are blank, and no property is left.

    Raises UnreadableWordError."""
    from docx.opc.oxml import serialize_part_xml

    written = io.BytesIO()
    with _opened(content) as archive, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
        roots = dict(_parts(archive))
        for name in archive.namelist():
            root = roots.get(name)
            if root is not None and (is_property(name) or name in gone):
                _take_out(name, root, gone.get(name, ()))
                # Anew and without the name and the hour of whoever stored it.
                copy.writestr(zipfile.ZipInfo(name), serialize_part_xml(root), zipfile.ZIP_DEFLATED)
            elif name.startswith("docProps/") and root is None:
                copy.writestr(zipfile.ZipInfo(name), _blank(name))
            else:
                kept = _blank(name) if name in pictures else archive.read(name)
                copy.writestr(zipfile.ZipInfo(name), kept, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as fault:
        raise UnreadableWordError(str(fault)) from fault
    if sum(one.file_size for one in archive.infolist()) > LARGEST:
        raise UnreadableWordError("too large when unpacked")
    return archive


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, Any]]:
    from docx.oxml.parser import parse_xml

    for name in archive.namelist():
        if name.endswith((".xml", ".rels")) and not _PLAIN_PARTS.match(name) and name != "[Content_Types].xml":
            try:
                yield name, parse_xml(archive.read(name))
            except Exception as fault:  # the parser's own errors, and the archive's
                raise UnreadableWordError(name) from fault


def _take_out(name: str, root: Any, spans: Sequence[Span]) -> None:
    at = 0
    for node in _nodes(name, root):
        end = at + len(node.text)
        inside = [(max(start, at) - at, min(stop, end) - at, start >= at) for start, stop in spans if start < end and stop > at]
        if is_property(name) and node.text.strip():
            node.write("")
        elif inside:
            node.write(_replaced(node.text, inside))
        at = end


def _replaced(text: str, inside: Sequence[tuple[int, int, bool]]) -> str:
    """A text with the mark where a place begins, and nothing where it only goes on."""
    for start, end, begins in sorted(inside, reverse=True):
        text = text[:start] + (TAKEN_OUT if begins else "") + text[end:]
    return text


def _nodes(name: str, root: Any) -> list[_Node]:
    if _PROPERTIES.match(name):
        return [node for one in root.iter() if _local(one) not in _DATES for node in _of_text(one, "\n")]
    if name.endswith(".rels"):
        return [node for one in root.iter() if one.get("TargetMode") == "External" for node in _of_link(one)]
    if name.startswith("word/"):
        return list(_of_words(root))
    return [node for one in root.iter() for node in _of_text(one, "\n")]


def _of_words(root: Any) -> Iterator[_Node]:
    for one in root.iter():
        if one.tag in _TEXTS:
            yield from _of_text(one, "")
        elif one.tag in _BREAKS:
            yield _Node(_BREAKS[one.tag], lambda _: None)
        elif one.tag == f"{_W}p":
            yield _Node("\n", lambda _: None)
    for one in root.iter():
        local = _local(one)
        for key in one.keys():
            bare = key.rpartition("}")[2]
            if bare in _NAMING or local in _NAMING_ELEMENTS and bare in ("val", "name"):
                yield from _of_attribute(one, key)


def _of_text(one: Any, after: str) -> Iterator[_Node]:
    if one.text and isinstance(one.tag, str):
        def write(text: str) -> None:
            one.text = text

        yield _Node(one.text, write)
        if after:
            yield _Node(after, lambda _: None)


def _of_attribute(one: Any, key: str) -> Iterator[_Node]:
    if value := one.get(key):
        yield _Node("\n", lambda _: None)
        yield _Node(value, lambda text: one.set(key, text))


def _of_link(one: Any) -> Iterator[_Node]:
    yield _Node("\n", lambda _: None)
    # An address that is none would make Word call the whole file damaged.
    yield _Node(one.get("Target", ""), lambda _: one.set("Target", "about:blank"))


def _local(one: Any) -> str:
    return one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""


def _blank(name: str) -> bytes:
    """A grey square in the format that the name says; nothing where the format is another."""
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF"}
    kind = formats.get(posixpath.splitext(name)[1].lower())
    written = io.BytesIO()
    if kind:
        Image.new("RGB", (16, 16), (128, 128, 128)).save(written, kind)
    return written.getvalue()
