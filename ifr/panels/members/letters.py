"""What the letters to the patient about a meeting of the panel state. No identity, and no day that depends on the day of
issue."""

from ifr.cases.letters import about
from ifr.cases.models import Case
from ifr.db import db
from ifr.letters import Facts, letter
from ifr.panels import promises
from ifr.panels.models import Meeting


@letter("panel_invitation_patient")
def panel_invitation_patient(case: Case) -> Facts:
    row = next(one for one in promises.invitations_of(case) if one.how == promises.LETTER)
    meeting = db.session.get_one(Meeting, row.meeting_id)
    return {
        **about(case),
        "panel": case.profile.panel.name,
        "meeting_on": meeting.held_on.isoformat(),
        "hours": meeting.hours if row.attendance else "",
        "place": meeting.place if row.attendance else "",
        "statement": row.statement,
        "attendance": row.attendance,
        "statement_by_on": row.statement_by_on.isoformat() if row.statement_by_on else None,
    }


@letter("panel_exception_patient")
def panel_exception_patient(case: Case) -> Facts:
    row = promises.exceptions_of(case)[0]
    promised = promises.promised_to(case)
    return {
        **about(case),
        "panel": case.profile.panel.name,
        "meeting_on": db.session.get_one(Meeting, row.meeting_id).held_on.isoformat(),
        "statement": promised.statement if promised else False,
        "attendance": promised.attendance if promised else False,
        "plain_reasons": row.plain_reasons,
        "instead": row.instead,
    }
