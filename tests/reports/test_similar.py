"""Requests like this one: enough of them or none, without the patients, and for no member unless the profile says so."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import profiles
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, Case
from ifr.cases.services import involve, mark_told
from ifr.db import transaction
from ifr.demo import accounts, stories, walk
from ifr.reports import similar
from ifr.workflow import NotVisible

SignIn = Callable[[FlaskClient, str], None]
STORY = stories.HYPERHIDROSIS


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    with app.app_context(), transaction():
        yield


def decided() -> Case:
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(walk.received(STORY))))
    case.is_open = False
    mark_told(case)
    return case


def carol():
    return accounts.user("carol_office")


def test_earlier_requests_show_from_the_number_of_the_profile_and_not_below(session: None) -> None:
    case = walk.received(STORY)
    decided(), decided()
    assert similar.similar(case, carol()).rows == []
    decided()
    page = similar.similar(case, carol())
    assert len(page.rows) == page.at_least == 3
    shown = page.rows[0]
    assert shown.reasons and shown.treatment == case.treatment and "treatment by the code" in shown.alike
    assert not hasattr(shown, "reference") and not hasattr(shown, "outcome")


def test_a_request_from_which_somebody_is_walled_off_is_not_among_them(session: None) -> None:
    case, walled = walk.received(STORY), [decided() for _ in range(3)][0]
    involve(walled, carol().id, Role.PANEL_MEMBER, interest=CONFLICTED)
    assert similar.similar(case, carol()).rows == []


def test_members_read_them_only_where_the_profile_switches_it_on(session: None, monkeypatch: pytest.MonkeyPatch) -> None:
    case, member = walk.received(STORY), accounts.user("nina_member")
    involve(case, member.id, Role.PANEL_MEMBER, interest=CLEAR)
    for _ in range(3):
        decided()
    with pytest.raises(NotVisible):
        similar.similar(case, member)
    profile = case.profile
    on = profile.model_copy(update={"earlier_decisions": profile.earlier_decisions.model_copy(update={"shown_to_members": True})})
    by_id = profiles.by_id
    monkeypatch.setattr(profiles, "by_id", lambda number: on if number == case.profile_id else by_id(number))
    assert len(similar.similar(case, member).rows) == 3
    with pytest.raises(NotVisible):
        similar.similar(case, accounts.user(STORY.clinician))


def test_the_page_says_that_nothing_binds_and_names_nobody(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        key = walk.received(STORY).key
        names = {replace(STORY).patient["name"]}
        for _ in range(3):
            decided()
    sign_in(client, "carol_office")
    assert f'href="/cases/{key}/similar"' in client.get(f"/cases/{key}").text
    page = client.get(f"/cases/{key}/similar").text
    assert "Each request is decided on its own facts" in page
    assert not [name for name in names if name in page] and page.count("IFR-") == page.count(key)
    sign_in(client, STORY.clinician)
    assert client.get(f"/cases/{key}/similar").status_code == 404
