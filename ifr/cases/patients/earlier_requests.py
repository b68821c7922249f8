"""Other requests for the same patient: shown with what was decided and why, and what is new asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, letters, workflow
from ifr.cases import identity
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.cases.patients.models import EarlierRequestAnswer
from ifr.cases.patients.seeing import OFFICE_WRITES, must_write
from ifr.cases.services import answers_of, cases_visible_to
from ifr.db import db
from ifr.letters import STOPPED
from ifr.workflow import Invalid, NotVisible

ANSWERS = {
    "duplicate": "The same request, sent twice",
    "repeat": "A repeat: asked before and decided",
    "different": "Something different",
}
NEW_SINCE = "new_since"
# Words that say nothing of which treatment it is.
_EMPTY_WORDS = frozenset({"the", "of", "for", "and", "with", "a", "an", "to", "in", "treatment", "therapy", "surgery"})


@dataclass(frozen=True)
class Reasons:
    """What was decided on an earlier request, in the words that stand in its letter."""

    decision: str
    reasons: str
    would_change: str
    on: date | None


@dataclass(frozen=True)
class OtherRequest:
    """Another request for the same patient, as far as this person may see it."""

    case: Case
    alike: bool
    status: str
    decided: list[Reasons] = field(default_factory=list)
    answer: EarlierRequestAnswer | None = None


def others(case: Case, by: Any) -> list[OtherRequest]:
    """The requests for the same patient that this person may see anyway, the latest first; those for a like treatment are
    marked. A clinician sees of an own request what he or she was told, the office what its letters say."""
    ids = identity.cases_of_same_patient(case)
    if not ids:
        return []
    query = cases_visible_to(by).where(Case.id.in_(ids), Case._state != "discarded").order_by(Case.id.desc())
    rows = db.session.scalars(query).all()
    answered = {one.other_id: one for one in answers(case)}
    return [
        OtherRequest(
            case=one,
            alike=is_alike(case, one),
            status=workflow.label_of(one) if cases.in_office(by, one) else cases.clinician_words(one),
            decided=_decided(one, by),
            answer=answered.get(one.id),
        )
        for one in rows
    ]


def answers(case: Case) -> Sequence[EarlierRequestAnswer]:
    return db.session.scalars(select(EarlierRequestAnswer).where(EarlierRequestAnswer.case_id == case.id)).all()


def is_alike(one: Case, other: Case) -> bool:
    """Whether two requests are for a like treatment: a code in common, or most words of the shorter name. It warns; a person
    says whether it is the same."""
    here, there = answers_of(one), answers_of(other)
    codes = [_codes(said.get("treatment_codes", "")) for said in (here, there)]
    if codes[0] & codes[1]:
        return True
    words = [_words(said.get("treatment", "")) for said in (here, there)]
    shorter = min(map(len, words))
    return shorter > 0 and 2 * len(words[0] & words[1]) > shorter


def _codes(typed: str) -> set[str]:
    return {re.sub(r"[^A-Z0-9]", "", one) for one in re.split(r"[,;\s]+", typed.upper())} - {""}


def _words(typed: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]{2,}", typed.casefold())) - _EMPTY_WORDS


def _decided(case: Case, by: Any) -> list[Reasons]:
    """What the letters of a request say was decided, the latest first. Whoever asked reads only letters that were issued."""
    office = cases.in_office(by, case)
    found = []
    for row in letters.of_case(case):
        facts = row.facts
        if row.to != "clinician" or row.state == STOPPED or not (facts.get("decision") and facts.get("reasons")):
            continue
        if office or row.issued_on is not None:
            found.append(
                Reasons(str(facts["decision"]), str(facts["reasons"]), str(facts.get("would_change") or ""), row.issued_on)
            )
    return found


def what_is_new(case: Case) -> str:
    """What the clinician said is new since the earlier request."""
    return answers_of(case).get(NEW_SINCE, "").strip()


# --- what the office makes of them ------------------------------------------------------------------------------------


def answer(
    case: Case, other_key: str, *, said: str, what_is_new: str, because: str, seen: int | None, by: Any
) -> EarlierRequestAnswer:
    """Say what another request for the same patient is to this one. Raises Invalid, NotVisible."""
    must_write(case, by, OFFICE_WRITES)
    other = next((one.case for one in others(case, by) if one.case.key == other_key), None)
    if other is None:
        raise NotVisible(other_key)
    faults = {} if said in ANSWERS else {"answer": "Say what the other request is to this one."}
    if said == "repeat" and not what_is_new:
        faults["what_is_new"] = "Say what is new since then; where nothing is, say so."
    if said in ("duplicate", "different") and not because:
        faults["because"] = "Say how you know."
    if faults:
        raise Invalid(faults)
    workflow.hold(case, seen)
    row = next((one for one in answers(case) if one.other_id == other.id), None)
    if row is None:
        row = EarlierRequestAnswer(case_id=case.id, other_id=other.id)
        db.session.add(row)
    row.answer, row.what_is_new, row.because, row.by_id, row.at = said, what_is_new, because, by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "answer_earlier_request", by=by.actor, other=other.id, answer=said)
    return row


def unanswered(case: Case, by: Any) -> list[OtherRequest]:
    """Requests for a like treatment for the same patient of which nobody has said yet what they are to this one."""
    return [one for one in others(case, by) if one.alike and one.answer is None and one.case.received_at is not None]
