"""What stands before the steps after a death."""

from typing import Any

from ifr import workflow
from ifr.cases.models import Case
from ifr.cases.parties import changing as changing  # registers its conditions, as does the next
from ifr.cases.parties import services
from ifr.cases.parties import telephone as telephone
from ifr.workflow import Reason, guard

DEATH = "parties.death"


@guard("death_written_down")
def death_written_down(case: Case, by: Any) -> Reason | None:
    """The death is written down first, with who told the office; then the step is made, once."""
    if services.death_of(case) is None:
        return Reason("Say from whom it is known that the patient has died.", DEATH)
    last = workflow.last_move(case.stream, "record_death", "reverse_death")
    return Reason("The death is on record already.", DEATH) if last and last.trigger == "record_death" else None


@guard("death_on_record")
def death_on_record(case: Case, by: Any) -> Reason | None:
    return None if services.death_of(case) else Reason("No death of the patient is on record.", DEATH)


@guard("next_of_kin_chosen")
def next_of_kin_chosen(case: Case, by: Any) -> Reason | None:
    return None if services.next_of_kin(case) else Reason("Choose by name to whom we write.", DEATH)


@guard("withdrawn_by_whom_it_is_for")
def withdrawn_by_whom_it_is_for(case: Case, by: Any) -> Reason | None:
    """The clinician, or the patient through the coordinator; the manager only after a recorded death."""
    if case.capacities(by) & services.WITHDRAWERS or services.death_of(case):
        return None
    return Reason("The clinician or the coordinator withdraws a request; the manager only after a recorded death.", DEATH)
