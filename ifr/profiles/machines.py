"""A machine as its file says it: states, moves, deadlines and letters."""

from datetime import date
from typing import Literal

from ifr.access import Role
from ifr.profiles.shapes import Key, Strict

STAYS = "="
NEW = "new"


class Labels(Strict):
    """What a state is called, for the office and for the clinician (and patient)."""

    staff: str
    clinician: str


class State(Strict):
    label: Labels
    stage: Key
    clock: Literal["none", "runs", "paused", "stopped", "by_reason"]
    refusal: bool = False
    final: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the office has something to do before the clinician knows: the clock runs or is paused."""
        return self.clock in ("runs", "paused", "by_reason")


class Stage(Strict):
    """One step of the picture that shows where a case stands."""

    key: Key
    label: str


class LetterSpec(Strict):
    """To whom a letter goes, who lets it go, which move its issue makes, which fact its issue is, and of which ending the
    letters of its step tell."""

    to: Literal[
        "clinician", "patient", "appellant", "other_body", "policy_lead", "gp", "provider", "finance", "next_of_kin",
    ]
    release: Literal["at_once", "by_person"]
    then: Key | None = None
    fact: Key | None = None
    ending: Key | None = None


class DeadlineSpec(Strict):
    """Which moves and facts open, meet and cancel a deadline, and which moves pause it until which others. Its length
    stands in the profile under the same name.

    A deadline ends with the request, unless it is one of those that run `after_the_end`.
    """

    name: Key
    label: str
    opens: list[Key]
    meets: list[Key]
    pauses: dict[Key, list[Key]] = {}
    cancels: list[Key] = []
    counts_from: Literal["receipt", "move"] = "move"
    whose: Literal["office", "clinician", "appellant", "other_body"] = "office"
    after_the_end: bool = False


class Move(Strict):
    trigger: Key
    source: list[str] | str
    dest: str
    label: str
    done: str
    roles: list[Role]
    guards: list[Key] = []
    letters: list[Key] = []
    reason: bool = False


class Workflow(Strict):
    """One machine: the states, the moves between them, their deadlines and letters."""

    name: Key
    version: int
    applies_from: date
    subject: str
    stages: list[Stage]
    groups: dict[Key, list[Key]] = {}
    states: dict[Key, State]
    letters: dict[Key, LetterSpec] = {}
    # What happens without a move and starts or ends a deadline: each with the words for it.
    facts: dict[Key, str] = {}
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
