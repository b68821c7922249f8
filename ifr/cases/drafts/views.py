"""The clinician's pages of a request, and the page on which the office logs one."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.drafts import forms, pages, points, services, standing
from ifr.cases.models import Case
from ifr.cases.services import letter_title, strip
from ifr.documents import NotAcceptedError
from ifr.pages import seen_version
from ifr.workflow import Invalid, NotYours, Refused, Stale, move

blueprint = Blueprint("drafts", __name__)
BLUEPRINTS = (blueprint,)


# --- the list, and beginning ------------------------------------------------------------------------------------------


@blueprint.get("/requests")
@needs(Permission.CASE_DRAFT)
def mine() -> ResponseReturnValue:
    return render_template("cases/drafts/mine.html", rows=standing.mine(current_user))


@blueprint.get("/requests/new")
@needs(Permission.CASE_DRAFT)
def new() -> ResponseReturnValue:
    return render_template("cases/drafts/new.html", form=pages.start_form(current_user))


@blueprint.post("/requests/new")
@needs(Permission.CASE_DRAFT)
def start() -> ResponseReturnValue:
    form = pages.start_form(current_user)
    if form.validate_on_submit():
        try:
            return _to(services.start_draft(by=current_user, **form.values), "drafts.page")
        except Invalid as fault:
            pages.put_on(form, fault)
    return render_template("cases/drafts/new.html", form=form), 422


@blueprint.get("/requests/<key>")
@needs(Permission.CASE_DRAFT)
def page(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    if case.key != key:
        return _to(case, "drafts.page")
    if case.received_at is None:
        return render_template("cases/drafts/tasks.html", case=case, tasks=standing.tasks(case))
    return render_template(
        "cases/drafts/standing.html",
        case=case,
        strip=strip(case, current_user),
        standing=standing.standing(case, current_user),
        title_of=letter_title,
    )


# --- sections ---------------------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/sections")
@needs(Permission.CASE_READ)
def sections(key: str) -> ResponseReturnValue:
    """The task list of a request that the office logged, for whoever types the rest of it in."""
    case = services.case_to_type(key, current_user)
    return render_template("cases/drafts/tasks.html", case=case, tasks=standing.tasks(case))


@blueprint.get("/requests/<key>/sections/<section>")
@needs(Permission.CASE_READ)
def section(key: str, section: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    return render_template("cases/drafts/section.html", page=pages.section_page(case, section, by=current_user))


@blueprint.post("/requests/<key>/sections/<section>")
@needs(Permission.CASE_READ)
def save_section(key: str, section: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    typed = forms.typed_in(services.fields_of(case, section), request.form)
    seen, as_it_is = seen_version(), "as_it_is" in request.form
    try:
        services.save_section(case, section, typed, by=current_user, seen=seen, as_it_is=as_it_is)
    except Invalid as fault:
        shown = pages.section_page(case, section, by=current_user, typed=typed, faults=fault.faults, seen=seen)
        return render_template("cases/drafts/section.html", page=shown), 422
    except Stale:
        shown = pages.section_page(case, section, by=current_user, typed=typed, stale=True)
        return render_template("cases/drafts/section.html", page=shown), 409
    return redirect(pages.after_section(case, section, request.form.get("then", ""), by=current_user))


# --- rows: points, treatments, evidence -------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/<any(points, treatments, evidence):kind>/new")
@needs(Permission.CASE_READ)
def new_row(key: str, kind: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    return _row_page(case, kind, pages.row_form(case, kind))


@blueprint.post("/requests/<key>/<any(points, treatments, evidence):kind>/new")
@needs(Permission.CASE_READ)
def add_row(key: str, kind: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    form = pages.row_form(case, kind)
    if form.validate_on_submit():
        try:
            pages.add_row(case, kind, form, by=current_user)
            return redirect(pages.list_of(case, kind))
        except (Invalid, NotAcceptedError) as fault:
            pages.put_on(form, fault)
    return _row_page(case, kind, form), 422


def _row_page(case: Case, kind: str, form: Any, row: Any = None) -> str:
    back_to = pages.list_of(case, kind)
    return render_template(f"cases/drafts/{kind}.html", case=case, form=form, row=row, back_to=back_to)


@blueprint.get("/requests/<key>/<any(points, treatments, evidence):kind>/<int:row_id>")
@needs(Permission.CASE_READ)
def row(key: str, kind: str, row_id: int) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    found = pages.row_of(case, kind, row_id)
    return _row_page(case, kind, pages.row_form(case, kind, found), found)


@blueprint.post("/requests/<key>/<any(points, treatments):kind>/<int:row_id>")
@needs(Permission.CASE_READ)
def change_row(key: str, kind: str, row_id: int) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    found = pages.row_of(case, kind, row_id)
    form = pages.row_form(case, kind, found)
    if form.validate_on_submit():
        try:
            pages.change_row(case, kind, row_id, form, by=current_user)
            return redirect(pages.list_of(case, kind))
        except Invalid as fault:
            pages.put_on(form, fault)
    return _row_page(case, kind, form, found), 422


@blueprint.post("/requests/<key>/<any(points, treatments, evidence):kind>/<int:row_id>/remove")
@needs(Permission.CASE_READ)
def remove_row(key: str, kind: str, row_id: int) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    remove = {"points": points.remove_factor, "treatments": points.remove_earlier_treatment}
    remove.get(kind, points.remove_evidence)(case, row_id, by=current_user)
    flash("It was taken out of the request.")
    return redirect(pages.list_of(case, kind))


# --- checking and sending -----------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/review")
@needs(Permission.CASE_DRAFT)
def review(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    return render_template("cases/drafts/review.html", review=pages.review_of(case, by=current_user))


@blueprint.post("/requests/<key>/review")
@needs(Permission.CASE_DRAFT)
def send(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    declared, seen = "declaration" in request.form, seen_version()
    if not declared:
        return _review_again(case, 422, undeclared=True)
    try:
        pages.send_or_declare(case, by=current_user, seen=seen)
    except NotYours:
        raise
    except Refused as refused:
        return _review_again(case, 409, reasons=refused.reasons, declared=declared)
    except Stale as stale:
        return _review_again(case, 409, stale=stale, declared=declared)
    return _to(case, "drafts.page")


def _review_again(case: Case, code: int, **said: Any) -> ResponseReturnValue:
    """The same page with what stands in the way; the tick stays where it was."""
    return render_template("cases/drafts/review.html", review=pages.review_of(case, by=current_user, **said)), code


@blueprint.get("/requests/<key>/discard")
@needs(Permission.CASE_DRAFT)
def discard(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    return render_template("cases/drafts/discard.html", case=case)


@blueprint.post("/requests/<key>/discard")
@needs(Permission.CASE_DRAFT)
def make_discard(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user, also_discarded=True)
    move(case, "discard_draft", by=current_user, seen=seen_version())
    flash("The draft was discarded.")
    return redirect(url_for("drafts.mine"))


# --- logging for a clinician --------------------------------------------------------------------------------------------


@blueprint.get("/requests/log")
@needs(Permission.CASE_LOG)
def log() -> ResponseReturnValue:
    form = pages.log_form(current_user)
    return render_template("cases/drafts/log.html", form=form, page=pages.log_page(form))


@blueprint.post("/requests/log")
@needs(Permission.CASE_LOG)
def make_log() -> ResponseReturnValue:
    form = pages.log_form(current_user)
    typed = forms.typed_in([q for _, asked in services.questions_to_log() for q in asked], request.form)
    faults = services.faults_in_log(typed, as_it_is="as_it_is" in request.form)
    if form.validate_on_submit() and not faults:
        try:
            case = pages.log(form, typed, by=current_user)
            flash(f"The request was logged as {case.reference}.")
            return redirect(url_for("cases.page", key=case.key))
        except (Invalid, NotAcceptedError) as fault:
            pages.put_on(form, fault)
    return render_template("cases/drafts/log.html", form=form, page=pages.log_page(form, typed, faults)), 422


def _to(case: Case, endpoint: str) -> ResponseReturnValue:
    return redirect(url_for(endpoint, key=case.key))


