"""Requests on a phone without JavaScript, counted: a routine one, an urgent one, one whose session lapses; and with
JavaScript one that saves itself."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from ifr import clock
from ifr.cases.models import Case, InformationRequest
from ifr.cases.services import answers_of
from ifr.db import db, transaction
from ifr.demo import accounts
from ifr.demo.stories import FORAMINOPLASTY, synthetic_nhs_number
from ifr.people.models import SignIn
from tests.browser.conftest import Site
from tests.browser.hands import Hands

pytestmark = pytest.mark.xdist_group("browser")

# What it takes from the first page to the receipt: answers given, and pages opened with the last one.
ROUTINE, URGENT = {"answers": 12, "pages": 17}, {"answers": 8, "pages": 4}
PHONE = 360

PATIENT = {"name": "Janet Ashworth", "nhs_number": synthetic_nhs_number(), "born_on": "14 5 1980"}
TO_SEND = {
    "patient": PATIENT,
    "requester": {"clinician_telephone": "01632 960311", "specialty": "Spinal surgery"},
    "condition": {"condition": FORAMINOPLASTY.answers["condition"]},
    "treatment": {"treatment": "Endoscopic laser foraminoplasty", "kind_of_treatment": "procedure", "cost": "4200"},
    "difference": {"comparator": FORAMINOPLASTY.answers["comparator"]},
    "result": {"aim": FORAMINOPLASTY.answers["aim"]},
    "urgency": {"urgent": "no"},
    "basis": {"basis": "patient_agrees"},
}
IN_HASTE = {
    **PATIENT, "clinician_telephone": "01632 960311", "condition": "Cord compression", "treatment": "A new medicine",
    "needed_by": "3 12 2099", "harm_of_waiting": "The legs may be lost", "basis": "patient_agrees",
}  # fmt: skip


class Counting(Hands):
    """Hands that count the answers they give and the pages they open."""

    def __init__(self, page: Page) -> None:
        super().__init__(page, lambda page: None)
        self.counted = {"answers": 0, "pages": 0}
        page.on("load", self._opened)

    def _opened(self, page: Page) -> None:
        self.counted["pages"] += 1

    def fill(self, values: Mapping[str, str]) -> "Counting":
        # Who the patient is counts as one answer, of three boxes.
        self.counted["answers"] += len(values.keys() - PATIENT.keys()) + bool(values.keys() & PATIENT.keys())
        super().fill(values)
        return self

    def begin(self, tick: str = "") -> str:
        """From the first page to the draft: who pays, which for somebody of one provider is all that is asked of the two."""
        self.open("/requests/before-you-start")
        self.fill({"commissioner_id": COMMISSIONER})
        if tick:
            self.page.get_by_label(tick, exact=True).check(force=True)
        self.press("Continue")
        return self.section_of_address(0)

    def section_of_address(self, number: int) -> str:
        parts = self.page.url.split("/requests/")[1].split("#")[0].split("/")
        return parts[number] if len(parts) > number else ""

    def declare_and_send(self) -> str:
        self.page.locator('main [name="declaration"]').check(force=True)
        self.press("Send the request")
        return self.reference


COMMISSIONER = "2"


@pytest.fixture
def clinician(site: Site) -> Counting:
    with site.app.app_context():
        assert accounts.organisation(accounts.CM).id == int(COMMISSIONER)
    page = site.open_anew("rosa_spine", javascript=False, width=PHONE)
    page.wait_for_url("**/requests")
    return Counting(page)


def case_in(site: Site, key: str, read: Callable[[Case], object]) -> object:
    with site.app.app_context():
        return read(db.session.scalars(select(Case).where((Case.reference == key) | (Case.uuid == key))).one())


def test_a_request_is_sent_from_a_phone_without_javascript_and_what_is_open_comes_back_as_one_list(site, clinician):
    clinician.begin()
    clinician.reads("Not started", "Not looked at", "answers are needed before you can send it")
    clinician.follow("The patient")
    while section := clinician.section_of_address(2):
        clinician.fill(TO_SEND.get(section, {})).press("Save and continue")
    clinician.reads("Nothing more is needed to send it.", "Incomplete", "Complete")
    clinician.press("Check your answers and send")
    reference = clinician.declare_and_send()
    assert clinician.counted == ROUTINE
    clinician.reads("Received by the funding office", "Answer our questions")
    with site.app.app_context():
        assert [one.kind for one in db.session.scalars(select(InformationRequest))] == ["to_screen"]
    clinician.follow("Answer our questions").reads("Question 1", "Where on the body")
    assert case_in(site, reference, lambda case: case.state) == "received"


def test_an_urgent_request_is_sent_with_eight_answers_on_one_page(site, clinician):
    clinician.begin(tick="It is urgent")
    clinician.reads("Treat the patient. Do not wait for us.")
    clinician.fill(IN_HASTE).press("Save, read and send")
    reference = clinician.declare_and_send()
    assert clinician.counted == URGENT
    assert case_in(site, reference, lambda case: (case.state, case.urgent)) == ("received", True)


def test_a_session_that_lapses_half_way_loses_nothing_that_was_typed(site, clinician):
    draft = clinician.begin()
    clinician.open(f"/requests/{draft}/sections/condition").fill({"condition": "Typed before lunch"})
    with site.app.app_context(), transaction():
        db.session.execute(update(SignIn).values(seen_at=clock.now() - timedelta(hours=2)))
    clinician.press("Save and continue")
    page = clinician.page
    page.get_by_label("Email address").fill(accounts.BY_KEY["rosa_spine"].email)
    page.get_by_label("Password", exact=True).fill(accounts.PASSWORD)
    clinician.press("Sign in")
    assert "Typed before lunch" in page.locator("main").inner_html()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state("load")
    assert case_in(site, draft, answers_of)["condition"] == "Typed before lunch"


def stored(page: Page) -> list[str]:
    return page.evaluate("Object.entries(localStorage).map(pair => pair.join(' '))")


def test_a_section_saves_itself_and_what_cannot_reach_us_stays_in_the_browser_until_it_is_saved(site, clinician):
    draft = clinician.begin()
    page = site.open_anew("rosa_spine")
    page.goto(f"/requests/{draft}/sections/result")
    state = page.locator("#saved-state")
    page.locator("#aim").fill("Stand for an hour")
    expect(state).to_contain_text("Saved by Miss Rosa Whitby")
    assert case_in(site, draft, answers_of)["aim"] == "Stand for an hour"
    assert stored(page) == []

    page.context.set_offline(True)
    page.locator("#aim").fill("Stand for two hours")
    expect(state).to_contain_text("What you type is kept in this browser")
    page.context.set_offline(False)
    page.goto(f"/requests/{draft}/sections/result")
    expect(page.locator("#kept-here")).to_contain_text("had not reached us. It has been put back")
    assert page.locator("#aim").input_value() == "Stand for two hours"
    page.get_by_role("button", name="Save and go back to all sections").click()
    page.wait_for_load_state("load")
    assert case_in(site, draft, answers_of)["aim"] == "Stand for two hours"
    assert stored(page) == []

    page.goto(f"/requests/{draft}/sections/patient")
    page.context.set_offline(True)
    page.locator("#name").fill("Janet Ashworth")
    expect(state).to_contain_text("Leave this page open")
    assert stored(page) == []
    page.context.close()
