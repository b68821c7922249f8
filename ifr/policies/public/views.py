"""Pages of the public register, each also as JSON at the same address with `.json` behind it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.routing import BaseConverter

from ifr import clock
from ifr.access import Permission, needs, public
from ifr.pages import DayField, errors_of, whole_number
from ifr.policies import services as policies
from ifr.policies.public import feed, services, shapes
from ifr.policies.public.forms import DayForm, FindForm

blueprint = Blueprint("public", __name__)

View = Callable[..., ResponseReturnValue]


class Slug(BaseConverter):
    """A name in an address. What cannot be one is no page, whatever a database would say to it."""

    regex = r"[A-Za-z0-9_.-]{1,100}"
    part_isolating = True


@blueprint.record_once
def _names_in_addresses(state: Any) -> None:
    state.app.url_map.converters["slug"] = Slug


def also_json(rule: str) -> Callable[[View], View]:
    """The page at this address, and the same facts as JSON at this address with `.json` behind it."""

    def register(view: View) -> View:
        blueprint.add_url_rule(rule, view_func=public(view), defaults={"as_json": False}, methods=["GET"])
        name = f"{view.__name__}_as_json"
        blueprint.add_url_rule(f"{rule}.json", name, public(view), defaults={"as_json": True}, methods=["GET"])
        return view

    return register


def _kept(response: Response) -> Response:
    """Programs ask again and again; what has not changed is not sent again."""
    response.cache_control.public = True
    response.cache_control.max_age = 300
    response.add_etag()
    response.make_conditional(request)
    return response


def _data(said: dict[str, Any]) -> Response:
    return _kept(jsonify(said))


def a_day_in_the_address(view: View) -> View:
    """A view that is given the day of its address; where that is none the page says so."""

    @wraps(view)
    def answer(*, day: str, as_json: bool, **named: str) -> ResponseReturnValue:
        try:
            on = services.day_named(day)
        except services.NoSuchDayError as fault:
            if as_json:
                return jsonify({"fault": str(fault)}), 422
            return render_template("errors/422.html", faults=[str(fault)], typed=[]), 422
        return view(on=on, as_json=as_json, **named)

    return answer


def asks_a_day(endpoint: str) -> Callable[[View], View]:
    """A page with a form for a day: it leads to the page of that day, at an address that stays."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(*, as_json: bool, **named: Any) -> ResponseReturnValue:
            asked = not as_json and any(f"on-{part}" in request.args for part in DayField.PARTS)
            form = DayForm(request.args if asked else None)
            if not asked or not form.validate():
                page = make_response(view(as_json=as_json, day_form=form, **named))
                page.status_code = 422 if asked else page.status_code
                return page
            assert form.on.data is not None  # the form asks for it
            return redirect(url_for(endpoint, day=form.on.data.isoformat(), **named))

        return answer

    return wrap


@also_json("/register")
def register(as_json: bool) -> ResponseReturnValue:
    return _listing(FindForm(request.args), as_json)


@also_json("/register/<slug:body>")
@asks_a_day("public.of_body_on")
def of_body(body: str, as_json: bool, day_form: DayForm) -> ResponseReturnValue:
    found = services.body_named(body)
    form = FindForm(request.args, data={"body": body})
    return _listing(form, as_json, found, day_form)


def _listing(form: FindForm, as_json: bool, body: Any = None, day_form: DayForm | None = None) -> ResponseReturnValue:
    if not form.validate():
        faults = [said for field in form for said in field.errors]
        if as_json:
            return jsonify({"fault": "; ".join(faults)}), 422
        return render_template("policies/public/register.html", form=form, listing=None, body=body, day_form=None), 422
    slug = body.slug if body else form.body.data
    page = min(max(whole_number(request.args.get("page", "1")), 1), 1_000_000)
    listing = services.policies_found(slug or None, form.words.data or "", page)
    asked = {"words": form.words.data or None, "body": slug or None}
    endpoint = f"public.{'of_body' if body else 'register'}{'_as_json' if as_json else ''}"
    earlier = url_for(endpoint, **asked, page=page - 1) if page > 1 else None
    later = url_for(endpoint, **asked, page=page + 1) if listing.more else None
    if as_json:
        return _data(shapes.a_listing(listing, later))
    return render_template(
        "policies/public/register.html",
        form=form,
        listing=listing,
        body=body,
        bodies=services.bodies(),
        earlier=earlier,
        later=later,
        day_form=day_form,
        errors=errors_of(day_form),
    )


@also_json("/register/<slug:body>/on/<slug:day>")
@a_day_in_the_address
def of_body_on(body: str, on: Any, as_json: bool) -> ResponseReturnValue:
    found, rows = services.body_named(body), services.in_force_of(body, on)
    if as_json:
        return _data(shapes.on_a_day(rows, on))
    return render_template("policies/public/on_day.html", body=found, rows=rows, on=on, day_form=DayForm(None))


@also_json("/register/<slug:body>/<slug:policy>")
@asks_a_day("public.policy_on")
def policy(body: str, policy: str, as_json: bool, day_form: DayForm) -> ResponseReturnValue:
    return _policy(services.read_policy(body, policy), as_json, day_form)


@also_json("/register/<slug:body>/<slug:policy>/on/<slug:day>")
@a_day_in_the_address
def policy_on(body: str, policy: str, on: Any, as_json: bool) -> ResponseReturnValue:
    return _policy(services.read_policy(body, policy, on), as_json, DayForm(None))


def _policy(page: services.PolicyPage, as_json: bool, day_form: DayForm) -> ResponseReturnValue:
    if as_json:
        return _data(shapes.a_policy(page))
    return render_template(
        "policies/public/policy.html",
        page=page,
        policy=page.policy,
        is_today=page.on == clock.today(),
        of_a_day=request.endpoint == "public.policy_on",
        day_form=day_form,
        errors=errors_of(day_form),
    )


@also_json("/register/<slug:body>/<slug:policy>/versions/<slug:version>")
def version(body: str, policy: str, version: str, as_json: bool) -> ResponseReturnValue:
    page = services.read_version(body, policy, version)
    if as_json:
        return _data(shapes.a_version(page, clock.today()))
    return render_template("policies/public/version.html", page=page, version=page.version, address_of=shapes.address_of)


@blueprint.get("/register/<slug:body>/<slug:policy>/difference/<slug:older>/<slug:newer>")
@public
def difference(body: str, policy: str, older: str, newer: str) -> ResponseReturnValue:
    found = services.difference(body, policy, older, newer)
    return render_template("policies/difference.html", found=found, frame="policies/public/page.html", hrefs={
        one.id: shapes.address_of(one) for one in (found.older, found.newer)
    })  # fmt: skip


@blueprint.get("/policies/<int:version_id>/difference/<int:other_id>")
@needs(Permission.POLICY_READ)
def difference_for_staff(version_id: int, other_id: int) -> ResponseReturnValue:
    found = policies.compare_versions(version_id, other_id, user=current_user)
    return render_template("policies/difference.html", found=found, frame="layouts/page.html", hrefs={
        one.id: url_for("policies.show", version_id=one.id) for one in (found.older, found.newer)
    })  # fmt: skip


@blueprint.get("/register/changes.json")
@public
def changes() -> ResponseReturnValue:
    home = current_app.config["IFR"].public_address
    return _data({"changes": [shapes.a_change(one, home) for one in services.changes()]})


@blueprint.get("/register/changes.atom")
@public
def changes_feed() -> ResponseReturnValue:
    home = current_app.config["IFR"].public_address
    found = [shapes.a_change(one, home) for one in services.changes()]
    return _kept(Response(feed.atom(found, home), mimetype="application/atom+xml"))
