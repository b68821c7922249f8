"""What the pages of this room show, to whom."""

from dataclasses import dataclass
from typing import Any

from ifr import audit, workflow
from ifr.access import Role
from ifr.appeals import challenges, reconsiderations, reviews, services
from ifr.appeals.models import APPELLANTS, REFUSED_BECAUSE, Appeal, AppealDirection, Ground, NewItem, Reconsideration
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.services import PROVIDER_SIDE
from ifr.db import note
from ifr.people.services import people_named
from ifr.workflow import MoveRecord, Offer


def is_inside(subject: Any, user: Any) -> bool:
    """Whether somebody works on this for the commissioner; the clinician learns an outcome from its letter."""
    return bool(subject.capacities(user) - PROVIDER_SIDE)


@dataclass(frozen=True)
class Line:
    """One challenge in the list of a request."""

    subject: Appeal | Reconsideration
    kind: str
    label: str
    stages: list[dict[str, str]]
    awaits_reopening: bool


@dataclass(frozen=True)
class ChallengesPage:
    decision: challenges.Decision | None
    routes: list[str]
    told: bool
    may_lodge: bool
    may_ask: bool
    lines: list[Line]


def challenges_page(case: Case, user: Any) -> ChallengesPage:
    decision = challenges.decision_of(case)
    told = decision is not None and challenges.is_told(case, decision)
    held = case.capacities(user)
    known = decision if told or held - PROVIDER_SIDE else None
    routes = challenges.routes_left(case, known) if known else ()
    both: list[Appeal | Reconsideration] = [*challenges.appeals_of(case), *challenges.reconsiderations_of(case)]
    return ChallengesPage(
        decision=known,
        routes=[challenges.ROUTES[route] for route in routes],
        told=told,
        may_lodge=told and "appeal" in routes and bool(services.may_lodge_for(case, user)),
        may_ask=told and "reconsideration" in routes and bool(held & reconsiderations.ASKERS),
        lines=[_line(one, user) for one in both if one.visible_to(user)],
    )


def _line(subject: Appeal | Reconsideration, user: Any) -> Line:
    inside = is_inside(subject, user)
    is_appeal = isinstance(subject, Appeal)
    return Line(
        subject=subject,
        kind="Appeal" if is_appeal else "Reconsideration",
        label=challenges.words_of(subject, office=inside),
        stages=challenges.stages_of(subject, office=inside),
        awaits_reopening=inside and isinstance(subject, Appeal) and challenges.awaits_reopening(subject),
    )


# --- one appeal ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AppealPage:
    appeal: Appeal
    label: str
    stages: list[dict[str, str]]
    inside: bool
    appellant: str
    representative: str
    statement: str
    decision: str
    last_on: Any
    grounds: list[Ground]
    found_is_shown: bool
    directions: list[AppealDirection]
    refused_because: str
    places: list[reviews.Place]
    tasks: list[dict[str, Any]]
    offers: list[Offer]
    history: list[dict[str, Any]]
    may_reopen: bool
    awaits_reopening: bool


def appeal_page(appeal: Appeal, user: Any) -> AppealPage:
    inside = is_inside(appeal, user)
    final = not challenges.is_open(appeal) and challenges.outcome_is_told(appeal)
    decision = challenges.decision_of(appeal.case)
    awaits = challenges.awaits_reopening(appeal)
    return AppealPage(
        appeal=appeal,
        label=challenges.words_of(appeal, office=inside),
        stages=challenges.stages_of(appeal, office=inside),
        inside=inside,
        appellant=APPELLANTS[appeal.appellant],
        representative=_representative(appeal, user),
        statement=_statement(appeal, user),
        decision=challenges.appealed_words(appeal),
        last_on=decision.last_on if decision and decision.move_id == appeal.decision_move_id else None,
        grounds=[g for g in services.grounds_of(appeal) if inside or g.is_raised],
        found_is_shown=inside or final,
        directions=services.directions_of(appeal) if inside or final else [],
        refused_because=REFUSED_BECAUSE.get(appeal.refused_because or "", "") if inside or final else "",
        places=reviews.places_of(appeal) if inside else [],
        tasks=_tasks(appeal, user) if inside else [],
        offers=_by_hand(appeal, workflow.moves_open_to(appeal, user)),
        history=_history(appeal, inside),
        may_reopen=awaits and Role.IFR_MANAGER in appeal.capacities(user),
        awaits_reopening=awaits and inside,
    )


def _by_hand(appeal: Appeal, offers: list[Offer]) -> list[Offer]:
    """What the issue of a letter does is no button."""
    of_letters = {spec.then for spec in workflow.definition_of(appeal).letters.values()}
    return [offer for offer in offers if offer.trigger not in of_letters]


def _statement(appeal: Appeal, user: Any) -> str:
    """The letter as it was written may say who the patient is: whoever may not know that reads the text for the review."""
    own = appeal.appellant == "clinician" or is_inside(appeal, user)
    if own and identity.may_know(appeal.case, user):
        return appeal.statement
    return appeal.statement_for_review


def _representative(appeal: Appeal, user: Any) -> str:
    if not appeal.representative_name or not is_inside(appeal, user) or not identity.may_know(appeal.case, user):
        return ""
    stream, actor = appeal.stream, user.actor
    note(lambda: audit.record(stream, "read_identity", by=actor, why="representative"))
    return appeal.representative_name


def _tasks(appeal: Appeal, user: Any) -> list[dict[str, Any]]:
    """What is to be written on this appeal, by whom and how far it is; the endpoint is given where this person may open it."""
    held = appeal.capacities(user)
    grounds = services.grounds_of(appeal)
    all_sorted = all(g.is_sorted for g in grounds)
    tasks = [_task("Sort the grounds", "grounds", held & services.OFFICERS, all_sorted and bool(appeal.statement_for_review))]
    if appeal.late:
        accepted = bool(appeal.late_accepted_because)
        tasks.append(_task("Answer that it came late", "late", held & {Role.IFR_MANAGER}, accepted))
    if appeal.refused_because or services.can_be_refused(appeal):
        signed = appeal.first_signed_by_id is not None
        tasks.append(_task("Reasons for not accepting it", "refusal", held & services.SECOND_SIGNERS, signed, optional=True))
    if reviews.arranging_is_open(appeal) or reviews.places_of(appeal):
        set_up = appeal.review_on is not None and reviews.quorum_of(appeal).reached
        tasks.append(_task("Day, place and members of the review", "review", held & reviews.ARRANGERS, set_up))
    if reviews.findings_are_open(appeal) or any(g.found for g in grounds):
        writes = held & reviews.WRITERS
        tasks.append(_task("Findings, ground by ground", "findings", writes, not reviews.unanswered(appeal)))
        directed = not any(g.is_material for g in grounds) or bool(services.directions_of(appeal))
        tasks.append(_task("Reasons and directions", "outcome", writes, bool(appeal.decision_reasons) and directed))
    if Role.REVIEW_PANEL_MEMBER in held:
        tasks.insert(0, {"text": "Papers of the review", "endpoint": "appeals.papers", "status": ("open", "To read")})
    return tasks


def _task(text: str, name: str, allowed: Any, done: bool, *, optional: bool = False) -> dict[str, Any]:
    status = ("done", "Done") if done else ("neutral", "If needed") if optional else ("open", "To do")
    return {"text": text, "endpoint": f"appeals.{name}" if allowed else None, "status": status}


def _history(subject: Appeal | Reconsideration, inside: bool) -> list[dict[str, Any]]:
    moves = workflow.history(subject.stream)
    if not inside:
        return _as_told(subject, moves)
    names = people_named({m.by_id for m in moves})
    return [
        {"at": m.at, "text": m.done, "by": names.get(m.by_id or 0, "The service"), "reason": m.reason} for m in reversed(moves)
    ]


def _as_told(subject: Appeal | Reconsideration, moves: list[MoveRecord]) -> list[dict[str, Any]]:
    states = workflow.definition_of(subject).states
    if not challenges.is_open(subject) and not challenges.outcome_is_told(subject):
        moves = moves[:-1]
    return [{"at": m.at, "text": states[m.dest].label.clinician, "by": None, "reason": None} for m in reversed(moves)]


# --- one reconsideration --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReconsiderationPage:
    asked: Reconsideration
    label: str
    stages: list[dict[str, str]]
    inside: bool
    items: list[NewItem]
    documents: dict[int, str]
    answers_are_shown: bool
    may_answer: bool
    first_signed_by: str
    may_sign: bool
    offers: list[Offer]
    history: list[dict[str, Any]]


def reconsideration_page(asked: Reconsideration, user: Any) -> ReconsiderationPage:
    inside = is_inside(asked, user)
    signer = asked.first_signed_by_id
    may_answer = bool(asked.capacities(user) & reconsiderations.ASSESSORS) and reconsiderations.is_being_answered(asked)
    return ReconsiderationPage(
        asked=asked,
        label=challenges.words_of(asked, office=inside),
        stages=challenges.stages_of(asked, office=inside),
        inside=inside,
        items=reconsiderations.items_of(asked),
        documents={key: one.title for key, one in reconsiderations.documents_of(asked).items()},
        answers_are_shown=inside or (not challenges.is_open(asked) and challenges.outcome_is_told(asked)),
        may_answer=may_answer,
        first_signed_by=people_named([signer]).get(signer or 0, ""),
        may_sign=may_answer and signer is None and not reconsiderations.what_is_missing(asked),
        offers=_as_proposed(asked, workflow.moves_open_to(asked, user)),
        history=_history(asked, inside),
    )


def _as_proposed(asked: Reconsideration, offers: list[Offer]) -> list[Offer]:
    """Once the first person has said which of the two answers it is to be, the other is not offered."""
    other = {"accept": "refuse_reconsideration", "refuse": "accept_reconsideration"}.get(asked.proposed or "")
    return [offer for offer in offers if offer.trigger != other]
