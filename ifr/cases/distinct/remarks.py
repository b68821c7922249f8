"""Remarks on a request while it is written: each marks something, says why, and can be answered. None holds anything up.

What is remarked on is data (`workflows/remarks`); a commissioner's own clauses and words count through its test. The rules
follow what courts found: the difference is stated from a group (*S*, 2016), never from everybody else (*Ross*, 2008), and what
is claimed stays visible, whoever may leave it out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select

from ifr import profiles
from ifr.cases.distinct import group, wording
from ifr.cases.distinct.models import STAGE, START, UNKNOWN, USUAL, GroupStep, RemarkAnswer
from ifr.cases.distinct.returns import commonest_returns
from ifr.cases.drafts import points, policy
from ifr.cases.models import Case, Factor
from ifr.cases.services import answers_of, factors_of
from ifr.db import db
from ifr.profiles import ExceptionalityTest, LeftOut, Remarks

RESULT = ("aim", "baseline", "measure", "measured_when", "stopping", "exit")
# Questions of a test under which an answer is to say what the group does not share.
_TELLS_APART = frozenset({"difference", "benefit"})
ONLY_THIS_PATIENT = "only_this_patient"


@dataclass(frozen=True)
class Remark:
    """One remark: what it is about, what it says and why, by which words it was found, and what was answered."""

    key: str
    kind: str
    about: str
    # Where it is put right: the key of a section, or `group`; and the place on that page.
    section: str
    anchor: str
    title: str
    why: str
    led_by: tuple[str, ...] = ()
    clauses: tuple[LeftOut, ...] = ()
    answer: str = ""
    version: int = 0

    @property
    def is_answered(self) -> bool:
        return bool(self.answer)


@dataclass(frozen=True)
class _Read:
    """What the rules look at, read once."""

    case: Case
    rules: Remarks
    test: ExceptionalityTest
    answers: dict[str, str]
    factors: list[Factor]
    steps: list[GroupStep]
    tried: list[str]
    # Points that have evidence and files that are linked, besides what stands on the points themselves.
    links: "Links"
    # For want of what this office sends requests back: question, and how many of them.
    returned: dict[str, int]

    @property
    def section(self) -> str:
        return next(s.key for s in self.case.questions.sections for q in s.questions if q.kind == group.COMPARATOR)

    def said(self, kind: str, key: str, about: str, anchor: str, *, section: str = "") -> Remark:
        said = self.rules.says[kind]
        return Remark(key, kind, about, section or self.section, anchor, said.title, said.why)

    def of_group(self, kind: str, led_by: tuple[str, ...] = ()) -> Remark:
        """A remark on the comparison group, by the wording of that name or by what is said under it."""
        rule = next((one for one in self.rules.groups if one.key == kind), None) or self.rules.says[kind]
        return Remark(f"group:{kind}", kind, "The comparison group", "group", "group", rule.title, rule.why, led_by)

    def missing(self, remark: Remark, question_key: str) -> Remark:
        """What is not answered, with how often this office sent requests back for want of it."""
        often = self.returned.get(question_key)
        if not often:
            return remark
        return replace(remark, why=f"{remark.why} {self.rules.says['often_returned'].title}: {often} requests in twelve months.")


# --- reading ------------------------------------------------------------------------------------------------------------


def rules_of() -> Remarks:
    found: Remarks = profiles.by_id(profiles.latest("remarks", "request").id)
    return found


def remarks_of(case: Case) -> list[Remark]:
    """Every remark on a request as it stands, with its answer where it has one; those without an answer first."""
    read = _read(case)
    if not _has_begun(read):
        return []
    kept = {row.key: row for row in db.session.scalars(select(RemarkAnswer).where(RemarkAnswer.case_id == case.id))}
    found = []
    for one in _found(read):
        row = kept.get(one.key)
        found.append(replace(one, answer=row.answer, version=row.version) if row else one)
    return sorted(found, key=lambda one: one.is_answered)


def remarks_on(remarks: list[Remark], section: str) -> list[Remark]:
    """Those that belong to one section of the form."""
    return [one for one in remarks if one.section == section]


def _read(case: Case) -> _Read:
    return _Read(
        case=case,
        rules=rules_of(),
        test=policy.test_for(case),
        answers=answers_of(case),
        factors=factors_of(case),
        steps=group.steps_of(case),
        tried=[one.what for one in points.earlier_treatments_of(case)],
        links=_links(case),
        returned={one.question_key: one.requests for one in commonest_returns(case)},
    )


def _has_begun(read: _Read) -> bool:
    """Nothing is said of a form that nobody has filled in so far."""
    keys = [group.COMPARATOR, *RESULT, *(f"test_{one.key}" for one in read.test.questions)]
    return bool(read.factors or read.steps or any(read.answers.get(key, "").strip() for key in keys))


def _found(read: _Read) -> Iterator[Remark]:
    if read.test.comparator.asked:
        yield from _of_group(read)
    yield from _of_answers(read)
    yield from _of_points(read)
    yield from _of_files(read)
    yield from _of_result(read)
    yield from _of_returns(read)


# --- the group ----------------------------------------------------------------------------------------------------------


def _of_group(read: _Read) -> Iterator[Remark]:
    sentence = read.answers.get(group.COMPARATOR, "").strip()
    if not sentence:
        return
    own = " ".join(one.words for one in read.steps if not one.policy_words) if read.steps else sentence
    alone = False
    for rule in wording.mentioned(own, read.rules.groups):
        alone = alone or rule.key == ONLY_THIS_PATIENT
        yield read.of_group(rule.key, rule.led_by)
    if read.steps:
        yield from _of_steps(read, alone=alone)
    else:
        yield read.of_group("no_steps")
    if read.tried and not _says(read, USUAL, sentence, read.tried):
        yield read.of_group("no_usual_treatment", tuple(read.tried))


def _of_steps(read: _Read, *, alone: bool) -> Iterator[Remark]:
    linked = group.linked_version_id(read.case)
    start = next((one for one in read.steps if one.kind == START), None)
    if linked is not None and (start is None or start.policy_version_id is None):
        yield read.of_group("not_from_policy")
    elif start is not None and start.policy_version_id not in (None, linked):
        yield read.of_group("other_version")
    if not any(one.kind == STAGE for one in read.steps):
        yield read.of_group("no_stage")
    yield from _of_sizes(read)
    last = read.steps[-1]
    if (last.high or last.low) == 1 and not alone:
        yield read.of_group(ONLY_THIS_PATIENT, ("1 patient a year",))


def _of_sizes(read: _Read) -> Iterator[Remark]:
    sized = [one for one in read.steps if one.size_kind != UNKNOWN and one.low]
    for before, after in zip(sized, sized[1:], strict=False):
        if before.per == after.per and (after.low or 0) > (before.high or before.low or 0):
            yield _of_step(read, "grows", after)
    for one in sized:
        if not one.source.strip():
            yield _of_step(read, "no_source", one)


def _of_step(read: _Read, kind: str, step: GroupStep) -> Remark:
    about = f"Step {step.number} of the comparison group"
    return replace(read.of_group(kind), key=f"group:{kind}:{step.id}", about=about)


def _says(read: _Read, kind: str, sentence: str, tried: list[str]) -> bool:
    """Whether the group says that usual treatment was given: by a step, in those words, or by the treatments' own names."""
    if any(one.kind == kind for one in read.steps):
        return True
    words = wording.stems(sentence)
    if {"usual", "treatment"} <= words or {"standard", "treatment"} <= words:
        return True
    return any(wording.stems(one) <= words for one in tried)


# --- what is said -------------------------------------------------------------------------------------------------------


def _of_answers(read: _Read) -> Iterator[Remark]:
    shared = _shared(read)
    for number, question in enumerate(read.test.questions, start=1):
        key, about = f"test_{question.key}", f"Question {number} of the test"
        answer = read.answers.get(key, "").strip()
        if not answer:
            yield read.missing(read.said("no_answer", f"no_answer:{question.key}", about, key), key)
            continue
        if question.asks in _TELLS_APART:
            yield from _restatement(read, answer, shared, f"restates:{question.key}", about, key)
        yield from _beside(read, answer, question.key, about, key)


def _shared(read: _Read) -> list[str]:
    """Texts that hold for the whole group. Once the group names the condition itself, what it leaves out is no part of it."""
    sentence = read.answers.get(group.COMPARATOR, "")
    condition = read.answers.get("condition", "")
    named, asked, little = (wording.stems(text) for text in (sentence, condition, read.rules.little_words))
    overlap = named & asked - little
    return [sentence if overlap else f"{sentence} {condition}", read.answers.get("treatment", ""), *read.tried]


def _restatement(read: _Read, answer: str, shared: list[str], key: str, about: str, anchor: str) -> Iterator[Remark]:
    found = wording.restated(answer, shared, read.rules)
    if found is None:
        return
    rule = next((one for one in read.rules.restates if one.key == found.key), None) or read.rules.says["diagnosis"]
    yield Remark(key, found.key, about, read.section, anchor, rule.title, rule.why, found.led_by)


def _beside(read: _Read, answer: str, key: str, about: str, anchor: str) -> Iterator[Remark]:
    """Work, study, caring, money: asked what they mean here, with the clause that says what the commissioner does with them."""
    own: dict[str, list[str]] = {}
    for left in read.test.left_out:
        for matter in left.about:
            own.setdefault(matter, []).extend(left.words)
    for found in wording.mentioned(answer, read.rules.beside, own):
        rule = next(one for one in read.rules.beside if one.key == found.key)
        clauses = tuple(one for one in read.test.left_out if found.key in one.about)
        yield Remark(f"{found.key}:{key}", found.key, about, read.section, anchor, rule.title, rule.why, found.led_by, clauses)


def _of_points(read: _Read) -> Iterator[Remark]:
    shared = _shared(read)
    for one in read.factors:
        about, key = f"Point {one.number}", f"point-{one.id}"
        yield from _restatement(read, one.what, shared, f"restates:{key}", about, "points")
        beside = list(_beside(read, f"{one.what} {one.why_benefit}", key, about, "points"))
        yield from beside
        if one.kind == "not_clinical" and not beside:
            said = read.said("marked_not_clinical", f"marked_not_clinical:{key}", about, "points")
            yield replace(said, clauses=tuple(left for left in read.test.left_out if left.about))
        if one.kind != "not_clinical" and one.evidence_id is None and one.id not in read.links[0]:
            yield read.said("no_evidence", f"no_evidence:{key}", about, "points")
        if not one.common_kind and not one.how_common.strip():
            yield read.said("no_share", f"no_share:{key}", about, "points")


# --- evidence -----------------------------------------------------------------------------------------------------------

# Points that have evidence and files that are linked, as the room that keeps further links knows them.
Links = tuple[set[int], set[int]]
_READERS: list[Callable[[Case], Links]] = []


def reads_links(reader: Callable[[Case], Links]) -> Callable[[Case], Links]:
    """Register who knows of links between files and points besides those that stand on the points."""
    _READERS.append(reader)
    return reader


def _links(case: Case) -> Links:
    shown: Links = (set(), set())
    for reader in _READERS:
        found = reader(case)
        shown = (shown[0] | found[0], shown[1] | found[1])
    return shown


def _of_files(read: _Read) -> Iterator[Remark]:
    linked = {one.evidence_id for one in read.factors} | read.links[1]
    for file in points.evidence_of(read.case):
        if file.id not in linked:
            yield read.said("unlinked", f"unlinked:{file.id}", f"The file “{file.title}”", "evidence")


# --- aim and measure, and what was sent back --------------------------------------------------------------------------------


def _of_result(read: _Read) -> Iterator[Remark]:
    for section in read.case.questions.sections:
        for question in section.questions:
            if question.key in RESULT and not read.answers.get(question.key, "").strip():
                key = question.key
                yield read.missing(read.said(key, f"missing:{key}", section.title, key, section=section.key), key)


def _of_returns(read: _Read) -> Iterator[Remark]:
    """The gaps for which this office sends such requests back, where this request has the same gap."""
    asked = {q.key: (section, q) for section in read.case.questions.sections for q in section.questions}
    asked_of_test = {f"test_{q.key}": q.text for q in read.test.questions}
    for key, requests in read.returned.items():
        if key in RESULT or key in asked_of_test or key not in asked or read.answers.get(key, "").strip():
            continue
        section, question = asked[key]
        if question.identity or question.kind in ("factors", "files", "treatments", "policy", "test"):
            continue
        said = read.said("often_returned", f"often_returned:{key}", question.label, key, section=section.key)
        yield replace(said, title=f"{said.title}: {requests} requests")
