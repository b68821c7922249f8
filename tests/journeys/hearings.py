"""A request brought before a panel, as the people of the office and of the panel do it."""

from typing import Any

from ifr import clock, workflow
from ifr.cases.models import Case
from ifr.decisions import services as decisions
from ifr.decisions.services import RecordTyped
from ifr.demo import accounts, hearing, walk
from ifr.demo.stories import Story
from ifr.panels.models import Meeting

CHAIR, SECRETARY = hearing.CHAIR, "stan_minutes"


def ready(story: Story, *, no_policy: bool = False) -> Case:
    """Screened, reviewed where the commissioner reviews, and waiting for a panel."""
    case = walk.in_screening(walk.in_check(walk.received(story)), no_policy=no_policy)
    if "evidence_review" in case.profile.skips:
        return walk.ready_for_panel(case)
    walk.screened(case, "refer")
    walk.step(case, "refer_to_evidence_review", "petra_screens")
    return hearing.accuracy_checked(hearing.evidence_reviewed(case), story.clinician)


def planned(case: Case, members: tuple[str, ...] = hearing.MEMBERS, chair: str = CHAIR) -> Meeting:
    commissioner = accounts.CE if case.profile.name == accounts.CE else accounts.CM
    return hearing.planned(commissioner, clock.today(), members=members, chair=chair)


def at_panel(case: Case, members: tuple[str, ...] = hearing.MEMBERS, chair: str = CHAIR) -> Case:
    """The item opened by a panel that is quorate and has declared."""
    meeting = planned(case, members, chair)
    hearing.listed(case, meeting)
    for who in (chair, *members):
        hearing.declared(case, who)
    hearing.opened(meeting, members, chair)
    return hearing.taken(case)


def drafted(case: Case, outcome: str, **words: Any) -> Case:
    return hearing.drafted(case, outcome, **words)


def changed(case: Case, **words: Any) -> Case:
    """Some words of the record written anew, the rest as it was."""
    typed = RecordTyped(words=words)
    decisions.save_record(case, typed, seen=case.version, by=accounts.user(SECRETARY))
    return case


def missing(case: Case, trigger: str, who: str = CHAIR) -> str:
    """Why a step is not open to somebody, in one text; nothing where it is open."""
    return " ".join(reason.text for reason in workflow.why_not(case, trigger, accounts.user(who)))
