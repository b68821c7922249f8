"""The pages on which a decision is corrected, set aside or changed by an order."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.decisions.undoing import reading, services
from ifr.decisions.undoing.forms import OrderForm, SetAsideForm, SlipForm
from ifr.decisions.undoing.models import ORDER, SET_ASIDE, SLIP
from ifr.documents import NotAcceptedError
from ifr.pages import plain_text, seen_version, with_faults
from ifr.workflow import Invalid, NotVisible

blueprint = Blueprint("undoing", __name__)


@blueprint.get("/cases/<key>/decision/changes")
@needs(Permission.CASE_WORKLIST)
def changes(key: str) -> ResponseReturnValue:
    return _changes(_case(key))


def _case(key: str) -> Case:
    case = cases.visible_case(key, current_user)
    if not cases.in_office(current_user, case):
        raise NotVisible(key)
    return case


def _changes(case: Case, code: int = 200, said: str = "") -> ResponseReturnValue:
    return render_template(
        "decisions/undoing/changes.html", case=case, strip=cases.strip(case, current_user),
        page=reading.changes_page(case, current_user), typed=plain_text(request.form.get("reason", "")),
        errors=[{"text": said, "href": "#reason"}] if said else None,
    ), code  # fmt: skip


@blueprint.route("/cases/<key>/decision/changes/slip", methods=["GET", "POST"])
@needs(Permission.CASE_WORKLIST)
def slip(key: str) -> ResponseReturnValue:
    case, form = _preparing(key, SLIP), SlipForm()
    if request.method == "GET":
        return _show("slip", case, SlipForm(formdata=None, seen=case.version))
    if not form.validate_on_submit():
        return _show("slip", case, form, 422)
    return _keep(
        "slip", case, form,
        lambda: services.prepare_slip(
            case, field=form.field.data, after=form.after.data, because=form.because.data, once=form.once.data,
            seen=form.seen.data, by=current_user,
        ),
    )  # fmt: skip


@blueprint.route("/cases/<key>/decision/changes/set-aside", methods=["GET", "POST"])
@needs(Permission.CASE_WORKLIST)
def set_aside(key: str) -> ResponseReturnValue:
    case, form = _preparing(key, SET_ASIDE), SetAsideForm()
    if request.method == "GET":
        return _show("set_aside", case, SetAsideForm(formdata=None, seen=case.version))
    if not form.validate_on_submit():
        return _show("set_aside", case, form, 422)
    return _keep(
        "set_aside", case, form,
        lambda: services.prepare_set_aside(
            case, because=form.because.data, other_people=form.other_people.data == "other", once=form.once.data,
            seen=form.seen.data, by=current_user,
        ),
    )  # fmt: skip


@blueprint.route("/cases/<key>/decision/changes/order", methods=["GET", "POST"])
@needs(Permission.CASE_WORKLIST)
def order(key: str) -> ResponseReturnValue:
    case, form = _preparing(key, ORDER), OrderForm()
    if request.method == "GET":
        return _show("order", case, OrderForm(formdata=None, seen=case.version))
    if not form.validate_on_submit() or form.ordered_on.data is None:
        return _show("order", case, form, 422)
    sent = form.file.data
    file = services.File(sent.filename, sent.read()) if sent and sent.filename else None
    ordered_on = form.ordered_on.data
    return _keep(
        "order", case, form,
        lambda: services.prepare_order(
            case, body=form.body.data, ordered_on=ordered_on, leads_to=form.leads_to.data, because=form.because.data,
            amount_words=form.amount_words.data or "", file=file, once=form.once.data, seen=form.seen.data, by=current_user,
        ),
    )  # fmt: skip


def _preparing(key: str, kind: str) -> Case:
    """A case for which this person may prepare a change of this kind. Raises NotVisible."""
    case = _case(key)
    if kind not in services.may_prepare(case, current_user):
        raise NotVisible(key)
    return case


def _show(name: str, case: Case, form: Any, code: int = 200) -> ResponseReturnValue:
    return render_template(
        f"decisions/undoing/{name}.html", case=case, strip=cases.strip(case, current_user), form=form,
        words=reading.words_of_record(case) if name == "slip" else [],
    ), code


def _keep(name: str, case: Case, form: Any, keep: Any) -> ResponseReturnValue:
    try:
        keep()
    except Invalid as fault:
        return _show(name, case, with_faults(form, fault.faults), 422)
    except NotAcceptedError as fault:
        return _show(name, case, with_faults(form, {"file": str(fault)}), 422)
    flash("It is prepared. It changes nothing until the step is made.")
    return redirect(url_for("undoing.changes", key=case.key))


@blueprint.post("/cases/<key>/decision/changes/<int:change_id>/take-back")
@needs(Permission.CASE_WORKLIST)
def take_back(key: str, change_id: int) -> ResponseReturnValue:
    case = _case(key)
    services.take_back(case, change_id, seen=seen_version(), by=current_user)
    flash("It was taken back.")
    return redirect(url_for("undoing.changes", key=case.key))


@blueprint.post("/cases/<key>/decision/changes/<any(correct_slip, set_aside, apply_order_to_check, apply_order_to_screening, "
                "apply_order_to_panel, apply_order_to_fund):trigger>")  # fmt: skip
@needs(Permission.CASE_WORKLIST)
def make(key: str, trigger: str) -> ResponseReturnValue:
    case = _case(key)
    reason = plain_text(request.form.get("reason", ""))
    if not reason.strip():
        return _changes(case, 422, "Give a reason: it goes on record with this step.")
    made = workflow.move(case, trigger, by=current_user, seen=seen_version(), reason=reason)
    flash(f"{made.done}.")
    return redirect(url_for("undoing.changes", key=case.key))
