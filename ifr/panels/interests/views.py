"""The pages on which an interest is declared, found in the middle of the papers, asked about and cleared."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import services as cases
from ifr.pages import with_faults
from ifr.panels.interests import clearing, openings, questions, services, sheet, stopping
from ifr.panels.interests.forms import AnswerForm, AskForm, ClearForm, InterestForm, StopForm, WhyNotForm

blueprint = Blueprint("interests", __name__)

_PRIVATE = "Thank you. The item is private to you from now on."


@blueprint.app_context_processor
def who_sits() -> dict[str, Any]:
    """Every page of papers asks whether its reader is one who could find there that he or she knows the person."""
    return {"sits_on": lambda case: services.sits_on(case, current_user)}


# --- whoever sits ---------------------------------------------------------------------------------------------------------


@blueprint.get("/interests/<int:part_id>")
@needs(Permission.CASE_READ)
def interest(part_id: int) -> ResponseReturnValue:
    return _interest(part_id, InterestForm(formdata=None))


@blueprint.post("/interests/<int:part_id>")
@needs(Permission.CASE_READ)
def declare(part_id: int) -> ResponseReturnValue:
    services.interest_page(part_id, current_user)
    form = InterestForm()
    if not form.validate_on_submit():
        return _interest(part_id, form, 422)
    try:
        clear = services.declare(
            part_id, has_interest=form.interest.data == "yes", note=form.note.data or "", by=current_user
        )
    except workflow.Invalid as fault:
        return _interest(part_id, with_faults(form, fault.faults), 422)
    flash("Thank you. The papers are open to you." if clear else _PRIVATE)
    return redirect(url_for("panels.mine"))


def _interest(part_id: int, form: InterestForm, code: int = 200, ask: AskForm | None = None) -> ResponseReturnValue:
    page = services.interest_page(part_id, current_user)
    return render_template(
        "panels/interests/interest.html", page=page, answering=form, ask=ask or AskForm(formdata=None), form=ask or form
    ), code


@blueprint.post("/interests/<int:part_id>/question")
@needs(Permission.CASE_READ)
def ask(part_id: int) -> ResponseReturnValue:
    services.interest_page(part_id, current_user)
    form = AskForm()
    if not form.validate_on_submit():
        return _interest(part_id, InterestForm(formdata=None), 422, form)
    try:
        questions.ask(part_id, words=form.words.data or "", by=current_user)
    except workflow.Invalid as fault:
        return _interest(part_id, InterestForm(formdata=None), 422, with_faults(form, fault.faults))
    flash("The secretary has your question. The answer will stand under “My questions”.")
    return redirect(url_for("interests.my_questions"))


@blueprint.get("/my-questions")
@needs(Permission.PANEL_SIT)
def my_questions() -> ResponseReturnValue:
    return render_template("panels/interests/questions.html", questions=questions.questions_by(current_user))


@blueprint.get("/my-questions/<int:question_id>")
@needs(Permission.PANEL_SIT)
def my_question(question_id: int) -> ResponseReturnValue:
    return _my_question(question_id, WhyNotForm(formdata=None))


@blueprint.post("/my-questions/<int:question_id>")
@needs(Permission.PANEL_SIT)
def say_why_not(question_id: int) -> ResponseReturnValue:
    form = WhyNotForm()
    if not form.validate_on_submit():
        return _my_question(question_id, form, 422)
    try:
        questions.say_why_not(question_id, why=form.why.data or "", by=current_user)
    except workflow.Invalid as fault:
        return _my_question(question_id, with_faults(form, fault.faults), 422)
    flash("The IFR manager will read it.")
    return redirect(url_for("interests.my_question", question_id=question_id))


def _my_question(question_id: int, form: WhyNotForm, code: int = 200) -> ResponseReturnValue:
    asked = questions.own_question(question_id, current_user)
    return render_template("panels/interests/question.html", question=asked, form=form), code


@blueprint.get("/cases/<key>/stop")
@needs(Permission.CASE_READ)
def stop(key: str) -> ResponseReturnValue:
    return _stop(key, StopForm(formdata=None))


@blueprint.post("/cases/<key>/stop")
@needs(Permission.CASE_READ)
def stop_now(key: str) -> ResponseReturnValue:
    form = StopForm()
    if not form.validate_on_submit():
        return _stop(key, form, 422)
    stopping.stop(key, note=form.note.data or "", by=current_user)
    flash(_PRIVATE)
    return redirect(url_for("people.home"))


def _stop(key: str, form: StopForm, code: int = 200) -> ResponseReturnValue:
    return render_template("panels/interests/stop.html", case=stopping.case_to_stop(key, current_user), form=form), code


# --- the office -----------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/interests")
@needs(Permission.CASE_WORKLIST)
def of_case(key: str) -> ResponseReturnValue:
    return _of_case(key, ClearForm(formdata=None))


@blueprint.post("/cases/<key>/interests/<int:user_id>/clear")
@needs(Permission.CASE_WORKLIST)
def clear(key: str, user_id: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = ClearForm()
    if not form.validate_on_submit():
        return _of_case(key, form, 422, user_id)
    try:
        lifted = clearing.clear_conflict(
            case, user_id, because=form.because.data or "", seen=form.seen.data, by=current_user
        )
    except workflow.Invalid as fault:
        return _of_case(key, with_faults(form, fault.faults), 422, user_id)
    flash("The conflict of interest has been cleared." if lifted else "Your reason is on record. It takes a second person.")
    return redirect(url_for("interests.of_case", key=case.key))


def _of_case(key: str, form: ClearForm, code: int = 200, of: int | None = None) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return render_template(
        "panels/interests/of_case.html", case=case, strip=cases.strip(case, current_user),
        people=sheet.interests_of(case, current_user), form=form, of=of,
    ), code


@blueprint.get("/cases/<key>/opened")
@needs(Permission.CASE_WORKLIST)
def opened(key: str) -> ResponseReturnValue:
    """Who opened which papers of a case, and when."""
    case = cases.visible_case(key, current_user)
    return render_template(
        "panels/interests/opened.html", case=case, strip=cases.strip(case, current_user),
        rows=openings.openings_of(case, current_user), most=openings.LISTED,
    )


@blueprint.get("/cases/<key>/identity-questions/<int:question_id>")
@needs(Permission.PANEL_MANAGE)
def question(key: str, question_id: int) -> ResponseReturnValue:
    return _question(key, question_id, AnswerForm(formdata=None))


@blueprint.post("/cases/<key>/identity-questions/<int:question_id>")
@needs(Permission.PANEL_MANAGE)
def answer(key: str, question_id: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _question(key, question_id, form, 422)
    try:
        questions.answer(case, question_id, is_that_person=form.is_that_person.data == "yes", by=current_user)
    except workflow.Invalid as fault:
        return _question(key, question_id, with_faults(form, fault.faults), 422)
    flash("Your answer is on record. Whoever asked sees “yes” or “no”.")
    return redirect(url_for("interests.of_case", key=case.key))


def _question(key: str, question_id: int, form: AnswerForm, code: int = 200) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    page = questions.question_page(case, question_id, current_user)
    return render_template(
        "panels/interests/answer.html", case=case, strip=cases.strip(case, current_user), page=page, form=form
    ), code
