"""What a panel asks beside exceptionality. Each is answered against the aim stated in the request, or not reached.

Passing the test of exceptionality is no approval, and none of these stands in for it. Affordability never decides alone.
"""

CRITERIA: tuple[tuple[str, str], ...] = (
    ("effectiveness", "Is the treatment clinically effective in this patient, for the aim stated in the request?"),
    ("safety", "Is it safe, and is its use properly governed (special arrangements, use outside the licence, local approval)?"),
    ("alternatives", "Have the alternatives been tried or considered?"),
    ("cost_effectiveness", "Is the cost known in full, and is it reasonable for the benefit that is expected?"),
    ("affordability", "Can it be afforded, given what else the same money would do?"),
    ("monitoring", "Can the result be measured, and is there a rule for stopping?"),
)
TEXT_OF = dict(CRITERIA)
AFFORDABILITY = "affordability"

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


def affordability_alone(answers: dict[str, str]) -> bool:
    """Whether, of all the criteria, only affordability speaks against funding. A warning, not a bar: a person answers it."""
    against = {key for key, answer in answers.items() if answer == "no"}
    return against == {AFFORDABILITY}
