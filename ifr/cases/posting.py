"""The letters of a case before they leave: read, let go, stopped, put back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from ifr import audit, clock, letters, mail, workflow
from ifr.access import Permission
from ifr.cases import identity, services
from ifr.cases.beside import held_back_because
from ifr.cases.models import Case
from ifr.letters import AWAITING, ISSUED, RELEASED, STOPPED, Letter
from ifr.people import services as people
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible


@dataclass(frozen=True)
class Batch:
    """The letters of one step, which leave together."""

    number: int
    rows: list[Letter]
    released_by: str

    @property
    def state(self) -> str:
        return self.rows[0].state

    @property
    def queued_at(self) -> datetime:
        return self.rows[0].queued_at

    @property
    def leaves_at(self) -> datetime | None:
        return self.rows[0].leaves_at

    @property
    def held_up_because(self) -> str | None:
        return next((row.held_up_because for row in self.rows if row.held_up_because), None)

    @property
    def awaits(self) -> bool:
        return self.state == AWAITING

    @property
    def may_stop(self) -> bool:
        return self.state in (AWAITING, RELEASED)

    @property
    def issued(self) -> bool:
        return self.state == ISSUED

    @property
    def stopped(self) -> bool:
        return self.state == STOPPED


def batches(case: Case) -> list[Batch]:
    """Every batch of a case and of what stands beside it: what waits for somebody first, then the newest."""
    grouped: dict[int, list[Letter]] = {}
    for row in letters.of_case(case):
        grouped.setdefault(row.batch, []).insert(0, row)
    names = people.people_named(row.released_by_id for rows in grouped.values() for row in rows)
    found = [Batch(number, rows, names.get(rows[0].released_by_id or 0, "")) for number, rows in grouped.items()]
    return sorted(found, key=lambda batch: (not batch.awaits, -batch.number))


def mails_of(found: list[Batch]) -> dict[int, mail.Mail]:
    """The mails that say that these letters are ready, by the letter."""
    return mail.of_letters([row.id for batch in found for row in batch.rows])


def release(case: Case, batch: int, *, by: User, seen: int | None) -> list[Letter]:
    """Let the letters of one step go. They leave when the hold is over, and can be stopped until then."""
    _hold(case, batch, by, seen)
    _refuse_held_back(case, batch, by)
    rows = letters.release(batch, by_id=by.id)
    audit.record(case.stream, "release_letters", by=by.actor, batch=batch, letters=len(rows))
    return rows


def _refuse_held_back(case: Case, batch: int, by: Any) -> None:
    """A letter that the patient needs in another form waits until somebody has made it."""
    for row in letters.of_batch(batch):
        if row.to == "patient" and row.state == AWAITING:
            because = held_back_because(case, identity.patient_of(case, by=by, why="letter"), row)
            if because:
                raise workflow.Refused([workflow.Reason(because, to="patients.letters_by_hand")])


def stop(case: Case, batch: int, *, because: str, by: User, seen: int | None) -> list[Letter]:
    """Stop the letters of one step that have not left yet."""
    if not because.strip():
        raise Invalid({f"because-{batch}": "Say why the letters are stopped."})
    _hold(case, batch, by, seen)
    rows = letters.stop(batch, by_id=by.id, because=because.strip())
    audit.record(case.stream, "stop_letters", by=by.actor, batch=batch, letters=len(rows))
    return rows


def put_back(case: Case, batch: int, *, by: User, seen: int | None) -> list[Letter]:
    """Let stopped letters wait for their release again."""
    _hold(case, batch, by, seen)
    rows = letters.put_back(batch)
    audit.record(case.stream, "put_back_letters", by=by.actor, batch=batch, letters=len(rows))
    return rows


def _hold(case: Case, batch: int, by: Any, seen: int | None) -> None:
    if not services.may(by, case, Permission.LETTER_RELEASE):
        raise PermissionError("this is for another role")
    if not any(row.batch == batch for row in letters.of_case(case)):
        raise NotVisible(str(batch))
    workflow.hold(case, seen)
    for row in letters.of_batch(batch):
        letters.hold(row)


def preview(case: Case, letter_id: int) -> tuple[Letter, str, Markup]:
    """A letter to be read before it leaves: its heading and what it says, dated as if it were issued today."""
    row = next((one for one in letters.of_case(case) if one.id == letter_id), None)
    if row is None:
        raise NotVisible(str(letter_id))
    return row, *letters.body_as_html(row, profile=case.profile, issued_on=clock.today())
