"""What is put on record is found again as it was printed, once, and published by two people."""

import copy
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from ifr import audit, workflow
from ifr.access import Role
from ifr.db import db
from ifr.people.models import Organisation
from ifr.people.services import command
from ifr.policies import records, services
from ifr.policies.codes import CodeError
from ifr.policies.models import CommissionerClause, Guidance, Policy, PolicyVersion, Statement
from ifr.policies.services import RecordError
from ifr.workflow import NotVisible, NotYours, Refused

BY = command("test")
TITLE = "Endoscopic Laser Foraminoplasty"


@pytest.fixture
def register(app):
    with app.app_context():
        services.load_examples(by=BY)
        yield
        db.session.remove()


@pytest.fixture
def laser(register):
    found = db.session.scalar(
        select(PolicyVersion)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(Policy.reference == "CMICB_Clin018")
    )
    return services.read_version(found.id, user=BY)


@pytest.fixture
def ets(register):
    title = "Dermatology – Hyperhidrosis - Endoscopic Thoracic Sympathectomy (ETS)"
    found = db.session.scalar(
        select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.title == title)
    )
    return services.read_version(found.id, user=BY)


def code_rows(page, system):
    return [code for said in page.version.statements for code in said.codes if code.system == system]


def new_policy(**changes):
    record = {
        "record": "policy",
        "commissioner": {"slug": "test-body", "name": "Test Body"},
        "reference": "T-9",
        "title": "Tattoo removal",
        "version": "3",
        "position": "not_routinely_commissioned",
        "statements": [
            {
                "treatment": "tattoo removal",
                "position": "not_routinely_commissioned",
                "known_by": [{"words": "tattoo removal"}],
                "codes": {"opcs4": [{"code": "S09.1"}]},
            }
        ],
    }
    return record | changes


class TestTheExamples:
    def test_codes_are_kept_as_they_are_printed(self, ets, laser):
        assert [c.verbatim for c in code_rows(ets, "opcs4")] == ["A752", "A759"]
        assert [c.verbatim for c in code_rows(ets, "icd10")] == ["R61", "R610", "R611", "R619"]
        assert [c.verbatim for c in code_rows(laser, "icd10")] == [
            "M51.0", "M51.1", "M54.1", "M54.3", "M54.4", "M54.5", "M54.9",
        ]  # fmt: skip

    def test_codes_printed_twice_with_different_labels_are_kept_and_flagged(self, laser):
        rows = code_rows(laser, "opcs4")
        assert [c.verbatim for c in rows] == ["V53", "V54", "V53", "V54"]
        assert len({c.label for c in rows}) == 4
        assert all("Printed twice" in c.flag for c in rows)

    def test_dates_are_those_that_are_printed_and_no_others(self, ets, laser):
        assert (ets.version.ratified_on, ets.version.published_on, ets.version.effective_from) == (
            date(2026, 4, 1), None, None,
        )  # fmt: skip
        assert (ets.version.review_due_on, ets.version.review_words) == (None, "TBC")
        assert laser.version.ratified_on == laser.version.published_on == date(2023, 4, 1)
        assert laser.version.review_due_on == date(2026, 4, 1)

    def test_versions_and_references_are_as_printed(self, ets, laser):
        assert (ets.version.policy.reference, ets.version.label) == (None, "v1.0")
        assert (laser.version.policy.reference, laser.version.label) == ("CMICB_Clin018", "1")

    def test_the_areas_are_the_six_counties_that_the_policy_names(self, ets, laser):
        assert {area.name for area in ets.version.areas} == {
            "Cambridgeshire", "Peterborough", "Bedfordshire", "Luton", "Milton Keynes", "Hertfordshire",
        }  # fmt: skip
        assert laser.version.areas == []

    def test_both_name_a_route_for_the_exceptional_case(self, ets, laser):
        assert ets.version.exceptionality_route_named
        assert laser.version.exceptionality_route_named

    def test_each_is_in_force_today_and_one_is_late_for_review(self, ets, laser):
        assert (ets.status, ets.review_overdue) == ("In force", False)
        assert (laser.status, laser.review_overdue) == ("In force", True)

    def test_codes_of_organisations_that_no_document_gives_are_demonstration_values(self, register):
        for slug in ("central-east", "cheshire-merseyside"):
            body = db.session.scalar(select(Organisation).where(Organisation.slug == slug))
            assert body.ods_code
            assert body.ods_is_demonstration

    def test_clauses_that_may_be_out_of_date_are_marked_with_the_reason(self, laser):
        core = [one for one in laser.version.clauses if one.kind == "core_eligibility"]
        assert len(core) == 8
        marked = [one for one in laser.version.clauses if one.may_be_out_of_date]
        assert marked
        assert all(one.why_out_of_date for one in marked)

    def test_guidance_keeps_its_former_number_and_marks_our_codes(self, register):
        guidance = db.session.scalar(
            select(Guidance).where(Guidance.number == "331").options(selectinload(Guidance.codes))
        )
        assert guidance.reference == "HTG331"
        assert guidance.former_numbers == [{"number": "IPG480", "until": "2026-01"}]
        assert guidance.published_on == date(2014, 2, 23)
        assert all(code.is_ours for code in guidance.codes)
        assert [number for number, _ in guidance.recommendations] == ["1.1", "1.2", "1.3", "1.4", "1.5"]

    def test_each_names_its_source_file_by_checksum(self, ets, laser):
        assert len(ets.version.source_sha256) == len(laser.version.source_sha256) == 64

    def test_recording_is_a_move_on_record(self, laser):
        assert laser.version.state == "published"
        assert [one.action for one in audit.events(laser.version.stream)] == ["record_published"]


class TestLoading:
    def test_the_same_record_again_is_already_here(self, register):
        before = _counts()
        again = services.load_examples(by=BY)
        assert [one.is_new for one in again] == [False] * len(again)
        assert all(one.words.endswith(": already here") for one in again)
        assert _counts() == before

    def test_a_new_version_joins_the_policy_that_is_there(self, register):
        first = services.load_record(new_policy(), by=BY)
        second = services.load_record(new_policy(version="4"), by=BY)
        assert services.version(first.version_id).policy_id == services.version(second.version_id).policy_id

    def test_a_slip_in_a_key_is_heard_of(self, register):
        with pytest.raises(RecordError, match="ratified"):
            services.load_record(new_policy(ratified="2025-01-01"), by=BY)

    def test_a_code_without_the_shape_of_one_is_refused(self, register):
        wrong = copy.deepcopy(new_policy())
        wrong["statements"][0]["codes"]["opcs4"][0]["code"] = "S0"
        with pytest.raises(CodeError):
            services.load_record(wrong, by=BY)

    def test_guidance_that_is_not_on_record_cannot_be_cited(self, register):
        with pytest.raises(RecordError, match="HTG999"):
            services.load_record(new_policy(cites=["HTG999"]), by=BY)

    def test_the_examples_are_in_our_own_words_and_name_their_sources(self):
        for one in records.examples():
            assert records.read(one)
        assert {one["title"] for one in records.examples()} >= {TITLE}


def _counts():
    tables = (Policy, PolicyVersion, Statement, Guidance, CommissionerClause)
    return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]


class TestFinding:
    def test_by_a_word_of_the_title(self, register):
        assert TITLE in _titles(services.find(words="foraminoplasty").rows)

    def test_by_words_of_which_each_has_to_be_there(self, register):
        assert TITLE in _titles(services.find(words="laser endoscopic").rows)
        assert TITLE not in _titles(services.find(words="laser sympathectomy").rows)

    def test_by_the_reference(self, register):
        assert _titles(services.find(words="clin018").rows) == [TITLE]

    def test_by_a_procedure_within_a_listed_category(self, register):
        assert TITLE in _titles(services.find(code="v53.1").rows)

    def test_by_a_diagnosis_and_by_its_parent(self, register):
        assert TITLE in _titles(services.find(code="M51.1").rows)
        assert TITLE in _titles(services.find(code="M51").rows)
        assert TITLE not in _titles(services.find(code="R61").rows)

    def test_by_commissioner(self, register):
        assert TITLE not in _titles(services.policies_of("central-east"))
        assert TITLE in _titles(services.policies_of("cheshire-merseyside"))

    def test_a_percent_sign_is_a_character_and_not_a_wildcard(self, register):
        assert services.find(words="%").rows == []

    def test_a_text_that_is_no_code_in_either_system_is_refused(self, register):
        with pytest.raises(CodeError):
            services.find(code="sweating")

    def test_what_binds_on_a_day(self, register):
        ets = "Dermatology – Hyperhidrosis - Endoscopic Thoracic Sympathectomy (ETS)"
        assert ets not in _titles(services.in_force(date(2026, 3, 31), "central-east"))
        assert ets in _titles(services.in_force(date(2026, 4, 1), "central-east"))

    def test_a_version_that_a_later_one_replaces_is_shown_as_superseded(self, register):
        services.load_record(new_policy(published_on=date(2024, 1, 1)), by=BY)
        services.load_record(new_policy(version="4", published_on=date(2025, 1, 1)), by=BY)
        status = {row.version: row.status for row in services.policies_of("test-body")}
        assert status == {"3": "Superseded", "4": "In force"}


def _titles(rows):
    return [row.title for row in rows]


class TestPublishing:
    @pytest.fixture
    def draft(self, register, policy_leads):
        return draft_of(services.load_record(new_policy(), by=BY), policy_leads[0])

    def test_who_proposed_a_version_cannot_publish_it(self, draft, policy_leads):
        first, _ = policy_leads
        workflow.move(draft, "propose", by=first, seen=draft.version)
        with pytest.raises(Refused, match="somebody else publishes it"):
            workflow.move(draft, "publish", by=first, seen=draft.version)
        assert draft.state == "proposed"

    def test_a_second_person_publishes_it_and_it_counts_from_that_day(self, draft, policy_leads):
        first, second = policy_leads
        workflow.move(draft, "propose", by=first, seen=draft.version)
        workflow.move(draft, "publish", by=second, seen=draft.version)
        assert draft.state == "published"
        assert draft.counts_from == date(2026, 11, 21)

    def test_a_draft_is_seen_by_its_policy_leads_only(self, draft, policy_leads, stranger):
        assert services.read_version(draft.id, user=policy_leads[1]).status == "Draft"
        with pytest.raises(NotVisible):
            services.read_version(draft.id, user=stranger)

    def test_a_published_version_is_seen_by_everybody_and_moved_by_its_own_leads(self, register, stranger):
        loaded = services.load_record(new_policy(), by=BY)
        version = services.read_version(loaded.version_id, user=stranger).version
        with pytest.raises(NotYours):
            workflow.move(version, "withdraw_version", by=stranger, seen=version.version, reason="Not ours.")


def draft_of(loaded, lead):
    """The version as its lead would have started it by hand."""
    version = services.version(loaded.version_id)
    version._state = "new"
    db.session.flush()
    workflow.move(version, "start_version", by=lead, seen=version.version)
    assert Role.POLICY_LEAD in version.capacities(lead)
    return version
