"""What differs between two versions of a policy: field by field, from their records."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from ifr.pages import day
from ifr.policies.positions import Mechanism, Position
from ifr.policies.records import PolicyRecord

Generosity = Literal["more", "less", "same", "cannot be told"]

_MOST_GENEROUS_FIRST = (Position.ROUTINELY_COMMISSIONED, Position.CRITERIA_BASED, Position.NOT_ROUTINELY_COMMISSIONED)
# What decides who is treated. Two versions of one position that agree in all of it are equally generous.
_WHO_IS_TREATED = ("mechanism", "scope", "out_of_scope", "cohort", "funded", "not_funded", "transition")

_TEXTS = (
    ("reference", "Reference"),
    ("title", "Title"),
    ("version", "Version"),
    ("issued_by", "Issued by"),
    ("ratified_on", "Ratified"),
    ("effective_from", "In effect from"),
    ("published_on", "Published"),
    ("effective_to", "In effect until"),
    ("withdrawn_on", "Withdrawn"),
    ("review", "Review due"),
    ("position", "Position"),
    ("position_as_printed", "Position as printed"),
    ("category", "Category"),
    ("mechanism", "Before treatment"),
    ("scope", "Scope"),
    ("out_of_scope", "Outside its scope"),
    ("cohort", "Patients it is about"),
    ("funded", "Funded"),
    ("not_funded", "Not funded"),
    ("rationale", "Why"),
    ("exceptionality", "Clinical exceptionality"),
    ("force", "Force"),
    ("monitoring", "Monitoring"),
    ("change_record", "Changes"),
    ("predecessors", "In place of"),
    ("transition", "Patients already offered the treatment"),
)


@dataclass(frozen=True)
class Piece:
    """A run of words that stayed, was taken out or was put in."""

    kind: Literal["same", "removed", "added"]
    words: str


@dataclass(frozen=True)
class Difference:
    """One field in which two versions differ: as words, or as a list of what was added and removed."""

    name: str
    heading: str
    older: str | None = None
    newer: str | None = None
    pieces: tuple[Piece, ...] = ()
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        return bool(self.removed or self.added)


def differences(older: PolicyRecord, newer: PolicyRecord) -> list[Difference]:
    """Every field in which the newer record says something else, in the order in which a page shows them."""
    found = []
    for name, heading in _TEXTS:
        told = _mechanism if name == "mechanism" else _said
        before, after = told(getattr(older, name)), told(getattr(newer, name))
        if before != after:
            found.append(Difference(name, heading, before, after, pieces=word_changes(before or "", after or "")))
    for name, heading in (("impacts", "Impact"), ("further", "Also stated")):
        found += _under_headings(name, heading, getattr(older, name), getattr(newer, name))
    for name, heading, these, those in _lists(older, newer):
        removed, added = _without(these, those), _without(those, these)
        if removed or added:
            found.append(Difference(name, heading, removed=removed, added=added))
    return found


def word_changes(older: str, newer: str) -> tuple[Piece, ...]:
    """The words of both texts, each run marked as the same, removed or added."""
    before, after = re.findall(r"\S+", older), re.findall(r"\S+", newer)
    pieces: list[Piece] = []
    for what, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece("same", " ".join(before[i:j])))
            continue
        if i < j:
            pieces.append(Piece("removed", " ".join(before[i:j])))
        if k < m:
            pieces.append(Piece("added", " ".join(after[k:m])))
    return tuple(pieces)


def generosity(older: PolicyRecord, newer: PolicyRecord) -> Generosity:
    """Whether the newer version lets more patients be treated, by the positions of the two. Where they are the same but
    who is treated is told otherwise, a person has to read both: that cannot be told from the records."""
    if Position.UNKNOWN in (older.position, newer.position):
        return "cannot be told"
    before, after = (_MOST_GENEROUS_FIRST.index(one.position) for one in (older, newer))
    if before != after:
        return "more" if after < before else "less"
    return "same" if _who_is_treated(older) == _who_is_treated(newer) else "cannot be told"


def _who_is_treated(record: PolicyRecord) -> tuple[Any, ...]:
    said = [
        (one.treatment, one.indication, one.position, one.mechanism, one.ages, one.criteria, _codes_of(one.codes))
        for one in record.statements
    ]
    return (*(getattr(record, name) for name in _WHO_IS_TREATED), said)


def _codes_of(listed: Any) -> list[tuple[str, str]]:
    return [(one.code, one.role) for one in (*listed.opcs4, *listed.icd10)]


# --- the record in words ------------------------------------------------------------------------------------------------


def _said(value: Any) -> str | None:
    """A value as a person reads it."""
    if value is None:
        return None
    if isinstance(value, Position):
        return value.words
    if isinstance(value, date):
        return day(value)
    if hasattr(value, "route_named"):
        return f"{value.words} ({'a route is named' if value.route_named else 'no route is named'})"
    if hasattr(value, "static"):
        static = "no review until there is new evidence" if value.static else None
        return "; ".join(part for part in (_said(value.day), value.words, static) if part) or None
    return str(value)


def _mechanism(value: str | None) -> str | None:
    return Mechanism(value).words if value else None


def _under_headings(name: str, heading: str, older: dict[str, str], newer: dict[str, str]) -> list[Difference]:
    return [
        Difference(name, f"{heading}: {one}", older.get(one), newer.get(one),
                   pieces=word_changes(older.get(one) or "", newer.get(one) or ""))
        for one in dict.fromkeys([*older, *newer])
        if older.get(one) != newer.get(one)
    ]  # fmt: skip


def _lists(older: PolicyRecord, newer: PolicyRecord) -> Iterable[tuple[str, str, list[str], list[str]]]:
    for name, heading, told in (
        ("areas", "Areas", _areas),
        ("replaces", "Takes the place of", _replaced),
        ("cites", "Guidance that it cites", lambda record: record.cites),
        ("statements", "Treatments and positions", _statements),
        ("criteria", "Criteria", _criteria),
        ("codes", "Codes", _codes),
        ("clauses", "Clauses of the commissioner", lambda record: [one.words for one in record.clauses]),
    ):
        yield name, heading, told(older), told(newer)


def _areas(record: PolicyRecord) -> list[str]:
    return [one if isinstance(one, str) else _area(one) for one in record.areas]


def _area(one: Any) -> str:
    facts = [
        ("ratified", _said(one.ratified_on)), ("from", _said(one.effective_from)), ("until", _said(one.effective_to)),
        ("before treatment:", _mechanism(one.mechanism)),
    ]  # fmt: skip
    differs = "; ".join(f"{name} {fact}" for name, fact in facts if fact)
    return f"{one.name} ({differs})" if differs else str(one.name)


def _replaced(record: PolicyRecord) -> list[str]:
    return [
        f"{one.policy}, version {one.version}" + (f" (its last day: {_said(one.last_on)})" if one.last_on else "")
        for one in record.replaces
    ]


def _named(said: Any) -> str:
    return f"{said.treatment}, for {said.indication}" if said.indication else str(said.treatment)


def _statements(record: PolicyRecord) -> list[str]:
    found = []
    for one in record.statements:
        ages = [
            f"from {one.ages.youngest} years" if one.ages.youngest is not None else None,
            f"to {one.ages.oldest} years" if one.ages.oldest is not None else None,
            one.ages.words,
        ]
        facts = [one.position.words, _mechanism(one.mechanism), *ages]
        found.append(f"{_named(one)}: {'; '.join(fact for fact in facts if fact)}")
    return found


def _criteria(record: PolicyRecord) -> list[str]:
    return [f"{_named(said)}, {one.label}: {one.words}" for said in record.statements for one in said.criteria]


def _codes(record: PolicyRecord) -> list[str]:
    uses = {"include": "", "exclude": ", left out", "site": ", where on the body"}
    return [
        f"{one.code}{f' ({one.label})' if one.label else ''}{uses[one.role]}: {_named(said)}"
        for said in record.statements
        for one in (*said.codes.opcs4, *said.codes.icd10)
    ]


def _without(these: Sequence[str], those: Sequence[str]) -> tuple[str, ...]:
    """What stands in one list and not in the other, once each."""
    held = set(those)
    return tuple(dict.fromkeys(one for one in these if one not in held))
