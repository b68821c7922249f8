"""The page before a request is begun, and the short address that leads to it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs, public
from ifr.cases.drafts import pages
from ifr.cases.starting import services
from ifr.cases.starting.address import LEFT_OUT, FromLink, read_link
from ifr.cases.starting.forms import BeforeForm
from ifr.workflow import Invalid

blueprint = Blueprint("starting", __name__)


@blueprint.get("/start")
@public
def start() -> ResponseReturnValue:
    """For a link from a hospital's own system. It shows nothing: it keeps what may be kept of the address, before any page
    of ours, the sign-in too, has the rest in its own address."""
    kept: dict[str, Any] = read_link(request.args).parameters
    return redirect(url_for("starting.before_you_start", **kept))


@blueprint.get("/requests/new")
@needs(Permission.CASE_DRAFT)
def new() -> ResponseReturnValue:
    """An address that people may have kept. Every request begins with the ticks."""
    return redirect(url_for("starting.before_you_start"))


@blueprint.get("/requests/before-you-start")
@needs(Permission.CASE_DRAFT)
def before_you_start() -> ResponseReturnValue:
    link = read_link(request.args)
    return _page(_form(link), link)


@blueprint.post("/requests/before-you-start")
@needs(Permission.CASE_DRAFT)
def answer() -> ResponseReturnValue:
    form = _form()
    fits = form.validate_on_submit()
    try:
        if fits:
            return _go_on(form, request.form.get("then", ""))
    except Invalid as fault:
        pages.put_on(form, fault)
    # The line that says why is asked on the page that advises; whatever else is wrong is put right on the page of ticks.
    return (_advice(form) if set(form.errors) == {"because"} else _page(form, form.link)), 422


def _form(link: FromLink | None = None) -> BeforeForm:
    form = BeforeForm(data={"treatment": link.treatment, "indication": link.indication} if link else None)
    pages.offer_beginning(form, current_user)
    form.ticks.choices = [(tick.key, tick.label) for tick in services.gate()]
    return form


def _go_on(form: BeforeForm, then: str) -> ResponseReturnValue:
    """To the draft; where a tick advises something else, first to the page that says so."""
    if then == "end":
        services.end(by=current_user, **form.ending)
        flash("Nothing was sent. What you ticked is counted, without you and without the patient.")
        return redirect(url_for("drafts.mine"))
    advised = services.advice(services.profile_of(form.commissioner_id.data), form.ticks.data or [])
    if then != "send" and any(one.asks_why for one in advised):
        return _advice(form)
    case = services.begin(by=current_user, **form.beginning)
    for one in advised:
        if not one.asks_why:
            flash(f"{one.words} {one.where}", "warning")
    return redirect(url_for("drafts.urgent" if case.urgent else "drafts.page", key=case.key))


def _page(form: BeforeForm, link: FromLink) -> str:
    return render_template("cases/starting/before.html", form=form, link=link, left_out=LEFT_OUT.get(link.left_out))


def _advice(form: BeforeForm) -> str:
    profile = services.profile_of(form.commissioner_id.data)
    return render_template(
        "cases/starting/advice.html", form=form, profile=profile, advised=services.advice(profile, form.ticks.data or [])
    )
