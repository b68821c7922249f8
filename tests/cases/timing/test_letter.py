"""What the letter says that explains a date to the clinician."""

from typing import Any

from tests.letters import FULL, text_of
from tests.letters import printing as printing

EXPLAINED: dict[str, Any] = {
    **FULL,
    "date": "We decide",
    "rule": "5 working days",
    "for_urgent": True,
    "how_counted": "Weekends, bank holidays and days on which the office is closed are left out.",
    "source": "Standard operating procedure, section 4",
    "day_zero": "Day 0 is Monday 23 November 2026: it was received on that day.",
    "due_on": "2026-12-07",
    "pauses": [{"because": "Information was asked for", "since_on": "2026-11-24", "until_on": "2026-11-25"}],
    "extensions": [{"length": "3 working days", "given_on": "2026-11-26", "source": "Section 5"}],
    "day_by_day": [
        {"on": "2026-11-24", "weekday": "Tuesday", "number": None, "words": "Paused: information was asked for"},
        {"on": "2026-11-25", "weekday": "Wednesday", "number": 1, "words": "Counts"},
    ],
    "figures": {"ours": 4, "others": 1, "all": 5},
    "counted_on": "2026-11-28",
}


def test_it_states_rule_source_pauses_more_time_and_every_day() -> None:
    text = text_of("deadline_explained", EXPLAINED)
    for words in (
        "We decide.",
        "It is due at the end of 7 December 2026.",
        "5 working days, which is the time for an urgent request. Weekends, bank holidays",
        "Where the figure comes from: Standard operating procedure, section 4.",
        "Day 0 is Monday 23 November 2026: it was received on that day.",
        "From 24 November 2026 to 25 November 2026: information was asked for.",
        "3 working days more, given on 26 November 2026 and counted from the day that the date had then. Source: Section 5.",
        "Tuesday 24 November 2026\n–\nPaused: information was asked for",
        "Wednesday 25 November 2026\n1\nCounts",
        "there were 5 days since we received the request: 4 on our clock, and 1 in which we waited for others",
        "It is not a decision on the request.",
    ):
        assert words in text, words


def test_while_the_clock_stands_still_it_promises_no_day_earlier_than_can_be() -> None:
    paused = {
        **EXPLAINED, "due_on": None, "paused_since_on": "2026-11-24", "earliest_on": "2026-12-09", "for_urgent": False,
        "pauses": [{"because": "Information was asked for", "since_on": "2026-11-24", "until_on": None}],
    }  # fmt: skip
    text = text_of("deadline_explained", paused)
    assert "paused since 24 November 2026, so there is no last day yet" in text
    assert "the last day would be 9 December 2026; no earlier day is possible" in text
    assert "From 24 November 2026 on; it has not ended: information was asked for." in text
    assert "due at the end" not in text and "urgent request" not in text
