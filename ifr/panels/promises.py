"""What the published procedure promises a patient before a panel: to send a statement, to come to the meeting, or both.

A promise that is not kept is maladministration (Parliamentary and Health Service Ombudsman, case 450), so the invitation is
on record before the request is listed. Where it cannot be, the chair says why and what was done instead, and the patient is
told.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ifr import audit, clock, deadlines, letters, workflow
from ifr.access import Role
from ifr.cases.models import Case
from ifr.db import Model, db
from ifr.letters import ISSUED
from ifr.pages import day
from ifr.panels.models import Meeting, MeetingCommissioner
from ifr.panels.sitting import meeting_of, open_item_of
from ifr.profiles import Length
from ifr.profiles.commissioners import Promises
from ifr.workflow import Invalid, MoveRecord, NotVisible, NotYours, Reason, Refused

PAGE = "members.invitation"
LETTER = "letter"
HOW = {
    LETTER: "By a letter of this service",
    "post": "By another letter",
    "telephone": "By telephone",
    "in_person": "In person",
    "clinician": "Through the clinician",
}
RECEIVED, NO_STATEMENT = "received", "none"
STATEMENTS = {RECEIVED: "A statement was received", NO_STATEMENT: "No statement will come", "": "Not answered"}
ATTENDS, DECLINES = "attends", "declines"
ATTENDANCE = {ATTENDS: "Will come", DECLINES: "Does not want to come", "": "Not answered"}
# In kind and not by name: the page is no place for who the patient is.
WITH_WHOM = {
    "alone": "Alone",
    "relative": "With a relative or friend",
    "advocate": "With an advocate",
    "interpreter": "With an interpreter",
    "clinician": "With the clinician",
    "other": "With somebody else",
}
EARLIEST = date(1900, 1, 1)
LONGEST, LONGEST_LINE = 5_000, 300
INVITE = frozenset({Role.COORDINATOR, Role.PANEL_SECRETARY})


class Invitation(Model):
    """The patient was invited to one meeting: to send a statement by a day, to come, or both. Sent in a letter of this
    service it has its day from that letter."""

    __tablename__ = "panel_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    how: Mapped[str]
    how_words: Mapped[str] = mapped_column(default="")
    sent_on: Mapped[date | None]
    sent_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    statement: Mapped[bool]
    attendance: Mapped[bool]
    statement_by_on: Mapped[date | None]
    short_because: Mapped[str] = mapped_column(default="")
    # The step whose letter it is.
    batch: Mapped[int | None]


class InvitationAnswer(Model):
    """What the patient answered, or that no answer came. The latest row holds."""

    __tablename__ = "invitation_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("panel_invitations.id"), index=True)
    statement: Mapped[str] = mapped_column(default="")
    attendance: Mapped[str] = mapped_column(default="")
    with_whom: Mapped[str] = mapped_column(default="")
    answered_on: Mapped[date | None]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class InvitationException(Model):
    """Why a chair lets a request be listed for one meeting without the promised invitation, and what was done instead."""

    __tablename__ = "invitation_exceptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    reason: Mapped[str]
    instead: Mapped[str]
    plain_reasons: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    batch: Mapped[int | None]


@dataclass(frozen=True)
class InvitationTyped:
    """What somebody fills in about an invitation. `sent_on` stays empty for a letter that this service is to send."""

    meeting_id: int
    how: str
    how_words: str = ""
    sent_on: date | None = None
    statement_by_on: date | None = None
    short_because: str = ""


@dataclass(frozen=True)
class AnswerTyped:
    """What somebody fills in about the answer: its parts, or that none came by the day."""

    statement: str = ""
    attendance: str = ""
    with_whom: str = ""
    answered_on: date | None = None
    no_answer: bool = False


# --- what is promised, and whether it was kept ------------------------------------------------------------------------


def promised_to(case: Case) -> Promises | None:
    """What the procedure under which a request was made promises the patient; None where it promises nothing."""
    promises = case.profile.promises
    return promises if promises is not None and (promises.statement or promises.attendance) else None


def in_words(*, statement: bool, attendance: bool) -> str:
    return " and ".join(words for words, told in (("to send a statement", statement), ("to attend", attendance)) if told)


def what_is_missing(case: Case) -> list[Reason]:
    """What the promise still asks before the request is listed for the meeting on whose agenda it stands."""
    promises, meeting = promised_to(case), meeting_of(open_item_of(case))
    if promises is None or meeting is None or exception_for(case, meeting.id) is not None:
        return []
    counted = [one for one in invitations_of(case) if one.meeting_id == meeting.id or not promises.attendance]
    if any(sent_day(one) is not None for one in counted):
        return []
    if any(one.batch is not None for one in counted):
        return [Reason("The letter that invites the patient has not been issued: read it and let it go.", "cases.letters")]
    words = in_words(statement=promises.statement, attendance=promises.attendance)
    return [Reason(f"Our procedure promises the patient an invitation {words}. None is on record for this meeting.", PAGE)]


def waits_for_the_chair(case: Case, by: Any) -> bool:
    """Whether a request waits for an invitation without which only this person, who chairs its item, can let it go on."""
    return lies_ahead(case) and bool(what_is_missing(case)) and Role.PANEL_CHAIR in case.capacities(by)


def invitations_of(case: Case) -> list[Invitation]:
    """The invitations of a case, the latest first."""
    query = select(Invitation).where(Invitation.case_id == case.id).order_by(Invitation.id.desc())
    return list(db.session.scalars(query))


def exceptions_of(case: Case) -> list[InvitationException]:
    query = select(InvitationException).where(InvitationException.case_id == case.id)
    return list(db.session.scalars(query.order_by(InvitationException.id.desc())))


def exception_for(case: Case, meeting_id: int) -> InvitationException | None:
    return next((one for one in exceptions_of(case) if one.meeting_id == meeting_id), None)


def sent_day(row: Invitation) -> date | None:
    """The day on which an invitation was sent; None while its letter has not been issued, or where it was stopped."""
    if row.batch is None:
        return row.sent_on
    issued = [one.issued_on for one in letters.of_batch(row.batch) if one.state == ISSUED and one.issued_on is not None]
    return max(issued, default=None)


def answer_to(row: Invitation) -> InvitationAnswer | None:
    query = select(InvitationAnswer).where(InvitationAnswer.invitation_id == row.id).order_by(InvitationAnswer.id.desc())
    return db.session.scalars(query).first()


def fact_for_panel(case: Case) -> str:
    """What the panel is told of it, without identity: a sentence, or nothing where nothing is promised."""
    if promised_to(case) is None:
        return ""
    sent = [(one, on) for one in invitations_of(case) if (on := sent_day(one)) is not None]
    if not sent:
        if exceptions_of(case):
            return "The patient was not invited as our procedure promises: the chair recorded why, and what was done instead."
        return "The patient has not been invited as our procedure promises."
    row, on = sent[0]
    words = in_words(statement=row.statement, attendance=row.attendance)
    return f"The patient was invited on {day(on)} {words}. {answered_in_words(answer_to(row))}"


def answered_in_words(answer: InvitationAnswer | None) -> str:
    if answer is None:
        return "No answer has been recorded yet."
    if not answer.statement and not answer.attendance:
        return "No answer came by the last day."
    said = []
    if answer.statement:
        said.append("sent a statement" if answer.statement == RECEIVED else "sends no statement")
    if answer.attendance == ATTENDS:
        with_whom = WITH_WHOM.get(answer.with_whom, "")
        said.append(f"will come {with_whom[0].lower()}{with_whom[1:]}" if with_whom else "will come")
    elif answer.attendance:
        said.append("does not want to come")
    return f"The patient {' and '.join(said)}."


# --- recording --------------------------------------------------------------------------------------------------------


def invite(case: Case, typed: InvitationTyped, *, once: str, seen: int | None, by: Any) -> Invitation:
    """Put an invitation on record; by a letter of this service, the letter waits to be read and let go.

    The same form sent twice makes one. Raises NotYours, Refused where no panel lies ahead or nothing is promised, Invalid, Stale.
    """
    promises = _must_be_open(case, INVITE, by)
    mark = f"{case.id}:{once}"
    sent_before = select(Invitation).where(Invitation.once == mark)
    made = workflow.hold_once(case, seen, lambda: db.session.scalars(sent_before).first())
    if made is not None:
        return made
    _check_invitation(case, promises, typed)
    row = Invitation(
        once=mark, case_id=case.id, meeting_id=typed.meeting_id, how=typed.how, how_words=typed.how_words.strip(),
        sent_on=None if typed.how == LETTER else typed.sent_on, sent_by_id=by.id, recorded_at=clock.now(),
        statement=promises.statement, attendance=promises.attendance,
        statement_by_on=typed.statement_by_on if promises.statement else None, short_because=typed.short_because.strip(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record(
        case.stream, "record_invitation", by=by.actor, invitation=row.id, meeting=row.meeting_id, how=row.how, sent_on=row.sent_on
    )
    if row.how == LETTER:
        workflow.move(case, "invite_patient", by=by, seen=None)
    return row


def _must_be_open(case: Case, roles: frozenset[Role], by: Any) -> Promises:
    if not case.capacities(by) & roles:
        raise NotYours([Reason(f"This is for another role: {' or '.join(sorted(one.words for one in roles))}.")])
    promises = promised_to(case)
    if promises is None:
        raise Refused([Reason("Our procedure promises the patient no invitation before a panel.")])
    if not lies_ahead(case):
        raise Refused([Reason("No meeting of the panel lies ahead of this request.")])
    return promises


def lies_ahead(case: Case) -> bool:
    """Whether a patient can be invited to a panel now: the machine says in which states."""
    return workflow.definition_of(case).find("invite_patient", case.state) is not None


def meetings_ahead(case: Case) -> list[Meeting]:
    """The meetings to which the patient of a case can be invited, the next first."""
    in_common = select(MeetingCommissioner.meeting_id).where(MeetingCommissioner.commissioner_id == case.commissioner_id)
    query = select(Meeting).where(
        or_(Meeting.commissioner_id == case.commissioner_id, Meeting.id.in_(in_common)),
        Meeting.closed_at.is_(None),
        Meeting.held_on >= clock.today(),
    )
    return list(db.session.scalars(query.order_by(Meeting.held_on, Meeting.id)))


def _check_invitation(case: Case, promises: Promises, typed: InvitationTyped) -> None:
    meeting = next((one for one in meetings_ahead(case) if one.id == typed.meeting_id), None)
    faults = _too_long(("how_words", typed.how_words, LONGEST_LINE), ("short_because", typed.short_because, LONGEST))
    if meeting is None:
        faults["meeting_id"] = "Choose a meeting that lies ahead."
    if typed.how not in HOW:
        faults["how"] = "Choose how the patient was invited."
    sent_on = clock.today() if typed.how == LETTER else typed.sent_on
    earliest = case.received_on or EARLIEST
    if sent_on is None or not earliest <= sent_on <= clock.today():
        faults["sent_on"] = f"Enter the day on which it was sent, from {day(earliest)} to today."
    if meeting is not None and sent_on is not None and "sent_on" not in faults:
        faults |= _faults_of_days(case, promises, typed, sent_on, meeting)
    if faults:
        raise Invalid(faults)


def _faults_of_days(case: Case, promises: Promises, typed: InvitationTyped, sent_on: date, meeting: Meeting) -> dict[str, str]:
    faults = {}
    if promises.statement:
        by_on = typed.statement_by_on
        if by_on is None:
            faults["statement_by_on"] = "Enter the last day for the statement."
        elif not sent_on <= by_on <= meeting.held_on:
            faults["statement_by_on"] = f"Enter a day from {day(sent_on)} to the day of the meeting, {day(meeting.held_on)}."
    if not typed.short_because.strip() and is_short(case, promises.invite_before, sent_on, meeting):
        faults["short_because"] = (
            f"This is less than {promises.invite_before} before the meeting on {day(meeting.held_on)}. Say why, or choose a "
            f"later meeting. Source: {promises.invite_before.source}."
        )
    return faults


def is_short(case: Case, ahead: Length, sent_on: date, meeting: Meeting) -> bool:
    """Whether an invitation of a day comes less than the promised time before a meeting."""
    return deadlines.last_day(sent_on, ahead, case.commissioner_id) > meeting.held_on


def _too_long(*typed: tuple[str, str, int]) -> dict[str, str]:
    return {name: f"This must be {most:,} characters or fewer." for name, text, most in typed if len(text) > most}


def record_answer(
    case: Case, invitation_id: int, typed: AnswerTyped, *, once: str, seen: int | None, by: Any
) -> InvitationAnswer:
    """Put the patient's answer on record. A later answer takes the place of an earlier one, which stays on record.

    Raises NotVisible for an invitation of another case, NotYours, Invalid, Stale.
    """
    row = next((one for one in invitations_of(case) if one.id == invitation_id), None)
    if row is None:
        raise NotVisible(str(invitation_id))
    if not case.capacities(by) & INVITE:
        raise NotYours([Reason("This is for another role: coordinator or panel secretary.")])
    mark = f"{row.id}:{once}"
    sent_before = select(InvitationAnswer).where(InvitationAnswer.once == mark)
    made = workflow.hold_once(case, seen, lambda: db.session.scalars(sent_before).first())
    if made is not None:
        return made
    _check_answer(row, typed)
    nothing = typed.no_answer
    kept = InvitationAnswer(
        once=mark, invitation_id=row.id, statement="" if nothing else typed.statement,
        attendance="" if nothing else typed.attendance,
        with_whom=typed.with_whom if typed.attendance == ATTENDS and not nothing else "",
        answered_on=None if nothing else typed.answered_on, at=clock.now(), by_id=by.id,
    )  # fmt: skip
    db.session.add(kept)
    db.session.flush()
    audit.record(
        case.stream, "record_invitation_answer", by=by.actor, invitation=row.id, statement=kept.statement or None,
        attendance=kept.attendance or None,
    )
    return kept


def _check_answer(row: Invitation, typed: AnswerTyped) -> None:
    sent_on = sent_day(row)
    if sent_on is None:
        raise Invalid({"answer": "The invitation has not been sent yet."})
    if typed.no_answer:
        if row.statement_by_on is not None and row.statement_by_on >= clock.today():
            raise Invalid({"answer": f"The patient can answer until {day(row.statement_by_on)}."})
        return
    faults = {}
    if typed.statement not in STATEMENTS or typed.attendance not in ATTENDANCE or not (typed.statement or typed.attendance):
        faults["answer"] = "Choose what the patient answered, or that no answer came."
    if typed.attendance == ATTENDS and typed.with_whom not in WITH_WHOM:
        faults["with_whom"] = "Choose with whom the patient will come."
    if typed.answered_on is None or not sent_on <= typed.answered_on <= clock.today():
        faults["answered_on"] = f"Enter the day of the answer, from {day(sent_on)} to today."
    if faults:
        raise Invalid(faults)


def go_without(
    case: Case, *, reason: str, instead: str, plain_reasons: str, once: str, seen: int | None, by: Any
) -> InvitationException:
    """The chair's reason for listing a request without the promised invitation, what was done instead, and the letter by
    which the patient is told. It holds for the meeting on whose agenda the request stands.

    Raises NotYours, Refused where nothing is promised or no meeting is known, Invalid, Stale.
    """
    _must_be_open(case, frozenset({Role.PANEL_CHAIR}), by)
    mark = f"{case.id}:{once}"
    sent_before = select(InvitationException).where(InvitationException.once == mark)
    made = workflow.hold_once(case, seen, lambda: db.session.scalars(sent_before).first())
    if made is not None:
        return made
    meeting = meeting_of(open_item_of(case))
    if meeting is None:
        raise Refused([Reason("The request stands on the agenda of no meeting.")])
    typed = {"reason": reason.strip(), "instead": instead.strip(), "plain_reasons": plain_reasons.strip()}
    missing = {
        "reason": "Say why the patient was not invited as promised.",
        "instead": "Say what was done instead.",
        "plain_reasons": "Say in plain words what the patient is to be told.",
    }
    faults = {name: said for name, said in missing.items() if not typed[name]}
    faults |= _too_long(*((name, text, LONGEST) for name, text in typed.items()))
    if faults:
        raise Invalid(faults)
    row = InvitationException(once=mark, case_id=case.id, meeting_id=meeting.id, by_id=by.id, at=clock.now(), **typed)
    db.session.add(row)
    db.session.flush()
    workflow.move(case, "go_without_invitation", by=by, seen=None)
    return row


def invitation_to_send(case: Case) -> Invitation | None:
    """The invitation whose letter has not been written yet."""
    return next((one for one in invitations_of(case)[:1] if one.how == LETTER and one.batch is None), None)


def exception_to_tell(case: Case) -> InvitationException | None:
    return next((one for one in exceptions_of(case)[:1] if one.batch is None), None)


def letter_written(row: Invitation | InvitationException, made: MoveRecord) -> None:
    """The step was made whose letter this is."""
    row.batch = made.id
    db.session.flush()
