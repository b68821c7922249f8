"""What a written record of a policy or of guidance may hold, as in `examples/`; strict, so that a slip is
heard of.

Facts are in our own words; codes, titles, references, versions and dates are as printed. `null` says that the
document does not state it. One record is the form in which a policy is imported, edited, checked and exported.
"""

import calendar
from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from ifr.config import PACKAGE
from ifr.policies.positions import Position

EXAMPLES = PACKAGE / "policies" / "examples"


class RecordError(ValueError):
    """A record that cannot be read: says which entry, and what is wrong with it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_printed(value: Any) -> Any:
    """YAML reads a bare year as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _of_our_time(value: date | str) -> date | str:
    """Beyond these years stand slips of the pen, and days after which there is no next one."""
    year = value.year if isinstance(value, date) else int(value[:4])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"give a day between {FIRST_YEAR} and {LAST_YEAR}")
    return value


FIRST_YEAR, LAST_YEAR = 1900, 2199
Day = Annotated[date, AfterValidator(_of_our_time)]
# A day, or a month (2020-04) or a year (2020) where the document says no more.
_Month = Annotated[str, Field(pattern=r"^[12]\d{3}(-(0[1-9]|1[0-2]))?$")]
PrintedDay = Annotated[date | _Month, BeforeValidator(_as_printed), AfterValidator(_of_our_time)]


def first_day(printed: date | str | None) -> date | None:
    """The day from which something applies that is printed as a month or a year: its first."""
    if printed is None or isinstance(printed, date):
        return printed
    year, _, month = printed.partition("-")
    return date(int(year), int(month or 1), 1)


def last_day(printed: date | str | None) -> date | None:
    """The day until which something applies, or by which it is due, that is printed as a month or a year: its last."""
    if printed is None or isinstance(printed, date):
        return printed
    year, _, month = printed.partition("-")
    number = int(month or 12)
    return date(int(year), number, calendar.monthrange(int(year), number)[1])


class Code(_Strict):
    """One code as printed. `ours` marks a code that we chose because the document prints none."""

    code: str
    release: str | None = None
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


MechanismName = Literal["none", "monitored", "prior_approval"]


class Ages(_Strict):
    """Whom a statement is for, in whole years, both ends included; `words` as printed."""

    youngest: Annotated[int, Field(ge=0, le=130)] | None = None
    oldest: Annotated[int, Field(ge=0, le=130)] | None = None
    words: str | None = None


class StatementRecord(_Strict):
    treatment: str
    indication: str | None = None
    position: Position
    mechanism: MechanismName | None = None
    ages: Ages = Ages()
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

    day: PrintedDay | None = None
    words: str | None = None
    static: bool = False


class Exceptionality(_Strict):
    words: str
    route_named: bool


class ClauseRecord(_Strict):
    """A clause that the commissioner prints in its policies alike. The same words are the same clause, held once."""

    kind: Literal["core_eligibility", "cosmetic", "diagnostics", "trials"]
    words: str
    may_be_out_of_date: bool = False
    why: str | None = None


class AreaRecord(_Strict):
    """An area, and what differs there."""

    name: str
    ratified_on: Day | None = None
    effective_from: Day | None = None
    effective_to: Day | None = None
    mechanism: MechanismName | None = None


class PredecessorRecord(_Strict):
    """A version of this commissioner on record whose place this one takes: `policy` is its reference, or its title
    where none is printed."""

    policy: str
    version: str
    last_on: Day | None = None


class PolicyRecord(_Strict):
    record: Literal["policy"]
    # Where the record stands in the register of an export: its name in addresses, and whether it was withdrawn.
    address: str | None = None
    version_address: str | None = None
    withdrawn_on: Day | None = None
    commissioner: Body
    issued_by: str | None = None
    reference: str | None
    title: Annotated[str, Field(min_length=1, max_length=500)]
    version: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Literal["clinical", "umbrella", "ifr_process"] = "clinical"
    demonstration: bool = False
    source: SourceFile | None = None
    areas: list[str | AreaRecord] = []
    ratified_on: PrintedDay | None = None
    effective_from: PrintedDay | None = None
    published_on: PrintedDay | None = None
    effective_to: PrintedDay | None = None
    review: Review = Review()
    position: Position
    position_as_printed: str | None = None
    category: str | None = None
    mechanism: MechanismName | None = None
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
    replaces: list[PredecessorRecord] = []
    transition: str | None = None
    impacts: dict[str, str] = {}
    further: dict[str, str] = {}
    remarks: list[str] = []
    cites: list[str] = []
    statements: list[StatementRecord] = []
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
    published_on: Day | None = None
    withdrawn_on: Day | None = None
    funding_from: Day | None = None
    funding_varied: str | None = None
    source: SourceFile | None = None
    says: str | None = None
    recommendations: dict[str, str] = {}
    further: dict[str, str] = {}
    known_by: list[Phrase] = []
    codes: Codes = Codes()


Record = Annotated[PolicyRecord | GuidanceRecord, Field(discriminator="record")]
_READER: TypeAdapter[PolicyRecord | GuidanceRecord] = TypeAdapter(Record)


def read(raw: dict[str, Any]) -> PolicyRecord | GuidanceRecord:
    """A record from what YAML or a form held. Raises RecordError for the first entry that is wrong."""
    try:
        return _READER.validate_python(raw)
    except ValidationError as fault:
        # An area is a name or a record: what is wrong in a record says more than that it is no name.
        first = next((one for one in fault.errors() if one["type"] == "value_error"), fault.errors()[0])
        entry = " > ".join(str(step) for step in first["loc"]) or "the record"
        raise RecordError(f"{entry}: {first['msg'].removeprefix('Value error, ')}") from None


def examples() -> list[dict[str, Any]]:
    """The records that come with the service, guidance first, since policies cite it."""
    found = []
    for path in sorted(EXAMPLES.glob("*.yaml")):
        found += list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return sorted(found, key=lambda one: one["record"] != "guidance")
