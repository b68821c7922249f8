"""The clinician who asks, where he or she has no account here: a name and an address, sealed, for letters by post."""

from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import audit
from ifr.cases import identity
from ifr.cases.identity import Sealed
from ifr.cases.models import Case
from ifr.db import Model, db, note


class AskingClinician(Model):
    """Who asks for a request that the office logged, by name. Once the clinician has an account, letters go there."""

    __tablename__ = "asking_clinicians"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), unique=True)
    name: Mapped[str] = mapped_column(Sealed)
    address: Mapped[str] = mapped_column(Sealed)


def name_clinician(case: Case, name: str, address: str) -> None:
    """Put on record who asks. The caller holds the case."""
    db.session.add(AskingClinician(case_id=case.id, name=name, address=address))
    db.session.flush()


def asking_clinician(case: Case, *, by: Any, why: str) -> AskingClinician | None:
    """Who asks, if somebody was named; the reading goes on record. Raises PermissionError for a person who may not know."""
    if by.id is not None and not identity.may_know(case, by):
        raise PermissionError("this person may not know who asks")
    row = db.session.scalars(select(AskingClinician).where(AskingClinician.case_id == case.id)).first()
    if row is not None:
        stream, actor = case.stream, by.actor
        note(lambda: audit.record(stream, "read_identity", by=actor, why=why))
    return row
