"""Mail, sent to a real server that listens on this machine."""

import email
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from ifr import clock, mail
from ifr.config import Config
from tests.telling.conftest import Post, a_server


class Server(threading.Thread):
    """A mail server for one conversation after another. It answers `refuse` to every recipient, where that is given, and
    offers `reports` on deliveries."""

    def __init__(self, *, refuse: str = "", reports: bool = False) -> None:
        super().__init__(daemon=True)
        self.refuse = refuse
        self.reports = reports
        self.commands: list[str] = []
        self.taken: list[EmailMessage] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                caller, _ = self.listening.accept()
            except OSError:
                return
            with caller, caller.makefile("rwb") as lines:
                self._converse(lines)

    def _converse(self, lines: socket.SocketIO) -> None:  # type: ignore[override]
        def say(words: str) -> None:
            lines.write(f"{words}\r\n".encode())
            lines.flush()

        say("220 ready")
        while command := lines.readline().decode().strip():
            self.commands.append(command)
            verb = command.split()[0].upper()
            if verb == "EHLO":
                say("250-here\r\n250-DSN\r\n250 AUTH PLAIN" if self.reports else "250-here\r\n250 AUTH PLAIN")
            elif verb == "DATA":
                say("354 go on")
                self.taken.append(self._letter(lines))
                say("250 taken")
            elif verb == "QUIT":
                return say("221 bye")
            else:
                answers = {"AUTH": "235 welcome", "RCPT": self.refuse or "250 yes"}
                say(answers.get(verb, "250 yes"))

    @staticmethod
    def _letter(lines: socket.SocketIO) -> EmailMessage:
        written = b""
        while (line := lines.readline()) != b".\r\n":
            written += line.removeprefix(b".") if line.startswith(b"..") else line
        message = email.message_from_bytes(written, policy=default)
        assert isinstance(message, EmailMessage)
        return message


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    running.start()
    yield running
    running.listening.shutdown(socket.SHUT_RDWR)
    running.listening.close()
    running.join()


def app_with(smtp_url: str) -> Flask:
    app = Flask("ifr")
    app.config["IFR"] = Config(smtp_url=smtp_url, mail_from="ifr@example.invalid")
    return app


def send(smtp_url: str, *, subject: str = "A letter about IFR-2026-0042") -> bool:
    text = "Sign in to read it – today.\n.\nEnd"
    with app_with(smtp_url).app_context():
        return mail.send(to="ann@example.invalid", subject=subject, text=text, message_id="letter-7@ifr")


def test_a_mail_arrives_with_its_fixed_message_id(server: Server) -> None:
    with clock.at(datetime(2026, 4, 3, 9, 30, tzinfo=UTC)):
        assert send(f"smtp://127.0.0.1:{server.port}")
    [message] = server.taken
    assert message["Message-ID"] == "<letter-7@ifr>"
    assert message["To"] == "ann@example.invalid"
    assert message["From"] == "ifr@example.invalid"
    assert message["Subject"] == "A letter about IFR-2026-0042"
    assert message["Date"].datetime == datetime(2026, 4, 3, 9, 30, tzinfo=UTC)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == "Sign in to read it – today.\n.\nEnd\n"


def test_a_mail_sent_again_bears_the_same_message_id(server: Server) -> None:
    assert send(f"smtp://127.0.0.1:{server.port}") and send(f"smtp://127.0.0.1:{server.port}")
    assert [message["Message-ID"] for message in server.taken] == ["<letter-7@ifr>", "<letter-7@ifr>"]


def test_name_and_password_of_the_address_are_used_to_sign_in(server: Server) -> None:
    assert send(f"smtp://office:p%40ss@127.0.0.1:{server.port}")
    # The three parts of PLAIN are nothing, "office" and "p@ss".
    assert "AUTH PLAIN AG9mZmljZQBwQHNz" in server.commands


def test_without_a_password_nobody_signs_in(server: Server) -> None:
    assert send(f"smtp://127.0.0.1:{server.port}")
    assert not [command for command in server.commands if command.startswith("AUTH")]


def test_where_no_server_is_configured_nothing_is_sent_and_the_caller_is_told() -> None:
    assert send("") is False


@contextmanager
def serving(**how: Any) -> Iterator[Server]:
    other = Server(**how)
    other.start()
    yield other
    other.listening.shutdown(socket.SHUT_RDWR)
    other.listening.close()
    other.join()


@pytest.mark.parametrize(("answer", "for_good"), [("550 nobody here", True), ("451 come back later", False)])
def test_a_server_that_turns_the_recipient_away_is_a_failure_that_names_no_address(answer: str, for_good: bool) -> None:
    with serving(refuse=answer) as refusing, pytest.raises(mail.MailFailed) as failure:
        send(f"smtp://127.0.0.1:{refusing.port}")
    assert refusing.taken == []
    assert "ann@" not in str(failure.value)
    assert isinstance(failure.value, mail.MailRefused) == for_good


def test_a_server_that_reports_on_deliveries_is_asked_to() -> None:
    with serving(reports=True) as reporting:
        assert send(f"smtp://127.0.0.1:{reporting.port}")
    assert "rcpt TO:<ann@example.invalid> NOTIFY=SUCCESS,FAILURE" in reporting.commands
    assert any(command.endswith("RET=HDRS") for command in reporting.commands)


def test_a_server_that_cannot_be_reached_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(mail.MailFailed):
        send(f"smtp://127.0.0.1:{port}")


def test_starttls_sends_nothing_to_a_server_that_cannot_encrypt(server: Server) -> None:
    with pytest.raises(mail.MailFailed):
        send(f"starttls://office:secret@127.0.0.1:{server.port}")
    assert server.taken == []
    assert not [command for command in server.commands if command.startswith("AUTH")]


def test_an_address_of_another_kind_is_a_failure() -> None:
    with pytest.raises(mail.MailFailed):
        send("https://127.0.0.1/")


def test_a_line_break_in_a_subject_cannot_add_a_recipient(server: Server) -> None:
    with pytest.raises(mail.MailFailed):
        send(f"smtp://127.0.0.1:{server.port}", subject="Hello\r\nBcc: spy@example.invalid")
    assert server.taken == []


# --- encrypted ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key for this machine, and a certificate that it signed itself."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2120, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    (folder / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    (folder / "certificate").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "certificate", folder / "key"


@pytest.mark.parametrize("scheme", ["smtps", "starttls"])
def test_an_encrypted_server_gets_a_mail_if_its_certificate_is_trusted_and_else_none(
    scheme: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    post = Post()
    how = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    secure = a_server(post, **how)
    secure.start()
    try:
        assert send(f"{scheme}://127.0.0.1:{secure.port}")
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(mail.MailFailed):
            send(f"{scheme}://127.0.0.1:{secure.port}")
    finally:
        secure.stop()
    assert [message["Message-ID"] for message in post.taken] == ["<letter-7@ifr>"]
