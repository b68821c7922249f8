"""A published procedure promised a patient a statement and a seat at the meeting; nobody offered either. Here the request is
not listed before somebody has."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ifr import clock, letters
from ifr.cases.models import Case
from ifr.demo import accounts, hearing, stories, walk
from ifr.panels import agenda, promises
from ifr.panels.checking import services as checking
from tests.journeys import hearings


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def papers_read(case: Case) -> None:
    """Read for the patient's identity, as they stand now: the invitation is a fact in them."""
    secretary = accounts.user(hearings.SECRETARY)
    papers = checking.check_page(case, secretary)
    answers = {hit.place: ("not_the_patient", "A word of everyday language.") for hit in papers.hits}
    checking.save_check(case, answers=answers, read=True, sha256=papers.sha256, seen=case.version, by=secretary)


def test_a_request_is_listed_once_the_promised_invitation_is_on_record() -> None:
    # given a commissioner whose procedure promises a statement and attendance, and a request on an agenda, its papers read
    case = hearings.ready(stories.SECOND_EYE)
    meeting = hearings.planned(case)
    agenda.add_item(meeting.id, case.id, by=accounts.user(hearings.SECRETARY))
    papers_read(case)

    # when the secretary wants to list it, then the promise stands in the way, and nothing else
    assert "promises the patient an invitation" in hearings.missing(case, "list", hearings.SECRETARY)

    # when the invitation has been sent and is on record, then it can be listed, and the panel is told without a name
    hearing.invited(case, meeting)
    papers_read(case)
    assert hearings.missing(case, "list", hearings.SECRETARY) == ""
    walk.step(case, "list", hearings.SECRETARY)


def test_a_chair_who_goes_on_without_it_says_why_and_the_patient_is_told() -> None:
    # given the same promise, and a meeting too near for an invitation
    case = hearings.ready(stories.SECOND_EYE)
    meeting = hearings.planned(case)
    agenda.add_item(meeting.id, case.id, by=accounts.user(hearings.SECRETARY))
    hearing.declared(case, hearings.CHAIR)

    # when the chair lets it go on, with what was done instead
    promises.go_without(
        case, reason="Sight is failing from week to week.", instead="His statement was taken by telephone.",
        plain_reasons="We could not wait for a later meeting. We took down your words by telephone.",
        once=walk.once(), seen=case.version, by=accounts.user(hearings.CHAIR),
    )

    # then the promise no longer stands in the way, and a letter to the patient says so
    assert "promises the patient" not in hearings.missing(case, "list", hearings.SECRETARY)
    told = [row for row in letters.of(case.stream) if row.to == "patient"]
    assert any("telephone" in str(letters.body_as_html(row, profile=case.profile, issued_on=clock.today())[1]) for row in told)
