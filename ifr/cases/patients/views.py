"""The pages around the patient: for the clinician's side and the office, never for those who decide."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.models import Case
from ifr.cases.patients import services
from ifr.cases.patients.forms import (
    BasisForm,
    ByHandForm,
    ChoosePracticeForm,
    ConsentForm,
    ContactForm,
    DisputeForm,
    EarlierRequestForm,
    EndPartyForm,
    MeanwhileForm,
    PartyForm,
    SettleForm,
    UseForm,
)
from ifr.pages import plain_text, with_faults
from ifr.workflow import Invalid

blueprint = Blueprint("patients", __name__)


def _page(template: str, case: Case, status: int = 200, **more: Any) -> ResponseReturnValue:
    return render_template(f"cases/patients/{template}.html", case=case, **more), status


def _saved(endpoint: str, case: Case, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(endpoint, key=case.key))


@blueprint.get("/cases/<key>/patient")
@needs(Permission.IDENTITY_READ)
def page(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    return _page("page", case, page=services.patient_page(case, current_user))


# --- practice and responsible body ------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/patient/practice")
@needs(Permission.IDENTITY_READ)
def practice(key: str) -> ResponseReturnValue:
    return _practice_page(services.case_of_patient(key, current_user))


def _practice_page(case: Case, status: int = 200, form: ChoosePracticeForm | None = None) -> ResponseReturnValue:
    typed = plain_text(request.args.get("q", ""))[:200]
    form = form or ChoosePracticeForm(formdata=None, seen=case.version)
    return _page("practice", case, status, page=services.practice_page(case, typed, current_user), form=form)


@blueprint.post("/cases/<key>/patient/practice")
@needs(Permission.IDENTITY_READ)
def choose_practice(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    form = ChoosePracticeForm()
    try:
        found = services.choose_practice(case, plain_text(form.code.data or ""), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _practice_page(case, 422, with_faults(form, fault.faults))
    return _saved("patients.practice", case, found.words)


@blueprint.post("/cases/<key>/patient/practice/address")
@needs(Permission.CASE_DRAFT)
def address_to_body(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    body = services.address_to_body(case, seen=ChoosePracticeForm().seen.data, by=current_user)
    return _saved("patients.practice", case, f"The request is addressed to {body.name} now.")


@blueprint.get("/cases/<key>/responsibility")
@needs(Permission.CASE_READ)
def responsibility(key: str) -> ResponseReturnValue:
    return _responsibility_page(services.case_beside(key, current_user))


def _responsibility_page(case: Case, status: int = 200, **typed: Any) -> ResponseReturnValue:
    page = services.responsibility_page(case, current_user)
    forms = {
        "dispute": DisputeForm(formdata=None, seen=case.version),
        "meanwhile": MeanwhileForm(formdata=None, obj=page.open, seen=case.version),
        "settle": SettleForm(formdata=None, seen=case.version),
        **typed,
    }
    return _page("responsibility", case, status, page=page, forms=forms)


@blueprint.post("/cases/<key>/responsibility/dispute")
@needs(Permission.CASE_READ)
def dispute(key: str) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    form = DisputeForm()
    if not form.validate_on_submit():
        return _responsibility_page(case, 422, dispute=form)
    try:
        services.dispute(
            case, body=form.body.data, because=form.because.data, once=form.once.data, by=current_user
        )
    except Invalid as fault:
        return _responsibility_page(case, 422, dispute=with_faults(form, fault.faults))
    return _saved("patients.responsibility", case, "The dispute is on record. The office is told on the request's page.")


@blueprint.post("/cases/<key>/responsibility/meanwhile")
@needs(Permission.CASE_CHECK)
def meanwhile(key: str) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    form = MeanwhileForm()
    if not form.validate_on_submit():
        return _responsibility_page(case, 422, meanwhile=form)
    try:
        services.answer_meanwhile(case, form.said(), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _responsibility_page(case, 422, meanwhile=with_faults(form, fault.faults))
    return _saved("patients.responsibility", case, "Who pays meanwhile is on record.")


@blueprint.post("/cases/<key>/responsibility/settlement")
@needs(Permission.CASE_CHECK)
def settle(key: str) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    form = SettleForm()
    if not form.validate_on_submit():
        return _responsibility_page(case, 422, settle=form)
    try:
        services.settle(
            case, settled=form.settled.data, body=form.settled_body.data or "", ground=form.settled_ground.data,
            because=form.settled_because.data, seen=form.seen.data, by=current_user,
        )  # fmt: skip
    except Invalid as fault:
        return _responsibility_page(case, 422, settle=with_faults(form, fault.faults))
    return _saved("patients.responsibility", case, "The dispute is settled.")


# --- basis and consents -----------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/patient/basis")
@needs(Permission.IDENTITY_READ)
def basis(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    page = services.basis_page(case, current_user)
    return _page("basis", case, page=page, form=BasisForm.of(case, page.details))


@blueprint.post("/cases/<key>/patient/basis")
@needs(Permission.IDENTITY_READ)
def save_basis(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    page = services.basis_page(case, current_user)
    form = BasisForm.of(case, page.details)
    if form.validate_on_submit():
        try:
            services.save_details(case, form.said(), seen=form.seen.data, by=current_user)
            return _saved("patients.basis", case, "What the basis asks further is saved.")
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _page("basis", case, 422, page=page, form=form)


@blueprint.get("/cases/<key>/patient/consents")
@needs(Permission.IDENTITY_READ)
def consents(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    return _consents_page(case, ConsentForm(formdata=None, seen=case.version))


def _consents_page(case: Case, form: ConsentForm, status: int = 200) -> ResponseReturnValue:
    return _page("consents", case, status, page=services.patient_page(case, current_user), form=form)


@blueprint.post("/cases/<key>/patient/consents")
@needs(Permission.IDENTITY_READ)
def record_consent(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    form = ConsentForm()
    if form.validate_on_submit():
        try:
            services.record_consent(
                case, form.kind.data, form.answer.data, asked_on=form.asked_on.data, asked_by=form.asked_by.data or "",
                seen=form.seen.data, by=current_user,
            )  # fmt: skip
            return _saved("patients.consents", case, "The answer is on record.")
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _consents_page(case, form, 422)


# --- contact and parties ----------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/patient/contact")
@needs(Permission.IDENTITY_READ)
def contact(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    kept = services.patient_page(case, current_user).contact
    codes = [code for code in (kept.do_not_copy or "").split(",") if code]
    form = ContactForm(obj=kept, seen=case.version, not_to=codes, no_message=bool(kept.no_message))
    form.letter_format.data = kept.letter_format or ""
    return _page("contact", case, form=form)


@blueprint.post("/cases/<key>/patient/contact")
@needs(Permission.IDENTITY_READ)
def save_contact(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    form = ContactForm()
    if form.validate_on_submit():
        try:
            services.save_contact(case, form.values, seen=form.seen.data, by=current_user)
            return _saved("patients.page", case, "How the patient may be reached is saved.")
        except Invalid as fault:
            with_faults(form, {("not_to" if name == "do_not_copy" else name): said for name, said in fault.faults.items()})
    return _page("contact", case, 422, form=form)


@blueprint.get("/cases/<key>/patient/parties/new")
@needs(Permission.IDENTITY_READ)
def new_party(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    return _page("party", case, form=PartyForm(formdata=None, seen=case.version))


@blueprint.post("/cases/<key>/patient/parties/new")
@needs(Permission.IDENTITY_READ)
def add_party(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    form = PartyForm()
    if form.validate_on_submit():
        try:
            services.add_party(case, form.said(), once=form.once.data, by=current_user)
            return _saved("patients.page", case, "The person is on record.")
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _page("party", case, 422, form=form)


@blueprint.get("/cases/<key>/patient/parties/<int:party_id>")
@needs(Permission.IDENTITY_READ)
def party(key: str, party_id: int) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    row = services.party(case, party_id, by=current_user)
    return _page("party", case, row=row, form=PartyForm(formdata=None, obj=row, seen=case.version))


@blueprint.post("/cases/<key>/patient/parties/<int:party_id>")
@needs(Permission.IDENTITY_READ)
def change_party(key: str, party_id: int) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    row = services.party(case, party_id, by=current_user)
    form = PartyForm()
    if form.validate_on_submit():
        try:
            services.change_party(case, party_id, form.said(), seen=form.seen.data, by=current_user)
            return _saved("patients.page", case, "The entry is saved.")
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _page("party", case, 422, row=row, form=form)


@blueprint.post("/cases/<key>/patient/parties/<int:party_id>/end")
@needs(Permission.IDENTITY_READ)
def end_party(key: str, party_id: int) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    row = services.party(case, party_id, by=current_user)
    form = EndPartyForm()
    if not form.validate_on_submit():
        shown = PartyForm(formdata=None, obj=row, seen=case.version)
        return _page("party", case, 422, row=row, form=shown, ending=form)
    services.end_party(case, party_id, because=form.because.data, seen=form.seen.data, by=current_user)
    return _saved("patients.page", case, "The person has no part any more. The entry stays on record.")


# --- earlier use ------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/earlier-use")
@needs(Permission.CASE_READ)
def uses(key: str) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    return _page("uses", case, page=services.uses_page(case, current_user))


@blueprint.get("/cases/<key>/earlier-use/new")
@needs(Permission.CASE_READ)
def new_use(key: str) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    return _page("use", case, form=_use_form(case, formdata=None, seen=case.version))


def _use_form(case: Case, **given: Any) -> UseForm:
    form = UseForm(**given)
    form.offer(services.files(case))
    return form


@blueprint.post("/cases/<key>/earlier-use/new")
@needs(Permission.CASE_READ)
def add_use(key: str) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    form = _use_form(case)
    if form.validate_on_submit():
        try:
            services.add_use(case, form.said(), once=form.once.data, by=current_user)
            return _saved("patients.uses", case, "The earlier use is on record.")
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _page("use", case, 422, form=form)


@blueprint.get("/cases/<key>/earlier-use/<int:use_id>")
@needs(Permission.CASE_READ)
def use(key: str, use_id: int) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    row = services.row_of(case, use_id)
    return _page("use", case, row=row, form=_use_form(case, formdata=None, obj=row, seen=case.version))


@blueprint.post("/cases/<key>/earlier-use/<int:use_id>")
@needs(Permission.CASE_READ)
def change_use(key: str, use_id: int) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    row = services.row_of(case, use_id)
    form = _use_form(case)
    if form.validate_on_submit():
        try:
            services.change_use(case, use_id, form.said(), seen=form.seen.data, by=current_user)
            return _saved("patients.uses", case, "The entry is saved.")
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _page("use", case, 422, row=row, form=form)


@blueprint.post("/cases/<key>/earlier-use/<int:use_id>/remove")
@needs(Permission.CASE_READ)
def remove_use(key: str, use_id: int) -> ResponseReturnValue:
    case = services.case_beside(key, current_user)
    services.remove_use(case, use_id, by=current_user)
    return _saved("patients.uses", case, "The entry was taken out of the request.")


# --- earlier requests -------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/earlier-requests")
@needs(Permission.IDENTITY_READ)
def earlier_requests(key: str) -> ResponseReturnValue:
    return _earlier_page(services.case_of_patient(key, current_user))


def _earlier_page(case: Case, status: int = 200, other: str = "", form: Any = None) -> ResponseReturnValue:
    page = services.earlier_page(case, current_user)
    forms = {
        one.case.key: EarlierRequestForm(formdata=None, prefix=f"r{one.case.id}", obj=one.answer, seen=case.version)
        for one in page.others
    }
    if form is not None:
        forms[other] = form
    return _page("earlier_requests", case, status, page=page, forms=forms, faulty=form)


@blueprint.post("/cases/<key>/earlier-requests/<other>")
@needs(Permission.CASE_CHECK)
def answer_earlier(key: str, other: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    found = {one.case.key: one.case.id for one in services.others(case, current_user)}
    form = EarlierRequestForm(prefix=f"r{found.get(other, 0)}")
    if not form.validate_on_submit():
        return _earlier_page(case, 422, other, form)
    try:
        services.answer(
            case, other, said=form.answer.data, what_is_new=form.what_is_new.data or "", because=form.because.data or "",
            seen=form.seen.data, by=current_user,
        )  # fmt: skip
    except Invalid as fault:
        return _earlier_page(case, 422, other, with_faults(form, fault.faults))
    return _saved("patients.earlier_requests", case, "Your answer is on record.")


# --- letters that are made by hand ------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/letters-by-hand")
@needs(Permission.LETTER_RELEASE)
def letters_by_hand(key: str) -> ResponseReturnValue:
    return _by_hand_page(services.case_of_patient(key, current_user))


def _by_hand_page(case: Case, status: int = 200, letter_id: int | None = None, form: Any = None) -> ResponseReturnValue:
    rows = services.to_make(case)
    forms = {one.letter.id: ByHandForm(formdata=None, prefix=f"l{one.letter.id}", seen=case.version) for one in rows}
    if letter_id is not None and form is not None:
        forms[letter_id] = form
    return _page("by_hand", case, status, rows=rows, forms=forms, faulty=form)


@blueprint.post("/cases/<key>/letters-by-hand/<int:letter_id>")
@needs(Permission.LETTER_RELEASE)
def confirm_by_hand(key: str, letter_id: int) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    form = ByHandForm(prefix=f"l{letter_id}")
    if not form.validate_on_submit():
        return _by_hand_page(case, 422, letter_id, form)
    services.confirm(case, letter_id, how=form.how.data, by=current_user)
    return _saved("patients.letters_by_hand", case, "It is on record that the letter was made. It can be released now.")


# --- equality monitoring ----------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/monitoring")
@needs(Permission.IDENTITY_READ)
def monitoring(key: str) -> ResponseReturnValue:
    return _monitoring_page(services.case_of_patient(key, current_user))


def _monitoring_page(case: Case, status: int = 200, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    typed = request.form if status != 200 else {}
    return _page(
        "monitoring", case, status, questions=services.QUESTIONS, answered=services.is_answered(case), typed=typed,
        faults=faults or {}, errors=[{"text": said, "href": f"#{name}"} for name, said in (faults or {}).items()],
        may_write=services.may_write(case, current_user),
    )  # fmt: skip


@blueprint.post("/cases/<key>/monitoring")
@needs(Permission.IDENTITY_READ)
def save_monitoring(key: str) -> ResponseReturnValue:
    case = services.case_of_patient(key, current_user)
    try:
        services.save(case, request.form, by=current_user)
    except Invalid as fault:
        return _monitoring_page(case, 422, fault.faults)
    return _saved("patients.page", case, "Thank you. The answers are kept apart from the request, and nobody can read them.")


@blueprint.get("/monitoring")
@needs(Permission.MONITORING_COUNT)
def monitoring_counts() -> ResponseReturnValue:
    return render_template("cases/patients/counts.html", counts=services.counts_page(current_user))
