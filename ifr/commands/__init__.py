"""The command line: `ifr GROUP ...`. What prints data has `--json`."""

import importlib
from collections.abc import Mapping
from typing import Any

import click

# Where each group stands. A group is imported when it is asked for, so that `ifr --help` is quick.
GROUPS = {
    "demo": ("ifr.commands.running", "demo", "Load the demonstration and serve it, with its worker."),
    "serve": ("ifr.commands.running", "serve", "Serve the pages."),
    "worker": ("ifr.commands.running", "worker", "Do what the clock does: issue letters, remind."),
    "upgrade": ("ifr.commands.database", "upgrade", "Bring database and definitions up to date."),
    "check": ("ifr.commands.database", "check", "Say whether this installation is sound."),
    "policy": ("ifr.commands.policy", "policy", "The register of commissioning policies."),
    "mail": ("ifr.commands.mail", "mail", "What mail servers report of our mails."),
    "practices": ("ifr.commands.practices", "practices", "GP practices, and whose patients theirs are."),
    "holidays": ("ifr.commands.holidays", "holidays", "The table of days off: check it, list it."),
    "case": ("ifr.commands.records", "case", "What the service holds on a request."),
    "audit": ("ifr.commands.records", "audit", "The record of who did what."),
    "workflow": ("ifr.commands.drawing", "workflow", "Check and draw the process."),
}


class Lazy(click.Group):
    """A group that imports a command when it is asked for. `found` says of each its module, its name there and its help."""

    def __init__(self, *args: Any, found: Mapping[str, tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = found

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.found)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.found:
            return None
        module, attribute, _ = self.found[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.found[name][2]) for name in sorted(self.found)])


@click.group(cls=Lazy, found=GROUPS, help="Case management for NHS Individual Funding Requests.")
def main() -> None:
    """The entry point of the command `ifr`."""
