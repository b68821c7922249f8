"""From the bytes of a file to its blocks: what kind of file it is, told from its content, and how much of it is read."""

import re

from ifr.policies.reading.blocks import Block, placed
from ifr.policies.reading.record import UnreadableDocument

MOST_BYTES = 30 * 1024 * 1024
MOST_CHARACTERS = 3_000_000
_HTML = re.compile(r"\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.I | re.S)
_OPENED = re.compile(r"<(?:p|div|table|h[1-6]|ul|section|article)\b[^<>]{0,300}>", re.I)
_CLOSED = re.compile(r"</(?:p|div|table|h[1-6]|ul|section|article)>", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def opened(name: str, content: bytes) -> tuple[str, list[Block]]:
    """The text of a file, and its blocks. Raises UnreadableDocument with the reason."""
    if not content.strip(b"\x00\t\n\r "):
        raise UnreadableDocument("The file is empty.")
    if len(content) > MOST_BYTES:
        raise UnreadableDocument(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB, which is the most that is read.")
    text, blocks = _read(name, content)
    blocks = [block for block in blocks if block.words or block.cells]
    if not any(re.search(r"\w", block.raw) for block in blocks):
        raise UnreadableDocument("The file holds no words that can be read.")
    text = "\n".join(block.raw for block in blocks) if text is None else text
    return text, placed(text, blocks)


def _read(name: str, content: bytes) -> tuple[str | None, list[Block]]:
    # Each library is imported for the file that needs it: the others start sooner.
    if content[:1024].lstrip().startswith(b"%PDF-"):
        from ifr.policies.reading import pdf

        return None, pdf.blocks_of(content)
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        from ifr.policies.reading import word

        return None, word.blocks_of(content)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableDocument(
            "This is an old Word file (.doc) or one with a password. Save it as .docx without one, or as PDF."
        )
    if content[:5] == b"{\\rtf":
        raise UnreadableDocument("This is a rich text file (.rtf). Save it as .docx or as PDF.")
    if content[:8] == b"\x89PNG\r\n\x1a\n" or content[:3] == b"\xff\xd8\xff":
        raise UnreadableDocument(
            "This is a picture. Hand in the document itself, or a PDF with text that can be marked and copied."
        )
    text = _decoded(content)
    if _HTML.match(text) or (name.lower().endswith((".html", ".htm")) and _is_marked_up(text[:200_000])):
        from ifr.policies.reading import web

        return None, web.blocks_of(text)
    from ifr.policies.reading import plain

    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return text, plain.blocks_of(text)


def _is_marked_up(text: str) -> bool:
    """Whether something is opened and something closed behind it. Two searches take no longer than the text is long; one
    that looks for the end of each tag goes through it once for every tag that is never closed."""
    opens = _OPENED.search(text)
    return opens is not None and _CLOSED.search(text, opens.end()) is not None


def _decoded(content: bytes) -> str:
    text = _as_text(content)
    odd = len(_CONTROL.findall(text[:100_000]))
    if odd > 20 and odd > len(text[:100_000]) // 50:
        raise UnreadableDocument("This is not a kind of file that can be read: PDF, Word (.docx), a web page or plain text.")
    text = _CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")
    if len(text) > MOST_CHARACTERS:
        raise UnreadableDocument("The file holds more text than any policy; it is not read.")
    return text


def _as_text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    even, odd = content[0:400:2], content[1:400:2]
    if odd.count(0) > len(odd) * 0.4 or even.count(0) > len(even) * 0.4:
        return content.decode("utf-16-le" if odd.count(0) > even.count(0) else "utf-16-be", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Old Windows pages: every byte is some character of this table, or is dropped.
        return content.decode("cp1252", errors="ignore")
