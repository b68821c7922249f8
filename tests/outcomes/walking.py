"""Requests that a panel decided, and whose letters were issued."""

from ifr import clock
from ifr.cases.models import Case
from ifr.demo import hearing, stories, walk
from tests.appeals import walking

CLINICIAN, OFFICE, CHAIR, MANAGER = "rosa_spine", "carol_office", "helen_chairs", "maya_manages"


def decided(outcome: str, **changes: object) -> Case:
    """A decision that its chair confirmed; nobody has been told yet."""
    case = walk.ready_for_panel(walk.in_screening(walk.in_check(walk.received(stories.FORAMINOPLASTY))))
    meeting = hearing.planned("cheshire-merseyside", clock.today())
    hearing.listed(case, meeting)
    for who in (CHAIR, *hearing.MEMBERS):
        hearing.declared(case, who)
    hearing.opened(meeting)
    return hearing.decided(case, outcome, **changes)  # type: ignore[arg-type]


def considered(outcome: str, **changes: object) -> Case:
    case = decided(outcome, **changes)
    walking.issued(case)
    return case
