"""`ifr policy lint`: what is doubtful about documents, written records, or the policies on record. It changes nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import yaml
from sqlalchemy.exc import DBAPIError

from ifr.commands.service import service
from ifr.db import transaction
from ifr.policies import records
from ifr.policies.codes import CodeError
from ifr.policies.editing.proposing import KINDS, proposed_record
from ifr.policies.linting import Finding, lint, lint_named, lint_register
from ifr.policies.reading import Reading, UnreadableDocument, read_document
from ifr.policies.reading.opening import MOST_BYTES

_WRITTEN = (".yaml", ".yml")


@dataclass(frozen=True)
class Checked:
    """What came of one record: its findings, or why it could not be read."""

    source: str
    name: str | None = None
    findings: list[Finding] = field(default_factory=list)
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        said = {"source": self.source, "policy": self.name, "findings": [one.as_json() for one in self.findings]}
        return said | ({"error": self.error} if self.error else {})

    def in_words(self) -> str:
        head = f"{self.source}: {self.name}" if self.name else self.source
        if self.error:
            return f"{head}: {self.error}"
        if not self.findings:
            return f"{head}: nothing to ask"
        return "\n".join([head, *lines_of(self.findings)])


def lines_of(findings: list[Finding]) -> list[str]:
    """Each finding on a line of its own."""
    return [f"  {one.code}: {one.words}" for one in findings]


@click.command("lint")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@click.option("--commissioner", metavar="NAME", help="central-east or cheshire-merseyside; without it every commissioner")
@click.option(
    "--draft",
    "drafts",
    multiple=True,
    metavar="ADDRESS",
    help="a draft, or any version on record: its number, or central-east/ets/2-1 as in its address",
)
@click.option("--json", "as_json", is_flag=True, help="print one JSON list and nothing else")
def lint_policies(files: tuple[Path, ...], commissioner: str | None, drafts: tuple[str, ...], as_json: bool) -> None:
    """Ask the owner of a policy about what is doubtful in it.

    FILE is a document of a policy (PDF, Word, a web page, plain text), or holds written records: YAML, one or many documents,
    or a list of records. Without a file the published policies on record are read.
    """
    if commissioner and (files or drafts):
        raise click.UsageError("Choose one: --commissioner reads the published policies; files and drafts stand for themselves.")
    checked = [one for path in files for one in _of_file(path)]
    if drafts or not files:
        checked += _of_register(commissioner, drafts)
    if as_json:
        click.echo(json.dumps([one.as_json() for one in checked], indent=2, ensure_ascii=False))
    else:
        for one in checked:
            click.echo(one.in_words())
    if any(one.error for one in checked):
        raise SystemExit(1)


def _of_file(path: Path) -> Iterator[Checked]:
    """A document, or the records of a file. What cannot be read is said to be so, and stops none of the others."""
    try:
        if path.suffix.casefold() not in _WRITTEN:
            with path.open("rb") as opened:
                yield _of_document(path, opened.read(MOST_BYTES + 1))
            return
        written = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except OSError as fault:
        yield Checked(str(path), error=f"The file cannot be opened: {fault.strerror}.")
        return
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError):
        yield Checked(str(path), error="This is no written record: a record is YAML, in UTF-8.")
        return
    for one in _one_by_one(written):
        yield _of_record(str(path), one)


def _of_document(path: Path, content: bytes) -> Checked:
    try:
        return of_reading(str(path), read_document(path.name, content))
    except UnreadableDocument as fault:
        return Checked(str(path), error=str(fault))


def of_reading(source: str, reading: Reading) -> Checked:
    """What is doubtful in the record that a document proposes. Only its own words are looked at, not those on record."""
    kind = reading.kind.value or "other"
    if kind not in KINDS:
        name = kind.replace("_", " ")
        return Checked(source, error=f"This is no policy of a commissioner ({name}), so there is nothing to ask.")
    try:
        record = proposed_record(reading)
        return Checked(source, f"{record.title}, version {record.version}", lint(record))
    except (records.RecordError, CodeError) as fault:
        return Checked(source, error=str(fault))


def _one_by_one(written: list[Any]) -> Iterator[Any]:
    """The records of a file, whether each is a document of its own or a document is a list of them."""
    for one in written:
        if isinstance(one, list) and one:
            yield from one
        else:
            yield one


def _of_record(source: str, written: Any) -> Checked:
    if not isinstance(written, dict):
        return Checked(source, error="This is no written record: it has no entries.")
    try:
        record = records.read(written)
    except records.RecordError as fault:
        return Checked(source, error=str(fault))
    if isinstance(record, records.GuidanceRecord):
        return Checked(source, f"{record.kind}{record.number}")
    return Checked(source, f"{record.title}, version {record.version}", lint(record))


def _of_register(commissioner: str | None, drafts: tuple[str, ...]) -> list[Checked]:
    try:
        with service():
            return _linted(commissioner, drafts)
    except DBAPIError:
        raise click.ClickException("The database cannot be read; run `ifr policy load-examples` first.") from None


def _linted(commissioner: str | None, drafts: tuple[str, ...]) -> list[Checked]:
    from ifr.policies.services import commissioners

    with transaction(writes=False):
        known = dict(commissioners())
        if commissioner and commissioner not in known:
            raise click.UsageError(f"No commissioner is called {commissioner}. On record: {', '.join(sorted(known)) or 'none'}.")
        if drafts:
            return [_of_draft(one) for one in drafts]
        return [Checked(one.commissioner, one.name, one.findings) for one in lint_register(commissioner)]


def _of_draft(address: str) -> Checked:
    try:
        found = lint_named(address)
    except LookupError:
        return Checked(address, error="No draft and no version on record has this number or address.")
    return Checked(found.commissioner, found.name, found.findings)
