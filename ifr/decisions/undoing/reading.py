"""What the pages of changed decisions show."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ifr import documents, workflow
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import Case
from ifr.decisions import services as decisions
from ifr.decisions.undoing import services
from ifr.decisions.undoing.models import BODIES, KINDS, ORDERED, SET_ASIDE, SLIP_FIELDS, DecisionChange
from ifr.pages import day
from ifr.people.services import people_named
from ifr.workflow import Offer


@dataclass(frozen=True)
class Shown:
    """One change in words; `offer` is the step that makes it, for who may make it."""

    id: int
    heading: str
    because: str
    prepared: str
    prepared_at: datetime
    made: str
    made_at: datetime | None
    left_at: datetime | None
    before: str
    after: str
    field: str
    ordered: str
    body: str
    ordered_on: date | None
    other_people: bool
    document: documents.Document | None
    offer: Offer | None
    may_take_back: bool

    @property
    def is_open(self) -> bool:
        return self.made_at is None and self.left_at is None


@dataclass(frozen=True)
class ChangesPage:
    prepared: list[Shown]
    past: list[Shown]
    may_prepare: list[str]


def changes_page(case: Case, by: Any) -> ChangesPage:
    """What is prepared, what was changed before, and what this person may prepare."""
    rows = services.changes_of(case)
    names = people_named(one for row in rows for one in (row.prepared_by_id, row.made_by_id))
    offers = {one.trigger: one for one in workflow.moves_open_to(case, by)}
    files = {one.id: one for one in documents.of(case.stream, services.DOCUMENT)}
    shown = [_shown(row, names, offers, files, case.capacities(by)) for row in rows]
    waiting = {row.kind for row in rows if row.is_open}
    return ChangesPage(
        prepared=[one for one in shown if one.is_open],
        past=[one for one in reversed(shown) if not one.is_open],
        may_prepare=[kind for kind in services.may_prepare(case, by) if kind not in waiting],
    )


def _shown(row: DecisionChange, names: dict[int, str], offers: dict[str, Offer], files: Any, held: Any) -> Shown:
    return Shown(
        id=row.id,
        heading=KINDS[row.kind],
        because=row.because,
        prepared=names.get(row.prepared_by_id, ""),
        prepared_at=row.prepared_at,
        made=names.get(row.made_by_id or 0, ""),
        made_at=row.made_at,
        left_at=row.left_at,
        before=row.before,
        after=row.after,
        field=SLIP_FIELDS.get(row.field or "", ""),
        ordered=ORDERED.get(row.leads_to or "", ""),
        body=BODIES.get(row.body or "", ""),
        ordered_on=row.ordered_on,
        other_people=row.other_people,
        document=files.get(row.document_id),
        offer=offers.get(services.trigger_of(row)) if row.is_open else None,
        may_take_back=row.is_open and bool(held & services.PREPARERS[row.kind]),
    )


def words_of_record(case: Case) -> list[tuple[str, str]]:
    """The words of the decision that stands, as they may have a slip."""
    record = decisions.present_record(case)
    if record is None or record.confirmed_at is None:
        return []
    return [(label, str(getattr(record, name) or "")) for name, label in SLIP_FIELDS.items() if getattr(record, name)]


@notes_on_case
def decision_withdrawn(case: Case, by: Any) -> list[Note]:
    """A decision that was set aside is shown as withdrawn until another is confirmed."""
    change, latest = services.last_made(case, SET_ASIDE), decisions.last_confirmed(case)
    if change is None or change.made_at is None or latest is None or latest.id != change.decision_id:
        return []
    said = f"It was set aside on {day(change.made_at)} and is to be taken again. {change.because}"
    return [Note("The decision is withdrawn", (said,), "undoing.changes", "What was changed, and by whom", warns=True)]
