"""What a reading gives: each field with the words it was read from and how sure that is."""

from dataclasses import dataclass, fields
from typing import Any

CERTAIN, LIKELY, DOUBTFUL = "certain", "likely", "doubtful"


class UnreadableDocument(ValueError):
    """The file holds no text that can be read. The message is fit for the person who chose the file."""


@dataclass(frozen=True)
class Field:
    """One thing read: its value, the verbatim words that it was read from, and how sure it is.

    `certain`: a label or heading says it; `likely`: the wording says it; `doubtful`: a person must look, for
    the reason in `note`. What the text does not state has none of them.
    """

    value: Any = None
    passage: str | None = None
    sure: str | None = None
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The field as an object. A note stands in it only where there is one."""
        told = {"value": self.value, "passage": self.passage, "sure": self.sure}
        return told | ({"note": self.note} if self.note else {})


NOT_STATED = Field()


@dataclass(frozen=True)
class CodeRow:
    """A code as the document prints it, once for each printing. `role` is include, exclude or site."""

    code: str
    label: str | None
    role: str
    passage: str

    def as_json(self) -> dict[str, Any]:
        """The row as an object."""
        return {"code": self.code, "label": self.label, "role": self.role, "passage": self.passage}


@dataclass(frozen=True)
class Reading:
    """A document as it was read. `text` is everything that was extracted, verbatim."""

    file_name: str
    sha256: str
    text: str
    kind: Field = NOT_STATED
    title: Field = NOT_STATED
    reference: Field = NOT_STATED
    version: Field = NOT_STATED
    position: Field = NOT_STATED
    ratified_on: Field = NOT_STATED
    effective_from: Field = NOT_STATED
    published_on: Field = NOT_STATED
    review_due: Field = NOT_STATED
    opcs: Field = NOT_STATED
    icd10: Field = NOT_STATED
    statements: Field = NOT_STATED
    areas: Field = NOT_STATED
    supersedes: Field = NOT_STATED
    category: Field = NOT_STATED
    mechanism: Field = NOT_STATED
    scope: Field = NOT_STATED
    out_of_scope: Field = NOT_STATED
    cohort: Field = NOT_STATED
    funded: Field = NOT_STATED
    not_funded: Field = NOT_STATED
    rationale: Field = NOT_STATED
    exceptionality: Field = NOT_STATED
    force: Field = NOT_STATED
    monitoring: Field = NOT_STATED
    change_record: Field = NOT_STATED
    impacts: Field = NOT_STATED
    age: Field = NOT_STATED
    evidence: Field = NOT_STATED
    cites: Field = NOT_STATED
    clauses: Field = NOT_STATED
    further: Field = NOT_STATED
    opcs_rows: tuple[CodeRow, ...] = ()
    icd10_rows: tuple[CodeRow, ...] = ()

    def fields(self) -> dict[str, Field]:
        """Every field by its name, in the order in which it is shown."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in named.items() if isinstance(value, Field)}

    def as_json(self) -> dict[str, Any]:
        """The reading as one object. The two lists of codes also carry every printed row."""
        told: dict[str, Any] = {"file": self.file_name, "sha256": self.sha256}
        told |= {name: value.as_json() for name, value in self.fields().items()}
        told["opcs"]["rows"] = [row.as_json() for row in self.opcs_rows]
        told["icd10"]["rows"] = [row.as_json() for row in self.icd10_rows]
        return told
