"""Whether a statement of a policy is about the treatment asked for and about patients like this one.

A code alone never shows that two treatments are the same, nor do words alone: such a match is a candidate,
and a person confirms it. Each comparison leaves a sentence behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any

from ifr.people.models import Organisation
from ifr.policies import codes
from ifr.policies.codes import ICD10, OPCS4
from ifr.policies.positions import Position
from ifr.policies.wording import Form, Likeness


class Answer(StrEnum):
    OUTSIDE_BY_POSITION = "outside_by_position"
    CRITERIA = "criteria"
    CRITERIA_MET = "criteria_met"
    COHORT_MISMATCH = "cohort_mismatch"
    CODE_ONLY = "code_only"
    WORDS_ONLY = "words_only"
    MANDATORY_NICE = "mandatory_nice"
    BYPASS = "bypass"
    OTHER_COMMISSIONER = "other_commissioner"
    NO_POLICY = "no_policy"


class Warn(StrEnum):
    REVIEW_OVERDUE = "review_overdue"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    WITHDRAWN = "withdrawn"
    CONFIRM_TREATMENT = "confirm_treatment"
    ANOTHER_BODY_HAS_ONE = "another_body_has_one"
    SEVERAL_IN_FORCE = "several_in_force"


@dataclass(frozen=True)
class Question:
    """What was asked, with every code in the form in which it is compared."""

    owner: Organisation
    area: str | None
    treatments: tuple[str, ...]
    words: tuple[Form, ...]
    indications: tuple[str, ...]
    on: date


@dataclass(frozen=True, slots=True)
class Listed:
    """A code that a statement lists."""

    system: str
    role: str
    verbatim: str
    normalised: str
    through: str | None

    def covers(self, asked: str) -> bool:
        return codes.covers(self.normalised, asked, self.through)

    def is_narrower_than(self, asked: str) -> bool:
        return codes.broader(asked, self.normalised, self.through)


@dataclass(frozen=True, slots=True)
class Said:
    """A statement with what the comparison needs of its version and policy, read as plain rows: a treatment may stand in
    many versions, and most of them are set aside."""

    id: int
    treatment: str
    position: str
    mechanism: str | None
    version_id: int
    label: str
    state: str
    effective_from: date | None
    published_on: date | None
    ratified_on: date | None
    withdrawn_on: date | None
    review_due_on: date | None
    is_static: bool
    policy_id: int
    reference: str | None
    title: str
    owner_slug: str
    owner_name: str
    codes: tuple[Listed, ...]
    likeness: Likeness

    @property
    def name(self) -> str:
        reference = f"{self.reference}, " if self.reference else ""
        return f"{reference}“{self.title}”, version {self.label}"

    def review_overdue(self, on: date) -> bool:
        return not self.is_static and self.review_due_on is not None and self.review_due_on < on


class Evidence(IntEnum):
    """What says that the policy's treatment is the one asked for; the strongest first."""

    CODE_AND_WORDS = 1
    CODE_AND_LOOSE_WORDS = 2
    CODE = 3
    WORDS = 4
    BROADER_CODE = 5
    CODE_AGAINST_WORDS = 6


class Fit(StrEnum):
    """Whether the diagnosis is one that the policy is about."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    BROADER = "broader"
    NOT_LISTED = "not_listed"
    NOT_GIVEN = "not_given"


# Where a policy's treatment is rather recognised than contradicted, and its patients may be these.
_RECOGNISED = (Evidence.CODE_AND_WORDS, Evidence.CODE_AND_LOOSE_WORDS, Evidence.CODE, Evidence.WORDS)
_TO_CONFIRM = tuple(set(Evidence) - {Evidence.CODE_AND_WORDS})
_BY_POSITION = {
    Position.NOT_ROUTINELY_COMMISSIONED: Answer.OUTSIDE_BY_POSITION,
    Position.CRITERIA_BASED: Answer.CRITERIA,
    # Nothing is asked, so nothing is left unmet.
    Position.ROUTINELY_COMMISSIONED: Answer.CRITERIA_MET,
    # A person reads what the document does not say plainly.
    Position.UNKNOWN: Answer.CRITERIA,
}
_RANK = [
    Answer.OUTSIDE_BY_POSITION,
    Answer.CRITERIA,
    Answer.CRITERIA_MET,
    Answer.WORDS_ONLY,
    Answer.COHORT_MISMATCH,
    Answer.CODE_ONLY,
]


@dataclass(frozen=True)
class Candidate:
    """A statement whose treatment may be the one asked for."""

    said: Said
    evidence: Evidence
    fit: Fit
    steps: tuple[str, ...]

    @property
    def answer(self) -> Answer:
        if self.evidence in (Evidence.CODE_AGAINST_WORDS, Evidence.BROADER_CODE):
            return Answer.CODE_ONLY
        if self.fit is Fit.OUTSIDE:
            return Answer.COHORT_MISMATCH
        if self.evidence is Evidence.WORDS:
            return Answer.WORDS_ONLY
        return _BY_POSITION[Position(self.said.position)]

    @property
    def is_recognised(self) -> bool:
        return self.evidence in _RECOGNISED and self.fit is not Fit.OUTSIDE

    @property
    def order(self) -> tuple[int, int, str, int]:
        return (_RANK.index(self.answer), self.evidence, self.said.title, self.said.id)

    def warnings(self, on: date) -> list[Warn]:
        said = []
        if self.evidence in _TO_CONFIRM or self.fit in (Fit.BROADER, Fit.NOT_GIVEN):
            said.append(Warn.CONFIRM_TREATMENT)
        if self.said.review_overdue(on):
            said.append(Warn.REVIEW_OVERDUE)
        if self.said.withdrawn_on is not None:
            said.append(Warn.WITHDRAWN)
        return said

    def as_also(self, why: str) -> dict[str, Any]:
        return {
            "commissioner": self.said.owner_slug,
            "reference": self.said.reference,
            "title": self.said.title,
            "version": self.said.label,
            "treatment": self.said.treatment,
            "answer": self.answer.value,
            "why": why,
        }


def look_at(asked: Question, statement: Said) -> Candidate | None:
    """The statement as a candidate with what was compared, or None where its treatment is another one."""
    steps = [f"{statement.name}, of {statement.owner_name}:"]
    evidence = _evidence(asked, statement, steps)
    if evidence is None:
        return None
    return Candidate(statement, evidence, _fit(asked, statement, steps), tuple(steps))


def _evidence(asked: Question, statement: Said, steps: list[str]) -> Evidence | None:
    procedures = [one for one in statement.codes if one.system == OPCS4]
    for code in asked.treatments:
        if any(one.role == "exclude" and one.covers(code) for one in procedures):
            steps.append(f"{codes.dotted(code)} is among the codes that it leaves out.")
            return None
    included = [one for one in procedures if one.role == "include"]
    hits = [(code, one) for code in asked.treatments for one in included if one.covers(code)]
    near = [(code, one) for code in asked.treatments for one in included if one.is_narrower_than(code)]
    likeness = statement.likeness
    if hits:
        steps += dict.fromkeys(_covered(code, one) for code, one in hits)
        return _with_code(asked, likeness, statement, steps)
    if near:
        narrower = listing(dict.fromkeys(one.normalised for _, one in near))
        broad = codes.dotted(near[0][0])
        steps.append(f"{broad} is broader than {narrower}, which it lists, and may mean another operation.")
    if likeness is not Likeness.NONE:
        if not near:
            steps.append("None of the procedure codes given stands in its list.")
        steps.append(f"The words given name its treatment, {statement.treatment}.")
        return Evidence.WORDS
    if near and not asked.words:
        return Evidence.BROADER_CODE
    return None


def _with_code(asked: Question, likeness: Likeness, statement: Said, steps: list[str]) -> Evidence:
    if not asked.words:
        steps.append("Only the code says that this is the same treatment; a person confirms it.")
        return Evidence.CODE
    if likeness is Likeness.SAME:
        steps.append(f"The words given name its treatment, {statement.treatment}, too.")
        return Evidence.CODE_AND_WORDS
    if likeness is Likeness.LOOSER:
        steps.append(
            f"The words given say less than its treatment, {statement.treatment}; a person confirms it."
        )
        return Evidence.CODE_AND_LOOSE_WORDS
    steps.append(
        f"The words given do not name its treatment, {statement.treatment}. A code may take in other "
        "operations as well; a person says whether this is the same treatment."
    )
    return Evidence.CODE_AGAINST_WORDS


def _covered(code: str, listed: Listed) -> str:
    if listed.through:
        return f"{codes.dotted(code)} lies in its range {listed.verbatim}."
    if listed.normalised == code:
        return f"{codes.dotted(code)} stands in its list as {listed.verbatim}."
    return f"{codes.dotted(code)} lies within {listed.verbatim}, which its list names as a whole."


def _fit(asked: Question, statement: Said, steps: list[str]) -> Fit:
    diagnoses = [one for one in statement.codes if one.system == ICD10]
    included = [one for one in diagnoses if one.role == "include"]
    if not included:
        steps.append("It lists no diagnosis codes; a person says whether it is about this condition.")
        return Fit.NOT_LISTED
    if not asked.indications:
        steps.append("No diagnosis code was given; a person says whether it is about this condition.")
        return Fit.NOT_GIVEN
    excluded = [
        code for code in asked.indications if any(d.role == "exclude" and d.covers(code) for d in diagnoses)
    ]
    if excluded:
        steps.append(f"{listing(excluded)} is among the diagnoses that it leaves out.")
        return Fit.OUTSIDE
    hits = [(code, one) for code in asked.indications for one in included if one.covers(code)]
    if hits:
        steps.append(_covered(*min(hits, key=lambda hit: hit[1].normalised != hit[0])))
        return Fit.INSIDE
    if any(one.is_narrower_than(code) for code in asked.indications for one in included):
        steps.append(
            f"{listing(asked.indications)} is broader than the diagnoses it lists; a person says which it is."
        )
        return Fit.BROADER
    steps.append(
        f"{listing(asked.indications)} is not among the diagnoses that it lists "
        f"({listing(dict.fromkeys(one.normalised for one in included))}): it is about other patients."
    )
    return Fit.OUTSIDE


# --- words --------------------------------------------------------------------------------------------------


def listing(items: Iterable[str]) -> str:
    """Codes are shown with their dots; whatever is no code stands as it is."""
    return ", ".join(codes.dotted(one) if one.isalnum() and one.isupper() else one for one in items)


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
