"""The pages on which a decision is drafted, confirmed and read."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import services as cases
from ifr.decisions import reading, services
from ifr.decisions.criteria import ANSWERS, POINT_ANSWERS
from ifr.decisions.forms import AskChairForm, RecordForm, UrgentForm, faults_of_days, heard_typed
from ifr.decisions.models import OUTCOMES
from ifr.pages import errors_of, offered, plain_text, seen_version
from ifr.panels.handing_out import hand_out
from ifr.people.services import people_named

blueprint = Blueprint("decisions", __name__)
BLUEPRINTS = (blueprint,)


@blueprint.get("/cases/<key>/decision")
@needs(Permission.CASE_READ)
def record(key: str) -> ResponseReturnValue:
    page = reading.record_page(cases.visible_case(key, current_user), current_user)
    return _record(page, RecordForm(formdata=None, obj=page.record, seen=page.case.version))


@blueprint.post("/cases/<key>/decision")
@needs(Permission.CASE_READ)
def save_record(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    page, form = reading.record_page(case, current_user), RecordForm()
    faults = faults_of_days(request.form, "condition_")
    if not form.validate_on_submit() or faults:
        return _record(page, form, 422, faults)
    typed = form.typed(request.form, asked=page.asked, directions=[d.id for d in page.directions])
    services.save_record(case, typed, seen=form.seen.data, by=current_user)
    flash("The record has been saved.")
    return redirect(url_for("decisions.record", key=case.key))


def _record(
    page: reading.RecordPage, form: RecordForm, code: int = 200, faults: dict[str, str] | None = None
) -> ResponseReturnValue:
    strip = cases.strip(page.case, current_user)
    names = people_named([page.record.confirmed_by_id, page.record.drafted_by_id]) if page.record else {}
    return render_template(
        "decisions/record.html", page=page, case=page.case, strip=strip, form=form, typed=request.form, names=names,
        faults=faults or {}, errors=_errors(form, faults), answers=list(ANSWERS.items()),
        point_answers=list(POINT_ANSWERS.items()), outcomes=OUTCOMES,
    ), code


@blueprint.get("/cases/<key>/urgent-decision")
@needs(Permission.PANEL_SIT)
def urgent(key: str) -> ResponseReturnValue:
    page = reading.urgent_page(cases.visible_case(key, current_user), current_user)
    return _urgent(page, UrgentForm(formdata=None, obj=page.record, seen=page.case.version))


@blueprint.post("/cases/<key>/urgent-decision")
@needs(Permission.PANEL_SIT)
def save_urgent(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    page = reading.urgent_page(case, current_user)
    form = UrgentForm().offer(page.endings)
    faults = faults_of_days(request.form, "heard_")
    if not form.validate_on_submit() or faults:
        return _urgent(page, form, 422, faults)
    services.prepare_urgent(
        case, harm_of_waiting=form.harm_of_waiting.data or "", outcome=form.outcome.data or None,
        heard=heard_typed(request.form), seen=form.seen.data, by=current_user,
    )
    flash("The urgent decision has been saved. It is not taken yet.")
    return redirect(url_for("decisions.urgent", key=case.key))


def _urgent(
    page: reading.UrgentPage, form: UrgentForm, code: int = 200, faults: dict[str, str] | None = None
) -> ResponseReturnValue:
    strip = cases.strip(page.case, current_user)
    return render_template(
        "decisions/urgent.html", page=page, case=page.case, strip=strip, form=form.offer(page.endings), typed=request.form,
        faults=faults or {}, errors=_errors(form, faults),
    ), code


def _errors(form: Any, faults: dict[str, str] | None) -> list[dict[str, str | None]] | None:
    rows: list[dict[str, str | None]] = [{"text": text, "href": f"#{name}-day"} for name, text in (faults or {}).items()]
    return [*errors_of(form), *rows] or None


@blueprint.get("/cases/<key>/urgent-decision/documents/<int:number>")
@needs(Permission.PANEL_SIT)
def urgent_document(key: str, number: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return hand_out(case, reading.urgent_page(case, current_user).papers, number)


@blueprint.get("/cases/<key>/ask-chair")
@needs(Permission.CASE_CHECK)
def ask_chair(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return _ask(case, AskChairForm(formdata=None, seen=case.version))


@blueprint.post("/cases/<key>/ask-chair")
@needs(Permission.CASE_CHECK)
def send_to_chair(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = AskChairForm()
    try:
        services.ask_chair(case, form.user_id.data or 0, seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        form.user_id.errors = list(fault.faults.values())
        return _ask(case, form, 422)
    flash("The chair has been asked. Telephone as well: the request is urgent.")
    return redirect(url_for("cases.page", key=case.key))


def _ask(case: Any, form: AskChairForm, code: int = 200) -> ResponseReturnValue:
    form.user_id.choices = offered((chair.id, chair.name) for chair in services.chairs_of(case))
    return render_template("decisions/ask_chair.html", case=case, form=form, strip=cases.strip(case, current_user)), code


@blueprint.post("/cases/<key>/decision/<any(record_decision, defer, confirm_funded, confirm_funded_in_part, confirm_not_funded, "
                "refer_on_to_screening, refer_on_to_panel, decide_urgently):trigger>")
@needs(Permission.CASE_READ)
def make_move(key: str, trigger: str) -> ResponseReturnValue:
    """The steps of a decision end on its record, so that whoever takes them sees what was written."""
    case = cases.visible_case(key, current_user)
    seen = seen_version()
    made = workflow.move(case, trigger, by=current_user, seen=seen, reason=plain_text(request.form.get("reason")))
    flash(f"{made.done}.")
    return redirect(url_for("decisions.record", key=case.key))
