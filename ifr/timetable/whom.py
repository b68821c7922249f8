"""Whom a plan means when it names a role: the people of this very request, and where it has none those of the office.

Nobody hears of a request that he or she may not see: conflicted means not there at all.
"""

from collections.abc import Iterable

from sqlalchemy import select

from ifr.access import Role
from ifr.cases.models import Case, Involvement
from ifr.cases.services import OFFICE, PROVIDER_SIDE, SITTING
from ifr.db import db
from ifr.people.models import User
from ifr.people.services import person, users_with


def whom(case: Case, roles: Iterable[Role], *, besides: int | None = None) -> list[User]:
    """Everybody whom these roles mean for a request, once each, besides somebody who cannot do what is asked. Where a role of
    the office has nobody who may see it, its managers are meant, so that nothing is told to no one."""
    found: dict[int, User] = {}
    for role in roles:
        meant = _meant(case, role, besides)
        if not meant and role in OFFICE:
            meant = _seeing(case, users_with(Role.IFR_MANAGER, case.commissioner_id))
        found.update({one.id: one for one in meant})
    return sorted(found.values(), key=lambda one: one.id)


def _meant(case: Case, role: Role, besides: int | None) -> list[User]:
    if role is Role.CLINICIAN:
        return _with_part(case, Role.CLINICIAN, Role.PROVIDER_DELEGATE)
    if role in PROVIDER_SIDE or role in SITTING:
        return _with_part(case, role)
    holders = [one for one in _seeing(case, users_with(role, case.commissioner_id)) if one.id != besides]
    if role is Role.COORDINATOR:
        return [one for one in _allocated(case) if one.roles_in(case.commissioner_id) & OFFICE] or holders
    parts = {one.id for one in _with_part(case, role)}
    return [one for one in holders if one.id in parts] or holders


def _allocated(case: Case) -> list[User]:
    if case.allocated_to_id is None:
        return []
    return _seeing(case, [one] if (one := person(case.allocated_to_id)).is_active else [])


def _with_part(case: Case, *roles: Role) -> list[User]:
    query = select(Involvement.user_id).where(
        Involvement.case_id == case.id, Involvement.capacity.in_([one.value for one in roles]), Involvement.until_at.is_(None)
    )
    found = [person(one) for one in sorted(set(db.session.scalars(query)))]
    return _seeing(case, [one for one in found if one.is_active])


def _seeing(case: Case, people: Iterable[User]) -> list[User]:
    return [one for one in people if case.visible_to(one)]
