"""The worklist: its order and pages, what it is narrowed to, its counts, views that are kept, and giving requests away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from ifr import clock
from ifr.access import Role
from ifr.cases.models import CONFLICTED, Case
from ifr.cases.services import involve
from ifr.db import db, transaction
from ifr.demo import accounts, stories, walk
from ifr.people import services as people
from ifr.reports import saved, worklist
from ifr.reports.worklist import NOBODY, Asked
from ifr.workflow import Invalid, Stale
from tests.databases import statements_sent
from tests.screening.test_evidence import for_accuracy

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


def everything(asked: Asked = OPEN) -> list[worklist.Row]:
    """Every row, page by page, as somebody would turn the pages."""
    found = worklist.worklist(carol(), asked)
    rows = list(found.rows)
    while found.after:
        found = worklist.worklist(carol(), replace(asked, after=found.after))
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
    assert (rows[late.key].due_for, rows[paused.key].due_for) == ("Acknowledge the request", "")


def test_a_row_says_what_somebody_outside_the_office_has_let_pass() -> None:
    summary = for_accuracy()
    with clock.at(datetime(2026, 12, 1, 10, tzinfo=UTC)):
        row = next(one for one in everything() if one.key == summary.key)
    # The office's own time goes on beside it.
    assert (row.due_for, row.outstanding) == ("Decide the request", ["Comment on the summary (clinician): 4 days late"])


def test_the_list_is_narrowed_by_stage_clock_person_and_words() -> None:
    checked, waiting = walk.in_check(received(18)), received(10)
    both = [checked, waiting]
    assert keys(Asked(stage="check"), among=both) == [checked.key]
    assert keys(Asked(show="overdue"), among=both) == [waiting.key]
    assert keys(Asked(show="unallocated"), among=both) == [waiting.key]
    assert keys(Asked(person=str(carol().id)), among=both) == [checked.key]
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
    first = worklist.worklist(carol(), Asked())
    second = worklist.worklist(carol(), Asked(after=first.after))
    back = worklist.worklist(carol(), Asked(before=second.before))
    assert [row.key for row in back.rows] == [row.key for row in first.rows]
    assert (first.before, back.before) == (None, None)


def test_a_mark_that_somebody_typed_begins_at_the_start() -> None:
    received(10)
    start = [row.key for row in worklist.worklist(carol(), Asked()).rows]
    for typed in ("x", "1.2026-13-40.7", "1.2", "a.b.c"):
        assert [row.key for row in worklist.worklist(carol(), Asked(after=typed)).rows] == start


def test_drafts_another_offices_cases_and_conflicts_are_not_there() -> None:
    draft = walk.draft(stories.HYPERHIDROSIS)
    ours, theirs = received(10), received(10, story=stories.FORAMINOPLASTY)
    only_here = people.add_user(name="Only Here", email="only.here@example.org", password="x", by="command:test")
    people.add_membership(
        user=only_here, organisation=accounts.organisation(accounts.CE), role=Role.COORDINATOR, by="command:test"
    )
    shown = {row.key for row in worklist.worklist(only_here, Asked(show="all", words="IFR-")).rows}
    every = {row.key for row in worklist.worklist(people.person(only_here.id), Asked(show="all")).rows}
    assert theirs.key not in shown | every
    assert draft.key not in {row.key for row in everything(Asked(show="all"))}
    involve(ours, carol().id, Role.PANEL_MEMBER, interest=CONFLICTED)
    assert ours.key not in {row.key for row in everything(Asked(show="all"))}


def test_a_page_of_many_takes_as_many_queries_as_a_page_of_one() -> None:
    one = received(10)
    who = carol()
    worklist.worklist(who, Asked())
    with statements_sent() as few:
        worklist.worklist(who, Asked(words=one.reference))
    for _ in range(24):
        received(10)
    db.session.flush()
    with statements_sent() as many:
        assert len(worklist.worklist(who, Asked()).rows) == worklist.PAGE
    assert len(few) == len(many) > 0


def test_the_figures_count_what_the_list_shows() -> None:
    before = {figure.show: figure.count.number for figure in worklist.figures(carol(), Asked())}
    received(10)
    received(20, urgent=True)
    walk.asked(walk.in_check(received(18)), "When was the scan made?")
    after = {figure.show: figure.count.number for figure in worklist.figures(carol(), Asked())}
    more = {show: after[show] - before[show] for show in after}
    assert more == {"open": 3, "urgent": 1, "overdue": 1, "due_soon": 1, "waiting": 1, "unallocated": 2}
    assert worklist.figures(carol(), Asked(person=str(carol().id)))[0].count.number >= 1


def test_the_list_is_narrowed_by_person_clock_and_day() -> None:
    asked = walk.asked(walk.in_check(received(18)), "When was the scan made?")
    early, late = received(10), received(19)
    both = [early, late, asked]
    assert keys(Asked(clock="paused"), among=both) == [asked.key]
    assert keys(Asked(clock="running"), among=both) == [early.key, late.key]
    assert early.due_on is not None
    assert keys(Asked(due_by=early.due_on.isoformat()), among=both) == [early.key]
    assert keys(Asked(person=NOBODY), among=both) == [early.key, late.key]


def test_open_requests_stand_before_closed_ones_on_every_page() -> None:
    ended = walk.declined_at_screening(walk.in_screening(walk.in_check(received(10))))
    ended.is_open = False
    still = received(19)
    assert keys(Asked(show="all"), among=[ended, still]) == [still.key, ended.key]


def test_a_count_runs_no_further_than_anybody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist, "MOST_COUNTED", 1)
    received(10), received(11)
    assert str(worklist.worklist(carol(), Asked()).total) == "more than 1"


def test_several_requests_are_given_to_somebody_at_once_or_not_at_all() -> None:
    one, two = received(10), received(11)
    chosen = [(one.key, one.version), (two.key, two.version)]
    assert worklist.allocate(carol(), chosen, carol()) == 2
    assert {one.allocated_to_id, two.allocated_to_id} == {carol().id}
    with pytest.raises(Invalid, match="Tick the requests"):
        worklist.allocate(carol(), [], carol())
    with pytest.raises(Stale):
        worklist.allocate(carol(), [(one.key, one.version), (two.key, two.version - 1)], carol())


def test_a_view_is_kept_under_its_name_and_is_its_owners_alone() -> None:
    view = saved.keep_view(carol(), "  My   urgent ones ", Asked(show="urgent", person=str(carol().id)).filters)
    assert view.name == "My urgent ones"
    assert view.filters == {"show": "urgent", "person": str(carol().id)}
    saved.keep_view(carol(), "My urgent ones", Asked(show="overdue").filters)
    assert [one.filters for one in saved.saved_views(carol())] == [{"show": "overdue"}]
    saved.forget_view(accounts.user("sam_screens"), view.id)
    assert len(saved.saved_views(carol())) == 1
    saved.forget_view(carol(), view.id)
    assert saved.saved_views(carol()) == []
    for name, sentence in (("", "Enter a name"), ("x" * 61, "Shorten the name")):
        with pytest.raises(Invalid, match=sentence):
            saved.keep_view(carol(), name, {})


def test_todays_list_holds_what_is_urgent_late_and_paused() -> None:
    urgent, late = received(19, urgent=True), received(2)
    asked = walk.asked(walk.in_check(received(18)), "When was the scan made?")
    parts = {part.title: {row.key for row in part.rows} for part in worklist.today(carol(), mine=False)}
    assert urgent.key in parts["Urgent"]
    assert late.key in parts["Overdue"]
    assert asked.key in parts["Clock paused: chase the answer"]
    assert all(row.allocated_to for part in worklist.today(carol(), mine=True) for row in part.rows)
