"""What a screener should look at before signing. Nothing here holds anything back."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from ifr import clock
from ifr.cases.models import Case
from ifr.cases.services import cases_visible_to
from ifr.db import db
from ifr.policies import services as policies
from ifr.screening.check import propose
from ifr.screening.models import ScreeningRecord
from ifr.screening.record import Asked, Point

# Phrases that stood in refusals which did not say why.
_STOCK = re.compile(
    r"not (clinically )?exceptional|exceptionality (has )?not been (demonstrated|shown)|insufficient evidence|"
    r"does not meet the (criteria|test)|no exceptional circumstances",
    re.IGNORECASE,
)
_TOO_SHORT = 40


def notices_for(case: Case, record: ScreeningRecord, questions: list[Asked], points: list[Point], by: Any) -> list[str]:
    """Sentences for the head of the record."""
    return [
        *_about_policy(case),
        *_about_words(record, questions, points),
        *_about_points(points),
        *_about_similar(case, by),
    ]


def _about_policy(case: Case) -> list[str]:
    if case.policy_version_id is None:
        return []
    said = []
    if policies.version(case.policy_version_id).review_overdue(clock.today()):
        said.append("The linked policy's review date has passed. The policy still applies.")
    now = propose(case)
    if now.version_id is not None and now.version_id != (case.resolution or {}).get("version_id"):
        said.append(
            "The register now finds another policy or version than at the check. Say in your reasons which counts."
        )
    return said


def _about_words(record: ScreeningRecord, questions: list[Asked], points: list[Point]) -> list[str]:
    said = []
    texts = [record.reasons, record.in_the_round, record.plain_reasons]
    found = [*(one.finding for one in questions), *(one.finding for one in points)]
    findings = [one for one in found if one is not None and one.reasons]
    texts += [one.reasons for one in findings]
    if any(_STOCK.search(text) for text in texts if text):
        said.append("Some reasons use a stock phrase. Say what it is about this patient that leads to the answer.")
    reached = [one for one in findings if one.answer != "not_reached"]
    if any(count > 1 for count in Counter(one.reasons for one in reached).values()):
        said.append("The same reasons stand under several questions or points. Check that they answer each of them.")
    if any(len(one.reasons) < _TOO_SHORT for one in reached):
        said.append("Some reasons are very short. Could the clinician understand the answer from them?")
    return said


def _about_points(points: list[Point]) -> list[str]:
    numbers = [str(one.factor.number) for one in points if one.factor.kind == "not_clinical"]
    if not numbers:
        return []
    return [f"Raised as not clinical: point {', '.join(numbers)}. Weigh it, or name the clause that leaves it out."]


def _about_similar(case: Case, by: Any) -> list[str]:
    number = similar_requests(case, by)
    if not number:
        return []
    requests = "1 similar request" if number == 1 else f"{number} similar requests"
    return [
        f"{requests} came in within 12 months. This is information for the group question and never a reason to refuse."
    ]


def similar_requests(case: Case, by: Any) -> int:
    """How many other requests of this commissioner within a year ask for the same, by policy or by words."""
    if case.received_at is None:
        return 0
    same: ColumnElement[bool] = and_(
        func.lower(Case.treatment) == case.treatment.lower(), func.lower(Case.condition) == case.condition.lower()
    )
    if case.policy_version_id is not None:
        same = or_(same, Case.policy_version_id == case.policy_version_id)
    found = cases_visible_to(by).where(
        Case.id != case.id,
        Case.commissioner_id == case.commissioner_id,
        Case.received_at.is_not(None),
        Case.received_at > case.received_at - timedelta(days=365),
        same,
    )
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
