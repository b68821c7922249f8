"""The evidence review, and the summary that the clinician checks for accuracy."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ifr import workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import part_of
from ifr.db import transaction
from ifr.demo import accounts, stories, walk
from ifr.screening import evidence, services
from ifr.screening.evidence import Review
from ifr.workflow import Invalid

REVIEW = Review(
    strategy="MEDLINE and Embase, sympathectomy and blushing",
    searched_on=date(2026, 11, 20),
    found="Six case series",
    not_found="No randomised trial",
    cost="£3,900 with VAT; £600 a year is spent otherwise",
)


def under_review() -> Case:
    case = walk.in_screening(walk.in_check(walk.received(stories.BLUSHING)), no_policy=True)
    return walk.step(walk.screened(case, "refer"), "refer_to_evidence_review", "sam_screens")


def for_accuracy() -> Case:
    case = under_review()
    evidence.save_evidence(case, REVIEW, seen=case.version, by=accounts.user("iris_reviews"))
    return walk.step(case, "complete_evidence_review", "iris_reviews")


class TestServices:
    @pytest.fixture(autouse=True)
    def context(self, app: Flask) -> Iterator[None]:
        with app.app_context():
            yield

    def test_a_review_is_completed_when_it_says_how_when_what_not_and_at_which_cost(self) -> None:
        case = under_review()
        reasons = workflow.why_not(case, "complete_evidence_review", accounts.user("iris_reviews"))
        assert [one.anchor for one in reasons] == ["strategy", "searched_on-day", "not_found", "cost"]
        case = for_accuracy()
        assert case.state == "accuracy_check"
        assert part_of(case, accounts.user("iris_reviews").id, Role.EVIDENCE_REVIEWER)

    def test_a_search_in_the_future_is_refused(self) -> None:
        case = under_review()
        late = Review(searched_on=date(2026, 11, 22))
        with pytest.raises(Invalid) as refused:
            evidence.save_evidence(case, late, seen=case.version, by=accounts.user("iris_reviews"))
        assert list(refused.value.faults) == ["searched_on"]

    def test_somebody_who_is_no_evidence_reviewer_writes_none(self) -> None:
        case = under_review()
        with pytest.raises(workflow.Refused):
            evidence.save_evidence(case, REVIEW, seen=case.version, by=accounts.user("sam_screens"))

    def test_a_commissioner_with_an_accuracy_check_does_not_go_round_it(self) -> None:
        case = under_review()
        reasons = workflow.why_not(case, "complete_evidence_review_to_panel", accounts.user("iris_reviews"))
        assert "The clinician checks the summary for accuracy first." in [one.text for one in reasons]

    def test_the_clinician_reads_the_summary_from_the_accuracy_check_on(self) -> None:
        dev = accounts.user("dev_skin")
        with pytest.raises(workflow.NotVisible):
            services.summary_page(under_review(), dev)
        case = for_accuracy()
        assert services.summary_page(case, dev).evidence.not_found == "No randomised trial"
        walk.step(case, "comment_on_summary", "dev_skin", "The patient had botulinum toxin twice.")
        assert case.state == "ready_for_panel"


def test_the_clinician_comments_on_the_page_of_the_summary(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]
) -> None:
    with app.app_context(), transaction():
        key = for_accuracy().key
    sign_in(client, "dev_skin")
    assert f'href="/cases/{key}/summary"' in client.get(f"/requests/{key}", follow_redirects=True).get_data(as_text=True)
    page = client.get(f"/cases/{key}/summary").get_data(as_text=True)
    assert "Six case series" in page
    assert "Send the comment" in page
    assert "make a case that a panel should hear" not in page


def test_an_evidence_reviewer_types_the_review_on_its_page(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]
) -> None:
    with app.app_context(), transaction():
        case = under_review()
        key, version = case.key, case.version
    sign_in(client, "iris_reviews")
    typed = {"seen": version, "strategy": "MEDLINE", "not_found": "No trial", "cost": "£3,900"}
    day = {"searched_on-day": "31", "searched_on-month": "2", "searched_on-year": "2026"}
    wrong = client.post(f"/cases/{key}/evidence-review", data={**typed, **day})
    assert wrong.status_code == 422 and "must be a real date" in wrong.get_data(as_text=True)
    day |= {"searched_on-day": "20", "searched_on-month": "11"}
    assert client.post(f"/cases/{key}/evidence-review", data={**typed, **day}).status_code == 302
    done = client.post(f"/cases/{key}/moves/complete_evidence_review", data={"seen": version + 1})
    assert done.status_code == 302
