"""A real mail server on this machine, to which the application under test sends."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

SENDER = "ifr@mail.example.org"


class Post:
    """What a mail server makes of mails: `answers` holds what it says to the next recipients, `taken` what it took."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.always: str | None = None
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.asked = 0
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else self.always
        if answer is None:
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 taken"


class Server(Controller):
    """A server at a port of the machine's choice."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def a_server(post: Post, **how: Any) -> Server:
    return Server(post, hostname="127.0.0.1", port=0, **how)


@pytest.fixture
def post() -> Iterator[Post]:
    """The mail server, which takes what it is given until it is told otherwise."""
    made = Post()
    server = a_server(made)
    server.start()
    made.port = server.port
    yield made
    server.stop()


@pytest.fixture
def mailing(app: Flask, post: Post) -> Iterator[Flask]:
    """The application with that server configured."""
    own = app.config["IFR"]
    app.config["IFR"] = replace(own, smtp_url=f"smtp://127.0.0.1:{post.port}", mail_from=SENDER)
    try:
        with app.app_context():
            yield app
    finally:
        app.config["IFR"] = own
