"""Interests: whoever sits on a case says first whether he or she has one, and sees nothing of the case before.

What may be known before is what an interest could lie in: the provider, the specialty and the requesting clinician.
"""

from dataclasses import dataclass, field

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases import services as cases
from ifr.cases.models import CLEAR, CONFLICTED, HANDED_OVER, Case, Involvement
from ifr.db import db
from ifr.panels.attendance import leave_case
from ifr.panels.interests.models import IdentityQuestion
from ifr.panels.members.connections import connections
from ifr.panels.models import DECIDE, ROLE_OF_SEAT, AgendaItem
from ifr.panels.sitting import open_item_of, proof_at_the_end, proof_without
from ifr.people.models import Organisation, User
from ifr.workflow import Invalid, NotVisible

# Reviewers of an appeal have a page in their own room; what they say there is kept here too.
AT_MEETINGS = frozenset(role.value for role in ROLE_OF_SEAT.values())
SITTING = frozenset(role.value for role in cases.SITTING)
WATCHES = frozenset({Role.IFR_MANAGER, Role.PANEL_SECRETARY, Role.ACCOUNTABLE_OFFICER})
NOTE_OF_CLINICIAN = "Works on the request for the provider"


@dataclass(frozen=True)
class InterestPage:
    """All that somebody sees of a case before saying whether there is an interest."""

    part_id: int
    provider: str
    specialty: str
    clinician: str
    declared: bool
    connections: list[str] = field(default_factory=list)
    questions: list[IdentityQuestion] = field(default_factory=list)


# --- declaring --------------------------------------------------------------------------------------------------------------


def interest_page(part_id: int, by: User) -> InterestPage:
    """The page on which an interest is declared. A part of somebody else, or one with a conflict, is not there."""
    part, case = own_part(part_id, by, AT_MEETINGS)
    provider = db.session.get(Organisation, case.provider_id)
    clinician_id = cases.clinician_id_of(case)
    clinician = db.session.get(User, clinician_id) if clinician_id else None
    return InterestPage(
        part_id=part.id,
        provider=provider.name if provider else "",
        specialty=case.specialty,
        clinician=clinician.name if clinician else "",
        declared=part.interest == CLEAR,
        connections=connections(case, by),
        questions=questions_of(case.id, by.id),
    )


def own_part(part_id: int, by: User, among: frozenset[str] = SITTING) -> tuple[Involvement, Case]:
    """Somebody's own part in a case, while it is open to him or her. Raises NotVisible otherwise."""
    part = db.session.get(Involvement, part_id)
    if part is None or part.user_id != by.id or part.until_at is not None or part.capacity not in among:
        raise NotVisible(str(part_id))
    case = db.session.get(Case, part.case_id)
    if case is None or part.interest == CONFLICTED or is_closed_to(case.id, by.id):
        raise NotVisible(str(part_id))
    return part, case


def is_closed_to(case_id: int, user_id: int) -> bool:
    """Whether a conflict of interest that somebody declared in any part of the case, ended or not, still stands."""
    query = select(Involvement.id).where(
        Involvement.case_id == case_id, Involvement.user_id == user_id, Involvement.interest == CONFLICTED
    )
    return db.session.scalars(query).first() is not None


def declare(part_id: int, *, has_interest: bool, note: str, by: User) -> bool:
    """Say whether there is an interest. Holds for every part that the person has in the case.

    Answers whether the case is open to the person now. Raises Invalid where an interest is not described.
    """
    part, case = own_part(part_id, by, SITTING)
    if has_interest and not note.strip():
        raise Invalid({"note": "Say what the interest is, in a few words."})
    workflow.hold(case)
    works_on_it = asks_for_the_funding(case, by.id)
    if has_interest or works_on_it:
        close_to(case, by.id, note.strip() or NOTE_OF_CLINICIAN, by=by)
    else:
        for one in sitting_parts(case.id, by.id):
            if one.interest != HANDED_OVER:
                one.interest, one.interest_note, one.declared_at = CLEAR, note.strip(), clock.now()
    interest = CONFLICTED if has_interest or works_on_it else CLEAR
    audit.record(case.stream, "declare_interest", by=by.actor, interest=interest, part=part.id)
    return interest == CLEAR


def asks_for_the_funding(case: Case, user_id: int) -> bool:
    """Whether somebody works on this very request for the provider: whoever asks for the funding cannot decide it."""
    query = select(Involvement.id).where(
        Involvement.case_id == case.id, Involvement.user_id == user_id, Involvement.until_at.is_(None),
        Involvement.capacity.in_([role.value for role in cases.PROVIDER_SIDE]),
    )
    return db.session.scalars(query).first() is not None


def close_to(case: Case, user_id: int, note: str, *, by: User) -> None:
    """Close a case to somebody who sits on it, in every part that he or she has in it. The caller holds the case.

    While the panel considers the item, who decides it is worked out anew at once: without that person, chair or not; and so it
    is until its decision is confirmed.
    """
    for one in sitting_parts(case.id, user_id):
        one.interest, one.interest_note, one.declared_at = CONFLICTED, note, clock.now()
    db.session.flush()
    leave_case(case, user_id, by=by)
    item = open_item_of(case)
    if item is not None and item.taken_at is not None:
        item.proof = proof_at_the_end(item, case)
    elif (decided := _item_to_confirm(case)) is not None and decided.proof:
        decided.proof = proof_without(decided.proof, user_id)


def _item_to_confirm(case: Case) -> AgendaItem | None:
    """The item whose decision is taken and not confirmed yet."""
    if workflow.definition_of(case).find("confirm_funded", case.state) is None:
        return None
    taken = workflow.last_move(case.stream, "record_decision", "decide_urgently")
    item = last_item_of(case.id)
    return item if taken is not None and taken.trigger == "record_decision" and item and item.ended_as == "decided" else None


def sits_on(case: Case, user: User) -> bool:
    """Whether somebody sits on a case and has said that he or she has no interest in it."""
    return any(part.interest == CLEAR for part in sitting_parts(case.id, user.id))


def sitting_parts(case_id: int, user_id: int) -> list[Involvement]:
    return list(
        db.session.scalars(
            select(Involvement).where(
                Involvement.case_id == case_id,
                Involvement.user_id == user_id,
                Involvement.until_at.is_(None),
                Involvement.capacity.in_(SITTING),
            )
        )
    )


# --- what the rest of the room asks ---------------------------------------------------------------------------------------


def questions_of(case_id: int, user_id: int | None = None) -> list[IdentityQuestion]:
    """The questions whether the patient is somebody, of one person or of everybody."""
    query = select(IdentityQuestion).where(IdentityQuestion.case_id == case_id).order_by(IdentityQuestion.id)
    if user_id is not None:
        query = query.where(IdentityQuestion.user_id == user_id)
    return list(db.session.scalars(query))


def may_watch(case: Case, by: User) -> bool:
    return bool(case.capacities(by) & WATCHES)


def end_sitting(case: Case) -> None:
    """A new round begins: whoever sat has no part in it until seated anew. A conflict stays."""
    for part in db.session.scalars(
        select(Involvement).where(
            Involvement.case_id == case.id,
            Involvement.until_at.is_(None),
            Involvement.capacity.in_(AT_MEETINGS),
        )
    ):
        if part.interest != CONFLICTED:
            part.until_at = clock.now()


def last_item_of(case_id: int) -> AgendaItem | None:
    """The item under which a case stands, or last stood, on an agenda to be decided."""
    query = select(AgendaItem).where(AgendaItem.case_id == case_id, AgendaItem.kind == DECIDE)
    return db.session.scalars(query.order_by(AgendaItem.id.desc())).first()
