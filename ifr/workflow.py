"""The one door. Whatever happens to a case happens in `move()`: who may, when, under which guards, with which deadline and
which letter stands in `workflows/`, and state, audit, deadlines and letters are written together or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column
from transitions import Machine

from ifr import audit, clock, deadlines, letters, profiles
from ifr.access import Role
from ifr.db import Model, db, lock, note
from ifr.profiles import NEW, Move, Profile, Workflow


class Actor(Protocol):
    """Whoever acts: a person, or a job that is none (its id is None)."""

    @property
    def id(self) -> int | None: ...
    @property
    def actor(self) -> str: ...


@dataclass(frozen=True)
class Clock:
    """The worker, as an actor of its own: it reminds, warns and proposes, and ends nothing."""

    id: None = None
    actor: str = "job:clock"
    roles: frozenset[Role] = frozenset({Role.SCHEDULER})


CLOCK = Clock()


class Subject(Protocol):
    """What moves: a case, a reconsideration, an appeal or a policy version."""

    id: Any
    version: Any
    workflow_id: Any
    due_on: Any

    @property
    def state(self) -> str: ...
    @property
    def stream(self) -> str: ...
    @property
    def case(self) -> Any: ...
    @property
    def profile(self) -> Profile | None: ...
    @property
    def received_at(self) -> Any: ...
    def capacities(self, user: Any) -> set[Role]: ...
    def visible_to(self, user: Any) -> bool: ...


class MoveRecord(Model):
    """One move that was made: the row behind the timeline. The reason may be sealed; the rest stands."""

    __tablename__ = "moves"
    __table_args__ = (Index("ix_moves_stream_seen", "stream", "seen"), Index("ix_moves_trigger", "trigger", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str]
    trigger: Mapped[str]
    source: Mapped[str]
    dest: Mapped[str]
    done: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int | None]
    seen: Mapped[int | None]
    version: Mapped[int]
    reason: Mapped[str | None]


@dataclass(frozen=True)
class Reason:
    """Why something cannot be done yet, in words for the person who asked, and the page on which it is put right."""

    text: str
    to: str | None = None
    anchor: str | None = None
    section: str | None = None


@dataclass(frozen=True)
class Offer:
    """A move that somebody's role lets him or her make from here, and what is still in its way."""

    trigger: str
    label: str
    needs_reason: bool
    reasons: list[Reason] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return not self.reasons


class Refused(Exception):
    """The move is not open to this person now."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__("; ".join(r.text for r in reasons))
        self.reasons = reasons


class NotYours(Refused):
    """The person may see the subject, but the move belongs to another role."""


class Stale(Exception):
    """The page from which somebody acts is older than what it shows."""

    def __init__(self, subject: Any, changes: list[MoveRecord]) -> None:
        super().__init__("the page is out of date")
        self.subject, self.changes = subject, changes


class NotVisible(LookupError):
    """There is no such thing for this person; whether it exists at all is not said."""


class Invalid(ValueError):
    """What was typed has a fault that only the service could see: field -> sentence."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


# --- the closed vocabularies that rooms register ----------------------------------------------------------------------

Check = Callable[[Any, Any], "None | Reason | list[Reason]"]
AnyCheck = TypeVar("AnyCheck", bound=Check)
Made = TypeVar("Made")
Effect = Callable[[Any, Any, MoveRecord], None]


@dataclass(frozen=True)
class Guard:
    check: Check
    gives_reasons: bool


GUARDS: dict[str, Guard] = {}
EFFECTS: dict[tuple[str, str], list[Effect]] = {}


def guard(name: str, *, gives_reasons: bool = False) -> Callable[[AnyCheck], AnyCheck]:
    """Register a condition under the name by which YAML asks for it. It answers None, or what is missing.

    `gives_reasons` says that the guard holds a refusal back until its written reasons are on record.
    """

    def register(check: AnyCheck) -> AnyCheck:
        GUARDS[name] = Guard(check, gives_reasons)
        return check

    return register


def upon(machine: str, *triggers: str) -> Callable[[Effect], Effect]:
    """Register what else a move writes into the room's own rows, after the state has changed and before the letters."""

    def register(effect: Effect) -> Effect:
        for trigger in triggers:
            EFFECTS.setdefault((machine, trigger), []).append(effect)
        return effect

    return register


# --- asking -----------------------------------------------------------------------------------------------------------


def definition_of(subject: Any) -> Workflow:
    """The machine that the subject was pinned to when it was made."""
    found: Workflow = profiles.by_id(subject.workflow_id)
    return found


def label_of(subject: Any, audience: str = "staff") -> str:
    """What the present state is called; the commissioner's own words where its profile has them."""
    workflow = definition_of(subject)
    if subject.state not in workflow.states:
        return "New"
    profile = subject.profile
    labels = (profile.labels.get(subject.state) if profile else None) or workflow.states[subject.state].label
    return str(getattr(labels, audience))


def roles_for(entry: Move, profile: Profile | None) -> set[Role]:
    """Who may make a move: the widest set of the machine, as far as the profile leaves it."""
    widest = set(entry.roles)
    narrowing = profile.narrows.get(entry.trigger) if profile else None
    return widest & set(narrowing.roles) if narrowing else widest


def why_not(subject: Any, trigger: str, by: Any) -> list[Reason]:
    """Everything that stands between this person and this move; empty when it is open.

    Stops at state and role: only who holds the role hears the guards, all of them. Raises NotVisible.
    """
    if not subject.visible_to(by):
        raise NotVisible(trigger)
    entry = definition_of(subject).find(trigger, subject.state)
    if entry is None:
        return [Reason(f"This cannot be done now: the status is “{label_of(subject)}”.")]
    if not subject.capacities(by) & roles_for(entry, subject.profile):
        return [_not_your_role(entry, subject.profile)]
    return _what_is_missing(subject, entry, by)


def _not_your_role(entry: Move, profile: Profile | None) -> Reason:
    roles = sorted(r.words for r in roles_for(entry, profile))
    return Reason(f"This is for another role: {' or '.join(roles)}.")


def _what_is_missing(subject: Any, entry: Move, by: Any) -> list[Reason]:
    missing: list[Reason] = []
    for name in entry.guards:
        said = GUARDS[name].check(subject, by)
        missing += said if isinstance(said, list) else [said] if said else []
    return missing


def moves_open_to(subject: Any, user: Any) -> list[Offer]:
    """What a page offers: each move that this person's role allows from here, with what is still missing."""
    held = subject.capacities(user)
    return [
        Offer(entry.trigger, entry.label, entry.reason, _what_is_missing(subject, entry, user))
        for entry in definition_of(subject).moves_from(subject.state)
        if held & roles_for(entry, subject.profile)
    ]


def history(*streams: str) -> list[MoveRecord]:
    """The moves of some streams, oldest first."""
    return list(db.session.scalars(select(MoveRecord).where(MoveRecord.stream.in_(streams)).order_by(MoveRecord.id)))


def last_move(stream: str, *triggers: str) -> MoveRecord | None:
    """The latest move of a stream, of one of these triggers where any are named."""
    query = select(MoveRecord).where(MoveRecord.stream == stream).order_by(MoveRecord.id.desc()).limit(1)
    if triggers:
        query = query.where(MoveRecord.trigger.in_(triggers))
    return db.session.scalars(query).first()


def move_numbered(number: int) -> MoveRecord | None:
    """The move of an id, which is also the number of the letters that it queued."""
    return db.session.get(MoveRecord, number)


# --- acting -----------------------------------------------------------------------------------------------------------


def hold(subject: Any, seen: int | None = None) -> None:
    """Lock a subject (its case first) for a service that writes what a guard reads, and raise its version by one.

    Raises Stale when `seen`, the version the page was made from, is not the present one. Who saw no page gives None.
    """
    _lock(subject)
    _take_up(subject, seen)


def hold_once(subject: Any, seen: int | None, made: Callable[[], Made | None]) -> Made | None:
    """Hold a subject for a form that writes a row once: the row that its first sending wrote, else None.

    The row is looked for under the lock: of a form that is sent twice in one moment the second sending finds what the
    first one wrote, and not that its page has grown old by it. Raises Stale as `hold` does.
    """
    _lock(subject)
    before = made()
    if before is None:
        _take_up(subject, seen)
    return before


def _take_up(subject: Any, seen: int | None) -> None:
    if seen is not None and subject.version != seen:
        raise Stale(subject, _since(subject, seen))
    subject.version += 1


def _lock(subject: Any) -> None:
    db.session.flush()
    if subject.case is not None and subject.case is not subject:
        lock(type(subject.case), subject.case.id)
    lock(type(subject), subject.id)


def _since(subject: Any, seen: int) -> list[MoveRecord]:
    return [one for one in history(subject.stream) if one.version > seen]


def move(subject: Any, trigger: str, *, by: Any, seen: int | None, reason: str | None = None) -> MoveRecord:
    """Make a move: state, audit, deadlines and letters in the transaction that is open.

    `seen` is the version from which the page was made (None for a job or command, which saw none). A move that the same
    person made from the same page answers with what the first one wrote.
    Raises NotVisible, Stale, Refused (noted in the audit whatever becomes of the request) and Invalid without a reason
    that the move asks for.
    """
    _lock(subject)
    if again := _made_before(subject, trigger, by, seen):
        return again
    if not subject.visible_to(by):
        raise NotVisible(trigger)
    if seen is not None and subject.version != seen and not _is_anothers(subject, trigger, by):
        raise Stale(subject, _since(subject, seen))
    missing = why_not(subject, trigger, by)
    if missing:
        _refuse(subject, trigger, by, missing)
    workflow = definition_of(subject)
    entry = workflow.find(trigger, subject.state)
    assert entry is not None  # why_not has found it
    if entry.reason and not (reason or "").strip():
        raise Invalid({"reason": "Give a reason: it goes on record with this step."})
    return _make(subject, workflow, entry, by=by, seen=seen, reason=reason)


def _refuse(subject: Any, trigger: str, by: Any, missing: list[Reason]) -> None:
    stream, state, actor = subject.stream, subject.state, by.actor
    note(lambda: audit.record(stream, "refused", by=actor, trigger=trigger, state=state, reasons=len(missing)))
    raise (NotYours if _is_anothers(subject, trigger, by) else Refused)(missing)


def _is_anothers(subject: Any, trigger: str, by: Any) -> bool:
    """Whether the move is there and belongs to another role, who alone hears more about it."""
    entry = definition_of(subject).find(trigger, subject.state)
    return entry is not None and not subject.capacities(by) & roles_for(entry, subject.profile)


def _made_before(subject: Any, trigger: str, by: Any, seen: int | None) -> MoveRecord | None:
    if seen is None or by.id is None:
        return None
    query = select(MoveRecord).where(
        MoveRecord.stream == subject.stream,
        MoveRecord.seen == seen,
        MoveRecord.trigger == trigger,
        MoveRecord.by_id == by.id,
    )
    return db.session.scalars(query).first()


def _make(
    subject: Any, workflow: Workflow, entry: Move, *, by: Any, seen: int | None, reason: str | None
) -> MoveRecord:
    source = subject.state
    _machine(workflow).events[entry.trigger].trigger(subject)
    subject.version += 1
    made = MoveRecord(
        stream=subject.stream,
        trigger=entry.trigger,
        source=source,
        dest=subject.state,
        done=entry.done,
        at=clock.now(),
        by_id=by.id,
        seen=seen,
        version=subject.version,
        reason=(reason or "").strip() or None,
    )
    db.session.add(made)
    db.session.flush()
    for effect in EFFECTS.get((workflow.name, entry.trigger), []):
        effect(subject, by, made)
    audit.record(
        subject.stream, entry.trigger, by=by.actor, source=source, dest=subject.state, move=made.id, version=subject.version
    )
    deadlines.follow(subject, workflow, entry.trigger, subject.state, because=entry.done, by_id=by.id)
    letters.queue(subject, entry.letters, workflow.letters, batch=made.id)
    return made


def occur(subject: Any, fact: str, *, by: Any, on: date | None = None) -> None:
    """Put a fact on record of which the machine says that it starts or ends a deadline; it moves nothing.

    `on` is the day on which it happened, where that is not today: deadlines count from it. Whoever calls holds the case
    and has asked who may say so. A subject that was pinned to a machine before there was this fact goes by the machine in
    force today: a letter before legal action has its day on an old request too.
    """
    workflow = definition_of(subject)
    if fact not in workflow.facts:
        workflow = profiles.by_id(profiles.latest("workflow", workflow.name).id)
    audit.record(subject.stream, fact, by=by.actor, state=subject.state)
    because = workflow.facts[fact]
    deadlines.follow(subject, workflow, fact, subject.state, because=because, by_id=by.id, happened_on=on)


_machines: dict[tuple[str, int], Machine] = {}


def _machine(workflow: Workflow) -> Machine:
    """The machine of a definition, built once: a published version never changes."""
    key = (workflow.name, workflow.version)
    if key not in _machines:
        _machines[key] = _build(workflow)
    return _machines[key]


def _build(workflow: Workflow) -> Machine:
    return Machine(
        model=None,
        states=[NEW, *workflow.states],
        initial=NEW,
        transitions=[
            {"trigger": entry.trigger, "source": source, "dest": workflow.destination(entry, source)}
            for entry in workflow.moves
            for source in workflow.sources(entry)
        ],
        auto_transitions=False,
        model_attribute="_state",
    )
