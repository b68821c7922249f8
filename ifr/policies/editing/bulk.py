"""Records handed in by the hundred: YAML as the register exports it, or a table (CSV) with a row for each statement."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import yaml

from ifr.people.models import Organisation

MOST_RECORDS = 2_000
# Columns of a table that stand in a record as they are; every other column has a place of its own below.
_PLAIN = (
    "reference", "title", "version", "kind", "issued_by", "position", "position_as_printed", "category", "mechanism", "scope",
    "out_of_scope", "cohort", "funded", "not_funded", "rationale", "force", "monitoring", "change_record", "predecessors",
    "transition", "ratified_on", "effective_from", "published_on", "effective_to",
)  # fmt: skip
_STATEMENT = ("treatment", "indication", "statement_position", "statement_mechanism")
_LISTS = ("areas", "known_by", "opcs4", "icd10", "criteria")
_REVIEW = ("review_due", "review_words")
COLUMNS = (*_PLAIN, *_STATEMENT, *_LISTS, *_REVIEW, "exceptionality")


class BulkError(ValueError):
    """A file of records that cannot be read at all. The message is fit for the person who sent it."""


def is_bulk(name: str) -> bool:
    return name.casefold().endswith((".yaml", ".yml", ".csv"))


def records_in(name: str, content: bytes, owner: Organisation) -> list[dict[str, Any]]:
    """The records of a file, not yet checked one by one. Raises BulkError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BulkError("The file is not in UTF-8. Save it as UTF-8 and choose it again.") from None
    found = list(_from_table(text) if name.casefold().endswith(".csv") else _from_yaml(text))
    if not found:
        raise BulkError("The file holds no record.")
    if len(found) > MOST_RECORDS:
        raise BulkError(f"The file holds more than {MOST_RECORDS:,} records. Split it.")
    body = {"slug": owner.slug, "name": owner.name, "ods_code": owner.ods_code}
    return [{"record": "policy", "commissioner": body, **one} for one in found]


def _from_yaml(text: str) -> list[dict[str, Any]]:
    try:
        # A name that stands for another part can make a small file huge; the register's own export has none.
        if any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise BulkError("The file refers to parts of itself (*name). Write each record out.")
        documents = [one for one in yaml.safe_load_all(text) if one is not None]
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as fault:
        if isinstance(fault, BulkError):
            raise
        mark = getattr(fault, "problem_mark", None)
        raise BulkError(f"This is no YAML that can be read{f', line {mark.line + 1}' if mark else ''}.") from None
    found = [one for document in documents for one in (document if isinstance(document, list) else [document])]
    if not all(isinstance(one, dict) and all(isinstance(key, str) for key in one) for one in found):
        raise BulkError("Each record is a list of names with their values.")
    return found


def _from_table(text: str) -> Iterator[dict[str, Any]]:
    """Rows with the same reference, title and version are the statements of one record."""
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as fault:
        raise BulkError(f"This table cannot be read: {fault}.") from None
    named = {name for row in rows[:1] for name in row if name}
    if unknown := named - set(COLUMNS):
        raise BulkError(f"These columns are not known: {', '.join(sorted(unknown))[:200]}.")
    if any(None in row or None in row.values() for row in rows):
        raise BulkError("A row has more or fewer cells than the head of the table.")
    told: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple((row.get(name) or "").strip() for name in ("reference", "title", "version"))
        record = told.setdefault(key, _record(row))
        if (row.get("treatment") or "").strip():
            record["statements"].append(_statement(row))
    yield from told.values()


def _record(row: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {name: value for name in _PLAIN if (value := (row.get(name) or "").strip())}
    review = {"day": (row.get("review_due") or "").strip() or None, "words": (row.get("review_words") or "").strip() or None}
    words = (row.get("exceptionality") or "").strip()
    return {
        "reference": None,
        "position": "unknown",
        **told,
        "areas": _parts(row, "areas"),
        "review": review,
        "exceptionality": {"words": words, "route_named": "individual funding request" in words.casefold()} if words else None,
        "statements": [],
    }


def _statement(row: dict[str, str]) -> dict[str, Any]:
    treatment = row["treatment"].strip()
    position = (row.get("statement_position") or row.get("position") or "").strip()
    return {
        "treatment": treatment,
        "indication": (row.get("indication") or "").strip() or None,
        "position": position or "unknown",
        "mechanism": (row.get("statement_mechanism") or "").strip() or None,
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
