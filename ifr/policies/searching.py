"""Finding versions in the register: by word, code, category, position, and where they stand on a day.

Each search starts from an index, reads one page of plain rows, and takes as many queries for a full page as for one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all

from ifr import clock
from ifr.db import db
from ifr.people.models import Organisation
from ifr.policies import codes, wording
from ifr.policies.models import (
    CROSSES_LETTERS,
    PUBLIC_STATES,
    Policy,
    PolicyCode,
    PolicyVersion,
    PolicyWord,
    Statement,
    printed_title,
)
from ifr.policies.positions import Position
from ifr.policies.standing import Status, standings

# Rows on one page of the register.
MOST_SHOWN = 50
# Where a version stands is worked out, not stored: so many are looked at for one page of those that stand as asked.
MOST_LOOKED_AT = 200
# A word that more versions hold than this says little; it is asked of what the other words have found.
_COMMON = 1000

_COLUMNS: tuple[Any, ...] = (
    PolicyVersion.id,
    PolicyVersion.policy_id,
    PolicyVersion._state,
    PolicyVersion.label,
    PolicyVersion.position,
    PolicyVersion.category,
    PolicyVersion.review_due_on,
    PolicyVersion.is_static,
    Policy.reference,
    printed_title,
    Policy.is_demonstration,
    Organisation.name,
)


@dataclass(frozen=True)
class PolicyRow:
    """One version in a list of policies."""

    version_id: int
    commissioner: str
    reference: str | None
    title: str
    version: str
    position: str
    status: str
    binds: bool
    review_overdue: bool
    is_demonstration: bool


@dataclass(frozen=True, slots=True)
class _Found:
    id: int
    policy_id: int
    state: str
    label: str
    position: str
    category: str | None
    review_due_on: date | None
    is_static: bool
    reference: str | None
    title: str
    is_demonstration: bool
    commissioner: str


@dataclass(frozen=True)
class Page:
    """A page of what was found. `after` is where the next one begins; None when nothing is left."""

    rows: list[PolicyRow]
    after: int | None


def find(
    commissioner: str | None = None,
    words: str | None = None,
    code: str | None = None,
    on: date | None = None,
    *,
    category: str | None = None,
    position: str | None = None,
    status: str | None = None,
    skip: int = 0,
) -> Page:
    """One page of the published versions that hold all of these words, and a code that takes in this one or is part of it;
    after so many that were looked at already.

    Raises CodeError when the code has the shape of neither system.
    """
    on = on or clock.today()
    owner = _owner(commissioner)
    if commissioner and owner is None:
        return Page([], None)
    query = _published(owner).order_by(*((Policy.title,) if owner else ()), PolicyVersion.id.desc())
    for text in (words, category):
        if text and text.strip():
            held = _holding(text, owner)
            if held is None:
                return Page([], None)
            query = query.where(*held)
    if code and code.strip():
        query = query.where(_listing_code(code, owner))
    if category and category.strip():
        query = query.where(PolicyVersion.category.icontains(category.strip(), autoescape=True))
    if position:
        query = query.where(PolicyVersion.position == position)
    most = MOST_LOOKED_AT if status else MOST_SHOWN
    found = _read(query.offset(skip).limit(most + 1))
    rows = _rows(found[:most], on)
    if status:
        rows = [row for row in rows if row.status == Status(status).words]
    return Page(rows[:MOST_SHOWN], *_next(found, rows, skip, most))


def _next(found: Sequence[_Found], rows: Sequence[PolicyRow], skip: int, most: int) -> tuple[int | None]:
    """The next page begins after the last row shown, or after the last one looked at."""
    if len(rows) > MOST_SHOWN:
        places = {one.id: place for place, one in enumerate(found)}
        return (skip + places[rows[MOST_SHOWN - 1].version_id] + 1,)
    return (skip + most if len(found) > most else None,)


def policies_of(commissioner: str, on: date | None = None) -> list[PolicyRow]:
    """Every published version of one commissioner's policies."""
    owner = _owner(commissioner)
    return _rows(_read(_published(owner).order_by(Policy.title, PolicyVersion.id)), on or clock.today()) if owner else []


def in_force(on: date, commissioner: str | None = None) -> list[PolicyRow]:
    """The versions that bind on a day."""
    owner = _owner(commissioner)
    if commissioner and owner is None:
        return []
    rows = _rows(_read(_published(owner).order_by(Organisation.name, Policy.title, PolicyVersion.id)), on)
    return [row for row in rows if row.binds]


def rows_of(versions: Sequence[int], on: date) -> list[PolicyRow]:
    """These versions as rows, the latest on record first."""
    return _rows(_read(_published(None).where(PolicyVersion.id.in_(versions)).order_by(PolicyVersion.id.desc())), on)


def _owner(commissioner: str | None) -> int | None:
    return db.session.scalar(select(Organisation.id).where(Organisation.slug == commissioner)) if commissioner else None


def _published(owner: int | None) -> Select[Any]:
    query: Select[Any] = (
        select(*_COLUMNS)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .join(Organisation, Organisation.id == Policy.owner_id)
        .where(PolicyVersion._state.in_(PUBLIC_STATES))
    )
    return query.where(PolicyVersion.owner_id == owner) if owner else query


def _read(query: Select[Any]) -> list[_Found]:
    return [_Found(*row) for row in db.session.execute(query)]


def _rows(found: Sequence[_Found], on: date) -> list[PolicyRow]:
    stand = standings(found, on)
    return [
        PolicyRow(
            version_id=one.id,
            commissioner=one.commissioner,
            reference=one.reference,
            title=one.title,
            version=one.label,
            position=Position(one.position).words,
            status=stand[one.id].status.words,
            binds=stand[one.id].binds,
            review_overdue=not one.is_static and one.review_due_on is not None and one.review_due_on < on,
            is_demonstration=one.is_demonstration,
        )
        for one in found
    ]


# --- words ---------------------------------------------------------------------------------------------------------------


def _holding(text: str, owner: int | None) -> list[ColumnElement[bool]] | None:
    """Conditions under which a version holds words that begin with each of these; None where nothing can."""
    asked = list(dict.fromkeys(word[:60] for form in wording.forms(text)[:1] for word in form))[:12]
    if not asked:
        return None
    rare: set[int] | None = None
    common: list[ColumnElement[bool]] = []
    for word in asked:
        held = _begins(word, owner)
        ids = set(db.session.scalars(held.limit(_COMMON)))
        if not ids:
            return None
        if len(ids) < _COMMON:
            rare = ids if rare is None else rare & ids
        else:
            common.append(_begins(word, owner).where(PolicyWord.version_id == PolicyVersion.id).correlate(PolicyVersion).exists())
    return common if rare is None else [PolicyVersion.id.in_(rare), *common]


def _begins(word: str, owner: int | None) -> Select[Any]:
    """The versions with a word that begins so. Words are plain letters and digits, so a range finds the beginnings."""
    held = select(PolicyWord.version_id).where(PolicyWord.word >= word, PolicyWord.word <= word + "z" * 60)
    return held.where(PolicyWord.owner_id == owner) if owner else held


# --- codes ---------------------------------------------------------------------------------------------------------------


def _listing_code(code: str, owner: int | None) -> ColumnElement[bool]:
    """The condition under which a version lists a code. Few versions are named one by one; for many the database looks."""
    listed = union_all(*(one for system, asked in readings(code).items() for one in _listed(system, asked, owner))).subquery()
    held = select(Statement.version_id).join(listed, listed.c.statement_id == Statement.id)
    ids = set(db.session.scalars(held.limit(_COMMON)))
    return PolicyVersion.id.in_(ids if len(ids) < _COMMON else held)


def _listed(system: str, asked: str, owner: int | None) -> list[Select[Any]]:
    """The statements that list a code or its category, a code within it, or a range that reaches it. Nearly all ranges stay
    within one letter, so the others are looked for apart."""
    of = select(PolicyCode.statement_id).where(PolicyCode.system == system)
    of = of.where(PolicyCode.owner_id == owner) if owner else of
    reaches = or_(PolicyCode.through >= asked, func.substr(asked, 1, func.length(PolicyCode.through)) <= PolicyCode.through)
    ranges = of.where(PolicyCode.through.is_not(None), PolicyCode.normalised <= asked, reaches)
    return [
        of.where(PolicyCode.normalised.in_(codes.within(asked))),
        of.where(PolicyCode.normalised > asked, PolicyCode.normalised <= asked + "999"),
        ranges.where(PolicyCode.normalised >= asked[0]),
        ranges.where(PolicyCode.normalised < asked[0], CROSSES_LETTERS),
    ]


def readings(code: str) -> dict[str, str]:
    """What a code may be in either system. Raises CodeError when it is none in both."""
    found, fault = {}, None
    for system in codes.SYSTEMS:
        try:
            found[system] = codes.normalise(system, code)
        except codes.CodeError as said:
            fault = fault or said
    if not found and fault:
        raise fault
    return found
