"""The follow-up pages of a request."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.outcomes import services
from ifr.outcomes.forms import EndingForm, PlanForm, ReportForm, StartForm, WaiveForm
from ifr.outcomes.models import AGAINST_BASELINE, RECOMMENDATION, STOPPING_RULE
from ifr.pages import with_faults
from ifr.people.services import people_named

blueprint = Blueprint("outcomes", __name__)
BLUEPRINTS = (blueprint,)
WORDS = {"against_baseline": AGAINST_BASELINE, "stopping_rule_met": STOPPING_RULE, "recommendation": RECOMMENDATION}


@blueprint.get("/cases/<key>/follow-up")
@needs(Permission.CASE_READ)
def page(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    found, offers = services.page_of(case, current_user), services.offers_to(case, current_user)
    return _show(case, "page", found=found, offers=offers, words=WORDS)


@blueprint.get("/cases/<key>/follow-up/start")
@needs(Permission.CASE_READ)
def start(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    services.allow(case, current_user, services.STARTERS)
    return _show(case, "start", form=StartForm(data={"seen": case.version, **services.start_as_typed(case)}))


@blueprint.post("/cases/<key>/follow-up/start")
@needs(Permission.CASE_READ)
def send_start(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = StartForm()
    if not form.validate_on_submit():
        return _show(case, "start", 422, form=form)
    try:
        services.record_start(case, **form.values, seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _show(case, "start", 422, form=with_faults(form, fault.faults))
    return _back(case, "The start of the treatment has been saved.")


@blueprint.get("/cases/<key>/follow-up/report")
@needs(Permission.OUTCOME_REPORT)
def report(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    services.allow(case, current_user, services.REPORTERS)
    form = ReportForm(data={"seen": case.version, **services.report_as_typed(case)})
    return _show(case, "report", form=form.offer(services.reports_owed(case)))


@blueprint.post("/cases/<key>/follow-up/report")
@needs(Permission.OUTCOME_REPORT)
def send_report(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = ReportForm().offer(services.reports_owed(case))
    if not form.validate_on_submit():
        return _show(case, "report", 422, form=form)
    try:
        services.save_report(case, form.values, once=form.once.data, seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _show(case, "report", 422, form=with_faults(form, fault.faults))
    return _back(case, "The report has been saved. Check it, then send it.")


@blueprint.get("/cases/<key>/follow-up/reports-due")
@needs(Permission.CASE_READ)
def plan(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    services.allow(case, current_user, services.PLANNERS)
    return _show(case, "plan", form=PlanForm(data={"seen": case.version}))


@blueprint.post("/cases/<key>/follow-up/reports-due")
@needs(Permission.CASE_READ)
def send_plan(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = PlanForm()
    if not form.validate_on_submit():
        return _show(case, "plan", 422, form=form)
    services.plan_report(case, **form.values, seen=form.seen.data, by=current_user)
    return _back(case, "The report has been asked for.")


@blueprint.get("/cases/<key>/follow-up/reports-due/<int:due>/waive")
@needs(Permission.CASE_READ)
def waive(key: str, due: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    services.allow(case, current_user, services.WAIVERS)
    return _show(case, "waive", form=WaiveForm(data={"seen": case.version}), due=services.due_of(case, due))


@blueprint.post("/cases/<key>/follow-up/reports-due/<int:due>/waive")
@needs(Permission.CASE_READ)
def send_waiver(key: str, due: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = WaiveForm()
    if not form.validate_on_submit():
        return _show(case, "waive", 422, form=form, due=services.due_of(case, due))
    services.waive_report(case, due, reason=form.reason.data, seen=form.seen.data, by=current_user)
    return _back(case, "The report has been waived.")


@blueprint.get("/cases/<key>/follow-up/ending")
@needs(Permission.CASE_READ)
def ending(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    services.allow(case, current_user, services.ENDERS)
    form = EndingForm(data={"seen": case.version, **services.ending_as_typed(case)})
    return _show(case, "ending", form=form.offer(services.authority_choices(case)))


@blueprint.post("/cases/<key>/follow-up/ending")
@needs(Permission.CASE_READ)
def send_ending(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = EndingForm().offer(services.authority_choices(case))
    if not form.validate_on_submit():
        return _show(case, "ending", 422, form=form)
    try:
        services.record_ending(case, form.values, seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _show(case, "ending", 422, form=with_faults(form, fault.faults))
    return _back(case, "The reasons for ending the funding have been saved.")


def _show(case: Case, name: str, code: int = 200, **context: Any) -> ResponseReturnValue:
    found = context.get("found")
    names = people_named(found.people) if found else {}
    strip = cases.strip(case, current_user)
    allowed = services.may(case, current_user)
    return render_template(f"outcomes/{name}.html", case=case, strip=strip, names=names, may=allowed, **context), code


def _back(case: Case, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("outcomes.page", key=case.key))
