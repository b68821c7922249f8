"""Working days by the dated table: a day that is added to it moves the dates of what is open, and of nothing else."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import insert

from ifr import clock, deadlines
from ifr.cases.models import Case
from ifr.db import db
from ifr.deadlines import BANK_HOLIDAY, CLOSURE, DayOff
from ifr.demo import accounts, stories, walk
from tests.deadlines.counts import london

MONDAY = london(2026, 11, 2, 10)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def checked_since_monday() -> Case:
    with clock.at(MONDAY):
        return walk.in_check(walk.received(stories.HYPERHIDROSIS))


def row(on: date, *, of: str | None = None, name: str = "Day of mourning") -> DayOff:
    """A day off that somebody approved today."""
    place = accounts.organisation(of).id if of else None
    by = accounts.user("maya_manages").id
    kind = CLOSURE if of else BANK_HOLIDAY
    return DayOff(off_on=on, kind=kind, name=name, organisation_id=place, added_at=clock.now(), added_by_id=by)


def add(*rows: DayOff) -> None:
    db.session.add_all(rows)
    db.session.flush()
    deadlines.forget()


def due(case: Case) -> dict[str, date | None]:
    return {one.name: one.due_on for one in deadlines.open_deadlines(case.stream)}


def test_a_holiday_added_to_open_cases_moves_their_dates_and_is_named_in_the_ledger() -> None:
    case = checked_since_monday()
    with clock.at(london(2026, 11, 4)):
        assert due(case) == {"check": date(2026, 11, 9), "decision": date(2026, 12, 30)}
        check = next(one for one in deadlines.open_deadlines(case.stream) if one.name == "check")
        assert check.look_at == london(2026, 11, 6, 7, 30)
        add(row(date(2026, 11, 5)))
        assert due(case)["check"] == date(2026, 11, 9), "nothing moves before somebody works it out"
        deadlines.work_out(case)
        assert due(case) == {"check": date(2026, 11, 10), "decision": date(2026, 12, 31)}
        assert case.due_on == date(2026, 11, 10) and check.look_at == london(2026, 11, 9, 7, 30)
        named = {day.on.day: day.name for day in deadlines.explain(check).days if day.kind == "day_off"}
        assert named == {5: "Day of mourning"}


def test_a_closure_holds_the_cases_of_its_own_office_only() -> None:
    case = checked_since_monday()
    with clock.at(london(2026, 11, 4)):
        add(row(date(2026, 11, 5), of=accounts.CM, name="Office move"))
        deadlines.work_out(case)
        assert due(case)["check"] == date(2026, 11, 9)
        add(row(date(2026, 11, 5), of=accounts.CE, name="Training day"), row(date(2026, 11, 6), of=accounts.CE))
        deadlines.work_out(case)
        assert due(case)["check"] == date(2026, 11, 11)
        # A bank holiday on the day of a closure is called what everybody calls it.
        add(row(date(2026, 11, 5), name="Jubilee"))
        theirs = deadlines.days_off(accounts.organisation(accounts.CE).id)
        assert (theirs[date(2026, 11, 5)], theirs[date(2026, 11, 6)]) == ("Jubilee", "Day of mourning")


def test_a_holiday_that_is_added_later_leaves_what_has_ended_as_it_was() -> None:
    case = checked_since_monday()
    with clock.at(london(2026, 11, 10)):
        walk.in_screening(case)
    with clock.at(london(2026, 11, 12)):
        add(row(date(2026, 11, 4)))
        deadlines.work_out(case)
        ended = next(one for one in deadlines.of(case.stream) if one.name == "check")
        found = deadlines.explain(ended)
        assert ended.is_late and found.due_on == ended.due_on == date(2026, 11, 9)
        assert [day.on.day for day in found.days if day.number] == [3, 4, 5, 6, 9]


def test_a_day_off_moves_nothing_that_is_counted_in_calendar_days() -> None:
    case = checked_since_monday()
    for one in deadlines.open_deadlines(case.stream):
        one.unit = "calendar_days"
    with clock.at(london(2026, 11, 4)):
        deadlines.work_out(case)
        assert due(case) == {"check": date(2026, 11, 7), "decision": date(2026, 12, 12)}
        add(row(date(2026, 11, 5)))
        deadlines.work_out(case)
        assert due(case) == {"check": date(2026, 11, 7), "decision": date(2026, 12, 12)}


def test_what_one_transaction_read_of_the_table_is_not_kept_for_the_next() -> None:
    day = date(2026, 11, 5)
    assert day not in deadlines.days_off(None)
    # As another process would write it, which cannot tell this one to forget.
    written = {"off_on": day, "kind": BANK_HOLIDAY, "name": "Jubilee", "source": "", "added_at": clock.now()}
    db.session.execute(insert(DayOff), [written])
    assert day not in deadlines.days_off(None)
    db.session.commit()
    assert deadlines.days_off(None)[day] == "Jubilee"
