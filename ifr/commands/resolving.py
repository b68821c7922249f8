"""`ifr policy load-examples` and `ifr policy resolve`: load the example records, ask which policy a request meets."""

import json
from datetime import datetime

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError

from ifr.commands.database import upgrade
from ifr.commands.service import service
from ifr.db import transaction
from ifr.people.services import command
from ifr.policies import services
from ifr.policies.services import QuestionError, Resolution

_NUMBER = click.IntRange(1, 2**31 - 1)
_MARKED = {None: "not marked", True: "met", False: "not met"}


@click.command("load-examples")
@click.pass_context
def load_examples(context: click.Context) -> None:
    """Put the example policies and guidance on record, on a new database too. What is there stays."""
    if not current_app:
        context.invoke(upgrade)
    with service(), transaction():
        for one in services.load_examples(by=command("policy-load-examples")):
            click.echo(one.words)


@click.command("resolve")
@click.option("--commissioner", required=True, help="central-east or cheshire-merseyside")
@click.option("--treatment", "treatments", multiple=True, metavar="CODE", help="OPCS-4; may be repeated")
@click.option("--indication", "indications", multiple=True, metavar="CODE", help="ICD-10; may be repeated")
@click.option("--treatment-words", metavar="WORDS", help="what the treatment is called")
@click.option("--area", help="the area of the patient's practice")
@click.option("--on", "on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="the day asked about")
@click.option(
    "--met", multiple=True, type=_NUMBER, metavar="NUMBER", help="a criterion of the policy that is met; may be repeated"
)
@click.option("--not-met", multiple=True, type=_NUMBER, metavar="NUMBER", help="a criterion that is not met; may be repeated")
@click.option("--claimed", type=_NUMBER, metavar="NUMBER", help="a clause on who is eligible that is said to apply")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object and nothing else")
def resolve(
    commissioner: str,
    treatments: tuple[str, ...],
    indications: tuple[str, ...],
    treatment_words: str | None,
    area: str | None,
    on: datetime,
    met: tuple[int, ...],
    not_met: tuple[int, ...],
    claimed: int | None,
    as_json: bool,
) -> None:
    """Say which policy of a commissioner a request meets on a day, and how that was found.

    Ask once to see the criteria of the policy with their numbers, and again to mark them: all of them met is a matter of
    approval, and one that is not met is what the request is about.
    """
    both = sorted(set(met) & set(not_met))
    if both:
        raise click.UsageError(f"Criterion {both[0]} is marked as met and as not met.")
    marks = {**dict.fromkeys(met, True), **dict.fromkeys(not_met, False)}
    try:
        with service(), transaction(writes=False):
            found = services.resolve(
                commissioner, area, treatments, treatment_words, indications, on.date(), marks=marks, claimed=claimed
            )
    except QuestionError as fault:
        raise click.UsageError(str(fault)) from None
    except DBAPIError:
        raise click.ClickException("The database cannot be read; run `ifr policy load-examples` first.") from None
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else _in_words(found))


def _in_words(found: Resolution) -> str:
    named = ", ".join(one for one in (found.reference, found.title, found.version) if one) or "no policy named"
    lines = [f"{found.answer.value}: {named}"]
    lines += [f"warning: {one.value}" for one in found.warnings]
    lines += [f"guidance: {one.reference}, {one.title}" for one in found.guidance]
    lines += [f"also: {one['title']}, {one['version']} ({one['why']})" for one in found.also]
    lines += [f"criterion {one.number}, {_MARKED[one.met]}: {one.label} {one.words}" for one in found.rows]
    return "\n".join([*lines, "", *found.steps])
