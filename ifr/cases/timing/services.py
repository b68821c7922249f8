"""More time for a date, a date explained in a letter, and who may look at the ledger of a request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines, letters, workflow
from ifr.access import Role
from ifr.cases import information
from ifr.cases.models import Case
from ifr.cases.services import OFFICE, PROVIDER_SIDE, capacities, visible_case
from ifr.cases.timing.ledger import date_of, dates_of
from ifr.cases.timing.models import DateToExplain
from ifr.cases.timing.words import FOR_CLINICIAN
from ifr.db import db
from ifr.deadlines import Deadline, Extension
from ifr.pages import day
from ifr.profiles import MoreTime, Unit
from ifr.workflow import Invalid, MoveRecord, NotVisible, NotYours, Reason, Refused

LONGEST_REASON, LONGEST_NAME = 2_000, 200


def case_with_dates(key: str, user: Any) -> tuple[Case, bool]:
    """A case whose dates this person may read, and whether as the office. Raises NotVisible for everybody else: whoever
    sits on a case decides it without looking at the clock."""
    case = visible_case(key, user)
    held = capacities(user, case)
    if held & OFFICE:
        return case, True
    if held & PROVIDER_SIDE and case.received_at is not None:
        return case, False
    raise NotVisible(key)


# --- more time ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Room:
    """How much more time a date can be given, or why it cannot."""

    rule: MoreTime | None
    given: int
    refusals: list[Reason]

    @property
    def open(self) -> bool:
        return self.rule is not None and not self.refusals


def room_for(case: Case, one: Deadline, by: Any) -> Room:
    """Whether somebody may give a date more time, and how much at most: as the profile says to which the case is pinned."""
    rule = case.profile.extensions.get(one.name)
    given = len(deadlines.extensions([one.id]).get(one.id, []))
    if rule is None:
        said = "The timetable of this commissioner gives no more time for this date."
        return Room(None, given, [Reason(said)])
    return Room(rule, given, [*_not_open(one), *_used_up(rule, given), *_for_others(rule, case, by)])


def _not_open(one: Deadline) -> list[Reason]:
    if one.met_at is not None:
        return [Reason(f"It was done on {day(one.met_at)}, so more time changes nothing.")]
    return [Reason("It no longer runs, so more time changes nothing.")] if one.cancelled_at is not None else []


def _used_up(rule: MoreTime, given: int) -> list[Reason]:
    if given < rule.most:
        return []
    often = {1: "once", 2: "twice"}.get(rule.most, f"{rule.most} times")
    return [Reason(f"More time may be given {often}, and that has been done. Source: {rule.source}.")]


def _for_others(rule: MoreTime, case: Case, by: Any) -> list[Reason]:
    if capacities(by, case) & set(rule.by):
        return []
    return [Reason(f"More time for this date is given by: {in_words(rule.by)}. Source: {rule.source}.")]


def in_words(roles: Iterable[Role]) -> str:
    return " or ".join(role.words for role in roles)


@dataclass(frozen=True)
class Moved:
    """The last day as it stands and as it would be; while the clock stands still, the earliest that each can become."""

    before: date
    after: date
    paused: bool


def preview(case: Case, one: Deadline, length: int, by: Any) -> Moved:
    """What an extension would do to a date. Raises as `extend` does and writes nothing."""
    return _moved(one, _must_be_open(room_for(case, one, by), case, one, by), length)


def _must_be_open(room: Room, case: Case, one: Deadline, by: Any) -> MoreTime:
    if room.rule is None or room.refusals:
        others = room.rule is not None and _for_others(room.rule, case, by)
        raise (NotYours if others else Refused)(room.refusals)
    return room.rule


def _moved(one: Deadline, rule: MoreTime, length: int) -> Moved:
    if not 1 <= length <= rule.longest.length:
        raise Invalid({"length": f"Enter a number from 1 to {rule.longest.length}. Source: {rule.longest.source}."})
    now = deadlines.explain(one)
    assert now.earliest_on is not None  # an open date has one
    # It is only counted with, so it is no row of the session.
    more = Extension(length=length, unit=rule.longest.unit.value, source=rule.source)
    stops = deadlines.stops_of(one, deadlines.pauses(one.stream))
    then = deadlines.counted(one, stops, [*now.extensions, more], as_of=clock.now())
    return Moved(now.earliest_on, then.due_on, now.is_paused)


def extend(
    case: Case, one: Deadline, *, length: int, reason: str, agreed_with: str, once: str, by: Any, seen: int | None
) -> Extension:
    """Give a date more time, counted from the day that it has now. The same form sent twice gives it once.

    `length` is in the unit of the profile's rule. Raises NotYours, Refused for a date that is met or has been extended as
    often as may be, Invalid for more than the profile allows or without a reason, Stale.
    """
    subject = letters.subject_of_stream(one.stream)
    sent_before = select(Extension).where(Extension.once == once)
    made = workflow.hold_once(subject, seen, lambda: db.session.scalars(sent_before).first())
    if made is not None:
        return made
    db.session.refresh(one)
    rule = _must_be_open(room_for(case, one, by), case, one, by)
    _check_words(reason, agreed_with)
    _moved(one, rule, length)
    row = Extension(
        once=once, deadline_id=one.id, length=length, unit=rule.longest.unit.value, source=rule.source,
        reason=reason.strip(), agreed_with=agreed_with.strip(), at=clock.now(), by_id=by.id,
    )  # fmt: skip
    db.session.add(row)
    deadlines.work_out(subject)
    if one.name == "information" and one.due_on is not None:
        information.reply_moved(case, one.due_on)
    audit.record(one.stream, "extend_deadline", by=by.actor, deadline=one.id, length=length, unit=row.unit)
    return row


def _check_words(reason: str, agreed_with: str) -> None:
    faults = {}
    for name, said, longest, missing in (
        ("reason", reason, LONGEST_REASON, "Say why more time is needed."),
        ("agreed_with", agreed_with, LONGEST_NAME, "Say with whom it was agreed."),
    ):
        if not said.strip():
            faults[name] = missing
        elif len(said) > longest:
            faults[name] = f"This must be {longest:,} characters or fewer."
    if faults:
        raise Invalid(faults)


def unit_words(rule: MoreTime) -> str:
    return Unit(rule.longest.unit).words


def version_for(one: Deadline) -> int:
    """The version of what the date belongs to: the request, or its appeal or reconsideration."""
    version: int = letters.subject_of_stream(one.stream).version
    return version


# --- a date explained in a letter ---------------------------------------------------------------------------------------


def may_be_explained(case: Case, one: Deadline) -> bool:
    """A date of the request itself that the clinician may know of."""
    return one.stream == case.stream and one.name in FOR_CLINICIAN


def explain_in_letter(case: Case, deadline_id: int, *, once: str, by: Any, seen: int | None) -> MoveRecord | None:
    """Send the clinician a letter that explains a date day by day. The same form sent twice sends one.

    Raises NotVisible for a date that is not this case's or not the clinician's to know, and what `workflow.move` raises.
    """
    one = date_of(case, deadline_id)
    if not may_be_explained(case, one):
        raise NotVisible(str(deadline_id))
    if db.session.scalars(select(DateToExplain.id).where(DateToExplain.once == once)).first() is not None:
        return None
    workflow.hold(case, seen)
    db.session.add(DateToExplain(once=once, case_id=case.id, deadline_id=one.id, by_id=by.id))
    db.session.flush()
    return workflow.move(case, "explain_deadline", by=by, seen=None)


def chosen_to_explain(case: Case) -> DateToExplain | None:
    """The date that was chosen last."""
    query = select(DateToExplain).where(DateToExplain.case_id == case.id).order_by(DateToExplain.id.desc())
    return db.session.scalars(query.limit(1)).first()


# --- the command ----------------------------------------------------------------------------------------------------------


def case_referred_to(reference: str) -> Case | None:
    """The case of a reference, for whoever runs the machine: no person reads it, and no name or free text is given out."""
    return db.session.scalars(select(Case).where(Case.reference == reference)).first()


def names_of(case: Case) -> list[str]:
    """The names of the dates of a case, each once, in the order in which they began."""
    return list(dict.fromkeys(one.name for one in dates_of(case, office=True)))
