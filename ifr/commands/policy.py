"""`ifr policy`: load the example records, and ask which policy a request meets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError

from ifr.commands.database import upgrade
from ifr.commands.importing import import_documents
from ifr.commands.linting import lint_policies
from ifr.commands.register import export_register, restore_register
from ifr.db import transaction
from ifr.people.services import command
from ifr.policies import services
from ifr.policies.services import QuestionError, Resolution


@contextmanager
def _service() -> Iterator[None]:
    """The application whose context is open, else one made from the environment."""
    if current_app:
        yield
        return
    from ifr import create_app

    with create_app().app_context():
        yield


@click.group()
def policy() -> None:
    """Commissioning policies: load them, and ask which applies."""


policy.add_command(lint_policies)
policy.add_command(export_register)
policy.add_command(restore_register)


@policy.command("load-examples")
@click.pass_context
def load_examples(context: click.Context) -> None:
    """Put the example policies and guidance on record, on a new database too. What is there stays."""
    if not current_app:
        context.invoke(upgrade)
    with _service(), transaction():
        for one in services.load_examples(by=command("policy-load-examples")):
            click.echo(one.words)


@policy.command("resolve")
@click.option("--commissioner", required=True, help="central-east or cheshire-merseyside")
@click.option("--treatment", "treatments", multiple=True, metavar="CODE", help="OPCS-4; may be repeated")
@click.option("--indication", "indications", multiple=True, metavar="CODE", help="ICD-10; may be repeated")
@click.option("--treatment-words", metavar="WORDS", help="what the treatment is called")
@click.option("--area", help="the area of the patient's practice")
@click.option("--on", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="the day asked about")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object and nothing else")
def resolve(
    commissioner: str,
    treatments: tuple[str, ...],
    indications: tuple[str, ...],
    treatment_words: str | None,
    area: str | None,
    on: datetime,
    as_json: bool,
) -> None:
    """Say which policy of a commissioner a request meets on a day, and how that was found."""
    try:
        with _service(), transaction(writes=False):
            found = services.resolve(commissioner, area, treatments, treatment_words, indications, on.date())
    except QuestionError as fault:
        raise click.UsageError(str(fault)) from None
    except DBAPIError:
        raise click.ClickException(
            "The database cannot be read; run `ifr policy load-examples` first."
        ) from None
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else _in_words(found))


def _in_words(found: Resolution) -> str:
    named = (
        ", ".join(one for one in (found.reference, found.title, found.version) if one) or "no policy named"
    )
    lines = [f"{found.answer.value}: {named}"]
    lines += [f"warning: {one.value}" for one in found.warnings]
    lines += [f"guidance: {one.reference}, {one.title}" for one in found.guidance]
    lines += [f"also: {one['title']}, {one['version']} ({one['why']})" for one in found.also]
    return "\n".join([*lines, "", *found.steps])


policy.add_command(import_documents)
