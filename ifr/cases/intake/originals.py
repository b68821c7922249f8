"""Which kind of file came to the office, and its reading: an e-mail as it was saved, or a form."""

import re

from ifr.cases.intake.arrived import FORM, Arrived, words_of_document

_HEADER = re.compile(rb"(from|to|subject|date|received|mime-version|message-id|return-path|delivered-to):", re.I)


def read_original(name: str, content: bytes) -> Arrived:
    """What came as a file: an e-mail as it was saved (.eml, .msg), or a form. Never raises: what cannot be read is said."""
    # Each library is imported for the file that needs it.
    if _is_outlook(content):
        from ifr.cases.intake.outlook import read_outlook

        return read_outlook(content)
    if _is_mail(name, content):
        from ifr.cases.intake.mails import read_mail

        return read_mail(content)
    words, remarks = words_of_document("The form as it came", name, content)
    return Arrived(FORM, words=words, remarks=remarks)


def _is_outlook(content: bytes) -> bool:
    is_container = content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    return is_container and "__properties_version1.0".encode("utf-16-le") in content


def _is_mail(name: str, content: bytes) -> bool:
    head = re.split(rb"\r?\n\r?\n", content[:65_536], maxsplit=1)[0]
    known = {found.group(1).lower() for line in head.splitlines() if (found := _HEADER.match(line))}
    return len(known) >= 2 or (name.lower().endswith(".eml") and bool(known))
