"""The page of those who run the service, and what a monitor asks."""

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs, public
from ifr.reports.operations import services

blueprint = Blueprint("operations", __name__)


@blueprint.get("/operations")
@needs(Permission.OPERATIONS_READ)
def page() -> ResponseReturnValue:
    return render_template("reports/operations/page.html", found=services.operations(current_user))


@blueprint.get("/health")
@public
def health() -> ResponseReturnValue:
    """503 where the service does not do its work; a piece that only needs attention answers 200 and says so."""
    found = services.health()
    return jsonify(found), 503 if found["status"] == services.NOT_WORKING else 200
