"""Pages of guidance on record."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from ifr.access import Permission, needs
from ifr.pages import with_faults
from ifr.policies import codes
from ifr.policies.guidance import services
from ifr.policies.guidance.forms import FundingForm, NewGuidanceForm, NumberForm, WithdrawalForm
from ifr.workflow import Invalid

blueprint = Blueprint("guidance", __name__)


@blueprint.get("/guidance")
@needs(Permission.POLICY_READ)
def listing() -> ResponseReturnValue:
    rows, may_change = services.all_guidance(), services.may_change(current_user)
    return render_template("policies/guidance/list.html", rows=rows, may_change=may_change)


@blueprint.get("/guidance/new")
@needs(Permission.POLICY_EDIT)
def new() -> ResponseReturnValue:
    return render_template("policies/guidance/new.html", form=NewGuidanceForm())


@blueprint.post("/guidance/new")
@needs(Permission.POLICY_EDIT)
def record() -> ResponseReturnValue:
    form = NewGuidanceForm()
    made = _done(form, lambda: services.record_guidance(form.as_typed(), by=current_user))
    if made is None:
        return render_template("policies/guidance/new.html", form=form), 422
    flash(f"{made.reference} has been put on record.")
    return redirect(url_for("guidance.show", guidance_id=made.id))


@blueprint.get("/guidance/<int:guidance_id>")
@needs(Permission.POLICY_READ)
def show(guidance_id: int) -> ResponseReturnValue:
    return _show(guidance_id)


@blueprint.post("/guidance/<int:guidance_id>/number")
@needs(Permission.POLICY_EDIT)
def renumber(guidance_id: int) -> ResponseReturnValue:
    form = NumberForm(prefix="number-")

    def act() -> Any:
        assert form.on.printed is not None  # the form asks for it
        return services.renumber(
            guidance_id, was=form.was.data or "", kind=form.kind.data, number=form.number.data or "", on=form.on.printed,
            by=current_user,
        )  # fmt: skip

    made = _done(form, act)
    if made is None:
        return _show(guidance_id, number_form=form)
    flash(f"It now bears the number {made.reference}.")
    return redirect(url_for("guidance.show", guidance_id=guidance_id))


@blueprint.post("/guidance/<int:guidance_id>/withdrawal")
@needs(Permission.POLICY_EDIT)
def withdraw(guidance_id: int) -> ResponseReturnValue:
    form = WithdrawalForm(prefix="withdrawal-")

    def act() -> Any:
        assert form.on.data is not None  # the form asks for it
        return services.withdraw(guidance_id, on=form.on.data, reason=form.reason.data or "", by=current_user)

    if _done(form, act) is None:
        return _show(guidance_id, withdrawal_form=form)
    flash("The withdrawal has been noted.")
    return redirect(url_for("guidance.show", guidance_id=guidance_id))


@blueprint.post("/guidance/<int:guidance_id>/funding")
@needs(Permission.POLICY_EDIT)
def vary_funding(guidance_id: int) -> ResponseReturnValue:
    form = FundingForm(prefix="funding-")

    def act() -> Any:
        assert form.on.data is not None  # the form asks for it
        return services.vary_funding(
            guidance_id, was=form.was.data or "", on=form.on.data, words=form.words.data or "", by=current_user
        )

    if _done(form, act) is None:
        return _show(guidance_id, funding_form=form)
    flash("The other day has been noted.")
    return redirect(url_for("guidance.show", guidance_id=guidance_id))


def _done(form: FlaskForm, act: Callable[[], Any]) -> Any:
    """What the act made; None where something stands in its way, which the form then says."""
    if not form.validate_on_submit():
        return None
    try:
        return act()
    except Invalid as fault:
        with_faults(form, fault.faults)
        return None


def _show(guidance_id: int, **refused: FlaskForm) -> ResponseReturnValue:
    """The page, with what was typed and what is wrong with it where a form was refused."""
    page = services.read_guidance(guidance_id, user=current_user)
    facts = page.guidance
    forms = {
        "number_form": NumberForm(formdata=None, prefix="number-", was=facts.reference, kind=facts.kind),
        "withdrawal_form": WithdrawalForm(formdata=None, prefix="withdrawal-"),
        "funding_form": FundingForm(formdata=None, prefix="funding-", was=services.shown_day(facts.funding_from)),
        **refused,
    }
    # The report of open requests is another room's; it is offered to those who may open it.
    report = "reports.guidance" if "reports.guidance" in current_app.view_functions else None
    return render_template(
        "policies/guidance/show.html",
        page=page,
        guidance=facts,
        report=url_for(report, guidance_id=guidance_id) if report else None,
        system_names=codes.NAMES,
        form=next(iter(refused.values()), None),
        **forms,
    ), (422 if refused else 200)
