"""Lists across the rooms: the worklist, search, the letters that wait for somebody, and policies beside requests."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr import clock
from ifr.access import Permission, has, needs
from ifr.cases import services as cases
from ifr.cases.intake import contacts
from ifr.pages import plain_text, whole_number
from ifr.reports import policies, saved, searching, services, starts
from ifr.reports import similar as alike
from ifr.reports import worklist as listing
from ifr.reports.worklist import NOBODY, Asked
from ifr.workflow import Invalid

blueprint = Blueprint("reports", __name__)


@blueprint.get("/worklist")
@needs(Permission.CASE_WORKLIST)
def worklist() -> ResponseReturnValue:
    return _worklist(_asked(request.args))


def _worklist(asked: Asked, status: int = 200, faults: Mapping[str, str] | None = None) -> ResponseReturnValue:
    page = render_template(
        "reports/worklist.html",
        asked=asked,
        found=listing.worklist(current_user, asked),
        figures=listing.figures(current_user, asked),
        colleagues=listing.colleagues(current_user),
        saved=saved.saved_views(current_user),
        follow_ups=contacts.follow_ups_of(current_user),
        may_allocate=has(current_user.roles, Permission.CASE_CHECK),
        shows=listing.SHOWS,
        clocks=listing.CLOCKS,
        stages=listing.stages(),
        faults=faults or {},
        typed=request.form,
        address_with=lambda **changed: _address(asked, **changed),
        address_of=lambda view: url_for("reports.worklist", **view.filters),
    )
    return page, status


def _asked(typed: Mapping[str, str]) -> Asked:
    """What the address asks for; what is no choice of ours counts as not asked."""
    show, stage, person, clock = (typed.get(name, "") for name in ("show", "stage", "person", "clock"))
    known = {NOBODY, *(str(one.id) for one in listing.colleagues(current_user))}
    asked = Asked(
        show=show if show in listing.SHOWS else listing.OPEN,
        stage=stage if stage in dict(listing.stages()) else "",
        person=person if person in known else "",
        clock=clock if clock in listing.CLOCKS else "",
        due_by=typed.get("due_by", "").strip()[:10],
        words=plain_text(typed.get("words", ""))[:100],
        after=typed.get("after", ""),
        before=typed.get("before", ""),
    )
    return asked if asked.due_by_on else replace(asked, due_by="")


def _address(asked: Asked, **changed: Any) -> str:
    """The list's address with something else asked of it, from its first page unless a place is named."""
    values: dict[str, Any] = {name: changed.pop(name) for name in ("after", "before") if name in changed}
    return url_for("reports.worklist", **(values | replace(asked, **changed).filters))


@blueprint.post("/worklist/allocation")
@needs(Permission.CASE_CHECK)
def allocate() -> ResponseReturnValue:
    asked = _asked(request.form)
    colleagues = {str(one.id): one for one in listing.colleagues(current_user)}
    colleague = colleagues.get(request.form.get("allocated_to", ""))
    if colleague is None:
        return _worklist(asked, 422, {"allocated_to": "Choose a colleague of this office."})
    try:
        number = listing.allocate(current_user, [*_chosen(request.form.getlist("chosen"))], colleague)
    except Invalid as fault:
        return _worklist(asked, 422, fault.faults)
    flash(f"{number} {'request is' if number == 1 else 'requests are'} allocated to {colleague.name}.")
    return redirect(_address(asked))


def _chosen(ticked: list[str]) -> Iterator[tuple[str, int]]:
    """The references that were ticked, each with the version that the list showed."""
    for one in ticked[: listing.PAGE]:
        key, _, seen = one.rpartition(":")
        if key and seen.isdecimal():
            yield key, whole_number(seen)


@blueprint.post("/worklist/views")
@needs(Permission.CASE_WORKLIST)
def keep_view() -> ResponseReturnValue:
    asked = _asked(request.form)
    try:
        view = saved.keep_view(current_user, plain_text(request.form.get("name", "")), asked.filters)
    except Invalid as fault:
        return _worklist(asked, 422, fault.faults)
    flash(f"The view “{view.name}” is kept. It stands above your worklist.")
    return redirect(_address(asked))


@blueprint.post("/worklist/views/<int:view_id>/removal")
@needs(Permission.CASE_WORKLIST)
def forget_view(view_id: int) -> ResponseReturnValue:
    saved.forget_view(current_user, view_id)
    return redirect(url_for("reports.worklist"))


@blueprint.get("/worklist/today")
@needs(Permission.CASE_WORKLIST)
def today() -> ResponseReturnValue:
    mine = request.args.get("mine") == "yes"
    return render_template("reports/today.html", parts=listing.today(current_user, mine=mine), mine=mine, on=clock.today())


@blueprint.route("/search", methods=["GET", "POST"])
@needs(Permission.CASE_WORKLIST)
def search() -> ResponseReturnValue:
    """A name or an NHS number is posted, so that it stands in no address, history or log."""
    typed = plain_text(request.args.get("words", ""))[:100]
    patient = plain_text(request.form.get("patient", ""))[:100]
    knows = has(current_user.roles, Permission.IDENTITY_READ)
    found = None
    if patient:
        found = searching.search_patient(current_user, patient)
    elif typed:
        found = searching.search(current_user, typed)
    return render_template("reports/search.html", typed=typed, patient=patient, found=found, may_know=knows)


@blueprint.get("/cases/<key>/similar")
@needs(Permission.CASE_READ)
def similar(key: str) -> ResponseReturnValue:
    case = cases.visible_case(key, current_user)
    return render_template("reports/similar.html", case=case, page=alike.similar(case, current_user))


@blueprint.get("/letters")
@needs(Permission.LETTER_RELEASE)
def letters_to_release() -> ResponseReturnValue:
    return render_template("reports/letters.html", rows=services.letters_to_release(current_user))


# --- policies beside requests -----------------------------------------------------------------------------------------
# Whoever signs in may read policies; these numbers are for the office and for those who keep them, which the service asks.


@blueprint.get("/reports/policies")
@needs(Permission.POLICY_READ)
def policy_counts() -> ResponseReturnValue:
    return render_template(
        "reports/policies.html", rows=policies.policy_counts(current_user), groups=policies.GROUPS
    )


@blueprint.get("/reports/policy-gaps")
@needs(Permission.POLICY_READ)
def policy_gaps() -> ResponseReturnValue:
    return render_template("reports/policies_gaps.html", rows=policies.policy_gaps(current_user))


@blueprint.get("/reports/guidance/<int:guidance_id>")
@needs(Permission.POLICY_READ)
def guidance_reach(guidance_id: int) -> ResponseReturnValue:
    return render_template("reports/policies_guidance.html", page=policies.guidance_reach(guidance_id, current_user))


# --- before requests are begun ----------------------------------------------------------------------------------------


@blueprint.get("/reports/not-begun")
@needs(Permission.CASE_WORKLIST)
def starts_ended() -> ResponseReturnValue:
    return render_template("reports/starts.html", found=starts.starts_ended(current_user), fewest=starts.FEWEST)
