"""What a written record of a policy or of guidance may hold, as in `examples/`; strict, so that a slip is
heard of.

Facts are in our own words; codes, titles, references, versions and dates are as printed. `null` says that the
document does not state it.
"""

from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ifr.config import PACKAGE
from ifr.policies.models import Position

EXAMPLES = PACKAGE / "policies" / "examples"


class RecordError(ValueError):
    """A record that cannot be read: says which entry, and what is wrong with it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Code(_Strict):
    """One code as printed. `ours` marks a code that we chose because the document prints none."""

    code: str
    label: str | None = None
    role: Literal["include", "exclude", "site"] = "include"
    flag: str | None = None
    ours: bool = False


class Codes(_Strict):
    opcs4: list[Code] = []
    icd10: list[Code] = []


class Phrase(_Strict):
    """Words by which the treatment is known."""

    words: str
    ours: bool = False


class CriterionRecord(_Strict):
    label: str
    words: str


class StatementRecord(_Strict):
    treatment: str
    indication: str | None = None
    position: Position
    known_by: list[Phrase] = []
    codes: Codes = Codes()
    criteria: list[CriterionRecord] = []


class Body(_Strict):
    slug: str
    name: str
    ods_code: str = ""
    ods_is_demonstration: bool = True


class SourceFile(_Strict):
    file: str
    sha256: str


class Review(_Strict):
    """When a review is due: a day, or words such as TBC, or never until new evidence (static)."""

    day: date | None = None
    words: str | None = None
    static: bool = False


class Exceptionality(_Strict):
    words: str
    route_named: bool


class ClauseRecord(_Strict):
    kind: Literal["core_eligibility", "cosmetic", "diagnostics", "trials"]
    words: str
    may_be_out_of_date: bool = False
    why: str | None = None


class PolicyRecord(_Strict):
    record: Literal["policy"]
    commissioner: Body
    reference: str | None
    title: str
    version: str
    kind: Literal["clinical", "umbrella", "ifr_process"] = "clinical"
    demonstration: bool = False
    source: SourceFile | None = None
    areas: list[str] = []
    ratified_on: date | None = None
    effective_from: date | None = None
    published_on: date | None = None
    effective_to: date | None = None
    review: Review = Review()
    position: Position
    position_as_printed: str | None = None
    category: str | None = None
    mechanism: Literal["none", "monitored", "prior_approval"] | None = None
    scope: str | None = None
    out_of_scope: str | None = None
    cohort: str | None = None
    funded: str | None = None
    not_funded: str | None = None
    rationale: str | None = None
    exceptionality: Exceptionality | None = None
    force: str | None = None
    monitoring: str | None = None
    change_record: str | None = None
    predecessors: str | None = None
    further: dict[str, str] = {}
    remarks: list[str] = []
    cites: list[str] = []
    statements: Annotated[list[StatementRecord], Field(min_length=1)]
    clauses: list[ClauseRecord] = []


class FormerNumber(_Strict):
    number: str
    until: str


class GuidanceRecord(_Strict):
    record: Literal["guidance"]
    kind: Literal["TA", "HST", "HTG", "IPG", "NG", "CG"]
    number: str
    formerly: list[FormerNumber] = []
    title: str
    publisher: str | None = None
    url: str | None = None
    published_on: date | None = None
    withdrawn_on: date | None = None
    source: SourceFile | None = None
    says: str | None = None
    recommendations: dict[str, str] = {}
    further: dict[str, str] = {}
    known_by: list[Phrase] = []
    codes: Codes = Codes()


Record = Annotated[PolicyRecord | GuidanceRecord, Field(discriminator="record")]
_READER: TypeAdapter[PolicyRecord | GuidanceRecord] = TypeAdapter(Record)


def read(raw: dict[str, Any]) -> PolicyRecord | GuidanceRecord:
    """Raises RecordError for the first entry that is wrong."""
    try:
        return _READER.validate_python(raw)
    except ValidationError as fault:
        first = fault.errors()[0]
        entry = " > ".join(str(step) for step in first["loc"]) or "the record"
        raise RecordError(f"{entry}: {first['msg']}") from None


def examples() -> list[dict[str, Any]]:
    """The records that come with the service, guidance first, since policies cite it."""
    found = []
    for path in sorted(EXAMPLES.glob("*.yaml")):
        found += list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return sorted(found, key=lambda one: one["record"] != "guidance")
