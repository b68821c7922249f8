"""What a commissioner holds itself to, changed by two people from a day on."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ifr import audit, clock, deadlines, profiles, workflow
from ifr.cases.drafts import services as drafts
from ifr.commands.database import bring_up_to_date
from ifr.config import HOUSE
from ifr.db import db
from ifr.demo import accounts, stories, walk
from ifr.timetable.commissioners import reading, services, sound
from ifr.timetable.commissioners.models import ProfileChange
from tests.definitions import shipped
from tests.test_sent_at_once import all_at_once

CM = accounts.CM
SHIPPED = shipped("profile", CM)
FIRST = date(2026, 12, 1)
EXAMPLE = "example, not any commissioner's policy"


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def body():
    return accounts.organisation(CM)


def in_hand() -> ProfileChange:
    found = services.change_in_hand(body())
    assert found is not None
    return found


def decide_within(working_days: int):
    def write(raw):
        raw["days"]["decision"] |= {"length": working_days, "unit": "working_days", "source": EXAMPLE}

    return write


def drafted(write=None, first_on: date = FIRST, number: int | None = None, until_next: bool = False) -> ProfileChange:
    maya = accounts.user("maya_manages")
    services.start(CM, number or profiles.latest("profile", CM).version, by=maya)
    if write:
        services.save_part(CM, write, seen=in_hand().version, by=maya)
    services.save_day(CM, first_on=first_on, reason="Fewer days", until_next=until_next, seen=in_hand().version, by=maya)
    return in_hand()


def published(write=None, **more) -> profiles.Definition:
    services.propose(CM, seen=drafted(write, **more).version, by=accounts.user("maya_manages"))
    return services.publish(CM, seen=in_hand().version, by=accounts.user("olive_officer"))


def received_on(day: date):
    with clock.at(on(day)):
        case = walk.received(stories.FORAMINOPLASTY)
    return case, next(one for one in deadlines.of(case.stream) if one.name == "decision")


def as_it_stands(one) -> tuple:
    return one.length, one.started_on, one.due_on, one.due_at, one.look_at


def test_a_request_keeps_the_version_of_its_day_and_a_roll_back_begins_on_a_day_of_its_own(app):
    with app.app_context():
        old, old_deadline = received_on(FIRST - timedelta(days=1))
        before = as_it_stands(old_deadline)
        row = published(decide_within(15))
        assert (row.version, row.applies_from, row.made_on_page) == (SHIPPED + 1, FIRST, True)
        assert as_it_stands(old_deadline) == before and old_deadline.length == 40
        new, new_deadline = received_on(FIRST)
        assert new_deadline.length == 15 and new.profile.version == SHIPPED + 1
        with clock.at(on(FIRST)):
            deadlines.work_out(old)
            assert as_it_stands(old_deadline) == before and old.profile.version == SHIPPED, "nothing received is worked out anew"
            # Back to what the first version said: a new version, with a first day of its own.
            back = published(number=SHIPPED, first_on=FIRST + timedelta(days=30))
            assert back.version == SHIPPED + 2 and profiles.by_id(back.id).days == old.profile.days
        assert received_on(FIRST + timedelta(days=29))[1].length == 15
        assert received_on(FIRST + timedelta(days=30))[1].length == 40
        assert new_deadline.length == 15
        with clock.at(on(FIRST + timedelta(days=30))):
            page = reading.how_page(CM, accounts.user("alan_audits"))
        assert [(one.row.version, one.stands, one.requests) for one in page.versions][:3] == [
            (SHIPPED + 2, "In force", 1), (SHIPPED + 1, "Earlier", 2), (SHIPPED, "Earlier", 1),
        ]  # fmt: skip
        assert [one.what for one in page.differs] == ["Decide the request: length"]


def test_what_is_logged_later_is_held_to_the_day_on_which_it_arrived(app):
    from ifr.cases.intake.services import _keep_profile_of_arrival

    with app.app_context():
        published(decide_within(15))
        with clock.at(on(FIRST + timedelta(days=2))):
            case = drafts.new_case(accounts.organisation(accounts.CM_TRUST).id, body().id)
            assert case.profile.version == SHIPPED + 1
            _keep_profile_of_arrival(case, on(FIRST - timedelta(days=1)))
            assert case.profile.version == SHIPPED
            _keep_profile_of_arrival(case, on(date(2024, 5, 1)))
            assert case.profile.version == min(one.version for one in profiles.versions("profile", CM))


def test_two_people_make_a_version_and_the_audit_holds_no_word_of_it(app):
    with app.app_context():
        maya, olive = accounts.user("maya_manages"), accounts.user("olive_officer")
        change = drafted(decide_within(15))
        with pytest.raises(workflow.Refused, match="not been proposed"):
            services.publish(CM, seen=change.version, by=olive)
        services.propose(CM, seen=change.version, by=maya)
        services.propose(CM, seen=change.version - 1, by=maya)
        with pytest.raises(workflow.Refused, match="You proposed this change. Somebody else publishes it."):
            services.publish(CM, seen=change.version, by=maya)
        with pytest.raises(workflow.Refused, match="Take it back"):
            services.save_part(CM, decide_within(10), seen=change.version, by=olive)
        with pytest.raises(workflow.Stale):
            services.publish(CM, seen=change.version - 1, by=olive)
        with pytest.raises(PermissionError):
            services.publish(CM, seen=change.version, by=accounts.user("carol_office"))
        with pytest.raises(workflow.NotVisible):
            services.publish(CM, seen=change.version, by=accounts.user("dev_skin"))
        seen = change.version
        row = services.publish(CM, seen=seen, by=olive)
        assert services.publish(CM, seen=seen, by=olive).id == row.id, "the same page sent twice makes one"
        said = audit.events(f"profile:{CM}")
        assert [one.action for one in said] == [
            "start_profile_change", "save_profile_change", "save_profile_change", "propose_profile", "publish_profile",
        ]  # fmt: skip
        assert "Fewer" not in str([one.facts for one in said]) and said[-1].facts["sha256"] == row.sha256


def test_a_first_day_lies_ahead_and_no_published_version_hides_a_new_one_unseen(app):
    with app.app_context():
        maya = accounts.user("maya_manages")
        published(decide_within(15), first_on=FIRST)
        drafted(decide_within(10), first_on=FIRST)
        for wrong, sentence in (
            (clock.today(), "tomorrow or later"), (date(2200, 1, 1), "before 2200"),
            (FIRST - timedelta(days=3), f"Version {SHIPPED + 1}"),
        ):  # fmt: skip
            with pytest.raises(workflow.Invalid, match=sentence):
                services.save_day(CM, first_on=wrong, reason="Why", until_next=False, seen=in_hand().version, by=maya)
        # On the same first day the later number counts: so a version that has not begun is called back.
        services.propose(CM, seen=in_hand().version, by=maya)
        olive = accounts.user("olive_officer")
        services.publish(CM, seen=in_hand().version, by=olive)
        assert profiles.latest("profile", CM, FIRST).version == SHIPPED + 2
        stands = {one.row.version: one.stands for one in reading.how_page(CM, maya).versions}
        assert (stands[SHIPPED + 1], stands[SHIPPED + 2]) == ("Replaced from its first day", "Begins on 1 December 2026")
        # Meant to apply only until then: from its first day, and then the one that was published before.
        published(decide_within(30), first_on=FIRST - timedelta(days=3), until_next=True)
        assert [profiles.latest("profile", CM, FIRST - timedelta(days=ago)).version for ago in (4, 3, 1, 0)] == [
            SHIPPED, SHIPPED + 3, SHIPPED + 3, SHIPPED + 2,
        ]  # fmt: skip
        # What was proposed in time and left lying until its first day is published no more.
        services.propose(CM, seen=drafted(decide_within(12), first_on=FIRST + timedelta(days=5)).version, by=maya)
        with clock.at(on(FIRST + timedelta(days=5))), pytest.raises(workflow.Refused, match="tomorrow or later"):
            services.publish(CM, seen=in_hand().version, by=olive)
        services.withdraw(CM, seen=in_hand().version, by=olive)
        assert services.change_in_hand(body()) is None and len(profiles.versions("profile", CM)) >= 4


def without_route(raw):
    raw["challenge"].pop("not_funded")


def with_a_clinician_who_concludes(raw):
    raw["screening"]["matrix"]["refer"]["by"] = ["clinician"]


def with_nobody_in_the_quorum(raw):
    raw["panel"]["quorum"]["voting"] = 0


@pytest.mark.parametrize(
    ("write", "entry", "sentence"),
    [
        (without_route, "challenge > not_funded", "“Challenge, not funded” names no route of challenge"),
        (with_a_clinician_who_concludes, "screening > matrix > refer > by", "Choose among the roles"),
        (with_nobody_in_the_quorum, "panel > quorum > voting", "greater than or equal to 1"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_by_name_and_the_office_runs_on(app, write, entry, sentence):
    with app.app_context():
        maya = accounts.user("maya_manages")
        change = drafted(decide_within(15))
        text, version = change.text, change.version
        with pytest.raises(workflow.Invalid) as refusal:
            services.save_part(CM, write, seen=version, by=maya)
        assert list(refusal.value.faults) == [entry] and sentence in refusal.value.faults[entry]
        assert (change.text, change.version) == (text, version)
        # The machines may have changed since it was proposed: what cannot be used is found again before it applies.
        services.propose(CM, seen=version, by=maya)
        raw = services.profile_of(change).model_dump(mode="json", exclude_none=True)
        write(raw)
        if "quorum" not in entry:
            change.text = sound.as_text(sound.read(raw))
            with pytest.raises(workflow.Refused, match=sentence):
                services.publish(CM, seen=change.version, by=accounts.user("olive_officer"))
        assert profiles.latest("profile", CM, FIRST).version == SHIPPED


def test_a_profile_under_which_no_request_could_be_referred_is_not_proposed(app):
    def without_referral(raw):
        raw["screening"]["matrix"].pop("refer")

    with app.app_context():
        change = drafted(without_referral)
        with pytest.raises(workflow.Refused, match="could never be decided"):
            services.propose(CM, seen=change.version, by=accounts.user("maya_manages"))
        assert [said for _, said in services.in_the_way(body(), change)] == [
            "Nobody could refer a request that is received under this version, so that it could never be decided."
        ]


def test_a_version_published_meanwhile_sends_a_proposal_back_to_be_looked_at(app):
    with app.app_context():
        services.propose(CM, seen=drafted(decide_within(15)).version, by=accounts.user("maya_manages"))
        text = sound.as_text(profiles.by_id(profiles.latest("profile", CM).id).model_copy(update={"version": SHIPPED + 1}))
        profiles.publish([profiles.Source("profile", "file", text, profiles.parse("profile", "file", text))])
        with pytest.raises(workflow.Refused, match="Another version has been published"):
            services.publish(CM, seen=in_hand().version, by=accounts.user("olive_officer"))


def test_an_upgrade_leaves_alone_what_is_edited_on_its_page(fresh_app):
    app = fresh_app("sqlite")
    with app.app_context():
        published(decide_within(15), first_on=clock.today() + timedelta(days=1))
        db.session.commit()
        with clock.at(on(clock.today() + timedelta(days=1))):
            assert bring_up_to_date(app) == [f"kept: profile {CM} is edited on its page (version {SHIPPED + 1} in force)"]
        # The file's next version has the number of the one that was made here, and another text.
        file = HOUSE / "workflows" / "commissioners" / f"{CM}.yaml"
        text = file.read_text().replace(f"version: {SHIPPED}", f"version: {SHIPPED + 1}")
        assert profiles.publish([profiles.Source("profile", file.name, text, profiles.parse("profile", file.name, text))]) == []
        kept = profiles.versions("profile", CM)[0]
        assert kept.version == SHIPPED + 1 and profiles.by_id(kept.id).days["decision"].length == 15


def test_a_version_that_is_published_twice_in_one_moment_is_one(fresh_app, sign_in):
    app = fresh_app("postgresql")
    with app.app_context():
        services.propose(CM, seen=drafted(decide_within(15)).version, by=accounts.user("maya_manages"))
        seen = in_hand().version
        db.session.commit()
    clients = [app.test_client() for _ in range(3)]
    for client in clients:
        sign_in(client, "olive_officer")
    answers = all_at_once(clients, f"/how-we-work/{CM}/change/publish", {"seen": str(seen)})
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    with app.app_context():
        assert [one.version for one in profiles.versions("profile", CM) if one.made_on_page] == [SHIPPED + 1]
