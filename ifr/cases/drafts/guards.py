"""What sending a request, and confirming a decision on it, ask of the form."""

from typing import Any

from ifr.cases.beside import Note, notes_on_case
from ifr.cases.drafts import afterwards, approval
from ifr.cases.models import Case
from ifr.workflow import Reason, guard


@guard("provider_approval_given")
def provider_approval_given(case: Case, by: Any) -> list[Reason]:
    """Asked of `submit`: the provider approves first, where the profile says so and the request is not urgent."""
    return approval.missing_before_sending(case)


@guard("rest_of_urgent_answered")
def rest_of_urgent_answered(case: Case, by: Any) -> list[Reason]:
    """Asked of the three moves that confirm a decision: what haste left out is there by then, or it is said why not."""
    return [*afterwards.still_owed(case), *approval.missing_before_decision(case)]


@notes_on_case
def approval_of_the_provider(case: Case, by: Any) -> list[Note]:
    said = approval.in_words(case)
    return [Note("Provider’s approval", (said,), "drafts.approve")] if said else []
