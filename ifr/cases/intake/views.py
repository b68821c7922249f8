"""The office's pages for what comes by other ways than the form: logging, the contact log, enquiries."""

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.drafts.pages import put_on
from ifr.cases.intake import contacts, enquiries, forms, pages, services
from ifr.cases.models import Case
from ifr.cases.services import in_office, strip, visible_case
from ifr.documents import UNSHOWN, NotAcceptedError
from ifr.pages import plain_text, whole_number
from ifr.workflow import Invalid, NotVisible

blueprint = Blueprint("intake", __name__)


# --- logging a request ------------------------------------------------------------------------------------------------


@blueprint.get("/requests/log")
@needs(Permission.CASE_LOG)
def log() -> ResponseReturnValue:
    return _keep_page(pages.keep_form(current_user))


def _keep_page(form: forms.KeepForm) -> str:
    return render_template(
        "cases/intake/keep.html", form=form, accept=forms.ACCEPT, waiting=services.waiting(current_user), ways=services.WAYS
    )


@blueprint.post("/requests/log")
@needs(Permission.CASE_LOG)
def keep() -> ResponseReturnValue:
    form = pages.keep_form(current_user)
    if form.validate_on_submit():
        try:
            row = services.keep(by=current_user, **form.came)
            return redirect(url_for("intake.incoming", number=row.uuid))
        except (Invalid, NotAcceptedError) as fault:
            put_on(form, fault)
    return _keep_page(form), 422


@blueprint.get("/requests/log/<number>")
@needs(Permission.CASE_LOG)
def incoming(number: str) -> ResponseReturnValue:
    row = services.incoming(number, current_user)
    if (case := services.case_of(row)) is not None:
        return redirect(url_for("cases.page", key=case.key))
    opened = services.opened(row, by=current_user)
    return _log_page(pages.log_page(opened, pages.log_form(opened)))


def _log_page(page: pages.LogPage, drop: forms.DropForm | None = None) -> str:
    return render_template("cases/intake/log.html", page=page, drop=drop or forms.DropForm(formdata=None), filed=forms.FILED)


@blueprint.post("/requests/log/<number>")
@needs(Permission.CASE_LOG)
def make_log(number: str) -> ResponseReturnValue:
    opened = services.opened(services.incoming(number, current_user), by=current_user)
    form, typed = pages.log_form(opened), pages.typed_to_log(request.form)
    filed, faults = forms.filed_in(opened, request.form)
    if request.form.get("then") == "copy":
        copied = pages.with_what_was_found(opened, typed)
        return _log_page(pages.log_page(opened, form, copied, filed=filed))
    faults |= services.faults_in_log(typed, as_it_is="as_it_is" in request.form)
    if form.validate_on_submit() and not faults:
        try:
            said = form.logging(typed, pages.of_patient(), filed)
            return _logged(services.log_on_behalf(opened.row, said, by=current_user))
        except (Invalid, NotAcceptedError) as fault:
            put_on(form, fault)
    return _log_page(pages.log_page(opened, form, typed, faults, filed)), 422


def _logged(case: Case) -> ResponseReturnValue:
    flash(f"The request was logged as {case.reference}.")
    return redirect(url_for("cases.page", key=case.key))


@blueprint.get("/requests/log/<number>/files/<int:document_id>")
@needs(Permission.CASE_LOG)
def file(number: str, document_id: int) -> ResponseReturnValue:
    found, content = services.file_of(services.incoming(number, current_user), document_id, by=current_user)
    name = found.uploaded_name or "original"
    return send_file(BytesIO(content), mimetype=UNSHOWN, as_attachment=True, download_name=name)


@blueprint.post("/requests/log/<number>/drop")
@needs(Permission.CASE_LOG)
def drop(number: str) -> ResponseReturnValue:
    row, form = services.incoming(number, current_user), forms.DropForm()
    try:
        if form.validate_on_submit():
            services.drop(row, because=form.because.data or "", by=current_user)
            flash("It was not logged. What came was deleted; the reason is kept.")
            return redirect(url_for("intake.log"))
    except Invalid as fault:
        put_on(form, fault)
    opened = services.opened(row, by=current_user)
    return _log_page(pages.log_page(opened, pages.log_form(opened)), form), 422


# --- the declaration on paper -----------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/declaration")
@needs(Permission.CASE_LOG)
def declaration(key: str) -> ResponseReturnValue:
    case = _of_the_office(key)
    return _declaration_page(case, pages.signed_form(case))


def _declaration_page(case: Case, form: forms.SignedForm) -> str:
    return render_template("cases/intake/declaration.html", case=case, strip=strip(case, current_user), form=form)


@blueprint.post("/cases/<key>/declaration")
@needs(Permission.CASE_LOG)
def attach_signed_form(key: str) -> ResponseReturnValue:
    case = _of_the_office(key)
    form = pages.signed_form(case)
    if form.validate_on_submit():
        try:
            services.attach_signed_form(
                case, document_id=form.document_id.data, file=form.upload, signed_by=form.signed_by.data,
                signed_on=form.day, by=current_user, seen=form.seen.data,
            )  # fmt: skip
            flash("The signed declaration is on record.")
            return redirect(url_for("cases.page", key=case.key))
        except (Invalid, NotAcceptedError) as fault:
            put_on(form, fault)
    return _declaration_page(case, form), 422


def _of_the_office(key: str) -> Case:
    case = visible_case(key, current_user)
    if not in_office(current_user, case):
        raise NotVisible(key)
    return case


# --- contacts ---------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/contacts")
@needs(Permission.CASE_CHECK)
def contact_log(key: str) -> ResponseReturnValue:
    case = _of_the_office(key)
    rows = contacts.log_of(case, by=current_user)
    wanted = whole_number(request.args.get("corrects", ""))
    corrects = next((one.row for one in rows if one.row.id == wanted and not one.corrected), None)
    return _contacts_page(case, rows, pages.contact_form(case, corrects))


def _contacts_page(case: Case, rows: Any, form: forms.ContactForm, faults: dict[str, str] | None = None) -> str:
    return render_template(
        "cases/intake/contacts.html", case=case, strip=strip(case, current_user), rows=rows, form=form, faults=faults or {},
        typed=request.form,
    )


@blueprint.post("/cases/<key>/contacts")
@needs(Permission.CASE_CHECK)
def add_contact(key: str) -> ResponseReturnValue:
    case = _of_the_office(key)
    form = pages.contact_form(case)
    if form.validate_on_submit():
        try:
            contacts.add(case, form.contact, once=form.once.data, corrects_id=form.corrects, by=current_user)
            flash("The contact is on record.")
            return redirect(url_for("intake.contact_log", key=case.key))
        except Invalid as fault:
            put_on(form, fault)
    return _contacts_page(case, contacts.log_of(case, by=current_user), form), 422


@blueprint.post("/cases/<key>/contacts/<int:contact_id>/done")
@needs(Permission.CASE_CHECK)
def finish(key: str, contact_id: int) -> ResponseReturnValue:
    case = _of_the_office(key)
    words = str(plain_text(request.form.get(f"done-{contact_id}", "")))
    try:
        contacts.finish(case, contact_id, words=words, by=current_user)
    except Invalid as fault:
        rows = contacts.log_of(case, by=current_user)
        return _contacts_page(case, rows, pages.contact_form(case), fault.faults), 422
    flash("It is noted as done.")
    return redirect(url_for("intake.contact_log", key=case.key))


# --- enquiries --------------------------------------------------------------------------------------------------------


@blueprint.get("/enquiries")
@needs(Permission.CASE_CHECK)
def enquiry_list() -> ResponseReturnValue:
    words, show = str(plain_text(request.args.get("words", "")))[:100], request.args.get("show", "")
    before = whole_number(request.args["before"]) if request.args.get("before") else None
    return render_template(
        "cases/intake/enquiries.html",
        found=enquiries.found(current_user, words=words, show=show, before=before),
        counts=enquiries.counts(current_user),
        words=words,
        show=show if show in enquiries.SHOWS else "",
        shows=enquiries.SHOWS,
        askers=enquiries.ASKERS,
    )


@blueprint.get("/enquiries/new")
@needs(Permission.CASE_CHECK)
def new_enquiry() -> ResponseReturnValue:
    return render_template("cases/intake/enquiry_new.html", form=pages.enquiry_form(current_user))


@blueprint.post("/enquiries/new")
@needs(Permission.CASE_CHECK)
def add_enquiry() -> ResponseReturnValue:
    form = pages.enquiry_form(current_user)
    if form.validate_on_submit():
        try:
            row = enquiries.add(form.enquiry, once=form.once.data, by=current_user)
            flash("The enquiry is on record.")
            return redirect(url_for("intake.enquiry", enquiry_id=row.id))
        except Invalid as fault:
            put_on(form, fault)
    return render_template("cases/intake/enquiry_new.html", form=form), 422


@blueprint.get("/enquiries/<int:enquiry_id>")
@needs(Permission.CASE_CHECK)
def enquiry(enquiry_id: int) -> ResponseReturnValue:
    return _enquiry_page(enquiry_id, forms.EndForm(formdata=None))


def _enquiry_page(enquiry_id: int, form: forms.EndForm) -> str:
    return render_template("cases/intake/enquiry.html", shown=enquiries.shown(enquiry_id, by=current_user), form=form)


@blueprint.post("/enquiries/<int:enquiry_id>")
@needs(Permission.CASE_CHECK)
def end_enquiry(enquiry_id: int) -> ResponseReturnValue:
    form = forms.EndForm()
    if form.validate_on_submit():
        try:
            row = enquiries.enquiry(enquiry_id, current_user)
            enquiries.end(row, reference=form.reference.data or "", words=form.words.data or "", by=current_user)
            return redirect(url_for("intake.enquiry", enquiry_id=row.id))
        except Invalid as fault:
            put_on(form, fault)
    return _enquiry_page(enquiry_id, form), 422
