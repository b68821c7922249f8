"""Mails on their way, against a real mail server: taken, refused, put off, given up, come back, delivered."""

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import clock, jobs, letters, mail
from ifr.cases.models import Case
from ifr.commands.mail import mail as mail_command
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.mail import Mail
from ifr.reports.operations.services import health
from ifr.telling import delivery
from ifr.telling.models import Notice
from tests.databases import KINDS, NOW
from tests.telling.conftest import SENDER, Post, a_server


def acknowledged() -> tuple[Case, Mail]:
    """A request whose acknowledgement has been issued, and the mail that says so."""
    with transaction():
        case = walk.allocated(walk.received(stories.HYPERHIDROSIS))
    jobs.issue_letters()
    return case, mail_about(case)


def mail_about(case: Case) -> Mail:
    db.session.expire_all()
    return mail.of_letters([letters.of(case.stream)[-1].id])[letters.of(case.stream)[-1].id]


def told(key: str) -> list[str]:
    user_id = accounts.user(key).id
    return [row.words for row in db.session.scalars(select(Notice).where(Notice.user_id == user_id))]


def test_a_mail_leaves_after_its_transaction_and_once(mailing: Flask, post: Post) -> None:
    case, waiting = acknowledged()
    assert (waiting.words, post.taken) == ("email waiting to be sent", [])
    assert (jobs.send_mails(), jobs.send_mails()) == (1, 0)
    [taken] = post.taken
    sent = mail_about(case)
    assert taken["Message-ID"] == f"<{sent.message_id}>" and sent.message_id.endswith("@mail.example.org")
    assert post.recipients == ["dev.skin@example.org"]
    assert f"/cases/{case.reference}" in taken.get_content()
    assert (sent.state, sent.words) == ("sent", "email sent 21 November 2026 at 10am")


def test_an_address_that_the_server_refuses_bounces_at_once_and_the_coordinator_is_told(
    mailing: Flask, post: Post, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]
) -> None:
    case, _ = acknowledged()
    post.answers = ["550 5.1.1 nobody here"]
    assert jobs.send_mails() == 0
    assert (mail_about(case).state, mail_about(case).attempts) == ("bounced", 1)
    with clock.at(NOW + timedelta(days=2)):
        assert jobs.send_mails() == 0 and post.asked == 1
    assert told("carol_office") == ["An email that a letter is ready did not arrive. Find out how it reaches its reader."]
    sign_in(client, "carol_office")
    assert "email not delivered: the mail server refused the address" in client.get(f"/cases/{case.key}/letters").text


def test_a_server_that_says_later_is_asked_again_after_waits_that_grow(mailing: Flask, post: Post) -> None:
    case, _ = acknowledged()
    post.answers = ["451 try later", "451 try later"]
    assert jobs.send_mails() == 0
    first = mail_about(case).next_try_at
    assert first == NOW + timedelta(minutes=1)
    assert jobs.send_mails() == 0 and post.asked == 1
    with clock.at(first):
        jobs.send_mails()
        assert mail_about(case).next_try_at == first + timedelta(minutes=2)
        assert "email not sent yet: the mail server did not take it; tried again after" in mail_about(case).words
    with clock.at(first + timedelta(minutes=2)):
        assert jobs.send_mails() == 1
    assert (mail_about(case).state, mail_about(case).attempts, len(post.taken)) == ("sent", 3, 1)


def test_a_server_that_is_away_is_asked_once_a_turn_and_after_a_day_mails_are_given_up(
    mailing: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, _ = acknowledged()
    with transaction():
        walk.received(stories.BLUSHING)
    jobs.issue_letters()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    monkeypatch.setitem(mailing.config, "IFR", replace(mailing.config["IFR"], smtp_url=f"smtp://127.0.0.1:{port}"))
    jobs.send_mails()
    with clock.at(NOW + timedelta(hours=1)):
        assert health()["checks"]["mail"].startswith("an email has waited for 60 minutes")
    # The second one was not tried, and waits like the first.
    assert list(db.session.scalars(select(Mail.attempts).where(Mail.state == "to_send"))) == [1, 1]
    with clock.at(NOW + timedelta(days=1)):
        jobs.send_mails()
        assert mail_about(case).words == "email not delivered: the mail server could not be reached"
        assert mail.lost_since(NOW) == 2 and mail.waits_since() is None
        assert health()["checks"]["mail"] == "2 emails did not arrive within the last week"
    assert len(told("carol_office")) == 2


def test_a_closed_account_gets_no_mail(mailing: Flask, post: Post) -> None:
    with transaction():
        user = accounts.user("nina_member")
        row = mail.queue(kind="digest", subject="What is new", text="Sign in", user_id=user.id)
        user.closed_at = clock.now()
    jobs.send_mails()
    db.session.expire_all()
    assert (db.session.get(Mail, row.id).words, post.asked) == (
        "email not delivered: no email address is on record any more", 0,
    )


# --- reports on deliveries ------------------------------------------------------------------------------------------------------


def report(message_id: str, action: str, original: str = "message/rfc822") -> bytes:
    """A delivery report as mail servers write them (RFC 3464)."""
    return f"""From: MAILER-DAEMON@mail.example.org
To: ifr@mail.example.org
Subject: About your mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

I could not deliver it.
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; dev.skin@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 nobody here

--cut
Content-Type: {original}

From: ifr@mail.example.org
To: dev.skin@example.org
Message-ID: <{message_id}>
Subject: Individual funding request

--cut--
""".encode()


def hand_in(message: bytes) -> tuple[int, str]:
    ran = CliRunner().invoke(mail_command, ["bounced"], input=message)
    db.session.expire_all()
    return ran.exit_code, ran.output


def test_a_report_marks_the_mail_as_delivered_or_come_back_and_the_case_says_so(mailing: Flask, post: Post) -> None:
    case, row = acknowledged()
    jobs.send_mails()
    assert hand_in(report(row.message_id, "delayed")) == (0, "The report settles nothing yet; nothing was noted.\n")
    assert hand_in(report(row.message_id, "delivered", "text/rfc822-headers")) == (0, "The mail was delivered.\n")
    assert mail_about(case).words == "email delivered 21 November 2026 at 10am"
    assert hand_in(report(row.message_id, "failed")) == (0, "The mail came back.\n")
    assert mail_about(case).words == "email not delivered: it came back from the mail server of the recipient"
    assert hand_in(report(row.message_id, "failed")) == (0, "That was on record already.\n")
    assert len(told("carol_office")) == 1


def test_what_is_no_report_or_of_no_mail_of_ours_changes_nothing(mailing: Flask) -> None:
    _, row = acknowledged()
    code, said = hand_in(report("another@example.org", "failed"))
    assert code == 1 and "No mail of ours has the Message-ID" in said
    code, said = hand_in(b"Subject: Out of office\r\n\r\nI am on leave.")
    assert code == 1 and "no delivery report" in said
    code, said = hand_in(report(row.message_id, "failed").replace(b"Message-ID:", b"X-Nothing:"))
    assert code == 1 and "does not say of which mail" in said
    assert db.session.get(Mail, row.id).state == "to_send"


@pytest.mark.parametrize(
    "message",
    [
        b"", b"\xff\xfe\x00", b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n",
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nhello\r\n--x\r\n"
        b"Content-Type: message/rfc822\r\n\r\n--x--",
    ],
)  # fmt: skip
def test_a_broken_message_is_said_to_be_no_report(message: bytes) -> None:
    with pytest.raises(delivery.NoReportError):
        delivery.read_report(message)


# --- a worker that is killed ----------------------------------------------------------------------------------------------------


class KillsTheSender(Post):
    """Takes a mail, and kills the process that sent it before that process hears of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sender: int | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if self.sender is not None:
            os.kill(self.sender, signal.SIGKILL)
        return answer


def _send_in(app: Flask) -> None:
    with app.app_context():
        jobs.send_mails()


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_killed_between_sending_and_noting_repeats_the_mail_once_under_its_message_id(fresh_app, kind: str) -> None:
    app = fresh_app(kind)
    server = a_server(post := KillsTheSender())
    server.start()
    app.config["IFR"] = replace(app.config["IFR"], smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from=SENDER)
    with app.app_context():
        with transaction():
            row = mail.queue(kind="digest", subject="New", text="Sign in", user_id=accounts.user("carol_office").id)
            message_id = row.message_id
        db.session.remove()
        db.engine.dispose()
    process = multiprocessing.get_context("fork").Process(target=_send_in, args=(app,))
    process.start()
    post.sender = process.pid
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    post.sender = None
    with app.app_context():
        assert (jobs.send_mails(), jobs.send_mails()) == (1, 0)
    server.stop()
    assert [message["Message-ID"] for message in post.taken] == [f"<{message_id}>"] * 2
