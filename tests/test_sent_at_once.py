"""One form that a browser sends several times in the same moment makes one row, and every sending is answered alike."""

import io
import uuid
from contextvars import copy_context
from threading import Barrier, Thread

from sqlalchemy import func, select

from ifr.cases.intake.models import Enquiry, Incoming
from ifr.cases.models import Case
from ifr.cases.starting.models import StartEnded
from ifr.db import db
from ifr.demo import accounts
from ifr.reports.models import SavedView
from ifr.timetable.commissioners.models import ProfileChange
from tests.definitions import shipped


def all_at_once(clients, path, data):
    ready, answers = Barrier(len(clients)), []

    def send(client):
        ready.wait()
        made = {name: (io.BytesIO(value), "mail.txt") if isinstance(value, bytes) else value for name, value in data.items()}
        answers.append(client.post(path, data=made))

    # The held clock is one of its context.
    threads = [Thread(target=copy_context().run, args=(send, one)) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


def test_what_is_sent_four_times_at_once_is_kept_once(fresh_app, sign_in):
    app = fresh_app("postgresql")
    clients = [app.test_client() for _ in range(4)]
    with app.app_context():
        ce, trust = accounts.organisation(accounts.CE).id, accounts.organisation(accounts.CE_TRUST).id
    enquiry = {
        "commissioner_id": ce, "asked_on-day": "20", "asked_on-month": "11", "asked_on-year": "2026", "kind": "telephone",
        "asker": "practice", "about": "Who pays for a wig?",
    }  # fmt: skip
    begun = {"commissioner_id": ce, "provider_id": trust}
    for person, path, data, model in (
        ("carol_office", "/enquiries/new", enquiry, Enquiry),
        ("carol_office", "/requests/log", {"commissioner_id": ce, "way": "email", "file": b"Please pay for this."}, Incoming),
        ("carol_office", "/worklist/views", {"name": "Mine", "show": "urgent"}, SavedView),
        ("dev_skin", "/requests/before-you-start", begun, Case),
        ("dev_skin", "/requests/before-you-start", {**begun, "then": "end"}, StartEnded),
        ("maya_manages", f"/how-we-work/central-east/versions/{shipped('profile', accounts.CE)}/change", {}, ProfileChange),
    ):
        for one in clients:
            sign_in(one, person)
        data = {**data, "once": uuid.uuid4().hex}
        answers = all_at_once(clients, path, data)
        assert {(one.status_code, one.location) for one in answers} == {(302, answers[0].location)}, path
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(model)) == 1
