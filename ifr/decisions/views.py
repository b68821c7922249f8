"""The pages on which a decision is drafted, confirmed and read."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import deferring
from ifr.cases import services as cases
from ifr.decisions import reading, services, voting
from ifr.decisions.criteria import ANSWERS, POINT_ANSWERS
from ifr.decisions.forms import (
    AskChairForm,
    DeferralForm,
    DissentForm,
    RecordForm,
    UrgentForm,
    faults_of_days,
    gaps_typed,
    heard_typed,
)
from ifr.decisions.models import EXHIBIT_ANSWERS, GUIDANCE_ANSWERS, OUTCOMES, VOTES
from ifr.pages import errors_of, offered, plain_text, seen_version, with_faults
from ifr.panels.handing_out import hand_out
from ifr.panels.interests.openings import opened_off_agenda
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
    page = reading.record_page(case, current_user)
    form = RecordForm().offer(page.refs)
    faults = faults_of_days(request.form, "condition_")
    if not form.validate_on_submit() or faults:
        return _record(page, form, 422, faults)
    typed = form.typed(
        request.form, asked=page.asked, directions=[d.id for d in page.directions], ballots=page.ballots,
        exhibits=page.exhibits, guidance=page.guidance, asked_about=[one.key for one in page.asked_about],
    )
    services.save_record(case, typed, seen=form.seen.data, by=current_user)
    flash("The record has been saved.")
    return redirect(url_for("decisions.record", key=case.key))


def _record(
    page: reading.RecordPage, form: RecordForm, code: int = 200, faults: dict[str, str] | None = None
) -> ResponseReturnValue:
    strip = cases.strip(page.case, current_user)
    names = people_named([page.record.confirmed_by_id, page.record.drafted_by_id]) if page.record else {}
    return render_template(
        "decisions/record.html", page=page, case=page.case, strip=strip, form=form.offer(page.refs), typed=request.form,
        names=names, votes=list(VOTES.items()), exhibit_answers=list(EXHIBIT_ANSWERS.items()),
        guidance_answers=list(GUIDANCE_ANSWERS.items()),
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
    try:
        services.prepare_urgent(
            case, harm_of_waiting=form.harm_of_waiting.data or "", outcome=form.outcome.data or None,
            heard=heard_typed(request.form), life_or_limb=form.life_or_limb.data, seen=form.seen.data, by=current_user,
        )
    except workflow.Invalid as fault:
        return _urgent(page, with_faults(form, fault.faults), 422)
    flash("The urgent decision has been saved. It is not taken yet.")
    return redirect(url_for("decisions.urgent", key=case.key))


def _urgent(
    page: reading.UrgentPage, form: UrgentForm, code: int = 200, faults: dict[str, str] | None = None
) -> ResponseReturnValue:
    strip = cases.strip(page.case, current_user)
    opened_off_agenda(page.case, current_user)
    return render_template(
        "decisions/urgent.html", page=page, case=page.case, strip=strip, form=form.offer(page.endings), typed=request.form,
        faults=faults or {}, errors=_errors(form, faults),
    ), code


def _errors(form: Any, faults: dict[str, str] | None) -> list[dict[str, str | None]] | None:
    rows: list[dict[str, str | None]] = [
        {"text": text, "href": f"#{name}-day" if name.endswith("_on") else f"#{name}"} for name, text in (faults or {}).items()
    ]
    return [*errors_of(form), *rows] or None


@blueprint.get("/cases/<key>/urgent-decision/documents/<int:number>")
@needs(Permission.PANEL_SIT)
def urgent_document(key: str, number: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    answer = hand_out(case, reading.urgent_page(case, current_user).papers, number)
    opened_off_agenda(case, current_user, f"Document {number}")
    return answer


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


# --- putting off ------------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/deferral")
@needs(Permission.CASE_READ)
def deferral(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return _deferral(reading.deferral_page(case, current_user), DeferralForm(formdata=None, seen=case.version))


@blueprint.post("/cases/<key>/deferral")
@needs(Permission.CASE_READ)
def save_deferral(key: str) -> ResponseReturnValue:
    """Keep what is missing; with the button that says so, the request is put off in the same step."""
    case = cases.visible_case(key, current_user)
    page, form = reading.deferral_page(case, current_user), DeferralForm()
    faults = faults_of_days(request.form, "gap_")
    if not form.validate_on_submit() or faults:
        return _deferral(page, form, 422, faults)
    gaps, defers = gaps_typed(request.form), "defer" in request.form
    said = (form.reason.data or "").strip()
    if defers and (lacking := _lacking(gaps, said)):
        missing = {"reason": lacking.pop("reason")} if "reason" in lacking else {}
        return _deferral(page, with_faults(form, missing), 422, lacking)
    deferring.save_gaps(case, gaps, seen=form.seen.data, by=current_user)
    if defers:
        workflow.move(case, "defer", by=current_user, seen=None, reason=said)
        flash("The panel deferred the request.")
        return redirect(url_for("decisions.record", key=case.key))
    flash("What is missing has been saved. The request is not deferred yet.")
    return redirect(url_for("decisions.deferral", key=case.key))


def _lacking(gaps: list[deferring.GapTyped], reason: str) -> dict[str, str]:
    """What is not typed that a deferral needs, by the field."""
    faults = {} if gaps else {"gap_1_what": "Say what is missing."}
    for number, one in enumerate(gaps, start=1):
        if not (one.what and one.from_whom and one.by_on):
            faults[f"gap_{number}_what"] = f"Say from whom number {number} comes, and by when."
    return faults if reason else {**faults, "reason": "Say why the panel cannot decide without it."}


def _deferral(
    page: reading.DeferralPage, form: DeferralForm, code: int = 200, faults: dict[str, str] | None = None
) -> ResponseReturnValue:
    strip = cases.strip(page.case, current_user)
    return render_template(
        "decisions/deferral.html", page=page, case=page.case, strip=strip, form=form, typed=request.form, faults=faults or {},
        errors=_errors(form, faults),
    ), code


# --- a member's dissent -----------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/my-dissent")
@needs(Permission.PANEL_SIT)
def dissent(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    page = reading.dissent_page(case, current_user)
    return _dissent(page, DissentForm(formdata=None, dissent=page.ballot.dissent, seen=case.version))


@blueprint.post("/cases/<key>/my-dissent")
@needs(Permission.PANEL_SIT)
def save_dissent(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    page, form = reading.dissent_page(case, current_user), DissentForm()
    if not form.validate_on_submit():
        return _dissent(page, form, 422)
    voting.write_dissent(case, page.record, form.dissent.data or "", seen=form.seen.data, by=current_user)
    flash("Your dissent has been saved. It stands in the record in your words.")
    return redirect(url_for("decisions.dissent", key=case.key))


def _dissent(page: reading.DissentPage, form: DissentForm, code: int = 200) -> ResponseReturnValue:
    strip = cases.strip(page.case, current_user)
    return render_template("decisions/dissent.html", page=page, case=page.case, strip=strip, form=form, outcomes=OUTCOMES), code
