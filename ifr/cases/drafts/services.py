"""A request on its way to the funding office: started, written section by section, sent, or logged for its clinician."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, or_, select

from ifr import audit, clock, documents, profiles, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.drafts import policy, reading
from ifr.cases.models import Answer, Case, EarlierTreatment, Factor, Involvement, SectionVersion
from ifr.cases.services import PROVIDER_SIDE, answers_of, cases_visible_to, give_reference, involve
from ifr.db import db, lock
from ifr.pages import plain_text
from ifr.people.models import COMMISSIONER, PROVIDER, Organisation, User
from ifr.people.services import users_with
from ifr.profiles import Question, Section
from ifr.workflow import MoveRecord, NotVisible, NotYours, Reason, Refused, Stale, upon

PATIENT = "patient"
# Stages in which what the request says is still being put together.
_BEING_WRITTEN = frozenset({"sent", "check"})
_MAY_TYPE = frozenset({Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.COORDINATOR})


# --- finding ----------------------------------------------------------------------------------------------------------


def my_cases(user: User) -> Select[Case]:
    """The requests in which somebody has a part on the provider's side."""
    own = select(Involvement.case_id).where(
        Involvement.user_id == user.id,
        Involvement.until_at.is_(None),
        Involvement.capacity.in_([role.value for role in PROVIDER_SIDE]),
    )
    return cases_visible_to(user).where(Case.id.in_(own))


def my_case(key: str, user: User, *, also_discarded: bool = False) -> Case:
    """One of them. A draft's address goes on leading to the request after it has a reference.

    Raises NotVisible for the request of somebody else.
    """
    query = my_cases(user)
    return _only(query if also_discarded else query.where(Case._state != "discarded"), key)


def case_to_type(key: str, user: User) -> Case:
    """A request that this person may still write in: an own one, or one that the office logged.

    Raises NotVisible, Refused.
    """
    case = _only(cases_visible_to(user).where(Case._state != "discarded"), key)
    must_be_open(case, user)
    return case


def _only(query: Select[Case], key: str) -> Case:
    found = db.session.scalars(query.where(or_(Case.reference == key, Case.uuid == key))).first()
    if found is None:
        raise NotVisible(key)
    return found


def is_being_written(case: Case) -> bool:
    """Nobody has vouched for what the request says, and nobody has begun to judge it."""
    state = workflow.definition_of(case).states[case.state]
    return case.declared_at is None and state.stage in _BEING_WRITTEN and not state.final


def must_be_open(case: Case, by: Any) -> None:
    """Raises Refused when the request can no longer be written in, or not by this person."""
    if by.id is not None and not case.capacities(by) & _MAY_TYPE:
        raise NotYours([Reason("Only the clinician and those who type for the clinician write in a request.")])
    if not is_being_written(case):
        raise Refused([Reason("The request has been sent, so what it says stays as it is.", to="drafts.page")])


def commissioners() -> list[Organisation]:
    """The commissioners that have a profile here, by name."""
    with_profile = select(profiles.Definition.name).where(profiles.Definition.kind == "profile")
    query = select(Organisation).where(Organisation.kind == COMMISSIONER, Organisation.slug.in_(with_profile))
    return list(db.session.scalars(query.order_by(Organisation.name)))


def providers() -> list[Organisation]:
    return list(db.session.scalars(select(Organisation).where(Organisation.kind == PROVIDER).order_by(Organisation.name)))


def organisation(organisation_id: int) -> Organisation:
    return db.session.get_one(Organisation, organisation_id)


def clinicians_of(organisations: list[Organisation]) -> list[tuple[int, str]]:
    """The clinicians of some providers, with where they work."""
    found = [
        (one.id, f"{one.name}, {place.name}") for place in organisations for one in users_with(Role.CLINICIAN, place.id)
    ]
    return sorted(found, key=lambda pair: pair[1])


# --- starting ---------------------------------------------------------------------------------------------------------


def start_draft(
    *, by: User, provider_id: int, commissioner_id: int, clinician_id: int | None = None, once: str | None = None
) -> Case:
    """Make an empty draft. A delegate names the clinician for whom he or she types. The same form sent twice makes one.

    Raises Invalid for organisations or people that do not belong together.
    """
    there = db.session.scalars(my_cases(by).where(Case.uuid == once)).first() if once else None
    if there is not None:
        return there
    roles = by.roles_in(provider_id)
    if not roles & {Role.CLINICIAN, Role.PROVIDER_DELEGATE}:
        raise workflow.Invalid({"provider_id": "Choose an organisation in which you are a clinician or type for one."})
    if Role.CLINICIAN not in roles:
        _must_work_at(clinician_id, provider_id)
    case = _new_case(provider_id, commissioner_id, key=once)
    workflow.move(case, "start_draft", by=by, seen=None)
    if Role.CLINICIAN in roles:
        involve(case, by.id, Role.CLINICIAN)
    else:
        involve(case, by.id, Role.PROVIDER_DELEGATE)
        involve(case, clinician_id or 0, Role.CLINICIAN)
    return case


def _must_work_at(clinician_id: int | None, provider_id: int) -> None:
    if clinician_id not in {one.id for one in users_with(Role.CLINICIAN, provider_id)}:
        raise workflow.Invalid({"clinician_id": "Choose a clinician who works at the provider you chose."})


def _new_case(provider_id: int, commissioner_id: int, *, key: str | None = None) -> Case:
    commissioner = next((one for one in commissioners() if one.id == commissioner_id), None)
    if commissioner is None:
        raise workflow.Invalid({"commissioner_id": "Choose the body that pays for the patient's care."})
    case = Case(
        uuid=key or str(uuid.uuid4()),
        created_at=clock.now(),
        commissioner_id=commissioner.id,
        provider_id=provider_id,
        workflow_id=profiles.latest("workflow", "ifr").id,
        questions_id=profiles.latest("questions", "request").id,
        profile_id=profiles.latest("profile", commissioner.slug).id,
    )
    db.session.add(case)
    db.session.flush()
    identity.open_for(case)
    return case


# --- writing ----------------------------------------------------------------------------------------------------------


def fields_of(case: Case, section: str) -> list[Question]:
    """The questions of a section as this request is asked them. Raises NotVisible when it has no such section."""
    found = reading.section_named(case, section)
    if found is None:
        raise NotVisible(section)
    return reading.fields_of(found, test=policy.test_for(case), policy_named=policy.is_named(case))


def faults_in(case: Case, section: str, values: dict[str, str]) -> dict[str, str]:
    """What is wrong, or worth a second look, in answers as typed: a sentence for each field."""
    faults = {}
    for question in fields_of(case, section):
        typed = values.get(question.key, "")
        if said := reading.fault_of(question, typed) or reading.doubt_about(question, typed):
            faults[question.key] = said
    return faults


def too_long_in(case: Case, section: str, values: dict[str, str]) -> dict[str, str]:
    """What cannot be kept even in a draft."""
    found = {q.key: reading.too_long(q, values.get(q.key, "")) for q in fields_of(case, section)}
    return {key: said for key, said in found.items() if said}


def section_version(case: Case, section: str) -> SectionVersion | None:
    query = select(SectionVersion).where(SectionVersion.case_id == case.id, SectionVersion.section == section)
    return db.session.scalars(query).first()


def save_section(
    case: Case, section: str, values: dict[str, str], *, by: Any, seen: int | None, as_it_is: bool = False
) -> None:
    """Keep what was typed in one section, as it was typed. `seen` is the version of the section that the page showed.

    Raises Stale when somebody else has saved this section since, Refused when the request has been sent, and Invalid with
    a sentence for each fault; `as_it_is` keeps faulty answers too, save those that are too long.
    """
    lock(Case, case.id)
    must_be_open(case, by)
    known = {question.key for question in fields_of(case, section)}
    values = {key: plain_text(typed) for key, typed in values.items() if key in known}
    if _keeps_already(case, section, values):
        return
    version = section_version(case, section) or SectionVersion(case_id=case.id, section=section, version=0)
    if seen is not None and version.version != seen:
        raise Stale(case, [])
    faults = too_long_in(case, section, values) if as_it_is else faults_in(case, section, values)
    if faults:
        raise workflow.Invalid(faults)
    workflow.hold(case)
    version.version, version.saved_at, version.saved_by_id = version.version + 1, clock.now(), by.id
    db.session.add(version)
    _write(case, section, values, by=by)


def _keeps_already(case: Case, section: str, values: dict[str, str]) -> bool:
    """The same page sent twice: the second has nothing to add."""
    if section_version(case, section) is None:
        return False
    if section == PATIENT:
        return identity.keeps_already(case, values)
    kept = answers_of(case)
    return all(kept.get(key, "") == typed for key, typed in values.items())


def _write(case: Case, section: str, values: dict[str, str], *, by: Any) -> None:
    if section == PATIENT:
        identity.save_patient(case, values, by=by)
        return
    rows = {row.key: row for row in db.session.scalars(select(Answer).where(Answer.case_id == case.id))}
    for key, typed in values.items():
        row = rows.get(key)
        if row is None:
            row = Answer(case_id=case.id, section=section, key=key)
            db.session.add(row)
        row.text, row.at, row.by_id = typed, clock.now(), by.id
    db.session.flush()
    answered = sum(bool(typed) for typed in values.values())
    audit.record(case.stream, "save_section", by=by.actor, section=section, answered=answered)
    _show_in_lists(case)
    policy.policy_for(case)


def _show_in_lists(case: Case) -> None:
    """Copy to the case what lists and rules read, so that they read one row."""
    answers = answers_of(case)
    case.treatment = reading.one_line(answers.get("treatment", ""))
    case.condition = reading.one_line(answers.get("condition", ""))
    case.specialty = reading.one_line(answers.get("specialty", ""))
    case.urgent = answers.get("urgent") == "yes"
    case.needed_by_on = identity.read_day(answers.get("needed_by", "")) if case.urgent else None
    asked = next((q for q in case.questions.all() if q.key == "basis"), None)
    basis = answers.get("basis")
    case.basis = basis if asked and basis in asked.options else None
    db.session.flush()


# --- what is missing --------------------------------------------------------------------------------------------------


def missing_to_submit(case: Case) -> list[Reason]:
    """What the request lacks before it can be sent, the declaration apart, each with the place where it is put right."""
    return [*missing_of_patient(case), *missing_answers(case), *missing_basis(case)]


def missing_answers(case: Case) -> list[Reason]:
    answers = answers_of(case)
    missing = []
    for section in case.questions.sections:
        for question in fields_of(case, section.key) if section.key != PATIENT else []:
            if question.key == "basis":
                continue
            said = _missing(case, question, answers.get(question.key, ""))
            if said:
                missing.append(Reason(said, to="drafts.section", anchor=question.key, section=section.key))
    return missing


def _missing(case: Case, question: Question, typed: str) -> str | None:
    needed = reading.required(case, question)
    if not typed.strip():
        return f"Answer “{question.label}”." if needed else None
    # Somebody in haste is not held up by a slip in an answer that an urgent request does not need.
    return reading.fault_of(question, typed) if needed or not case.urgent else None


def missing_of_patient(case: Case) -> list[Reason]:
    return [
        Reason(said, to="drafts.section", anchor=field, section=PATIENT)
        for field, said in identity.missing_by_field(case).items()
    ]


def missing_basis(case: Case) -> list[Reason]:
    if case.basis:
        return []
    return [Reason("Say on which basis you ask for this patient.", to="drafts.section", anchor="basis", section="basis")]


# --- sending ----------------------------------------------------------------------------------------------------------


def send(case: Case, *, declared: bool, by: User, seen: int) -> MoveRecord:
    """Make the declaration and send the request, together or not at all.

    Raises Refused with everything that is missing, and Stale when somebody has written in the request since it was read.
    """
    # A page that shows why nothing was sent must not show a declaration that was never kept.
    with db.session.begin_nested():
        lock(Case, case.id)
        if declared and case.declared_at is None and Role.CLINICIAN in case.capacities(by):
            case.declared_at, case.declared_by_id = clock.now(), by.id
        return workflow.move(case, "submit", by=by, seen=seen)


def declare(case: Case, *, by: User, seen: int | None = None) -> None:
    """The clinician vouches for a request that the office logged. Nobody else can, nor anybody for the clinician."""
    if Role.CLINICIAN not in case.capacities(by):
        raise NotYours([Reason("Only the requesting clinician can make the declaration.")])
    if case.declared_at is not None:
        return
    workflow.hold(case, seen)
    case.declared_at, case.declared_by_id = clock.now(), by.id
    db.session.flush()
    audit.record(case.stream, "declare", by=by.actor)


@upon("ifr", "submit")
def receive(case: Case, by: Any, made: MoveRecord) -> None:
    """From here on the clock runs, and the case keeps the profile that applies today."""
    slug = organisation(case.commissioner_id).slug
    case.received_at = made.at
    case.profile_id = profiles.latest("profile", slug).id
    policy.policy_for(case)
    give_reference(case)


@upon("ifr", "discard_draft")
def empty_the_draft(case: Case, by: Any, made: MoveRecord) -> None:
    """Nothing stays of a draft that was thrown away but that there was one."""
    identity.forget(case)
    for model in (Answer, Factor, EarlierTreatment, SectionVersion):
        db.session.execute(delete(model).where(model.case_id == case.id))
    db.session.execute(delete(documents.Document).where(documents.Document.stream == case.stream))
    case.treatment = case.condition = case.specialty = ""
    case.urgent, case.needed_by_on, case.basis, case.route, case.resolution = False, None, None, None, None
    db.session.flush()


# --- logging on a clinician's behalf ----------------------------------------------------------------------------------


def questions_to_log() -> list[tuple[Section, list[Question]]]:
    """What the office types from the original when it logs a request; the rest can be typed in afterwards."""
    asked: profiles.Questions = profiles.by_id(profiles.latest("questions", "request").id)
    return [(section, fields) for section in asked.sections if (fields := _to_log(section))]


def _to_log(section: Section) -> list[Question]:
    written_out = {"comparator", "test", "policy"} | reading.LISTS
    return [
        q for q in section.questions
        if q.kind not in written_out and (q.urgent or q.identity or q.tier == "submit" or q.kind in reading.CODE_SYSTEMS)
    ]


def faults_in_log(values: dict[str, str], *, as_it_is: bool) -> dict[str, str]:
    """What is wrong in what the office typed; `as_it_is` says that the original has it so."""
    find = reading.too_long if as_it_is else reading.fault_of
    found = {q.key: find(q, values.get(q.key, "")) for _, fields in questions_to_log() for q in fields}
    return {key: said for key, said in found.items() if said}


def log_on_behalf(
    *,
    by: User,
    values: dict[str, str],
    patient: dict[str, str],
    original: bytes,
    original_name: str,
    arrived_at: datetime,
    provider_id: int,
    commissioner_id: int,
    clinician_id: int | None = None,
) -> Case:
    """Put a request on record that came by e-mail, on a form or by telephone. It counts as received when it arrived.

    The original is document 1. The declaration may follow; the clinician makes it.
    Raises Invalid, documents.NotAcceptedError.
    """
    if arrived_at > clock.now():
        raise workflow.Invalid({"arrived_on": "A request cannot arrive later than now."})
    if organisation(provider_id).kind != PROVIDER:
        raise workflow.Invalid({"provider_id": "Choose the organisation that asks."})
    if clinician_id is not None:
        _must_work_at(clinician_id, provider_id)
    case = _new_case(provider_id, commissioner_id)
    case.received_at = arrived_at
    documents.put(
        original, stream=case.stream, kind="original", title="The request as it came", by_id=by.id,
        uploaded_name=original_name or None,
    )
    identity.save_patient(case, {field: plain_text(typed) for field, typed in patient.items()}, by=by)
    _write_logged(case, values, by=by)
    workflow.move(case, "log_on_behalf", by=by, seen=None)
    if clinician_id is not None:
        involve(case, clinician_id, Role.CLINICIAN)
    return case


def _write_logged(case: Case, values: dict[str, str], *, by: User) -> None:
    for section in case.questions.sections:
        fields = fields_of(case, section.key) if section.key != PATIENT else []
        here = {q.key: plain_text(values[q.key]) for q in fields if q.key in values}
        too_long = too_long_in(case, section.key, here)
        if too_long:
            raise workflow.Invalid(too_long)
        if here:
            _write(case, section.key, here, by=by)


@upon("ifr", "log_on_behalf")
def number_what_was_logged(case: Case, by: Any, made: MoveRecord) -> None:
    give_reference(case)
