"""Pages of how a commissioner works, and of a change of it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.pages import errors_of, with_faults
from ifr.timetable.commissioners import reading, services
from ifr.timetable.commissioners.forms import (
    ConclusionForm,
    DeadlineForm,
    FirstDayForm,
    PartForm,
    QuorumForm,
    ReceiptForm,
    StepForm,
    WindowForm,
)

blueprint = Blueprint("commissioners", __name__)
FORMS: dict[str, type[PartForm]] = {
    "deadline": DeadlineForm,
    "receipt": ReceiptForm,
    "quorum": QuorumForm,
    "window": WindowForm,
    "screening": ConclusionForm,
}
KIND = "any(deadline, receipt, quorum, window, screening)"
STEPS = {
    "propose": (services.propose, "The change has been proposed. Somebody else publishes it."),
    "take_back": (services.take_back, "The change is a draft again."),
    "publish": (services.publish, "The new version is published. It applies from its first day."),
}


# --- how we work ------------------------------------------------------------------------------------------------------


@blueprint.get("/how-we-work")
@needs(Permission.TIMETABLE_READ)
def page() -> ResponseReturnValue:
    return render_template("timetable/commissioners/page.html", page=reading.how_page(None, current_user))


@blueprint.get("/how-we-work/<slug>")
@needs(Permission.TIMETABLE_READ)
def of(slug: str) -> ResponseReturnValue:
    return render_template("timetable/commissioners/page.html", page=reading.how_page(slug, current_user))


@blueprint.get("/how-we-work/<slug>/versions/<int:number>")
@needs(Permission.TIMETABLE_READ)
def version(slug: str, number: int) -> ResponseReturnValue:
    return render_template("timetable/commissioners/version.html", page=reading.how_page(slug, current_user, number))


@blueprint.post("/how-we-work/<slug>/versions/<int:number>/change")
@needs(Permission.TIMETABLE_EDIT)
def start(slug: str, number: int) -> ResponseReturnValue:
    services.start(slug, number, by=current_user)
    return redirect(url_for("commissioners.change", slug=slug))


# --- a change ---------------------------------------------------------------------------------------------------------


@blueprint.get("/how-we-work/<slug>/change")
@needs(Permission.TIMETABLE_READ)
def change(slug: str) -> ResponseReturnValue:
    page = reading.change_page(slug, current_user)
    held = page.change
    said = {"first_on": held.first_on, "reason": held.reason, "until_next": held.until_next, "seen": held.version}
    return _change(page, FirstDayForm(formdata=None, data=said))


@blueprint.post("/how-we-work/<slug>/change")
@needs(Permission.TIMETABLE_EDIT)
def save_day(slug: str) -> ResponseReturnValue:
    form = FirstDayForm()
    if not form.validate_on_submit() or form.first_on.data is None:
        return _change(reading.change_page(slug, current_user), form, 422)
    said: dict[str, Any] = {"reason": form.reason.data or "", "until_next": form.until_next.data, "seen": form.seen.data}
    try:
        services.save_day(slug, first_on=form.first_on.data, **said, by=current_user)
    except workflow.Invalid as fault:
        return _change(reading.change_page(slug, current_user), with_faults(form, fault.faults), 422)
    flash("The first day and the reason have been saved.")
    return redirect(url_for("commissioners.change", slug=slug))


def _change(page: reading.ChangePage, form: FirstDayForm, code: int = 200) -> ResponseReturnValue:
    return render_template("timetable/commissioners/change.html", page=page, form=form, errors=errors_of(form)), code


@blueprint.post("/how-we-work/<slug>/change/<any(propose, take_back, publish):step>")
@needs(Permission.TIMETABLE_EDIT)
def take_step(slug: str, step: str) -> ResponseReturnValue:
    make, said = STEPS[step]
    make(slug, seen=StepForm().seen.data, by=current_user)
    flash(said)
    return redirect(url_for("commissioners.of" if step == "publish" else "commissioners.change", slug=slug))


@blueprint.post("/how-we-work/<slug>/change/withdraw")
@needs(Permission.TIMETABLE_EDIT)
def withdraw(slug: str) -> ResponseReturnValue:
    services.withdraw(slug, seen=StepForm().seen.data, by=current_user)
    flash("The change has been withdrawn.")
    return redirect(url_for("commissioners.of", slug=slug))


# --- one part of it ---------------------------------------------------------------------------------------------------


@blueprint.get(f"/how-we-work/<slug>/change/<{KIND}:kind>/<name>")
@needs(Permission.TIMETABLE_EDIT)
def part(slug: str, kind: str, name: str) -> ResponseReturnValue:
    held = reading.part_page(slug, kind, name, current_user)
    said = FORMS[kind].typed(held.profile, name)
    return _part(held, kind, FORMS[kind](formdata=None, data={**said, "seen": held.change.version}))


@blueprint.post(f"/how-we-work/<slug>/change/<{KIND}:kind>/<name>")
@needs(Permission.TIMETABLE_EDIT)
def save_part(slug: str, kind: str, name: str) -> ResponseReturnValue:
    held, form = reading.part_page(slug, kind, name, current_user), FORMS[kind]()
    form.begin(held)
    if not form.validate_on_submit():
        return _part(held, kind, form, 422)
    try:
        services.save_part(slug, lambda raw: form.write(raw, name), seen=form.seen.data, by=current_user)
    except workflow.Invalid as fault:
        return _part(held, kind, form.show(fault.faults, name), 422)
    flash(f"{held.heading}: saved.")
    return redirect(url_for("commissioners.change", slug=slug))


def _part(held: reading.PartPage, kind: str, form: PartForm, code: int = 200) -> ResponseReturnValue:
    if code == 200:
        form.begin(held)
        form.show(held.faults, name=held.name)
    return render_template(
        "timetable/commissioners/part.html", page=held, kind=kind, form=form, errors=errors_of(form)
    ), code
