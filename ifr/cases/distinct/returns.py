"""For want of what an office has sent such requests back, counted from its own returns."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from ifr import clock
from ifr.cases.information import GAPS
from ifr.cases.models import Case, InformationQuestion, InformationRequest
from ifr.db import db

A_YEAR = timedelta(days=365)
# So many of the latest returns are counted, so many requests make a reason common, so many reasons are named.
LATEST, OFTEN, MOST_NAMED = 500, 3, 3


@dataclass(frozen=True)
class ReturnedFor:
    """A question of the form, and how many requests of the last twelve months were sent back for want of its answer."""

    question_key: str
    requests: int


def commonest_returns(case: Case) -> list[ReturnedFor]:
    """The commonest gaps for which this commissioner sent back requests on the same route, most frequent first."""
    latest = (
        select(InformationRequest.id, InformationRequest.case_id)
        .join(Case, Case.id == InformationRequest.case_id)
        .where(
            InformationRequest.kind == GAPS,
            InformationRequest.asked_at >= clock.now() - A_YEAR,
            Case.commissioner_id == case.commissioner_id,
            Case.id != case.id,
            Case.route == case.route if case.route else Case.id.is_not(None),
        )
        .order_by(InformationRequest.asked_at.desc())
        .limit(LATEST)
        .subquery()
    )
    requests = func.count(latest.c.case_id.distinct())
    rows = db.session.execute(
        select(InformationQuestion.question_key, requests)
        .join(latest, latest.c.id == InformationQuestion.request_id)
        .where(InformationQuestion.question_key.is_not(None))
        .group_by(InformationQuestion.question_key)
        .having(requests >= OFTEN)
        .order_by(requests.desc(), InformationQuestion.question_key)
        .limit(MOST_NAMED)
    )
    return [ReturnedFor(key, count) for key, count in rows if key]
