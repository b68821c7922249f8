"""Definitions as data: machines, commissioners' profiles, exceptionality tests and question sets.

Each YAML file has a name, a version and the day from which it applies. `ifr upgrade` copies it into the table
`definitions`, where it never changes again; a case pins what it works under by the id of such a row.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import clock
from ifr.access import Role
from ifr.db import Model, db

STAYS = "="
NEW = "new"
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]


class DefinitionError(Exception):
    """A file of `workflows/` that cannot be used. Says which file, which entry and what would cure it."""

    def __init__(self, file: str, entry: str, cure: str) -> None:
        super().__init__(f"{file}: {entry}: {cure}")
        self.file, self.entry, self.cure = file, entry, cure


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# --- machines -------------------------------------------------------------------------------------------------------


class Labels(_Strict):
    """What a state is called, for the office and for the clinician (and patient)."""

    staff: str
    clinician: str


class State(_Strict):
    label: Labels
    stage: Key
    clock: Literal["none", "runs", "paused", "stopped", "by_reason"]
    refusal: bool = False
    final: bool = False


class Stage(_Strict):
    """One step of the picture that shows where a case stands."""

    key: Key
    label: str


class LetterSpec(_Strict):
    """To whom a letter goes, who lets it go, and which move its issue makes."""

    to: Literal["clinician", "patient", "appellant", "other_body", "policy_lead"]
    release: Literal["at_once", "by_person"]
    then: Key | None = None


class DeadlineSpec(_Strict):
    """Which moves open, meet and pause a deadline. Its length stands in the profile under the same name."""

    name: Key
    label: str
    opens: list[Key]
    meets: list[Key]
    pauses: dict[Key, list[Key]] = {}
    counts_from: Literal["receipt", "move"] = "move"


class Move(_Strict):
    trigger: Key
    source: list[str] | str
    dest: str
    label: str
    done: str
    roles: list[Role]
    guards: list[Key] = []
    letters: list[Key] = []
    reason: bool = False


class Workflow(_Strict):
    """One machine: the states, the moves between them, their deadlines and letters."""

    name: Key
    version: int
    applies_from: date
    subject: str
    stages: list[Stage]
    groups: dict[Key, list[Key]] = {}
    states: dict[Key, State]
    letters: dict[Key, LetterSpec] = {}
    deadlines: list[DeadlineSpec] = []
    moves: list[Move]

    def sources(self, move: Move) -> list[str]:
        """The states in which a move starts, with the names of groups written out."""
        named = [move.source] if isinstance(move.source, str) else move.source
        return [state for name in named for state in self.groups.get(name, [name])]

    def moves_from(self, state: str) -> list[Move]:
        return [m for m in self.moves if state in self.sources(m)]

    def find(self, trigger: str, state: str | None = None) -> Move | None:
        """The entry of a trigger that starts in this state (in any, where none is given)."""
        for one in self.moves:
            if one.trigger == trigger and (state is None or state in self.sources(one)):
                return one
        return None

    def destination(self, move: Move, source: str) -> str:
        return source if move.dest == STAYS else move.dest


# --- profiles -------------------------------------------------------------------------------------------------------


class Unit(StrEnum):
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Length(_Strict):
    """How long something may take, and where that figure comes from."""

    length: Annotated[int, Field(ge=1)]
    unit: Unit
    source: str = Field(description="the document that says so, or the words 'example, not any commissioner's policy'")

    def __str__(self) -> str:
        return f"{self.length} {self.unit.words}"


class Letterhead(_Strict):
    address: list[str]
    telephone: str
    email: str
    demonstration: bool = True


class Quorum(_Strict):
    """How many of whom must be present and unconflicted for each item."""

    voting: int
    clinicians: int
    doctors: int = 0
    lay: int
    source: str


class Panel(_Strict):
    name: str
    review_name: str
    quorum: Quorum
    review_quorum: Quorum
    screener_may_vote: bool = False
    decides_by: Literal["majority", "consensus"] = "majority"
    casting_vote: bool = True


class ChairsAction(_Strict):
    """The urgent decision of a chair outside a meeting: how many clinicians are heard, and which endings it may reach."""

    clinicians_heard: Annotated[int, Field(ge=1)]
    endings: list[Literal["funded", "funded_in_part", "not_funded"]]
    source: str


class Narrowing(_Strict):
    """A move as one commissioner holds it: fewer roles than the machine allows."""

    roles: list[Role]


class Screening(_Strict):
    """Which recommendations a screener may make here, and which need a second signature."""

    recommendations: list[Key]
    countersigned: list[Key]
    countersigners: list[Role]
    source: str


class Appeals(_Strict):
    window: Length
    grounds: dict[Key, str]
    lodged_by: list[Literal["clinician", "patient", "representative"]]
    review_may_change: bool = False


class Authority(_Strict):
    """One entry of the scheme of delegation: who may end a request how, up to which amount, from when until when."""

    key: Key
    endings: list[Key]
    roles: list[Role]
    post: str
    up_to: Decimal | None = Field(default=None, description="pounds; no bound where none is given")
    reference: str
    from_on: date
    until_on: date | None = None


class Commissioner(_Strict):
    name: str
    short_name: str
    ods_code: str
    ods_is_demonstration: bool
    areas: list[str] = []


class Exceptionality(_Strict):
    """Which published test this commissioner holds a request to, by the route it takes."""

    policy_exception: Name
    no_policy: Name


class Profile(_Strict):
    """What one commissioner does in its own way. Every figure says where it comes from."""

    name: Name
    version: int
    applies_from: date
    commissioner: Commissioner
    letterhead: Letterhead
    words: dict[Key, str] = {}
    labels: dict[Key, Labels] = {}
    skips: list[Key] = []
    days: dict[Key, Length]
    narrows: dict[Key, Narrowing] = {}
    screening: Screening
    panel: Panel
    chairs_action: ChairsAction
    authorities: list[Authority]
    challenge: dict[Key, list[Literal["reconsideration", "appeal", "complaint", "ombudsman", "other_body"]]]
    appeals: Appeals
    exceptionality: Exceptionality
    provider_approval_needed: bool = False
    policy_date: Literal["referral", "receipt", "decision"] = "receipt"

    def authorities_for(self, ending: str, on: date) -> list[Authority]:
        """The delegations in force on a day under which a request may end so."""
        return [
            a
            for a in self.authorities
            if ending in a.endings and a.from_on <= on and (a.until_on is None or on <= a.until_on)
        ]


# --- exceptionality tests -------------------------------------------------------------------------------------------


class Comparator(_Strict):
    asked: bool
    words: str = ""


class TestQuestion(_Strict):
    __test__ = False  # a question of an exceptionality test, which pytest is not to collect

    key: Key
    text: str
    required_before_panel: bool = True


class LeftOut(_Strict):
    """What a commissioner does not take into account, and the clause that says so."""

    what: str
    clause: str


class ExceptionalityTest(_Strict):
    """A commissioner's published test, in its own words and order."""

    __test__ = False

    name: Name
    version: int
    applies_from: date
    commissioner: Name
    route: Literal["policy_exception", "no_policy", "rarity", "continuation"]
    title: str
    words: str
    source: str
    example: bool
    comparator: Comparator
    questions: Annotated[list[TestQuestion], Field(min_length=1)]
    left_out: list[LeftOut] = []


# --- questions of the request form ----------------------------------------------------------------------------------


class Question(_Strict):
    key: Key
    label: str
    hint: str = ""
    kind: Literal[
        "line", "text", "choice", "yes_no", "day", "money", "opcs4", "icd10",
        "factors", "files", "treatments", "policy", "test", "comparator",
    ]  # fmt: skip
    options: dict[str, str] = {}
    tier: Literal["submit", "screen", "applies"] = "screen"
    urgent: bool = False
    identity: bool = False


class Section(_Strict):
    key: Key
    title: str
    intro: str = ""
    questions: list[Question]


class Questions(_Strict):
    """The request form: its sections in order, and which answers it takes to submit."""

    name: Name
    version: int
    applies_from: date
    sections: list[Section]

    def all(self) -> list[Question]:
        return [q for s in self.sections for q in s.questions]

    def section(self, key: str) -> Section | None:
        return next((s for s in self.sections if s.key == key), None)


# --- reading --------------------------------------------------------------------------------------------------------

KINDS: dict[str, type[BaseModel]] = {
    "workflow": Workflow,
    "profile": Profile,
    "test": ExceptionalityTest,
    "questions": Questions,
}
FOLDERS = {"workflow": "", "profile": "commissioners", "test": "exceptionality", "questions": "questions"}
AnyDefinition = Workflow | Profile | ExceptionalityTest | Questions


@dataclass(frozen=True)
class Source:
    """One file as it was read: its kind, where it stands, its text and what it says."""

    kind: str
    file: str
    text: str
    parsed: Any

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML lets the second of two equal keys win without a word; here that is a fault."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def parse(kind: str, file: str, text: str) -> Any:
    """Read the text of one definition. Raises DefinitionError naming file, entry and cure."""
    try:
        raw = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else "the file"
        raise DefinitionError(file, line, f"is not readable YAML ({getattr(fault, 'problem', fault)}); mend it there") from None
    try:
        return KINDS[kind].model_validate(raw)
    except ValidationError as fault:
        first = fault.errors()[0]
        entry = _entry(raw, first["loc"])
        if first["type"] == "extra_forbidden":
            cure = "is not a key that is known here; remove it or correct its spelling"
        elif first["type"] == "missing":
            cure = "is missing; add it"
        else:
            cure = f"{first['msg'][0].lower()}{first['msg'][1:]}; it says {str(first['input'])[:60]!r}"
        raise DefinitionError(file, entry, cure) from None


def _entry(raw: Any, path: tuple[int | str, ...]) -> str:
    """Name an entry as its author would: `moves > submit > roles`, not `moves.3.roles`."""
    words = []
    for step in path:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            raw = None
        if isinstance(step, int):
            named = raw if isinstance(raw, dict) else {}
            words.append(str(named.get("trigger") or named.get("key") or named.get("name") or f"entry {step + 1}"))
        else:
            words.append(step)
    return " > ".join(words) or "the file"


def read_folder(folder: Path) -> list[Source]:
    """Read every definition of a folder laid out like `workflows/`. Raises DefinitionError for the first that is wrong."""
    return list(_read(folder))


def _read(folder: Path) -> Iterator[Source]:
    for kind, sub in FOLDERS.items():
        for path in sorted((folder / sub).glob("*.yaml")):
            file = str(path.relative_to(folder))
            text = path.read_text(encoding="utf-8")
            yield Source(kind, file, text, parse(kind, file, text))


# --- kept versions --------------------------------------------------------------------------------------------------


class Definition(Model):
    """One version of one definition, as it stood when it was published here. Never changed."""

    __tablename__ = "definitions"
    __table_args__ = (UniqueConstraint("kind", "name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    applies_from: Mapped[date]
    sha256: Mapped[str]
    text: Mapped[str]


def publish(sources: list[Source]) -> list[Definition]:
    """Copy each definition that is not kept yet. Raises DefinitionError when a version is kept with another text."""
    kept = {(d.kind, d.name, d.version): d for d in db.session.scalars(select(Definition))}
    new = []
    for source in sources:
        there = kept.get((source.kind, source.parsed.name, source.parsed.version))
        if there is None:
            new.append(_as_row(source))
        elif there.sha256 != source.sha256:
            raise DefinitionError(
                source.file,
                f"version {there.version}",
                "is published with another text, and cases may work under it; raise the version and its applies_from",
            )
    db.session.add_all(new)
    db.session.flush()
    return new


def _as_row(source: Source) -> Definition:
    return Definition(
        kind=source.kind,
        name=source.parsed.name,
        version=source.parsed.version,
        applies_from=source.parsed.applies_from,
        sha256=source.sha256,
        text=source.text,
    )


@lru_cache(maxsize=512)
def _parsed(kind: str, name: str, sha256: str, text: str) -> Any:
    return parse(kind, name, text)


def by_id(definition_id: int) -> Any:
    """What a kept definition says. Raises LookupError when there is none with this id."""
    row = _kept(definition_id)
    return _parsed(row.kind, row.name, row.sha256, row.text)


def sha_of(definition_id: int) -> str:
    return _kept(definition_id).sha256


def _kept(definition_id: int) -> Definition:
    """A row that never changes is read once in a session, which by itself forgets whatever nobody holds."""
    held: dict[int, Definition] = db.session.info.setdefault("definitions", {})
    if definition_id not in held:
        row = db.session.get(Definition, definition_id)
        if row is None:
            raise LookupError(f"no definition {definition_id}")
        held[definition_id] = row
    return held[definition_id]


def latest(kind: str, name: str, on: date | None = None) -> Definition:
    """The version that applies on a day (today, where none is given).

    Raises LookupError when there is none: `ifr upgrade` has not run, or the first version applies later.
    """
    on = on or clock.today()
    row = db.session.scalars(
        select(Definition)
        .where(Definition.kind == kind, Definition.name == name, Definition.applies_from <= on)
        .order_by(Definition.applies_from.desc(), Definition.version.desc())
        .limit(1)
    ).first()
    if row is None:
        raise LookupError(f"no {kind} named {name} applies on {on.isoformat()}; has `ifr upgrade` been run?")
    return row
