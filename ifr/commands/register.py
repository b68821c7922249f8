"""`ifr policy export` and `ifr policy restore`: the register as one file of YAML, and back."""

from pathlib import Path
from typing import Any

import click
import yaml
from flask import current_app

from ifr.commands.database import upgrade
from ifr.commands.service import service
from ifr.db import transaction
from ifr.people.services import command
from ifr.policies.codes import CodeError
from ifr.policies.exporting import register_as_yaml
from ifr.policies.loading import restore
from ifr.policies.records import RecordError
from ifr.policies.services import QuestionError, commissioner_named


@click.command("export")
@click.option("--commissioner", metavar="SLUG", help="only the policies of this body")
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="write to this file")
def export_register(commissioner: str | None, output: Path | None) -> None:
    """Write the register as YAML, one document a record: guidance first, then every version that is or was published."""
    with service(), transaction(writes=False):
        if commissioner is not None:
            try:
                commissioner_named(commissioner)
            except QuestionError as fault:
                raise click.ClickException(f"Nothing was written. {fault}") from None
        if output is None:
            for one in register_as_yaml(commissioner):
                click.echo(one, nl=False)
        else:
            with output.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(register_as_yaml(commissioner))


@click.command("restore")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.pass_context
def restore_register(context: click.Context, file: Any) -> None:
    """Put an exported register on record, each version as published or withdrawn as it was. What is there stays."""
    try:
        written = [one for one in yaml.safe_load_all(file) if one is not None]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as fault:
        raise click.ClickException(f"The file is no YAML: {str(fault).splitlines()[0]}") from None
    if not all(isinstance(one, dict) for one in written):
        raise click.ClickException("Each document of the file holds one record.")
    if not current_app:
        context.invoke(upgrade)
    try:
        with service(), transaction():
            for one in restore(written, by=command("policy-restore")):
                click.echo(one.words)
    except (RecordError, CodeError) as fault:
        raise click.ClickException(f"Nothing was put on record. {fault}") from None
