"""Pages of the days off."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import clock
from ifr.access import Permission, has, needs
from ifr.pages import new_mark, plain_text, whole_number, with_faults
from ifr.timetable.holidays import comparing, reading, services
from ifr.timetable.holidays.forms import DaysForm, FileForm
from ifr.workflow import Invalid

blueprint = Blueprint("holidays", __name__)


@blueprint.get("/days-off")
@needs(Permission.TIMETABLE_READ)
def table() -> ResponseReturnValue:
    return _table()


def _table(fault: str = "", code: int = 200) -> ResponseReturnValue:
    known = services.years(current_user)
    asked = whole_number(request.args.get("year", ""))
    year = asked if asked in known else clock.today().year
    found = services.changes(current_user)
    return render_template(
        "timetable/holidays/table.html",
        year=year,
        years=known,
        rows=services.rows_of(year, current_user),
        reach=services.reach(),
        changes=found,
        days_of=services.days_of(one.id for one in found),
        names={one.id: one.name for one in services.own(current_user)},
        may_change=has(current_user.roles, Permission.TIMETABLE_EDIT),
        marks=new_mark,
        today=clock.today(),
        fault=fault,
    ), code


@blueprint.get("/days-off/new")
@needs(Permission.TIMETABLE_EDIT)
def new() -> ResponseReturnValue:
    return _new(DaysForm())


@blueprint.post("/days-off/new")
@needs(Permission.TIMETABLE_EDIT)
def propose() -> ResponseReturnValue:
    form = DaysForm()
    form.offer(services.may_close(current_user))
    if not form.validate_on_submit():
        return _new(form, 422)
    first, name, whose = form.first.data, form.name.data or "", form.organisation_id
    assert first is not None  # the form asks for it
    # A stretch passes over weekends and days that are off already; one day alone is refused with the reason.
    days = {first: name} if form.is_one else services.stretch(first, form.last.data or first, name, whose)
    try:
        change = services.propose(days, organisation_id=whose, source="Entered on a page", once=form.once.data, by=current_user)
    except Invalid as fault:
        return _new(with_faults(form, {"first": fault.faults["days"]}), 422)
    return _to(change.id)


def _new(form: DaysForm, code: int = 200) -> ResponseReturnValue:
    form.offer(services.may_close(current_user))
    return render_template("timetable/holidays/new.html", form=form), code


@blueprint.get("/days-off/file")
@needs(Permission.TIMETABLE_EDIT)
def from_file() -> ResponseReturnValue:
    return _file(FileForm())


@blueprint.post("/days-off/file")
@needs(Permission.TIMETABLE_EDIT)
def propose_file() -> ResponseReturnValue:
    form = FileForm()
    form.offer(services.may_close(current_user))
    if not form.validate_on_submit():
        return _file(form, 422)
    whose = form.organisation_id
    days = services.missing_from(form.days, whose)
    besides = services.not_in_file(form.days) if whose is None else ""
    try:
        change = services.propose(
            days, organisation_id=whose, source=f"File {form.file_name}", once=form.once.data, by=current_user
        )
    except Invalid:
        nothing = "Every day of this file is in the past, at a weekend or off already. There is nothing to add."
        return _file(with_faults(form, {"file": f"{nothing} {besides}".strip()}), 422)
    if left := len(form.days) - len(days):
        flash(f"Left out of the file, because they are past, at a weekend or off already: {left}.", "warning")
    if besides:
        flash(besides, "warning")
    return _to(change.id)


def _file(form: FileForm, code: int = 200) -> ResponseReturnValue:
    form.offer(services.may_close(current_user))
    return render_template("timetable/holidays/file.html", form=form), code


@blueprint.post("/days-off/next-year")
@needs(Permission.TIMETABLE_EDIT)
def propose_next_year() -> ResponseReturnValue:
    year = services.reach().next_year
    days = services.missing_from(comparing.computed([year]), None)
    try:
        change = services.propose(
            days, organisation_id=None, source=comparing.computed_by(), once=_mark(), by=current_user
        )
    except Invalid as fault:
        return _table(" ".join(fault.faults.values()), 422)
    return _to(change.id)


@blueprint.post("/days-off/<int:day_id>/removal")
@needs(Permission.TIMETABLE_EDIT)
def propose_removal(day_id: int) -> ResponseReturnValue:
    try:
        change = services.propose_removal(day_id, once=_mark(), by=current_user)
    except Invalid as fault:
        return _table(" ".join(fault.faults.values()), 422)
    return _to(change.id)


def _mark() -> str:
    return str(plain_text(request.form.get("once", "")))[:64] or new_mark()


def _to(change_id: int) -> ResponseReturnValue:
    return redirect(url_for("holidays.change", change_id=change_id))


@blueprint.get("/days-off/changes/<int:change_id>")
@needs(Permission.TIMETABLE_READ)
def change(change_id: int) -> ResponseReturnValue:
    return _change(change_id)


def _change(change_id: int, code: int = 200, **more: Any) -> ResponseReturnValue:
    found = reading.page_of(change_id, current_user, whole_number(request.args.get("page", "1")))
    return render_template("timetable/holidays/change.html", page=found, change=found.change, **more), code


@blueprint.post("/days-off/changes/<int:change_id>/approval")
@needs(Permission.TIMETABLE_EDIT)
def approve(change_id: int) -> ResponseReturnValue:
    try:
        services.approve(change_id, seen=request.form.get("seen", ""), by=current_user)
    except services.PreviewChangedError:
        return _change(change_id, 409, has_changed=True)
    except services.AnotherIsAppliedError:
        return _change(change_id, 409)
    except Invalid as fault:
        return _change(change_id, 422, fault=" ".join(fault.faults.values()))
    flash("The change is approved. The days are in the table, and the dates of the requests are being moved.")
    return _to(change_id)


@blueprint.post("/days-off/changes/<int:change_id>/withdrawal")
@needs(Permission.TIMETABLE_EDIT)
def withdraw(change_id: int) -> ResponseReturnValue:
    try:
        services.withdraw(change_id, by=current_user)
    except Invalid as fault:
        return _change(change_id, 422, fault=" ".join(fault.faults.values()))
    flash("The change is withdrawn. Nothing has moved.")
    return redirect(url_for("holidays.table"))
