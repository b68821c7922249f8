"""Who writes in a request: its clinician, whoever types for the clinician, and colleagues of the same provider."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.drafts.services import must_be_open
from ifr.cases.models import Case, Involvement
from ifr.cases.services import PROVIDER_SIDE, involve
from ifr.db import db
from ifr.people import services as people
from ifr.people.models import User
from ifr.workflow import Invalid

PARTS = {
    Role.CLINICIAN: "Asks for the treatment, declares and sends",
    Role.PROVIDER_DELEGATE: "Types for the clinician",
    Role.PROVIDER_APPROVER: "Approves for the provider",
}


@dataclass(frozen=True)
class Colleague:
    """Somebody with a part in a request on the provider's side."""

    part_id: int
    name: str
    part: str
    may_leave: bool


def colleagues_on(case: Case) -> list[Colleague]:
    """Who has a part now; the clinician who asks stays."""
    rows = _parts(case)
    names = people.people_named(row.user_id for row in rows)
    return [
        Colleague(row.id, names[row.user_id], PARTS[Role(row.capacity)], row.capacity != Role.CLINICIAN.value) for row in rows
    ]


def _parts(case: Case) -> list[Involvement]:
    query = select(Involvement).where(
        Involvement.case_id == case.id,
        Involvement.until_at.is_(None),
        Involvement.capacity.in_([role.value for role in PROVIDER_SIDE]),
    )
    return list(db.session.scalars(query.order_by(Involvement.id)))


def who_can_join(case: Case) -> list[User]:
    """Colleagues of the same provider who write requests or approve them, and have no part in this one yet."""
    there = {row.user_id for row in _parts(case)}
    found: dict[int, User] = {}
    for role in (Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.PROVIDER_APPROVER):
        found |= {one.id: one for one in people.users_with(role, case.provider_id) if one.id not in there}
    return sorted(found.values(), key=lambda one: one.name)


def invite(case: Case, user_id: int, *, by: Any) -> None:
    """Let a colleague of the same provider write in a request. An approver reads and approves; nobody but its clinician
    declares.

    Raises Refused once the request is sent, Invalid for somebody who does not work there.
    """
    must_be_open(case, by)
    chosen = next((one for one in who_can_join(case) if one.id == user_id), None)
    if chosen is None:
        raise Invalid({"user_id": "Choose a colleague who works at your organisation and is not on the list yet."})
    workflow.hold(case)
    writes = chosen.roles_in(case.provider_id) & {Role.CLINICIAN, Role.PROVIDER_DELEGATE}
    part = Role.PROVIDER_DELEGATE if writes else Role.PROVIDER_APPROVER
    involve(case, chosen.id, part)
    audit.record(case.stream, "invite_colleague", by=by.actor, user=chosen.id, part=part.value)


def end_part(case: Case, part_id: int, *, by: Any) -> None:
    """Take a colleague off a request. What he or she typed stays. Raises NotVisible for a part of another request."""
    must_be_open(case, by)
    row = next((one for one in _parts(case) if one.id == part_id and one.capacity != Role.CLINICIAN.value), None)
    if row is None:
        raise workflow.NotVisible(str(part_id))
    workflow.hold(case)
    row.until_at = clock.now()
    db.session.flush()
    audit.record(case.stream, "end_part", by=by.actor, user=row.user_id)
