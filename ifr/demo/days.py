"""The days of the demonstration, counted back from today, and what takes several of them: the way to a panel, a meeting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ifr import clock, jobs
from ifr.cases.models import Case
from ifr.cases.patients import earlier_use
from ifr.cases.patients.earlier_use import UseSaid
from ifr.db import transaction
from ifr.demo import accounts, afterwards, hearing, walk
from ifr.demo.stories import Story
from ifr.panels import meetings

# A released letter can be stopped for ten minutes; then the worker issues it.
LONGER_THAN_THE_HOLD = timedelta(minutes=11)


@contextmanager
def day(ago: int, hour: int = 10) -> Iterator[None]:
    """A day so many days ago (ahead, where negative), in one transaction; then the worker's turn."""
    with clock.at(_moment(ago, hour)):
        with transaction():
            yield
    with clock.at(_moment(ago, hour) + LONGER_THAN_THE_HOLD):
        jobs.issue_letters()


def _moment(ago: int, hour: int) -> datetime:
    return datetime.combine(_TODAY[0] - timedelta(days=ago), time(hour), UTC)


_TODAY: list[date] = []


def begin() -> None:
    """Today is the day on which the demonstration is made."""
    _TODAY[:] = [clock.today()]


def today() -> date:
    return _TODAY[0]


# --- to the panel -----------------------------------------------------------------------------------------------------


def to_panel(
    story: Story, *, since: int, no_policy: bool = False, took: int = 25, used: UseSaid | None = None,
    comment: str = "The summary is right.", **screening: Any,
) -> Case:  # fmt: skip
    """Received so many days ago and ready for a panel some weeks later. `used` is what the patient has had of the treatment
    before; the words of the screening record may be others than usual."""
    with day(since):
        case = walk.draft(story)
        if used is not None:
            earlier_use.add_use(case, used, once=walk.once(), by=accounts.user(story.clinician))
        walk.sent(case, story)
    with day(since - 2):
        walk.in_check(case)
    with day(since - 5):
        walk.in_screening(case, no_policy=no_policy)
    with day(since - took + 8):
        walk.screened(case, "refer", **screening)
        in_full = "evidence_review" not in case.profile.skips
        walk.step(case, "refer_to_evidence_review" if in_full else "refer_to_panel", "petra_screens")
    if in_full:
        with day(since - took + 4):
            hearing.evidence_reviewed(case)
        with day(since - took):
            hearing.accuracy_checked(case, story.clinician, comment)
    return case


def hear(
    cases: list[tuple[Case, str, dict[str, object]]],
    *,
    commissioner: str,
    ago: int,
    members: tuple[str, ...] = hearing.MEMBERS,
    chair: str = hearing.CHAIR,
    conflicts: dict[int, str] | None = None,
) -> None:
    """One meeting that considers these cases; its letters leave three days later."""
    with day(ago + 7):
        meeting = hearing.planned(commissioner, _TODAY[0] - timedelta(days=ago), members=members, chair=chair)
        for case, _, _ in cases:
            hearing.listed(case, meeting)
    with day(ago + 3):
        for number, (case, _, _) in enumerate(cases):
            for who in (chair, *members):
                conflicted = (conflicts or {}).get(number) == who
                hearing.declared(case, who, interest="Treated this patient two years ago" if conflicted else "")
    with day(ago):
        hearing.opened(meeting, members, chair)
        for case, outcome, changes in cases:
            hearing.drafted(hearing.taken(case), outcome, **changes)  # type: ignore[arg-type]
            hearing.confirmed(case, outcome, chair)
    with day(ago, hour=17):
        meetings.close_meeting(meeting.id, by=accounts.user("stan_minutes"))
    with day(ago - 3):
        for case, _, _ in cases:
            afterwards.released(case.stream)


def in_days(number: int) -> date:
    return _TODAY[0] + timedelta(days=number)
