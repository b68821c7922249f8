"""How everybody will know whether the treatment helped: aim, baseline, measure, when, stopping rule, what follows."""

from ifr.cases.distinct.remarks import RESULT
from ifr.cases.models import Case
from ifr.cases.services import answers_of

NOT_SAID = "Not said"


def how_we_will_know(case: Case) -> list[tuple[str, str]]:
    """Each question of the aim and its measure with its answer; what nobody said is named too, since readers look for it."""
    answers = answers_of(case)
    asked = {q.key: q.label for q in case.questions.all()}
    return [(asked[key], answers.get(key, "").strip() or NOT_SAID) for key in RESULT if key in asked]
