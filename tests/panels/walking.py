"""Meetings and decisions walked by the people who hold and take them."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import clock, workflow
from ifr.cases.models import Case, Involvement
from ifr.cases.services import factors_of
from ifr.db import db
from ifr.decisions import services as decisions
from ifr.decisions.criteria import CRITERIA
from ifr.decisions.services import FindingTyped, RecordTyped
from ifr.demo import accounts, stories, walk
from ifr.panels import services
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
    meeting = services.plan_meeting(
        commissioner_id=case.commissioner_id, held_on=held_on or clock.today(), place="Video call", once=walk.once(), by=by
    )
    for key in who or PANEL:
        capacity = "chair" if key == (who or PANEL)[0] else "member"
        services.seat(meeting.id, accounts.user(key).id, capacity, by=by)
    return meeting


def on_agenda(case: Case, meeting: Meeting) -> AgendaItem:
    return services.add_item(meeting.id, case.id, by=accounts.user(SECRETARY))


def checked(case: Case, answer: str = checking.NOT_THE_PATIENT) -> None:
    """The papers read for what could identify the patient, every place answered."""
    by = accounts.user(SECRETARY)
    page = checking.check_page(case, by)
    checking.save_check(
        case, answers={hit.place: (answer, "Somebody else's name") for hit in page.hits}, read=True, sha256=page.sha256,
        seen=case.version, by=by,
    )


def listed(case: Case, meeting: Meeting) -> AgendaItem:
    item = on_agenda(case, meeting)
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
    services.open_meeting(meeting.id, by=by)
    for key in who or PANEL:
        services.attend(meeting.id, accounts.user(key).id, "arrived", by=by)


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
    votes = len(decisions.proof_of(record).get("counted", [])) if record else 0
    questions = case.test.questions if case.test else []
    findings = [FindingTyped("question", q.key, answer, "As the papers show.") for q in questions]
    findings += [FindingTyped("factor", str(f.id), point, "Weighed with the others.") for f in factors_of(case)]
    findings += [FindingTyped("criterion", key, "not_reached", "") for key, _ in CRITERIA]
    given = {
        "outcome": outcome,
        "comparator_answer": "confirmed" if case.test and case.test.comparator.asked else None,
        "not_reached_because": "The answer to question 1 decides the request.",
        "in_the_round": "All of it together was weighed.",
        "reasons": "The circumstances were compared with those of the group.",
        "plain_reasons": "We read everything your doctor sent.",
        "would_change": "New clinical information on the scar.",
        "what_is_not_funded": "The second operation." if outcome == "funded_in_part" else "",
        "equality": "Due regard was had; nothing bears on it.",
        "conditions_answer": "none",
        "amount_answer": "none",
        "validity_answer": "none",
        "votes_for": votes,
        "votes_against": 0,
        "votes_abstained": 0,
        **words,
    }
    return RecordTyped(words=given, findings=findings)


def drafted(case: Case, outcome: str, **words: Any) -> None:
    """The item is closed and its record written in full."""
    if workflow.definition_of(case).find("record_decision", case.state):
        walk.step(case, "record_decision", SECRETARY)
    decisions.save_record(case, full_record(case, outcome, **words), seen=case.version, by=accounts.user(SECRETARY))


def confirmed(case: Case, outcome: str, by: str = CHAIR, **words: Any) -> None:
    drafted(case, outcome, **words)
    walk.step(case, f"confirm_{outcome}", by)


def why_not(case: Case, trigger: str, who: str) -> list[str]:
    return [reason.text for reason in workflow.why_not(case, trigger, accounts.user(who))]
