"""A policy that is issued anew before the decision is confirmed: it is shown, and the chair says which version counts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.panels import papers
from ifr.screening import evidence, newer
from ifr.screening.check import check_of
from ifr.screening.newer import VersionAnswer
from ifr.workflow import Refused
from tests.panels import walking
from tests.panels.walking import CHAIR, SECRETARY, why_not
from tests.screening.test_evidence import REVIEW
from tests.screening.test_newer import QUESTION, new_version

SignIn = Callable[[FlaskClient, str], None]
NOTICE = "A newer version of the linked policy is in force since 14 November 2026."
WHY = "Listed for treatment on 3 November 2026, before it applied."


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def answered(case: Case, version_id: int | None, who: str = CHAIR) -> None:
    given = VersionAnswer(version_id, WHY, "yes", date(2026, 11, 20), "By telephone.")
    newer.choose_version(case, given, once=walk.once(), seen=case.version, by=accounts.user(who))


def at_panel() -> Case:
    case = walking.ready()
    walking.at_panel(case)
    return case


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("outcome", ["funded", "funded_in_part", "not_funded"])
def test_no_decision_is_confirmed_before_somebody_says_under_which_version(outcome: str) -> None:
    case = at_panel()
    walking.drafted(case, outcome)
    assert why_not(case, f"confirm_{outcome}", CHAIR) == []
    linked, later = case.policy_version_id, new_version(case)
    assert why_not(case, f"confirm_{outcome}", CHAIR) == [QUESTION]
    with pytest.raises(Refused, match=QUESTION):
        walk.step(case, f"confirm_{outcome}", CHAIR)
    answered(case, later if outcome == "funded" else linked)
    walk.step(case, f"confirm_{outcome}", CHAIR)
    assert case.policy_version_id == (later if outcome == "funded" else linked)
    assert newer.newer_version(case) is None


@pytest.mark.usefixtures("context")
def test_the_papers_say_that_the_policy_was_issued_anew_and_what_was_answered() -> None:
    case = walking.ready()
    assert papers.papers_of(case).also == ()
    other = new_version(case, title="Surgery of the spine", reference="SP-1", replaces=[], effective_from="2026-01-01")
    check_of(case).also = [other]
    before = papers.papers_of(case)
    assert before.also == ("SP-1: Surgery of the spine, version v2.0",)
    assert before.policy is not None and (before.policy.newer, before.policy.versions) == ("", ())
    later = new_version(case)
    shown = papers.papers_of(case).policy
    assert shown is not None and shown.newer.startswith(f"{NOTICE} Nobody has said yet")
    assert "as generous as the linked one" in shown.newer
    answered(case, later, "sam_screens")
    shown = papers.papers_of(case).policy
    assert shown is not None and (shown.newer, shown.version) == ("", "v2.0")
    (said,) = shown.versions
    assert (said.under.endswith("version v2.0"), said.not_under.endswith("version 1")) == (True, True)
    assert (said.because, said.told) == (WHY, "Yes, on 20 November 2026. By telephone.")


# --- the pages --------------------------------------------------------------------------------------------------------


def text_of(client: FlaskClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_every_page_on_which_the_policy_is_read_shows_it_and_who_may_answer_is_led_there(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    with app.app_context(), transaction():
        case = walking.ready()
        item = walking.at_panel(case)
        other = new_version(case, title="Surgery of the spine", reference="SP-1", replaces=[], effective_from="2026-01-01")
        check_of(case).also = [other]
        linked, later, case_id = case.policy_version_id, new_version(case), case.id
        key, meeting, paper = case.key, f"/meetings/{item.meeting_id}", f"/meetings/{item.meeting_id}/items/{item.id}/papers"
    page, record, summary, there = (f"/cases/{key}{one}" for one in ("", "/decision", "/summary", "/policy-version"))
    led = f'href="{there}"'
    others = "A coordinator, a screener, the IFR manager or the chair of the panel says under which version"

    sign_in(client, CHAIR)
    for address in (record, paper):
        assert NOTICE in text_of(client, address) and led in client.get(address).text
    assert f'href="{record}"' in client.get(there).text
    sign_in(client, "carol_office")
    for address in (page, summary):
        assert NOTICE in text_of(client, address) and led in client.get(address).text
        assert "Also considered SP-1: Surgery of the spine, version v2.0" in text_of(client, address)
    sign_in(client, SECRETARY)
    for address in (page, record, meeting, paper):
        assert NOTICE in text_of(client, address) and others in text_of(client, address)
        assert led not in client.get(address).text

    with app.app_context(), transaction():
        answered(db.session.get_one(Case, case_id), linked)
    told = f"Why this version {WHY} Clinician told 20 November 2026 How, or why not By telephone."
    for address in (page, record, summary):
        assert NOTICE not in text_of(client, address) and told in text_of(client, address)
    assert "Answered since the papers were issued" in text_of(client, paper)
    assert later != linked


def test_the_clinician_reads_in_the_summary_which_version_counts_and_why(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    said = {**stories.HYPERHIDROSIS.answers, "test_more_benefit": "Nothing else is left to try."}
    story = replace(stories.HYPERHIDROSIS, answers=said)
    with app.app_context(), transaction():
        case = walk.in_screening(walk.in_check(walk.received(story)))
        walk.step(walk.screened(case, "refer"), "refer_to_evidence_review", "sam_screens")
        evidence.save_evidence(case, REVIEW, seen=case.version, by=accounts.user("iris_reviews"))
        walk.step(case, "complete_evidence_review", "iris_reviews")
        linked, case_id, key = case.policy_version_id, case.id, case.key
        new_version(case)
    sign_in(client, "dev_skin")
    assert "A newer version of the policy has been published." in text_of(client, f"/cases/{key}/summary")
    with app.app_context(), transaction():
        answered(db.session.get_one(Case, case_id), linked, "sam_screens")
    shown = text_of(client, f"/cases/{key}/summary")
    assert f"Why this version {WHY}" in shown and "By telephone." not in shown
