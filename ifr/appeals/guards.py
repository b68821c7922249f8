"""What a step of an appeal, of a reconsideration or of a closure waits for."""

from typing import Any

from ifr import clock, letters, workflow
from ifr.appeals import challenges, reconsiderations, reviews, services
from ifr.appeals.models import LATE, NO_GROUND, REFUSED_BECAUSE, Appeal, Reconsideration
from ifr.cases.models import Case
from ifr.pages import day
from ifr.people.services import people_named
from ifr.workflow import Reason, guard

CHALLENGES = "appeals.page"
GROUNDS, REFUSAL, REVIEW, FINDINGS, OUTCOME = (
    "appeals.grounds", "appeals.refusal", "appeals.review", "appeals.findings", "appeals.outcome",
)


# --- closing a request --------------------------------------------------------------------------------------------------------


@guard("challenge_window_over")
def challenge_window_over(case: Case, by: Any) -> Reason | None:
    decision = challenges.decision_of(case)
    if decision is None or not decision.has_window or challenges.is_answered(case, decision):
        return None
    if decision.last_on is None:
        return Reason("The letters with the decision are not all issued; the time to challenge it runs from then.", to=CHALLENGES)
    if not decision.is_over:
        return Reason(f"The decision can be challenged until {day(decision.last_on)}.", to=CHALLENGES)
    return None


@guard("no_challenge_open")
def no_challenge_open(case: Case, by: Any) -> list[Reason]:
    still = [Reason(f"{one.reference} is still open.", to=CHALLENGES) for one in challenges.open_challenges(case)]
    back = [
        Reason(f"{one.reference} was sent back to a panel, and the request has not been reopened.", to=CHALLENGES)
        for one in challenges.appeals_of(case)
        if challenges.awaits_reopening(one)
    ]
    return still + back


# --- an appeal, until it is accepted --------------------------------------------------------------------------------------------


@guard("decision_can_be_appealed")
def decision_can_be_appealed(appeal: Appeal, by: Any) -> list[Reason]:
    here = CHALLENGES
    decision = challenges.decision_of(appeal.case)
    if decision is None or decision.move_id != appeal.decision_move_id:
        return [Reason("There is no decision on this request that can be appealed.", to=here)]
    missing = []
    routes = decision.routes
    refused = workflow.definition_of(appeal.case).states[decision.ending].label.staff
    if "appeal" not in routes:
        missing.append(Reason(f"This commissioner hears no appeal against the ending “{refused}”.", to=here))
    if not challenges.is_told(appeal.case, decision):
        missing.append(Reason("The letter with the decision has not been issued yet. It can be appealed from that day.", to=here))
    if other := challenges.appealed_before(appeal):
        missing.append(Reason(f"{other.reference} is about the same decision.", to=here))
    return missing


@guard("grounds_sorted")
def grounds_sorted(appeal: Appeal, by: Any) -> list[Reason]:
    missing = _not_sorted(appeal)
    if missing:
        return missing
    if not services.raised(appeal):
        return [
            Reason(
                "No ground was found that the letter could support. Ask the appellant to say more; where that brings "
                "nothing, two people can decide not to accept the appeal.",
                to=GROUNDS,
            )
        ]
    if not appeal.statement_for_review.strip():
        return [Reason("The appeal as the review panel will read it, without the patient’s identity, is not saved.", to=GROUNDS)]
    return []


def _not_sorted(appeal: Appeal) -> list[Reason]:
    return [
        Reason(f"Ground {ground.number} is not sorted: could the letter support “{ground.text}”?", to=GROUNDS)
        for ground in services.grounds_of(appeal)
        if not ground.is_sorted
    ]


@guard("late_appeal_answered")
def late_appeal_answered(appeal: Appeal, by: Any) -> Reason | None:
    if appeal.late and not appeal.late_accepted_because.strip():
        return Reason("The appeal came late: the manager accepts that with a reason, or two people refuse it.", to="appeals.late")
    return None


@guard("appeal_refusal_signed_first", gives_reasons=True)
def appeal_refusal_signed_first(appeal: Appeal, by: Any) -> list[Reason]:
    if not (appeal.refused_because and appeal.refusal_reasons.strip() and appeal.refusal_plain_reasons.strip()):
        return [Reason("The reasons for not accepting the appeal are not written, in full and in plain English.", to=REFUSAL)]
    missing = _what_a_refusal_lacks(appeal)
    if appeal.first_signed_by_id is None:
        missing.append(Reason("Nobody has signed the reasons first.", to=REFUSAL))
    elif appeal.first_signed_by_id == by.id:
        missing.append(Reason("You signed first: a second person has to take this step.", to=REFUSAL))
    return missing


def _what_a_refusal_lacks(appeal: Appeal) -> list[Reason]:
    if appeal.refused_because == LATE:
        accepted = bool(appeal.late_accepted_because.strip())
        return [Reason("The manager has accepted that the appeal came late.", to="appeals.late")] if accepted else []
    missing = _not_sorted(appeal)
    if services.raised(appeal):
        missing.append(Reason("A ground was found that the letter could support, so the appeal is to be heard.", to=GROUNDS))
    if not services.was_asked_for_more(appeal):
        missing.append(Reason("The appellant has not been invited to say more.", to="appeals.appeal"))
    assert appeal.refused_because == NO_GROUND, REFUSED_BECAUSE
    return missing


# --- the review panel -----------------------------------------------------------------------------------------------------


@guard("review_date_set")
def review_date_set(appeal: Appeal, by: Any) -> Reason | None:
    if appeal.review_on is None or not appeal.review_place.strip():
        return Reason("The day and place of the review are not set.", to=REVIEW)
    if appeal.review_on < clock.today():
        return Reason("The day of the review has passed. Choose a later one.", to=REVIEW)
    return None


@guard("review_panel_disjoint")
def review_panel_disjoint(appeal: Appeal, by: Any) -> list[Reason]:
    sitting = {place.seat.user_id: place.name for place in reviews.places_of(appeal)}
    return [
        Reason(f"{sitting[user_id]} took part in this request before and cannot sit. Invite another or a guest.", to=REVIEW)
        for user_id in sorted(reviews.took_part_before(appeal) & set(sitting))
    ]


@guard("review_panel_quorate")
def review_panel_quorate(appeal: Appeal, by: Any) -> list[Reason]:
    missing = []
    quorum = reviews.quorum_of(appeal)
    if not quorum.reached:
        missing.append(Reason(f"The review panel would not be quorate. {quorum.words}", to=REVIEW))
    if not any(p.seat.chairs and not p.is_conflicted for p in reviews.places_of(appeal)):
        missing.append(Reason("Nobody is named to chair the review.", to=REVIEW))
    return missing


@guard("review_interests_declared")
def review_interests_declared(appeal: Appeal, by: Any) -> list[Reason]:
    return [
        Reason(f"{place.name} has not said whether there is an interest.", to=REVIEW)
        for place in reviews.places_of(appeal)
        if not place.is_clear and not place.is_conflicted
    ]


@guard("chairs_the_review")
def chairs_the_review(appeal: Appeal, by: Any) -> Reason | None:
    for place in reviews.places_of(appeal):
        if place.seat.user_id == by.id and place.seat.chairs and place.is_clear:
            return None
    return Reason("This is for the member who chairs the review.", to=REVIEW)


@guard("every_ground_found", gives_reasons=True)
def every_ground_found(appeal: Appeal, by: Any) -> list[Reason]:
    return [
        Reason(f"Ground {ground.number} has no finding with reasons yet: “{ground.text}”.", to=FINDINGS)
        for ground in reviews.unanswered(appeal)
    ]


@guard("no_material_ground_made_out")
def no_material_ground_made_out(appeal: Appeal, by: Any) -> list[Reason]:
    return [
        Reason(f"Ground {ground.number} is made out and material, so the decision is to be sent back.", to=FINDINGS)
        for ground in services.grounds_of(appeal)
        if ground.is_material
    ]


@guard("a_material_ground_made_out")
def a_material_ground_made_out(appeal: Appeal, by: Any) -> Reason | None:
    if any(ground.is_material for ground in services.grounds_of(appeal)):
        return None
    return Reason("No ground is made out and material, so there is nothing to send the decision back for.", to=FINDINGS)


@guard("review_reasons_given", gives_reasons=True)
def review_reasons_given(appeal: Appeal, by: Any) -> list[Reason]:
    missing = []
    if not appeal.decision_reasons.strip():
        missing.append(Reason("The reasons for the outcome are not written.", to=OUTCOME))
    if not appeal.plain_reasons.strip():
        missing.append(Reason("The reasons for the patient, in plain English, are not written.", to=OUTCOME))
    return missing


@guard("directions_given", gives_reasons=True)
def directions_given(appeal: Appeal, by: Any) -> list[Reason]:
    missing = review_reasons_given(appeal, by)
    if not services.directions_of(appeal):
        missing.append(Reason("No direction to the next panel is written.", to=OUTCOME))
    return missing


@guard("appeal_letters_released")
def appeal_letters_released(appeal: Appeal, by: Any) -> Reason | None:
    """The worker issues the letters and makes this step; nothing makes it before."""
    made = workflow.last_move(appeal.stream, "confirm_decision_stands", "confirm_sent_back")
    telling = [row for row in letters.of_batch(made.id) if row.then] if made else []
    if not telling or any(row.state != letters.ISSUED for row in telling):
        return Reason("The letter with the outcome has not been issued.", to="reports.letters_to_release")
    return None


# --- a reconsideration ----------------------------------------------------------------------------------------------------


@guard("decision_can_be_reconsidered")
def decision_can_be_reconsidered(asked: Reconsideration, by: Any) -> list[Reason]:
    here = CHALLENGES
    decision = challenges.decision_of(asked.case)
    if decision is None or decision.move_id != asked.decision_move_id:
        return [Reason("There is no decision on this request that can be looked at again.", to=here)]
    missing = []
    if "reconsideration" not in decision.routes:
        missing.append(Reason("This commissioner offers no reconsideration of this decision.", to=here))
    if not challenges.is_told(asked.case, decision):
        missing.append(Reason("The letter with the decision has not been issued yet.", to=here))
    others = [r for r in challenges.reconsiderations_of(asked.case) if r.id != asked.id and challenges.is_open(r)]
    missing += [Reason(f"{one.reference} is still being answered: add what is new to it.", to=here) for one in others]
    return missing


@guard("new_items_answered", gives_reasons=True)
def new_items_answered(asked: Reconsideration, by: Any) -> list[Reason]:
    return reconsiderations.what_is_missing(asked)


@guard("reconsideration_signed_first")
def reconsideration_signed_first(asked: Reconsideration, by: Any) -> Reason | None:
    here = "appeals.answer_reconsideration"
    if asked.first_signed_by_id is None:
        return Reason("Nobody has signed the answer first.", to=here)
    if asked.first_signed_by_id == by.id:
        name = people_named([by.id]).get(by.id, "You")
        return Reason(f"{name} signed first: a second person has to take this step.", to=here)
    return None
