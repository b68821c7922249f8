"""Building the comparison group, and answering remarks."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from ifr import audit, clock, workflow
from ifr.cases.distinct import group, remarks
from ifr.cases.distinct.group import COMPARATOR, KINDS, OWN_WORDS, SIZE_KINDS
from ifr.cases.distinct.models import COMMISSIONER, ENGLAND, NUMBER, RANGE, START, UNKNOWN, GroupStep, RemarkAnswer
from ifr.cases.drafts import services as drafts
from ifr.cases.models import Answer, Case, SectionVersion
from ifr.db import db, lock
from ifr.pages import plain_text
from ifr.workflow import MoveRecord, Stale, upon

LONGEST_WORDS, LONGEST_SOURCE, LONGEST_ANSWER = 2_000, 300, 2_000
LARGEST_GROUP, MOST_STEPS = 100_000_000, 12


@dataclass(frozen=True)
class StepAnswers:
    """What was typed about one step."""

    kind: str
    words: str
    size_kind: str = UNKNOWN
    low: int | None = None
    high: int | None = None
    per: str = COMMISSIONER
    source: str = ""
    # For the first step: which part of the linked policy it is taken from; `own_words` for none.
    part: str = ""


# --- steps --------------------------------------------------------------------------------------------------------------


def section_of(case: Case) -> str:
    """The section of the form in which the comparison group stands."""
    return next(s.key for s in case.questions.sections for q in s.questions if q.kind == COMPARATOR)


def version_seen(case: Case) -> int:
    """How often the section was saved: what a page that changes the group was made from."""
    found = drafts.section_version(case, section_of(case))
    return found.version if found else 0


def add_step(case: Case, said: StepAnswers, *, once: str, seen: int | None, by: Any) -> GroupStep:
    """Put one step at the end of the narrowing. The same form sent twice makes one step.

    Raises Invalid with a sentence for each fault, Stale when a colleague has saved the section since, Refused when the request
    was sent.
    """
    drafts.must_be_open(case, by)
    lock(Case, case.id)
    mark = f"{case.id}:{once}"
    there = db.session.scalars(select(GroupStep).where(GroupStep.once == mark)).first()
    if there is not None:
        return there
    rows = group.steps_of(case)
    facts = _facts(case, said, rows, by=by)
    version = _hold(case, seen)
    # Whom the group begins with comes first, whenever it is written.
    row = GroupStep(once=mark, case_id=case.id, number=0 if said.kind == START else len(rows) + 1, **facts)
    db.session.add(row)
    _compose(case, version, by=by)
    audit.record(case.stream, "add_group_step", by=by.actor, step=row.id, kind=row.kind)
    return row


def change_step(case: Case, step_id: int, said: StepAnswers, *, seen: int | None, by: Any) -> GroupStep:
    """Write a step anew."""
    drafts.must_be_open(case, by)
    lock(Case, case.id)
    row = group.step_of(case, step_id)
    facts = _facts(case, said, [one for one in group.steps_of(case) if one.id != row.id], by=by)
    version = _hold(case, seen)
    for name, value in facts.items():
        setattr(row, name, value)
    _compose(case, version, by=by)
    audit.record(case.stream, "change_group_step", by=by.actor, step=row.id, kind=row.kind)
    return row


def remove_step(case: Case, step_id: int, *, by: Any) -> None:
    """Take a step out; the later ones move up. Without any step the sentence stays, in the clinician's own words from then."""
    drafts.must_be_open(case, by)
    lock(Case, case.id)
    row = group.step_of(case, step_id)
    version = _hold(case, None)
    db.session.delete(row)
    _compose(case, version, by=by)
    audit.record(case.stream, "remove_group_step", by=by.actor, step=step_id)


def _facts(case: Case, said: StepAnswers, others: list[GroupStep], *, by: Any) -> dict[str, Any]:
    """A step as its row keeps it; what is taken from the policy is kept as the register words it on this day."""
    name, starts = group.starts_of(case, by=by) if said.kind == START else ("", [])
    chosen = next((one for one in starts if one.part == said.part), None)
    words = chosen.words if chosen else plain_text(said.words)
    source = plain_text(said.source)
    faults = _faults(said, words, source, chosen is not None, others)
    if faults:
        raise workflow.Invalid(faults)
    return {
        "kind": said.kind,
        "words": words,
        "source": source,
        "size_kind": said.size_kind,
        "per": said.per,
        "low": said.low if said.size_kind in (NUMBER, RANGE) else None,
        "high": said.high if said.size_kind == RANGE else None,
        "policy_version_id": group.linked_version_id(case) if chosen else None,
        "policy_words": name if chosen else "",
        "part": chosen.part if chosen else OWN_WORDS if said.kind == START else "",
        "at": clock.now(),
        "by_id": by.id,
    }


def _faults(said: StepAnswers, words: str, source: str, quoted: bool, others: list[GroupStep]) -> dict[str, str]:
    faults = {}
    if said.kind not in KINDS:
        faults["kind"] = "Choose what this step narrows by."
    elif said.kind == START and any(one.kind == START for one in others):
        faults["kind"] = "The group begins with one step already. Change that one."
    elif len(others) >= MOST_STEPS:
        faults["kind"] = f"A group can have {MOST_STEPS} steps. Put two of them into one."
    if said.kind == START and not quoted and said.part and said.part != OWN_WORDS:
        faults["part"] = "Choose a group that the linked policy excludes, or your own words."
    if not words.strip():
        faults["words"] = "Say which patients are left after this step."
    if not quoted and len(words) > LONGEST_WORDS:
        faults["words"] = f"This can hold {LONGEST_WORDS:,} characters, and it is {len(words):,}. Shorten it."
    if len(source) > LONGEST_SOURCE:
        faults["source"] = f"This can hold {LONGEST_SOURCE} characters, and it is {len(source):,}. Shorten it."
    return faults | _faults_of_size(said)


def _faults_of_size(said: StepAnswers) -> dict[str, str]:
    if said.size_kind not in SIZE_KINDS:
        return {"size_kind": "Say whether you know how many patients there are."}
    if said.per not in (COMMISSIONER, ENGLAND):
        return {"per": "Say where the patients are counted."}
    ends = {NUMBER: (said.low,), RANGE: (said.low, said.high)}.get(said.size_kind, ())
    for name, one in zip(("low", "high"), ends, strict=False):
        if one is None or not 1 <= one <= LARGEST_GROUP:
            return {name: "Enter a number of patients, 1 or more. If you do not know it, choose “Not known”."}
    if said.size_kind == RANGE and (said.low or 0) >= (said.high or 0):
        return {"high": "The second number of a range is the larger one."}
    return {}


def _hold(case: Case, seen: int | None) -> SectionVersion:
    """The version of the section, counted up. Raises Stale when the page was made from another."""
    section = section_of(case)
    version = drafts.section_version(case, section) or SectionVersion(case_id=case.id, section=section, version=0)
    if seen is not None and version.version != seen:
        raise Stale(case, [])
    workflow.hold(case)
    version.version += 1
    return version


def _compose(case: Case, version: SectionVersion, *, by: Any) -> None:
    """Number the steps, and keep the sentence where everything reads the comparison group."""
    version.saved_at, version.saved_by_id = clock.now(), by.id
    db.session.add(version)
    db.session.flush()
    rows = group.steps_of(case)
    for number, row in enumerate(rows, start=1):
        row.number = number
    if rows:
        answer = db.session.scalars(select(Answer).where(Answer.case_id == case.id, Answer.key == COMPARATOR)).first()
        if answer is None:
            answer = Answer(case_id=case.id, section=version.section, key=COMPARATOR)
            db.session.add(answer)
        answer.text, answer.at, answer.by_id = group.composed(case, rows), clock.now(), by.id
    db.session.flush()


# --- remarks ------------------------------------------------------------------------------------------------------------


def answer_remark(case: Case, key: str, answer: str, *, seen: int, by: Any) -> RemarkAnswer:
    """Answer a remark where it stands. Whoever screens reads the remark with its answer.

    Raises Invalid for an empty or overlong answer, Stale when a colleague has answered meanwhile, NotVisible when the request
    has no such remark.
    """
    drafts.must_be_open(case, by)
    lock(Case, case.id)
    remark = next((one for one in remarks.remarks_of(case) if one.key == key), None)
    if remark is None:
        raise workflow.NotVisible(key)
    answer = plain_text(answer).strip()
    if not answer:
        raise workflow.Invalid({"answer": "Write an answer, or leave the remark as it is: it keeps nobody from sending."})
    if len(answer) > LONGEST_ANSWER:
        raise workflow.Invalid({"answer": f"This can hold {LONGEST_ANSWER:,} characters, and it is {len(answer):,}. Shorten it."})
    row = db.session.scalars(select(RemarkAnswer).where(RemarkAnswer.case_id == case.id, RemarkAnswer.key == key)).first()
    if row is not None and row.answer == answer:
        return row
    if seen != (row.version if row else 0):
        raise Stale(case, [])
    workflow.hold(case)
    if row is None:
        row = RemarkAnswer(case_id=case.id, key=key, version=0)
        db.session.add(row)
    row.remark, row.answer, row.version = remark.title, answer, row.version + 1
    row.at, row.by_id = clock.now(), by.id
    db.session.flush()
    audit.record(case.stream, "answer_remark", by=by.actor, remark=remark.kind)
    return row


@upon("ifr", "discard_draft")
def empty_the_group(case: Case, by: Any, made: MoveRecord) -> None:
    """Nothing stays of a draft that was thrown away."""
    for model in (GroupStep, RemarkAnswer):
        db.session.execute(delete(model).where(model.case_id == case.id))
    db.session.flush()
