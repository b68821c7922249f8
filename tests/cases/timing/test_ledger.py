"""The dates of a request explained: to the office, to the clinician, on the command line and in a letter."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from ifr import clock, deadlines, jobs, letters, workflow
from ifr.cases.models import Case
from ifr.cases.timing import ledger, plain, services
from ifr.commands import records
from ifr.db import db, transaction
from ifr.demo import accounts, afterwards, stories, walk
from ifr.workflow import NotVisible, Refused

SignIn = Callable[[FlaskClient, str], None]
CLINICIAN = "dev_skin"
FRIDAY_EVENING = datetime(2026, 11, 20, 17, 40, tzinfo=UTC)


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    """Received on a Friday after the hour at which a day ends, being checked since, and asked something for two days."""
    with app.app_context(), transaction():
        yield a_case()


def a_case() -> Case:
    with clock.at(FRIDAY_EVENING):
        case = walk.received(stories.HYPERHIDROSIS)
    with clock.at(FRIDAY_EVENING + timedelta(days=3)):
        walk.asked(walk.in_check(case), "When was the scan made?")
    with clock.at(FRIDAY_EVENING + timedelta(days=5)):
        walk.answered(case, CLINICIAN, "In March.")
    return case


def made(app: Flask, walked: Callable[[], Case]) -> str:
    with app.app_context(), transaction():
        return str(walked().key)


def entry(case: Case, name: str, *, office: bool = True) -> ledger.Entry:
    return next(one for one in ledger.ledger(case, office=office) if one.deadline.name == name)


def test_a_date_says_why_its_day_0_is_that_day_and_what_every_day_of_its_way_is(case: Case) -> None:
    with clock.at(FRIDAY_EVENING + timedelta(days=6)):
        found = entry(case, "decision")
    assert found.day_zero == (
        "Day 0 is Monday 23 November 2026: it was received on Friday 20 November 2026 at 5:40pm, and what arrives at 5pm or "
        "later counts as received on the next working day (source: example, not any commissioner's policy)."
    )
    assert (found.rule, found.for_urgent, found.state) == ("40 working days", False, "open")
    said = {line.on.isoformat(): (line.number, line.words) for line in found.lines}
    # The evening of the 23rd is day 0; the clock stood still at the end of that day and of the next.
    assert said["2026-11-24"] == (None, "Paused: information was asked for by Carol Hume")
    assert said["2026-11-25"] == (1, "Counts")
    assert said["2026-11-28"] == (None, "Weekend")
    assert said["2026-12-25"] == (None, "Bank holiday: Christmas Day")
    assert found.lines[-1].words == "Counts: the last day"
    assert [(stop.because, stop.by, stop.questions) for stop in found.stops] == [
        ("Information was asked for", "Carol Hume", ["When was the scan made?"])
    ]


def test_a_date_says_what_began_and_what_ended_it(case: Case) -> None:
    check = entry(case, "check")
    assert check.began == "The check began: 23 November 2026 at 5:40pm, Carol Hume."
    assert check.day_zero == "Day 0 is Monday 23 November 2026: the check began on that day."
    assert entry(case, "acknowledge").ended == "The check began: 23 November 2026 at 5:40pm, Carol Hume."
    with clock.at(FRIDAY_EVENING + timedelta(days=7)):
        walk.step(case, "withdraw", "carol_office", "The clinician asked for it.")
    assert entry(case, "check").state == ledger.CANCELLED
    assert entry(case, "check").ended == "The request was withdrawn: 27 November 2026 at 5:40pm, Carol Hume."


def test_while_its_clock_stands_still_a_date_says_since_when_and_the_earliest_day(case: Case) -> None:
    with clock.at(FRIDAY_EVENING + timedelta(days=7)):
        walk.asked(case, "And what did it show?")
    with clock.at(FRIDAY_EVENING + timedelta(days=10)):
        found = entry(case, "check")
        assert (found.state, found.due_on) == ("paused", None)
        assert found.paused_since == FRIDAY_EVENING + timedelta(days=7)
        assert found.earliest_on is not None and found.earliest_on > clock.today()
        assert [line.kind for line in found.lines][-3:] == [deadlines.PAUSED] * 3
        figures = ledger.figures_of(case, office=True)
    assert figures is not None
    # Two days for the first question and four for the second, of ten since receipt.
    assert (figures.ours, figures.others, figures.since_receipt) == (4, 6, 10)


def test_the_three_figures_stop_with_the_request(case: Case) -> None:
    with clock.at(FRIDAY_EVENING + timedelta(days=7)):
        walk.step(case, "withdraw", "carol_office", "The clinician asked for it.")
    with clock.at(FRIDAY_EVENING + timedelta(days=70)):
        for office in (True, False):
            figures = ledger.figures_of(case, office=office)
            assert figures is not None and figures.since_receipt == 7


def test_the_dates_of_an_appeal_stand_beside_those_of_the_request(app: Flask) -> None:
    with app.app_context(), transaction():
        case = walk.in_screening(walk.in_check(walk.received(stories.HYPERHIDROSIS)))
        walk.declined_at_screening(case)
        afterwards.released(case.stream)
        with clock.at(clock.now() + timedelta(hours=1)):
            jobs.issue_letters()
            afterwards.appealed(case, CLINICIAN, "procedure", "A paper was not shown.")
        names = {one.deadline.name: one.deadline.stream for one in ledger.ledger(case, office=True)}
        assert names["appeal"].startswith("appeal:") and names["check"] == case.stream
        assert "appeal" not in {one.deadline.name for one in ledger.ledger(case, office=False)}


# --- on the page ----------------------------------------------------------------------------------------------------------


def test_the_office_the_clinician_and_nobody_else_read_the_page(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, a_case)
    sign_in(client, "carol_office")
    office = client.get(f"/cases/{key}/deadlines").text
    for words in ("Second signature", "no such word"):
        assert words not in office
    for words in ("Days so far", "On our clock", "With others", "Since receipt", "Finish the check", "When was the scan made?",
                  "Christmas Day", "Explain it to the clinician", "Carol Hume"):  # fmt: skip
        assert words in office
    sign_in(client, CLINICIAN)
    theirs = client.get(f"/cases/{key}/deadlines").text
    for words in ("With the office", "We check that we have everything", "We decide", "Paused: information was asked for",
                  "Monday 23 November 2026: "):  # fmt: skip
        assert words in theirs
    for words in ("Carol Hume", "Explain it to", "Give more time", "Finish the check"):
        assert words not in theirs
    for stranger in ("rosa_spine", "nina_member"):
        sign_in(client, stranger)
        assert client.get(f"/cases/{key}/deadlines").status_code == 404


# --- on the command line --------------------------------------------------------------------------------------------------


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr(records, "_app", lambda: app)
    return lambda *said: CliRunner().invoke(records.case, ["deadline", *said])


def test_a_command_explains_a_date_as_data_and_as_text(app: Flask, run: Callable[..., Any]) -> None:
    key = made(app, a_case)
    found = json.loads(run(key, "decision", "--json").output)
    assert found["state"] == "open" and found["late"] is False
    assert found["rule"] == {
        "length": 40, "unit": "working_days", "for_urgent": False, "source": "example, not any commissioner's policy",
    }  # fmt: skip
    assert found["day_zero"]["on"] == "2026-11-23"
    assert found["due_on"] == found["earliest_on"] == found["days"][-1]["on"]
    assert sum(day["number"] is not None for day in found["days"]) == 40
    assert found["pauses"][0]["questions"] == 1 and found["pauses"][0]["because"] == "Information was asked for"
    assert set(found["figures"]) == {"ours", "others", "since_receipt"}
    text = run(key, "decision").output
    assert "Rule    40 working days" in text and "Bank holiday: Christmas Day" in text
    for output in (text, json.dumps(found)):
        assert "Carol" not in output and "scan" not in output
    assert isinstance(json.loads(run(key, "check", "--all", "--json").output), list)


def test_a_command_names_what_it_does_not_know(app: Flask, run: Callable[..., Any]) -> None:
    key = made(app, a_case)
    answer = run(key, "panell")
    assert answer.exit_code == 1
    assert f"{key} has no date named panell; it has: acknowledge, decision, check, information" in answer.output
    assert "there is no request IFR-1999-0001" in run("IFR-1999-0001", "decision").output


def test_plain_text_of_a_paused_date_names_the_earliest_day(case: Case) -> None:
    with clock.at(FRIDAY_EVENING + timedelta(days=7)):
        walk.asked(case, "And what did it show?")
        said = "\n".join(plain.as_text(case, entry(case, "check")))
    assert "paused since 27 November 2026 at 5:40pm; at the earliest" in said


# --- in a letter ----------------------------------------------------------------------------------------------------------


def explain(case: Case, name: str = "decision", once: str = "a", who: str = "carol_office") -> workflow.MoveRecord | None:
    return services.explain_in_letter(
        case, entry(case, name).deadline.id, once=once, by=accounts.user(who), seen=case.version
    )


def test_a_letter_to_the_clinician_explains_a_date_and_holds_nothing_that_anybody_typed(case: Case) -> None:
    seen = case.version
    explain(case)
    row = letters.of(case.stream)[0]
    assert (row.name, row.to, row.state) == ("deadline_explained", "clinician", letters.RELEASED)
    assert (row.facts["date"], row.facts["rule"], row.facts["due_on"]) == (
        "We decide", "40 working days", entry(case, "decision").due_on.isoformat(),
    )
    assert row.facts["day_by_day"][1] == {"on": "2026-11-25", "weekday": "Wednesday", "number": 1, "words": "Counts"}
    assert "scan" not in str(row.facts).lower() and "Carol" not in str(row.facts)
    # The same form sent twice sends one letter.
    again = services.explain_in_letter(
        case, entry(case, "decision").deadline.id, once="a", by=accounts.user("carol_office"), seen=seen
    )
    assert again is None and [one.name for one in letters.of(case.stream)].count("deadline_explained") == 1


def test_no_letter_explains_what_nobody_chose_or_what_is_not_the_clinicians_to_know(case: Case) -> None:
    with pytest.raises(Refused) as refused:
        workflow.move(case, "explain_deadline", by=accounts.user("carol_office"), seen=case.version)
    assert refused.value.reasons[0].text == "Choose the date that the letter is to explain."
    with pytest.raises(Refused):
        explain(case, who="maya_manages")
    other = walk.in_check(walk.received(stories.FORAMINOPLASTY))
    with pytest.raises(NotVisible):
        services.explain_in_letter(
            other, entry(case, "decision").deadline.id, once="x", by=accounts.user("carol_office"), seen=other.version
        )


def test_the_letter_is_sent_from_the_page(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    key = made(app, a_case)
    sign_in(client, "carol_office")
    with app.app_context():
        case = services.case_referred_to(key)
        assert case is not None
        number, seen = entry(case, "check").deadline.id, case.version
    answer = client.post(
        f"/cases/{key}/deadlines/{number}/letter", data={"seen": seen, "once": "b"}, follow_redirects=True
    )
    assert "The letter that explains this date is on its way" in answer.text
    for wrong in ({"seen": seen, "once": "c"}, {}):
        assert client.post(f"/cases/{key}/deadlines/{number}/letter", data=wrong).status_code == 409
    assert client.post(f"/cases/{key}/deadlines/2147483647/letter", data={"seen": seen}).status_code == 404
    # It leaves like any other letter, and is among those that the clinician reads.
    with app.app_context(), clock.at(clock.now() + timedelta(hours=1)):
        jobs.issue_letters()
        db.session.expire_all()
        row = letters.of(case.stream)[0]
        assert (row.name, row.state) == ("deadline_explained", letters.ISSUED)
    sign_in(client, CLINICIAN)
    assert "Deadline explained" in client.get(f"/requests/{key}").text
