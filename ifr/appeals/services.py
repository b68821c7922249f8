"""Appeals from the letter to their acceptance, and what follows when a decision is sent back."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, deadlines, letters, profiles, workflow
from ifr.access import Role
from ifr.appeals import challenges
from ifr.appeals.models import LATE, NO_GROUND, Appeal, AppealDirection, Ground, Reconsideration
from ifr.cases.models import Case
from ifr.cases.recipients import to_clinician, to_patient
from ifr.db import db, lock
from ifr.decisions import services as decisions
from ifr.letters import Letter, Recipient
from ifr.panels.checking import services as checking
from ifr.workflow import Invalid, MoveRecord, Reason, Refused, upon

OFFICERS = {Role.COORDINATOR, Role.IFR_MANAGER}
SECOND_SIGNERS = {Role.COORDINATOR, Role.IFR_MANAGER, Role.SCREENER}


def appeal_of(case: Case, number: int, user: Any) -> Appeal:
    """An appeal of a case. Raises NotVisible where this person may not see it, or there is none."""
    found = db.session.scalars(select(Appeal).where(Appeal.case_id == case.id, Appeal.number == number)).first()
    if found is None or not found.visible_to(user):
        raise workflow.NotVisible(str(number))
    return found


def grounds_of(appeal: Appeal) -> list[Ground]:
    return list(db.session.scalars(select(Ground).where(Ground.appeal_id == appeal.id).order_by(Ground.number)))


def raised(appeal: Appeal) -> list[Ground]:
    """The grounds that the review panel is to answer."""
    return [ground for ground in grounds_of(appeal) if ground.is_raised]


# --- lodging ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lodged:
    """What an appeal says when it comes in."""

    appellant: str
    statement: str
    claimed: tuple[str, ...] = ()
    received_on: date | None = None
    late_because: str = ""
    representative_name: str = ""
    representative_address: str = ""
    authority: str = ""


def may_lodge_for(case: Case, user: Any) -> list[str]:
    """For whom this person can lodge here: clinicians for themselves, the office for anybody whom the profile names."""
    held = case.capacities(user)
    named = case.profile.appeals.lodged_by
    if Role.COORDINATOR in held:
        return list(named)
    return ["clinician"] if Role.CLINICIAN in held and "clinician" in named else []


def lodge(case: Case, lodged: Lodged, *, once: str, by: Any) -> Appeal:
    """Enter an appeal, late or not. The same form sent twice makes one.

    Raises Refused where no decision can be appealed, Invalid for what was typed, PermissionError for another's appeal.
    """
    again = db.session.scalars(select(Appeal).where(Appeal.once == once)).first()
    if again is not None:
        return again
    if lodged.appellant not in may_lodge_for(case, by):
        raise PermissionError("this person cannot lodge an appeal for this appellant")
    lock(Case, case.id)
    decision = challenges.decision_of(case)
    if decision is None:
        raise Refused([Reason("There is no decision on this request that can be appealed.", to="appeals.page")])
    received_at = _received(lodged.received_on)
    appeal = Appeal(
        once=once,
        case_id=case.id,
        number=challenges.next_number(challenges.appeals_of(case)),
        workflow_id=profiles.latest("workflow", "appeal").id,
        decision_move_id=decision.move_id,
        decision_id=decision.record_id,
        appellant=lodged.appellant,
        received_at=received_at,
        lodged_by_id=by.id,
        statement=lodged.statement,
        late=decision.last_on is not None and clock.day_of(received_at) > decision.last_on,
        late_because=lodged.late_because,
        representative_name=lodged.representative_name or None,
        representative_address=lodged.representative_address or None,
        authority=lodged.authority or None,
    )
    db.session.add(appeal)
    db.session.flush()
    _add_grounds(appeal, lodged.claimed)
    workflow.move(appeal, "lodge_appeal", by=by, seen=None)
    audit.record(case.stream, "lodge_appeal", by=by.actor, appeal=appeal.id, appellant=appeal.appellant, late=appeal.late)
    return appeal


def _received(day: date | None) -> datetime:
    """A letter arrived on a day, at no hour that anybody noted; never later than now."""
    if day is None or day == clock.today():
        return clock.now()
    if day > clock.today():
        raise Invalid({"received_on": "The day on which the appeal arrived is in the future."})
    return datetime.combine(day, time(12), clock.LONDON)


def _add_grounds(appeal: Appeal, claimed: tuple[str, ...]) -> None:
    """Every ground of the profile, named by the appellant or not: the letter is read for any that it could support."""
    for number, (key, text) in enumerate(appeal.profile.appeals.grounds.items(), start=1):
        db.session.add(Ground(appeal_id=appeal.id, number=number, key=key, text=text, claimed=key in claimed))
    db.session.flush()


# --- its letters ------------------------------------------------------------------------------------------------------------


@letters.subject_loader("appeal")
def appeal_numbered(appeal_id: int) -> Appeal:
    return db.session.get_one(Appeal, appeal_id)


@letters.subject_loader("reconsideration")
def reconsideration_numbered(reconsideration_id: int) -> Reconsideration:
    return db.session.get_one(Reconsideration, reconsideration_id)


@letters.streams_beside
def streams_of_challenges(case: Case) -> list[str]:
    appeals = [one.stream for one in challenges.appeals_of(case)]
    return appeals + [one.stream for one in challenges.reconsiderations_of(case)]


@letters.goes_to("appellant")
def to_appellant(appeal: Appeal, row: Letter) -> Recipient:
    """The clinician, the patient, or the name and address that the representative gave."""
    if appeal.appellant == "patient":
        return to_patient(appeal, row)
    if appeal.appellant == "representative":
        lines = (appeal.representative_address or "").splitlines()
        return Recipient(appeal.representative_name or "", tuple(line.strip() for line in lines if line.strip()))
    return to_clinician(appeal, row)


# --- sorting ----------------------------------------------------------------------------------------------------------------


def sort_grounds(
    appeal: Appeal,
    answers: dict[str, tuple[str, str]],
    *,
    statement_for_review: str,
    not_the_patient: bool = False,
    seen: int | None,
    by: Any,
) -> None:
    """Say of every ground whether the letter could support it, and what the letter says; keep the text for the review.

    Raises Invalid where that text agrees with the patient's identity and nobody says that it is somebody else.
    """
    hold_for(appeal, seen, by, OFFICERS, "accept_appeal")
    if not not_the_patient:
        _refuse_identity(appeal, statement_for_review, tuple(said for _, said in answers.values()))
    for ground in grounds_of(appeal):
        ground.supported, ground.said = answers.get(ground.key, (ground.supported, ground.said))
    appeal.statement_for_review, appeal.sorted_by_id = statement_for_review, by.id
    _unsign(appeal)
    db.session.flush()
    count = sum(g.is_raised for g in grounds_of(appeal))
    audit.record(appeal.stream, "sort_grounds", by=by.actor, supported=count)


@dataclass(frozen=True)
class _ForReview:
    """What a review panel reads of an appeal, as the identity check takes it."""

    statement: str
    said: tuple[str, ...]
    documents: tuple[Any, ...] = ()


def _refuse_identity(appeal: Appeal, statement: str, said: tuple[str, ...]) -> None:
    words: Any = _ForReview(statement, said)
    hits = checking.find_identity(appeal.case, words)
    if hits:
        places = "; ".join(f"{hit.what} in “{hit.excerpt}”" for hit in hits[:3])
        sentence = f"This may say who the patient is: {places}. Take it out, or say below that it is not the patient."
        raise Invalid({"statement_for_review": sentence})


def accept_late(appeal: Appeal, *, reason: str, seen: int | None, by: Any) -> None:
    """Take a late appeal all the same. For the manager."""
    hold_for(appeal, seen, by, {Role.IFR_MANAGER}, "accept_appeal", "begin_appeal_check")
    appeal.late_accepted_by_id, appeal.late_accepted_because = by.id, reason
    _unsign(appeal)
    db.session.flush()
    audit.record(appeal.stream, "accept_late", by=by.actor)


def draft_refusal(
    appeal: Appeal, *, because: str, reasons: str, plain_reasons: str, seen: int | None, by: Any
) -> None:
    """Write down why an appeal is not to be accepted. Whoever signed an earlier text has not signed this one."""
    hold_for(appeal, seen, by, SECOND_SIGNERS, "refuse_appeal")
    if because == LATE and not appeal.late:
        raise Invalid({"because": "This appeal came in time."})
    if because == NO_GROUND and raised(appeal):
        raise Invalid({"because": "A ground was found that the letter could support. Sort the grounds again first."})
    appeal.refused_because, appeal.refusal_reasons, appeal.refusal_plain_reasons = because, reasons, plain_reasons
    _unsign(appeal)
    db.session.flush()
    audit.record(appeal.stream, "draft_refusal", by=by.actor, because=because)


def sign_refusal(appeal: Appeal, *, seen: int | None, by: Any) -> None:
    """The first of two signatures; the second is the move."""
    hold_for(appeal, seen, by, SECOND_SIGNERS, "refuse_appeal")
    if not (appeal.refusal_reasons and appeal.refusal_plain_reasons):
        raise Refused([Reason("Write the reasons before they are signed.", to="appeals.refusal")])
    appeal.first_signed_by_id, appeal.first_signed_at = by.id, clock.now()
    db.session.flush()
    audit.record(appeal.stream, "sign_refusal", by=by.actor)


def _unsign(appeal: Appeal) -> None:
    appeal.first_signed_by_id, appeal.first_signed_at = None, None


def can_be_refused(appeal: Appeal) -> bool:
    """Whether it is still to be said if the appeal is taken."""
    return workflow.definition_of(appeal).find("refuse_appeal", appeal.state) is not None


def was_asked_for_more(appeal: Appeal) -> bool:
    return workflow.last_move(appeal.stream, "seek_clarification") is not None


# --- after a decision was sent back -------------------------------------------------------------------------------------------


@deadlines.stops_the_clock("seek_clarification")
def asks_the_appellant(appeal: Appeal) -> bool:
    """The reason that is given with the step is the question, and the grounds cannot be sorted before its answer."""
    return True


@upon("appeal", "lodge_appeal")
def challenge_was_lodged(appeal: Appeal, by: Any, made: MoveRecord) -> None:
    for one in (appeal.case, *challenges.reconsiderations_of(appeal.case)):
        workflow.occur(one, "challenge_lodged", by=by)


@upon("appeal", "issue_sent_back")
def _hand_on_directions(appeal: Appeal, by: Any, made: MoveRecord) -> None:
    """What the review panel directed binds the next decision from the day on which the outcome is issued."""
    for one in directions_of(appeal):
        decisions.add_direction(
            appeal.case, appeal_id=appeal.id, number=one.number, text=one.text,
            differently_constituted=one.differently_constituted, by=by,
        )


def directions_of(appeal: Appeal) -> list[AppealDirection]:
    query = select(AppealDirection).where(AppealDirection.appeal_id == appeal.id)
    return list(db.session.scalars(query.order_by(AppealDirection.number)))


def reopen(appeal: Appeal, *, reason: str, seen: int | None, by: Any) -> MoveRecord:
    """Put a request that was sent back before a panel again; `seen` is the version of the request."""
    if challenges.sent_back_on(appeal) is None:
        raise Refused([Reason("There is nothing to reopen: the decision was not sent back.")])
    return workflow.move(appeal.case, "reopen_for_panel", by=by, seen=seen, reason=reason)


# --- what every service of this room asks -------------------------------------------------------------------------------------


def hold_for(subject: Any, seen: int | None, by: Any, roles: set[Role], *steps: str) -> None:
    """Hold a challenge for somebody of these roles while one of these steps can be taken from where it stands.

    Raises PermissionError for anybody else, Stale for an old page, Refused when the time for it is not now.
    """
    if not subject.capacities(by) & roles:
        raise PermissionError("this is for another role")
    workflow.hold(subject, seen)
    machine = workflow.definition_of(subject)
    if not any(machine.find(step, subject.state) for step in steps):
        raise Refused([Reason(f"This cannot be changed now: the status is “{workflow.label_of(subject)}”.")])
