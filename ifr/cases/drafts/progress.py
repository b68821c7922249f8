"""How far a request has come, for its clinician: what is next, by when, and who is waited for.

Nothing is said of an ending that has not been told: until then every ending looks like any other, and so does its clock.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ifr import deadlines
from ifr.cases import deferring, information
from ifr.cases.drafts import approval
from ifr.cases.drafts.policy import profile_for
from ifr.cases.models import Case
from ifr.cases.services import Due, due_in_words, is_undisclosed
from ifr.cases.timing.ledger import dates_of, figures_of
from ifr.cases.timing.words import FOR_CLINICIAN
from ifr.deadlines import Explained, Figures

YOU = "you"
# While the summary is with the clinician no step of the office has a date.
_AFTER_COMMENT = "It comes before the panel once we have your comment, or the time for it is over."


@dataclass(frozen=True)
class Wait:
    """Something that has to come before the request goes on, or that may still come: from whom, and by when."""

    what: str
    whom: str
    by: date | None = None
    endpoint: str = ""

    @property
    def late(self) -> Due | None:
        """How late it is; None while its day is not over."""
        due = due_in_words(self.by, paused=False)
        return due if due.kind == "overdue" else None


@dataclass(frozen=True)
class Progress:
    """What is next, by when, and what is waited for."""

    next: str
    next_on: date | None
    decide_on: date | None
    # While the clock stands still: since when, and the earliest day on which the request can be decided.
    paused_since: datetime | None
    earliest_on: date | None
    challenge_until: date | None
    waits: list[Wait]
    figures: Figures | None


def progress(case: Case) -> Progress:
    figures = figures_of(case, office=False)
    if is_undisclosed(case):
        return Progress("We send you the decision.", None, None, None, None, None, _not_the_clocks(case), figures)
    running = {
        one.deadline.name: one for one in deadlines.explain_all([d for d in dates_of(case, office=False) if d.is_open])
    }
    ours = [one for name, one in running.items() if one.deadline.whose == "office" and name != "decision"]
    step = min(ours, key=lambda one: one.earliest_on or date.max, default=None)
    decision, window = running.get("decision"), running.get("appeal_window")
    return Progress(
        next=f"{FOR_CLINICIAN[step.deadline.name]}." if step else _AFTER_COMMENT if "accuracy" in running else "",
        next_on=step.due_on if step else None,
        decide_on=decision.due_on if decision else None,
        paused_since=_paused_since(decision),
        earliest_on=decision.earliest_on if decision else None,
        challenge_until=window.due_on if window else None,
        waits=[*_answers(case), *_missing_to_the_panel(case), *_dates_of_others(running), *_not_the_clocks(case)],
        figures=figures,
    )


def _paused_since(decision: Explained | None) -> datetime | None:
    if decision is None or not decision.is_paused:
        return None
    return min((pause.since_at for pause in decision.pauses if pause.until_at is None), default=None)


def _answers(case: Case) -> list[Wait]:
    asked = information.waiting(case)
    if asked is None:
        return []
    left_open = asked.kind == information.TO_SCREEN
    what = "Answers that were left open when the request was sent" if left_open else "Answers to our questions"
    if not left_open and not asked.stops_clock:
        what += "; we work on meanwhile"
    return [Wait(what, YOU, asked.reply_by_on, "cases.information")]


def _missing_to_the_panel(case: Case) -> list[Wait]:
    """What the panel put the request off for, as the letter on it says, until the request is ready for a meeting again."""
    if case.state != "deferred":
        return []
    gaps = [gap for last in deferring.deferrals_of(case)[-1:] for gap in deferring.gaps_of(last)]
    return [Wait(gap.what.strip().rstrip("."), gap.from_whom.strip(), gap.by_on) for gap in gaps]


_FROM = {"clinician": YOU, "other_body": "the other body"}
_WHAT = {
    "accuracy": ("Your comment on our summary", "screening.summary"),
    "closure_warning": ("A reply to our warning that the request will be closed", "cases.information"),
    "handover": ("The answer whether it takes the request on", ""),
    "validity": ("The beginning of the funded treatment", ""),
    "result": ("A report on the treatment", ""),
}


def _dates_of_others(running: dict[str, Explained]) -> list[Wait]:
    return [
        Wait(_WHAT[name][0], _FROM.get(one.deadline.whose, ""), one.due_on, _WHAT[name][1])
        for name, one in running.items()
        if name in _WHAT
    ]


def _not_the_clocks(case: Case) -> list[Wait]:
    """What is waited for without a day: the declaration, and the provider's approval."""
    waits = []
    if case.declared_at is None:
        waits.append(Wait("The declaration", "the requesting clinician", endpoint="drafts.review"))
    if approval.is_asked(case) and approval.approval_of(case) is None and approval.stays_open(case):
        whom = profile_for(case).provider_approval.from_whom or "your provider"
        waits.append(Wait("The provider’s approval", whom, endpoint="drafts.approve"))
    return waits
