"""The statements that may be about the treatment asked for, found by code and by words without reading any others.

What the indexes let through is read as plain rows, in as many queries for many candidates as for one.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select, union_all

from ifr.db import plain_rows
from ifr.people.models import Organisation
from ifr.policies import codes, wording
from ifr.policies.codes import OPCS4
from ifr.policies.matching import Candidate, Listed, Question, Said, look_at
from ifr.policies.models import PUBLIC_STATES, Policy, PolicyCode, PolicyVersion, Statement, TreatmentPhrase
from ifr.policies.wording import Likeness

# Another body's policy binds nobody here. That some have one is worth knowing; who they all are is not.
MOST_OTHERS = 5

# Queries over tables, written once: building them anew takes longer than running them.
_code, _phrase, _version = PolicyCode.__table__.c, TreatmentPhrase.__table__.c, PolicyVersion.__table__.c
_statement, _policy, _owner = Statement.__table__.c, Policy.__table__.c, Organisation.__table__.c
_HEADS = (
    select(
        _statement.id,
        _statement.treatment,
        _statement.position,
        _statement.mechanism,
        _version.id,
        _version.label,
        _version.state,
        _version.effective_from,
        _version.published_on,
        _version.ratified_on,
        _version.withdrawn_on,
        _version.review_due_on,
        _version.is_static,
        _policy.id,
        _policy.reference,
        func.coalesce(_version.title_as_printed, _policy.title),
        _owner.slug,
        _owner.name,
    )
    .select_from(Statement.__table__)
    .join(PolicyVersion.__table__, _version.id == _statement.version_id)
    .join(Policy.__table__, _policy.id == _version.policy_id)
    .join(Organisation.__table__, _owner.id == _policy.owner_id)
    .where(_statement.id.in_(bindparam("ids", expanding=True)), _version.state.in_(PUBLIC_STATES))
)
_CODES = (
    select(_code.system, _code.role, _code.verbatim, _code.normalised, _code.through, _code.statement_id)
    .where(_code.statement_id.in_(bindparam("ids", expanding=True)))
    .order_by(_code.id)
)
_OWNERS: BindParameter[Any] = bindparam("owners", expanding=True)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_PROCEDURES = select(_code.statement_id).where(_code.owner_id.in_(_OWNERS), _code.system == OPCS4)
_LISTING = union_all(
    _PROCEDURES.where(_code.normalised.in_(_KEYS)),
    _PROCEDURES.where(_code.through.is_not(None), _code.normalised <= bindparam("highest"), _code.through >= bindparam("lowest")),
)
_PHRASES = select(_phrase.statement_id, _phrase.plain, _phrase.is_label)
_NAMED = _PHRASES.where(
    _phrase.owner_id == bindparam("owner"),
    _phrase.main_word.in_(bindparam("words", expanding=True)),
    _phrase.statement_id.is_not(None),
)
_NAMED_ELSEWHERE = union_all(
    _PHRASES.where(
        _phrase.plain.in_(bindparam("runs", expanding=True)), _phrase.owner_id.in_(_OWNERS), _phrase.statement_id.is_not(None)
    ),
    _PHRASES.where(_phrase.statement_id.in_(bindparam("listed", expanding=True))),
)
_OTHERS_LISTING = (
    select(_code.owner_id)
    .where(_code.system == OPCS4, _code.normalised.in_(_KEYS), _code.role == "include", _code.owner_id != bindparam("owner"))
    .distinct()
    .limit(MOST_OTHERS)
)
_OTHERS_NAMING = (
    select(_phrase.owner_id)
    .where(
        _phrase.plain.in_(bindparam("runs", expanding=True)),
        _phrase.statement_id.is_not(None),
        _phrase.owner_id != bindparam("owner"),
    )
    .distinct()
    .limit(MOST_OTHERS)
)


def of_commissioner(asked: Question) -> list[Candidate]:
    """The commissioner's own candidates in every version, the closest first."""
    owner = asked.owner.id
    said: Sequence[Any] = ()
    if asked.words:
        said = plain_rows(_NAMED, owner=owner, words=[*{word for form in asked.words for word in form}])
    return _looked_at(asked, _listing(asked, [owner]), _named(asked, said))


def of_others(asked: Question, bodies: Collection[int]) -> list[Candidate]:
    """The candidates of other bodies whose treatment is recognised."""
    if not bodies:
        return []
    listed = _listing(asked, bodies)
    said: Sequence[Any] = ()
    if asked.words:
        said = plain_rows(_NAMED_ELSEWHERE, owners=[*bodies], runs=[*_runs(asked)], listed=[*listed])
    return [one for one in _looked_at(asked, listed, _named(asked, said)) if one.is_recognised]


def other_bodies(asked: Question) -> set[int]:
    """A few other bodies that list one of these codes, or name the treatment in just these words."""
    found: set[int] = set()
    if asked.treatments:
        found |= {row[0] for row in plain_rows(_OTHERS_LISTING, owner=asked.owner.id, keys=[*_keys(asked)])}
    if asked.words:
        found |= {row[0] for row in plain_rows(_OTHERS_NAMING, owner=asked.owner.id, runs=[*_runs(asked)])}
    return set(sorted(found)[:MOST_OTHERS])


def children(code: str) -> list[str]:
    """The codes within a category of three characters."""
    return [code + digit for digit in "0123456789"] if len(code) == 3 else []


# --- what the indexes let through ---------------------------------------------------------------------------------------


def _listing(asked: Question, owners: Collection[int]) -> set[int]:
    """The statements of owners that list one of these codes, its category, a code within it, or a range that reaches it.
    A range counts here when it spans any of the codes; it is looked at closely afterwards."""
    if not asked.treatments:
        return set()
    span = {"highest": max(asked.treatments) + "9", "lowest": min(asked.treatments)[:3]}
    return {row[0] for row in plain_rows(_LISTING, owners=[*owners], keys=[*_keys(asked)], **span)}


def _keys(asked: Question) -> set[str]:
    return {key for code in asked.treatments for key in (*codes.within(code), *children(code))}


def _runs(asked: Question) -> set[str]:
    """Every run of the words as they were given, so that a phrase is found by an index when it stands among them."""
    found = set()
    for form in asked.words:
        words = form[:20]
        found |= {" ".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1)}
    return found


def _named(asked: Question, said: Iterable[Any]) -> dict[int, Likeness]:
    """How far the words asked about name the treatment of each statement; those that they do not name are left out."""
    found: dict[int, Likeness] = {}
    # Versions repeat their phrases, so each is compared once.
    compared: dict[tuple[str, bool], Likeness] = {}
    for statement, plain, is_label in said:
        likeness = compared.get((plain, is_label))
        if likeness is None:
            likeness = wording.compare(asked.words, tuple(plain.split()), whole=is_label)
            compared[plain, is_label] = likeness
        if likeness is not Likeness.NONE and found.get(statement) is not Likeness.SAME:
            found[statement] = likeness
    return found


def _looked_at(asked: Question, listed: Iterable[int], named: dict[int, Likeness]) -> list[Candidate]:
    ids = {*listed, *named}
    if not ids:
        return []
    rows = plain_rows(_HEADS, ids=[*ids])
    their_codes: dict[int, list[Listed]] = {}
    for row in plain_rows(_CODES, ids=[one[0] for one in rows]):
        their_codes.setdefault(row[5], []).append(Listed(*row[:5]))
    found = (look_at(asked, Said(*(*row, tuple(their_codes.get(row[0], ())), named.get(row[0], Likeness.NONE)))) for row in rows)
    return sorted((one for one in found if one), key=lambda one: one.order)
