"""The command line: `ifr GROUP ...`. What prints data has `--json`."""

import importlib

import click

# Where each group stands. A group is imported when it is asked for, so that `ifr --help` is quick.
GROUPS = {
    "demo": ("ifr.commands.running", "demo", "Load the demonstration and serve it, with its worker."),
    "serve": ("ifr.commands.running", "serve", "Serve the pages."),
    "worker": ("ifr.commands.running", "worker", "Do what the clock does: issue letters, remind."),
    "upgrade": ("ifr.commands.database", "upgrade", "Bring database and definitions up to date."),
    "check": ("ifr.commands.database", "check", "Say whether this installation is sound."),
    "policy": ("ifr.commands.policy", "policy", "The register of commissioning policies."),
    "case": ("ifr.commands.records", "case", "What the service holds on a request."),
    "audit": ("ifr.commands.records", "audit", "The record of who did what."),
    "workflow": ("ifr.commands.drawing", "workflow", "Check and draw the process."),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(GROUPS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in GROUPS:
            return None
        module, attribute, _ = GROUPS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, GROUPS[name][2]) for name in sorted(GROUPS)])


@click.group(cls=_Lazy, help="Case management for NHS Individual Funding Requests.")
def main() -> None:
    """The entry point of the command `ifr`."""
