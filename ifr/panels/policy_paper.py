"""The policy as a panel reads it: the version under which the request is decided, in full, with its clauses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ifr import clock
from ifr.cases.models import Case
from ifr.cases.policy_notes import VersionAnswered
from ifr.pages import day
from ifr.policies import codes
from ifr.policies.exporting import versions_whole
from ifr.policies.models import CLAUSE_KINDS, PolicyVersion, Statement
from ifr.policies.positions import Mechanism, Position
from ifr.screening.newer import newer_in_papers, versions_answered

# What a version says in words, under the headings of its page in the register.
_SAYS = (
    ("Out of scope", "out_of_scope"),
    ("What is funded", "funded"),
    ("What is not funded", "not_funded"),
    ("What it says of exceptions", "exceptionality"),
    ("Patients who were offered it before", "transition"),
    ("What it rests on", "force"),
    ("Monitoring", "monitoring"),
    ("What it replaces", "predecessors"),
    ("What was changed", "change_record"),
)
_DAYS = (
    ("Approved", "ratified_on"),
    ("Published", "published_on"),
    ("Applies from", "effective_from"),
    ("Applies until", "effective_to"),
    ("Review due", "review_due_on"),
)


@dataclass(frozen=True)
class Line:
    """A piece of text under its heading: one answer of the request, one part of a policy."""

    label: str
    text: str


@dataclass(frozen=True)
class VersionPaper:
    """Under which of two versions of the policy the request is decided, and why, as it was answered on a day."""

    under: str
    not_under: str
    because: str
    told: str
    answered_on: str


@dataclass(frozen=True)
class StatementPaper:
    """What the version says about one treatment for one indication."""

    treatment: str
    says: tuple[Line, ...]
    criteria: tuple[Line, ...]


@dataclass(frozen=True)
class PolicyPaper:
    reference: str
    title: str
    version: str
    position: str
    scope: str
    patients: str
    rationale: str
    newer: str
    versions: tuple[VersionPaper, ...]
    issued_by: str
    days: tuple[Line, ...]
    areas: tuple[str, ...]
    says: tuple[Line, ...]
    statements: tuple[StatementPaper, ...]
    clauses: tuple[Line, ...]
    cites: tuple[Line, ...]


def policy_of(case: Case) -> PolicyPaper | None:
    """The version that is linked to the request; None while there is none."""
    if case.policy_version_id is None:
        return None
    [version] = versions_whole([case.policy_version_id])
    return PolicyPaper(
        reference=version.policy.reference or "",
        title=version.title,
        version=version.label,
        position=version.position_as_printed or Position(version.position).words,
        scope=version.scope or "",
        patients=version.cohort or "",
        rationale=version.rationale or "",
        newer=newer_in_papers(case),
        versions=tuple(_version_answered(one) for one in versions_answered(case)),
        issued_by=version.issued_by or version.policy.owner.name,
        days=tuple(_days(version)),
        areas=tuple(one.name for one in version.areas),
        says=tuple(_says(version)),
        statements=tuple(_statement(one) for one in version.statements),
        clauses=tuple(_clauses(version)),
        cites=tuple(Line(one.reference, one.title) for one in version.guidance),
    )


def _days(version: PolicyVersion) -> Iterator[Line]:
    for label, name in _DAYS:
        printed = version.printed(name)
        if printed is not None:
            yield Line(label, day(printed) if isinstance(printed, date) else str(printed))
    if version.review_words:
        yield Line("Review, as printed", version.review_words)


def _says(version: PolicyVersion) -> Iterator[Line]:
    if version.mechanism:
        yield Line("How it is asked for", Mechanism(version.mechanism).words)
    for label, name in _SAYS:
        if text := getattr(version, name):
            yield Line(label, text)
    for heading, text in (*version.impacts, *version.further):
        yield Line(heading, text)


def _clauses(version: PolicyVersion) -> Iterator[Line]:
    for one in version.clauses:
        kind = CLAUSE_KINDS.get(one.kind, one.kind)
        doubt = f"\nThis clause may be out of date: {one.why_out_of_date or 'no reason is recorded'}"
        yield Line(f"{kind}, clause {one.number}", one.words + (doubt if one.may_be_out_of_date else ""))


def _statement(said: Statement) -> StatementPaper:
    says = (
        Line("For", said.indication or ""),
        Line("Position", Position(said.position).words),
        Line("How it is asked for", Mechanism(said.mechanism).words if said.mechanism else ""),
        Line("Ages", said.age_words or ""),
        *(Line(codes.NAMES.get(system, system), _codes(said, system)) for system in (codes.OPCS4, codes.ICD10)),
    )
    return StatementPaper(
        said.treatment,
        tuple(one for one in says if one.text),
        tuple(Line(one.label, one.words) for one in said.criteria),
    )


def _codes(said: Statement, system: str) -> str:
    listed = [f"{one.verbatim} {one.label or ''}".strip() for one in said.codes if one.system == system]
    return "; ".join(listed)


def _version_answered(one: VersionAnswered) -> VersionPaper:
    told = f"Yes, on {day(one.told_on)}" if one.told_on else "Not yet"
    return VersionPaper(
        under=one.under,
        not_under=one.not_under,
        because=one.because,
        told=f"{told}. {one.told_words}" if one.told_words else told,
        answered_on=day(clock.day_of(one.at)),
    )
