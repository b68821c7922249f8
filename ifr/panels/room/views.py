"""The pages of a meeting while it is on, and its minutes."""

import hashlib
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import pdf, workflow
from ifr.access import Permission, needs
from ifr.pages import plain_text, seen_version
from ifr.panels import seats
from ifr.panels.room import minutes as minuting
from ifr.panels.room import services
from ifr.panels.room.forms import LONGEST_NOTE, LateForm, RemarkForm
from ifr.panels.services import visible_meeting

blueprint = Blueprint("room", __name__)


# --- now discussing -------------------------------------------------------------------------------------------------------


@blueprint.get("/meetings/<int:meeting_id>/now")
@needs(Permission.CASE_READ)
def now(meeting_id: int) -> ResponseReturnValue:
    return _now(meeting_id)


def _now(meeting_id: int, code: int = 200, **context: Any) -> ResponseReturnValue:
    page = services.now_page(meeting_id, current_user)
    context.setdefault("late", {})
    return render_template("panels/room/now.html", page=page, **context), code


@blueprint.post("/meetings/<int:meeting_id>/now/<int:user_id>/<any(arrived, by_video, left, lost, back):what>")
@needs(Permission.PANEL_MANAGE)
def attend(meeting_id: int, user_id: int, what: str) -> ResponseReturnValue:
    how = {"arrived": "in_the_room", "by_video": "by_video"}.get(what)
    did = "arrived" if what == "by_video" else what
    return _do(meeting_id, lambda: seats.attend(meeting_id, user_id, did, how=how, by=current_user))


@blueprint.post("/meetings/<int:meeting_id>/now/everybody")
@needs(Permission.PANEL_MANAGE)
def everybody(meeting_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: seats.everybody_is_here(meeting_id, by=current_user))


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/late/<int:user_id>")
@needs(Permission.CASE_READ)
def late(meeting_id: int, item_id: int, user_id: int) -> ResponseReturnValue:
    form = LateForm()
    if not form.validate_on_submit():
        services.now_page(meeting_id, current_user)
        return _now(meeting_id, 422, form=form, late={(item_id, user_id): form})
    return _do(
        meeting_id,
        lambda: services.minute_late_arrival(meeting_id, item_id, user_id, form.minute.data or "", by=current_user),
    )


def _do(meeting_id: int, act: Any) -> ResponseReturnValue:
    try:
        act()
    except workflow.Invalid as fault:
        return _now(meeting_id, 422, errors=[{"text": text, "href": None} for text in fault.faults.values()])
    return redirect(url_for("room.now", meeting_id=meeting_id))


# --- the minutes ----------------------------------------------------------------------------------------------------------


@blueprint.get("/meetings/<int:meeting_id>/minutes")
@needs(Permission.CASE_READ)
def minutes(meeting_id: int) -> ResponseReturnValue:
    return _minutes(meeting_id)


def _minutes(meeting_id: int, code: int = 200, **context: Any) -> ResponseReturnValue:
    page = minuting.minutes_page(meeting_id, current_user)
    context.setdefault("remark", RemarkForm(formdata=None))
    context.setdefault("typed", {})
    return render_template("panels/room/minutes.html", page=page, parts=minuting.PARTS, **context), code


@blueprint.post("/meetings/<int:meeting_id>/minutes")
@needs(Permission.PANEL_MANAGE)
def save_minutes(meeting_id: int) -> ResponseReturnValue:
    visible_meeting(meeting_id, current_user)
    names = [one for one in request.form if one in minuting.PARTS or one.startswith("item-")]
    typed = {one: plain_text(request.form.get(one)) or "" for one in names}
    too_long = [one for one, text in typed.items() if len(text) > LONGEST_NOTE]
    if too_long:
        text = f"Shorten this to {LONGEST_NOTE:,} characters."
        return _minutes(
            meeting_id, 422, typed=typed, faults=dict.fromkeys(too_long, text),
            errors=[{"text": text, "href": f"#{one}"} for one in too_long],
        )  # fmt: skip
    try:
        minuting.save_notes(meeting_id, typed, seen=seen_version(), by=current_user)
    except workflow.Invalid as fault:
        return _minutes(meeting_id, 422, typed=typed, errors=_problems(fault))
    flash("The minutes have been saved.")
    return redirect(url_for("room.minutes", meeting_id=meeting_id))


@blueprint.post("/meetings/<int:meeting_id>/minutes/show")
@needs(Permission.PANEL_MANAGE)
def show_minutes(meeting_id: int) -> ResponseReturnValue:
    try:
        minuting.show_to_chair(meeting_id, seen=seen_version(), by=current_user)
    except workflow.Invalid as fault:
        return _minutes(meeting_id, 422, errors=_problems(fault))
    flash("The minutes are with the chair.")
    return redirect(url_for("room.minutes", meeting_id=meeting_id))


@blueprint.post("/meetings/<int:meeting_id>/minutes/agree")
@needs(Permission.PANEL_SIT)
def agree_minutes(meeting_id: int) -> ResponseReturnValue:
    row = minuting.agree(meeting_id, seen=seen_version(), by=current_user)
    flash("The minutes are agreed." if row.agreed_at else "Thank you. The minutes wait for whoever chaired the other items.")
    return redirect(url_for("room.minutes", meeting_id=meeting_id))


@blueprint.post("/meetings/<int:meeting_id>/minutes/send-back")
@needs(Permission.PANEL_SIT)
def send_minutes_back(meeting_id: int) -> ResponseReturnValue:
    form = RemarkForm()
    if not form.validate_on_submit():
        return _minutes(meeting_id, 422, remark=form, form=form)
    minuting.send_back(meeting_id, form.remark.data or "", seen=form.seen.data, by=current_user)
    flash("The minutes went back to the secretary.")
    return redirect(url_for("panels.mine"))


@blueprint.get("/meetings/<int:meeting_id>/minutes.pdf")
@needs(Permission.CASE_READ)
def print_minutes(meeting_id: int) -> ResponseReturnValue:
    page = minuting.printed(meeting_id, current_user)
    html = render_template("panels/room/print.html", page=page, parts=minuting.PARTS)
    try:
        made = pdf.render(
            html, title=f"Minutes of the meeting of {page.facts['when']}", identifier=hashlib.sha256(html.encode()).hexdigest()
        )
    except pdf.PdfUnavailable as problem:
        return _minutes(meeting_id, 503, errors=[{"text": str(problem), "href": None}])
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="minutes-{meeting_id}.pdf"'
    return answer


def _problems(fault: workflow.Invalid) -> list[dict[str, str | None]]:
    return [{"text": text, "href": None} for text in fault.faults.values()]
