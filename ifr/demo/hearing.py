"""Panels and decisions of the walked cases."""

from datetime import date
from typing import Any

from ifr import clock
from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import factors_of, part_of
from ifr.deadlines import later_month
from ifr.decisions import services as decisions
from ifr.decisions.criteria import CRITERIA
from ifr.decisions.services import ConditionTyped, FindingTyped, HeardTyped, RecordTyped
from ifr.demo import accounts
from ifr.demo.walk import once, step
from ifr.panels import services as panels
from ifr.panels.checking import services as checking
from ifr.panels.interests import services as interests
from ifr.panels.models import Meeting
from ifr.screening import accuracy, evidence

CHAIR = "helen_chairs"
MEMBERS = ("omar_member", "nina_member", "leo_lay")
OTHERS = ("omar_member", "nina_member", "ruth_lay")


# --- before the panel -------------------------------------------------------------------------------------------------


def evidence_reviewed(case: Case) -> Case:
    """The search of the evidence, written and completed."""
    review = evidence.Review(
        strategy="MEDLINE and NICE searched for the treatment and the condition.",
        searched_on=clock.today(),
        found="Two case series and NICE guidance.",
        not_found="No randomised trial against usual treatment.",
        cost="One treatment at the price given in the request; no saving counted.",
    )
    evidence.save_evidence(case, review, seen=case.version, by=accounts.user("iris_reviews"))
    return step(case, "complete_evidence_review", "iris_reviews")


def accuracy_checked(case: Case, clinician: str) -> Case:
    step(case, "comment_on_summary", clinician, "The summary is right.")
    for one in accuracy.comments_of(case):
        accuracy.consider_comment(
            case, one.id, "Read; nothing to change.", seen=case.version, by=accounts.user("petra_screens")
        )
    return case


def planned(commissioner: str, held_on: date, *, members: tuple[str, ...] = MEMBERS, chair: str = CHAIR) -> Meeting:
    """A meeting with its seats."""
    secretary = accounts.user("stan_minutes")
    meeting = panels.plan_meeting(
        commissioner_id=accounts.organisation(commissioner).id, held_on=held_on, place="By video", once=once(), by=secretary
    )
    panels.seat(meeting.id, accounts.user(chair).id, "chair", by=secretary)
    for key in members:
        panels.seat(meeting.id, accounts.user(key).id, "member", by=secretary)
    return meeting


def listed(case: Case, meeting: Meeting) -> Case:
    """On the agenda, the papers read for the patient's identity, and listed."""
    secretary = accounts.user("stan_minutes")
    panels.add_item(meeting.id, case.id, by=secretary)
    papers = checking.check_page(case, secretary)
    answers = {hit.place: ("not_the_patient", "A word of everyday language.") for hit in papers.hits}
    checking.save_check(case, answers=answers, read=True, sha256=papers.sha256, seen=case.version, by=secretary)
    return step(case, "list", "stan_minutes")


def declared(case: Case, who: str, *, interest: str = "") -> None:
    """Somebody with a seat says whether there is an interest in the case."""
    user = accounts.user(who)
    role = Role.PANEL_CHAIR if who == CHAIR else Role.PANEL_MEMBER
    part = part_of(case, user.id, role)
    assert part is not None
    interests.declare(part.id, has_interest=bool(interest), note=interest, by=user)


def opened(meeting: Meeting, who: tuple[str, ...] = MEMBERS, chair: str = CHAIR) -> None:
    """The meeting begins and those who came are recorded."""
    secretary = accounts.user("stan_minutes")
    panels.open_meeting(meeting.id, by=secretary)
    for key in (chair, *who):
        panels.attend(meeting.id, accounts.user(key).id, "arrived", by=secretary)


def taken(case: Case) -> Case:
    return step(case, "take_item", "stan_minutes")


# --- the decision -----------------------------------------------------------------------------------------------------


def findings(case: Case, *, fund: bool) -> list[FindingTyped]:
    """The panel's answer to every question, every point and every criterion."""
    assert case.test is not None
    made = [
        FindingTyped("question", q.key, "yes" if fund else "no", "Shown by the papers." if fund else "Not shown by the papers.")
        for q in case.test.questions
    ]
    for factor in factors_of(case):
        if factor.kind != "clinical" and case.test.left_out:
            clause = case.test.left_out[0].clause
            made.append(FindingTyped("factor", str(factor.id), "not_taken_into_account", "A social circumstance.", clause))
        else:
            accepted = fund and factor.kind == "clinical"
            reasons = "Borne out by the evidence sent." if accepted else "It does not set the patient apart from the group."
            made.append(FindingTyped("factor", str(factor.id), "accepted" if accepted else "not_accepted", reasons))
    for key, _ in CRITERIA:
        reached = fund or key == "effectiveness"
        answer = ("yes" if fund else "unclear") if reached else "not_reached"
        made.append(FindingTyped("criterion", key, answer, _WHY.get(answer, "")))
    return made


_WHY = {
    "yes": "The panel was satisfied on the papers.",
    "unclear": "The evidence is of low quality for this patient's stated aim.",
    "not_reached": "Not reached, because the answers to the questions of the test decide the request.",
}


def words(case: Case, outcome: str, *, voters: int, **changes: Any) -> dict[str, Any]:
    """The record's own fields for an outcome."""
    assert case.test is not None
    fund = outcome != "not_funded"
    said: dict[str, Any] = {
        "outcome": outcome,
        "comparator_answer": "confirmed" if case.test.comparator.asked else None,
        "in_the_round": "Taken together the points " + ("set" if fund else "do not set") + " the patient apart from the group.",
        "reasons": "The panel found that the questions of the test are " + ("answered." if fund else "not answered."),
        "plain_reasons": "The panel read everything that was sent. "
        + ("It agreed to fund your treatment." if fund else "It could not see how your case differs from others like it."),
        "would_change": "Evidence that this patient would gain more than the others.",
        "equality": "The answer in the request was read; no adverse effect was found.",
        "votes_for": voters,
        "votes_against": 0,
        "votes_abstained": 0,
    }
    if fund:
        said |= {
            "conditions_answer": "some", "amount_answer": "none", "amount_words": "At the national price",
            "validity_answer": "none",
        }  # fmt: skip
    return said | changes


def drafted(
    case: Case, outcome: str, *, voters: int = 4, conditions: tuple[ConditionTyped, ...] = (), by: str = "stan_minutes",
    directions: str = "", **changes: Any,
) -> Case:  # fmt: skip
    """The item closed and its record written in full."""
    if case.state == "at_panel":
        step(case, "record_decision", by)
    fund = outcome != "not_funded"
    if fund and not conditions:
        conditions = (ConditionTyped("Report the result at three months.", "Result at three months", _in_months(3)),)
    answered = {d.id: directions for d in decisions.directions_of(case)}
    typed = RecordTyped(
        words=words(case, outcome, voters=voters, **changes),
        findings=findings(case, fund=fund),
        conditions=list(conditions),
        directions=answered if directions else {},
    )
    decisions.save_record(case, typed, seen=case.version, by=accounts.user(by))
    return case


def _in_months(number: int) -> date:
    return later_month(clock.today(), number)


def confirmed(case: Case, outcome: str, chair: str = CHAIR) -> Case:
    return step(case, f"confirm_{outcome}", chair)


def decided(case: Case, outcome: str, **changes: Any) -> Case:
    """The item taken, the record written, the decision confirmed by the chair who sat."""
    return confirmed(drafted(taken(case), outcome, **changes), outcome)


# --- an urgent decision -----------------------------------------------------------------------------------------------


def asked_chair(case: Case) -> Case:
    """The office asks the chair, who has no interest in the case."""
    decisions.ask_chair(case, accounts.user(CHAIR).id, seen=case.version, by=accounts.user("carol_office"))
    declared(case, CHAIR)
    return case


def decided_urgently(case: Case, outcome: str) -> Case:
    """Two clinicians heard, the urgent decision taken, its record written and confirmed."""
    chair = accounts.user(CHAIR)
    heard = [
        HeardTyped("Dr Omar Sayed", "Physician of the panel", clock.today(), "Waiting for the meeting would cost the airway."),
        HeardTyped("Petra Lind", "Commissioning pharmacist", clock.today(), "The drug can be had within a day."),
    ]
    decisions.prepare_urgent(
        case, harm_of_waiting="The airway may close within days.", outcome=outcome, heard=heard, seen=case.version, by=chair
    )
    step(case, "decide_urgently", CHAIR)
    drafted(case, outcome, by=CHAIR, votes_for=None, votes_against=None, votes_abstained=None)
    return confirmed(case, outcome)


