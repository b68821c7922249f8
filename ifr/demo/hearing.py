"""Panels and decisions of the walked cases."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from ifr import clock
from ifr.access import Role
from ifr.cases.deferring import GapTyped, save_gaps
from ifr.cases.models import Case
from ifr.cases.services import factors_of, part_of
from ifr.deadlines import later_month
from ifr.decisions import services as decisions
from ifr.decisions.criteria import QUESTION, criteria_of, ref
from ifr.decisions.guards import is_child
from ifr.decisions.models import AGAINST, FOLLOWED, FOR
from ifr.decisions.sat import voters_of
from ifr.decisions.services import ConditionTyped, FindingTyped, HeardTyped, RecordTyped
from ifr.decisions.weighing import GuidanceTyped, guidance_of, papers_before
from ifr.demo import accounts
from ifr.demo.walk import once, step
from ifr.panels import agenda, meetings, promises, seats
from ifr.panels.checking import services as checking
from ifr.panels.interests import questions
from ifr.panels.interests import services as interests
from ifr.panels.models import RECEIVE, Meeting
from ifr.panels.sitting import items_of
from ifr.screening import accuracy, evidence

CHAIR, DEPUTY = "helen_chairs", "derek_deputy"
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


def accuracy_checked(case: Case, clinician: str, comment: str = "The summary is right.") -> Case:
    step(case, "comment_on_summary", clinician, comment)
    for one in accuracy.comments_of(case):
        accuracy.consider_comment(
            case, one.id, "Read; nothing to change.", seen=case.version, by=accounts.user("petra_screens")
        )
    return case


def planned(commissioner: str, held_on: date, *, members: tuple[str, ...] = MEMBERS, chair: str = CHAIR) -> Meeting:
    """A meeting with its seats."""
    secretary = accounts.user("stan_minutes")
    meeting = meetings.plan_meeting(
        commissioner_id=accounts.organisation(commissioner).id, held_on=held_on, place="By video", starts=time(18), ends=time(21),
        link="https://meet.example.org/panel", once=once(), by=secretary,
    )
    seats.seat(meeting.id, accounts.user(chair).id, "chair", by=secretary)
    for key in members:
        seats.seat(meeting.id, accounts.user(key).id, "member", by=secretary)
    return meeting


def listed(case: Case, meeting: Meeting) -> Case:
    """On the agenda, the papers read for the patient's identity, and listed."""
    secretary = accounts.user("stan_minutes")
    agenda.add_item(meeting.id, case.id, by=secretary)
    invited(case, meeting)
    papers = checking.check_page(case, secretary)
    answers = {hit.place: ("not_the_patient", "A word of everyday language.") for hit in papers.hits}
    looked = [one.key for one in papers.unreadable]
    checking.save_check(case, answers=answers, looked=looked, read=True, sha256=papers.sha256, seen=case.version, by=secretary)
    return step(case, "list", "stan_minutes")


def invited(case: Case, meeting: Meeting) -> None:
    """The patient invited to the meeting, where the procedure promises it."""
    if promises.promised_to(case) is None:
        return
    promises.invite(
        case,
        promises.InvitationTyped(
            meeting_id=meeting.id, how="post", how_words="To the address on record.", sent_on=clock.today(),
            statement_by_on=meeting.held_on, short_because="The patient asked for the first meeting that there is.",
        ),
        once=once(), seen=case.version, by=accounts.user("carol_office"),
    )  # fmt: skip


def declared(case: Case, who: str, *, interest: str = "") -> None:
    """Somebody with a seat says whether there is an interest in the case."""
    interests.declare(_part_of(case, who), has_interest=bool(interest), note=interest, by=accounts.user(who))


def asked_whether_known(case: Case, who: str, words: str) -> None:
    """Somebody with a seat asks the secretary whether the patient is a person whom he or she knows."""
    questions.ask(_part_of(case, who), words=words, by=accounts.user(who))


def _part_of(case: Case, who: str) -> int:
    parts = (part_of(case, accounts.user(who).id, role) for role in (Role.PANEL_CHAIR, Role.PANEL_MEMBER))
    return next(one.id for one in parts if one is not None)


def opened(meeting: Meeting, who: tuple[str, ...] = MEMBERS, chair: str = CHAIR) -> None:
    """The meeting begins and those who came are recorded."""
    secretary = accounts.user("stan_minutes")
    meetings.open_meeting(meeting.id, by=secretary)
    for key in (chair, *who):
        seats.attend(meeting.id, accounts.user(key).id, "arrived", by=secretary)


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
    for criterion in criteria_of(case):
        reached = fund or criterion.key == "effectiveness"
        answer = ("yes" if fund else "unclear") if reached else "not_reached"
        bound = criterion.about_the_aim and reached
        made.append(
            FindingTyped(
                "criterion", criterion.key, answer, _WHY.get(answer, ""), refers_to="" if reached else _deciding(case),
                weighed="The result that the request names, as it was measured." if bound else "", about_the_aim=bound,
            )
        )
    return made


def _deciding(case: Case) -> str:
    """The answer that decides a request which is not funded: that to the first question of the test."""
    assert case.test is not None
    return ref(QUESTION, case.test.questions[0].key)


_WHY = {
    "yes": "The panel was satisfied on the papers.",
    "unclear": "The evidence is of low quality for this patient's stated aim.",
}


def words(case: Case, outcome: str, **changes: Any) -> dict[str, Any]:
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
        "human_rights": "The answer in the request was read; no right is touched beyond what the reasons weigh.",
        "health_inequality": "Nothing in the papers bears on it.",
        "everything_else_read": True,
        "not_reached_by": "" if fund else _deciding(case),
    }
    if is_child(case):
        said["best_interests"] = "What is best for the child was weighed first."
    if outcome == "funded_in_part":
        said |= {"what_is_funded": "The first course.", "what_is_not_funded": "Further courses."}
    if fund:
        said |= {
            "conditions_answer": "some", "amount_answer": "none", "amount_words": "At the national price",
            "validity_answer": "none",
        }  # fmt: skip
    return said | changes


def drafted(
    case: Case, outcome: str, *, conditions: tuple[ConditionTyped, ...] = (), by: str = "stan_minutes",
    directions: str = "", against: Mapping[str, str] | None = None, **changes: Any,
) -> Case:  # fmt: skip
    """The item closed and its record written in full; `against` are those who voted against it, with what each said."""
    if case.state == "at_panel":
        step(case, "record_decision", by)
    fund = outcome != "not_funded"
    if fund and not conditions:
        conditions = (ConditionTyped("Report the result at three months.", "Result at three months", _in_months(3)),)
    answered = {d.id: directions for d in decisions.directions_of(case)}
    dissents = {accounts.user(who).id: said for who, said in (against or {}).items()}
    record = decisions.record_to_show(case)
    assert record is not None
    typed = RecordTyped(
        words=words(case, outcome, **changes),
        findings=findings(case, fund=fund),
        conditions=list(conditions),
        directions=answered if directions else {},
        votes={one: AGAINST if one in dissents else FOR for one in voters_of(record)},
        dissents=dissents,
        guidance=[GuidanceTyped(one.reference, FOLLOWED) for one in guidance_of(record, papers_before(case, record))],
    )
    decisions.save_record(case, typed, seen=case.version, by=accounts.user(by))
    return case


def _in_months(number: int) -> date:
    return later_month(clock.today(), number)


def confirmed(case: Case, outcome: str, chair: str = CHAIR) -> Case:
    return step(case, f"confirm_{outcome}", chair)


def deferred(case: Case, what: str, from_whom: str, by_on: date, reason: str) -> Case:
    """Put off, with what is missing."""
    save_gaps(case, [GapTyped(what, from_whom, by_on)], seen=case.version, by=accounts.user(CHAIR))
    return step(case, "defer", CHAIR, reason)


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
    drafted(case, outcome, by=CHAIR)
    return confirmed(case, outcome)




def received(meeting: Meeting, note: str) -> None:
    """Every urgent decision on the agenda received, and the meeting closed."""
    secretary = accounts.user("stan_minutes")
    for item in items_of(meeting.id):
        if item.kind == RECEIVE and item.ended_at is None:
            agenda.receive(meeting.id, item.id, note=note, by=secretary)
    meetings.close_meeting(meeting.id, by=secretary)
