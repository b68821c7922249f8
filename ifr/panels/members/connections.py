"""What a member's registers have in common with one request, said before anything of it is shown.

It is a question to the member and to the secretary, and decides nothing: whoever is asked says whether there is an interest.
"""

import re
from dataclasses import dataclass

from sqlalchemy import select

from ifr import clock
from ifr.cases import identity
from ifr.cases.asking import asking_clinician
from ifr.cases.models import Case
from ifr.cases.patients.practices import plain_name
from ifr.cases.services import clinician_id_of
from ifr.db import db
from ifr.panels.members.models import RegisteredInterest
from ifr.people.models import Organisation, User
from ifr.people.services import JOB, person

ASK = "Possible connection: ask the secretary."
_TITLES = re.compile(r"\b(dr|mr|mrs|ms|miss|mx|prof|professor|sir|dame|doctor)\b")


@dataclass(frozen=True)
class _Connection:
    """One thing that both have in common: as the member reads it, and as the office does."""

    to_member: str
    to_office: str


def connections(case: Case, user: User) -> list[str]:
    """What a member's register and account have in common with a request, in sentences fit to be read before anything is
    declared: they name the provider and the clinician, which that page shows anyway, and nothing of the patient."""
    return list(dict.fromkeys(one.to_member for one in _found(case, user)))


def connections_for_office(case: Case, user: User) -> list[str]:
    """The same for the secretary, who puts it to the member. The patient's practice is not named."""
    return list(dict.fromkeys(one.to_office for one in _found(case, user)))


def _found(case: Case, user: User) -> list[_Connection]:
    rows = _standing_rows(user.id)
    provider = db.session.get_one(Organisation, case.provider_id)
    clinician_id = clinician_id_of(case)
    clinician = person(clinician_id) if clinician_id is not None and clinician_id != user.id else None
    return [
        *_with_provider(rows, provider, person(user.id)),
        *_with_department(rows, provider, case, person(user.id), clinician),
        *_with_practice(rows, case),
        *_with_clinician(rows, case, clinician),
    ]


def _standing_rows(user_id: int) -> list[RegisteredInterest]:
    """The lines that somebody has not ended. One whose time is over still shows where he or she was."""
    query = select(RegisteredInterest).where(RegisteredInterest.user_id == user_id, RegisteredInterest.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(RegisteredInterest.id)))


def _names(row: RegisteredInterest, provider: Organisation) -> bool:
    """Whether a line means the provider: chosen from the register, or written in its own name."""
    if row.organisation_id is not None:
        return row.organisation_id == provider.id
    name = plain_name(provider.name)
    return bool(name) and f" {name} " in f" {plain_name(row.words)} "


def _with_provider(rows: list[RegisteredInterest], provider: Organisation, user: User) -> list[_Connection]:
    found = []
    if provider.id in {held.organisation_id for held in user.memberships_in_force}:
        found.append(_Connection(
            f"You hold a role at {provider.name}, which made this request.",
            f"Holds a role at {provider.name}, which made this request.",
        ))
    for row in rows:
        if not _names(row, provider):
            continue
        was = row.until_on is not None and row.until_on < clock.today()
        found.append(_Connection(
            f"Your register {'named until lately' if was else 'names'} {provider.name}, which made this request.",
            f"The register {'named until lately' if was else 'names'} {provider.name}, which made this request.",
        ))
    return found


def _with_department(
    rows: list[RegisteredInterest], provider: Organisation, case: Case, user: User, clinician: User | None
) -> list[_Connection]:
    """The specialty of the request or of whoever made it, at that provider."""
    theirs = {plain_name(one) for one in (case.specialty, clinician.specialty if clinician else "") if plain_name(one)}
    own = [row.department for row in rows if _names(row, provider)]
    if provider.id in {held.organisation_id for held in user.memberships_in_force}:
        own.append(user.specialty)
    if not theirs & {plain_name(one) for one in own}:
        return []
    words = f"the department at {provider.name} that made this request."
    return [_Connection(f"Your register names {words}", f"The register names {words}")]


def _with_practice(rows: list[RegisteredInterest], case: Case) -> list[_Connection]:
    code = identity.practice_code_of(case) if any(row.practice_code for row in rows) else ""
    if not code or code not in {row.practice_code for row in rows}:
        return []
    return [_Connection(ASK, "Possible connection through a GP practice: ask whoever may see who the patient is.")]


def _with_clinician(rows: list[RegisteredInterest], case: Case, clinician: User | None) -> list[_Connection]:
    named = {_plain_person(row.person) for row in rows if _plain_person(row.person)}
    if not named:
        return []
    if clinician is not None:
        if _plain_person(clinician.name) not in named:
            return []
        return [_Connection(
            f"Your register names {clinician.name}, who made this request.",
            f"The register names {clinician.name}, who made this request.",
        )]
    # A clinician without an account is not named on the page on which an interest is declared.
    asking = asking_clinician(case, by=JOB, why="connections") if clinician_id_of(case) is None else None
    if asking is None or _plain_person(asking.name) not in named:
        return []
    return [_Connection(ASK, "The register names the clinician who made this request.")]


def _plain_person(name: str) -> str:
    return " ".join(_TITLES.sub(" ", plain_name(name)).split())
