"""What the promise of the procedure asks before a request is listed, and what the steps of an invitation write."""

from typing import Any

from ifr.access import Role
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.models import Case
from ifr.cases.services import OFFICE, capacities
from ifr.panels import promises
from ifr.workflow import MoveRecord, Reason, guard, upon

_NOTHING_PROMISED = "Our procedure promises the patient no invitation before a panel."


@guard("promised_invitations_sent")
def promised_invitations_sent(case: Case, by: Any) -> list[Reason]:
    return promises.what_is_missing(case)


@guard("invitation_written")
def invitation_written(case: Case, by: Any) -> Reason | None:
    if promises.promised_to(case) is None:
        return Reason(_NOTHING_PROMISED)
    if promises.invitation_to_send(case) is None:
        return Reason("Choose the meeting and the last day for the answer first.", promises.PAGE)
    return None


@guard("exception_written")
def exception_written(case: Case, by: Any) -> Reason | None:
    if promises.promised_to(case) is None:
        return Reason(_NOTHING_PROMISED)
    if promises.exception_to_tell(case) is None:
        return Reason("Say first why, and what was done instead.", promises.PAGE)
    return None


@upon("ifr", "invite_patient")
def invitation_queued(case: Case, by: Any, made: MoveRecord) -> None:
    row = promises.invitation_to_send(case)
    assert row is not None  # the guard has found it
    promises.letter_written(row, made)


@upon("ifr", "go_without_invitation")
def exception_queued(case: Case, by: Any, made: MoveRecord) -> None:
    row = promises.exception_to_tell(case)
    assert row is not None  # the guard has found it
    promises.letter_written(row, made)


@notes_on_case
def invited(case: Case, by: Any) -> list[Note]:
    """On the page of a request that goes to a panel: what was promised and what became of it."""
    if promises.promised_to(case) is None or not capacities(by, case) & (OFFICE | {Role.PANEL_CHAIR}):
        return []
    made = bool(promises.invitations_of(case) or promises.exceptions_of(case))
    if not made and not promises.lies_ahead(case):
        return []
    missing = promises.what_is_missing(case)
    says = (promises.fact_for_panel(case), *(one.text for one in missing))
    return [Note("The patient’s invitation to the panel", says, promises.PAGE, "Invitation and answer", warns=bool(missing))]
