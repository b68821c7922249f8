"""Another clinician takes a request on: one of the same provider, or of another, to which the request then belongs."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import clock, workflow
from ifr.access import Role
from ifr.cases.models import Case, Involvement
from ifr.cases.parties.models import ClinicianChange
from ifr.cases.patients.seeing import OFFICE_WRITES, must_write
from ifr.cases.recipients import provider_of
from ifr.cases.services import clinician_id_of, in_office, involve, visible_case
from ifr.db import db
from ifr.people import services as people
from ifr.people.models import PROVIDER, Organisation, User
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, guard, upon

SAME, OTHER = "change_clinician", "change_provider"
TYPED = "parties.clinician"


@dataclass(frozen=True)
class ClinicianPage:
    case: Case
    clinician: str
    provider: str
    changes: list[tuple[ClinicianChange, str, str]]
    may_write: bool


def clinician_page(key: str, by: User) -> ClinicianPage:
    """Who asks, where, and who did before. Raises NotVisible for those outside the office."""
    case = visible_case(key, by)
    if not in_office(by, case):
        raise NotVisible(key)
    query = select(ClinicianChange).where(ClinicianChange.case_id == case.id).order_by(ClinicianChange.id.desc())
    rows = list(db.session.scalars(query))
    now = clinician_id_of(case)
    names = people.people_named([now, *(one for row in rows for one in (row.before_id, row.after_id))])
    return ClinicianPage(
        case=case,
        clinician=names.get(now or 0, "Nobody with an account"),
        provider=provider_of(case).name,
        changes=[(row, names.get(row.before_id or 0, "Nobody with an account"), names.get(row.after_id, "")) for row in rows],
        may_write=bool(case.capacities(by) & OFFICE_WRITES),
    )


def change_clinician(case: Case, *, email: str, because: str, once: str, seen: int | None, by: User) -> ClinicianChange:
    """Give a request to the clinician of an account. Sent twice, it is one. Raises Invalid, NotYours, Refused."""
    must_write(case, by, OFFICE_WRITES)
    found = people.clinician_of_address(email)
    after = found if found is not None and found.organisations(PROVIDER) else None
    faults = {} if because.strip() else {"because": "Say why another clinician takes the request on."}
    if after is None:
        faults["email"] = "No clinician has an account with this address."
    elif after.id == clinician_id_of(case):
        faults["email"] = "This is the clinician of the request already."
    if faults or after is None:
        raise Invalid(faults)
    made = workflow.hold_once(
        case, seen, lambda: db.session.scalars(select(ClinicianChange).where(ClinicianChange.once == once)).first()
    )
    if made is not None:
        return made
    provider = _provider_for(case, after)
    row = ClinicianChange(
        once=once, case_id=case.id, before_id=clinician_id_of(case), after_id=after.id, provider_before_id=case.provider_id,
        provider_after_id=provider.id, by_id=by.id, at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    workflow.move(case, SAME if provider.id == case.provider_id else OTHER, by=by, seen=None, reason=because)
    return row


def _provider_for(case: Case, clinician: User) -> Organisation:
    """The provider for which a clinician asks: the request's own, where he or she works there too."""
    own = [one for one in clinician.organisations(PROVIDER) if Role.CLINICIAN in clinician.roles_in(one.id)]
    return next((one for one in own if one.id == case.provider_id), own[0])


def _written_down(case: Case) -> ClinicianChange | None:
    query = select(ClinicianChange).where(ClinicianChange.case_id == case.id, ClinicianChange.move_id.is_(None))
    return db.session.scalars(query.order_by(ClinicianChange.id.desc()).limit(1)).first()


@guard("new_clinician_of_this_provider")
def new_clinician_of_this_provider(case: Case, by: Any) -> Reason | None:
    row = _written_down(case)
    fits = row is not None and row.provider_after_id == case.provider_id
    return None if fits else Reason("Say which clinician of this provider takes the request on.", TYPED)


@guard("new_clinician_of_another_provider")
def new_clinician_of_another_provider(case: Case, by: Any) -> Reason | None:
    row = _written_down(case)
    fits = row is not None and row.provider_after_id != case.provider_id
    return None if fits else Reason("Say which clinician of another provider takes the request on.", TYPED)


@upon("ifr", SAME, OTHER)
def hand_over(case: Case, by: Any, made: MoveRecord) -> None:
    """Whoever asked until now sees the request no longer, nor do those who typed for that provider where it is another."""
    row = _written_down(case)
    assert row is not None  # the guard has seen it
    row.move_id = made.id
    gone = [Role.CLINICIAN] if made.trigger == SAME else [Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.PROVIDER_APPROVER]
    parts = select(Involvement).where(
        Involvement.case_id == case.id, Involvement.capacity.in_([one.value for one in gone]), Involvement.until_at.is_(None)
    )
    for part in db.session.scalars(parts):
        part.until_at = made.at
    case.provider_id = row.provider_after_id
    db.session.flush()
    involve(case, row.after_id, Role.CLINICIAN)
