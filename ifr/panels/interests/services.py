"""Interests: whoever sits on a case says first whether he or she has one, and sees nothing of the case before.

What may be known before is what an interest could lie in: the provider, the specialty and the requesting clinician.
"""

from dataclasses import dataclass

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases import services as cases
from ifr.cases.models import CLEAR, CONFLICTED, Case, Involvement
from ifr.db import db
from ifr.panels.models import ROLE_OF_SEAT
from ifr.people.models import Organisation, User
from ifr.workflow import Invalid, NotVisible

# Reviewers of an appeal have a page in their own room; what they say there is kept here too.
AT_MEETINGS = frozenset(role.value for role in ROLE_OF_SEAT.values())
SITTING = frozenset(role.value for role in cases.SITTING)


@dataclass(frozen=True)
class InterestPage:
    """All that somebody sees of a case before saying whether there is an interest."""

    part_id: int
    provider: str
    specialty: str
    clinician: str
    declared: bool


def interest_page(part_id: int, by: User) -> InterestPage:
    """The page on which an interest is declared. A part of somebody else, or one with a conflict, is not there."""
    part, case = _own_part(part_id, by, AT_MEETINGS)
    provider = db.session.get(Organisation, case.provider_id)
    clinician_id = cases.clinician_id_of(case)
    clinician = db.session.get(User, clinician_id) if clinician_id else None
    return InterestPage(
        part_id=part.id,
        provider=provider.name if provider else "",
        specialty=case.specialty,
        clinician=clinician.name if clinician else "",
        declared=part.interest == CLEAR,
    )


def _own_part(part_id: int, by: User, among: frozenset[str]) -> tuple[Involvement, Case]:
    part = db.session.get(Involvement, part_id)
    if part is None or part.user_id != by.id or part.until_at is not None or part.capacity not in among:
        raise NotVisible(str(part_id))
    if part.interest == CONFLICTED:
        raise NotVisible(str(part_id))
    case = db.session.get(Case, part.case_id)
    if case is None:
        raise NotVisible(str(part_id))
    return part, case


def declare(part_id: int, *, has_interest: bool, note: str, by: User) -> bool:
    """Say whether there is an interest. Holds for every part that the person has in the case.

    Answers whether the case is open to the person now. Raises Invalid where an interest is not described.
    """
    part, case = _own_part(part_id, by, SITTING)
    if has_interest and not note.strip():
        raise Invalid({"note": "Say what the interest is, in a few words."})
    workflow.hold(case)
    interest = CONFLICTED if has_interest else CLEAR
    for one in _sitting_parts(case, part.user_id):
        one.interest, one.interest_note, one.declared_at = interest, note.strip(), clock.now()
    audit.record(case.stream, "declare_interest", by=by.actor, interest=interest, part=part.id)
    return not has_interest


def _sitting_parts(case: Case, user_id: int) -> list[Involvement]:
    return list(
        db.session.scalars(
            select(Involvement).where(
                Involvement.case_id == case.id,
                Involvement.user_id == user_id,
                Involvement.until_at.is_(None),
                Involvement.capacity.in_(SITTING),
            )
        )
    )


def interests_of(case: Case, by: User) -> list[tuple[User, list[Involvement]]]:
    """Who sits on a case and what each has said, for the manager and the secretary."""
    if not case.capacities(by) & {Role.IFR_MANAGER, Role.PANEL_SECRETARY}:
        raise NotVisible(case.key)
    rows = db.session.execute(
        select(User, Involvement)
        .join(Involvement, Involvement.user_id == User.id)
        .where(
            Involvement.case_id == case.id,
            Involvement.until_at.is_(None),
            Involvement.capacity.in_(AT_MEETINGS),
        )
        .order_by(User.name, Involvement.id)
    )
    people: dict[int, tuple[User, list[Involvement]]] = {}
    for row in rows:
        people.setdefault(row.User.id, (row.User, []))[1].append(row.Involvement)
    return list(people.values())


def may_clear(case: Case, by: User) -> bool:
    return Role.IFR_MANAGER in case.capacities(by)


def clear_conflict(case: Case, user_id: int, *, because: str, seen: int | None, by: User) -> None:
    """Lift a conflict of interest. Only the IFR manager may, with a reason; not yet for a chair, which takes two."""
    if not may_clear(case, by):
        raise NotVisible(case.key)
    workflow.hold(case, seen)
    parts = [part for part in _sitting_parts(case, user_id) if part.interest == CONFLICTED]
    if not parts:
        raise Invalid({"because": "This person has no conflict of interest on record in this request."})
    if any(part.capacity == Role.PANEL_CHAIR.value for part in parts):
        raise Invalid({"because": "A chair's interest takes two people to clear. Let somebody else chair this item."})
    if not because.strip():
        raise Invalid({"because": "Say why there is no conflict of interest after all."})
    for part in parts:
        part.interest, part.declared_at = CLEAR, clock.now()
        part.interest_note = f"{part.interest_note}\n\nCleared: {because.strip()}".strip()
    audit.record(case.stream, "clear_conflict", by=by.actor, user=user_id)


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
