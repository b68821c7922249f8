"""Which body is responsible for a patient: shown from the practice, disputed with a reason, settled with evidence.

Nothing here changes the responsible body without a word: a draft is addressed to another body by somebody who says so, and
a request that was sent is offered to that body as a handover.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ifr import audit, clock, profiles, workflow
from ifr.cases import identity
from ifr.cases.drafts import policy
from ifr.cases.drafts.services import commissioners
from ifr.cases.models import Answer, Case
from ifr.cases.patients.models import Practice, ResponsibilityDispute
from ifr.cases.patients.practices import Belongs, area_for_policies, belongs, meant_by, with_code
from ifr.cases.patients.seeing import OFFICE_WRITES, WRITES, must_write
from ifr.db import db
from ifr.people.models import Organisation
from ifr.workflow import Invalid, NotVisible, Reason, Refused

AREA = "area"
# "Who Pays?": what shows who is responsible, in the order in which it is asked.
GROUNDS = {
    "registration": "Registered with a practice of this body on the day of the request",
    "residence": "Not registered with a practice: lives in this body's area",
    "detained": "Exception: detained under the Mental Health Act, or aftercare that follows",
    "placed": "Exception: placed in another area by the body that pays",
    "prison": "Exception: in prison or another secure place",
    "armed_forces": "Exception: armed forces, commissioned by NHS England",
    "specialised": "Commissioned by NHS England as a specialised service",
    "border": "Exception: the border with Wales or Scotland",
    "other": "Another ground",
}
MEANWHILE = {"yes": "Yes: funded meanwhile, without prejudice to who is responsible", "no": "No: not funded meanwhile"}
SETTLED = {"ours": "This commissioner is responsible", "another": "Another body is responsible"}


# --- the practice -----------------------------------------------------------------------------------------------------


def follow_practice(case: Case, section: str, values: dict[str, str], by: Any) -> None:
    """The name or code typed for the practice finds the practice, where only one can be meant."""
    if section != "patient" or "practice" not in values:
        return
    typed = values["practice"].strip()
    found = meant_by(typed, case.received_on) if typed else None
    before = identity.practice_code_of(case)
    if found is None and typed and before:
        chosen = with_code(before, case.received_on)
        # A practice that was chosen from several keeps standing while the words for it stay.
        found = chosen if chosen and chosen.name.casefold() == typed.casefold() else None
    _keep(case, found, by=by)


def choose_practice(case: Case, code: str, *, seen: int | None, by: Any) -> Belongs:
    """Name the patient's practice from the table. Raises Invalid for a code that is not in it."""
    must_write(case, by, WRITES if case.received_at is None else OFFICE_WRITES)
    practice = with_code(code.strip().upper(), case.received_on)
    if practice is None:
        raise Invalid({"code": "Choose a practice from the list."})
    workflow.hold(case, seen)
    identity.save_patient(case, {"practice": practice.name}, by=by)
    _keep(case, practice, by=by)
    found = belongs(case)
    assert found is not None, "it was chosen just now"
    return found


def _keep(case: Case, practice: Practice | None, *, by: Any) -> None:
    code = practice.ods_code if practice else None
    if (code or "") == identity.practice_code_of(case):
        return
    identity.set_practice_code(case, code)
    found = belongs(case)
    audit.record(case.stream, "name_practice", by=by.actor, ours=found.ours if found else None)
    set_area(case, area_for_policies(case, found), by=by)


def set_area(case: Case, area: str, *, by: Any) -> None:
    """Keep the area of which the policies are asked, and ask them again while the request is not linked to one yet."""
    row = db.session.scalars(select(Answer).where(Answer.case_id == case.id, Answer.key == AREA)).first()
    if (row.text if row else "") == area:
        return
    if row is None:
        row = Answer(case_id=case.id, section="patient", key=AREA)
        db.session.add(row)
    row.text, row.at, row.by_id = area, clock.now(), by.id
    db.session.flush()
    if case.received_at is None:
        policy.policy_for(case)


def address_to_body(case: Case, *, seen: int | None, by: Any) -> Organisation:
    """Address a draft to the body to which the practice leads. Only while nothing has been sent, and only by somebody who
    asks for it. Raises Refused where it cannot be, with the reason."""
    must_write(case, by, WRITES)
    found = belongs(case)
    if case.received_at is not None:
        raise Refused([Reason("The request has been sent. The office offers it to another body.", to="patients.responsibility")])
    if found is None or found.ours:
        raise Refused([Reason("The practice leads to no other body than the one to which the request is addressed.")])
    body = next((one for one in commissioners() if one.id == found.body_id), None)
    if body is None:
        raise Refused([Reason(f"{found.body} does not take requests here. Ask it how it takes them.")])
    workflow.hold(case, seen)
    case.commissioner_id = body.id
    case.profile_id = profiles.latest("profile", body.slug).id
    db.session.flush()
    audit.record(case.stream, "address_to_body", by=by.actor, commissioner=body.id)
    set_area(case, area_for_policies(case, belongs(case)), by=by)
    policy.policy_for(case)
    return body


# --- disputes ---------------------------------------------------------------------------------------------------------


def disputes(case: Case) -> list[ResponsibilityDispute]:
    """The disputes about a request, the oldest first."""
    query = select(ResponsibilityDispute).where(ResponsibilityDispute.case_id == case.id)
    return list(db.session.scalars(query.order_by(ResponsibilityDispute.id)))


def open_dispute(case: Case) -> ResponsibilityDispute | None:
    return next((one for one in disputes(case) if one.settled is None), None)


def dispute(case: Case, *, body: str, because: str, once: str, by: Any) -> ResponsibilityDispute:
    """Say that another body is responsible, and why. Raises Invalid, and Refused while another dispute is open."""
    must_write(case, by, WRITES)
    once = f"{case.id}:{once}"
    there = next((one for one in disputes(case) if one.once == once), None)
    if there is not None:
        return there
    faults = {} if body else {"body": "Name the body that you think is responsible."}
    if not because:
        faults["because"] = "Say why."
    if faults:
        raise Invalid(faults)
    workflow.hold(case)  # before the question, so that of two people who dispute in one moment the second is told
    if open_dispute(case):
        raise Refused([Reason("A dispute is open already.", to="patients.responsibility")])
    row = ResponsibilityDispute(
        once=once, case_id=case.id, body=body, because=because, raised_by_id=by.id, raised_at=clock.now(),
        meanwhile_body="", meanwhile_because="", settled_body="", settled_ground="", settled_because="",
    )
    db.session.add(row)
    db.session.flush()
    audit.record(case.stream, "dispute_responsibility", by=by.actor, dispute=row.id)
    return row


@dataclass(frozen=True)
class Meanwhile:
    """Whether the patient is funded while two bodies differ, by whom, why, and until when."""

    answer: str = ""
    body: str = ""
    because: str = ""
    until_on: date | None = None


def faults_of(said: Meanwhile) -> dict[str, str]:
    """What is missing or wrong in it, by the names of the fields that ask for it."""
    faults = {} if said.answer in MEANWHILE else {"meanwhile": "Say whether the patient is funded meanwhile."}
    if said.answer == "yes" and not said.body:
        faults["meanwhile_body"] = "Say which body pays meanwhile."
    if not said.because:
        faults["meanwhile_because"] = "Give the reasons: the patient and the other body will ask."
    if said.until_on and said.until_on < clock.today():
        faults["meanwhile_until_on"] = "This day has passed."
    return faults


def answer_meanwhile(case: Case, said: Meanwhile, *, seen: int | None, by: Any) -> None:
    """Say who pays meanwhile. Raises Invalid, NotVisible where nothing is disputed."""
    row = _open(case, by)
    if faults := faults_of(said):
        raise Invalid(faults)
    workflow.hold(case, seen)
    row.meanwhile, row.meanwhile_body, row.meanwhile_because = said.answer, said.body, said.because
    row.meanwhile_until_on, row.meanwhile_by_id, row.meanwhile_at = said.until_on, by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "answer_meanwhile", by=by.actor, dispute=row.id, funded=said.answer)


def settle(
    case: Case, *, settled: str, body: str, ground: str, because: str, seen: int | None, by: Any
) -> ResponsibilityDispute:
    """Settle a dispute with its evidence. Where another body is responsible the request is offered to it as a handover:
    settling changes nobody's responsibility by itself. Raises Invalid, NotVisible."""
    row = _open(case, by)
    faults = {} if settled in SETTLED else {"settled": "Say who is responsible."}
    if ground not in GROUNDS:
        faults["settled_ground"] = "Choose the ground."
    if not because:
        faults["settled_because"] = "Say which evidence shows it."
    if settled == "another" and not body:
        faults["settled_body"] = "Name the body that is responsible."
    if faults:
        raise Invalid(faults)
    workflow.hold(case, seen)
    row.settled, row.settled_ground, row.settled_because = settled, ground, because
    row.settled_body = body if settled == "another" else ""
    row.settled_by_id, row.settled_at = by.id, clock.now()
    db.session.flush()
    audit.record(case.stream, "settle_responsibility", by=by.actor, dispute=row.id, settled=settled, ground=ground)
    return row


def _open(case: Case, by: Any) -> ResponsibilityDispute:
    must_write(case, by, OFFICE_WRITES)
    row = open_dispute(case)
    if row is None:
        raise NotVisible("dispute")
    return row


def missing_meanwhile(case: Case) -> Reason | None:
    """What the check lacks while responsibility is disputed: a patient does not wait until two bodies agree."""
    row = open_dispute(case)
    if row is None or row.meanwhile:
        return None
    return Reason("Responsibility is disputed: say who pays meanwhile.", to="patients.responsibility", anchor="meanwhile")


def may_answer(case: Case, by: Any) -> bool:
    return bool(case.capacities(by) & OFFICE_WRITES)
