"""The clock can be held in tests and in the demonstration, and nowhere else."""

from datetime import UTC, date, datetime

import pytest

from ifr import clock


def test_the_day_is_the_day_in_london() -> None:
    with clock.at(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 7, 1)
    with clock.at(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 12, 31)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime(2026, 6, 30)):
        pass


def test_the_clock_cannot_be_held_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_production", True)
    with pytest.raises(RuntimeError), clock.at(datetime(2026, 6, 30, tzinfo=UTC)):
        pass
