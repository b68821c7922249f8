"""What is doubtful about the record of a policy, in sentences for its owner. Nothing is corrected: the record keeps what is
printed. What only the register can tell, such as another version in force at the same time, is handed in (`linting.py`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ifr import clock
from ifr.pages import day
from ifr.policies import codes, records
from ifr.policies.positions import Position

# Anything longer is a sentence that slipped into the place of a code, and no code.
_LONGEST_CODE = 60
_NOT_YET_DECIDED = re.compile(r"\b(tb[cda]|to be (confirmed|determined|decided|agreed|advised))\b", re.IGNORECASE)
_DAYS = {
    "ratified_on": ("Ratified", "counts from"),
    "effective_from": ("In effect from", "counts from"),
    "published_on": ("Published", "counts from"),
    "effective_to": ("Last day", "counts until"),
}


@dataclass(frozen=True)
class Finding:
    """One doubt: `code` names the kind, `words` is for the owner, `where` says which part of the record it is about, and
    `verbatim` is what the document prints there."""

    code: str
    words: str
    where: str
    verbatim: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Beside:
    """Another version that is in force on the same day in the same place."""

    name: str
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegisterFacts:
    """What the register knows about a version and its record does not hold."""

    beside: tuple[Beside, ...] = ()
    # Versions that follow this one, for which no last day is on record, with the day from which they apply.
    followed_by: tuple[tuple[str, date | None], ...] = ()
    # Replaced versions whose last day their own record gives, as (policy, version).
    ended: frozenset[tuple[str, str]] = frozenset()
    is_draft: bool = False
    is_over: bool = False
    # It takes, at once or after others, the place of itself.
    in_a_circle: bool = False


def lint(record: records.PolicyRecord, *, register: RegisterFacts | None = None, on: date | None = None) -> list[Finding]:
    """Every doubt about a record as it stands on a day, today unless another is named, in a fixed order."""
    register, on = register or RegisterFacts(), on or clock.today()
    found = [*_position(record), *_what_is_missing(record)]
    for number, said in enumerate(record.statements, start=1):
        found += _codes_of(record, number, said)
    found += [*_dots(record), *turned_round(record), *_review(record, register, on), *_months(record)]
    return [*found, *_successions(record, register), *_beside(register)]


# --- what it decides, and what it leaves out ----------------------------------------------------------------------------


def _position(record: records.PolicyRecord) -> Iterator[Finding]:
    if record.kind != "clinical":
        return
    if not record.statements:
        yield Finding("no_statement", "It names no treatment about which it says something.", "Treatments")
    yield from without_position(record)
    for number, said in enumerate(record.statements, start=1):
        if said.position is not Position.UNKNOWN and record.position not in (Position.UNKNOWN, said.position):
            yield Finding(
                "position_differs",
                f"Its position on {_quoted(said.treatment)} ({said.position.words.lower()}) differs from the position of the "
                f"policy as a whole ({record.position.words.lower()}).",
                _treatment(record, number, said),
                record.position_as_printed,
            )


def without_position(record: records.PolicyRecord) -> Iterator[Finding]:
    """Where a clinical policy states no position: on the whole, or on one treatment."""
    if record.kind != "clinical":
        return
    stated = [one for one in record.statements if one.position is not Position.UNKNOWN]
    if record.position is Position.UNKNOWN and not stated:
        yield Finding(
            "position_not_stated",
            "It does not state a position: whether the treatment is funded always, never as a matter of routine, or where "
            "criteria are met.",
            "Position",
            record.position_as_printed,
        )
        return
    for number, said in enumerate(record.statements, start=1):
        if said.position is Position.UNKNOWN:
            words = f"No position is stated on {_quoted(said.treatment)}."
            yield Finding("position_not_stated", words, _treatment(record, number, said))


def _what_is_missing(record: records.PolicyRecord) -> Iterator[Finding]:
    if record.kind == "clinical" and not _given(record.scope):
        yield Finding("no_scope", "It does not say what it covers and what it does not cover.", "Scope")
    if record.kind == "clinical" and not _given(record.cohort):
        yield Finding(
            "no_patients",
            "It does not say which patients it is about, so nobody can tell how one patient differs from the others.",
            "Patients it is about",
        )
    clause = record.exceptionality
    if record.kind != "ifr_process" and not (clause and clause.route_named):
        yield Finding(
            "no_exceptionality_route",
            "It names no route by which an exceptional case can be put. Every policy needs one (R v North West Lancashire "
            "Health Authority, ex parte A, 1999). Here an individual funding request is open all the same.",
            "Clinical exceptionality",
            clause.words if clause else None,
        )


# --- codes ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Read:
    """A printed code, and what it was read as."""

    one: records.Code
    first: str
    last: str | None


def _codes_of(record: records.PolicyRecord, number: int, said: records.StatementRecord) -> Iterator[Finding]:
    read: dict[str, list[_Read]] = {}
    for system, listed in _systems(said):
        where = f"Codes ({codes.NAMES[system]}), {_treatment(record, number, said)}"
        printed = [one for one in listed if not one.ours]
        faults, read[system] = _read(system, printed, where)
        yield from faults
        yield from _ranges(read[system], where)
        yield from _repeated(read[system], where)
        if system == codes.OPCS4:
            yield from _broad(read[system], said.treatment, where)
    yield from _in_both(read, f"Codes, {_treatment(record, number, said)}")


def _systems(said: records.StatementRecord) -> tuple[tuple[str, list[records.Code]], ...]:
    return (codes.OPCS4, said.codes.opcs4), (codes.ICD10, said.codes.icd10)


def _read(system: str, printed: Iterable[records.Code], where: str) -> tuple[list[Finding], list[_Read]]:
    faults, read = [], []
    for one in printed:
        try:
            if len(one.code) > _LONGEST_CODE:
                raise codes.CodeError(f"“{one.code[:20]}…” is too long to be a code of {codes.NAMES[system]}.")
            read.append(_Read(one, *codes.listed(system, one.code)))
        except codes.CodeError as fault:
            faults.append(Finding("code_not_read", str(fault), where, one.code))
    return faults, read


def _ranges(read: list[_Read], where: str) -> Iterator[Finding]:
    for one in read:
        if one.last is not None:
            yield Finding(
                "range",
                f"{_quoted(one.one.code)} is a range: it takes in every code from {codes.dotted(one.first)} to "
                f"{codes.dotted(one.last)}, also those that nobody may have meant.",
                where,
                one.one.code,
            )


def _repeated(read: list[_Read], where: str) -> Iterator[Finding]:
    for key in dict.fromkeys((one.first, one.last) for one in read):
        same = [one.one for one in read if (one.first, one.last) == key]
        roles = {one.role for one in same}
        labels = list({plain(one.label): one.label for one in same if one.label}.values())
        if len(same) == 1:
            continue
        name, printed = same[0].code, ", ".join(one.code for one in same)
        if {"include", "exclude"} <= roles:
            yield Finding("included_and_excluded", f"{name} is listed as included and as left out.", where, printed)
        elif len(labels) > 1:
            said = "; ".join(_quoted(one) for one in labels)
            words = f"{name} is listed {_times(len(same))} with different labels: {said}. Which is meant?"
            yield Finding("duplicate_different_labels", words, where, printed)
        elif len(roles) == 1:
            yield Finding("duplicate_code", f"{name} is listed {_times(len(same))}.", where, printed)


def _broad(read: list[_Read], treatment: str, where: str) -> Iterator[Finding]:
    """A category of OPCS-4 has children for each manner of operating, and a policy is about one of them."""
    for first in dict.fromkeys(one.first for one in read if one.last is None and one.one.role == "include"):
        if len(first) == 3:
            yield Finding(
                "broad_category",
                f"{first} is a category of three characters: it takes in every operation beneath it, which may be more than "
                f"{_quoted(treatment)}.",
                where,
                next(one.one.code for one in read if one.first == first),
            )


def _in_both(read: dict[str, list[_Read]], where: str) -> Iterator[Finding]:
    diagnoses = {one.first for one in read[codes.ICD10]}
    for first in dict.fromkeys(one.first for one in read[codes.OPCS4] if one.first in diagnoses):
        printed = next(one.one.code for one in read[codes.OPCS4] if one.first == first)
        words = f"{printed} is listed as a procedure (OPCS-4) and as a diagnosis (ICD-10). One of them is the wrong system."
        yield Finding("code_in_both_systems", words, where, printed)


def _dots(record: records.PolicyRecord) -> Iterator[Finding]:
    """Looked at over the whole document, since it is the document that has a manner of writing."""
    for system in codes.SYSTEMS:
        listed = [one for said in record.statements for name, some in _systems(said) if name == system for one in some]
        printed = [one.code for one in listed if not one.ours and len(_bare(one.code)) > 3 and _is_single(system, one.code)]
        with_dot = [one for one in printed if "." in one.strip().rstrip(".-")]
        without = [one for one in printed if one not in with_dot]
        if with_dot and without:
            yield Finding(
                "dots_mixed",
                f"Codes of {codes.NAMES[system]} are printed with a dot ({with_dot[0]}) and without one ({without[0]}). They "
                "are compared alike.",
                f"Codes ({codes.NAMES[system]})",
                ", ".join(dict.fromkeys(printed)),
            )


def _is_single(system: str, text: str) -> bool:
    try:
        codes.normalise(system, text[:_LONGEST_CODE])
    except codes.CodeError:
        return False
    return True


def _bare(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)


# --- days -----------------------------------------------------------------------------------------------------------------


def _review(record: records.PolicyRecord, register: RegisterFacts, on: date) -> Iterator[Finding]:
    """A version that binds nobody any more needs no review."""
    review, ended = record.review, records.last_day(record.effective_to)
    if review.static or register.is_over or record.withdrawn_on and record.withdrawn_on <= on or ended and ended < on:
        return
    due = records.last_day(review.day)
    if due is None and not _given(review.words):
        yield Finding("no_review", "It names neither a day nor a rule for its review.", "Review")
    elif due is None and _NOT_YET_DECIDED.search(review.words or ""):
        words = f"The review is printed as {_quoted(review.words or '')}: no day is set on which it is due."
        yield Finding("review_not_set", words, "Review", review.words)
    elif due is not None and due < on:
        words = f"The review was due on {day(due)} and the day has passed. The policy stays in force until it is replaced."
        yield Finding("review_passed", words, "Review", _printed(review.day))


def turned_round(record: records.PolicyRecord) -> Iterator[Finding]:
    """Where something ends before it begins: the version, an area, the ages of a treatment."""
    begins = records.first_day(record.effective_from or record.published_on or record.ratified_on)
    ends = records.last_day(record.effective_to)
    if begins and ends and ends < begins:
        words = f"Its last day, {day(ends)}, is before the day from which it applies, {day(begins)}."
        yield Finding("ends_before_it_begins", words, "Last day", _printed(record.effective_to))
    for area in record.areas:
        if not isinstance(area, str) and (area.effective_from or area.effective_to):
            from_day, to_day = area.effective_from or begins, area.effective_to or ends
            if from_day and to_day and to_day < from_day:
                words = f"In {_quoted(area.name)} its last day, {day(to_day)}, is before its first, {day(from_day)}."
                yield Finding("ends_before_it_begins", words, f"Areas, {_quoted(area.name)}", area.name)
    for number, said in enumerate(record.statements, start=1):
        youngest, oldest = said.ages.youngest, said.ages.oldest
        if youngest is not None and oldest is not None and oldest < youngest:
            words = f"It is for patients from age {youngest} to age {oldest}: nobody is of such an age."
            yield Finding("ages_turned_round", words, f"Ages, {_treatment(record, number, said)}", said.ages.words)


def _months(record: records.PolicyRecord) -> Iterator[Finding]:
    for name, (label, counts) in _DAYS.items():
        printed = getattr(record, name)
        if isinstance(printed, str):
            counted = records.last_day(printed) if name == "effective_to" else records.first_day(printed)
            yield _month(label, printed, counts, counted)
    if isinstance(record.review.day, str):
        yield _month("Review", record.review.day, "is due by", records.last_day(record.review.day))


def _month(label: str, printed: str, counts: str, counted: date | None) -> Finding:
    exact = "a year" if len(printed) == 4 else "a month"
    words = f"{label}: only {exact} is printed ({printed}), no day. Here it {counts} {day(counted)}."
    return Finding("no_exact_day", words, label, printed)


# --- beside other versions --------------------------------------------------------------------------------------------------


CIRCLE = "It takes the place of a version that, at once or after others, takes its own: two cannot take each other's place."


def _successions(record: records.PolicyRecord, register: RegisterFacts) -> Iterator[Finding]:
    if register.in_a_circle:
        yield Finding("circle", CIRCLE, "In place of")
    for one in record.replaces:
        if one.last_on is None and (one.policy, one.version) not in register.ended:
            yield Finding(
                "successor_without_end_date",
                f"It takes the place of {named(one.policy, one.version)}, and no last day of that one is on record. It is "
                "taken to end on the day before this version applies.",
                "In place of",
                named(one.policy, one.version),
            )
    for name, begins in register.followed_by:
        since = f" from {day(begins)}" if begins else ""
        words = f"{name} follows this version{since}, and no last day of this version is on record."
        yield Finding("successor_without_end_date", words, "Last day", name)


def _beside(register: RegisterFacts) -> Iterator[Finding]:
    for one in register.beside:
        place = f" in {', '.join(one.areas)}" if one.areas else ""
        if register.is_draft:
            words = f"Once published, this version would stand beside {one.name}, which is in force{place} on the same treatment."
        else:
            words = f"{one.name} is in force at the same time{place} on the same treatment. Which of the two holds?"
        yield Finding("two_in_force", words, "Where it applies", one.name)


# --- wording ----------------------------------------------------------------------------------------------------------------


def _treatment(record: records.PolicyRecord, number: int, said: records.StatementRecord) -> str:
    name = _quoted(said.treatment)
    return f"treatment {number}: {name}" if len(record.statements) > 1 else f"treatment {name}"


def named(policy: str, version: str) -> str:
    """A version as a sentence calls it."""
    return f"{policy}, version {version}"


def _quoted(text: str) -> str:
    shown = " ".join(text.split())
    return f"“{shown if len(shown) <= 120 else shown[:120] + '…'}”"


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def plain(text: str | None) -> str:
    """A text as it is compared."""
    return " ".join((text or "").casefold().split())


def _given(text: str | None) -> bool:
    return bool(text and text.strip())


def _printed(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
