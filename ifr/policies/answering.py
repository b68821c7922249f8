"""The answer to the question which policy a request meets: what it holds, and what marking its criteria makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ifr.policies.guidance.pointing import Pointer
from ifr.policies.matching import Answer, Warn
from ifr.policies.positions import Mechanism


class QuestionError(ValueError):
    """The question cannot be answered as it was put. The message is fit for the person who put it."""


@dataclass(frozen=True)
class Considered:
    """A candidate as a page shows it: what it is, whether it was taken, and why or why not."""

    version_id: int
    name: str
    treatment: str
    commissioner: str
    answer: Answer
    taken: bool
    why: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A criterion of the statement named, to be marked met or not; `met` is None while nobody has said."""

    number: int
    label: str
    words: str
    met: bool | None = None


@dataclass(frozen=True)
class Resolution:
    """The answer, and how it was reached. A case freezes `as_json()` together with `version_id`."""

    answer: Answer
    warnings: tuple[Warn, ...]
    guidance: tuple[Pointer, ...]
    also: tuple[dict[str, Any], ...]
    steps: tuple[str, ...]
    reference: str | None = None
    title: str | None = None
    version: str | None = None
    version_id: int | None = None
    statement_id: int | None = None
    rows: tuple[Row, ...] = ()
    # What is asked before treatment, and from when until when the version applies, on the day and in the area.
    mechanism: str | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    considered: tuple[Considered, ...] = ()

    @property
    def criteria(self) -> tuple[str, ...]:
        return tuple(f"{one.label}: {one.words}" for one in self.rows)

    def as_json(self) -> dict[str, Any]:
        return {
            "answer": self.answer.value,
            "reference": self.reference,
            "title": self.title,
            "version": self.version,
            "warnings": [one.value for one in self.warnings],
            "guidance": [one.as_json() for one in self.guidance],
            "also": [dict(one) for one in self.also],
            "steps": list(self.steps),
        }


def marked(found: Resolution, marks: Mapping[int, bool]) -> Resolution:
    """The answer with criteria marked: with all of them met it is a matter of approval, and one that is not met is what the
    request is about. Raises QuestionError for a criterion that the statement named does not have."""
    unknown = sorted(set(marks) - {one.number for one in found.rows})
    if unknown:
        raise QuestionError(f"The policy that is named has no criterion {unknown[0]}.")
    rows = tuple(replace(one, met=marks.get(one.number, one.met)) for one in found.rows)
    steps, answer = [], found.answer
    for one in rows:
        if one.met is not None:
            steps.append(f"Marked as {'met' if one.met else 'not met'}, {one.label}: {one.words}")
    failed = [one.label for one in rows if one.met is False]
    if answer is Answer.CRITERIA and rows and all(one.met for one in rows):
        answer = Answer.CRITERIA_MET
        steps.append(f"Every criterion is met: {_once_met(found.mechanism)}.")
    elif failed:
        steps.append(f"Not met: {', '.join(failed)}. That is what the request is about.")
    elif answer is Answer.CRITERIA and any(one.met is None for one in rows):
        steps.append("Some criteria are not marked yet.")
    return replace(found, answer=answer, rows=rows, steps=(*found.steps, *steps))


def _once_met(mechanism: str | None) -> str:
    if mechanism == Mechanism.NONE:
        return "the policy commissions the treatment, and asks for no approval"
    if mechanism == Mechanism.MONITORED:
        return "the policy commissions the treatment without asking, and the records are looked at afterwards"
    return "this is a matter of prior approval"
