"""The last gate before a refusal is written: without these a letter says no and not why (PHSO case summary 902)."""

from ifr.cases.models import Case
from ifr.cases.services import factors_of
from ifr.decisions import services
from ifr.decisions.criteria import FACTOR, NOT_TAKEN_INTO_ACCOUNT, QUESTION
from ifr.decisions.models import FUNDED_IN_PART, NOT_FUNDED, SCREENING, DecisionRecord

_ENDING = {FUNDED_IN_PART: "approved_in_part", NOT_FUNDED: "not_funded"}


class NotReasonedError(Exception):
    """A letter of refusal was asked for while the record lacks what the letter has to say."""


def require_reasons(case: Case, record: DecisionRecord) -> None:
    """Raises NotReasonedError, naming what is missing, unless the record of a refusal can be written out in full."""
    if record.outcome not in _ENDING or record.kind == SCREENING:
        return
    if lacking := what_is_lacking(case, record):
        raise NotReasonedError(f"The letter on {case.key} is not made: the record lacks {', '.join(lacking)}.")


def what_is_lacking(case: Case, record: DecisionRecord) -> list[str]:
    """What a letter of refusal states and the record does not hold: questions, points, clauses, reasons, the way on."""
    said = {
        "all points taken together": record.in_the_round,
        "the reasons": record.reasons,
        "the reasons for the patient": record.plain_reasons,
        "what would change the answer": record.would_change,
    }
    lacking = [*_questions(case, record), *_points(case, record), *(what for what, text in said.items() if not text.strip())]
    if not case.profile.challenge.get(_ENDING[record.outcome or NOT_FUNDED]):
        lacking.append("how the decision can be challenged")
    return lacking


def _questions(case: Case, record: DecisionRecord) -> list[str]:
    found = services.findings_of(case, record)
    rows = [found.get((QUESTION, one.key)) for one in (case.test.questions if case.test else [])]
    return [f"question {number}" for number, row in enumerate(rows, start=1) if row is None or not row.is_complete]


def _points(case: Case, record: DecisionRecord) -> list[str]:
    found, lacking = services.findings_of(case, record), []
    for factor in factors_of(case):
        row = found.get((FACTOR, str(factor.id)))
        if row is None or not row.is_complete:
            lacking.append(f"point {factor.number}")
        elif row.answer == NOT_TAKEN_INTO_ACCOUNT and not row.clause.strip():
            lacking.append(f"the clause under which point {factor.number} is left out")
    return lacking
