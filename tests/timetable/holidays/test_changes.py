"""A day off that is added or taken out: the dates that move, as previewed, approved once and told."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from ifr import audit, clock, deadlines, documents, jobs, letters, pdf, workflow
from ifr.access import Role
from ifr.cases import information
from ifr.cases import services as cases
from ifr.cases.models import CONFLICTED, Case
from ifr.db import db, transaction
from ifr.deadlines import DayOff, Deadline
from ifr.demo import accounts, stories, walk
from ifr.jobs import running
from ifr.letters import ISSUED
from ifr.people.models import Membership
from ifr.timetable.holidays import previewing, reading, services
from ifr.timetable.holidays.models import DateMove, DaysOffChange
from tests.appeals import walking
from tests.databases import statements_sent

SignIn = Callable[[str], None]
MAYA = "maya_manages"
NEW_DAY, NAME = date(2026, 12, 3), "Day of national celebration"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def enter(client: FlaskClient, sign_in: Callable[[FlaskClient, str], None]) -> SignIn:
    """Signs somebody in. The test's own context is that of its requests, which would remember who was there before."""

    def start(key: str) -> None:
        g.pop("_login_user", None)
        sign_in(client, key)

    return start


def typed(on: date = NEW_DAY, whose: object = "everybody", name: str = NAME, **more: str) -> dict[str, str]:
    return {
        "whose": str(whose), "name": name, "first-day": str(on.day), "first-month": str(on.month),
        "first-year": str(on.year), "once": walk.once(), **more,
    }  # fmt: skip


def proposed(client: FlaskClient, **given: object) -> str:
    """The address of the page of a change that was proposed."""
    answer = client.post("/days-off/new", data=typed(**given))  # type: ignore[arg-type]
    assert answer.status_code == 302, text_of(answer.get_data(as_text=True))
    return str(answer.location)


def text_of(html: str) -> str:
    main = html.split("<main", 1)[1].split(">", 1)[1].split("</main>", 1)[0]
    # The column's name before each fact is for phones.
    main = re.sub(r'<span class="nhsuk-table__heading" aria-hidden="true">[^<]*</span>', "", main)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def mark_in(html: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', html)
    assert found, "the page offers no approval"
    return found[1]


def approved(client: FlaskClient, page: str) -> None:
    mark = mark_in(client.get(page).get_data(as_text=True))
    assert client.post(f"{page}/approval", data={"seen": mark}).status_code == 302
    db.session.expire_all()


def applied() -> None:
    """The worker's turn at the dates."""
    done, failed = running.work(next(job for job in jobs.JOBS if job.name == "move_dates"))
    assert (done > 0, failed) == (True, 0)
    db.session.expire_all()


def due(case: Case) -> dict[str, date | None]:
    return {one.name: one.due_on for one in deadlines.open_deadlines(case.stream)}


def told(case: Case) -> list[letters.Letter]:
    return [row for row in letters.of(case.stream) if row.name == "date_moved"]


def only_in(slug: str, key: str = MAYA) -> int:
    """From today on somebody works for one commissioner alone."""
    organisation_id = accounts.organisation(slug).id
    query = select(Membership).where(Membership.user_id == accounts.user(key).id)
    for held in db.session.scalars(query.where(Membership.organisation_id != organisation_id)):
        held.until_on = clock.today() - timedelta(days=1)
    return int(organisation_id)


def test_holiday_added_to_open_cases(client: FlaskClient, enter: SignIn) -> None:
    with transaction():
        one = walk.in_check(walk.received(stories.HYPERHIDROSIS))
        other = walk.received(stories.FORAMINOPLASTY)
        paused = walk.asked(walk.in_check(walk.received(stories.BLUSHING)), "Which drugs were tried?")
        only_in(accounts.CE)
    before = {case.id: due(case) for case in (one, other, paused)}
    assert before[one.id]["decision"] and before[paused.id]["decision"] is None
    enter(MAYA)

    page = proposed(client)
    html = client.get(page).get_data(as_text=True)
    text = text_of(html)
    # Exactly the requests whose dates move: this body's by name, another's by number; the paused one has no day yet.
    assert f"Thursday 3 December 2026 {NAME} Added" in text
    assert one.key in html and paused.key in html and other.key not in html
    assert "1 request of NHS Cheshire and Merseyside" in text
    assert f"Paused Will count it when it runs again {paused.key}" in text
    moved = {"decision": date(2027, 1, 21)}
    assert before[one.id]["decision"] == date(2027, 1, 20) and f"20 January 2027 21 January 2027 {one.key}" in text
    # What ends before the new day stays; the questions to the clinician run, though the clock of the office does not.
    assert before[one.id]["check"] < NEW_DAY and "Finish the check" not in text
    assert "Answer the office's questions" in text

    # Nothing has moved before the approval.
    assert {case.id: due(case) for case in (one, other, paused)} == before
    assert not told(one) and NEW_DAY not in deadlines.days_off(None)

    approved(client, page)
    assert deadlines.days_off(None)[NEW_DAY] == NAME
    waiting = text_of(client.get(page).get_data(as_text=True))
    assert "0 of 3 requests done" in waiting and "Not yet" in waiting
    still = "Dates of this request are still the old ones"
    assert due(one) == before[one.id] and still in client.get(f"/cases/{one.key}").get_data(as_text=True)
    applied()
    text = text_of(client.get(page).get_data(as_text=True))
    assert "What moved" in text and "Not yet" not in text
    assert still not in client.get(f"/cases/{one.key}").get_data(as_text=True)

    # Every date is the one of the preview, and what was not in the preview stands.
    rows = {row.deadline_id: row for row in db.session.scalars(select(DateMove))}
    for case in (one, other, paused):
        for deadline in deadlines.open_deadlines(case.stream):
            row = rows.get(deadline.id)
            assert deadline.due_on == (row.new_on if row else before[case.id][deadline.name])
            assert row is None or row.came_to_on == row.new_on
    assert due(one)["decision"] == moved["decision"] and one.due_on == before[one.id]["check"]
    assert any(day.name == NAME for day in deadlines.explain(_decision(one)).days)

    # The timeline and the audit say it, and the letter goes to the clinician with both days and the reason.
    made = workflow.last_move(one.stream, "move_dates")
    assert made is not None and made.done == cases.timeline(one, accounts.user("carol_office"))[0]["text"]
    assert audit.events(one.stream)[-1].actor == accounts.user(MAYA).actor
    assert {case.id: len(told(case)) for case in (one, other, paused)} == {one.id: 1, other.id: 1, paused.id: 1}
    assert jobs.issue_letters() >= 3
    [letter] = told(one)
    assert letter.state == ISSUED and letter.document_id
    said = " ".join(pdf.text_of(documents.read(documents.get(letter.document_id, one.stream))).split())
    for words in (NAME, "3 December 2026", "20 January 2027", "21 January 2027", "Dr Dev Anand", one.key):
        assert words in said

    # A second approval of the same page changes nothing.
    assert client.post(f"{page}/approval", data={"seen": "0"}).status_code == 302
    assert len(db.session.scalars(select(DayOff).where(DayOff.off_on == NEW_DAY)).all()) == 1


def _decision(case: Case) -> Deadline:
    return next(one for one in deadlines.open_deadlines(case.stream) if one.name == "decision")


def test_a_preview_that_is_no_longer_true_is_shown_again(client: FlaskClient, enter: SignIn) -> None:
    with transaction():
        walk.in_check(walk.received(stories.HYPERHIDROSIS))
    enter(MAYA)
    page = proposed(client)
    mark = mark_in(client.get(page).get_data(as_text=True))
    with transaction():
        later = walk.in_check(walk.received(stories.BLUSHING))

    answer = client.post(f"{page}/approval", data={"seen": mark})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "The preview has changed" in html and later.key in html
    assert NEW_DAY not in deadlines.days_off(None) and db.session.scalar(select(DateMove.id)) is None
    # The page that was shown again can be approved; two changes are not applied at once.
    other = proposed(client, on=date(2026, 12, 10), name="Another day")
    assert client.post(f"{page}/approval", data={"seen": mark_in(html)}).status_code == 302
    answer = client.post(f"{other}/approval", data={"seen": mark_in(html)})
    assert answer.status_code == 409 and "The dates of another change are being moved" in answer.get_data(as_text=True)
    applied()
    db.session.expire_all()
    approved(client, other)
    applied()
    assert due(later)["decision"] == date(2027, 1, 22)
    assert [row.facts["off"][0]["on"] for row in told(later)] == ["2026-12-10", "2026-12-03"]


def test_a_closure_moves_the_dates_of_its_own_organisation_alone(client: FlaskClient, enter: SignIn) -> None:
    with transaction():
        own = walk.received(stories.HYPERHIDROSIS)
        others = walk.received(stories.FORAMINOPLASTY)
        mine, theirs = only_in(accounts.CE), accounts.organisation(accounts.CM).id
    before = due(others)
    enter(MAYA)
    answer = client.post("/days-off/new", data=typed(whose=theirs))
    assert answer.status_code == 422 and "Choose for whom" in answer.get_data(as_text=True)

    # From Thursday to Tuesday, less the weekend.
    last = {"last-day": "8", "last-month": "12", "last-year": "2026"}
    answer = client.post("/days-off/new", data=typed(whose=mine, name="Move of the office", **last))
    page = str(answer.location)
    text = text_of(client.get(page).get_data(as_text=True))
    assert "Saturday" not in text and "Tuesday 8 December 2026" in text and "Besides those listed here" not in text
    approved(client, page)
    applied()
    assert due(own)["decision"] == date(2027, 1, 26) and due(others) == before
    assert not told(others) and told(own)[0].facts["off"][0]["closure"]
    table = client.get("/days-off").get_data(as_text=True)
    assert "Move of the office" in table

    # Who works for the other body sees neither the closure nor the change, and cannot touch them.
    with transaction():
        only_in(accounts.CM, "carol_office")
        row = db.session.scalars(select(DayOff).where(DayOff.name == "Move of the office")).first()
        assert row is not None
        day_id = row.id
    enter("carol_office")
    assert "Move of the office" not in client.get("/days-off").get_data(as_text=True)
    assert client.get(page).status_code == 404
    assert client.post(f"/days-off/{day_id}/removal").status_code == 403


def test_a_day_that_is_taken_out_gives_its_working_day_back(client: FlaskClient, enter: SignIn) -> None:
    with transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        withdrawn = walk.received(stories.BLUSHING)
        ended = _decision(withdrawn)
        ended.met_at, ended.met_by = clock.now() - timedelta(hours=1), "a test"
        boxing_day = db.session.scalars(select(DayOff).where(DayOff.off_on == date(2026, 12, 28))).one().id
        past = db.session.scalars(select(DayOff).where(DayOff.off_on == date(2026, 4, 3))).one().id
    enter(MAYA)
    answer = client.post(f"/days-off/{past}/removal")
    assert answer.status_code == 422 and "Friday 3 April 2026 has passed." in answer.get_data(as_text=True)

    page = str(client.post(f"/days-off/{boxing_day}/removal", data={"once": "a"}).location)
    assert client.post(f"/days-off/{boxing_day}/removal", data={"once": "a"}).location == page
    text = text_of(client.get(page).get_data(as_text=True))
    assert "Taken out of the table" in text and "Dates that come earlier" in text
    approved(client, page)
    applied()
    assert due(case)["decision"] == date(2027, 1, 19)
    jobs.issue_letters()
    [letter] = told(case)
    assert letter.state == ISSUED and letter.facts["dates"][0]["earlier"]
    # What had ended by then was counted with the day, and still is; the day can be entered again.
    explained = deadlines.explain(ended)
    assert explained.due_on == ended.due_on == date(2027, 1, 20)
    assert any(one.on == date(2026, 12, 28) and one.name for one in explained.days)
    assert proposed(client, on=date(2026, 12, 28), name="Boxing Day (substitute day)")


def test_a_conflicted_manager_moves_a_date_that_the_page_does_not_show(client: FlaskClient, enter: SignIn) -> None:
    with transaction():
        walled = walk.received(stories.HYPERHIDROSIS)
        seen = walk.received(stories.BLUSHING)
        cases.involve(walled, accounts.user(MAYA).id, Role.PANEL_MEMBER, interest=CONFLICTED)
    old = due(walled)["decision"]
    enter(MAYA)
    page = proposed(client)
    html = client.get(page).get_data(as_text=True)
    assert seen.key in html and walled.key not in html
    assert "and 1 request that you may not see" in text_of(html)
    approved(client, page)
    applied()
    assert due(walled)["decision"] != old and len(told(walled)) == 1
    assert walled.key not in client.get(page).get_data(as_text=True)


def approve_at_once() -> None:
    """A new bank holiday, without the pages."""
    by = accounts.user(MAYA)
    change = services.propose({NEW_DAY: NAME}, organisation_id=None, source="a test", once="a", by=by)
    found = previewing.preview(services.proposed_by(change))
    services.approve(change.id, seen=previewing.digest(found), by=by)


def test_a_date_that_nobody_was_told_moves_without_a_letter_and_the_audit_says_so() -> None:
    with transaction():
        case = walk.received(stories.HYPERHIDROSIS)
        approve_at_once()
        # As if every date that moves were one that the office sets itself.
        for row in db.session.scalars(select(DateMove)):
            row.told = False
    applied()
    assert due(case)["decision"] == date(2027, 1, 21) and not told(case)
    assert audit.events(case.stream)[-1].action == "dates_moved"
    assert [reason.to for reason in workflow.why_not(case, "move_dates", accounts.user(MAYA))] == ["holidays.table"]


def test_the_day_of_a_reply_moves_with_the_date_of_its_questions() -> None:
    with transaction():
        case = walk.asked(walk.in_check(walk.received(stories.HYPERHIDROSIS)), "Which drugs were tried?")
    request = information.open_request(case)
    assert request is not None and request.reply_by_on == due(case)["information"] == date(2026, 12, 18)
    approve_at_once()
    applied()
    request = information.open_request(case)
    assert request is not None and request.reply_by_on == due(case)["information"] == date(2026, 12, 21)


def test_the_page_asks_as_many_questions_for_many_requests_as_for_one() -> None:
    with transaction():
        walk.received(stories.HYPERHIDROSIS)
        change_id = services.propose({NEW_DAY: NAME}, organisation_id=None, source="a test", once="a", by=accounts.user(MAYA)).id

    def asked() -> int:
        with transaction(writes=False), statements_sent() as sent:
            reading.page_of(change_id, accounts.user(MAYA))
        return len(sent)

    asked()
    for_one = asked()
    with transaction():
        for story in (stories.BLUSHING, stories.FORAMINOPLASTY, stories.HYPERHIDROSIS):
            walk.received(story)
    db.session.expire_all()
    asked()
    # The other commissioner's own closures are one question more.
    assert asked() <= for_one + 1


def test_the_date_of_an_appeal_moves_and_whoever_appeals_is_told() -> None:
    with transaction():
        appeal = walking.lodged(walking.not_funded())
        approve_at_once()
    [row] = db.session.scalars(select(DateMove)).all()
    applied()
    [one] = deadlines.open_deadlines(appeal.stream)
    assert one.due_on == row.new_on == appeal.due_on and row.old_on is not None and row.old_on < row.new_on
    assert jobs.issue_letters() >= 1
    [letter] = [one for one in letters.of(appeal.stream) if one.name == "appeal_date_moved"]
    assert (letter.state, letter.to) == (ISSUED, "appellant") and letter.document_id
    said = " ".join(pdf.text_of(documents.read(documents.get(letter.document_id, appeal.stream))).split())
    assert NAME in said and appeal.reference in said


def test_days_that_cannot_be_entered_are_refused_in_sentences(client: FlaskClient, enter: SignIn) -> None:
    enter(MAYA)

    def said(**given: object) -> str:
        answer = client.post("/days-off/new", data=typed(**given))  # type: ignore[arg-type]
        assert answer.status_code == 422
        return text_of(answer.get_data(as_text=True))

    assert "Friday 20 November 2026 is in the past." in said(on=date(2026, 11, 20))
    assert "Sunday 6 December 2026 is at a weekend" in said(on=date(2026, 12, 6))
    assert "Friday 25 December 2026 is off already: Christmas Day." in said(on=date(2026, 12, 25))
    assert "Enter a year between 1900 and 2199" in said(on=date(9999, 12, 31))
    assert "Say what the day is called" in said(name="\x00 ")
    assert "must be a real date" in said(**{"first-day": "31", "first-month": "2"})
    assert "Enter at most 31 days" in said(**{"last-day": "1", "last-month": "6", "last-year": "2027"})
    assert "There is no day to enter" in said(
        on=date(2026, 12, 25), **{"last-day": "27", "last-month": "12", "last-year": "2026"}
    )
    for key, status in (("carol_office", 403), ("dev_skin", 403), ("paul_policy", 403)):
        enter(key)
        assert client.post("/days-off/new", data=typed()).status_code == status
    assert db.session.scalar(select(DaysOffChange.id)) is None


def test_a_form_sent_twice_proposes_once_and_the_mark_of_another_person_is_no_second_sending(
    client: FlaskClient, enter: SignIn
) -> None:
    enter(MAYA)
    first = proposed(client, once="the-same-mark")
    assert proposed(client, once="the-same-mark") == first
    enter("olive_officer")
    assert proposed(client, once="the-same-mark") != first


def test_the_days_of_a_file_are_proposed_as_far_as_they_are_new(client: FlaskClient, enter: SignIn) -> None:
    enter(MAYA)

    def sent(name: str, content: bytes, **given: str) -> TestResponse:
        data = {"whose": "everybody", "once": walk.once(), "file": (io.BytesIO(content), name), **given}
        return client.post("/days-off/file", data=data)

    days = b"date,name\n2026-01-01,New Year's Day\n2026-12-25,Christmas Day\n2026-12-28,Boxing Day\n2026-12-09,A jubilee"
    page = str(sent("days.csv", days).location)
    text = text_of(client.get(page).get_data(as_text=True))
    assert "Wednesday 9 December 2026 A jubilee Added" in text and "Christmas" not in text and "File days.csv" in text
    assert "off already: 3." in text
    answer = sent("days.csv", b"date,name\n2026-12-25,Christmas Day\n2026-12-26,Boxing Day")
    said = text_of(answer.get_data(as_text=True))
    assert answer.status_code == 422 and "There is nothing to add." in said
    assert "In the table and not in the file: 28 December 2026." in said
    for name, content in (("\x00" * 300, b"\x00"), ("a.ics", b"\xff"), ("", b""), ("a.csv", b"date,name\n9999-12-31,A")):
        assert sent(name, content).status_code == 422
    assert sent("a.csv", days, whose="²").status_code == 422 and client.post("/days-off/file").status_code == 422
    for address in (f"/days-off/changes/{2**70}", f"/days-off/changes/{2**31 - 1}"):
        assert client.get(address).status_code == 404
    assert client.get(f"/days-off?year={2**70}").status_code == client.get(f"{page}?page={2**70}").status_code == 200


def test_a_proposal_is_withdrawn_and_the_alarm_shows_when_the_table_ends(client: FlaskClient, enter: SignIn) -> None:
    enter(MAYA)
    page = proposed(client)
    assert client.post(f"{page}/withdrawal").status_code == 302
    assert "This change was withdrawn" in client.get(page).get_data(as_text=True)
    assert client.post(f"{page}/approval", data={"seen": "a"}).status_code == 422
    assert "ends within a year" not in client.get("/days-off").get_data(as_text=True)
    with clock.at(datetime(2028, 2, 1, 10, 0, tzinfo=UTC)):
        enter(MAYA)
        assert "The table ends within a year" in client.get("/days-off?year=2028").get_data(as_text=True)
        page = str(client.post("/days-off/next-year", data={"once": "b"}).location)
        assert "Monday 1 January 2029" in client.get(page).get_data(as_text=True)
        approved(client, page)
        assert services.reach().until == date(2029, 12, 31)
