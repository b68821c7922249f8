"""The arithmetic of how long something took: against plain counting, over many examples."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ifr.profiles import Length, Unit
from ifr.reports.times.spans import Calendar, Paused, span, spread

OFF = {date(2026, 12, 25): "Christmas Day", date(2026, 12, 28): "Boxing Day", date(2026, 4, 3): "Good Friday"}
CALENDAR = Calendar(OFF, date(2024, 1, 1), date(2029, 12, 31))
hours = st.integers(0, 24 * 120)
START = datetime(2026, 9, 28, 8, 30, tzinfo=UTC)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40))
def test_half_are_no_larger_than_the_median_and_nine_in_ten_than_the_90th_centile(days: list[int]) -> None:
    found = spread(days)
    assert found is not None and {found.median, found.ninetieth, found.worst} <= set(days)
    for percent, figure in ((50, found.median), (90, found.ninetieth), (100, found.worst)):
        assert sum(one <= figure for one in days) * 100 >= percent * len(days)
        assert sum(one < figure for one in days) * 100 < percent * len(days)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(0, 400))
def test_working_days_are_counted_as_one_counts_them_on_a_calendar(first: date, number: int) -> None:
    days = [date.fromordinal(first.toordinal() + one) for one in range(1, number + 1)]
    wanted = sum(day.isoweekday() <= 5 and day not in OFF for day in days)
    assert CALENDAR.working(first, date.fromordinal(first.toordinal() + number)) == wanted


@given(hours, st.lists(st.tuples(hours, hours), max_size=5))
def test_a_day_is_left_out_once_when_any_pause_held_its_end(took: int, stretches: list[tuple[int, int]]) -> None:
    """Over the end of summer time, with pauses that overlap, begin before and go on after."""
    pauses = [
        Paused(START + timedelta(hours=begin), None if length > 2000 else START + timedelta(hours=begin + length), "ask")
        for begin, length in sorted(stretches)
    ]
    found = span(START, START + timedelta(hours=took), pauses)
    wanted = 0
    for number in range(1, (found.ended_on - date(2026, 9, 28)).days + 1):
        on = date(2026, 9, 28) + timedelta(days=number)
        # Summer time is an hour ahead until 25 October 2026.
        midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(hours=23 if on < date(2026, 10, 25) else 24)
        until = min(midnight, found.ended_at)
        held = any(one.since_at < until and (one.until_at is None or one.until_at >= until) for one in pauses)
        wanted += on.isoweekday() <= 5 and on not in OFF and not held
    assert found.net(CALENDAR) == wanted
    assert found.is_within(Length(length=max(wanted, 1), unit=Unit.WORKING_DAYS, source="test"), wanted)
    assert wanted < 2 or not found.is_within(Length(length=wanted - 1, unit=Unit.WORKING_DAYS, source="test"), wanted)


def test_a_target_in_another_unit_is_held_against_days_of_its_kind() -> None:
    found = span(START, START + timedelta(days=31), [])
    assert [
        found.is_within(Length(length=length, unit=unit, source="test"), 23)
        for unit, length in ((Unit.CALENDAR_DAYS, 31), (Unit.CALENDAR_DAYS, 30), (Unit.MONTHS, 1), (Unit.HOURS, 743))
    ] == [True, False, False, False]
    assert found.is_within(Length(length=744, unit=Unit.HOURS, source="test"), 23)
