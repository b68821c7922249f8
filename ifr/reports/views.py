"""Lists across the rooms: the worklist, the letters that wait for somebody, and policies beside requests."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.pages import plain_text
from ifr.reports import policies, services

blueprint = Blueprint("reports", __name__)


@blueprint.get("/worklist")
@needs(Permission.CASE_WORKLIST)
def worklist() -> ResponseReturnValue:
    asked = _asked()
    found = services.worklist(current_user, asked)
    return render_template(
        "reports/worklist.html",
        asked=asked,
        found=found,
        figures=services.figures(current_user, mine=asked.mine),
        shows=services.SHOWS,
        stages=services.stages(),
        address_with=lambda **changed: _address(asked, **changed),
    )


def _asked() -> services.Asked:
    """What the address asks for; what is no choice of ours counts as not asked."""
    typed = request.args
    show, stage = typed.get("show", services.OPEN), typed.get("stage", "")
    return services.Asked(
        show=show if show in services.SHOWS else services.OPEN,
        stage=stage if stage in dict(services.stages()) else "",
        mine=typed.get("mine") == "yes",
        words=plain_text(typed.get("words", ""))[:100],
        after=typed.get("after", ""),
        before=typed.get("before", ""),
    )


def _address(asked: services.Asked, **changed: Any) -> str:
    """The list's address with something else asked of it, from its first page unless a place is named."""
    values = {"show": asked.show, "stage": asked.stage, "mine": "yes" if asked.mine else "", "words": asked.words, **changed}
    if values["show"] == services.OPEN:
        values["show"] = ""
    return url_for("reports.worklist", **{name: value for name, value in values.items() if value})


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
