"""The pages of the registers of those who sit, and of what is promised to a patient before a panel."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import clock
from ifr.access import Permission, needs
from ifr.cases.services import strip, visible_case
from ifr.pages import Problem, day, errors_of, whole_number, with_faults
from ifr.panels import promises
from ifr.panels.members import declared, inviting, services
from ifr.panels.members.forms import (
    AnswerForm,
    ConfirmForm,
    EndInterestForm,
    EndPlaceForm,
    ExceptionForm,
    InterestForm,
    InvitationForm,
    NewPlaceForm,
    PlaceForm,
)
from ifr.panels.members.models import CAPACITIES
from ifr.people.models import PROFESSIONS
from ifr.workflow import Invalid

blueprint = Blueprint("members", __name__)


# --- the standing register --------------------------------------------------------------------------------------------


@blueprint.get("/panel-members")
@needs(Permission.PANEL_REGISTER)
def register() -> ResponseReturnValue:
    found = services.registers(current_user)
    return render_template(
        "panels/members/register.html",
        registers=found,
        interests={one.commissioner.id: declared.summaries(one.commissioner.id) for one in found},
        professions=PROFESSIONS,
    )


@blueprint.get("/panel-members/new")
@needs(Permission.PANEL_REGISTER)
def new() -> ResponseReturnValue:
    return _new(NewPlaceForm())


@blueprint.post("/panel-members/new")
@needs(Permission.PANEL_REGISTER)
def add() -> ResponseReturnValue:
    form = _offered(NewPlaceForm())
    if not form.validate_on_submit():
        return _new(form, 422)
    try:
        services.add(
            whole_number(form.user_id.data), form.commissioner_ids.data, form.place(), once=form.once.data, by=current_user
        )  # fmt: skip
    except Invalid as fault:
        return _new(with_faults(form, fault.faults), 422)
    flash("The register has been changed.")
    return redirect(url_for("members.register"))


def _offered(form: NewPlaceForm) -> NewPlaceForm:
    kept = services.kept_by(current_user)
    people = {one.id: one for body in kept for one in services.could_stand(body.id)}
    form.offer(kept, people.values())
    form.offer_deputies((one.id, one.name) for one in services.on_registers([body.id for body in kept]))
    return form


def _new(form: NewPlaceForm, code: int = 200) -> ResponseReturnValue:
    return render_template("panels/members/new.html", form=_offered(form)), code


@blueprint.get("/panel-members/<int:row_id>")
@needs(Permission.PANEL_REGISTER)
def place(row_id: int) -> ResponseReturnValue:
    return _place(row_id)


@blueprint.post("/panel-members/<int:row_id>")
@needs(Permission.PANEL_REGISTER)
def change(row_id: int) -> ResponseReturnValue:
    services.place_of(row_id, current_user)
    form = PlaceForm()
    if not form.validate_on_submit():
        return _place(row_id, 422, form=form)
    try:
        services.change(row_id, form.place(), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _place(row_id, 422, form=with_faults(form, fault.faults))
    flash("The register has been changed.")
    return redirect(url_for("members.register"))


@blueprint.post("/panel-members/<int:row_id>/end")
@needs(Permission.PANEL_REGISTER)
def end(row_id: int) -> ResponseReturnValue:
    services.place_of(row_id, current_user)
    form = EndPlaceForm()
    if not form.validate_on_submit():
        return _place(row_id, 422, ending=form)
    assert form.ended_on.data is not None  # the form asks for it
    try:
        services.end(row_id, on=form.ended_on.data, because=form.because.data, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _place(row_id, 422, ending=with_faults(form, fault.faults))
    flash("The place has ended. It stays on record.")
    return redirect(url_for("members.register"))


def _place(
    row_id: int, code: int = 200, form: PlaceForm | None = None, ending: EndPlaceForm | None = None
) -> ResponseReturnValue:
    page = services.place_page(row_id, current_user)
    faulty = form or ending
    seen = faulty.seen.data if faulty else page.row.version
    form = form or PlaceForm(formdata=None, obj=page.row, seen=seen)
    form.offer_deputies(page.deputies)
    return render_template(
        "panels/members/place.html",
        page=page,
        form=form,
        ending=ending or EndPlaceForm(formdata=None, seen=seen, ended_on=clock.today()),
        faulty=faulty,
        capacities=CAPACITIES,
        professions=PROFESSIONS,
    ), code  # fmt: skip


@blueprint.get("/panel-members/interests/<int:user_id>")
@needs(Permission.PANEL_REGISTER)
def interests_of(user_id: int) -> ResponseReturnValue:
    return render_template("panels/members/interests.html", page=declared.register_of(user_id, current_user))


# --- one's own interests ----------------------------------------------------------------------------------------------


@blueprint.get("/my-interests")
@needs(Permission.PANEL_SIT)
def my_interests() -> ResponseReturnValue:
    return _mine()


@blueprint.post("/my-interests")
@needs(Permission.PANEL_SIT)
def add_interest() -> ResponseReturnValue:
    form = InterestForm()
    form.offer(declared.organisations())
    if not form.validate_on_submit():
        return _mine(422, form=form)
    try:
        declared.add(form.typed(), once=form.once.data, by=current_user)
    except Invalid as fault:
        return _mine(422, form=with_faults(form, fault.faults))
    flash("The interest is on your register. Confirm the register when it is complete.")
    return redirect(url_for("members.my_interests"))


@blueprint.post("/my-interests/<int:interest_id>/end")
@needs(Permission.PANEL_SIT)
def end_interest(interest_id: int) -> ResponseReturnValue:
    form = EndInterestForm()
    try:
        declared.end(interest_id, because=form.because.data or "", by=current_user)
    except Invalid as fault:
        return _mine(422, ending=(interest_id, form.because.data or "", fault.faults))
    flash("The interest has ended. It stays on record.")
    return redirect(url_for("members.my_interests"))


@blueprint.post("/my-interests/confirm/<any(complete, nothing):what>")
@needs(Permission.PANEL_SIT)
def confirm(what: str) -> ResponseReturnValue:
    try:
        declared.confirm(nothing=what == "nothing", once=ConfirmForm().once.data, by=current_user)
    except Invalid as fault:
        return _mine(422, said=fault.faults)
    flash("Thank you. Your register is confirmed.")
    return redirect(url_for("members.my_interests"))


def _mine(
    code: int = 200, *, form: InterestForm | None = None, ending: tuple[int, str, Mapping[str, str]] | None = None,
    said: Mapping[str, str] | None = None,
) -> ResponseReturnValue:  # fmt: skip
    errors: list[Problem] = [{"text": text, "href": "#confirm"} for text in (said or {}).values()]
    errors += errors_of(form)
    form = form or InterestForm(formdata=None)
    form.offer(declared.organisations())
    if ending is not None:
        errors += [{"text": text, "href": f"#because-{ending[0]}"} for text in ending[2].values()]
    return render_template(
        "panels/members/mine.html", page=declared.own_register(current_user), form=form, ending=ending,
        errors=errors, mark=ConfirmForm(formdata=None).once.data,
    ), code  # fmt: skip


# --- the invitation that the procedure promises -----------------------------------------------------------------------


@blueprint.get("/cases/<key>/invitation")
@needs(Permission.CASE_READ)
def invitation(key: str) -> ResponseReturnValue:
    return _invitation(key)


@blueprint.post("/cases/<key>/invitation")
@needs(Permission.CASE_WORKLIST)
def invite(key: str) -> ResponseReturnValue:
    case = visible_case(key, current_user)
    form = InvitationForm()
    if not form.validate_on_submit():
        return _invitation(key, 422, form=form)
    try:
        made = promises.invite(case, form.typed(), once=form.once.data, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _invitation(key, 422, form=with_faults(form, fault.faults))
    flash("The letter waits to be read and let go." if made.how == promises.LETTER else "The invitation is on record.")
    return redirect(url_for("members.invitation", key=case.key))


@blueprint.post("/cases/<key>/invitation/<int:invitation_id>/answer")
@needs(Permission.CASE_WORKLIST)
def answer(key: str, invitation_id: int) -> ResponseReturnValue:
    case = visible_case(key, current_user)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _invitation(key, 422, answering=(invitation_id, form))
    try:
        promises.record_answer(case, invitation_id, form.typed(), once=form.once.data, seen=form.seen.data, by=current_user)
    except Invalid as fault:
        faults = {"statement" if name == "answer" else name: said for name, said in fault.faults.items()}
        return _invitation(key, 422, answering=(invitation_id, with_faults(form, faults)))
    flash("The answer is on record.")
    return redirect(url_for("members.invitation", key=case.key))


@blueprint.post("/cases/<key>/invitation/exception")
@needs(Permission.CASE_READ)
def go_without(key: str) -> ResponseReturnValue:
    case = visible_case(key, current_user)
    inviting.page_of(case, current_user)
    form = ExceptionForm()
    if not form.validate_on_submit():
        return _invitation(key, 422, exception=form)
    try:
        promises.go_without(
            case, reason=form.reason.data, instead=form.instead.data, plain_reasons=form.plain_reasons.data,
            once=form.once.data, seen=form.seen.data, by=current_user,
        )  # fmt: skip
    except Invalid as fault:
        return _invitation(key, 422, exception=with_faults(form, fault.faults))
    flash("This is on record, and the letter to the patient waits to be let go.")
    return redirect(url_for("members.invitation", key=case.key))


def _invitation(
    key: str, code: int = 200, *, form: InvitationForm | None = None, answering: tuple[int, AnswerForm] | None = None,
    exception: ExceptionForm | None = None,
) -> ResponseReturnValue:  # fmt: skip
    case = visible_case(key, current_user)
    page = inviting.page_of(case, current_user)
    faulty: Any = form or exception or (answering[1] if answering else None)
    seen = faulty.seen.data if faulty else case.version
    form = form or InvitationForm(formdata=None, seen=seen, meeting_id=str(page.meeting.id) if page.meeting else "")
    form.offer((one.id, f"{day(one.held_on)}, {one.place}") for one in page.meetings)
    return render_template(
        "panels/members/invitation.html",
        case=case,
        strip=strip(case, current_user),
        page=page,
        form=form,
        answers={
            one.row.id: answering[1]
            if answering and answering[0] == one.row.id
            else AnswerForm(formdata=None, seen=seen)
            for one in page.invitations
        },
        exception=exception or ExceptionForm(formdata=None, seen=seen),
        faulty=faulty,
    ), code  # fmt: skip
