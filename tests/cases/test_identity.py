from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text

from ifr import audit, clock
from ifr.cases import identity
from ifr.cases.identity import Patient
from ifr.cases.models import Case
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk

NAME = "Quentin Canary-Hollow"


@pytest.fixture
def case_id(app):
    with app.app_context(), transaction():
        case = walk.draft(stories.FORAMINOPLASTY)
        identity.save_patient(case, {"name": NAME, "address": "1 Canary Row"}, by=accounts.user("rosa_spine"))
        return case.id


def test_a_good_nhs_number_has_no_fault():
    assert identity.fault_of_nhs_number("999 100 0003") is None
    assert identity.fault_of_nhs_number("999-100-0003") is None


@pytest.mark.parametrize("typed", ["999 100 0004", "999 100 0013", "0000000000", "1111111111"])
def test_a_number_whose_check_digit_does_not_fit_is_said_to_be_mistyped(typed):
    assert "last digit" in identity.fault_of_nhs_number(typed)


@pytest.mark.parametrize("typed", ["", "999 100 000", "99910000033", "nine", "99910000²3", "٩٩٩١٠٠٠٠٠٣"])
def test_what_is_not_ten_digits_is_said_to_be_so(typed):
    assert "10 digits" in identity.fault_of_nhs_number(typed)


@pytest.mark.parametrize("typed", ["27 3 1985", "27/3/1985", "27.3.1985", "27-03-1985", "1985-03-27"])
def test_a_day_is_read_as_people_type_it(typed):
    assert identity.read_day(typed) == date(1985, 3, 27)


@pytest.mark.parametrize("typed", ["", "27 3", "27 3 85", "31 2 1985", "27//1985", "² 3 1985", "1 1 99999", "27 March 1985"])
def test_what_is_no_day_is_not_read_as_one(typed):
    assert identity.read_day(typed) is None


def test_a_birth_in_the_future_is_a_fault_and_one_today_is_none():
    with clock.at(datetime(2026, 11, 21, 10, tzinfo=UTC)):
        assert identity.fault_of_birth_date("22 11 2026") == "The date of birth is in the future."
        assert identity.fault_of_birth_date("21 11 2026") is None


def test_the_database_holds_no_name_address_or_number_that_can_be_read(app, case_id):
    with app.app_context():
        row = db.session.execute(text("SELECT * FROM patients WHERE case_id = :id"), {"id": case_id}).mappings().one()
        kept = " ".join(str(value) for value in row.values())
        assert NAME not in kept and "Canary Row" not in kept
        assert "999100" not in kept.replace(" ", "")
        assert db.session.scalars(select(Patient).where(Patient.case_id == case_id)).one().name == NAME


def test_whoever_reads_identity_is_on_record_with_the_word_for_why(app, case_id):
    with app.app_context(), transaction():
        case = db.session.get_one(Case, case_id)
        reader = accounts.user("rosa_spine")
        assert identity.patient_of(case, by=reader, why="telephone").name == NAME
        last = audit.events(case.stream)[-1]
        assert (last.action, last.actor, last.facts) == ("read_identity", reader.actor, {"why": "telephone"})


@pytest.mark.parametrize("key", ["sam_screens", "helen_chairs", "stan_minutes", "alan_audits", "dev_skin", "vera_reviews"])
def test_those_who_decide_or_have_no_part_in_it_cannot_learn_who_the_patient_is(app, case_id, key):
    with app.app_context(), transaction():
        case = db.session.get_one(Case, case_id)
        with pytest.raises(PermissionError):
            identity.patient_of(case, by=accounts.user(key), why="curiosity")


def test_no_audit_row_of_the_request_names_the_patient(app, case_id):
    with app.app_context():
        case = db.session.get_one(Case, case_id)
        assert NAME not in str([event.facts for event in audit.events(case.stream)])


def test_the_same_number_is_found_again_without_opening_anything(app):
    with app.app_context(), transaction():
        by = accounts.user("rosa_spine")
        one, two, other = (walk.draft(stories.FORAMINOPLASTY) for _ in range(3))
        identity.save_patient(one, {"nhs_number": "999 100 0003"}, by=by)
        identity.save_patient(two, {"nhs_number": "9991000003"}, by=by)
        assert identity.cases_of_same_patient(one) == [two.id]
        assert identity.cases_of_same_patient(other) == []


def test_what_is_missing_is_said_without_saying_what_is_there(app):
    with app.app_context(), transaction():
        case = walk.draft(stories.FORAMINOPLASTY)
        assert identity.missing_by_field(case) == {}
        identity.save_patient(case, {"name": "", "nhs_number": "999 100 0004"}, by=accounts.user("rosa_spine"))
        missing = identity.missing_by_field(case)
        assert set(missing) == {"name", "nhs_number"}
        assert "0004" not in " ".join(missing.values())


def test_a_reason_stands_in_for_a_number_that_does_not_exist(app):
    with app.app_context(), transaction():
        case = walk.draft(stories.FORAMINOPLASTY)
        by = accounts.user("rosa_spine")
        identity.save_patient(case, {"nhs_number": "", "no_nhs_number_because": "Newborn"}, by=by)
        assert identity.missing_by_field(case) == {}
