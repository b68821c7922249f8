"""The pages of the screening room: the check, the offer to another body, the screening record, the evidence review."""

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.models import Case
from ifr.pages import plain_text, seen_version, with_faults
from ifr.screening import services
from ifr.screening.forms import (
    AdviceAnswerForm,
    AdviceForm,
    CaseForm,
    DisputeForm,
    EvidenceForm,
    HandoverForm,
    PolicyFlagForm,
    RecordForm,
    ReplyForm,
    VersionChoiceForm,
    advice_form,
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
    left_open = services.left_open(page.case)
    return _page("check", page.case, form, status, page=page, offers=offers, notes=notes, left_open=left_open)


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
        return _check_page(page, with_faults(form, fault.faults), 422)
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
        services.choose_version(case, form.answer(), once=form.once.data, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _newer_page(page, with_faults(form, fault.faults), 422)
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
        services.flag_policy(case, form.words.data or "", once=form.once.data, by=current_user)
    except Invalid as fault:
        return _page("question", case, with_faults(form, fault.faults), 422, policy=policy)
    return _saved("screening.policy_question", key, "The owner of the policy has been told. The request goes forward.")


# --- another body -----------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/handover")
@needs(Permission.CASE_CHECK)
def handover(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    row = services.handover_of(case)
    return _handover_page(case, HandoverForm(obj=row, seen=case.version), ReplyForm(obj=row, seen=case.version))


def _handover_page(
    case: Case, form: CaseForm, reply: CaseForm, status: int = 200, dispute: DisputeForm | None = None
) -> ResponseReturnValue:
    row = services.handover_of(case)
    dispute = dispute or DisputeForm(formdata=None, seen=case.version)
    return _page(
        "handover",
        case,
        next((one for one in (form, reply, dispute) if one.errors), form),
        status,
        offer=form,
        reply=reply,
        dispute=dispute,
        differs=row.offered_on is not None and (row.answer == "refused" or services.is_silent(row)),
        row=row,
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
        return _handover_page(case, offer, with_faults(form, fault.faults), 422)
    return _saved("screening.handover", key, "The answer has been saved.")


@blueprint.post("/cases/<key>/handover/dispute")
@needs(Permission.CASE_CHECK)
def dispute_handover(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    row, form = services.handover_of(case), DisputeForm()
    offer, reply = HandoverForm(formdata=None, obj=row, seen=case.version), ReplyForm(formdata=None, obj=row, seen=case.version)
    if not form.validate_on_submit():
        return _handover_page(case, offer, reply, 422, form)
    try:
        services.dispute_meanwhile(case, form.said(), once=form.once.data, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _handover_page(case, offer, reply, 422, with_faults(form, fault.faults))
    return _saved("screening.handover", key, "Who pays meanwhile is on record. The request can be taken back now.")


@blueprint.get("/cases/<key>/handover/<int:offer>/package.<any(pdf, json):kind>")
@needs(Permission.IDENTITY_READ)
def package(key: str, offer: int, kind: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_CHECK)
    file = services.take_out(case, services.offer_numbered(case, offer), kind, by=current_user)
    return send_file(BytesIO(file.content), mimetype=file.media_type, as_attachment=True, download_name=file.name)


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
        return _evidence_page(case, with_faults(form, fault.faults), 422)
    return _saved("screening.evidence", key, "The evidence review has been saved.")


# --- independent advice -----------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/advice")
@needs(Permission.CASE_WORKLIST)
def advice(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_WORKLIST)
    return _advice_page(case, advice_form(case, formdata=None))


def _advice_page(
    case: Case, form: AdviceForm, status: int = 200, answering: tuple[int, AdviceAnswerForm] | None = None
) -> ResponseReturnValue:
    rows = services.advice_of(case)
    answers = {one.id: AdviceAnswerForm(formdata=None, seen=case.version, prefix=f"a{one.id}-") for one in rows if one.is_open}
    shown: CaseForm = form
    if answering is not None:
        answers[answering[0]] = shown = answering[1]
    may_ask = services.may_ask(case, current_user)
    return _page("advice", case, shown, status, ask=form, rows=rows, answers=answers, may_ask=may_ask)


@blueprint.post("/cases/<key>/advice")
@needs(Permission.CASE_WORKLIST)
def ask_advice(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_WORKLIST)
    form = advice_form(case)
    if not form.validate_on_submit():
        return _advice_page(case, form, 422)
    try:
        services.ask_advice(case, form.asking(), once=form.once.data, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _advice_page(case, with_faults(form, fault.faults), 422)
    return _saved("screening.advice", key, "The question and what was sent are on record.")


@blueprint.post("/cases/<key>/advice/<int:advice_id>/answer")
@needs(Permission.CASE_WORKLIST)
def answer_advice(key: str, advice_id: int) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_WORKLIST)
    row = services.one_advice(case, advice_id)
    form = AdviceAnswerForm(prefix=f"a{row.id}-")
    if not form.validate_on_submit():
        return _advice_page(case, advice_form(case, formdata=None), 422, (row.id, form))
    try:
        services.answer_advice(case, row, form.answering(), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _advice_page(case, advice_form(case, formdata=None), 422, (row.id, with_faults(form, fault.faults)))
    return _saved("screening.advice", key, "The answer is on record.")


# --- the summary, and what the clinician says of it -------------------------------------------------------------------


@blueprint.get("/cases/<key>/summary")
@needs(Permission.CASE_READ)
def summary(key: str) -> ResponseReturnValue:
    return _summary_page(services.case_for(key, current_user, Permission.CASE_READ))


def _summary_page(case: Case, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    faults = faults or {}
    page = render_template(
        "screening/summary.html",
        case=case,
        strip=services.strip(case, current_user),
        page=services.summary_page(case, current_user),
        offers=services.moves_here(case, current_user, *services.SUMMARY_MOVES),
        typed=request.form,
        faults=faults,
        errors=[{"text": text, "href": f"#{name}"} for name, text in faults.items()],
    )
    return page, 422 if faults else 200


@blueprint.post("/cases/<key>/summary")
@needs(Permission.CASE_READ)
def save_comments(key: str) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_READ)
    items = services.summary_page(case, current_user).items
    typed = {item: plain_text(request.form.get(f"on-{item}", "")) for item, _ in items}
    try:
        services.save_comments(case, typed, seen=seen_version(), by=current_user)
    except Invalid as fault:
        return _summary_page(case, {f"on-{name}": text for name, text in fault.faults.items()})
    return _saved("screening.summary", key, "Your comments are saved. They go to the office when you send them below.")


@blueprint.post("/cases/<key>/summary/comments/<int:comment_id>")
@needs(Permission.CASE_READ)
def consider_comment(key: str, comment_id: int) -> ResponseReturnValue:
    case = services.case_for(key, current_user, Permission.CASE_READ)
    words = plain_text(request.form.get(f"comment-{comment_id}", ""))
    try:
        services.consider_comment(case, comment_id, words, seen=seen_version(), by=current_user)
    except Invalid as fault:
        return _summary_page(case, fault.faults)
    return _saved("screening.summary", key, "What you made of the comment is on record.")
