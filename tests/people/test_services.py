from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from ifr import audit, clock
from ifr.access import Role
from ifr.db import db
from ifr.people import services
from ifr.people.models import SignIn, User


def in_(delta: timedelta):
    return clock.at(clock.now() + delta)


@pytest.fixture(autouse=True)
def within(app):
    with app.app_context():
        yield


@pytest.fixture
def office(app):
    return services.ensure_organisation(
        slug="north-office", kind="commissioner", name="North office", by=services.command("test")
    )


@pytest.fixture
def hospital(app):
    return services.ensure_organisation(
        slug="north-hospital", kind="provider", name="North hospital", by=services.command("test")
    )


@pytest.fixture
def rowan(app):
    return services.add_user(
        name="Rowan Hale", email=" Rowan.Hale@Example.nhs.uk ", password="five blue herons", profession="nurse",
        by=services.command("test"),
    )


def test_an_organisation_is_made_once_and_then_found(office):
    again = services.ensure_organisation(slug="north-office", kind="provider", name="Other", by="command:test")
    assert again is office
    assert (again.kind, again.name) == ("commissioner", "North office")


def test_an_address_is_kept_in_lower_case_and_belongs_to_one_account(rowan):
    assert rowan.email == "rowan.hale@example.nhs.uk"
    with pytest.raises(services.EmailTakenError):
        services.add_user(name="Other", email="ROWAN.hale@example.nhs.uk", password="x", by="command:test")


def test_a_profession_is_one_of_those_that_a_panel_counts(rowan):
    with pytest.raises(ValueError, match="no profession"):
        rowan.profession = "astrologer"


def test_who_was_added_and_by_whom_is_on_record_without_a_name(rowan, office):
    services.add_membership(user=rowan, organisation=office, role=Role.SCREENER, by=services.command("test"))
    added = [event for event in audit.events("people") if event.facts.get("user") == rowan.id]
    assert [event.action for event in added] == ["add_user", "add_membership"]
    assert {event.actor for event in added} == {"command:test"}
    assert added[1].facts["role"] == "screener"
    assert "Rowan" not in str([event.facts for event in added])


def test_a_role_is_held_in_one_organisation_only(rowan, office, hospital):
    services.add_membership(user=rowan, organisation=office, role=Role.PANEL_CHAIR, by="command:test")
    services.add_membership(user=rowan, organisation=hospital, role=Role.CLINICIAN, by="command:test")
    assert rowan.roles == {Role.PANEL_CHAIR, Role.CLINICIAN}
    assert rowan.roles_in(office.id) == {Role.PANEL_CHAIR}
    assert rowan.roles_in(None) == set()
    assert rowan.organisations() == [hospital, office]
    assert rowan.organisations("commissioner") == [office]


@pytest.mark.parametrize(
    ("today", "held"),
    [(date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2026, 12, 31), True), (date(2027, 1, 1), False)],
)
def test_a_membership_gives_its_role_from_its_first_day_to_its_last(rowan, office, today, held):
    services.add_membership(
        user=rowan, organisation=office, role=Role.SCREENER, from_on=date(2026, 12, 1), until_on=date(2026, 12, 31),
        by="command:test",
    )
    with in_(timedelta(days=(today - clock.today()).days)):
        assert (Role.SCREENER in rowan.roles) is held
        assert (rowan in services.users_with(Role.SCREENER, office.id)) is held
        assert (office in rowan.organisations()) is held


def test_memberships_come_with_the_person_and_need_no_further_query(rowan, office):
    services.add_membership(user=rowan, organisation=office, role=Role.FINANCE, by="command:test")
    key = rowan.id
    db.session.expunge_all()
    read = services.person(key)
    assert [(held.role, held.organisation.name) for held in read.memberships] == [(Role.FINANCE, "North office")]


def test_there_is_no_person_of_a_number_that_nobody_has(app):
    with pytest.raises(LookupError):
        services.person(987654)


def test_names_of_several_people_are_read_together(rowan):
    assert services.people_named([rowan.id, None, 987654]) == {rowan.id: "Rowan Hale"}
    assert services.people_named([]) == {}


def test_the_worker_is_an_actor_that_holds_the_schedulers_role_everywhere(app):
    assert (services.JOB.id, services.JOB.actor) == (None, "job:worker")
    assert services.JOB.roles_in(1) == {Role.SCHEDULER}
    assert services.command("demo").actor == "command:demo"


def test_address_and_password_together_say_who_somebody_is(rowan):
    assert services.authenticate(" ROWAN.hale@example.nhs.uk", "five blue herons") is rowan
    assert services.authenticate("rowan.hale@example.nhs.uk", "Five blue herons") is None
    assert services.authenticate("nobody@example.nhs.uk", "five blue herons") is None


def test_a_closed_account_cannot_sign_in_and_ends_what_is_open(rowan):
    token = services.start_sign_in(rowan)
    rowan.closed_at = clock.now()
    assert services.authenticate(rowan.email, "five blue herons") is None
    assert services.user_for(token) is None


def test_an_account_is_open_through_its_last_day(rowan):
    rowan.active_until_on = clock.today()
    assert services.authenticate(rowan.email, "five blue herons") is rowan
    with in_(timedelta(days=1)):
        assert services.authenticate(rowan.email, "five blue herons") is None


def test_a_failed_sign_in_is_on_record_without_the_address(rowan):
    services.authenticate(rowan.email, "wrong")
    event = audit.events("people")[-1]
    assert (event.action, event.actor) == ("fail_sign_in", "job:sign-in")
    assert "rowan" not in str(event.facts)
    assert len(event.facts["address"]) == 64


def test_after_ten_failures_an_address_is_not_tried_for_a_quarter_of_an_hour(rowan):
    for _ in range(10):
        assert services.authenticate(rowan.email, "wrong") is None
    with pytest.raises(services.TooManySignInsError, match="Try again in 15 minutes"):
        services.authenticate(rowan.email.upper(), "five blue herons")
    assert services.authenticate("somebody.else@example.nhs.uk", "wrong") is None
    with in_(timedelta(minutes=15)):
        assert services.authenticate(rowan.email, "five blue herons") is rowan


def test_a_password_is_hashed_anew_when_the_cost_has_been_raised(app, rowan):
    before = rowan.password_hash
    dearer = {**app.config["ARGON2"], "time_cost": app.config["ARGON2"]["time_cost"] + 1}
    kept, app.config["ARGON2"] = app.config["ARGON2"], dearer
    try:
        assert services.authenticate(rowan.email, "five blue herons") is rowan
        assert rowan.password_hash != before
        assert services.authenticate(rowan.email, "five blue herons") is rowan
    finally:
        app.config["ARGON2"] = kept


def test_the_database_does_not_hold_the_token(rowan):
    token = services.start_sign_in(rowan)
    assert services.user_for(token) is rowan
    assert token not in db.session.scalars(select(SignIn.token_digest)).all()
    assert services.user_for("made up") is None
    assert services.user_for(None) is None


def test_a_sign_in_lapses_after_half_an_hour_without_a_page(rowan):
    token = services.start_sign_in(rowan)
    with in_(timedelta(minutes=29)):
        assert services.user_for(token) is rowan
    with in_(timedelta(minutes=58)):
        assert services.user_for(token) is rowan
    with in_(timedelta(minutes=89)):
        assert services.user_for(token) is None
        assert services.whose(token) == rowan.id


def test_a_sign_in_ends_after_twelve_hours_however_busy(rowan):
    token = services.start_sign_in(rowan)
    for minutes in range(20, 721, 20):
        with in_(timedelta(minutes=minutes)):
            assert services.user_for(token) is rowan
    with in_(timedelta(minutes=721)):
        assert services.user_for(token) is None


def test_a_sign_in_that_was_ended_says_why_and_opens_nothing(rowan):
    token = services.start_sign_in(rowan)
    services.end_sign_in(token, why="signed_out")
    row = db.session.scalars(select(SignIn).where(SignIn.user_id == rowan.id)).one()
    assert (row.ended_because, row.ended_at) == ("signed_out", clock.now())
    assert services.user_for(token) is None
    services.end_sign_in(token, why="replaced")
    assert row.ended_because == "signed_out"


def test_an_unknown_address_makes_no_account(app):
    before = db.session.scalar(select(func.count()).select_from(User))
    services.authenticate("nobody@example.nhs.uk", "x")
    assert db.session.scalar(select(func.count()).select_from(User)) == before
