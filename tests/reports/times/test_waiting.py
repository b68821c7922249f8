"""What waits longest and for whom, and who is slow to answer: with denominators, without small numbers, within the walls."""

from datetime import UTC, date, datetime

from ifr import clock
from ifr.access import Role
from ifr.cases.models import CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import db
from ifr.demo import accounts, bulk, stories, walk
from ifr.reports.times import waiting
from ifr.reports.times.periods import period_of
from tests.databases import statements_sent
from tests.reports.times.conftest import like, on

YEAR = period_of("12_months")


def office() -> int:
    return accounts.organisation(accounts.CE).id


def test_the_oldest_are_shown_with_three_figures_and_whose_turn_it_is(session: None) -> None:
    maya, petra = accounts.user("maya_manages"), accounts.user("petra_screens")
    with on(1):
        old, young = walk.received(like(1)), walk.received(like(2, urgent="yes", needed_by="30 11 2026", harm_of_waiting="Harm."))
        walk.in_check(old)
    with on(11):
        walk.asked(old, "Which treatments were tried?")
    found = waiting.oldest(maya, office())
    with statements_sent() as few:
        waiting.oldest(maya, office())
    assert [one.key for one in found] == [old.key, young.key]
    # 51 days since 1 October: those from 11 October on ended in the pause.
    assert (found[0].days.since_receipt, found[0].days.ours, found[0].days.others) == (51, 9, 42)
    assert (found[0].whose, found[0].since, found[0].stage) == ("The clinician", date(2026, 10, 11), "Check")
    assert (found[1].whose, found[1].since, found[1].urgent) == ("The office", date(2026, 10, 1), True)
    assert [(one.label, one.running, one.paused) for one in waiting.bands(maya, office()) if one.number] == [("29–56", 1, 1)]

    involve(old, petra.id, Role.PANEL_MEMBER, interest=CONFLICTED)
    assert [one.key for one in waiting.oldest(petra, office())] == [young.key]
    assert sum(one.number for one in waiting.bands(petra, office())) == 1

    bulk.add(60, still_open=60)
    waiting.oldest(maya, office())
    with statements_sent() as many:
        assert len(waiting.oldest(maya, office())) == waiting.OLDEST
    # Nobody is asked for by name where none of them is allocated.
    assert 0 < len(many) <= len(few)


def asked_and_answered(case: Case, days: range) -> None:
    for number in days:
        with clock.at(datetime(2026, 10, 2 + 3 * number, 10, tzinfo=UTC)):
            walk.asked(case, f"Question {number}?")
        with clock.at(datetime(2026, 10, 4 + 3 * number, 9, tzinfo=UTC)):
            walk.answered(case, "dev_skin", "As the letter says.")


def test_who_is_slow_is_said_with_denominators_and_never_of_a_few(session: None) -> None:
    maya, petra = accounts.user("maya_manages"), accounts.user("petra_screens")
    with on(1):
        often, once = walk.in_check(walk.received(like(1))), walk.in_check(walk.received(like(2, stories.SECOND_EYE)))
    asked_and_answered(often, range(4))
    (row,) = waiting.slowest_by_provider(maya, office(), YEAR)
    assert (row.answered_in_words, row.days) == ("Fewer than 5 asked", None)

    asked_and_answered(often, range(4, 6))
    walk.asked(often, "And now?")
    walk.asked(once, "Which treatments were tried?")
    db.session.flush()
    (row,) = waiting.slowest_by_provider(maya, office(), YEAR)
    assert (row.name, row.answered_in_words) == ("Fenland Hospitals (demonstration)", "6 of 8")
    assert row.days is not None and (row.days.median, row.days.ninetieth) == (2, 2)
    by_specialty = waiting.slowest_by_specialty(maya, office(), YEAR)
    assert [one.answered_in_words for one in by_specialty] == ["6 of 7", "Fewer than 5 asked"]
    assert not any(person in repr(by_specialty) for person in ("Anand", "Carol"))

    involve(often, petra.id, Role.PANEL_MEMBER, interest=CONFLICTED)
    (walled,) = waiting.slowest_by_provider(petra, office(), YEAR)
    assert (walled.asked, walled.days) == (1, None)
