"""Whether a profile can be used: what is wrong with it, and at which of its entries, in sentences for a page."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import yaml
from pydantic import ValidationError

from ifr import profiles, soundness
from ifr.access import Role
from ifr.letters import LETTERS
from ifr.profiles import DefinitionError, Move, Profile, Source
from ifr.workflow import Invalid

_OTHERS = ("workflow", "test", "questions")
STEP = " > "


def as_text(profile: Profile) -> str:
    """A whole profile as a definition is kept: every entry stands in it, also those that were left to their usual value."""
    said = profile.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=120)


def read(raw: dict[str, Any]) -> Profile:
    """The profile that these values make. Raises Invalid, entry -> sentence, for each value that no profile can have."""
    try:
        return Profile.model_validate(raw)
    except ValidationError as fault:
        wrong = {STEP.join(str(step) for step in one["loc"]): _said(one["type"], one["msg"]) for one in fault.errors()}
        raise Invalid(wrong) from None


def _said(kind: str, message: str) -> str:
    return "Choose among what is offered." if kind in ("enum", "literal_error") else f"{message}."


def faults(profile: Profile, on: date) -> dict[str, str]:
    """Why a profile cannot be used beside the other definitions of a day: entry -> sentence; empty where it can be."""
    # Its text would only be asked for the line of a fault, and a page has none.
    candidate = Source("profile", "this version", "", profile)
    others = [one for one in profiles.in_force(on, _OTHERS) if not _is_anothers_test(one, profile)]
    try:
        soundness.check([*others, candidate], letter_folders=set(LETTERS))
    except DefinitionError as fault:
        return {fault.entry: in_words(fault)}
    return {}


def leads_on(profile: Profile, on: date) -> bool:
    """Whether a screening may send a request on to be decided: where none can, what is received under this profile stays
    where it is, since no later version reaches it."""
    leading: set[str] = set()
    for machine in (source.parsed for source in profiles.in_force(on, ["workflow"])):
        ends = {state.stage for state in machine.states.values() if not state.is_open}
        before = {name for name, state in machine.states.items() if state.stage not in ends}
        leading |= {name for move in machine.moves if move.dest in before for name in move.guards}
    return any(f"recommends_{one}" in leading for one in profile.screening.matrix)


def _is_anothers_test(source: Source, profile: Profile) -> bool:
    """A test stands and falls with the profile of its own commissioner."""
    return source.kind == "test" and source.parsed.commissioner != profile.name


def in_words(fault: DefinitionError) -> str:
    """A fault of a definition as a sentence for people who know no definitions."""
    if fault.entry.endswith((f"{STEP}by", f"{STEP}countersigned_by")):
        return "Somebody is named here who may not take this step. Choose among the roles that are offered."
    where, cure = fault.entry.replace("_", " ").replace(STEP, ", "), re.sub(r"\bmove\b", "step", fault.cure)
    return f"“{where[0].upper()}{where[1:]}” {cure}."


def may_conclude(on: date) -> list[Role]:
    """The roles that may conclude a screening at all, in any office."""
    return _roles_of(move for move in _moves(on) if move.trigger == "conclude_screening")


def may_countersign(recommendation: str, on: date) -> list[Role]:
    """The roles that may take the step which follows a recommendation, and so sign it second."""
    return _roles_of(move for move in _moves(on) if f"recommends_{recommendation}" in move.guards)


def _moves(on: date) -> Iterator[Move]:
    for source in profiles.in_force(on, ["workflow"]):
        yield from source.parsed.moves


def _roles_of(moves: Iterable[Move]) -> list[Role]:
    return sorted({role for move in moves for role in move.roles} - {Role.SCHEDULER})
