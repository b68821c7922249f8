"""Who sees which case, who has which part in it, and the facts that every later room asks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, text, true
from sqlalchemy.orm import aliased

from ifr import access, audit, clock, deadlines, letters, profiles, workflow
from ifr.access import Permission, Role
from ifr.cases.models import CLEAR, CONFLICTED, UNDECLARED, Answer, Case, Factor, Finding, Involvement, ReferenceCounter
from ifr.db import db
from ifr.letters import Letter
from ifr.pages import day
from ifr.people import services as people
from ifr.people.models import User
from ifr.workflow import MoveRecord, upon

# Those who sit on a case see it only after they have said that they have no interest in it.
SITTING = frozenset({Role.PANEL_MEMBER, Role.PANEL_CHAIR, Role.GUEST_MEMBER, Role.REVIEW_PANEL_MEMBER})
PROVIDER_SIDE = frozenset({Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.PROVIDER_APPROVER})
# A part held in the commissioner's office opens every case of that commissioner, drafts excepted.
OFFICE = frozenset(
    {
        Role.COORDINATOR,
        Role.SCREENER,
        Role.EVIDENCE_REVIEWER,
        Role.PANEL_SECRETARY,
        Role.IFR_MANAGER,
        Role.ACCOUNTABLE_OFFICER,
        Role.FINANCE,
        Role.PRIVACY_OFFICER,
    }
)
# To whom an office gives its requests.
ALLOCATED_TO = (Role.COORDINATOR, Role.IFR_MANAGER)
_NOT_YET_SENT = ("new", "draft", "discarded")


# --- who sees what ----------------------------------------------------------------------------------------------------


def cases_visible_to(user: User) -> Select[Case]:
    """The only root of a query over cases: those that this person may see. Conflicted means not there at all."""
    return select(Case).where(_visible(user))


def _visible(user: User) -> ColumnElement[bool]:
    part = aliased(Involvement)

    def has_part(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(part.case_id == Case.id, part.user_id == user.id, part.until_at.is_(None), *conditions)

    own = has_part(part.capacity.in_(PROVIDER_SIDE))
    sits = has_part(part.capacity.in_(SITTING), part.interest == CLEAR)
    # A conflict outlives the part in which it was declared, until somebody lifts it.
    conflicted = exists().where(part.case_id == Case.id, part.user_id == user.id, part.interest == CONFLICTED)
    offices = [m.organisation_id for m in user.memberships_in_force if m.role in OFFICE]
    in_office = and_(Case.commissioner_id.in_(offices), Case._state.not_in(_NOT_YET_SENT)) if offices else ~true()
    return or_(own, and_(or_(sits, in_office), ~conflicted))


def received_cases(commissioner_id: int, since: date) -> Select[Case]:
    """Every request that a commissioner has received since a day, for counts and comparisons that name nobody. Whoever
    shows a row of it says from an allow-list what is shown."""
    begin = datetime.combine(since, time.min, UTC) if since > date.min else datetime.min.replace(tzinfo=UTC)
    return select(Case).where(Case.commissioner_id == commissioner_id, Case.received_at >= begin, Case.reference.is_not(None))


def decided_cases(commissioner_id: int) -> Select[Case]:
    """Every request on which a commissioner has decided and of which the clinician knows: as `received_cases`."""
    return received_cases(commissioner_id, date.min).where(Case.told_at.is_not(None), Case.is_open.is_(False))


def is_visible(case: Case, user: Any) -> bool:
    if user.id is None:
        return True
    return db.session.scalar(select(Case.id).where(Case.id == case.id, _visible(user))) is not None or (
        case.state == profiles.NEW and bool(capacities(user, case))
    )


def visible_case(key: str, user: User) -> Case:
    """The case of this reference or draft address. Raises NotVisible where this person may not see it, or it is none."""
    found = db.session.scalars(
        cases_visible_to(user).where(or_(Case.reference == key, and_(Case.uuid == key, Case.reference.is_(None))))
    ).first()
    if found is None:
        raise workflow.NotVisible(key)
    return found


def capacities(user: Any, case: Case) -> set[Role]:
    """What somebody is in a case: office roles held in its commissioner, and parts held in the case itself.

    Whoever has a conflict of interest keeps the clinician's own pages and nothing else.
    """
    if user.id is None:
        return {Role(role) for role in user.roles}
    held = db.session.scalars(
        select(Involvement).where(Involvement.case_id == case.id, Involvement.user_id == user.id)
    ).all()
    parts = [part for part in held if part.until_at is None]
    own = {Role(p.capacity) for p in parts if p.capacity in PROVIDER_SIDE}
    if any(p.interest == CONFLICTED for p in held):
        return own
    sitting = {Role(p.capacity) for p in parts if p.capacity in SITTING and p.interest == CLEAR}
    office: set[Role] = user.roles_in(case.commissioner_id) & OFFICE
    if case.state == profiles.NEW:
        own |= user.roles_in(case.provider_id) & PROVIDER_SIDE
    return own | sitting | office


def involve(case: Case, user_id: int, capacity: Role, *, interest: str | None = None) -> Involvement:
    """Record that somebody has a part in a case from now on. A part that is held already is not doubled."""
    held = part_of(case, user_id, capacity)
    if held is not None:
        return held
    if interest is None and capacity in SITTING:
        interest = _interest_known(case, user_id)
    part = Involvement(
        case_id=case.id, user_id=user_id, capacity=capacity.value, since_at=clock.now(), interest=interest
    )
    db.session.add(part)
    db.session.flush()
    return part


def _interest_known(case: Case, user_id: int) -> str:
    """A conflict that somebody has declared in one part of a case holds in every other."""
    query = select(Involvement.interest).where(
        Involvement.case_id == case.id, Involvement.user_id == user_id, Involvement.interest == CONFLICTED
    )
    return CONFLICTED if db.session.scalars(query).first() else UNDECLARED


def part_of(case: Case, user_id: int, capacity: Role) -> Involvement | None:
    query = select(Involvement).where(
        Involvement.case_id == case.id,
        Involvement.user_id == user_id,
        Involvement.capacity == capacity.value,
        Involvement.until_at.is_(None),
    )
    return db.session.scalars(query).first()


def everyone_who_took_part(case: Case) -> set[int]:
    """Everybody on the commissioner's side who ever had a part in this case, whatever became of it."""
    query = select(Involvement.user_id).where(
        Involvement.case_id == case.id, Involvement.capacity.not_in([r.value for r in PROVIDER_SIDE])
    )
    return set(db.session.scalars(query))


def clinician_id_of(case: Case) -> int | None:
    query = select(Involvement.user_id).where(
        Involvement.case_id == case.id, Involvement.capacity == Role.CLINICIAN.value, Involvement.until_at.is_(None)
    )
    return db.session.scalars(query.order_by(Involvement.id)).first()


# --- facts that later rooms read --------------------------------------------------------------------------------------


def answers_of(case: Case) -> dict[str, str]:
    """What was typed under each question."""
    rows = db.session.execute(select(Answer.key, Answer.text).where(Answer.case_id == case.id))
    return {row.key: row.text for row in rows}


def factors_of(case: Case) -> list[Factor]:
    return list(db.session.scalars(select(Factor).where(Factor.case_id == case.id).order_by(Factor.number)))


def findings_of(case: Case, stage: str, round: int) -> dict[tuple[str, str], Finding]:
    """The findings of one stage and round, by what they are about and its key."""
    rows = db.session.scalars(
        select(Finding).where(Finding.case_id == case.id, Finding.stage == stage, Finding.round == round)
    )
    return {(row.about, row.key): row for row in rows}


def save_finding(
    case: Case, *, stage: str, round: int, about: str, key: str, answer: str, reasons: str, clause: str = "",
    refers_to: str = "", weighed: str = "", about_the_aim: bool = False, by: Any,
) -> Finding:
    """Keep what a stage made of one point, question or criterion. The caller holds the case."""
    row = findings_of(case, stage, round).get((about, key))
    if row is None:
        row = Finding(case_id=case.id, stage=stage, round=round, about=about, key=key, at=clock.now())
        db.session.add(row)
    row.answer, row.reasons, row.clause, row.refers_to = answer, reasons, clause, refers_to
    row.weighed, row.about_the_aim = weighed, about_the_aim
    row.by_id, row.at = by.id, clock.now()
    db.session.flush()
    return row


def is_undisclosed(case: Case) -> bool:
    """Whether a request has come to an ending that the clinician has not been told of: until then all endings look alike,
    and their clocks too."""
    ended = workflow.definition_of(case).groups.get("ended", [])
    return case.told_at is None and (case.state in ended or case.state == "decision_confirmed")


def clinician_words(case: Case) -> str:
    """The status in the clinician's words. An ending is not said before its letter is issued or a call is recorded."""
    if is_undisclosed(case):
        labels = case.profile.labels.get("decision_confirmed")
        return (labels or workflow.definition_of(case).states["decision_confirmed"].label).clinician
    return workflow.label_of(case, "clinician")


def allocate(case: Case, user: User, *, by: Any, seen: int | None) -> None:
    """Give a case to somebody of the office."""
    if not may(by, case, Permission.CASE_CHECK):
        raise PermissionError("this is for another role")
    workflow.hold(case, seen)
    if not user.roles_in(case.commissioner_id) & OFFICE:
        raise workflow.Invalid({"allocated_to": "Choose somebody who works in this office."})
    case.allocated_to_id = user.id
    involve(case, user.id, Role.COORDINATOR)
    audit.record(case.stream, "allocate", by=by.actor, to=user.id)


def give_reference(case: Case) -> str:
    """Number a case at its receipt, in the same transaction: no gap and no double."""
    year = (case.received_on or clock.today()).year
    db.session.execute(
        text("INSERT INTO reference_counters (year, last) VALUES (:year, 0) ON CONFLICT DO NOTHING"), {"year": year}
    )
    counter = db.session.execute(
        select(ReferenceCounter).where(ReferenceCounter.year == year).with_for_update()
    ).scalar_one()
    counter.last += 1
    case.reference = f"IFR-{year}-{counter.last:04d}"
    db.session.flush()
    return case.reference


def may(user: User, case: Case, permission: Permission) -> bool:
    """Whether somebody's part in this very case carries a permission."""
    return access.has(capacities(user, case), permission)


# --- where a case stands, for people ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """How a case stands with its nearest deadline: a kind (of badge) and the words for it."""

    kind: str
    words: str


@dataclass(frozen=True)
class Strip:
    """What stands above every page of a case."""

    reference: str
    title: str
    state: str
    badges: list[tuple[str, str]]
    facts: list[tuple[str, str]]


SOON = 5  # days before the end at which a list begins to say so


def due_in_words(due_on: date | None, *, paused: bool) -> Due:
    if paused:
        return Due("paused", "Paused")
    if due_on is None:
        return Due("none", "")
    left = (due_on - clock.today()).days
    if left < 0:
        return Due("overdue", f"{_days(-left)} late")
    if left <= 1:
        return Due("due_soon", "Due tomorrow" if left else "Due today")
    return Due("due_soon" if left <= SOON else "on_time", f"Due in {_days(left)}")


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def in_office(user: Any, case: Case) -> bool:
    """Whether somebody works on this case in the commissioner's office: the words of the office are for such people."""
    return bool(capacities(user, case) & OFFICE)


def strip(case: Case, user: Any) -> Strip:
    """Reference, treatment, status and clock. No identity; an ending is said to others when it has been told."""
    office = in_office(user, case)
    due = Due("none", "")
    if office or not is_undisclosed(case):
        due = due_in_words(case.due_on, paused=deadlines.is_paused(case.stream))
    badges = [("urgent", "Urgent")] if case.urgent else []
    if due.kind in ("overdue", "paused"):
        badges.append((due.kind, "Overdue" if due.kind == "overdue" else "Clock paused"))
    return Strip(
        reference=case.reference or "Draft",
        title=case.treatment or "Treatment not named yet",
        state=workflow.label_of(case) if office else clinician_words(case),
        badges=badges,
        facts=_strip_facts(case, due, office),
    )


def _strip_facts(case: Case, due: Due, office: bool) -> list[tuple[str, str]]:
    facts = [("Commissioner", case.profile.commissioner.short_name)]
    if case.needed_by_on:
        facts.append(("Needed by", day(case.needed_by_on)))
    if case.due_on and due.words:
        facts.append(("Due", f"{day(case.due_on)} ({due.words[0].lower()}{due.words[1:]})"))
    if office:
        names = people.people_named([case.allocated_to_id])
        facts.append(("Allocated to", names.get(case.allocated_to_id or 0, "Nobody yet")))
    return facts


def stages(case: Case, user: Any) -> list[dict[str, str]]:
    """The stages of a request for the picture: what is done, where it is, what is still to come, what is not needed."""
    machine = workflow.definition_of(case)
    told = in_office(user, case) or case.told_at is not None or case.state not in machine.groups.get("ended", [])
    here = case.state if told else "decision_confirmed"
    if here not in machine.states:
        return []
    order = [stage.key for stage in machine.stages]
    now = order.index(machine.states[here].stage)
    been = {machine.states[m.dest].stage for m in workflow.history(case.stream) if m.dest in machine.states}
    ahead = _stages_ahead(machine, here)
    words = workflow.label_of(case) if in_office(user, case) else clinician_words(case)
    shown = []
    for number, stage in enumerate(machine.stages):
        status = "done" if stage.key in been else "skipped"
        if number >= now:
            status = "now" if number == now else "ahead" if stage.key in ahead else "skipped"
        shown.append({"label": stage.label, "status": status, "note": words if number == now else ""})
    return shown


def _stages_ahead(machine: profiles.Workflow, here: str) -> set[str]:
    """The stages that can still follow. Once it is not open, a step that asks for a reason is no plan (a reopening)."""
    reached, ahead, underway = {here}, [here], machine.groups.get("open", [])
    while ahead:
        state = ahead.pop()
        onward = {machine.destination(one, state) for one in machine.moves_from(state) if state in underway or not one.reason}
        ahead += onward - reached
        reached |= onward
    return {machine.states[state].stage for state in reached}


def timeline(case: Case, user: Any) -> list[dict[str, Any]]:
    """What happened, newest first: for the office every step and letter, for others the statuses that they were told."""
    moves = workflow.history(case.stream)
    if not in_office(user, case):
        return _told(case, moves)
    names = people.people_named(move.by_id for move in moves)
    entries = [
        {"at": move.at, "text": move.done, "by": names.get(move.by_id or 0, "The service"), "reason": move.reason}
        for move in moves
    ]
    entries += [
        {"at": row.issued_at, "text": f"Letter issued: {letter_title(row)}", "by": "The service", "reason": None}
        for row in letters.of_case(case)
        if row.issued_at is not None
    ]
    # Two steps of one moment stay in the order in which they were made.
    in_order = sorted(enumerate(entries), key=lambda pair: (pair[1]["at"], pair[0]), reverse=True)
    return [entry for _, entry in in_order]


def _told(case: Case, moves: list[MoveRecord]) -> list[dict[str, Any]]:
    machine = workflow.definition_of(case)
    untold = machine.groups.get("ended", []) if case.told_at is None else []
    entries: list[dict[str, Any]] = []
    for move in moves:
        if move.dest not in machine.states:
            continue
        # An ending that has not been told is passed on as what stands before every decision letter.
        shown = "decision_confirmed" if move.dest in untold else move.dest
        labels = case.profile.labels.get(shown) or machine.states[shown].label
        if not entries or entries[-1]["text"] != labels.clinician:
            entries.append({"at": move.at, "text": labels.clinician, "by": None, "reason": None})
    return entries[::-1]


def letter_title(row: Letter) -> str:
    """A letter's name as people say it."""
    words = row.name.removesuffix("_patient").removesuffix("_gp").removesuffix("_finance").replace("_", " ").capitalize()
    return f"{words} ({LETTER_TO[row.to]})" if row.to in LETTER_TO else words


# What a letter is called besides, by whom it goes to.
LETTER_TO = {
    "patient": "patient letter", "gp": "copy to the GP", "provider": "to the provider", "finance": "to finance",
    "next_of_kin": "to the family",
}


# --- when the clinician knows ---------------------------------------------------------------------------------------------


@upon(
    "ifr", "accept_handover", "confirm_closure", "decline_at_screening", "refer_service_development", "find_nothing_new",
    "give_prior_approval", "find_no_approval_needed", "approve_at_screening", "confirm_funded", "confirm_funded_in_part",
    "confirm_not_funded", "end_funding", "reopen_for_check", "reopen_for_screening", "reopen_for_panel",
)
def not_told_yet(case: Case, by: Any, made: MoveRecord) -> None:
    case.told_at = None


@upon("ifr", "withdraw", "tell_by_telephone")
def told_at_once(case: Case, by: Any, made: MoveRecord) -> None:
    case.told_at = made.at


def mark_told(case: Case) -> None:
    """The letter that says how it ended has been issued: from now on the clinician's pages say it too."""
    case.told_at = clock.now()
    db.session.flush()
