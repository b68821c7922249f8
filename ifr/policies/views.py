"""The pages of the register: find a policy, read one version of it."""

from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.pages import whole_number
from ifr.policies import codes, services
from ifr.policies.forms import SearchForm, WhichForm, mark_name, marks_in
from ifr.policies.models import CLAUSE_KINDS, Position

blueprint = Blueprint("policies", __name__)
BLUEPRINTS = (blueprint,)


@blueprint.get("/policies")
@needs(Permission.POLICY_READ)
def register() -> ResponseReturnValue:
    form = SearchForm(request.args)
    if not form.validate():
        return render_template("policies/register.html", form=form, rows=[], guidance=services.all_guidance()), 422
    skip = max(whole_number(request.args.get("skip", "0")), 0)
    found = services.find(
        form.commissioner.data,
        form.words.data,
        form.code.data,
        form.on.data,
        category=form.category.data,
        position=form.position.data,
        status=form.status.data,
        skip=skip,
    )
    typed = urlencode({**request.args.to_dict(), "skip": found.after})
    return render_template(
        "policies/register.html",
        form=form,
        rows=found.rows,
        further=f"{url_for('policies.register')}?{typed}" if found.after is not None else None,
        guidance=services.all_guidance(),
    )


@blueprint.get("/policies/which")
@needs(Permission.POLICY_READ)
def which() -> ResponseReturnValue:
    asked = bool(request.args)
    form = WhichForm(request.args if asked else None)
    if not asked:
        return render_template("policies/which.html", form=form)
    if not form.validate():
        return render_template("policies/which.html", form=form), 422
    try:
        found = services.resolve(**form.question())
    except services.QuestionError as fault:
        return render_template("policies/which.html", form=form, fault=str(fault)), 422
    found = services.marked(found, marks_in(request.args, found.statement_id, [one.number for one in found.rows]))
    return render_template("policies/which.html", form=form, found=found, mark_name=mark_name)


@blueprint.get("/policies/<int:version_id>")
@needs(Permission.POLICY_READ)
def show(version_id: int) -> ResponseReturnValue:
    page = services.read_version(version_id, user=current_user)
    return render_template(
        "policies/show.html",
        page=page,
        version=page.version,
        words_for={one.value: one.words for one in Position},
        system_names=codes.NAMES,
        clause_kinds=CLAUSE_KINDS,
    )
