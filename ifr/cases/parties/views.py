"""The pages for a death and for a change of party."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import workflow
from ifr.access import Permission, needs
from ifr.cases import identity
from ifr.cases.parties import changing, services
from ifr.cases.parties import telephone as calls
from ifr.cases.parties.forms import CallForm, ClinicianForm, DeathForm, FamilyForm, ReverseDeathForm
from ifr.pages import chosen_number, offered, with_faults
from ifr.workflow import Invalid

blueprint = Blueprint("parties", __name__)


@blueprint.get("/cases/<key>/death")
@needs(Permission.IDENTITY_READ)
def death(key: str) -> ResponseReturnValue:
    return _page(services.death_page(key, current_user))


def _page(
    page: services.DeathPage, status: int = 200, *, form: DeathForm | None = None, reverse: ReverseDeathForm | None = None,
    family: FamilyForm | None = None,
) -> ResponseReturnValue:
    case = page.case
    family = family or FamilyForm(formdata=None, seen=case.version)
    family.party.choices = offered((one.id, one.name) for one in page.may_be_told)
    html = render_template(
        "cases/parties/death.html", page=page, case=case, form=form or DeathForm(formdata=None, seen=case.version),
        reverse=reverse or ReverseDeathForm(formdata=None, seen=case.version), family=family,
    )
    return html, status


@blueprint.post("/cases/<key>/death")
@needs(Permission.IDENTITY_READ)
def record_death(key: str) -> ResponseReturnValue:
    page, form = services.death_page(key, current_user), DeathForm()
    if form.validate_on_submit():
        try:
            services.record_death(
                page.case, source=form.source.data or "", died_on=form.died_on.data, once=form.once.data, seen=form.seen.data,
                by=current_user,
            )  # fmt: skip
            flash("The death is on record. What would have gone out to the patient is held back.")
            return redirect(url_for("parties.death", key=key))
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _page(page, 422, form=form)


@blueprint.post("/cases/<key>/death/mistake")
@needs(Permission.IDENTITY_READ)
def reverse_death(key: str) -> ResponseReturnValue:
    page, form = services.death_page(key, current_user), ReverseDeathForm()
    if form.validate_on_submit():
        workflow.move(page.case, "reverse_death", by=current_user, seen=form.seen.data, reason=form.reason.data)
        flash("The record says that it was a mistake. The letters wait to be released again.")
        return redirect(url_for("parties.death", key=key))
    return _page(page, 422, reverse=form)


@blueprint.post("/cases/<key>/death/family")
@needs(Permission.IDENTITY_READ)
def write_to_family(key: str) -> ResponseReturnValue:
    page, form = services.death_page(key, current_user), FamilyForm()
    try:
        services.write_to_family(page.case, chosen_number(form.party.data), seen=form.seen.data, by=current_user)
    except Invalid as fault:
        return _page(page, 422, family=with_faults(form, fault.faults))
    flash("The letter waits to be read and released.")
    return redirect(url_for("cases.letters", key=key))


# --- told on the telephone ------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/telephone")
@needs(Permission.CASE_READ)
def telephone(key: str) -> ResponseReturnValue:
    page = calls.call_page(key, current_user)
    return _call_page(page, CallForm(formdata=None, seen=page.case.version))


def _call_page(page: calls.CallPage, form: CallForm, status: int = 200) -> ResponseReturnValue:
    knows = identity.may_know(page.case, current_user)
    return render_template("cases/parties/telephone.html", page=page, case=page.case, form=form, knows=knows), status


@blueprint.post("/cases/<key>/telephone")
@needs(Permission.CASE_READ)
def record_call(key: str) -> ResponseReturnValue:
    page, form = calls.call_page(key, current_user), CallForm()
    if form.validate_on_submit():
        try:
            calls.record_call(
                page.case, told=form.told.data or "", name=form.name.data, said=form.said.data, on=form.called_on.data,
                at=form.called_at.data, once=form.once.data, seen=form.seen.data, by=current_user,
            )  # fmt: skip
            flash("The call is on record. The clinician’s pages say the outcome from now on.")
            return redirect(url_for("parties.telephone", key=key))
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _call_page(page, form, 422)


# --- another clinician ------------------------------------------------------------------------------------------------------


@blueprint.get("/cases/<key>/clinician")
@needs(Permission.CASE_CHECK)
def clinician(key: str) -> ResponseReturnValue:
    page = changing.clinician_page(key, current_user)
    return _clinician_page(page, ClinicianForm(formdata=None, seen=page.case.version))


def _clinician_page(page: changing.ClinicianPage, form: ClinicianForm, status: int = 200) -> ResponseReturnValue:
    return render_template("cases/parties/clinician.html", page=page, case=page.case, form=form), status


@blueprint.post("/cases/<key>/clinician")
@needs(Permission.CASE_CHECK)
def change_clinician(key: str) -> ResponseReturnValue:
    page, form = changing.clinician_page(key, current_user), ClinicianForm()
    if form.validate_on_submit():
        try:
            changing.change_clinician(
                page.case, email=form.email.data, because=form.because.data, once=form.once.data, seen=form.seen.data,
                by=current_user,
            )  # fmt: skip
            flash("Another clinician has the request now, and is told.")
            return redirect(url_for("parties.clinician", key=key))
        except Invalid as fault:
            with_faults(form, fault.faults)
    return _clinician_page(page, form, 422)
