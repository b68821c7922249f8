"""What the repository says about itself is true today."""

import re
from pathlib import Path

import pytest
from flask import Flask

from ifr import profiles
from ifr.commands import GROUPS
from ifr.commands.drawing import page
from ifr.config import HOUSE, PACKAGE

MACHINES = [s.parsed for s in profiles.read_folder(HOUSE / "workflows") if s.kind == "workflow"]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: m.name)
def test_the_drawn_process_is_current(machine: profiles.Workflow, apps: dict[str, Flask]) -> None:
    drawn = HOUSE / "docs" / "process" / f"{machine.name}.md"
    current = drawn.exists() and drawn.read_text(encoding="utf-8") == page(machine)
    assert current, "Run `ifr workflow draw` and commit what it wrote."


def test_the_tour_of_the_tree_names_every_room() -> None:
    readme = (HOUSE / "README.md").read_text()
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    modules = {p.name for p in PACKAGE.glob("*.py") if p.name != "__init__.py"}
    missing = {r for r in rooms if f"{r}/" not in readme} | {m for m in modules if m not in readme}
    assert not missing, f"Add a line to the tour of the tree in README.md for {sorted(missing)}"


def test_every_command_is_named_in_the_readme() -> None:
    readme = (HOUSE / "README.md").read_text()
    assert not [g for g in GROUPS if f"`{g}`" not in readme]


def test_the_project_speaks_of_itself_alone() -> None:
    """No address of a package registry, and no path of somebody's machine."""
    found = []
    for path in HOUSE.rglob("*"):
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".yaml", ".html", ".txt", ".css", ""}:
            here = path.relative_to(HOUSE).parts
            if here[0].startswith(".") and here[0] != ".ci" or {"vendor", "instance", "fonts"} & set(here):
                continue
            text = path.read_text(encoding="utf-8", errors="ignore")
            if re.search(r"pypi\.org/simple|registry\.npmjs|files\.pythonhosted|/work/" + r"main|/home/\w", text):
                found.append(str(path.relative_to(HOUSE)))
    assert not [f for f in found if not f.endswith("test_documents.py")], f"Take the address out of {found}"


def test_every_definition_says_where_its_figures_come_from() -> None:
    for source in profiles.read_folder(HOUSE / "workflows"):
        if source.kind == "profile":
            profile = source.parsed
            timers = profile.days.values()
            urgent = [one.urgent for one in timers if one.urgent]
            said = [*timers, *urgent, *profile.extensions.values(), *profile.reminders.values()]
            assert all(one.source.strip() for one in said), source.file


def test_vendored_files_are_as_recorded() -> None:
    import hashlib

    folder = PACKAGE / "static" / "vendor" / "nhsuk-frontend"
    recorded = (folder / "VENDORED.md").read_text()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.name != "VENDORED.md":
            assert hashlib.sha256(path.read_bytes()).hexdigest() in recorded, f"{path.name} is not the file that was recorded"
