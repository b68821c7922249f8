"""Which policy a request meets, on a day: every candidate is looked at, and each step is said in a sentence.

A late review ends no policy, guidance gives no position, and nothing here decides a request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import bindparam, or_, select

from ifr.db import db, plain_rows
from ifr.people.models import COMMISSIONER, Organisation
from ifr.policies import candidates, codes, wording
from ifr.policies.answering import Considered, QuestionError, Resolution, Row, marked
from ifr.policies.codes import ICD10, OPCS4
from ifr.policies.guidance.pointing import pointers
from ifr.policies.matching import Answer, Candidate, Question, Said, Warn, day_in_words, listing
from ifr.policies.models import (
    CommissionerArea,
    CommissionerClause,
    Criterion,
    Policy,
    PolicyCode,
    PolicyVersion,
    linked_clauses,
    printed_title,
)
from ifr.policies.positions import Mechanism, Position
from ifr.policies.standing import Area, Standing, Status, plain_area, standings

# A clause binds while a version that prints it is published. That of a draft binds nobody, nor that of a withdrawn version.
BINDING_CLAUSES = CommissionerClause.id.in_(
    select(linked_clauses.c.clause_id)
    .join(PolicyVersion, PolicyVersion.id == linked_clauses.c.version_id)
    .where(PolicyVersion._state == "published")
)
# Written once, since every question needs them.
_criterion = Criterion.__table__.c
_CRITERIA = (
    select(_criterion.number, _criterion.label, _criterion.words)
    .where(_criterion.statement_id == bindparam("statement"))
    .order_by(_criterion.number)
)
_BODY = select(Organisation).where(Organisation.slug == bindparam("slug"), Organisation.kind == COMMISSIONER)


def resolve(
    commissioner: str | Organisation,
    area: str | None,
    treatment_codes: Iterable[str],
    treatment_words: str | None,
    indication_codes: Iterable[str],
    on: date,
    *,
    marks: Mapping[int, bool] | None = None,
    claimed: int | None = None,
) -> Resolution:
    """Which policy of a commissioner a request meets on a day. `marks` says by number which criteria of the statement named
    are met; `claimed` is the number of a clause of core eligibility that is said to apply.

    Raises QuestionError for a text that is no code, codes that stand on the wrong side, a question that names no
    treatment, and a commissioner, criterion or clause that is not known.
    """
    asked = _question(commissioner, area, treatment_codes, treatment_words, indication_codes, on)
    steps = [_read_back(asked)]
    elsewhere = _area_of_another(asked, steps)
    if elsewhere is not None:
        return _of_another_commissioner(asked, elsewhere, steps)
    own = _own(asked, steps)
    named = own.in_force[0].said.version_id if own.in_force else None
    found = _named(asked, own, steps) if own.in_force else _none(asked, own, steps)
    if marks:
        found = marked(found, marks)
    if claimed is not None:
        found = _claimed(asked, found, claimed)
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
    owner = commissioner if isinstance(commissioner, Organisation) else commissioner_named(commissioner)
    return Question(owner, (area or "").strip()[:80] or None, treatments, words, indications, on)


def _normalised(system: str, typed: Iterable[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(codes.normalise(system, one) for one in typed if one.strip()))
    except codes.CodeError as fault:
        raise QuestionError(str(fault)) from None


def commissioner_named(slug: str) -> Organisation:
    """Raises QuestionError naming those that are known."""
    found = db.session.scalar(_BODY, {"slug": slug})
    if found is not None:
        return found
    known = db.session.scalars(select(Organisation.slug).where(Organisation.kind == COMMISSIONER).order_by(Organisation.slug))
    names = ", ".join(known) or "none yet; load the example policies first"
    raise QuestionError(f"No commissioner is known as “{slug[:40]}”. Known: {names}.")


def _refuse_exchanged(treatments: Sequence[str], indications: Sequence[str]) -> None:
    """Many codes are valid in both systems. One that the register lists in the other system alone, and that
    no words support, has most likely been typed into the wrong box."""
    asked = [*treatments, *indications]
    keys = {key for code in asked for key in (*codes.within(code), *candidates.children(code))}
    rows = db.session.execute(
        select(PolicyCode.system, PolicyCode.normalised)
        .where(PolicyCode.system.in_(codes.SYSTEMS), PolicyCode.normalised.in_(keys))
        .distinct()
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


def _read_back(asked: Question) -> str:
    parts = []
    if asked.treatments:
        parts.append(f"{codes.NAMES[OPCS4]} {listing(asked.treatments)}")
    parts.append("words for the treatment" if asked.words else "no words for the treatment")
    parts.append(f"{codes.NAMES[ICD10]} {listing(asked.indications)}" if asked.indications else "no diagnosis code")
    return f"Asked of {asked.owner.name} for {day_in_words(asked.on)}: {', '.join(parts)}."


# --- the area -----------------------------------------------------------------------------------------------


def _area_of_another(asked: Question, steps: list[str]) -> tuple[str, set[int]] | None:
    """Why the area is another commissioner's, and whose it is as far as that is known; or None. What the documents do not
    name is not guessed at."""
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
            return f"{asked.area} is an area of {row[3]} by its policies, and not one of {asked.owner.name}.", {row[2]}
    if own:
        return f"{asked.area} is not among the areas named by {asked.owner.name}: {listing(own)}.", set()
    steps.append(f"No document names the areas of {asked.owner.name}, so “{asked.area}” was not checked.")
    return None


def _of_another_commissioner(asked: Question, elsewhere: tuple[str, set[int]], steps: list[str]) -> Resolution:
    why, bodies = elsewhere
    steps += [
        why,
        "So another commissioner may be responsible; a person finds out which, and no policy is named here.",
    ]
    theirs = _theirs(asked, bodies)
    found = Resolution(
        answer=Answer.OTHER_COMMISSIONER,
        warnings=(),
        guidance=(),
        also=tuple(one.as_also("policy of another commissioner") for one in theirs),
        steps=tuple(steps),
        considered=tuple(_considered(one, "it is a policy of another commissioner") for one in theirs),
    )
    return _with_guidance(asked, found, None)


# --- which version, and which of the candidates -------------------------------------------------------------


@dataclass(frozen=True)
class _Own:
    """What a commissioner has on the treatment: what is in force on the day, and what is not, and why."""

    in_force: list[Candidate]
    left: list[tuple[Candidate, str]]
    warnings: list[Warn]
    standings: dict[int, Standing]

    def areas(self, version: int) -> Mapping[str, Area]:
        return self.standings[version].areas

    @property
    def also(self) -> list[dict[str, Any]]:
        return [one.as_also(why) for one, why in self.left]

    @property
    def considered(self) -> list[Considered]:
        return [_considered(one, why) for one, why in self.left]


@dataclass(frozen=True)
class _Key:
    """What `standings` asks of a version."""

    id: int
    policy_id: int
    state: str


def _stand(found: Sequence[Candidate], asked: Question) -> dict[int, Standing]:
    keys = {one.said.version_id: _Key(one.said.version_id, one.said.policy_id, one.said.state) for one in found}
    return standings(list(keys.values()), asked.on, asked.area)


def _own(asked: Question, steps: list[str]) -> _Own:
    found = candidates.of_commissioner(asked)
    stand = _stand(found, asked)
    in_force = [one for one in found if stand[one.said.version_id].binds]
    rest = [one for one in found if not stand[one.said.version_id].binds]
    bound = {one.said.policy_id for one in in_force}
    names = _successors(found, stand)
    left, warnings = [], []
    for one in rest:
        why, warn = _why_left(stand[one.said.version_id], names, asked)
        steps += [*one.steps, f"Left: {why}."]
        left.append((one, why))
        if warn and one.said.policy_id not in bound:
            warnings.append(warn)
    return _Own(in_force, left, list(dict.fromkeys(warnings)), stand)


def _successors(found: Sequence[Candidate], stand: Mapping[int, Standing]) -> dict[int, str]:
    """What took the place of a candidate as a policy of another name, by the id of the version that did."""
    policies = {one.said.version_id: one.said.policy_id for one in found}
    after = {by: policy for one, policy in policies.items() if (by := stand[one].replaced_by) is not None}
    names = {one.said.version_id: one.said.name for one in found}
    unknown = [one for one in after if one not in names]
    if unknown:
        rows = db.session.execute(
            select(PolicyVersion.id, PolicyVersion.policy_id, PolicyVersion.label, printed_title)
            .join(Policy, Policy.id == PolicyVersion.policy_id)
            .where(PolicyVersion.id.in_(unknown))
        )
        for version, policy, label, title in rows:
            names[version], policies[version] = f"“{title}”, version {label}", policy
    return {one: names[one] for one, policy in after.items() if one in names and policies[one] != policy}


def _why_left(found: Standing, names: Mapping[int, str], asked: Question) -> tuple[str, Warn | None]:
    if found.status is Status.WITHDRAWN:
        return "it has been withdrawn", Warn.WITHDRAWN
    if found.status is Status.NOT_YET_IN_FORCE:
        assert found.begins_on is not None
        return f"it is not in force before {day_in_words(found.begins_on)}", Warn.NOT_YET_IN_FORCE
    if found.status is Status.ENDED:
        return "it has ended", None
    if found.status is Status.ELSEWHERE:
        return f"it does not apply in {asked.area}", None
    if found.replaced_by is not None and found.replaced_by in names:
        return f"{names[found.replaced_by]} has taken its place", None
    return "a later version has taken its place", None


def _named(asked: Question, own: _Own, steps: list[str]) -> Resolution:
    first, *further = own.in_force
    said, stand = first.said, own.standings[first.said.version_id]
    for one in reversed(further):
        steps += [*one.steps, "Kept beside the one that is named: it is in force too."]
    steps += [*first.steps, "Taken: it is in force on that day.", _since(said, stand, asked)]
    if said.review_overdue(asked.on):
        assert said.review_due_on is not None
        due = day_in_words(said.review_due_on)
        steps.append(f"Its review was due on {due}; it stays in force until it is replaced.")
    place = stand.areas.get(plain_area(asked.area or ""))
    mechanism = (place.mechanism if place else None) or said.mechanism or stand.mechanism
    rows = _criteria(said)
    steps += _what_it_says(first, rows, mechanism)
    if further:
        steps.append(f"{len(further)} more of this commissioner's statements came near and are listed beside it.")
    steps += _by_area(asked, own)
    rivals = _rivals(own)
    warnings = [*first.warnings(asked.on), *([Warn.SEVERAL_IN_FORCE] if rivals else [])]
    for name in dict.fromkeys(rivals):
        steps.append(f"{name} is in force too and is about the same treatment; a person chooses which of them applies.")
    return Resolution(
        answer=first.answer,
        warnings=tuple(warnings),
        guidance=(),
        also=(*(one.as_also("also in force") for one in further), *own.also),
        steps=tuple(steps),
        reference=said.reference,
        title=said.title,
        version=said.label,
        version_id=said.version_id,
        statement_id=said.id,
        rows=rows,
        mechanism=mechanism,
        begins_on=stand.begins_on,
        ends_on=stand.ends_on,
        considered=(
            _considered(first, "it is in force on that day", taken=True),
            *(_considered(one, "it is in force too, and is kept beside the one that is named") for one in further),
            *own.considered,
        ),
    )


def _rivals(own: _Own) -> list[str]:
    """Other versions in force, somewhere where the first is, whose treatment is as much the one asked for."""
    first, *further = own.in_force
    here = own.areas(first.said.version_id)
    return [
        one.said.name
        for one in further
        if one.said.version_id != first.said.version_id
        and one.is_recognised
        and first.is_recognised
        and (not here or not (there := own.areas(one.said.version_id)) or here.keys() & there.keys())
    ]


def _considered(one: Candidate, why: str, *, taken: bool = False) -> Considered:
    said = one.said
    return Considered(said.version_id, said.name, said.treatment, said.owner_name, one.answer, taken, why, one.steps[1:])


def _criteria(said: Said) -> tuple[Row, ...]:
    return tuple(Row(*one) for one in plain_rows(_CRITERIA, statement=said.id))


def _what_it_says(candidate: Candidate, rows: Sequence[Row], mechanism: str | None) -> list[str]:
    position = Position(candidate.said.position).words.lower()
    if candidate.answer in (Answer.COHORT_MISMATCH, Answer.CODE_ONLY, Answer.WORDS_ONLY):
        return [f"What it says of its own treatment and patients: {position}."]
    said = [f"Its position: {position}."]
    if mechanism and candidate.answer in (Answer.CRITERIA, Answer.CRITERIA_MET):
        said.append(f"Before treatment: {Mechanism(mechanism).words.lower()}.")
    return [*said, *(f"To be marked met or not, {one.label}: {one.words}" for one in rows)]


def _by_area(asked: Question, own: _Own) -> list[str]:
    """What is in force in one area and not in another cannot be told apart without the area."""
    if asked.area is not None:
        return []
    steps = []
    named = {one.said.version_id: one.said.name for one in own.in_force if own.areas(one.said.version_id)}
    if len({frozenset(own.areas(one)) for one in named}) > 1:
        steps.append("Which of these applies depends on the area, and none was given.")
        for version, name in named.items():
            steps.append(f"{name} applies in {', '.join(row.name for row in own.areas(version).values())}.")
    for version, name in named.items():
        for row in own.areas(version).values():
            if row.begins and row.begins > asked.on:
                steps.append(f"{name} applies in {row.name} only from {day_in_words(row.begins)}.")
    return steps


def _since(said: Said, stand: Standing, asked: Question) -> str:
    if stand.begins_on is None:
        return "It prints no date from which it applies; it is on record as published."
    counts_from = said.effective_from or said.published_on or said.ratified_on
    if stand.begins_on != counts_from:
        where = f"In {asked.area}" if asked.area else "In one of its areas"
        return f"{where} it applies from {day_in_words(stand.begins_on)}."
    if said.effective_from:
        return f"It applies from {day_in_words(said.effective_from)}."
    if said.published_on:
        return f"It counts from its publication on {day_in_words(said.published_on)}."
    return f"It counts from its ratification on {day_in_words(stand.begins_on)}, the only day it prints."


def _none(asked: Question, own: _Own, steps: list[str]) -> Resolution:
    steps.append(f"No policy of {asked.owner.name} that is in force on {day_in_words(asked.on)} names this treatment.")
    theirs, warnings = _theirs(asked), own.warnings
    for one in theirs:
        steps += [*one.steps, "Left: it is another body's policy, and binds nobody here."]
    if theirs:
        warnings = [*warnings, Warn.ANOTHER_BODY_HAS_ONE]
        steps.append(f"No more than {candidates.MOST_OTHERS} other bodies are looked at.")
    return Resolution(
        answer=Answer.NO_POLICY,
        warnings=tuple(warnings),
        guidance=(),
        also=(*own.also, *(one.as_also("policy of another commissioner") for one in theirs)),
        steps=tuple(steps),
        considered=(
            *own.considered,
            *(_considered(one, "it is another body's policy, and binds nobody here") for one in theirs),
        ),
    )


def _theirs(asked: Question, bodies: set[int] | None = None) -> list[Candidate]:
    """What other bodies have in force on the treatment: those whose area it is, else a few that name the treatment."""
    found = candidates.of_others(asked, bodies or candidates.other_bodies(asked))
    stand = _stand(found, replace(asked, area=None))
    return [one for one in found if stand[one.said.version_id].binds]


# --- who is eligible whatever a policy says -------------------------------------------------------------------


def _claimed(asked: Question, found: Resolution, number: int) -> Resolution:
    """A clause of core eligibility that is claimed goes before the policy's position, unless it may be out of date."""
    clause = None
    if abs(number) < 2**31:
        clause = db.session.scalar(
            select(CommissionerClause).where(
                CommissionerClause.owner_id == asked.owner.id,
                CommissionerClause.kind == "core_eligibility",
                CommissionerClause.number == number,
                BINDING_CLAUSES,
            )
        )
    if clause is None:
        raise QuestionError(f"{asked.owner.name} has no clause {number} on who is eligible.")
    said = f"It is claimed that the patient is eligible whatever a policy says, by clause {number}: {clause.words}"
    if clause.may_be_out_of_date:
        step = "That clause may be out of date, so it sends the request nowhere; a person finds out what holds now."
        return replace(found, steps=(*found.steps, said, step))
    step = "A person checks the claim; if it holds, the policy's position does not decide."
    return replace(found, answer=Answer.BYPASS, steps=(*found.steps, said, step))


# --- guidance -------------------------------------------------------------------------------------------------


def _with_guidance(asked: Question, found: Resolution, named: int | None) -> Resolution:
    """Add the guidance that bears on the request. It changes no position; a technology appraisal comes
    first."""
    beside = pointers(asked.treatments, asked.words, asked.indications, asked.on, named)
    steps = found.steps + tuple(one.step for one in beside)
    mandatory = [one for one in beside if one.is_mandatory and not one.withdrawn and one.matches]
    answer = found.answer
    if mandatory and answer is not Answer.OTHER_COMMISSIONER:
        answer = Answer.MANDATORY_NICE
        first = mandatory[0].reference
        steps += (f"{first} obliges where this patient meets it: its criteria are asked one by one.",)
    return replace(found, answer=answer, guidance=tuple(beside), steps=steps)
