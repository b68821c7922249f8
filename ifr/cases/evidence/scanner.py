"""Asking ClamAV about a file: the daemon's INSTREAM command over a socket (clamd manual, section "Commands")."""

import socket
import struct

CHUNK = 64 * 1024
SECONDS = 60
_LONGEST_REPLY = 4096


class ScannerError(Exception):
    """The scanner gave no answer about a file."""


class ScannerAwayError(ScannerError):
    """The scanner cannot be reached, so it is no use to ask it about the next file."""


def scan(content: bytes, address: str) -> str | None:
    """The name of what was found in a file; None where nothing was. `address` is host:port or the path of a socket.

    Raises ScannerError, with what the scanner said, where it could not look at the file; ScannerAwayError where nobody answers.
    """
    try:
        with _connected(address) as line:
            _send(line, content)
            reply = _reply(line)
    except OSError as fault:
        raise ScannerAwayError("The scanner cannot be reached.") from fault
    return _found_in(reply)


def answers(address: str, seconds: float) -> bool:
    """Whether the scanner is there, asked by the daemon's PING."""
    try:
        with _connected(address, seconds) as line:
            line.sendall(b"zPING\0")
            return _reply(line) == "PONG"
    except OSError:
        return False


def _connected(address: str, seconds: float = SECONDS) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(seconds)
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)


def _send(line: socket.socket, content: bytes) -> None:
    """Each chunk goes behind its length in four bytes; a length of nothing ends the file."""
    try:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            chunk = content[start : start + CHUNK]
            line.sendall(struct.pack("!I", len(chunk)) + chunk)
        line.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # A file over the scanner's own limit is cut off; why stands in its reply.
        return


def _reply(line: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < _LONGEST_REPLY:
        more = line.recv(_LONGEST_REPLY)
        if not more:
            break
        said += more
    return said.split(b"\0")[0].decode("ascii", "replace").strip()


def _found_in(reply: str) -> str | None:
    words = reply.removeprefix("stream:").strip()
    if words == "OK":
        return None
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND").strip()
    raise ScannerError(words or "The scanner said nothing.")
