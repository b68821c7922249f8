"""A request on its way to the funding office: started, written section by section, sent, or logged for its clinician."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, delete, or_, select

from ifr import audit, clock, deadlines, documents, profiles, workflow
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.beside import section_saved
from ifr.cases.drafts import policy, reading
from ifr.cases.drafts.models import ProviderApproval
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
_DRAFT_ADDRESS = re.compile(r"[0-9a-f-]{32,36}")
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
    case = case_read(key, user)
    must_be_open(case, user)
    return case


def case_read(key: str, user: User) -> Case:
    """A request that this person may see, from either side. Raises NotVisible for any other."""
    return _only(cases_visible_to(user).where(Case._state != "discarded"), key)


def may_type(case: Case, user: User) -> bool:
    return bool(case.capacities(user) & _MAY_TYPE)


def on_provider_side(case: Case, user: User) -> bool:
    return bool(case.capacities(user) & PROVIDER_SIDE)


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
    if once and not _free_for_a_draft(once):
        once = None
    roles = by.roles_in(provider_id)
    if not roles & {Role.CLINICIAN, Role.PROVIDER_DELEGATE}:
        raise workflow.Invalid({"provider_id": "Choose an organisation in which you are a clinician or type for one."})
    if Role.CLINICIAN not in roles:
        must_work_at(clinician_id, provider_id)
    case = new_case(provider_id, commissioner_id, key=once)
    workflow.move(case, "start_draft", by=by, seen=None)
    if Role.CLINICIAN in roles:
        involve(case, by.id, Role.CLINICIAN)
    else:
        involve(case, by.id, Role.PROVIDER_DELEGATE)
        involve(case, clinician_id or 0, Role.CLINICIAN)
    return case


def _free_for_a_draft(once: str) -> bool:
    """Whether the mark of a page can be the address of the draft that it begins. A browser may send anything as one: what
    reads like a reference, or is the address of somebody else's request, would lead astray."""
    return bool(_DRAFT_ADDRESS.fullmatch(once)) and db.session.scalar(select(Case.id).where(Case.uuid == once)) is None


def must_work_at(clinician_id: int | None, provider_id: int) -> None:
    """Raises Invalid where the clinician does not work at the provider."""
    if clinician_id not in {one.id for one in users_with(Role.CLINICIAN, provider_id)}:
        raise workflow.Invalid({"clinician_id": "Choose a clinician who works at the provider you chose."})


def new_case(provider_id: int, commissioner_id: int, *, key: str | None = None) -> Case:
    """An empty request in the state from which it is begun or logged. Raises Invalid for a commissioner that is none of ours."""
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


def drafts_for(commissioner_id: int) -> Select[Case]:
    """Every request that is being written for a commissioner and has not been sent, for counts that name nobody."""
    return select(Case).where(Case.commissioner_id == commissioner_id, Case._state == "draft")


# --- writing ----------------------------------------------------------------------------------------------------------


def fields_of(case: Case, section: str) -> list[Question]:
    """The questions of a section as this request is asked them. Raises NotVisible when it has no such section."""
    found = section_of(case, section)
    return reading.fields_of(found, test=policy.test_for(case), policy_named=policy.is_named(case))


def section_of(case: Case, key: str) -> Section:
    """Raises NotVisible when this request has no such section."""
    found = reading.section_named(case, key)
    if found is None:
        raise NotVisible(key)
    return found


def asked_in(case: Case, section: str) -> list[Question]:
    """Those of them that apply, as the earlier questions were answered."""
    answers = answers_of(case)
    return [question for question in fields_of(case, section) if reading.applies(question, answers)]


def shown_in(case: Case, section: str) -> list[Question]:
    """Those that a page of the section shows: one that hangs on an answer of the same page stands there until it is given."""
    answers, fields = answers_of(case), fields_of(case, section)
    here = {question.key for question in fields}
    return [q for q in fields if reading.applies(q, answers) or (q.applies_when and q.applies_when.key in here)]


def faults_in(case: Case, section: str, values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, or worth a second look, in answers as typed: a sentence for each field."""
    faults = too_long_in(case, section, values)
    for question in fields_of(case, section):
        typed = values.get(question.key, "")
        said = reading.fault_in(question, values) or reading.doubt_about(question, typed)
        if said and question.key not in faults:
            faults[question.key] = said
    return faults


def too_long_in(case: Case, section: str, values: Mapping[str, str]) -> dict[str, str]:
    """What cannot be kept even in a draft."""
    found = {}
    for q in fields_of(case, section):
        text = max(values.get(q.key, ""), values.get(q.key + reading.CANNOT, ""), key=len)
        found[q.key] = reading.too_long(q, text)
    return {key: said for key, said in found.items() if said}


def section_version(case: Case, section: str) -> SectionVersion | None:
    query = select(SectionVersion).where(SectionVersion.case_id == case.id, SectionVersion.section == section)
    return db.session.scalars(query).first()


def versions_of(case: Case) -> dict[str, SectionVersion]:
    query = select(SectionVersion).where(SectionVersion.case_id == case.id)
    return {row.section: row for row in db.session.scalars(query)}


def save_section(
    case: Case, section: str, values: dict[str, str], *, by: Any, seen: int | None, as_it_is: bool = False,
    by_itself: bool = False,
) -> None:
    """Keep what was typed in one section, as it was typed. `seen` is the version of the section that the page showed.

    A page that saves itself (`by_itself`) does not say that somebody has read what was taken over.

    Raises Stale when somebody else has saved this section since, Refused when the request has been sent, and Invalid with
    a sentence for each fault; `as_it_is` keeps faulty answers too, save those that are too long.
    """
    lock(Case, case.id)
    must_be_open(case, by)
    known = {key for question in fields_of(case, section) for key in reading.names_of(question)}
    values = {key: plain_text(typed) for key, typed in values.items() if key in known}
    version = section_version(case, section)
    if version is not None and version.taken_from is None and _keeps_already(case, section, values):
        return
    version = version or SectionVersion(case_id=case.id, section=section, version=0)
    if seen is not None and version.version != seen:
        raise Stale(case, [])
    faults = too_long_in(case, section, values) if as_it_is else faults_in(case, section, values)
    if faults:
        raise workflow.Invalid(faults)
    workflow.hold(case)
    version.version, version.saved_at, version.saved_by_id = version.version + 1, clock.now(), by.id
    version.taken_from = version.taken_from if by_itself else None
    db.session.add(version)
    write_section(case, section, values, by=by)


def _keeps_already(case: Case, section: str, values: dict[str, str]) -> bool:
    """The same page sent twice: the second has nothing to add."""
    if section == PATIENT:
        return identity.keeps_already(case, values)
    kept = typed_in(case)
    return all(kept.get(key, "") == typed for key, typed in values.items())


def typed_in(case: Case) -> dict[str, str]:
    """What stands in the boxes of the form: answers as typed, and beside those that have none what was said instead."""
    typed = {}
    for row in db.session.scalars(select(Answer).where(Answer.case_id == case.id)):
        has_none = row.unknown or row.cannot_because
        typed[row.key] = "" if has_none else row.text
        typed[row.key + reading.UNKNOWN] = "y" if row.unknown else ""
        typed[row.key + reading.CANNOT] = row.cannot_because
    return typed


def write_section(case: Case, section: str, values: dict[str, str], *, by: Any) -> None:
    """Keep what was typed in a section. The caller holds the case and has asked what may be written."""
    if section == PATIENT:
        identity.save_patient(case, values, by=by)
    else:
        _write_answers(case, section, values, by=by)
    section_saved(case, section, values, by=by)


def _write_answers(case: Case, section: str, values: dict[str, str], *, by: Any) -> None:
    rows = {row.key: row for row in db.session.scalars(select(Answer).where(Answer.case_id == case.id))}
    here = [question for question in fields_of(case, section) if any(name in values for name in reading.names_of(question))]
    said_before = rows["urgent"].text if "urgent" in rows else ""
    for question in here:
        row = rows.get(question.key)
        if row is None:
            row = Answer(case_id=case.id, section=section, key=question.key)
            db.session.add(row)
        write_answer(row, question, values, by=by)
    db.session.flush()
    answered = sum(bool(reading.words_of(question, values)) for question in here)
    audit.record(case.stream, "save_section", by=by.actor, section=section, answered=answered)
    _show_in_lists(case)
    if answers_of(case).get("urgent", "") != said_before:
        _take_urgency(case)
    if policy.READS & values.keys():
        policy.policy_for(case)


def _take_urgency(case: Case) -> None:
    """The answer says whether the request is urgent; once it has been received the office may have marked it otherwise,
    and only a new answer changes that."""
    case.urgent = answers_of(case).get("urgent") == "yes"
    if case.received_at is not None:
        deadlines.urgency_changed(case)


def answers_changed(case: Case) -> None:
    """What follows from the answers, found anew: what lists show, and which policy they meet."""
    _take_urgency(case)
    _show_in_lists(case)
    policy.policy_for(case)


def write_answer(row: Answer, question: Question, values: Mapping[str, str], *, by: Any) -> None:
    """Put what was said under one question into its row. An answer wins over the words that there is none."""
    none_given = reading.says_it_has_none(question, values) and not values.get(question.key)
    row.text = reading.words_of(question, values) if none_given else values.get(question.key, "")
    row.unknown = bool(none_given and values.get(question.key + reading.UNKNOWN))
    row.cannot_because = values.get(question.key + reading.CANNOT, "") if none_given else ""
    row.at, row.by_id = clock.now(), by.id


def _show_in_lists(case: Case) -> None:
    """Copy to the case what lists and rules read, so that they read one row."""
    answers = answers_of(case)
    case.treatment = reading.one_line(answers.get("treatment", ""))
    case.condition = reading.one_line(answers.get("condition", ""))
    case.specialty = reading.one_line(answers.get("specialty", ""))
    case.needed_by_on = identity.read_day(answers.get("needed_by", "")) if answers.get("urgent") == "yes" else None
    asked = next((q for q in case.questions.all() if q.key == "basis"), None)
    basis = answers.get("basis")
    case.basis = basis if asked and basis in asked.options else None
    db.session.flush()


# --- what is missing --------------------------------------------------------------------------------------------------


def missing_to_submit(case: Case) -> list[Reason]:
    """What the request lacks before it can be sent, the declaration apart, each with the place where it is put right."""
    return [*missing_of_patient(case), *missing_answers(case), *missing_basis(case)]


def missing_answers(case: Case) -> list[Reason]:
    values, versions, missing = typed_in(case), versions_of(case), []
    for section in case.questions.sections:
        if section.key in versions and versions[section.key].taken_from:
            said = f"Read “{section.title}” and save it: its answers come from {versions[section.key].taken_from}."
            missing.append(Reason(said, to="drafts.section", section=section.key))
        for question in asked_in(case, section.key) if section.key != PATIENT else []:
            if question.key == "basis":
                continue
            if said_of_it := _missing(case, question, values):
                missing.append(Reason(said_of_it, to="drafts.section", anchor=question.key, section=section.key))
    return missing


def _missing(case: Case, question: Question, values: Mapping[str, str]) -> str | None:
    needed = reading.required(case, question)
    if not reading.words_of(question, values).strip():
        return f"Answer “{question.label}”." if needed else None
    # Somebody in haste is not held up by a slip in an answer that an urgent request does not need.
    return reading.fault_in(question, values) if needed or not case.urgent else None


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
    for model in (Answer, Factor, EarlierTreatment, SectionVersion, ProviderApproval):
        db.session.execute(delete(model).where(model.case_id == case.id))
    db.session.execute(delete(documents.Document).where(documents.Document.stream == case.stream))
    case.treatment = case.condition = case.specialty = ""
    case.urgent, case.needed_by_on, case.basis, case.route, case.resolution = False, None, None, None, None
    db.session.flush()
