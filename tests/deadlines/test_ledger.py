"""Every date opens to its days, also while its clock stands still."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from flask import Flask

from ifr import clock, deadlines
from ifr.db import db
from ifr.deadlines import Deadline, Extension, Pause
from ifr.demo import accounts
from ifr.profiles import Unit
from tests.databases import statements_sent
from tests.deadlines.counts import C, H, W, london

MONDAY = london(2026, 11, 2, 10)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def kept(number: int, unit: Unit, stream: str = "case:7") -> Deadline:
    row = Deadline(
        stream=stream, organisation_id=accounts.organisation(accounts.CE).id, name="decision", label="Decide", whose="office",
        opened_by="submit", started_at=MONDAY, started_on=clock.day_of(MONDAY), length=number, unit=unit.value,
        source="a test", stops_for=["ask_information"],
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def paused(since: datetime, until: datetime | None = None, *, by: str = "ask_information") -> None:
    db.session.add(Pause(stream="case:7", opened_by=by, because="Asked", since_at=since, until_at=until))
    db.session.flush()


def extended(row: Deadline, number: int, unit: Unit) -> None:
    by = accounts.user("maya_manages").id
    said = {"reason": "The scan was late", "agreed_with": "Dr X", "at": clock.now(), "by_id": by}
    db.session.add(Extension(deadline_id=row.id, length=number, unit=unit.value, source="a test", **said))
    db.session.flush()


def shown(row: Deadline) -> list[tuple[int, str, int]]:
    return [(day.on.day, day.kind, day.stretch) for day in deadlines.explain(row).days]


def test_a_pause_that_is_still_open_counts_and_the_earliest_day_is_said() -> None:
    row = kept(4, W)
    paused(london(2026, 11, 4))
    with clock.at(london(2026, 11, 6)):
        found = deadlines.explain(row)
        assert (found.due_on, found.earliest_on, found.is_paused) == (None, date(2026, 11, 10), True)
        assert shown(row) == [(3, "counts", 0), (4, "paused", 0), (5, "paused", 0), (6, "paused", 0)]
    with clock.at(london(2026, 11, 9)):
        assert deadlines.explain(row).earliest_on == date(2026, 11, 11)


def test_a_pause_that_is_open_in_the_time_given_on_top_is_counted_in_the_unit_of_that_time() -> None:
    row = kept(2, W)
    extended(row, 5, C)
    paused(london(2026, 11, 6))
    with clock.at(london(2026, 11, 8)):
        found = deadlines.explain(row)
        assert shown(row) == [
            (3, "counts", 0), (4, "counts", 0), (5, "counts", 1), (6, "paused", 1), (7, "paused", 1), (8, "paused", 1),
        ]
        assert (found.due_on, found.earliest_on) == (None, date(2026, 11, 11)) and len(found.extensions) == 1


def test_hours_that_stand_still_are_shown_up_to_today() -> None:
    row = kept(24, H)
    paused(london(2026, 11, 2, 22))
    with clock.at(london(2026, 11, 3, 22)):
        found = deadlines.explain(row)
        assert [(day.on.day, day.kind, day.hours) for day in found.days] == [(2, "counts", 12.0), (3, "paused", 0.0)]
        assert (found.due_on, found.earliest_on) == (None, date(2026, 11, 4))


def test_a_pause_for_another_matter_and_one_after_the_last_day_hold_nothing() -> None:
    row = kept(4, W)
    paused(london(2026, 11, 3), by="seek_clarification")
    paused(london(2026, 11, 9))
    with clock.at(london(2026, 11, 20)):
        found = deadlines.explain(row)
        assert (found.due_on, found.is_paused) == (date(2026, 11, 6), False)
        assert [pause.opened_by for pause in found.pauses] == ["ask_information"]


def test_what_was_met_while_the_clock_stood_still_is_explained_as_it_stood() -> None:
    row = kept(4, W)
    paused(london(2026, 11, 4), london(2026, 11, 20))
    row.met_at, row.met_by = london(2026, 11, 5), "confirm_funded"
    with clock.at(london(2026, 11, 30)):
        found = deadlines.explain(row)
        assert (found.due_on, found.is_paused, row.is_late) == (None, False, False)
        assert shown(row) == [(3, "counts", 0), (4, "paused", 0), (5, "paused", 0)]


def test_many_dates_are_explained_with_as_many_questions_as_one() -> None:
    rows = [kept(number, W) for number in range(1, 9)]
    extended(rows[0], 2, W)
    paused(london(2026, 11, 4), london(2026, 11, 5))
    deadlines.explain_all(rows[:1])
    with statements_sent() as one:
        deadlines.explain_all(rows[:1])
    with statements_sent() as many:
        found = deadlines.explain_all(rows)
    assert len(many) == len(one) and len(found) == 8
    # Tuesday, two days of its extension (Wednesday ended in the pause).
    assert found[0].due_on == date(2026, 11, 6) and found[1].due_on == date(2026, 11, 5)
