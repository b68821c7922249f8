"""The clinician's pages of a request."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.cases.drafts import approval, colleagues, forms, pages, points, references, services, standing, takeover
from ifr.cases.drafts import urgent as haste
from ifr.cases.evidence import files as evidence
from ifr.cases.models import Case
from ifr.cases.services import letter_title, strip
from ifr.documents import NotAcceptedError
from ifr.pages import seen_version, whole_number
from ifr.people import services as account
from ifr.workflow import Invalid, NotYours, Refused, Stale, move

blueprint = Blueprint("drafts", __name__)
BLUEPRINTS = (blueprint,)


# --- the list --------------------------------------------------------------------------------------------------------


@blueprint.get("/requests")
@needs(Permission.CASE_DRAFT)
def mine() -> ResponseReturnValue:
    return render_template("cases/drafts/mine.html", rows=standing.mine(current_user))


@blueprint.get("/requests/<key>")
@needs(Permission.CASE_DRAFT)
def page(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    if case.key != key:
        return _to(case, "drafts.page")
    if case.received_at is None and not services.may_type(case, current_user):
        return _to(case, "drafts.approve")
    if case.received_at is None:
        return _tasks(case)
    return render_template(
        "cases/drafts/standing.html",
        case=case,
        strip=strip(case, current_user),
        standing=standing.standing(case, current_user),
        title_of=letter_title,
    )


# --- sections ---------------------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/sections")
@needs(Permission.CASE_READ)
def sections(key: str) -> ResponseReturnValue:
    """The task list of a request that the office logged, for whoever types the rest of it in."""
    return _tasks(services.case_to_type(key, current_user))


def _tasks(case: Case) -> str:
    return render_template(
        "cases/drafts/tasks.html", case=case, tasks=standing.tasks(case), people=colleagues.colleagues_on(case),
        approval=approval.in_words(case), counts=standing.counts(case),
    )  # fmt: skip


@blueprint.get("/requests/<key>/sections/<section>")
@needs(Permission.CASE_READ)
def section(key: str, section: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    return render_template("cases/drafts/section.html", page=pages.section_page(case, section, by=current_user))


@blueprint.post("/requests/<key>/sections/<section>")
@needs(Permission.CASE_READ)
def save_section(key: str, section: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    typed = forms.typed_in(services.shown_in(case, section), request.form)
    seen, as_it_is = seen_version(), "as_it_is" in request.form
    try:
        services.save_section(case, section, typed, by=current_user, seen=seen, as_it_is=as_it_is)
        pages.keep_details(case, section, "keep_details" in request.form, by=current_user)
    except Invalid as fault:
        shown = pages.section_page(case, section, by=current_user, typed=typed, faults=fault.faults, seen=seen)
        return render_template("cases/drafts/section.html", page=shown), 422
    except Stale:
        shown = pages.section_page(case, section, by=current_user, typed=typed, stale=True)
        return render_template("cases/drafts/section.html", page=shown), 409
    return redirect(pages.after_section(case, section, request.form.get("then", ""), by=current_user))


@blueprint.post("/requests/<key>/sections/<section>/autosave")
@needs(Permission.CASE_READ)
def autosave(key: str, section: str) -> ResponseReturnValue:
    """What is being typed, kept as it is while somebody types; the page goes on from the version that this answers."""
    case = services.case_to_type(key, current_user)
    typed = forms.typed_in(services.shown_in(case, section), request.form)
    try:
        services.save_section(case, section, typed, by=current_user, seen=seen_version(), as_it_is=True, by_itself=True)
    except Invalid as fault:
        return {"said": " ".join(fault.faults.values())}, 422
    except Stale:
        return {"said": pages.said_of(case, section)}, 409
    return {"said": pages.said_of(case, section), "seen": pages.seen_of(case, section)}


@blueprint.post("/requests/<key>/sections/<section>/take-over")
@needs(Permission.CASE_READ)
def take_over(key: str, section: str) -> ResponseReturnValue:
    """Use the answers of an earlier request, once somebody has read them again."""
    case = services.case_to_type(key, current_user)
    takeover.take_over(case, services.section_of(case, section), request.form.get("earlier", ""), by=current_user)
    flash("The answers were taken over. Read each one, change what differs for this patient, and save.", "warning")
    return redirect(url_for("drafts.section", key=case.key, section=section))


@blueprint.get("/requests/<key>/urgent")
@needs(Permission.CASE_READ)
def urgent(key: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    return render_template("cases/drafts/urgent.html", page=haste.page(case, by=current_user))


@blueprint.post("/requests/<key>/urgent")
@needs(Permission.CASE_READ)
def save_urgent(key: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    sections = haste.asked(case)
    typed = forms.typed_in([q for _, questions in sections for q in questions], request.form)
    seen = {section.key: whole_number(request.form.get(f"seen-{section.key}", "")) for section, _ in sections}
    try:
        haste.save(case, typed, seen, by=current_user, as_it_is="as_it_is" in request.form)
    except Invalid as fault:
        shown = haste.page(case, by=current_user, typed=typed, faults=fault.faults)
        return render_template("cases/drafts/urgent.html", page=shown), 422
    except Stale:
        shown = haste.page(case, by=current_user, typed=typed, stale=True)
        return render_template("cases/drafts/urgent.html", page=shown), 409
    return _to(case, "drafts.review" if case.received_at is None else "drafts.sections")


@blueprint.get("/requests/<key>/papers")
@needs(Permission.CASE_READ)
def papers(key: str) -> ResponseReturnValue:
    """The papers that one named in earlier requests."""
    case = services.case_to_type(key, current_user)
    return _papers_page(case)


def _papers_page(case: Case, said: str = "") -> str:
    return render_template(
        "cases/drafts/papers.html", case=case, papers=references.to_use_again(case, by=current_user), said=said,
        back_to=pages.list_of(case, "evidence"),
    )  # fmt: skip


@blueprint.post("/requests/<key>/papers")
@needs(Permission.CASE_READ)
def use_papers(key: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    chosen = [whole_number(typed) for typed in request.form.getlist("reference")]
    try:
        references.use_again(case, chosen, by=current_user)
    except Invalid as fault:
        return _papers_page(case, said=fault.faults["reference"]), 422
    flash("The papers were added. Say of each how near it is to this patient.")
    return redirect(pages.list_of(case, "evidence"))


# --- who writes in it, who approves it ------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/people")
@needs(Permission.CASE_DRAFT)
def people(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    return _people_page(case, pages.colleague_form(case))


def _people_page(case: Case, form: Any) -> str:
    return render_template(
        "cases/drafts/people.html", case=case, form=form, people=colleagues.colleagues_on(case),
        may_type=services.may_type(case, current_user),
    )  # fmt: skip


@blueprint.post("/requests/<key>/people")
@needs(Permission.CASE_DRAFT)
def invite(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    form = pages.colleague_form(case)
    if form.validate_on_submit():
        try:
            colleagues.invite(case, form.user_id.data, by=current_user)
            return _to(case, "drafts.people")
        except Invalid as fault:
            pages.put_on(form, fault)
    return _people_page(case, form), 422


@blueprint.post("/requests/<key>/people/<int:part_id>/end")
@needs(Permission.CASE_DRAFT)
def end_part(key: str, part_id: int) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    colleagues.end_part(case, part_id, by=current_user)
    flash("The colleague no longer has a part in this request. What was typed stays.")
    return _to(case, "drafts.people") if services.on_provider_side(case, current_user) else redirect(url_for("drafts.mine"))


@blueprint.get("/requests/<key>/approval")
@needs(Permission.CASE_READ)
def approve(key: str) -> ResponseReturnValue:
    case = services.case_read(key, current_user)
    return _approval_page(case, pages.approval_form(case, current_user))


def _approval_page(case: Case, form: Any) -> str:
    return render_template(
        "cases/drafts/approval.html", case=case, form=form, words=approval.in_words(case),
        home=pages.home_of_approval(case, current_user),
        from_whom=pages.approver_named(case), may_read=services.on_provider_side(case, current_user),
        may_record=approval.may_record(case, current_user),
    )  # fmt: skip


@blueprint.post("/requests/<key>/approval")
@needs(Permission.CASE_READ)
def record_approval(key: str) -> ResponseReturnValue:
    case = services.case_read(key, current_user)
    form = pages.approval_form(case, current_user)
    if form.validate_on_submit():
        try:
            approval.record_approval(case, by=current_user, **form.values)
            flash("The provider's approval is on record.")
            return redirect(url_for("drafts.approve", key=case.key))
        except Invalid as fault:
            pages.put_on(form, fault)
    return _approval_page(case, form), 422


@blueprint.get("/requests/my-details")
@needs(Permission.CASE_DRAFT)
def details() -> ResponseReturnValue:
    return render_template("cases/drafts/details.html", form=forms.DetailsForm(obj=current_user))


@blueprint.post("/requests/my-details")
@needs(Permission.CASE_DRAFT)
def keep_details() -> ResponseReturnValue:
    form = forms.DetailsForm()
    if not form.validate_on_submit():
        return render_template("cases/drafts/details.html", form=form), 422
    account.keep_details(current_user, form.values)
    flash("Your details are kept. They are offered with your next request.")
    return redirect(url_for("drafts.details"))


# --- rows: points, treatments, evidence -------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/<any(points, treatments, evidence):kind>/new")
@needs(Permission.CASE_READ)
def new_row(key: str, kind: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    return _row_page(case, kind, pages.row_form(case, kind))


@blueprint.post("/requests/<key>/<any(points, treatments, evidence):kind>/new")
@needs(Permission.CASE_READ)
def add_row(key: str, kind: str) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    form = pages.row_form(case, kind)
    if form.validate_on_submit():
        try:
            pages.add_row(case, kind, form, by=current_user)
            return redirect(pages.list_of(case, kind))
        except (Invalid, NotAcceptedError) as fault:
            pages.put_on(form, fault)
    return _row_page(case, kind, form), 422


def _row_page(case: Case, kind: str, form: Any, row: Any = None) -> str:
    back_to = pages.list_of(case, kind)
    test = pages.test_above(case, kind)
    return render_template(f"cases/drafts/{kind}.html", case=case, form=form, row=row, back_to=back_to, test=test)


@blueprint.get("/requests/<key>/<any(points, treatments, evidence):kind>/<int:row_id>")
@needs(Permission.CASE_READ)
def row(key: str, kind: str, row_id: int) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    found = pages.row_of(case, kind, row_id)
    return _row_page(case, kind, pages.row_form(case, kind, found), found)


@blueprint.post("/requests/<key>/<any(points, treatments):kind>/<int:row_id>")
@needs(Permission.CASE_READ)
def change_row(key: str, kind: str, row_id: int) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    found = pages.row_of(case, kind, row_id)
    form = pages.row_form(case, kind, found)
    if form.validate_on_submit():
        try:
            pages.change_row(case, kind, row_id, form, by=current_user)
            return redirect(pages.list_of(case, kind))
        except Invalid as fault:
            pages.put_on(form, fault)
    return _row_page(case, kind, form, found), 422


@blueprint.post("/requests/<key>/<any(points, treatments, evidence):kind>/<int:row_id>/remove")
@needs(Permission.CASE_READ)
def remove_row(key: str, kind: str, row_id: int) -> ResponseReturnValue:
    case = services.case_to_type(key, current_user)
    remove = {"points": points.remove_factor, "treatments": points.remove_earlier_treatment}
    remove.get(kind, evidence.remove_file)(case, row_id, by=current_user)
    flash("It was taken out of the request.")
    return redirect(pages.list_of(case, kind))


# --- checking and sending -----------------------------------------------------------------------------------------------


@blueprint.get("/requests/<key>/review")
@needs(Permission.CASE_DRAFT)
def review(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    return render_template("cases/drafts/review.html", review=pages.review_of(case, by=current_user))


@blueprint.post("/requests/<key>/review")
@needs(Permission.CASE_DRAFT)
def send(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    declared, seen = "declaration" in request.form, seen_version()
    if not declared:
        return _review_again(case, 422, undeclared=True)
    try:
        pages.send_or_declare(case, by=current_user, seen=seen)
    except NotYours:
        raise
    except Refused as refused:
        return _review_again(case, 409, reasons=refused.reasons, declared=declared)
    except Stale as stale:
        return _review_again(case, 409, stale=stale, declared=declared)
    return _to(case, "drafts.page")


def _review_again(case: Case, code: int, **said: Any) -> ResponseReturnValue:
    """The same page with what stands in the way; the tick stays where it was."""
    return render_template("cases/drafts/review.html", review=pages.review_of(case, by=current_user, **said)), code


@blueprint.get("/requests/<key>/discard")
@needs(Permission.CASE_DRAFT)
def discard(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user)
    return render_template("cases/drafts/discard.html", case=case)


@blueprint.post("/requests/<key>/discard")
@needs(Permission.CASE_DRAFT)
def make_discard(key: str) -> ResponseReturnValue:
    case = services.my_case(key, current_user, also_discarded=True)
    move(case, "discard_draft", by=current_user, seen=seen_version())
    flash("The draft was discarded.")
    return redirect(url_for("drafts.mine"))


def _to(case: Case, endpoint: str) -> ResponseReturnValue:
    return redirect(url_for(endpoint, key=case.key))


