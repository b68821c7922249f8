"""The pages of meetings, for the secretary and for those who sit."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import services as cases
from ifr.pages import offered, plain_text, seen_version, whole_number, with_faults
from ifr.panels import agenda, reading, seats, services
from ifr.panels import meetings as keeping
from ifr.panels.forms import AddItemForm, CancelForm, MeetingForm, NoteForm, SeatForm, WhenForm
from ifr.panels.sitting import meeting_of, open_item_of

blueprint = Blueprint("panels", __name__)
BLUEPRINTS = (blueprint,)


# --- the secretary's pages ------------------------------------------------------------------------------------------------


@blueprint.get("/meetings")
@needs(Permission.PANEL_MANAGE)
def meetings() -> ResponseReturnValue:
    return _meetings(MeetingForm())


@blueprint.post("/meetings")
@needs(Permission.PANEL_MANAGE)
def plan() -> ResponseReturnValue:
    form = MeetingForm().offer(services.commissioners_of(current_user))
    if not form.validate_on_submit():
        return _meetings(form, 422)
    assert form.held_on.data is not None  # the form asks for it
    try:
        meeting = keeping.plan_meeting(
            commissioner_id=form.commissioner_id.data, held_on=form.held_on.data, place=form.place.data,
            starts=form.starts.data, ends=form.ends.data, link=form.link.data or "", number=form.number.data or "",
            in_common_with=form.in_common_with.data or (), once=form.once.data, by=current_user,
        )
    except workflow.Invalid as fault:
        return _meetings(with_faults(form, fault.faults), 422)
    flash("The meeting has been planned.")
    return redirect(url_for("panels.meeting", meeting_id=meeting.id))


def _meetings(form: MeetingForm, code: int = 200) -> ResponseReturnValue:
    form.offer(services.commissioners_of(current_user))
    return render_template("panels/meetings.html", rows=reading.meetings_of(current_user), form=form), code


@blueprint.get("/meetings/<int:meeting_id>")
@needs(Permission.PANEL_MANAGE)
def meeting(meeting_id: int) -> ResponseReturnValue:
    return _meeting(meeting_id)


def _meeting(meeting_id: int, code: int = 200, **forms: Any) -> ResponseReturnValue:
    page = reading.meeting_page(meeting_id, current_user)
    seat, add = forms.get("seat_form") or SeatForm(formdata=None), forms.get("add_form") or AddItemForm(formdata=None)
    seat.user_id.choices, add.case_id.choices = offered(page.may_sit), offered(page.can_be_added)
    seat.only_item_id.choices = offered([("", "The whole meeting"), *page.for_one_guest])
    seat.votes_for.choices = offered(page.served)
    cancel = forms.get("cancel_form") or CancelForm(formdata=None)
    shown = [form for form in forms.values() if isinstance(form, FlaskForm)]
    return render_template(
        "panels/meeting.html", page=page, seat_form=seat, add_form=add, cancel_form=cancel, form=shown[0] if shown else None,
        errors=forms.get("errors"),
    ), code  # fmt: skip


@blueprint.post("/meetings/<int:meeting_id>/seats")
@needs(Permission.PANEL_MANAGE)
def give_seat(meeting_id: int) -> ResponseReturnValue:
    form = SeatForm()
    try:
        seats.seat(
            meeting_id, form.user_id.data or 0, form.capacity.data or "", only_item_id=form.only_item_id.data,
            votes_for=form.votes_for.data or None, by=current_user,
        )  # fmt: skip
    except workflow.Invalid as fault:
        return _meeting(meeting_id, 422, seat_form=with_faults(form, fault.faults))
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor="seats"))


@blueprint.get("/meetings/<int:meeting_id>/change")
@needs(Permission.PANEL_MANAGE)
def when(meeting_id: int) -> ResponseReturnValue:
    return _when(meeting_id, WhenForm(obj=services.visible_meeting(meeting_id, current_user)))


@blueprint.post("/meetings/<int:meeting_id>/change")
@needs(Permission.PANEL_MANAGE)
def change(meeting_id: int) -> ResponseReturnValue:
    services.visible_meeting(meeting_id, current_user)
    form = WhenForm()
    if not form.validate_on_submit():
        return _when(meeting_id, form, 422)
    assert form.held_on.data is not None  # the form asks for it
    to = keeping.When(
        form.held_on.data, form.place.data or "", form.starts.data, form.ends.data, form.link.data or "", form.number.data or ""
    )
    try:
        keeping.change_meeting(meeting_id, to, by=current_user)
    except workflow.Invalid as fault:
        return _when(meeting_id, with_faults(form, fault.faults), 422)
    flash("The meeting has been changed. Whoever was invited is told.")
    return redirect(url_for("panels.meeting", meeting_id=meeting_id))


def _when(meeting_id: int, form: WhenForm, code: int = 200) -> ResponseReturnValue:
    meeting = services.visible_meeting(meeting_id, current_user)
    return render_template("panels/when.html", meeting=meeting, form=form), code


@blueprint.post("/meetings/<int:meeting_id>/cancel")
@needs(Permission.PANEL_MANAGE)
def cancel(meeting_id: int) -> ResponseReturnValue:
    form = CancelForm()
    if not form.validate_on_submit():
        return _meeting(meeting_id, 422, cancel_form=form)
    try:
        keeping.cancel_meeting(meeting_id, because=form.because.data or "", by=current_user)
    except workflow.Invalid as fault:
        return _meeting(meeting_id, 422, cancel_form=with_faults(form, fault.faults))
    flash("The meeting has been cancelled. Whoever was invited is told.")
    return redirect(url_for("panels.meeting", meeting_id=meeting_id))


@blueprint.post("/meetings/<int:meeting_id>/invite")
@needs(Permission.PANEL_MANAGE)
def invite(meeting_id: int) -> ResponseReturnValue:
    number = keeping.invite(meeting_id, by=current_user)
    flash(f"{number} invitation{'' if number == 1 else 's'} will be sent.")
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor="seats"))


@blueprint.post("/meetings/<int:meeting_id>/order")
@needs(Permission.PANEL_MANAGE)
def order(meeting_id: int) -> ResponseReturnValue:
    before, after = agenda.order_so_that_few_leave(meeting_id, by=current_user)
    flash(f"Times that somebody leaves: {before} before, {after} now.")
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor="agenda"))


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/<any(up, down):way>")
@needs(Permission.PANEL_MANAGE)
def move_item(meeting_id: int, item_id: int, way: str) -> ResponseReturnValue:
    return _do(meeting_id, lambda: agenda.move_item(meeting_id, item_id, way, by=current_user), f"item-{item_id}")


@blueprint.post("/meetings/<int:meeting_id>/seats/<int:user_id>/take-back")
@needs(Permission.PANEL_MANAGE)
def take_seat_back(meeting_id: int, user_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: seats.take_back(meeting_id, user_id, by=current_user), "seats")


@blueprint.post(
    "/meetings/<int:meeting_id>/seats/<int:user_id>/<any(arrived, left, lost, back, apologies, expected):what>"
)
@needs(Permission.PANEL_MANAGE)
def attend(meeting_id: int, user_id: int, what: str) -> ResponseReturnValue:
    return _do(meeting_id, lambda: seats.attend(meeting_id, user_id, what, by=current_user), "seats")


@blueprint.post("/meetings/<int:meeting_id>/items")
@needs(Permission.PANEL_MANAGE)
def add_item(meeting_id: int) -> ResponseReturnValue:
    form = AddItemForm()
    try:
        agenda.add_item(meeting_id, form.case_id.data or 0, by=current_user)
    except workflow.Invalid as fault:
        return _meeting(meeting_id, 422, add_form=with_faults(form, fault.faults))
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor="agenda"))


@blueprint.post("/meetings/<int:meeting_id>/open")
@needs(Permission.PANEL_MANAGE)
def open_meeting(meeting_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: keeping.open_meeting(meeting_id, by=current_user))


@blueprint.post("/meetings/<int:meeting_id>/close")
@needs(Permission.PANEL_MANAGE)
def close_meeting(meeting_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: keeping.close_meeting(meeting_id, by=current_user))


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/remove")
@needs(Permission.PANEL_MANAGE)
def remove_item(meeting_id: int, item_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: agenda.remove_item(meeting_id, item_id, by=current_user), "agenda")


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/carry-forward")
@needs(Permission.PANEL_MANAGE)
def carry_forward(meeting_id: int, item_id: int) -> ResponseReturnValue:
    target = whole_number(request.form.get("to"))
    return _do(meeting_id, lambda: agenda.carry_forward(meeting_id, item_id, target, by=current_user), "agenda")


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/chair")
@needs(Permission.PANEL_MANAGE)
def name_deputy(meeting_id: int, item_id: int) -> ResponseReturnValue:
    user_id = request.form.get("user_id", 0, type=int)
    return _do(meeting_id, lambda: agenda.name_deputy(meeting_id, item_id, user_id, by=current_user), f"item-{item_id}")


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/receive")
@needs(Permission.PANEL_MANAGE)
def receive(meeting_id: int, item_id: int) -> ResponseReturnValue:
    form = NoteForm()
    return _do(meeting_id, lambda: agenda.receive(meeting_id, item_id, note=form.note.data or "", by=current_user))


def _do(meeting_id: int, act: Any, anchor: str | None = None) -> ResponseReturnValue:
    """One act on a meeting; what stands in its way is said above the same page."""
    try:
        act()
    except workflow.Invalid as fault:
        return _meeting(meeting_id, 422, errors=[{"text": text, "href": None} for text in fault.faults.values()])
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor=anchor))


@blueprint.post(
    "/meetings/<int:meeting_id>/requests/<key>/moves/<any(list, take_item, record_decision, defer, unlist):trigger>"
)
@needs(Permission.PANEL_MANAGE)
def make_move(meeting_id: int, key: str, trigger: str) -> ResponseReturnValue:
    services.visible_meeting(meeting_id, current_user)
    case = cases.visible_case(key, current_user)
    seen = seen_version()
    made = workflow.move(case, trigger, by=current_user, seen=seen, reason=plain_text(request.form.get("reason")))
    flash(f"{made.done}.")
    if trigger == "record_decision":
        return redirect(url_for("decisions.record", key=case.key))
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor="agenda"))


@blueprint.get("/cases/<key>/meeting")
@needs(Permission.CASE_READ)
def of_case(key: str) -> ResponseReturnValue:
    """From a case to the meeting on whose agenda it stands."""
    found = meeting_of(open_item_of(cases.visible_case(key, current_user)))
    if found is None:
        return redirect(url_for("panels.meetings"))
    return redirect(url_for("panels.meeting", meeting_id=found.id, _anchor="agenda"))


# --- those who sit --------------------------------------------------------------------------------------------------------


@blueprint.get("/my-meetings")
@needs(Permission.PANEL_SIT)
def mine() -> ResponseReturnValue:
    return _mine()


def _mine(code: int = 200, **context: Any) -> ResponseReturnValue:
    return render_template(
        "panels/mine.html", meetings=reading.my_meetings(current_user), others=reading.my_other_parts(current_user), **context
    ), code


@blueprint.post("/my-meetings/<int:meeting_id>/<any(apologies, expected):what>")
@needs(Permission.PANEL_SIT)
def say_whether_i_come(meeting_id: int, what: str) -> ResponseReturnValue:
    try:
        seats.say_whether_i_come(meeting_id, comes=what == "expected", by=current_user)
    except workflow.Invalid as fault:
        return _mine(422, errors=[{"text": text, "href": None} for text in fault.faults.values()])
    flash("Thank you. The secretary sees that you come." if what == "expected" else "Your apologies have been sent.")
    return redirect(url_for("panels.mine"))


@blueprint.get("/my-meetings/<int:meeting_id>/meeting.ics")
@needs(Permission.PANEL_SIT)
def my_invitation(meeting_id: int) -> ResponseReturnValue:
    answer = Response(reading.my_invitation(meeting_id, current_user), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="meeting-{meeting_id}.ics"'
    return answer
