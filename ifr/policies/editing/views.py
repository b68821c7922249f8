"""Pages of those who keep the register."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.pages import errors_of, with_faults
from ifr.policies.editing import importing, services, upkeep
from ifr.policies.editing.forms import (
    AnswerForm,
    ClauseForm,
    ImportForm,
    MoveForm,
    NewDraftForm,
    NextVersionForm,
    QuestionForm,
)
from ifr.policies.editing.record_form import RecordForm, record_typed, typed_from
from ifr.policies.guidance.forms import NewGuidanceForm

blueprint = Blueprint("editing", __name__)


def _kept() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in services.kept_by(current_user)]


# --- documents ------------------------------------------------------------------------------------------------------------


@blueprint.get("/policies/import")
@needs(Permission.POLICY_EDIT)
def import_page() -> ResponseReturnValue:
    return _import_page(ImportForm())


@blueprint.post("/policies/import")
@needs(Permission.POLICY_EDIT)
def hand_in() -> ResponseReturnValue:
    form = ImportForm()
    form.offer(_kept())
    if not form.validate_on_submit():
        return _import_page(form, 422)
    try:
        batch = importing.hand_in(form.chosen(), owner_id=form.owner_id.data, once=form.once.data, by=current_user)
    except workflow.Invalid as fault:
        return _import_page(with_faults(form, fault.faults), 422)
    return redirect(url_for("editing.batch", batch=batch))


def _import_page(form: ImportForm, code: int = 200) -> ResponseReturnValue:
    form.offer(_kept())
    return render_template("policies/editing/import.html", form=form, batches=importing.batches(current_user)), code


@blueprint.get("/policies/imports/<batch>")
@needs(Permission.POLICY_EDIT)
def batch(batch: str) -> ResponseReturnValue:
    page = importing.batch_page(batch, current_user)
    return render_template("policies/editing/batch.html", page=page, kinds=importing.KIND_WORDS)


@blueprint.get("/policies/imports/<batch>/<int:number>/guidance")
@needs(Permission.POLICY_EDIT)
def guidance(batch: str, number: int) -> ResponseReturnValue:
    read = importing.guidance_read(batch, number, current_user)
    return render_template("policies/guidance/new.html", form=NewGuidanceForm(formdata=None, data=read.typed), read=read)


# --- drafts ---------------------------------------------------------------------------------------------------------------


@blueprint.get("/policies/drafts")
@needs(Permission.POLICY_EDIT)
def drafts() -> ResponseReturnValue:
    return _drafts(NewDraftForm())


@blueprint.post("/policies/drafts")
@needs(Permission.POLICY_EDIT)
def start() -> ResponseReturnValue:
    form = NewDraftForm()
    form.offer(_kept())
    if not form.validate_on_submit():
        return _drafts(form, 422)
    try:
        made = services.start_draft(
            owner_id=form.owner_id.data, title=form.title.data or "", label=form.label.data or "", by=current_user
        )
    except workflow.Invalid as fault:
        return _drafts(with_faults(form, fault.faults), 422)
    return redirect(url_for("editing.draft", version_id=made.id))


def _drafts(form: NewDraftForm, code: int = 200) -> ResponseReturnValue:
    form.offer(_kept())
    return render_template("policies/editing/drafts.html", form=form, rows=services.drafts(current_user)), code


@blueprint.get("/policies/drafts/<int:version_id>")
@needs(Permission.POLICY_EDIT)
def draft(version_id: int) -> ResponseReturnValue:
    page = services.draft_page(version_id, current_user)
    typed = typed_from(page.record, page.replaced)
    return _draft(page, RecordForm(formdata=None, data={**typed, "seen": page.version.version}))


@blueprint.post("/policies/drafts/<int:version_id>")
@needs(Permission.POLICY_EDIT)
def save(version_id: int) -> ResponseReturnValue:
    page = services.draft_page(version_id, current_user)
    form = RecordForm()
    form.offer(page.replaceable)
    if not form.validate_on_submit():
        return _draft(page, form, 422)
    raw = record_typed(form, page.record, partial(services.predecessor, page.version))
    try:
        services.save_draft(version_id, raw, seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _draft(services.draft_page(version_id, current_user), with_faults(form, fault.faults), 422)
    flash("The draft has been saved.")
    return redirect(url_for("editing.draft", version_id=version_id))


def _draft(page: services.DraftPage, form: RecordForm, code: int = 200) -> ResponseReturnValue:
    form.offer(page.replaceable)
    return render_template("policies/editing/draft.html", page=page, form=form, errors=errors_of(form)), code


@blueprint.get("/policies/drafts/<int:version_id>/text")
@needs(Permission.POLICY_EDIT)
def text(version_id: int) -> ResponseReturnValue:
    version, reading = services.text_page(version_id, current_user)
    return render_template("policies/editing/text.html", version=version, reading=reading)


# --- a version and its moves ----------------------------------------------------------------------------------------------


@blueprint.get("/policies/<int:version_id>/keeping")
@needs(Permission.POLICY_EDIT)
def keeping(version_id: int) -> ResponseReturnValue:
    return _keeping(version_id)


@blueprint.post("/policies/<int:version_id>/next")
@needs(Permission.POLICY_EDIT)
def start_next(version_id: int) -> ResponseReturnValue:
    form = NextVersionForm()
    if not form.validate_on_submit():
        return _keeping(version_id, 422, next_form=form)
    try:
        made = services.start_next(version_id, label=form.label.data or "", by=current_user)
    except workflow.Invalid as fault:
        return _keeping(version_id, 422, next_form=with_faults(form, fault.faults))
    return redirect(url_for("editing.draft", version_id=made.id))


@blueprint.post("/policies/<int:version_id>/moves/<any(propose, send_back, publish, withdraw_version, discard_version):trigger>")
@needs(Permission.POLICY_EDIT)
def make_move(version_id: int, trigger: str) -> ResponseReturnValue:
    form = MoveForm()
    if not form.validate_on_submit():
        return _keeping(version_id, 422, move_form=form, trigger=trigger)
    try:
        made = services.make_move(version_id, trigger, seen=form.seen.data, reason=form.reason.data, by=current_user)
    except workflow.Invalid as fault:
        return _keeping(version_id, 422, move_form=with_faults(form, fault.faults), trigger=trigger)
    flash(f"{made.done}.")
    return redirect(url_for("editing.keeping", version_id=version_id))


def _keeping(version_id: int, code: int = 200, **forms: Any) -> ResponseReturnValue:
    page = services.keeping_page(version_id, current_user)
    sent = forms.get("next_form") or forms.get("move_form")
    errors = errors_of(sent)
    if "trigger" in forms:
        errors = [{**one, "href": f"#{forms['trigger']}-reason"} for one in errors]
    return render_template(
        "policies/editing/keeping.html",
        page=page,
        next_form=forms.get("next_form") or NextVersionForm(formdata=None),
        move_form=forms.get("move_form"),
        trigger=forms.get("trigger"),
        errors=errors,
    ), code


# --- upkeep ---------------------------------------------------------------------------------------------------------------


@blueprint.get("/policies/reviews")
@needs(Permission.POLICY_EDIT)
def reviews() -> ResponseReturnValue:
    return render_template("policies/editing/reviews.html", lists=upkeep.reviews(current_user))


@blueprint.get("/policies/flags")
@needs(Permission.POLICY_EDIT)
def flags() -> ResponseReturnValue:
    return _flags()


@blueprint.post("/policies/flags/<int:flag_id>/answer")
@needs(Permission.POLICY_EDIT)
def answer(flag_id: int) -> ResponseReturnValue:
    form = AnswerForm()
    if not form.validate_on_submit():
        return _flags(flag_id, form, 422)
    try:
        upkeep.answer_flag(flag_id, form.answer.data or "", by=current_user)
    except workflow.Invalid as fault:
        return _flags(flag_id, with_faults(form, fault.faults), 422)
    flash("The answer has been recorded.")
    return redirect(url_for("editing.flags"))


def _flags(flag_id: int = 0, form: AnswerForm | None = None, code: int = 200) -> ResponseReturnValue:
    errors = [{**one, "href": f"#answer-{flag_id}"} for one in errors_of(form)]
    return render_template(
        "policies/editing/flags.html", rows=upkeep.flags(current_user), sent=form, sent_id=flag_id, errors=errors
    ), code


@blueprint.get("/policies/<int:version_id>/questions")
@needs(Permission.POLICY_READ)
def questions(version_id: int) -> ResponseReturnValue:
    return _questions(version_id, QuestionForm())


@blueprint.post("/policies/<int:version_id>/questions")
@needs(Permission.POLICY_READ)
def ask(version_id: int) -> ResponseReturnValue:
    form = QuestionForm()
    page = upkeep.version_asked_about(version_id, current_user)
    if not form.validate_on_submit():
        return _questions(version_id, form, 422)
    upkeep.raise_flag(page.version, form.kind.data, form.words.data or "", once=form.once.data, by=current_user)
    flash("The question has been sent to those who keep the policy.")
    return redirect(url_for("editing.questions", version_id=version_id))


def _questions(version_id: int, form: QuestionForm, code: int = 200) -> ResponseReturnValue:
    page = upkeep.version_asked_about(version_id, current_user)
    rows = upkeep.questions_about(page)
    return render_template("policies/editing/questions.html", version=page.version, rows=rows, form=form), code


@blueprint.get("/policies/clauses")
@needs(Permission.POLICY_EDIT)
def clauses() -> ResponseReturnValue:
    return _clauses()


@blueprint.post("/policies/clauses/<int:clause_id>")
@needs(Permission.POLICY_EDIT)
def mark_clause(clause_id: int) -> ResponseReturnValue:
    form = ClauseForm()
    if not form.validate_on_submit():
        return _clauses(clause_id, form, 422)
    upkeep.mark_clause(clause_id, out_of_date=form.mark.data == "set", why=form.why.data or "", by=current_user)
    flash("The clause has been marked." if request.form.get("mark") == "set" else "The mark has been cleared.")
    return redirect(url_for("editing.clauses"))


def _clauses(clause_id: int = 0, form: ClauseForm | None = None, code: int = 200) -> ResponseReturnValue:
    errors = [{**one, "href": f"#why-{clause_id}"} for one in errors_of(form)]
    return render_template(
        "policies/editing/clauses.html", rows=upkeep.clauses(current_user), sent=form, sent_id=clause_id, errors=errors
    ), code
