"""The letters of a case before they leave: read, let go, stopped, put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from ifr import audit, clock, letters, mail, workflow
from ifr.access import Permission
from ifr.cases import identity, services
from ifr.cases.beside import held_back_because
from ifr.cases.models import Case
from ifr.cases.recipients import nobody_because
from ifr.letters import AWAITING, HELD, ISSUED, RELEASED, STOPPED, Letter
from ifr.people import services as people
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible, Reason

_LONGEST_NOTE = 500


@dataclass(frozen=True)
class Batch:
    """The letters of one step, which leave together: the patient's some days later where the profile says so."""

    number: int
    rows: list[Letter]
    released_by: str
    # Letters to somebody beside clinician and patient that would find nobody, and why, by the letter.
    nobody: dict[int, str]
    # Whether the commissioner gives the clinician some days to speak with the patient.
    clinician_first: bool

    @property
    def state(self) -> str:
        """How those stand that have not left; of letters that all have, how these ended."""
        found = {row.state for row in self.rows}
        return next(one for one in (AWAITING, RELEASED, HELD, ISSUED, STOPPED) if one in found)

    @property
    def queued_at(self) -> datetime:
        return self.rows[0].queued_at

    @property
    def on_the_way(self) -> list[Letter]:
        """Those that somebody has released and that have not left."""
        return [row for row in self.rows if row.state == RELEASED]

    @property
    def leaves_at(self) -> datetime | None:
        """When the first of them may leave; None while a second person has something to do."""
        moments = [row.leaves_at for row in self.on_the_way]
        known = [one for one in moments if one is not None]
        return min(known) if known and len(known) == len(moments) else None

    @property
    def held_up_because(self) -> str | None:
        return next((row.held_up_because for row in self.rows if row.held_up_because and row.state == AWAITING), None)

    @property
    def put_off(self) -> Letter | None:
        """The patient's letter that waits for the days after the clinician's."""
        now = clock.now()
        return next((row for row in self.on_the_way if row.not_before_at and row.not_before_at > now), None)

    @property
    def patient_can_be_told(self) -> bool:
        """Whether it makes a difference that the clinician has told the patient."""
        return self.clinician_first and any(
            row.to == "patient" and row.ending and row.state in (AWAITING, RELEASED) and row.patient_told_at is None
            for row in self.rows
        )

    @property
    def waits_for_second(self) -> bool:
        return any(row.cleared_at is None for row in self.on_the_way)

    @property
    def awaits(self) -> bool:
        return self.state == AWAITING

    @property
    def to_release(self) -> int:
        return sum(row.state == AWAITING for row in self.rows)

    @property
    def may_stop(self) -> bool:
        return self.state in (AWAITING, RELEASED, HELD)

    @property
    def issued(self) -> bool:
        return self.state == ISSUED

    @property
    def held(self) -> bool:
        return self.state == HELD

    @property
    def stopped(self) -> bool:
        return self.state == STOPPED


def batches(case: Case) -> list[Batch]:
    """Every batch of a case and of what stands beside it: what waits for somebody first, then the newest."""
    grouped: dict[int, list[Letter]] = {}
    for row in letters.of_case(case):
        grouped.setdefault(row.batch, []).insert(0, row)
    names = people.people_named(row.released_by_id for rows in grouped.values() for row in rows)
    found, first = [], case.profile.posting.patient_after is not None
    for number, rows in grouped.items():
        released_by = next((row.released_by_id for row in rows if row.released_by_id), 0)
        found.append(Batch(number, rows, names.get(released_by or 0, ""), _without_address(rows), first))
    return sorted(found, key=lambda batch: (not batch.awaits, -batch.number))


def _without_address(rows: Sequence[Letter]) -> dict[int, str]:
    subject = letters.subject_of_stream(rows[0].stream)
    waiting = [row for row in rows if row.state == AWAITING]
    return {row.id: because for row in waiting if (because := nobody_because(subject, row))}


def mails_of(found: list[Batch]) -> dict[int, mail.Mail]:
    """The mails that say that these letters are ready, by the letter."""
    return mail.of_letters([row.id for batch in found for row in batch.rows])


def release(case: Case, batch: int, *, by: User, seen: int | None, leave_out: Sequence[int] = ()) -> list[Letter]:
    """Let the letters of one step go. They leave when the hold is over, and can be stopped until then. Letters to people
    beside clinician and patient may be left out; one that would find nobody has to be.

    Raises Refused where a letter has to be made by hand first, where it does not agree with the record any more, and for
    somebody who was the second person of one of them.
    """
    _hold(case, batch, by, seen)
    _refuse_held_back(case, batch, by)
    missing = _leave_out(batch, leave_out, by) + disagreements(batch) + _not_the_second(batch, by)
    if missing:
        raise workflow.Refused(missing)
    rows = letters.release(batch, by_id=by.id)
    audit.record(case.stream, "release_letters", by=by.actor, batch=batch, letters=len(rows))
    return rows


def _leave_out(batch: int, chosen: Sequence[int], by: Any) -> list[Reason]:
    """Stop those letters that were chosen, and say which others find nobody."""
    waiting = [row for row in letters.of_batch(batch) if row.state == AWAITING and row.to in letters.BESIDE]
    found = _without_address(waiting) if waiting else {}
    for row in waiting:
        if row.id in chosen:
            letters.leave_out(row, by_id=by.id, because=found.get(row.id, "Left out when the others were released."))
    return [
        Reason(f"{services.letter_title(row)}: {found[row.id]} Put it right, or leave this letter out.", "cases.letters")
        for row in waiting
        if row.id in found and row.id not in chosen
    ]


def disagreements(batch: int) -> list[Reason]:
    """Where the letters of a decision say what the record does not say any more: the request has moved on, or the decision
    reads otherwise."""
    corrects = "correction"
    rows = [row for row in letters.of_batch(batch) if row.state == AWAITING and (row.ending or corrects in row.facts)]
    if not rows:
        return []
    subject = letters.subject_of_stream(rows[0].stream)
    made = workflow.move_numbered(batch)
    # A decision that was corrected may have been acted on since; one that is being taken again is not told any more.
    going_on = [made.dest] if made else [subject.state]
    if all(corrects in row.facts for row in rows):
        going_on = [*workflow.definition_of(subject).groups.get("ended", []), "closed"]
    if subject.state not in going_on:
        words = f"The request has moved on since this letter was written: it is now “{workflow.label_of(subject)}”."
        return [Reason(f"{words} Stop the letter, or put the request right.", "cases.letters")]
    now = [row for row in rows if row.facts.get("decision") and row.to in letters.TOLD]
    return [
        Reason(f"{services.letter_title(row)}: the record of the decision has changed since the letter was written.")
        for row in now
        if letters.LETTERS[row.name](subject).get("decision") != row.facts["decision"]
    ]


def _not_the_second(batch: int, by: Any) -> list[Reason]:
    if any(by.id in row.had_second_persons for row in letters.of_batch(batch)):
        return [Reason("You were the second person for one of these letters: somebody else releases them.", "cases.letters")]
    return []


def _refuse_held_back(case: Case, batch: int, by: Any) -> None:
    """A letter that the patient needs in another form waits until somebody has made it."""
    for row in letters.of_batch(batch):
        if row.to == "patient" and row.state == AWAITING:
            because = held_back_because(case, identity.patient_of(case, by=by, why="letter"), row)
            if because:
                raise workflow.Refused([Reason(because, to="patients.letters_by_hand")])


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


def patient_told(case: Case, batch: int, *, how: str, by: User, seen: int | None) -> None:
    """Record that the clinician has told the patient: the patient's letter need not wait any longer. The office writes down
    a call; the clinician says it on his or her own page. Raises Invalid without words for how it is known."""
    if not how.strip() or len(how) > _LONGEST_NOTE:
        raise Invalid({f"how-{batch}": f"Say how this is known, in at most {_LONGEST_NOTE} characters."})
    if not services.may(by, case, Permission.LETTER_RELEASE) and services.clinician_id_of(case) != by.id:
        raise PermissionError("this is for another role")
    _hold_letters(case, batch, seen)
    for row in letters.of_batch(batch):
        if row.to == "patient" and row.state in (AWAITING, RELEASED) and row.patient_told_at is None:
            row.patient_told_at, row.patient_told_by_id, row.patient_told_how = clock.now(), by.id, how.strip()
            row.not_before_at = None
    audit.record(case.stream, "patient_told", by=by.actor, batch=batch)


def waits_for_clinician(case: Case) -> Letter | None:
    """The patient's letter that waits so that the clinician can speak with the patient first."""
    now = clock.now()
    rows = (row for row in letters.of(case.stream) if row.state == RELEASED and row.not_before_at)
    return next((row for row in rows if row.not_before_at and row.not_before_at > now), None)


def clinician_told(case: Case, *, by: User, seen: int | None) -> None:
    """The clinician says on the request's own page that the patient has been told. Raises Refused where no letter waits."""
    row = waits_for_clinician(case)
    if row is None:
        raise workflow.Refused([Reason("No letter to the patient waits for this.")])
    patient_told(case, row.batch, how="The clinician said so here.", by=by, seen=seen)


def _hold(case: Case, batch: int, by: Any, seen: int | None) -> None:
    if not services.may(by, case, Permission.LETTER_RELEASE):
        raise PermissionError("this is for another role")
    _hold_letters(case, batch, seen)


def _hold_letters(case: Case, batch: int, seen: int | None) -> None:
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
