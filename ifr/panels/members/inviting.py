"""What the page of a patient's invitation to a panel shows, to the office and to who chairs the item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ifr.access import Role
from ifr.cases.models import Case
from ifr.cases.services import OFFICE
from ifr.db import db
from ifr.panels.models import Meeting
from ifr.panels.promises import (
    HOW,
    INVITE,
    Invitation,
    InvitationAnswer,
    InvitationException,
    answer_to,
    answered_in_words,
    exception_for,
    exceptions_of,
    in_words,
    invitations_of,
    lies_ahead,
    meetings_ahead,
    promised_to,
    sent_day,
    what_is_missing,
)
from ifr.panels.sitting import meeting_of, open_item_of
from ifr.people.services import people_named
from ifr.workflow import NotVisible, Reason


@dataclass(frozen=True)
class Invited:
    """An invitation as its page shows it."""

    row: Invitation
    meeting: Meeting
    how: str
    sent_on: date | None
    sent_by: str
    answer: InvitationAnswer | None
    answered: str


@dataclass(frozen=True)
class PromisePage:
    promised: str
    source: str
    invite_before: str
    meeting: Meeting | None
    meetings: list[Meeting]
    invitations: list[Invited]
    exceptions: list[InvitationException]
    missing: list[Reason]
    statement: bool
    attendance: bool
    may_invite: bool
    may_answer: bool
    may_except: bool


def page_of(case: Case, by: Any) -> PromisePage:
    """What the page of a case's invitation shows, to the office and to who chairs the item. Raises NotVisible."""
    held = case.capacities(by)
    if not held & (OFFICE | {Role.PANEL_CHAIR}):
        raise NotVisible(case.key)
    promises = promised_to(case)
    if promises is None:
        return PromisePage("", "", "", None, [], [], exceptions_of(case), [], False, False, False, False, False)
    ahead = lies_ahead(case)
    meeting = meeting_of(open_item_of(case))
    return PromisePage(
        promised=in_words(statement=promises.statement, attendance=promises.attendance),
        source=promises.source,
        invite_before=str(promises.invite_before),
        meeting=meeting,
        meetings=meetings_ahead(case),
        invitations=_invited(invitations_of(case)),
        exceptions=exceptions_of(case),
        missing=what_is_missing(case),
        statement=promises.statement,
        attendance=promises.attendance,
        may_invite=ahead and bool(held & INVITE),
        may_answer=bool(held & INVITE),
        may_except=ahead and Role.PANEL_CHAIR in held and meeting is not None and exception_for(case, meeting.id) is None,
    )


def _invited(rows: Sequence[Invitation]) -> list[Invited]:
    names = people_named(row.sent_by_id for row in rows)
    found = []
    for row in rows:
        answer = answer_to(row)
        found.append(
            Invited(
                row=row,
                meeting=db.session.get_one(Meeting, row.meeting_id),
                how=HOW[row.how],
                sent_on=sent_day(row),
                sent_by=names.get(row.sent_by_id, ""),
                answer=answer,
                answered=answered_in_words(answer),
            )
        )
    return found
