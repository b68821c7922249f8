"""The office's pages of a case, and the one address at which moves are made."""

from io import BytesIO
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import access, documents, workflow
from ifr.access import Permission, needs
from ifr.cases import forms, identity, information, overview, posting, second_person, services, volunteered
from ifr.cases.models import Case
from ifr.cases.post import reading as post
from ifr.pages import errors_of, plain_text, seen_version, whole_number
from ifr.people import services as people
from ifr.workflow import Invalid, NotVisible, Reason

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases/<key>")
@needs(Permission.CASE_READ)
def page(key: str) -> ResponseReturnValue:
    case = services.visible_case(key, current_user)
    if not services.in_office(current_user, case):
        return redirect(page_of(case))
    return _page(case)


def _page(case: Case, said: str = "", anchor: str = "", trigger: str | None = None) -> str:
    """The page of a case; with what is said about a step that could not be made, and what was typed for it."""
    return render_template(
        "cases/page.html",
        view=overview.overview(case, current_user),
        links=_links(case, "cases.page"),
        errors=[{"text": said, "href": f"#{anchor}"}] if said else [],
        faulty={"trigger": trigger, "said": said, "typed": request.form.get("reason", "")},
    )


def page_of(case: Case) -> str:
    """Where this person reads this case: the office here, the clinician and the panel in their own rooms."""
    if services.in_office(current_user, case):
        return url_for("cases.page", key=case.key)
    capacities = services.capacities(current_user, case)
    if capacities & services.PROVIDER_SIDE:
        return url_for("drafts.mine") if case.state == "discarded" else url_for("drafts.page", key=case.key)
    return url_for("panels.mine" if access.has(capacities, Permission.PANEL_SIT) else "appeals.my_reviews")


def _links(case: Case, here: str) -> list[dict[str, Any]]:
    """The pages of a case that this person may open, for the row of links below the strip."""
    return [
        {"text": one.text, "href": url_for(one.endpoint, key=case.key), "current": one.endpoint == here, "count": one.count}
        for one in overview.rooms(case, current_user)
    ]


@blueprint.post("/cases/<key>/moves/<trigger>")
@needs(Permission.CASE_READ)
def make_move(key: str, trigger: str) -> ResponseReturnValue:
    case = services.visible_case(key, current_user)
    if workflow.definition_of(case).find(trigger) is None:
        raise NotVisible(trigger)
    form = forms.MoveForm()
    try:
        form.validate_on_submit()
        _must_be_right(form.reason.errors)
        made = workflow.move(case, trigger, by=current_user, seen=form.seen.data, reason=form.reason.data)
    except Invalid as fault:
        if not services.in_office(current_user, case):
            raise
        return _page(case, str(fault), f"reason-{trigger}", trigger), 422
    flash(f"{made.done}.")
    return redirect(page_of(case))


def _must_be_right(errors: Any) -> None:
    if errors:
        raise Invalid({"reason": str(errors[0])})


@blueprint.post("/cases/<key>/allocation")
@needs(Permission.CASE_CHECK)
def allocate(key: str) -> ResponseReturnValue:
    case = services.visible_case(key, current_user)
    form = forms.AllocateForm()
    form.allocated_to.choices = [(one.id, one.name) for one in overview.colleagues(case)]
    if not form.validate_on_submit():
        return _page(case, "Choose a colleague of this office.", "allocated_to"), 422
    colleague = people.person(form.allocated_to.data)
    services.allocate(case, colleague, by=current_user, seen=form.seen.data)
    flash(f"The request is allocated to {colleague.name}.")
    return redirect(page_of(case))


@blueprint.get("/cases/<key>/identity")
@needs(Permission.IDENTITY_READ)
def identity_page(key: str) -> ResponseReturnValue:
    case = services.visible_case(key, current_user)
    if not identity.may_know(case, current_user):
        raise PermissionError(key)
    form = forms.WhyForm(request.args)
    asked = "why" in request.args and form.validate()
    patient = identity.patient_of(case, by=current_user, why=form.why.data) if asked else None
    shown = overview.identity_rows(case, patient) if patient else []
    return render_template(
        "cases/identity.html", case=case, strip=services.strip(case, current_user), form=form, rows=shown,
        why=forms.WHY.get(form.why.data, "") if asked else "", back_to=page_of(case),
    )


@blueprint.get("/cases/<key>/documents/<int:document_id>")
@needs(Permission.CASE_READ)
def document(key: str, document_id: int) -> ResponseReturnValue:
    case = services.visible_case(key, current_user)
    found, content = overview.document(case, document_id, current_user)
    return send_file(
        BytesIO(content),
        mimetype=found.media_type,
        as_attachment=True,
        download_name=overview.download_name(case, found),
    )


def _in_office(key: str) -> Case:
    """A case of the office in which this person works; for anybody else there is no such page."""
    case = services.visible_case(key, current_user)
    if not services.in_office(current_user, case):
        raise NotVisible(key)
    return case


# --- letters ------------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/letters")
@needs(Permission.CASE_READ)
def letters(key: str) -> ResponseReturnValue:
    return _letters_page(_in_office(key))


def _letters_page(case: Case, faults: dict[str, str] | None = None) -> str:
    batches = posting.batches(case)
    return render_template(
        "cases/letters.html",
        case=case,
        strip=services.strip(case, current_user),
        links=_links(case, "cases.letters"),
        batches=batches,
        mails=posting.mails_of(batches),
        on_paper=post.words_of([row for batch in batches for row in batch.rows]),
        countdown=post.countdown,
        names=second_person.names_of([row for batch in batches for row in batch.rows]),
        still=second_person.needed,
        title_of=services.letter_title,
        may_release=services.may(current_user, case, Permission.LETTER_RELEASE),
        may_know=identity.may_know(case, current_user),
        faults=faults or {},
        errors=[{"text": text, "href": f"#{name}"} for name, text in (faults or {}).items()],
    )


@blueprint.get("/cases/<key>/letters/<int:letter_id>")
@needs(Permission.CASE_READ)
def preview(key: str, letter_id: int) -> ResponseReturnValue:
    case = _in_office(key)
    letter, heading, body = posting.preview(case, letter_id)
    reads = letter.needs_reader and services.may(current_user, case, Permission.LETTER_RELEASE)
    return render_template(
        "cases/letter.html", case=case, strip=services.strip(case, current_user), letter=letter, heading=heading,
        body=body, title=services.letter_title(letter), beside=second_person.beside(letter) if reads else [],
        names=second_person.names_of([letter]), still=second_person.needed,
    )


@blueprint.post("/cases/<key>/letters/<int:letter_id>/reading")
@needs(Permission.LETTER_RELEASE)
def read_letter(key: str, letter_id: int) -> ResponseReturnValue:
    """A second person has read a letter that does not fund."""
    case = _in_office(key)
    second_person.confirm(case, letter_id, second_person.READING, by=current_user, seen=seen_version())
    flash("It is on record that you have read the letter.")
    return redirect(url_for("cases.letters", key=case.key))


@blueprint.get("/cases/<key>/letters/<int:letter_id>/address")
@needs(Permission.IDENTITY_READ)
def letter_address(key: str, letter_id: int) -> ResponseReturnValue:
    return _address_page(_in_office(key), letter_id)


def _address_page(case: Case, letter_id: int, faults: dict[str, str] | None = None) -> str:
    compared = second_person.compared(case, letter_id, current_user)
    return render_template(
        "cases/letter_address.html", case=case, strip=services.strip(case, current_user), compared=compared,
        title=services.letter_title(compared.letter), names=second_person.names_of([compared.letter]),
        still=second_person.needed, errors=[{"text": text, "href": "#letter"} for text in (faults or {}).values()],
    )


@blueprint.post("/cases/<key>/letters/<int:letter_id>/address")
@needs(Permission.LETTER_RELEASE)
def compare_address(key: str, letter_id: int) -> ResponseReturnValue:
    """A second person has compared name and address with the record."""
    case = _in_office(key)
    try:
        second_person.confirm(case, letter_id, second_person.ADDRESS, by=current_user, seen=seen_version())
    except Invalid as fault:
        return _address_page(case, letter_id, fault.faults), 422
    flash("It is on record that you have compared name and address.")
    return redirect(url_for("cases.letters", key=case.key))


@blueprint.post("/cases/<key>/letters/<int:batch>/release")
@needs(Permission.LETTER_RELEASE)
def release_letters(key: str, batch: int) -> ResponseReturnValue:
    case = _in_office(key)
    left_out = [whole_number(one) for one in request.form.getlist("leave_out")]
    posting.release(case, batch, by=current_user, seen=seen_version(), leave_out=left_out)
    flash("The letters are released. Until they leave you can still stop them here.")
    return redirect(url_for("cases.letters", key=case.key))


@blueprint.post("/cases/<key>/letters/<int:batch>/told")
@needs(Permission.LETTER_RELEASE)
def patient_told(key: str, batch: int) -> ResponseReturnValue:
    """The clinician has told the patient, as somebody of the office heard: the patient's letter need not wait."""
    case = _in_office(key)
    try:
        posting.patient_told(case, batch, how=plain_text(request.form.get("how", "")), by=current_user, seen=seen_version())
    except Invalid as fault:
        return _letters_page(case, fault.faults), 422
    flash("It is on record that the patient knows. The patient’s letter does not wait any longer.")
    return redirect(url_for("cases.letters", key=case.key))


@blueprint.post("/cases/<key>/patient-told")
@needs(Permission.CASE_DRAFT)
def clinician_told(key: str) -> ResponseReturnValue:
    """The clinician says on the request's own page that the patient knows."""
    case = services.visible_case(key, current_user)
    posting.clinician_told(case, by=current_user, seen=seen_version())
    flash("Thank you. Our letter to your patient leaves now.")
    return redirect(page_of(case))


@blueprint.post("/cases/<key>/letters/<int:batch>/stop")
@needs(Permission.LETTER_RELEASE)
def stop_letters(key: str, batch: int) -> ResponseReturnValue:
    case = _in_office(key)
    because = plain_text(request.form.get("because", ""))
    try:
        posting.stop(case, batch, because=because, by=current_user, seen=seen_version())
    except Invalid as fault:
        return _letters_page(case, fault.faults), 422
    flash("The letters are stopped. They have not left.")
    return redirect(url_for("cases.letters", key=case.key))


@blueprint.post("/cases/<key>/letters/<int:batch>/put-back")
@needs(Permission.LETTER_RELEASE)
def put_back_letters(key: str, batch: int) -> ResponseReturnValue:
    case = _in_office(key)
    posting.put_back(case, batch, by=current_user, seen=seen_version())
    flash("The letters wait for their release again.")
    return redirect(url_for("cases.letters", key=case.key))


# --- information --------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/information", endpoint="information")
@needs(Permission.CASE_READ)
def information_page(key: str) -> ResponseReturnValue:
    case = _for_information(key)
    missing = workflow.why_not(case, information.sending_of(case), current_user) if "check" in request.args else []
    return _information_page(case, errors=[_as_error(reason) for reason in missing])


def _for_information(key: str) -> Case:
    """The office asks and the provider answers; nobody else has this page."""
    case = services.visible_case(key, current_user)
    allowed = information.ASKERS | information.ANSWERERS | services.OFFICE
    if not services.capacities(current_user, case) & allowed:
        raise NotVisible(key)
    return case


def _as_error(reason: Reason) -> dict[str, Any]:
    return {"text": reason.text, "href": f"#{reason.anchor}" if reason.anchor else None}


def _information_page(
    case: Case,
    *,
    form: forms.QuestionForm | None = None,
    faults: dict[str, str] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> str:
    draft = information.draft_of(case)
    form = form or forms.QuestionForm(
        formdata=None, seen=case.version, question_key=request.args.get("about", ""),
        stops_clock=("stops" if draft.stops_clock else "runs") if draft else None,
    )  # fmt: skip
    form.question_key.choices = [("", "Nothing in particular"), *information.form_questions(case)]
    found = [{"text": text, "href": f"#{name}"} for name, text in (faults or {}).items()]
    return render_template(
        "cases/information.html",
        view=overview.information_view(case, current_user),
        strip=services.strip(case, current_user),
        links=_links(case, "cases.information"),
        back_to=page_of(case),
        question_form=form,
        gap_kinds=information.GAP_KINDS,
        may_send_more=volunteered.may_send(case, current_user),
        once=request.form.get("once") or uuid4().hex,
        faults=faults or {},
        typed=request.form,
        files_lost=bool(faults) and any(file.filename for file in request.files.values()),
        errors=(errors or []) + found + errors_of(form),
    )


@blueprint.post("/cases/<key>/information/questions")
@needs(Permission.CASE_READ)
def draft_question(key: str) -> ResponseReturnValue:
    case = _for_information(key)
    form = forms.QuestionForm()
    if not form.validate_on_submit():
        return _information_page(case, form=form), 422
    information.draft_question(
        case, text=form.text.data, question_key=form.question_key.data, needed_for=form.needed_for.data,
        gap=form.gap.data if form.question_key.data else None, stops_clock=form.stops_clock.data == "stops",
        once=form.once.data, by=current_user, seen=form.seen.data,
    )
    return redirect(url_for("cases.information", key=case.key, _anchor="questions"))


@blueprint.post("/cases/<key>/information/questions/<int:question_id>/removal")
@needs(Permission.CASE_READ)
def remove_question(key: str, question_id: int) -> ResponseReturnValue:
    case = _for_information(key)
    information.remove_question(information.question(case, question_id), by=current_user, seen=seen_version())
    return redirect(url_for("cases.information", key=case.key, _anchor="questions"))


@blueprint.post("/cases/<key>/information/answers")
@needs(Permission.CASE_READ)
def save_answers(key: str) -> ResponseReturnValue:
    case = _for_information(key)
    asked = information.waiting(case)
    rows = information.questions_of(asked) if asked else []
    try:
        information.save_answers(forms.typed_answers(rows, request.form, request.files), by=current_user)
    except Invalid as fault:
        return _information_page(case, faults=fault.faults), 422
    return _send_answers(case) if request.form.get("then") == "send" else _answers_kept(case)


def _answers_kept(case: Case) -> ResponseReturnValue:
    flash("Your answers are saved. They have not been sent yet.")
    return redirect(url_for("cases.information", key=case.key))


def _send_answers(case: Case) -> ResponseReturnValue:
    """Send them, or keep them and say what is still missing: nothing that was typed is lost either way."""
    trigger = information.sending_of(case)
    if workflow.why_not(case, trigger, current_user):
        return redirect(url_for("cases.information", key=case.key, check="yes"))
    made = workflow.move(case, trigger, by=current_user, seen=None)
    flash(f"{made.done}.")
    return redirect(page_of(case))


@blueprint.post("/cases/<key>/information/further")
@needs(Permission.CASE_READ)
def send_more(key: str) -> ResponseReturnValue:
    case = _for_information(key)
    chosen = request.files.get("further-file")
    file = information.Upload(chosen.filename, chosen.read()) if chosen and chosen.filename else None
    words = plain_text(request.form.get("further", ""))
    try:
        volunteered.send_more(
            case, words=words, file=file, once=request.form.get("once") or uuid4().hex, by=current_user
        )
    except Invalid as fault:
        return _information_page(case, faults=fault.faults), 422
    except documents.NotAcceptedError as fault:
        return _information_page(case, faults={"further-file": str(fault)}), 422
    flash("It is on record with today's date. The office says what it makes of it before the request goes on.")
    return redirect(url_for("cases.information", key=case.key))


@blueprint.post("/cases/<key>/information/questions/<int:question_id>/consideration")
@needs(Permission.CASE_READ)
def consider(key: str, question_id: int) -> ResponseReturnValue:
    case = _for_information(key)
    row = information.question(case, question_id)
    words = plain_text(request.form.get(f"considered-{row.id}", ""))
    try:
        information.consider(row, words=words, by=current_user, seen=seen_version())
    except Invalid as fault:
        return _information_page(case, faults=fault.faults), 422
    return redirect(url_for("cases.information", key=case.key, _anchor=f"question-{row.id}"))
