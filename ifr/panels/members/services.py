"""The standing register of a commissioner's panel: who sits, in what capacity, for which term, and trained when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines, profiles
from ifr.access import Role
from ifr.db import db, lock
from ifr.pages import day
from ifr.panels.members.connections import connections as connections
from ifr.panels.members.connections import connections_for_office as connections_for_office
from ifr.panels.members.models import CAPACITIES, DEPUTY_CHAIR, PanelMember
from ifr.panels.models import ADVISER, CHAIR
from ifr.panels.quorum import Sitter, count, in_words
from ifr.people.models import COMMISSIONER, Organisation, User
from ifr.people.services import Actor, people_named, users_with
from ifr.profiles import Profile
from ifr.workflow import Invalid, NotVisible, Stale

# The register says so this long before a term is over, so that a successor can be found and trained.
SOON = timedelta(days=60)
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
LONGEST_REASON = 2_000
_KEEP_IT = frozenset({Role.PANEL_SECRETARY, Role.IFR_MANAGER})
_ORDER = tuple(CAPACITIES)


@dataclass(frozen=True)
class Standing:
    """Somebody who stands on the panel of a commissioner, as a meeting asks: who, as what, for whom, and whether to vote."""

    user_id: int
    name: str
    capacity: str
    profession: str | None
    deputy_of_id: int | None
    until_on: date | None
    trained_on: date | None
    not_voting: str | None


@dataclass(frozen=True)
class Place:
    """What somebody fills in about a place on the panel."""

    capacity: str
    deputy_of_id: int | None
    from_on: date
    until_on: date | None
    trained_on: date | None


@dataclass(frozen=True)
class Line:
    """One line of the register, in words."""

    row: PanelMember
    name: str
    capacity: str
    profession: str | None
    deputy_of: str
    of_term: list[str]
    of_training: list[str]


@dataclass(frozen=True)
class PlacePage:
    """One place as its page shows it, with whom it can deputise for."""

    row: PanelMember
    name: str
    profession: str | None
    commissioner: str
    deputies: list[tuple[int, str]]


@dataclass(frozen=True)
class Register:
    """The register of one commissioner, with what is wrong with it."""

    commissioner: Organisation
    lines: list[Line]
    over: list[Line]
    warnings: list[str]
    training: str


# --- what a meeting asks ----------------------------------------------------------------------------------------------


def who_may_chair(commissioner_id: int, on: date) -> set[int] | None:
    """Who may chair an item: the chairs and deputy chairs of the register, and those who chair here by their role. None where
    no register is kept, so that an office without one goes on."""
    rows = [row for row in _rows(commissioner_id) if row.stands_on(on)]
    if not rows:
        return None
    named = {row.user_id for row in rows if row.capacity in (CHAIR, DEPUTY_CHAIR)}
    return named | {one.id for one in users_with(Role.PANEL_CHAIR, commissioner_id)}


def standing(commissioner_id: int, on: date) -> list[Standing]:
    """Who stands on the panel of a commissioner on a day: the chair first, then by name. Empty where no register is kept."""
    rows = [row for row in _rows(commissioner_id) if row.stands_on(on)]
    users = _users(row.user_id for row in rows)
    profile = profile_of(db.session.get_one(Organisation, commissioner_id)) if rows else None
    found = [
        Standing(
            row.user_id, users[row.user_id].name, row.capacity, users[row.user_id].profession, row.deputy_of_id, row.last_on,
            row.trained_on, _why_not(row, on, profile),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.capacity), one.name, one.user_id))


def why_not_voting(user_id: int, commissioner_id: int, on: date, profile: Profile | None) -> str | None:
    """Why somebody of the standing register does not vote on a day, in words that follow a name; None for one who does.

    None also for whoever has no row: an office that keeps no register goes on as before. Lapsed training keeps nobody from
    voting where the profile says so (`panel.training.lapsed_may_vote`).
    """
    rows = [row for row in _rows(commissioner_id) if row.user_id == user_id]
    if not rows:
        return None
    reasons = [_why_not(row, on, profile) for row in rows]
    return None if None in reasons else reasons[-1]


def rows_of(commissioner_ids: Iterable[int]) -> dict[int, list[PanelMember]]:
    """The registers of some commissioners, in one question to the database."""
    query = select(PanelMember).where(PanelMember.commissioner_id.in_(set(commissioner_ids)))
    found: dict[int, list[PanelMember]] = {}
    for row in db.session.scalars(query.order_by(PanelMember.from_on, PanelMember.id)):
        found.setdefault(row.commissioner_id, []).append(row)
    return found


def not_voting(rows: Iterable[PanelMember], on: date, profile: Profile | None) -> dict[int, str]:
    """Who of a register does not vote on a day, and why: for everybody on it what `why_not_voting` says of one."""
    reasons: dict[int, list[str | None]] = {}
    for row in rows:
        reasons.setdefault(row.user_id, []).append(_why_not(row, on, profile))
    return {user_id: said[-1] for user_id, said in reasons.items() if None not in said and said[-1]}


def may_vote(user_id: int, commissioner_id: int, on: date, profile: Profile | None) -> bool:
    return why_not_voting(user_id, commissioner_id, on, profile) is None


def training_lapsed(user_id: int, commissioner_id: int, on: date) -> bool:
    """Whether the training of somebody on the register is older than the commissioner's profile of that day allows, or none
    is on record. Never for whoever has no row, or where the profile asks for no training."""
    profile = profile_of(db.session.get_one(Organisation, commissioner_id), on)
    rows = [row for row in _rows(commissioner_id) if row.user_id == user_id and row.stands_on(on)]
    return bool(rows) and all(_training_fault(row, on, profile) is not None for row in rows)


def _why_not(row: PanelMember, on: date, profile: Profile | None) -> str | None:
    if on < row.from_on:
        return "term not begun"
    if not row.stands_on(on):
        return "term ended"
    if row.capacity == ADVISER:
        return "adviser without a vote"
    training = profile.panel.training if profile else None
    if training is None or training.lapsed_may_vote:
        return None
    return _training_fault(row, on, profile)


def _training_fault(row: PanelMember, on: date, profile: Profile | None) -> str | None:
    training = profile.panel.training if profile else None
    if training is None:
        return None
    if row.trained_on is None:
        return "no training on record"
    return "training lapsed" if deadlines.later_month(row.trained_on, training.months) < on else None


def profile_of(commissioner: Organisation, on: date | None = None) -> Profile | None:
    """What a commissioner does on a day (today, where none is given); None for one that only publishes policies."""
    try:
        found: Profile = profiles.by_id(profiles.latest("profile", commissioner.slug, on).id)
    except LookupError:
        return None
    return found


def _rows(commissioner_id: int) -> list[PanelMember]:
    query = select(PanelMember).where(PanelMember.commissioner_id == commissioner_id)
    return list(db.session.scalars(query.order_by(PanelMember.from_on, PanelMember.id)))


def _users(ids: Iterable[int]) -> dict[int, User]:
    return {one.id: one for one in db.session.scalars(select(User).where(User.id.in_(set(ids))))}


def stands_for(user_id: int) -> list[Organisation]:
    """The commissioners on whose panels somebody stands today."""
    rows = db.session.scalars(select(PanelMember).where(PanelMember.user_id == user_id))
    ids = {row.commissioner_id for row in rows if row.stands_on(clock.today())}
    return list(db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.name)))


# --- the register as its keepers see it -------------------------------------------------------------------------------


def kept_by(by: User) -> list[Organisation]:
    """The commissioners whose register somebody keeps."""
    return [one for one in by.organisations(COMMISSIONER) if by.roles_in(one.id) & _KEEP_IT]


def registers(by: User) -> list[Register]:
    """Every register that somebody keeps. Raises NotVisible for who keeps none."""
    found = [_register(one) for one in kept_by(by)]
    if not found:
        raise NotVisible("panel register")
    return found


def _register(commissioner: Organisation) -> Register:
    today, profile = clock.today(), profile_of(commissioner)
    rows = _rows(commissioner.id)
    users = _users(row.user_id for row in rows)
    deputies = people_named(row.deputy_of_id for row in rows)
    lines = [
        Line(
            row, users[row.user_id].name, CAPACITIES[row.capacity], users[row.user_id].profession,
            deputies.get(row.deputy_of_id or 0, ""), _said_of_term(row, users[row.user_id], today),
            _said_of_training(row, today, profile),
        )
        for row in rows
    ]
    lines.sort(key=lambda one: (_ORDER.index(one.row.capacity), one.name, one.row.id))
    current = [one for one in lines if one.row.ended_on is None or one.row.ended_on >= today]
    training = profile.panel.training if profile else None
    return Register(
        commissioner=commissioner,
        lines=current,
        over=[one for one in lines if one not in current],
        warnings=_faults_of(current, users, today, profile),
        training=_training_words(training) if training else "",
    )


def _training_words(training: Any) -> str:
    then = "may still vote" if training.lapsed_may_vote else "does not vote until it is renewed"
    return f"Training holds for {training.months} months; whoever’s has lapsed {then}. Source: {training.source}."


def _said_of_term(row: PanelMember, user: User, today: date) -> list[str]:
    said = [] if user.is_active else ["The account is closed"]
    if row.last_on is not None and row.last_on < today:
        said.append(f"The term ended on {day(row.last_on)}")
    elif row.last_on is not None and row.last_on <= today + SOON:
        said.append(f"The term ends on {day(row.last_on)}")
    return said


def _said_of_training(row: PanelMember, today: date, profile: Profile | None) -> list[str]:
    training = profile.panel.training if profile else None
    if training is None or row.capacity == ADVISER:
        return []
    if row.trained_on is None:
        return ["No training is on record"]
    until = deadlines.later_month(row.trained_on, training.months)
    if until < today:
        return [f"The training lapsed on {day(until)}"]
    return [f"The training lapses on {day(until)}"] if until <= today + SOON else []


def _faults_of(lines: list[Line], users: dict[int, User], today: date, profile: Profile | None) -> list[str]:
    """What is wrong with a register as a whole; nothing of one that is not kept yet."""
    standing_now = [one for one in lines if one.row.stands_on(today) and users[one.row.user_id].is_active]
    if not lines:
        return []
    capacities = {one.row.capacity for one in standing_now}
    chairs = {one.row.user_id for one in standing_now if one.row.capacity == CHAIR}
    said = []
    if not chairs:
        said.append("The panel has no chair.")
    elif DEPUTY_CHAIR not in capacities and not any(one.row.deputy_of_id in chairs for one in standing_now):
        said.append("The chair has no deputy: an item in which the chair has an interest has nobody to chair it.")
    if profile is not None and (short := _never_quorate(standing_now, today, profile)):
        said.append(short)
    return said


def _never_quorate(lines: list[Line], today: date, profile: Profile) -> str:
    """Said where the quorum could not be reached even if everybody came."""
    voting = {one.row.user_id: one for one in lines if _why_not(one.row, today, profile) is None}
    had = count(Sitter(one.row.user_id, one.row.capacity, one.profession, True, True) for one in voting.values())
    rule = profile.panel.quorum
    missing = {kind: getattr(rule, kind) - getattr(had, kind) for kind in ("voting", "clinicians", "doctors", "lay")}
    if not any(number > 0 for number in missing.values()):
        return ""
    needed = type(had)(rule.voting, rule.clinicians, rule.doctors, rule.lay)
    return f"Even if everybody comes there is no quorum. Needed: {in_words(needed)}. Able to vote: {in_words(had, needed)}."


# --- keeping it -------------------------------------------------------------------------------------------------------


def could_stand(commissioner_id: int) -> list[User]:
    """Whom the register can name: those who hold a panel role with this commissioner."""
    found = {one.id: one for role in (Role.PANEL_CHAIR, Role.PANEL_MEMBER) for one in users_with(role, commissioner_id)}
    return sorted(found.values(), key=lambda one: (one.name, one.id))


def on_registers(commissioner_ids: Iterable[int]) -> list[User]:
    """Who has a place on one of these registers that has not ended, by name."""
    query = select(PanelMember.user_id).where(
        PanelMember.commissioner_id.in_(list(commissioner_ids)), PanelMember.ended_on.is_(None)
    )
    return sorted(_users(db.session.scalars(query)).values(), key=lambda one: (one.name, one.id))


def add(user_id: int, commissioner_ids: Iterable[int], place: Place, *, once: str, by: User) -> list[PanelMember]:
    """Put somebody on the register of each of these commissioners. The same form sent twice puts nobody on it twice.

    Raises Invalid for a fault of what was typed, NotVisible for a register that this person does not keep.
    """
    wanted = sorted(set(commissioner_ids))
    kept = {one.id: one for one in kept_by(by)}
    if not wanted or not set(wanted) <= set(kept):
        raise NotVisible("panel register")
    made = []
    for number in wanted:
        lock(Organisation, number)
        mark = f"{number}:{once}"
        there = db.session.scalars(select(PanelMember).where(PanelMember.once == mark)).first()
        made.append(there or _add(user_id, kept[number], place, mark, by))
    return made


def _add(user_id: int, commissioner: Organisation, place: Place, mark: str, by: User) -> PanelMember:
    user = next((one for one in could_stand(commissioner.id) if one.id == user_id), None)
    if user is None:
        raise Invalid({"user_id": f"Choose somebody who holds a panel role with {commissioner.name}."})
    if any(row.user_id == user_id and row.ended_on is None for row in _rows(commissioner.id)):
        raise Invalid({"user_id": f"{user.name} is on the register of {commissioner.name} already. Change or end that place."})
    row = PanelMember(once=mark, commissioner_id=commissioner.id, user_id=user_id, added_by_id=by.id, added_at=clock.now())
    _fill(row, place, user)
    db.session.add(row)
    db.session.flush()
    _recorded(row, "add_panel_member", by)
    return row


def _fill(row: PanelMember, place: Place, user: User) -> None:
    faults = _faults_in(place)
    if place.capacity == CHAIR and Role.PANEL_CHAIR not in user.roles_in(row.commissioner_id):
        faults["capacity"] = f"{user.name} does not hold the role of a panel chair there. An administrator gives it."
    others = {one.user_id for one in _rows(row.commissioner_id) if one.ended_on is None}
    if place.deputy_of_id is not None and (place.deputy_of_id == user.id or place.deputy_of_id not in others):
        faults["deputy_of_id"] = "Choose somebody else who is on this register."
    if faults:
        raise Invalid(faults)
    row.capacity, row.deputy_of_id, row.from_on = place.capacity, place.deputy_of_id, place.from_on
    row.until_on, row.trained_on = place.until_on, place.trained_on


def _faults_in(place: Place) -> dict[str, str]:
    faults = {}
    if place.capacity not in CAPACITIES:
        faults["capacity"] = "Choose in what capacity."
    for name in ("from_on", "until_on", "trained_on"):
        typed = getattr(place, name)
        if typed is not None and not EARLIEST <= typed <= LATEST:
            faults[name] = "Enter a year between 1900 and 2199."
    if place.until_on is not None and place.until_on < place.from_on:
        faults.setdefault("until_on", "The last day of the term must not be before its first.")
    if place.trained_on is not None and place.trained_on > clock.today():
        faults.setdefault("trained_on", "The training must have been done by today.")
    return faults


def place_of(row_id: int, by: User) -> PanelMember:
    """One place, for who keeps the register. Raises NotVisible."""
    row = db.session.get(PanelMember, row_id)
    if row is None or row.commissioner_id not in {one.id for one in kept_by(by)}:
        raise NotVisible(str(row_id))
    return row


def place_page(row_id: int, by: User) -> PlacePage:
    row = place_of(row_id, by)
    user = db.session.get_one(User, row.user_id)
    others = [(one.id, one.name) for one in on_registers([row.commissioner_id]) if one.id != row.user_id]
    return PlacePage(row, user.name, user.profession, db.session.get_one(Organisation, row.commissioner_id).name, others)


def change(row_id: int, place: Place, *, seen: int, by: User) -> PanelMember:
    """Change a place that has not ended. What it was before stays in the audit. Raises Invalid, NotVisible, Stale."""
    row = _held(row_id, seen, by)
    user = next((one for one in could_stand(row.commissioner_id) if one.id == row.user_id), None)
    if user is None:
        raise Invalid({"capacity": "This person holds no panel role any more. End the place."})
    _fill(row, place, user)
    _recorded(row, "change_panel_member", by)
    return row


def end(row_id: int, *, on: date, because: str, seen: int, by: User) -> PanelMember:
    """End a place, with the last day and the reason. Raises Invalid, NotVisible, Stale."""
    row = _held(row_id, seen, by)
    faults = {}
    if not EARLIEST <= on <= LATEST or on < row.from_on:
        faults["ended_on"] = f"Enter a day from {day(row.from_on)} on."
    if not because.strip():
        faults["because"] = "Say why the place ends."
    elif len(because) > LONGEST_REASON:
        faults["because"] = f"This must be {LONGEST_REASON:,} characters or fewer."
    if faults:
        raise Invalid(faults)
    row.ended_on, row.ended_because, row.ended_by_id = on, because.strip(), by.id
    _recorded(row, "end_panel_member", by)
    return row


def _held(row_id: int, seen: int, by: User) -> PanelMember:
    place_of(row_id, by)
    row = lock(PanelMember, row_id)
    if row.version != seen:
        raise Stale(row, [])
    if row.ended_on is not None:
        raise Invalid({"capacity": "This place has ended. Put the person on the register anew."})
    row.version += 1
    return row


def _recorded(row: PanelMember, action: str, by: Actor) -> None:
    db.session.flush()
    audit.record(
        row.stream, action, by=by.actor, user=row.user_id, commissioner=row.commissioner_id, capacity=row.capacity,
        deputy_of=row.deputy_of_id, from_on=row.from_on, until_on=row.until_on, trained_on=row.trained_on, ended_on=row.ended_on,
    )  # fmt: skip
