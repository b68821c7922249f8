"""The changes of the register as a feed (Atom, RFC 4287)."""

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

_ATOM = "http://www.w3.org/2005/Atom"
# Characters that XML cannot hold, escaped or not.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER = "2000-01-01T00:00:00+00:00"


def atom(changes: Sequence[dict[str, Any]], home: str) -> bytes:
    """A feed of changes, latest first, as `shapes.a_change` tells them."""
    home = home.rstrip("/")
    root = ElementTree.Element("feed", xmlns=_ATOM)
    _add(root, "id", f"{home}/register/changes.atom")
    _add(root, "title", "Changes of the register of policies")
    _add(root, "updated", max((one["at"] for one in changes), default=_NEVER))
    _add(_add(root, "author", ""), "name", "Individual funding requests")
    ElementTree.SubElement(root, "link", rel="self", href=f"{home}/register/changes.atom")
    ElementTree.SubElement(root, "link", rel="alternate", href=f"{home}/register")
    for one in changes:
        entry = ElementTree.SubElement(root, "entry")
        named = f"{one['title']}, version {one['version']}"
        _add(entry, "id", one["id"])
        _add(entry, "title", f"{'Withdrawn' if one['kind'] == 'withdrawn' else 'Published'}: {named}")
        _add(entry, "updated", one["at"])
        _add(_add(entry, "author", ""), "name", one["commissioner"])
        about = " It is a demonstration policy." if one["demonstration"] else ""
        _add(entry, "summary", f"{named}, of {one['commissioner']}, was {one['kind']}.{about}")
        ElementTree.SubElement(entry, "link", rel="alternate", href=f"{home}{one['address']}")
        ElementTree.SubElement(entry, "category", term=one["kind"])
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = _NOT_IN_XML.sub("", text) or None
    return element
