"""Pages on groups of like requests, for those who keep the policies."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.screening.groups import services
from ifr.screening.groups.forms import AnswerForm, GroupForm
from ifr.screening.groups.models import GroupWatch
from ifr.workflow import Invalid

blueprint = Blueprint("groups", __name__)


@blueprint.get("/groups")
@needs(Permission.POLICY_EDIT)
def groups() -> ResponseReturnValue:
    return render_template("screening/groups/list.html", rows=services.watches(current_user))


@blueprint.get("/groups/<int:number>")
@needs(Permission.POLICY_EDIT)
def group(number: int) -> ResponseReturnValue:
    found = services.watch_for(current_user, number)
    return _page(found, GroupForm(obj=found, seen=found.version), AnswerForm(obj=found, seen=found.version))


def _page(found: GroupWatch, form: GroupForm, answer: AnswerForm, status: int = 200) -> ResponseReturnValue:
    page = services.group_page(found, current_user)
    return render_template("screening/groups/page.html", page=page, watch=found, form=form, answer_form=answer), status


@blueprint.post("/groups/<int:number>")
@needs(Permission.POLICY_EDIT)
def save(number: int) -> ResponseReturnValue:
    found, form = services.watch_for(current_user, number), GroupForm()
    if not form.validate_on_submit():
        return _page(found, form, AnswerForm(formdata=None, obj=found, seen=found.version), 422)
    services.save_draft(
        found,
        group=form.group.data or "",
        expected=form.expected.data or "",
        meanwhile=form.meanwhile.data or "",
        seen=form.seen.data,
        by=current_user,
    )
    flash("The draft is saved.")
    return redirect(url_for("groups.group", number=number))


@blueprint.post("/groups/<int:number>/answer")
@needs(Permission.POLICY_EDIT)
def answer(number: int) -> ResponseReturnValue:
    found, form = services.watch_for(current_user, number), AnswerForm()
    if not form.validate_on_submit():
        return _page(found, GroupForm(formdata=None, obj=found, seen=found.version), form, 422)
    try:
        services.answer(found, form.answer.data or "", form.because.data or "", seen=form.seen.data, by=current_user)
    except Invalid as fault:
        for name, sentence in fault.faults.items():
            getattr(form, name, form.because).errors = [sentence]
        return _page(found, GroupForm(formdata=None, obj=found, seen=found.version), form, 422)
    flash("The answer is on record.")
    return redirect(url_for("groups.group", number=number))
