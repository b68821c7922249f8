"""The provider's approval of a request, where the commissioner asks for one."""

from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases.drafts.models import ProviderApproval
from ifr.cases.drafts.policy import profile_for
from ifr.cases.drafts.reading import LONGEST_LINE
from ifr.cases.models import Case
from ifr.db import db
from ifr.pages import day, plain_text
from ifr.people.services import people_named
from ifr.workflow import Invalid, NotYours, Reason, Refused

NOT_ASKED, BEFORE_SENDING = "not_asked", "before_sending"
RECORDERS = frozenset({Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.PROVIDER_APPROVER, Role.COORDINATOR})


def approval_of(case: Case) -> ProviderApproval | None:
    return db.session.scalars(select(ProviderApproval).where(ProviderApproval.case_id == case.id)).first()


def is_asked(case: Case) -> bool:
    return profile_for(case).provider_approval.asked != NOT_ASKED


def may_follow(case: Case) -> bool:
    """Whether the request can be sent before its provider has approved it. An urgent one always can."""
    return case.urgent or profile_for(case).provider_approval.asked != BEFORE_SENDING


def record_approval(case: Case, *, name: str, title: str, given_on: date, by: Any) -> ProviderApproval:
    """Put on record who approved the request for the provider, as what, and when. Recorded again, it replaces the first.

    Raises NotYours, Invalid, Refused once the request is decided or closed.
    """
    if by.id is None or not case.capacities(by) & RECORDERS:
        raise NotYours([Reason("The provider's side or the funding office records the provider's approval.")])
    if not stays_open(case):
        raise Refused([Reason("The request is decided or closed, so what is on record stays as it is.", to="drafts.approve")])
    name, title = plain_text(name), plain_text(title)
    faults = {}
    for field, said, missing in (("name", name, "Enter who approved it."), ("title", title, "Enter that person's title.")):
        if not said or len(said) > LONGEST_LINE:
            faults[field] = missing if not said else f"This can hold {LONGEST_LINE} characters."
    if given_on > clock.today():
        faults["given_on"] = "The approval cannot be given later than today."
    if faults:
        raise Invalid(faults)
    workflow.hold(case)
    row = approval_of(case)
    if row is None:
        row = ProviderApproval(case_id=case.id)
        db.session.add(row)
    row.name, row.title, row.given_on = name, title, given_on
    row.recorded_by_id, row.recorded_at = by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "record_provider_approval", by=by.actor, given_on=given_on)
    return row


def stays_open(case: Case) -> bool:
    """Whether the approval can still be recorded: until the clinician is told of a decision, or the request has ended."""
    return case.told_at is None and not workflow.definition_of(case).states[case.state].final


def may_record(case: Case, by: Any) -> bool:
    return bool(case.capacities(by) & RECORDERS) and stays_open(case)


def in_words(case: Case) -> str:
    """How the provider's approval stands; empty where none is asked."""
    row = approval_of(case)
    if row is not None:
        by = people_named([row.recorded_by_id]).get(row.recorded_by_id, "")
        return f"Approved by {row.name}, {row.title}, on {day(row.given_on)}. Recorded by {by}."
    if not is_asked(case):
        return ""
    return "Not recorded yet. It may follow." if may_follow(case) else "Not recorded yet. It is asked before sending."


def missing_before_sending(case: Case) -> list[Reason]:
    if not is_asked(case) or may_follow(case) or approval_of(case) is not None:
        return []
    return [Reason("Record your provider's approval.", to="drafts.approve")]


def missing_before_decision(case: Case) -> list[Reason]:
    """Where approval is asked before sending, haste only puts it off."""
    asked_first = profile_for(case).provider_approval.asked == BEFORE_SENDING
    if not asked_first or approval_of(case) is not None:
        return []
    return [Reason("The provider's approval is not recorded yet.", to="drafts.approve")]
