"""Hours count as they pass, and days end at midnight in London, whatever the clocks do."""

from datetime import UTC, date, datetime

import pytest

from tests.deadlines.counts import C, H, W, count, london, pause

MARCH, OCTOBER = date(2027, 3, 28), date(2026, 10, 25)


def test_change_to_summer_time_twenty_four_hours_are_twenty_four() -> None:
    # From noon on the Saturday; the clocks go forward in the night, so it is one o'clock on the Sunday.
    found = count(london(2027, 3, 27, 12), (24, H))
    assert found.due_at == london(2027, 3, 28, 13) == datetime(2027, 3, 28, 12, 0, tzinfo=UTC)
    assert [(day.on.day, day.hours) for day in found.days] == [(27, 12.0), (28, 12.0)]


def test_change_from_summer_time_twenty_four_hours_are_twenty_four() -> None:
    found = count(london(2026, 10, 24, 12), (24, H))
    assert found.due_at == london(2026, 10, 25, 11) == datetime(2026, 10, 25, 11, 0, tzinfo=UTC)
    assert [(day.on.day, day.hours) for day in found.days] == [(24, 12.0), (25, 12.0)]


def test_a_day_of_the_change_has_twenty_three_or_twenty_five_hours() -> None:
    for on, hours in ((MARCH, 23), (OCTOBER, 25)):
        found = count(london(on.year, on.month, on.day, 0), (hours, H))
        assert found.due_at == london(on.year, on.month, on.day + 1, 0)
        assert found.due_on == on, "what is due at midnight is due on the day that ends"
        assert [day.hours for day in found.days] == [hours]


def test_days_over_a_change_of_the_clocks_end_at_midnight_in_london() -> None:
    spring, autumn = count(london(2027, 3, 26), (2, C)), count(london(2026, 10, 23), (2, C))
    assert (spring.due_on, spring.due_at) == (MARCH, datetime(2027, 3, 28, 23, 0, tzinfo=UTC))
    assert (autumn.due_on, autumn.due_at) == (OCTOBER, datetime(2026, 10, 26, 0, 0, tzinfo=UTC))


def test_a_pause_over_a_change_of_the_clocks_takes_its_days() -> None:
    for start, asked, answered, last in (
        (london(2027, 3, 25), london(2027, 3, 27, 23, 59), london(2027, 3, 29, 0, 1), date(2027, 3, 31)),
        (london(2026, 10, 22), london(2026, 10, 24, 23, 59), london(2026, 10, 26, 0, 1), date(2026, 10, 28)),
    ):
        assert count(start, (4, C), pauses=(pause(asked, answered),)).due_on == last
    night = pause(london(2027, 3, 28, 0, 30), london(2027, 3, 28, 2, 30))
    # One hour was taken by the clocks, so that the pause lasted one.
    assert count(london(2027, 3, 27, 12), (24, H), pauses=(night,)).due_at == london(2027, 3, 28, 14)


@pytest.mark.parametrize("whole", [1, 24, 100, 3000])
def test_the_hours_of_the_days_add_up(whole: int) -> None:
    held = (pause(london(2026, 10, 24, 18), london(2026, 10, 27, 6)), pause(london(2026, 11, 1), london(2026, 11, 1, 13)))
    found = count(london(2026, 10, 23, 9, 17), (whole, H), pauses=held)
    assert sum(day.hours or 0 for day in found.days) == pytest.approx(whole)
    assert found.days[-1].on == found.due_on


def test_a_day_that_hours_pass_over_in_a_pause_is_shown_as_paused() -> None:
    held = pause(london(2026, 11, 3, 18), london(2026, 11, 5, 6))
    found = count(london(2026, 11, 3), (24, H), pauses=(held,))
    assert [(day.on.day, day.kind, day.hours) for day in found.days] == [
        (3, "counts", 6.0), (4, "paused", 0.0), (5, "counts", 18.0),
    ]
    assert found.due_on == date(2026, 11, 5) and found.due_at == london(2026, 11, 6, 0)


def test_days_after_hours_and_hours_after_days_chain_without_a_gap() -> None:
    hours_first = count(london(2026, 11, 3, 12), (24, H), (1, W))
    assert hours_first.due_on == date(2026, 11, 5)
    days_first = count(london(2026, 11, 3, 12), (1, W), (24, H))
    assert (days_first.due_on, days_first.due_at) == (date(2026, 11, 5), london(2026, 11, 6, 0))
