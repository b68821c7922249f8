"""Days are counted as the office counts them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifr import clock
from ifr.deadlines import Pause, count, due_day, is_working_day
from ifr.profiles import Length, Unit

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def length(number: int, unit: Unit) -> Length:
    return Length(length=number, unit=unit, source="a test")


def pause(since: date, until: date | None) -> Pause:
    """A pause from noon to noon."""

    def noon(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    return Pause(stream="case:1", opened_by="ask_information", since_at=noon(since), until_at=noon(until) if until else None)


def test_weekends_and_bank_holidays_do_not_count() -> None:
    # Thursday 24 December 2026: Christmas, the weekend and the substitute for Boxing Day lie between.
    days = count(date(2026, 12, 24), 2, Unit.WORKING_DAYS)
    assert days[-1].on == date(2026, 12, 30)
    assert [d.why for d in days if d.number is None] == [
        "bank holiday: Christmas Day", "weekend", "weekend", "bank holiday: Boxing Day (observed)",
    ]


def test_the_last_day_of_a_shorter_month_is_kept() -> None:
    assert due_day(date(2026, 1, 31), length(1, Unit.MONTHS)) == date(2026, 2, 28)
    assert due_day(date(2026, 11, 21), length(12, Unit.MONTHS)) == date(2027, 11, 21)


def test_a_day_that_ends_in_a_pause_does_not_count() -> None:
    # Asked on Tuesday, answered on Thursday: Tuesday and Wednesday ended in the pause, Thursday did not.
    held = [pause(date(2026, 11, 3), date(2026, 11, 5))]
    days = count(date(2026, 11, 2), 2, Unit.WORKING_DAYS, held)
    assert [(d.on.day, d.number) for d in days] == [(3, None), (4, None), (5, 1), (6, 2)]


def test_a_pause_that_begins_and_ends_in_one_day_costs_nothing() -> None:
    held = [pause(date(2026, 11, 3), date(2026, 11, 3))]
    assert due_day(date(2026, 11, 2), length(3, Unit.WORKING_DAYS), held) == date(2026, 11, 5)


def test_a_pause_without_end_reaches_no_day() -> None:
    with pytest.raises(OverflowError):
        count(date(2026, 11, 2), 3, Unit.WORKING_DAYS, [pause(date(2026, 11, 3), None)])


def test_a_deadline_ends_with_its_day_in_london_also_in_summer() -> None:
    assert clock.end_of(date(2026, 7, 1)) == datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
    assert clock.end_of(date(2026, 12, 1)) == datetime(2026, 12, 2, 0, 0, tzinfo=UTC)


@given(DAYS, st.integers(1, 60))
def test_the_due_day_is_a_working_day_and_the_count_has_no_gap(start: date, number: int) -> None:
    days = count(start, number, Unit.WORKING_DAYS)
    assert is_working_day(days[-1].on)
    assert [d.number for d in days if d.number] == list(range(1, number + 1))
    assert [d.on for d in days] == [start + timedelta(days=i + 1) for i in range(len(days))]


@given(DAYS, st.integers(1, 40), DAYS, st.integers(0, 30), DAYS, st.integers(0, 30))
def test_overlapping_pauses_are_one(start: date, number: int, a: date, la: int, b: date, lb: int) -> None:
    first, second = pause(a, a + timedelta(days=la)), pause(b, b + timedelta(days=lb))
    both = due_day(start, length(number, Unit.CALENDAR_DAYS), [first, second])
    stopped = {
        start + timedelta(days=i)
        for i in range(1, (both - start).days + 1)
        if any(p.in_force_at(clock.end_of(start + timedelta(days=i))) for p in (first, second))
    }
    assert (both - start).days == number + len(stopped)


@given(DAYS, st.integers(1, 40), DAYS, st.integers(0, 30))
def test_a_pause_never_brings_a_deadline_forward(start: date, number: int, a: date, la: int) -> None:
    for unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS):
        with_pause = due_day(start, length(number, unit), [pause(a, a + timedelta(days=la))])
        assert with_pause >= due_day(start, length(number, unit))
