"""The pages of meetings, for the secretary and for those who sit."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import services as cases
from ifr.pages import offered, plain_text, seen_version, whole_number, with_faults
from ifr.panels import reading, services
from ifr.panels.checking import services as checking
from ifr.panels.forms import AddItemForm, ClearForm, InterestForm, MeetingForm, NoteForm, SeatForm, ViewForm
from ifr.panels.handing_out import hand_out
from ifr.panels.interests import services as interests
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
        meeting = services.plan_meeting(
            commissioner_id=form.commissioner_id.data, held_on=form.held_on.data, place=form.place.data,
            once=form.once.data, by=current_user,
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
    shown = [form for form in (forms.get("seat_form"), forms.get("add_form")) if form]
    return render_template("panels/meeting.html", page=page, seat_form=seat, add_form=add, form=shown[0] if shown else None,
                           errors=forms.get("errors")), code


@blueprint.post("/meetings/<int:meeting_id>/seats")
@needs(Permission.PANEL_MANAGE)
def give_seat(meeting_id: int) -> ResponseReturnValue:
    form = SeatForm()
    try:
        services.seat(meeting_id, form.user_id.data or 0, form.capacity.data or "", by=current_user)
    except workflow.Invalid as fault:
        return _meeting(meeting_id, 422, seat_form=with_faults(form, fault.faults))
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor="seats"))


@blueprint.post("/meetings/<int:meeting_id>/seats/<int:user_id>/<any(arrived, left, apologies, expected):what>")
@needs(Permission.PANEL_MANAGE)
def attend(meeting_id: int, user_id: int, what: str) -> ResponseReturnValue:
    return _do(meeting_id, lambda: services.attend(meeting_id, user_id, what, by=current_user), "seats")


@blueprint.post("/meetings/<int:meeting_id>/items")
@needs(Permission.PANEL_MANAGE)
def add_item(meeting_id: int) -> ResponseReturnValue:
    form = AddItemForm()
    try:
        services.add_item(meeting_id, form.case_id.data or 0, by=current_user)
    except workflow.Invalid as fault:
        return _meeting(meeting_id, 422, add_form=with_faults(form, fault.faults))
    return redirect(url_for("panels.meeting", meeting_id=meeting_id, _anchor="agenda"))


@blueprint.post("/meetings/<int:meeting_id>/open")
@needs(Permission.PANEL_MANAGE)
def open_meeting(meeting_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: services.open_meeting(meeting_id, by=current_user))


@blueprint.post("/meetings/<int:meeting_id>/close")
@needs(Permission.PANEL_MANAGE)
def close_meeting(meeting_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: services.close_meeting(meeting_id, by=current_user))


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/remove")
@needs(Permission.PANEL_MANAGE)
def remove_item(meeting_id: int, item_id: int) -> ResponseReturnValue:
    return _do(meeting_id, lambda: services.remove_item(meeting_id, item_id, by=current_user), "agenda")


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/carry-forward")
@needs(Permission.PANEL_MANAGE)
def carry_forward(meeting_id: int, item_id: int) -> ResponseReturnValue:
    target = whole_number(request.form.get("to"))
    return _do(meeting_id, lambda: services.carry_forward(meeting_id, item_id, target, by=current_user), "agenda")


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/chair")
@needs(Permission.PANEL_MANAGE)
def name_deputy(meeting_id: int, item_id: int) -> ResponseReturnValue:
    user_id = request.form.get("user_id", 0, type=int)
    return _do(meeting_id, lambda: services.name_deputy(meeting_id, item_id, user_id, by=current_user), f"item-{item_id}")


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/receive")
@needs(Permission.PANEL_MANAGE)
def receive(meeting_id: int, item_id: int) -> ResponseReturnValue:
    form = NoteForm()
    return _do(meeting_id, lambda: services.receive(meeting_id, item_id, note=form.note.data or "", by=current_user))


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


# --- the identity check ---------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/papers-check")
@needs(Permission.CASE_WORKLIST)
def check_papers(key: str) -> ResponseReturnValue:
    return _papers_check(key)


@blueprint.post("/cases/<key>/papers-check")
@needs(Permission.CASE_WORKLIST)
def save_papers_check(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = request.form
    answers = {p: (form.get(f"answer_{p}", ""), form.get(f"reason_{p}", "")) for p in form.getlist("place")}
    try:
        services_answer = checking.save_check(
            case, answers=answers, read=bool(form.get("read")), sha256=form.get("papers", ""),
            seen=form.get("seen", type=int), by=current_user,
        )
    except workflow.Invalid as fault:
        return _papers_check(key, 422, faults=fault.faults, typed=answers)
    flash("The check has been recorded." if services_answer.read_at else "Saved. The check is not finished.")
    return redirect(url_for("panels.check_papers", key=case.key))


@blueprint.post("/cases/<key>/papers-check/<place>/agree")
@needs(Permission.CASE_WORKLIST)
def agree(key: str, place: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    try:
        checking.agree(case, place, seen=seen_version(), by=current_user)
    except workflow.Invalid as fault:
        return _papers_check(key, 422, faults=fault.faults)
    return redirect(url_for("panels.check_papers", key=case.key))


def _papers_check(key: str, code: int = 200, **context: Any) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    page = checking.check_page(case, current_user)
    faults = context.get("faults") or {}
    errors = [{"text": text, "href": "#read" if at == "read" else f"#answer_{at}"} for at, text in faults.items()]
    return render_template("panels/check_papers.html", page=page, case=case, strip=cases.strip(case, current_user),
                           errors=errors, faults=faults, typed=context.get("typed") or {}, choices=checking.ANSWERS), code


# --- interests ------------------------------------------------------------------------------------------------------------


@blueprint.get("/interests/<int:part_id>")
@needs(Permission.CASE_READ)
def interest(part_id: int) -> ResponseReturnValue:
    return _interest(part_id, InterestForm())


@blueprint.post("/interests/<int:part_id>")
@needs(Permission.CASE_READ)
def declare(part_id: int) -> ResponseReturnValue:
    interests.interest_page(part_id, current_user)
    form = InterestForm()
    if not form.validate_on_submit():
        return _interest(part_id, form, 422)
    try:
        clear = interests.declare(
            part_id, has_interest=form.interest.data == "yes", note=form.note.data or "", by=current_user
        )
    except workflow.Invalid as fault:
        return _interest(part_id, with_faults(form, fault.faults), 422)
    flash("Thank you. The papers are open to you." if clear else "Thank you. The item is private to you from now on.")
    return redirect(url_for("panels.mine"))


def _interest(part_id: int, form: InterestForm, code: int = 200) -> ResponseReturnValue:
    page = interests.interest_page(part_id, current_user)
    return render_template("panels/interest.html", page=page, form=form), code


@blueprint.get("/cases/<key>/interests")
@needs(Permission.CASE_WORKLIST)
def interests_of(key: str) -> ResponseReturnValue:
    return _interests(key, ClearForm())


@blueprint.post("/cases/<key>/interests/<int:user_id>/clear")
@needs(Permission.CASE_WORKLIST)
def clear_interest(key: str, user_id: int) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    form = ClearForm()
    if not form.validate_on_submit():
        return _interests(key, form, 422)
    try:
        interests.clear_conflict(case, user_id, because=form.because.data, seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _interests(key, with_faults(form, fault.faults), 422)
    flash("The conflict of interest has been cleared.")
    return redirect(url_for("panels.interests_of", key=case.key))


def _interests(key: str, form: ClearForm, code: int = 200) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    people = interests.interests_of(case, current_user)
    return render_template("panels/interests.html", case=case, strip=cases.strip(case, current_user), people=people,
                           form=form, may_clear=interests.may_clear(case, current_user)), code


# --- those who sit --------------------------------------------------------------------------------------------------------


@blueprint.get("/my-meetings")
@needs(Permission.PANEL_SIT)
def mine() -> ResponseReturnValue:
    return render_template(
        "panels/mine.html", meetings=reading.my_meetings(current_user), others=reading.my_other_parts(current_user)
    )


@blueprint.get("/meetings/<int:meeting_id>/items/<int:item_id>/papers")
@needs(Permission.CASE_READ)
def papers(meeting_id: int, item_id: int) -> ResponseReturnValue:
    return _papers(meeting_id, item_id)


@blueprint.post("/meetings/<int:meeting_id>/items/<int:item_id>/view")
@needs(Permission.PANEL_SIT)
def write_view(meeting_id: int, item_id: int) -> ResponseReturnValue:
    item = reading.papers_page(meeting_id, item_id, current_user).item
    form = ViewForm()
    if not form.validate_on_submit():
        return _papers(meeting_id, item_id, 422, form=form)
    services.write_view(item, text=form.text.data, leaning=form.leaning.data, by=current_user)
    flash("Your view has been saved.")
    return redirect(url_for("panels.papers", meeting_id=meeting_id, item_id=item_id, _anchor="view"))


def _papers(meeting_id: int, item_id: int, code: int = 200, form: ViewForm | None = None) -> ResponseReturnValue:
    page = reading.papers_page(meeting_id, item_id, current_user)
    form = form or ViewForm(formdata=None, obj=page.view)
    return render_template("panels/papers.html", page=page, papers=page.papers, form=form, meeting_id=meeting_id), code


@blueprint.get("/meetings/<int:meeting_id>/items/<int:item_id>/papers/documents/<int:number>")
@needs(Permission.CASE_READ)
def document(meeting_id: int, item_id: int, number: int) -> ResponseReturnValue:
    page = reading.papers_page(meeting_id, item_id, current_user)
    return hand_out(page.case, page.papers, number)
