"""How alike two requests are: in treatment, in indication and in what is said to set the patient apart.

Codes are compared by the register's rules and words by a library; nothing is learnt from how requests ended.
"""

from dataclasses import dataclass

from rapidfuzz import fuzz, utils

from ifr.cases.models import Case
from ifr.policies import codes

# From here on, in hundredths, two texts say much the same; found by reading pairs of invented requests.
SAME_WORDS = 70


@dataclass(frozen=True)
class Said:
    """What a request asks, in the form in which it is compared."""

    treatment: str
    condition: str
    treatment_codes: frozenset[str]
    indication_codes: frozenset[str]
    difference: str


@dataclass(frozen=True)
class Alike:
    """What two requests share, in hundredths and in words."""

    treatment: int
    condition: int
    difference: int
    words: str

    @property
    def same_question(self) -> bool:
        """Alike in treatment and indication; the difference alone, or its absence, makes no other question of it."""
        return self.treatment >= SAME_WORDS and self.condition >= SAME_WORDS

    @property
    def same_difference(self) -> bool:
        return self.difference >= SAME_WORDS

    @property
    def score(self) -> float:
        return 0.5 * self.treatment + 0.25 * self.condition + 0.25 * self.difference


def said_by(case: Case, answers: dict[str, str], points: list[str]) -> Said:
    """What a request says, from its answers and the points that it raises."""
    return Said(
        treatment=case.treatment,
        condition=case.condition,
        treatment_codes=_codes(codes.OPCS4, answers.get("treatment_codes", "")),
        indication_codes=_codes(codes.ICD10, answers.get("indication_codes", "")),
        difference=" ".join(points),
    )


def _codes(system: str, typed: str) -> frozenset[str]:
    found = set()
    for one in typed.replace(";", ",").replace("\n", ",").split(","):
        try:
            found.add(codes.normalise(system, one))
        except codes.CodeError:
            continue  # what is no code is compared as words, with the rest of the answer
    return frozenset(found)


def compare(one: Said, other: Said) -> Alike:
    treatment, by_treatment = _subject(one.treatment, other.treatment, one.treatment_codes, other.treatment_codes)
    condition, by_condition = _subject(one.condition, other.condition, one.indication_codes, other.indication_codes)
    difference = round(fuzz.token_set_ratio(one.difference, other.difference, processor=utils.default_process))
    difference = difference if one.difference.strip() and other.difference.strip() else 0
    claimed = f"claimed difference {difference} of 100 by its words" if difference else "no difference to compare"
    return Alike(treatment, condition, difference, f"treatment {by_treatment}; indication {by_condition}; {claimed}")


def _subject(words: str, other: str, listed: frozenset[str], others: frozenset[str]) -> tuple[int, str]:
    """Whether two requests name one thing: by a code that they share, or by its words."""
    shared = sorted(code for code in listed if any(codes.covers(o, code) or codes.covers(code, o) for o in others))
    if shared:
        return 100, f"by the code {', '.join(codes.dotted(code) for code in shared)}"
    score = round(fuzz.token_set_ratio(words, other, processor=utils.default_process))
    return score, f"{score} of 100 by its words"
