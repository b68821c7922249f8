"""Which states of a machine one target covers: the steps for which time is measured, read from the machine itself.

A step begins in a state into which moves lead that open its deadline, and goes on in the states of its stage that are
reached from there. A state without a deadline of its own is a step of its own.
"""

from dataclasses import dataclass

from ifr.profiles import DeadlineSpec, Workflow
from ifr.profiles.machines import STAYS

# The deadline of the whole way, from the receipt to the decision.
WHOLE_WAY = "decision"


@dataclass(frozen=True)
class Step:
    """One step of the way: its stage, its deadline (none where the profile sets no target) and who has to act in it."""

    key: str
    stage: str
    label: str
    deadline: str | None
    whose: str
    from_receipt: bool
    # The moves whose pause holds its clock.
    pauses: frozenset[str]
    begins_in: str


@dataclass(frozen=True)
class Steps:
    """The steps of one machine in the order of the way, which of them each state belongs to, and the states that answer
    the request."""

    machine: Workflow
    order: list[Step]
    by_state: dict[str, Step]
    answers: frozenset[str]
    whole_way_pauses: frozenset[str]

    def stage_label(self, stage: str) -> str:
        return next(one.label for one in self.machine.stages if one.key == stage)


def steps_of(machine: Workflow) -> Steps:
    """The steps of a machine."""
    pausing = frozenset(opener for spec in machine.deadlines for opener in spec.pauses)
    begun = _begun(machine, pausing)
    by_state: dict[str, Step] = {}
    for state, spec in begun.items():
        step = _of_deadline(machine, spec, state)
        for one in _reached(machine, state, set(begun)):
            by_state.setdefault(one, step)
    for state in _measured(machine):
        by_state.setdefault(state, _without_target(machine, state, pausing))
    stages = [stage.key for stage in machine.stages]
    places = list(machine.states)
    order = sorted(set(by_state.values()), key=lambda one: (stages.index(one.stage), places.index(one.begins_in)))
    whole = next((spec for spec in machine.deadlines if spec.name == WHOLE_WAY), None)
    return Steps(machine, order, by_state, _answers(machine, whole), frozenset(whole.pauses) if whole else frozenset())


def _measured(machine: Workflow) -> list[str]:
    """The states in which the office has something to do, or waits for somebody."""
    return [name for name, state in machine.states.items() if state.is_open]


def _begun(machine: Workflow, pausing: frozenset[str]) -> dict[str, DeadlineSpec]:
    """The states in which a deadline begins that covers one stage or a part of it. One that begins in several stages
    covers the whole way, and one that is begun by a pause is the time of whoever was asked."""
    found: dict[str, DeadlineSpec] = {}
    for spec in machine.deadlines:
        begins = [
            move.dest for move in machine.moves
            if move.trigger in spec.opens and move.trigger not in pausing and move.dest != STAYS
            and machine.states[move.dest].is_open
        ]  # fmt: skip
        stages = {machine.states[state].stage for state in begins}
        if len(stages) == 1 and stages & _ends_in(machine, spec):
            for state in begins:
                found.setdefault(state, spec)
    return found


def _ends_in(machine: Workflow, spec: DeadlineSpec) -> set[str]:
    """The stages from which a move leads that meets a deadline."""
    sources = {source for move in machine.moves if move.trigger in spec.meets for source in machine.sources(move)}
    return {machine.states[source].stage for source in sources if source in machine.states}


def _reached(machine: Workflow, begin: str, elsewhere: set[str]) -> set[str]:
    """The states of a stage that are reached from the first one of a step without another step's beginning."""
    stage, reached, ahead = machine.states[begin].stage, {begin}, [begin]
    while ahead:
        state = ahead.pop()
        onward = {machine.destination(move, state) for move in machine.moves_from(state)}
        onward = {one for one in onward if machine.states[one].stage == stage and machine.states[one].is_open}
        ahead += onward - reached - elsewhere
        reached |= onward - elsewhere
    return reached


def _of_deadline(machine: Workflow, spec: DeadlineSpec, begin: str) -> Step:
    stage = machine.states[begin].stage
    receipt = spec.counts_from == "receipt"
    return Step(spec.name, stage, spec.label, spec.name, spec.whose, receipt, frozenset(spec.pauses), begin)


def _without_target(machine: Workflow, state: str, pausing: frozenset[str]) -> Step:
    found = machine.states[state]
    return Step(state, found.stage, found.label.staff, None, "office", False, pausing, state)


def _answers(machine: Workflow, whole: DeadlineSpec | None) -> frozenset[str]:
    """The states that answer a request: those that meet the deadline of the whole way, and every ending of their stage."""
    if whole is None:
        return frozenset()
    met = {move.dest for move in machine.moves if move.trigger in whole.meets and move.dest != STAYS}
    stages = {machine.states[state].stage for state in met}
    ended = {name for name, one in machine.states.items() if one.stage in stages and one.clock == "stopped"}
    return frozenset(met | ended)
