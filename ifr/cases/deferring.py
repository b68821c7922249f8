"""What a panel lacks when it puts a request off: what is missing, from whom and by when, and how often that happened."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ifr import audit, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import Model, db
from ifr.pages import day
from ifr.workflow import MoveRecord, Reason, Refused, guard, upon

WRITERS = frozenset({Role.PANEL_SECRETARY, Role.PANEL_CHAIR})
MOST_GAPS = 20
_PAGE = "decisions.deferral"


class Deferral(Model):
    """One time that a panel put a request off. It is prepared first; the step makes it count."""

    __tablename__ = "deferrals"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        Index(
            "ix_deferrals_to_tell", "id", sqlite_where=text("to_tell AND told_at IS NULL"),
            postgresql_where=text("to_tell AND told_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    made_at: Mapped[datetime | None]
    # Oftener than the commissioner allows before its manager is told.
    to_tell: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime | None]


class DeferralGap(Model):
    """One thing that is missing."""

    __tablename__ = "deferral_gaps"
    __table_args__ = (UniqueConstraint("deferral_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deferral_id: Mapped[int] = mapped_column(ForeignKey("deferrals.id"))
    number: Mapped[int]
    what: Mapped[str]
    from_whom: Mapped[str] = mapped_column(default="")
    by_on: Mapped[date | None]

    @property
    def is_complete(self) -> bool:
        return bool(self.what.strip() and self.from_whom.strip() and self.by_on)

    @property
    def words(self) -> str:
        """The gap in a sentence, as the letter has it."""
        parts = [self.what.strip().rstrip(".")]
        if self.from_whom.strip():
            parts.append(f"from {self.from_whom.strip().rstrip('.')}")
        if self.by_on is not None:
            parts.append(f"by {day(self.by_on)}")
        return ", ".join(parts) + "."


@dataclass(frozen=True)
class GapTyped:
    what: str
    from_whom: str
    by_on: date | None


# --- reading ----------------------------------------------------------------------------------------------------------------


def deferrals_of(case: Case) -> list[Deferral]:
    """Every time that a panel put a request off, the first one first; one that is being prepared is not among them."""
    query = select(Deferral).where(Deferral.case_id == case.id, Deferral.made_at.is_not(None)).order_by(Deferral.number)
    return list(db.session.scalars(query))


def in_preparation(case: Case) -> Deferral | None:
    return db.session.scalars(select(Deferral).where(Deferral.case_id == case.id, Deferral.made_at.is_(None))).first()


def gaps_of(deferral: Deferral | None) -> list[DeferralGap]:
    if deferral is None:
        return []
    query = select(DeferralGap).where(DeferralGap.deferral_id == deferral.id).order_by(DeferralGap.number)
    return list(db.session.scalars(query))


def missing_in_words(case: Case) -> list[str]:
    """What was missing when the request was put off last, a sentence for each: what the letter on it states."""
    made = deferrals_of(case)
    return [gap.words for gap in gaps_of(made[-1] if made else None)]


def most_of(case: Case) -> int | None:
    """How often a request may be put off here before the manager is told; None where the profile does not say."""
    rule = case.profile.panel.deferrals
    return rule.most if rule else None


# --- writing ----------------------------------------------------------------------------------------------------------------


def may_prepare(case: Case, by: Any) -> bool:
    return bool(case.capacities(by) & WRITERS) and workflow.definition_of(case).find("defer", case.state) is not None


def save_gaps(case: Case, gaps: list[GapTyped], *, seen: int | None, by: Any) -> Deferral:
    """Keep what is missing. It puts nothing off: the step does."""
    workflow.hold(case, seen)
    if not may_prepare(case, by):
        raise Refused([Reason("The request cannot be put off now.", "cases.page")])
    row = in_preparation(case)
    if row is None:
        row = Deferral(case_id=case.id, number=len(deferrals_of(case)) + 1)
        db.session.add(row)
        db.session.flush()
    for left in gaps_of(row):
        db.session.delete(left)
    db.session.flush()
    for number, one in enumerate(gaps[:MOST_GAPS], start=1):
        db.session.add(
            DeferralGap(deferral_id=row.id, number=number, what=one.what, from_whom=one.from_whom, by_on=one.by_on)
        )
    db.session.flush()
    audit.record(case.stream, "save_what_is_missing", by=by.actor, deferral=row.id, gaps=len(gaps))
    return row


@guard("what_is_missing_named")
def what_is_missing_named(case: Case, by: Any) -> list[Reason]:
    """A request is put off for something: each thing has somebody from whom it comes and a day."""
    gaps = gaps_of(in_preparation(case))
    if not gaps:
        return [Reason("Say what is missing, from whom and by when.", _PAGE, "gap_1_what")]
    return [
        Reason(f"Say from whom number {one.number} of what is missing comes, and by when.", _PAGE, f"gap_{one.number}_what")
        for one in gaps
        if not one.is_complete
    ]


@upon("ifr", "list")
def forget_preparation(case: Case, by: Any, made: MoveRecord) -> None:
    """What was prepared for an earlier meeting and never came to a deferral says nothing of the next one."""
    row = in_preparation(case)
    if row is None:
        return
    for gap in gaps_of(row):
        db.session.delete(gap)
    db.session.flush()
    db.session.delete(row)
    db.session.flush()


@upon("ifr", "defer")
def count_deferral(case: Case, by: Any, made: MoveRecord) -> None:
    """The number of times goes on record; once it is more than the commissioner allows, its manager is told."""
    row = in_preparation(case)
    if row is None:
        # A definition from before this was asked.
        row = Deferral(case_id=case.id, number=len(deferrals_of(case)) + 1)
        db.session.add(row)
    most = most_of(case)
    row.made_at, row.to_tell = made.at, most is not None and row.number > most
    db.session.flush()
