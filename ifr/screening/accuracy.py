"""The accuracy check: the clinician reads what those who decide will read, and says where it is wrong.

Each part of the summary can be commented on. What was said, or that nothing was said, stands in the papers of the panel
together with what the office made of it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines, workflow
from ifr.access import Role
from ifr.cases.information import ASKERS
from ifr.cases.models import Case
from ifr.db import db
from ifr.pages import day
from ifr.screening.models import SummaryComment
from ifr.screening.record import questions_of, record_of
from ifr.workflow import Invalid, MoveRecord, NotVisible, Reason, Refused, guard, upon

COMMENTERS = frozenset({Role.CLINICIAN, Role.PROVIDER_DELEGATE})
LONGEST = 20_000
# What was said to the summary as a whole, when the comment was sent.
WHOLE = "whole"
_HERE = "screening.summary"
_ENDED_BY = ("comment_on_summary", "no_comment", "skip_accuracy_check", "send_back_to_screening")


def items_of(case: Case) -> list[tuple[str, str]]:
    """The parts of the summary that can be commented on, by key and name, in the order of the page."""
    asked = [(f"question_{one.key}", f"Question {one.number} of the test") for one in questions_of(case, record_of(case))]
    return [
        ("facts", "Treatment, condition and policy"),
        ("comparison_group", "Comparison group"),
        *asked,
        ("points", "Points raised"),
        ("treatments", "Treatments so far"),
        ("evidence", "Published evidence"),
        ("advice", "Independent advice"),
    ]


def comments_of(case: Case) -> list[SummaryComment]:
    """What was said on the summary, of every round, oldest first."""
    query = select(SummaryComment).where(SummaryComment.case_id == case.id)
    return list(db.session.scalars(query.order_by(SummaryComment.round, SummaryComment.id)))


def comments_now(case: Case) -> dict[str, SummaryComment]:
    """What was said in the present round, by part."""
    now = record_of(case).round
    return {one.item: one for one in comments_of(case) if one.round == now}


def comment_by_on(case: Case) -> date | None:
    """The day by which the comment on the summary is asked for."""
    found = [one for one in deadlines.of(case.stream) if one.name == "accuracy"]
    return max(found, key=lambda one: one.id).due_on if found else None


def may_comment(case: Case, by: Any) -> bool:
    machine = workflow.definition_of(case)
    return machine.find("comment_on_summary", case.state) is not None and bool(case.capacities(by) & COMMENTERS)


def save_comments(case: Case, typed: dict[str, str], *, seen: int | None, by: Any) -> None:
    """Keep what was typed under each part; nothing is sent before the clinician sends it. Raises Invalid and Refused."""
    if not may_comment(case, by):
        raise Refused([Reason("The summary is not with the clinician now.", _HERE)])
    named = dict(items_of(case))
    faults = {
        key: f"This can hold {LONGEST:,} characters, and it is {len(words):,}. Shorten it."
        for key, words in typed.items()
        if len(words) > LONGEST
    }
    if faults:
        raise Invalid(faults)
    workflow.hold(case, seen)
    kept = comments_now(case)
    for key, words in typed.items():
        if key in named:
            _keep(case, kept.get(key), key, named[key], words.strip(), by)
    db.session.flush()
    audit.record(case.stream, "save_comments", by=by.actor, parts=sorted(key for key, words in typed.items() if words.strip()))


def _keep(case: Case, row: SummaryComment | None, key: str, about: str, words: str, by: Any) -> None:
    if not words:
        if row is not None:
            db.session.delete(row)
        return
    if row is None:
        row = SummaryComment(case_id=case.id, round=record_of(case).round, item=key, about=about, considered="")
        db.session.add(row)
    if row.words != words:
        row.words, row.said_by_id, row.said_at = words, by.id, clock.now()


def consider_comment(case: Case, comment_id: int, words: str, *, seen: int | None, by: Any) -> None:
    """Say what the office made of a comment: taken over, or not and why. Raises Invalid, NotVisible, PermissionError."""
    if not case.capacities(by) & ASKERS:
        raise PermissionError("comments are answered by the office")
    row = next((one for one in comments_of(case) if one.id == comment_id), None)
    if row is None:
        raise NotVisible(str(comment_id))
    if not words.strip():
        raise Invalid({f"comment-{row.id}": "Say what you made of this: taken over, or not and why."})
    if len(words) > LONGEST:
        raise Invalid({f"comment-{row.id}": f"This can hold {LONGEST:,} characters. Shorten it."})
    workflow.hold(case, seen)
    row.considered, row.considered_by_id, row.considered_at = words.strip(), by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "consider_comment", by=by.actor, comment=row.id)


@dataclass(frozen=True)
class Heard:
    """What came of the accuracy check: a sentence, and each comment with what was made of it."""

    sentence: str
    comments: list[SummaryComment]


def heard_of(case: Case) -> Heard | None:
    """How the last accuracy check ended; None where there was none."""
    sent = [one for one in workflow.history(case.stream) if one.dest == "accuracy_check" or one.trigger in _ENDED_BY]
    if not any(one.dest == "accuracy_check" for one in sent):
        return None
    last = sent[-1]
    on = day(clock.day_of(last.at))
    said = {
        "comment_on_summary": f"The clinician commented on {on}.",
        "no_comment": f"The clinician was asked and made no comment; this was recorded on {on}.",
        "skip_accuracy_check": f"Left out on {on}, since the request is urgent: {last.reason or ''}",
        "send_back_to_screening": f"Broken off on {on}: the request went back to screening.",
    }.get(last.trigger, f"With the clinician since {on}.")
    return Heard(said, comments_of(case))


# --- guards and what the moves write ------------------------------------------------------------------------------------


@guard("accuracy_day_passed")
def accuracy_day_passed(case: Case, by: Any) -> Reason | None:
    """Silence is recorded only after the day by which the clinician was asked to comment."""
    until = comment_by_on(case)
    if until is None or clock.today() > until:
        return None
    return Reason(f"The clinician has until {day(until)} to comment on the summary.", _HERE)


@guard("comments_considered")
def comments_considered(case: Case, by: Any) -> list[Reason]:
    return [
        Reason(f"Say what you made of the clinician's comment on: {one.about}.", _HERE, f"comment-{one.id}")
        for one in comments_of(case)
        if not one.considered
    ]


@upon("ifr", "comment_on_summary")
def keep_the_whole(case: Case, by: Any, made: MoveRecord) -> None:
    """What the clinician wrote when sending is a comment like the others, and is answered like them."""
    _keep(case, comments_now(case).get(WHOLE), WHOLE, "The summary as a whole", (made.reason or "").strip(), by)
    db.session.flush()
