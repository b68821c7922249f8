"""The pages of challenges: what can be challenged, asking, appealing, sorting, reviewing."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.appeals import forms, overview, reconsiderations, reviews, services
from ifr.appeals.models import Appeal, Reconsideration
from ifr.cases import services as cases
from ifr.cases.models import Case
from ifr.documents import NotAcceptedError
from ifr.pages import errors_of, plain_text, seen_version, with_faults
from ifr.panels.interests.openings import opened_off_agenda

blueprint = Blueprint("appeals", __name__)
BLUEPRINTS = (blueprint,)
APPEAL = "/cases/<key>/appeals/<int:number>"
RECONSIDERATION = "/cases/<key>/reconsiderations/<int:number>"


@blueprint.get("/cases/<key>/appeals")
@needs(Permission.CASE_READ)
def page(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return _show("page", case, view=overview.challenges_page(case, current_user))


# --- an appeal comes in -------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/appeals/lodge")
@needs(Permission.APPEAL_LODGE)
def lodge(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return _lodging(case, _lodge_form(case))


@blueprint.post("/cases/<key>/appeals/lodge")
@needs(Permission.APPEAL_LODGE)
def send_appeal(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = _lodge_form(case)
    if not form.validate_on_submit():
        return _lodging(case, form, 422)
    try:
        made = services.lodge(case, form.lodged, once=form.once.data, by=current_user)
    except workflow.Invalid as fault:
        return _lodging(case, with_faults(form, fault.faults), 422)
    return _to(made, "The appeal has been received.")


def _lodge_form(case: Case) -> forms.LodgeForm:
    appellants = services.may_lodge_for(case, current_user)
    if not appellants:
        raise PermissionError("this person cannot lodge an appeal here")
    return forms.LodgeForm().offer(appellants, case.profile.appeals.grounds)


def _lodging(case: Case, form: forms.LodgeForm, code: int = 200) -> ResponseReturnValue:
    return _show("lodge", case, code, form=form, view=overview.challenges_page(case, current_user))


# --- one appeal ---------------------------------------------------------------------------------------------------------------


@blueprint.get(APPEAL)
@needs(Permission.CASE_READ)
def appeal(key: str, number: int) -> ResponseReturnValue:
    return _appeal_page(_appeal(key, number))


def _appeal_page(found: Appeal, code: int = 200, **context: Any) -> ResponseReturnValue:
    return _show("appeal", found.case, code, view=overview.appeal_page(found, current_user), **context)


@blueprint.post(APPEAL + "/moves/<trigger>")
@needs(Permission.CASE_READ)
def make_move(key: str, number: int, trigger: str) -> ResponseReturnValue:
    return _move(_appeal(key, number), trigger, _appeal_page)


@blueprint.post(APPEAL + "/reopen")
@needs(Permission.APPEAL_MANAGE)
def reopen(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number)
    form = forms.ReopenForm()
    if not form.validate_on_submit():
        return _appeal_page(found, 422, reopen_form=form, form=form)
    services.reopen(found, reason=form.reason.data, seen=form.seen.data, by=current_user)
    return _to(found, "The request has been reopened for a panel.")


@blueprint.get(APPEAL + "/grounds")
@needs(Permission.APPEAL_MANAGE)
def grounds(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, services.OFFICERS)
    rows = services.grounds_of(found)
    parts = {f"ground_{g.number}": {"supported": g.supported, "said": g.said} for g in rows}
    text = found.statement_for_review or found.statement
    form = forms.grounds_form(rows)(data={"seen": found.version, "statement_for_review": text, **parts})
    return _form("grounds", found, form, grounds=rows)


@blueprint.post(APPEAL + "/grounds")
@needs(Permission.APPEAL_MANAGE)
def save_grounds(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, services.OFFICERS)
    rows = services.grounds_of(found)
    form: Any = forms.grounds_form(rows)()
    if not form.validate_on_submit():
        return _form("grounds", found, form, 422, grounds=rows)
    try:
        services.sort_grounds(found, **forms.as_sorted(form, rows), seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _form("grounds", found, with_faults(form, fault.faults), 422, grounds=rows)
    return _to(found, "The grounds have been saved.")


@blueprint.get(APPEAL + "/late")
@needs(Permission.APPEAL_MANAGE)
def late(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number)
    return _form("late", found, forms.LateForm(data={"seen": found.version, "reason": found.late_accepted_because}))


@blueprint.post(APPEAL + "/late")
@needs(Permission.APPEAL_MANAGE)
def accept_late(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number)
    form = forms.LateForm()
    if not form.validate_on_submit():
        return _form("late", found, form, 422)
    services.accept_late(found, reason=form.reason.data, seen=form.seen.data, by=current_user)
    return _to(found, "The late appeal has been accepted as late.")


@blueprint.get(APPEAL + "/refusal")
@needs(Permission.CASE_READ)
def refusal(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, services.SECOND_SIGNERS)
    typed = {"because": found.refused_because, "reasons": found.refusal_reasons, "plain_reasons": found.refusal_plain_reasons}
    return _form("refusal", found, forms.RefusalForm(data={"seen": found.version, **typed}))


@blueprint.post(APPEAL + "/refusal")
@needs(Permission.CASE_READ)
def save_refusal(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, services.SECOND_SIGNERS)
    form = forms.RefusalForm()
    if not form.validate_on_submit():
        return _form("refusal", found, form, 422)
    try:
        services.draft_refusal(
            found, because=form.because.data, reasons=form.reasons.data, plain_reasons=form.plain_reasons.data,
            seen=form.seen.data, by=current_user,
        )
    except workflow.Invalid as fault:
        return _form("refusal", found, with_faults(form, fault.faults), 422)
    return redirect(url_for("appeals.refusal", key=key, number=number))


@blueprint.post(APPEAL + "/refusal/sign")
@needs(Permission.CASE_READ)
def sign_refusal(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, services.SECOND_SIGNERS)
    services.sign_refusal(found, seen=seen_version(), by=current_user)
    return _to(found, "You have signed first. A second person takes the step.")


# --- its review ---------------------------------------------------------------------------------------------------------------


@blueprint.get(APPEAL + "/review")
@needs(Permission.APPEAL_MANAGE)
def review(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.ARRANGERS)
    return _review_page(found, _review_form(found), _seat_form(found))


def _review_form(found: Appeal) -> forms.ReviewForm:
    typed = {"review_on": found.review_on, "review_place": found.review_place}
    return forms.ReviewForm(formdata=None, data={"seen": found.version, **typed})


def _seat_form(found: Appeal) -> forms.SeatForm:
    return forms.SeatForm(formdata=None, data={"seen": found.version}).offer(reviews.candidates(found))


def _review_page(found: Appeal, form: Any, seat_form: Any, code: int = 200, faulty: Any = None) -> ResponseReturnValue:
    quorum, places = reviews.quorum_of(found), reviews.places_of(found)
    shown = {"review_form": form, "seat_form": seat_form, "quorum": quorum, "places": places}
    return _show("review", found.case, code, appeal=found, form=faulty or form, **shown)


@blueprint.post(APPEAL + "/review")
@needs(Permission.APPEAL_MANAGE)
def arrange(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.ARRANGERS)
    form = forms.ReviewForm()
    if not form.validate_on_submit():
        return _review_page(found, form, _seat_form(found), 422)
    try:
        reviews.arrange(found, **form.values, seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _review_page(found, with_faults(form, fault.faults), _seat_form(found), 422)
    return _to(found, "The day and place of the review have been saved.", "review")


@blueprint.post(APPEAL + "/seats")
@needs(Permission.APPEAL_MANAGE)
def seat(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.ARRANGERS)
    form = forms.SeatForm().offer(reviews.candidates(found))
    if not form.validate_on_submit():
        return _review_page(found, _review_form(found), form, 422, faulty=form)
    reviews.seat(found, int(form.user_id.data), chairs=form.chairs.data, seen=form.seen.data, by=current_user)
    return _to(found, "The member has been invited to declare interests.", "review")


@blueprint.post(APPEAL + "/seats/<int:seat_id>/chair")
@needs(Permission.APPEAL_MANAGE)
def let_chair(key: str, number: int, seat_id: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.ARRANGERS)
    reviews.let_chair(found, seat_id, seen=seen_version(), by=current_user)
    return _to(found, "The chair of the review has been named.", "review")


@blueprint.post(APPEAL + "/seats/<int:seat_id>/remove")
@needs(Permission.APPEAL_MANAGE)
def unseat(key: str, number: int, seat_id: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.ARRANGERS)
    reviews.unseat(found, seat_id, seen=seen_version(), by=current_user)
    return _to(found, "The member no longer sits on this review.", "review")


@blueprint.get(APPEAL + "/papers")
@needs(Permission.CASE_READ)
def papers(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.READERS)
    opened_off_agenda(found.case, current_user, "The papers of the review")
    return render_template("appeals/papers.html", appeal=found, case=found.case, papers=reviews.papers_for_review(found))


@blueprint.get(APPEAL + "/papers/documents/<int:document>")
@needs(Permission.CASE_READ)
def paper(key: str, number: int, document: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.READERS)
    _, content, media_type = reviews.document_for_review(found, document)
    opened_off_agenda(found.case, current_user, f"Document {document} of the review")
    return send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=f"document-{document}")


@blueprint.get(APPEAL + "/findings")
@needs(Permission.CASE_READ)
def findings(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.WRITERS)
    rows = services.raised(found)
    parts = {f"ground_{g.number}": {"found": g.found, "material": g.material, "reasons": g.reasons} for g in rows}
    return _form("findings", found, forms.findings_form(rows)(data={"seen": found.version, **parts}), grounds=rows)


@blueprint.post(APPEAL + "/findings")
@needs(Permission.CASE_READ)
def save_findings(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.WRITERS)
    rows = services.raised(found)
    form: Any = forms.findings_form(rows)()
    if not form.validate_on_submit():
        return _form("findings", found, form, 422, grounds=rows)
    reviews.record_findings(found, forms.found_answers(form, rows), seen=form.seen.data, by=current_user)
    return _to(found, "The findings have been saved.")


@blueprint.get(APPEAL + "/outcome")
@needs(Permission.CASE_READ)
def outcome(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.WRITERS)
    return _outcome_page(found, _outcome_form(found), _direction_form(found))


def _outcome_form(found: Appeal) -> forms.OutcomeForm:
    typed = {"reasons": found.decision_reasons, "plain_reasons": found.plain_reasons}
    return forms.OutcomeForm(formdata=None, data={"seen": found.version, **typed})


def _direction_form(found: Appeal) -> forms.DirectionForm:
    return forms.DirectionForm(formdata=None, data={"seen": found.version})


def _outcome_page(found: Appeal, form: Any, direction_form: Any, code: int = 200, faulty: Any = None) -> ResponseReturnValue:
    return _show(
        "outcome", found.case, code, appeal=found, form=faulty or form, outcome_form=form, direction_form=direction_form,
        directions=services.directions_of(found),
    )


@blueprint.post(APPEAL + "/outcome")
@needs(Permission.CASE_READ)
def save_outcome(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.WRITERS)
    form = forms.OutcomeForm()
    if not form.validate_on_submit():
        return _outcome_page(found, form, _direction_form(found), 422)
    reasons, plain_reasons = form.reasons.data or "", form.plain_reasons.data or ""
    reviews.record_outcome(found, reasons=reasons, plain_reasons=plain_reasons, seen=form.seen.data, by=current_user)
    return _to(found, "The reasons have been saved.")


@blueprint.post(APPEAL + "/directions")
@needs(Permission.CASE_READ)
def add_direction(key: str, number: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.WRITERS)
    form = forms.DirectionForm()
    if not form.validate_on_submit():
        return _outcome_page(found, _outcome_form(found), form, 422, faulty=form)
    reviews.add_direction(
        found, text=form.text.data, differently_constituted=form.differently_constituted.data, once=form.once.data,
        seen=form.seen.data, by=current_user,
    )
    return _to(found, "The direction has been saved.", "outcome")


@blueprint.post(APPEAL + "/directions/<int:direction>/remove")
@needs(Permission.CASE_READ)
def remove_direction(key: str, number: int, direction: int) -> ResponseReturnValue:
    found = _appeal(key, number, reviews.WRITERS)
    reviews.remove_direction(found, direction, seen=seen_version(), by=current_user)
    return _to(found, "The direction has been taken back.", "outcome")


@blueprint.get("/reviews")
@needs(Permission.APPEAL_REVIEW)
def my_reviews() -> ResponseReturnValue:
    return render_template("appeals/my_reviews.html", invitations=reviews.invitations_of(current_user))


@blueprint.get("/reviews/<int:seat_id>/interest")
@needs(Permission.APPEAL_REVIEW)
def interest(seat_id: int) -> ResponseReturnValue:
    invitation = reviews.invitation_of(seat_id, current_user)
    return render_template("appeals/interest.html", form=forms.InterestForm(), invitation=invitation)


@blueprint.post("/reviews/<int:seat_id>/interest")
@needs(Permission.APPEAL_REVIEW)
def declare_interest(seat_id: int) -> ResponseReturnValue:
    form = forms.InterestForm()
    invitation = reviews.invitation_of(seat_id, current_user)
    if not form.validate_on_submit():
        return render_template("appeals/interest.html", form=form, invitation=invitation), 422
    try:
        reviews.declare_interest(seat_id, interest=form.interest.data, note=form.note.data or "", by=current_user)
    except workflow.Invalid as fault:
        return render_template("appeals/interest.html", form=with_faults(form, fault.faults), invitation=invitation), 422
    flash("What you declared has been recorded.")
    return redirect(url_for("appeals.my_reviews"))


# --- a reconsideration --------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/reconsiderations/ask")
@needs(Permission.APPEAL_LODGE)
def ask_reconsideration(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return _show("ask", case, form=forms.AskForm(), places=forms.ITEMS, view=overview.challenges_page(case, current_user))


@blueprint.post("/cases/<key>/reconsiderations/ask")
@needs(Permission.APPEAL_LODGE)
def send_reconsideration(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form, view = forms.AskForm(), overview.challenges_page(case, current_user)
    if not form.validate_on_submit():
        return _show("ask", case, 422, form=form, places=forms.ITEMS, view=view)
    try:
        asked = reconsiderations.ask(
            case, what_is_new=form.what_is_new.data, items=form.items, once=form.once.data, by=current_user
        )
    except (workflow.Invalid, NotAcceptedError) as fault:
        form["item_1"].form.text.errors = [str(fault)]
        return _show("ask", case, 422, form=form, places=forms.ITEMS, view=view)
    return _to(asked, "We have your request to look again.")


@blueprint.get(RECONSIDERATION)
@needs(Permission.CASE_READ)
def reconsideration(key: str, number: int) -> ResponseReturnValue:
    return _reconsideration_page(_reconsideration(key, number))


def _reconsideration_page(asked: Reconsideration, code: int = 200, **context: Any) -> ResponseReturnValue:
    return _show("reconsideration", asked.case, code, view=overview.reconsideration_page(asked, current_user), **context)


@blueprint.post(RECONSIDERATION + "/moves/<trigger>")
@needs(Permission.CASE_READ)
def make_reconsideration_move(key: str, number: int, trigger: str) -> ResponseReturnValue:
    return _move(_reconsideration(key, number), trigger, _reconsideration_page)


@blueprint.get(RECONSIDERATION + "/answer")
@needs(Permission.CASE_READ)
def answer_reconsideration(key: str, number: int) -> ResponseReturnValue:
    asked = _reconsideration(key, number, reconsiderations.ASSESSORS)
    items = reconsiderations.items_of(asked)
    form = forms.answer_form(items)(data=reconsiderations.as_typed(asked, items))
    return _answer_page(asked, form)


def _answer_page(asked: Reconsideration, form: Any, code: int = 200, **context: Any) -> ResponseReturnValue:
    view = overview.reconsideration_page(asked, current_user)
    context.setdefault("add_form", forms.AddItemForm(formdata=None))
    return _show("answer", asked.case, code, asked=asked, form=form, view=view, **context)


@blueprint.post(RECONSIDERATION + "/answer")
@needs(Permission.CASE_READ)
def save_answers(key: str, number: int) -> ResponseReturnValue:
    asked = _reconsideration(key, number, reconsiderations.ASSESSORS)
    items = reconsiderations.items_of(asked)
    form = forms.answer_form(items)()
    if not form.validate_on_submit():
        return _answer_page(asked, form, 422)
    reconsiderations.save_answers(
        asked, forms.item_answers(form, items), form.proposal, seen=form.seen.data, by=current_user
    )
    return _to(asked, "The answer has been saved. It still needs two signatures.")


@blueprint.post(RECONSIDERATION + "/items")
@needs(Permission.CASE_READ)
def add_item(key: str, number: int) -> ResponseReturnValue:
    asked = _reconsideration(key, number, reconsiderations.ASSESSORS)
    form = forms.AddItemForm()
    if not form.validate_on_submit():
        items = reconsiderations.items_of(asked)
        answers = forms.answer_form(items)(formdata=None, data=reconsiderations.as_typed(asked, items))
        return _answer_page(asked, answers, 422, add_form=form, errors=errors_of(form))
    reconsiderations.add_item(asked, form.item, once=form.once.data, seen=form.seen.data, by=current_user)
    return redirect(url_for("appeals.answer_reconsideration", key=key, number=number))


@blueprint.post(RECONSIDERATION + "/sign")
@needs(Permission.CASE_READ)
def sign(key: str, number: int) -> ResponseReturnValue:
    asked = _reconsideration(key, number, reconsiderations.ASSESSORS)
    reconsiderations.sign(asked, seen=seen_version(), by=current_user)
    return _to(asked, "You have signed first. A second person, the manager, takes the step.")


# --- what every view of this room does ------------------------------------------------------------------------------------------


def _appeal(key: str, number: int, roles: Any = None) -> Appeal:
    """The appeal of an address, for somebody of these roles where any are named."""
    found = services.appeal_of(cases.visible_case(key, current_user), number, current_user)
    _must_hold(found, roles)
    return found


def _reconsideration(key: str, number: int, roles: Any = None) -> Reconsideration:
    found = reconsiderations.reconsideration_of(cases.visible_case(key, current_user), number, current_user)
    _must_hold(found, roles)
    return found


def _must_hold(subject: Appeal | Reconsideration, roles: Any) -> None:
    if roles and not subject.capacities(current_user) & roles:
        raise PermissionError("this page is for another role")


def _move(subject: Any, trigger: str, page_of: Callable[..., ResponseReturnValue]) -> ResponseReturnValue:
    """Make a move; a reason that is missing or too long is asked for again on the page, with what was typed."""
    reason = plain_text(request.form.get("reason", ""))
    try:
        if len(reason) > forms.LONGEST:
            raise workflow.Invalid({"reason": forms.TOO_LONG})
        made = workflow.move(subject, trigger, by=current_user, seen=seen_version(), reason=reason)
    except workflow.Invalid as fault:
        faulty = {"trigger": trigger, "said": str(fault), "typed": reason}
        return page_of(subject, 422, faulty=faulty, errors=[{"text": str(fault), "href": f"#reason-{trigger}"}])
    return _to(subject, f"{made.done}.")


def _show(name: str, case: Case, code: int = 200, **context: Any) -> ResponseReturnValue:
    strip = cases.strip(case, current_user)
    return render_template(f"appeals/{name}.html", case=case, strip=strip, **context), code


def _form(name: str, found: Appeal, form: Any, code: int = 200, **context: Any) -> ResponseReturnValue:
    return _show(name, found.case, code, appeal=found, form=form, **context)


def _to(subject: Appeal | Reconsideration, said: str, page: str = "") -> ResponseReturnValue:
    flash(said)
    page = page or ("appeal" if isinstance(subject, Appeal) else "reconsideration")
    return redirect(url_for(f"appeals.{page}", key=subject.case.key, number=subject.number))
