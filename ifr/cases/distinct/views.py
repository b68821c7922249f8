"""The pages on which a clinician builds the comparison group, and reads and answers remarks."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.distinct import forms, group, pages, services
from ifr.cases.distinct.models import GroupStep
from ifr.cases.drafts.pages import put_on
from ifr.cases.drafts.services import case_to_type, save_section
from ifr.cases.models import Case
from ifr.pages import seen_version
from ifr.workflow import Invalid, Stale

blueprint = Blueprint("distinct", __name__)


# --- the group ----------------------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/group")
@needs(Permission.CASE_READ)
def page(key: str) -> ResponseReturnValue:
    return _page(case_to_type(key, current_user), forms.DifferenceForm())


@blueprint.post("/requests/<key>/group")
@needs(Permission.CASE_READ)
def save_difference(key: str) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    form = forms.DifferenceForm()
    said, section = {pages.difference_key(case): form.difference.data or ""}, services.section_of(case)
    try:
        save_section(case, section, said, by=current_user, seen=seen_version())
    except Invalid as fault:
        form.difference.errors = list(fault.faults.values())
        return _page(case, form), 422
    except Stale:
        return _page(case, form, stale=True), 409
    flash("It was saved.")
    return redirect(url_for("drafts.section", key=case.key, section=section, _anchor="comparator"))


def _page(case: Case, form: forms.DifferenceForm, *, stale: bool = False) -> str:
    found = pages.group_page(case, form, by=current_user, stale=stale)
    return render_template("cases/distinct/group.html", page=found, case=case, form=form)


@blueprint.get("/requests/<key>/group/steps/new")
@needs(Permission.CASE_READ)
def new_step(key: str) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    return _step_page(case, pages.step_form(case, request.args.get("kind", ""), by=current_user))


@blueprint.post("/requests/<key>/group/steps/new")
@needs(Permission.CASE_READ)
def add_step(key: str) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    return _save_step(case, pages.step_form(case, "", by=current_user), None)


@blueprint.get("/requests/<key>/group/steps/<int:step_id>")
@needs(Permission.CASE_READ)
def step(key: str, step_id: int) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    found = group.step_of(case, step_id)
    return _step_page(case, pages.step_form(case, "", by=current_user, step=found), found)


@blueprint.post("/requests/<key>/group/steps/<int:step_id>")
@needs(Permission.CASE_READ)
def change_step(key: str, step_id: int) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    found = group.step_of(case, step_id)
    return _save_step(case, pages.step_form(case, "", by=current_user, step=found), found)


@blueprint.post("/requests/<key>/group/steps/<int:step_id>/remove")
@needs(Permission.CASE_READ)
def remove_step(key: str, step_id: int) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    services.remove_step(case, step_id, by=current_user)
    flash("The step was taken out.")
    return redirect(url_for("distinct.page", key=case.key))


def _save_step(case: Case, form: forms.StepForm, found: GroupStep | None) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _step_page(case, form, found), 422
    try:
        if found is None:
            services.add_step(case, form.values, once=form.once.data, seen=form.seen.data, by=current_user)
        else:
            services.change_step(case, found.id, form.values, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        put_on(form, fault)
        return _step_page(case, form, found), 422
    except Stale:
        form.seen.data = services.version_seen(case)
        return _step_page(case, form, found, stale=True), 409
    return redirect(url_for("distinct.page", key=case.key))


def _step_page(case: Case, form: forms.StepForm, found: GroupStep | None = None, *, stale: bool = False) -> str:
    return render_template(
        "cases/distinct/step.html", case=case, form=form, step=found, stale=stale, group=group.group_of(case)
    )


# --- remarks ------------------------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/remarks")
@needs(Permission.CASE_READ)
def remarks(key: str) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    return render_template("cases/distinct/remarks.html", case=case, rows=pages.all_remarks(case))


@blueprint.post("/requests/<key>/remarks")
@needs(Permission.CASE_READ)
def answer_remark(key: str) -> ResponseReturnValue:
    case = case_to_type(key, current_user)
    form = forms.AnswerForm()
    try:
        services.answer_remark(
            case, form.remark.data or "", form.answer.data or "", seen=seen_version(), by=current_user
        )
    except Invalid as fault:
        put_on(form, fault)
        return render_template("cases/distinct/remarks.html", case=case, rows=pages.all_remarks(case, form)), 422
    except Stale:
        form.answer.errors = ["A colleague has answered this remark meanwhile. Read that answer below, then save yours again."]
        return render_template("cases/distinct/remarks.html", case=case, rows=pages.all_remarks(case, form), stale=True), 409
    flash("The answer was kept beside the remark.")
    return redirect(url_for("distinct.remarks", key=case.key))
