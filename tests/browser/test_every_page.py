"""Every page of the service, as somebody whose work it is sees it, on a wide screen and on a phone without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, url_for
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from ifr.db import db
from tests.browser.conftest import Site
from tests.browser.hands import Hands
from tests.databases import Templates
from tests.definitions import shipped

pytestmark = pytest.mark.xdist_group("browser")

DRAFT = "SELECT min(version_id) FROM policy_readings"
DRAFT_FILE = "SELECT max(id) FROM documents WHERE kind = 'evidence' AND stream = 'case:' || :id"
HARMONISED = {"body": "central-east", "policy": "dp-14"}
NEXT_VERSION = {
    "other_id": "SELECT min(id) FROM policy_versions WHERE state = 'proposed'",
    "version_id": "SELECT min(predecessor_id) FROM policy_successions s JOIN policy_versions v ON v.id = s.version_id"
    " WHERE v.state = 'proposed'",
}

# Who opens the page, and the case, by its state, whose address it is asked with; further values by a query.
PAGES: dict[str, tuple[str, str | None, dict[str, str]]] = {
    "appeals.answer_reconsideration": ("carol_office", None, {"case": "reconsiderations", "number": "1"}),
    "appeals.appeal": ("carol_office", "appeal", {"number": "1"}),
    "appeals.ask_reconsideration": ("dev_skin", "not_funded:1", {}),
    "appeals.findings": ("carol_office", "appeal", {"number": "1"}),
    "appeals.grounds": ("carol_office", "appeal", {"number": "1"}),
    "appeals.interest": ("vera_reviews", None, {"seat_id": "SELECT min(id) FROM review_seats"}),
    "appeals.late": ("maya_manages", "appeal", {"number": "1"}),
    "appeals.lodge": ("dev_skin", "not_funded:1", {}),
    "appeals.my_reviews": ("vera_reviews", None, {}),
    "appeals.outcome": ("carol_office", "appeal", {"number": "1"}),
    "appeals.page": ("carol_office", "appeal", {}),
    "appeals.papers": ("vera_reviews", "closed", {"number": "1"}),
    "appeals.reconsideration": ("carol_office", "reconsideration", {"number": "1"}),
    "appeals.refusal": ("carol_office", "appeal", {"number": "1"}),
    "appeals.review": ("stan_minutes", "appeal", {"number": "1"}),
    "cases.identity_page": ("carol_office", "in_check", {}),
    "cases.information": ("carol_office", "returned", {}),
    "cases.letter_address": (
        "carol_office", "not_funded_at_screening",
        {"letter_id": "SELECT min(id) FROM letters WHERE needs_address_check AND stream = 'case:' || :id"},
    ),
    "cases.letters": ("carol_office", "closed", {}),
    "cases.page": ("carol_office", "closed", {}),
    "cases.preview": (
        "carol_office", "decision_confirmed", {"letter_id": "SELECT max(id) FROM letters WHERE stream = 'case:' || :id"},
    ),
    "decisions.ask_chair": ("carol_office", "in_check", {}),
    "decisions.deferral": ("stan_minutes", "at_panel", {}),
    "decisions.dissent": ("nina_member", "decision_drafted", {}),
    "decisions.record": ("stan_minutes", "decision_drafted", {}),
    "undoing.changes": ("maya_manages", "not_funded", {}),
    "undoing.order": ("maya_manages", "not_funded", {}),
    "undoing.set_aside": ("maya_manages", "not_funded", {}),
    "undoing.slip": ("maya_manages", "not_funded", {}),
    "decisions.urgent": ("helen_chairs", "at_panel", {}),
    "distinct.new_step": ("dev_skin", "draft", {}),
    "distinct.page": ("dev_skin", "draft", {}),
    "distinct.remarks": ("dev_skin", "draft", {}),
    "distinct.step": ("dev_skin", "draft", {"step_id": "SELECT min(id) FROM group_steps WHERE case_id = :id"}),
    "drafts.approve": ("dev_skin", "draft", {}),
    "drafts.details": ("dev_skin", None, {}),
    "drafts.discard": ("dev_skin", "draft", {}),
    "commissioners.change": ("olive_officer", None, {"slug": "central-east"}),
    "commissioners.of": ("maya_manages", None, {"slug": "central-east"}),
    "commissioners.page": ("maya_manages", None, {}),
    "commissioners.part": ("maya_manages", None, {"slug": "cheshire-merseyside", "kind": "deadline", "name": "screening"}),
    "commissioners.version": ("maya_manages", None, {"slug": "central-east", "number": str(shipped("profile", "central-east"))}),
    "drafts.mine": ("dev_skin", None, {}),
    "drafts.new_row": ("dev_skin", "draft", {"kind": "points"}),
    "drafts.page": ("dev_skin", "draft", {}),
    "drafts.papers": ("dev_skin", "draft", {}),
    "drafts.people": ("dev_skin", "draft", {}),
    "drafts.review": ("dev_skin", "draft", {}),
    "drafts.row": ("dev_skin", "draft", {"kind": "points", "row_id": "SELECT min(id) FROM factors WHERE case_id = :id"}),
    "drafts.section": ("dev_skin", "draft", {"section": "difference"}),
    "drafts.sections": ("carol_office", "received", {}),
    "drafts.urgent": ("dev_skin", "draft", {}),
    "editing.batch": ("paul_policy", None, {"batch": "SELECT min(batch) FROM policy_imports"}),
    "editing.clauses": ("paul_policy", None, {}),
    "editing.draft": ("paul_policy", None, {"version_id": DRAFT}),
    "editing.drafts": ("paul_policy", None, {}),
    "editing.flags": ("paul_policy", None, {}),
    "editing.guidance": (
        "paul_policy", None, {"batch": "SELECT batch FROM policy_imports WHERE kind = 'guidance'", "number": "1"},
    ),
    "editing.import_page": ("paul_policy", None, {}),
    "editing.keeping": ("pia_policy", None, {"version_id": "SELECT min(id) FROM policy_versions WHERE state = 'proposed'"}),
    "editing.questions": ("carol_office", None, {"version_id": "SELECT min(id) FROM policy_versions"}),
    "editing.reviews": ("paul_policy", None, {}),
    "editing.text": ("paul_policy", None, {"version_id": DRAFT}),
    "evidence.file": ("carol_office", "in_check", {"document_id": DRAFT_FILE}),
    "evidence.new_reference": ("dev_skin", "draft", {}),
    "evidence.own_statement": ("dev_skin", "draft", {}),
    "evidence.page": ("dev_skin", "draft", {}),
    "evidence.reference": (
        "dev_skin", "draft", {"reference_id": "SELECT min(id) FROM literature_references WHERE case_id = :id"},
    ),
    "evidence.replace": ("dev_skin", "draft", {"document_id": DRAFT_FILE}),
    "groups.group": ("paul_policy", None, {"number": "SELECT min(id) FROM group_watches"}),
    "groups.groups": ("paul_policy", None, {}),
    "guidance.listing": ("carol_office", None, {}),
    "guidance.new": ("paul_policy", None, {}),
    "guidance.show": ("paul_policy", None, {"guidance_id": "1"}),
    "holidays.change": ("maya_manages", None, {"change_id": "SELECT min(id) FROM days_off_changes"}),
    "holidays.from_file": ("maya_manages", None, {}),
    "holidays.new": ("maya_manages", None, {}),
    "holidays.table": ("carol_office", None, {}),
    "intake.contact_log": ("carol_office", "in_check", {}),
    "intake.declaration": ("carol_office", "in_check", {}),
    "intake.enquiry": ("carol_office", None, {"enquiry_id": "SELECT min(id) FROM enquiries"}),
    "intake.enquiry_list": ("carol_office", None, {}),
    "intake.incoming": ("carol_office", None, {"number": "SELECT uuid FROM incoming WHERE state = 'waiting'"}),
    "intake.log": ("carol_office", None, {}),
    "intake.new_enquiry": ("carol_office", None, {}),
    "outcomes.ending": ("helen_chairs", "in_treatment", {}),
    "outcomes.page": ("dev_skin", "in_treatment", {}),
    "outcomes.plan": ("carol_office", "in_treatment", {}),
    "outcomes.report": ("dev_skin", "in_treatment", {}),
    "outcomes.start": ("dev_skin", "approved", {}),
    "outcomes.waive": (
        "maya_manages", "in_treatment",
        {"due": "SELECT min(d.id) FROM reports_due d JOIN follow_ups f ON f.id = d.follow_up_id WHERE f.case_id = :id"},
    ),
    "interests.interest": (
        "omar_member", None, {"part_id": "SELECT i.id FROM involvements i JOIN users u ON u.id = i.user_id WHERE "
        "u.email = 'omar.member@example.org' AND i.interest = 'undeclared' AND i.until_at IS NULL"},
    ),
    "interests.my_question": ("nina_member", None, {"question_id": "SELECT min(id) FROM identity_questions"}),
    "interests.my_questions": ("nina_member", None, {}),
    "interests.of_case": ("maya_manages", "listed", {}),
    "interests.opened": ("stan_minutes", "listed", {}),
    "interests.question": ("stan_minutes", "listed", {"question_id": "SELECT min(id) FROM identity_questions"}),
    "interests.stop": ("nina_member", "at_panel", {}),
    "members.interests_of": ("stan_minutes", None, {"user_id": "SELECT min(user_id) FROM panel_members"}),
    "members.invitation": ("carol_office", "follow_up_complete", {}),
    "members.my_interests": ("omar_member", None, {}),
    "members.new": ("stan_minutes", None, {}),
    "members.place": ("stan_minutes", None, {"row_id": "SELECT min(id) FROM panel_members"}),
    "members.register": ("maya_manages", None, {}),
    "operations.page": ("maya_manages", None, {}),
    "checking.check_papers": ("stan_minutes", "ready_for_panel", {}),
    "checking.file_page": ("stan_minutes", "in_check", {"number": "1", "page": "1"}),
    "panels.meeting": ("stan_minutes", None, {"meeting_id": "SELECT max(id) FROM meetings WHERE opened_at IS NOT NULL"}),
    "panels.meetings": ("stan_minutes", None, {}),
    "panels.mine": ("nina_member", None, {}),
    "panels.when": (
        "stan_minutes", None, {"meeting_id": "SELECT max(id) FROM meetings WHERE opened_at IS NULL AND closed_at IS NULL"},
    ),
    "room.minutes": ("stan_minutes", None, {"meeting_id": "SELECT max(id) FROM meetings WHERE opened_at IS NOT NULL"}),
    "room.now": ("stan_minutes", "at_panel", {"meeting_id": "SELECT max(meeting_id) FROM agenda_items WHERE case_id = :id"}),
    "pack.papers": (
        "nina_member", "at_panel", {"meeting_id": "SELECT meeting_id FROM agenda_items WHERE case_id = :id",
                                    "item_id": "SELECT id FROM agenda_items WHERE case_id = :id"},
    ),
    "post.differences": ("carol_office", "closed", {}),
    "post.letter": ("carol_office", None, {"posting_id": "SELECT min(id) FROM postings WHERE state = 'came_back'"}),
    "post.page": ("carol_office", None, {}),
    "post.run": ("carol_office", None, {"run_id": "SELECT min(id) FROM print_runs"}),
    "pack.progress": ("stan_minutes", None, {"pack_id": "SELECT min(id) FROM packs"}),
    "pack.seen": (
        "stan_minutes", "at_panel", {"meeting_id": "SELECT meeting_id FROM agenda_items WHERE case_id = :id",
                                     "item_id": "SELECT id FROM agenda_items WHERE case_id = :id"},
    ),
    "patients.basis": ("dev_skin", "in_check", {}),
    "patients.consents": ("dev_skin", "in_check", {}),
    "patients.contact": ("dev_skin", "in_check", {}),
    "patients.earlier_requests": ("carol_office", "in_check", {}),
    "parties.clinician": ("carol_office", "in_check", {}),
    "parties.death": ("carol_office", "in_check", {}),
    "parties.telephone": ("carol_office", "decision_confirmed", {}),
    "patients.letters_by_hand": ("carol_office", "in_check", {}),
    "patients.monitoring": ("dev_skin", "in_check", {}),
    "patients.monitoring_counts": ("maya_manages", None, {}),
    "patients.new_party": ("dev_skin", "in_check", {}),
    "patients.new_use": ("dev_skin", "draft", {}),
    "patients.page": ("carol_office", "in_check", {}),
    "patients.party": ("carol_office", "in_check", {"party_id": "SELECT min(id) FROM parties WHERE case_id = :id"}),
    "patients.practice": ("dev_skin", "draft", {}),
    "patients.responsibility": ("carol_office", "in_check", {}),
    "patients.use": ("dev_skin", "draft", {"use_id": "SELECT min(id) FROM earlier_uses WHERE case_id = :id"}),
    "patients.uses": ("carol_office", "in_check", {}),
    "people.account": ("dev_skin", None, {}),
    "policies.register": ("dev_skin", None, {}),
    "policies.show": ("dev_skin", None, {"version_id": "SELECT min(id) FROM policy_versions"}),
    "policies.which": ("carol_office", None, {}),
    "public.difference": ("carol_office", None, {"body": "central-east", "policy": "dp-2", "older": "2", "newer": "2"}),
    "public.difference_for_staff": ("paul_policy", None, NEXT_VERSION),
    "public.of_body": ("carol_office", None, {"body": "central-east"}),
    "public.of_body_on": ("carol_office", None, {"body": "central-east", "day": "2027-01-01"}),
    "public.policy": ("carol_office", None, HARMONISED),
    "public.policy_on": ("carol_office", None, {**HARMONISED, "day": "2027-01-01"}),
    "public.register": ("carol_office", None, {}),
    "public.version": ("carol_office", None, {**HARMONISED, "version": "1"}),
    "reports.guidance_reach": ("paul_policy", None, {"guidance_id": "1"}),
    "reports.letters_to_release": ("carol_office", None, {}),
    "reports.policy_counts": ("carol_office", None, {}),
    "reports.policy_gaps": ("carol_office", None, {}),
    "reports.search": ("carol_office", None, {}),
    "reports.similar": ("carol_office", "in_check", {}),
    "reports.starts_ended": ("carol_office", None, {}),
    "reports.today": ("carol_office", None, {}),
    "reports.worklist": ("carol_office", None, {}),
    "screening.advice": ("iris_reviews", "evidence_review", {}),
    "screening.check": ("carol_office", "in_check", {}),
    "screening.evidence": ("iris_reviews", "evidence_review", {}),
    "screening.handover": ("carol_office", "handover_offered", {}),
    "screening.newer": ("sam_screens", "in_screening", {}),
    "screening.policy_question": ("sam_screens", "in_screening", {}),
    "screening.record": ("sam_screens", "in_screening", {}),
    "timetable.retention": ("maya_manages", None, {}),
    "starting.before_you_start": ("dev_skin", None, {}),
    "screening.summary": ("dev_skin", "accuracy_check", {}),
    "telling.calendar": ("nina_member", None, {}),
    "telling.news": ("carol_office", None, {}),
    "telling.passage": ("maya_manages", None, {"slug": "central-east", "name": "closing"}),
    "telling.preferences": ("dev_skin", None, {}),
    "telling.texts": ("maya_manages", None, {}),
    "timing.ledger": ("carol_office", "in_check", {}),
    "timing.matters": ("carol_office", "in_check", {}),
    "timing.more_time": (
        "maya_manages", "in_check",
        {"deadline_id": "SELECT min(id) FROM deadlines WHERE name = 'decision' AND stream = 'case:' || :id"},
    ),
    "times.calendar": ("carol_office", None, {}),
    "times.stages": ("maya_manages", None, {}),
    "times.waits": ("maya_manages", None, {}),
    "times.what_if_page": ("carol_office", "returned", {}),
}  # fmt: skip
# Downloads, redirects, and the page that every test here passes.
NOT_PAGES = {
    "appeals.paper", "cases.document", "checking.picture", "checking.shown_file", "decisions.urgent_document",
    "intake.file", "operations.health", "pack.document", "pack.file", "pack.late_document", "pack.seen_document",
    "panels.my_invitation", "panels.of_case", "people.home", "people.sign_in", "post.run_file", "public.changes",
    "public.changes_feed", "public.of_body_as_json", "public.of_body_on_as_json", "public.policy_as_json",
    "public.policy_on_as_json", "public.register_as_json", "public.version_as_json", "room.print_minutes",
    "screening.package", "starting.new", "starting.start", "static", "telling.feed",
}  # fmt: skip
# What may not be open in the state at hand is looked at in the journeys: the person is told so with 403 or 404.
MAY_BE_CLOSED = {
    "interests.my_question", "interests.question",
    "appeals.answer_reconsideration", "appeals.findings", "appeals.interest", "appeals.outcome", "appeals.late",
    "drafts.sections", "appeals.papers",
    "decisions.ask_chair", "decisions.urgent", "outcomes.ending", "appeals.lodge", "appeals.ask_reconsideration",
    "screening.newer", "screening.policy_question", "public.difference",
}  # fmt: skip


@pytest.fixture(scope="module")
def demonstration(chromium: Browser, templates: Templates) -> Any:
    from tests.browser.conftest import open_site

    yield from open_site(chromium, templates, templates.world("sqlite"))


def test_every_page_is_on_the_list(apps: dict[str, Flask]) -> None:
    app = apps["sqlite"]
    pages = {r.endpoint for r in app.url_map.iter_rules() if "GET" in (r.methods or set())}
    assert pages - NOT_PAGES == set(PAGES), "Say in PAGES who opens the new page, or in NOT_PAGES why nobody looks at it"


def _case(state: str) -> Any:
    if state in ("appeal", "reconsideration"):
        rows = f"SELECT c.id, c.reference FROM cases c JOIN {state}s s ON s.case_id = c.id ORDER BY s.id DESC"
    else:
        name, _, commissioner = state.partition(":")
        rows = f"SELECT id, coalesce(reference, uuid) FROM cases WHERE state = '{name}'"
        rows += f" AND commissioner_id = {commissioner}" if commissioner else ""
    return db.session.execute(text(rows + " LIMIT 1")).first()


def address(app: Flask, endpoint: str) -> str:
    _, state, wanted = PAGES[endpoint]
    with app.test_request_context():
        row = _case(state or ("reconsideration" if "case" in wanted else "closed"))
        values: dict[str, Any] = {"key": row[1]}
        for name, said in wanted.items():
            asks = {"id": row[0]} if ":id" in said else {}
            values[name] = db.session.scalar(text(said), asks) if said.startswith("SELECT") else said
        rule = next(iter(app.url_map.iter_rules(endpoint)))
        return url_for(endpoint, **{k: v for k, v in values.items() if k in rule.arguments})


@pytest.mark.parametrize("endpoint", sorted(PAGES))
def test_a_page_has_no_violation(demonstration: Site, look: Callable[[Page], None], endpoint: str) -> None:
    page = demonstration.open_as(PAGES[endpoint][0])
    response = page.goto(address(demonstration.app, endpoint))
    assert response is not None
    if endpoint in MAY_BE_CLOSED:
        assert response.status in (200, 403, 404, 409)
    else:
        assert response.status == 200, f"{page.url} answered {response.status}"
    look(page)


@pytest.mark.parametrize("endpoint", [
    "reports.worklist", "cases.page", "drafts.section", "pack.papers", "screening.record", "editing.draft", "policies.which",
    "public.policy", "starting.before_you_start", "intake.incoming", "times.calendar", "times.stages",
])  # fmt: skip
def test_a_page_fits_a_phone_without_javascript(chromium: Browser, demonstration: Site, endpoint: str) -> None:
    phone = demonstration.open_anew(PAGES[endpoint][0], javascript=False, width=320)
    Hands(phone, lambda page: None).open(address(demonstration.app, endpoint))
    # A picture of the whole page is as wide as what would have to be scrolled to; its width stands in the head of the PNG.
    picture = phone.screenshot(full_page=True)
    assert int.from_bytes(picture[16:20], "big") <= 320
    assert phone.locator("h1").count() == 1
    phone.context.close()
