""""Is the patient somebody I know as ...?" One member asks the secretary, who answers yes or no; nothing more is said.

The words are sealed and read by the secretary alone, who reads the patient's name and day of birth for it, on record.
"""

from dataclasses import dataclass

from sqlalchemy import select

from ifr import audit, clock, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.models import Case
from ifr.db import db
from ifr.panels.interests.models import IdentityQuestion
from ifr.panels.interests.services import close_to, is_closed_to, own_part, sitting_parts
from ifr.people.models import User
from ifr.workflow import Invalid, NotVisible

ONE_IS_THAT_PERSON = "The patient is somebody whom he or she asked about"


@dataclass(frozen=True)
class QuestionPage:
    """A question as the secretary answers it. Once it is answered the patient is not named again."""

    question: IdentityQuestion
    case: Case
    asked_by: str
    patient: str
    born_on: str


def ask(part_id: int, *, words: str, by: User) -> IdentityQuestion:
    """Ask whether the patient is the person described. Sent twice, it is one question.

    Raises Invalid for an empty question and while another one waits for its answer.
    """
    part, case = own_part(part_id, by)
    if not words.strip():
        raise Invalid({"words": "Say who it is that you know."})
    workflow.hold(case)
    waiting = _waiting(case.id, by.id)
    if waiting is not None and waiting.words == words.strip():
        return waiting
    if waiting is not None:
        raise Invalid({"words": "The secretary has not answered your last question yet. You can ask the next one then."})
    asked = IdentityQuestion(case_id=case.id, user_id=by.id, words=words.strip(), asked_at=clock.now())
    db.session.add(asked)
    db.session.flush()
    audit.record(case.stream, "ask_about_identity", by=by.actor, question=asked.id)
    return asked


def _waiting(case_id: int, user_id: int) -> IdentityQuestion | None:
    return db.session.scalars(
        select(IdentityQuestion).where(
            IdentityQuestion.case_id == case_id, IdentityQuestion.user_id == user_id, IdentityQuestion.answered_at.is_(None)
        )
    ).first()


def questions_by(user: User) -> list[IdentityQuestion]:
    """What somebody has asked, the newest first. Nothing of it says which request it was about."""
    query = select(IdentityQuestion).where(IdentityQuestion.user_id == user.id).order_by(IdentityQuestion.id.desc())
    return list(db.session.scalars(query))


def own_question(question_id: int, by: User) -> IdentityQuestion:
    found = db.session.get(IdentityQuestion, question_id)
    if found is None or found.user_id != by.id:
        raise NotVisible(str(question_id))
    return found


def question_page(case: Case, question_id: int, by: User) -> QuestionPage:
    """A question for the secretary, with the patient's name and day of birth while it is open. Reading them is recorded."""
    asked = _of_case(case, question_id, by)
    name, born_on = ("", "")
    if asked.answered_at is None:
        name, born_on = identity.asked_about(case, by=by)
    person = db.session.get_one(User, asked.user_id)
    return QuestionPage(asked, case, person.name, name, born_on)


def _of_case(case: Case, question_id: int, by: User) -> IdentityQuestion:
    asked = db.session.get(IdentityQuestion, question_id)
    if asked is None or asked.case_id != case.id or Role.PANEL_SECRETARY not in case.capacities(by):
        raise NotVisible(str(question_id))
    return asked


def answer(case: Case, question_id: int, *, is_that_person: bool, by: User) -> IdentityQuestion:
    """Answer a question, once. A yes is a conflict of interest from this moment on, until somebody lifts it."""
    asked = _of_case(case, question_id, by)
    workflow.hold(case)
    db.session.refresh(asked)
    if asked.answered_at is not None:
        if asked.is_that_person != is_that_person:
            raise Invalid({"is_that_person": "This question has been answered already. The answer stands."})
        return asked
    asked.is_that_person, asked.answered_at, asked.answered_by_id = is_that_person, clock.now(), by.id
    audit.record(case.stream, "answer_about_identity", by=by.actor, question=asked.id, yes=is_that_person)
    if is_that_person and sitting_parts(case.id, asked.user_id):
        close_to(case, asked.user_id, ONE_IS_THAT_PERSON, by=by)
    db.session.flush()
    return asked


def say_why_not(question_id: int, *, why: str, by: User) -> None:
    """Say why a yes is no conflict of interest all the same. Whoever may lift it reads it and decides."""
    asked = own_question(question_id, by)
    if not why.strip():
        raise Invalid({"why": "Say why this is no conflict of interest."})
    if not asked.is_that_person or not is_closed_to(asked.case_id, by.id):
        raise Invalid({"why": "There is no conflict of interest to speak of now."})
    asked.why_not = why.strip()
    db.session.flush()
    audit.record(f"case:{asked.case_id}", "say_why_no_conflict", by=by.actor, question=asked.id)
