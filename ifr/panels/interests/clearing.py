"""Lifting a conflict of interest: the manager with a reason; for a chair two people, one of them the manager."""

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.models import CLEAR, CONFLICTED, HANDED_OVER, Case, Involvement
from ifr.cases.services import SITTING, involve
from ifr.db import db
from ifr.panels.interests.models import Clearing
from ifr.panels.interests.services import WATCHES, asks_for_the_funding, last_item_of
from ifr.panels.interests.stopping import is_stop_open
from ifr.panels.interests.walls import ever_chaired
from ifr.panels.sitting import open_item_of
from ifr.people.models import User
from ifr.people.services import person
from ifr.workflow import Invalid, NotVisible

_NO_CONFLICT = "This person has no conflict of interest on record in this request."


def may_clear(case: Case, user_id: int, by: User) -> bool:
    """The manager; for a chair the accountable officer and the secretary as well. Nobody with a conflict, nor for himself."""
    who = WATCHES if ever_chaired(case.id, user_id) else {Role.IFR_MANAGER}
    return by.id != user_id and bool(case.capacities(by) & who)


def clear_conflict(case: Case, user_id: int, *, because: str, seen: int | None, by: User) -> bool:
    """Say that there is no conflict of interest after all. Answers whether the conflict is lifted with it.

    For a chair it takes two people, one of them the manager; the chair of the item stays with whoever has it now. Raises
    Invalid while the panel considers the item, before the end of an item that was stopped, and for whoever works on the
    request for the provider.
    """
    if not may_clear(case, user_id, by):
        raise NotVisible(case.key)
    workflow.hold(case, seen)
    parts = _conflicted_parts(case, user_id)
    _may_be_lifted(case, user_id, parts, because)
    given = given_since(case.id, user_id, min(part.declared_at or part.since_at for part in parts))
    if any(one.by_id == by.id for one in given):
        raise Invalid({"because": "You have said so already. It takes a second person."})
    item = last_item_of(case.id)
    given.append(
        Clearing(
            case_id=case.id, user_id=user_id, meeting_id=item.meeting_id if item else None, by_id=by.id,
            because=because.strip(), at=clock.now(),
        )
    )
    db.session.add(given[-1])
    db.session.flush()
    lifted = _is_enough(case, user_id, given)
    audit.record(case.stream, "clear_conflict", by=by.actor, user=user_id, lifted=lifted)
    if lifted:
        _lift(case, user_id, parts, given)
    return lifted


def _conflicted_parts(case: Case, user_id: int) -> list[Involvement]:
    query = select(Involvement).where(
        Involvement.case_id == case.id, Involvement.user_id == user_id, Involvement.interest == CONFLICTED
    )
    return list(db.session.scalars(query))


def _may_be_lifted(case: Case, user_id: int, parts: list[Involvement], because: str) -> None:
    item = open_item_of(case)
    if not parts:
        raise Invalid({"because": _NO_CONFLICT})
    if asks_for_the_funding(case, user_id):
        raise Invalid({"because": "This person works on the request for the provider, so cannot decide it."})
    if item is not None and item.taken_at is not None:
        raise Invalid({"because": "The panel is considering this request. It can be cleared when the item is over."})
    if is_stop_open(case, user_id):
        raise Invalid({"because": "This was found in the middle of the papers. It can be cleared when the item is over."})
    if not because.strip():
        raise Invalid({"because": "Say why there is no conflict of interest after all."})


def given_since(case_id: int, user_id: int, since: object) -> list[Clearing]:
    """Who has said so of the conflict that stands now."""
    query = select(Clearing).where(
        Clearing.case_id == case_id, Clearing.user_id == user_id, Clearing.lifted_at.is_(None), Clearing.at >= since
    )
    return list(db.session.scalars(query.order_by(Clearing.id)))


def _is_enough(case: Case, user_id: int, given: list[Clearing]) -> bool:
    if not ever_chaired(case.id, user_id):
        return True
    managers = [one for one in given if _is_manager(case, one.by_id)]
    return bool(managers) and len({one.by_id for one in given}) > 1


def _is_manager(case: Case, user_id: int) -> bool:
    return Role.IFR_MANAGER in case.capacities(person(user_id))


def _lift(case: Case, user_id: int, parts: list[Involvement], given: list[Clearing]) -> None:
    now = clock.now()
    for one in given:
        one.lifted_at = now
    reasons = "\n\n".join(f"Cleared: {one.because}" for one in given)
    at_a_meeting = given[-1].meeting_id is not None
    for part in parts:
        chaired = part.capacity == Role.PANEL_CHAIR.value and at_a_meeting
        part.interest = HANDED_OVER if chaired else CLEAR
        part.declared_at = now
        part.interest_note = f"{part.interest_note}\n\n{reasons}".strip()
    db.session.flush()
    live = [part for part in parts if part.until_at is None and part.capacity in SITTING]
    if any(part.interest == HANDED_OVER for part in live):
        involve(case, user_id, Role.PANEL_MEMBER, interest=CLEAR)
