"""What the clinician's pages show: forms with their choices, sections with what was typed and what is wrong with it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, url_for
from flask_wtf import FlaskForm

from ifr import clock
from ifr.access import Role
from ifr.cases import identity
from ifr.cases.beside import Note, section_notes, section_rows
from ifr.cases.distinct.group import COMPARATOR, Group, group_of
from ifr.cases.distinct.remarks import Remark, remarks_of, remarks_on
from ifr.cases.drafts import afterwards, approval, colleagues, forms, points, policy, reading, services, standing, takeover
from ifr.cases.evidence import files as evidence
from ifr.cases.evidence import links
from ifr.cases.models import Case, SectionVersion
from ifr.cases.services import PROVIDER_SIDE
from ifr.documents import NotAcceptedError
from ifr.pages import Problem, day, moment, nhs_number, with_faults
from ifr.people.models import PROVIDER, User
from ifr.people.services import people_named
from ifr.profiles import ExceptionalityTest, Question, Section
from ifr.workflow import Invalid, Reason, Stale

# Which rows stand on which pages: the kind of question, the part of the address.
ROW_KINDS = {"factors": "points", "treatments": "treatments", "files": "evidence"}
_THEN = re.compile(r"(points|treatments|evidence)(?:-(\d+))?")

DECLARATION = (
    "I am the clinician who asks for this treatment. As far as I know, what this request says is complete and correct. "
    "I will tell the funding office if the patient’s circumstances change."
)


def put_on(form: FlaskForm, fault: Invalid | NotAcceptedError) -> None:
    """Show beside its field what only the service could see."""
    with_faults(form, fault.faults if isinstance(fault, Invalid) else {"file": str(fault)})


def home_of(case: Case, user: User) -> str:
    """Where somebody goes back to from a page of a request."""
    provider_side = case.capacities(user) & PROVIDER_SIDE
    return url_for("drafts.page" if provider_side else "drafts.sections", key=case.key)


def home_of_approval(case: Case, user: User) -> str:
    """The same for the page of the provider's approval, which whoever sees the request may read."""
    if not services.on_provider_side(case, user):
        return url_for("cases.page" if case.received_at else "drafts.sections", key=case.key)
    writes = services.may_type(case, user) or case.received_at is not None
    return url_for("drafts.page", key=case.key) if writes else url_for("drafts.mine")


# --- beginning --------------------------------------------------------------------------------------------------------


def offer_beginning(form: forms.StartForm, user: User) -> None:
    """Put into the form what this person may choose from; what leaves no choice is not asked."""
    form.commissioner_id.choices = [(one.id, one.name) for one in services.commissioners()]
    mine = [
        one for one in user.organisations(PROVIDER)
        if user.roles_in(one.id) & {Role.CLINICIAN, Role.PROVIDER_DELEGATE}
    ]
    form.provider_id.choices = [(one.id, one.name) for one in mine]
    for_others = [one for one in mine if Role.CLINICIAN not in user.roles_in(one.id)]
    if for_others:
        form.clinician_id.choices = [("", "Choose one"), *services.clinicians_of(for_others)]
    else:
        del form.clinician_id


# --- sections -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """One question as a page shows it: what is typed there, what is wrong with it, what a colleague saved meanwhile."""

    question: Question
    value: str = ""
    error: str | None = None
    now: str | None = None
    unknown: bool = False
    cannot: str = ""
    offered: bool = False
    needed: bool = False

    @property
    def hint(self) -> str:
        """What helps to answer, after the word for whoever has ten minutes."""
        return " ".join(part for part in ("Needed to send." if self.needed else "", self.question.hint) if part)

    @property
    def boxes(self) -> dict[str, str]:
        return forms.boxes(self.value)

    @property
    def is_day(self) -> bool:
        return forms.is_day(self.question)


def _links(faults: Mapping[str, str]) -> list[Problem]:
    return [{"text": said, "href": f"#{key}"} for key, said in faults.items()]


@dataclass(frozen=True)
class SectionPage:
    """Everything that the page of a section shows."""

    case: Case
    section: Section
    fields: list[Shown]
    home: str
    lists: dict[str, Any]
    seen: int
    test: ExceptionalityTest | None = None
    found: policy.Found | None = None
    errors: list[Problem] = field(default_factory=list)
    can_keep: bool = False
    changes: list[dict[str, Any]] = field(default_factory=list)
    # Earlier requests whose answers can be taken over, the one that they were taken from, and when it was last saved.
    earlier: list[takeover.Earlier] = field(default_factory=list)
    taken_from: str | None = None
    saved: str = ""
    notes: list[Note] = field(default_factory=list)
    keeps_details: bool = False
    # The comparison group, where it is asked for here, and the remarks on what this section says.
    group: Group | None = None
    remarks: list[Remark] = field(default_factory=list)

    @property
    def details_offered(self) -> bool:
        return any(shown.offered for shown in self.fields)


def section_page(
    case: Case,
    key: str,
    *,
    by: User,
    typed: dict[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    seen: int | None = None,
    stale: bool = False,
) -> SectionPage:
    """A section with what is kept, or with what was just typed and could not be kept."""
    fields = services.shown_in(case, key)
    section = case.questions.section(key)
    assert section is not None, "shown_in has found it"
    kept, faults = kept_in(case, key, by=by), faults or {}
    values = kept if typed is None else typed
    version = services.section_version(case, key)
    kinds = {q.kind for q in section.questions}
    offered = takeover.details_for(case, section) if typed is None and version is None else {}
    return SectionPage(
        case=case,
        section=section,
        fields=[
            shown_as(
                q, {**offered, **values}, faults, kept if stale else None, offered=q.key in offered,
                needed=reading.required(case, q),
            )
            for q in fields
        ],
        earlier=takeover.earlier_with(case, section, by=by) if typed is None and version is None else [],
        taken_from=version.taken_from if version else None,
        keeps_details=takeover.keeps_details(case, section, by=by),
        home=home_of(case, by),
        lists={ROW_KINDS[kind]: standing.rows_of(case, kind) for kind in ROW_KINDS if kind in kinds},
        seen=seen if seen is not None and not stale else version.version if version else 0,
        test=policy.test_for(case) if "test" in kinds else None,
        found=policy.in_words(case.resolution) if "policy" in kinds else None,
        errors=_links(faults),
        can_keep=bool(faults) and not services.too_long_in(case, key, values),
        changes=_who_saved(version) if stale else [],
        saved=_last_saved(version),
        notes=section_notes(case, key, by),
        group=group_of(case) if COMPARATOR in kinds else None,
        remarks=_remarks(case, key, with_group=COMPARATOR in kinds),
    )


def _remarks(case: Case, section: str, *, with_group: bool) -> list[Remark]:
    found = remarks_of(case)
    return [*(remarks_on(found, "group") if with_group else []), *remarks_on(found, section)]


def shown_as(
    q: Question, values: Mapping[str, str], faults: Mapping[str, str], kept: Mapping[str, str] | None, *,
    offered: bool = False, needed: bool = False,
) -> Shown:
    now = None
    if kept is not None and any(kept.get(name, "") != values.get(name, "") for name in reading.names_of(q)):
        now = in_words(q, reading.words_of(q, kept)) or "Nothing"
    unknown, cannot = bool(values.get(q.key + reading.UNKNOWN)), values.get(q.key + reading.CANNOT, "")
    return Shown(q, values.get(q.key, ""), faults.get(q.key), now, unknown, cannot, offered, needed)


def _last_saved(version: SectionVersion | None) -> str:
    if version is None or version.saved_at is None:
        return ""
    by = people_named([version.saved_by_id]).get(version.saved_by_id or 0, "the service")
    return f"Saved by {by}, {moment(version.saved_at)}"


def kept_in(case: Case, section: str, *, by: User) -> dict[str, str]:
    """What is on record in a section. Reading the patient's goes on record."""
    if section != services.PATIENT:
        return services.typed_in(case)
    patient = identity.patient_of(case, by=by, why="write_request")
    return {name: getattr(patient, name) or "" for name in identity.FIELDS}


def _who_saved(version: SectionVersion | None) -> list[dict[str, Any]]:
    if version is None:
        return []
    names = people_named([version.saved_by_id])
    by = names.get(version.saved_by_id or 0, "The service")
    return [{"at": version.saved_at, "by": by, "text": "This section was saved"}]


def said_of(case: Case, section: str) -> str:
    """Who saved a section last and when, for a page that saves itself."""
    return _last_saved(services.section_version(case, section))


def seen_of(case: Case, section: str) -> int:
    version = services.section_version(case, section)
    return version.version if version else 0


def keep_details(case: Case, section: str, wanted: bool, *, by: User) -> None:
    if wanted:
        takeover.keep_details(case, services.section_of(case, section), by=by)


def colleague_form(case: Case) -> forms.ColleagueForm:
    form = forms.ColleagueForm()
    found = colleagues.who_can_join(case)
    form.user_id.choices = [("", "Choose one"), *((one.id, f"{one.name}, {one.job_title}") for one in found)]
    return form


def approval_form(case: Case, user: User) -> forms.ApprovalForm:
    """With what is on record; for an approver with his or her own name."""
    row = approval.approval_of(case)
    if row is None and Role.PROVIDER_APPROVER in case.capacities(user):
        return forms.ApprovalForm(data={"name": user.name, "title": user.job_title, "given_on": clock.today()})
    return forms.ApprovalForm(obj=row)


def approver_named(case: Case) -> str:
    return policy.profile_for(case).provider_approval.from_whom


def after_section(case: Case, section: str, then: str, *, by: User) -> str:
    """Where to go when a section is saved: to a row of it, back to the list, or on to the next section."""
    if wanted := _THEN.fullmatch(then):
        kind, row = wanted.groups()
        if row:
            return url_for("drafts.row", key=case.key, kind=kind, row_id=int(row))
        return url_for("drafts.new_row", key=case.key, kind=kind)
    if then in ("group", "remarks"):
        return url_for("distinct.page" if then == "group" else "distinct.remarks", key=case.key)
    keys = [one.key for one in case.questions.sections]
    following = keys[keys.index(section) + 1 :]
    if then == "list" or not following:
        return home_of(case, by)
    return url_for("drafts.section", key=case.key, section=following[0])


# --- rows ---------------------------------------------------------------------------------------------------------------


def row_form(case: Case, kind: str, row: Any = None) -> FlaskForm:
    if kind == "treatments":
        return forms.TreatmentForm(obj=row)
    if kind == "evidence":
        files = forms.EvidenceForm(obj=row)
        files.offer(links.choices(case), evidence.limits_of(case).words)
        return files
    form = forms.PointForm(obj=row, data={"common_share": forms.share_typed(row.common_from, row.common_to)} if row else None)
    test = policy.test_for(case)
    form.offer(
        [(q.key, f"Question {at}: {q.text}") for at, q in enumerate(test.questions, start=1)],
        [(one.id, one.title) for one in points.evidence_of(case)],
    )
    return form


def test_above(case: Case, kind: str) -> ExceptionalityTest | None:
    """The test whose questions a point serves, to be read above it."""
    return policy.test_for(case) if kind == "points" else None


def row_of(case: Case, kind: str, row_id: int) -> Any:
    find = {"points": points.factor, "treatments": points.earlier_treatment, "evidence": points.evidence}
    return find[kind](case, row_id)


def add_row(case: Case, kind: str, form: Any, *, by: User) -> None:
    if kind == "points":
        points.add_factor(case, once=form.once.data, by=by, **form.values)
    elif kind == "treatments":
        points.add_earlier_treatment(case, once=form.once.data, by=by, **form.values)
    else:
        _add_file(case, form, by=by)


def _add_file(case: Case, form: forms.EvidenceForm, *, by: User) -> None:
    file = form.file.data
    added = evidence.add_file(
        case, file.read(), file.filename or "", form.title.data, serves=form.serves.data or (), by=by
    )
    if added.was_there:
        flash(f"This very file is on the request already, as “{added.document.title}”. It was not added again.")


def change_row(case: Case, kind: str, row_id: int, form: Any, *, by: User) -> None:
    if kind == "points":
        points.change_factor(case, row_id, by=by, **form.values)
    else:
        points.change_earlier_treatment(case, row_id, by=by, **form.values)


def list_of(case: Case, kind: str) -> str:
    """The section on which rows of this kind stand."""
    section = next(s.key for s in case.questions.sections for q in s.questions if ROW_KINDS.get(q.kind) == kind)
    return url_for("drafts.section", key=case.key, section=section, _anchor=kind)


# --- reading it all before it is sent -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Review:
    """The whole request as it would be sent, or was."""

    case: Case
    sections: list[tuple[Section, list[dict[str, Any]]]]
    is_draft: bool
    is_open: bool
    may_declare: bool
    declaration: str
    home: str
    test: ExceptionalityTest
    group: Group | None
    missing: list[Reason]
    declared: bool = False
    errors: list[Problem] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    approval: str = ""
    may_type: bool = False
    later: int = 0


def review_of(
    case: Case,
    *,
    by: User,
    reasons: Iterable[Reason] | None = None,
    stale: Stale | None = None,
    declared: bool = False,
    undeclared: bool = False,
) -> Review:
    is_open, is_draft = services.is_being_written(case), case.received_at is None
    tick: Problem = {"text": "Tick the declaration if you can make it.", "href": "#declaration"}
    return Review(
        case=case,
        sections=[
            (one, _rows(case, one, is_open, by=by))
            for one in case.questions.sections
            if one.key != services.PATIENT or identity.may_know(case, by)
        ],
        approval=approval.in_words(case),
        may_type=is_open and bool(case.capacities(by) & {Role.CLINICIAN, Role.PROVIDER_DELEGATE, Role.COORDINATOR}),
        is_draft=is_draft,
        is_open=is_open,
        may_declare=Role.CLINICIAN in case.capacities(by),
        declaration=DECLARATION,
        home=home_of(case, by),
        test=policy.test_for(case),
        group=group_of(case),
        later=len(afterwards.left_open(case)) if is_draft else 0,
        missing=list(reasons) if reasons is not None else _missing(case) if is_draft else [],
        declared=declared,
        errors=[tick] if undeclared else [],
        changes=_who_wrote(case) if stale else [],
    )


def _missing(case: Case) -> list[Reason]:
    return [*services.missing_to_submit(case), *approval.missing_before_sending(case)]


def _who_wrote(case: Case) -> list[dict[str, Any]]:
    """The sections that were saved last; a page that is out of date shows them all anew."""
    latest = [one for s in case.questions.sections if (one := services.section_version(case, s.key)) and one.saved_at]
    names = people_named([one.saved_by_id for one in latest])
    titles = {s.key: s.title for s in case.questions.sections}
    newest_first = sorted(latest, key=lambda one: (one.saved_at is not None, one.saved_at), reverse=True)
    return [
        {"at": one.saved_at, "by": names.get(one.saved_by_id or 0), "text": f"“{titles[one.section]}” was saved"}
        for one in newest_first[:3]
    ]


def _rows(case: Case, section: Section, is_open: bool, *, by: User) -> list[dict[str, Any]]:
    """What a section says, to be read before it is vouched for. What nobody has answered yet, and need not, is one row."""
    kept, left = kept_in(case, section.key, by=by), []

    def link(anchor: str | None) -> str | None:
        return url_for("drafts.section", key=case.key, section=section.key, _anchor=anchor) if is_open else None

    rows = []
    for q in services.asked_in(case, section.key):
        said = in_words(q, reading.words_of(q, kept))
        if said or reading.required(case, q):
            rows.append({"key": q.label, "value": said, "href": link(q.key), "free": True})
        else:
            left.append(q.label)
    for question in section.questions:
        if question.kind in ROW_KINDS:
            there = [_row_in_words(question.kind, one) for one in standing.rows_of(case, question.kind)]
            href = link(ROW_KINDS[question.kind])
            rows.append({"key": question.label, "value": "\n\n".join(there), "href": href, "free": True})
    rows += [{"key": said, "value": words, "href": None, "free": True} for said, words in section_rows(case, section.key)]
    if left:
        rows.append({"key": "Not answered", "value": "\n".join(left), "href": link(None), "free": True})
    return rows


def _row_in_words(kind: str, row: Any) -> str:
    if kind == "factors":
        parts = [f"{row.number}. {row.what}", points.FACTOR_KINDS.get(row.kind, ""), row.common_in_words, row.why_benefit]
    elif kind == "treatments":
        parts = [row.what, row.dates, row.response, row.stopped_because]
    else:
        parts = [row.title]
    return "\n".join(part for part in parts if part)


def in_words(question: Question, typed: str) -> str:
    """An answer as people read it."""
    if question.kind == "yes_no":
        return reading.YES_NO.get(typed, typed)
    if question.kind == "choice":
        return question.options.get(typed, typed)
    if forms.is_day(question):
        return day(identity.read_day(typed)) or typed.replace("/", " ")
    if question.kind == "money" and reading.amount_in(typed) is not None:
        return f"£{reading.amount_in(typed):,}"
    return nhs_number(typed) if question.key == "nhs_number" else typed


def send_or_declare(case: Case, *, by: User, seen: int | None) -> None:
    """The button beneath the declaration: it sends a draft, and vouches for what the office logged."""
    if case.received_at is None:
        services.send(case, declared=True, by=by, seen=-1 if seen is None else seen)
    else:
        services.declare(case, by=by, seen=seen)
    flash(f"The request is with the funding office, under the reference {case.reference}.")
