"""The worklist, its counts, and the letters that wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import event

from ifr import clock, letters
from ifr.access import Role
from ifr.cases.models import CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.people import services as people
from ifr.reports import services
from ifr.reports.services import Asked

OPEN = Asked()


@pytest.fixture(autouse=True)
def session(app: Flask) -> Iterator[None]:
    with app.app_context(), transaction():
        # The tests count what they make, whatever cases the template holds.
        yield


def carol():
    return accounts.user("carol_office")


def received(day: int, *, urgent: bool = False, story=stories.HYPERHIDROSIS) -> Case:
    more = {"urgent": "yes", "needed_by": "30 11 2026", "harm_of_waiting": "Harm."} if urgent else {}
    with clock.at(datetime(2026, 11, day, 10, tzinfo=UTC)):
        return walk.received(replace(story, answers={**story.answers, **more}))


def everything(asked: Asked = OPEN) -> list[services.Row]:
    """Every row, page by page, as somebody would turn the pages."""
    found = services.worklist(carol(), asked)
    rows = list(found.rows)
    while found.after:
        found = services.worklist(carol(), replace(asked, after=found.after))
        rows += found.rows
    return rows


def keys(asked: Asked = OPEN, *, among: list[Case]) -> list[str]:
    wanted = {case.key for case in among}
    return [row.key for row in everything(asked) if row.key in wanted]


def test_urgent_cases_come_first_then_the_nearest_day() -> None:
    late, early, urgent = received(18), received(10), received(19, urgent=True)
    assert keys(among=[late, early, urgent]) == [urgent.key, early.key, late.key]


def test_a_case_without_a_day_stands_after_those_that_have_one() -> None:
    paused = walk.asked(walk.in_check(received(10)), "When was the scan made?")
    later = received(19)
    assert keys(among=[paused, later]) == [later.key, paused.key]


def test_a_row_says_status_clock_and_what_is_outstanding() -> None:
    paused = walk.asked(walk.in_check(received(10)), "When was the scan made?")
    late = received(10)
    rows = {row.key: row for row in everything()}
    assert rows[paused.key].due.kind == "paused"
    assert rows[paused.key].outstanding == ["Reply due 18 December"]
    assert rows[paused.key].allocated_to == "Carol Hume"
    assert (rows[late.key].due.kind, rows[late.key].due_on) == ("overdue", date(2026, 11, 13))
    assert (rows[late.key].status, rows[late.key].allocated_to) == ("Received", "")


def test_the_list_is_narrowed_by_stage_clock_person_and_words() -> None:
    checked, waiting = walk.in_check(received(18)), received(10)
    both = [checked, waiting]
    assert keys(Asked(stage="check"), among=both) == [checked.key]
    assert keys(Asked(show="overdue"), among=both) == [waiting.key]
    assert keys(Asked(show="unallocated"), among=both) == [waiting.key]
    assert keys(Asked(mine=True), among=both) == [checked.key]
    assert keys(Asked(words=waiting.reference.lower()), among=both) == [waiting.key]
    assert len(keys(Asked(words="SYMPATHECTOMY"), among=both)) == 2
    assert keys(Asked(words="100%_"), among=both) == []


def test_what_has_ended_is_listed_only_when_it_is_asked_for() -> None:
    ended = walk.step(received(18), "withdraw", "dev_skin", "The patient has recovered.")
    assert keys(among=[ended]) == []
    assert keys(Asked(show="all"), among=[ended]) == [ended.key]
    assert keys(Asked(stage="closed"), among=[ended]) == [ended.key]


def test_pages_are_turned_forwards_and_back_without_a_gap_or_a_double() -> None:
    made = [received(2 + number % 17) for number in range(30)]
    every = everything()
    assert len({row.key for row in every}) == len(every)
    assert {case.key for case in made} <= {row.key for row in every}
    first = services.worklist(carol(), Asked())
    second = services.worklist(carol(), Asked(after=first.after))
    back = services.worklist(carol(), Asked(before=second.before))
    assert [row.key for row in back.rows] == [row.key for row in first.rows]
    assert (first.before, back.before) == (None, None)


def test_a_mark_that_somebody_typed_begins_at_the_start() -> None:
    received(10)
    start = [row.key for row in services.worklist(carol(), Asked()).rows]
    for typed in ("x", "1.2026-13-40.7", "1.2", "a.b.c"):
        assert [row.key for row in services.worklist(carol(), Asked(after=typed)).rows] == start


def test_drafts_another_offices_cases_and_conflicts_are_not_there() -> None:
    draft = walk.draft(stories.HYPERHIDROSIS)
    ours, theirs = received(10), received(10, story=stories.FORAMINOPLASTY)
    only_here = people.add_user(name="Only Here", email="only.here@example.org", password="x", by="command:test")
    people.add_membership(
        user=only_here, organisation=accounts.organisation(accounts.CE), role=Role.COORDINATOR, by="command:test"
    )
    shown = {row.key for row in services.worklist(only_here, Asked(show="all", words="IFR-")).rows}
    every = {row.key for row in services.worklist(people.person(only_here.id), Asked(show="all")).rows}
    assert theirs.key not in shown | every
    assert draft.key not in {row.key for row in everything(Asked(show="all"))}
    involve(ours, carol().id, Role.PANEL_MEMBER, interest=CONFLICTED)
    assert ours.key not in {row.key for row in everything(Asked(show="all"))}


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        seen.append(statement)

    engine = db.session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_page_of_many_takes_as_many_queries_as_a_page_of_one() -> None:
    one = received(10)
    who = carol()
    services.worklist(who, Asked())
    with counted() as few:
        services.worklist(who, Asked(words=one.reference))
    for _ in range(24):
        received(10)
    db.session.flush()
    with counted() as many:
        assert len(services.worklist(who, Asked()).rows) == services.PAGE
    assert len(few) == len(many) > 0


def test_the_figures_count_what_the_list_shows() -> None:
    before = {figure.show: figure.number for figure in services.figures(carol(), mine=False)}
    received(10)
    received(19, urgent=True)
    walk.asked(walk.in_check(received(18)), "When was the scan made?")
    after = {figure.show: figure.number for figure in services.figures(carol(), mine=False)}
    more = {show: after[show] - before[show] for show in after}
    assert more == {"open": 3, "urgent": 1, "overdue": 1, "due_soon": 1, "waiting": 1, "unallocated": 2}
    assert services.figures(carol(), mine=True)[0].number >= 1


def test_letters_that_wait_are_listed_for_the_office_with_what_holds_them_up() -> None:
    case = walk.declined_at_screening(walk.in_screening(walk.in_check(received(10))))
    mine = [row for row in services.letters_to_release(carol()) if row.key == case.key]
    assert [row.titles for row in mine] == [["Screening refusal", "Screening refusal (patient letter)"]]
    letters.of(case.stream)[0].held_up_because = "The declaration is outstanding."
    db.session.flush()
    again = [row for row in services.letters_to_release(carol()) if row.key == case.key]
    assert again[0].held_up_because == "The declaration is outstanding."
    assert [row for row in services.letters_to_release(accounts.user("dev_skin"))] == []
    letters.release(mine[0].batch, by_id=carol().id)
    assert case.key not in [row.key for row in services.letters_to_release(carol())]
