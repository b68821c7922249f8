"""A small Outlook message, written as the format asks: a container with one sector of short streams after another."""

import struct

SECTOR, SHORT, FREE, END, FAT = 512, 64, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_TEXT, _BYTES, _NUMBER = 0x001F, 0x0102, 0x0003


def outlook(body: str, *, sender: str, subject: str, kind: str = "IPM.Note") -> bytes:
    """A message with one attachment, form.txt."""
    message = {0x001A: kind, 0x0037: subject, 0x0C1A: sender, 0x1000: body}
    attachment = {0x3707: "form.txt"}
    storages = [
        ("Root Entry", [*_texts(message), ("__properties_version1.0", _header(32) + _entries(message))]),
        (
            "__attach_version1.0_#00000000",
            [
                *_texts(attachment), ("__substg1.0_37010102", b"A form"),
                (
                    "__properties_version1.0",
                    bytes(8) + _entries(attachment) + _entry(0x3701, _BYTES, 6) + _entry(0x3705, _NUMBER, 1),
                ),
            ],
        ),
    ]  # fmt: skip
    return _container(storages)


def _texts(values):
    return [(f"__substg1.0_{key:04X}001F", text.encode("utf-16-le")) for key, text in values.items()]


def _header(size):
    return struct.pack("<8x4I", 0, 1, 0, 1).ljust(size, b"\0")


def _entries(values):
    return b"".join(_entry(key, _TEXT, len(text) * 2 + 2) for key, text in values.items())


def _entry(key, kind, value):
    return struct.pack("<HHIII", kind, key, 6, value, 0)


def _container(storages):
    (_, root), (attach, inner) = storages
    streams = [*root, *inner]
    short, chain, starts = b"", [], []
    for _, content in streams:
        starts.append(len(short) // SHORT)
        count = max(1, -(-len(content) // SHORT))
        chain += [starts[-1] + n + 1 for n in range(count - 1)] + [END]
        short += content.ljust(count * SHORT, b"\0")
    # Directory: the root, its streams, the storage of the attachment, its streams; siblings hang in one line to the right.
    names = ["Root Entry", *(n for n, _ in root), attach, *(n for n, _ in inner)]
    folder = len(root) + 1
    entries = []
    for number, name in enumerate(names):
        kind = 5 if number == 0 else 1 if number == folder else 2
        right = number + 1 if 0 < number < folder or folder < number < len(names) - 1 else FREE
        child = 1 if number == 0 else folder + 1 if number == folder else FREE
        at = number - 1 if number < folder else number - 2
        start, size = (starts[at], len(streams[at][1])) if kind == 2 else (0, 0)
        entries.append([name, kind, right, child, start, size])
    sectors = [b""]  # the first is the allocation table
    def place(content):
        first = len(sectors)
        pieces = [content[n : n + SECTOR].ljust(SECTOR, b"\0") for n in range(0, len(content), SECTOR)] or [bytes(SECTOR)]
        sectors.extend(pieces)
        return first, len(pieces)

    mini_at, mini_count = place(short)
    table_at, table_count = place(struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff"))
    entries[0][4:] = [mini_at, len(short)]
    while len(entries) % 4:
        entries.append(["", 0, FREE, FREE, 0, 0])
    directory = b"".join(_directory_entry(*one) for one in entries)
    directory_at, directory_count = place(directory)
    table = [FREE] * (SECTOR // 4)
    table[0] = FAT
    for first, count in ((mini_at, mini_count), (table_at, table_count), (directory_at, directory_count)):
        for n in range(count):
            table[first + n] = first + n + 1 if n < count - 1 else END
    sectors[0] = struct.pack("<128I", *table)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, directory_at, 0, 4096, table_at, table_count, END, 0)
    head += struct.pack("<109I", 0, *[FREE] * 108)
    return head + b"".join(sectors)


def _directory_entry(name, kind, right, child, start, size):
    raw = name.encode("utf-16-le")
    length = len(raw) + 2 if name else 0
    return raw.ljust(64, b"\0") + struct.pack("<HBBIII16xI8x8xIQ", length, kind, 1, FREE, right, child, 0, start, size)
