"""Which decision of a case can be challenged, how, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import clock, deadlines, letters, workflow
from ifr.appeals.models import Appeal, Reconsideration
from ifr.cases.models import Case
from ifr.db import db
from ifr.decisions.models import DecisionRecord
from ifr.profiles import Length
from ifr.workflow import MoveRecord

# An appeal that ended so leaves the way open to another one.
GIVEN_UP = ("withdrawn", "superseded")
REOPENINGS = ("reopen_for_check", "reopen_for_screening", "reopen_for_panel")
ROUTES = {
    "reconsideration": "Ask us to look again, because there is something new",
    "appeal": "Appeal against how the request was decided",
    "complaint": "Complain to the commissioner",
    "ombudsman": "Go to the Parliamentary and Health Service Ombudsman, after a complaint",
    "other_body": "Ask the body that has taken the request on",
}


@dataclass(frozen=True)
class Decision:
    """The decision of a case that stands open to challenge, and the time for it."""

    move_id: int
    record_id: int | None
    ending: str
    words: str
    routes: tuple[str, ...]
    issued_on: date | None
    last_on: date | None

    @property
    def is_over(self) -> bool:
        """The last day is over in London."""
        return self.last_on is not None and clock.now() >= clock.end_of(self.last_on)

    @property
    def has_window(self) -> bool:
        return "appeal" in self.routes or "reconsideration" in self.routes


@deadlines.length_of("appeal_window")
def time_to_appeal(subject: Case | Reconsideration) -> Length | None:
    """How long an ending can be challenged: as long as the profile says, where the ending gives a route that has a window.

    A reconsideration that was not accepted opens the way to an appeal anew.
    """
    routes = subject.profile.challenge.get(subject.state, [])
    return subject.profile.appeals.window if {"appeal", "reconsideration"} & set(routes) else None


def decision_of(case: Case) -> Decision | None:
    """The latest ending of a case to which its commissioner gives a route of challenge; None once it is being decided again."""
    made = _ending(case)
    if made is None:
        return None
    issued_on = _told_on(case, made)
    window = case.profile.appeals.window
    return Decision(
        move_id=made.id,
        record_id=_record_of(case, made),
        ending=made.dest,
        words=workflow.definition_of(case).states[made.dest].label.staff,
        routes=tuple(case.profile.challenge[made.dest]),
        issued_on=issued_on,
        last_on=deadlines.last_day(issued_on, window, case.commissioner_id) if issued_on else None,
    )


def _ending(case: Case) -> MoveRecord | None:
    states = workflow.definition_of(case).states
    for made in reversed(workflow.history(case.stream)):
        if made.source == made.dest:
            continue
        if case.profile.challenge.get(made.dest):
            return made
        if states[made.dest].clock != "stopped":
            return None
    return None


def _record_of(case: Case, made: MoveRecord) -> int | None:
    """The panel's record behind an ending; none where screening, the chair of a follow-up or the office ended the request."""
    if workflow.definition_of(case).states[made.source].stage != "decision":
        return None
    query = select(DecisionRecord.id).where(
        DecisionRecord.case_id == case.id, DecisionRecord.confirmed_at.is_not(None)
    )
    return db.session.scalars(query.order_by(DecisionRecord.id.desc())).first()


def _told_on(case: Case, made: MoveRecord) -> date | None:
    """The day from which the time counts: the later of the clinician's and the patient's letter, and after a request to
    look again that was refused, of the letters that refused it."""
    told = letters.last_issued_on(case.stream, letters_of(case, made.trigger))
    refused = [
        letters.last_issued_on(one.stream, ("reconsideration_refused", "reconsideration_refused_patient"))
        for one in reconsiderations_of(case)
        if one.decision_move_id == made.id and _is_refused(one)
    ]
    days = [told, *refused]
    return max(d for d in days if d) if told else None


def letters_of(case: Case, trigger: str) -> list[str]:
    """The letters that tell of an ending: those whose issue makes the move, else those that the move queues."""
    machine = workflow.definition_of(case)
    carriers = [m for m in machine.moves if any(machine.letters[n].then == trigger for n in m.letters)]
    carriers = carriers or [m for m in machine.moves if m.trigger == trigger]
    return sorted({name for m in carriers for name in m.letters})


def appealed_words(appeal: Appeal) -> str:
    """What the decision under appeal was, also after the request was reopened."""
    made = db.session.get_one(MoveRecord, appeal.decision_move_id)
    return workflow.definition_of(appeal.case).states[made.dest].label.staff


def routes_left(case: Case, decision: Decision) -> tuple[str, ...]:
    """The routes that are still open: one decision is appealed once, and looked at again one request at a time."""
    appealed = any(a.decision_move_id == decision.move_id and a.state not in GIVEN_UP for a in appeals_of(case))
    looked_at = any(is_open(r) for r in reconsiderations_of(case))
    taken = {"appeal"} if appealed else set()
    return tuple(r for r in decision.routes if r not in (taken | {"reconsideration"} if looked_at else taken))


def is_told(case: Case, decision: Decision) -> bool:
    """Whether the clinician knows of the decision: nobody challenges what nobody has been told."""
    return decision.issued_on is not None or case.told_at is not None


# --- the challenges of a case -------------------------------------------------------------------------------------------


def appeals_of(case: Case) -> list[Appeal]:
    return list(db.session.scalars(select(Appeal).where(Appeal.case_id == case.id).order_by(Appeal.number)))


def reconsiderations_of(case: Case) -> list[Reconsideration]:
    query = select(Reconsideration).where(Reconsideration.case_id == case.id)
    return list(db.session.scalars(query.order_by(Reconsideration.number)))


def is_open(subject: Appeal | Reconsideration) -> bool:
    state = workflow.definition_of(subject).states.get(subject.state)
    return state is None or not state.final


def _is_refused(subject: Appeal | Reconsideration) -> bool:
    state = workflow.definition_of(subject).states.get(subject.state)
    return state is not None and state.refusal


def open_challenges(case: Case) -> list[Appeal | Reconsideration]:
    """What is being looked at now."""
    both: list[Appeal | Reconsideration] = [*appeals_of(case), *reconsiderations_of(case)]
    return [one for one in both if is_open(one)]


def appealed_before(appeal: Appeal) -> Appeal | None:
    """Another appeal against the same decision that is open or was answered."""
    query = select(Appeal).where(
        Appeal.decision_move_id == appeal.decision_move_id, Appeal.id != appeal.id, Appeal._state.not_in(GIVEN_UP)
    )
    return db.session.scalars(query.order_by(Appeal.number)).first()


def is_answered(case: Case, decision: Decision) -> bool:
    """Whether an appeal against this decision came to its end, so that the time for appeals has done its work."""
    return any(
        a.decision_move_id == decision.move_id and a.state not in GIVEN_UP and not is_open(a) for a in appeals_of(case)
    )


def sent_back_on(appeal: Appeal) -> MoveRecord | None:
    return workflow.last_move(appeal.stream, "issue_sent_back")


def awaits_reopening(appeal: Appeal) -> bool:
    """Whether the review panel has sent the decision back and nobody has reopened the request since."""
    sent = sent_back_on(appeal)
    if sent is None:
        return False
    reopened = workflow.last_move(appeal.case.stream, *REOPENINGS)
    return reopened is None or reopened.id < sent.id


def outcome_is_told(subject: Appeal | Reconsideration) -> bool:
    """Whether the letters that the last step queued have been issued; who asked learns an outcome from them."""
    last = workflow.last_move(subject.stream)
    return last is None or all(row.issued_at is not None for row in letters.of_batch(last.id))


def state_shown(subject: Appeal | Reconsideration, *, office: bool) -> str:
    """Where a challenge stands as this reader may know it: outside the office an outcome follows its letter."""
    last = workflow.last_move(subject.stream)
    if office or last is None or is_open(subject) or outcome_is_told(subject):
        return subject.state
    return last.source


def words_of(subject: Appeal | Reconsideration, *, office: bool) -> str:
    """The status in the words of the office, or in those of who asked."""
    labels = workflow.definition_of(subject).states
    shown = state_shown(subject, office=office)
    if shown not in labels:
        return "New"
    own = subject.profile.labels.get(shown) or labels[shown].label
    return own.staff if office else own.clinician


def stages_of(subject: Appeal | Reconsideration, *, office: bool) -> list[dict[str, str]]:
    """Where a challenge stands, for the picture: what is done, where it is, what is still to come."""
    machine = workflow.definition_of(subject)
    shown = state_shown(subject, office=office)
    if shown not in machine.states:
        return []
    been = {machine.states[m.dest].stage for m in workflow.history(subject.stream)}
    order = [stage.key for stage in machine.stages]
    now = order.index(machine.states[shown].stage)
    words = words_of(subject, office=office)
    return [_stage(stage, number, now, been, words) for number, stage in enumerate(machine.stages)]


def _stage(stage: Any, number: int, now: int, been: set[str], words: str) -> dict[str, str]:
    if number == now:
        return {"label": stage.label, "status": "now", "note": words}
    status = "ahead" if number > now else "done" if stage.key in been else "skipped"
    return {"label": stage.label, "status": status, "note": ""}


def next_number(rows: Sequence[Appeal] | Sequence[Reconsideration]) -> int:
    return max((row.number for row in rows), default=0) + 1
