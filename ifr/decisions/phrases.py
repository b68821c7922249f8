"""Phrases that are no reason by themselves, and how a text for a patient reads. Both ask; neither decides.

Which phrases these are is the commissioner's (profile, `empty_phrases`).
"""

import re
from dataclasses import dataclass

from sqlalchemy import select

from ifr import clock
from ifr.cases.distinct.remarks import rules_of
from ifr.cases.distinct.wording import found_in, stem, stems, words_of
from ifr.cases.models import Case, Finding
from ifr.db import db
from ifr.decisions.criteria import CRITERION, FACTOR, QUESTION, names_of, reasons_by_reference, ref
from ifr.decisions.models import DecisionRecord, KeptReason
from ifr.workflow import Reason

LONGEST_SENTENCE = 25
_RECORD = "decisions.record"
# What every reason speaks of, and which says nothing of this one.
_THE_MATTER = stems("request patient panel treatment application evidence reason commissioner funding therefore found considered")
_ABBREVIATION = re.compile(r"\b[A-Z][A-Z0-9]{1,}s?\b")
# Known to everybody, or ours.
_KNOWN = frozenset({"NHS", "GP", "UK", "IFR", "MRI", "CT", "II", "III", "IV"})


@dataclass(frozen=True)
class Place:
    """One text of a record that gives a reason: where it stands, what it is about, and what it says."""

    key: str
    title: str
    text: str


def places_of(case: Case, record: DecisionRecord, found: dict[tuple[str, str], Finding]) -> list[Place]:
    """Every reason of a record that is written out; one that only refers to another is none of its own."""
    names = names_of(case)
    places = [
        Place(f"{about}_{key}", names[ref(about, key)], row.reasons)
        for (about, key), row in found.items()
        if about in (QUESTION, FACTOR, CRITERION) and ref(about, key) in names
        and row.reasons != reasons_by_reference(row.answer, row.refers_to, names, record.not_reached_because)
    ]
    places += [
        Place("in_the_round", "all points taken together", record.in_the_round),
        Place("reasons", "the decision", record.reasons),
        Place("plain_reasons", "the decision, for the patient", record.plain_reasons),
    ]
    return places


def is_empty(text: str, phrases: list[str]) -> bool:
    """Whether a text says nothing but such phrases: one that stands among other reasons is not asked about."""
    words = words_of(text)
    found = found_in(words, phrases)
    if not found:
        return False
    said = {stem(word) for phrase in found for word in words_of(phrase)}
    rest = {stem(word) for word in words if not word.isdecimal()} - said - stems(rules_of().little_words) - _THE_MATTER
    return not rest


def to_ask(case: Case, record: DecisionRecord, found: dict[tuple[str, str], Finding]) -> list[Place]:
    """The reasons that are asked about and that nobody has said are the reason."""
    rule = case.profile.empty_phrases
    if rule is None:
        return []
    kept = {row.place: row.text for row in kept_of(record)}
    return [
        one for one in places_of(case, record, found)
        if is_empty(one.text, rule.phrases) and kept.get(one.key) != one.text
    ]


def kept_of(record: DecisionRecord) -> list[KeptReason]:
    return list(db.session.scalars(select(KeptReason).where(KeptReason.decision_id == record.id).order_by(KeptReason.id)))


def keep(record: DecisionRecord, asked: list[Place], chosen: frozenset[str], by_id: int) -> None:
    """Record that somebody was asked and said: this is our reason. It holds for these very words."""
    rows = {row.place: row for row in kept_of(record)}
    for one in asked:
        if one.key in chosen:
            row = rows.get(one.key) or KeptReason(decision_id=record.id, place=one.key)
            row.text, row.by_id, row.at = one.text, by_id, clock.now()
            db.session.add(row)
    db.session.flush()


def as_reasons(asked: list[Place]) -> list[Reason]:
    return [
        Reason(
            f"“{one.text.strip()[:80]}” is no reason by itself ({one.title}): say what lies behind it, or that this is your "
            "reason.",
            _RECORD, f"keep_{one.key}",
        )
        for one in asked
    ]


# --- reading help for the patient's text ------------------------------------------------------------------------------------


def hard_to_read(text: str) -> list[str]:
    """What makes a text hard to read for a patient: long sentences, and abbreviations that are not written out. Warns only."""
    found = []
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", text.strip()):
        number = len(sentence.split())
        if number > LONGEST_SENTENCE:
            found.append(f"A sentence of {number} words is hard to read: “{' '.join(sentence.split()[:6])} …”. Cut it in two.")
    short = dict.fromkeys(one for one in _ABBREVIATION.findall(text) if one not in _KNOWN and f"({one})" not in text)
    if short:
        found.append(f"Write out in full, at least the first time: {', '.join(short)}.")
    return found
