"""Which policy a request meets: the two real policies and the guidance, and what could go wrong with them."""

import copy
from datetime import date

import pytest

from ifr import clock, workflow
from ifr.db import db
from ifr.people.services import command
from ifr.policies import records, services
from ifr.policies.models import PolicyVersion
from ifr.policies.services import QuestionError, resolve
from tests.databases import statements_sent

BY = command("test")
TODAY = date(2026, 11, 21)
# The real records under names of our own, so that whatever else the database holds is another body's.
EAST, MERSEY = "test-east", "test-mersey"
ETS = "Dermatology – Hyperhidrosis - Endoscopic Thoracic Sympathectomy (ETS)"
OWN = {"central-east": EAST, "cheshire-merseyside": MERSEY}


def example(slug):
    found = next(
        r for r in records.examples() if r["record"] == "policy" and r["commissioner"]["slug"] == slug
    )
    found = copy.deepcopy(found)
    found["commissioner"]["slug"] = OWN[slug]
    return found


@pytest.fixture
def register(app):
    with app.app_context():
        for one in records.examples():
            if one["record"] == "guidance":
                services.load_record(one, by=BY)
        for slug in OWN:
            services.load_record(example(slug), by=BY)
        yield
        db.session.remove()


def east(treatment, indication, words=None, *, on=TODAY, area=None):
    return resolve(EAST, area, _many(treatment), words, _many(indication), on)


def mersey(treatment, indication, words=None, *, on=TODAY, area=None):
    return resolve(MERSEY, area, _many(treatment), words, _many(indication), on)


def _many(given):
    return [given] if isinstance(given, str) else list(given)


def references(found):
    return [one["reference"] for one in found.as_json()["guidance"]]


@pytest.mark.usefixtures("register")
class TestSympathectomyForSweating:
    @pytest.mark.parametrize("treatment", ["A75.2", "A752", "a75.2", " A75.2 "])
    @pytest.mark.parametrize("indication", ["R61.0", "R610", "R61", "r61.0"])
    def test_the_policy_excludes_it_however_the_codes_are_typed(self, treatment, indication):
        found = east(treatment, indication)
        assert found.answer == "outside_by_position"
        assert (found.reference, found.title, found.version) == (None, ETS, "v1.0")

    def test_the_unspecified_code_is_listed_too(self):
        assert east("A75.9", "R61.0").answer == "outside_by_position"

    def test_a_child_of_the_listed_diagnosis_that_is_not_printed_is_taken_in(self):
        assert east("A75.2", "R61.2").answer == "outside_by_position"

    def test_it_was_not_in_force_the_day_before_its_ratification(self):
        found = east("A75.2", "R61.0", on=date(2026, 3, 31))
        assert found.answer == "no_policy"
        assert "not_yet_in_force" in found.warnings
        assert (found.reference, found.title, found.version, found.version_id) == (None, None, None, None)
        assert [one["title"] for one in found.also] == [ETS]

    def test_it_is_in_force_on_the_day_of_its_ratification(self):
        found = east("A75.2", "R61.0", on=date(2026, 4, 1))
        assert found.answer == "outside_by_position"
        assert "not_yet_in_force" not in found.warnings
        assert "It counts from its ratification on 1 April 2026, the only day it prints." in found.steps

    def test_a_review_date_printed_as_tbc_is_never_overdue(self):
        assert "review_overdue" not in east("A75.2", "R61.0", on=date(2040, 1, 1)).warnings

    def test_codes_alone_leave_the_treatment_to_be_confirmed(self):
        assert "confirm_treatment" in east("A75.2", "R61.0").warnings

    @pytest.mark.parametrize(
        "words",
        [
            "endoscopic thoracic sympathectomy",
            "ETS",
            "ets (bilateral)",
            "Sympathectomy, thoracic, endoscopic",
            "endoscopic thoracic sympathectomies",
            "Excision of thoracic sympathetic nerve",
        ],
    )
    def test_codes_and_words_together_leave_nothing_to_confirm(self, words):
        found = east("A75.2", "R61.0", words)
        assert found.answer == "outside_by_position"
        assert "confirm_treatment" not in found.warnings

    def test_looser_words_leave_the_treatment_to_be_confirmed(self):
        found = east("A75.2", "R61.0", "sympathectomy")
        assert found.answer == "outside_by_position"
        assert "confirm_treatment" in found.warnings

    def test_another_treatment_of_sweating_is_not_the_policys_business(self):
        assert east("X85.1", "R61.0", "botulinum toxin").answer == "no_policy"

    def test_guidance_on_blushing_is_not_named_for_sweating(self):
        assert "HTG331" not in references(east("A75.2", "R61.0"))

    def test_the_bare_category_is_a_candidate_for_a_person(self):
        found = east("A75", "R61")
        assert found.answer == "code_only"
        assert "confirm_treatment" in found.warnings
        assert any("A75 is broader than A75.2, A75.9" in step for step in found.steps)

    def test_the_bare_category_with_other_words_is_no_candidate(self):
        assert east("A75", "R61", "vagotomy").answer == "no_policy"

    def test_a_neighbouring_code_is_no_match(self):
        assert east("A75.1", "R61").answer == "no_policy"

    def test_several_codes_are_looked_at_together(self):
        assert east(["Y74.4", "A75.2"], ["L74.5", "R61.0"]).answer == "outside_by_position"


@pytest.mark.usefixtures("register")
class TestSympathectomyForBlushing:
    def test_the_treatment_is_the_policys_but_the_patients_are_not(self):
        found = east("A75.2", "R23.2")
        assert found.answer == "cohort_mismatch"
        assert found.title == ETS

    @pytest.mark.parametrize("words", [None, "ETS", "endoscopic thoracic sympathectomy for facial blushing"])
    def test_the_guidance_stands_beside_it_with_its_old_number(self, words):
        guidance = east("A75.2", "R23.2", words).as_json()["guidance"]
        assert [one["reference"] for one in guidance] == ["HTG331"]
        assert guidance[0]["formerly"] == [{"reference": "IPG480", "until": "2026-01"}]
        assert guidance[0]["published_on"] == "2014-02-23"
        assert "R23.2" in guidance[0]["our_own_codes"]

    def test_the_steps_say_that_the_code_for_blushing_is_our_own(self):
        assert any(
            "It prints no codes" in s and "R23.2" in s and "our own" in s
            for s in east("A75.2", "R23.2").steps
        )

    def test_guidance_gives_no_position_where_there_is_no_policy(self):
        found = mersey("A75.2", "R23.2")
        assert found.answer == "no_policy"
        assert references(found) == ["HTG331"]
        assert found.title is None

    def test_guidance_is_not_named_before_it_was_published(self):
        assert references(east("A75.2", "R23.2", on=date(2014, 2, 22))) == []
        assert references(east("A75.2", "R23.2", on=date(2014, 2, 23))) == ["HTG331"]

    def test_one_diagnosis_inside_is_enough(self):
        assert east("A75.2", ["R23.2", "R61.0"]).answer == "outside_by_position"


@pytest.mark.usefixtures("register")
class TestLaserForaminoplasty:
    @pytest.mark.parametrize("treatment", ["V53", "V54", "V53.1", "V531", "V548", "v54.4"])
    def test_every_child_of_the_listed_categories_is_taken_in(self, treatment):
        found = mersey(treatment, "M51.1")
        assert found.answer == "outside_by_position"
        assert (found.reference, found.title, found.version) == (
            "CMICB_Clin018",
            "Endoscopic Laser Foraminoplasty",
            "1",
        )
        assert "confirm_treatment" in found.warnings

    def test_a_review_that_is_late_warns_and_ends_nothing(self):
        found = mersey("V53.1", "M51.1")
        assert found.answer == "outside_by_position"
        assert "review_overdue" in found.warnings

    @pytest.mark.parametrize("on", [date(2026, 3, 31), date(2026, 4, 1)])
    def test_a_review_is_not_late_before_its_day_is_over(self, on):
        assert "review_overdue" not in mersey("V53.1", "M51.1", on=on).warnings

    def test_a_review_is_late_on_the_day_after(self):
        assert "review_overdue" in mersey("V53.1", "M51.1", on=date(2026, 4, 2)).warnings

    def test_it_binds_from_its_publication(self):
        assert mersey("V53.1", "M51.1", on=date(2023, 4, 1)).answer == "outside_by_position"
        before = mersey("V53.1", "M51.1", on=date(2023, 3, 31))
        assert before.answer == "no_policy"
        assert "not_yet_in_force" in before.warnings

    def test_another_operation_under_the_same_code_is_a_candidate_only(self):
        found = mersey("V54.4", "M54.5", "facet joint injection")
        assert found.answer == "code_only"
        assert found.reference == "CMICB_Clin018"

    def test_the_treatment_under_another_code_is_found_by_its_words(self):
        found = mersey("V56.2", "M51.1", "endoscopic laser foraminoplasty")
        assert found.answer == "words_only"
        assert found.reference == "CMICB_Clin018"
        assert "review_overdue" in found.warnings

    @pytest.mark.parametrize(
        "words",
        ["laser foraminoplasty, endoscopic", "LASER FORAMINOPLASTIES", "endoscopic laser-foraminoplasty"],
    )
    def test_words_alone_are_enough_to_find_a_candidate(self, words):
        assert mersey([], "M51.1", words).answer == "words_only"

    def test_words_of_the_treatment_for_another_condition_fall_outside_its_patients(self):
        assert mersey("V56.2", "M48.0", "endoscopic laser foraminoplasty").answer == "cohort_mismatch"

    def test_a_diagnosis_that_is_not_listed_falls_outside_its_patients(self):
        assert mersey("V53.1", "M51.2").answer == "cohort_mismatch"

    def test_a_broader_diagnosis_is_left_to_a_person(self):
        found = mersey("V53.1", "M51", "endoscopic laser foraminoplasty")
        assert found.answer == "outside_by_position"
        assert "confirm_treatment" in found.warnings

    def test_no_diagnosis_is_left_to_a_person(self):
        found = mersey("V53.1", [], "endoscopic laser foraminoplasty")
        assert found.answer == "outside_by_position"
        assert "confirm_treatment" in found.warnings

    def test_the_guidance_that_it_cites_stands_beside_it(self):
        assert references(mersey("V53.1", "M51.1")) == ["IPG31", "NG59"]


@pytest.mark.usefixtures("register")
class TestAnotherBody:
    @pytest.mark.parametrize(
        ("ask", "treatment", "indication"), [(mersey, "A75.2", "R61.0"), (east, "V53.1", "M51.1")]
    )
    def test_the_policy_of_another_body_binds_nobody_here(self, ask, treatment, indication):
        found = ask(treatment, indication)
        assert found.answer == "no_policy"
        assert "another_body_has_one" in found.warnings
        assert found.title is None
        assert {one["why"] for one in found.also} == {"policy of another commissioner"}

    def test_what_nobody_has_a_policy_for_warns_of_nothing(self):
        found = east("W37.1", "M16.1", "hip replacement")
        assert found.answer == "no_policy"
        assert found.warnings == ()

    def test_a_policy_of_another_body_that_is_not_in_force_is_not_pointed_to(self):
        assert "another_body_has_one" not in mersey("A75.2", "R61.0", on=date(2026, 3, 31)).warnings


@pytest.mark.usefixtures("register")
class TestTheArea:
    @pytest.mark.parametrize("area", ["Hertfordshire", "hertfordshire", " Milton  Keynes "])
    def test_an_area_that_the_policy_names_is_its_own(self, area):
        assert east("A75.2", "R61.0", area=area).answer == "outside_by_position"

    @pytest.mark.parametrize("area", ["Norfolk", "Cheshire"])
    def test_an_area_that_the_policies_do_not_name_belongs_to_another(self, area):
        found = east("A75.2", "R61.0", area=area)
        assert found.answer == "other_commissioner"
        assert found.title is None
        assert any(area in step for step in found.steps)

    def test_an_area_of_another_commissioner_belongs_to_it(self):
        assert mersey("V53.1", "M51.1", area="Luton").answer == "other_commissioner"

    def test_an_area_is_not_guessed_at_where_no_document_names_any(self):
        found = mersey("V53.1", "M51.1", area="Wirral")
        assert found.answer == "outside_by_position"
        assert any("“Wirral” was not checked" in step for step in found.steps)


@pytest.mark.usefixtures("register")
class TestAQuestionThatCannotBeAnswered:
    @pytest.mark.parametrize("treatment", ["I10", "XYZ", "240012345", "A75.22"])
    def test_what_is_no_procedure_code(self, treatment):
        with pytest.raises(QuestionError, match="is not a procedure code"):
            east(treatment, "R61.0")

    def test_what_is_no_diagnosis_code(self):
        with pytest.raises(QuestionError, match="is not a diagnosis code"):
            east("A75.2", "hyperhidrosis")

    @pytest.mark.parametrize(
        ("treatment", "indication"), [("R61.0", "A75.2"), ("R61.0", "R61.0"), ("A75.2", "A75.2")]
    )
    def test_codes_on_the_wrong_side(self, treatment, indication):
        with pytest.raises(QuestionError, match="list it only as a code of"):
            east(treatment, indication)

    def test_a_code_that_only_looks_exchanged_is_taken_when_words_support_it(self):
        assert mersey("M51.1", "N39.3", "sling operation").answer == "no_policy"

    def test_no_treatment_at_all(self):
        with pytest.raises(QuestionError, match="which treatment"):
            east([], "R61.0", "  ")

    def test_a_commissioner_that_is_not_known(self):
        with pytest.raises(QuestionError, match="No commissioner is known as “nowhere”"):
            resolve("nowhere", None, ["A75.2"], None, ["R61.0"], TODAY)


def policy(**changes):
    """A policy of our own making, to try what the two real ones do not hold."""
    record = {
        "record": "policy",
        "commissioner": {"slug": EAST, "name": "Test East"},
        "reference": "T-1",
        "title": "Knee washout",
        "version": "1",
        "published_on": date(2025, 1, 1),
        "position": "not_routinely_commissioned",
        "statements": [statement()],
    }
    return record | changes


def statement(position="not_routinely_commissioned", **changes):
    return {
        "treatment": "knee washout",
        "position": position,
        "known_by": [{"words": "knee washout"}],
        "codes": {
            "opcs4": [{"code": "W85.2"}],
            "icd10": [{"code": "M15-M19"}, {"code": "M18", "role": "exclude"}],
        },
    } | changes


def washout(*, on=TODAY, area=None, treatment="W85.2", indication="M17.1", words="knee washout"):
    return resolve(EAST, area, [treatment], words, [indication], on)


@pytest.mark.usefixtures("register")
class TestVersions:
    def test_a_later_version_takes_the_place_of_the_earlier_from_its_day(self):
        services.load_record(policy(), by=BY)
        services.load_record(policy(version="2", published_on=date(2026, 6, 1)), by=BY)
        assert washout(on=date(2026, 5, 31)).version == "1"
        assert washout(on=date(2026, 6, 1)).version == "2"

    def test_a_later_version_that_drops_a_code_takes_the_earlier_with_it(self):
        services.load_record(policy(), by=BY)
        other = statement(codes={"opcs4": [{"code": "W87.1"}]}, known_by=[{"words": "knee arthroscopy"}])
        services.load_record(policy(version="2", published_on=date(2026, 6, 1), statements=[other]), by=BY)
        found = washout()
        assert found.answer == "no_policy"
        assert "Left: a later version has taken its place." in found.steps

    def test_a_version_with_a_last_day_binds_on_that_day_and_not_after(self):
        services.load_record(policy(effective_to=date(2026, 6, 30)), by=BY)
        assert washout(on=date(2026, 6, 30)).answer == "outside_by_position"
        assert washout(on=date(2026, 7, 1)).answer == "no_policy"

    def test_an_effective_date_goes_before_publication(self):
        services.load_record(policy(effective_from=date(2026, 9, 1)), by=BY)
        assert "not_yet_in_force" in washout(on=date(2026, 8, 31)).warnings
        assert washout(on=date(2026, 9, 1)).answer == "outside_by_position"

    def test_a_static_policy_is_never_late_for_review(self):
        services.load_record(policy(review={"day": date(2025, 6, 1), "static": True}), by=BY)
        assert "review_overdue" not in washout().warnings

    def test_a_version_for_one_area_leaves_the_others_to_the_earlier_one(self):
        services.load_record(policy(areas=["Luton", "Bedfordshire"]), by=BY)
        services.load_record(policy(version="2", published_on=date(2026, 6, 1), areas=["Luton"]), by=BY)
        assert washout(area="Luton").version == "2"
        assert washout(area="Bedfordshire").version == "1"
        assert washout(area="Hertfordshire").answer == "no_policy"

    def test_a_draft_is_nobodys_rule(self):
        loaded = services.load_record(policy(), by=BY)
        db.session.get(PolicyVersion, loaded.version_id)._state = "draft"
        db.session.flush()
        assert washout().answer == "no_policy"

    def test_a_withdrawn_version_binds_no_longer_and_is_warned_of(self, make_person):
        withdrawn = _withdraw(services.load_record(policy(), by=BY), make_person("lead", EAST))
        assert withdrawn.withdrawn_on == clock.today()
        found = washout()
        assert found.answer == "no_policy"
        assert "withdrawn" in found.warnings

    def test_a_version_withdrawn_since_still_bound_on_an_earlier_day(self, make_person):
        _withdraw(services.load_record(policy(), by=BY), make_person("lead", EAST))
        found = washout(on=date(2026, 11, 20))
        assert found.answer == "outside_by_position"
        assert "withdrawn" in found.warnings


def _withdraw(loaded, lead):
    version = services.version(loaded.version_id)
    workflow.move(version, "withdraw_version", by=lead, seen=version.version, reason="Published by mistake.")
    return version


@pytest.mark.usefixtures("register")
class TestWhatAPolicyCanSay:
    def test_criteria_are_given_as_rows_to_be_marked(self):
        rows = [
            {"label": "(a)", "words": "locking of the knee"},
            {"label": "(b)", "words": "pain for six months"},
        ]
        services.load_record(policy(statements=[statement("criteria_based", criteria=rows)]), by=BY)
        found = washout()
        assert found.answer == "criteria"
        assert found.criteria == ("(a): locking of the knee", "(b): pain for six months")

    def test_what_is_routinely_commissioned_leaves_no_criterion_unmet(self):
        services.load_record(policy(statements=[statement("routinely_commissioned")]), by=BY)
        assert washout().answer == "criteria_met"

    def test_a_range_of_diagnoses_takes_in_what_lies_between_except_what_is_left_out(self):
        services.load_record(policy(), by=BY)
        assert washout(indication="M16.9").answer == "outside_by_position"
        assert washout(indication="M19.9").answer == "outside_by_position"
        assert washout(indication="M18.1").answer == "cohort_mismatch"
        assert washout(indication="M20.1").answer == "cohort_mismatch"

    def test_a_procedure_that_is_left_out_is_no_match(self):
        listed = [{"code": "W85"}, {"code": "W85.2", "role": "exclude"}]
        services.load_record(policy(statements=[statement(codes={"opcs4": listed})]), by=BY)
        assert washout(treatment="W85.2").answer == "no_policy"
        assert washout(treatment="W85.1").answer == "outside_by_position"

    def test_a_policy_without_diagnosis_codes_is_left_to_a_reader(self):
        services.load_record(policy(statements=[statement(codes={"opcs4": [{"code": "W85.2"}]})]), by=BY)
        found = washout()
        assert found.answer == "outside_by_position"
        assert "It lists no diagnosis codes; a person says whether it is about this condition." in found.steps

    def test_the_policy_that_fits_best_is_named_and_the_others_beside_it(self):
        services.load_record(policy(), by=BY)
        other = statement("criteria_based", treatment="knee lavage", known_by=[{"words": "lavage"}])
        services.load_record(policy(reference="T-2", title="Knee lavage", statements=[other]), by=BY)
        found = washout()
        assert found.reference == "T-1"
        assert [(one["reference"], one["answer"]) for one in found.also] == [("T-2", "code_only")]

    def test_a_technology_appraisal_is_asked_about_before_the_policy(self):
        services.load_record(policy(), by=BY)
        appraisal = {
            "record": "guidance",
            "kind": "TA",
            "number": "99001",
            "title": "A made-up appraisal",
            "published_on": date(2026, 1, 1),
            "known_by": [{"words": "knee washout"}],
            "codes": {"icd10": [{"code": "M17"}]},
        }
        services.load_record(appraisal, by=BY)
        found = washout()
        assert found.answer == "mandatory_nice"
        assert found.reference == "T-1"
        assert washout(on=date(2025, 12, 31)).answer == "outside_by_position"


@pytest.mark.usefixtures("register")
class TestTheAnswer:
    def test_it_has_exactly_the_keys_that_were_promised(self):
        said = east("A75.2", "R61.0").as_json()
        assert list(said) == [
            "answer",
            "reference",
            "title",
            "version",
            "warnings",
            "guidance",
            "also",
            "steps",
        ]

    def test_the_steps_repeat_no_free_text(self):
        found = mersey("V54.4", "M54.5", "facet joint injection for Jane Canary")
        assert not any("Canary" in step for step in found.steps)

    def test_it_takes_as_many_queries_for_many_policies_as_for_one(self):
        services.load_record(policy(), by=BY)
        one = _queries(washout)
        for number in range(2, 12):
            services.load_record(policy(reference=f"T-{number}"), by=BY)
        assert _queries(washout) == one
        assert len(washout().also) >= 10


def _queries(act):
    db.session.expire_all()
    with statements_sent() as asked:
        act()
    return len(asked)
