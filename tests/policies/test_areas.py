"""A commissioner that inherited three predecessors' policies, each for its own area, and harmonises them on a day."""

from datetime import date, timedelta

import pytest

from ifr.db import db
from ifr.people.services import command
from ifr.policies import services

BY = command("test")
BODY = "test-merged"
DAY = date(2026, 7, 1)
EVE = DAY - timedelta(days=1)
AREAS = {"Northshire": "N-1", "Middleton": "M-1", "Southdown": "S-1"}


def record(reference, **changes):
    return {
        "record": "policy",
        "commissioner": {"slug": BODY, "name": "Test Merged"},
        "reference": reference,
        "title": f"Knee washout {reference}",
        "version": "1",
        "published_on": date(2020, 1, 1),
        "position": "criteria_based",
        "statements": [
            {
                "treatment": "knee washout",
                "position": "criteria_based",
                "known_by": [{"words": "knee washout"}],
                "codes": {"opcs4": [{"code": "W85.2"}]},
                "criteria": [{"label": "(a)", "words": "locking"}, {"label": "(b)", "words": "pain for six months"}],
            }
        ],
    } | changes


@pytest.fixture
def merged(app):
    with app.app_context():
        for area, reference in AREAS.items():
            services.load_record(record(reference, areas=[area]), by=BY)
        replaced = [{"policy": reference, "version": "1"} for reference in AREAS.values()]
        areas = [{"name": "Northshire", "mechanism": "monitored"}, "Middleton", "Southdown"]
        harmonised = record("H-1", published_on=DAY, areas=areas, mechanism="prior_approval", replaces=replaced)
        services.load_record(harmonised, by=BY)
        yield
        db.session.remove()


def ask(area=None, on=DAY, **more):
    return services.resolve(BODY, area, ["W85.2"], "knee washout", [], on, **more)


@pytest.mark.usefixtures("merged")
class TestThreeAreas:
    @pytest.mark.parametrize(("area", "reference"), AREAS.items())
    def test_each_area_has_its_own_policy_until_the_day_before(self, area, reference):
        found = ask(area, EVE)
        assert found.reference == reference
        others = {one["reference"]: one["why"] for one in found.also}
        assert set(others) == {*AREAS.values(), "H-1"} - {reference}
        assert others["H-1"] == "it is not in force before 1 July 2026"

    @pytest.mark.parametrize("area", AREAS)
    def test_each_area_has_the_harmonised_policy_from_its_day(self, area):
        found = ask(area)
        assert found.reference == "H-1"
        assert f"Left: “Knee washout {AREAS[area]}”" not in " ".join(found.steps)
        assert "Left: H-1, “Knee washout H-1”, version 1 has taken its place." in found.steps

    def test_without_an_area_it_is_said_that_the_answer_depends_on_it(self):
        found = ask(None, EVE)
        assert found.reference in AREAS.values()
        assert "Which of these applies depends on the area, and none was given." in found.steps
        assert "M-1, “Knee washout M-1”, version 1 applies in Middleton." in found.steps

    def test_from_its_day_the_harmonised_policy_applies_whatever_the_area(self):
        found = ask()
        assert found.reference == "H-1"
        assert not any("depends on the area" in step for step in found.steps)

    def test_what_is_asked_before_treatment_differs_by_area(self):
        assert ask("Northshire").mechanism == "monitored"
        assert ask("Middleton").mechanism == "prior_approval"

    def test_every_candidate_is_shown_with_why_it_was_taken_or_left(self):
        found = ask("Middleton", EVE)
        assert [one.taken for one in found.considered] == [True, False, False, False]
        assert all(one.why for one in found.considered)


@pytest.mark.usefixtures("merged")
class TestCriteriaMarked:
    def test_all_met_is_a_matter_of_prior_approval(self):
        found = ask("Middleton", marks={1: True, 2: True})
        assert found.answer == "criteria_met"
        assert "Every criterion is met: this is a matter of prior approval." in found.steps

    def test_one_that_is_not_met_is_what_the_request_is_about(self):
        found = ask("Middleton", marks={1: True, 2: False})
        assert found.answer == "criteria"
        assert "Not met: (b). That is what the request is about." in found.steps

    def test_what_nobody_has_marked_stays_open(self):
        found = ask("Middleton", marks={1: True})
        assert found.answer == "criteria"
        assert "Some criteria are not marked yet." in found.steps

    def test_a_criterion_that_is_not_there_is_refused(self):
        with pytest.raises(services.QuestionError, match="has no criterion 9"):
            ask("Middleton", marks={9: True})


class TestEligibilityClaimed:
    @pytest.fixture(autouse=True)
    def clauses(self, app):
        with app.app_context():
            clauses = [
                {"kind": "core_eligibility", "words": "Reconstruction after an injury."},
                {"kind": "core_eligibility", "words": "Seen within two weeks.", "may_be_out_of_date": True, "why": "ended"},
            ]
            services.load_record(record("C-1", clauses=clauses), by=BY)
            yield
            db.session.remove()

    def test_a_claim_goes_before_the_policys_position(self):
        found = ask(claimed=1)
        assert found.answer == "bypass"
        assert any("Reconstruction after an injury." in step for step in found.steps)

    def test_a_clause_that_may_be_out_of_date_sends_a_request_nowhere(self):
        found = ask(claimed=2)
        assert found.answer == "criteria"
        assert any("may be out of date" in step for step in found.steps)

    @pytest.mark.parametrize("number", [3, -1, 2**40])
    def test_a_clause_that_is_not_there_is_refused(self, number):
        with pytest.raises(services.QuestionError, match="has no clause"):
            ask(claimed=number)
