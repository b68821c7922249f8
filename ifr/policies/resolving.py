"""Which policy a request meets, on a day: every candidate is looked at, and each step is said in a sentence.

A late review ends no policy, guidance gives no position, and nothing here decides a request.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from ifr.db import db
from ifr.people.models import COMMISSIONER, Organisation
from ifr.policies import codes, wording
from ifr.policies.codes import ICD10, OPCS4
from ifr.policies.guidance.pointing import Pointer, pointers
from ifr.policies.matching import Answer, Candidate, Question, Warn, day_in_words, listing, look_at
from ifr.policies.models import (
    PUBLIC_STATES,
    CommissionerArea,
    Policy,
    PolicyCode,
    PolicyVersion,
    Position,
    Statement,
    TreatmentPhrase,
)
from ifr.policies.standing import Status, plain_area, standings


class QuestionError(ValueError):
    """The question cannot be answered as it was put. The message is fit for the person who put it."""


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
    criteria: tuple[str, ...] = ()

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


def resolve(
    commissioner: str | Organisation,
    area: str | None,
    treatment_codes: Iterable[str],
    treatment_words: str | None,
    indication_codes: Iterable[str],
    on: date,
) -> Resolution:
    """Which policy of a commissioner a request meets on a day.

    Raises QuestionError for a text that is no code, codes that stand on the wrong side, a question that names no
    treatment, and a commissioner that is not known.
    """
    asked = _question(commissioner, area, treatment_codes, treatment_words, indication_codes, on)
    steps = [_read_back(asked)]
    elsewhere = _area_of_another(asked, steps)
    if elsewhere is not None:
        return _of_another_commissioner(asked, elsewhere, steps)
    in_force, others, warnings = _own(asked, steps)
    if not in_force:
        found = _none(asked, others, warnings, steps)
        named = None
    else:
        found = _named(asked, in_force, others, steps)
        named = in_force[0].version
    return _with_guidance(asked, found, named)


# --- the question -------------------------------------------------------------------------------------------


def _question(
    commissioner: str | Organisation,
    area: str | None,
    treatment_codes: Iterable[str],
    treatment_words: str | None,
    indication_codes: Iterable[str],
    on: date,
) -> Question:
    treatments, indications = _normalised(OPCS4, treatment_codes), _normalised(ICD10, indication_codes)
    words = tuple(wording.forms(treatment_words or ""))
    if not treatments and not words:
        raise QuestionError("Say which treatment is asked for: a procedure code, or what it is called.")
    if not words:
        _refuse_exchanged(treatments, indications)
    owner = commissioner if isinstance(commissioner, Organisation) else _commissioner(commissioner)
    return Question(owner, (area or "").strip()[:80] or None, treatments, words, indications, on)


def _normalised(system: str, typed: Iterable[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(codes.normalise(system, one) for one in typed if one.strip()))
    except codes.CodeError as fault:
        raise QuestionError(str(fault)) from None


def _commissioner(slug: str) -> Organisation:
    known = db.session.scalars(select(Organisation).where(Organisation.kind == COMMISSIONER)).all()
    for one in known:
        if one.slug == slug:
            return one
    names = ", ".join(sorted(one.slug for one in known)) or "none yet; load the example policies first"
    raise QuestionError(f"No commissioner is known as “{slug[:40]}”. Known: {names}.")


def _refuse_exchanged(treatments: Sequence[str], indications: Sequence[str]) -> None:
    """Many codes are valid in both systems. One that the register lists in the other system alone, and that
    no words support, has most likely been typed into the wrong box."""
    asked = [*treatments, *indications]
    keys = {key for code in asked for key in (*codes.within(code), *_children(code))}
    rows = db.session.execute(
        select(PolicyCode.system, PolicyCode.normalised).where(PolicyCode.normalised.in_(keys)).distinct()
    ).all()
    for system, given, other in ((OPCS4, treatments, ICD10), (ICD10, indications, OPCS4)):
        for code in given:
            own = any(s == system and (codes.covers(n, code) or codes.broader(code, n)) for s, n in rows)
            if not own and any(s == other and codes.covers(n, code) for s, n in rows):
                raise QuestionError(_exchanged(system, other, code))


def _exchanged(system: str, other: str, code: str) -> str:
    sides = {OPCS4: "the treatment", ICD10: "the indication"}
    return (
        f"{codes.dotted(code)} was given as {sides[system]}, but the policies on record list it only as a "
        f"code of {codes.NAMES[other]}, for {sides[other]}. If it is meant as {codes.NAMES[system]}, "
        "say also in words which treatment is asked for."
    )


def _children(code: str) -> list[str]:
    return [code + digit for digit in "0123456789"] if len(code) == 3 else []


def _read_back(asked: Question) -> str:
    parts = []
    if asked.treatments:
        parts.append(f"{codes.NAMES[OPCS4]} {listing(asked.treatments)}")
    parts.append("words for the treatment" if asked.words else "no words for the treatment")
    parts.append(f"{codes.NAMES[ICD10]} {listing(asked.indications)}" if asked.indications else "no diagnosis code")
    return f"Asked of {asked.owner.name} for {day_in_words(asked.on)}: {', '.join(parts)}."


# --- the area -----------------------------------------------------------------------------------------------


def _area_of_another(asked: Question, steps: list[str]) -> str | None:
    """Why the area is another commissioner's, or None. What the documents do not name is not guessed at."""
    if asked.area is None:
        steps.append("No area was given, so it was not checked that the patient belongs to this commissioner.")
        return None
    plain = plain_area(asked.area)
    rows = db.session.execute(
        select(CommissionerArea.name, CommissionerArea.plain_name, CommissionerArea.owner_id, Organisation.name)
        .join(Organisation, Organisation.id == CommissionerArea.owner_id)
        .where(or_(CommissionerArea.owner_id == asked.owner.id, CommissionerArea.plain_name == plain))
    ).all()
    own = sorted({row[0] for row in rows if row[2] == asked.owner.id})
    if any(row[2] == asked.owner.id and row[1] == plain for row in rows):
        steps.append(f"{asked.area} is an area that this commissioner's policies name.")
        return None
    for row in rows:
        if row[2] != asked.owner.id:
            return f"{asked.area} is an area of {row[3]} by its policies, and not one of {asked.owner.name}."
    if own:
        return f"{asked.area} is not among the areas named by {asked.owner.name}: {listing(own)}."
    steps.append(f"No document names the areas of {asked.owner.name}, so “{asked.area}” was not checked.")
    return None


def _of_another_commissioner(asked: Question, why: str, steps: list[str]) -> Resolution:
    steps += [
        why,
        "So another commissioner may be responsible; a person finds out which, and no policy is named here.",
    ]
    theirs = [one for one in _candidates(asked, of_others=True) if one.is_recognised]
    found = Resolution(
        answer=Answer.OTHER_COMMISSIONER,
        warnings=(),
        guidance=(),
        also=tuple(one.as_also("policy of another commissioner") for one in _elected(asked, theirs)[0]),
        steps=tuple(steps),
    )
    return _with_guidance(asked, found, None)


# --- the candidates -----------------------------------------------------------------------------------------


def _candidates(asked: Question, *, of_others: bool = False) -> list[Candidate]:
    owner = PolicyVersion.owner_id != asked.owner.id if of_others else PolicyVersion.owner_id == asked.owner.id
    statements = db.session.scalars(
        select(Statement)
        .join(PolicyVersion, PolicyVersion.id == Statement.version_id)
        .where(_may_match(asked), PolicyVersion._state.in_(PUBLIC_STATES), owner)
        .options(
            joinedload(Statement.version).joinedload(PolicyVersion.policy).joinedload(Policy.owner),
            selectinload(Statement.codes),
            selectinload(Statement.phrases),
            selectinload(Statement.criteria),
        )
    ).all()
    found = [look_at(asked, statement) for statement in statements]
    return sorted((one for one in found if one), key=lambda one: one.order)


def _may_match(asked: Question) -> ColumnElement[bool]:
    """A sieve for the database; what passes is looked at closely afterwards."""
    keys = {key for code in asked.treatments for key in (*codes.within(code), *_children(code))}
    listed: list[ColumnElement[bool]] = [PolicyCode.normalised.in_(keys)]
    listed += [
        and_(PolicyCode.through.is_not(None), PolicyCode.normalised <= code, PolicyCode.through >= code[:3])
        for code in asked.treatments
    ]
    by_code = select(PolicyCode.statement_id).where(PolicyCode.system == OPCS4, or_(*listed))
    said = {word for form in asked.words for word in form}
    by_words = select(TreatmentPhrase.statement_id).where(
        TreatmentPhrase.main_word.in_(said), TreatmentPhrase.statement_id.is_not(None)
    )
    return or_(Statement.id.in_(by_code), Statement.id.in_(by_words))


# --- which version, and which of the candidates -------------------------------------------------------------


def _elected(asked: Question, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """The candidates whose version is in force on the day, and the rest."""
    found = standings([one.version for one in candidates], asked.on, asked.area)
    now = [one for one in candidates if found[one.version.id].binds]
    return now, [one for one in candidates if not found[one.version.id].binds]


def _own(asked: Question, steps: list[str]) -> tuple[list[Candidate], list[dict[str, Any]], list[Warn]]:
    """The commissioner's own candidates in force, what else of it came near, and what is to be said of
    that."""
    in_force, rest = _elected(asked, _candidates(asked))
    also, warnings = [], []
    bound = {one.version.policy_id for one in in_force}
    for one in rest:
        why, warn = _why_left(one.version, asked)
        steps += [*one.steps, f"Left: {why}."]
        also.append(one.as_also(why))
        if warn and one.version.policy_id not in bound:
            warnings.append(warn)
    return in_force, also, list(dict.fromkeys(warnings))


def _why_left(version: PolicyVersion, asked: Question) -> tuple[str, Warn | None]:
    found = standings([version], asked.on, asked.area)[version.id]
    status = found.status
    if status is Status.WITHDRAWN:
        return "it has been withdrawn", Warn.WITHDRAWN
    if status is Status.NOT_YET_IN_FORCE:
        assert found.begins_on is not None
        return f"it is not in force before {day_in_words(found.begins_on)}", Warn.NOT_YET_IN_FORCE
    if status is Status.ENDED:
        return "it has ended", None
    if status is Status.ELSEWHERE:
        return f"it does not apply in {asked.area}", None
    return "a later version has taken its place", None


def _named(asked: Question, in_force: list[Candidate], others: list[dict[str, Any]], steps: list[str]) -> Resolution:
    first, *further = in_force
    version, policy = first.version, first.version.policy
    for one in reversed(further):
        steps += one.steps
    steps += [*first.steps, _since(version)]
    if version.review_overdue(asked.on):
        assert version.review_due_on is not None
        due = day_in_words(version.review_due_on)
        steps.append(f"Its review was due on {due}; it stays in force until it is replaced.")
    steps += _what_it_says(first)
    if further:
        steps.append(f"{len(further)} more of this commissioner's statements came near and are listed beside it.")
    return Resolution(
        answer=first.answer,
        warnings=tuple(first.warnings(asked.on)),
        guidance=(),
        also=(*(one.as_also("also in force") for one in further), *others),
        steps=tuple(steps),
        reference=policy.reference,
        title=policy.title,
        version=version.label,
        version_id=version.id,
        statement_id=first.statement.id,
        criteria=tuple(f"{one.label}: {one.words}" for one in first.statement.criteria),
    )


def _what_it_says(candidate: Candidate) -> list[str]:
    position = Position(candidate.statement.position).words.lower()
    if candidate.answer in (Answer.COHORT_MISMATCH, Answer.CODE_ONLY, Answer.WORDS_ONLY):
        return [f"What it says of its own treatment and patients: {position}."]
    rows = [f"To be marked met or not, {one.label}: {one.words}" for one in candidate.statement.criteria]
    return [f"Its position: {position}.", *rows]


def _since(version: PolicyVersion) -> str:
    if version.counts_from is None:
        return "It prints no date from which it applies; it is on record as published."
    if version.effective_from:
        return f"It applies from {day_in_words(version.effective_from)}."
    if version.published_on:
        return f"It counts from its publication on {day_in_words(version.published_on)}."
    return f"It counts from its ratification on {day_in_words(version.counts_from)}, the only day it prints."


def _none(asked: Question, others: list[dict[str, Any]], warnings: list[Warn], steps: list[str]) -> Resolution:
    steps.append(f"No policy of {asked.owner.name} that is in force on {day_in_words(asked.on)} names this treatment.")
    theirs, _ = _elected(asked, [one for one in _candidates(asked, of_others=True) if one.is_recognised])
    for one in theirs:
        steps += [*one.steps, "Left: it is another body's policy, and binds nobody here."]
    if theirs:
        warnings = [*warnings, Warn.ANOTHER_BODY_HAS_ONE]
    return Resolution(
        answer=Answer.NO_POLICY,
        warnings=tuple(warnings),
        guidance=(),
        also=(*others, *(one.as_also("policy of another commissioner") for one in theirs)),
        steps=tuple(steps),
    )


def _with_guidance(asked: Question, found: Resolution, named: PolicyVersion | None) -> Resolution:
    """Add the guidance that bears on the request. It changes no position; a technology appraisal comes
    first."""
    beside = pointers(asked.treatments, asked.words, asked.indications, asked.on, named.id if named else None)
    steps = found.steps + tuple(one.step for one in beside)
    mandatory = [one for one in beside if one.is_mandatory and not one.withdrawn and one.matches]
    answer = found.answer
    if mandatory and answer is not Answer.OTHER_COMMISSIONER:
        answer = Answer.MANDATORY_NICE
        first = mandatory[0].reference
        steps += (f"{first} obliges where this patient meets it: its criteria are asked one by one.",)
    return replace(found, answer=answer, guidance=tuple(beside), steps=steps)
