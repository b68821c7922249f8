"""Records handed in by the hundred: YAML as the register exports it, or a table (CSV) with a row for each statement."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import yaml

from ifr.people.models import Organisation
from ifr.policies.editing.proposing import names_route

MOST_RECORDS = 2_000
MOST_BYTES = 2_000_000
# A record is four levels deep. The parts are names, values and lists: a hundred whole policies have some 50,000 of them.
_DEEPEST, _MOST_PARTS = 20, 200_000
# The parser in C is ten times as fast, and comes with every build of the library for which there is one.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Columns of a table that stand in a record as they are; every other column has a place of its own below.
_PLAIN = (
    "reference", "title", "version", "kind", "issued_by", "position", "position_as_printed", "category", "mechanism", "scope",
    "out_of_scope", "cohort", "funded", "not_funded", "rationale", "force", "monitoring", "change_record", "predecessors",
    "transition", "ratified_on", "effective_from", "published_on", "effective_to",
)  # fmt: skip
OF_STATEMENT = ("treatment", "indication", "statement_position", "statement_mechanism", "known_by", "opcs4", "icd10", "criteria")
OF_WHOLE = (*_PLAIN, "areas", "review_due", "review_words", "exceptionality")
COLUMNS = (*OF_WHOLE, *OF_STATEMENT)


class BulkError(ValueError):
    """A file of records that cannot be read at all. The message is fit for the person who sent it."""


def is_bulk(name: str) -> bool:
    return name.casefold().endswith((".yaml", ".yml", ".csv"))


def records_in(name: str, content: bytes, owner: Organisation) -> list[dict[str, Any]]:
    """The records of a file, not yet checked one by one. Raises BulkError."""
    if len(content) > MOST_BYTES:
        raise BulkError(f"The file is larger than {MOST_BYTES // 1_000_000} MB, which is the most that is read. Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BulkError("The file is not in UTF-8. Save it as UTF-8 and choose it again.") from None
    found = list(_from_table(text) if name.casefold().endswith(".csv") else _from_yaml(text))
    if not found:
        raise BulkError("The file holds no record.")
    body = {"slug": owner.slug, "name": owner.name, "ods_code": owner.ods_code}
    return [{"record": "policy", "commissioner": body, **one} for one in found]


def _too_many() -> BulkError:
    return BulkError(f"The file holds more than {MOST_RECORDS:,} records. Split it.")


def _from_yaml(text: str) -> list[dict[str, Any]]:
    try:
        _check_parts(text)
        documents = [one for one in yaml.load_all(text, Loader=_Records) if one is not None]
    except BulkError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as fault:
        raise BulkError(f"This is no YAML that can be read{_line(getattr(fault, 'problem_mark', None))}.") from None
    found = [one for document in documents for one in (document if isinstance(document, list) else [document])]
    if not all(isinstance(one, dict) and all(isinstance(key, str) for key in one) for one in found):
        raise BulkError("Each record is a list of names with their values.")
    return found


class _Records(_LOADER):  # type: ignore[misc, valid-type]
    """A safe loader that hears of a name that stands twice in one record, of which it would keep the last alone."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in names:
                raise BulkError(f"The name {key.value[:60]} stands twice in one record{_line(key.start_mark)}.")
            names.add(key.value if isinstance(key, yaml.ScalarNode) else key)
        told: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return told


def _line(mark: Any) -> str:
    return f", line {mark.line + 1}" if mark else ""


def _check_parts(text: str) -> None:
    """Go through a file piece by piece, before anything is made of it. Raises BulkError at the first that is too much."""
    depth = parts = count = deepest_record = 0
    for piece in yaml.parse(text, Loader=_LOADER):
        # A name that stands for another part can make a small file huge; the register's own export has none.
        if isinstance(piece, yaml.AliasEvent):
            raise BulkError("The file refers to parts of itself (*name). Write each record out.")
        depth += isinstance(piece, yaml.CollectionStartEvent) - isinstance(piece, yaml.CollectionEndEvent)
        parts += isinstance(piece, yaml.NodeEvent)
        # A record stands by itself, or in a list of them.
        if depth == 1 and isinstance(piece, yaml.CollectionStartEvent):
            deepest_record = 2 if isinstance(piece, yaml.SequenceStartEvent) else 1
        count += isinstance(piece, yaml.MappingStartEvent) and depth <= deepest_record
        if depth > _DEEPEST:
            raise BulkError(f"The file is nested more deeply than any record{_line(piece.start_mark)}.")
        if count > MOST_RECORDS:
            raise _too_many()
        if parts > _MOST_PARTS:
            raise BulkError("The file holds more names and values than can be read at once. Split it.")


def _from_table(text: str) -> Iterator[dict[str, Any]]:
    """Rows with the same reference, title and version are the statements of one record."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    told: dict[tuple[str, ...], tuple[int, dict[str, str], dict[str, Any]]] = {}
    try:
        head = _head(next(reader, []))
        for cells in filter(None, reader):
            line = reader.line_num
            row = _row(line, head, cells)
            key = tuple(row.get(name, "") for name in ("reference", "title", "version"))
            if key in told:
                _check_row(line, row, *told[key][:2])
            elif len(told) == MOST_RECORDS:
                raise _too_many()
            _, _, record = told.setdefault(key, (line, row, _record(row)))
            if row.get("treatment"):
                record["statements"].append(_statement(row, record["position"]))
            elif lost := next((name for name in OF_STATEMENT if row.get(name)), None):
                raise BulkError(f"Line {line}, column {lost}: it says something of a treatment, and the row names none.")
    except csv.Error as fault:
        raise BulkError(f"This table cannot be read, line {reader.line_num}: {fault}.") from None
    yield from (record for _, _, record in told.values())


def _head(cells: list[str]) -> list[str]:
    """The names of the columns. Raises BulkError for one that is not known, or stands there twice."""
    head = [cell.strip() for cell in cells]
    if unknown := set(head) - {*COLUMNS, ""}:
        raise BulkError(f"These columns are not known: {', '.join(sorted(unknown))[:200]}.")
    if twice := next((name for name in head if name and head.count(name) > 1), None):
        raise BulkError(f"Line 1: the column {twice} stands there twice.")
    return head


def _row(line: int, head: list[str], cells: list[str]) -> dict[str, str]:
    """The cells of a line by their columns. Raises BulkError for a cell that no column has."""
    if len(cells) != len(head):
        raise BulkError(f"Line {line} has more or fewer cells than the head of the table.")
    if any(cell.strip() and not name for name, cell in zip(head, cells, strict=True)):
        raise BulkError(f"Line {line}: a cell stands in a column without a name.")
    return {name: cell.strip() for name, cell in zip(head, cells, strict=True) if name}


def _check_row(line: int, row: dict[str, str], first: int, before: dict[str, str]) -> None:
    """A further row of a record repeats what the first says of the whole, or leaves it empty: what it said otherwise would be
    lost. Raises BulkError."""
    if lost := next((name for name in OF_WHOLE if row.get(name) and row[name] != before[name]), None):
        own = " The position of one treatment stands in the column statement_position." if lost == "position" else ""
        raise BulkError(
            f"Line {line}, column {lost}: it says something else than line {first}, which is of the same record.{own}"
        )


def _record(row: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {name: row[name] for name in _PLAIN if row.get(name)}
    review = {"day": row.get("review_due") or None, "words": row.get("review_words") or None}
    words = row.get("exceptionality")
    return {
        "reference": None,
        "position": "unknown",
        **told,
        "areas": _parts(row, "areas"),
        "review": review,
        "exceptionality": {"words": words, "route_named": names_route(words)} if words else None,
        "statements": [],
    }


def _statement(row: dict[str, str], of_whole: str) -> dict[str, Any]:
    treatment = row["treatment"]
    return {
        "treatment": treatment,
        "indication": row.get("indication") or None,
        "position": row.get("statement_position") or of_whole,
        "mechanism": row.get("statement_mechanism") or None,
        "known_by": [{"words": one} for one in _parts(row, "known_by") or [treatment]],
        "codes": {system: [_code(one) for one in _parts(row, system)] for system in ("opcs4", "icd10")},
        "criteria": [{"label": str(n), "words": one} for n, one in enumerate(_parts(row, "criteria"), start=1)],
    }


def _code(text: str) -> dict[str, Any]:
    code, _, label = (part.strip() for part in text.partition("|"))
    return {"code": code, "label": label or None}


def _parts(row: dict[str, str], name: str) -> list[str]:
    """Several things in one cell stand apart by semicolons or lines."""
    return [one.strip() for line in (row.get(name) or "").splitlines() for one in line.split(";") if one.strip()]
