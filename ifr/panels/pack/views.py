"""The pages from which papers are opened, printed and read again as the panel saw them."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.pages import plain_text
from ifr.panels.forms import NotesForm, ViewForm
from ifr.panels.handing_out import handed
from ifr.panels.interests.openings import opened
from ifr.panels.pack import late, reading, services
from ifr.panels.pack.models import LEAVE

blueprint = Blueprint("pack", __name__)

_ITEM = "/meetings/<int:meeting_id>/items/<int:item_id>"


# --- papers, as they are issued -------------------------------------------------------------------------------------------


@blueprint.get(f"{_ITEM}/papers")
@needs(Permission.CASE_READ)
def papers(meeting_id: int, item_id: int) -> ResponseReturnValue:
    return _papers(meeting_id, item_id)


def _papers(
    meeting_id: int, item_id: int, code: int = 200, form: ViewForm | None = None, *, fault: str = "",
    at: str = "late", place: str = "", typed: str = "",
) -> ResponseReturnValue:
    page = reading.papers_page(meeting_id, item_id, current_user)
    if page.papers is not None:
        opened(page.item, current_user)
    errors = [{"text": fault, "href": f"#{at}"}] if fault else []
    asked = NotesForm if page.before_discussion else ViewForm
    return render_template(
        "panels/pack/papers.html", page=page, papers=page.papers, form=form or asked(formdata=None, obj=page.view),
        shown=form, meeting_id=meeting_id, stop_case=page.case, errors=errors, place=place, typed=typed,
        pack=services.last_pack(meeting_id, item_id, current_user),
    ), code


@blueprint.post(f"{_ITEM}/view")
@needs(Permission.PANEL_SIT)
def write_view(meeting_id: int, item_id: int) -> ResponseReturnValue:
    item, case = reading.readable_item(meeting_id, item_id, current_user)
    form = NotesForm() if item.taken_at is None else ViewForm()
    if not form.validate_on_submit():
        return _papers(meeting_id, item_id, 422, form)
    leaning = form.leaning.data if form.leaning else ""
    try:
        services.write_view(item, case, text=form.text.data, leaning=leaning, by=current_user)
    except workflow.Invalid as fault:
        return _papers(meeting_id, item_id, 422, form, fault=next(iter(fault.faults.values())), at="view")
    flash("Your view has been saved." if leaning else "Your notes have been saved. They are no vote.")
    return redirect(url_for("pack.papers", meeting_id=meeting_id, item_id=item_id, _anchor="view"))


@blueprint.get(f"{_ITEM}/papers/documents/<int:number>")
@needs(Permission.CASE_READ)
def document(meeting_id: int, item_id: int, number: int) -> ResponseReturnValue:
    item, case, found = reading.document_of(meeting_id, item_id, number, current_user)
    opened(item, current_user, f"Document {number}")
    return handed(found, f"{case.key}-document-{number}")


# --- late papers ----------------------------------------------------------------------------------------------------------


@blueprint.post(f"{_ITEM}/late")
@needs(Permission.PANEL_SIT)
def answer_late(meeting_id: int, item_id: int) -> ResponseReturnValue:
    item, case = reading.readable_item(meeting_id, item_id, current_user)
    place, reason = request.form.get("place", ""), plain_text(request.form.get("reason")) or ""
    try:
        row = late.answer(
            item, case, place=place, sha256=request.form.get("sha256", ""), leave=request.form.get("answer") == LEAVE,
            reason=reason, by=current_user,
        )
    except workflow.Invalid as fault:
        return _papers(meeting_id, item_id, 422, fault=fault.faults["late"], place=place, typed=reason)
    flash("It has been added to the papers." if row.answer == LEAVE else "It is on record that this was not let in.")
    return redirect(url_for("pack.papers", meeting_id=meeting_id, item_id=item_id, _anchor="late"))


@blueprint.get(f"{_ITEM}/late/documents/<int:document_id>")
@needs(Permission.CASE_READ)
def late_document(meeting_id: int, item_id: int, document_id: int) -> ResponseReturnValue:
    item, case, found = reading.late_document(meeting_id, item_id, document_id, current_user)
    opened(item, current_user, "A late document that waits for the chair")
    return handed(found, f"{case.key}-late-document")


# --- as the panel saw it --------------------------------------------------------------------------------------------------


@blueprint.get(f"{_ITEM}/as-the-panel-saw-it")
@needs(Permission.CASE_READ)
def seen(meeting_id: int, item_id: int) -> ResponseReturnValue:
    page = reading.seen_page(meeting_id, item_id, current_user)
    opened(page.item, current_user, "The papers, as the panel saw them")
    return render_template("panels/pack/seen.html", page=page, papers=page.papers, meeting_id=meeting_id)


@blueprint.get(f"{_ITEM}/as-the-panel-saw-it/documents/<int:number>")
@needs(Permission.CASE_READ)
def seen_document(meeting_id: int, item_id: int, number: int) -> ResponseReturnValue:
    item, case, found = reading.document_seen(meeting_id, item_id, number, current_user)
    opened(item, current_user, f"Document {number}, as the panel saw it")
    return handed(found, f"{case.key}-document-{number}")


# --- the pack -------------------------------------------------------------------------------------------------------------


@blueprint.post(f"{_ITEM}/pack")
@needs(Permission.CASE_READ)
def ask_for_item(meeting_id: int, item_id: int) -> ResponseReturnValue:
    made = services.ask_for(meeting_id, item_id, current_user)
    return redirect(url_for("pack.progress", pack_id=made.id))


@blueprint.post("/meetings/<int:meeting_id>/pack")
@needs(Permission.CASE_READ)
def ask_for_meeting(meeting_id: int) -> ResponseReturnValue:
    made = services.ask_for(meeting_id, None, current_user)
    return redirect(url_for("pack.progress", pack_id=made.id))


@blueprint.get("/packs/<int:pack_id>")
@needs(Permission.CASE_READ)
def progress(pack_id: int) -> ResponseReturnValue:
    asked = services.pack_of(pack_id, current_user)
    return render_template("panels/pack/progress.html", pack=asked, sits=services.sits_at(asked, current_user))


@blueprint.get("/packs/<int:pack_id>/file")
@needs(Permission.CASE_READ)
def file(pack_id: int) -> ResponseReturnValue:
    made, content = services.file_of(pack_id, current_user)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="panel-papers-{made.id}.pdf"'
    return answer
