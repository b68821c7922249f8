"""What the ticks before a request advise, in the commissioner's own words where it has some, and what is kept of them."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ifr import clock, profiles
from ifr.cases.beside import Note, notes_on_case
from ifr.cases.drafts import services as drafts
from ifr.cases.models import Case
from ifr.cases.services import in_office
from ifr.cases.starting.models import StartAnswer, StartEnded
from ifr.db import db
from ifr.pages import plain_text
from ifr.people.models import User
from ifr.profiles import Gate, Profile, Questions
from ifr.workflow import Invalid


@dataclass(frozen=True)
class Advice:
    """One tick, with what follows from it and where else to go."""

    key: str
    label: str
    words: str
    where: str
    asks_why: bool


def gate() -> list[Gate]:
    """The ticks of the form that is in force."""
    return _form().gate


def _form() -> Questions:
    found: Questions = profiles.by_id(profiles.latest("questions", "request").id)
    return found


def profile_of(commissioner_id: int) -> Profile:
    """How a commissioner does it today. Raises Invalid where it is none of ours."""
    asked = next((one for one in drafts.commissioners() if one.id == commissioner_id), None)
    if asked is None:
        raise Invalid({"commissioner_id": "Choose the body that pays for the patient's care."})
    found: Profile = profiles.by_id(profiles.latest("profile", asked.slug).id)
    return found


def advice(profile: Profile, ticks: list[str]) -> list[Advice]:
    """What is said of each tick, in the order of the page."""
    found = []
    for tick in gate():
        if tick.key in ticks:
            own = profile.gate.get(tick.key)
            words, where = (own.advice, own.where) if own else (tick.advice, tick.where)
            found.append(Advice(tick.key, tick.label, words, where, tick.asks_why))
    return found


def begin(
    *,
    by: User,
    ticks: list[str],
    because: str,
    answers: dict[str, str],
    once: str,
    commissioner_id: int,
    provider_id: int,
    clinician_id: int | None = None,
) -> Case:
    """Make the draft, keep the ticks with it, and put what they and a link say into its form.

    The same page sent twice makes one draft. Raises Invalid where a tick advises something else and no line says why the
    request is sent all the same, and for organisations or people that do not belong together.
    """
    asked = advice(profile_of(commissioner_id), ticks)
    because = plain_text(because)
    if any(one.asks_why for one in asked) and not because:
        raise Invalid({"because": "Say in one line why you send it all the same."})
    case = drafts.start_draft(
        by=by, provider_id=provider_id, commissioner_id=commissioner_id, clinician_id=clinician_id, once=once
    )
    if answers_of_start(case) is None:
        db.session.add(
            StartAnswer(case_id=case.id, ticks=[one.key for one in asked], because=because, at=clock.now())
        )
        db.session.flush()
        _fill(case, {**answers, **_filled_by(ticks)}, by)
    return case


def _filled_by(ticks: list[str]) -> dict[str, str]:
    return {key: value for tick in gate() if tick.key in ticks for key, value in tick.fills.items()}


def _fill(case: Case, answers: dict[str, str], by: User) -> None:
    for section in case.questions.sections:
        if section.key == drafts.PATIENT:
            continue  # Nothing that came with a link says who the patient is.
        asked = {question.key for question in drafts.fields_of(case, section.key)}
        here = {key: value for key, value in answers.items() if key in asked}
        if here:
            drafts.save_section(case, section.key, here, by=by, seen=0, as_it_is=True)


def end(*, by: User, ticks: list[str], once: str, commissioner_id: int, provider_id: int) -> None:
    """Count that somebody went elsewhere. Who it was, and about whom, is not kept. The same page sent twice counts once."""
    profile_of(commissioner_id)
    # The mark of the page is random; with it nobody finds out who sent it.
    once = uuid.uuid5(uuid.NAMESPACE_OID, f"{by.id}:{once}").hex
    if not by.roles_in(provider_id):
        raise Invalid({"provider_id": "Choose an organisation in which you are a clinician or type for one."})
    if db.session.scalar(select(StartEnded.id).where(StartEnded.once == once)) is not None:
        return
    known = [tick.key for tick in gate() if tick.key in ticks]
    db.session.add(
        StartEnded(
            once=once, ended_on=clock.today(), commissioner_id=commissioner_id, provider_id=provider_id, ticks=known
        )
    )
    db.session.flush()


# --- what the office reads --------------------------------------------------------------------------------------------


def answers_of_start(case: Case) -> StartAnswer | None:
    return db.session.scalars(select(StartAnswer).where(StartAnswer.case_id == case.id)).first()


@notes_on_case
def ticked_before(case: Case, by: Any) -> list[Note]:
    """What was ticked before this request was begun, in the words of the form that it was begun on; for the office."""
    row = answers_of_start(case) if in_office(by, case) else None
    if row is None or not row.ticks:
        return []
    labels = {tick.key: tick.label for tick in case.questions.gate}
    says = [f"{labels.get(key, key)}." for key in row.ticks]
    return [Note("Ticked before it was begun", (*says, *([f"Sent all the same: {row.because}"] if row.because else [])))]
