"""Whether the definitions of `workflows/` can be used: read before anybody works under them, and without a database.

Each refusal names file, entry and cure.
"""

from collections.abc import Iterable

from ifr.access import Role
from ifr.deadlines import LENGTHS, QUESTIONS
from ifr.letters import LETTERS
from ifr.profiles import NEW, STAYS, Condition, ExceptionalityTest, Move, Profile, Questions, Source, Workflow
from ifr.workflow import EFFECTS, GUARDS

# Half of what offices receive comes back incomplete, and long forms are why: so many questions stand before sending.
MOST_TO_SUBMIT = 20
ANSWERS_WHEN_URGENT = 8


def check(sources: Iterable[Source], *, letter_folders: set[str]) -> None:
    """Refuse definitions that could lead a case astray. Raises DefinitionError naming file, entry and cure.

    `letter_folders` are the names of the letters that have templates.
    """
    sources = list(sources)
    workflows = {s.parsed.name: s for s in sources if s.kind == "workflow"}
    tests = {s.parsed.name for s in sources if s.kind == "test"}
    commissioners = {s.parsed.name for s in sources if s.kind == "profile"}
    ticks = {one.key for s in sources if s.kind == "questions" for one in s.parsed.gate}
    for source in workflows.values():
        _check_names(source, letter_folders)
        _check_shape(source)
        _check_refusals(source)
    for source in sources:
        if source.kind == "profile":
            _check_profile(source, workflows, tests)
            _check_gate_words(source, ticks)
        elif source.kind == "test":
            _check_test(source, commissioners)
        elif source.kind == "questions":
            _check_questions(source)


def _check_names(source: Source, letter_folders: set[str]) -> None:
    """Every name that the machine uses means something."""
    workflow: Workflow = source.parsed
    for entry in workflow.moves:
        _check_move_names(source, entry)
    for name, spec in workflow.letters.items():
        where = f"letters > {name}"
        if name not in LETTERS:
            raise source.fault(where, "no room registers what it states")
        if name not in letter_folders:
            raise source.fault(where, f"has no folder templates/letters/{name}")
        if spec.then and workflow.find(spec.then) is None:
            raise source.fault(where, f"makes the move {spec.then!r}, which is not listed")
    _check_triggers(source)


def _check_triggers(source: Source) -> None:
    """Deadlines and rooms wait for moves that there are."""
    workflow: Workflow = source.parsed
    triggers = {entry.trigger for entry in workflow.moves}
    for name, letter in workflow.letters.items():
        if letter.fact and letter.fact not in workflow.facts:
            raise source.fault(f"letters > {name}", f"is the fact {letter.fact!r}, which is not listed under facts")
    for deadline in workflow.deadlines:
        where = f"deadlines > {deadline.name}"
        closers = [name for names in deadline.pauses.values() for name in names]
        for name in [*deadline.opens, *deadline.meets, *deadline.cancels, *deadline.pauses, *closers]:
            if name not in triggers and name not in workflow.facts:
                raise source.fault(where, f"names {name!r}, which is no move and no fact")
        for name in deadline.pauses:
            if name not in QUESTIONS:
                raise source.fault(where, f"is paused by {name!r}, for which no room says what question it asks")
    for machine, trigger in EFFECTS:
        if machine == workflow.name and trigger not in triggers:
            raise source.fault("moves", f"lack {trigger!r}, on which a room writes; add it")


def _check_move_names(source: Source, entry: Move) -> None:
    workflow: Workflow = source.parsed
    where = f"moves > {entry.trigger}"
    for name in workflow.sources(entry):
        if name not in workflow.states and name != NEW:
            raise source.fault(where, f"starts in {name!r}, which is no state; add it or correct it")
    if entry.dest not in workflow.states and entry.dest != STAYS:
        raise source.fault(where, f"leads to {entry.dest!r}, which is no state; add it or correct it")
    for name in entry.guards:
        if name not in GUARDS:
            raise source.fault(where, f"asks the guard {name!r}, which no room registers")
    for name in entry.letters:
        if name not in workflow.letters:
            raise source.fault(where, f"sends {name!r}, which is not listed under letters")


def _check_shape(source: Source) -> None:
    """Every state can be reached and left, and no step can be read in two ways."""
    workflow: Workflow = source.parsed
    seen: set[tuple[str, str]] = set()
    for entry in workflow.moves:
        for start in workflow.sources(entry):
            if (entry.trigger, start) in seen:
                where = f"moves > {entry.trigger}"
                raise source.fault(where, f"stands twice from {start!r}; keep one")
            seen.add((entry.trigger, start))
    stages = {stage.key for stage in workflow.stages}
    reached = _reachable(workflow)
    for name, state in workflow.states.items():
        where = f"states > {name}"
        if name not in reached:
            raise source.fault(where, "is reached by no move; add one or remove the state")
        if state.stage not in stages:
            raise source.fault(where, f"belongs to the stage {state.stage!r}, which is not listed")
        if not state.final and not any(workflow.destination(m, name) != name for m in workflow.moves_from(name)):
            raise source.fault(where, "has no way out; add a move, or mark it final")


def _reachable(workflow: Workflow) -> set[str]:
    reached, ahead = set(), [NEW]
    while ahead:
        here = ahead.pop()
        for entry in workflow.moves_from(here):
            there = workflow.destination(entry, here)
            if there not in reached and there != here:
                reached.add(there)
                ahead.append(there)
    return reached


def _check_refusals(source: Source) -> None:
    """Every ending that does not fund has reasons, goes to the patient too, and is made by a person."""
    workflow: Workflow = source.parsed
    for entry in workflow.moves:
        if entry.dest not in workflow.states or not workflow.states[entry.dest].refusal:
            continue
        where = f"moves > {entry.trigger}"
        if Role.SCHEDULER in entry.roles:
            raise source.fault(where, "refuses, so the scheduler may not make it; a person ends things")
        for carrier in _carriers(workflow, entry):
            if not carrier.reason and not any(GUARDS[name].gives_reasons for name in carrier.guards):
                cure = "refuses without reasons; ask a reason or a guard that gives them"
                raise source.fault(where, cure)
            if not any(workflow.letters[name].to in ("patient", "appellant") for name in carrier.letters):
                raise source.fault(where, "refuses without a letter to the patient; add one")


def _carriers(workflow: Workflow, entry: Move) -> list[Move]:
    """The moves whose letter makes this one when it is issued; the move itself where it sends its own letters."""
    return [m for m in workflow.moves if any(workflow.letters[n].then == entry.trigger for n in m.letters)] or [entry]


def _check_profile(source: Source, workflows: dict[str, Source], tests: set[str]) -> None:
    """A profile narrows the machines and never widens them, and leaves every refusal open to challenge."""
    profile: Profile = source.parsed
    for machine in workflows.values():
        for name, state in machine.parsed.states.items():
            if state.refusal and not profile.challenge.get(name):
                cure = "names no route of challenge, and every refusal has one; add it"
                raise source.fault(f"challenge > {name}", cure)
        for deadline in machine.parsed.deadlines:
            if deadline.name not in profile.days and deadline.name not in LENGTHS:
                raise source.fault(f"days > {deadline.name}", "is missing; give its length")
    _check_timetable(source, workflows)
    _check_narrowing(source, {m.trigger: m for machine in workflows.values() for m in machine.parsed.moves})
    for name in (profile.exceptionality.policy_exception, profile.exceptionality.no_policy):
        if name not in tests:
            raise source.fault("exceptionality", f"names the test {name!r}, which has no file")
    _check_matrix(source, {m.trigger: m for machine in workflows.values() for m in machine.parsed.moves})
    _check_authorities(source)


def _check_timetable(source: Source, workflows: dict[str, Source]) -> None:
    """Reminders and extensions are those of deadlines that there are, and what the clock does is open to it."""
    profile: Profile = source.parsed
    machines = {one.name: machine.parsed for machine in workflows.values() for one in machine.parsed.deadlines}
    for part, named in (("reminders", profile.reminders), ("extensions", profile.extensions)):
        for name in named:
            if name not in machines:
                raise source.fault(f"{part} > {name}", "is no deadline of any machine; correct or remove it")
    for name, plan in profile.reminders.items():
        entry = machines[name].find(plan.then.move) if plan.then else None
        if plan.then and (entry is None or Role.SCHEDULER not in entry.roles):
            cure = f"names {plan.then.move!r}, which the clock may not do; name a step that lists the scheduler"
            raise source.fault(f"reminders > {name} > then", cure)


def _check_narrowing(source: Source, entries: dict[str, Move]) -> None:
    for trigger, narrowing in source.parsed.narrows.items():
        where = f"narrows > {trigger}"
        if trigger not in entries:
            raise source.fault(where, "is no move; correct or remove it")
        wider = set(narrowing.roles) - set(entries[trigger].roles)
        if wider:
            cure = f"lets in {', '.join(sorted(wider))}, whom the machine does not; a profile only narrows"
            raise source.fault(where, cure)
        if not narrowing.roles:
            raise source.fault(where, "leaves nobody; name at least one role")


def _check_matrix(source: Source, entries: dict[str, Move]) -> None:
    """Whoever the matrix names can do what it says: the machine lets them conclude, and make the ending or the referral."""
    concluding = entries.get("conclude_screening")
    for name, row in source.parsed.screening.matrix.items():
        where = f"screening > matrix > {name}"
        if f"recommends_{name}" not in GUARDS:
            raise source.fault(where, "is no recommendation that there is; correct or remove it")
        if not row.source.strip():
            raise source.fault(where, "names no source; say which document says so, or that it is an example")
        following = [entry for entry in entries.values() if f"recommends_{name}" in entry.guards]
        _let_in(source, f"{where} > by", row.by, [concluding] if concluding else [])
        _let_in(source, f"{where} > countersigned_by", row.countersigned_by, following)


def _let_in(source: Source, where: str, roles: list[Role], entries: list[Move]) -> None:
    for role in roles:
        if not any(role in entry.roles for entry in entries):
            raise source.fault(where, f"names {role.value}, whom no move lets in; name a role that may make it")


def _check_test(source: Source, commissioners: set[str]) -> None:
    """A published test is somebody's, in words, and each of its questions can be told from the others."""
    test: ExceptionalityTest = source.parsed
    if test.commissioner not in commissioners:
        raise source.fault("commissioner", f"is {test.commissioner!r}, who has no profile; correct it or add the profile")
    for name in ("words", "source"):
        if not getattr(test, name).strip():
            raise source.fault(name, "is empty; give the published words and where they stand")
    if test.comparator.asked and not test.comparator.words.strip():
        raise source.fault("comparator > words", "is empty, though a comparison group is asked for; say with whom to compare")
    seen: set[str] = set()
    for question in test.questions:
        if question.key in seen:
            raise source.fault(f"questions > {question.key}", "stands twice; give one of them another key")
        seen.add(question.key)
    for number, left in enumerate(test.left_out, start=1):
        if not left.clause.strip():
            raise source.fault(f"left_out > entry {number}", "names no clause; without one nothing may be left out")


def _check_questions(source: Source) -> None:
    """A form can be finished in ten minutes: every question is told from the others, and few are asked before sending."""
    questions: Questions = source.parsed
    seen: set[str] = set()
    asked_first = 0
    for section in questions.sections:
        for question in section.questions:
            where = f"sections > {section.key} > questions > {question.key}"
            if question.key in seen:
                raise source.fault(where, "stands twice; give one of them another key")
            seen.add(question.key)
            if question.kind == "choice" and not question.options:
                raise source.fault(where, "is a choice without options; list them")
            asked_first += question.tier == "submit"
            if asked_first > MOST_TO_SUBMIT:
                cure = f"is one more than the {MOST_TO_SUBMIT} questions that may be asked before sending; ask it later"
                raise source.fault(where, cure)
    _check_conditions(source)
    _check_urgent(source)
    _check_gate(source, seen)


def _check_conditions(source: Source) -> None:
    """A question that is asked only after some answers hangs on an earlier question, and on answers that it can have.

    What hangs only on what stands before it cannot hang on itself.
    """
    before: dict[str, set[str]] = {}
    everywhere = {question.key for question in source.parsed.all()}
    for section in source.parsed.sections:
        for question in section.questions:
            where = f"sections > {section.key} > questions > {question.key} > applies_when"
            if question.applies_when:
                _check_condition(source, where, question.applies_when, before, everywhere)
            before[question.key] = {"yes", "no"} if question.kind == "yes_no" else set(question.options)


def _check_condition(
    source: Source, where: str, wanted: Condition, before: dict[str, set[str]], everywhere: set[str]
) -> None:
    if wanted.key not in before:
        cure = "stands no earlier than this question" if wanted.key in everywhere else "is no question of this form"
        raise source.fault(where, f"hangs on {wanted.key!r}, which {cure}; name a question that is asked before it")
    for answer in wanted.answers:
        if answer not in before[wanted.key]:
            raise source.fault(where, f"hangs on {answer!r}, which is no answer to {wanted.key!r}; name one of its options")


def _check_urgent(source: Source) -> None:
    """An urgent request is sent with eight answers: its provider, who the patient is, and six others."""
    answers = 2
    for section in source.parsed.sections:
        for question in section.questions:
            answers += question.urgent and not question.identity
            if answers > ANSWERS_WHEN_URGENT:
                where = f"sections > {section.key} > questions > {question.key}"
                cure = f"is one more than the {ANSWERS_WHEN_URGENT} answers of an urgent request; ask it afterwards"
                raise source.fault(where, cure)
    if answers < ANSWERS_WHEN_URGENT:
        cure = f"an urgent request has {answers} answers and needs {ANSWERS_WHEN_URGENT}; mark what is missing as urgent"
        raise source.fault("sections", cure)


def _check_gate(source: Source, asked: set[str]) -> None:
    """Every tick before the form stands once and fills answers that there are; a printed label leads to a question."""
    seen: set[str] = set()
    for tick in source.parsed.gate:
        where = f"gate > {tick.key}"
        if tick.key in seen:
            raise source.fault(where, "stands twice; give one of them another key")
        seen.add(tick.key)
        for key in tick.fills:
            if key not in asked:
                raise source.fault(f"{where} > fills > {key}", "is no question of this form; correct or remove it")
    for key in source.parsed.printed_as:
        if key not in asked:
            raise source.fault(f"printed_as > {key}", "is no question of this form; correct or remove it")


def _check_gate_words(source: Source, ticks: set[str]) -> None:
    for key in source.parsed.gate:
        if key not in ticks:
            raise source.fault(f"gate > {key}", "is no tick of the page before the form; correct or remove it")


def _check_authorities(source: Source) -> None:
    seen: set[str] = set()
    for authority in source.parsed.authorities:
        if authority.key in seen:
            raise source.fault(f"authorities > {authority.key}", "stands twice; keep one")
        seen.add(authority.key)
