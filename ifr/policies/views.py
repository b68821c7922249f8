"""The pages of the register: find a policy, read one version of it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.policies import codes, services
from ifr.policies.forms import SearchForm
from ifr.policies.models import CLAUSE_KINDS, Position

blueprint = Blueprint("policies", __name__)
BLUEPRINTS = (blueprint,)


@blueprint.get("/policies")
@needs(Permission.POLICY_READ)
def register() -> ResponseReturnValue:
    form = SearchForm(request.args)
    if not form.validate():
        return render_template(
            "policies/register.html", form=form, rows=[], guidance=services.all_guidance()
        ), 422
    rows = services.search(form.commissioner.data, form.words.data, form.code.data)
    return render_template(
        "policies/register.html",
        form=form,
        rows=rows,
        guidance=services.all_guidance(),
        most=services.MOST_SHOWN,
    )


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
