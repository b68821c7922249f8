"""The review panel of an appeal: who sits, what it reads, what it finds of each ground, what it directs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, documents, letters, workflow
from ifr.access import Role
from ifr.appeals.challenges import letters_of
from ifr.appeals.models import NOT_MADE_OUT, Appeal, AppealDirection, Ground, ReviewSeat
from ifr.appeals.services import directions_of, grounds_of, hold_for, raised
from ifr.cases import services as cases
from ifr.cases.models import CLEAR, CONFLICTED, UNDECLARED, Case, Involvement
from ifr.cases.services import PROVIDER_SIDE
from ifr.db import db, lock
from ifr.decisions.models import DecisionRecord
from ifr.panels.interests import services as interests
from ifr.panels.models import AgendaItem
from ifr.panels.pack.late import papers_heard
from ifr.panels.papers import papers_of
from ifr.panels.quorum import Quorate, Sitter, work_out
from ifr.people import services as people
from ifr.people.models import COMMISSIONER, PROFESSIONS, Organisation, User
from ifr.workflow import Invalid, MoveRecord

ARRANGERS = {Role.PANEL_SECRETARY, Role.COORDINATOR, Role.IFR_MANAGER}
WRITERS = {Role.PANEL_SECRETARY, Role.REVIEW_PANEL_MEMBER}
READERS = ARRANGERS | WRITERS
# The steps that are still ahead while a review is arranged, and while it sits.
_ARRANGING = ("list_appeal", "open_review")
_SITTING = ("confirm_decision_stands", "confirm_sent_back")


# --- who sits ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One place on a review panel with who holds it and how he or she stands to the case."""

    seat: ReviewSeat
    name: str
    interest: str | None
    declared_at: datetime | None

    @property
    def is_clear(self) -> bool:
        return self.interest == CLEAR

    @property
    def is_conflicted(self) -> bool:
        return self.interest == CONFLICTED


def places_of(appeal: Appeal) -> list[Place]:
    """Who sits on this review now, in the order of the invitations."""
    rows = db.session.execute(
        select(ReviewSeat, User.name, Involvement.interest, Involvement.declared_at)
        .join(User, User.id == ReviewSeat.user_id)
        .join(Involvement, Involvement.id == ReviewSeat.involvement_id)
        .where(ReviewSeat.appeal_id == appeal.id, ReviewSeat.left_at.is_(None))
        .order_by(ReviewSeat.id)
    )
    return [Place(row.ReviewSeat, row.name, row.interest, row.declared_at) for row in rows]


def took_part_before(appeal: Appeal) -> set[int]:
    """Everybody who screened, reviewed, advised, sat or signed on this case, and the review members of its other appeals.

    A place on this very review is no earlier part.
    """
    case = appeal.case
    parts = db.session.scalars(
        select(Involvement.user_id).where(
            Involvement.case_id == case.id,
            Involvement.capacity.not_in([r.value for r in PROVIDER_SIDE | {Role.REVIEW_PANEL_MEMBER}]),
        )
    )
    reviewed = db.session.scalars(
        select(ReviewSeat.user_id)
        .join(Appeal, Appeal.id == ReviewSeat.appeal_id)
        .where(Appeal.case_id == case.id, Appeal.id != appeal.id)
    )
    acted = db.session.scalars(
        select(MoveRecord.by_id).where(MoveRecord.stream == case.stream, MoveRecord.by_id.is_not(None)).distinct()
    )
    signed = {appeal.first_signed_by_id, appeal.late_accepted_by_id, appeal.sorted_by_id}
    return {one for one in {*parts, *reviewed, *acted, *signed} if one is not None}


def candidates(appeal: Appeal) -> list[tuple[int, str]]:
    """Who could be invited: review members of this commissioner, then of others as guests; nobody who took part before."""
    case = appeal.case
    commissioners = db.session.scalars(
        select(Organisation).where(Organisation.kind == COMMISSIONER).order_by(Organisation.name)
    ).all()
    barred = took_part_before(appeal) | {place.seat.user_id for place in places_of(appeal)} | _own_clinicians(case)
    found: dict[int, str] = {}
    for body in sorted(commissioners, key=lambda one: one.id != case.commissioner_id):
        guest = "" if body.id == case.commissioner_id else f", guest of {body.name}"
        for user in people.users_with(Role.REVIEW_PANEL_MEMBER, body.id):
            if user.id not in barred:
                found.setdefault(user.id, f"{user.name} ({_profession(user.profession)}{guest})")
    return list(found.items())


def _own_clinicians(case: Case) -> set[int]:
    query = select(Involvement.user_id).where(
        Involvement.case_id == case.id, Involvement.capacity.in_([r.value for r in PROVIDER_SIDE])
    )
    return set(db.session.scalars(query))


def _profession(profession: str | None) -> str:
    return PROFESSIONS.get(profession or "", "profession not recorded")


def arrange(appeal: Appeal, *, review_on: date, review_place: str, seen: int | None, by: Any) -> None:
    """Set day and place of the review."""
    hold_for(appeal, seen, by, ARRANGERS, *_ARRANGING)
    if review_on < clock.today():
        raise Invalid({"review_on": "The day of the review has passed. Choose a later one."})
    appeal.review_on, appeal.review_place = review_on, review_place
    db.session.flush()
    audit.record(appeal.stream, "arrange_review", by=by.actor, review_on=review_on)


def seat(appeal: Appeal, user_id: int, *, chairs: bool, seen: int | None, by: Any) -> ReviewSeat:
    """Invite somebody to sit. Raises Invalid for whoever took part before, which nobody can waive."""
    held = next((p.seat for p in places_of(appeal) if p.seat.user_id == user_id), None)
    if held is not None:
        return held
    hold_for(appeal, seen, by, ARRANGERS, *_ARRANGING)
    if user_id not in dict(candidates(appeal)):
        raise Invalid({"user_id": "Choose somebody from the list: whoever took part in this request before cannot sit."})
    part = cases.involve(appeal.case, user_id, Role.REVIEW_PANEL_MEMBER)
    if chairs:
        _nobody_chairs(appeal)
    row = ReviewSeat(
        appeal_id=appeal.id, user_id=user_id, involvement_id=part.id, chairs=chairs,
        profession=people.person(user_id).profession, invited_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    audit.record(appeal.stream, "seat", by=by.actor, user=user_id, chairs=chairs)
    return row


def _nobody_chairs(appeal: Appeal) -> None:
    for place in places_of(appeal):
        place.seat.chairs = False


def let_chair(appeal: Appeal, seat_id: int, *, seen: int | None, by: Any) -> None:
    """Name the one who chairs."""
    hold_for(appeal, seen, by, ARRANGERS, *_ARRANGING)
    row = _seat(appeal, seat_id)
    _nobody_chairs(appeal)
    row.chairs = True
    db.session.flush()
    audit.record(appeal.stream, "let_chair", by=by.actor, user=row.user_id)


def unseat(appeal: Appeal, seat_id: int, *, seen: int | None, by: Any) -> None:
    """Take somebody off the review. A conflict that was declared goes on barring the case to that person."""
    hold_for(appeal, seen, by, ARRANGERS, *_ARRANGING)
    row = _seat(appeal, seat_id)
    row.left_at, row.chairs = clock.now(), False
    part = lock(Involvement, row.involvement_id)
    if part.interest != CONFLICTED:
        part.until_at = clock.now()
    db.session.flush()
    audit.record(appeal.stream, "unseat", by=by.actor, user=row.user_id)


def _seat(appeal: Appeal, seat_id: int) -> ReviewSeat:
    found = next((p.seat for p in places_of(appeal) if p.seat.id == seat_id), None)
    if found is None:
        raise Invalid({"seat": "This person does not sit on this review any more."})
    return found


def quorum_of(appeal: Appeal) -> Quorate:
    """The quorum as it stands: before the review opens, those who have not declared yet are counted as expected."""
    opening = workflow.definition_of(appeal).find("open_review", appeal.state) is not None
    sitters = [
        Sitter(
            user_id=p.seat.user_id, capacity="review", profession=p.seat.profession, voting=True, present=True,
            conflicted=p.is_conflicted, declared=p.is_clear or not opening,
        )
        for p in places_of(appeal)
    ]
    return work_out(sitters, appeal.profile.panel.review_quorum, screener_may_vote=True)


# --- interests --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invitation:
    """What somebody who is invited to a review may know of it before, and after, he or she has declared."""

    seat_id: int
    interest: str
    review_on: date | None
    place: str
    chairs: bool
    provider: str = ""
    specialty: str = ""
    clinician: str = ""
    reference: str = ""
    key: str = ""
    number: int = 0

    @property
    def is_undeclared(self) -> bool:
        return self.interest == UNDECLARED

    @property
    def is_clear(self) -> bool:
        return self.interest == CLEAR


def invitations_of(user: Any) -> list[Invitation]:
    """The reviews on which somebody sits, the next first. Of a conflict nothing shows but that there is one."""
    rows = db.session.execute(
        select(ReviewSeat, Appeal, Involvement.interest, Case.reference, Case.specialty, Organisation.name)
        .join(Appeal, Appeal.id == ReviewSeat.appeal_id)
        .join(Involvement, Involvement.id == ReviewSeat.involvement_id)
        .join(Case, Case.id == Appeal.case_id)
        .join(Organisation, Organisation.id == Case.provider_id)
        .where(ReviewSeat.user_id == user.id, ReviewSeat.left_at.is_(None))
        .order_by(Appeal.review_on.desc(), ReviewSeat.id.desc())
    ).all()
    clinicians = _clinicians({row.Appeal.case_id for row in rows})
    return [_invitation(row, clinicians.get(row.Appeal.case_id, "")) for row in rows]


def _invitation(row: Any, clinician: str) -> Invitation:
    appeal: Appeal = row.Appeal
    if row.interest == CONFLICTED:
        return Invitation(row.ReviewSeat.id, CONFLICTED, appeal.review_on, "", False)
    known = {"provider": row.name, "specialty": row.specialty, "clinician": clinician}
    if row.interest == CLEAR:
        known |= {"reference": f"{row.reference}/A{appeal.number}", "key": row.reference}
    return Invitation(
        row.ReviewSeat.id, row.interest or UNDECLARED, appeal.review_on, appeal.review_place, row.ReviewSeat.chairs,
        number=appeal.number, **known,
    )


def _clinicians(case_ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Involvement.case_id, User.name)
        .join(User, User.id == Involvement.user_id)
        .where(
            Involvement.case_id.in_(case_ids), Involvement.capacity == Role.CLINICIAN.value, Involvement.until_at.is_(None)
        )
    )
    return {row.case_id: row.name for row in rows}


def invitation_of(seat_id: int, user: Any) -> Invitation:
    """One invitation of this person that is open to an answer. Raises NotVisible for any other, and after a conflict."""
    found = next((one for one in invitations_of(user) if one.seat_id == seat_id), None)
    if found is None or found.interest == CONFLICTED:
        raise workflow.NotVisible(str(seat_id))
    return found


def declare_interest(seat_id: int, *, interest: str, note: str, by: Any) -> None:
    """Say whether there is an interest in a case, before anything of it opens. A conflict can be declared later too.

    Raises NotVisible for a place that is not this person's, and Invalid where an interest is not described.
    """
    row = db.session.scalars(
        select(ReviewSeat).where(
            ReviewSeat.id == seat_id, ReviewSeat.user_id == by.id, ReviewSeat.left_at.is_(None)
        )
    ).first()
    if row is None:
        raise workflow.NotVisible(str(seat_id))
    interests.declare(row.involvement_id, has_interest=interest == CONFLICTED, note=note, by=by)


# --- what it reads ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RaisedGround:
    number: int
    text: str
    said: str


@dataclass(frozen=True)
class ReviewPapers:
    """What is put before a review panel: the appeal without names, the decision as its letter gave it, the request."""

    reference: str
    appellant: str
    statement: str
    grounds: tuple[RaisedGround, ...]
    decision: dict[str, Any]
    request: dict[str, Any]
    frozen_at: datetime | None


def papers_for_review(appeal: Appeal) -> ReviewPapers:
    item = _item_of(appeal)
    return ReviewPapers(
        reference=appeal.reference,
        appellant=appeal.appellant,
        statement=appeal.statement_for_review,
        grounds=tuple(RaisedGround(g.number, g.text, g.said) for g in raised(appeal)),
        decision=_decision_as_told(appeal),
        request=(papers_heard(item) if item else None) or papers_of(appeal.case).as_facts(),
        frozen_at=item.listed_at if item else None,
    )


def _item_of(appeal: Appeal) -> AgendaItem | None:
    """The item at which the decision under appeal was considered: its papers show what was before the panel."""
    if appeal.decision_id is None:
        return None
    return db.session.scalars(
        select(AgendaItem)
        .join(DecisionRecord, DecisionRecord.agenda_item_id == AgendaItem.id)
        .where(DecisionRecord.id == appeal.decision_id, AgendaItem.papers.is_not(None))
    ).first()


def document_for_review(appeal: Appeal, number: int) -> tuple[str, bytes, str]:
    """A document of the papers, by its number in them: title, bytes and type. Raises NotVisible where there is none."""
    named = [one for one in papers_for_review(appeal).request.get("documents", []) if one["number"] == number]
    found = documents.get(named[0]["document_id"], appeal.case.stream) if named else None
    if found is None:
        raise workflow.NotVisible(str(number))
    return found.title, documents.read(found), found.media_type


def _decision_as_told(appeal: Appeal) -> dict[str, Any]:
    """The facts of the decision letter: they were frozen when it was made, and name no patient."""
    made = db.session.get_one(MoveRecord, appeal.decision_move_id)
    names = [name for name in letters_of(appeal.case, made.trigger) if not name.endswith("_patient")]
    for row in letters.of(appeal.case.stream):
        if row.name in names and row.batch <= made.id:
            return row.facts
    return {}


# --- what it finds ----------------------------------------------------------------------------------------------------------


def record_findings(
    appeal: Appeal, found: dict[str, tuple[str, str, str]], *, seen: int | None, by: Any
) -> None:
    """Keep what the review makes of each ground: made out or not, whether that was material, and why. Saved as a draft."""
    hold_for(appeal, seen, by, WRITERS, *_SITTING)
    for ground in raised(appeal):
        if ground.key in found:
            _keep(ground, found[ground.key], by)
    db.session.flush()
    complete = sum(g.is_found for g in raised(appeal))
    audit.record(appeal.stream, "record_findings", by=by.actor, complete=complete)


def _keep(ground: Ground, values: tuple[str, str, str], by: Any) -> None:
    ground.found, ground.material, ground.reasons = values
    # What was not made out cannot have been material.
    if ground.found == NOT_MADE_OUT:
        ground.material = "no"
    ground.found_by_id = by.id


def record_outcome(appeal: Appeal, *, reasons: str, plain_reasons: str, seen: int | None, by: Any) -> None:
    """Keep the reasons for the outcome as a whole, for the appellant and in plain English for the patient."""
    hold_for(appeal, seen, by, WRITERS, *_SITTING)
    appeal.decision_reasons, appeal.plain_reasons = reasons, plain_reasons
    db.session.flush()
    audit.record(appeal.stream, "record_outcome", by=by.actor)


def add_direction(
    appeal: Appeal, *, text: str, differently_constituted: bool, once: str, seen: int | None, by: Any
) -> AppealDirection:
    """Write one direction to the next panel."""
    again = db.session.scalars(select(AppealDirection).where(AppealDirection.once == once)).first()
    if again is not None:
        return again
    hold_for(appeal, seen, by, WRITERS, *_SITTING)
    number = max((d.number for d in directions_of(appeal)), default=0) + 1
    row = AppealDirection(
        once=once, appeal_id=appeal.id, number=number, text=text, differently_constituted=differently_constituted, by_id=by.id
    )
    db.session.add(row)
    db.session.flush()
    audit.record(appeal.stream, "add_direction", by=by.actor, number=number)
    return row


def remove_direction(appeal: Appeal, direction_id: int, *, seen: int | None, by: Any) -> None:
    """Take a direction back while the outcome is not confirmed."""
    hold_for(appeal, seen, by, WRITERS, *_SITTING)
    row = next((d for d in directions_of(appeal) if d.id == direction_id), None)
    if row is not None:
        db.session.delete(row)
        db.session.flush()
        audit.record(appeal.stream, "remove_direction", by=by.actor, number=row.number)


def arranging_is_open(appeal: Appeal) -> bool:
    """Whether the review is still to be arranged."""
    machine = workflow.definition_of(appeal)
    return any(machine.find(step, appeal.state) for step in _ARRANGING)


def findings_are_open(appeal: Appeal) -> bool:
    """Whether the panel is sitting, so that its findings can be written."""
    machine = workflow.definition_of(appeal)
    return any(machine.find(step, appeal.state) for step in _SITTING)


def unanswered(appeal: Appeal) -> list[Ground]:
    return [ground for ground in grounds_of(appeal) if ground.is_raised and not ground.is_found]
