"""`ifr policy`: the commands on the register of commissioning policies, each imported when it is asked for."""

import click

from ifr.commands import Lazy

COMMANDS = {
    "export": ("ifr.commands.register", "export_register", "Write the register to files."),
    "import": ("ifr.commands.importing", "import_documents", "Read policies, and make drafts of them."),
    "lint": ("ifr.commands.linting", "lint_policies", "Ask what is doubtful in a policy."),
    "load-examples": ("ifr.commands.resolving", "load_examples", "Put the example policies on record."),
    "resolve": ("ifr.commands.resolving", "resolve", "Say which policy a request meets on a day."),
    "restore": ("ifr.commands.register", "restore_register", "Read the register back from files."),
}


@click.group(cls=Lazy, found=COMMANDS)
def policy() -> None:
    """Commissioning policies: load them, and ask which applies."""
