"""The pages of the screening room: the check, the offer to another body, the screening record, the evidence review."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.models import Case
from ifr.screening import services
from ifr.screening.forms import (
    CaseForm,
    EvidenceForm,
    HandoverForm,
    PolicyFlagForm,
    RecordForm,
    ReplyForm,
    VersionChoiceForm,
    check_form,
    record_form,
    version_form,
)
from ifr.workflow import Invalid

blueprint = Blueprint("screening", __name__)


def _page(template: str, case: Case, form: CaseForm, status: int = 200, **more: Any) -> ResponseReturnValue:
    strip = services.strip(case, current_user)
    return render_template(f"screening/{template}.html", case=case, form=form, strip=strip, **more), status


def _saved(endpoint: str, key: str, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(endpoint, key=key))


# --- the check --------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/check")
@needs(Permission.CASE_CHECK)
def check(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    page = services.check_page(case, current_user)
    return _check_page(page, check_form(page))


def _check_page(page: services.CheckPage, form: CaseForm, status: int = 200) -> ResponseReturnValue:
    offers = services.moves_here(page.case, current_user, *services.CHECK_MOVES)
    notes = services.notes_on_policy(page.case, current_user)
    return _page("check", page.case, form, status, page=page, offers=offers, notes=notes)


@blueprint.post("/cases/<key>/check")
@needs(Permission.CASE_CHECK)
def save_check(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    page = services.check_page(case, current_user)
    form = check_form(page)
    if not form.validate_on_submit():
        return _check_page(page, form, 422)
    try:
        services.save_check(case, form.answers(), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        form.take(fault.faults)
        return _check_page(page, form, 422)
    return _saved("screening.check", key, "The check has been saved.")


# --- the policy: a newer version, and a question to its owner ---------------------------------------------------------


@blueprint.get("/cases/<key>/policy-version")
@needs(Permission.CASE_READ)
def newer(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_READ)
    page = services.newer_page(case, current_user)
    return _newer_page(page, version_form(page))


def _newer_page(page: services.NewerPage, form: VersionChoiceForm, status: int = 200) -> ResponseReturnValue:
    return _page("newer", page.case, form, status, page=page)


@blueprint.post("/cases/<key>/policy-version")
@needs(Permission.CASE_READ)
def choose_version(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_READ)
    page = services.newer_page(case, current_user)
    form = version_form(page)
    # The choices of an answer that was sent twice are gone after the first; the service knows it by its mark.
    if page.newer is not None and not form.validate_on_submit():
        return _newer_page(page, form, 422)
    try:
        services.choose_version(
            case, form.answer(), once=form.once.data or "", seen=form.seen.data, by=current_user
        )
    except Invalid as fault:
        form.take(fault.faults)
        return _newer_page(page, form, 422)
    return _saved("screening.newer", key, "The answer has been saved.")


@blueprint.get("/cases/<key>/policy-question")
@needs(Permission.CASE_READ)
def policy_question(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_READ)
    _, policy = services.flaggable_policy(case, current_user)
    return _page("question", case, PolicyFlagForm(seen=case.version), policy=policy)


@blueprint.post("/cases/<key>/policy-question")
@needs(Permission.CASE_READ)
def ask_policy_owner(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_READ)
    _, policy = services.flaggable_policy(case, current_user)
    form = PolicyFlagForm()
    if not form.validate_on_submit():
        return _page("question", case, form, 422, policy=policy)
    try:
        services.flag_policy(case, form.words.data or "", once=form.once.data or "", by=current_user)
    except Invalid as fault:
        form.take(fault.faults)
        return _page("question", case, form, 422, policy=policy)
    return _saved("screening.policy_question", key, "The owner of the policy has been told. The request goes forward.")


# --- another body -----------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/handover")
@needs(Permission.CASE_CHECK)
def handover(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    row = services.handover_of(case)
    return _handover_page(case, HandoverForm(obj=row, seen=case.version), ReplyForm(obj=row, seen=case.version))


def _handover_page(case: Case, form: CaseForm, reply: CaseForm, status: int = 200) -> ResponseReturnValue:
    return _page(
        "handover",
        case,
        form if form.errors or not reply.errors else reply,
        status,
        offer=form,
        reply=reply,
        row=services.handover_of(case),
        earlier=services.earlier_offers(case),
        preparing=services.may_be_offered(case),
        waiting=services.may_be_answered(case),
        offers=services.moves_here(case, current_user, *services.HANDOVER_MOVES),
    )


@blueprint.post("/cases/<key>/handover")
@needs(Permission.CASE_CHECK)
def prepare_handover(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    form = HandoverForm()
    if not form.validate_on_submit():
        return _handover_page(case, form, ReplyForm(formdata=None, obj=services.handover_of(case)), 422)
    services.prepare_handover(case, form.offer(), seen=form.seen.data, by=current_user)
    return _saved("screening.handover", key, "The offer has been saved. It has not been sent yet.")


@blueprint.post("/cases/<key>/handover/answer")
@needs(Permission.CASE_CHECK)
def answer_handover(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    form = ReplyForm()
    offer = HandoverForm(formdata=None, obj=services.handover_of(case), seen=case.version)
    if not form.validate_on_submit():
        return _handover_page(case, offer, form, 422)
    try:
        services.answer_handover(case, form.reply(), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        form.take(fault.faults)
        return _handover_page(case, offer, form, 422)
    return _saved("screening.handover", key, "The answer has been saved.")


# --- the screening record ---------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/screening")
@needs(Permission.CASE_SCREEN)
def record(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_SCREEN)
    page = services.record_page(case, current_user)
    return _record_page(page, record_form(page))


def _record_page(page: services.RecordPage, form: RecordForm, status: int = 200) -> ResponseReturnValue:
    offers = services.screening_moves(page.case, current_user)
    return _page("record", page.case, form, status, page=page, offers=offers)


@blueprint.post("/cases/<key>/screening")
@needs(Permission.CASE_SCREEN)
def save_record(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_SCREEN)
    page = services.record_page(case, current_user)
    form = record_form(page)
    if not form.validate_on_submit():
        return _record_page(page, form, 422)
    services.save_record(case, form.answers(), seen=form.seen.data, by=current_user)
    return _saved("screening.record", key, "The screening record has been saved.")


# --- the evidence review ----------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/evidence-review")
@needs(Permission.CASE_WORKLIST)
def evidence(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_WORKLIST)
    return _evidence_page(case, EvidenceForm(obj=services.evidence_of(case), seen=case.version))


def _evidence_page(case: Case, form: CaseForm, status: int = 200) -> ResponseReturnValue:
    return _page(
        "evidence",
        case,
        form,
        status,
        row=services.evidence_of(case),
        editable=services.may_review(case, current_user),
        offers=services.moves_here(case, current_user, *services.EVIDENCE_MOVES),
    )


@blueprint.post("/cases/<key>/evidence-review")
@needs(Permission.CASE_WORKLIST)
def save_evidence(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_WORKLIST)
    form = EvidenceForm()
    if not form.validate_on_submit():
        return _evidence_page(case, form, 422)
    try:
        services.save_evidence(case, form.review(), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        form.take(fault.faults)
        return _evidence_page(case, form, 422)
    return _saved("screening.evidence", key, "The evidence review has been saved.")


@blueprint.get("/cases/<key>/summary")
@needs(Permission.CASE_READ)
def summary(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_READ)
    return render_template(
        "screening/summary.html",
        case=case,
        strip=services.strip(case, current_user),
        page=services.summary_page(case, current_user),
        offers=services.moves_here(case, current_user, *services.SUMMARY_MOVES),
    )
