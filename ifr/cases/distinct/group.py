"""The group with which a patient is compared: the patients whom the policy excludes, narrowed step by step.

A group is a frozen value, so that the papers of a panel can carry it as it was. Who compares with the wrong group decides
unlawfully (*R (S) v NHS England*, 2016), so each step is on the page: whom it leaves, how many, and how that is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from ifr.cases.distinct.models import (
    COMMISSIONER,
    CONDITION,
    ENGLAND,
    NUMBER,
    OTHER,
    RANGE,
    STAGE,
    START,
    UNKNOWN,
    USUAL,
    GroupStep,
)
from ifr.cases.drafts import policy
from ifr.cases.models import Case
from ifr.cases.services import answers_of
from ifr.db import db
from ifr.people.models import User
from ifr.policies import services as policies
from ifr.policies.models import Criterion, PolicyVersion
from ifr.workflow import NotVisible

COMPARATOR = "comparator"
# What each step narrows by, in the order in which it is asked, and how the sentence joins it.
KINDS = {
    START: "Patients whom the policy excludes",
    CONDITION: "With this condition",
    STAGE: "At this stage",
    USUAL: "After this usual treatment",
    OTHER: "And further",
}
_JOINTS = {CONDITION: "condition", STAGE: "stage", USUAL: "after usual treatment", OTHER: "further"}
SIZE_KINDS = {NUMBER: "A number", RANGE: "A range", UNKNOWN: "Not known"}
OWN_WORDS = "own_words"
# A bar narrower than this, in hundredths of the picture, could not be seen.
THINNEST = 2.0


@dataclass(frozen=True)
class Bar:
    """One step in the picture: hundredths of the width of the first, to the smaller and to the larger end of its size."""

    sure: float
    possible: float
    scaled: bool


@dataclass(frozen=True)
class Step:
    """One step as people read it."""

    number: int
    title: str
    words: str
    size: str
    # The size as it stands beside its bar, where there is little room.
    count: str
    source: str
    bar: Bar


@dataclass(frozen=True)
class Group:
    """The comparison group of a request: its sentence, its steps, and from which policy it starts."""

    sentence: str
    steps: tuple[Step, ...] = ()
    policy: str = ""
    # What the numbers in the picture count, where all of them count the same.
    counted: str = ""
    # Set when screening or a panel uses another group: which, and why.
    replaced_by: str = ""
    because: str = ""

    @property
    def is_scaled(self) -> bool:
        return any(step.bar.scaled for step in self.steps)


@dataclass(frozen=True)
class Start:
    """A group of patients whom a policy excludes, as the register words it."""

    part: str
    title: str
    words: str


# --- reading ------------------------------------------------------------------------------------------------------------


def steps_of(case: Case) -> list[GroupStep]:
    query = select(GroupStep).where(GroupStep.case_id == case.id).order_by(GroupStep.number, GroupStep.id)
    return list(db.session.scalars(query))


def step_of(case: Case, step_id: int) -> GroupStep:
    """A step of this very request. Raises NotVisible for one of another."""
    found = next((one for one in steps_of(case) if one.id == step_id), None)
    if found is None:
        raise NotVisible(step_id)
    return found


def group_of(case: Case) -> Group | None:
    """The group that the request names; None where the test asks none, or the request names none."""
    if not policy.test_for(case).comparator.asked:
        return None
    rows = steps_of(case)
    sentence = answers_of(case).get(COMPARATOR, "").strip()
    if not rows:
        return Group(sentence) if sentence else None
    name = next((one.policy_words for one in rows if one.policy_words), "")
    places = {one.per for one in _known(rows)}
    counted = f"Patients a year {_place(case, places.pop())}" if len(places) == 1 else ""
    return Group(composed(case, rows), _steps(case, rows, alike=bool(counted)), name, counted)


def replaced_group(group: Group | None, sentence: str, because: str) -> Group:
    """The same group with what a screener or a panel puts in its place, and why; the request's own stays to be read."""
    return replace(group or Group(""), replaced_by=sentence, because=because)


def composed(case: Case, rows: Sequence[GroupStep]) -> str:
    """The group as one sentence, which everything reads that reads the answer under `comparator`."""
    parts = []
    for row in rows:
        words = row.words.strip().rstrip(".")
        if row.kind != START:
            parts.append(f"{_JOINTS[row.kind]}: {words}")
        elif row.policy_words:
            parts.append(f"Patients whom {row.policy_words}, excludes ({words})")
        else:
            parts.append(words)
    sized = next((row for row in reversed(rows) if row.size_kind != UNKNOWN), None)
    said = "; ".join(parts) + "."
    if sized is None:
        return said
    source = f" (source: {sized.source})" if sized.source else ""
    which = "" if sized is rows[-1] else f" before step {rows[-1].number}"
    return f"{said} Size{which}: {size_in_words(case, sized)}{source}."


def size_in_words(case: Case, row: GroupStep) -> str:
    if row.size_kind == UNKNOWN or row.low is None:
        return "Not known"
    number = _number(row)
    return f"{number} {'patient' if number == '1' else 'patients'} a year {_place(case, row.per)}"


def _number(row: GroupStep) -> str:
    return f"{row.low:,}" if row.high is None else f"{row.low:,} to {row.high:,}"


def _place(case: Case, per: str) -> str:
    return "in England" if per == ENGLAND else f"in the area of {case.profile.commissioner.short_name}"


def _known(rows: Sequence[GroupStep]) -> list[GroupStep]:
    return [row for row in rows if row.size_kind != UNKNOWN and row.low]


def per_words(case: Case) -> dict[str, str]:
    return {COMMISSIONER: f"A year in the area of {case.profile.commissioner.short_name}", ENGLAND: "A year in England"}


def _steps(case: Case, rows: Sequence[GroupStep], *, alike: bool) -> tuple[Step, ...]:
    """The steps as people read them; `alike` says that every number counts the same, so that none need say what."""
    found = []
    for at, (row, bar) in enumerate(zip(rows, _bars(rows), strict=True), start=1):
        title = "To begin with" if row.kind == START and not row.policy_words else KINDS[row.kind]
        size = size_in_words(case, row)
        count = size if row not in _known(rows) else _number(row) if alike else f"{_number(row)}, {_place(case, row.per)}"
        found.append(Step(at, title, row.words, size, count, row.source, bar))
    return tuple(found)


def _bars(rows: Sequence[GroupStep]) -> list[Bar]:
    """How wide each step is drawn. Two sizes that count the same make a scale; a step without one keeps the width before it."""
    known = _known(rows)
    comparable = len(known) > 1 and len({row.per for row in known}) == 1
    largest = max((row.high or row.low or 0 for row in known), default=0)
    bars, before = [], 100.0
    for row in rows:
        if not comparable or row not in known:
            bars.append(Bar(before, before, scaled=False))
            continue
        possible = max(THINNEST, round(100 * (row.high or row.low or 0) / largest, 1))
        bars.append(Bar(max(THINNEST, round(100 * (row.low or 0) / largest, 1)), possible, scaled=True))
        before = possible
    return bars


# --- where a group can start --------------------------------------------------------------------------------------------


def linked_version_id(case: Case) -> int | None:
    """The version that the request falls outside: the one that was confirmed, before that the one that was found."""
    return case.policy_version_id or (case.resolution or {}).get("version_id")


def named(version: PolicyVersion) -> str:
    """A version as a sentence names it: reference, title, version."""
    label = f"version {version.label}" if version.label[:1].isdigit() else version.label
    return ", ".join(part for part in (version.policy.reference, version.title, label) if part)


def starts_of(case: Case, *, by: User) -> tuple[str, list[Start]]:
    """The linked policy's name and the groups that it excludes, each as the register words it. None where none is linked."""
    version_id = linked_version_id(case)
    if version_id is None or case.route == policy.NO_POLICY:
        return "", []
    try:
        version = policies.read_version(version_id, user=by).version
    except NotVisible:
        return "", []
    found = [
        Start("not_funded", "Those for whom the treatment is not funded", version.not_funded or ""),
        Start("out_of_scope", "Those to whom the policy does not apply", _unless_none(version.out_of_scope)),
        Start("patients", "Those whom the policy is about", version.cohort or version.scope or ""),
        *(Start(f"criterion-{one.id}", f"Those who do not meet criterion {one.label}", f"Criterion not met: {one.words}")
          for one in _criteria(case, version)),
    ]  # fmt: skip
    return named(version), [one for one in found if one.words.strip()]


def _criteria(case: Case, version: PolicyVersion) -> list[Criterion]:
    wanted = (case.resolution or {}).get("statement_id")
    fitting = [one for one in version.statements if one.id == wanted] or version.statements
    return [one for said in fitting for one in said.criteria]


def _unless_none(text: str | None) -> str:
    return "" if (text or "").strip().rstrip(".").casefold() in ("", "none") else text or ""


def next_kind(rows: Sequence[GroupStep]) -> str:
    """What the next step is about: the first in order that there is not yet, then a further one."""
    there = {row.kind for row in rows}
    return next((kind for kind in KINDS if kind not in there), OTHER)


