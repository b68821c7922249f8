"""`ifr policy import`: read documents, show what they state, each field with its passage, and make drafts of them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from ifr.policies.reading import Reading, UnreadableDocument, read_document
from ifr.policies.reading.opening import MOST_BYTES


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="print what was read, one JSON object; for several files one to a line")
@click.option("--commissioner", metavar="SLUG", help="make a draft of each in the register of this commissioner")
def import_documents(files: tuple[Path, ...], as_json: bool, commissioner: str | None) -> None:
    """Read policies (PDF, Word, web pages, plain text; with --commissioner also YAML and CSV of records).

    Without --commissioner nothing is written: what was read is shown, each field with its passage and how sure it is. With it
    each policy becomes a draft, which people confirm, propose and publish. A file that fails stops none.
    """
    if commissioner is None:
        failed = _show(files, as_json)
    elif as_json:
        raise click.UsageError("Choose one: --json shows what was read, --commissioner makes drafts of it.")
    else:
        failed = _make_drafts(files, commissioner)
    if failed:
        sys.exit(1)


def _show(files: tuple[Path, ...], as_json: bool) -> bool:
    failed = False
    for path, content in _opened(files):
        found = content if isinstance(content, str) else _read(path, content)
        if isinstance(found, str):
            failed = True
            click.echo(f"{path}: {found}", err=True)
        if as_json:
            told: dict[str, Any] = {"file": path.name, "error": found} if isinstance(found, str) else found.as_json()
            click.echo(json.dumps(told, ensure_ascii=False, indent=2 if len(files) == 1 else None))
        elif not isinstance(found, str):
            click.echo(_table(found))
            click.echo(_doubts(found))
    return failed


def _make_drafts(files: tuple[Path, ...], commissioner: str) -> bool:
    # What writes is imported when something is written: showing what a document states needs no database.
    from ifr.commands.linting import lines_of
    from ifr.commands.service import service
    from ifr.db import transaction
    from ifr.people.services import command
    from ifr.policies import services
    from ifr.policies.editing import importing
    from ifr.policies.linting import lint_version

    failed = False
    with service():
        with transaction(writes=False):
            try:
                services.commissioner_named(commissioner)
            except services.QuestionError as fault:
                raise click.UsageError(str(fault)) from None
        for path, content in _opened(files):
            if isinstance(content, str):
                words, failed = content, True
            else:
                with transaction():
                    owner = services.commissioner_named(commissioner)
                    made = importing.read_at_once(path.name, content, owner=owner, by=command("policy-import"))
                    words = made.words or f"a draft was made, number {made.version_id}"
                    failed = failed or made.state == importing.FAILED
                    if made.version_id is not None and not made.words:
                        words = "\n".join([words, *lines_of(lint_version(made.version_id))])
            click.echo(f"{path}: {words}")
    return failed


def _opened(files: tuple[Path, ...]) -> Iterator[tuple[Path, bytes | str]]:
    """Each file with its bytes, or why it cannot be opened; how far it is stands on the error stream."""
    for number, path in enumerate(files, start=1):
        if len(files) > 1:
            click.echo(f"{number} of {len(files)}: {path.name}", err=True)
        try:
            # One byte more than is read is enough to know that a file is too large.
            with path.open("rb") as opened:
                yield path, opened.read(MOST_BYTES + 1)
        except (OSError, ValueError) as fault:
            yield path, f"The file cannot be opened: {getattr(fault, 'strerror', None) or fault}."


def _read(path: Path, content: bytes) -> Reading | str:
    try:
        return read_document(path.name, content)
    except UnreadableDocument as fault:
        return str(fault)


def _table(reading: Reading) -> str:
    lines = [f"{reading.file_name} ({reading.sha256[:12]})"]
    for name, one in reading.fields().items():
        if one.value is None and one.sure is None:
            lines.append(f"  {name:<16} not stated")
            continue
        value = one.value if isinstance(one.value, str) else json.dumps(one.value, ensure_ascii=False)
        lines.append(f"  {name:<16} {_short(value)}  [{one.sure}]" + (f" {one.note}" if one.note else ""))
        lines.append(f"  {'':<16} read from: {_short(one.passage or '')}")
    return "\n".join(lines)


def _doubts(reading: Reading) -> str:
    """What the linter asks about what was read. It knows the register, which JSON of a document does not need."""
    from ifr.commands.linting import lines_of, of_reading

    checked = of_reading(reading.file_name, reading)
    if checked.error:
        return f"  to ask           {checked.error}"
    return "\n".join(["  to ask           " + ("" if checked.findings else "nothing")] + lines_of(checked.findings)).rstrip()


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 160 else f"{line[:159]}…"
