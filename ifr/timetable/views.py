"""The page of records that have been kept for as long as the commissioner says."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ifr.access import Permission, needs
from ifr.pages import whole_number
from ifr.timetable import services

blueprint = Blueprint("timetable", __name__)


@blueprint.get("/retention")
@needs(Permission.RETENTION_REVIEW)
def retention() -> ResponseReturnValue:
    after = request.args.get("after", "")
    found = services.waiting(current_user, whole_number(after) if after.isdecimal() else 0)
    return render_template("timetable/retention.html", found=found)
