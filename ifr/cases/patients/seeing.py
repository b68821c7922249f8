"""Who may write around a patient, and the request on whose pages that is done."""

from typing import Any

from ifr.access import Role
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.cases.services import PROVIDER_SIDE, cases_visible_to, in_office
from ifr.db import db
from ifr.workflow import NotVisible, NotYours, Reason

WRITES = frozenset({Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.COORDINATOR, Role.IFR_MANAGER})
OFFICE_WRITES = frozenset({Role.COORDINATOR, Role.IFR_MANAGER})


def case_of_patient(key: str, by: Any) -> Case:
    """A request whose patient this person may know. Raises NotVisible for any other."""
    case = case_beside(key, by)
    if not identity.may_know(case, by):
        raise NotVisible(key)
    return case


def case_beside(key: str, by: Any) -> Case:
    """A request of this person, of the provider's side or of the office; a draft's address goes on leading to it.

    Raises NotVisible for any other, and for those who sit on a case: they read its papers.
    """
    query = cases_visible_to(by).where((Case.reference == key) | (Case.uuid == key), Case._state != "discarded")
    case = db.session.scalars(query).first()
    if case is None or not (in_office(by, case) or case.capacities(by) & PROVIDER_SIDE):
        raise NotVisible(key)
    return case


def must_write(case: Case, by: Any, roles: frozenset[Role]) -> None:
    """Raises NotYours for somebody whose part in the case does not let him or her write here."""
    if by.id is not None and not case.capacities(by) & roles:
        raise NotYours([Reason("This is written by the clinician's side or by the office's coordinator or manager.")])


def may_write(case: Case, by: Any) -> bool:
    return bool(case.capacities(by) & WRITES)
