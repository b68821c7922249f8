"""Somebody at a desk: opens pages and sends forms as the person who is signed in."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ifr import letters
from ifr.cases.models import Case
from ifr.cases.services import visible_case
from ifr.db import db, transaction
from ifr.demo import accounts

SignIn = Callable[[FlaskClient, str], None]


class Desk:
    """Pages of one request, as several people use them one after the other."""

    def __init__(self, app: Flask, client: FlaskClient, sign_in: SignIn, walked: Callable[[], Case]) -> None:
        self.app, self.client, self.sign_in = app, client, sign_in
        with app.app_context(), transaction():
            self.key = walked().key

    def now(self, look: Callable[[Case], Any]) -> Any:
        """What somebody of the office finds when looking at the request now."""
        with self.app.app_context():
            db.session.expire_all()
            return look(visible_case(self.key, accounts.user("carol_office")))

    def state(self) -> str:
        return str(self.now(lambda case: case.state))

    def opens(self, who: str, page: str) -> str:
        self.sign_in(self.client, who)
        answer = self.client.get(f"/cases/{self.key}{page}")
        assert answer.status_code == 200, answer.status_code
        return answer.text

    def sends(self, who: str, page: str, **typed: Any) -> TestResponse:
        self.sign_in(self.client, who)
        seen = self.now(lambda case: case.version)
        return self.client.post(f"/cases/{self.key}{page}", data={"seen": seen, **typed})

    def may(self, who: str, trigger: str, **typed: Any) -> None:
        """A step that is open."""
        answer = self.sends(who, f"/moves/{trigger}", **typed)
        assert answer.status_code == 302, answer.text

    def may_not(self, who: str, trigger: str, *sentences: str, **typed: Any) -> None:
        """A step that is refused, with these sentences; nothing has moved."""
        before = self.state()
        answer = self.sends(who, f"/moves/{trigger}", **typed)
        assert answer.status_code == 409, answer.status_code
        for sentence in sentences:
            assert sentence in answer.text, sentence
        assert self.state() == before

    def letter(self, name: str) -> dict[str, Any]:
        """What a letter of the request states."""
        found: dict[str, Any] = self.now(lambda case: next(x.facts for x in letters.of_case(case) if x.name == name))
        return found


def points_of(page: str) -> list[str]:
    """The numbers under which the form of the screening record keeps the points raised, in their order."""
    found = [one.split("_reasons")[0] for one in page.split('name="point_')[1:] if "_reasons" in one.split('"')[0]]
    return list(dict.fromkeys(found))
