"""The letter to the clinician that a request is on the list for a meeting. No identity."""

from ifr.cases.letters import about
from ifr.cases.models import Case
from ifr.letters import Facts, letter
from ifr.panels import promises
from ifr.panels.sitting import meeting_of, open_item_of


@letter("panel_notice")
def panel_notice(case: Case) -> Facts:
    """On which day the panel meets, until when it can be written to, and who may be there."""
    meeting = meeting_of(open_item_of(case))
    promised = promises.promised_to(case)
    invited = next(iter(promises.invitations_of(case)), None)
    until = invited.statement_by_on if invited is not None and promised is not None and promised.statement else None
    return {
        **about(case),
        "panel": case.profile.panel.name,
        "meeting_on": meeting.held_on.isoformat() if meeting else None,
        "statement_by_on": until.isoformat() if until else None,
        "attendance": bool(promised and promised.attendance),
    }
