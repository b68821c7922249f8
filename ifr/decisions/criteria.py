"""What a panel asks beside exceptionality. Each is answered against the aim stated in the request, or not reached.

Passing the test of exceptionality is no approval, and none of these stands in for it. Affordability never decides alone.
"""

from collections.abc import Iterable, Mapping

from ifr.cases.models import Case, Finding
from ifr.cases.services import factors_of
from ifr.profiles.commissioners import Criterion

# What was asked before the commissioners' profiles named their criteria: requests pinned to such a profile are answered so.
CRITERIA: tuple[tuple[str, str], ...] = (
    ("effectiveness", "Is the treatment clinically effective in this patient, for the aim stated in the request?"),
    ("safety", "Is it safe, and is its use properly governed (special arrangements, use outside the licence, local approval)?"),
    ("alternatives", "Have the alternatives been tried or considered?"),
    ("cost_effectiveness", "Is the cost known in full, and is it reasonable for the benefit that is expected?"),
    ("affordability", "Can it be afforded, given what else the same money would do?"),
    ("monitoring", "Can the result be measured, and is there a rule for stopping?"),
)
_AS_BEFORE = [Criterion(key=key, text=text, never_alone=key == "affordability") for key, text in CRITERIA]

CRITERION, FACTOR, QUESTION = "criterion", "factor", "question"
NOT_REACHED = "not_reached"
NOT_TAKEN_INTO_ACCOUNT = "not_taken_into_account"

ANSWERS = {"yes": "Yes", "no": "No", "unclear": "Unclear", NOT_REACHED: "Not reached"}
POINT_ANSWERS = {
    "accepted": "Accepted",
    "partly": "Accepted in part",
    "not_accepted": "Not accepted",
    NOT_TAKEN_INTO_ACCOUNT: "Not taken into account",
    NOT_REACHED: "Not reached",
}
ANSWERS_ABOUT = {QUESTION: ANSWERS, FACTOR: POINT_ANSWERS, CRITERION: ANSWERS}


def in_words(about: str, answer: str) -> str:
    return ANSWERS_ABOUT[about].get(answer, "")


def criteria_of(case: Case) -> list[Criterion]:
    """What this commissioner's panel asks, in its words and its order."""
    return case.profile.criteria or _AS_BEFORE


def alone_against(answers: Mapping[str, str], criteria: Iterable[Criterion]) -> str:
    """The text of a criterion that never decides by itself, where it alone speaks against funding; empty otherwise.

    A warning, not a bar: a person answers it.
    """
    against = [one for one in criteria if answers.get(one.key) == "no"]
    return against[0].text if len(against) == 1 and against[0].never_alone else ""


# --- answers that refer to one another --------------------------------------------------------------------------------------


def ref(about: str, key: object) -> str:
    """How one answer names another: "question:distinct", "factor:12", "criterion:safety"."""
    return f"{about}:{key}"


def names_of(case: Case) -> dict[str, str]:
    """Every question, point and criterion of a request by its reference, in words as they stand in a sentence."""
    names = {}
    for number, question in enumerate(case.test.questions if case.test else [], start=1):
        names[ref(QUESTION, question.key)] = f"question {number}"
    for factor in factors_of(case):
        names[ref(FACTOR, factor.id)] = f"point {factor.number}"
    for number, criterion in enumerate(criteria_of(case), start=1):
        names[ref(CRITERION, criterion.key)] = f"criterion {number}"
    return names


def reasons_by_reference(answer: str, refers_to: str, names: Mapping[str, str], more: str = "") -> str:
    """The reasons of an answer that has none of its own and refers to another; empty where it refers to nothing we know."""
    name = names.get(refers_to)
    if answer == NOT_REACHED:
        said = f"Not reached, because the answer to {name} decides the request." if name else ""
        return f"{said} {more}".strip()
    return f"As for {name}." if name else ""


def fault_of_reference(finding: Finding, found: Mapping[str, Finding], names: Mapping[str, str]) -> str:
    """What is amiss with an answer that refers to another, in a sentence; empty where nothing is."""
    name, target = names.get(finding.refers_to), found.get(finding.refers_to)
    if finding.answer == NOT_REACHED:
        if name is None:
            return "say which answer decides the request"
        if target is None or not target.answer or target.answer == NOT_REACHED:
            return f"it is not reached because of {name}, which has no answer that could decide the request"
    elif name is not None and (target is None or not target.is_complete or target.refers_to):
        return f"it refers to {name}, which has no reasons of its own"
    return ""
