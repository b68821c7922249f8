"""The summary: at most one a day, on a working day, and none where nothing is new."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ifr import clock, jobs, mail
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import db, transaction
from ifr.deadlines import DayOff, forget
from ifr.demo import accounts, stories, walk
from ifr.jobs import running
from ifr.mail import Mail
from ifr.telling import digests, services
from ifr.telling.models import Digest
from ifr.telling.services import Preferred

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
TURN = next(job for job in jobs.JOBS if job.name == "digest")


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def work() -> None:
    done, failed = running.work(TURN)
    assert failed == 0
    db.session.expire_all()


def mails_to(who: str) -> list[Mail]:
    query = select(Mail).where(Mail.user_id == accounts.user(who).id, Mail.kind == mail.DIGEST).order_by(Mail.id)
    return list(db.session.scalars(query))


def a_case_with_news() -> Case:
    with transaction():
        case = walk.in_check(walk.allocated(walk.received(stories.HYPERHIDROSIS)))
        services.tell(accounts.user("carol_office").id, key="late", words="The check is late.", case=case)
        services.tell(accounts.user("carol_office").id, key="table", words="The table of days off ends soon.")
    return case


def test_a_summary_counts_what_is_new_by_reference_with_a_link_each_and_comes_once() -> None:
    case = a_case_with_news()
    with clock.at(MONDAY):
        work()
        work()
    [said] = mails_to("carol_office")
    assert f"{case.reference}: " in said.text and f"/cases/{case.reference}\n" in said.text
    assert "on 1 request." in said.text and "Not about a single request: 1 thing\n" in said.text
    # Neither what waits nor what it is about is said in a mail.
    assert "check" not in said.text and "table" not in said.text and stories.HYPERHIDROSIS.answers["treatment"] not in said.text
    assert case.reference not in said.subject
    # The clinician hears of it too; a lay member of whom nothing is asked gets no mail, and has had the turn.
    assert len(mails_to("dev_skin")) == 1 and mails_to("leo_lay") == []
    assert db.session.scalar(select(Digest.mail_id).where(Digest.user_id == accounts.user("leo_lay").id)) is None


def test_what_was_summed_up_or_read_is_not_summed_up_again() -> None:
    a_case_with_news()
    with clock.at(MONDAY):
        work()
    with clock.at(MONDAY + timedelta(days=1)):
        work()
        assert len(mails_to("carol_office")) == 1
        with transaction():
            services.tell(accounts.user("carol_office").id, key="more", words="Something more.")
            services.tell(accounts.user("dev_skin").id, key="more", words="Something more.")
            services.mark_all_read(accounts.user("dev_skin"))
    with clock.at(MONDAY + timedelta(days=2)):
        work()
    assert len(mails_to("carol_office")) == 2 and len(mails_to("dev_skin")) == 1


def test_it_comes_at_its_hour_in_london_and_not_on_a_day_off() -> None:
    a_case_with_news()
    carol = accounts.user("carol_office")
    # In summer half past seven is half past six by the clock of the machine.
    with clock.at(datetime(2026, 7, 6, 6, 29, tzinfo=UTC)):
        assert carol.id not in digests.due(500)
    with clock.at(datetime(2026, 7, 6, 6, 30, tzinfo=UTC)):
        assert carol.id in digests.due(500)
    with transaction():
        for office in {held.organisation_id for held in carol.memberships_in_force}:
            closed = DayOff(off_on=MONDAY.date(), kind="closure", name="Move", organisation_id=office, added_at=MONDAY)
            db.session.add(closed)
        forget()
    with clock.at(MONDAY):
        work()
    assert mails_to("carol_office") == []
    with clock.at(MONDAY + timedelta(days=1)):
        work()
    assert len(mails_to("carol_office")) == 1


def test_somebody_may_have_it_weekly_or_not_at_all() -> None:
    a_case_with_news()
    with transaction():
        services.prefer(accounts.user("carol_office"), Preferred(digest="weekly"))
        services.prefer(accounts.user("dev_skin"), Preferred(digest="none"))
    assert not digests.is_day_for(accounts.user("carol_office"), date(2026, 11, 24), weekly=True)
    # After the bank holiday of 31 August 2026 the week begins on Tuesday.
    assert digests.is_day_for(accounts.user("carol_office"), date(2026, 9, 1), weekly=True)
    with clock.at(MONDAY + timedelta(days=2)):
        work()
    assert (mails_to("carol_office"), mails_to("dev_skin")) == ([], [])
    with clock.at(MONDAY + timedelta(days=7)):
        work()
    assert (len(mails_to("carol_office")), mails_to("dev_skin")) == (1, [])


def test_what_is_urgent_is_mailed_at_once_to_whoever_wants_that_and_may_see_the_request() -> None:
    case = a_case_with_news()
    with transaction():
        services.prefer(accounts.user("maya_manages"), Preferred(urgent_at_once=False))
        for who in ("carol_office", "maya_manages", "finn_feet"):
            services.tell(accounts.user(who).id, key="urgent", words="The decision is late.", case=case, urgent=True)
            services.tell(accounts.user(who).id, key="urgent", words="The decision is late.", case=case, urgent=True)
    [row] = db.session.scalars(select(Mail).where(Mail.kind == mail.URGENT))
    assert row.user_id == accounts.user("carol_office").id
    assert f"About: {case.reference}" in row.text and f"/cases/{case.reference}\n" in row.text
    assert "decision" not in row.text + row.subject and case.reference not in row.subject


def test_a_wall_that_went_up_meanwhile_holds_for_the_summary_and_for_what_is_urgent() -> None:
    case = a_case_with_news()
    with transaction():
        omar = accounts.user("omar_member").id
        part = involve(case, omar, Role.PANEL_MEMBER, interest=CLEAR)
        services.tell(omar, key="seen", words="Papers wait.", case=case)
        part.interest = CONFLICTED
        services.tell(omar, key="urgent", words="Papers wait.", case=case, urgent=True)
    with clock.at(MONDAY):
        work()
    assert list(db.session.scalars(select(Mail).where(Mail.user_id == omar))) == []


# --- the page -------------------------------------------------------------------------------------------------------------------


def test_preferences_are_kept_and_what_is_no_choice_is_refused_in_a_sentence(
    client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]
) -> None:
    sign_in(client, "dev_skin")
    usual = client.get("/account/emails").text
    assert 'value="daily" checked' in usual and '<option value="450" selected>07:30</option>' in usual
    chosen = {"digest": "weekly", "at_minute": "540", "urgent_at_once": "no"}
    assert client.post("/account/emails", data=chosen).status_code == 302
    kept = client.get("/account/emails").text
    assert 'value="weekly" checked' in kept and '<option value="540" selected>' in kept and 'value="no" checked' in kept
    for wrong in ({**chosen, "digest": "hourly"}, {**chosen, "at_minute": "1"}, {**chosen, "at_minute": "9" * 40}, {}):
        assert client.post("/account/emails", data=wrong).status_code == 422
    assert 'value="weekly" checked' in client.get("/account/emails").text
