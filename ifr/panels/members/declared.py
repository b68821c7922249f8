"""The register of a member's interests: added to, ended, confirmed as complete. Nothing in it is written anew."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from ifr import audit, clock, deadlines
from ifr.cases.patients import practices
from ifr.db import db, lock
from ifr.pages import day
from ifr.panels.members.models import FAMILY, KINDS, PRACTICE, InterestsConfirmed, PanelMember, RegisteredInterest
from ifr.panels.members.services import EARLIEST, LATEST, kept_by, profile_of, stands_for
from ifr.people.models import Organisation, User
from ifr.workflow import Invalid, NotVisible

LONGEST, LONGEST_LINE = 2_000, 200


@dataclass(frozen=True)
class InterestTyped:
    """What a member fills in about one interest."""

    kind: str
    organisation_id: int | None = None
    practice: str = ""
    department: str = ""
    person: str = ""
    words: str = ""
    from_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the register in words."""

    row: RegisteredInterest
    kind: str
    named: str
    when: str


@dataclass(frozen=True)
class Confirmed:
    """When somebody last said that the register is complete, and by when to say so again; no day where no rule asks it."""

    last: InterestsConfirmed | None
    due_on: date | None
    rule: str

    @property
    def is_overdue(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()

    @property
    def words(self) -> str:
        if self.last is None:
            return "Never confirmed"
        nothing = ": nothing to declare" if self.last.nothing else ""
        return f"Confirmed on {day(self.last.at)}{nothing}"


@dataclass(frozen=True)
class OwnRegister:
    user: User
    entries: list[Entry]
    ended: list[Entry]
    confirmed: Confirmed


@dataclass(frozen=True)
class Summary:
    """What the keepers of the panel see of one member at a glance."""

    user_id: int
    name: str
    entries: int
    confirmed: Confirmed


# --- reading ----------------------------------------------------------------------------------------------------------


def own_register(user: User) -> OwnRegister:
    """Somebody's own register."""
    rows = list(
        db.session.scalars(
            select(RegisteredInterest).where(RegisteredInterest.user_id == user.id).order_by(RegisteredInterest.id.desc())
        )
    )
    entries = _entries(rows)
    return OwnRegister(
        user=user,
        entries=[one for one in entries if one.row.ended_at is None],
        ended=[one for one in entries if one.row.ended_at is not None],
        confirmed=confirmed(user.id, _last_confirmed([user.id]), stands_for(user.id)),
    )


def register_of(user_id: int, by: User) -> OwnRegister:
    """The register of somebody who stands, or stood, on a panel that this person keeps. Raises NotVisible."""
    kept = {one.id for one in kept_by(by)}
    on_it = select(PanelMember.id).where(PanelMember.user_id == user_id, PanelMember.commissioner_id.in_(kept))
    user = db.session.get(User, user_id)
    if user is None or db.session.scalars(on_it).first() is None:
        raise NotVisible(str(user_id))
    return own_register(user)


def _entries(rows: list[RegisteredInterest]) -> list[Entry]:
    ids = {row.organisation_id for row in rows if row.organisation_id is not None}
    names = {one.id: one.name for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}
    codes = {row.practice_code: practices.with_code(row.practice_code) for row in rows if row.practice_code}
    found = []
    for row in rows:
        practice = codes.get(row.practice_code or "")
        named = [names.get(row.organisation_id or 0, ""), practice.name if practice else "", row.department, row.person]
        found.append(Entry(row, KINDS[row.kind], ", ".join(one for one in named if one), _when(row)))
    return found


def _when(row: RegisteredInterest) -> str:
    parts = [f"from {day(row.from_on)}" if row.from_on else "", f"until {day(row.until_on)}" if row.until_on else ""]
    words = " ".join(one for one in parts if one)
    return f"{words[0].upper()}{words[1:]}" if words else ""


def _last_confirmed(user_ids: Iterable[int]) -> dict[int, InterestsConfirmed]:
    latest = (
        select(func.max(InterestsConfirmed.id))
        .where(InterestsConfirmed.user_id.in_(list(user_ids)))
        .group_by(InterestsConfirmed.user_id)
    )
    rows = db.session.scalars(select(InterestsConfirmed).where(InterestsConfirmed.id.in_(latest)))
    return {row.user_id: row for row in rows}


def confirmed(user_id: int, last: dict[int, InterestsConfirmed], commissioners: Iterable[Organisation]) -> Confirmed:
    """When somebody confirmed the register, and by when to do so again: the shortest rule of the panels that he or she is on.

    Who has never confirmed it is due from the day on which the first place began.
    """
    rules = [
        profile.interests
        for one in commissioners
        if (profile := profile_of(one)) is not None and profile.interests is not None
    ]
    row = last.get(user_id)
    if not rules:
        return Confirmed(row, None, "")
    rule = min(rules, key=lambda one: one.months)
    words = f"Confirmed every {rule.months} months. Source: {rule.source}."
    if row is None:
        first = db.session.scalar(select(func.min(PanelMember.from_on)).where(PanelMember.user_id == user_id))
        return Confirmed(None, first, words)
    return Confirmed(row, deadlines.later_month(clock.day_of(row.at), rule.months), words)


def summaries(commissioner_id: int) -> list[Summary]:
    """Everybody who stands on a panel today, with how many interests there are and whether they were confirmed."""
    found = _on_panels(commissioner_id)
    ids = list(found)
    last = _last_confirmed(ids)
    query = (
        select(RegisteredInterest.user_id, func.count())
        .where(RegisteredInterest.user_id.in_(ids), RegisteredInterest.ended_at.is_(None))
        .group_by(RegisteredInterest.user_id)
    )
    counts: dict[int, int] = {row[0]: row[1] for row in db.session.execute(query)}
    users = db.session.scalars(select(User).where(User.id.in_(ids)).order_by(User.name, User.id))
    return [Summary(one.id, one.name, counts.get(one.id, 0), confirmed(one.id, last, found[one.id])) for one in users]


def _on_panels(commissioner_id: int | None = None) -> dict[int, list[Organisation]]:
    """Who stands on a panel today, and on whose; of one commissioner where it is given."""
    rows = [row for row in db.session.scalars(select(PanelMember)) if row.stands_on(clock.today())]
    ids = {row.commissioner_id for row in rows}
    bodies = {one.id: one for one in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}
    wanted = {row.user_id for row in rows if commissioner_id in (None, row.commissioner_id)}
    return {user: [bodies[row.commissioner_id] for row in rows if row.user_id == user] for user in sorted(wanted)}


def overdue() -> list[tuple[int, date]]:
    """Who of those on a panel today is due to confirm the register, and since when."""
    found = _on_panels()
    last = _last_confirmed(found)
    due = {user: confirmed(user, last, bodies).due_on for user, bodies in found.items()}
    return [(user, on) for user, on in due.items() if on is not None and on <= clock.today()]


def organisations() -> list[Organisation]:
    """What an interest can name: every organisation on record, by name."""
    return list(db.session.scalars(select(Organisation).order_by(Organisation.name, Organisation.id)))


# --- writing: by the member alone -------------------------------------------------------------------------------------


def add(typed: InterestTyped, *, once: str, by: User) -> RegisteredInterest:
    """Add an interest to somebody's own register. The same form sent twice adds one. Raises Invalid."""
    mark = f"{by.id}:{once}"
    there = db.session.scalars(select(RegisteredInterest).where(RegisteredInterest.once == mark)).first()
    if there is not None:
        return there
    code = _checked(typed)
    row = RegisteredInterest(
        once=mark, user_id=by.id, kind=typed.kind, organisation_id=typed.organisation_id, practice_code=code,
        department=typed.department.strip(), person=typed.person.strip(), words=typed.words.strip(), from_on=typed.from_on,
        until_on=typed.until_on, added_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _recorded(by, "add_interest", interest=row.id, kind=row.kind, organisation=row.organisation_id)
    return row


def _checked(typed: InterestTyped) -> str | None:
    """The code of the practice that is meant. Raises Invalid for what cannot be kept."""
    faults = _faults(typed)
    practice = practices.meant_by(typed.practice) if typed.practice.strip() and "practice" not in faults else None
    if typed.practice.strip() and practice is None and "practice" not in faults:
        near = ", ".join(f"{one.name} ({one.ods_code})" for one in practices.find(typed.practice)[:3])
        faults["practice"] = f"Several practices fit: {near}. Enter the code of one." if near else (
            "No practice on record fits. Check the name, or leave this empty and describe it in words."
        )  # fmt: skip
    if faults:
        raise Invalid(faults)
    return practice.ods_code if practice else None


def _faults(typed: InterestTyped) -> dict[str, str]:
    faults = {}
    if typed.kind not in KINDS:
        faults["kind"] = "Choose what kind of interest it is."
    if typed.organisation_id is not None and typed.organisation_id not in {one.id for one in organisations()}:
        faults["organisation_id"] = "Choose an organisation from the list, or describe it in words."
    for name, most in (("words", LONGEST), ("practice", LONGEST_LINE), ("department", LONGEST_LINE), ("person", LONGEST_LINE)):
        if len(getattr(typed, name)) > most:
            faults[name] = f"This must be {most:,} characters or fewer."
    faults |= _faults_of_days(typed)
    if not (typed.words.strip() or typed.organisation_id or typed.practice.strip() or typed.person.strip()):
        needed = {PRACTICE: ("practice", "Say which practice."), FAMILY: ("person", "Say who it is, or describe it in words.")}
        name, said = needed.get(typed.kind, ("words", "Choose an organisation, or say in words what the interest is."))
        faults.setdefault(name, said)
    return faults


def _faults_of_days(typed: InterestTyped) -> dict[str, str]:
    faults = {
        name: "Enter a year between 1900 and 2199."
        for name in ("from_on", "until_on")
        if (on := getattr(typed, name)) is not None and not EARLIEST <= on <= LATEST
    }
    if typed.from_on and typed.until_on and typed.until_on < typed.from_on:
        faults.setdefault("until_on", "The last day must not be before the first.")
    return faults


def end(interest_id: int, *, because: str, by: User) -> None:
    """End a line of somebody's own register; it stays on record. Raises NotVisible, Invalid."""
    row = db.session.get(RegisteredInterest, interest_id)
    if row is None or row.user_id != by.id:
        raise NotVisible(str(interest_id))
    row = lock(RegisteredInterest, interest_id)
    if row.ended_at is not None:
        return
    if not because.strip():
        raise Invalid({"because": "Say why this is no interest any more."})
    if len(because) > LONGEST:
        raise Invalid({"because": f"This must be {LONGEST:,} characters or fewer."})
    row.ended_at, row.ended_because = clock.now(), because.strip()
    _recorded(by, "end_interest", interest=row.id)


def confirm(*, nothing: bool, once: str, by: User) -> InterestsConfirmed:
    """Say that one's register is complete, or that there is nothing to declare. Raises Invalid where the two contradict."""
    mark = f"{by.id}:{once}"
    there = db.session.scalars(select(InterestsConfirmed).where(InterestsConfirmed.once == mark)).first()
    if there is not None:
        return there
    query = select(RegisteredInterest.id).where(RegisteredInterest.user_id == by.id, RegisteredInterest.ended_at.is_(None))
    has_some = db.session.scalars(query).first() is not None
    if nothing and has_some:
        raise Invalid({"confirm": "Your register holds interests. End those that are over, then say that there is nothing."})
    if not nothing and not has_some:
        raise Invalid({"confirm": "Your register is empty. Say that there is nothing to declare, or add what there is."})
    row = InterestsConfirmed(once=mark, user_id=by.id, nothing=nothing, at=clock.now())
    db.session.add(row)
    db.session.flush()
    _recorded(by, "confirm_interests", nothing=nothing)
    return row


def _recorded(by: User, action: str, **facts: Any) -> None:
    db.session.flush()
    audit.record(f"member:{by.id}", action, by=by.actor, **facts)
