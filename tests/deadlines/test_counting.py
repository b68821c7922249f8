"""From the day on which something starts to the day on which it is due."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ifr import clock
from ifr.deadlines import Deadline, counting, day_zero, later_month
from ifr.profiles import Length
from tests.deadlines.counts import BANK_HOLIDAYS, C, H, M, W, count, london, pause


def test_weekends_bank_holidays_and_closures_do_not_count_and_are_named() -> None:
    # Thursday 24 December 2026: Christmas, the weekend, the substitute for Boxing Day and a closure lie between.
    found = count(london(2026, 12, 24), (2, W), closures=(date(2026, 12, 30),))
    assert found.due_on == date(2026, 12, 31)
    assert [(day.on.day, day.kind, day.name, day.number) for day in found.days] == [
        (25, "day_off", "Christmas Day", None), (26, "weekend", "", None), (27, "weekend", "", None),
        (28, "day_off", BANK_HOLIDAYS[date(2026, 12, 28)], None), (29, "counts", "", 1),
        (30, "day_off", "Training day", None), (31, "counts", "", 2),
    ]  # fmt: skip


def test_last_day_dead_at_00_00_in_london_in_winter_and_in_summer() -> None:
    for start, last in ((london(2026, 11, 2), date(2026, 11, 9)), (london(2026, 6, 1), date(2026, 6, 8))):
        found = count(start, (5, W))
        row = Deadline(due_on=found.due_on, due_at=found.due_at)
        assert found.due_on == last
        with clock.at(london(last.year, last.month, last.day, 23, 59, 59)):
            assert not row.is_late
        with clock.at(london(last.year, last.month, last.day + 1, 0)):
            assert row.is_late


def test_pause_plus_extension() -> None:
    # Five working days from Monday 2 November; asked on Tuesday, answered on Thursday: Tuesday and Wednesday do not count.
    asked = pause(london(2026, 11, 3), london(2026, 11, 5))
    assert count(london(2026, 11, 2), (5, W), pauses=(asked,)).due_on == date(2026, 11, 11)
    found = count(london(2026, 11, 2), (5, W), (3, W), pauses=(asked,))
    assert found.due_on == date(2026, 11, 16)
    assert [(day.on.day, day.number) for day in found.days if day.stretch == 1 and day.number] == [(12, 1), (13, 2), (16, 3)]


def test_extension_counted_from_the_moved_date_not_from_the_first() -> None:
    # First due on Friday 6 November. A pause moves that to Tuesday 10, and ten calendar days more lead to the 20th.
    asked = pause(london(2026, 11, 3), london(2026, 11, 5))
    assert count(london(2026, 11, 2), (4, W), (10, C)).due_on == date(2026, 11, 16)
    assert count(london(2026, 11, 2), (4, W), (10, C), pauses=(asked,)).due_on == date(2026, 11, 20)


def test_a_pause_that_falls_into_the_extension_moves_only_its_end() -> None:
    asked = pause(london(2026, 11, 9), london(2026, 11, 11))
    found = count(london(2026, 11, 2), (4, W), (2, W), pauses=(asked,))
    assert [day.on.day for day in found.days if day.stretch == 0][-1] == 6
    assert found.due_on == date(2026, 11, 12)


def test_paused_days_in_the_wrong_unit_are_given_back_in_the_unit_that_is_counted() -> None:
    # Ten calendar days of pause, from Monday to Thursday of the week after: eight working days, or ten calendar days, or
    # ten days of a month; never ten working days.
    asked = pause(london(2026, 11, 2, 13), london(2026, 11, 12))
    start = london(2026, 11, 2)
    assert count(start, (5, W)).due_on == date(2026, 11, 9)
    assert count(start, (5, W), pauses=(asked,)).due_on == date(2026, 11, 18)
    assert count(start, (5, C), pauses=(asked,)).due_on == date(2026, 11, 16)
    assert count(start, (1, M)).due_on == date(2026, 12, 2)
    assert count(start, (1, M), pauses=(asked,)).due_on == date(2026, 12, 11)
    assert count(start, (24, H), pauses=(asked,)).due_at == london(2026, 11, 13, 11)


def test_overlapping_pauses_are_one() -> None:
    first, second = pause(london(2026, 11, 3), london(2026, 11, 6)), pause(london(2026, 11, 4), london(2026, 11, 9))
    within = pause(london(2026, 11, 4), london(2026, 11, 5))
    whole = pause(london(2026, 11, 3), london(2026, 11, 9))
    for unit, number in ((W, 6), (C, 6), (M, 1), (H, 40)):
        alone = count(london(2026, 11, 2), (number, unit), pauses=(whole,))
        together = count(london(2026, 11, 2), (number, unit), pauses=(second, first, within))
        assert (together.due_on, together.due_at) == (alone.due_on, alone.due_at)
    assert counting.figures(date(2026, 11, 2), london(2026, 11, 20), [first, second, within]).others == 6


def test_a_pause_that_begins_and_ends_in_one_day_costs_no_day_but_its_hours() -> None:
    held = pause(london(2026, 11, 3, 9), london(2026, 11, 3, 17))
    assert count(london(2026, 11, 2), (3, W), pauses=(held,)).due_on == date(2026, 11, 5)
    assert count(london(2026, 11, 2), (48, H), pauses=(held,)).due_at == london(2026, 11, 4, 20)


def test_a_pause_from_midnight_to_midnight_takes_exactly_its_days() -> None:
    held = pause(london(2026, 11, 4, 0), london(2026, 11, 6, 0))
    found = count(london(2026, 11, 2), (4, C), pauses=(held,))
    assert [(day.on.day, day.kind) for day in found.days] == [
        (3, "counts"), (4, "paused"), (5, "paused"), (6, "counts"), (7, "counts"), (8, "counts"),
    ]


def test_an_open_pause_is_counted_up_to_a_moment_and_never_without_one() -> None:
    held = pause(london(2026, 11, 3), None)
    with pytest.raises(ValueError, match="as of a moment"):
        count(london(2026, 11, 2), (3, W), pauses=(held,))
    found = count(london(2026, 11, 2), (3, W), pauses=(held,), as_of=london(2026, 11, 10))
    assert found.due_on == date(2026, 11, 12)
    assert [day.on.day for day in found.days if day.stop is held] == [3, 4, 5, 6, 7, 8, 9]


def test_leap_day() -> None:
    assert count(london(2028, 2, 29), (12, M)).due_on == date(2029, 2, 28)
    assert count(london(2028, 2, 29), (48, M)).due_on == date(2032, 2, 29)
    assert count(london(2027, 2, 28), (12, M)).due_on == date(2028, 2, 28)
    # Monday 28 February 2028: the leap day is a Tuesday and counts like any other.
    assert count(london(2028, 2, 28), (2, W)).due_on == date(2028, 3, 1)
    assert count(london(2028, 2, 28), (2, C)).due_on == date(2028, 3, 1)
    assert count(london(2027, 2, 26), (2, C)).due_on == date(2027, 2, 28)
    # 1900 and 2100 have none.
    assert count(london(2100, 2, 28), (1, C)).due_on == date(2100, 3, 1)


def test_month_ends() -> None:
    assert count(london(2026, 1, 31), (1, M)).due_on == date(2026, 2, 28)
    assert count(london(2026, 8, 31), (6, M)).due_on == date(2027, 2, 28)
    assert count(london(2026, 12, 31), (2, M)).due_on == date(2027, 2, 28)
    assert later_month(date(2026, 1, 31), 1) == later_month(date(2026, 1, 28), 1) == date(2026, 2, 28)
    # Three days of pause come on top of the month, wherever it ends.
    held = pause(london(2026, 9, 7), london(2026, 9, 10))
    assert count(london(2026, 8, 31), (6, M), pauses=(held,)).due_on == date(2027, 3, 3)
    # Two further months count from the day reached.
    assert count(london(2026, 8, 31), (6, M), (2, M), pauses=(held,)).due_on == date(2027, 5, 3)


CUT_OFF = "17:00"


@pytest.mark.parametrize(
    ("arrived", "zero"),
    [
        (london(2026, 11, 18, 16, 59, 59), date(2026, 11, 18)),
        (london(2026, 11, 18, 17), date(2026, 11, 19)),
        (london(2026, 11, 20, 16, 59), date(2026, 11, 20)),
        (london(2026, 11, 20, 17), date(2026, 11, 23)),
        # In summer the hour is that of the wall in London: 15:59 and 16:00 in UTC.
        (datetime(2026, 7, 1, 15, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 16, 0, tzinfo=UTC), date(2026, 7, 2)),
        # Before a bank holiday, and before the four days of Easter.
        (london(2026, 12, 24, 18), date(2026, 12, 29)),
        (london(2027, 3, 25, 17), date(2027, 3, 30)),
        # On a day on which nobody works: before the hour it is that day, after it the next on which somebody does.
        (london(2026, 11, 21, 10), date(2026, 11, 21)),
        (london(2026, 11, 21, 23), date(2026, 11, 23)),
        (london(2026, 12, 31, 23, 59), date(2027, 1, 4)),
    ],
)
def test_cut_off_hour(arrived: datetime, zero: date) -> None:
    assert day_zero(arrived, cut_off=CUT_OFF, days_off=BANK_HOLIDAYS) == zero
    assert day_zero(arrived, cut_off=None, days_off=BANK_HOLIDAYS) == clock.day_of(arrived)


def test_the_three_figures_add_up_and_today_is_with_others_while_the_clock_stands_still() -> None:
    ended, goes_on = pause(london(2026, 11, 3), london(2026, 11, 5)), pause(london(2026, 11, 9), None)
    received = date(2026, 11, 2)
    seen = [
        (day, found.ours, found.others, found.since_receipt)
        for day in (2, 3, 4, 5, 8, 9, 10)
        for found in [counting.figures(received, london(2026, 11, day, 18), [ended, goes_on])]
    ]
    assert seen == [(2, 0, 0, 0), (3, 0, 1, 1), (4, 0, 2, 2), (5, 1, 2, 3), (8, 4, 2, 6), (9, 4, 3, 7), (10, 4, 4, 8)]
    # A pause of which nothing had begun, and one that lies before the receipt, are nobody's days.
    assert counting.figures(received, london(2026, 11, 2), [ended]).since_receipt == 0
    assert counting.figures(date(2026, 11, 8), london(2026, 11, 9, 9), [ended]).others == 0


def test_the_longest_rule_and_the_longest_pause_reach_a_day() -> None:
    held = pause(datetime(1900, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC))
    for unit in (W, C, M, H):
        found = count(datetime(2199, 12, 30, tzinfo=UTC), (3000, unit), pauses=(held,))
        assert found.due_on > date(2200, 1, 1)
    start = datetime(1900, 1, 1, tzinfo=UTC)
    assert count(start, (3000, H), pauses=(held,)).due_at == held.until_at + timedelta(hours=3000)
    # As long a rule as a profile may hold.
    years = [Length(length=3000, unit=M, source="a test")]
    assert counting.reckon(start, start.date(), years, days_off={}).due_on == date(2150, 1, 1)
