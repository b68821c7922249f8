"""Meetings and decisions walked by the people who hold and take them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from ifr import clock, workflow
from ifr.cases.deferring import GapTyped, save_gaps
from ifr.cases.models import Case, Involvement
from ifr.cases.services import factors_of
from ifr.db import db
from ifr.decisions import services as decisions
from ifr.decisions.criteria import criteria_of
from ifr.decisions.guards import is_child
from ifr.decisions.models import FOLLOWED, FOR
from ifr.decisions.sat import voters_of
from ifr.decisions.services import FindingTyped, RecordTyped
from ifr.decisions.weighing import GuidanceTyped, guidance_of, papers_before
from ifr.demo import accounts, hearing, stories, walk
from ifr.panels import agenda, meetings, seats
from ifr.panels.checking import services as checking
from ifr.panels.interests import services as interests
from ifr.panels.models import AgendaItem, Meeting

SECRETARY, CHAIR = "stan_minutes", "helen_chairs"
PANEL = ("helen_chairs", "omar_member", "nina_member", "leo_lay")


def ready(story: stories.Story = stories.FORAMINOPLASTY) -> Case:
    return walk.ready_for_panel(walk.in_screening(walk.in_check(walk.received(story))))


def urgent(story: stories.Story = stories.FORAMINOPLASTY) -> Case:
    """An urgent request in screening, its policy linked."""
    answers = {
        **story.answers, "urgent": "yes", "needed_by": "1 12 2026", "harm_of_waiting": "The leg is going numb within days.",
    }
    return walk.in_screening(walk.in_check(walk.received(replace(story, answers=answers))))


def planned(case: Case, *who: str, held_on: date | None = None) -> Meeting:
    """A meeting of the case's commissioner, the first of whom chairs."""
    by = accounts.user(SECRETARY)
    meeting = meetings.plan_meeting(
        commissioner_id=case.commissioner_id, held_on=held_on or clock.today(), place="Video call", once=walk.once(), by=by
    )
    for key in who or PANEL:
        capacity = "chair" if key == (who or PANEL)[0] else "member"
        seats.seat(meeting.id, accounts.user(key).id, capacity, by=by)
    return meeting


def on_agenda(case: Case, meeting: Meeting) -> AgendaItem:
    return agenda.add_item(meeting.id, case.id, by=accounts.user(SECRETARY))


def checked(case: Case, answer: str = checking.NOT_THE_PATIENT) -> None:
    """The papers read for what could identify the patient, every place answered."""
    by = accounts.user(SECRETARY)
    page = checking.check_page(case, by)
    checking.save_check(
        case, answers={hit.place: (answer, "Somebody else's name") for hit in page.hits}, read=True, sha256=page.sha256,
        seen=case.version, by=by, looked=[one.key for one in page.unreadable],
    )


def listed(case: Case, meeting: Meeting) -> AgendaItem:
    item = on_agenda(case, meeting)
    hearing.invited(case, meeting)
    checked(case)
    walk.step(case, "list", SECRETARY)
    return item


def part_of(case: Case, who: str) -> int:
    found = db.session.scalars(
        select(Involvement.id).where(
            Involvement.case_id == case.id, Involvement.user_id == accounts.user(who).id, Involvement.until_at.is_(None)
        )
    ).first()
    assert found is not None, f"{who} has no part in {case.key}"
    return found


def declared(case: Case, *who: str, conflict: str | None = None) -> None:
    for key in who or PANEL:
        has_one = key == conflict
        interests.declare(
            part_of(case, key), has_interest=has_one, note="We share a clinic" if has_one else "", by=accounts.user(key)
        )


def opened(meeting: Meeting, *who: str) -> None:
    by = accounts.user(SECRETARY)
    meetings.open_meeting(meeting.id, by=by)
    for key in who or PANEL:
        seats.attend(meeting.id, accounts.user(key).id, "arrived", by=by)


def at_panel(case: Case, *who: str, conflict: str | None = None) -> AgendaItem:
    meeting = planned(case, *who)
    item = listed(case, meeting)
    opened(meeting, *who)
    declared(case, *who, conflict=conflict)
    walk.step(case, "take_item", SECRETARY)
    return item


def full_record(case: Case, outcome: str, **words: Any) -> RecordTyped:
    """A record in which everything is answered."""
    against = outcome == "not_funded"
    answer, point = ("no", "not_accepted") if against else ("yes", "accepted")
    record = decisions.record_to_show(case)
    assert record is not None
    questions = case.test.questions if case.test else []
    findings = [FindingTyped("question", q.key, answer, "As the papers show.") for q in questions]
    findings += [FindingTyped("factor", str(f.id), point, "Weighed with the others.") for f in factors_of(case)]
    findings += [FindingTyped("criterion", one.key, "not_reached", "") for one in criteria_of(case)]
    given = {
        "outcome": outcome,
        "comparator_answer": "confirmed" if case.test and case.test.comparator.asked else None,
        "not_reached_by": f"question:{questions[0].key}" if questions else "",
        "in_the_round": "All of it together was weighed.",
        "reasons": "The circumstances were compared with those of the group.",
        "plain_reasons": "We read everything your doctor sent.",
        "would_change": "New clinical information on the scar.",
        "what_is_funded": "The first operation." if outcome == "funded_in_part" else "",
        "what_is_not_funded": "The second operation." if outcome == "funded_in_part" else "",
        "equality": "Due regard was had; nothing bears on it.",
        "human_rights": "No right is touched beyond what the reasons weigh.",
        "health_inequality": "Nothing bears on it.",
        "best_interests": "What is best for the child was weighed." if is_child(case) else "",
        "everything_else_read": True,
        "conditions_answer": "none",
        "amount_answer": "none",
        "validity_answer": "none",
        **words,
    }
    return RecordTyped(
        words=given, findings=findings, votes={one: FOR for one in voters_of(record)},
        guidance=[GuidanceTyped(one.reference, FOLLOWED) for one in guidance_of(record, papers_before(case, record))],
    )


def drafted(case: Case, outcome: str, **words: Any) -> None:
    """The item is closed and its record written in full."""
    if workflow.definition_of(case).find("record_decision", case.state):
        walk.step(case, "record_decision", SECRETARY)
    decisions.save_record(case, full_record(case, outcome, **words), seen=case.version, by=accounts.user(SECRETARY))


def deferred(case: Case, reason: str, what: str = "The MRI report") -> None:
    """Put off, with one thing that is missing."""
    by = accounts.user(SECRETARY)
    save_gaps(case, [GapTyped(what, "the hospital", clock.today() + timedelta(days=21))], seen=case.version, by=by)
    walk.step(case, "defer", SECRETARY, reason=reason)


def confirmed(case: Case, outcome: str, by: str = CHAIR, **words: Any) -> None:
    drafted(case, outcome, **words)
    walk.step(case, f"confirm_{outcome}", by)


def why_not(case: Case, trigger: str, who: str) -> list[str]:
    return [reason.text for reason in workflow.why_not(case, trigger, accounts.user(who))]
