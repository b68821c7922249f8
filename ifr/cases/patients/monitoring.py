"""Equality monitoring: a third place beside the request and the patient. What is answered here is read by nobody, neither by
those who decide nor by whoever wrote it; it is counted, and only numbers that are not small are shown.

The characteristics are those of the Equality Act 2010, section 4. Answering is voluntary, also for each question.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import audit, clock
from ifr.cases.identity import keyed_hash
from ifr.cases.models import Case
from ifr.cases.patients.models import MonitoringAnswer
from ifr.cases.patients.seeing import WRITES, must_write
from ifr.db import db, lock
from ifr.workflow import Invalid

STREAM = "monitoring"
RATHER_NOT = "prefer_not_to_say"
_RATHER_NOT = {RATHER_NOT: "Prefer not to say"}
_YES_NO = {"yes": "Yes", "no": "No", **_RATHER_NOT}
# Where a profile gives no number: fewer than ten could be recognised by somebody who knows the area.
SMALLEST_COUNT = 10


@dataclass(frozen=True)
class MonitoringQuestion:
    key: str
    label: str
    options: Mapping[str, str]


QUESTIONS = (
    MonitoringQuestion(
        "age", "Age",
        {"under_16": "Under 16", "16_17": "16 or 17", "18_24": "18 to 24", "25_44": "25 to 44", "45_64": "45 to 64",
         "65_84": "65 to 84", "85": "85 or older", **_RATHER_NOT},
    ),
    MonitoringQuestion("sex", "Sex", {"female": "Female", "male": "Male", **_RATHER_NOT}),
    MonitoringQuestion("gender_same", "Is the patient’s gender the same as the sex registered at birth?", _YES_NO),
    MonitoringQuestion(
        "ethnic_group", "Ethnic group",
        {"asian": "Asian or Asian British", "black": "Black, Black British, Caribbean or African",
         "mixed": "Mixed or multiple ethnic groups", "white": "White", "other": "Another ethnic group", **_RATHER_NOT},
    ),
    MonitoringQuestion("disability", "A long-lasting condition or disability besides the one for which this is asked?", _YES_NO),
    MonitoringQuestion(
        "religion", "Religion or belief",
        {"none": "No religion", "buddhist": "Buddhist", "christian": "Christian", "hindu": "Hindu", "jewish": "Jewish",
         "muslim": "Muslim", "sikh": "Sikh", "other": "Another religion or belief", **_RATHER_NOT},
    ),
    MonitoringQuestion(
        "orientation", "Sexual orientation",
        {"heterosexual": "Straight or heterosexual", "gay": "Gay or lesbian", "bisexual": "Bisexual",
         "other": "Another sexual orientation", **_RATHER_NOT},
    ),
    MonitoringQuestion("pregnancy", "Pregnant, or has had a baby in the last six months?", _YES_NO),
    MonitoringQuestion("partnership", "Married or in a civil partnership?", _YES_NO),
)  # fmt: skip


def _pseudonym(case: Case) -> str:
    return keyed_hash(f"monitoring:{case.uuid}")


def is_answered(case: Case) -> bool:
    """Whether it was answered for this request; what was answered, nobody reads."""
    query = select(MonitoringAnswer.id).where(MonitoringAnswer.pseudonym == _pseudonym(case))
    return db.session.scalars(query).first() is not None


def save(case: Case, typed: Mapping[str, str], *, by: Any) -> None:
    """Keep the answers, sealed and under a pseudonym. Answered again, the later answers stand. An empty form keeps nothing.

    Raises Invalid for an answer that is not offered.
    """
    must_write(case, by, WRITES)
    faults = {
        one.key: "Choose one of the answers." for one in QUESTIONS if typed.get(one.key) and typed[one.key] not in one.options
    }
    if faults:
        raise Invalid(faults)
    given = {one.key: typed[one.key] for one in QUESTIONS if typed.get(one.key)}
    if not given:
        return
    lock(Case, case.id)
    row = db.session.scalars(select(MonitoringAnswer).where(MonitoringAnswer.pseudonym == _pseudonym(case))).first()
    if row is None:
        row = MonitoringAnswer(pseudonym=_pseudonym(case), commissioner_id=case.commissioner_id, year=clock.today().year)
        db.session.add(row)
    row.answers = json.dumps(given, sort_keys=True)
    db.session.flush()
    # In a stream of its own, and without saying for which request.
    audit.record(STREAM, "save_monitoring", by="job:monitoring", commissioner=case.commissioner_id)


@dataclass(frozen=True)
class Counted:
    """One question with how many gave each answer; None stands for a number that is too small to show."""

    label: str
    rows: list[tuple[str, int | None]]


@dataclass(frozen=True)
class Counts:
    answered: int | None
    at_least: int
    source: str
    questions: list[Counted]


def counts(commissioner_id: int, profile: Any) -> Counts:
    """How the questions were answered for a commissioner, over all years. A number below the smallest that the profile shows
    is left out; where one alone would be, the next smallest too, since it could be worked out from the sum."""
    at_least, source = _smallest(profile)
    rows = db.session.scalars(select(MonitoringAnswer).where(MonitoringAnswer.commissioner_id == commissioner_id)).all()
    given = [json.loads(row.answers) for row in rows]
    found = []
    for one in QUESTIONS:
        number = Counter(said[one.key] for said in given if one.key in said)
        found.append(Counted(one.label, _shown({words: number[key] for key, words in one.options.items()}, at_least)))
    return Counts(len(given) if len(given) >= at_least else None, at_least, source, found)


def _shown(number: Mapping[str, int], at_least: int) -> list[tuple[str, int | None]]:
    hidden = {words for words, count in number.items() if 0 < count < at_least}
    if len(hidden) == 1:
        left = sorted((count, words) for words, count in number.items() if words not in hidden and count)
        hidden |= {left[0][1]} if left else set()
    # Nought is hidden too where something is: it would say that nobody else can be among the few.
    return [
        (words, None if words in hidden or (hidden and not count) else count) for words, count in number.items()
    ]


def _smallest(profile: Any) -> tuple[int, str]:
    rule = profile.monitoring
    return (rule.at_least, rule.source) if rule else (SMALLEST_COUNT, "example, not any commissioner's policy")
