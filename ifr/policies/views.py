"""The pages of the register: find a policy, read one version of it."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, has, needs
from ifr.pages import whole_number
from ifr.policies import codes, services
from ifr.policies.forms import SearchForm, WhichForm, mark_name, marks_in
from ifr.policies.models import CLAUSE_KINDS
from ifr.policies.positions import Position

blueprint = Blueprint("policies", __name__)
BLUEPRINTS = (blueprint,)

# The pages of the register, one from another, and who is offered them. Counts of requests are a later room's pages.
_COUNTS = (Permission.CASE_WORKLIST, Permission.POLICY_EDIT)
_PAGES = (
    ("policies.register", "Policies", (Permission.POLICY_READ,)),
    ("policies.which", "Which policy applies?", (Permission.POLICY_READ,)),
    ("guidance.listing", "Guidance", (Permission.POLICY_READ,)),
    ("reports.policy_counts", "Requests outside policies", _COUNTS),
    ("reports.policy_gaps", "Requests without a policy", _COUNTS),
)
_UPKEEP = (
    ("editing.drafts", "Drafts", (Permission.POLICY_EDIT,)),
    ("editing.import_page", "Read documents", (Permission.POLICY_EDIT,)),
    ("editing.reviews", "Reviews", (Permission.POLICY_EDIT,)),
    ("editing.flags", "Questions", (Permission.POLICY_EDIT,)),
    ("editing.clauses", "Clauses", (Permission.POLICY_EDIT,)),
)


@blueprint.app_context_processor
def _ways_through_the_register() -> dict[str, Any]:
    return {"register_pages": lambda: _offered(_PAGES), "upkeep_pages": lambda: _offered(_UPKEEP)}


def _offered(pages: tuple[tuple[str, str, tuple[Permission, ...]], ...]) -> list[dict[str, Any]]:
    """The pages among these that whoever is signed in may open."""
    roles = current_user.roles if current_user.is_authenticated else set()
    return [
        {"href": url_for(endpoint), "text": text, "current": request.endpoint == endpoint}
        for endpoint, text, permissions in pages
        if endpoint in current_app.view_functions and any(has(roles, one) for one in permissions)
    ]


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
        findings=services.doubts_about(page.version, current_user),
        works_with=services.works_with(page.version, current_user),
        keeps=has(current_user.roles_in(page.version.owner_id), Permission.POLICY_EDIT),
        words_for={one.value: one.words for one in Position},
        system_names=codes.NAMES,
        clause_kinds=CLAUSE_KINDS,
    )
