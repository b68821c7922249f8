"""The ledger agrees with an independent slow calculation, for every unit, whatever stops and extends it."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ifr import clock
from ifr.deadlines import Pause, counting, day_zero, reckon
from ifr.profiles import Length, Unit
from tests.deadlines import slow
from tests.deadlines.counts import BANK_HOLIDAYS, length, pause

DAYS = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
# Around New Year, the leap day, and both changes of the clocks.
MINUTE, FIRST = timedelta(minutes=1), datetime(2027, 9, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 400 * 24 * 60).map(lambda minutes: FIRST + minutes * MINUTE)
SOON = st.integers(0, 60 * 24 * 60).map(lambda minutes: FIRST + (30 * 24 * 60 + minutes) * MINUTE)
SPELL = st.one_of(st.integers(0, 3 * 24 * 60), st.integers(0, 40 * 24 * 60), st.sampled_from([0, 1, 1439, 1440, 1441]))


def _pause(since: datetime, minutes: int, midnight: bool) -> Pause:
    since = slow.last_moment(slow.wall(since).date()) if midnight else since
    return pause(since, since + minutes * MINUTE)


def pauses(near: st.SearchStrategy[datetime]) -> st.SearchStrategy[list[Pause]]:
    return st.lists(st.builds(_pause, near, SPELL, st.booleans()), max_size=4)


LENGTHS = st.one_of(
    st.builds(length, st.integers(1, 60), st.sampled_from(DAYS)),
    st.builds(length, st.integers(1, 14), st.just(Unit.MONTHS)),
    st.builds(length, st.integers(1, 72), st.just(Unit.HOURS)),
)
STRETCHES = st.lists(LENGTHS, min_size=1, max_size=3)
CLOSURES = st.lists(st.integers(0, 400), max_size=6).map(lambda days: {FIRST.date() + timedelta(days=one) for one in days})


def off(closures: set[date]) -> dict[date, str]:
    return BANK_HOLIDAYS | dict.fromkeys(closures, "closed")


@settings(max_examples=250)
@given(MOMENTS, STRETCHES, pauses(MOMENTS), CLOSURES)
def test_the_ledger_agrees_with_a_slow_calculation(
    start: datetime, stretches: list[Length], held: list[Pause], closures: set[date]
) -> None:
    on = slow.wall(start).date()
    found = reckon(start, on, stretches, days_off=off(closures), stops=held)
    expected = slow.due(start, on, stretches, off={*off(closures)}, pauses=held, as_of=start)
    assert (found.due_on, found.due_at) == expected


@settings(max_examples=80)
@given(SOON, STRETCHES, pauses(SOON), SOON, SOON)
def test_a_pause_that_is_open_agrees_too_as_of_any_moment(
    start: datetime, stretches: list[Length], held: list[Pause], since: datetime, as_of: datetime
) -> None:
    on, goes_on = slow.wall(start).date(), pause(min(since, as_of), None)
    found = reckon(start, on, stretches, days_off=BANK_HOLIDAYS, stops=[*held, goes_on], as_of=as_of)
    expected = slow.due(start, on, stretches, off={*BANK_HOLIDAYS}, pauses=[*held, goes_on], as_of=as_of)
    assert (found.due_on, found.due_at) == expected


@settings(max_examples=80)
@given(MOMENTS, st.lists(LENGTHS, min_size=1, max_size=3), pauses(MOMENTS), CLOSURES)
def test_the_days_of_the_ledger_have_no_gap_their_numbers_run_and_the_last_is_the_due_day(
    start: datetime, stretches: list[Length], held: list[Pause], closures: set[date]
) -> None:
    on = slow.wall(start).date()
    found = reckon(start, on, stretches, days_off=off(closures), stops=held)
    assert found.days[-1].on == found.due_on
    for place, given_length in enumerate(stretches):
        here = [day for day in found.days if day.stretch == place]
        assert [day.on for day in here] == [here[0].on + timedelta(days=step) for step in range(len(here))]
        numbers = [day.number for day in here if day.number is not None]
        if given_length.unit is Unit.HOURS:
            assert round(sum(day.hours or 0 for day in here), 6) == given_length.length and not numbers
        else:
            assert numbers == list(range(1, len(numbers) + 1)) and here[-1].number == numbers[-1]
            assert given_length.unit is Unit.MONTHS or len(numbers) == given_length.length
        assert all((day.stop is not None) == (day.kind == "paused") for day in here if day.hours is None)
    assert all(day.name for day in found.days if day.kind == "day_off")


@settings(max_examples=80)
@given(MOMENTS, LENGTHS, st.lists(st.builds(length, st.integers(1, 40), st.sampled_from(DAYS)), max_size=2), pauses(MOMENTS),
       st.builds(_pause, MOMENTS, SPELL, st.booleans()))  # fmt: skip
def test_more_pause_never_brings_a_date_forward(
    start: datetime, rule: Length, more: list[Length], held: list[Pause], another: Pause
) -> None:
    on, stretches = slow.wall(start).date(), [rule, *more]
    before = reckon(start, on, stretches, days_off=BANK_HOLIDAYS, stops=held)
    after = reckon(start, on, stretches, days_off=BANK_HOLIDAYS, stops=[*held, another])
    assert after.due_at >= before.due_at and after.due_on >= before.due_on


@settings(max_examples=80)
@given(MOMENTS, pauses(MOMENTS), st.lists(MOMENTS, max_size=1), MOMENTS)
def test_the_three_figures_add_up_and_agree_with_the_slow_calculation(
    received: datetime, ended: list[Pause], open_since: list[datetime], until: datetime
) -> None:
    on, held = slow.wall(received).date(), [*ended, *(pause(since, None) for since in open_since)]
    found = counting.figures(on, until, held)
    assert found.ours + found.others == found.since_receipt == max((slow.wall(until).date() - on).days, 0)
    assert found.others == slow.with_others(on, until, held)
    assert found.ours >= 0


@settings(max_examples=80)
@given(MOMENTS, st.integers(0, 23), st.integers(0, 59))
def test_the_day_of_receipt_is_the_one_on_the_wall_or_the_next_on_which_somebody_works(
    received: datetime, hour: int, minute: int
) -> None:
    found = day_zero(received, cut_off=f"{hour:02}:{minute:02}", days_off=BANK_HOLIDAYS)
    seen = slow.wall(received)
    if (seen.hour, seen.minute) < (hour, minute):
        assert found == seen.date() == clock.day_of(received)
    else:
        between = [seen.date() + timedelta(days=step) for step in range(1, (found - seen.date()).days)]
        assert found.isoweekday() < 6 and found not in BANK_HOLIDAYS and found > seen.date()
        assert all(day.isoweekday() > 5 or day in BANK_HOLIDAYS for day in between)
