"""`ifr workflow`: check the process, draw it, and print who may do what."""

import json
from pathlib import Path

import click

from ifr import profiles, soundness
from ifr.config import HOUSE, from_environment
from ifr.profiles import NEW, STAYS, DefinitionError, Profile, Workflow


@click.group()
def workflow() -> None:
    """Check and draw the process."""


@workflow.command()
@click.option("--folder", type=click.Path(path_type=Path), help="A folder laid out like workflows/.")
@click.option("--json", "as_json", is_flag=True)
def check(folder: Path | None, as_json: bool) -> None:
    """Read every definition; say what is wrong, by file and entry, and what would cure it."""
    from ifr import create_app
    from ifr.application import letter_folders

    settings = from_environment()
    try:
        create_app(settings)  # the rooms register what the definitions may name
        sources = profiles.read_folder(folder or settings.workflows)
        soundness.check(sources, letter_folders=letter_folders())
    except DefinitionError as fault:
        if as_json:
            click.echo(json.dumps({"sound": False, "file": fault.file, "entry": fault.entry, "cure": fault.cure}))
            raise SystemExit(1) from None
        raise click.ClickException(str(fault)) from None
    said = [{"kind": s.kind, "file": s.file, "name": s.parsed.name, "version": s.parsed.version} for s in sources]
    if as_json:
        click.echo(json.dumps({"sound": True, "definitions": said}))
    else:
        for one in said:
            click.echo(f"{one['file']}: {one['kind']} {one['name']} version {one['version']}")
        click.echo(f"{len(said)} definitions, all sound")


@workflow.command()
@click.option("--profile", "profile_name", help="Narrowed as this commissioner holds it.")
@click.option("--to", type=click.Path(path_type=Path), default=HOUSE / "docs" / "process", show_default=False)
def draw(profile_name: str | None, to: Path) -> None:
    """Write a diagram and the table of states, moves and roles for each machine; with --profile print one table."""
    sources = profiles.read_folder(from_environment().workflows)
    machines = [s.parsed for s in sources if s.kind == "workflow"]
    if profile_name:
        found = [s.parsed for s in sources if s.kind == "profile" and s.parsed.name == profile_name]
        if not found:
            raise click.ClickException(f"no profile named {profile_name}")
        for machine in machines:
            click.echo(f"## {machine.name}\n\n{table(machine, found[0])}")
        return
    to.mkdir(parents=True, exist_ok=True)
    for machine in machines:
        (to / f"{machine.name}.md").write_text(page(machine), encoding="utf-8")
        click.echo(str(to / f"{machine.name}.md"))


def page(machine: Workflow) -> str:
    """The page of one machine under docs/process/."""
    return (
        f"# {machine.name}, version {machine.version}\n\n"
        f"Generated from `workflows/{machine.name}.yaml` by `ifr workflow draw`; a test keeps it current.\n\n"
        f"```mermaid\n{mermaid(machine)}```\n\n## States\n\n{states(machine)}\n## Moves\n\n{table(machine)}\n"
        f"## Deadlines\n\n{deadlines(machine)}"
    )


def mermaid(machine: Workflow) -> str:
    """The moves that change the state, as a mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    for entry in machine.moves:
        if entry.dest == STAYS:
            continue
        for source in machine.sources(entry):
            lines.append(f"    {'[*]' if source == NEW else source} --> {entry.dest}: {entry.trigger}")
    lines += [f"    {name} --> [*]" for name, state in machine.states.items() if state.final]
    return "\n".join(lines) + "\n"


def states(machine: Workflow) -> str:
    rows = ["| state | staff read | the clinician reads | clock | refusal |", "|---|---|---|---|---|"]
    for name, state in machine.states.items():
        refusal = "yes" if state.refusal else ""
        rows.append(f"| {name} | {state.label.staff} | {state.label.clinician} | {state.clock} | {refusal} |")
    return "\n".join(rows) + "\n"


def deadlines(machine: Workflow) -> str:
    """Every deadline: whose it is, and what opens, meets, cancels and pauses it. Its length stands in the profile."""
    rows = ["| deadline | whose | counts from | opens | meets | cancels | pauses, until |", "|---|---|---|---|---|---|---|"]
    for one in machine.deadlines:
        pauses = "; ".join(f"{step}, until {' or '.join(until)}" for step, until in one.pauses.items())
        cells = [
            f"{one.name}: {one.label}", one.whose, one.counts_from, ", ".join(one.opens), ", ".join(one.meets),
            ", ".join([*one.cancels, *([] if one.after_the_end else ["the end of the request"])]), pauses,
        ]  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |")
    facts = "".join(f"- {name}: {words}\n" for name, words in machine.facts.items())
    return "\n".join(rows) + "\n" + (f"\nWhat happens without a move:\n\n{facts}" if facts else "")


def table(machine: Workflow, profile: Profile | None = None) -> str:
    """Every move from every state, and who may make it: as the machine says, or as one commissioner narrows it."""
    from ifr.workflow import roles_for

    rows = ["| from | move | to | who | asks for | letters |", "|---|---|---|---|---|---|"]
    for entry in machine.moves:
        for source in machine.sources(entry):
            roles = ", ".join(sorted(roles_for(entry, profile)))
            asks = ", ".join([*(["a reason"] if entry.reason else []), *entry.guards])
            dest = machine.destination(entry, source)
            rows.append(f"| {source} | {entry.trigger} | {dest} | {roles} | {asks} | {', '.join(entry.letters)} |")
    return "\n".join(rows) + "\n"
